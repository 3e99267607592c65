/* Who holds what: samples by client, class, group and split, counted from the index of a data set.
 */
#ifndef FRAY_CLI_DOCUMENTS_HOLDINGS_H
#define FRAY_CLI_DOCUMENTS_HOLDINGS_H

#include "fray/data/dataset.h"

enum { CLI_QUARTILES = 5, CLI_BINS = 12 };

/** Samples of those clients of a split that have any there. */
struct cli_sizes {
  size_t clients, samples;
  double quartile[CLI_QUARTILES]; /* least, quarter, half, three quarters, most; NaN of nobody */
  size_t n_bins;                  /* 0 of nobody */
  struct cli_bin {
    size_t least, most, clients; /* both within */
  } bin[CLI_BINS];
};

struct cli_class_held {
  size_t samples[FRAY_SPLITS], clients; /* that hold any */
  size_t most, most_client;             /* samples of the one that holds most of them, the first */
};

/** What one client holds of one class. */
struct cli_held {
  uint32_t class, samples;
};

struct cli_value_held { /* of one value of a group column */
  size_t samples[FRAY_SPLITS], clients[FRAY_SPLITS], all_clients;
};

/** Memory of the arena that it was made in. A sample of several classes counts in each, one without
 *  a label in none. */
struct cli_holdings {
  struct cli_sizes split[FRAY_SPLITS], all;
  size_t *client_samples;        /* (clients, FRAY_SPLITS) */
  struct cli_class_held *class;  /* (classes) */
  size_t *first;                 /* (clients + 1) of each in held */
  struct cli_held *held;         /* by client, then by class */
  struct cli_value_held **value; /* (groups, values) */
};

/** MEMORY. O(samples, and classes of each if it has a set; clients x log clients). */
enum fray_status cli_holdings_find(const struct fray_dataset *d, struct fray_arena *arena,
                                   struct cli_holdings *out, struct fray_err *err);

/** The tables for people: client sizes, classes, groups; with every client if so asked. columns: of
 *  the terminal. */
enum fray_status cli_print_holdings(const struct fray_dataset *d, const struct cli_holdings *h,
                                    bool every_client, size_t columns, struct fray_err *err);

#endif

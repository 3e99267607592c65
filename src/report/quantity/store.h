/* What the quantities of a study share. */
#ifndef REPORT_STORE_H
#define REPORT_STORE_H

#include "quantities.h"

/* Buckets of what is remembered, and how many scores at most that nobody asked to remember: a
 * quarter of a gigabyte of draws. */
enum { FRAY_REP_BUCKETS = 4096, FRAY_REP_MOST_KEPT = 10000 };

struct fray_rep_remembered {
  struct fray_rep_remembered *next;
  struct fray_rep_address at;
  struct fray_rep_quantity q;
  struct fray_interval interval; /* which curves, tables and sentences all ask for */
};

/* The draws of one kind of samples: of seeds by value and of clients by name, so that they are the
 * same for every cell, condition and group, and for every study with as many of both. */
struct fray_rep_resampling {
  bool is_ready;
  const uint16_t *seed;   /* (FRAY_DRAWS, n_seeds) in order of seeds.v; NULL: none */
  const double *times;    /* (n_seeds, FRAY_DRAWS) the same, seed by seed */
  const uint16_t *client; /* (n_clients, FRAY_DRAWS) */
  const uint16_t *once;   /* (n_clients) ones */
  const size_t *by_seeds; /* (FRAY_DRAWS) draws, those with the same seeds side by side */
  size_t n_clients;
  const char *status;
};

struct fray_rep_store {
  struct fray_rep_file *file;
  struct fray_rep_resampling resampling[FRAY_REP_N_SAMPLES];
  struct fray_rep_remembered *bucket[FRAY_REP_BUCKETS];
  size_t n_remembered;
  double looks_left, spreads_left;
  bool wants_all_metrics; /* see fray_rep_want_all_metrics */
  bool *disagrees;        /* (n_trials) the predictions do not give a score that was looked up */
  struct fray_arena work;
  struct fray_rep_compared *compared; /* see fray_rep_store_compared */
  void *mapped;                       /* where draws of copies lie, or NULL */
  size_t mapped_bytes;
};

/** The list of comparisons that were made of a study, which measure/losses.c keeps in its arena. */
struct fray_rep_compared **fray_rep_store_compared(struct fray_rep_results *r);
/** Memory of mmap that goes with the study. Once. */
void fray_rep_store_keep(struct fray_rep_results *r, void *mapped, size_t bytes);

/** The draws of one kind of samples, made when they are first asked for; see their status. MEMORY.
 */
enum fray_status fray_rep_resampling_of(struct fray_rep_results *r, enum fray_rep_samples samples,
                                        const struct fray_rep_resampling **out,
                                        struct fray_err *err);

#endif

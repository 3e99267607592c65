/* Parts of pairs: what is asked for, what was answered, and what is made of it. */
#ifndef PAIRS_PARTS_H
#define PAIRS_PARTS_H

#include "fray/instrument/pairs.h"
#include "fray/metric/resample.h"
#include "fray/study/kept.h"

/* ---- pairs_file.c ---- */

/** What is done to a text: a pair of terms, or a rewriting. */
struct pairs_item {
  const char *set, *first, *second; /* a rewriting: its name; NULL */
  const char *both;                 /* "first/second"; NULL of a rewriting */
  bool neutral;
  size_t n_entries;
  const struct fray_corruption_config *const *entry; /* (n_entries) */
};
struct pairs_file {
  const char *modality, *neutral; /* name; of the set of neutral pairs */
  size_t n;
  struct pairs_item *item; /* (n) pairs in the order of the CSV file, then rewritings */
};
/** Rank 0 reads, all parse. INPUT. Collective. */
enum fray_status pairs_file_read(const char *path, struct fray_comm *comm, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct pairs_file *out,
                                 struct fray_err *err);

/* ---- pairs_ask.c ---- */

enum { PAIRS_HAS_FIRST = 1, PAIRS_HAS_SECOND = 2 };
/** Answers to the test texts that an item changes. */
struct pairs_panel {
  size_t n, without;             /* texts that it leaves as they are */
  const uint32_t *cluster;       /* (n) natural client */
  const int32_t *label;          /* (n) */
  const int16_t *before, *after; /* (n) classes, or none */
  const uint8_t *side;           /* (n) terms in the text; 0 of a rewriting */
  const double *moved;           /* (n) total variation between the probabilities, 0 to 1 */
};
struct pairs_trial {
  size_t trial, cell;
  size_t n_clusters, n_classes;
  const char *const *class_name; /* (n_classes) */
  struct pairs_panel *panel;     /* (items) */
};
struct pairs_found {
  struct fray_arena *arena;
  const struct fray_study *study;
  const struct pairs_file *file;
  size_t n_trials;
  struct pairs_trial *trial; /* (n_trials) those with models */
};
/** Asks all trials. Collective. */
enum fray_status pairs_ask(struct fray_kept *kept, const struct pairs_file *file,
                           struct fray_comm *comm, struct fray_arena *arena,
                           struct pairs_found *out, struct fray_err *err);

/* ---- pairs_rates.c ---- */

/** A number and how sure it is. */
struct pairs_number {
  double value;
  struct fray_interval interval;
};
/** A line of the table: a pair, a rewriting, or a set as a whole. */
struct pairs_row {
  const char *set, *first, *second; /* first NULL: the set as a whole, or a rewriting */
  bool neutral, is_one;             /* one pair or rewriting, as hypotheses are about */
  size_t n, without, clusters;
  struct pairs_number flip, excess;
  double moved, neutral_flip, p, p_holm, right, right_after;
  struct pairs_number *toward; /* (classes) with the second term less with the first; NULL: none */
};
struct pairs_cell {
  size_t cell, trials, n_classes;
  const char *const *class_name;
  size_t n_rows;
  struct pairs_row *row; /* (n_rows) pairs set by set, behind each set the set as a whole */
};
/** Fewer people or samples than these, and nothing is said of a pair. */
enum { PAIRS_CLUSTERS = 5, PAIRS_SAMPLES = 30 };
/** All cells that have trials. */
enum fray_status pairs_rates(const struct pairs_found *found, struct pairs_cell **out, size_t *n,
                             struct fray_err *err);

/* ---- pairs_tables.c, pairs_text.c ---- */

/** What was made of the answers; `found` of the tables. */
struct pairs_tables {
  const struct pairs_found *found;
  const struct pairs_cell *cell; /* (n) */
  size_t n;
};
void pairs_table(const void *found, struct fray_text *out);
void pairs_toward(const void *found, struct fray_text *out);
void pairs_columns(const void *found, struct fray_text *out);
void pairs_say(const struct pairs_tables *of, size_t columns, struct fray_text *out);

#endif

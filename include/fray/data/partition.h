/* Partition: which federated client holds which training sample. */
#ifndef FRAY_DATA_PARTITION_H
#define FRAY_DATA_PARTITION_H

#include "fray/data/dataset.h"
#include "fray/schema/schema.h"

/** Federated clients over the training split, and the dev and test samples. Owns its memory. */
struct fray_partition {
  size_t n_clients;
  const char **name; /* (clients) */
  uint64_t *source;  /* (clients) hash of the name: keys random streams */
  size_t *first;     /* (clients + 1) into sample */
  uint32_t *sample;  /* training samples, client by client */
  size_t n_own;      /* held out of training: own_test of each client's samples, rounded down */
  size_t *own_first; /* (clients + 1) into own; NULL if n_own is 0 */
  uint32_t *own;     /* client by client, in the order that they had there */
  size_t n_left_out, n_left_samples; /* training clients of the shards that were too small */
  const char **left_out;             /* (n_left_out) their names */
  size_t n_dev, n_test;
  uint32_t *dev, *test; /* in order of the data set */
  /* Columns of FedMultimodal's simulation JSON, where the file has them: (train samples) each. */
  bool has_replay;
  uint8_t *replay_missing; /* bit m: modality m is lost */
  int32_t *replay_label;
  uint8_t *replay_unlabelled;
  struct fray_arena arena;
};

/** Section `data.partition`: {kind: natural | iid | dirichlet | quantity | file, ...}.
 *  natural: clients of the shards that hold training samples, at_least so many.  iid: clients.
 *  dirichlet: alpha, within: all (clients, min_samples 1) | client (parts 5, min_samples 5),
 * balance true: a part that has reached N / parts samples takes nothing of further classes;
 * unlabelled samples count as a class; multi-label: each distinct set of classes is one, the most
 *  frequent first.  quantity: clients, sigma (log-normal). file: path (CSV
 * source,client[,split], or FedMultimodal's JSON), train_id "train/{row}" and test_id "test/{row}"
 * (how a JSON row names a source id; "{key}", "{row}"). Splits that the file gives replace the data
 * set's; a client's samples keep the order of the file. */
struct fray_partition_config {
  struct fray_variant kind;
  double own_test; /* share in [0, 0.5] of each client's samples that leave training */
};
extern const struct fray_table fray_partition_table;
/** Keys of a kind that tests a part of the data at a time: `part` says which, and its values
 *  together test every sample once; `parts` says how many there are, and may be left out. */
struct fray_partition_plan {
  const char *part, *parts;
};
/** NULL: a kind that tests everything at once, or no kind. */
const struct fray_partition_plan *fray_partition_plan_of(const char *kind);
extern const struct fray_choices fray_partitions;

/** Depends on data set, configuration and seed only. Which samples leave training for `own` depends
 * on (seed, source of the sample) and on how many of the client's others have smaller draws: a
 * larger own_test adds samples and gives none back. INPUT: a file that names unknown or repeated
 *  samples or other labels, fewer samples than clients need, no draw that gives each part
 *  min_samples (at most 10000 are tried), no training sample, no client with at_least, an own_test
 * that is less than one sample of every client. */
enum fray_status fray_partition_make(const struct fray_partition_config *config,
                                     const struct fray_dataset *dataset, uint64_t seed,
                                     struct fray_partition **out, struct fray_err *err);
void fray_partition_free(struct fray_partition *partition);

#endif

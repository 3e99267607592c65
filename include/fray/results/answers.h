/* Kept predictions: what each trained model said of each sample, from results.h5. The file is not
 * trusted: sizes, shapes, class numbers and indices are checked before they are used. */
#ifndef FRAY_RESULTS_ANSWERS_H
#define FRAY_RESULTS_ANSWERS_H

#include "fray/results/read_results.h"

#include "fray/h5/h5.h"

/** Whose samples: the test split, or held-out data of the training clients (`own_client`). */
enum fray_rep_samples { FRAY_REP_TEST, FRAY_REP_OWN, FRAY_REP_N_SAMPLES };

enum { FRAY_REP_REFUSED = -2 }; /* among the predicted classes; and below it, with a reason */

/** A group column of the samples. */
struct fray_rep_column {
  const char *name;
  const char **value;  /* (n_values) */
  const int32_t *code; /* (samples) index in value, -1 for none */
  size_t n_values;
};

/** The answers of one trial to one kind of samples. */
struct fray_rep_answers {
  const char *status; /* "ok", else why there are none, and the rest is not to be used */
  size_t n, n_classes, n_conditions;
  bool multi_label;
  size_t target;            /* 1 + the class that somebody wants answered; 0: not known */
  const int32_t *label;     /* (n), -1 unlabelled; multi-label: 0 or -1 */
  const uint8_t *labels;    /* (n, n_classes) 0 or 1 if multi-label, else NULL */
  const uint32_t *client;   /* (n) index in the list of test clients of all trials */
  uint32_t *by_client;      /* (n) the samples in order of client, then of number */
  const char **condition;   /* (n_conditions) NAME or NAME=SEVERITY */
  const int16_t *predicted; /* (2, n_conditions, n) -1: none, -2: refused; NULL if multi-label, and
                               of sequences */
  const uint8_t *sets;      /* (2, n_conditions, n, n_classes) if multi-label */
  const int32_t *edits;     /* (2, n_conditions, n, 4) of sequences: hits, substitutions, deletions,
                               insertions; label is 0 or -1 then, and there is no class predicted */
  struct fray_rep_column *column;
  size_t n_columns;
};

/** Test clients of all trials, sorted by name, so that the same people have the same number in
 *  every study. */
struct fray_rep_clients {
  const char **name; /* (n) */
  size_t n;
};

/** The reader of one results.h5. */
struct fray_answer_file;

/** Opens RESULTS/results.h5. Never fails for what the file is: *status says why it is of no use
 *  (missing, old, not HDF5). MEMORY. */
enum fray_status fray_answer_file_open(const struct fray_rep_results *r,
                                       struct fray_answer_file **out, struct fray_err *err);
void fray_answer_file_close(struct fray_answer_file *file);
/** "ok", or why the file as a whole is of no use; static. */
const char *fray_answer_file_status(const struct fray_answer_file *file);

/** Clients of one kind of samples over all trials; read once. */
enum fray_status fray_answer_file_clients(struct fray_answer_file *file,
                                          enum fray_rep_samples samples,
                                          const struct fray_rep_clients **out,
                                          struct fray_err *err);
/** From now on (or no more) trials will be asked for one after the other: while one is looked at,
 *  the reader reads those that follow it. */
void fray_answer_file_in_order(struct fray_answer_file *file, bool in_order);
/** Answers of a trial; valid until the next call (only so many are kept). Damage is no error: see
 *  status. MEMORY. */
enum fray_status fray_answer_file_answers(struct fray_answer_file *file,
                                          enum fray_rep_samples samples, size_t trial,
                                          const struct fray_rep_answers **out,
                                          struct fray_err *err);
/** Scores (n, n_classes) of one selection and condition, in arena; NULL if they were not kept or
 *  cannot be read. MEMORY. */
enum fray_status fray_answer_file_scores(struct fray_answer_file *file,
                                         enum fray_rep_samples samples, size_t trial, bool last,
                                         size_t condition, struct fray_arena *arena,
                                         const float **out, struct fray_err *err);
/** Names of the samples (n), in arena; NULL if they are not there or cannot be read. MEMORY. */
enum fray_status fray_answer_file_sources(struct fray_answer_file *file,
                                          enum fray_rep_samples samples, size_t trial,
                                          struct fray_arena *arena, const char *const **out,
                                          struct fray_err *err);
/** Trials whose part of the file is damaged or lacks what others have, and the first complaint
 *  (NULL: none). */
size_t fray_answer_file_damage(const struct fray_answer_file *file, const char **complaint);

#endif

/* What a results folder says, as numbers: trials, cells, scores. */
#ifndef FRAY_RESULTS_READ_RESULTS_H
#define FRAY_RESULTS_READ_RESULTS_H

#include "fray/results/csv_table.h"

#include "fray/base/hash.h"
#include "fray/json/json.h"
#include "fray/results/strengths.h"
#include "fray/schema/node.h"

/** Distinct texts in order of appearance. */
struct fray_rep_names {
  const char **v;
  size_t n, capacity, last;      /* last: what was found last; rows repeat themselves */
  struct fray_hash_places place; /* of those that fray_rep_intern added */
};

/** A corruption entry, where it acts: at training or at test. */
struct fray_rep_damage {
  const char *id;
  bool at_test;
  const struct fray_strength_meaning *strength; /* never NULL once all is read */
};

struct fray_rep_trial {
  const char *name, *seed_text;
  const char *control; /* "" unless a control: "unimodal:audio", "local_only", "clean" */
  const char **value;  /* (n_keys) as written */
  size_t cell, seed;
  bool diverged;
  size_t line;                /* of trials.csv */
  double *nominal, *realised; /* (n_damages), NaN where not given */
  size_t n_diverged;          /* of its trainings; of one training 0 or 1 */
  /* Folds that are read as one training: their places in the trials of `folds`. n_parts 0: it is a
   * single training. */
  const size_t *part;
  size_t n_parts;
  bool disagrees; /* a value of a part is not that of its predictions */
  /* Of a part: the class or set (n_classes) that the constant predictor answers there; -1 and NULL:
   * not known. */
  int32_t constant;
  const uint8_t *constant_set;
};

/** How the folds of a study were put together. */
struct fray_rep_pooling {
  const char *key;            /* that numbers them; NULL: the study sweeps none */
  size_t n_folds, n_planned;  /* swept; that there are, 0: not known */
  size_t n_pooled, n_lacking; /* trainings by cell and seed that are whole; that lack a fold */
  bool lacks_people; /* how many there are is not known, and somebody trains whom none of them tests
                      */
  const char *why_not; /* NULL: pooled; else why folds were left apart */
};

struct fray_rep_score {
  size_t trial, condition, group, metric, status;
  bool last;                                             /* selection "last", else "best" */
  bool own;                                              /* held-out data of training clients */
  double severity, value, chance, realised, n, clusters; /* NaN where not given */
  size_t row;
};

/** What the test clients of a score are to its training. */
enum fray_rep_scope { FRAY_REP_UNSEEN, FRAY_REP_KNOWN, FRAY_REP_MIXED, FRAY_REP_SCOPES };

enum { FRAY_REP_ALL = 0 }; /* index of the group "all" */

/** How often each class occurs among the labelled test samples; what guessing reaches follows. */
struct fray_rep_shares {
  double *share;    /* (n_classes) */
  size_t n_classes; /* 0: the predictions do not tell */
  bool multi_label;
};

struct fray_rep_results {
  struct fray_arena *arena;
  const char *folder, *title;
  struct fray_rep_csv trials_csv, scores_csv;

  const char **key; /* swept keys, (n_keys) */
  size_t n_keys;
  struct fray_rep_damage *damage;
  size_t n_damages;
  struct fray_rep_trial *trial;
  size_t n_trials, n_diverged;
  struct fray_rep_trial *control; /* (n_controls) in file order; none is among trial and cell, nor
                                     are its scores among score. A name may also be that of a
                                     trial or of another control, whose scores it has */
  size_t n_controls;
  struct fray_hash_places trial_name, control_name; /* see fray_rep_trial_find */
  /* The controls as a study of their own, whose last swept key is `control`; of several with one
   * name the first. NULL: none. Names (conditions, seeds, ...) have their own numbers there. */
  struct fray_rep_results *controls;
  const struct fray_rep_trial **cell; /* first trial of each cell, (n_cells) */
  size_t n_cells;
  struct fray_rep_names seeds;
  size_t *trial_of; /* (n_cells, seeds.n), n_trials where there is none */

  struct fray_rep_score *score; /* by selection, samples, condition, group, metric, trial */
  size_t n_scores;
  struct fray_rep_names conditions, groups, metrics, statuses;
  const char **parameter;                 /* strength key of a condition, (conditions.n) */
  struct fray_strength_meaning *strength; /* (n_strengths) as strengths.csv tells them */
  size_t n_strengths;
  bool knows_strengths;                              /* it is there */
  const struct fray_strength_meaning **of_key;       /* (n_keys) NULL: no key of an entry */
  const struct fray_strength_meaning **of_condition; /* (conditions.n) never NULL */
  size_t main_metric;
  bool *beyond_share; /* (metrics.n) a value of it lies outside [0, 1] */
  bool knows_shares;  /* they were looked for, see verdict.h */
  struct fray_rep_shares shares;
  bool scope[FRAY_REP_SCOPES];    /* which occur among the scores of the group "all" */
  bool *is_reference;             /* (n_cells) the cells that the scenario calls its reference */
  struct fray_rep_titles *titles; /* names in people's words, see titles.h */
  struct fray_rep_store *store;   /* kept predictions and quantities, of the report */

  struct fray_node *scenario; /* NULL when there is none that can be read */
  struct fray_text scenario_text, provenance_text, state;
  fray_json *provenance; /* likewise */
  struct fray_rep_pooling pooling;
  struct fray_rep_results *folds; /* the same study training by training; NULL: it is so already */
  const char *rounds_complaint;   /* why rounds.csv could not be read, NULL if nothing is wrong */
};

/** Reads a folder; of some seeds only, as if trials of others had not been run (NULL: of all).
 *  INPUT: no trials.csv or scores.csv, or one that is damaged (file and line). A missing or
 *  unreadable scenario.yaml or provenance.json leaves its pointer NULL. Whatever the result, call
 *  the free afterwards; arena: outlives the results. */
enum fray_status fray_rep_results_read_seeds(const char *folder, const struct fray_rep_names *seeds,
                                             struct fray_arena *arena, struct fray_rep_results *out,
                                             struct fray_err *err);
/** Fills everything behind the tables from the two of them: trials, cells, scores, controls.
 * folder, title, scenario, provenance, strengths and arena are given, all else is zero. INPUT as
 * above. */
enum fray_status fray_rep_results_place(struct fray_rep_results *out, struct fray_err *err);
/** The study with a trial for each training, to count and name them: of pooled folds as many. */
static inline const struct fray_rep_results *
fray_rep_by_training(const struct fray_rep_results *r) {
  return r->folds ? r->folds : r;
}
void fray_rep_results_free(struct fray_rep_results *results);
/** Numeric environments that the trials were made in, if they were merged all the same; else 0. */
size_t fray_rep_n_mixed(const struct fray_rep_results *r);

/** Index of a text (added when new). */
enum fray_status fray_rep_intern(struct fray_rep_names *names, const char *text,
                                 struct fray_arena *arena, size_t *index, struct fray_err *err);
/** Index of a text, or names->n. */
size_t fray_rep_name_find(const struct fray_rep_names *names, const char *text);

/** The scores on the test split of one selection, condition, group and metric, by trial. */
const struct fray_rep_score *fray_rep_scores(const struct fray_rep_results *results, bool last,
                                             size_t condition, size_t group, size_t metric,
                                             size_t *n);

/** The score of a trial like wanted: own, last, condition, group, metric, trial and severity (NaN:
 *  none) are looked at. NULL if there is none. */
const struct fray_rep_score *fray_rep_score_like(const struct fray_rep_results *results,
                                                 const struct fray_rep_score *wanted);

/** The cells that `reference:` selects: those whose swept keys have its values. */
enum fray_status fray_rep_find_reference(struct fray_rep_results *results, struct fray_err *err);

/** The entry of `corruption:` with this id (default: its kind), or NULL. */
const struct fray_node *fray_rep_corruption(const struct fray_rep_results *results, const char *id,
                                            size_t id_length);

/** Larger is better? Shown as percent? (a bounded score, all of whose values lie in [0, 1]) */
bool fray_rep_higher_is_better(const char *metric);
bool fray_rep_is_percent(const struct fray_rep_results *results, size_t metric);

#endif

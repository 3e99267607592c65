/* Parts of the guard: what is asked for, what was found of each sample, and what is made of it. */
#ifndef GUARD_PARTS_H
#define GUARD_PARTS_H

#include "fray/instrument/guard.h"
#include "fray/metric/gate.h"
#include "fray/metric/resample.h"
#include "fray/study/kept.h"

/* ---- guard_file.c ---- */

/** Section `gate`. */
struct guard_section {
  const struct fray_node *scores; /* NULL: given by `fitted` */
  double false_refusal;           /* of a gate of cost: cost / (1 + cost) */
  double cost;                    /* of a mistake; NaN: a rate is promised */
  int calibrate;                  /* enum: dev is all there is */
  const char *per;
  const char *fitted; /* path of a gate.fitted.yaml; NULL: fitted anew */
};
struct guard_condition {
  const char *name;
  const struct fray_condition *of; /* NULL: clean */
  bool adherence;
  const char *donor; /* as the file has it, or "" */
};
/** Section `claims`: what each condition is, to a claim of one modality about another. */
enum guard_truth { GUARD_SUPPORTS, GUARD_REFUTES, GUARD_NOTHING, GUARD_TRUTHS };
struct guard_claims {
  const char *claim, *evidence;            /* modalities; NULL: no claims */
  struct fray_strings truth[GUARD_TRUTHS]; /* names of conditions */
};
struct guard_file {
  struct guard_section gate;
  size_t n_conditions;
  struct guard_condition *condition; /* (n_conditions) clean first */
  struct guard_claims claims;
  const struct fray_node *was;     /* root of the fitted gate; or NULL */
  const struct fray_node *side[2]; /* benign, adherence; NULL: none */
};
/** Rank 0 reads, all parse. INPUT. Collective. */
enum fray_status guard_file_read(const char *path, struct fray_comm *comm, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct guard_file *out,
                                 struct fray_err *err);
/** The same of a gate.fitted.yaml by itself, with no conditions but clean. */
enum fray_status guard_file_fitted(const char *path, struct fray_comm *comm,
                                   struct fray_arena *arena, struct guard_file *out,
                                   struct fray_err *err);
/** The conditions as one trial's model meets them: where an entry wants to know what the model
 * confuses, it is told. of (file->n_conditions): NULL for clean. Memory from the arena. INPUT: the
 * model confuses nothing. Collective. */
enum fray_status guard_file_conditions(const struct guard_file *file, struct fray_kept *kept,
                                       size_t trial, struct fray_arena *arena,
                                       const struct fray_condition ***of, struct fray_err *err);

/* ---- guard_view.c ---- */

/** The scores of a file, for one data set. */
struct guard_scores {
  size_t n;
  struct fray_gate_score *score; /* (n) */
  unsigned reads;                /* enum fray_gate_sees, of all together */
  uint8_t facts;                 /* modalities whose facts are read */
};
enum fray_status guard_scores_read(const struct fray_node *list, const struct fray_dataset *d,
                                   struct fray_arena *arena, struct guard_scores *out,
                                   struct fray_err *err);
/** What scores need of a model, into the question. */
void guard_scores_ask(const struct guard_scores *scores, struct fray_probe *probe);
/** Values of all scores for all samples of an answer. value (samples, scores), arena memory. */
enum fray_status guard_values(const struct guard_scores *scores, const struct fray_probed *of,
                              struct fray_arena *arena, double **value, struct fray_err *err);
/** How far the answer of modality `evidence` bears out that of `claim`, each alone: support (n),
 * NaN where one of them is not there. Arena memory. Logits alone were asked for. */
enum fray_status guard_support(const struct fray_probed *of, size_t claim, size_t evidence,
                               struct fray_arena *arena, double **support, struct fray_err *err);
/** Fits the scores that need it to training samples, from the moments of each client. */
enum fray_status guard_fit(struct guard_scores *scores, const struct fray_probed *train,
                           struct fray_arena *arena, struct fray_err *err);

/* ---- guard_ask.c ---- */

/** What was found of the samples of one condition. */
struct guard_panel {
  size_t n;
  const uint32_t *sample;  /* (n) of the data set */
  const uint32_t *cluster; /* (n) natural client */
  const uint8_t *counts;   /* (n) it has a label, and what ought to be refused was done to it */
  const uint8_t *right;    /* (n) */
  const double *p;         /* (gates, n) */
  const double *support;   /* (n) see guard_support; NULL without claims */
  const double *score;     /* (gates, n) large where suspicious: for areas under curves */
};
/** A trial: one gate of all scores, then each score by itself, if there are several. */
struct guard_trial {
  size_t trial;
  const char *name;
  uint64_t model, dev; /* hashes */
  size_t n_dev, n_clusters;
  double temperature;   /* of a gate of cost */
  const char *idle;     /* a score that can never refuse, and dev samples that it needs; or NULL */
  size_t needed, there; /* there: dev samples, of the group that lacks most */
  struct guard_panel *panel; /* (conditions) */
  double cut, cut_accuracy;  /* of claims, as dev has them */
  size_t n_groups;           /* 1: all share one threshold */
  const char *const *group;  /* (n_groups) values of gate.per; NULL: all */
  size_t *group_n;           /* (n_groups) dev samples */
  double *low, *high;        /* (n_groups, scores) beyond is refused by the gate of all scores */
};
struct guard_found {
  struct fray_arena *arena;
  const struct fray_study *study;
  const struct fray_dataset *dataset; /* of the trial that was asked last */
  const struct guard_file *file;
  struct guard_scores scores; /* of that trial, for their names */
  size_t claim, evidence;     /* modalities of claims */
  size_t n_gates;
  const char **gate; /* (n_gates) "energy+disagreement", "energy", ... */
  size_t n_trials;
  struct guard_trial *trial; /* (n_trials) */
  size_t n_columns;          /* group columns, by place in the data set */
  size_t *column;            /* (n_columns) */
};
/** A trial whose scores are fitted and whose thresholds are found, before the test is asked. */
struct guard_ready {
  struct fray_probe probe;          /* that asks for what the scores look at, of dev */
  struct fray_probed dev;           /* the answers there, until the next question */
  struct fray_samples train;        /* training samples, by number */
  const struct fray_group *per;     /* column that thresholds are by; NULL: one for all */
  struct fray_gate_line **line;     /* by value of that column; NULL: a gate of cost */
  const struct fray_condition **of; /* see guard_file_conditions */
};
/** t->trial is given; hashes, bounds and what dev says of them are set. Collective. */
enum fray_status guard_prepare(struct fray_kept *kept, struct guard_found *found,
                               enum fray_kept_split find, struct guard_trial *t,
                               struct guard_ready *out, struct fray_err *err);
/** Asks all trials. find: whose samples thresholds come from; anything but dev is refused
 *  (INTERNAL), so that no number is reported on samples that chose it. Collective. */
enum fray_status guard_ask(struct fray_kept *kept, const struct guard_file *file,
                           enum fray_kept_split find, struct fray_comm *comm,
                           struct fray_arena *arena, struct guard_found *out, struct fray_err *err);
/** INTERNAL if a sample of `of` is a test sample (or is none, where `is_test`), or one of both
 *  lists: an answer on it would report what it was chosen by. */
enum fray_status guard_roles_check(const struct fray_dataset *d, const struct fray_samples *of,
                                   const struct fray_samples *other, bool is_test,
                                   struct fray_arena *arena, struct fray_err *err);

/* ---- guard_cost.c ---- */

bool guard_is_of_cost(const struct guard_file *file);
/** What was asked for; NaN of a gate of cost. */
double guard_asked(const struct guard_file *file);
/** The temperature that makes dev samples most likely, 1e-3 to 1e3. */
enum fray_status guard_cost_fit(const struct fray_probed *dev, struct fray_arena *arena,
                                double *temperature, struct fray_err *err);
/** p (n): the confidence at a temperature, refused at or below cost / (1 + cost); score (n): 1 - p.
 */
enum fray_status guard_cost_judge(const struct fray_probed *of, double temperature,
                                  struct fray_arena *arena, double *p, double *score,
                                  struct fray_err *err);

/* ---- guard_rates.c ---- */

/** A rate and how sure it is. */
struct guard_rate {
  size_t n, clusters;
  double value;
  struct fray_interval interval;
};
enum guard_what { GUARD_REFUSED, GUARD_UNWARRANTED, GUARD_ANSWERED_WRONG };
/** Of panels (n_panels, one a seed) under one gate, over the samples whose group in `column` has
 *  this code (column NULL: all). alpha: what is asked. Arena memory is given back. */
enum fray_status guard_rate_of(const struct guard_panel *const *panel, size_t n_panels, size_t gate,
                               double alpha, const struct fray_group *column, size_t code,
                               enum guard_what what, size_t n_clusters, struct fray_arena *arena,
                               struct guard_rate *out, struct fray_err *err);
/** Area under the curve of "clean against condition" of one gate; NaN without either. */
enum fray_status guard_area(const struct guard_panel *clean, const struct guard_panel *other,
                            size_t gate, struct fray_arena *arena, double *out,
                            struct fray_err *err);
/** Too few people, or too few samples a training, to say anything of a group. */
bool guard_is_small(const struct guard_rate *rate, size_t n_panels);
/** What the largest rate of the groups of a column rests on, if people change groups by chance. */
struct guard_null {
  double q95; /* 95 % of the largest rates stay below; NaN: people have samples of several groups,
                 or no group is large enough */
  double p; /* share of the largest rates that reach that of the groups as they are; NaN likewise */
};
/** rate (column->n): of its groups, NaN of those that are too small. Otherwise as guard_rate_of. */
enum fray_status guard_groups_of(const struct guard_panel *const *panel, size_t n_panels,
                                 size_t gate, double alpha, const struct fray_group *column,
                                 size_t n_clusters, struct fray_arena *arena,
                                 struct guard_rate *rate, struct guard_null *null,
                                 struct fray_err *err);

/** The group of whom most was refused, among those with enough people. */
struct guard_worst {
  size_t groups;                   /* with enough people; 0: none, and nothing else is set */
  const struct fray_group *column; /* of the worst */
  size_t code;
  struct guard_rate rate; /* its interval holds for all of these groups at once */
};
/** columns (n_columns): group columns. Otherwise as guard_rate_of. */
enum fray_status guard_worst_of(const struct guard_panel *const *panel, size_t n_panels,
                                size_t gate, double alpha, const struct fray_group *const *columns,
                                size_t n_columns, size_t n_clusters, struct fray_arena *arena,
                                struct guard_worst *out, struct fray_err *err);

/* ---- guard_tables.c, guard_fitted.c, guard_text.c ---- */

enum fray_status guard_fronts(const struct guard_found *found, struct fray_text *out,
                              struct fray_err *err);
enum fray_status guard_overall(const struct guard_found *found, struct fray_text *out,
                               struct fray_err *err);
void guard_roc(const struct guard_found *found, struct fray_text *out);
/** Of the gate of all scores, the mean over the trials of a cell. */
enum fray_status guard_curves(const struct guard_found *found, struct fray_text *out,
                              struct fray_err *err);
/** Clean samples by group, with the null of each column. */
enum fray_status guard_groups(const struct guard_found *found, struct fray_text *out,
                              struct fray_err *err);
enum fray_status guard_risk(const struct guard_found *found, struct fray_text *out,
                            struct fray_err *err);
/** Which condition has which truth; a modality by its name. INPUT. */
enum fray_status guard_claims_check(const struct guard_file *file, struct fray_err *err);
enum fray_status guard_claims_modality(const struct fray_dataset *d, const char *name, size_t *out,
                                       struct fray_err *err);
bool guard_claims_has(const struct guard_file *file, enum guard_truth truth,
                      const struct guard_condition *condition);
/** The cut of a trial from supports of dev samples: supported (n), refuted (m), NaN taken out of
 * both. */
enum fray_status guard_claims_cut(const struct guard_claims *claims, double *supported, size_t n,
                                  double *refuted, size_t m, struct fray_arena *arena,
                                  struct guard_trial *t, struct fray_err *err);
enum fray_status guard_claims_table(const struct guard_found *found, struct fray_text *out,
                                    struct fray_err *err);
void guard_columns(struct fray_text *out);
/** Trials of a cell, as panels of a condition. Returns how many; panel (n_trials). */
size_t guard_cell_panels(const struct guard_found *found, size_t cell, size_t condition,
                         const struct guard_panel **panel);

void guard_fitted(const struct guard_found *found, struct fray_text *out);
/** INPUT unless each trial is one that the gate was fitted to, of the same model and dev samples,
 *  and thresholds are what it says. */
enum fray_status guard_fitted_check(const struct guard_found *found, struct fray_err *err);

enum fray_status guard_say(const struct guard_found *found, size_t columns, struct fray_text *out,
                           struct fray_err *err);

#endif

/* How long a study takes and what it needs, before it runs: for `fray check`. */
#ifndef FRAY_STUDY_FORECAST_H
#define FRAY_STUDY_FORECAST_H

#include "cost.h"

/** A line of the plan on stdout, wrapped as a terminal wants it. */
void fray_plan_line(const char *title, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Adds to study->limits what the data do not allow. Every cell was validated; session and
 * partition are those of the first. MEMORY. */
enum fray_status fray_limits_find(struct fray_study *study, const struct fray_session *session,
                                  const struct fray_partition *partition, struct fray_err *err);
/** Prints what is swept, the numbers of the cells, the conditions and the limits. Rank 0. */
enum fray_status fray_numbers_print(const struct fray_study *study,
                                    const struct fray_session *session, struct fray_err *err);
/** "4 a round" of a cell that was validated. */
void fray_cohort_text(const struct fray_cell *cell, char out[160]);

/** Processor seconds that one rank takes for one of what a trial consists of. */
struct fray_speed {
  double trained;   /* sample of a training step, with its part of the optimiser's step */
  double update;    /* client update that is added */
  double evaluated; /* sample, encoded and classified once */
  double again;     /* sample, classified once more */
};
/** Trains a few clients of a trial and evaluates a block of its test samples on this rank, about
 *  `seconds` long; the features are in memory then. Damage is left out. session holds the data of
 *  the trial. Not collective, but every rank takes part so that they share the machine as they
 *  will. self: this rank alone. */
enum fray_status fray_speed_measure(const struct fray_cell *cell, const struct fray_trial *trial,
                                    struct fray_session *session, struct fray_comm *self,
                                    double seconds, struct fray_speed *out, struct fray_err *err);

/** Bytes that one step and one block of a kind of trial take beside vectors and features. */
struct fray_rehearsed {
  double step, block; /* of a batch to train on, and of a block to judge, the longest samples */
  double tokens;      /* of a judged sample, where they are kept */
  double touched;     /* of libraries that were not touched before */
};
/** Trains one step and evaluates one block on this rank, with the longest samples, which are read.
 *  cell->outlook must be set; session holds the data of the trial. Not collective. As
 *  fray_features_batch. */
enum fray_status fray_memory_rehearse(const struct fray_cell *cell, const struct fray_trial *trial,
                                      struct fray_session *session, struct fray_comm *self,
                                      struct fray_rehearsed *out, struct fray_err *err);

/** Seconds of one rank. */
struct fray_duration {
  double training, evaluation, judging, files;
};
struct fray_duration fray_speed_duration(const struct fray_speed *speed,
                                         const struct fray_trial_amounts *amounts);
static inline double fray_duration_all(const struct fray_duration *d) {
  return d->training + d->evaluation + d->judging + d->files;
}

/** What is known of all trials of a study. In the study's arena. */
struct fray_forecast {
  size_t n; /* trials to be done: those that another one stands for are left out */
  size_t *trial;
  double *cost;                       /* (n) see fray_trial_cost */
  struct fray_trial_amounts *amounts; /* (n) */
  uint64_t *kind;                     /* (n) hash of what decides on a trial's speed */
  bool may_stop;                      /* some trainings may end before their last round */
  size_t cohort;                      /* clients a round of the first cell */
  /* Filled by fray_forecast_measure. */
  size_t kinds, measured;            /* how many kinds there are, and were measured */
  double took;                       /* seconds of measuring */
  uint64_t peak;                     /* bytes that a rank held then, at most */
  double *seconds;                   /* (n) of one rank */
  struct fray_duration all, control; /* of all trials; of those of controls */
  /* Filled by fray_forecast_rehearse. */
  double program;                  /* bytes that this process held before */
  struct fray_rehearsed rehearsed; /* the most of all kinds; of rank 0 */
};
/** Values of the group columns that are scored one by one. */
size_t fray_groups_scored(const struct fray_evaluate_config *evaluate,
                          const struct fray_dataset *d);
/** Counts what every trial does. Collective. */
enum fray_status fray_forecast_make(struct fray_study *study, struct fray_session *session,
                                    struct fray_forecast *forecast, struct fray_err *err);
/** Measures kinds of trials, the costliest first, for about 2 s each and 20 s in all; the others
 *  are scaled by their cost. Collective. */
enum fray_status fray_forecast_measure(struct fray_study *study, struct fray_session *session,
                                       struct fray_forecast *forecast, struct fray_err *err);
/** One step and one block of each kind of trials, for the bytes that they take. Collective. As
 *  fray_memory_rehearse. */
enum fray_status fray_forecast_rehearse(const struct fray_study *study,
                                        struct fray_session *session,
                                        struct fray_forecast *forecast, struct fray_err *err);
/** Prints the teams that so many ranks form, and, if measured, the time. Rank 0. */
void fray_forecast_print(const struct fray_forecast *forecast, int ranks);
/** Warns of a study that was measured and takes more than 80 hours. Rank 0. */
void fray_forecast_warn(const struct fray_forecast *forecast, int ranks);
/** Seconds of the study on so many ranks; NaN unless measured. */
double fray_forecast_seconds(const struct fray_forecast *forecast, int ranks);
/** Teams of so many ranks. */
int fray_forecast_teams(const struct fray_forecast *forecast, int ranks);

/** Bytes, from above: of memory on each rank, and of files. */
struct fray_plan_sizes {
  int teams;
  double program, cache, training, work, states, scores, vectors, standards, sounds;
  double report; /* of the rank that draws it, beyond what it gave back before */
  double kept_models, kept_scores, tables, ledgers, checkpoints;
};
/** Of a rank. */
static inline double fray_plan_memory(const struct fray_plan_sizes *s) {
  return s->program + s->cache + s->training + s->work + s->states + s->scores + s->vectors +
         s->standards + s->sounds + s->report;
}
/** Finds what a rank holds, of each part the most that any cell needs; teams is set, and nothing of
 *  files. Opens the data of all cells. Collective, and filled on rank 0. As fray_memory_rehearse.
 */
enum fray_status fray_plan_memory_find(const struct fray_study *study, struct fray_session *session,
                                       const struct fray_forecast *forecast, int ranks,
                                       struct fray_plan_sizes *out, struct fray_err *err);
/** Bytes of the probabilities of one trial's test samples, as they are kept. */
double fray_kept_score_bytes(const struct fray_cell *cell, size_t n_test, size_t classes);
/** Prints the line of the memory. Rank 0. */
void fray_plan_memory_print(const struct fray_plan_sizes *sizes, int ranks);
/** What a training of the first cell costs, about, as trials.csv counts it; operations of methods
 *  that make further passes come on top. */
struct fray_trial_costs {
  double updates, down, up, flops; /* client updates; bytes; operations of all steps */
  double expanded;                 /* values of masks that clients expand, in all; 0: none */
  double forward, step;            /* operations of the longest sample: a pass, a training step */
  size_t n_modalities;
  struct fray_flops modality[FRAY_MAX_MODALITIES]; /* of its encoder: a pass; a training step */
};
/** The model is that of the first cell, whose data session holds. INPUT as fray_trial_count. */
enum fray_status fray_trial_costs_of(const struct fray_study *study,
                                     const struct fray_session *session,
                                     const struct fray_partition *partition,
                                     const struct fray_model *model, struct fray_trial_costs *out,
                                     struct fray_err *err);
void fray_trial_costs_print(const struct fray_study *study, const struct fray_session *session,
                            const struct fray_trial_costs *costs);

/** Prints the plan as one JSON document (docs/results-format.md). Limits were found. Rank 0. */
enum fray_status fray_plan_json(const struct fray_study *study, const struct fray_session *session,
                                const struct fray_partition *partition, size_t parameters,
                                const struct fray_plan_sizes *sizes,
                                const struct fray_trial_costs *costs,
                                const struct fray_forecast *forecast, int ranks,
                                struct fray_err *err);

/** Bytes of pretrained vectors, which each rank holds. */
double fray_vector_bytes(const struct fray_session *session);
/** Bytes of the sounds that entries named, which each rank holds. */
double fray_sounds_bytes(const struct fray_session *session);
/** Bytes that one rank holds for training the model of the cell, whose data the session holds,
 *  beside the cache of features and scores. */
double fray_rank_bytes(const struct fray_cell *cell, const struct fray_session *session,
                       const struct fray_model *model, size_t cohort, int ranks);
/** Clients that are asked in a round, at most. cell->outlook must be set. */
size_t fray_cell_invited(const struct fray_cell *cell);
/** Bytes of the clients' states on a rank, and of all on the disk: 0 unless the algorithm keeps
 * any. cell->outlook must be set. */
double fray_state_bytes(const struct fray_cell *cell, size_t parameters, int ranks, double *disk);
/** Looks up session->host, unless it is known. Collective. */
enum fray_status fray_host_find(struct fray_session *session, struct fray_err *err);
/** Bytes of all ranks of the fullest host, of which each takes so many itself, with the process
 * that reads files for it. report: what one of them takes beyond that. */
double fray_host_bytes(const struct fray_session *session, double rank, double report);
/** Whether what is asked, on so many ranks, is of the hosts that this runs on. */
bool fray_host_is_asked(const struct fray_session *session, int ranks);
/** Warns, once, of ranks that are each small enough for their host, and not all together. cache: of
 *  the bytes of a rank those that data.cache_mb bounds. */
void fray_host_warn(struct fray_session *session, double rank, double report, double cache);
/** Prints what the ranks of the fullest host take, where a host has several. Rank 0. */
void fray_host_print(const struct fray_session *session, double rank, double report, int ranks);
/** The bytes that the process that reads files holds, about. */
double fray_reader_bytes(void);
/** INPUT when a rank needs more memory for a cell, which was validated, than the machine has: it
 *  would be killed. trial: the first of the cell. Warns of ranks that are too many for their host.
 */
enum fray_status fray_cell_fits(const struct fray_cell *cell, const struct fray_trial *trial,
                                struct fray_session *session, int ranks, struct fray_err *err);

#endif

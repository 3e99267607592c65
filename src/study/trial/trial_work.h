/* A trial in progress, between trial.c (what is done) and rows.c (what is written of it). */
#ifndef FRAY_STUDY_TRIAL_WORK_H
#define FRAY_STUDY_TRIAL_WORK_H

#include "fray/fed/local_only.h"
#include "fray/fed/schedule.h"
#include "fray/results/models.h"
#include "fray/results/trial_file.h"
#include "study/scenario/scenario.h"
#include "trial.h"

enum { BEST = FRAY_BEST, LAST = FRAY_LAST, SELECTIONS = FRAY_SELECTIONS };

/** What one condition did to the samples of a panel. */
struct judged_condition {
  const char *name, *parameter;
  double severity, realised; /* realised: see realised_of */
  size_t n_entries;
  const struct fray_realised *entries; /* (n_entries) of the test stage */
  const int16_t *lure;                 /* (samples, modalities) see struct fray_damage; or NULL */
  const uint8_t *acts;                 /* (n_entries) 0: the entry acts on training samples only */
};

/** A panel: samples that models are judged on, under conditions, and what the models said. */
struct judged {
  const char *name;  /* what results.h5 calls it: "test", "own" */
  const char *scope; /* of all its rows in scores.csv; NULL: as the clients of the samples are */
  struct fray_samples of; /* n is 0: there is nothing to judge */
  const uint32_t *client; /* (n) whose they are, of the n_clients that damage draws for */
  size_t n_clients;
  const uint64_t *client_source;  /* (n_clients) */
  const char *const *client_name; /* (n_clients) */
  bool is_dev; /* rounds are chosen by it: entries that act at dev act on it, and no others */
  bool held_by_clients;               /* those are federated clients, not those of the shards */
  struct judged_condition *condition; /* (conditions of the trial) */
  struct fray_samples *under;         /* (conditions of the trial) */
  bool *is_known; /* (conditions of the trial) its answers were kept from before; the same on all
                     ranks */
  struct fray_answers answers[SELECTIONS]; /* those that were kept: on rank 0 alone */
};
/** The test samples belong to the clients of the shards; the own samples were held out of training
 *  and belong to the federated clients: what a client lost in training, it lacks in its own test.
 */
enum { TEST, OWN, PANELS };

/** A kept model of another trial, that a judge asks. */
struct trial_other {
  struct fray_model *model;
  float *w;
};
struct trial_work {
  const struct fray_study *study;
  const char *folder; /* of the results; NULL: there are none yet */
  size_t n_others;    /* once a judge has asked for them */
  struct trial_other *other;
  struct fray_other_model *other_models; /* (n_others) the same, as evaluations take them */
  const struct fray_cell *cell;
  const struct fray_trial *trial;
  struct fray_session *session;
  struct fray_data_sets *data;    /* of the study */
  const struct fray_watch *watch; /* or NULL */
  bool same_data;                 /* the shards are the files that the trial was judged on before */
  bool mixed;                     /* goes on in another numeric environment */
  size_t n_columns;               /* corruption ids that have columns in trials.csv */
  struct fray_arena arena;
  const struct fray_partition *partition; /* of the session */
  struct fray_population train_population;
  struct fray_damage damage;
  struct fray_damage seen; /* the same, where those that `membership` holds out are dropped: what
                              training sees. Damage is drawn for all, so that who is held out
                              changes nobody else's */
  size_t n_held;
  uint8_t *held; /* (training samples, in partition order) NULL: nobody is held out */
  struct fray_samples
      asked;                /* training samples with a label, members or not, as damage left them */
  uint8_t *is_member;       /* (asked.n) */
  double *odds[SELECTIONS]; /* (asked.n) what the models said of them; NULL: not asked */
  struct fray_realised *realised; /* (entries) training stage */
  struct fray_clients clients;
  double *class_weight;                /* (classes) of the loss; NULL: 1 */
  size_t target;                       /* see struct fray_scored */
  struct fray_cohort_schedule cohorts; /* if the scenario names a file */
  struct judged dev_panel;             /* of one condition: what entries do at dev */
  struct fray_samples dev;             /* under that */
  size_t n_conditions;                 /* the same, in the same order, of all panels */
  struct judged judged[PANELS];
  struct fray_model *model;
  const char *name;        /* of the trial; NULL: of a plan, which has none yet */
  struct fray_judge judge; /* before the models are known: of own models, and to see that it fits */
  uint64_t judge_key;      /* of what it says otherwise than the largest logit; 0: of nothing */
  const char *hash[SELECTIONS]; /* of the models that are asked; NULL: not known */
  struct fray_outcome outcome;
  struct fray_local_only_outcome local; /* of a local_only cell */
  size_t n_judged;                      /* conditions of all panels that models were asked under */
};

/** A trial that nothing is known of yet. Borrows all. trial_release in any case. */
struct trial_work trial_begin(const struct fray_study *study, const struct fray_trial *trial,
                              struct fray_session *session);
void trial_release(struct trial_work *t);
/** Damages clients and panels, and makes the model. The session holds the data of the cell. INPUT.
 */
enum fray_status trial_prepare(struct trial_work *t, struct fray_err *err);
/** `trial` (what the corruption entries do at test), `clean` where that differs, then tests. */
enum fray_status trial_conditions(struct trial_work *t, struct fray_err *err);
/** What entries make of a panel's samples, into its condition and its samples of that place, of
 * which n_entries is given; the damage starts from the clean data. INPUT. */
enum fray_status trial_meet(struct trial_work *t, struct judged *panel, size_t at,
                            const struct fray_corruption_config *const *entries,
                            struct fray_err *err);
/** A panel of all training samples, client by client, as the data have them and with the labels
 * that clients have; dropped samples have none. Its conditions are the caller's to make. */
enum fray_status trial_train_panel(struct trial_work *t, struct judged *out, struct fray_err *err);
/** 1 for the natural clients that evaluate.verify draws among those of the test samples, into role
 *  (natural clients). */
enum fray_status trial_verify_clients(const struct trial_work *t, uint8_t *role,
                                      struct fray_err *err);
/** A panel of the test samples of these clients, or of the others. Its conditions are the caller's
 *  to make. */
enum fray_status trial_part_panel(struct trial_work *t, bool verify, struct judged *out,
                                  struct fray_err *err);
/** What rank 0 read of a kept model, to all ranks, and into use. Collective. */
void trial_use_standards(struct fray_session *session, struct fray_standards *standards);
/** Of data that change while a trial is at work nobody knows what it has learnt from. IO. */
enum fray_status trial_check_data(const struct trial_work *t, struct fray_err *err);
/** Every panel and condition on the selected and on the last model, but those that are known.
 *  Collective. */
enum fray_status trial_judge(struct trial_work *t, struct fray_err *err);

/** INPUT unless the models that a judge asks are kept, and are those that it knows. Rank 0. */
enum fray_status trial_check_others(const char *folder, const struct fray_judge *judge,
                                    struct fray_err *err);
/* What fitted gates know dev samples by: 16 hexadecimal digits of their hash. sample (n). */
enum { TRIAL_DEV_HASH = 17 };
void trial_dev_hash(const struct fray_dataset *d, size_t n, const uint32_t *sample,
                    char out[TRIAL_DEV_HASH]);
/** The judge of evaluate.judge in a place of which the data set says the rest: names, how many.
 *  Arena memory. INPUT: it does not fit. */
enum fray_status trial_judge_of(const struct fray_cell *cell, const struct fray_dataset *d,
                                const struct fray_judge_place *of, struct fray_arena *arena,
                                struct fray_judge *out, struct fray_err *err);
/** The same for a trial's models of that hash (NULL: not known). */
enum fray_status trial_fit_judge(struct trial_work *t, const char *hash, bool is_selected,
                                 struct fray_judge *out, struct fray_err *err);
/** Marks whom `membership` holds out, and lists who is asked about; t->damage is there. INPUT where
 *  the data or the training have no such attack. */
enum fray_status trial_members_hold_out(struct trial_work *t, struct fray_err *err);
/** Asks the selected and the last model about all training samples. Collective. */
enum fray_status trial_members_judge(struct trial_work *t, struct fray_err *err);
/** Adds what they said to the part. Rank 0. */
enum fray_status trial_members_keep(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err);
/** Bytes that a rank takes for it, while models are asked or while tables are put together: what is
 *  more; 0 where nothing is attacked. */
double trial_members_bytes(const struct trial_work *t, size_t seeds);
/** Warns of seeds that are too few to be each other's shadows. */
void trial_members_warn(const struct trial_work *t, struct fray_study *study);
/** Adds the answers of all panels to the part, for trial_answers_recall. Rank 0. */
enum fray_status trial_answers_keep(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err);
/** Takes the answers that the part of a trial keeps under conditions that do the same to the same
 *  samples; nothing of the file is trusted, and what does not fit is judged. Collective. */
enum fray_status trial_answers_recall(struct trial_work *t, const char *folder, const char *name,
                                      struct fray_err *err);
/** Room for the answers of a panel under all conditions, zeroed. */
enum fray_status trial_answers_make(struct trial_work *t, struct judged *panel,
                                    struct fray_err *err);
/** Copies the answers under one condition to place `at` of others, of the same samples. */
void trial_answers_copy(struct fray_answers *to, size_t at, const struct fray_answers *from,
                        size_t condition, size_t classes);

/** Whether a panel is judged at all: it has samples, and local-only training has no model for test
 *  samples, which no client holds. */
static inline bool trial_judges(const struct trial_work *t, int panel) {
  return t->judged[panel].of.n > 0 && (panel == OWN || !t->cell->local_only);
}

/** What the constant predictor answers: the class that most training samples have; or, of several
 *  labels, those that more than half of the labelled ones have, into set (classes). */
enum fray_status trial_constant(const struct trial_work *t, struct fray_arena *arena, size_t *class,
                                uint8_t *set, struct fray_err *err);
/** Fills what an outlook says of how far values move, and warns where features undo damage. IO. */
enum fray_status fray_outlook_moves(const struct trial_work *t, struct fray_study *study,
                                    struct fray_outlook *out, struct fray_err *err);
/** Fills the outlook of a cell from a trial that is prepared, and warns of what is limited. INPUT
 *  when no training sample has a label. */
enum fray_status fray_outlook_take(const struct trial_work *t, struct fray_study *study,
                                   struct fray_cell *cell, struct fray_err *err);
/** True if the answers are to hold probabilities. */
bool trial_wants_scores(const struct trial_work *t);
/** Trains and judges a local_only cell, from its checkpoint on. part: its name and evaluation.
 *  Collective. */
enum fray_status fray_trial_local_only(struct trial_work *t,
                                       const struct fray_federation *federation, const char *folder,
                                       const struct fray_trial_file *part, struct fray_err *err);
/** Fills the part with what training gives: the rows of trials.csv and rounds.csv. Rank 0. */
enum fray_status fray_trial_rows(const struct trial_work *t, struct fray_trial_file *part,
                                 struct fray_err *err);
/** Whether the rows of a column of groups are kept in the part, for a study that asks for it later.
 */
bool fray_trial_keeps_column(const struct trial_work *t, const struct fray_group *group);
/** What a table has of all rows of a part (participation_all, influence_all), by the groups that
 * the cell asks for; stays as it is where there are none. Replaces out. */
enum fray_status fray_trial_pick_columns(const struct trial_work *t, const struct fray_text *all,
                                         struct fray_text *out, struct fray_err *err);
/** Fills part->participation and what it is picked from, of trainings whose availability is
 * simulated. Rank 0. */
enum fray_status fray_trial_participation(const struct trial_work *t, struct fray_trial_file *part,
                                          struct fray_err *err);
/** Fills part->influence and what it is picked from, of trainings whose rule looked at single
 * updates. Rank 0. */
enum fray_status fray_trial_influence(const struct trial_work *t, struct fray_trial_file *part,
                                      struct fray_err *err);
/** Fills part->privacy, of trainings under client-level privacy. Rank 0. */
enum fray_status fray_trial_privacy(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err);
/** The rows of found.csv, of methods that look for wrong labels. Rank 0. */
void fray_trial_found(const struct trial_work *t, struct fray_text *out);
/** The row of secure.csv, of trainings with secure aggregation. Rank 0. */
void fray_trial_secure(const struct trial_work *t, struct fray_text *out);
/** Group column by name, or NULL. */
const struct fray_group *fray_find_group(const struct fray_dataset *d, const char *name);
/** Fills the part with what judging gives: the rows of scores.csv, and part->metrics. Rank 0. */
enum fray_status fray_trial_scores(const struct trial_work *t, struct fray_trial_file *part,
                                   struct fray_err *err);
/** Adds the data sets of results.h5 to the part; some point into t. Rank 0. */
enum fray_status fray_trial_details(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err);
/** True if two texts of metrics are the same; mixed: or near, since another numeric environment may
 *  put a sample on the other side of an edge. */
bool fray_scores_alike(const struct fray_text *before, const struct fray_text *now, bool mixed);

#endif

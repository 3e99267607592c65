/* Shared inside the study layer. */
#ifndef FRAY_STUDY_INTERNAL_H
#define FRAY_STUDY_INTERNAL_H

#include "fray/base/columns.h"
#include "fray/base/draft.h"
#include "fray/h5/h5.h"
#include "fray/study/study.h"

struct fray_session;

/** One swept key with its values in every cell, in sweep order. */
struct fray_axis_point {
  const char **key;
  const struct fray_node **value;
  size_t n;
};

/** Expands `sweep` (and an implicit grid over all methods) into points. */
enum fray_status fray_sweep_expand(const struct fray_node *root, struct fray_arena *arena,
                                   struct fray_axis_point **points, size_t *n,
                                   struct fray_err *err);
/** Sets a key of the scenario tree: a dotted path, ID.KEY of a corruption entry or tests.NAME.KEY.
 *  INPUT with the nearest valid key when there is none. */
enum fray_status fray_scenario_set(struct fray_node *root, const char *key,
                                   const struct fray_node *value, struct fray_arena *arena,
                                   struct fray_err *err);
/** INPUT when the key belongs to the study as a whole (seeds, sweep, name, ...), so that neither
 * the sweep nor a method can change it. by: "sweep" or "methods.NAME". */
enum fray_status fray_study_key_check(const char *key, const char *by, const struct fray_node *node,
                                      struct fray_err *err);
/** Gives a cell whose loss is the default one that fits its data: bce for multi-label. The name of
 *  its trials is as if it had been asked for; scenario.yaml leaves it open. */
enum fray_status fray_study_follow_task(struct fray_study *study, size_t cell, bool multi_label,
                                        struct fray_err *err);
/** Applies the keys of a named method; methods: that section, or NULL. */
enum fray_status fray_method_apply(struct fray_node *root, const struct fray_node *methods,
                                   const struct fray_node *name, struct fray_arena *arena,
                                   struct fray_err *err);
/** Makes the paths in `tests` absolute: the schema leaves them as they are, and scenario.yaml lies
 *  elsewhere. */
enum fray_status fray_tests_settle(struct fray_node *root, struct fray_arena *arena,
                                   struct fray_err *err);
/** Reads a tree, which may go afterwards, into cell->config, its lists and cell->node, defaults
 *  filled in. What equals that of another cell is shared with it: to change a cell's node, read a
 *  changed copy of it. */
enum fray_status fray_cell_read(struct fray_study *study, struct fray_cell *cell,
                                const struct fray_node *tree, struct fray_err *err);
/** Lists the entries of `corruption`, which cell->config holds, with their ids. */
enum fray_status fray_cell_entries(struct fray_cell *cell, struct fray_arena *arena,
                                   struct fray_err *err);
/** Conditions of filled `tests`, which belong to the study. Shared by cells whose `tests` are the
 *  same node. */
enum fray_status fray_conditions_read(struct fray_study *study, const struct fray_node *tests,
                                      struct fray_condition **out, size_t *n, struct fray_err *err);
/** Changes the tree of a cell before it is read; new nodes come from the arena. */
typedef enum fray_status fray_cell_edit(struct fray_node *tree, const void *user,
                                        struct fray_arena *arena, struct fray_err *err);
/** Makes a cell of study->root at a point. edit may be NULL. */
enum fray_status fray_cell_make(struct fray_study *study, const struct fray_axis_point *point,
                                fray_cell_edit *edit, const void *user, struct fray_cell *cell,
                                struct fray_err *err);

/** Names of `controls`, NULL-terminated. */
extern const char *const fray_control_names[];
/** Bits of a list of names, all known. INPUT if one stands twice. */
enum fray_status fray_controls_read(const struct fray_strings *names, unsigned *controls,
                                    struct fray_err *err);
/** INPUT if an entry of `tests` has a name that controls use. */
enum fray_status fray_controls_check_tests(const struct fray_node *tree, struct fray_err *err);
/** Adds to the text of a trial's name what the keys of its cell do not say of a control. */
void fray_control_put(const struct fray_study *study, const struct fray_cell *cell,
                      struct fray_text *text);
/** True for conditions that controls make; they have no severity. */
bool fray_is_control_condition(const char *name);
/** If local_only is among the controls, sets data.partition.own_test where it is not given. */
enum fray_status fray_controls_own_test(unsigned controls, struct fray_node *tree,
                                        struct fray_arena *arena, struct fray_err *err);
/** Adds what controls need the data for, once: their conditions to every cell, and their cells and
 *  trials behind the ordinary ones. Opens the data of each cell. Collective. */
enum fray_status fray_study_add_controls(struct fray_study *study, struct fray_session *session,
                                         struct fray_err *err);

/** Trials from seeds/repeats. */
enum fray_status fray_seeds_read(const struct fray_scenario *config, struct fray_arena *arena,
                                 struct fray_trial **seeds, size_t *n, struct fray_err *err);

/** What `fray evaluate` adds to a stored scenario: a file of tests and group columns. */
struct fray_additions {
  const char *path, *groups;     /* given; path of the file or NULL; "a,b" or NULL */
  const char *text;              /* of the file, filled on loading */
  const struct fray_node *tests; /* (map) of the file, NULL if it has none; filled on applying */
};
/** Puts the file's tests and evaluation keys, and the groups, behind those of the scenario. INPUT
 *  with file, line and key for what is no test, and for a name that stands for other damage. */
enum fray_status fray_additions_apply(struct fray_node *root, struct fray_additions *more,
                                      struct fray_arena *arena, struct fray_err *err);
/** INPUT when a cell does not have them, since a method or the sweep sets the key as a whole. */
enum fray_status fray_additions_check(const struct fray_study *study,
                                      const struct fray_additions *more, struct fray_err *err);
/** As fray_study_load, with additions (NULL: none). */
enum fray_status fray_study_load_more(const char *path, const char *const *sets, size_t n_sets,
                                      struct fray_additions *more, struct fray_comm *comm,
                                      struct fray_study **out, struct fray_err *err);

/** What an entry of `corruption` hits with the first seed; units as in struct fray_realised. */
struct fray_outlook_hit {
  double nominal; /* NaN: it has no strength */
  bool trains, tests;
  size_t train_eligible, train_hit, test_eligible, test_hit;
};
/** What a cell will do, as its first seed shows. */
struct fray_outlook {
  size_t clients, able;         /* federated clients; those with a usable training sample */
  size_t least, most;           /* clients a round */
  size_t train, usable;         /* training samples; those that damage leaves, with a label */
  size_t largest;               /* usable samples of one client */
  struct fray_outlook_hit *hit; /* (entries) */
  double *condition;            /* (conditions) realised rates; NULL unless of cell 0 */
};
/** INPUT when a key is a count in some cells and a fraction in others. */
enum fray_status fray_study_check_amounts(const struct fray_study *study, struct fray_err *err);
/** A warning, once however many cells give rise to it, and not more than a dozen. */
void fray_study_warn(struct fray_study *study, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Likewise a line of the plan of what will be limited by what there is. */
void fray_study_limit(struct fray_study *study, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The operations of a model's matrix products for one sample of the longest length. */
struct fray_model_size {
  size_t parameters;                    /* floats of the parameter vector */
  double pass;                          /* forward: encoded and classified once */
  double classify;                      /* of these, those that each further condition costs */
  double modality[FRAY_MAX_MODALITIES]; /* encoded alone */
};

enum { FRAY_KEPT_PARTITIONS = 32 };
/** A partition that stays open. */
struct fray_kept_partition {
  char *key; /* emitted section; NULL: an empty place */
  uint64_t seed, used;
  struct fray_partition *partition;
};

/** What a trial works on; kept from trial to trial while its keys stay the same. */
struct fray_session {
  struct fray_comm *comm;
  char *data_key; /* emitted data section of what is open, without its partition */
  bool warned;    /* of classes that a split lacks; once is enough */
  double memory;  /* bytes that this rank may hold, INFINITY if unknown; 0: not yet looked up */
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_kept_partition kept[FRAY_KEPT_PARTITIONS]; /* of this data set */
  uint64_t uses;                                         /* of partitions; orders `used` */
  char *model_key; /* emitted section `model` of the last measured one */
  struct fray_model_size model_size;
};
/** Opens the data of a cell, unless they are open. Collective. */
enum fray_status fray_session_open(struct fray_session *session, const struct fray_cell *cell,
                                   struct fray_err *err);
void fray_session_close(struct fray_session *session);
/** The partition of a cell's data for a seed: kept from an earlier call or made. Owned by the
 *  session, at most until the next call. session holds the data of the cell. As
 *  fray_partition_make otherwise. */
enum fray_status fray_session_partition(struct fray_session *session, const struct fray_cell *cell,
                                        uint64_t seed, const struct fray_partition **out,
                                        struct fray_err *err);
/** Checks a cell against the data: modalities, groups, model. *model to be freed. */
enum fray_status fray_cell_model(const struct fray_cell *cell, const struct fray_session *session,
                                 struct fray_model **model, struct fray_err *err);

/** A data set of results.h5. Values are borrowed until the part is written. */
struct fray_part_set {
  const char *path; /* below the trial: "clients/name" */
  enum fray_h5_type type;
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  const void *data;
  const char *const *texts; /* (dims[0]) instead of data */
};
/** Tables and long columns are compressed: those of a million clients are mostly zeros. */
static inline bool fray_is_packed(int rank, const size_t dims[FRAY_H5_MAX_RANK]) {
  return rank > 1 || dims[0] > 65536;
}
/** What one trial gives to the result files; rows are CSV text without swept columns. */
struct fray_part {
  char name[17], evaluation[17];
  bool diverged;
  char model[2][17];                      /* hashes of the kept models; "": there are none */
  struct fray_text trial, scores, rounds; /* trial: one row */
  struct fray_text metrics;               /* what an evaluation anew must give again */
  struct fray_arena arena;
  size_t n_sets, room;
  struct fray_part_set *set; /* (n_sets) in the arena, as their paths are */
};
/** Adds a data set. MEMORY. */
enum fray_status fray_part_add(struct fray_part *part, const struct fray_part_set *set,
                               struct fray_err *err);
void fray_part_free(struct fray_part *part);

/** Name of a trial: hash of the frozen cell, data and seeds. Independent of paths and ranks, and of
 *  what is only measured on the finished model (unless the sweep or a method sets it). */
enum fray_status fray_trial_name(const struct fray_study *study, const struct fray_trial *trial,
                                 struct fray_session *session, char name[17], struct fray_err *err);
/** Name of what a cell measures on its finished models: hash of `tests`, groups and what is saved.
 */
enum fray_status fray_evaluation_name(const struct fray_cell *cell, char name[17],
                                      struct fray_err *err);
/** Prepares a trial (partition, damage, conditions, model) and drops it again: every check that
 * input can fail. Fills left of its cell. */
enum fray_status fray_trial_validate(struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, struct fray_err *err);
/** Runs one trial over the session's ranks, from its checkpoint if there is one. Their rank 0 fills
 * the part (its name and evaluation are given) and writes it, the models and the ledger, and
 * removes the checkpoint. STOPPED when the watch (may be NULL) says so. Collective. */
enum fray_status fray_trial_run(const struct fray_study *study, const struct fray_trial *trial,
                                struct fray_session *session, const char *folder,
                                const struct fray_watch *watch, struct fray_part *part,
                                struct fray_err *err);
/** Evaluates a finished trial anew, without training: judges its kept models and replaces its part.
 *  What training gave is taken from the old part. As fray_trial_run otherwise. INPUT when part or
 *  models are not what training left; when the clean scores are not what they were (values of the
 *  shards changed), it fails as well. Collective. */
enum fray_status fray_trial_evaluate(const struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, const char *folder,
                                     const struct fray_watch *watch, struct fray_part *part,
                                     struct fray_err *err);
/** INPUT unless fray_trial_evaluate will find what it needs. Not collective; rank 0. */
enum fray_status fray_trial_check_kept(const struct fray_study *study,
                                       const struct fray_trial *trial,
                                       const struct fray_session *session, const char *folder,
                                       const char *name, struct fray_err *err);

/** Part files: FOLDER/parts/NAME.h5, renamed into place. Rank 0 only. */
enum fray_status fray_part_write(const char *folder, struct fray_part *part, struct fray_err *err);
/** Whether a trial has a part, what it holds, and whether it can be evaluated anew (models are
 * there, or it diverged). INPUT when the file is no part of this trial. Rank 0. */
struct fray_part_state {
  bool exists, has_models;
  char evaluation[17];
};
enum fray_status fray_part_look(const char *folder, const char *name, struct fray_part_state *out,
                                struct fray_err *err);
/** Reads what training gave: diverged, model, metrics and the rows of trials.csv and rounds.csv
 * into a zeroed part with its name. The file is not trusted: INPUT. Rank 0 only. */
enum fray_status fray_part_read(const char *folder, struct fray_part *part, struct fray_err *err);
/** Rows of a CSV file that a part holds ("trial", "scores", "rounds"), in the arena. */
enum fray_status fray_part_rows(fray_h5 file, const char *what, struct fray_arena *arena,
                                char **rows, size_t *size, struct fray_err *err);
/** An HDF5 file in the making. */
struct fray_output {
  fray_h5 file;
  struct fray_draft draft; /* its bytes are draft.path until it is closed */
};
/** Creates it as a draft of path. INPUT: path too long; IO. */
enum fray_status fray_output_open(struct fray_output *output, const char *path,
                                  struct fray_err *err);
/** Closes it. Renames it into place if status is OK; else, or if that fails, frees its room on the
 *  disk. Returns status, or what closing or renaming gave. */
enum fray_status fray_output_close(struct fray_output *output, enum fray_status status,
                                   struct fray_err *err);
/** What is to be done for each trial. Cells that differ only in paths to equal content share a
 *  trial: the first does it, for the others it is DUPLICATE. ELSEWHERE: in another share. */
enum fray_work {
  FRAY_WORK_NONE,
  FRAY_WORK_EVALUATE,
  FRAY_WORK_TRAIN,
  FRAY_WORK_DUPLICATE,
  FRAY_WORK_ELSEWHERE,
  FRAY_WORKS
};
struct fray_plan {
  char (*name)[17], (*evaluation)[17]; /* (trials) */
  double *cost;                        /* (trials) see fray_trial_cost */
  uint64_t *data;                      /* (trials) hash of the data section */
  uint8_t *work;                       /* (trials) enum fray_work */
  size_t *kept_rounds; /* (trials) in a checkpoint; clients of local-only training */
  size_t cohort;       /* clients a round of the first cell */
  size_t count[FRAY_WORKS];
  size_t begun, foreign; /* trials with a checkpoint; parts of trials that are not in the plan */
};
/** Opens and checks what every trial needs, and names it. Writes nothing. Collective, as are the
 *  next three. */
enum fray_status fray_plan_make(struct fray_study *study, struct fray_session *session,
                                struct fray_plan *plan, struct fray_err *err);
/** Fills work: kept are parts that hold the same evaluation; others are evaluated anew if their
 * models are there. pace: says which share is done here. */
enum fray_status fray_plan_look(const struct fray_study *study, struct fray_session *session,
                                const struct fray_pace *pace, const char *folder,
                                struct fray_plan *plan, struct fray_err *err);
/** INPUT unless all that is to be evaluated anew can be: parts and models are read and checked. */
enum fray_status fray_plan_check(const struct fray_study *study, struct fray_session *session,
                                 const char *folder, const struct fray_plan *plan,
                                 struct fray_err *err);
/** Rounds that a trial trains; 0: it is only judged, or local-only training has none. */
size_t fray_plan_rounds(const struct fray_study *study, const struct fray_plan *plan, size_t trial);
/** What is left of the cost of a trial that is to be trained or judged. */
double fray_plan_left(const struct fray_study *study, const struct fray_plan *plan, size_t trial);
/** Says how much of the plan is done and how much is left. */
void fray_plan_tell(const struct fray_study *study, const struct fray_plan *plan,
                    const struct fray_pace *pace);
/** Does the work, with teams of the session's ranks. STOPPED when a signal or the deadline ended
 *  it; what was in progress has its checkpoint. again: the command that goes on. src/study/crew.c
 */
enum fray_status fray_plan_do(const struct fray_study *study, struct fray_session *session,
                              const struct fray_plan *plan, const struct fray_pace *pace,
                              const char *folder, const char *again, struct fray_err *err);
/** Header row of trials.csv, scores.csv or rounds.csv; and columns.csv. */
void fray_study_header(const char *file, const struct fray_column_words *words,
                       struct fray_text *out);
void fray_study_columns(struct fray_text *out);
/** Assembles trials.csv, scores.csv, rounds.csv, columns.csv and results.h5 from the parts in sweep
 * order. */
enum fray_status fray_results_assemble(const struct fray_study *study, const struct fray_plan *plan,
                                       const char *folder, struct fray_err *err);
enum { PROVENANCE_BYTES = 64 << 20 }; /* more is no provenance.json */
/** INPUT unless the numeric environment is the same on all ranks. Collective. */
enum fray_status fray_environment_agree(struct fray_comm *comm, struct fray_err *err);
enum fray_status fray_provenance_write(const struct fray_study *study,
                                       const struct fray_session *session,
                                       const struct fray_run_options *options, int ranks,
                                       const char *folder, struct fray_err *err);
/** Adds that the folder was evaluated anew: command, time, host, ranks. Rank 0. */
enum fray_status fray_provenance_note(const char *folder, const char *command, int ranks,
                                      struct fray_err *err);
enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err);
/** State of a run that did not come to its end: interrupted or failed, and why. */
void fray_state_end(const char *folder, struct fray_err *why);

#endif

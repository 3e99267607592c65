/* Shared inside the study layer. */
#ifndef FRAY_STUDY_INTERNAL_H
#define FRAY_STUDY_INTERNAL_H

#include "fray/h5/h5.h"
#include "fray/study/study.h"

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
/** Applies the keys of a named method. */
enum fray_status fray_method_apply(struct fray_node *root, const struct fray_node *name,
                                   struct fray_arena *arena, struct fray_err *err);
/** Reads a frozen tree into cell->config and its lists. */
enum fray_status fray_cell_read(struct fray_cell *cell, struct fray_arena *arena,
                                struct fray_err *err);
/** Trials from seeds/repeats. */
enum fray_status fray_seeds_read(const struct fray_scenario *config, struct fray_arena *arena,
                                 struct fray_trial **seeds, size_t *n, struct fray_err *err);

/** What a trial works on; kept from trial to trial while its keys stay the same. */
struct fray_session {
  struct fray_comm *comm;
  char *data_key; /* emitted data section of what is open */
  bool warned;    /* of classes that a split lacks; once is enough */
  struct fray_dataset *dataset;
  struct fray_features *features;
};
enum fray_status fray_session_open(struct fray_session *session, const struct fray_cell *cell,
                                   struct fray_err *err);
void fray_session_close(struct fray_session *session);
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
  char name[17];
  struct fray_text trial, scores, rounds; /* trial: one row */
  struct fray_arena arena;
  size_t n_sets, room;
  struct fray_part_set *set; /* (n_sets) in the arena, as their paths are */
};
/** Adds a data set. MEMORY. */
enum fray_status fray_part_add(struct fray_part *part, const struct fray_part_set *set,
                               struct fray_err *err);
void fray_part_free(struct fray_part *part);

/** Name of a trial: hash of the frozen cell, data and seeds. Independent of paths and ranks. */
enum fray_status fray_trial_name(const struct fray_study *study, const struct fray_trial *trial,
                                 const struct fray_session *session, char name[17],
                                 struct fray_err *err);
/** Prepares a trial (partition, damage, conditions, model) and drops it again: every check that
 * input can fail. */
enum fray_status fray_trial_validate(const struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, struct fray_err *err);
/** Runs one trial. Rank 0 fills the part and writes it, the models and the ledger. Collective. */
enum fray_status fray_trial_run(const struct fray_study *study, const struct fray_trial *trial,
                                struct fray_session *session, const char *folder,
                                void (*notify)(void *, const struct fray_round_row *), void *user,
                                struct fray_part *part, struct fray_err *err);

/** Part files: FOLDER/parts/NAME.h5, renamed into place. Rank 0 only. */
enum fray_status fray_part_write(const char *folder, struct fray_part *part, struct fray_err *err);
/** An HDF5 file in the making. */
struct fray_output {
  fray_h5 file;
  char path[4096], temporary[4200];
};
/** Creates path.tmp. INPUT: path too long; IO. */
enum fray_status fray_output_open(struct fray_output *output, const char *path,
                                  struct fray_err *err);
/** Closes it. Renames it into place if status is OK; else, or if that fails, frees its room on the
 *  disk. Returns status, or what closing or renaming gave. */
enum fray_status fray_output_close(struct fray_output *output, enum fray_status status,
                                   struct fray_err *err);
/** Assembles trials.csv, scores.csv, rounds.csv and results.h5 from the parts in sweep order. */
enum fray_status fray_results_assemble(const struct fray_study *study, const char (*names)[17],
                                       const char *folder, struct fray_err *err);
/** Numeric environment: one hash over program, BLAS, dispatch and libm; and provenance.json. */
uint64_t fray_numeric_environment(struct fray_text *description);
enum fray_status fray_provenance_write(const struct fray_study *study,
                                       const struct fray_session *session,
                                       const struct fray_run_options *options, int ranks,
                                       const char *folder, struct fray_err *err);
enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err);

#endif

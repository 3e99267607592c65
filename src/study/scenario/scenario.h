/* From a scenario to cells and trials. */
#ifndef FRAY_STUDY_SCENARIO_SCENARIO_H
#define FRAY_STUDY_SCENARIO_SCENARIO_H

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
enum fray_status fray_study_follow_task(struct fray_study *study, size_t index,
                                        const struct fray_dataset *data, struct fray_err *err);
/** True if a test goes through the values of a group that are not put in yet. */
bool fray_cell_asks_groups(const struct fray_cell *cell);
/** Puts them in, in the order of the data set: those of the samples that are tested; of all samples
 *  where the partition says who is tested, as folds do. The names of trials are as if they had been
 *  given, and scenario.yaml has them. INPUT: no such group; the data of another cell have others.
 */
enum fray_status fray_study_follow_groups(struct fray_study *study, size_t index,
                                          const struct fray_dataset *dataset,
                                          const struct fray_partition *partition,
                                          struct fray_err *err);
/** Applies the keys of a named method; methods: that section, or NULL. */
enum fray_status fray_method_apply(struct fray_node *root, const struct fray_node *methods,
                                   const struct fray_node *name, struct fray_arena *arena,
                                   struct fray_err *err);
/** Whether that path is the scenario.yaml of a results folder. */
bool fray_is_scenario_of_run(const char *path);
/** A swept value as tables and names of cells have it, unless it has a name; NULL: no memory. */
const char *fray_value_text(const char *key, const struct fray_node *value,
                            struct fray_arena *arena);
/** Of such a scenario: keys that came after its run get the value that says what the run did. */
enum fray_status fray_older_run_settle(struct fray_node *root, struct fray_arena *arena,
                                       struct fray_err *err);
/** Puts keys that an older run would lack into what was given, from the filled tree: so they are
 *  written of every run. */
enum fray_status fray_later_keys_give(struct fray_node *given, const struct fray_node *filled,
                                      struct fray_arena *arena, struct fray_err *err);
/** Makes the paths in `tests` absolute: the schema leaves them as they are, and scenario.yaml lies
 *  elsewhere. */
enum fray_status fray_tests_settle(struct fray_node *root, struct fray_arena *arena,
                                   struct fray_err *err);
/** The same for paths of data, model and training that methods set. */
enum fray_status fray_methods_settle(struct fray_node *root, struct fray_arena *arena,
                                     struct fray_err *err);
/** Reads a tree, which may go afterwards, into cell->config, its lists and cell->node, defaults
 *  filled in. What equals that of another cell is shared with it: to change a cell's node, read a
 *  changed copy of it. */
enum fray_status fray_cell_read(struct fray_study *study, struct fray_cell *cell,
                                const struct fray_node *tree, struct fray_err *err);
/** Lists the entries of `corruption`, which cell->config holds, with their ids. */
enum fray_status fray_cell_entries(struct fray_cell *cell, struct fray_arena *arena,
                                   struct fray_err *err);
/** False for blanks alone, and for text without any width: nobody would see such a title or name.
 */
bool fray_title_is_seen(const char *text);
/** INPUT for a title that is no text or blank, and for one of a key, value or condition that the
 * study does not have; those of the data are looked for by the two below. */
enum fray_status fray_titles_check(struct fray_study *study, struct fray_err *err);
/** Notes which titled modalities, groups and classes these data have. MEMORY. */
enum fray_status fray_titles_meet(struct fray_study *study, const struct fray_dataset *dataset,
                                  struct fray_err *err);
/** INPUT for one that no data had; those of dataset are named in the message. */
enum fray_status fray_titles_all_met(const struct fray_study *study,
                                     const struct fray_dataset *dataset, struct fray_err *err);
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

/** Sets what `sets` ("KEY=VALUE") say. INPUT, also for a key that a method or the sweep sets as
 * well, and which would silently win. */
enum fray_status fray_overrides_apply(struct fray_node *root, const char *const *sets, size_t n,
                                      struct fray_arena *arena, struct fray_err *err);
/** Makes the ordinary cells of a study: root becomes its tree, its sweep the points. INPUT when two
 *  cells are the same configuration, or do not fit into one table. */
enum fray_status fray_study_make_cells(struct fray_study *study, struct fray_node *root,
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
/** A method or an entry of a cell that drops or adds data. */
struct fray_volume_part {
  const char *name;               /* of the method; the id of the entry */
  const char *section;            /* dotted path of the method's; NULL: an entry of `corruption` */
  const struct fray_table *table; /* of that section */
  size_t entry;                   /* its place */
  struct fray_volume volume;      /* the key and the value that match it */
};
/** Fills out (2 + the cell's entries), returns how many. Names are borrowed from the cell. */
size_t fray_cell_volumes(const struct fray_cell *cell, struct fray_volume_part *out);
/** Sets that key in the tree of the cell. MEMORY. */
enum fray_status fray_volume_put(struct fray_node *tree, const struct fray_volume_part *part,
                                 struct fray_arena *arena, struct fray_err *err);
/** INPUT: the study has no such part; the message names what would be one. */
enum fray_status fray_volume_of_nothing(const struct fray_study *study, struct fray_err *err);
/** If local_only is among the controls, sets data.partition.own_test where it is not given. */
enum fray_status fray_controls_own_test(unsigned controls, struct fray_node *tree,
                                        struct fray_arena *arena, struct fray_err *err);
/** Rank 0 reads the files that the cells name (partitions, cohorts, ledgers) and gives all ranks
 *  their bytes, for fray_side_read; what cannot be read fails there. A ledger of a results folder
 *  must be what its checksums say. INPUT when the ranks have different scenarios. Collective. */
enum fray_status fray_side_files_share(const struct fray_study *study, struct fray_comm *comm,
                                       struct fray_err *err);

/** Trials from seeds/repeats. */
enum fray_status fray_seeds_read(const struct fray_scenario *config, struct fray_arena *arena,
                                 struct fray_trial **trial, size_t *n, struct fray_err *err);

/** What `fray evaluate` adds to a stored scenario: a file of tests and group columns. */
struct fray_additions {
  const char *path, *groups;     /* given; path of the file or NULL; "a,b" or NULL */
  const char *text;              /* of the file, filled on loading */
  const struct fray_node *tests; /* (map) of the file, NULL if it has none; filled on applying */
  bool is_pack;                  /* the file says where they come from; likewise */
};
/** Puts the file's tests and evaluation keys, and the groups, behind those of the scenario. INPUT
 *  with file, line and key for what is no test, and for a name that stands for other damage. */
enum fray_status fray_additions_apply(struct fray_node *root, struct fray_additions *more,
                                      struct fray_arena *arena, struct fray_err *err);
/** INPUT when a cell does not have them, since a method or the sweep sets the key as a whole. Warns
 *  of tests of a pack under whose damage a cell trains. */
enum fray_status fray_additions_check(struct fray_study *study, const struct fray_additions *more,
                                      struct fray_err *err);
/** As fray_study_load, with additions (NULL: none). */
enum fray_status fray_study_load_more(const char *path, const char *const *sets, size_t n_sets,
                                      struct fray_additions *more, struct fray_comm *comm,
                                      struct fray_study **out, struct fray_err *err);

/** A kept model that a trial starts from. */
struct fray_start {
  char trial[17], hash[17]; /* of the kept study */
  char seed[24];            /* of that trial */
};
/** Looks for the models that `model.start` of each cell means; what is wrong with them is told
 * where they are asked for. Collective; rank 0 looks. */
enum fray_status fray_starts_share(struct fray_study *study, struct fray_comm *comm,
                                   struct fray_err *err);
/** The one of a trial; *out NULL: its weights are drawn. INPUT with the line of `model.start`. */
enum fray_status fray_start_of(const struct fray_study *study, const struct fray_trial *trial,
                               const struct fray_start **out, struct fray_err *err);
/** The weights (total) that a trial begins with; taken (tensors), zeroed before: as in
 *  fray_models_start. INPUT. Rank 0. */
enum fray_status fray_start_weights(const struct fray_study *study, const struct fray_trial *trial,
                                    const struct fray_model *model, float *weights, uint8_t *taken,
                                    struct fray_err *err);
/** Adds them as a JSON array, one line for each folder and seed; nothing if no cell has one.
 * MEMORY. */
enum fray_status fray_starts_put(const struct fray_study *study, struct fray_text *out,
                                 struct fray_err *err);
/** True for texts of one value: 0.5 and 0.50. */
bool fray_same_value(const char *a, const char *b);

/** INPUT when a key is a count in some cells and a fraction in others. */
enum fray_status fray_study_check_amounts(const struct fray_study *study, struct fray_err *err);
/** A warning, once however many cells give rise to it, and not more than a dozen. */
void fray_study_warn(struct fray_study *study, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Likewise a line of the plan of what will be limited by what there is. */
void fray_study_limit(struct fray_study *study, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Words for a cell: "unimodal:audio method=a lost.rate=0.2 ". */
void fray_cell_text(const struct fray_study *study, const struct fray_cell *cell, char *out,
                    size_t size);
/** Says behind what is wrong with a cell which one it is, if that is wrong input and the cell is a
 * control's or not the first one of a sweep. Returns the error's status. */
enum fray_status fray_cell_named(const struct fray_study *study, const struct fray_cell *cell,
                                 struct fray_err *err);

#endif

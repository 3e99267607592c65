/* Study: a scenario, its cells (points of the sweep), and their trials (one seed each). */
#ifndef FRAY_STUDY_STUDY_H
#define FRAY_STUDY_STUDY_H

#include "fray/base/log.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/partition.h"
#include "fray/feature/features.h"
#include "fray/fed/federation.h"
#include "fray/metric/membership.h"
#include "fray/model/model.h"
#include "fray/results/read_tests.h"

/** The whole scenario file. */
struct fray_scenario {
  const char *name, *title, *description;
  const struct fray_node *seeds;
  int64_t repeats;
  struct fray_data_config data;
  struct fray_model_config model;
  struct fray_training_config training;
  const struct fray_node *methods;
  struct fray_items corruption; /* struct fray_corruption_config */
  const struct fray_node *tests;
  struct fray_evaluate_config evaluate;
  struct fray_membership_config membership;
  const struct fray_node *sweep, *titles, *reference, *baselines;
  struct fray_strings controls;
  const struct fray_node *report; /* fray/results/report_section.h */
};
extern const struct fray_table fray_scenario_table;

struct fray_outlook;
/** A point of the sweep, with its own complete configuration, or a control made out of one. */
struct fray_cell {
  const char *control;    /* "", or as in trials.csv: "unimodal:MODALITY", "local_only", "clean",
                             "matched_volume:METHOD" */
  bool local_only;        /* each client trains a model of its own */
  size_t twin;            /* first cell with the same configuration: itself, or before a control */
  const char **value;     /* (study keys) text of each swept key; of a named value its name */
  const char **meant;     /* (study keys) likewise, of a named value the value itself */
  struct fray_node *node; /* filled scenario of this cell, without the study's own keys; shared */
  struct fray_scenario config;
  size_t n_entries;
  const struct fray_corruption_config **entry; /* (entries), ids unique */
  size_t *column; /* (entries of cell 0) its place in entry; n_entries: the cell is without it */
  size_t n_conditions;
  struct fray_condition *condition;
  const struct fray_choice *metric[FRAY_MAX_METRICS];
  const struct fray_outlook *outlook; /* NULL until fray_trial_validate has filled it */
  bool is_known;                      /* left is; see fray_trial_validate */
  double left[FRAY_MAX_MODALITIES];   /* share of the training samples that have each modality which
                                         damage leaves; NaN if none has it */
  size_t taken, tensors; /* of the model, from the kept one that it starts from; on rank 0 alone */
  const char *fresh;     /* names of the others, "a, b"; ""; NULL: unknown, or no such model */
};
/** Whether clients end with models of their own that are judged on their own samples. They are not
 *  kept, so new tests are judged by training anew. */
static inline bool fray_cell_has_own_models(const struct fray_cell *cell) {
  return !cell->local_only && cell->config.data.partition.own_test > 0 &&
         fray_training_has_own_models(&cell->config.training);
}
/** Whether training may end before training.rounds. Local-only training has no dev scores to end
 * by: it trains all of them. */
static inline bool fray_cell_may_stop(const struct fray_cell *cell) {
  return cell->config.training.stop.patience > 0 && !cell->local_only;
}

struct fray_trial {
  size_t cell;
  uint64_t seed, partition_seed, corruption_seed;
};

struct fray_axis_point;
/** Bits of `controls`, in the order of their names. */
enum {
  FRAY_CONTROL_UNIMODAL = 1,
  FRAY_CONTROL_ALL_MISSING = 2,
  FRAY_CONTROL_LOCAL_ONLY = 4,
  FRAY_CONTROL_CLEAN = 8,
  FRAY_CONTROL_MATCHED_VOLUME = 16
};

struct fray_data_sets;
struct fray_tests_read;
/** Lines without repetition, and how many more there were. */
struct fray_lines {
  size_t n, more;
  const char **text;
};
struct fray_study {
  struct fray_arena arena, scratch; /* scratch: of the cell that is being made */
  struct fray_schema_store store;   /* what cells have in common */
  struct fray_tests_read *tests;    /* likewise, of their conditions */
  const char *path, *name;
  struct fray_node *root; /* as given, with what --set changed */
  unsigned controls;
  bool has_controls;             /* they were added; see fray_study_add_controls */
  bool *title_met;               /* which titles of what the data hold were met; NULL: not yet */
  size_t n_points;               /* ordinary cells; those of controls come behind them */
  struct fray_axis_point *point; /* (n_points) */
  size_t n_keys;                 /* swept keys */
  const char **key;
  size_t n_cells, n_seeds, n_trials;
  struct fray_cell *cell;
  struct fray_trial *trial; /* cell by cell, seed by seed */
  size_t n_starts;
  struct fray_start_list *starts; /* (n_starts) what its `model.start` mean; src/study/scenario */
  struct fray_node *filled;       /* the scenario as run, defaults filled in */
  struct fray_text yaml;          /* the same as text */
  struct fray_lines warnings, limits; /* said so far; for `fray check` */
  struct fray_data_sets *data; /* what its trials were opened on so far; fray/results/data_sets.h */
  bool same_data; /* the shards are the files that the folder was made of: what was judged on them
                     stays judged */
  bool mixed; /* goes on in another numeric environment: equal work may give other last digits */
};

/** Reads a scenario, applies `sets` ("KEY=VALUE"), expands and checks every cell. Collective: rank
 * 0 reads the file. INPUT with file, line and key for everything that is wrong. */
enum fray_status fray_study_load(const char *path, const char *const *sets, size_t n_sets,
                                 struct fray_comm *comm, struct fray_study **out,
                                 struct fray_err *err);
void fray_study_free(struct fray_study *study);

/** How trials are spread over ranks and kept safe. None of it changes a result. */
struct fray_pace {
  int ranks_per_trial;       /* 0: as ends soonest */
  int64_t checkpoint_rounds; /* a checkpoint after so many rounds; 0: by time alone */
  double checkpoint_seconds; /* ... and when the last is older than this */
  double deadline;           /* clock of fray_seconds(): stops, with checkpoints, before it; or
                                INFINITY */
  double stall;              /* seconds after which a rank that hangs ends the job; 0: never */
  int share, shares;         /* does only share 1..shares of the trials, for independent jobs; 0 */
  const char *metrics;       /* file of JSON lines, "-": stdout; NULL: none */
};
extern const struct fray_pace fray_default_pace;

/** How `fray run` was asked to run. */
struct fray_run_options {
  const char *out; /* results folder; NULL: results/NAME */
  bool resume, overwrite, no_report;
  bool mixed; /* goes on in another numeric environment as well */
  struct fray_pace pace;
  enum fray_progress_style progress;
  const char *command; /* for provenance */
  const char *again;   /* what goes on with it; for the message of a run that was stopped */
};
/** Runs all trials that have no part yet, assembles the results. STOPPED when a signal or the
 *  deadline ended it in order, with checkpoints. Collective. *folder: arena memory of the study. */
enum fray_status fray_study_run(struct fray_study *study, const struct fray_run_options *options,
                                struct fray_comm *comm, const char **folder, struct fray_err *err);
/** How `fray evaluate` was asked to. */
struct fray_evaluate_options {
  const char *tests;  /* file of test conditions, or NULL */
  const char *groups; /* group columns "a,b", or NULL */
  bool mixed;         /* in another numeric environment as well */
  const char *const *sets;
  size_t n_sets; /* "KEY=VALUE" of where data lie now */
  enum fray_progress_style progress;
  double stall;        /* as of struct fray_pace */
  const char *command; /* for provenance */
};
/** Adds test conditions and groups to the finished trials of a results folder: judges the kept
 * models, trains nothing, and leaves the tables as if the study had been run with them. INPUT, and
 * nothing changed, when the folder, the file or the data do not fit. Killed, it is finished by the
 * same call. Collective. */
enum fray_status fray_study_evaluate(const char *folder,
                                     const struct fray_evaluate_options *options,
                                     struct fray_comm *comm, struct fray_err *err);
/** Reads all values of the shards that fray_study_check has opened and compares them with what the
 *  shards say of them; prints how many there were. INPUT for one whose values were changed.
 *  Collective; rank 0 reads and writes to stdout. */
enum fray_status fray_study_verify(const struct fray_study *study, struct fray_comm *comm,
                                   struct fray_err *err);
/** Adds to `out` how far the run in a results folder is, or how it ended: for people, lines of at
 *  most 80 columns; else one JSON object (docs/results-format.md). It only looks, and disturbs no
 *  run. INPUT when it is no results folder. Not collective. */
enum fray_status fray_study_status(const char *folder, bool json, struct fray_text *out,
                                   struct fray_err *err);
/** How `fray merge` was asked to. */
struct fray_merge_options {
  const char *const *folder; /* (n) results folders */
  size_t n;
  const char *out;      /* the new one */
  const char *scenario; /* the study that spans them; NULL: that of the folders */
  bool mixed;           /* of several numeric environments as well */
  const char *const *sets;
  size_t n_sets;       /* "KEY=VALUE" of where data lie now */
  const char *command; /* for provenance */
};
/** Makes one results folder of the parts, models and ledgers of several, as if one run had made
 *  them. INPUT, and nothing written, when they do not belong together; INCOMPLETE, and the folder
 *  written, when trials are missing. Collective; rank 0 does it. */
enum fray_status fray_study_merge(const struct fray_merge_options *options, struct fray_comm *comm,
                                  struct fray_err *err);
/** How `fray check` was asked to. */
struct fray_check_options {
  bool measure; /* trains and evaluates a little of each kind of cell, to say how long it takes */
  int ranks;    /* for so many ranks; 0: for those that there are */
  bool json;    /* as a document for programs */
};
/** Prints the plan: trials, trainings, clients, parameters, memory, disk, conditions, teams, and
 *  if measured the time. Warns of a study of more than 80 hours. INPUT for what cannot run, and
 *  when a rank needs more memory than this machine has. Collective; rank 0 writes to stdout. */
enum fray_status fray_study_check(struct fray_study *study,
                                  const struct fray_check_options *options, struct fray_comm *comm,
                                  struct fray_err *err);

#endif

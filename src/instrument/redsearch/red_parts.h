/* Parts of the red team's command: what is asked for, what may be done to the inputs of a model,
 * and what came of it. */
#ifndef RED_PARTS_H
#define RED_PARTS_H

#include "fray/instrument/fitted_gate.h"
#include "fray/instrument/redteam.h"
#include "fray/instrument/redteam_command.h"
#include "fray/metric/resample.h"
#include "fray/results/read_tests.h"
#include "fray/study/kept.h"

/* Fewer people or samples than these, and nothing is said of a group. */
enum { RED_CLUSTERS = 5, RED_SAMPLES = 30 };
enum { RED_START = 2 }; /* severity that searches begin at */
enum { RED_TOP = 10 };  /* finds that are judged on the test */
#define RED_EFFECT 0.5  /* Jaccard distance from which on two finds differ */

/* ---- red_file.c ---- */

struct red_limits {
  int64_t severity; /* greatest */
  /* Least dB of what is left, or greatest share of words, by enum fray_modality_kind. */
  double least[FRAY_FEATURES + 1];
  double lost; /* greatest share that is taken away */
};
struct red_file {
  const char *path;
  const char *from_path;        /* of an older pack */
  const struct fray_node *from; /* it; NULL: none */
  const char *prefix;           /* of names of recipes, so that packs can lie in one study */
  int goal;                     /* place in red_goal_names */
  const char *target;           /* class of a hijack; NULL */
  const char *group;            /* COLUMN=VALUE of a gap; NULL */
  const char *guard;            /* path of a gate.fitted.yaml; NULL: every answer is given */
  double success;
  int64_t budget, search_seeds, seed;
  struct fray_strings strategies;
  int64_t pool;
  int64_t most;
  struct fray_strings kinds;
  struct red_limits limits;
  const char *cell; /* NULL: the only one */
  size_t n_strategies;
  const struct fray_choice **strategy; /* (n_strategies) in the order of reports */
};
/** Rank 0 reads, all parse. budget: in place of the file's, if above 0. INPUT. Collective. */
enum fray_status red_file_read(const char *path, int64_t budget, struct fray_comm *comm,
                               struct fray_arena *arena, struct red_file *out,
                               struct fray_err *err);

/* ---- red_goal.c ---- */

/** Whether kinds that put something of another class into a value may be tried. */
enum red_meddling { RED_MEDDLES_NEVER, RED_MEDDLES_IF_NAMED, RED_MEDDLES_ALWAYS };
/** What is looked for. */
struct red_goal {
  const char *name, *means; /* means: what a score is, "a drop of accuracy" */
  enum red_meddling meddles;
  bool needs_target, needs_group, needs_guard;
  bool refusals; /* it is about what is refused, and not about answers */
};
extern const char *const red_goal_names[]; /* NULL behind the last */
/** A goal on these data. Borrowed from them. */
struct red_quest {
  const struct red_goal *goal;
  int32_t target;                 /* class; -1: none */
  const struct fray_group *group; /* NULL: everybody counts alike */
  size_t code;                    /* value of that column */
};
/** INPUT: a key that the goal needs is not there, or one that it has no use for is. */
enum fray_status red_goal_check(const char *path, const struct red_file *file,
                                struct fray_err *err);
/** INPUT: a class, column or value that is not there, with the nearest one. */
enum fray_status red_goal_settle(const struct red_file *file, const struct fray_dataset *d,
                                 struct fray_arena *arena, struct red_quest *out,
                                 struct fray_err *err);
/** Whether kinds of a contradiction or payload may be tried; is_named: by recipe.kinds. */
bool red_goal_meddles(const struct red_quest *quest, bool is_named);
/** Whom a sample stands for: nobody, those that are counted, or those that they are compared with.
 */
enum red_side { RED_NOBODY, RED_COUNTED, RED_OTHERS, RED_SIDES };
enum red_side red_side_of(const struct red_quest *quest, uint32_t sample, int32_t label);
/** Whether what is looked for happens to a sample of a side that is one. answer: class, or -1. */
bool red_happens(const struct red_quest *quest, int16_t answer, int32_t label, bool refused);
/** How much more often it happens than without damage, as a share of those that are counted, less
 *  that of the others if there are any. of: samples by side; rise: of them with, less without. */
double red_rise(const double of[RED_SIDES], const double rise[RED_SIDES]);

/* ---- red_space.c ---- */

/** A number that is searched. */
struct red_key {
  const char *name;
  bool whole; /* it takes whole numbers alone */
};
/** A kind on a modality: what an entry of a recipe is. */
struct red_aim {
  const struct fray_choice *kind;
  size_t modality;
  size_t n;                                /* keys */
  struct red_key key[FRAY_RED_PARAMETERS]; /* (n) the strength, then what may be turned beside it */
  /* Values of severities within the limits, without those that the one before it has already. */
  size_t n_levels;
  unsigned severity[FRAY_RED_LEVELS];                 /* (n_levels) 1 to 5 */
  double level[FRAY_RED_LEVELS][FRAY_RED_PARAMETERS]; /* (n_levels, n) */
  const char *target_key, *target; /* key that names a class, and the quest's; NULL: it has none */
  bool noise;                      /* what it adds can be measured against what was there */
};
struct red_space {
  struct fray_red_space space;
  struct fray_red_kind *kind; /* (space.n_kinds) */
  struct red_aim *aim;        /* (space.n_kinds) */
  const struct fray_dataset *dataset;
  const struct red_quest *quest;
};
/** Every kind that can act at test on one of the modalities, keeps the class and has a range within
 *  the limits. INPUT: none is left; a kind that was asked for cannot be used. */
enum fray_status red_space_make(const struct red_file *file, const struct red_quest *quest,
                                const struct fray_dataset *d, struct fray_arena *arena,
                                struct red_space *out, struct fray_err *err);
/** A recipe as a test condition, "NAME: [{kind: ..}, ..]". */
void red_put_recipe(const struct red_space *space, const struct fray_red_recipe *recipe,
                    const char *name, struct fray_text *out);
/** The same as a question to dev, where all recipes share their draws: with new ones for each, two
 * recipes that hit a share of the samples would differ in whom they fail by luck, and be counted as
 * two finds. */
void red_put_question(const struct red_space *space, const struct fray_red_recipe *recipe,
                      struct fray_text *out);
/** The condition of that text, as a scenario would have it. Memory from the arena. */
enum fray_status red_read_recipe(const char *text, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct fray_condition **out,
                                 struct fray_err *err);

/** Whether the aim's entries have this key, with a number that is searched. */
bool red_aim_has(const struct red_aim *aim, const char *key);
/** Values of an entry of kind k, cut to the limits; where the entry says nothing, where seeds
 * begin. exact is left, or false: something was cut, or not said. False: one is no number. */
bool red_aim_read(const struct red_space *space, size_t k, const struct fray_node *entry,
                  double *value, bool *exact);

/* ---- red_older.c ---- */

/** A condition of an older pack. */
struct red_old {
  const char *name, *condition; /* condition: "NAME: {..}" in one line */
  bool is_seed, is_exact;       /* it is a recipe of this search; to the last digit */
  struct fray_red_recipe recipe;
};
struct red_older {
  size_t n, seeds; /* seeds: how many of them are */
  struct red_old *old;
  bool is_told; /* this rank warns */
};
/** What file->from has, without what cannot act on these data, which is warned of. INPUT: what is
 *  no condition. */
enum fray_status red_older_read(const struct red_file *file, const struct red_space *space,
                                bool is_told, struct fray_arena *arena, struct red_older *out,
                                struct fray_err *err);
/** The i-th seed; NULL beyond the last. */
const struct red_old *red_older_seed(const struct red_older *older, size_t i);

/* ---- red_ask.c ---- */

/** One trained model, opened by itself so that every recipe can be put to all of them without
 * reading data again. */
struct red_model {
  struct fray_kept *kept;
  size_t trial;
  const char *name;
  uint64_t hash;
  size_t n, first;       /* dev samples; of them, the first one's place among those of all models */
  const uint8_t *side;   /* (n) enum red_side */
  const uint8_t *before; /* (n) what is looked for happens without damage */
  double of[RED_SIDES];  /* samples by side */
  const struct fray_trial_gate *gate; /* NULL: nothing is refused */
  uint8_t *refused;                   /* (n) room */
};
struct red_target {
  struct fray_comm *comm;
  const char *folder, *cell;     /* cell: its name */
  struct fray_fitted_gate *gate; /* NULL: none */
  struct red_quest quest;        /* known when the data are */
  size_t n_models, samples;      /* samples: dev samples of all models together */
  struct red_model *model;       /* (n_models) */
};
enum fray_status red_target_open(const struct fray_redteam_wish *wish, const struct red_file *file,
                                 struct fray_comm *comm, struct fray_arena *arena,
                                 struct red_target *out, struct fray_err *err);
void red_target_close(struct red_target *target);
/** The data that all models are of, and the quest on them. Fits gates, and asks all models without
 * damage. */
enum fray_status red_target_clean(struct red_target *target, const struct red_file *file,
                                  struct fray_arena *arena, const struct fray_dataset **out,
                                  struct fray_err *err);
/** What a question has ask for so that refusals are known, and these. refused: (n) of the answer.
 */
void red_gate_ask(const struct red_model *model, struct fray_probe *probe);
enum fray_status red_gate_refuses(const struct red_model *model, const struct fray_probed *of,
                                  uint8_t *refused, struct fray_err *err);
/** What became of a recipe. */
struct red_verdict {
  double score;     /* mean over the models of what red_rise has of dev; NaN: over a limit */
  double *distance; /* (modalities) 5 % quantile in dB, of texts the 95 % quantile of the share of
                       words; NaN: not measured */
  uint8_t *failed;  /* (samples) of those that are counted: it happens with the damage, and did not
                       without */
  /* With a guard: share of what is counted that is answered as is looked for, mean over the models;
   * NaN without one, and over a limit. */
  double bypass;
  bool deflected; /* of such answers more than half are refused */
  bool success;   /* it is as bad as the file asks */
};
/** distance, failed: room. Collective among those who answer. */
enum fray_status red_judge(struct red_target *target, const struct red_file *file,
                           const struct red_space *space, const struct fray_red_recipe *recipe,
                           const char *name, struct red_verdict *out, struct fray_err *err);

/* ---- red_sweep.c ---- */

enum red_sweep_of { RED_SEARCH, RED_SINGLES, RED_PAIRS };
/** What is tried in place of what a search proposes. */
struct red_sweep {
  enum red_sweep_of of; /* RED_SEARCH: nothing, it is a search */
  size_t n;
  struct fray_red_recipe *recipe; /* (n) */
  unsigned *severity;             /* (n) */
};
/** file: its strategies, budget and search seeds become those of the sweep. INPUT: pairs where a
 *  recipe may have one entry. MEMORY. */
enum fray_status red_sweep_make(enum red_sweep_of of, const struct red_space *space,
                                struct red_file *file, struct fray_arena *arena,
                                struct red_sweep *out, struct fray_err *err);

/* ---- red_hunt.c ---- */

/** A recipe that was tried. */
struct red_record {
  size_t strategy, search_seed, step, parent[2];
  struct fray_red_recipe recipe;
  const char *name;
  double score, bypass; /* bypass: as in struct red_verdict */
  bool success, deflected;
  size_t origin; /* step of the deflected recipe that this is another shape of; FRAY_RED_NONE */
  enum fray_red_shape shape;
  size_t distinct;        /* finds of its search by then that differ by effect */
  const double *distance; /* (modalities) */
  const uint8_t *failed;  /* (samples); NULL of what was no success */
};
/** A strategy at one search seed. */
struct red_series {
  size_t strategy, search_seed, tried, successes, over, first, distinct; /* first: step, or tried */
  double best;
  size_t deflected,
      reshaped; /* reshaped: shapes of deflected recipes, without those over a limit */
  double bypass_origins, bypass_shapes; /* means over these; NaN: there are none */
  struct fray_red_breadth breadth;
};
/** A find that was judged on the test. */
struct red_find {
  const struct red_record *record;
  size_t n, clusters;
  double drop, p;
  struct fray_interval excess; /* of the drop less half of what counts as a success */
  /* The group with the largest drop, of those with people and samples enough; NULL: there is none.
   */
  const struct fray_group *worst_column;
  size_t worst_code;
  double worst_drop;
  size_t worst_n, worst_clusters;
  bool confirmed;
};
struct red_found {
  struct fray_arena *arena;
  const struct red_file *file;
  const struct red_target *target;
  const struct red_space *space;
  const char *study;
  struct red_older older;
  struct red_sweep sweep;
  size_t n_records, n_series, n_distinct, n_finds;
  struct red_record *record; /* (n_records) strategy, search seed, step */
  struct red_series *series; /* (n_series) */
  struct red_find *find;     /* (n_finds) the ten best of n_distinct */
};
/** Tries recipes. Whole searches are dealt to ranks, and of those that learn nothing single
 * recipes; each rank then asks by itself, and in the end all know all. Collective. */
enum fray_status red_hunt(struct red_target *target, struct red_found *found, struct fray_err *err);

/* ---- red_confirm.c ---- */

/** Counts finds by effect, and judges the best on test samples. Collective. */
enum fray_status red_confirm(struct red_target *target, struct red_found *found,
                             struct fray_err *err);

/* ---- red_tables.c, red_pack.c ---- */

void red_recipes(const struct red_found *found, struct fray_text *out);
void red_strategies(const struct red_found *found, struct fray_text *out);
void red_finds(const struct red_found *found, struct fray_text *out);
void red_columns(const struct red_found *found, struct fray_text *out);
void red_pack(const struct red_found *found, struct fray_text *out);
/** Of the new pack: where older conditions are from, and these. */
void red_older_put_origins(const struct red_file *file, struct fray_text *out);
void red_older_put_tests(const struct red_found *found, struct fray_text *out);
/** Of sweeps: techniques by effect, the dictionary of their columns, lines for people. */
void red_techniques(const struct red_found *found, struct fray_text *out);
void red_sweep_columns(struct fray_text *out);
void red_sweep_say(const struct red_found *found, struct fray_text *out);
void red_say(const struct red_found *found, size_t columns, struct fray_text *out);

#endif

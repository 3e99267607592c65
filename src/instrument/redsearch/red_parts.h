/* Parts of the red team's command: what is asked for, what may be done to the inputs of a model,
 * and what came of it. */
#ifndef RED_PARTS_H
#define RED_PARTS_H

#include "fray/instrument/redteam.h"
#include "fray/instrument/redteam_command.h"
#include "fray/metric/resample.h"
#include "fray/results/read_tests.h"
#include "fray/study/kept.h"

/* Fewer people or samples than these, and nothing is said of a group. */
enum { RED_CLUSTERS = 5, RED_SAMPLES = 30 };
enum { RED_TOP = 10 }; /* finds that are judged on the test */
#define RED_EFFECT 0.5 /* Jaccard distance from which on two finds differ */

/* ---- red_file.c ---- */

struct red_limits {
  int64_t severity; /* greatest */
  /* Least dB of what is left, or greatest share of words, by enum fray_modality_kind. */
  double least[FRAY_FEATURES + 1];
  double lost; /* greatest share that is taken away */
};
struct red_file {
  int goal; /* enum: wrong is all there is */
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

/* ---- red_space.c ---- */

/** A kind on a modality: what an entry of a recipe is. */
struct red_aim {
  const struct fray_choice *kind;
  size_t modality;
  const char *key; /* whose value is searched */
  bool whole;      /* it takes whole numbers */
  bool noise;      /* what it adds can be measured against what was there */
};
struct red_space {
  struct fray_red_space space;
  struct fray_red_kind *kind; /* (space.n_kinds) */
  struct red_aim *aim;        /* (space.n_kinds) */
  const struct fray_dataset *dataset;
};
/** Every kind that can act at test on one of the modalities, keeps the class and has a range within
 *  the limits. INPUT: none is left; a kind that was asked for cannot be used. */
enum fray_status red_space_make(const struct red_file *file, const struct fray_dataset *d,
                                struct fray_arena *arena, struct red_space *out,
                                struct fray_err *err);
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

/* ---- red_ask.c ---- */

/** One trained model, opened by itself so that every recipe can be put to all of them without
 * reading data again. */
struct red_model {
  struct fray_kept *kept;
  size_t trial;
  const char *name;
  uint64_t hash;
  size_t n, first;       /* dev samples; of them, the first one's place among those of all models */
  const uint8_t *right;  /* (n) without damage */
  const uint8_t *counts; /* (n) it has a label */
  size_t labelled;
};
struct red_target {
  struct fray_comm *comm;
  const char *folder, *cell; /* cell: its name */
  size_t n_models, samples;  /* samples: dev samples of all models together */
  struct red_model *model;   /* (n_models) */
};
enum fray_status red_target_open(const struct fray_redteam_wish *wish, const struct red_file *file,
                                 struct fray_comm *comm, struct fray_arena *arena,
                                 struct red_target *out, struct fray_err *err);
void red_target_close(struct red_target *target);
/** The data that all models are of. Asks the first one without damage. */
enum fray_status red_target_clean(struct red_target *target, struct fray_arena *arena,
                                  const struct fray_dataset **out, struct fray_err *err);
/** What became of a recipe. */
struct red_verdict {
  double score;     /* mean over the models of the drop of accuracy on dev; NaN: over a limit */
  double *distance; /* (modalities) 5 % quantile in dB, of texts the 95 % quantile of the share of
                       words; NaN: not measured */
  uint8_t *failed;  /* (samples) right without damage, and wrong with it */
  bool success;     /* it is as bad as the file asks */
};
/** distance, failed: room. Collective among those who answer. */
enum fray_status red_judge(struct red_target *target, const struct red_file *file,
                           const struct red_space *space, const struct fray_red_recipe *recipe,
                           const char *name, struct red_verdict *out, struct fray_err *err);

/* ---- red_hunt.c ---- */

/** A recipe that was tried. */
struct red_record {
  size_t strategy, search_seed, step, parent[2];
  struct fray_red_recipe recipe;
  const char *name;
  double score;
  bool success;
  const double *distance; /* (modalities) */
  const uint8_t *failed;  /* (samples); NULL of what was no success */
};
/** A strategy at one search seed. */
struct red_series {
  size_t strategy, search_seed, tried, successes, over, first, distinct; /* first: step, or tried */
  double best;
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
void red_say(const struct red_found *found, size_t columns, struct fray_text *out);

#endif

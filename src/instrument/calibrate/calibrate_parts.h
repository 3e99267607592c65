/* Private parts of the calibration: the scale that is searched, the scores of answers, the search.
 */
#ifndef FRAY_SRC_CALIBRATE_PARTS_H
#define FRAY_SRC_CALIBRATE_PARTS_H

#include "fray/instrument/calibrate.h"
#include "fray/study/kept.h"

/** The strengths of a kind on a modality, numbered so that 0 is no damage, 1 .. n_levels are the
 *  published severities, and more than that is what lies behind them. */
struct calib_scale {
  const struct fray_choice *kind;
  const struct fray_modality *modality;
  const char *key, *unit;
  double none, level[FRAY_SEVERITY_LEVELS];
  size_t n_levels;
  double low, high;   /* range of the key */
  bool whole;         /* whole numbers only */
  bool ordered;       /* more is worse by declaration; else nothing beyond the levels is tried */
  double first, last; /* place on the scale: least but 0, and largest, that have a strength */
};
/** *why: NULL, or why its strengths cannot be searched (arena memory). INPUT: the kind cannot be
 * calibrated on whatever data. */
enum fray_status calib_scale_make(const struct fray_choice *kind,
                                  const struct fray_modality *modality, struct fray_arena *arena,
                                  struct calib_scale *out, const char **why, struct fray_err *err);
/** Strength at a place in (0, last], inside of the key's range. */
double calib_scale_at(const struct calib_scale *scale, double place);
/** The same rounded to four digits, as a table has it. */
double calib_scale_rounded(const struct calib_scale *scale, double place);

/** Dev samples of one seed. */
struct calib_panel {
  size_t n;
  int32_t *label;    /* (n) true classes, FRAY_UNLABELLED */
  uint32_t *cluster; /* (n) natural clients that occur in a panel, numbered */
};
/** Scores of answers on them. */
struct calib_scorer {
  const struct fray_choice *metric;
  size_t n_classes, n_seeds, n_clusters;
  struct calib_panel *panel; /* (n_seeds) */
  double chance;             /* mean over seeds */
  double clean;              /* likewise, without damage */
  double *clean_draw;        /* (CALIB_DRAWS) of rank 0; NULL */
  struct fray_resample resample;
  struct fray_arena *arena;
};
enum { CALIB_DRAWS = 1200 };
/** Begins with the answers without damage: predicted[s] (panel[s].n). with_draws: on rank 0. INPUT:
 *  the metric does not follow from classes. MEMORY. */
enum fray_status calib_scorer_make(struct calib_scorer *scorer, const struct fray_dataset *dataset,
                                   const int16_t *const *predicted, bool with_draws,
                                   struct fray_err *err);
/** Mean score over seeds. */
double calib_score(const struct calib_scorer *scorer, const int16_t *const *predicted);
/** Share of the above-chance score that is lost. */
double calib_loss(const struct calib_scorer *scorer, double score);
/** Interval of the loss, or of the clean score itself where predicted is NULL. MEMORY. */
enum fray_status calib_interval(const struct calib_scorer *scorer, const int16_t *const *predicted,
                                double loss, struct fray_interval *out, struct fray_err *err);

/** A strength under trial. */
struct calib_point {
  double place, strength;
  int16_t **predicted;                               /* (seeds) answers on dev */
  size_t asked;                                      /* seeds that have answered */
  const struct fray_corruption_config *const *entry; /* (n_entries) the damage, in a round */
  size_t n_entries;
  double loss;
  struct fray_interval interval;
};
enum { CALIB_MOST_POINTS = 160 };
struct calib_curve {
  struct calib_scale scale;
  const char *note;          /* why nothing is asked; NULL */
  size_t n;                  /* points that were asked, by place */
  struct calib_point *point; /* (CALIB_MOST_POINTS) */
  size_t n_wanted;
  double wanted[CALIB_MOST_POINTS];             /* places to be asked next */
  double final[FRAY_SEVERITY_LEVELS];           /* place of each loss; NaN: not reached */
  const char *level_note[FRAY_SEVERITY_LEVELS]; /* NULL or why */
};
/** The folder of models that is asked. */
struct calib_models {
  struct fray_comm *comm;
  struct fray_kept *kept;
  const char *folder, *method;
  size_t n, *trial; /* of seeds; places in the study */
};
/** Opens a results folder, or trains a scenario without damage first. Collective. */
enum fray_status calib_models_open(const struct fray_calibrate_wish *wish, struct fray_comm *comm,
                                   struct fray_arena *arena, struct calib_models *out,
                                   struct fray_err *err);

/** Searches all curves at once, so that each model is opened a few times only. Collective. */
enum fray_status calib_search(const struct calib_models *models, struct calib_scorer *scorer,
                              const struct fray_calibrate_wish *wish, struct calib_curve *curve,
                              size_t n_curves, struct fray_err *err);
/** The damage as an entry, alone in a list. Memory of the arena. INPUT: there is none such. */
enum fray_status calib_entry(const struct calib_scale *scale, double strength,
                             struct fray_arena *arena,
                             const struct fray_corruption_config *const **out, size_t *n,
                             struct fray_err *err);
/** Answers of all seeds without damage, and what the panels are. Collective. */
enum fray_status calib_ask_clean(const struct calib_models *models, struct calib_scorer *scorer,
                                 const struct fray_dataset **dataset, const int16_t ***predicted,
                                 struct fray_err *err);

#endif

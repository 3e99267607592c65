/* Calibration: the strength of each kind of damage at which a clean model loses a share of its
 * above-chance score, so that damage of several modalities can be compared.
 *
 * The models are trained without damage, or were; they are asked on the dev samples only, and the
 * test samples stay unseen by whoever chooses strengths. */
#ifndef FRAY_INSTRUMENT_CALIBRATE_H
#define FRAY_INSTRUMENT_CALIBRATE_H

#include "fray/base/log.h"
#include "fray/corrupt/severity_table.h"
#include "fray/metric/resample.h"
#include "fray/study/study.h"

/** What is asked for. Borrowed. */
struct fray_calibrate_wish {
  const char *path;         /* a scenario, or a results folder with kept models */
  const char *models;       /* folder of the clean models of a scenario; NULL: results/NAME-clean */
  const char *const *kinds; /* (n_kinds) names; none: all that have severities and fit the data */
  size_t n_kinds;
  double loss[FRAY_SEVERITY_LEVELS]; /* (n_losses) %, ascending, each in (0, 100) */
  size_t n_losses;
  size_t seeds;            /* 1 to so many; 0: those of the scenario */
  const char *method;      /* NULL: the only one, or the first */
  const char *metric;      /* NULL: the first of the scenario */
  const char *const *sets; /* (n_sets) "KEY=VALUE" */
  size_t n_sets;
  bool mixed; /* models of another numeric environment as well */
  enum fray_progress_style progress;
  const char *command; /* for provenance of the models */
};

/** A strength that was tried. */
struct fray_calibrate_point {
  double strength;
  double loss; /* share of the above-chance score, 0 .. 1 and beyond */
  struct fray_interval interval;
};
/** A kind on a modality. */
struct fray_calibrate_curve {
  const char *kind, *modality, *medium, *key, *unit;
  const char *note; /* why it cannot be told at all; NULL: it can */
  size_t n_points;
  struct fray_calibrate_point *point;                 /* (n_points) from weak to strong */
  struct fray_severity_row row[FRAY_SEVERITY_LEVELS]; /* (n_losses of the wish) as in the table */
};
/** What came of it. */
struct fray_calibrated {
  struct fray_arena arena;
  const char *data_set, *metric, *method, *models; /* models: folder; method "": there is one */
  size_t n_seeds, n_samples, n_clients;            /* of dev; samples: least over the seeds */
  double clean, chance;                            /* score without damage, mean over seeds */
  struct fray_interval interval;                   /* of clean */
  size_t n_losses, n_curves;
  struct fray_calibrate_curve *curve; /* (n_curves) in the order of the kinds, then of modalities */
};

/** Trains the models if need be, and asks them. Only rank 0's *out has intervals. INPUT: an unknown
 *  kind, one that has no strength or needs keys of its own, data without dev samples or with
 * several labels a sample, a metric of probabilities, models that are not resolved from chance, a
 * folder without models that were trained without damage. STOPPED: by a signal. Collective. The
 * caller releases *out, also after an error. */
enum fray_status fray_calibrate_kinds(const struct fray_calibrate_wish *wish,
                                      struct fray_comm *comm, struct fray_calibrated *out,
                                      struct fray_err *err);
void fray_calibrated_free(struct fray_calibrated *calibrated);
/** The table of severities, as fray/corrupt/severity_table.h has it. */
void fray_calibrated_table(const struct fray_calibrated *calibrated, struct fray_text *out);
/** For people, lines of at most `columns`; for programs, one JSON document. */
void fray_calibrated_text(const struct fray_calibrated *calibrated, size_t columns,
                          struct fray_text *out);
void fray_calibrated_json(const struct fray_calibrated *calibrated, struct fray_text *out);

#endif

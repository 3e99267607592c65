/* Quantities: any score of the study with its resampled draws, from which every measure and its
 * interval follow. */
#ifndef REPORT_QUANTITY_H
#define REPORT_QUANTITY_H

#include "results.h"

#include "fray/metric/resample.h"

/** Whose samples: the test split, or held-out data of the training clients (`own_client`). */
enum fray_rep_samples { FRAY_REP_TEST, FRAY_REP_OWN };

/** Which score. */
struct fray_rep_address {
  size_t cell, condition;
  double severity; /* NaN: the condition has none */
  enum fray_rep_samples samples;
  size_t group; /* FRAY_REP_ALL or index in results->groups */
  size_t metric;
  bool last;
};

/** A score over seeds. A diverged trial counts as the constant predictor. */
struct fray_rep_quantity {
  double value;                 /* mean over seeds, NaN if undefined */
  const double *by_seed;        /* (seeds.n), NaN where not measured */
  size_t n_seeds, n_clusters;   /* measured ones */
  size_t n_samples, n_diverged; /* samples: least over the trials */
  const double *draw;           /* (FRAY_DRAWS) or NULL: no predictions, seeds only */
  double chance;
  const char *status; /* "ok", or why value is NaN or lacks draws */
};

/** Looks a score up; remembered, so asking again costs nothing. value NaN and a status when the
 *  study does not hold it. Memory of results->arena. */
enum fray_status fray_rep_quantity(struct fray_rep_results *r, const struct fray_rep_address *at,
                                   const struct fray_rep_quantity **out, struct fray_err *err);

/** Interval of a quantity, or of a number made of several: value and its draws (NULL: by_seed). */
struct fray_interval fray_rep_interval(const struct fray_rep_quantity *q);

/** Per-client values of a score (clusters of its test samples): mean over seeds of the metric on
 *  the samples of each client alone. *value (n), *client (n) names. */
enum fray_status fray_rep_by_client(struct fray_rep_results *r, const struct fray_rep_address *at,
                                    const double **value, const char *const **client, size_t *n,
                                    struct fray_err *err);

#endif

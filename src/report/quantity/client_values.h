/* Values of single clients, and their spread. */
#ifndef REPORT_CLIENT_VALUES_H
#define REPORT_CLIENT_VALUES_H

#include "quantities.h"

#include "fray/metric/fairness.h"

/** Spread over clients of the values below, with intervals from draws of seeds and clients. A draw
 *  holds no client that is not there, so of few clients those of the tenths are too narrow. */
struct fray_rep_client_spread {
  struct fray_client_spread value; /* n 0: no predictions, see status */
  struct fray_interval variance, worst10, best10;
  size_t n_seeds, n_diverged;
  const char *status;
};
enum fray_status fray_rep_find_client_spread(struct fray_rep_results *r,
                                             const struct fray_rep_address *at,
                                             struct fray_rep_client_spread *out,
                                             struct fray_err *err);

/** Per-client values of a score (clusters of its test samples): mean over seeds of the metric on
 *  the samples of each client alone, NaN where undefined; diverged trials are left out. *value (n),
 *  *client (n) names. n 0 without predictions. */
enum fray_status fray_rep_by_client(struct fray_rep_results *r, const struct fray_rep_address *at,
                                    const double **value, const char *const **client, size_t *n,
                                    struct fray_err *err);

#endif

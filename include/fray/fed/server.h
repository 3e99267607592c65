/* Server optimisers: how the mean update moves the global model. One method per file. */
#ifndef FRAY_FED_SERVER_H
#define FRAY_FED_SERVER_H

#include "fray/schema/schema.h"

#include <stddef.h>

/** Operations of a server optimiser. mean (n): weighted mean of the clients' w_k - w. */
struct fray_server_ops {
  size_t state; /* floats of state per parameter */
  /** Moves w (n). state (state * n) starts as zeros. round counts from 1. Element-wise, so every
   *  rank takes the same step on its own copy. */
  void (*step)(const void *params, double local_lr, size_t round, size_t n, const float *mean,
               float *w, float *state);
};

/** Section `training.server`. */
struct fray_server_config {
  struct fray_variant algorithm;
};
extern const struct fray_table fray_server_table;
extern const struct fray_choices fray_servers; /* servers.def */

#endif

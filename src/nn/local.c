#include "fray/nn/local.h"

#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "epochs", struct fray_local_config, epochs, .def = 1, .min = 1, .max = 10000,
               .help = "passes over a client's samples per round"),
    FRAY_FIELD(INT, "batch", struct fray_local_config, batch, .def = 16, .min = 1, .max = 65536,
               .unit = "samples", .help = "samples per training step"),
    FRAY_FIELD(REAL, "lr", struct fray_local_config, lr, .def = 0.05, .min = 1e-8, .max = 10,
               .help = "step size of stochastic gradient descent"),
    FRAY_FIELD(REAL, "momentum", struct fray_local_config, momentum, .def = 0.9, .min = 0, .max = 1,
               .open_max = true, .help = "share of the last step's direction that is kept"),
    FRAY_FIELD(REAL, "weight_decay", struct fray_local_config, weight_decay, .def = 1e-5, .min = 0,
               .max = 1, .help = "L2 penalty: this times the weights is added to the gradient"),
    FRAY_FIELD(REAL, "clip_norm", struct fray_local_config, clip_norm, .def = 10, .min = 0,
               .max = 1e9,
               .help = "largest L2 norm of a gradient; longer ones are scaled down to "
                       "it; 0 means off"),
};

FRAY_TABLE(fray_local_table, "local", struct fray_local_config, fields,
           .help = "Training of a client between two exchanges.");

/* Floats lo .. hi-1 of the flat vector, of neighbouring tensors that are treated alike. */
struct range {
  size_t lo, hi;
};

static bool takes_part(const struct fray_param *p, const bool *used) {
  return !used || p->modality == FRAY_PARAM_SHARED || used[p->modality];
}

/* The next run of tensors that take part, from tensor *i on; false when there is none. The padding
 * between tensors is 0 in all vectors and stays 0, so a run may go over it. */
static bool next_range(const struct fray_param_table *table, const bool *used, size_t *i,
                       struct range *out) {
  while (*i < table->n && !takes_part(&table->v[*i], used))
    (*i)++;
  if (*i == table->n)
    return false;
  out->lo = table->v[*i].offset;
  while (*i < table->n && takes_part(&table->v[*i], used))
    (*i)++;
  out->hi = *i == table->n ? table->total : table->v[*i].offset;
  return true;
}

static FRAY_DISPATCH void update(size_t n, float factor, float decay, float momentum, float lr,
                                 float *restrict w, const float *restrict grad,
                                 float *restrict velocity) {
  for (size_t i = 0; i < n; i++) {
    const float g = grad[i] * factor + decay * w[i];
    const float v = momentum * velocity[i] + g;
    velocity[i] = v;
    w[i] -= lr * v;
  }
}

/* A velocity of 0 makes the first step v = g, whatever the caller's memory held. */
static void start_velocities(const struct fray_param_table *table, const bool *used,
                             float *velocity, bool *first) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_param *p = &table->v[i];
    if (!first[i] || !takes_part(p, used))
      continue;
    const size_t end = i + 1 < table->n ? table->v[i + 1].offset : table->total;
    memset(velocity + p->offset, 0, (end - p->offset) * sizeof *velocity);
    first[i] = false;
  }
}

void fray_sgd_step(const struct fray_param_table *table, const struct fray_local_config *config,
                   const bool *used, float *w, float *grad, float *velocity, bool *first,
                   double *norm) {
  double sum = 0;
  struct range r;
  for (size_t i = 0; next_range(table, used, &i, &r);)
    sum += fray_vec_norm2(r.hi - r.lo, grad + r.lo);
  *norm = sqrt(sum);
  double factor = config->clip_norm > 0 ? config->clip_norm / (*norm + 1e-6) : 1;
  factor = factor > 1 ? 1 : factor; /* a NaN stays one */
  start_velocities(table, used, velocity, first);
  for (size_t i = 0; next_range(table, used, &i, &r);)
    update(r.hi - r.lo, (float)factor, (float)config->weight_decay, (float)config->momentum,
           (float)config->lr, w + r.lo, grad + r.lo, velocity + r.lo);
}

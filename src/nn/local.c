#include "fray/nn/local.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

#define FRAY_LIST "optimisers.def"
#define FRAY_OPTIMISER(name) FRAY_LISTED(fray_optimiser_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_optimisers = {"optimiser", "optimisers", registry,
                                             FRAY_COUNT(registry)};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "epochs", struct fray_local_config, epochs, .def = 1, .min = 1, .max = 10000,
               .help = "passes over a client's samples per round"),
    FRAY_FIELD(INT, "batch", struct fray_local_config, batch, .def = 16, .min = 1, .max = 65536,
               .unit = "samples", .help = "samples per training step"),
    FRAY_FIELD(KIND, "optimiser", struct fray_local_config, optimiser, .def_text = "sgd",
               .choices = &fray_optimisers,
               .help = "how a gradient moves the weights; its state starts anew each round"),
    FRAY_FIELD(REAL, "lr", struct fray_local_config, lr, .def = 0.05, .min = 1e-8, .max = 10,
               .help = "step size; adam and adamw want far smaller ones (0.001) than sgd"),
    FRAY_FIELD(REAL, "weight_decay", struct fray_local_config, weight_decay, .def = 1e-5, .min = 0,
               .max = 1,
               .help = "L2 penalty: this times the weights is added to the gradient; adamw takes "
                       "lr times this of the weights off them instead"),
    FRAY_FIELD(REAL, "clip_norm", struct fray_local_config, clip_norm, .def = 10, .min = 0,
               .max = 1e9,
               .help = "largest L2 norm of a gradient; longer ones are scaled down to "
                       "it; 0 means off"),
    FRAY_FIELD(
        KIND, "loss", struct fray_local_config, loss, .def_text = "cross_entropy",
        .choices = &fray_losses,
        .help = "what training makes small; scores do not use it. Multi-label data take bce unless "
                "one is given"),
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

/* The next run of tensors that take part, from tensor *i on; false when there is none. With steps,
 * only tensors that took equally many are put together. The padding between tensors is 0 in all
 * vectors and stays 0, so a run may go over it. */
static bool next_range(const struct fray_param_table *table, const bool *used,
                       const uint32_t *steps, size_t *i, struct range *out) {
  while (*i < table->n && !takes_part(&table->v[*i], used))
    (*i)++;
  if (*i == table->n)
    return false;
  const size_t first = *i;
  out->lo = table->v[first].offset;
  while (*i < table->n && takes_part(&table->v[*i], used) && (!steps || steps[*i] == steps[first]))
    (*i)++;
  out->hi = *i == table->n ? table->total : table->v[*i].offset;
  return true;
}

size_t fray_local_state(const struct fray_local_config *config) {
  return ((const struct fray_optimiser_ops *)config->optimiser.choice->impl)->state;
}

/* Counts the step. State of 0 at a tensor's first one, whatever the caller's memory held. */
static void begin_step(const struct fray_param_table *table, const bool *used, size_t n_state,
                       float *state, uint32_t *steps) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_param *p = &table->v[i];
    if (!takes_part(p, used) || steps[i]++ > 0)
      continue;
    const size_t end = i + 1 < table->n ? table->v[i + 1].offset : table->total;
    for (size_t k = 0; k < n_state; k++)
      memset(state + k * table->total + p->offset, 0, (end - p->offset) * sizeof *state);
  }
}

void fray_local_step(const struct fray_param_table *table, const struct fray_local_config *config,
                     const bool *used, float *w, float *grad, float *state, uint32_t *steps,
                     double *norm) {
  const struct fray_optimiser_ops *ops = config->optimiser.choice->impl;
  double sum = 0;
  struct range r;
  for (size_t i = 0; next_range(table, used, NULL, &i, &r);)
    sum += fray_vec_norm2(r.hi - r.lo, grad + r.lo);
  *norm = sqrt(sum);
  double factor = config->clip_norm > 0 ? config->clip_norm / (*norm + 1e-6) : 1;
  factor = factor > 1 ? 1 : factor; /* a NaN stays one */
  begin_step(table, used, ops->state, state, steps);
  for (size_t i = 0; next_range(table, used, steps, &i, &r);) {
    float *part[FRAY_OPTIMISER_STATE] = {NULL};
    for (size_t k = 0; k < ops->state; k++)
      part[k] = state + k * table->total + r.lo;
    ops->update(config, steps[i - 1], (float)factor, r.hi - r.lo, w + r.lo, grad + r.lo, part);
  }
}

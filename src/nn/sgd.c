/* SGD with momentum, plain or Nesterov's. */
#include "fray/nn/optimiser.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct params {
  double momentum;
  bool nesterov;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "momentum", struct params, momentum, .def = 0.9, .min = 0, .max = 1,
               .open_max = true, .help = "share of the last step's direction that is kept"),
    FRAY_FIELD(BOOL, "nesterov", struct params, nesterov, .def = 0,
               .help = "step along g + momentum v instead of v (Nesterov's momentum)"),
};
static FRAY_TABLE(table, "sgd", struct params, fields, .help = "");

struct factors {
  float factor, decay, momentum, lr;
};

/* PyTorch's velocity is a sum of gradients, not of steps: lr multiplies it when it is used, so that
 * a change of lr would act at once. */
static FRAY_DISPATCH void plain(size_t n, const struct factors *given, float *restrict w,
                                const float *restrict grad, float *restrict velocity) {
  const struct factors f = *given; /* a copy, which no store into w can change */
  for (size_t i = 0; i < n; i++) {
    const float g = grad[i] * f.factor + f.decay * w[i];
    const float v = f.momentum * velocity[i] + g;
    velocity[i] = v;
    w[i] -= f.lr * v;
  }
}

/* Without momentum the velocity is the gradient, and nobody reads it again. A sum of 0 and a number
 * is that number, but for the sign of a 0, which a difference loses. */
static FRAY_DISPATCH void still(size_t n, const struct factors *given, float *restrict w,
                                const float *restrict grad) {
  const struct factors f = *given;
  for (size_t i = 0; i < n; i++)
    w[i] -= f.lr * (grad[i] * f.factor + f.decay * w[i]);
}

/* Nesterov in PyTorch's form: the gradient is that of where w is, not of where it will be; the step
 * looks ahead instead, along g + momentum v. */
static FRAY_DISPATCH void ahead(size_t n, const struct factors *given, float *restrict w,
                                const float *restrict grad, float *restrict velocity) {
  const struct factors f = *given;
  for (size_t i = 0; i < n; i++) {
    const float g = grad[i] * f.factor + f.decay * w[i];
    const float v = f.momentum * velocity[i] + g;
    velocity[i] = v;
    w[i] -= f.lr * (g + f.momentum * v);
  }
}

/* A velocity of 0 makes the first step v = g, as PyTorch's, whose first velocity is a copy of g. */
static void update(const struct fray_local_config *config, const struct fray_moved *m) {
  const struct params *p = config->optimiser.params;
  const struct factors f = {m->factor, (float)m->decay, (float)p->momentum, (float)config->lr};
  if (p->momentum == 0 && !p->nesterov)
    still(m->n, &f, m->w, m->grad);
  else
    (p->nesterov ? ahead : plain)(m->n, &f, m->w, m->grad, m->state[0]);
}

static bool is_plain(const struct fray_local_config *config) {
  return ((const struct params *)config->optimiser.params)->momentum == 0;
}

/* The i-th gradient of tau is still in the velocity of all steps after it: a sum of geometric
 * series.
 */
static double length(const struct fray_local_config *config, double steps) {
  const struct params *p = config->optimiser.params;
  const double r = p->momentum;
  if (p->nesterov && r > 0)
    return 0;
  return r > 0 ? (steps - r * (1 - pow(r, steps)) / (1 - r)) / (1 - r) : steps;
}

static const struct fray_optimiser_ops ops = {
    .state = 1, .rests = true, .update = update, .is_plain = is_plain, .length = length};

extern const struct fray_choice fray_optimiser_sgd;
const struct fray_choice fray_optimiser_sgd = {
    .name = "sgd",
    .meaning = "stochastic gradient descent: v = momentum v + g; w -= lr v",
    .source = "torch.optim.SGD; Sutskever et al. 2013 (nesterov)",
    .table = &table,
    .impl = &ops,
};

/* Adam, and the update that it shares with AdamW. */
#include "adam.h"

#include "fray/tensor/vec.h"

#include <math.h>

struct params {
  double beta1, beta2, eps;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "beta1", struct params, beta1, .def = 0.9, .min = 0, .max = 1,
               .open_max = true, .help = "share of the mean gradient that is kept"),
    FRAY_FIELD(REAL, "beta2", struct params, beta2, .def = 0.999, .min = 0, .max = 1,
               .open_max = true, .help = "share of the mean squared gradient that is kept"),
    FRAY_FIELD(REAL, "eps", struct params, eps, .def = 1e-8, .min = 1e-12, .max = 1,
               .help = "added to the root of the mean squared gradient"),
};
FRAY_TABLE(adam_table, "adam", struct params, fields, .help = "");

struct factors {
  float factor, decay, shrink, beta1, rest1, beta2, rest2, root, eps, step;
};

static FRAY_DISPATCH void move(size_t n, const struct factors *given, float *restrict w,
                               const float *restrict grad, float *restrict mean,
                               float *restrict square) {
  const struct factors f = *given;
  for (size_t i = 0; i < n; i++) {
    const float g = grad[i] * f.factor + f.decay * w[i];
    const float m = f.beta1 * mean[i] + f.rest1 * g;
    const float v = f.beta2 * square[i] + f.rest2 * g * g;
    mean[i] = m;
    square[i] = v;
    w[i] = f.shrink * w[i] - f.step * (m / (sqrtf(v) * f.root + f.eps));
  }
}

/* What depends on the step is found in double, once. */
void adam_update(const struct fray_local_config *config, const struct fray_moved *moved,
                 float decay, float shrink) {
  const struct params *p = config->optimiser.params;
  const struct factors f = {
      .factor = moved->factor,
      .decay = decay,
      .shrink = shrink,
      .beta1 = (float)p->beta1,
      .rest1 = (float)(1 - p->beta1),
      .beta2 = (float)p->beta2,
      .rest2 = (float)(1 - p->beta2),
      .root = (float)(1 / sqrt(1 - pow(p->beta2, moved->step))),
      .eps = (float)p->eps,
      .step = (float)(config->lr / (1 - pow(p->beta1, moved->step))),
  };
  move(moved->n, &f, moved->w, moved->grad, moved->state[0], moved->state[1]);
}

static void update(const struct fray_local_config *config, const struct fray_moved *moved) {
  adam_update(config, moved, (float)config->weight_decay, 1);
}

static const struct fray_optimiser_ops ops = {.state = 2, .update = update};

extern const struct fray_choice fray_optimiser_adam;
const struct fray_choice fray_optimiser_adam = {
    .name = "adam",
    .meaning = "step by the mean gradient over the root of its mean square, both unbiased; "
               "weight_decay is part of the gradient",
    .source = "Kingma & Ba 2015, arXiv 1412.6980, Alg. 1; torch.optim.Adam",
    .table = &adam_table,
    .impl = &ops,
};

/* Adam, and the update that it shares with AdamW: moments of the gradient and of its square,
 * per parameter. */
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

/* What a step has in common for all parameters. Floats, found in double: 1 - beta2 = 0.001 from
 * floats would be off in its fifth digit, and doubles in the loop would halve the width of its
 * vectors. */
struct factors {
  float factor, decay, shrink, beta1, rest1, beta2, rest2, root, eps, step;
};

static FRAY_DISPATCH void move(size_t n, const struct factors *given, float *restrict w,
                               const float *restrict grad, float *restrict mean,
                               float *restrict square) {
  const struct factors f = *given;
  for (size_t i = 0; i < n; i++) {
    const float g = grad[i] * f.factor + f.decay * w[i];
    const float m = f.beta1 * mean[i] + f.rest1 * g; /* of the clipped gradient, decay included */
    const float v = f.beta2 * square[i] + f.rest2 * g * g;
    mean[i] = m;
    square[i] = v;
    w[i] = f.shrink * w[i] - f.step * (m / (sqrtf(v) * f.root + f.eps));
  }
}

/* PyTorch's order of the corrections: m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t), and the step
 * is lr m^ / (sqrt(v^) + eps). The loop has lr / (1 - beta1^t) as `step` and 1 / sqrt(1 - beta2^t)
 * as `root`, so that eps meets the corrected root, as there, and the powers are found once. */
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
  adam_update(config, moved, (float)moved->decay, 1);
}

static const struct fray_optimiser_ops ops = {.state = 2, .rests = true, .update = update};

extern const struct fray_choice fray_optimiser_adam;
const struct fray_choice fray_optimiser_adam = {
    .name = "adam",
    .meaning = "step by the mean gradient over the root of its mean square, both unbiased; "
               "weight_decay is part of the gradient",
    .source = "Kingma & Ba 2015, arXiv 1412.6980, Alg. 1; torch.optim.Adam",
    .table = &adam_table,
    .impl = &ops,
};

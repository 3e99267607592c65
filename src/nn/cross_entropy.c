/* Cross-entropy, the loss whose slope is p - target as it is. */
#include "fray/nn/loss.h"

/* Weight 1 and a one-hot target: every other loss of one label is measured against this slope. */
static double sample(const void *params, size_t classes, const float *logits, size_t label,
                     double log_sum, struct fray_loss_slope *slope) {
  (void)params, (void)classes;
  *slope = (struct fray_loss_slope){.weight = 1, .own = 1, .other = 0};
  return log_sum - logits[label]; /* -log p, without p, which underflows long before this does */
}

static const struct fray_loss_ops ops = {.sample = sample};

extern const struct fray_choice fray_loss_cross_entropy;
const struct fray_choice fray_loss_cross_entropy = {
    .name = "cross_entropy",
    .meaning = "-log p of the label",
    .source = "",
    .impl = &ops,
};

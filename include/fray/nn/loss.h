/* Losses of training with one label per sample, chosen by `training.local.loss`. */
#ifndef FRAY_NN_LOSS_H
#define FRAY_NN_LOSS_H

#include "fray/schema/schema.h"

#include <stdint.h>

/** Gradient of a sample's loss: d loss / d logit_j = weight (p_j - target_j), where target_j is
 *  `own` for the label's class and `other` for the rest. Every loss here has this form. */
struct fray_loss_slope {
  double weight, own, other;
};

/** One loss (losses.def); choice->impl points here. */
struct fray_loss_ops {
  /** Loss of one sample, and its slope. logits (classes); log_sum: log sum exp of them, NaN if a
   *  logit is NaN or the largest infinite (the loss then is NaN too). */
  double (*sample)(const void *params, size_t classes, const float *logits, size_t label,
                   double log_sum, struct fray_loss_slope *slope);
};

extern const struct fray_choices fray_losses; /* losses.def */

/** Mean loss over n samples, in double, in sample order; dlogits (n, classes) = its gradient.
 *  loss NULL: cross-entropy. label (n) in 0 .. classes-1. 0 if n is 0. */
double fray_loss(const struct fray_variant *loss, size_t n, size_t classes, const float *logits,
                 const int32_t *label, float *dlogits);

#endif

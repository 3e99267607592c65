/* Cross-entropy against a target that gives every class a share of epsilon. */
#include "fray/nn/loss.h"

struct params {
  double epsilon;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "epsilon", struct params, epsilon, .def = 0.1, .min = 0, .max = 1,
               .help = "share of the target that is spread evenly over all classes"),
};
/* Keys of the losses that bear wrong labels by their form. */
#define TWICE                                                                                      \
  "the smoothed target corrects for wrong labels, and so does the loss with this key: two "        \
  "corrections of one fault, take one of the two"
static const char *const apart[] = {"q", TWICE, "truncate", TWICE, "a", TWICE,
                                    "b", TWICE, "log_zero", TWICE, NULL};
static FRAY_TABLE(table, "label_smoothing", struct params, fields, .help = "", .elsewhere = apart);

/* The loss -sum_j target_j log p_j with target = (1 - epsilon) one-hot + epsilon / classes. The
 * label's class has a share of the even part too; its slope is therefore p - (1 - epsilon + epsilon
 * / classes). */
static double sample(const void *params, size_t classes, const float *logits, size_t label,
                     double log_sum, struct fray_loss_slope *slope) {
  const double epsilon = ((const struct params *)params)->epsilon;
  const double even = epsilon / (double)classes;
  *slope = (struct fray_loss_slope){.weight = 1, .own = 1 - epsilon + even, .other = even};
  double sum = 0;
  for (size_t j = 0; j < classes; j++)
    sum += log_sum - logits[j];
  return (1 - epsilon) * (log_sum - logits[label]) + even * sum;
}

static const struct fray_loss_ops ops = {.sample = sample};

extern const struct fray_choice fray_loss_label_smoothing;
const struct fray_choice fray_loss_label_smoothing = {
    .name = "label_smoothing",
    .meaning = "cross-entropy with the target (1 - epsilon) one-hot + epsilon / classes",
    .source = "Szegedy et al. 2016, arXiv 1512.00567, Sec. 7",
    .table = &table,
    .impl = &ops,
};

/* Symmetric cross-entropy: beside -log p of the label, what the label says of p, which stays
 * bounded where the label is wrong. */
#include "fray/nn/loss.h"

struct params {
  double a, b, log_zero;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "a", struct params, a, .def = 0.1, .min = 0, .max = 1000,
               .help = "factor of the cross-entropy"),
    FRAY_FIELD(REAL, "b", struct params, b, .def = 1, .min = 0, .max = 1000,
               .help = "factor of the reverse cross-entropy"),
    FRAY_FIELD(REAL, "log_zero", struct params, log_zero, .def = -4, .min = -1000, .max = 0,
               .open_max = true, .help = "what log 0 stands for in the reverse cross-entropy"),
};
/* log 0 has to stand for something: that of the target's zeros is cut at log_zero, as in the paper.
 */
/* Keys of the other way to bear wrong labels: both at once would correct one fault twice. */
static const char *const apart[] = {
    "epsilon",
    "it bears wrong labels by its own form, and a smoothed target would correct the same fault "
    "once more: take one of the two",
    NULL};
static FRAY_TABLE(table, "symmetric", struct params, fields, .help = "", .elsewhere = apart);

/* The target is one-hot, so that -sum_k p_k log target_k is -log_zero (1 - p), whose derivative by
 * z_j is -log_zero p (p_j - target_j). */
static double sample(const void *params, size_t classes, const float *logits, size_t label,
                     double log_sum, struct fray_loss_slope *slope) {
  (void)classes;
  const struct params *s = params;
  const double log_p = logits[label] - log_sum, reverse = -s->b * s->log_zero;
  *slope = (struct fray_loss_slope){.weight = s->a + reverse * exp(log_p), .own = 1, .other = 0};
  return -s->a * log_p -
         reverse * expm1(log_p); /* expm1: 1 - p keeps its digits where p is near 1 */
}

static const struct fray_loss_ops ops = {.sample = sample};

extern const struct fray_choice fray_loss_symmetric;
const struct fray_choice fray_loss_symmetric = {
    .name = "symmetric",
    .meaning = "a cross-entropy + b reverse cross-entropy (the label and p change places)",
    .source = "Wang et al. 2019, arXiv 1908.06112",
    .table = &table,
    .impl = &ops,
};

/* Generalised cross-entropy: between the absolute error, which wrong labels cannot pull far, and
 * cross-entropy, which learns faster. */
#include "fray/nn/loss.h"

#include <math.h>

struct params {
  double q, truncate; /* truncate: NaN without */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "q", struct params, q, .def = 0.7, .min = 0, .max = 1, .open_min = true,
               .help = "1: mean absolute error (halved), robust to wrong labels; towards 0: "
                       "cross-entropy"),
    FRAY_FIELD(REAL, "truncate", struct params, truncate, .optional = true, .min = 0, .max = 1,
               .open_min = true, .open_max = true,
               .help = "samples whose label has a probability of at most this teach nothing (the "
                       "paper has 0.5, once a model has learnt); a new model gives each class "
                       "about 1 / classes, and learns nothing with more than that"),
};
/* Keys of the other way to bear wrong labels: both at once would correct one fault twice. */
static const char *const apart[] = {
    "epsilon",
    "it bears wrong labels by its own form, and a smoothed target would correct the same fault "
    "once more: take one of the two",
    NULL};
static FRAY_TABLE(table, "gce", struct params, fields, .help = "", .elsewhere = apart);

/* expm1 keeps the digits of 1 - p^q when q is small or p is near 1. d(-p^q / q) / dz_j is
 * p^q (p_j - target_j). */
static double sample(const void *params, size_t classes, const float *logits, size_t label,
                     double log_sum, struct fray_loss_slope *slope) {
  (void)classes;
  const struct params *p = params;
  const double q = p->q, log_p = logits[label] - log_sum, least = log(p->truncate);
  /* Their loss is that of p = truncate, so that the loss has no jump. Never with NaN. */
  if (log_p <= least) {
    *slope = (struct fray_loss_slope){.weight = 0, .own = 1, .other = 0};
    return -expm1(q * least) / q;
  }
  *slope = (struct fray_loss_slope){.weight = exp(q * log_p), .own = 1, .other = 0};
  return -expm1(q * log_p) / q;
}

static const struct fray_loss_ops ops = {.sample = sample};

extern const struct fray_choice fray_loss_gce;
const struct fray_choice fray_loss_gce = {
    .name = "gce",
    .meaning = "generalised cross-entropy (1 - p^q) / q of the label's probability p",
    .source = "Zhang & Sabuncu 2018, arXiv 1805.07836",
    .table = &table,
    .impl = &ops,
};

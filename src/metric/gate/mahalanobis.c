/* Distance from what training looked like: to the nearest mean of a class, in the one covariance of
 * all classes. Of the whole: in the vector that the weights of the classes see; of a modality: in
 * its mean token.
 *
 * Two-sided unless it is told otherwise: something blank or blurred lies closer to the means than
 * what is genuine, so that a bound on one side lets it pass with the best score of all. */
#include "fray/metric/gate.h"

#include <math.h>

struct mahalanobis {
  bool two_sided;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(BOOL, "two_sided", struct mahalanobis, two_sided, .def = true,
               .help = "what is unusually close to the means is suspicious too"),
};
static FRAY_TABLE(table, "mahalanobis", struct mahalanobis, fields,
                  .help = "min_k (x - mu_k)' S^-1 (x - mu_k).");

static bool two_sided(const void *params) {
  return ((const struct mahalanobis *)params)->two_sided;
}

/* NaN where there is no vector: the modality is missing, or nothing is there to be fused. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  size_t width;
  const double *x = fray_gate_score_vector(score, of, &width);
  *out = x ? fray_gaussians_nearest(score->fit, x, work) : (double)NAN;
}

static const struct fray_gate_score_ops ops = {.of_whole = true,
                                               .of_modality = true,
                                               .reads = FRAY_GATE_HIDDEN,
                                               .reads_alone = FRAY_GATE_TOKENS,
                                               .fitted = true,
                                               .two_sided = two_sided,
                                               .value = value};
extern const struct fray_choice fray_gate_score_mahalanobis;
const struct fray_choice fray_gate_score_mahalanobis = {
    .name = "mahalanobis",
    .meaning =
        "distance to the nearest mean of a class in the representation, or in the mean token "
        "of a modality",
    .source = "Lee et al. 2018, arXiv 1807.03888",
    .table = &table,
    .impl = &ops,
};

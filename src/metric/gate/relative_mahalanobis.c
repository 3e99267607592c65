/* Distance to the nearest class less the distance to all of them together: directions in which all
 * samples differ, whatever their class, count for nothing. Both covariances are divided by n. */
#include "fray/metric/gate.h"

#include <math.h>

struct relative {
  bool two_sided;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(BOOL, "two_sided", struct relative, two_sided, .def = true,
               .help = "what is unusually close to a class is suspicious too"),
};
static FRAY_TABLE(table, "relative_mahalanobis", struct relative, fields,
                  .help = "The least distance to a class less that to the background.");

static bool two_sided(const void *params) {
  return ((const struct relative *)params)->two_sided;
}

/* A broken vector is infinitely far from both, and its difference would be none. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  size_t width;
  const double *x = fray_gate_score_vector(score, of, &width);
  if (!x) {
    *out = NAN;
    return;
  }
  const double nearest = fray_gaussians_nearest(score->fit, x, work);
  *out =
      isfinite(nearest) ? nearest - fray_gaussians_central(score->fit, x, work) : (double)INFINITY;
}

static const struct fray_gate_score_ops ops = {.of_whole = true,
                                               .of_modality = true,
                                               .reads = FRAY_GATE_HIDDEN,
                                               .reads_alone = FRAY_GATE_TOKENS,
                                               .fitted = true,
                                               .two_sided = two_sided,
                                               .value = value};
extern const struct fray_choice fray_gate_score_relative_mahalanobis;
const struct fray_choice fray_gate_score_relative_mahalanobis = {
    .name = "relative_mahalanobis",
    .meaning = "distance to the nearest class less that to the background of all classes",
    .source = "Ren et al. 2021, arXiv 2106.09022",
    .table = &table,
    .impl = &ops,
};

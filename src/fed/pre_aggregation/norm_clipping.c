/* Norm clipping: no update is longer than a given length.
 *
 * Directions stay: a liar that is not longer than honest ones passes, and one that is loses no more
 * than its length. */
#include "fray/fed/rule.h"

#include <math.h>

struct params {
  double norm;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "norm", struct params, norm, .required = true, .min = 0, .open_min = true,
               .max = 1e9, .help = "largest Euclidean length of an update"),
};
static FRAY_TABLE(table, "norm_clipping", struct params, fields, .help = "");

/* A diagonal: each stays what it was, at most shorter. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *matrix,
                            struct fray_arena *scratch, struct fray_err *err) {
  const struct params *p = params;
  (void)scratch, (void)err;
  for (size_t a = 0; a < of->n; a++) {
    const double length = sqrt(of->gram[a * of->width + a]);
    matrix[a * of->n + a] = length > p->norm ? p->norm / length : 1;
  }
  return FRAY_OK;
}

static const struct fray_pre_aggregation_ops ops = {.needs_no_pairs = true, .mix = mix};

extern const struct fray_choice fray_pre_aggregation_norm_clipping;
const struct fray_choice fray_pre_aggregation_norm_clipping = {
    .name = "norm_clipping",
    .meaning = "norm clipping: updates longer than `norm` are shortened to it; with rule: mean the "
               "defence of that name",
    .source = "Sun et al. 2019, arXiv 1911.07963, section 5",
    .table = &table,
    .impl = &ops,
};

/* The largest logit, before softmax divides away how much evidence there was in all. */
#include "fray/metric/gate.h"

#include <math.h>

/* A NaN anywhere breaks the answer, also if another logit is finite. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  double most = -INFINITY;
  bool is_broken = false;
  (void)score;
  (void)work;
  for (size_t k = 0; k < of->classes; k++) {
    is_broken = is_broken || isnan(of->logits[k]);
    most = fmax(most, of->logits[k]);
  }
  *out = is_broken ? (double)INFINITY : -most;
}

static const struct fray_gate_score_ops ops = {.of_whole = true, .value = value};
extern const struct fray_choice fray_gate_score_max_logit;
const struct fray_choice fray_gate_score_max_logit = {
    .name = "max_logit",
    .meaning = "less the largest logit",
    .source = "Hendrycks et al. 2022, arXiv 1911.11132",
    .impl = &ops,
};

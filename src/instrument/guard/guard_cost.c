/* A gate by what a mistake costs, in place of a promise: answered is what is worth it.
 *
 * With a right answer worth 1, a refusal 0 and a mistake -c, an answer of probability p is worth
 * p - c (1 - p), so it is given where p > c / (1 + c) (Chow, IEEE Trans. Inf. Theory 16, 1970).
 * That holds as far as p is right, and networks are too sure of themselves: their logits are
 * divided by the temperature that makes dev samples most likely (Guo et al. 2017, arXiv
 * 1706.04599), one number per model, which changes no answer.
 *
 * The confidence takes the place of p of the other gates, and c / (1 + c) that of the asked rate:
 * refused is what lies at or below. At cost 0 nothing is refused. */
#include "guard_parts.h"

#include <math.h>

/* Beyond these a temperature says that dev samples tell nothing: all are right, or chance. */
static const double coldest = 1e-3, hottest = 1e3;

bool guard_is_of_cost(const struct guard_file *file) {
  return !isnan(file->gate.cost);
}

/* What tables say was asked for: a gate of cost promises no rate. */
double guard_asked(const struct guard_file *file) {
  return guard_is_of_cost(file) ? (double)NAN : file->gate.false_refusal;
}

/* d/db of sum_i (log sum_k exp(b z_ik) - b z_iy), b = 1 / T: what the model expects of the logit
 * less what it was, summed. It grows with b, as the sum is convex in it. */
static double slope(const struct fray_probed *dev, double b, double *z) {
  const struct fray_outputs *of = dev->answers.outputs;
  double sum = 0;
  for (size_t i = 0; i < of->n; i++) {
    const int32_t label = dev->under.label[i];
    double most = -INFINITY, total = 0, expected = 0;
    for (size_t k = 0; k < of->classes; k++) {
      z[k] = (double)of->logits[i * of->classes + k];
      most = fmax(most, z[k]);
    }
    /* A sample without a label, or of a broken model, says nothing. */
    if (label < 0 || !isfinite(most))
      continue;
    for (size_t k = 0; k < of->classes; k++) {
      const double e = exp(b * (z[k] - most));
      total += e;
      expected += e * z[k];
    }
    if (isfinite(expected / total))
      sum += expected / total - z[label];
  }
  return sum;
}

/* By halving on a scale of logarithms, to the last bit that matters; at an end if there is no
 * minimum between, as where every dev sample is right. */
enum fray_status guard_cost_fit(const struct fray_probed *dev, struct fray_arena *arena,
                                double *temperature, struct fray_err *err) {
  double low = log(1 / hottest), high = log(1 / coldest), *z;
  FRAY_ALLOC(z, arena, dev->answers.outputs->classes + 1, err);
  for (int step = 0; step < 80; step++) {
    const double middle = (low + high) / 2;
    if (slope(dev, exp(middle), z) < 0)
      low = middle;
    else
      high = middle;
  }
  *temperature = exp(-(low + high) / 2);
  return FRAY_OK;
}

/* Of a sample whose logits are no numbers nobody can be sure. */
enum fray_status guard_cost_judge(const struct fray_probed *of, double temperature,
                                  struct fray_arena *arena, double *p, double *score,
                                  struct fray_err *err) {
  const struct fray_outputs *o = of->answers.outputs;
  double *z;
  FRAY_ALLOC(z, arena, o->classes + 1, err);
  for (size_t i = 0; i < o->n; i++) {
    double most = -INFINITY;
    for (size_t k = 0; k < o->classes; k++) {
      z[k] = (double)o->logits[i * o->classes + k];
      most = fmax(most, z[k]);
    }
    const double sure = exp((most - fray_gate_log_sum(o->classes, z, temperature)) / temperature);
    p[i] = isnan(sure) ? 0 : sure;
    score[i] = 1 - p[i];
  }
  return FRAY_OK;
}

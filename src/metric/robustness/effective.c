/* Effective robustness: a damaged score against the line that baselines show between clean and
 * damaged scores, both as logits (Taori et al. 2020). */
#include "fray/metric/robustness.h"

#include <math.h>

enum { BASELINES = 8 };
static const double least_span = 0.1 - 1e-12; /* 10 points, less the rounding of decimal shares */

/* Scores of models lie on a line in logits, not in shares: near 1 they crowd. */
static double logit(double p) {
  /* log1p keeps the digits of a score near 0. */
  return log(p) - log1p(-p);
}

static bool refuse(const char **status, const char *why) {
  *status = why;
  return false;
}

/* What a first pass over the pairs collects. */
struct pairs {
  size_t n;
  double mean_x, mean_y, low, high;
  bool inside; /* all scores are in (0, 1) */
};

static bool is_pair(const double *clean, const double *corrupt, size_t i) {
  return !isnan(clean[i]) && !isnan(corrupt[i]);
}

/* A score of 0 or 1 has no logit. From the first such pair on the sums are of no use, but the count
 * and the range still say which refusal comes first. */
static struct pairs look(const double *clean, const double *corrupt, size_t n) {
  struct pairs out = {.low = INFINITY, .high = -INFINITY, .inside = true};
  for (size_t i = 0; i < n; i++) {
    if (!is_pair(clean, corrupt, i))
      continue;
    out.n++;
    out.inside = out.inside && clean[i] > 0 && clean[i] < 1 && corrupt[i] > 0 && corrupt[i] < 1;
    out.low = fmin(out.low, clean[i]);
    out.high = fmax(out.high, clean[i]);
    out.mean_x += out.inside ? logit(clean[i]) : 0;
    out.mean_y += out.inside ? logit(corrupt[i]) : 0;
  }
  out.mean_x /= (double)out.n;
  out.mean_y /= (double)out.n;
  return out;
}

bool fray_baseline_fit(const double *clean, const double *corrupt, size_t n,
                       struct fray_baseline_line *out, const char **status) {
  struct pairs pairs = look(clean, corrupt, n);
  /* A line through few or crowded points says little, and its ends nothing. */
  if (pairs.n < BASELINES)
    return refuse(status, "fewer than 8 baselines");
  if (!pairs.inside)
    return refuse(status, "a baseline at 0 or 1");
  if (pairs.high - pairs.low < least_span)
    return refuse(status, "baselines span under 10 points");
  /* About the means, so that crowded scores lose no digits. xx is above 0, as the clean scores span
   * something. */
  double xx = 0, xy = 0;
  for (size_t i = 0; i < n; i++)
    if (is_pair(clean, corrupt, i)) {
      double x = logit(clean[i]) - pairs.mean_x;
      xx += x * x;
      xy += x * (logit(corrupt[i]) - pairs.mean_y);
    }
  double slope = xy / xx;
  *out = (struct fray_baseline_line){.intercept = pairs.mean_y - slope * pairs.mean_x,
                                     .slope = slope,
                                     .low = pairs.low,
                                     .high = pairs.high};
  *status = "ok";
  return true;
}

double fray_baseline_at(const struct fray_baseline_line *line, double clean) {
  return 1 / (1 + exp(-(line->intercept + line->slope * logit(clean))));
}

double fray_effective_robustness(const struct fray_baseline_line *line, double clean,
                                 double corrupt, const char **status) {
  *status = "a value is missing";
  if (isnan(clean) || isnan(corrupt))
    return NAN;
  *status = "outside the baselines";
  /* Beyond the baselines the line was never seen to hold. */
  if (clean < line->low || clean > line->high)
    return NAN;
  *status = "ok";
  return corrupt - fray_baseline_at(line, clean);
}

/* What a robustness curve says in one number: retention, area, half-life strength, first slope.
 * Strengths are distances from no damage, so that a curve begins at 0 or not at all. */
#include "fray/metric/robustness.h"

#include <math.h>

/* NaN never stands alone: the tables print why. */
static double empty(const char **status, const char *why) {
  *status = why;
  return NAN;
}

/* How far above chance, whichever way is up. */
static double above_chance(const struct fray_curve *curve, size_t at, bool higher_is_better) {
  return higher_is_better ? curve->m[at] - curve->chance : curve->chance - curve->m[at];
}

/* Why nothing can be said relative to the clean score, or NULL. */
static const char *obstacle(const struct fray_curve *curve, bool higher_is_better) {
  /* All of them divide by what lies above chance without damage. */
  if (curve->n == 0 || curve->s[0] != 0)
    return "no clean point";
  if (isnan(curve->chance))
    return "no chance level";
  if (isnan(curve->m[0]))
    return "a value is missing";
  return above_chance(curve, 0, higher_is_better) > 0 ? NULL : "at chance when clean";
}

static double retention(const struct fray_curve *curve, size_t at, bool higher_is_better) {
  return above_chance(curve, at, higher_is_better) / above_chance(curve, 0, higher_is_better);
}

/* Not cut to [0, 1]: damage may help by luck, and may push a model below chance. */
double fray_retention(const struct fray_curve *curve, size_t at, bool higher_is_better,
                      const char **status) {
  const char *why = obstacle(curve, higher_is_better);
  if (why)
    return empty(status, why);
  if (at >= curve->n || isnan(curve->m[at]))
    return empty(status, "a value is missing");
  *status = "ok";
  return retention(curve, at, higher_is_better);
}

double fray_rauc(const struct fray_curve *curve, bool higher_is_better, const char **status) {
  const char *why = obstacle(curve, higher_is_better);
  if (why)
    return empty(status, why);
  if (curve->n < 2)
    return empty(status, "a single strength");
  /* Trapezia between the measured strengths; the first point is 1 by definition. */
  double area = 0, left = 1;
  for (size_t i = 1; i < curve->n; i++) {
    double right = retention(curve, i, higher_is_better);
    if (isnan(right))
      return empty(status, "a value is missing");
    area += 0.5 * (left + right) * (curve->s[i] - curve->s[i - 1]);
    left = right;
  }
  *status = "ok";
  /* As a mean over the axis, so that axes of different length compare. */
  return area / curve->s[curve->n - 1];
}

/* Linear between the strengths that were measured. left is above one half and right is not, so the
 * division is safe. */
double fray_s50(const struct fray_curve *curve, bool higher_is_better, const char **status) {
  const char *why = obstacle(curve, higher_is_better);
  if (why)
    return empty(status, why);
  if (curve->n < 2)
    return empty(status, "a single strength");
  double left = 1;
  for (size_t i = 1; i < curve->n; i++) {
    double right = retention(curve, i, higher_is_better);
    if (isnan(right))
      return empty(status, "a value is missing");
    /* The first crossing: a curve that climbs back later has been below half all the same. */
    if (right <= 0.5) {
      *status = "ok";
      return curve->s[i - 1] + (left - 0.5) / (left - right) * (curve->s[i] - curve->s[i - 1]);
    }
    left = right;
  }
  /* Half is never reached; the largest strength would understate it, so there is no number. */
  return empty(status, "> s_max");
}

/* Not turned round where less is better: it is in units of the metric, and needs no chance level,
 * as nothing is divided by what lies above it. */
double fray_slope(const struct fray_curve *curve, const char **status) {
  if (curve->n == 0 || curve->s[0] != 0)
    return empty(status, "no clean point");
  if (curve->n < 2)
    return empty(status, "a single strength");
  /* Of the first step only: what a little damage costs. Later steps bend towards chance. */
  double slope = (curve->m[1] - curve->m[0]) / curve->s[1];
  *status = isnan(slope) ? "a value is missing" : "ok";
  return slope;
}

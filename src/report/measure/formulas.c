/* Every measure as a function of scores alone. Estimates call it a thousand times, once a draw,
 * so it must not look anything up. */
#include "formulas.h"

#include "fray/metric/robustness.h"

#include <math.h>

static struct fray_curve curve_of(const struct fray_rep_shape *shape, const double *m) {
  return (struct fray_curve){shape->n, shape->s, m, shape->chance};
}

double fray_rep_f_first(const void *user, const double *m, const char **status) {
  (void)user;
  *status = "ok";
  return m[0];
}

/* For a metric of which less is better it is turned, so that above 0 always means better than
 * chance. */
double fray_rep_f_above_chance(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  *status = "ok";
  return shape->higher ? m[0] - shape->chance : shape->chance - m[0];
}

double fray_rep_f_rauc(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  struct fray_curve curve = curve_of(shape, m);
  return fray_rauc(&curve, shape->higher, status);
}

double fray_rep_f_retention(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  struct fray_curve curve = curve_of(shape, m);
  return fray_retention(&curve, shape->n - 1, shape->higher, status);
}

/* Found as a distance and given back as a strength, which for damages that grow downwards is
 * another number. */
double fray_rep_f_s50(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  struct fray_curve curve = curve_of(shape, m);
  return fray_strength_at(shape->strength, fray_s50(&curve, shape->higher, status));
}

double fray_rep_f_slope(const void *user, const double *m, const char **status) {
  struct fray_curve curve = curve_of(user, m);
  return fray_slope(&curve, status);
}

/* Trapezoids over the distances, divided by the whole of them: a mean, so that grids of any
 * length compare. Positive is "loses less", whatever the metric. A point that is NaN makes all
 * of it NaN. */
double fray_rep_f_against(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  const double *other = m + shape->n;
  /* Both curves are taken relative to their own clean score: who is better without damage is
   * another measure. */
  double area = 0, before = 0, sign = shape->higher ? 1 : -1;
  for (size_t i = 1; i < shape->n; i++) {
    double gain = (m[i] - m[0]) - (other[i] - other[0]);
    area += (before + gain) / 2 * (shape->s[i] - shape->s[i - 1]);
    before = gain;
  }
  double mean = sign * area / (shape->s[shape->n - 1] - shape->s[0]);
  *status = isnan(mean) ? "a value is missing" : "ok";
  return mean;
}

/* The mean of the damaged scores of a curve. */
static double damaged(const struct fray_rep_shape *shape, const double *m) {
  double sum = 0;
  for (size_t i = 1; i < shape->n; i++)
    sum += m[i];
  return sum / (double)(shape->n - 1);
}

enum { MOST_BASELINES = 256 };

/* m holds the model and then each baseline, shape->n scores each. The line is fitted anew in
 * every draw, so the baselines' own luck is in the interval. */
double fray_rep_f_effective(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  double clean[MOST_BASELINES], corrupt[MOST_BASELINES];
  struct fray_baseline_line line;
  size_t n = shape->n_baselines;
  /* They stand on the stack, since this runs once a draw. A line through some of them would be
   * another measure. */
  *status = "more than 256 baselines";
  if (n > MOST_BASELINES)
    return NAN;
  for (size_t b = 0; b < n; b++) {
    clean[b] = m[(b + 1) * shape->n];
    corrupt[b] = damaged(shape, m + (b + 1) * shape->n);
  }
  if (!fray_baseline_fit(clean, corrupt, n, &line, status))
    return NAN;
  return fray_effective_robustness(&line, m[0], damaged(shape, m), status);
}

enum { MOST_ERRORS = 1024 };

static double error_of(const struct fray_rep_shape *shape, double score) {
  /* A score that is a loss already (hamming, nll) is its own error. */
  return shape->is_share && shape->higher ? 1 - score : score;
}

/* Lays the errors of one model out; returns the scores that it took. */
static size_t spread(const struct fray_rep_shape *shape, const double *m, double *clean,
                     double *error) {
  size_t at = 0;
  *clean = error_of(shape, m[at++]);
  for (size_t i = 0; i < shape->conditions * shape->severities; i++)
    error[i] = shape->has[i] ? error_of(shape, m[at++]) : NAN;
  return at;
}

/* Model and reference take the same places of has, so the second one begins where the first
 * ended. */
static double mce(const struct fray_rep_shape *shape, const double *m, bool relative,
                  const char **status) {
  double error[MOST_ERRORS], reference[MOST_ERRORS], clean, clean_reference;
  *status = "too many severities";
  /* On the stack, since this runs once a draw. */
  if (shape->conditions * shape->severities > MOST_ERRORS)
    return NAN;
  size_t taken = spread(shape, m, &clean, error);
  spread(shape, m + taken, &clean_reference, reference);
  if (relative)
    return fray_relative_mce(error, reference, shape->conditions, shape->severities, clean,
                             clean_reference, status);
  return fray_mce(error, reference, shape->conditions, shape->severities, status);
}

double fray_rep_f_mce(const void *user, const double *m, const char **status) {
  return mce(user, m, false, status);
}

double fray_rep_f_relative_mce(const void *user, const double *m, const char **status) {
  return mce(user, m, true, status);
}

/* Clean error taken off each term, as in the denominator of the relative form, whose sign it
 * tells. */
double fray_rep_f_lost(const void *user, const double *m, const char **status) {
  const struct fray_rep_shape *shape = user;
  double error[MOST_ERRORS], clean, sum = 0;
  *status = "too many severities";
  if (shape->conditions * shape->severities > MOST_ERRORS)
    return NAN;
  spread(shape, m, &clean, error);
  for (size_t i = 0; i < shape->conditions * shape->severities; i++)
    sum += shape->has[i] ? error[i] - clean : 0;
  *status = isnan(sum) ? "a value is missing" : "ok";
  return sum;
}

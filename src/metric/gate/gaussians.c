/* Gaussians of classes with one covariance, made of moments, and distances in them.
 *
 * Distances are taken in whitened space: with S = L L' the squared distance of x and mu is |L^-1 x
 * - L^-1 mu|^2, so that one triangular solution serves the means of all classes. */
#include "fray/base/size.h"
#include "fray/metric/gate.h"

#include <math.h>
#include <string.h>

/* In place, row by row; the upper triangle is left as it is and never read. */
static enum fray_status factorise(size_t d, double *s, struct fray_err *err) {
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = s[i * d + j];
      for (size_t k = 0; k < j; k++)
        sum -= s[i * d + k] * s[j * d + k];
      FRAY_CHECK(i != j || sum > 0, err, INPUT,
                 "a covariance of %zu values is not positive definite at value %zu", d, i);
      s[i * d + j] = i == j ? sqrt(sum) : sum / s[j * d + j];
    }
  return FRAY_OK;
}

/* y = L^-1 x. */
static void solve(size_t d, const double *factor, const double *x, double *y) {
  for (size_t i = 0; i < d; i++) {
    double sum = x[i];
    for (size_t k = 0; k < i; k++)
      sum -= factor[i * d + k] * y[k];
    y[i] = sum / factor[i * d + i];
  }
}

/* A copy in the arena; NULL when memory is out. */
static double *copy_of(const double *x, size_t n, struct fray_arena *arena) {
  double *out = fray_arena_alloc(arena, n, sizeof *out);
  if (out)
    memcpy(out, x, n * sizeof *out);
  return out;
}

/* Whatever it is given is copied, as tests and files have covariances of their own. */
enum fray_status fray_gaussians_of(size_t classes, size_t width, const double *n,
                                   const double *mean, const double *centre, const double *within,
                                   const double *total, struct fray_arena *arena,
                                   struct fray_gaussians *out, struct fray_err *err) {
  double *factor = copy_of(within, width * width, arena);
  double *all = copy_of(total, width * width, arena), *whiten;
  FRAY_ALLOC(whiten, arena, classes * width, err);
  *out = (struct fray_gaussians){.classes = classes,
                                 .width = width,
                                 .n = copy_of(n, classes, arena),
                                 .mean = copy_of(mean, classes * width, arena),
                                 .within = copy_of(within, width * width, arena),
                                 .factor = factor,
                                 .whiten = whiten,
                                 .centre = copy_of(centre, width, arena),
                                 .total = all};
  FRAY_CHECK(factor && all && out->n && out->mean && out->within && out->centre, err, MEMORY,
             "out of memory");
  FRAY_TRY(factorise(width, factor, err));
  FRAY_TRY(factorise(width, all, err));
  for (size_t k = 0; k < classes; k++)
    solve(width, factor, mean + k * width, whiten + k * width);
  return FRAY_OK;
}

/* sum x x' less what the means make of it, over n, plus the ridge: symmetric, both triangles. */
static enum fray_status covariance(size_t d, size_t groups, const double *n, const double *mean,
                                   const double *product, double samples, double *out,
                                   struct fray_err *err) {
  double trace = 0;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = *product++;
      for (size_t k = 0; k < groups; k++)
        sum -= n[k] * mean[k * d + i] * mean[k * d + j];
      out[i * d + j] = out[j * d + i] = sum / samples;
    }
  for (size_t i = 0; i < d; i++)
    trace += out[i * d + i];
  FRAY_CHECK(trace > 0, err, INPUT, "the vectors of training samples do not vary");
  for (size_t i = 0; i < d; i++)
    out[i * d + i] += FRAY_GATE_RIDGE * trace / (double)d;
  return FRAY_OK;
}

/* Two covariances of the same products: around the mean of each class, and around that of all. */
enum fray_status fray_gaussians_make(size_t classes, size_t width, const double *moments,
                                     struct fray_arena *arena, struct fray_gaussians *out,
                                     struct fray_err *err) {
  const double *n = moments, *sum = moments + classes, *product = sum + classes * width;
  double *mean, *centre, *within, *total, samples = 0;
  FRAY_ALLOC_ZERO(mean, arena, classes * width, err);
  FRAY_ALLOC_ZERO(centre, arena, width, err);
  FRAY_ALLOC(within, arena, width * width, err);
  FRAY_ALLOC(total, arena, width * width, err);
  for (size_t k = 0; k < classes; k++) {
    samples += n[k];
    for (size_t i = 0; i < width; i++) {
      mean[k * width + i] = n[k] > 0 ? sum[k * width + i] / n[k] : 0;
      centre[i] += sum[k * width + i];
    }
  }
  FRAY_CHECK(samples >= 2, err, INPUT, "a fit needs two training samples, and there are %g",
             samples);
  for (size_t i = 0; i < width; i++)
    centre[i] /= samples;
  FRAY_TRY(covariance(width, classes, n, mean, product, samples, within, err));
  FRAY_TRY(covariance(width, 1, &samples, centre, product, samples, total, err));
  return fray_gaussians_of(classes, width, n, mean, centre, within, total, arena, out, err);
}

/* What is not finite would be NaN from everywhere, and NaN says nothing: it is called far. */
static bool is_finite(size_t n, const double *x) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(x[i]))
      return false;
  return true;
}

/* Of equal classes in one covariance the nearest mean is the likeliest class. */
double fray_gaussians_nearest(const struct fray_gaussians *g, const double *x, double *work) {
  double least = INFINITY;
  if (!is_finite(g->width, x))
    return least;
  solve(g->width, g->factor, x, work);
  for (size_t k = 0; k < g->classes; k++) {
    double distance = 0;
    for (size_t i = 0; i < g->width; i++) {
      const double apart = work[i] - g->whiten[k * g->width + i];
      distance += apart * apart;
    }
    /* A class that nobody had in training has no mean to be near to. */
    least = g->n[k] > 0 ? fmin(least, distance) : least;
  }
  return least;
}

/* The same with everything as one class. */
double fray_gaussians_central(const struct fray_gaussians *g, const double *x, double *work) {
  double *y = work + g->width, distance = 0;
  if (!is_finite(g->width, x))
    return (double)INFINITY;
  for (size_t i = 0; i < g->width; i++)
    work[i] = x[i] - g->centre[i];
  solve(g->width, g->total, work, y);
  for (size_t i = 0; i < g->width; i++)
    distance += y[i] * y[i];
  return distance;
}

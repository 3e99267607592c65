/* A mixture of two Gaussians by EM: are there two groups in these points, and who is of which? */
#include "fray/metric/mixture.h"
#include "fray/base/size.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LLOYD_STEPS = 300, EM_STEPS = 100, CANDIDATES = 2 }; /* as scikit-learn's defaults */
static const double tolerance = 1e-3, least_variance = 1e-6, relative_variance = 1e-9;

/* A fit under way, of points in ascending order. */
struct fit {
  size_t n, d;
  double *x;       /* (n, d) */
  uint32_t *place; /* (n) where each stood */
  double *share;   /* (n, 2) of the components in a point */
  double addend;   /* to variances */
  double weight[2], *mean[2], *covariance[2];
  double *factor[2]; /* (d, d) lower Cholesky factor of the covariance */
  double log_det[2]; /* of the factor */
  double *rest;      /* (d) scratch */
};

/* By the first value that differs. */
static int compare(const struct fit *f, const double *x, size_t a, size_t b) {
  for (size_t j = 0; j < f->d; j++)
    if (x[a * f->d + j] != x[b * f->d + j])
      return x[a * f->d + j] < x[b * f->d + j] ? -1 : 1;
  return 0;
}

/* Bottom-up merges. Draws and sums follow this order, so that who comes first changes no byte;
 * equal points may stand in any order. */
static void sort(const struct fit *f, const double *x, uint32_t *place, uint32_t *scratch) {
  uint32_t *from = place, *to = scratch;
  for (size_t width = 1; width < f->n; width *= 2) {
    for (size_t at = 0; at < f->n; at += 2 * width) {
      const size_t middle = FRAY_MIN(at + width, f->n), end = FRAY_MIN(at + 2 * width, f->n);
      size_t a = at, b = middle;
      for (size_t k = at; k < end; k++)
        to[k] = a < middle && (b == end || compare(f, x, from[a], from[b]) <= 0) ? from[a++]
                                                                                 : from[b++];
    }
    uint32_t *const swap = from;
    from = to;
    to = swap;
  }
  if (from != place)
    memcpy(place, from, f->n * sizeof *place);
}

static double distance2(size_t d, const double *a, const double *b) {
  double sum = 0;
  for (size_t j = 0; j < d; j++)
    sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

/* ---- the start ---- */

/* A point with a chance in proportion to its squared distance to the first centre. */
static size_t draw_far(const struct fit *f, const double *first, double total,
                       struct fray_rng *rng) {
  double left = fray_rng_uniform(rng) * total;
  size_t last = 0;
  for (size_t i = 0; i < f->n; i++) {
    const double weight = distance2(f->d, f->x + i * f->d, first);
    if (weight > 0) { /* a point on the first centre is never the second, whatever rounding does */
      last = i;
      if (left < weight)
        break;
      left -= weight;
    }
  }
  return last;
}

/* k-means++: of two candidates, that which leaves the smaller sum of squares. False: all points are
 * the first one. */
static bool choose_centres(struct fit *f, struct fray_rng *rng) {
  const double *first = f->x + fray_rng_below(rng, f->n) * f->d;
  double total = 0, least = INFINITY;
  size_t second = 0;
  for (size_t i = 0; i < f->n; i++)
    total += distance2(f->d, f->x + i * f->d, first);
  if (!(total > 0))
    return false;
  for (int k = 0; k < CANDIDATES; k++) {
    const size_t candidate = draw_far(f, first, total, rng);
    double left = 0;
    for (size_t i = 0; i < f->n; i++)
      left += fmin(distance2(f->d, f->x + i * f->d, first),
                   distance2(f->d, f->x + i * f->d, f->x + candidate * f->d));
    if (left < least) {
      least = left;
      second = candidate;
    }
  }
  memcpy(f->mean[0], first, f->d * sizeof *first);
  memcpy(f->mean[1], f->x + second * f->d, f->d * sizeof *first);
  return true;
}

/* Lloyd's steps until nobody changes sides; shares are 0 and 1 then. */
static void group(struct fit *f) {
  for (int step = 0; step < LLOYD_STEPS; step++) {
    bool changed = step == 0;
    size_t count[2] = {0, 0};
    for (size_t i = 0; i < f->n; i++) {
      const double *x = f->x + i * f->d;
      const bool side = distance2(f->d, x, f->mean[1]) < distance2(f->d, x, f->mean[0]);
      changed = changed || side != (f->share[2 * i + 1] > 0);
      f->share[2 * i] = !side;
      f->share[2 * i + 1] = side;
      count[side]++;
    }
    if (!changed || count[0] == 0 || count[1] == 0)
      return;
    for (int c = 0; c < 2; c++) {
      memset(f->mean[c], 0, f->d * sizeof *f->mean[c]);
      for (size_t i = 0; i < f->n; i++)
        for (size_t j = 0; j < f->d; j++)
          f->mean[c][j] += f->share[2 * i + (size_t)c] * f->x[i * f->d + j] / (double)count[c];
    }
  }
}

/* ---- EM ---- */

/* Lower triangular L with L L' = the covariance. False: it is not positive definite. */
static bool factorise(struct fit *f, int c) {
  const size_t d = f->d;
  double *l = f->factor[c];
  f->log_det[c] = 0;
  memcpy(l, f->covariance[c], d * d * sizeof *l);
  for (size_t j = 0; j < d; j++) {
    for (size_t k = 0; k < j; k++)
      l[j * d + j] -= l[j * d + k] * l[j * d + k];
    if (!(l[j * d + j] > 0)) /* NaN is not above 0 either */
      return false;
    l[j * d + j] = sqrt(l[j * d + j]);
    f->log_det[c] += log(l[j * d + j]);
    for (size_t i = j + 1; i < d; i++) {
      for (size_t k = 0; k < j; k++)
        l[i * d + j] -= l[i * d + k] * l[j * d + k];
      l[i * d + j] /= l[j * d + j];
    }
  }
  return true;
}

/* Weights, means and covariances from the shares. */
static bool maximise(struct fit *f) {
  const size_t d = f->d;
  double count[2];
  for (int c = 0; c < 2; c++) {
    double *mean = f->mean[c], *covariance = f->covariance[c];
    count[c] = 10 * DBL_EPSILON; /* as theirs: nothing divides by 0 */
    for (size_t i = 0; i < f->n; i++)
      count[c] += f->share[2 * i + (size_t)c];
    memset(mean, 0, d * sizeof *mean);
    memset(covariance, 0, d * d * sizeof *covariance);
    for (size_t i = 0; i < f->n; i++)
      for (size_t j = 0; j < d; j++)
        mean[j] += f->share[2 * i + (size_t)c] * f->x[i * d + j] / count[c];
    for (size_t i = 0; i < f->n; i++) {
      const double share = f->share[2 * i + (size_t)c] / count[c], *x = f->x + i * d;
      for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k <= j; k++)
          covariance[j * d + k] += share * (x[j] - mean[j]) * (x[k] - mean[k]);
    }
    for (size_t j = 0; j < d; j++) {
      covariance[j * d + j] += f->addend;
      for (size_t k = 0; k < j; k++)
        covariance[k * d + j] = covariance[j * d + k];
    }
  }
  for (int c = 0; c < 2; c++)
    f->weight[c] = count[c] / (count[0] + count[1]);
  return factorise(f, 0) && factorise(f, 1);
}

/* log (weight x density) of a point, but for (2 pi)^(d/2). */
static double log_density(struct fit *f, int c, const double *x) {
  const double *l = f->factor[c];
  double square = 0;
  for (size_t j = 0; j < f->d; j++) { /* L z = x - mean */
    f->rest[j] = x[j] - f->mean[c][j];
    for (size_t k = 0; k < j; k++)
      f->rest[j] -= l[j * f->d + k] * f->rest[k];
    f->rest[j] /= l[j * f->d + j];
    square += f->rest[j] * f->rest[j];
  }
  return log(f->weight[c]) - f->log_det[c] - square / 2;
}

/* Shares from weights, means and covariances; returns the mean log likelihood. */
static double expect(struct fit *f) {
  double sum = 0;
  for (size_t i = 0; i < f->n; i++) {
    const double a = log_density(f, 0, f->x + i * f->d), b = log_density(f, 1, f->x + i * f->d);
    const double top = fmax(a, b), both = top + log1p(exp(fmin(a, b) - top));
    f->share[2 * i] = exp(a - both);
    f->share[2 * i + 1] = exp(b - both);
    sum += both;
  }
  return sum / (double)f->n;
}

/* From the groups to the end; *iterations as scikit-learn counts them. False: a covariance broke.
 */
static bool climb(struct fit *f, size_t *iterations) {
  double before = -INFINITY;
  if (!maximise(f))
    return false;
  for (*iterations = 1; *iterations <= EM_STEPS; ++*iterations) {
    const double bound = expect(f);
    if (!maximise(f) || !isfinite(bound))
      return false;
    if (fabs(bound - before) < tolerance)
      break;
    before = bound;
  }
  *iterations = FRAY_MIN(*iterations, (size_t)EM_STEPS);
  return isfinite(expect(f)); /* shares of the parameters that are told */
}

/* ---- a fit ---- */

/* The addend is theirs for values of order 1; where variances are large, it would be lost in
 * rounding. */
static void set_addend(struct fit *f) {
  double variance = 0;
  for (size_t j = 0; j < f->d; j++) {
    double mean = 0;
    for (size_t i = 0; i < f->n; i++)
      mean += f->x[i * f->d + j] / (double)f->n;
    for (size_t i = 0; i < f->n; i++) {
      const double off = f->x[i * f->d + j] - mean;
      variance += off * off / (double)f->n / (double)f->d;
    }
  }
  f->addend = fmax(least_variance, relative_variance * variance);
}

static enum fray_status prepare(size_t n, size_t d, const double *x, struct fray_arena *arena,
                                struct fit *f, struct fray_err *err) {
  uint32_t *scratch;
  *f = (struct fit){.n = n, .d = d};
  FRAY_ALLOC(f->x, arena, n * d, err);
  FRAY_ALLOC(f->place, arena, n, err);
  FRAY_ALLOC_ZERO(f->share, arena, 2 * n, err);
  FRAY_ALLOC(f->rest, arena, d, err);
  FRAY_ALLOC(scratch, arena, n, err);
  for (int c = 0; c < 2; c++) {
    FRAY_ALLOC_ZERO(f->mean[c], arena, d, err);
    FRAY_ALLOC_ZERO(f->covariance[c], arena, d * d, err);
    FRAY_ALLOC_ZERO(f->factor[c], arena, d * d, err);
  }
  for (size_t i = 0; i < n; i++)
    f->place[i] = (uint32_t)i;
  sort(f, x, f->place, scratch);
  for (size_t i = 0; i < n; i++)
    memcpy(f->x + i * d, x + f->place[i] * d, d * sizeof *x);
  set_addend(f);
  return FRAY_OK;
}

/* Which component is the upper one: by the sum of means, and where those are equal by the first
 * mean that differs. */
static int upper_of(const struct fit *f) {
  double sum = 0, first = 0;
  for (size_t j = 0; j < f->d; j++) {
    const double more = f->mean[1][j] - f->mean[0][j];
    sum += more;
    first = first == 0 ? more : first;
  }
  return sum == 0 ? first > 0 : sum > 0;
}

/* In the caller's order of points, and the order of components that he was told. */
static void tell(const struct fit *f, struct fray_mixture *out) {
  const int upper = upper_of(f);
  size_t count[2] = {0, 0};
  for (size_t i = 0; i < f->n; i++) {
    const double p = f->share[2 * i + (size_t)upper];
    out->upper[f->place[i]] = p;
    out->of[f->place[i]] = p > f->share[2 * i + (size_t)!upper];
    count[out->of[f->place[i]]]++;
  }
  out->split = count[0] > 0 && count[1] > 0;
  for (int c = 0; out->split && c < 2; c++) {
    const int from = c ? upper : !upper;
    out->weight[c] = f->weight[from];
    memcpy(out->mean[c], f->mean[from], f->d * sizeof(double));
    memcpy(out->covariance[c], f->covariance[from], f->d * f->d * sizeof(double));
  }
}

/* A fit that found nothing says so in every field. */
static void say_nothing(size_t n, struct fray_mixture *out) {
  memset(out->of, 0, n * sizeof *out->of);
  memset(out->upper, 0, n * sizeof *out->upper);
  out->iterations = 0;
}

static bool all_finite(size_t n, const double *x) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(x[i]))
      return false;
  return true;
}

enum fray_status fray_mixture_fit(size_t n, size_t d, const double *x, struct fray_rng *rng,
                                  struct fray_arena *arena, struct fray_mixture *out,
                                  struct fray_err *err) {
  struct fit f;
  *out = (struct fray_mixture){0};
  FRAY_ALLOC_ZERO(out->of, arena, n, err);
  FRAY_ALLOC_ZERO(out->upper, arena, n, err);
  for (int c = 0; c < 2; c++) {
    FRAY_ALLOC_ZERO(out->mean[c], arena, d, err);
    FRAY_ALLOC_ZERO(out->covariance[c], arena, d * d, err);
  }
  if (n < 2 || !all_finite(n * d, x))
    return FRAY_OK;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_TRY(prepare(n, d, x, arena, &f, err));
  if (choose_centres(&f, rng)) {
    group(&f);
    if (climb(&f, &out->iterations))
      tell(&f, out);
  }
  fray_arena_rewind(arena, mark);
  if (!out->split)
    say_nothing(n, out);
  return FRAY_OK;
}

/* Sets are compared whole: a majority point by point could name a set that no fit found. */
enum fray_status fray_mixture_vote(size_t n, size_t d, const double *x, size_t fits,
                                   struct fray_rng *rng, struct fray_arena *arena, uint8_t *upper,
                                   size_t *agreeing, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  uint8_t *named;
  FRAY_ALLOC(named, arena, fits * n, err);
  const struct fray_arena_place each = fray_arena_mark(arena);
  for (size_t k = 0; k < fits; k++) {
    struct fray_mixture mixture;
    FRAY_TRY(fray_mixture_fit(n, d, x, rng, arena, &mixture, err));
    memcpy(named + k * n, mixture.of, n * sizeof *named);
    fray_arena_rewind(arena, each);
  }
  *agreeing = 0;
  memset(upper, 0, n * sizeof *upper);
  for (size_t k = 0; k < fits; k++) {
    size_t same = 0;
    for (size_t other = 0; other < fits; other++)
      same += memcmp(named + k * n, named + other * n, n * sizeof *named) == 0;
    if (same > *agreeing) {
      *agreeing = same;
      memcpy(upper, named + k * n, n * sizeof *named);
    }
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Intervals of means over crossed factors, from bootstrap draws. */
#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/metric/resample.h"

#include <stdlib.h>

enum { FEW = 10 }; /* below this many members a factor's percentiles are too narrow */
static const double confidence = 0.975;
/* Shares and logarithms are of order 1, so anything smaller than this is rounding. */
static const double rounding = 1e-13;

static struct fray_interval none(const char *status) {
  return (struct fray_interval){NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, status};
}

static size_t n_defined(const double *v, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    count += isfinite(v[i]) ? 1 : 0;
  return count;
}

/* Variance of the finite ones about their mean, over their number as the bootstrap's is. */
static double variance(const double *v, size_t n) {
  double sum = 0, squares = 0;
  size_t count = n_defined(v, n);
  for (size_t i = 0; i < n; i++)
    sum += isfinite(v[i]) ? v[i] : 0;
  double mean = sum / (double)count;
  for (size_t i = 0; i < n; i++)
    squares += isfinite(v[i]) ? (v[i] - mean) * (v[i] - mean) : 0;
  return squares / (double)count;
}

/* Undefined draws are seldom a random choice of the draws, so few may be left out. */
static bool mostly_defined(const double *v, size_t n) {
  return n > 0 && (double)n_defined(v, n) >= 0.95 * (double)n;
}

static bool draws_are_defined(const double *draw, size_t n) {
  size_t crossed = fray_draws_crossed(n), alone = fray_draws_of_factor(n);
  return n >= 60 && mostly_defined(draw, crossed) && mostly_defined(draw + crossed, alone) &&
         mostly_defined(draw + crossed + alone, alone);
}

/* A bootstrap of n members sees (n - 1)/n of a factor's variance. */
static double unbias(size_t n) {
  return n > 1 ? (double)n / (double)(n - 1) : 0;
}

/* How sure the number is. */
struct certainty {
  double error, df;
};

/* One factor is drawn: the crossed draws are its bootstrap, and the textbook's n - 1 holds. */
static struct certainty of_one_factor(const double *draw, size_t n, size_t members) {
  double square = variance(draw, fray_draws_crossed(n)) * unbias(members);
  return (struct certainty){sqrt(square), (double)(members - 1)};
}

/* Seeds alone show V_seeds + V_interaction, clusters alone V_clusters + V_interaction, the crossed
 * draws three times the interaction; the truth holds it once. What the crossed draws show beyond
 * the two others is therefore the interaction, and it is taken off their sum. The variance is at
 * least each of the three, while a difference of estimates may fall below. */
static struct certainty of_both(const double *draw, size_t n, size_t n_seeds, size_t n_clusters) {
  size_t n_crossed = fray_draws_crossed(n), alone = fray_draws_of_factor(n);
  double seeds = variance(draw + n_crossed, alone);
  double clusters = variance(draw + n_crossed + alone, alone);
  double interaction = variance(draw, n_crossed) - seeds - clusters;
  interaction = fmax(interaction * unbias(n_seeds) * unbias(n_clusters), 0);
  seeds *= unbias(n_seeds);
  clusters *= unbias(n_clusters);
  double square = fmax(fmax(seeds + clusters - interaction, interaction), fmax(seeds, clusters));
  double of_seeds = (double)(n_seeds - 1), of_clusters = (double)(n_clusters - 1);
  double least = fmin(of_seeds, of_clusters);
  /* Without any variance this is 0 / 0; fmax below then takes the other one, and the interval has
   * no width whatever its degrees. */
  double df = square * square /
              (seeds * seeds / of_seeds + clusters * clusters / of_clusters +
               interaction * interaction / (of_seeds * of_clusters));
  /* A variance over two members is so unsure itself that Satterthwaite's mean does not hold. */
  return (struct certainty){sqrt(square), least < 2 ? least : fmax(df, least)};
}

static struct certainty certainty_of(const double *draw, size_t n, size_t n_seeds,
                                     size_t n_clusters) {
  if (n_seeds == 1 || n_clusters == 1)
    return of_one_factor(draw, n, FRAY_MAX(n_seeds, n_clusters));
  return of_both(draw, n, n_seeds, n_clusters);
}

/* The finite ones; NULL on lack of memory. */
static double *finite_ones(const double *v, size_t n, size_t *n_out) {
  double *copy = malloc(n * sizeof *copy);
  *n_out = 0;
  for (size_t i = 0; copy && i < n; i++)
    if (isfinite(v[i]))
      copy[(*n_out)++] = v[i];
  return copy;
}

/* Hoare's selection: v[k] becomes what it would be in order, none before it larger and none behind
 * it smaller. Two cuts are asked of thousands of draws, of which a sort would take ten times as
 * long. */
static void select_place(double *v, size_t n, size_t k) {
  for (size_t low = 0, high = n - 1; low < high;) {
    const double pivot = v[low + (high - low) / 2];
    size_t i = low, j = high + 1; /* j: one behind the place that is looked at */
    while (i < j) {
      while (v[i] < pivot)
        i++;
      while (pivot < v[j - 1])
        j--;
      if (i < j) {
        const double kept = v[i];
        v[i++] = v[j - 1];
        v[--j] = kept;
      }
    }
    if (k < j)
      high = j - 1;
    else if (k >= i)
      low = i;
    else
      return;
  }
}

/* Linear between order statistics, as numpy does by default. v is put in another order. */
static double quantile(double *v, size_t n, double level) {
  double at = level * (double)(n - 1);
  size_t below = (size_t)at;
  if (below + 1 >= n)
    below = n - 1;
  select_place(v, n, below);
  if (below + 1 >= n)
    return v[below];
  double above = v[below + 1];
  for (size_t i = below + 2; i < n; i++)
    above = v[i] < above ? v[i] : above;
  return v[below] + (at - (double)below) * (above - v[below]);
}

/* How much wider than a cut of the crossed draws at their own variance. */
static double widening(const double *draw, size_t n_draws, double error) {
  return error / sqrt(variance(draw, fray_draws_crossed(n_draws)));
}

/* Expanded percentiles (Hesterberg 2015): the level at which a normal law has to be cut to be as
 * wide as t makes it. The upper one mirrors it. */
static double lower_level(const double *draw, size_t n_draws, double error, double df) {
  double z = fray_student_t(confidence, df) * widening(draw, n_draws, error);
  return fray_student_tail(z, INFINITY);
}

/* Cut from the draws, not made of value and error: where the draws are skew, near 0 or 1, so is the
 * interval. */
static struct fray_interval percentile(const double *draw, size_t n_draws, double error, double df,
                                       const char *status) {
  size_t n;
  double *v = finite_ones(draw, fray_draws_crossed(n_draws), &n);
  if (!v)
    return none("out of memory");
  double level = lower_level(draw, n_draws, error, df);
  struct fray_interval out = {.low = quantile(v, n, level),
                              .high = quantile(v, n, 1 - level),
                              .error = error,
                              .df = df,
                              .kind = FRAY_INTERVAL_PERCENTILE,
                              .status = status};
  free(v);
  return out;
}

static struct fray_interval student(double value, double error, double df,
                                    enum fray_interval_kind kind, const char *status) {
  /* A number that never varies has no width; rounding is no variation. */
  double half = error <= rounding ? 0 : fray_student_t(confidence, df) * error;
  return (struct fray_interval){.low = value - half,
                                .high = value + half,
                                .error = error <= rounding ? 0 : error,
                                .df = df,
                                .kind = kind,
                                .status = error <= rounding ? "no variation" : status};
}

static const char *status_of(size_t n_seeds, size_t n_clusters) {
  if (n_seeds == 1)
    return n_clusters == 2 ? "single seed, two clusters: very wide" : "single seed: clusters only";
  if (n_clusters == 1)
    return n_seeds == 2 ? "single cluster, two seeds: very wide" : "single cluster: seeds only";
  if (n_seeds == 2)
    return "two seeds: very wide";
  return n_clusters == 2 ? "two clusters: very wide" : "ok";
}

/* The members of the factor that limits what is known; 1 if neither has two. */
static size_t fewest(size_t n_seeds, size_t n_clusters) {
  if (n_seeds == 1 || n_clusters == 1)
    return FRAY_MAX(n_seeds, n_clusters);
  return FRAY_MIN(n_seeds, n_clusters);
}

struct fray_interval fray_interval_of(double value, const double *draw, size_t n_draws,
                                      size_t n_seeds, size_t n_clusters) {
  if (!isfinite(value))
    return none("undefined");
  if (!draw || n_seeds == 0 || n_clusters == 0)
    return none("no predictions");
  size_t n = fewest(n_seeds, n_clusters);
  if (n == 1)
    return none("single seed and cluster");
  if (!draws_are_defined(draw, n_draws))
    return none("few draws are defined");
  struct certainty sure = certainty_of(draw, n_draws, n_seeds, n_clusters);
  const char *status = status_of(n_seeds, n_clusters);
  /* Percentiles of draws of few members are too narrow; t with few degrees is not. */
  if (n < FEW || sure.error <= rounding)
    return student(value, sure.error, sure.df, FRAY_INTERVAL_T, status);
  return percentile(draw, n_draws, sure.error, sure.df, status);
}

void fray_interval_bound_share(double value, size_t n_clusters, struct fray_interval *interval) {
  const double room = 1 - pow(0.025, 1 / (double)n_clusters);
  /* What is not known stays so: a comparison with NaN is false. */
  if (value <= 0 || interval->low < 0)
    interval->low = 0;
  if (value >= 1 || interval->high > 1)
    interval->high = 1;
  if (value <= 0)
    interval->high = room;
  if (value >= 1)
    interval->low = 1 - room;
}

/* With a NaN end both comparisons are false. */
void fray_interval_within(double least, double most, struct fray_interval *interval) {
  if (interval->low < least)
    interval->low = least;
  if (interval->high > most)
    interval->high = most;
}

struct fray_interval fray_interval_of_seeds(const double *value, size_t n_seeds) {
  size_t n = n_defined(value, n_seeds);
  /* Two values give one degree of freedom: an interval 12 times as wide as their distance says
   * nothing. */
  if (n < 3)
    return none("fewer than 3 seeds");
  double sum = 0;
  for (size_t i = 0; i < n_seeds; i++)
    sum += isfinite(value[i]) ? value[i] : 0;
  double error = sqrt(variance(value, n_seeds) / (double)(n - 1));
  return student(sum / (double)n, error, (double)(n - 1), FRAY_INTERVAL_SEEDS, "seeds only");
}

/* Share of the crossed draws, times sign, that are not above 0, by the same interpolation as the
 * quantiles: the level whose quantile is 0. 0 if all are above it. */
static double level_of_zero(const double *draw, size_t n_draws, double sign) {
  size_t n = 0, not_above = 0;
  double below = -INFINITY, above = INFINITY;
  for (size_t i = 0; i < fray_draws_crossed(n_draws); i++) {
    double v = sign * draw[i];
    if (!isfinite(v))
      continue;
    n++;
    not_above += v <= 0 ? 1 : 0;
    if (v <= 0)
      below = fmax(below, v);
    else
      above = fmin(above, v);
  }
  if (not_above == 0)
    return 0;
  if (not_above == n)
    return 1;
  return ((double)(not_above - 1) - below / (above - below)) / (double)(n - 1);
}

/* Beyond the draws 2,000 of them tell no 0 from another, and the least p that they can give, some
 * thousandths, would resolve nothing in a family of twenty, however far 0 is. There the tail is
 * that of t, by the error and the degrees that the interval has, and at most that least p. */
static double p_of_percentile(double value, const struct fray_interval *interval,
                              const double *draw, size_t n_draws) {
  double wide = widening(draw, n_draws, interval->error), p = 1;
  double least = 0.5 / (double)n_defined(draw, fray_draws_crossed(n_draws));
  for (int side = -1; side <= 1; side += 2) {
    double level = level_of_zero(draw, n_draws, side);
    if (level >= 0.5)
      continue;
    double z = fray_student_t(1 - fmax(level, least), INFINITY) / wide;
    if (level <= 0)
      z = fmax(z, side * value / interval->error);
    p = fmin(p, 2 * fray_student_tail(z, interval->df));
  }
  return p;
}

/* By the law of the interval that is printed beside it: a table in which the two disagree would be
 * read as a mistake. */
double fray_p_value(double value, const struct fray_interval *interval, const double *draw,
                    size_t n_draws) {
  if (interval->kind == FRAY_INTERVAL_NONE)
    return NAN;
  if (interval->kind == FRAY_INTERVAL_PERCENTILE)
    return draw ? p_of_percentile(value, interval, draw, n_draws) : NAN;
  /* Equal in every draw: no data could have told them apart, so it is no member of a family. */
  if (interval->error <= rounding)
    return fabs(value) <= rounding ? NAN : 0;
  return 2 * fray_student_tail(fabs(value) / interval->error, interval->df);
}

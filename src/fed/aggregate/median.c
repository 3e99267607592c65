/* The median of each coordinate: half of the clients may send anything. */
#include "fray/fed/aggregate.h"

/* Puts the k-th smallest of v[lo..hi] to place k, smaller ones before it and larger ones behind it
 * (Hoare's FIND with the middle one as pivot): a cohort is small and its values are in no order, so
 * this is some passes over one cache line or two. */
static void select_kth(double *v, size_t lo, size_t hi, size_t k) {
  while (lo < hi) {
    const double pivot = v[lo + (hi - lo) / 2];
    size_t i = lo, j = hi;
    for (;;) {
      while (v[i] < pivot)
        i++;
      while (pivot < v[j])
        j--;
      if (i >= j)
        break;
      const double t = v[i];
      v[i++] = v[j];
      v[j--] = t;
    }
    if (k <= j)
      hi = j;
    else
      lo = j + 1;
  }
}

/* Of an even number the mean of the two in the middle, as numpy and ByzFL have it; torch.median
 * would give the lower one, which pulls every coordinate down. */
static double coordinate(const void *params, size_t n, double *value) {
  (void)params;
  const size_t upper = n / 2;
  select_kth(value, 0, n - 1, upper);
  if (n % 2)
    return value[upper];
  /* What lies before the upper one is smaller, in no order: its largest is the lower one. */
  double lower = value[0];
  for (size_t i = 1; i < upper; i++)
    lower = value[i] > lower ? value[i] : lower;
  return 0.5 * lower + 0.5 * value[upper]; /* halves first: their sum could overflow */
}

/* Liars that the median outvotes: fewer than half, in each coordinate. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

static const struct fray_rule_ops ops = {
    .form = FRAY_RULE_COORDINATE, .tolerates = tolerates, .coordinate = coordinate};

extern const struct fray_choice fray_rule_median;
const struct fray_choice fray_rule_median = {
    .name = "median",
    .meaning = "the median of each coordinate, every client alike; of an even number the mean of "
               "the two in the middle",
    .source = "Yin et al. 2018, arXiv 1803.01498, Alg. 1, option I",
    .impl = &ops,
};

/* The mean of each coordinate without its f largest and f smallest values.
 *
 * Of f liars as many lie on either side as they like, so f go on both: what is left lies between
 * honest values in each coordinate, though no single update need do so as a whole. */
#include "fray/fed/rule.h"

/* One value stays at least. Codes that trim a share of n and round it down trim nothing of small
 * cohorts, and are the mean. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return 2 * f + 1;
}

static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

/* In ascending order, so in the same order wherever updates are: the sum is the same to the bit. */
static void coordinates(const void *params, const struct fray_lanes *lanes, float *out, float *low,
                        float *high) {
  const size_t first = lanes->f, end = lanes->n - lanes->f;
  double sum[FRAY_LANES] = {0};
  (void)params;
  for (size_t k = first; k < end; k++)
    for (size_t i = 0; i < FRAY_LANES; i++)
      sum[i] += (double)lanes->value[k][i];
  for (size_t i = 0; i < FRAY_LANES; i++) {
    out[i] = (float)(sum[i] / (double)(end - first));
    low[i] = lanes->value[first][i];
    high[i] = lanes->value[end - 1][i];
  }
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_COORDINATE,
                                         .uses_f = true,
                                         .fewest = fewest,
                                         .tolerates = tolerates,
                                         .in_order = true,
                                         .coordinates = coordinates};

extern const struct fray_choice fray_rule_trimmed_mean;
const struct fray_choice fray_rule_trimmed_mean = {
    .name = "trimmed_mean",
    .meaning = "the mean of each coordinate without its f largest and f smallest values",
    .source = "Yin et al. 2018, arXiv 1803.01498, Alg. 1, option II",
    .impl = &ops,
};

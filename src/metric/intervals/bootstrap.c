/* Draws of the crossed bootstrap: how often each seed and each test client counts. */
#include "fray/metric/resample.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"

/* A row is the multiset of n takes with replacement. Rows are keyed one by one, so that no row
 * depends on how many come before it. */
static void draw_row(uint64_t key, uint64_t purpose, size_t row, size_t n, uint16_t *count) {
  struct fray_rng rng = fray_rng_keyed(key, purpose, row, n, 0);
  for (size_t i = 0; i < n; i++)
    count[i] = 0;
  for (size_t i = 0; i < n; i++)
    count[fray_rng_below(&rng, n)]++;
}

static void keep_row(size_t n, uint16_t *count) {
  for (size_t i = 0; i < n; i++)
    count[i] = 1;
}

/* Rows [fixed, fixed + n_fixed) leave this factor as it is: there the other one is drawn alone. */
static enum fray_status draw_factor(uint64_t key, const char *purpose, size_t n, size_t draws,
                                    size_t fixed, struct fray_arena *arena, const uint16_t **out,
                                    struct fray_err *err) {
  size_t cells;
  uint16_t *count;
  FRAY_CHECK(fray_size_mul(draws, n, &cells), err, MEMORY, "%zu draws of %zu are too many", draws,
             n);
  FRAY_ALLOC(count, arena, cells, err);
  size_t n_fixed = fray_draws_of_factor(draws);
  uint64_t hash = fray_rng_purpose(purpose);
  for (size_t row = 0; row < draws; row++)
    /* The only member of a factor could be drawn as itself alone. */
    if (n == 1 || (row >= fixed && row < fixed + n_fixed))
      keep_row(n, count + row * n);
    else
      draw_row(key, hash, row, n, count + row * n);
  *out = count;
  return FRAY_OK;
}

enum fray_status fray_resample_make(uint64_t key, size_t n_seeds, size_t n_clusters, size_t draws,
                                    struct fray_arena *arena, struct fray_resample *out,
                                    struct fray_err *err) {
  FRAY_CHECK(n_seeds >= 1 && n_seeds <= UINT16_MAX, err, INPUT,
             "resampling needs 1 to 65535 seeds, there are %zu", n_seeds);
  FRAY_CHECK(n_clusters >= 1 && n_clusters <= UINT16_MAX, err, INPUT,
             "resampling needs 1 to 65535 clusters of test samples, there are %zu", n_clusters);
  /* Ten draws of each factor alone are the fewest of which a variance is worth anything. */
  FRAY_CHECK(draws >= 60, err, INPUT, "resampling needs at least 60 draws, not %zu", draws);
  struct fray_resample made = {.draws = draws, .n_seeds = n_seeds, .n_clusters = n_clusters};
  /* Rows: the crossed ones, then seeds alone (clusters are fixed), then clusters alone (seeds are
   * fixed). Two purposes: with one, as many seeds as clusters would be drawn alike. */
  size_t crossed = fray_draws_crossed(draws), alone = fray_draws_of_factor(draws);
  FRAY_TRY(
      draw_factor(key, "resample/seeds", n_seeds, draws, crossed + alone, arena, &made.seed, err));
  FRAY_TRY(
      draw_factor(key, "resample/clusters", n_clusters, draws, crossed, arena, &made.cluster, err));
  *out = made;
  return FRAY_OK;
}

double fray_mean_of_shares(size_t n_seeds, size_t n_clusters, const double *of, const double *part,
                           const uint16_t *seed, const uint16_t *cluster) {
  double sum = 0, weight = 0;
  for (size_t k = 0; k < n_seeds; k++) {
    double all = 0, some = 0;
    const double w = seed ? (double)seed[k] : 1;
    if (!(w > 0)) /* what it lacks is nobody's loss */
      continue;
    for (size_t c = 0; c < n_clusters; c++) {
      const double times = cluster ? (double)cluster[c] : 1;
      all += times * of[k * n_clusters + c];
      some += times * part[k * n_clusters + c];
    }
    sum += w * some / all; /* 0 / 0: NaN */
    weight += w;
  }
  return sum / weight;
}

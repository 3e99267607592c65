/* Looking at samples one by one: their weights, means over them, their order by score. */
#include "methods.h"

#include <stdlib.h>
#include <string.h>

/* Three reasons give 0, and no metric needs to tell them apart: no label, outside of the group that
 * is scored, or not drawn by a resample. */
int64_t fray_sample_weight(const struct fray_scored_samples *samples, size_t i) {
  if (samples->label[i] < 0 || (samples->mask && !samples->mask[i]))
    return 0;
  return samples->weight ? samples->weight[i] : 1;
}

/* Weights are whole, so the mean of a resample is that of its samples written out one by one, but
 * for rounding. n is above 0: fray_metric_value has seen to that. */
double fray_mean_over_samples(const struct fray_scored *scored,
                              double (*of)(const struct fray_scored *, size_t i),
                              const char **status) {
  double sum = 0.0;
  int64_t n = 0;
  for (size_t i = 0; i < scored->samples.n; i++) {
    const int64_t weight = fray_sample_weight(&scored->samples, i);
    if (weight == 0)
      continue;
    sum += (double)weight * of(scored, i);
    n += weight;
  }
  /* One NaN spoils the sum, so it is looked for once and not at each sample. */
  if (isnan(sum))
    *status = "undefined score";
  return sum / (double)n;
}

/* Numbers that ascend as the floats do, with the sample behind: all keys differ, so that any sort
 * gives the same. 0 is added because -0 equals 0. */
static uint64_t key_of(float score, size_t sample) {
  const float value = score + 0.0f;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits ^= bits >> 31 ? UINT32_MAX : UINT32_C(1) << 31;
  return (uint64_t)bits << 32 | sample;
}

static int ascending(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Whole numbers are sorted, not floats: with a NaN among them floats have no order, and what qsort
 * does then is anybody's guess. */
void fray_order_of_class(const float *score, size_t n, size_t n_classes, size_t c, uint64_t *key,
                         uint32_t *order) {
  for (size_t i = 0; i < n; i++)
    key[i] = key_of(score[i * n_classes + c], i);
  qsort(key, n, sizeof *key, ascending);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)key[i];
}

/* The orders come first in the arena and stay; the keys of one class at a time lie behind the mark
 * and are given back. Keys hold the sample in 32 bits: hence the bound on n. */
enum fray_status fray_score_order(const float *score, size_t n, size_t n_classes,
                                  struct fray_arena *arena, const uint32_t **order,
                                  struct fray_err *err) {
  uint32_t *out;
  uint64_t *key;
  FRAY_ALLOC(out, arena, n * n_classes, err);
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_ALLOC(key, arena, n, err);
  for (size_t c = 0; c < n_classes; c++)
    fray_order_of_class(score, n, n_classes, c, key, out + c * n);
  fray_arena_rewind(arena, mark);
  *order = out;
  return FRAY_OK;
}

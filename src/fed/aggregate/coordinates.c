/* Rules that judge each coordinate by itself: the values of some neighbouring ones at a time. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"
#include "fray/tensor/vec.h"

#include <string.h>

enum { AHEAD = 4 /* blocks of lanes */ };

/* Lanes beyond the end repeat nothing and mean nothing: zeros. */
static inline void take(const float *row, size_t n, float *out) {
  /* As many streams as updates are more than hardware looks ahead in: the values of some blocks of
   * lanes later are asked for here. Beyond the end nothing is read by asking. */
  __builtin_prefetch(row + AHEAD * FRAY_LANES);
  __builtin_prefetch(row + AHEAD * FRAY_LANES + FRAY_LANES / 2);
  memcpy(out, row, n * sizeof *out);
  memset(out + n, 0, (FRAY_LANES - n) * sizeof *out);
}

/* One mix of some rows; its sums stay in registers until all have been added. */
FRAY_DISPATCH
static void mix_rows(size_t members, const double *weight, const float (*raw)[FRAY_LANES],
                     float *out) {
  double sum[FRAY_LANES] = {0};
  for (size_t k = 0; k < members; k++)
    if (weight[k] != 0)
      for (size_t i = 0; i < FRAY_LANES; i++)
        sum[i] += weight[k] * (double)raw[k][i];
  for (size_t i = 0; i < FRAY_LANES; i++)
    out[i] = (float)sum[i];
}

/* Where the weights of a mix begin and end: most rows of what clips, picks or puts into buckets are
 * of one update or two. */
struct reach {
  uint32_t first, n;
};

static struct reach reach_of(size_t members, const double *weight) {
  size_t first = 0, end = members;
  while (first < members && weight[first] == 0)
    first++;
  while (end > first && weight[end - 1] == 0)
    end--;
  return (struct reach){(uint32_t)first, (uint32_t)(end - first)};
}

/* Updates that are mixes of those that came, as floats again: in double they are no more exact than
 * what they are mixed of. reach (n); raw (members): workspace. */
static void take_mixed(const struct fray_slice *slice, size_t at, size_t width, size_t n,
                       const double *mix, const struct reach *reach, float (*raw)[FRAY_LANES],
                       float (*out)[FRAY_LANES]) {
  const size_t members = slice->members;
  for (size_t k = 0; k < members; k++)
    take(slice->row[k] + at, width, raw[k]);
  for (size_t j = 0; j < n; j++)
    mix_rows(reach[j].n, mix + j * members + reach[j].first,
             (const float(*)[FRAY_LANES])raw + reach[j].first, out[j]);
}

/* Of equal values all count: which of them entered nobody can say. */
static void count(size_t n, const float (*value)[FRAY_LANES], size_t width, const float *low,
                  const float *high, int64_t *counted) {
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < width; i++)
      counted[k] += value[k][i] >= low[i] && value[k][i] <= high[i];
}

/* Some cache lines of each update at a time: what all lists of a lane block need stays in the first
 * or second cache, for cohorts of up to a thousand. */
enum fray_status fray_by_coordinate(const struct fray_variant *rule, size_t f,
                                    const struct fray_slice *slice, size_t n, const double *mix,
                                    struct fray_arena *scratch, float *out, int64_t *counted,
                                    struct fray_err *err) {
  const struct fray_rule_ops *ops = rule->choice->impl;
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t rows = FRAY_MAX(n, slice->members);
  struct fray_lanes lanes = {.n = n, .f = f};
  struct reach *reach;
  float(*value)[FRAY_LANES], (*kept)[FRAY_LANES], low[FRAY_LANES], high[FRAY_LANES];
  FRAY_ALLOC(value, scratch, rows, err);
  FRAY_ALLOC(kept, scratch, rows, err);
  FRAY_ALLOC(reach, scratch, n, err);
  for (size_t j = 0; j < n && mix; j++)
    reach[j] = reach_of(slice->members, mix + j * slice->members);
  lanes.value = value;
  for (size_t at = 0; at < slice->n; at += FRAY_LANES) {
    const size_t width = FRAY_MIN(slice->n - at, (size_t)FRAY_LANES);
    float result[FRAY_LANES];
    if (mix)
      take_mixed(slice, at, width, n, mix, reach, kept, value);
    else
      for (size_t k = 0; k < n; k++)
        take(slice->row[k] + at, width, value[k]);
    if (counted) /* the rule may put them in order, or write over them */
      memcpy(kept, value, n * sizeof *value);
    if (ops->in_order)
      fray_sort_lanes(n, value);
    ops->coordinates(rule->params, &lanes, result, low, high);
    memcpy(out + slice->first + at, result, width * sizeof *result);
    if (counted)
      count(n, (const float(*)[FRAY_LANES])kept, width, low, high, counted);
  }
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

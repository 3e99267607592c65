/* Nearest updates: a partial order of values with ties to the lowest index, and Krum's scores. */
#include "nearest.h"

#include <math.h>

/* By value, then by index: a total order, so that nothing depends on how it is sorted. */
static bool is_before(const double *value, uint32_t a, uint32_t b) {
  return value[a] < value[b] || (value[a] == value[b] && a < b);
}

/* A heap of the best so far, its worst on top: n log take steps, and cohorts may be thousands. */
static void sift(const double *value, uint32_t *heap, size_t n, size_t at) {
  for (size_t child; (child = 2 * at + 1) < n; at = child) {
    child += child + 1 < n && is_before(value, heap[child], heap[child + 1]);
    if (!is_before(value, heap[at], heap[child]))
      return;
    const uint32_t t = heap[at];
    heap[at] = heap[child];
    heap[child] = t;
  }
}

void rule_smallest(size_t n, const double *value, size_t take, uint32_t *order) {
  if (take == 0)
    return;
  for (size_t i = 0; i < take; i++)
    order[i] = (uint32_t)i;
  for (size_t i = take / 2; i-- > 0;)
    sift(value, order, take, i);
  for (size_t i = take; i < n; i++)
    if (is_before(value, (uint32_t)i, order[0])) {
      order[0] = (uint32_t)i;
      sift(value, order, take, 0);
    }
  for (size_t left = take; left > 1; left--) { /* the worst goes to the end, place by place */
    const uint32_t t = order[0];
    order[0] = order[left - 1];
    order[left - 1] = t;
    sift(value, order, left - 1, 0);
  }
}

/* Squared, as in the paper: sums of plain distances, or of norms layer by layer, choose others. */
void rule_krum_scores(const struct fray_judged *of, size_t n, const uint32_t *row,
                      size_t neighbours, double *score, double *scratch, uint32_t *order) {
  for (size_t a = 0; a < n; a++) {
    /* Itself is no neighbour: public codes that count its distance of 0 have one neighbour less. */
    for (size_t b = 0; b < n; b++)
      scratch[b] = a == b ? INFINITY : fray_judged_distance2(of, row[a], row[b]);
    rule_smallest(n, scratch, neighbours, order);
    score[a] = 0;
    for (size_t k = 0; k < neighbours; k++)
      score[a] += scratch[order[k]];
  }
}

/* In the order of the enumeration. */
const char *const rule_neighbours_names[] = {"paper", "byzfl", NULL};

size_t rule_neighbours_of(int which, size_t n, size_t f) {
  const size_t fewer = f + (which == RULE_NEIGHBOURS_PAPER ? 2 : 1);
  if (n <= fewer)
    return n > 1;
  return n - fewer;
}

/* A weight of 0 takes whatever stands there: 0 where products were not asked for. */
double rule_mix_length2(const struct fray_judged *of, const double *weight) {
  double length2 = 0;
  for (size_t a = 0; a < of->width; a++)
    for (size_t b = 0; b < of->width; b++)
      length2 += weight[a] * weight[b] * of->gram[a * of->width + b];
  return length2;
}

/* Of inner products alone; rounding can leave a little less than 0. */
double rule_mix_distance(const struct fray_judged *of, size_t a, const double *weight,
                         double length2) {
  double cross = 0;
  for (size_t b = 0; b < of->width; b++)
    cross += weight[b] * of->gram[a * of->width + b];
  const double d2 = of->gram[a * of->width + a] - 2 * cross + length2;
  return d2 > 0 ? sqrt(d2) : 0;
}

/* All stand for election. */
enum fray_status rule_krum_best(const struct fray_judged *of, int neighbours, size_t take,
                                struct fray_arena *scratch, uint32_t **order,
                                struct fray_err *err) {
  const size_t n = of->n;
  double *score, *room;
  uint32_t *row;
  FRAY_ALLOC(score, scratch, n, err);
  FRAY_ALLOC(room, scratch, n, err);
  FRAY_ALLOC(row, scratch, n, err);
  FRAY_ALLOC(*order, scratch, n, err);
  for (size_t i = 0; i < n; i++)
    row[i] = (uint32_t)i;
  rule_krum_scores(of, n, row, rule_neighbours_of(neighbours, n, of->f), score, room, *order);
  rule_smallest(n, score, take, *order);
  return FRAY_OK;
}

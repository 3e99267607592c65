/* Uniform draws without replacement from few clients, and the split of a cohort among ranks. */
#include "fray/fed/schedule.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* Draws of 64 bits are practically never equal; where they are, the lower client comes first, so
 * that the order is one on all machines. */
static int by_value(const void *a, const void *b) {
  const struct fray_draw *x = a, *y = b;
  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  return x->client < y->client ? -1 : x->client > y->client;
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Lets the entry at `at` sink in a heap of n whose largest entry is on top. */
static void sink(struct fray_draw *heap, size_t n, size_t at) {
  for (size_t child; (child = 2 * at + 1) < n; at = child) {
    if (child + 1 < n && by_value(&heap[child + 1], &heap[child]) > 0)
      child++;
    if (by_value(&heap[child], &heap[at]) <= 0)
      return;
    struct fray_draw t = heap[at];
    heap[at] = heap[child];
    heap[child] = t;
  }
}

/* Moves the `count` smallest draws to the front: a heap of that many, so that a round over a
 * million clients does not sort them. */
static void select_smallest(struct fray_draw *draw, size_t n, size_t count) {
  for (size_t i = count / 2; i-- > 0;)
    sink(draw, count, i);
  for (size_t i = count; count > 0 && i < n; i++) {
    if (by_value(&draw[i], &draw[0]) >= 0)
      continue;
    draw[0] = draw[i];
    sink(draw, count, 0);
  }
}

size_t fray_sample_cohort(uint64_t seed, uint64_t round, const uint32_t *eligible,
                          size_t n_eligible, const uint64_t *source, size_t count,
                          struct fray_draw *scratch, uint32_t *out) {
  /* A draw for each client by its own key, not one stream for all: who leaves moves nobody else. */
  uint64_t purpose = fray_rng_purpose("cohort");
  count = FRAY_MIN(count, n_eligible);
  for (size_t i = 0; i < n_eligible; i++) {
    struct fray_rng rng = fray_rng_keyed(seed, purpose, source[eligible[i]], round, 0);
    scratch[i] = (struct fray_draw){.value = fray_rng_u64(&rng), .client = eligible[i]};
  }
  select_smallest(scratch, n_eligible, count);
  for (size_t i = 0; i < count; i++)
    out[i] = scratch[i].client;
  qsort(out, count, sizeof *out,
        ascending); /* a cohort is a set: one order, for one sum and one host */
  return count;
}

/* Longest first to the least loaded: at most a third more than the best possible (Graham 1969), and
 * every rank works out the same. */
void fray_assign_ranks(const size_t *cost, size_t n, size_t ranks, uint64_t *load,
                       struct fray_draw *scratch, int *rank) {
  /* Costs are turned round so that one comparison sorts draws and costs: longest first. */
  memset(load, 0, ranks * sizeof *load);
  for (size_t i = 0; i < n; i++)
    scratch[i] = (struct fray_draw){.value = UINT64_MAX - cost[i], .client = (uint32_t)i};
  qsort(scratch, n, sizeof *scratch, by_value);
  for (size_t k = 0; k < n; k++) {
    size_t least = 0; /* ties go to the lower rank, so that all ranks deal alike */
    for (size_t r = 1; r < ranks; r++)
      if (load[r] < load[least])
        least = r;
    size_t i = scratch[k].client;
    load[least] += cost[i];
    rank[i] = (int)least;
  }
}

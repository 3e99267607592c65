/* Finds: recipes that succeeded, counted by what they do and not by their names. A search that
 * returns to one hole succeeds often, and has found one thing. */
#include "fray/base/memory.h"
#include "fray/base/size.h"
#include "fray/instrument/redteam.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <stdlib.h>

double fray_red_jaccard(const uint8_t *a, const uint8_t *b, size_t n) {
  size_t both = 0, either = 0;
  for (size_t i = 0; i < n; i++) {
    both += a[i] && b[i];
    either += a[i] || b[i];
  }
  return either ? 1 - (double)both / (double)either : 0;
}

/* Sorted with their numbers, so that ties have one order everywhere. */
struct ranked {
  double score;
  size_t find;
};

static int by_score(const void *a, const void *b) {
  const struct ranked *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return (x->find > y->find) - (x->find < y->find);
}

/* Greedy: the best find of each effect stands for the others that fail the same samples. */
enum fray_status fray_red_distinct(const uint8_t *failed, const double *score, size_t n,
                                   size_t samples, double least, size_t *kept, size_t *n_kept,
                                   struct fray_err *err) {
  struct ranked *order = calloc(FRAY_MAX(n, (size_t)1), sizeof *order);
  FRAY_CHECK(order, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    order[i] = (struct ranked){score[i], i};
  qsort(order, n, sizeof *order, by_score);
  *n_kept = 0;
  for (size_t i = 0; i < n; i++) {
    const uint8_t *own = &failed[order[i].find * samples];
    size_t k = 0;
    while (k < *n_kept && fray_red_jaccard(own, &failed[kept[k] * samples], samples) >= least)
      k++;
    if (k == *n_kept)
      kept[(*n_kept)++] = order[i].find;
  }
  free(order);
  return FRAY_OK;
}

/* In any order, as kinds of one recipe differ. */
/* Which pairs are near is found once; then each new one stands where its score has it, and those
 * that are kept are counted again. */
enum fray_status fray_red_distinct_so_far(const uint8_t *failed, const double *score, size_t n,
                                          size_t samples, double least, size_t *count,
                                          struct fray_err *err) {
  struct fray_arena arena = {0};
  uint8_t *near = fray_arena_zero(&arena, n * n / 8 + 1, 1);
  size_t *order = fray_arena_alloc(&arena, n + 1, sizeof *order);
  size_t *kept = fray_arena_alloc(&arena, n + 1, sizeof *kept);
  const bool room = near && order && kept;
  for (size_t i = 0; room && i < n; i++) {
    size_t at = i, n_kept = 0;
    for (size_t j = 0; j < i; j++)
      if (fray_red_jaccard(&failed[i * samples], &failed[j * samples], samples) < least) {
        const size_t pair = i * n + j;
        near[pair / 8] |= (uint8_t)(1u << pair % 8);
      }
    for (; at > 0 && score[order[at - 1]] < score[i]; at--)
      order[at] = order[at - 1];
    order[at] = i;
    for (size_t k = 0; k <= i; k++) {
      bool apart = true;
      for (size_t j = 0; apart && j < n_kept; j++) {
        const size_t pair = FRAY_MAX(order[k], kept[j]) * n + FRAY_MIN(order[k], kept[j]);
        apart = !((unsigned)near[pair / 8] >> pair % 8 & 1u);
      }
      if (apart)
        kept[n_kept++] = order[k];
    }
    count[i] = n_kept;
  }
  fray_arena_free(&arena);
  return room ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
}

static bool same_kinds(const struct fray_red_recipe *a, const struct fray_red_recipe *b) {
  size_t found = 0;
  for (size_t i = 0; i < a->n; i++)
    for (size_t j = 0; j < b->n; j++)
      found += a->entry[i].kind == b->entry[j].kind;
  return a->n == b->n && found == a->n;
}

struct fray_red_breadth fray_red_breadth_of(const struct fray_red_recipe *const *recipe,
                                            const uint8_t *failed, size_t n, size_t samples) {
  struct fray_red_breadth out = {.distance = 0};
  for (size_t i = 0; i < n; i++) {
    bool known = false;
    for (size_t j = 0; j < i; j++) {
      known |= same_kinds(recipe[i], recipe[j]);
      out.distance += fray_red_jaccard(&failed[i * samples], &failed[j * samples], samples);
    }
    out.signatures += !known;
  }
  out.distance = n > 1 ? out.distance / ((double)n * (double)(n - 1) / 2) : NAN;
  for (size_t s = 0; s < samples; s++) {
    bool any = false;
    for (size_t i = 0; i < n; i++)
      any |= failed[i * samples + s];
    out.covered += any;
  }
  return out;
}

/* Finds were chosen on other samples, where they had the luck to be chosen: so all that are looked
 * at are held against the chance that one of them holds by luck. */
enum fray_status fray_red_confirm(const double *excess, const double *p, size_t n, bool *confirmed,
                                  struct fray_err *err) {
  double *adjusted = calloc(FRAY_MAX(n, (size_t)1), sizeof *adjusted);
  FRAY_CHECK(adjusted, err, MEMORY, "out of memory");
  const enum fray_status status = fray_holm(p, n, adjusted, err);
  for (size_t i = 0; i < n && status == FRAY_OK; i++)
    confirmed[i] = excess[i] > 0 && adjusted[i] < 0.05;
  free(adjusted);
  return status;
}

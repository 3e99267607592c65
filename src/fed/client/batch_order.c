/* Balanced sampling: each class that a client holds has an equal part of an epoch. */
#include "batch_order.h"

#include "fray/base/size.h"

/* Samples by class, in the order of the client within each: item, of which class c has those from
 * first[c] on. held: the classes that have any, *n_held of them. */
static void group(const int32_t *label, size_t n, size_t classes, size_t *first, uint32_t *item,
                  uint32_t *held, size_t *n_held) {
  for (size_t i = 0; i < n; i++)
    first[label[i] + 1]++;
  *n_held = 0;
  for (size_t c = 0; c < classes; c++) {
    if (first[c + 1] > 0)
      held[(*n_held)++] = (uint32_t)c;
    first[c + 1] += first[c];
  }
  for (size_t i = n; i-- > 0;) /* from the end: first[c + 1] walks down to where class c begins */
    item[--first[label[i] + 1]] = (uint32_t)i;
  for (size_t c = 0; c < classes; c++) /* and so stands one place too high */
    first[c] = first[c + 1];
  first[classes] = n;
}

/* Which classes get one more where n is no multiple of their number is drawn as well: a client with
 * many classes would show the last ones less in every epoch. */
enum fray_status batch_order_balanced(const int32_t *label, size_t n, size_t classes,
                                      struct fray_rng *rng, struct fray_arena *arena, uint32_t *out,
                                      struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  size_t *first, n_held, at = 0;
  uint32_t *item, *held;
  FRAY_ALLOC_ZERO(first, arena, classes + 1, err);
  FRAY_ALLOC(item, arena, n, err);
  FRAY_ALLOC(held, arena, classes, err);
  group(label, n, classes, first, item, held, &n_held);
  fray_rng_shuffle(rng, held, n_held);
  for (size_t k = 0; k < n_held; k++) {
    const size_t from = first[held[k]], count = first[held[k] + 1] - from;
    const size_t part = n / n_held + (k < n % n_held);
    fray_rng_shuffle(rng, item + from, count);
    for (size_t j = 0; j < part; j++)
      out[at++] = item[from + j % count];
  }
  fray_rng_shuffle(rng, out, n);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Lines of a flat vector that training touched: marks, and walks over the runs of them. */
#include "fray/nn/touched.h"

#include "fray/base/size.h"

#include <string.h>

/* Line 0 is the lowest bit, so that counting trailing zeros finds the first. */
static void set(uint64_t *bit, size_t line) {
  bit[line / FRAY_LINES_OF_WORD] |= (uint64_t)1 << line % FRAY_LINES_OF_WORD;
}

/* Rows need not be whole lines: what a neighbour has in one of them is 0, and as good as touched.
 */
static void set_run(uint64_t *bit, size_t first, size_t n) {
  for (size_t line = first / FRAY_LINE; line * FRAY_LINE < first + n; line++)
    set(bit, line);
}

/* Most models have none: they are spared the bits, not only the walk. */
bool fray_touched_spares(const struct fray_param_table *table) {
  for (size_t i = 0; i < table->n; i++)
    if (table->v[i].by_rows)
      return true;
  return false;
}

/* Padding after a tensor shares its last line; lines that are of no tensor at all are never
 * touched, and stay the zeros that they are. */
enum fray_status fray_touched_new(const struct fray_param_table *table, struct fray_arena *arena,
                                  struct fray_touched *out, struct fray_err *err) {
  const size_t words = fray_touched_words(table->total);
  *out = (struct fray_touched){.total = table->total};
  FRAY_ALLOC_ZERO(out->bit, arena, words, err);
  FRAY_ALLOC_ZERO(out->always, arena, words, err);
  for (size_t i = 0; i < table->n; i++)
    if (!table->v[i].by_rows && table->v[i].size > 0)
      set_run(out->always, table->v[i].offset, table->v[i].size);
  fray_touched_restart(out);
  return FRAY_OK;
}

/* A copy, however many tensors there are: it happens in every visit. */
void fray_touched_restart(struct fray_touched *touched) {
  memcpy(touched->bit, touched->always, fray_touched_words(touched->total) * sizeof(uint64_t));
}

void fray_touched_mark(struct fray_touched *touched, size_t first, size_t n) {
  set_run(touched->bit, first, n);
}

/* The first line from `line` on whose bit is `value`, before end; end: none. */
static size_t find(const uint64_t *bit, size_t line, size_t end, bool value) {
  while (line < end) {
    const size_t in_word = line % FRAY_LINES_OF_WORD;
    const uint64_t word = bit[line / FRAY_LINES_OF_WORD];
    const uint64_t left = (value ? word : ~word) >> in_word;
    if (left)
      return FRAY_MIN(end, line + (size_t)__builtin_ctzll(left));
    line += FRAY_LINES_OF_WORD - in_word;
  }
  return end;
}

/* Without bits all of it is one run, so that callers have one loop for both. */
bool fray_touched_next(const uint64_t *bit, size_t *at, size_t end, size_t *lo, size_t *hi) {
  *lo = *at;
  *hi = end;
  if (bit) {
    const size_t first = find(bit, *at / FRAY_LINE, end / FRAY_LINE, true);
    *lo = first * FRAY_LINE;
    *hi = find(bit, first, end / FRAY_LINE, false) * FRAY_LINE;
  }
  *at = *hi;
  return *lo < *hi;
}

void fray_touched_clear(const uint64_t *bit, size_t total, float *x) {
  size_t at = 0, lo, hi;
  while (fray_touched_next(bit, &at, total, &lo, &hi))
    memset(x + lo, 0, (hi - lo) * sizeof *x);
}

/* What earlier batches touched is all that may differ from 0. */
void fray_touched_begin(const struct fray_pass *pass, size_t total) {
  fray_touched_clear(pass->touched ? pass->touched->bit : NULL, total, pass->grad);
}

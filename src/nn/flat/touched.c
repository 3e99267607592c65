/* Lines of a flat vector that training touched: marks, and walks over the runs of them. */
#include "fray/nn/touched.h"

#include "fray/base/size.h"

#include <string.h>

/* Unit 0 is the lowest bit, so that counting trailing zeros finds the first. */
static void set(uint64_t *bit, size_t unit) {
  bit[unit / FRAY_LINES_OF_WORD] |= (uint64_t)1 << unit % FRAY_LINES_OF_WORD;
}

/* Rows need not be whole lines: what a neighbour has in one of them is 0, and as good as touched.
 */
static void set_run(uint64_t *bit, size_t unit, size_t first, size_t n) {
  for (size_t k = first / unit; k * unit < first + n; k++)
    set(bit, k);
}

/* Most models have none: they are spared the bits, not only the walk. */
bool fray_touched_spares(const struct fray_param_table *table) {
  for (size_t i = 0; i < table->n; i++)
    if (table->v[i].by_rows)
      return true;
  return false;
}

/* The largest power of 2 up to a line that divides all rows: tensors begin at lines. */
static size_t grain_of(const struct fray_param_table *table) {
  size_t grain = FRAY_LINE;
  for (size_t i = 0; i < table->n; i++)
    while (table->v[i].by_rows && table->v[i].size &&
           table->v[i].size / table->v[i].shape[0] % grain)
      grain /= 2;
  return grain;
}

/* As fray_touched_words, of rows. */
static size_t row_words(const struct fray_touched *touched) {
  const size_t floats = touched->grain * FRAY_LINES_OF_WORD;
  return (touched->total + floats - 1) / floats;
}

/* Padding after a tensor shares its last line; lines that are of no tensor at all are never
 * touched, and stay the zeros that they are. */
enum fray_status fray_touched_new(const struct fray_param_table *table, struct fray_arena *arena,
                                  struct fray_touched *out, struct fray_err *err) {
  const size_t words = fray_touched_words(table->total);
  *out = (struct fray_touched){.total = table->total, .grain = grain_of(table)};
  FRAY_ALLOC_ZERO(out->bit, arena, words, err);
  FRAY_ALLOC_ZERO(out->always, arena, words, err);
  out->row = out->bit;
  out->row_always = out->always;
  if (out->grain < FRAY_LINE) {
    FRAY_ALLOC_ZERO(out->row, arena, row_words(out), err);
    FRAY_ALLOC_ZERO(out->row_always, arena, row_words(out), err);
  }
  for (size_t i = 0; i < table->n; i++)
    if (!table->v[i].by_rows && table->v[i].size > 0) {
      set_run(out->always, FRAY_LINE, table->v[i].offset, table->v[i].size);
      set_run(out->row_always, out->grain, table->v[i].offset, table->v[i].size);
    }
  fray_touched_restart(out);
  return FRAY_OK;
}

/* A copy, however many tensors there are: it happens in every visit. */
void fray_touched_restart(struct fray_touched *touched) {
  memcpy(touched->bit, touched->always, fray_touched_words(touched->total) * sizeof(uint64_t));
  if (touched->grain < FRAY_LINE)
    memcpy(touched->row, touched->row_always, row_words(touched) * sizeof(uint64_t));
  touched->whole = false;
}

/* Lines for whoever adds or clears, and rows for whoever weighs them: neither follows from the
 * other where two rows share a line. */
void fray_touched_mark(struct fray_touched *touched, size_t first, size_t n) {
  set_run(touched->bit, FRAY_LINE, first, n);
  if (touched->grain < FRAY_LINE)
    set_run(touched->row, touched->grain, first, n);
}

/* The first unit from `unit` on whose bit is `value`, before end; end: none. */
static size_t find(const uint64_t *bit, size_t unit, size_t end, bool value) {
  while (unit < end) {
    const size_t in_word = unit % FRAY_LINES_OF_WORD;
    const uint64_t word = bit[unit / FRAY_LINES_OF_WORD];
    const uint64_t left = (value ? word : ~word) >> in_word;
    if (left)
      return FRAY_MIN(end, unit + (size_t)__builtin_ctzll(left));
    unit += FRAY_LINES_OF_WORD - in_word;
  }
  return end;
}

/* Without bits all of it is one run, so that callers have one loop for both. */
static bool next(const uint64_t *bit, size_t unit, size_t *at, size_t end, size_t *lo, size_t *hi) {
  *lo = *at;
  *hi = end;
  if (bit) {
    const size_t first = find(bit, *at / unit, end / unit, true);
    *lo = first * unit;
    *hi = find(bit, first, end / unit, false) * unit;
  }
  *at = *hi;
  return *lo < *hi;
}

bool fray_touched_next(const uint64_t *bit, size_t *at, size_t end, size_t *lo, size_t *hi) {
  return next(bit, FRAY_LINE, at, end, lo, hi);
}

/* To the float, so that a neighbour in the same line is not taken for a row that was named. */
bool fray_touched_next_row(const struct fray_touched *touched, size_t *at, size_t end, size_t *lo,
                           size_t *hi) {
  return next(touched ? touched->row : NULL, touched ? touched->grain : FRAY_LINE, at, end, lo, hi);
}

void fray_touched_clear(const uint64_t *bit, size_t total, float *x) {
  size_t at = 0, lo, hi;
  while (fray_touched_next(bit, &at, total, &lo, &hi))
    memset(x + lo, 0, (hi - lo) * sizeof *x);
}

/* What earlier batches touched is all that may differ from 0, unless it is told otherwise. */
void fray_touched_begin(const struct fray_pass *pass, size_t total) {
  const struct fray_touched *touched = pass->touched;
  fray_touched_clear(touched && !touched->whole ? touched->bit : NULL, total, pass->grad);
}

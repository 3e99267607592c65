/* Which floats of a flat vector may differ from 0, in lines of FRAY_LINE floats: tables of which a
 * batch names few rows have gradients, steps and updates of these rows alone.
 *
 * A line is a bit, and a word of bits are 1024 floats, a block of an exact sum. */
#ifndef FRAY_NN_TOUCHED_H
#define FRAY_NN_TOUCHED_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"

enum { FRAY_LINE = 16, FRAY_LINES_OF_WORD = 64 };

/** Words of bits for a vector of total floats, a multiple of FRAY_LINE. */
static inline size_t fray_touched_words(size_t total) {
  const size_t floats = (size_t)FRAY_LINE * FRAY_LINES_OF_WORD;
  return (total + floats - 1) / floats;
}

/** What training has touched so far. */
struct fray_touched {
  size_t total;
  uint64_t *bit, *always; /* (words) lines; always: of tensors that are not by rows */
  /** The same to the float, where rows are not whole lines: a bit are `grain` floats, of which each
   *  row is a multiple. Else those above. */
  size_t grain;
  uint64_t *row, *row_always;
  bool whole; /* marks say which rows batches named, and nothing of what may differ from 0 */
};
/** Memory from the arena; nothing but `always` is touched. MEMORY. */
enum fray_status fray_touched_new(const struct fray_param_table *table, struct fray_arena *arena,
                                  struct fray_touched *out, struct fray_err *err);
/** Whether some tensor is by rows: else all lines are touched, always. */
bool fray_touched_spares(const struct fray_param_table *table);
/** Nothing but `always` is touched; `whole` is false. */
void fray_touched_restart(struct fray_touched *touched);
/** Floats first .. first + n - 1 are, whole rows of a tensor by rows. */
void fray_touched_mark(struct fray_touched *touched, size_t first, size_t n);

/** The next run of touched floats from *at on, before end (both multiples of FRAY_LINE): lo ..
 * hi-1; *at is moved behind it. False: none. bit NULL: all are touched. */
bool fray_touched_next(const uint64_t *bit, size_t *at, size_t end, size_t *lo, size_t *hi);
/** The same of tensors and rows that are, to the float; lo = hi = end: none. touched NULL: all. */
bool fray_touched_next_row(const struct fray_touched *touched, size_t *at, size_t end, size_t *lo,
                           size_t *hi);
/** x = 0 where it is touched; x (total). */
void fray_touched_clear(const uint64_t *bit, size_t total, float *x);
/** The gradient of a pass before backward: zeros. total: of its vectors. */
void fray_touched_begin(const struct fray_pass *pass, size_t total);

#endif

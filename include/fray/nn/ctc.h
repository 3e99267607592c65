/* Sequences of classes from one row of logits per step, without knowing which step says what:
 * connectionist temporal classification. Source: Graves, Fernandez, Gomez & Schmidhuber, ICML 2006.
 *
 * There is one symbol for each class and, last, the blank. A path is one symbol for each step; what
 * it says is left when equal symbols in a row are merged and blanks are dropped. */
#ifndef FRAY_NN_CTC_H
#define FRAY_NN_CTC_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdint.h>

/** One sample. Borrowed. */
struct fray_ctc {
  size_t time, symbols; /* symbols: classes + 1 */
  const double *logits; /* (time, symbols) before the softmax */
  size_t n;
  const int16_t *target; /* (n) 0 .. symbols-2 */
};

/** Steps that a target takes at least: one for each of its classes, and one for the blank between
 *  two equal ones in a row. */
size_t fray_ctc_least_time(size_t n, const int16_t *target);

/** *loss = -log of the sum of the probabilities of all paths that say the target, in nats; infinite
 *  if it takes more steps than there are, NaN if a row of logits has no softmax. gradient (time,
 *  symbols): of the loss by the logits, zeros where the loss is infinite; NULL: not asked. Sums are
 *  taken in log space. work: scratch, rewound. O(time (n + symbols)). */
enum fray_status fray_ctc_loss(const struct fray_ctc *of, struct fray_arena *work, double *loss,
                               double *gradient, struct fray_err *err);

/** What the best symbol of each step says; ties: the first; a step without a finite logit is taken
 *  for blank. out (time). Returns how many classes that are. */
size_t fray_ctc_greedy(size_t time, size_t symbols, const float *logits, int16_t *out);

#endif

/* Connectionist temporal classification: the loss of a sequence over all its alignments, and the
 * best path. */
#include "fray/nn/ctc.h"
#include "fray/base/size.h"
#include "fray/nn/loss.h"

#include <math.h>
#include <string.h>

size_t fray_ctc_least_time(size_t n, const int16_t *target) {
  size_t least = n;
  for (size_t i = 1; i < n; i++)
    least += target[i] == target[i - 1];
  return least;
}

/* log(exp a + exp b + exp c), each of which may be -infinity: a state that nothing leads to. */
static double log_sum(double a, double b, double c) {
  const double top = fmax(a, fmax(b, c));
  if (!isfinite(top)) /* of -infinity all are; a NaN stays one */
    return a + b + c;
  return top + log(exp(a - top) + exp(b - top) + exp(c - top));
}

/* States of a target are blank, class, blank, class, ... blank: 2 n + 1 of them. */
static size_t symbol_of(const struct fray_ctc *of, size_t state) {
  return state % 2 ? (size_t)of->target[state / 2] : of->symbols - 1;
}

/* A state may be skipped if it is the blank between two classes that differ: equal ones would be
 * merged without it. */
static bool may_skip_to(const struct fray_ctc *of, size_t state) {
  return state % 2 && state >= 3 && of->target[state / 2] != of->target[state / 2 - 1];
}

/* log softmax of each row. False: one has none, so that nothing can be said of any path. */
static bool log_softmax(const struct fray_ctc *of, double *out) {
  for (size_t t = 0; t < of->time; t++) {
    const double *row = of->logits + t * of->symbols;
    double top = -INFINITY, sum = 0;
    for (size_t k = 0; k < of->symbols; k++)
      top = row[k] > top ? row[k] : top;
    for (size_t k = 0; k < of->symbols; k++)
      sum += exp(row[k] - top);
    const double lse = top + log(sum);
    if (!isfinite(lse)) /* a NaN, or a largest one that is infinite */
      return false;
    for (size_t k = 0; k < of->symbols; k++)
      out[t * of->symbols + k] = row[k] - lse;
  }
  return true;
}

/* a (time, states): log of the probability of all ways from the first step to this state at this
 * step, the step's own symbol among them. */
static void go_forward(const struct fray_ctc *of, const double *p, size_t states, double *a) {
  for (size_t s = 0; s < states; s++)
    a[s] = s < 2 ? p[symbol_of(of, s)] : -INFINITY;
  for (size_t t = 1; t < of->time; t++) {
    const double *before = a + (t - 1) * states;
    for (size_t s = 0; s < states; s++)
      a[t * states + s] = log_sum(before[s], s > 0 ? before[s - 1] : -INFINITY,
                                  may_skip_to(of, s) ? before[s - 2] : -INFINITY) +
                          p[t * of->symbols + symbol_of(of, s)];
  }
}

/* b (states) of step t from that of step t + 1: all ways from here to the end, the symbol of step t
 * not among them, so that a + b counts it once. */
static void go_back(const struct fray_ctc *of, const double *p_after, size_t states,
                    const double *after, double *b) {
  for (size_t s = 0; s < states; s++) {
    const double stay = after[s] + p_after[symbol_of(of, s)];
    const double next = s + 1 < states ? after[s + 1] + p_after[symbol_of(of, s + 1)] : -INFINITY;
    const bool skips = s + 2 < states && may_skip_to(of, s + 2);
    b[s] = log_sum(stay, next, skips ? after[s + 2] + p_after[symbol_of(of, s + 2)] : -INFINITY);
  }
}

/* Slope of each logit: its probability less the share of the target's paths that use it. The steps
 * are walked from the last, with two rows of b that change places. */
static void slopes(const struct fray_ctc *of, const double *p, size_t states, const double *a,
                   double total, double *b, double *gradient) {
  double *now = b, *after = b + states;
  for (size_t t = of->time; t-- > 0;) {
    double *d = gradient + t * of->symbols;
    for (size_t s = 0; s < states && t + 1 == of->time; s++)
      now[s] = s + 2 >= states ? 0 : -INFINITY; /* a path ends with the last class or a blank */
    if (t + 1 < of->time)
      go_back(of, p + (t + 1) * of->symbols, states, after, now);
    for (size_t k = 0; k < of->symbols; k++)
      d[k] = exp(p[t * of->symbols + k]);
    for (size_t s = 0; s < states; s++)
      d[symbol_of(of, s)] -= exp(a[t * states + s] + now[s] - total);
    double *const swap = now;
    now = after;
    after = swap;
  }
}

/* Without a softmax the loss and every slope are NaN: divergence must show. */
static void not_a_number(size_t n, double *loss, double *gradient) {
  *loss = NAN;
  for (size_t i = 0; gradient && i < n; i++)
    gradient[i] = NAN;
}

/* a, b and p: all of it scratch, so one mark serves. */
static enum fray_status fitting(const struct fray_ctc *of, struct fray_arena *work, double *loss,
                                double *gradient, struct fray_err *err) {
  const size_t states = 2 * of->n + 1;
  double *p, *a, *b;
  FRAY_ALLOC(p, work, of->time * of->symbols, err);
  FRAY_ALLOC(a, work, of->time * states, err);
  FRAY_ALLOC(b, work, 2 * states, err);
  if (!log_softmax(of, p)) {
    not_a_number(of->time * of->symbols, loss, gradient);
    return FRAY_OK;
  }
  go_forward(of, p, states, a);
  const double *last = a + (of->time - 1) * states;
  const double total =
      log_sum(last[states - 1], states > 1 ? last[states - 2] : -INFINITY, -INFINITY);
  *loss = -total;
  if (gradient && isfinite(total))
    slopes(of, p, states, a, total, b, gradient);
  return FRAY_OK;
}

enum fray_status fray_ctc_loss(const struct fray_ctc *of, struct fray_arena *work, double *loss,
                               double *gradient, struct fray_err *err) {
  if (gradient)
    memset(gradient, 0, of->time * of->symbols * sizeof *gradient);
  *loss = of->n == 0 && of->time == 0 ? 0 : INFINITY;
  if (of->time == 0 || fray_ctc_least_time(of->n, of->target) > of->time)
    return FRAY_OK;
  const struct fray_arena_place mark = fray_arena_mark(work);
  const enum fray_status status = fitting(of, work, loss, gradient, err);
  fray_arena_rewind(work, mark);
  return status;
}

size_t fray_ctc_greedy(size_t time, size_t symbols, const float *logits, int16_t *out) {
  const size_t blank = symbols - 1;
  size_t n = 0, before = blank;
  for (size_t t = 0; t < time; t++) {
    const float *row = logits + t * symbols;
    size_t best = blank;
    bool any = false;
    /* A NaN is never the largest, and an infinite one speaks for nothing. */
    for (size_t k = 0; k < symbols; k++)
      if (isfinite(row[k]) && (!any || row[k] > row[best])) {
        best = k;
        any = true;
      }
    if (best != blank && best != before)
      out[n++] = (int16_t)best;
    before = best;
  }
  return n;
}

/* ---- as a loss of training ---- */

/* The model's logits are floats; sums over paths want more. */
static enum fray_status sequence(const void *params, const struct fray_utterance *of,
                                 struct fray_arena *work, double *loss, float *dlogits,
                                 struct fray_err *err) {
  (void)params;
  const size_t size = of->time * of->symbols;
  const struct fray_arena_place mark = fray_arena_mark(work);
  double *logits, *gradient;
  FRAY_ALLOC(logits, work, size, err);
  FRAY_ALLOC(gradient, work, size, err);
  for (size_t i = 0; i < size; i++)
    logits[i] = (double)of->logits[i];
  const struct fray_ctc ctc = {of->time, of->symbols, logits, of->n, of->target};
  FRAY_TRY(fray_ctc_loss(&ctc, work, loss, gradient, err));
  for (size_t i = 0; i < size; i++)
    dlogits[i] = (float)gradient[i];
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

static const struct fray_loss_ops ops = {.sequence = sequence};

extern const struct fray_choice fray_loss_ctc;
const struct fray_choice fray_loss_ctc = {
    .name = "ctc",
    .meaning = "-log p of a sequence of classes over all its alignments, for data of the task "
               "sequence, where it is the default",
    .source = "Graves et al. 2006",
    .impl = &ops,
};

/* One pass of a batch through a model: what every layer needs besides its input. */
#ifndef FRAY_NN_PASS_H
#define FRAY_NN_PASS_H

#include "fray/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fray_touched; /* fray/nn/touched.h */

/** Layers, encoders, fusions and heads find their tensors in w and grad by the offsets that they
 * got when they were planned. All memory is borrowed; the arena holds what a forward pass keeps
 * until the caller rewinds it, after the backward pass. */
struct fray_pass {
  bool train;    /* dropout is on, and what backward needs is kept */
  bool bare;     /* in training: without the losses that a model adds to that of its logits */
  uint64_t seed; /* of dropout, see fray/nn/dropout.h: the streams are keyed by what the */
  uint64_t who, when, step;     /* pass is for, never by the order of calls */
  const float *w;               /* (total) weights */
  float *grad;                  /* (total) backward adds to it; NULL: no backward follows */
  struct fray_touched *touched; /* where it added to tensors by rows; outside of it grad is 0,
                                   unless it is `whole`. NULL: nobody asks */
  struct fray_arena *arena;
  double *flops; /* operations of the pass are added to it (fray/nn/flops.h); NULL: not counted */
};

/** n rows of floats, each `ld` after the one before. Borrowed. */
struct fray_rows {
  size_t n, ld;
  const float *x;
};

/** n samples of rows that lie one behind the other. first NULL: `time` rows each. Else sample i has
 * rows first[i] .. first[i + 1] - 1, counted from first[0] and at most `time`, and what follows
 * them is zero, or not there. A sample begins `stride` floats after the one before; stride 0: where
 * that one ends. Borrowed. */
struct fray_steps {
  size_t n, time, stride;
  const float *x;
  const size_t *first; /* (n + 1) */
};

/** Rows before sample i, i <= n: its place where rows are packed. */
static inline size_t fray_steps_before(const struct fray_steps *steps, size_t i) {
  return steps->first ? steps->first[i] - steps->first[0] : i * steps->time;
}
static inline size_t fray_steps_rows(const struct fray_steps *steps, size_t i) {
  return steps->first ? steps->first[i + 1] - steps->first[i] : steps->time;
}
/** The first row of sample i, of `width` floats. */
static inline const float *fray_steps_at(const struct fray_steps *steps, size_t i, size_t width) {
  return steps->x + (steps->stride ? i * steps->stride : fray_steps_before(steps, i) * width);
}

#endif

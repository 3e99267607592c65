/* One pass of a batch through a model: what every layer needs besides its input. */
#ifndef FRAY_NN_PASS_H
#define FRAY_NN_PASS_H

#include "fray/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/** Layers, encoders, fusions and heads find their tensors in w and grad by the offsets that they
 * got when they were planned. All memory is borrowed; the arena holds what a forward pass keeps
 * until the caller rewinds it, after the backward pass. */
struct fray_pass {
  bool train;    /* dropout is on, and what backward needs is kept */
  uint64_t seed; /* of dropout, see fray/nn/dropout.h: the streams are keyed by what the */
  uint64_t who, when, step; /* pass is for, never by the order of calls */
  const float *w;           /* (total) weights */
  float *grad;              /* (total) backward adds to it; NULL: no backward follows */
  struct fray_arena *arena;
};

#endif

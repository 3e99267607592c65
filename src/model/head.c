/* The head: fused vector -> hidden layer - ReLU - dropout -> logits. */
#include "model_parts.h"

#include "fray/nn/linear.h"
#include "fray/tensor/vec.h"

#include <math.h>

static enum fray_status add(struct fray_param_table *table, const char *name, size_t out,
                            size_t columns, size_t in, size_t *offset, struct fray_err *err) {
  size_t index;
  FRAY_TRY(fray_param_add(table, "head", name, FRAY_PARAM_SHARED, (size_t[4]){out, columns, 1, 1},
                          1 / sqrt((double)in), &index, err));
  *offset = table->v[index].offset;
  return FRAY_OK;
}

enum fray_status head_plan(struct model_head *head, struct fray_param_table *table,
                           struct fray_err *err) {
  size_t in = head->in;
  if (head->units > 0) {
    FRAY_TRY(add(table, "hidden.weight", head->units, in, in, &head->w1, err));
    FRAY_TRY(add(table, "hidden.bias", head->units, 1, in, &head->b1, err));
    in = head->units;
  }
  FRAY_TRY(add(table, "classes.weight", head->classes, in, in, &head->w2, err));
  FRAY_TRY(add(table, "classes.bias", head->classes, 1, in, &head->b2, err));
  head->dropout_layer = fray_rng_purpose("dropout/head.hidden");
  return FRAY_OK;
}

enum fray_status head_forward(const struct model_head *head, const float *w, size_t n,
                              const float *fused, const struct fray_pass *pass, float *logits,
                              struct head_tape *tape, struct fray_err *err) {
  *tape = (struct head_tape){.fused = fused};
  const float *x = fused;
  if (head->units > 0) {
    const size_t size = n * head->units;
    FRAY_ALLOC(tape->hidden, pass->arena, size, err);
    fray_linear_forward(n, head->in, head->units, fused, head->in, w + head->w1, w + head->b1,
                        tape->hidden, head->units);
    fray_vec_relu(size, tape->hidden, tape->hidden);
    if (pass->train && head->dropout > 0) {
      FRAY_ALLOC(tape->mask, pass->arena, size, err);
      fray_dropout_forward(size, head->dropout, pass->seed, head->dropout_layer, pass->who,
                           pass->when, pass->step, tape->hidden, tape->mask);
    }
    x = tape->hidden;
  }
  const size_t in = head->units > 0 ? head->units : head->in;
  fray_linear_forward(n, in, head->classes, x, in, w + head->w2, w + head->b2, logits,
                      head->classes);
  return FRAY_OK;
}

enum fray_status head_backward(const struct model_head *head, const float *w, size_t n,
                               const struct head_tape *tape, const float *dlogits,
                               const struct fray_pass *pass, float *grad, float *dfused,
                               struct fray_err *err) {
  const size_t classes = head->classes, units = head->units;
  if (units == 0) {
    fray_linear_backward(n, head->in, classes, tape->fused, head->in, w + head->w2, dlogits,
                         classes, grad + head->w2, grad + head->b2, dfused, head->in, false);
    return FRAY_OK;
  }
  float *dhidden;
  FRAY_ALLOC(dhidden, pass->arena, n * units, err);
  fray_linear_backward(n, units, classes, tape->hidden, units, w + head->w2, dlogits, classes,
                       grad + head->w2, grad + head->b2, dhidden, units, false);
  if (tape->mask)
    fray_dropout_backward(n * units, head->dropout, tape->mask, dhidden);
  /* A unit that dropout cut is 0 in hidden too, and its gradient is 0 already. */
  for (size_t i = 0; i < n * units; i++)
    dhidden[i] = tape->hidden[i] > 0 ? dhidden[i] : 0;
  fray_linear_backward(n, head->in, units, tape->fused, head->in, w + head->w1, dhidden, units,
                       grad + head->w1, grad + head->b1, dfused, head->in, false);
  return FRAY_OK;
}

/* Linear models - features as they are, and a layer of classes over them - read samples where these
 * lie: copying them side by side would take longer than their products. */
#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "model_parts.h"

#include <string.h>

/* By what encoder and fusion say of themselves: whatever is between a sample and the classes needs
 * samples side by side. */
bool model_is_linear(const struct fray_model *model) {
  return !model->by_token && model->modalities == 1 && model->encoder[0].ops->as_is &&
         model->fusion_ops->means && !model->head.each && model->head.units == 0 &&
         !model->prototype && !model->rebuild && !model->fill_zeros;
}

bool fray_model_reads_in_place(const struct fray_model *model) {
  return model->head.linear;
}

void head_dots(const struct model_head *head, const struct fray_apart *x, const float *w,
               float *logits) {
  const size_t classes = head->classes;
  const float *bias = w + head->bias;
  /* Few values a row: a call for each would take as long as a tenth of its products. */
  for (size_t i = 0; i < x->n; i++)
    for (size_t c = 0; c < classes; c++)
      logits[i * classes + c] = bias[c];
  fray_apart_dots(x, head->classes, w + head->part[0].classes.w, logits);
}

static enum fray_status check(const struct fray_model *model, const struct fray_batch *batch,
                              struct fray_err *err) {
  const struct fray_apart *x = batch->apart;
  FRAY_TRY(check_batch(model, batch, err));
  FRAY_CHECK(model->head.linear && x && x->n == batch->n && x->width == model->head.in, err,
             INTERNAL, "samples that lie apart, of a model that does not read them so");
  return FRAY_OK;
}

enum fray_status fray_model_classify_in_place(const struct fray_model *model,
                                              const struct fray_batch *batch, const float *w,
                                              float *logits, struct fray_err *err) {
  FRAY_TRY(check(model, batch, err));
  head_dots(&model->head, batch->apart, w, logits);
  return FRAY_OK;
}

/* The gradient of the classes' weights is written whole, so only what lies beside it is cleared. */
static void classes_gradient(const struct fray_model *model, const struct fray_apart *x,
                             const float *dlogits, float *grad) {
  const struct model_head *head = &model->head;
  const size_t first = head->part[0].classes.w, end = first + head->classes * head->in;
  memset(grad, 0, first * sizeof *grad);
  memset(grad + end, 0, (model->params.total - end) * sizeof *grad);
  fray_column_sums(x->n, head->classes, dlogits, head->classes, 1, grad + head->bias);
  fray_apart_sums(x, head->classes, dlogits, grad + first);
}

/* Both products bring samples of the next batch near, as both can meanwhile: what is left of a
 * row's time in memory would be waited for. */
static void share_fetches(const struct fray_apart *x, struct fray_apart *forward,
                          struct fray_apart *back) {
  const size_t end = x->n + x->ahead, rows = end > x->fetch ? end - x->fetch : 0;
  *forward = *back = *x;
  forward->ahead = x->ahead - FRAY_MIN(x->ahead, rows * 2 / 5);
  back->fetch = x->n + forward->ahead;
}

/* What step.c does, without what lies between features and classes: there is nothing to keep for
 * the way back. */
enum fray_status step_in_place(const struct fray_model *model, const struct fray_batch *batch,
                               const struct fray_objective *objective, const struct fray_pass *pass,
                               struct fray_step *out, struct fray_err *err) {
  const struct model_head *head = &model->head;
  const size_t n = batch->n, classes = head->classes, step = 1;
  float *logits, *dlogits;
  struct fray_apart forward_x, back_x;
  FRAY_TRY(check(model, batch, err));
  FRAY_CHECK(pass->train, err, INTERNAL, "a step without training");
  FRAY_ALLOC(logits, pass->arena, n * classes, err);
  FRAY_ALLOC(dlogits, pass->arena, n * classes, err);
  share_fetches(batch->apart, &forward_x, &back_x);
  head_dots(head, &forward_x, pass->w, logits);
  const struct fray_forward forward = {.n = n, .classes = classes, .logits = logits};
  FRAY_TRY(fray_model_loss(objective, batch, &forward, pass->arena, &out->loss, dlogits, err));
  classes_gradient(model, &back_x, dlogits, pass->grad);
  out->used[0] = true;
  if (pass->flops) {
    const struct fray_flops flops = fray_model_flops(model, &step);
    *pass->flops += (double)n * (flops.forward + flops.backward);
  }
  return FRAY_OK;
}

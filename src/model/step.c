/* One training step's forward and backward pass. */
#include "model_parts.h"

#include "fray/nn/loss.h"

#include <string.h>

/* A batch on its way through the model; all in the arena of the pass. */
struct trace {
  struct fray_tokens *tokens; /* (modalities); x NULL if nothing was encoded */
  void **encoder_tape;        /* (modalities) */
  struct fray_fusion_input *in;
  void *fusion_tape;
  float *fused, *logits;
  struct head_run head;
};

static enum fray_status encode(const struct fray_model *model, const float *w,
                               const struct fray_batch *batch, size_t m,
                               const struct fray_pass *pass, struct trace *trace,
                               struct fray_err *err) {
  struct fray_feature_batch feature;
  FRAY_TRY(training_input(model, batch, m, pass->arena, &feature, &trace->in[m].row, err));
  if (feature.n == 0)
    return FRAY_OK;
  const struct model_encoder *encoder = &model->encoder[m];
  FRAY_TRY(encoder->ops->forward(encoder->plan, w, &feature, pass, &trace->tokens[m],
                                 pass->train ? &trace->encoder_tape[m] : NULL, err));
  trace->in[m].tokens = &trace->tokens[m];
  return FRAY_OK;
}

static enum fray_status forward(const struct fray_model *model, const float *w,
                                const struct fray_batch *batch, const struct fray_pass *pass,
                                struct trace *trace, struct fray_err *err) {
  *trace = (struct trace){0};
  FRAY_TRY(check_batch(model, batch, err));
  FRAY_ALLOC_ZERO(trace->tokens, pass->arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->encoder_tape, pass->arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->in, pass->arena, model->modalities, err);
  FRAY_ALLOC(trace->logits, pass->arena, batch->n * model->head.classes, err);
  for (size_t m = 0; m < model->modalities; m++)
    FRAY_TRY(encode(model, w, batch, m, pass, trace, err));
  FRAY_TRY(model->fusion_ops->forward(model->fusion, w, batch->n, trace->in, pass, &trace->fused,
                                      pass->train ? &trace->fusion_tape : NULL, err));
  return head_forward(&model->head, w, batch->n, trace->fused, trace->in, pass, trace->logits,
                      &trace->head, err);
}

static enum fray_status backward(const struct fray_model *model, const float *w, size_t n,
                                 const struct fray_pass *pass, struct trace *trace,
                                 const float *dlogits, float *grad, struct fray_err *err) {
  float *dfused, **dtokens;
  FRAY_ALLOC(dfused, pass->arena, n * model->fused, err);
  FRAY_ALLOC_ZERO(dtokens, pass->arena, model->modalities, err);
  for (size_t m = 0; m < model->modalities; m++)
    if (trace->in[m].tokens)
      FRAY_ALLOC(dtokens[m], pass->arena, trace->tokens[m].first[trace->tokens[m].n] * model->width,
                 err);
  FRAY_TRY(head_backward(&model->head, w, n, &trace->head, dlogits, pass, grad, dfused, err));
  FRAY_TRY(model->fusion_ops->backward(model->fusion, w, trace->fusion_tape, dfused, pass, grad,
                                       dtokens, err));
  for (size_t m = 0; m < model->modalities; m++)
    if (trace->in[m].tokens)
      FRAY_TRY(model->encoder[m].ops->backward(model->encoder[m].plan, w, trace->encoder_tape[m],
                                               dtokens[m], pass, grad, err));
  return FRAY_OK;
}

static enum fray_status step(const struct fray_model *model, const float *w,
                             const struct fray_batch *batch, const struct fray_pass *pass,
                             double *loss, float *grad, bool *used, float *logits,
                             struct fray_err *err) {
  const size_t classes = model->head.classes;
  for (size_t i = 0; !batch->labels && i < batch->n; i++)
    FRAY_CHECK(batch->label[i] >= 0 && (size_t)batch->label[i] < classes, err, INTERNAL,
               "label %d of a training sample is not in [0, %zu]", batch->label[i], classes - 1);
  struct trace trace;
  float *dlogits;
  FRAY_TRY(forward(model, w, batch, pass, &trace, err));
  FRAY_ALLOC(dlogits, pass->arena, batch->n * classes, err);
  *loss = batch->labels
              ? fray_loss_of_sets(batch->loss, batch->n, classes, trace.logits, batch->labels,
                                  batch->positive_weight, dlogits)
              : fray_loss(batch->loss, batch->n, classes, trace.logits, batch->label, dlogits);
  memset(grad, 0, model->params.total * sizeof *grad);
  FRAY_TRY(backward(model, w, batch->n, pass, &trace, dlogits, grad, err));
  for (size_t m = 0; m < model->modalities; m++)
    used[m] = model->never_rest || trace.in[m].tokens != NULL;
  if (logits)
    memcpy(logits, trace.logits, batch->n * classes * sizeof *logits);
  return FRAY_OK;
}

enum fray_status fray_model_step(const struct fray_model *model, const float *w,
                                 const struct fray_batch *batch, const struct fray_pass *pass,
                                 double *loss, float *grad, bool *used, float *logits,
                                 struct fray_err *err) {
  FRAY_CHECK(pass->train, err, INTERNAL, "a step needs a training pass");
  const struct fray_arena_mark mark = fray_arena_mark(pass->arena);
  const enum fray_status status = step(model, w, batch, pass, loss, grad, used, logits, err);
  fray_arena_rewind(pass->arena, mark);
  return status;
}

enum fray_status fray_model_forward(const struct fray_model *model, const float *w,
                                    const struct fray_batch *batch, const struct fray_pass *pass,
                                    float **logits, float **fused, size_t *fused_width,
                                    struct fray_err *err) {
  struct trace trace;
  FRAY_TRY(forward(model, w, batch, pass, &trace, err));
  *logits = trace.logits;
  *fused = trace.fused;
  *fused_width = model->fused;
  return FRAY_OK;
}

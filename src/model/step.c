/* Training: forward, the loss, backward, and the step that is all three. */
#include "model_parts.h"

#include "fray/nn/loss.h"
#include "fray/nn/touched.h"
#include "fray/tensor/vec.h"

#include <string.h>

/* A batch on its way through the model; all in the arena of the pass. */
struct fray_trace {
  struct fray_tokens *tokens; /* (modalities); x NULL if nothing was encoded */
  void **encoder_tape;        /* (modalities) */
  struct fray_fusion_input *in;
  void *fusion_tape;
  float *fused, *logits;
  bool *used, *encoded; /* (modalities) encoded: the encoder saw something, and wants a gradient */
  struct head_run head;
  struct token_run said;   /* of sequences */
  struct fray_flops flops; /* of forward, if they are counted, and what backward will add */
  float **pulled;    /* (modalities) gradient of what prototypes add by mean tokens, or NULL */
  size_t *n_encoded; /* (modalities) samples */
  struct rebuild_run rebuilt;
};

static enum fray_status encode(const struct fray_model *model, const struct fray_batch *batch,
                               size_t m, const struct fray_pass *pass, struct fray_trace *trace,
                               double *pull, struct fray_err *err) {
  struct training_input input;
  FRAY_TRY(find_training_input(model, batch, m, pass->arena, &input, err));
  trace->in[m].row = input.row;
  /* Nobody has it: no tokens, no gradient, and its block rests (docs/decisions/0005). */
  trace->used[m] = model->never_rest || input.feature.n > 0;
  trace->encoded[m] = input.feature.n > 0;
  const struct model_encoder *encoder = &model->encoder[m];
  if (trace->encoded[m])
    FRAY_TRY(encoder->ops->forward(encoder->plan, &input.feature, pass, &trace->tokens[m],
                                   pass->train ? &trace->encoder_tape[m] : NULL, err));
  if (pass->flops && trace->encoded[m])
    fray_flops_add(&trace->flops, encoder_flops(encoder, &input.feature), 1);
  trace->n_encoded[m] = input.feature.n;
  /* Before anything stands in: a prototype is not pulled to others. */
  if (model->prototype && pass->train && !pass->bare && batch->label && trace->encoded[m])
    FRAY_TRY(
        pull_to_prototypes(model, batch, m, pass, &trace->tokens[m], pull, &trace->pulled[m], err));
  if (model->use.stand_in && batch->label)
    FRAY_TRY(
        put_class_prototypes(model, batch, m, pass, &trace->tokens[m], &trace->in[m].row, err));
  return FRAY_OK;
}

/* What needs the tokens of all modalities, and then what the fusion sees. */
static enum fray_status complete(const struct fray_model *model, size_t n,
                                 const struct fray_pass *pass, struct fray_trace *trace,
                                 double *loss, struct fray_err *err) {
  const int32_t *row[FRAY_MODEL_MODALITIES];
  for (size_t m = 0; m < model->modalities; m++)
    row[m] = trace->in[m].row;
  if (model->rebuild)
    FRAY_TRY(rebuild_forward(model, n, trace->tokens, row, pass, loss, &trace->rebuilt, err));
  if (model->rebuild && pass->flops)
    fray_flops_add(&trace->flops, rebuild_flops(model), (double)trace->rebuilt.n);
  for (size_t m = 0; m < model->modalities; m++)
    trace->in[m] = (struct fray_fusion_input){
        .tokens = trace->tokens[m].x ? &trace->tokens[m] : NULL, .row = row[m]};
  return FRAY_OK;
}

/* The trace lies in the arena with all that it points to: whoever rewinds it, forgets the batch
 * whole. */
static enum fray_status make_trace(const struct fray_model *model, size_t n,
                                   struct fray_arena *arena, struct fray_trace **out,
                                   struct fray_err *err) {
  struct fray_trace *trace;
  FRAY_ALLOC_ZERO(trace, arena, 1, err);
  FRAY_ALLOC_ZERO(trace->tokens, arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->encoder_tape, arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->in, arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->used, arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->encoded, arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->n_encoded, arena, model->modalities, err);
  FRAY_ALLOC_ZERO(trace->pulled, arena, model->modalities, err);
  if (!model->by_token)
    FRAY_ALLOC(trace->logits, arena, n * model->head.classes, err);
  *out = trace;
  return FRAY_OK;
}

/* Sequences: each token is a row of the head, and so of the logits. Dropout of the head is keyed by
 * the place of a value among them, so that a batch that is trained again gets the same masks. */
static enum fray_status forward_tokens(const struct fray_model *model,
                                       const struct fray_batch *batch, const struct fray_pass *pass,
                                       struct fray_trace *trace, struct fray_forward *out,
                                       struct fray_err *err) {
  struct token_run *said = &trace->said;
  FRAY_TRY(gather_tokens(model, batch->n, trace->in, pass->arena, said, err));
  FRAY_TRY(find_spans(said, batch, pass->arena, &out->span, err));
  FRAY_ALLOC(trace->logits, pass->arena, said->rows * model->head.classes, err);
  const struct fray_fusion_batch rows = {.n = said->rows};
  trace->head.fused = trace->fused = said->x;
  FRAY_TRY(head_forward(&model->head, &rows, &trace->head, pass, trace->logits, err));
  out->n = said->rows;
  return FRAY_OK;
}

enum fray_status fray_model_forward(const struct fray_model *model, const struct fray_batch *batch,
                                    const struct fray_pass *pass, struct fray_forward *out,
                                    struct fray_err *err) {
  struct fray_trace *trace = NULL;
  double pull = 0;
  FRAY_TRY(check_batch(model, batch, err));
  FRAY_TRY(make_trace(model, batch->n, pass->arena, &trace, err));
  for (size_t m = 0; m < model->modalities; m++)
    FRAY_TRY(encode(model, batch, m, pass, trace, &pull, err));
  FRAY_TRY(complete(model, batch->n, pass, trace, &pull, err));
  const struct fray_fusion_batch fusing = {.n = batch->n, .of = trace->in};
  struct fray_forward tokens = {.n = batch->n};
  if (model->by_token) {
    FRAY_TRY(forward_tokens(model, batch, pass, trace, &tokens, err));
  } else {
    FRAY_TRY(model->fusion_ops->forward(model->fusion, &fusing, pass, &trace->fused,
                                        pass->train ? &trace->fusion_tape : NULL, err));
    trace->head.fused = trace->fused;
    FRAY_TRY(head_forward(&model->head, &fusing, &trace->head, pass, trace->logits, err));
  }
  if (pass->flops) {
    fray_flops_add(&trace->flops, joined_flops(model, batch->n, trace->in), 1);
    *pass->flops += trace->flops.forward;
  }
  *out = (struct fray_forward){.n = tokens.n,
                               .span = tokens.span,
                               .classes = model->head.classes,
                               .width = model->fused,
                               .logits = trace->logits,
                               .fused = trace->fused,
                               .used = trace->used,
                               .pull = pull,
                               .trace = trace};
  return FRAY_OK;
}

/* The way of forward back: head, fusion, encoders. dfused joins where the head's gradient of the
 * fused vectors ends, so that a loss of the representation reaches everything below the head and
 * nothing in it. An encoder that the batch did not use is not asked: its block of grad is as it
 * was. */
enum fray_status fray_model_backward(const struct fray_model *model,
                                     const struct fray_forward *forward, const float *dlogits,
                                     const float *dfused, const struct fray_pass *pass,
                                     struct fray_err *err) {
  struct fray_trace *trace = forward->trace;
  float *d, **dtokens; /* gradients of the fused vectors, and of each modality's tokens */
  /* Without it neither tapes nor masks were kept, and the gradient would be of another function. */
  FRAY_CHECK(pass->train, err, INTERNAL, "a backward pass without training");
  if (!learns_below_head(model)) { /* a linear model: a third of its products, and most copies */
    FRAY_TRY(head_backward(&model->head, &trace->head, dlogits, pass, NULL, err));
    if (pass->flops)
      *pass->flops += trace->flops.backward;
    return FRAY_OK;
  }
  FRAY_ALLOC(d, pass->arena, forward->n * model->fused, err);
  FRAY_ALLOC_ZERO(dtokens, pass->arena, model->modalities, err);
  for (size_t m = 0; m < model->modalities; m++)
    if (trace->in[m].tokens)
      FRAY_ALLOC(dtokens[m], pass->arena, trace->tokens[m].first[trace->tokens[m].n] * model->width,
                 err);
  FRAY_TRY(head_backward(&model->head, &trace->head, dlogits, pass, d, err));
  if (dfused) /* NULL leaves the bytes as they are, which adding zeros may not (-0) */
    fray_vec_axpy(forward->n * model->fused, 1, dfused, d);
  if (model->by_token)
    scatter_tokens(model, &trace->said, trace->in, d, dtokens);
  else
    FRAY_TRY(model->fusion_ops->backward(model->fusion, trace->fusion_tape, d, pass, dtokens, err));
  if (model->rebuild)
    FRAY_TRY(rebuild_backward(model, &trace->rebuilt, trace->tokens, pass, dtokens, err));
  for (size_t m = 0; m < model->modalities; m++)
    if (trace->pulled[m])
      add_pull(&trace->tokens[m], trace->n_encoded[m], trace->pulled[m], dtokens[m]);
  for (size_t m = 0; m < model->modalities; m++)
    if (trace->encoded[m]) /* rows behind its own are prototypes, which nothing moves */
      FRAY_TRY(model->encoder[m].ops->backward(model->encoder[m].plan, trace->encoder_tape[m],
                                               dtokens[m], pass, err));
  if (pass->flops)
    *pass->flops += trace->flops.backward;
  return FRAY_OK;
}

/* A label is an index into a row of logits: one out of range must not be followed. */
enum fray_status fray_model_loss(const struct fray_objective *objective,
                                 const struct fray_batch *batch, const struct fray_forward *forward,
                                 struct fray_arena *work, double *loss, float *dlogits,
                                 struct fray_err *err) {
  if (forward->span)
    return fray_loss_of_spans(objective, batch->n, forward->span, forward->classes, forward->logits,
                              forward->n, work, loss, dlogits, NULL, err);
  const struct fray_truth truth = {batch->n, forward->classes, batch->label, batch->labels};
  if (!batch->labels)
    for (size_t i = 0; i < batch->n; i++)
      FRAY_CHECK(batch->label[i] >= 0 && (size_t)batch->label[i] < truth.classes, err, INTERNAL,
                 "label %d of a training sample is not in [0, %zu]", batch->label[i],
                 truth.classes - 1);
  *loss = fray_loss(objective, &truth, forward->logits, dlogits);
  if (forward->pull != 0)
    *loss += forward->pull;
  return FRAY_OK;
}

static enum fray_status step(const struct fray_model *model, const struct fray_batch *batch,
                             const struct fray_objective *objective, const struct fray_pass *pass,
                             struct fray_step *out, struct fray_err *err) {
  struct fray_forward forward;
  float *dlogits;
  if (batch->apart)
    return step_in_place(model, batch, objective, pass, out, err);
  FRAY_TRY(fray_model_forward(model, batch, pass, &forward, err));
  FRAY_ALLOC(dlogits, pass->arena, forward.n * forward.classes, err);
  FRAY_TRY(fray_model_loss(objective, batch, &forward, pass->arena, &out->loss, dlogits, err));
  /* All of it: blocks that rest have a gradient of 0, not the one of a batch before. */
  fray_touched_begin(pass, model->params.total);
  FRAY_TRY(fray_model_backward(model, &forward, dlogits, NULL, pass, err));
  memcpy(out->used, forward.used, model->modalities * sizeof *out->used);
  return FRAY_OK;
}

/* What a step leaves is the gradient; tokens, tapes and logits are gone with the rewind, so that a
 * client's memory does not grow with its batches. */
enum fray_status fray_model_step(const struct fray_model *model, const struct fray_batch *batch,
                                 const struct fray_objective *objective,
                                 const struct fray_pass *pass, struct fray_step *out,
                                 struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  *out = (struct fray_step){0};
  const enum fray_status status = step(model, batch, objective, pass, out, err);
  fray_arena_rewind(pass->arena, mark);
  return status;
}

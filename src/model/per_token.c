/* Models of sequences: the head sees the tokens of one modality one by one, so that what it gives
 * is a symbol for each step. Other modalities say what goes for the whole sample: their mean tokens
 * are added to each of its steps. */
#include "model_parts.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/nn/loss.h"
#include "fray/tensor/vec.h"

#include <string.h>

/* Encoders that give a token for each step, for the message: whoever has none needs to know which
 * to take, and the list may have grown. */
static const char *stepping_encoders(struct fray_text *out) {
  for (size_t i = 0; i < fray_encoders.n; i++) {
    const struct fray_encoder_ops *ops = fray_encoders.v[i]->impl;
    if (ops->tokens)
      fray_text_printf(out, "%s%s", out->size ? ", " : "", fray_encoders.v[i]->name);
  }
  return out->data ? out->data : "";
}

/* By what an encoder gives, not by its name. */
static enum fray_status find_heard(struct fray_model *model, const char *const *names,
                                   struct fray_err *err) {
  struct fray_text list = {0};
  enum fray_status status = FRAY_OK;
  size_t found = 0;
  for (size_t m = 0; m < model->modalities; m++) {
    if (!model->encoder[m].ops->tokens)
      continue;
    if (found++)
      status =
          fray_fail(err, FRAY_INPUT,
                    "model.encoders: both %s and %s give a token for each step, but a sequence "
                    "is heard in one modality: leave one out (data.modalities), or give it "
                    "an encoder of one token",
                    names[model->heard], names[m]);
    else
      model->heard = m;
  }
  if (!found)
    status = fray_fail(err, FRAY_INPUT,
                       "model.encoders: no modality has a token for each step, of which a sequence "
                       "would be made; encoders that give them: %s",
                       stepping_encoders(&list));
  fray_text_free(&list);
  return status;
}

enum fray_status plan_per_token(struct fray_model *model, const struct fray_model_config *config,
                                const char *const *names, struct fray_err *err) {
  FRAY_TRY(find_heard(model, names, err));
  FRAY_CHECK(!config->prototypes.kept && config->rebuild_units == 0, err, INPUT,
             "training.missing: what it puts in the place of a modality is one token of the "
             "sample, and a sequence has steps");
  FRAY_CHECK(!config->encode_absent_as_zeros, err, INPUT,
             "model.encode_absent_as_zeros: silence of full length would be heard in the place of "
             "what is absent");
  model->fused = model->width;
  model->head.n_parts = 1;
  model->head.in = model->width;
  model->below_head = model->params.n;
  /* Kept answers are numbers of 16 bits. */
  const size_t most = fray_model_most_said(model);
  FRAY_CHECK(most <= INT16_MAX, err, INPUT,
             "model.encoders.%s: %zu tokens in the longest sample, at most %d are decoded",
             names[model->heard], most, INT16_MAX);
  return FRAY_OK;
}

/* One modality is heard, whatever others say beside it. */
size_t fray_model_heard_modality(const struct fray_model *model) {
  return model->heard;
}

/* Encoders count their tokens by themselves: some halve the steps on the way. */
size_t fray_model_steps(const struct fray_model *model, size_t raw_steps) {
  const struct model_encoder *e = &model->encoder[model->heard];
  return raw_steps ? e->ops->tokens(e->plan, raw_steps) : 0;
}

/* A best path says one class for each token at most. 0 is how others know a model of one answer. */
size_t fray_model_most_said(const struct fray_model *model) {
  return model->by_token ? fray_model_steps(model, model->encoder[model->heard].shape.time) : 0;
}

/* Tokens of sample i; NULL where it has none: absence is one case, whether the batch has nobody
 * with the modality or a pattern masks it. */
static const float *tokens_of(const struct fray_fusion_input *in, size_t i, size_t width,
                              size_t *n) {
  const int32_t row = in->tokens ? in->row[i] : -1;
  *n = row < 0 ? 0 : in->tokens->first[row + 1] - in->tokens->first[row];
  return row < 0 ? NULL : in->tokens->x + in->tokens->first[row] * width;
}

/* The mean token of a sample is added to each of its rows: a picture goes for all that is said
 * beside it, and where in the sound it belongs nobody knows. */
static void add_mean(const float *token, size_t n, size_t width, size_t rows, float *x) {
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < n; k++)
      fray_vec_axpy(width, 1.0f / (float)n, token + k * width, x + r * width);
}

/* Sample by sample in the order of the batch, whatever order the encoder packed them in: rows of a
 * sample then lie side by side for the loss and for decoding. A copy even where nothing is added,
 * since the encoder's tape may hold the tokens as they came. */
enum fray_status gather_tokens(const struct fray_model *model, size_t n,
                               const struct fray_fusion_input *in, struct fray_arena *arena,
                               struct token_run *out, struct fray_err *err) {
  const size_t width = model->width;
  size_t steps;
  FRAY_ALLOC(out->first, arena, n + 1, err);
  out->n = n;
  out->first[0] = 0;
  for (size_t i = 0; i < n; i++) {
    (void)tokens_of(&in[model->heard], i, width, &steps);
    out->first[i + 1] = out->first[i] + steps;
  }
  out->rows = out->first[n];
  FRAY_ALLOC(out->x, arena, FRAY_MAX(out->rows, (size_t)1) * width, err);
  for (size_t i = 0; i < n; i++) {
    float *x = out->x + out->first[i] * width;
    const float *own = tokens_of(&in[model->heard], i, width, &steps);
    if (steps)
      memcpy(x, own, steps * width * sizeof *x);
    for (size_t m = 0; m < model->modalities; m++) {
      size_t others;
      const float *token = tokens_of(&in[m], i, width, &others);
      if (m != model->heard && others)
        add_mean(token, others, width, steps, x);
    }
  }
  return FRAY_OK;
}

/* The way of gather_tokens back: a step's gradient goes to its own token, and the sum over the
 * steps, by equal parts, to the tokens that made a mean. */
void scatter_tokens(const struct fray_model *model, const struct token_run *run,
                    const struct fray_fusion_input *in, const float *dx, float *const *dtokens) {
  const size_t width = model->width;
  /* Zeros first: samples whose heard modality is not there give the others no gradient. */
  for (size_t m = 0; m < model->modalities; m++)
    if (dtokens[m])
      memset(dtokens[m], 0, in[m].tokens->first[in[m].tokens->n] * width * sizeof *dtokens[m]);
  for (size_t i = 0; i < run->n; i++) {
    const float *d = dx + run->first[i] * width;
    const size_t rows = run->first[i + 1] - run->first[i];
    for (size_t m = 0; m < model->modalities; m++) {
      size_t n;
      if (!tokens_of(&in[m], i, width, &n))
        continue;
      float *to = dtokens[m] + in[m].tokens->first[in[m].row[i]] * width;
      if (m == model->heard)
        memcpy(to, d, rows * width * sizeof *to);
      for (size_t k = 0; m != model->heard && k < n; k++)
        for (size_t r = 0; r < rows; r++)
          fray_vec_axpy(width, 1.0f / (float)n, d + r * width, to + k * width);
    }
  }
}

/* Words are borrowed of the data set: a batch knows its samples by their places there. */
enum fray_status find_spans(const struct token_run *run, const struct fray_batch *batch,
                            struct fray_arena *arena, const struct fray_heard_span **out,
                            struct fray_err *err) {
  const struct fray_transcripts *w = batch->words;
  struct fray_heard_span *span;
  FRAY_CHECK(w && batch->sample, err, INTERNAL, "a batch without sequences");
  FRAY_ALLOC(span, arena, run->n, err);
  for (size_t i = 0; i < run->n; i++)
    span[i] = (struct fray_heard_span){.first = run->first[i],
                                       .time = run->first[i + 1] - run->first[i],
                                       .n = fray_transcript_length(w, batch->sample[i]),
                                       .word = w->word + w->first[batch->sample[i]]};
  *out = span;
  return FRAY_OK;
}

/* Evaluation: encode a block once, then classify it under any pattern of absence. */
#include "model_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What all patterns share of a modality. It lies in the caller's arena: the block is encoded once,
 * and forgotten with one rewind when its last pattern was classified. */
struct encoded_modality {
  struct fray_tokens made;   /* by the encoder alone; x NULL if nothing was encoded */
  struct fray_tokens tokens; /* the same, or with a prototype behind them */
  const int32_t *row;        /* (n) */
  int32_t absent_row;        /* -1, or the sample of zeros that stands for absent ones */
  void *prepared;
};

struct fray_encoded {
  size_t n, modalities;
  bool needs_other; /* absent_row is for samples that have another modality */
  struct encoded_modality of[];
};

/* In one piece, so that it goes with one free. */
struct fray_kept_tokens {
  size_t bytes;
  struct fray_tokens tokens;
  int32_t *row, filled; /* filled: the sample of zeros, or -1 */
};

/* What hangs on weights behind the encoder is made anew each time. */
static enum fray_status finish_modality(const struct fray_model *model, size_t m,
                                        const struct fray_pass *pass, struct encoded_modality *out,
                                        struct fray_err *err) {
  out->tokens = out->made;
  if (model->use.stand_in)
    FRAY_TRY(append_mean_prototype(model, m, pass, &out->tokens, &out->absent_row, err));
  /* Nothing to prepare: tokens.x stays NULL, by which classify knows. */
  if (!model->by_token && out->tokens.x && model->fusion_ops->prepare)
    FRAY_TRY(model->fusion_ops->prepare(model->fusion, m, &out->tokens, pass, &out->prepared, err));
  return FRAY_OK;
}

/* Rows are copied: the caller's batch may be gone before the last pattern is classified. */
static enum fray_status encode_modality(const struct fray_model *model,
                                        const struct fray_batch *batch, size_t m,
                                        const struct fray_pass *pass, struct encoded_modality *out,
                                        struct fray_err *err) {
  *out = (struct encoded_modality){.absent_row = -1};
  const struct model_encoder *encoder = &model->encoder[m];
  int32_t *row;
  FRAY_ALLOC(row, pass->arena, batch->n, err);
  for (size_t i = 0; i < batch->n; i++)
    row[i] = batch->row[m][i];
  out->row = row;
  struct fray_feature_batch feature = batch->feature[m];
  if (model->fill_zeros) {
    out->absent_row = (int32_t)feature.n;
    FRAY_TRY(append_zero_sample(encoder, &batch->feature[m], pass->arena, &feature, err));
  }
  if (feature.n > 0)
    FRAY_TRY(encoder->ops->forward(encoder->plan, &feature, pass, &out->made, NULL, err));
  return finish_modality(model, m, pass, out, err);
}

enum fray_status fray_model_encode(const struct fray_model *model, const struct fray_batch *batch,
                                   const struct fray_pass *pass, struct fray_encoded **out,
                                   struct fray_err *err) {
  const struct fray_kept_tokens *const kept[FRAY_MODEL_MODALITIES] = {NULL};
  return fray_model_encode_kept(model, batch, kept, pass, out, err);
}

/* Room for what is encoded of a block of n samples. */
static enum fray_status make_encoded(const struct fray_model *model, size_t n,
                                     const struct fray_pass *pass, struct fray_encoded **out,
                                     struct fray_err *err) {
  FRAY_CHECK(!pass->train, err, INTERNAL, "a block is encoded once, for evaluation, not to train");
  struct fray_encoded *encoded =
      fray_arena_alloc(pass->arena, 1, sizeof *encoded + model->modalities * sizeof encoded->of[0]);
  FRAY_CHECK(encoded, err, MEMORY, "out of memory (%zu modalities)", model->modalities);
  encoded->n = n;
  encoded->modalities = model->modalities;
  encoded->needs_other = model->use.stand_in;
  *out = encoded;
  return FRAY_OK;
}

/* Tokens that are kept are used where they lie, and never written to: whatever is appended to them
 * is appended to a copy. */
enum fray_status fray_model_encode_kept(const struct fray_model *model,
                                        const struct fray_batch *batch,
                                        const struct fray_kept_tokens *const *kept,
                                        const struct fray_pass *pass, struct fray_encoded **out,
                                        struct fray_err *err) {
  struct fray_encoded *encoded = NULL;
  FRAY_TRY(check_batch(model, batch, err));
  FRAY_TRY(make_encoded(model, batch->n, pass, &encoded, err));
  for (size_t m = 0; m < model->modalities; m++) {
    if (!kept[m]) {
      FRAY_TRY(encode_modality(model, batch, m, pass, &encoded->of[m], err));
      continue;
    }
    encoded->of[m] = (struct encoded_modality){
        .made = kept[m]->tokens, .row = kept[m]->row, .absent_row = kept[m]->filled};
    FRAY_TRY(finish_modality(model, m, pass, &encoded->of[m], err));
  }
  *out = encoded;
  return FRAY_OK;
}

/* Where each part begins is a multiple of 64 bytes, as in an arena, so that no kernel meets another
 * alignment than that of tokens which were just made. */
static size_t rounded_up(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* Asked before a copy is made, so that whoever lends the memory can say no. */
size_t fray_model_kept_bytes(const struct fray_encoded *encoded, size_t m) {
  const struct fray_tokens *made = &encoded->of[m].made;
  const size_t rows = made->x ? made->first[made->n] : 0;
  return rounded_up(sizeof(struct fray_kept_tokens)) + rounded_up(encoded->n * sizeof(int32_t)) +
         rounded_up((made->n + 1) * sizeof *made->first) +
         rounded_up(rows * made->width * sizeof *made->x);
}

/* What was made is copied and what was finished is not: a prototype behind the tokens and what the
 * fusion prepared go with the weights of the round. Of a modality that no sample of the block has
 * there are rows alone. */
enum fray_status fray_model_keep_tokens(const struct fray_model *model,
                                        const struct fray_encoded *encoded, size_t m,
                                        struct fray_kept_tokens **out, struct fray_err *err) {
  const struct encoded_modality *of = &encoded->of[m];
  const size_t bytes = fray_model_kept_bytes(encoded, m);
  char *at = aligned_alloc(64, bytes);
  FRAY_CHECK(at, err, MEMORY, "out of memory (%zu bytes)", bytes);
  struct fray_kept_tokens *kept = (void *)at;
  at += rounded_up(sizeof *kept);
  *kept = (struct fray_kept_tokens){.bytes = bytes,
                                    .tokens = of->made,
                                    .row = (void *)at,
                                    .filled = model->fill_zeros ? of->absent_row : -1};
  memcpy(at, of->row, encoded->n * sizeof *of->row);
  at += rounded_up(encoded->n * sizeof *of->row);
  if (of->made.x) {
    const size_t n = of->made.n, rows = of->made.first[n];
    kept->tokens.first = (void *)at;
    memcpy(at, of->made.first, (n + 1) * sizeof *of->made.first);
    at += rounded_up((n + 1) * sizeof *of->made.first);
    kept->tokens.x = (void *)at;
    memcpy(at, of->made.x, rows * of->made.width * sizeof *of->made.x);
  }
  *out = kept;
  return FRAY_OK;
}

size_t fray_kept_tokens_drop(struct fray_kept_tokens *kept) {
  const size_t bytes = kept ? kept->bytes : 0;
  free(kept);
  return bytes;
}

/* What is prepared of a modality hangs on its tokens and on weights that are the base's too, so it
 * is shared with them. */
enum fray_status fray_model_encode_beside(const struct fray_model *model,
                                          const struct fray_batch *batch,
                                          const struct fray_encoded *base, unsigned same,
                                          const struct fray_pass *pass, struct fray_encoded **out,
                                          struct fray_err *err) {
  struct fray_encoded *encoded = NULL;
  FRAY_TRY(check_batch(model, batch, err));
  FRAY_TRY(make_encoded(model, batch->n, pass, &encoded, err));
  FRAY_CHECK(!same || (base && base->n == batch->n), err, INTERNAL, "another block's tokens");
  for (size_t m = 0; m < model->modalities; m++) {
    if (same >> m & 1u)
      encoded->of[m] = base->of[m];
    else
      FRAY_TRY(encode_modality(model, batch, m, pass, &encoded->of[m], err));
  }
  *out = encoded;
  return FRAY_OK;
}

static bool keeps(const struct fray_encoded *encoded, size_t m, const uint8_t *present, size_t i) {
  return encoded->of[m].row[i] >= 0 && (!present || (present[i] >> m & 1u));
}

/* Whether the stand-in of an absent modality may stand for sample i: one that has nothing at all is
 * answered by the bias, as it is without prototypes. */
static bool may_stand_in(const struct fray_encoded *encoded, const uint8_t *present, size_t i) {
  for (size_t m = 0; encoded->needs_other && m < encoded->modalities; m++)
    if (keeps(encoded, m, present, i))
      return true;
  return !encoded->needs_other;
}

/* Rows of modality m for this pattern of presence. Masking is all that a pattern does: tokens of
 * samples that lack the modality are there and nobody reads them. */
static void masked_rows(const struct fray_encoded *encoded, size_t m, const uint8_t *present,
                        int32_t *row) {
  const struct encoded_modality *of = &encoded->of[m];
  for (size_t i = 0; i < encoded->n; i++) {
    const bool stands = of->absent_row >= 0 && may_stand_in(encoded, present, i);
    row[i] = keeps(encoded, m, present, i) ? of->row[i] : stands ? of->absent_row : -1;
  }
}

/* What the weights of the classes saw lies on the tapes, or is the fused vector itself; it is gone
 * with the pattern, so it is copied. */
static void show_hidden(const struct model_head *head, const struct head_run *run, float *hidden) {
  const size_t seen = head->part[0].classes.in, all = head->n_parts * seen;
  for (size_t k = 0; k < head->n_parts; k++)
    for (size_t i = 0; i < run->n; i++) {
      const float *from = run->part[k].last ? run->part[k].last + i * seen
                                            : run->fused + (i * head->n_parts + k) * head->in;
      memcpy(hidden + i * all + k * seen, from, seen * sizeof *hidden);
    }
}

/* Rows are gathered anew for each pattern: what is masked gives no token, and adds to none. */
enum fray_status fray_model_hear(const struct fray_model *model, const struct fray_encoded *encoded,
                                 const uint8_t *present, const struct fray_pass *pass,
                                 struct fray_heard *out, struct fray_err *err) {
  struct fray_fusion_input in[FRAY_MODEL_MODALITIES] = {{0}};
  struct token_run run;
  float *logits;
  FRAY_CHECK(model->by_token, err, INTERNAL, "a model that hears no sequences");
  for (size_t m = 0; m < model->modalities; m++) {
    int32_t *row;
    FRAY_ALLOC(row, pass->arena, encoded->n, err);
    masked_rows(encoded, m, present, row);
    in[m] = (struct fray_fusion_input){
        .tokens = encoded->of[m].tokens.x ? &encoded->of[m].tokens : NULL, .row = row};
  }
  FRAY_TRY(gather_tokens(model, encoded->n, in, pass->arena, &run, err));
  FRAY_ALLOC(logits, pass->arena, run.rows * model->head.classes, err);
  /* No backward pass follows, so the tapes of the head are never read. */
  struct head_run head = {.fused = run.x};
  const struct fray_fusion_batch rows = {.n = run.rows};
  FRAY_TRY(head_forward(&model->head, &rows, &head, pass, logits, err));
  *out = (struct fray_heard){.rows = run.rows, .first = run.first, .logits = logits};
  return FRAY_OK;
}

static enum fray_status classify(const struct fray_model *model, const struct fray_encoded *encoded,
                                 const uint8_t *present, const struct fray_pass *pass,
                                 float *logits, float *hidden, struct fray_err *err) {
  struct fray_fusion_input *in;
  FRAY_CHECK(!model->by_token, err, INTERNAL, "sequences are heard, not classified");
  FRAY_ALLOC_ZERO(in, pass->arena, model->modalities, err);
  struct fray_tokens tokens[FRAY_MODEL_MODALITIES];
  const int32_t *rows[FRAY_MODEL_MODALITIES];
  /* The batch of the fusion is made anew: its rows are all that a pattern changes. */
  for (size_t m = 0; m < model->modalities; m++) {
    int32_t *row;
    FRAY_ALLOC(row, pass->arena, encoded->n, err);
    masked_rows(encoded, m, present, row);
    tokens[m] = encoded->of[m].tokens;
    rows[m] = row;
  }
  /* Or its tokens too, where those that are absent are rebuilt from those that are not. */
  if (model->rebuild) {
    struct rebuild_run run;
    double loss = 0; /* of training; none here */
    FRAY_TRY(rebuild_forward(model, encoded->n, tokens, rows, pass, &loss, &run, err));
  }
  for (size_t m = 0; m < model->modalities; m++) {
    const bool as_encoded = tokens[m].x == encoded->of[m].tokens.x;
    in[m] = (struct fray_fusion_input){.tokens = tokens[m].x ? &tokens[m] : NULL,
                                       .row = rows[m],
                                       .prepared = as_encoded ? encoded->of[m].prepared : NULL};
  }
  const struct fray_fusion_batch batch = {.n = encoded->n, .of = in};
  float *fused;
  FRAY_TRY(model->fusion_ops->forward(model->fusion, &batch, pass, &fused, NULL, err));
  struct head_run run = {.fused = fused}; /* its tapes are never read: no backward follows */
  FRAY_TRY(head_forward(&model->head, &batch, &run, pass, logits, err));
  if (hidden)
    show_hidden(&model->head, &run, hidden);
  return FRAY_OK;
}

/* Everything of a pattern is given back: the encoding below it serves the next one. */
enum fray_status fray_model_classify(const struct fray_model *model,
                                     const struct fray_encoded *encoded, const uint8_t *present,
                                     const struct fray_pass *pass, float *logits,
                                     struct fray_err *err) {
  return fray_model_classify_and_show(model, encoded, present, pass, logits, NULL, err);
}

enum fray_status fray_model_classify_and_show(const struct fray_model *model,
                                              const struct fray_encoded *encoded,
                                              const uint8_t *present, const struct fray_pass *pass,
                                              float *logits, float *hidden, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const enum fray_status status = classify(model, encoded, present, pass, logits, hidden, err);
  fray_arena_rewind(pass->arena, mark);
  return status;
}

size_t fray_model_hidden(const struct fray_model *model) {
  return model->head.n_parts * model->head.part[0].classes.in;
}

size_t fray_model_width(const struct fray_model *model) {
  return model->width;
}

/* Added in double, as a mean over many steps is compared with means of many samples. A stand-in or
 * a rebuilt token is no observation: it is left out. */
void fray_model_mean_tokens(const struct fray_model *model, const struct fray_encoded *encoded,
                            size_t m, float *out) {
  const struct encoded_modality *of = &encoded->of[m];
  for (size_t i = 0; i < encoded->n; i++) {
    const int32_t row = of->tokens.x ? of->row[i] : -1;
    const size_t from = row < 0 ? 0 : of->tokens.first[row];
    const size_t to = row < 0 ? 0 : of->tokens.first[row + 1];
    for (size_t k = 0; k < model->width; k++) {
      double sum = 0;
      for (size_t r = from; r < to; r++)
        sum += (double)of->tokens.x[r * model->width + k];
      out[i * model->width + k] = to > from ? (float)(sum / (double)(to - from)) : NAN;
    }
  }
}

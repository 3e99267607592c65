/* Means of tokens, and the fusion that is nothing but them, side by side. concat and late are this;
 * what sets them apart is how the head reads it. */
#include "means.h"

#include "fray/tensor/vec.h"

#include <string.h>

struct fray_fusion {
  size_t modalities, width;
};

/* Copies of the inputs, whose arrays stay with the batch until backward is done. */
struct tape {
  size_t batch;
  struct fray_fusion_input in[];
};

enum fray_status means_plan(const void *params, size_t n_modalities,
                            const struct fray_model_part *part, size_t *out_width,
                            struct fray_fusion **out, struct fray_err *err) {
  (void)params; /* no keys */
  struct fray_fusion *fusion;
  FRAY_ALLOC(fusion, part->scope.table->arena, 1, err);
  *fusion = (struct fray_fusion){n_modalities, part->width};
  *out_width = n_modalities * part->width;
  *out = fusion;
  return FRAY_OK;
}

/* Rows are added in their order, whatever the width of vectors: a column never is split. */
static FRAY_DISPATCH void mean_of_rows(size_t rows, size_t width, const float *x, float *out) {
  memset(out, 0, width * sizeof *out);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++)
      out[j] += x[r * width + j];
  const float scale = rows ? 1.0f / (float)rows : 0.0f;
  for (size_t j = 0; j < width; j++)
    out[j] *= scale;
}

void mean_of_tokens(const struct fray_tokens *tokens, size_t row, float *out) {
  const size_t from = tokens->first[row], to = tokens->first[row + 1], width = tokens->width;
  mean_of_rows(to - from, width, tokens->x + from * width, out);
}

/* d mean / d x = 1 / rows for every token of the sample. */
void spread_mean(const struct fray_tokens *tokens, size_t row, const float *dmean, float *dx) {
  const size_t from = tokens->first[row], to = tokens->first[row + 1], width = tokens->width;
  const float scale = to > from ? 1.0f / (float)(to - from) : 0.0f;
  for (size_t r = from; r < to; r++)
    for (size_t j = 0; j < width; j++)
      dx[r * width + j] = scale * dmean[j];
}

/* The inputs alone: the mean's gradient needs no values. */
static enum fray_status keep_tape(const struct fray_fusion *fusion,
                                  const struct fray_fusion_batch *batch, struct fray_arena *arena,
                                  void **tape, struct fray_err *err) {
  const size_t size = sizeof(struct tape) + fusion->modalities * sizeof batch->of[0];
  struct tape *kept = fray_arena_alloc(arena, 1, size);
  FRAY_CHECK(kept, err, MEMORY, "out of memory (%zu bytes)", size);
  kept->batch = batch->n;
  for (size_t m = 0; m < fusion->modalities; m++)
    kept->in[m] = batch->of[m];
  *tape = kept;
  return FRAY_OK;
}

/* Every sample has one token, in its own place: these are the means. */
static bool are_means(const struct fray_fusion_input *in, size_t n) {
  if (!in->tokens || in->tokens->n < n)
    return false;
  for (size_t i = 0; i < n; i++)
    if (in->row[i] != (int32_t)i || in->tokens->first[i + 1] != i + 1)
      return false;
  return true;
}

/* A modality's part of the fused vector has its own place whoever is absent: the head tells
 * modalities by where they stand. Absent ones keep the zeros. */
enum fray_status means_forward(const struct fray_fusion *fusion,
                               const struct fray_fusion_batch *batch, const struct fray_pass *pass,
                               float **fused, void **tape, struct fray_err *err) {
  const size_t width = fusion->width;
  if (fusion->modalities == 1 && are_means(&batch->of[0], batch->n)) {
    *fused = batch->of[0].tokens->x; /* read only, as tokens are */
    return tape ? keep_tape(fusion, batch, pass->arena, tape, err) : FRAY_OK;
  }
  FRAY_ALLOC_ZERO(*fused, pass->arena, batch->n * fusion->modalities * width, err);
  for (size_t m = 0; m < fusion->modalities; m++) {
    const struct fray_fusion_input *in = &batch->of[m];
    if (!in->tokens)
      continue;
    for (size_t i = 0; i < batch->n; i++)
      if (in->row[i] >= 0)
        mean_of_tokens(in->tokens, (size_t)in->row[i],
                       *fused + (i * fusion->modalities + m) * width);
  }
  return tape ? keep_tape(fusion, batch, pass->arena, tape, err) : FRAY_OK;
}

enum fray_status means_backward(const struct fray_fusion *fusion, void *tape, const float *dfused,
                                const struct fray_pass *pass, float **dtokens,
                                struct fray_err *err) {
  (void)pass, (void)err; /* no parameters, no scratch */
  const struct tape *kept = tape;
  const size_t width = fusion->width;
  for (size_t m = 0; m < fusion->modalities; m++) {
    const struct fray_fusion_input *in = &kept->in[m];
    if (!in->tokens)
      continue;
    /* Tokens of samples that the batch does not use keep zeros. */
    memset(dtokens[m], 0, in->tokens->first[in->tokens->n] * width * sizeof *dtokens[m]);
    for (size_t i = 0; i < kept->batch; i++)
      if (in->row[i] >= 0)
        spread_mean(in->tokens, (size_t)in->row[i], dfused + (i * fusion->modalities + m) * width,
                    dtokens[m]);
  }
  return FRAY_OK;
}

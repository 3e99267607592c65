#include "means.h"

#include "fray/tensor/vec.h"

#include <string.h>

struct fray_fusion {
  size_t modalities, width;
};

struct tape {
  size_t batch;
  struct fray_fusion_input in[];
};

enum fray_status means_plan(const void *params, size_t n_modalities, size_t width, double dropout,
                            const char *prefix, struct fray_param_table *table, size_t *out_width,
                            struct fray_fusion **out, struct fray_err *err) {
  (void)params, (void)dropout, (void)prefix;
  struct fray_fusion *fusion;
  FRAY_ALLOC(fusion, table->arena, 1, err);
  *fusion = (struct fray_fusion){n_modalities, width};
  *out_width = n_modalities * width;
  *out = fusion;
  return FRAY_OK;
}

FRAY_DISPATCH void mean_of_rows(size_t rows, size_t width, const float *x, float *out) {
  memset(out, 0, width * sizeof *out);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++)
      out[j] += x[r * width + j];
  const float scale = rows ? 1.0f / (float)rows : 0.0f;
  for (size_t j = 0; j < width; j++)
    out[j] *= scale;
}

static enum fray_status keep_tape(const struct fray_fusion *fusion, size_t batch,
                                  const struct fray_fusion_input *in, struct fray_arena *arena,
                                  void **tape, struct fray_err *err) {
  const size_t size = sizeof(struct tape) + fusion->modalities * sizeof *in;
  struct tape *kept = fray_arena_alloc(arena, 1, size);
  FRAY_CHECK(kept, err, MEMORY, "out of memory (%zu bytes)", size);
  kept->batch = batch;
  for (size_t m = 0; m < fusion->modalities; m++)
    kept->in[m] = in[m];
  *tape = kept;
  return FRAY_OK;
}

enum fray_status means_forward(const struct fray_fusion *fusion, const float *w, size_t batch,
                               const struct fray_fusion_input *in, const struct fray_pass *pass,
                               float **fused, void **tape, struct fray_err *err) {
  (void)w;
  const size_t width = fusion->width;
  FRAY_ALLOC_ZERO(*fused, pass->arena, batch * fusion->modalities * width, err);
  for (size_t m = 0; m < fusion->modalities; m++) {
    const struct fray_tokens *tokens = in[m].tokens;
    for (size_t i = 0; tokens && i < batch; i++) {
      const int32_t row = in[m].row[i];
      if (row >= 0)
        mean_of_rows(tokens->first[row + 1] - tokens->first[row], width,
                     tokens->x + tokens->first[row] * width,
                     *fused + (i * fusion->modalities + m) * width);
    }
  }
  return tape ? keep_tape(fusion, batch, in, pass->arena, tape, err) : FRAY_OK;
}

void spread_mean(size_t rows, size_t width, const float *dmean, float *dx) {
  const float scale = rows ? 1.0f / (float)rows : 0.0f;
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++)
      dx[r * width + j] = scale * dmean[j];
}

enum fray_status means_backward(const struct fray_fusion *fusion, const float *w, void *tape,
                                const float *dfused, const struct fray_pass *pass, float *grad,
                                float **dtokens, struct fray_err *err) {
  (void)w, (void)pass, (void)grad, (void)err;
  const struct tape *kept = tape;
  const size_t width = fusion->width;
  for (size_t m = 0; m < fusion->modalities; m++) {
    const struct fray_tokens *tokens = kept->in[m].tokens;
    if (!tokens)
      continue;
    memset(dtokens[m], 0, tokens->first[tokens->n] * width * sizeof *dtokens[m]);
    for (size_t i = 0; i < kept->batch; i++) {
      const int32_t row = kept->in[m].row[i];
      if (row >= 0)
        spread_mean(tokens->first[row + 1] - tokens->first[row], width,
                    dfused + (i * fusion->modalities + m) * width,
                    dtokens[m] + tokens->first[row] * width);
    }
  }
  return FRAY_OK;
}

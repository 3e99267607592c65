/* Masked-modality reconstruction: a small autoencoder over the mean tokens of all modalities, one
 * hidden layer with ReLU, says what a modality would be from those that a sample has. Its input is
 * zeros where a modality is absent, or hidden to be learnt.
 *
 * In training each modality of a sample that has another is hidden once, and
 * mu/n sum of the mean squared distance over the width is added to the loss; where one is absent,
 * what is rebuilt is its token, in training and at test. Gradients are those of all of this: they
 * reach the autoencoder, the tokens that it sees, and those that it is held against. */
#include "model_parts.h"

#include "fray/tensor/vec.h"

#include <string.h>

enum fray_status plan_rebuild(struct fray_model *model, size_t units, struct fray_err *err) {
  const struct fray_param_scope scope = {&model->params, "rebuild", FRAY_PARAM_SHARED};
  const size_t all = model->modalities * model->width;
  if (units == 0 || model->modalities < 2) /* from nothing else nothing is rebuilt */
    return FRAY_OK;
  FRAY_ALLOC(model->rebuild, &model->arena, 1, err);
  model->rebuild->in = (struct fray_linear){.in = all, .out = units};
  model->rebuild->out = (struct fray_linear){.in = units, .out = all};
  FRAY_TRY(fray_linear_plan(&scope, "in", &model->rebuild->in, err));
  return fray_linear_plan(&scope, "out", &model->rebuild->out, err);
}

/* Of sample i in modality m: modality first, so that what a modality has lies together. */
static float *mean_of(const struct rebuild_run *run, size_t m, size_t i, size_t width) {
  return run->z + (m * run->batch + i) * width;
}

/* (modalities, batch, width): zeros where a sample lacks the modality. */
static enum fray_status find_means(const struct fray_model *model, const struct fray_tokens *tokens,
                                   struct rebuild_run *run, struct fray_arena *arena,
                                   struct fray_err *err) {
  const size_t width = model->width;
  FRAY_ALLOC_ZERO(run->z, arena, model->modalities * run->batch * width, err);
  for (size_t m = 0; m < model->modalities; m++)
    for (size_t i = 0; i < run->batch; i++) {
      const int32_t row = run->given[m][i];
      if (row < 0)
        continue;
      const size_t from = tokens[m].first[row], to = tokens[m].first[row + 1];
      for (size_t r = from; r < to; r++)
        fray_vec_axpy(width, 1 / (float)(to - from), tokens[m].x + r * width,
                      mean_of(run, m, i, width));
    }
  return FRAY_OK;
}

/* Zeros alone say nothing: what has no other modality is masked, in training and at test, as it is
 * without the autoencoder. */
static bool has_other(const struct fray_model *model, const struct rebuild_run *run, size_t m,
                      size_t i) {
  for (size_t o = 0; o < model->modalities; o++)
    if (o != m && run->given[o][i] >= 0)
      return true;
  return false;
}

/* A row for each modality to be rebuilt: what is absent, and in training what can be compared. */
static enum fray_status list_rows(const struct fray_model *model, bool compares,
                                  struct rebuild_run *run, struct fray_arena *arena,
                                  struct fray_err *err) {
  FRAY_ALLOC(run->row, arena, model->modalities * run->batch, err);
  run->n = 0;
  for (size_t i = 0; i < run->batch; i++)
    for (size_t m = 0; m < model->modalities; m++) {
      const bool absent = run->given[m][i] < 0;
      if ((absent || compares) && has_other(model, run, m, i))
        run->row[run->n++] = (struct rebuild_row){i, m, absent ? 0 : REBUILD_COMPARED};
    }
  return FRAY_OK;
}

/* The target is left out of its own input, whether it is there or not: what is learnt by hiding is
 * asked in the same way when it is absent. */
static enum fray_status pass_rows(const struct fray_model *model, const struct fray_pass *pass,
                                  struct rebuild_run *run, struct fray_err *err) {
  const size_t width = model->width, all = model->modalities * width;
  const size_t units = model->rebuild->in.out;
  FRAY_ALLOC_ZERO(run->x, pass->arena, run->n * all, err);
  FRAY_ALLOC(run->h, pass->arena, run->n * units, err);
  FRAY_ALLOC(run->y, pass->arena, run->n * all, err);
  for (size_t r = 0; r < run->n; r++)
    for (size_t o = 0; o < model->modalities; o++)
      if (o != run->row[r].target)
        memcpy(run->x + r * all + o * width, mean_of(run, o, run->row[r].sample, width),
               width * sizeof *run->x);
  fray_linear_forward(&model->rebuild->in, pass, &(struct fray_rows){run->n, all, run->x}, run->h);
  fray_vec_relu(run->n * units, run->h, run->h);
  fray_linear_forward(&model->rebuild->out, pass, &(struct fray_rows){run->n, units, run->h},
                      run->y);
  return FRAY_OK;
}

/* Rebuilt tokens of modality m behind those that there are. */
static enum fray_status put_rows(const struct fray_model *model, size_t m,
                                 struct fray_tokens *tokens, const int32_t **row,
                                 struct rebuild_run *run, struct fray_arena *arena,
                                 struct fray_err *err) {
  const size_t width = model->width, all = model->modalities * width;
  size_t more = 0;
  for (size_t r = 0; r < run->n; r++)
    more += run->row[r].target == m && run->row[r].token != REBUILD_COMPARED;
  if (more == 0) /* the encoded tokens serve as they are, and what was prepared of them */
    return FRAY_OK;
  struct fray_tokens with;
  int32_t *to;
  FRAY_TRY(extend_tokens(tokens, width, more, arena, &with, err));
  FRAY_ALLOC(to, arena, run->batch, err);
  memcpy(to, *row, run->batch * sizeof *to);
  size_t at = with.n - more;
  for (size_t r = 0; r < run->n; r++) {
    struct rebuild_row *one = &run->row[r];
    if (one->target != m || one->token == REBUILD_COMPARED)
      continue;
    memcpy(with.x + with.first[at] * width, run->y + r * all + m * width, width * sizeof *with.x);
    to[one->sample] = (int32_t)at;
    one->token = at++;
  }
  *tokens = with;
  *row = to;
  return FRAY_OK;
}

/* Mean over the width, so that mu means the same whatever model.hidden is. In double: distances are
 * summed over a batch. */
static double distance(const struct fray_model *model, const struct rebuild_run *run, size_t r) {
  const size_t width = model->width, m = run->row[r].target;
  const float *y = run->y + (r * model->modalities + m) * width,
              *z = mean_of(run, m, run->row[r].sample, width);
  double sum = 0;
  for (size_t k = 0; k < width; k++)
    sum += ((double)y[k] - (double)z[k]) * ((double)y[k] - (double)z[k]);
  return sum / (double)width;
}

enum fray_status rebuild_forward(const struct fray_model *model, size_t batch,
                                 struct fray_tokens *tokens, const int32_t **row,
                                 const struct fray_pass *pass, double *loss,
                                 struct rebuild_run *run, struct fray_err *err) {
  *run = (struct rebuild_run){.batch = batch};
  FRAY_ALLOC(run->given, pass->arena, model->modalities, err);
  memcpy(run->given, row, model->modalities * sizeof *row);
  const bool compares = pass->train && !pass->bare && model->rebuild_weight > 0;
  FRAY_TRY(list_rows(model, compares, run, pass->arena, err));
  if (run->n == 0)
    return FRAY_OK;
  FRAY_TRY(find_means(model, tokens, run, pass->arena, err));
  FRAY_TRY(pass_rows(model, pass, run, err));
  for (size_t r = 0; r < run->n; r++)
    if (run->row[r].token == REBUILD_COMPARED)
      *loss += model->rebuild_weight / (double)batch * distance(model, run, r);
  for (size_t m = 0; m < model->modalities; m++)
    FRAY_TRY(put_rows(model, m, &tokens[m], &row[m], run, pass->arena, err));
  return FRAY_OK;
}

/* d (width) of a sample's mean token, shared out over its tokens. */
static void spread(const struct fray_tokens *tokens, size_t row, size_t width, float factor,
                   const float *d, float *dtokens) {
  const size_t from = tokens->first[row], to = tokens->first[row + 1];
  for (size_t r = from; r < to; r++)
    fray_vec_axpy(width, factor / (float)(to - from), d, dtokens + r * width);
}

/* Gradients by what came out: of stand-ins what the fusion says, of the others that of the
 * distance, which goes to what they are held against as well, with the other sign. */
static void begin_backward(const struct fray_model *model, const struct rebuild_run *run,
                           const struct fray_tokens *tokens, float *const *dtokens, float *dy) {
  const size_t width = model->width;
  const double share = 2 * model->rebuild_weight / (double)(run->batch * width);
  for (size_t r = 0; r < run->n; r++) {
    const struct rebuild_row *one = &run->row[r];
    const size_t m = one->target;
    float *d = dy + (r * model->modalities + m) * width;
    if (one->token != REBUILD_COMPARED) {
      memcpy(d, dtokens[m] + tokens[m].first[one->token] * width, width * sizeof *d);
      continue;
    }
    const float *y = run->y + (r * model->modalities + m) * width,
                *z = mean_of(run, m, one->sample, width);
    for (size_t k = 0; k < width; k++)
      d[k] = (float)(share * ((double)y[k] - (double)z[k]));
    spread(&tokens[m], (size_t)run->given[m][one->sample], width, -1, d, dtokens[m]);
  }
}

enum fray_status rebuild_backward(const struct fray_model *model, const struct rebuild_run *run,
                                  const struct fray_tokens *tokens, const struct fray_pass *pass,
                                  float *const *dtokens, struct fray_err *err) {
  const size_t width = model->width, all = model->modalities * width;
  const size_t units = model->rebuild->in.out;
  float *dy, *dh, *dx;
  if (run->n == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(dy, pass->arena, run->n * all, err);
  FRAY_ALLOC(dh, pass->arena, run->n * units, err);
  FRAY_ALLOC(dx, pass->arena, run->n * all, err);
  begin_backward(model, run, tokens, dtokens, dy);
  fray_linear_backward(&model->rebuild->out, pass, &(struct fray_rows){run->n, units, run->h}, dy,
                       dh, false);
  for (size_t k = 0; k < run->n * units; k++)
    dh[k] = run->h[k] > 0 ? dh[k] : 0;
  fray_linear_backward(&model->rebuild->in, pass, &(struct fray_rows){run->n, all, run->x}, dh, dx,
                       false);
  /* What was hidden or absent was zeros whatever its tokens are. */
  for (size_t r = 0; r < run->n; r++)
    for (size_t o = 0; o < model->modalities; o++) {
      const int32_t row = run->given[o][run->row[r].sample];
      if (o != run->row[r].target && row >= 0)
        spread(&tokens[o], (size_t)row, width, 1, dx + r * all + o * width, dtokens[o]);
    }
  return FRAY_OK;
}

/* Of one row. */
struct fray_flops rebuild_flops(const struct fray_model *model) {
  const struct model_rebuild *a = model->rebuild;
  struct fray_flops sum = fray_flops_product(1, a->in.in, a->in.out, true);
  fray_flops_add(&sum, fray_flops_product(1, a->out.in, a->out.out, true), 1);
  return sum;
}

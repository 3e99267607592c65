/* Prototypes: the mean token of a modality by class, which stands where a sample lacks the
 * modality.
 *
 * They lie among the model's tensors, since they are received, kept and evaluated with the weights;
 * but no gradient moves them: they are class sums over class counts of all clients (the fixture
 * `prototypes` of tests/fixtures/fed_softmax.h5), and public code that weighs clients' means by
 * other counts, or begins at random numbers, differs from that. */
#include "model_parts.h"

#include "fray/tensor/vec.h"

#include <string.h>

/* Zeros that a count of 0 marks as not there; nothing is drawn, so that other tensors' draws are
 * what they are without prototypes. */
enum fray_status plan_prototypes(struct fray_model *model, const char *const *names,
                                 struct fray_err *err) {
  const size_t classes = model->head.classes;
  float *zeros;
  FRAY_ALLOC_ZERO(zeros, &model->arena, classes * model->width, err);
  FRAY_ALLOC_ZERO(model->prototype, &model->arena, model->modalities, err);
  for (size_t m = 0; m < model->modalities; m++) {
    struct model_prototypes *p = &model->prototype[m];
    const struct fray_param_scope scope = {&model->params, names[m], FRAY_PARAM_SHARED};
    FRAY_TRY(fray_param_add_given(&scope, "prototypes.token",
                                  (size_t[4]){classes, model->width, 1, 1}, zeros, &p->token, err));
    model->params.v[model->params.n - 1].still = true;
    FRAY_TRY(fray_param_add_given(&scope, "prototypes.count", (size_t[4]){classes, 1, 1, 1}, zeros,
                                  &p->count, err));
    model->params.v[model->params.n - 1].still = true;
  }
  return FRAY_OK;
}

bool has_something(size_t modalities, const int32_t *const *row, size_t i) {
  for (size_t m = 0; m < modalities; m++)
    if (row[m][i] >= 0)
      return true;
  return false;
}

enum fray_status extend_tokens(const struct fray_tokens *given, size_t width, size_t more,
                               struct fray_arena *arena, struct fray_tokens *out,
                               struct fray_err *err) {
  const size_t n = given->x ? given->n : 0, rows = n ? given->first[n] : 0;
  size_t *first;
  FRAY_ALLOC(first, arena, n + more + 1, err);
  *out = (struct fray_tokens){.n = n + more, .width = width, .first = first};
  FRAY_ALLOC(out->x, arena, (rows + more) * width, err);
  for (size_t i = 0; i < n; i++)
    first[i] = given->first[i];
  for (size_t i = 0; i <= more; i++)
    first[n + i] = rows + i;
  if (rows)
    memcpy(out->x, given->x, rows * width * sizeof *out->x);
  return FRAY_OK;
}

/* Whose token is missing and can be stood in for: a sample of a class that the modality has a
 * prototype of, and with something of its own; one with nothing would be its label alone. */
static bool stands_in(const struct fray_model *model, const struct fray_batch *batch, size_t m,
                      const float *w, size_t i) {
  return batch->row[m][i] < 0 && batch->label[i] >= 0 &&
         w[model->prototype[m].count + (size_t)batch->label[i]] > 0 &&
         has_something(model->modalities, batch->row, i);
}

enum fray_status put_class_prototypes(const struct fray_model *model,
                                      const struct fray_batch *batch, size_t m,
                                      const struct fray_pass *pass, struct fray_tokens *tokens,
                                      const int32_t **row, struct fray_err *err) {
  const size_t width = model->width;
  size_t more = 0; /* counted first, so that the tokens are copied once */
  for (size_t i = 0; i < batch->n; i++)
    more += stands_in(model, batch, m, pass->w, i);
  if (more == 0) /* nothing is missing: not even a copy */
    return FRAY_OK;
  struct fray_tokens all;
  int32_t *to;
  FRAY_TRY(extend_tokens(tokens, width, more, pass->arena, &all, err));
  FRAY_ALLOC(to, pass->arena, batch->n, err);
  size_t at = all.n - more;
  for (size_t i = 0; i < batch->n; i++) {
    to[i] = batch->row[m][i];
    if (!stands_in(model, batch, m, pass->w, i))
      continue;
    /* A row for each sample, not for each class: backward writes the gradients of samples apart. */
    memcpy(all.x + all.first[at] * width,
           pass->w + model->prototype[m].token + (size_t)batch->label[i] * width,
           width * sizeof *all.x);
    to[i] = (int32_t)at++;
  }
  *tokens = all;
  *row = to;
  return FRAY_OK;
}

/* At test the class is what is asked, so the mean over all samples stands in: it takes nothing for
 * granted, and is one token for a whole block. To weigh prototypes by the model's first answer
 * would confirm that answer, be it wrong, and take two passes. */
enum fray_status append_mean_prototype(const struct fray_model *model, size_t m,
                                       const struct fray_pass *pass, struct fray_tokens *tokens,
                                       int32_t *row, struct fray_err *err) {
  const struct model_prototypes *p = &model->prototype[m];
  const size_t width = model->width;
  const float *count = pass->w + p->count;
  double sum = 0;
  for (size_t c = 0; c < model->head.classes; c++)
    sum += (double)count[c];
  if (!(sum > 0))
    return FRAY_OK;
  struct fray_tokens all;
  FRAY_TRY(extend_tokens(tokens, width, 1, pass->arena, &all, err));
  float *mean = all.x + all.first[all.n - 1] * width;
  for (size_t k = 0; k < width; k++) {
    double x = 0;
    for (size_t c = 0; c < model->head.classes; c++)
      x += (double)count[c] * (double)pass->w[p->token + c * width + k];
    mean[k] = (float)(x / sum);
  }
  *row = (int32_t)(all.n - 1);
  *tokens = all;
  return FRAY_OK;
}

size_t fray_model_prototype_sums(const struct fray_model *model) {
  return model->prototype ? model->modalities * model->head.classes * (model->width + 1) : 0;
}

/* The mean over a sample's tokens, so that long recordings do not weigh more. */
static void add_sample(const struct fray_tokens *tokens, size_t i, double *sum) {
  const size_t from = tokens->first[i], to = tokens->first[i + 1], width = tokens->width;
  if (from == to)
    return;
  for (size_t k = 0; k < width; k++) {
    double x = 0;
    for (size_t r = from; r < to; r++)
      x += (double)tokens->x[r * width + k];
    sum[k] += x / (double)(to - from);
  }
  sum[width] += 1;
}

enum fray_status fray_model_add_prototypes(const struct fray_model *model,
                                           const struct fray_batch *batch,
                                           const struct fray_pass *pass, double *sums,
                                           struct fray_err *err) {
  const size_t each = model->head.classes * (model->width + 1);
  FRAY_TRY(check_batch(model, batch, err));
  for (size_t m = 0; m < model->modalities; m++) {
    const struct model_encoder *encoder = &model->encoder[m];
    const struct fray_arena_place mark = fray_arena_mark(pass->arena);
    struct fray_tokens tokens;
    if (batch->feature[m].n == 0)
      continue;
    FRAY_TRY(encoder->ops->forward(encoder->plan, &batch->feature[m], pass, &tokens, NULL, err));
    if (pass->flops)
      *pass->flops += encoder_flops(encoder, &batch->feature[m]).forward;
    for (size_t i = 0; i < batch->n; i++)
      if (batch->row[m][i] >= 0 && batch->label[i] >= 0)
        add_sample(&tokens, (size_t)batch->row[m][i],
                   sums + m * each + (size_t)batch->label[i] * (model->width + 1));
    fray_arena_rewind(pass->arena, mark);
  }
  return FRAY_OK;
}

/* What nobody of a round showed stays as it was last known. */
void fray_model_set_prototypes(const struct fray_model *model, const float *sums, float *w) {
  const size_t width = model->width;
  for (size_t m = 0; m < model->modalities; m++)
    for (size_t c = 0; c < model->head.classes; c++, sums += width + 1) {
      const float count = sums[width];
      float *token = w + model->prototype[m].token + c * width;
      if (!(count > 0))
        continue;
      for (size_t k = 0; k < width; k++)
        token[k] = sums[k] / count;
      w[model->prototype[m].count + c] = count;
    }
}

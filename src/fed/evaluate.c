#include "fray/fed/evaluate.h"

#include "fray/base/size.h"
#include "fray/fed/client.h"
#include "fray/fed/exact.h"
#include "fray/nn/linear.h"

#include <math.h>
#include <string.h>

struct task { /* the arguments of fray_evaluate, for the functions below */
  const struct fray_model *model;
  struct fray_features *features;
  size_t n_modalities, n, conditions;
  const float *w;
  const uint32_t *sample;
  const int32_t *label;
  const uint8_t *held;
  const uint8_t *const *present;
};

/* Answers of samples first .. first+n-1 into their places. Predicted classes travel as doubles
 * here, because sharing adds bit patterns of doubles; 16-bit integers are exact in them. */
static enum fray_status answer_block(const struct task *t, size_t first, size_t n, size_t n_classes,
                                     struct fray_arena *work, double *predicted, double *nll,
                                     struct fray_err *err) {
  struct fray_batch batch;
  struct fray_encoded *encoded;
  float *logits;
  int16_t *class;
  FRAY_TRY(fray_batch_load(t->features, t->n_modalities, t->sample + first, t->held + first,
                           t->label + first, n, work, &batch, err));
  FRAY_TRY(fray_model_encode(t->model, t->w, &batch, work, &encoded, err));
  FRAY_ALLOC(logits, work, n * n_classes, err);
  FRAY_ALLOC(class, work, n, err);
  for (size_t c = 0; c < t->conditions; c++) {
    struct fray_arena_mark mark = fray_arena_mark(work);
    size_t at = c * t->n + first;
    FRAY_TRY(
        fray_model_classify(t->model, t->w, encoded, t->present[c] + first, work, logits, err));
    fray_classify(n, n_classes, logits, t->label + first, nll + at, class);
    for (size_t i = 0; i < n; i++)
      predicted[at + i] = class[i];
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

static enum fray_status answer_mine(struct fray_comm *comm, const struct task *t, size_t n_classes,
                                    struct fray_arena *work, double *predicted, double *nll,
                                    struct fray_err *err) {
  size_t ranks = (size_t)fray_comm_size(comm), me = (size_t)fray_comm_rank(comm);
  for (size_t first = 0, b = 0; first < t->n; first += FRAY_EVALUATION_BLOCK, b++) {
    if (b % ranks != me)
      continue;
    struct fray_arena_mark mark = fray_arena_mark(work);
    size_t n = FRAY_MIN(t->n - first, (size_t)FRAY_EVALUATION_BLOCK);
    FRAY_TRY(answer_block(t, first, n, n_classes, work, predicted, nll, err));
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

static enum fray_status answer_all(struct fray_comm *comm, const struct task *t,
                                   struct fray_arena *work, struct fray_answers *out,
                                   struct fray_err *err) {
  size_t cells = t->n * t->conditions;
  double *predicted;
  FRAY_ALLOC_ZERO(predicted, work, cells, err);
  enum fray_status status =
      answer_mine(comm, t, fray_model_classes(t->model), work, predicted, out->nll, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_exact_share(comm, predicted, cells, work, err));
  FRAY_TRY(fray_exact_share(comm, out->nll, cells, work, err));
  for (size_t i = 0; i < cells; i++)
    out->predicted[i] = (int16_t)predicted[i];
  return FRAY_OK;
}

enum fray_status fray_evaluate(struct fray_comm *comm, const struct fray_model *model,
                               struct fray_features *features, size_t n_modalities, const float *w,
                               size_t n, const uint32_t *sample, const int32_t *label,
                               const uint8_t *held, size_t conditions,
                               const uint8_t *const *present, struct fray_arena *work,
                               struct fray_arena *keep, struct fray_answers *out,
                               struct fray_err *err) {
  struct task task = {.model = model,
                      .features = features,
                      .n_modalities = n_modalities,
                      .n = n,
                      .conditions = conditions,
                      .w = w,
                      .sample = sample,
                      .label = label,
                      .held = held,
                      .present = present};
  *out = (struct fray_answers){.n = n, .conditions = conditions};
  FRAY_ALLOC_ZERO(out->predicted, keep, n * conditions, err);
  FRAY_ALLOC_ZERO(out->nll, keep, n * conditions, err);
  struct fray_arena_mark mark = fray_arena_mark(work);
  enum fray_status status = answer_all(comm, &task, work, out, err);
  fray_arena_rewind(work, mark);
  return status;
}

void fray_score(const struct fray_answers *answers, size_t condition, const int32_t *label,
                const uint8_t *mask, size_t n_classes, int64_t *confusion,
                struct fray_scored *out) {
  const int16_t *predicted = answers->predicted + condition * answers->n;
  const double *nll = answers->nll + condition * answers->n;
  memset(confusion, 0, n_classes * n_classes * sizeof *confusion);
  *out = (struct fray_scored){.n_classes = n_classes, .confusion = confusion};
  for (size_t i = 0; i < answers->n; i++) {
    if ((mask && !mask[i]) || label[i] < 0)
      continue;
    size_t truth = (size_t)label[i];
    size_t said = predicted[i] >= 0 ? (size_t)predicted[i] : (truth + 1) % n_classes;
    confusion[truth * n_classes + said]++;
    out->nll_sum += nll[i];
    out->n++;
  }
}

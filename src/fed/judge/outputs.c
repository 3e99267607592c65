/* Outputs of a model that judges and instruments read: taken from a block that was encoded once,
 * and laid one behind the other where they are kept of many samples. */
#include "fray/base/size.h"
#include "fray/fed/judge.h"

#include <math.h>
#include <string.h>

/* Alone means among those that are there: a sample that lacks the modality has no such answer. */
static enum fray_status take_alone(const struct fray_model *model,
                                   const struct fray_encoded *encoded,
                                   const struct fray_outputs *of, const struct fray_pass *pass,
                                   float *alone, struct fray_err *err) {
  uint8_t *only;
  FRAY_ALLOC(only, pass->arena, of->n, err);
  for (size_t m = 0; m < of->modalities; m++) {
    float *logits = alone + m * of->n * of->classes;
    for (size_t i = 0; i < of->n; i++)
      only[i] = (uint8_t)(of->present[i] & 1u << m);
    FRAY_TRY(fray_model_classify(model, encoded, only, pass, logits, err));
    for (size_t i = 0; i < of->n; i++)
      for (size_t c = 0; c < of->classes && !only[i]; c++)
        logits[i * of->classes + c] = NAN;
  }
  return FRAY_OK;
}

/* All but one. What is said of a sample that has nothing else is what the model says of nothing:
 * that is its answer there, and no gap. */
static enum fray_status take_without(const struct fray_model *model,
                                     const struct fray_encoded *encoded,
                                     const struct fray_outputs *of, const struct fray_pass *pass,
                                     float *without, struct fray_err *err) {
  uint8_t *others;
  FRAY_ALLOC(others, pass->arena, of->n, err);
  for (size_t m = 0; m < of->modalities; m++) {
    for (size_t i = 0; i < of->n; i++)
      others[i] = (uint8_t)(of->present[i] & ~(1u << m));
    FRAY_TRY(
        fray_model_classify(model, encoded, others, pass, without + m * of->n * of->classes, err));
  }
  return FRAY_OK;
}

/* The block was encoded with all that the data hold; a condition may mask some of it. */
static void take_tokens(const struct fray_model *model, const struct fray_encoded *encoded,
                        const struct fray_outputs *of, float *token) {
  for (size_t m = 0; m < of->modalities; m++) {
    float *rows = token + m * of->n * of->token_width;
    fray_model_mean_tokens(model, encoded, m, rows);
    for (size_t i = 0; i < of->n; i++)
      for (size_t k = 0; k < of->token_width && !(of->present[i] >> m & 1u); k++)
        rows[i * of->token_width + k] = NAN;
  }
}

enum fray_status fray_outputs_take(const struct fray_model *model,
                                   const struct fray_encoded *encoded, size_t n,
                                   const uint8_t *present, unsigned asked,
                                   const struct fray_pass *pass, struct fray_outputs *out,
                                   struct fray_err *err) {
  float *x;
  /* In the same order as where they are kept, so that both have one description. */
  FRAY_ALLOC(x, pass->arena, fray_outputs_floats(model, asked, n), err);
  *out = fray_outputs_lay(model, asked, n, present, x);
  float *logits = x, *alone = logits + n * out->classes;
  float *hidden = alone + (out->alone ? out->modalities * n * out->classes : 0);
  float *token = hidden + (out->hidden ? n * out->hidden_width : 0);
  float *without = token + (out->token ? out->modalities * n * out->token_width : 0);
  FRAY_TRY(fray_model_classify_and_show(model, encoded, present, pass, logits,
                                        out->hidden ? hidden : NULL, err));
  if (out->alone)
    FRAY_TRY(take_alone(model, encoded, out, pass, alone, err));
  if (out->token)
    take_tokens(model, encoded, out, token);
  if (out->without)
    FRAY_TRY(take_without(model, encoded, out, pass, without, err));
  return FRAY_OK;
}

/* In size_t without a check: the same products bound the memory of a plan before. Kept outputs are
 * for instruments, which ask about one condition at a time. */
size_t fray_outputs_floats(const struct fray_model *model, unsigned asked, size_t n) {
  const size_t modalities = fray_model_modalities(model), classes = fray_model_classes(model);
  return n * (classes + (asked & FRAY_OUT_ALONE ? modalities * classes : 0) +
              (asked & FRAY_OUT_HIDDEN ? fray_model_hidden(model) : 0) +
              (asked & FRAY_OUT_TOKENS ? modalities * fray_model_width(model) : 0) +
              (asked & FRAY_OUT_WITHOUT ? modalities * classes : 0));
}

/* The one place that knows the order of the arrays: who takes, keeps, sends and reads outputs asks
 * here. */
struct fray_outputs fray_outputs_lay(const struct fray_model *model, unsigned asked, size_t n,
                                     const uint8_t *present, const float *x) {
  struct fray_outputs out = {.n = n,
                             .classes = fray_model_classes(model),
                             .modalities = fray_model_modalities(model),
                             .hidden_width = fray_model_hidden(model),
                             .token_width = fray_model_width(model),
                             .present = present,
                             .logits = x};
  x += n * out.classes;
  if (asked & FRAY_OUT_ALONE) {
    out.alone = x;
    x += out.modalities * n * out.classes;
  }
  if (asked & FRAY_OUT_HIDDEN) {
    out.hidden = x;
    x += n * out.hidden_width;
  }
  if (asked & FRAY_OUT_TOKENS) {
    out.token = x;
    x += out.modalities * n * out.token_width;
  }
  if (asked & FRAY_OUT_WITHOUT)
    out.without = x;
  return out;
}

/* Rows of one array, to their place in the array of all samples, which is returned to its end. */
static float *put(const float *from, size_t rows, size_t width, size_t first, size_t n, float *to) {
  if (!from)
    return to;
  memcpy(to + first * width, from, rows * width * sizeof *to);
  return to + n * width;
}

/* Blocks come in any order and from any rank; each fills rows of its own in every array. */
void fray_outputs_put(const struct fray_outputs *from, size_t first, size_t n, float *x) {
  x = put(from->logits, from->n, from->classes, first, n, x);
  for (size_t m = 0; from->alone && m < from->modalities; m++)
    x = put(from->alone + m * from->n * from->classes, from->n, from->classes, first, n, x);
  x = put(from->hidden, from->n, from->hidden_width, first, n, x);
  for (size_t m = 0; from->token && m < from->modalities; m++)
    x = put(from->token + m * from->n * from->token_width, from->n, from->token_width, first, n, x);
  for (size_t m = 0; from->without && m < from->modalities; m++)
    x = put(from->without + m * from->n * from->classes, from->n, from->classes, first, n, x);
}

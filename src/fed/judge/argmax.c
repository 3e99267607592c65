/* The class of the largest logit: what a classifier says when nobody asks whether it should. */
#include "fray/fed/judge.h"
#include "fray/nn/loss.h"

static enum fray_status answer(const void *state, const struct fray_outputs *of,
                               struct fray_arena *work, int16_t *said, struct fray_err *err) {
  (void)state;
  (void)work;
  (void)err;
  fray_classify(of->n, of->classes, of->logits, NULL, NULL, said);
  return FRAY_OK;
}

/* It reads the logits and nothing else, so nothing more is computed for it. */
static const struct fray_judge_ops ops = {.answer = answer};
extern const struct fray_choice fray_judge_argmax;
const struct fray_choice fray_judge_argmax = {
    .name = "argmax",
    .meaning = "the class of the largest logit; nothing is refused",
    .source = "",
    .impl = &ops,
};

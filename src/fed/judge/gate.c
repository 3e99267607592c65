/* A fitted gate (fray guard, gate.fitted.yaml) as a judge: the class of the largest logit, unless a
 * score of the sample lies beyond the bounds that dev samples gave. What makes a gate one of these
 * models, and what it does of others, is said where it is read. */
#include "judges_gate.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"

struct gate {
  const char *file;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(PATH, "file", struct gate, file, .required = true,
               .help = "gate.fitted.yaml of fray guard, for the models that are judged. Its scores "
                       "are of the outputs alone, with one threshold for all"),
};
static FRAY_TABLE(table, "gate", struct gate, fields, .help = "Refuses as a fitted gate does.");

/* All of it is the file's: a judge has no threshold of its own, which somebody could set by what
 * comes of it. */
static enum fray_status fit(const void *params, const struct fray_judge_place *place,
                            struct fray_arena *arena, const void **state, struct fray_err *err) {
  struct judges_gate *out;
  FRAY_ALLOC_ZERO(out, arena, 1, err);
  *state = out;
  return judges_gate_read(((const struct gate *)params)->file, place, arena, out, err);
}

static enum fray_status answer(const void *state, const struct fray_outputs *of,
                               struct fray_arena *work, int16_t *said, struct fray_err *err) {
  struct judges_view view;
  FRAY_TRY(judges_view_make(of, work, &view, err));
  fray_classify(of->n, of->classes, of->logits, NULL, NULL, said);
  for (size_t i = 0; i < of->n; i++) /* no finite logit stays what it is */
    if (said[i] >= 0 && judges_gate_refuses(state, of, i, (size_t)said[i], &view))
      said[i] = FRAY_REFUSED;
  return FRAY_OK;
}

static const struct fray_judge_ops ops = {.reads = FRAY_OUT_ALONE, .fit = fit, .answer = answer};
extern const struct fray_choice fray_judge_gate;
const struct fray_choice fray_judge_gate = {
    .name = "gate",
    .meaning = "refuses as a gate that fray guard fitted to the model",
    .source = "split-conformal thresholds (Vovk, Gammerman & Shafer 2005)",
    .table = &table,
    .impl = &ops,
};

/* Three answers to a claim (after FEVER, Thorne et al. 2018, arXiv 1803.05355): one modality claims
 * something, another is the evidence.
 *
 * Without evidence, and where the gate refuses the sample, there is not enough information:
 * refused. Else the claim is supported, and the model's answer said, where the answers of both
 * modalities, each alone, agree as much as the cut asks; below it the claim is refuted. Nothing is
 * trained: gate and cut were found on dev by fray guard, and are refused for another model. What is
 * true of a sample, whether its evidence supports, refutes or is none, is the condition that it is
 * judged under, which a judge does not know. */
#include "judge_file.h"
#include "judges_gate.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"

#include <math.h>
#include <string.h>

struct claim {
  const char *file;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(PATH, "file", struct claim, file, .required = true,
               .help = "gate.fitted.yaml of a fray guard with claims, for the models that are "
                       "judged: its gate says whether there is evidence, its cut what supports. "
                       "Scores are of the outputs alone, with one threshold for all"),
};
static FRAY_TABLE(table, "claim", struct claim, fields,
                  .help = "Answers what the evidence supports, and says what it refutes.");

struct fitted {
  struct judges_gate gate;
  size_t claim, evidence; /* modalities */
  double cut;
};

/* Names of the file, which is that of a guard on the same data; but nobody knows what was written
 * into it since. */
static enum fray_status find_modality(const struct fray_node *claims, const char *key,
                                      const char *path, const struct fray_judge_place *place,
                                      size_t *out, struct fray_err *err) {
  const char *name = fray_judge_text(claims, key);
  char list[512];
  *out = place->n_modalities;
  for (size_t m = 0; m < place->n_modalities; m++)
    if (strcmp(place->modality[m], name) == 0)
      *out = m;
  FRAY_CHECK(*out < place->n_modalities, err, INPUT, "%s: claims.%s: no such modality as '%s'; %s",
             path, key, name,
             fray_there_are(name, place->modality, place->n_modalities, list, sizeof list));
  return FRAY_OK;
}

/* Gate and cut belong together: a cut was found among samples that this very gate lets pass, or
 * not. Where the model is not known yet, as by fray check, the file is read as far as it concerns
 * all trials. */
static enum fray_status fit(const void *params, const struct fray_judge_place *place,
                            struct fray_arena *arena, const void **state, struct fray_err *err) {
  const char *path = ((const struct claim *)params)->file;
  struct fitted *out;
  FRAY_ALLOC_ZERO(out, arena, 1, err);
  *state = out;
  FRAY_TRY(judges_gate_read(path, place, arena, &out->gate, err));
  const struct fray_node *claims = fray_node_get(out->gate.root, "claims");
  FRAY_CHECK(claims, err, INPUT,
             "%s: it has no cut for claims; fray guard finds one where gate.yaml has a section "
             "claims",
             path);
  FRAY_TRY(find_modality(claims, "claim", path, place, &out->claim, err));
  FRAY_TRY(find_modality(claims, "evidence", path, place, &out->evidence, err));
  if (!out->gate.trial) /* of nobody yet */
    return FRAY_OK;
  const struct fray_node *cut = fray_node_get(out->gate.trial, "cut");
  FRAY_CHECK(cut && fray_node_real(cut, &out->cut) && out->cut >= 0 && out->cut <= 1, err, INPUT,
             "%s: trial %s: cut: a number from 0 to 1 is expected", path, place->trial);
  return FRAY_OK;
}

/* A modality that is not there has no answer of its own, and neither bears out nor refutes. */
static int16_t judge(const struct fitted *p, struct judges_view *v, int16_t said) {
  const double *a = v->seen[p->claim], *b = v->seen[p->evidence];
  const double support = a && b ? fray_claim_support(v->view.classes, a, b, v->work) : (double)NAN;
  if (isnan(support))
    return FRAY_REFUSED;
  return support >= p->cut ? said : (int16_t)FRAY_REFUTED;
}

/* The gate comes first: it may refuse a sample whose modalities agree. A model that the gate has no
 * bounds of is refused everything, so its cut does not matter. */
static enum fray_status answer(const void *state, const struct fray_outputs *of,
                               struct fray_arena *work, int16_t *said, struct fray_err *err) {
  const struct fitted *p = state;
  struct judges_view view;
  FRAY_TRY(judges_view_make(of, work, &view, err));
  fray_classify(of->n, of->classes, of->logits, NULL, NULL, said);
  for (size_t i = 0; i < of->n; i++)
    if (said[i] >= 0)
      said[i] = judges_gate_refuses(&p->gate, of, i, (size_t)said[i], &view)
                    ? (int16_t)FRAY_REFUSED
                    : judge(p, &view, said[i]);
  return FRAY_OK;
}

static const struct fray_judge_ops ops = {.reads = FRAY_OUT_ALONE, .fit = fit, .answer = answer};
extern const struct fray_choice fray_judge_claimed;
const struct fray_choice fray_judge_claimed = {
    .name = "claim",
    .meaning = "answers what another modality bears out, and tells what it refutes from what there "
               "is no evidence for",
    .source = "three answers of FEVER (Thorne et al. 2018)",
    .table = &table,
    .impl = &ops,
};

/* Claims: one modality claims something, another is the evidence, and there are three answers to
 * it: supported, refuted, not enough information (after FEVER, Thorne et al. 2018, arXiv
 * 1803.05355).
 *
 * What was done to the evidence is the truth: left alone it supports the claim, taken from a sample
 * of another class it refutes it, blank or missing there is none. FEVER's retrieval of evidence and
 * its sets of sentences have no counterpart here. Nothing is trained: whether the evidence is any
 * says the gate, and from which support on a claim is called supported is found on dev. */
#include "guard_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* By the name of the condition, or of the test that it is one value of. */
bool guard_claims_has(const struct guard_file *file, enum guard_truth truth,
                      const struct guard_condition *condition) {
  const struct fray_strings *names = &file->claims.truth[truth];
  for (size_t k = 0; k < names->n; k++)
    if (strcmp(names->v[k], condition->name) == 0 ||
        (condition->of && strcmp(names->v[k], condition->of->of) == 0))
      return true;
  return false;
}

/* Every name must be a condition, and none may be two things. */
static enum fray_status check_names(const struct guard_file *file, struct fray_err *err) {
  for (int truth = 0; truth < GUARD_TRUTHS; truth++) {
    const struct fray_strings *names = &file->claims.truth[truth];
    for (size_t k = 0; k < names->n; k++) {
      size_t found = 0;
      for (size_t c = 0; c < file->n_conditions; c++) {
        const struct guard_condition *condition = &file->condition[c];
        found += strcmp(names->v[k], condition->name) == 0 ||
                 (condition->of && strcmp(names->v[k], condition->of->of) == 0);
      }
      FRAY_CHECK(found, err, INPUT, "claims: there is no condition '%s' in adherence or benign",
                 names->v[k]);
    }
  }
  for (size_t c = 0; c < file->n_conditions; c++) {
    int truths = 0;
    for (int truth = 0; truth < GUARD_TRUTHS; truth++)
      truths += guard_claims_has(file, (enum guard_truth)truth, &file->condition[c]);
    FRAY_CHECK(truths <= 1, err, INPUT, "claims: '%s' stands under two answers",
               file->condition[c].name);
  }
  return FRAY_OK;
}

/* The section may be missing; half of it may not. */
enum fray_status guard_claims_check(const struct guard_file *file, struct fray_err *err) {
  const struct guard_claims *claims = &file->claims;
  FRAY_CHECK(!claims->claim == !claims->evidence, err, INPUT,
             "claims: both claim and evidence are needed, a modality each");
  if (!claims->claim)
    return FRAY_OK;
  FRAY_CHECK(strcmp(claims->claim, claims->evidence) != 0, err, INPUT,
             "claims: %s cannot be its own evidence", claims->claim);
  /* Without either there is nothing between which a cut could lie. */
  FRAY_CHECK(claims->truth[GUARD_SUPPORTS].n && claims->truth[GUARD_REFUTES].n, err, INPUT,
             "claims.refutes: conditions under which the evidence is that of something else are "
             "needed, as [contradicted]");
  return check_names(file, err);
}

/* By the data of the trial, as a study may have cells of other modalities. */
enum fray_status guard_claims_modality(const struct fray_dataset *d, const char *name, size_t *out,
                                       struct fray_err *err) {
  const char *known[FRAY_MAX_MODALITIES];
  char list[512];
  *out = d->n_modalities;
  for (size_t m = 0; m < d->n_modalities; m++) {
    known[m] = d->modality[m].name;
    if (strcmp(known[m], name) == 0)
      *out = m;
  }
  FRAY_CHECK(*out < d->n_modalities, err, INPUT, "claims: no such modality as %s; %s", name,
             fray_there_are(name, known, d->n_modalities, list, sizeof list));
  return FRAY_OK;
}

/* What is not there supports nothing and refutes nothing: it is left out. Moves the others to the
 * front; returns how many. */
static size_t without_nan(double *value, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(value[i]))
      value[kept++] = value[i];
  return kept;
}

/* Which condition it is that nobody can be asked about: a reader of the message has several.
 * Both modalities are needed to support, and to refute: which condition leaves nobody with both is
 * what has to be mended. */
static enum fray_status refuse(const struct guard_claims *claims, bool is_clean,
                               struct fray_err *err) {
  const struct fray_strings *names = &claims->truth[GUARD_REFUTES];
  struct fray_text list = {0};
  for (size_t k = 0; k < names->n && !is_clean; k++)
    fray_text_printf(&list, "%s%s", k ? ", " : "", names->v[k]);
  const enum fray_status status = fray_fail(
      err, FRAY_INPUT, "claims: under %s no dev sample has both %s and %s, so no cut can be found",
      list.size && !list.failed ? list.data : "clean", claims->claim, claims->evidence);
  fray_text_free(&list);
  return status;
}

/* One cut for a trial, by balanced accuracy: dev has as many refuted samples as conditions make. */
enum fray_status guard_claims_cut(const struct guard_claims *claims, double *supported, size_t n,
                                  double *refuted, size_t m, struct fray_arena *arena,
                                  struct guard_trial *t, struct fray_err *err) {
  n = without_nan(supported, n);
  m = without_nan(refuted, m);
  if (n == 0 || m == 0)
    return refuse(claims, n == 0, err);
  return fray_claim_cut(n, supported, m, refuted, arena, &t->cut, &t->cut_accuracy, err);
}

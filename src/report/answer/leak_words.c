/* What models tell of who was in their training, in words: for page and terminal alike.
 *
 * Of three questions those answers that are resolved, with how many were asked: an area of .53
 * alone would pass for a leak, and none that is told for safety. */
#include "leak_words.h"

#include "report/stat/verdict.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <string.h>

enum { FEW = 3 }; /* of each kind, those that a sentence names */

/* An area below one half tells nothing that an attacker would use. */
static bool is_told(const struct fray_rep_leaked *v) {
  const int resolved = fray_rep_resolved(&v->less);
  return v->question == FRAY_REP_LEAK_CHANCE ? resolved > 0 : resolved != 0;
}

/* The one with the largest difference below `last`; NULL: none of equal question is left. */
static const struct fray_rep_leaked *next_of(const struct fray_rep_leaked *v, size_t n,
                                             enum fray_rep_leak_question question, double last) {
  const struct fray_rep_leaked *next = NULL;
  for (size_t i = 0; i < n; i++) {
    const double size = fabs(v[i].less.mean);
    if (v[i].question == question && is_told(&v[i]) && size < last &&
        (!next || size > fabs(next->less.mean)))
      next = &v[i];
  }
  return next;
}

/* "fedavg by LiRA, online: area .71 (95 % interval .66 to .76)", or a difference of areas. */
static enum fray_status put_one(const struct fray_rep_leak *leak, const struct fray_rep_leaked *v,
                                struct fray_text *out, struct fray_err *err) {
  const bool chance = v->question == FRAY_REP_LEAK_CHANCE;
  const double shift = chance ? 0.5 : 0;
  const char *group = fray_rep_leak_group(leak, v->group);
  FRAY_CHECK(group, err, MEMORY, "out of memory");
  fray_text_puts(out, leak->model[v->cell]);
  if (v->question == FRAY_REP_LEAK_GROUP)
    fray_text_printf(out, ", %s", group);
  if (v->question == FRAY_REP_LEAK_REFERENCE)
    fray_text_printf(out, " against %s", leak->model[leak->reference[v->cell]]);
  fray_text_printf(out,
                   chance ? " (%s): area %.3f (95 %% interval %.3f to %.3f)"
                          : " (%s): %+.3f (95 %% interval %+.3f to %+.3f)",
                   fray_rep_leak_title(leak->attack[v->attack]), v->less.mean + shift,
                   v->less.low + shift, v->less.high + shift);
  return FRAY_OK;
}

/* The largest first, as long as they are few. Nothing of what is not resolved: the table has it. */
static enum fray_status put_question(const struct fray_rep_leak *leak,
                                     const struct fray_rep_leaked *v, size_t n,
                                     enum fray_rep_leak_question question, struct fray_text *out,
                                     struct fray_err *err) {
  /* In the past tense, which one and many have in common. */
  static const char *const what[] = {
      [FRAY_REP_LEAK_CHANCE] = ("attacks by membership inference told members of a training from "
                                "others (an area of .5 is chance)"),
      [FRAY_REP_LEAK_REFERENCE] = "areas lay above or below that of the reference",
      [FRAY_REP_LEAK_GROUP] = "areas of groups lay above or below that of all samples"};
  size_t all = 0, resolved = 0, listed = 0;
  double last = INFINITY;
  for (size_t i = 0; i < n; i++) {
    all += v[i].question == question;
    resolved += v[i].question == question && is_told(&v[i]);
  }
  if (resolved == 0)
    return FRAY_OK;
  fray_text_printf(out, "%s%zu of %zu %s", out->size ? " " : "", resolved, all, what[question]);
  for (; listed < FEW; listed++) {
    const struct fray_rep_leaked *next = next_of(v, n, question, last);
    if (!next) /* of equal size with the last one: counted, not named */
      break;
    fray_text_puts(out, listed ? "; " : ": ");
    FRAY_TRY(put_one(leak, next, out, err));
    last = fabs(next->less.mean);
  }
  if (listed < resolved)
    fray_text_printf(out, "; and %zu more", resolved - listed);
  fray_text_puts(out, ".");
  return FRAY_OK;
}

enum fray_status fray_rep_leak_words(const struct fray_rep_leak *leak, const char **out,
                                     struct fray_err *err) {
  struct fray_rep_leaked *v;
  struct fray_text text = {0};
  size_t n;
  /* In the order in which somebody asks: at all, by which method, of whom. */
  *out = "";
  if (leak->n_attacks == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_leak_answers(leak, &v, &n, err));
  enum fray_status status = FRAY_OK;
  for (int q = 0; status == FRAY_OK && q < FRAY_REP_N_QUESTIONS; q++)
    status = put_question(leak, v, n, (enum fray_rep_leak_question)q, &text, err);
  if (status == FRAY_OK && text.size)
    *out = text.failed ? NULL : fray_arena_strdup(leak->r->arena, text.data);
  fray_text_free(&text);
  FRAY_CHECK(status != FRAY_OK || *out, err, MEMORY, "out of memory");
  return status;
}

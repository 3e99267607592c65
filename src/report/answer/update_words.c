/* What a rule did to honest clients, in words: for page and terminal alike. */
#include "update_words.h"

#include "report/stat/verdict.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <string.h>

enum { FEW = 3 }; /* differences that a sentence names */

/* From this share of honest updates on a rule is said to turn updates down. Seen of all honest
 * clients together, so that the choice of the number does not lean to either side. */
static const double turns_down = 0.05;

/* The number that speaks for a model. Of a median or a mean of clipped updates nobody is turned
 * down, and a share of 0 for all would hide that some count for little. */
static enum fray_rep_taken judged_by(const struct fray_rep_influence *in, size_t cell) {
  const size_t honest = fray_rep_influence_find(in, "clients", "honest");
  const struct fray_rep_stat s = fray_rep_influence_of(in, cell, honest, FRAY_REP_REJECTED);
  return s.n && s.mean >= turns_down ? FRAY_REP_REJECTED : FRAY_REP_PART;
}

/* Those that speak, with p by itself: the families here are smaller than those of the table. */
static enum fray_status choose(const struct fray_rep_influence *in, bool of_groups,
                               struct fray_rep_borne **out, size_t *n, struct fray_err *err) {
  struct fray_rep_borne *all;
  size_t n_all;
  double **p;
  *n = 0;
  FRAY_TRY(fray_rep_influence_borne(in, &all, &n_all, err));
  FRAY_ALLOC(*out, in->r->arena, n_all + 1, err);
  FRAY_ALLOC(p, in->r->arena, n_all + 1, err);
  for (size_t i = 0; i < n_all; i++) {
    if (all[i].of_groups != of_groups || all[i].taken != judged_by(in, all[i].cell) ||
        isnan(all[i].p))
      continue;
    (*out)[*n] = all[i];
    /* Adjusted over the rows of the table, of which only some are here. */
    (*out)[*n].less.p = all[i].p;
    p[*n] = &(*out)[*n].less.p;
    (*n)++;
  }
  return fray_rep_adjust(in->r, p, *n, err);
}

/* "krum turned down 71.0 % of the updates of honest clients with damaged training data and 12.0 %
 * of those of honest clients with undamaged training data (95 % interval of the difference 50.1 to
 * 68.2 points)". */
static enum fray_status put_one(const struct fray_rep_influence *in, const struct fray_rep_borne *v,
                                struct fray_text *out, struct fray_err *err) {
  const char *whose = fray_rep_influence_title(in, v->kind),
             *others = fray_rep_influence_title(in, v->other),
             *honest = v->of_groups ? "the honest clients of " : "";
  FRAY_CHECK(whose && others, err, MEMORY, "out of memory");
  /* "Honest clients" would be read as those of other groups. */
  if (v->of_groups)
    others = "all honest clients";
  if (v->taken == FRAY_REP_REJECTED)
    fray_text_printf(out,
                     "%s turned down %.1f %% of the updates of %s%s and %.1f %% of those of %s (95 "
                     "%% interval of the difference %.1f to %.1f points)",
                     in->model[v->cell], 100 * v->a.mean, honest, whose, 100 * v->b.mean, others,
                     100 * v->less.low, 100 * v->less.high);
  else
    fray_text_printf(out,
                     "%s took %.2f of an equal part from each update of %s%s and %.2f from those "
                     "of %s (95 %% interval of the difference %.2f to %.2f)",
                     in->model[v->cell], v->a.mean, honest, whose, v->b.mean, others, v->less.low,
                     v->less.high);
  return FRAY_OK;
}

/* How much worse off they are: turned down more, or taken less of. */
static double borne(const struct fray_rep_borne *v) {
  return v->taken == FRAY_REP_PART ? -v->less.mean : v->less.mean;
}

/* Those who bear most first, as long as they are few. Intervals do not know that they were chosen
 * for size, but p holds over all that were looked at; of what is not resolved its number alone is
 * said. */
static enum fray_status put_family(const struct fray_rep_influence *in, bool of_groups,
                                   struct fray_text *out, struct fray_err *err) {
  const char *what = of_groups ? "between honest clients of a group and all honest clients"
                               : "between honest clients with and without damaged training data";
  struct fray_rep_borne *v;
  size_t n, resolved = 0, listed = 0;
  double last = INFINITY;
  FRAY_TRY(choose(in, of_groups, &v, &n, err));
  /* Either way counts: a rule may also favour the damaged, whose updates are short. */
  for (size_t i = 0; i < n; i++)
    resolved += fray_rep_resolved(&v[i].less) != 0;
  if (n == 0)
    return FRAY_OK;
  fray_text_puts(out, out->size ? " " : "");
  if (resolved == 0) {
    if (n == 1)
      fray_text_printf(out, "The difference in whose updates counted, %s, is not resolved.", what);
    else
      fray_text_printf(out, "Of %zu differences in whose updates counted, %s, none is resolved.", n,
                       what);
    return FRAY_OK;
  }
  fray_text_printf(out, "Of %zu difference%s in whose updates counted, %s, %zu %s resolved: ", n,
                   n == 1 ? "" : "s", what, resolved, resolved == 1 ? "is" : "are");
  while (listed < resolved && listed < FEW) {
    const struct fray_rep_borne *next = NULL;
    for (size_t i = 0; i < n; i++) {
      const double size = borne(&v[i]);
      if (fray_rep_resolved(&v[i].less) && size < last && (!next || size > borne(next)))
        next = &v[i];
    }
    if (!next) /* of equal size with the last one: counted, not named */
      break;
    fray_text_puts(out, listed++ ? "; " : "");
    FRAY_TRY(put_one(in, next, out, err));
    last = borne(next);
  }
  if (listed < resolved)
    fray_text_printf(out, "; and %zu more", resolved - listed);
  fray_text_puts(out, ".");
  return FRAY_OK;
}

/* Damage first: it is what a rule takes for an attack. */
enum fray_status fray_rep_update_words(const struct fray_rep_influence *in, const char **out,
                                       struct fray_err *err) {
  struct fray_text text = {0};
  *out = "";
  if (in->n == 0)
    return FRAY_OK;
  enum fray_status status = put_family(in, false, &text, err);
  if (status == FRAY_OK)
    status = put_family(in, true, &text, err);
  if (status == FRAY_OK && text.size)
    *out = text.failed ? NULL : fray_arena_strdup(in->r->arena, text.data);
  fray_text_free(&text);
  FRAY_CHECK(status != FRAY_OK || *out, err, MEMORY, "out of memory");
  return status;
}

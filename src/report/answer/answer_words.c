/* Numbers and names of an answer as plain text, the same on the page and in a terminal. */
#include "parts.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include <math.h>
#include <string.h>

/* Without memory "", which only costs the words: the next allocation says so. */
static const char *keep(const struct fray_rep_answer *a, struct fray_text *text) {
  const char *out = text->failed || !text->data ? NULL : fray_arena_strdup(a->r->arena, text->data);
  fray_text_free(text);
  return out ? out : "";
}

/* A difference of percentages is in points; of other metrics it has the metric's own unit, and no
 * word for it. */
const char *fray_rep_points(const struct fray_rep_answer *a, double value) {
  struct fray_text text = {0};
  fray_rep_put_score(&text, value, a->percent);
  fray_text_puts(&text, a->percent && !isnan(value) ? " points" : "");
  return keep(a, &text);
}

/* One decimal of a percent, as everywhere on the page, so that a reader finds the number again. */
const char *fray_rep_score_text(const struct fray_rep_answer *a, double value) {
  struct fray_text text = {0};
  fray_rep_put_score(&text, value, a->percent);
  fray_text_puts(&text, a->percent && !isnan(value) ? " %" : "");
  return keep(a, &text);
}

/* A score's interval is cut to the range of its metric; one of a difference came with its ends,
 * which are 100 points away from none. One that anything would fit is no interval, and is named so.
 */
const char *fray_rep_interval_text(const struct fray_rep_answer *a, const struct fray_rep_stat *s,
                                   bool is_score) {
  struct fray_rep_stat copy = *s;
  struct fray_text text = {0};
  if (isnan(s->low))
    return "no interval";
  if (a->percent && fray_rep_blank(&copy, is_score))
    return "any value would fit";
  if (a->percent && is_score)
    (void)fray_rep_clip(&copy);
  fray_text_puts(&text, "95 % interval ");
  fray_rep_put_range(&text, copy.low, copy.high, a->percent);
  fray_text_puts(&text, !a->percent ? "" : is_score ? " %" : " points");
  return keep(a, &text);
}

/* A name that lacks memory is "", which only costs the word: the next allocation says so. */
static const char *or_none(const char *text) {
  return text ? text : "";
}

/* With the unit that the kind of damage declares. */
const char *fray_rep_strength_text(const struct fray_rep_answer *a,
                                   const struct fray_rep_axis *axis, double x) {
  return or_none(fray_rep_strength_title(a->r, axis->strength, x));
}

/* Column and value, since values alone ("yes", "north") need not say what they are of. */
const char *fray_rep_group_text(const struct fray_rep_answer *a,
                                const struct fray_rep_group_loss *g) {
  const char *column = fray_rep_column_title(a->r, g->column),
             *value = fray_rep_group_title(a->r, g->column, g->value);
  return or_none(column && value ? fray_arena_printf(a->r->arena, "%s %s", column, value) : NULL);
}

/* "Largest strength" would mislead of a ratio in dB, whose smallest value is the worst. */
bool fray_rep_all_grow(const struct fray_rep_answer *a) {
  for (size_t i = 0; i < a->n_axes; i++)
    if (a->axes[i].strength->worse < 0)
      return false;
  return true;
}

/* Between brackets only where asked, so that the same words make a sentence and its proof. */
enum fray_status fray_rep_sentence_text(struct fray_rep_results *r,
                                        const struct fray_rep_sentence *sentence, bool details,
                                        const char **out, struct fray_err *err) {
  struct fray_text text = {0};
  for (size_t i = 0; i < sentence->n; i++) {
    const struct fray_rep_piece *p = &sentence->piece[i];
    fray_text_puts(&text, p->text);
    if (details && p->detail)
      fray_text_printf(&text, " (%s)", p->detail);
  }
  *out = text.failed ? NULL : fray_arena_strdup(r->arena, text.data ? text.data : "");
  fray_text_free(&text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

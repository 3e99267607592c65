/* The first screen of a study: its headline, a few large numbers, and what it cannot say. Every
 * number of the headline has its interval in a note that shows on hover and on focus. */
#include "page.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 24 }; /* of the short table: more are no longer taken in at a glance */

/* Where it goes, and what it is about. section: index of the study on the page, for ids. */
struct screen {
  const struct fray_rep_answer *a;
  size_t section, notes;
  struct fray_text *out;
};

/* A button, since only what can be focused shows its note to those who have no pointer. It works
 * without the script: the note is its sibling, and CSS shows it. */
static void put_noted(struct screen *s, const struct fray_rep_piece *p) {
  fray_text_printf(
      s->out, "<span class=\"noted\"><button type=\"button\" aria-describedby=\"note%zu-%zu\">",
      s->section + 1, ++s->notes);
  fray_rep_html(s->out, p->text);
  fray_text_printf(s->out, "</button><span class=\"note\" role=\"tooltip\" id=\"note%zu-%zu\">",
                   s->section + 1, s->notes);
  fray_rep_html(s->out, p->detail);
  fray_text_puts(s->out, "</span></span>");
}

/* Names stand out, as they are what a reader looks for; words and names alike are text from data,
 * since a title may be anything. */
static enum fray_status put_headline(struct screen *s, struct fray_err *err) {
  struct fray_rep_sentence headline;
  FRAY_TRY(fray_rep_headline(s->a, &headline, err));
  fray_text_puts(s->out, "<p class=\"headline\">");
  for (size_t i = 0; i < headline.n; i++) {
    const struct fray_rep_piece *p = &headline.piece[i];
    if (p->detail) {
      put_noted(s, p);
      continue;
    }
    fray_text_puts(s->out, p->is_name ? "<b>" : "");
    fray_rep_html(s->out, p->text);
    fray_text_puts(s->out, p->is_name ? "</b>" : "");
  }
  fray_text_puts(s->out, "</p>\n");
  return FRAY_OK;
}

/* ---- large numbers ---- */

/* A list of terms: what hears the page reads each number behind its label. */
static void begin_card(struct screen *s, const char *label, const char *value) {
  fray_text_puts(s->out, "<div><dt>");
  fray_rep_html(s->out, label);
  fray_text_puts(s->out, "</dt><dd><b>");
  fray_rep_html(s->out, value);
  fray_text_puts(s->out, "</b><span>");
}

/* The small print of a card is a span, for a dd may hold no second term. */
static void end_card(struct screen *s) {
  fray_text_puts(s->out, "</span></dd></div>\n");
}

/* "95 % interval 74.7 to 85.6 %, mean of 2 series" */
static void put_basis(struct screen *s, const struct fray_rep_stat *stat, size_t n_series) {
  fray_rep_html(s->out, fray_rep_interval_text(s->a, stat, true));
  if (n_series > 1)
    fray_text_printf(s->out, ", mean of %zu", n_series);
}

/* Not resolved, though its own interval leaves out 0: p was adjusted for all that was looked at.
 * Unsaid, that reads as a contradiction. */
static bool is_open_by_family(const struct fray_rep_stat *s) {
  return fray_rep_verdict_of(s) == FRAY_REP_OPEN && (s->low > 0 || s->high < 0);
}

/* Both ends of the damage that the headline is of. It is called the worst only if that is so. */
static void put_ends(struct screen *s) {
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_cost *c = &a->cost[a->main];
  const bool worst = a->first < a->n_axes && a->n_measured > 1 && a->n_open == 0;
  if (c->n_series == 0)
    return;
  begin_card(s, fray_rep_begins_clean(c->axis) ? "Without damage" : "Least damage",
             fray_rep_score_text(a, c->start.mean));
  put_basis(s, &c->start, c->n_series);
  end_card(s);
  begin_card(s, worst ? "Worst damage" : "Under damage", fray_rep_score_text(a, c->end.mean));
  fray_text_puts(s->out, "loss ");
  fray_rep_html(s->out, fray_rep_points(a, c->lost.mean));
  fray_text_puts(s->out, ", ");
  fray_rep_html(s->out, fray_rep_interval_text(a, &c->lost, false));
  const bool never_varied = isnan(c->lost.p) && c->lost.interval.kind != FRAY_INTERVAL_NONE &&
                            a->r->seeds.n > 1; /* nothing is lost, and that is known */
  fray_text_puts(s->out, fray_rep_resolved(&c->lost) || never_varied         ? ""
                         : fray_rep_verdict_of(&c->lost) == FRAY_REP_UNKNOWN ? "; not known"
                                                                             : "; not resolved");
  if (is_open_by_family(&c->lost))
    fray_text_printf(s->out, " with p adjusted for the %zu damages", a->n_measured);
  end_card(s);
}

/* Only who is told apart from every other one is named. "It depends" where settings differ: then
 * one name would be wrong in some of them. */
static void put_lead(struct screen *s) {
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_axis *axis = a->main_axis;
  const char *label = a->n_axes ? "Ahead under it" : "Ahead";
  if (axis->n_series <= axis->n_panels)
    return;
  if (a->best == axis->n_series) {
    begin_card(s, label,
               a->n_panels_ahead    ? "it depends"
               : a->r->seeds.n == 1 ? "not known"
                                    : "not resolved");
    if (a->n_panels_ahead)
      fray_text_printf(s->out, "told apart in %zu of %zu settings", a->n_panels_ahead,
                       axis->n_panels);
    else
      fray_text_printf(s->out, "%zu compared, paired by seed", axis->n_series);
  } else {
    const struct fray_rep_standing *best = &a->standing[0];
    begin_card(s, label, axis->series[a->best]);
    if (axis->n_panels > 1) {
      fray_text_printf(s->out, "in each of %zu settings", axis->n_panels);
    } else {
      fray_rep_html(s->out, fray_rep_points(a, fabs(best->lead.mean)));
      fray_text_puts(s->out, a->higher ? " above " : " below ");
      fray_rep_html(s->out, axis->series[best->rival]);
      fray_text_puts(s->out, ", ");
      fray_rep_html(s->out, fray_rep_interval_text(a, &best->lead, false));
    }
  }
  end_card(s);
}

/* One and many, since "1 seeds" is read as a fault of the whole page. */
static void put_count(struct screen *s, size_t n, const char *what, const char *before) {
  fray_text_printf(s->out, "%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

/* What all of it rests on. */
static void put_people(struct screen *s) {
  const struct fray_rep_answer *a = s->a;
  const struct fray_rep_results *r = a->r;
  const bool known = !isnan(a->clients);
  struct fray_text value = {0};
  if (known)
    fray_text_printf(&value, "%.0f client%s", a->clients, a->clients == 1 ? "" : "s");
  else
    fray_text_printf(&value, "%zu seed%s", r->seeds.n, r->seeds.n == 1 ? "" : "s");
  begin_card(s, known ? "Tested on" : "Trained with", value.data ? value.data : "");
  s->out->failed |= value.failed;
  fray_text_free(&value);
  if (known)
    put_count(s, r->seeds.n, "seed", "");
  if (!isnan(a->samples))
    fray_text_printf(s->out, ", %.0f test sample%s", a->samples, a->samples == 1 ? "" : "s");
  if (r->folds)
    put_count(s, r->pooling.n_folds, "fold", known ? ", " : "");
  put_count(s, fray_rep_by_training(r)->n_trials, "training", known || r->folds ? ", " : "");
  end_card(s);
}

/* ---- what it cannot say ---- */

/* Always there and never folded: what is not known belongs beside what is. */
static enum fray_status put_limits(struct screen *s, struct fray_err *err) {
  const char **limit;
  size_t n;
  FRAY_TRY(fray_rep_limits(s->a, &limit, &n, err));
  fray_text_puts(s->out, "<p class=\"limits\"><b>What this cannot say.</b> ");
  for (size_t i = 0; i < n; i++) {
    char first[2] = {limit[i][0], '\0'};
    /* Clauses begin with a small ASCII letter or a digit; the first one begins a sentence. */
    if (i == 0 && first[0] >= 'a' && first[0] <= 'z')
      first[0] = (char)(first[0] - 'a' + 'A');
    fray_rep_html(s->out, first);
    fray_rep_html(s->out, limit[i] + 1);
    fray_text_puts(s->out, i + 1 == n ? "." : "; ");
  }
  fray_text_printf(s->out, " <a href=\"#full%zu\">All intervals</a></p>\n", s->section + 1);
  return FRAY_OK;
}

/* The order is that of reading on a phone, where all of it stands in one column above the curve. */
enum fray_status fray_rep_first_screen(const struct fray_rep_answer *a, size_t section,
                                       struct fray_text *out, struct fray_err *err) {
  struct screen s = {.a = a, .section = section, .out = out};
  fray_text_puts(out, "<div class=\"tell\">\n");
  FRAY_TRY(put_headline(&s, err));
  fray_text_puts(out, "<dl class=\"numbers\">\n");
  if (a->n_axes)
    put_ends(&s);
  put_lead(&s);
  put_people(&s);
  fray_text_puts(out, "</dl>\n");
  FRAY_TRY(put_limits(&s, err));
  fray_text_puts(out, "</div>\n");
  return FRAY_OK;
}

/* ---- the short table ---- */

/* A number and its interval in one cell, which keeps the table as narrow as a phone allows. A stat
 * without seeds was not measured, whatever its mean says. */
static void put_stat(const struct fray_rep_answer *a, const struct fray_rep_stat *stat,
                     bool is_score, struct fray_text *out) {
  struct fray_rep_stat copy = *stat;
  const bool any = a->percent && fray_rep_blank(&copy, is_score);
  if (a->percent && is_score)
    (void)fray_rep_clip(&copy);
  fray_text_puts(out, "<td>");
  fray_rep_put_score(out, stat->n ? stat->mean : NAN, a->percent);
  if (stat->n && !isnan(stat->low)) {
    fray_text_puts(out, " <span class=\"range\">");
    if (any)
      fray_text_puts(out, "any");
    else
      fray_rep_put_range(out, copy.low, copy.high, a->percent);
    fray_text_puts(out, "</span>");
  }
  fray_text_puts(out, "</td>");
}

/* In words and not in colours or signs, which would have to be explained. */
/* What is told of a row: of its loss, and of its place. */
static void put_verdict(const struct fray_rep_answer *a, const struct fray_rep_standing *s,
                        bool compares, struct fray_text *out) {
  static const char *const lost[] = {[FRAY_REP_UNKNOWN] = "loss not known",
                                     [FRAY_REP_OPEN] = "no loss told",
                                     [FRAY_REP_MORE] = "loss",
                                     [FRAY_REP_LESS] = "gain"};
  fray_text_puts(out, "<td class=\"words\">");
  if (s->at_chance)
    fray_text_puts(out, "not told from chance");
  else if (a->n_axes)
    fray_text_puts(out, lost[fray_rep_verdict_of(&s->lost)]);
  if (compares && !s->at_chance) {
    fray_text_puts(out, a->n_axes ? ", " : "");
    fray_text_puts(out, s->is_ahead                                      ? "ahead"
                        : fray_rep_verdict_of(&s->lead) == FRAY_REP_LESS ? "behind"
                                                                         : "place open");
  }
  fray_text_puts(out, "</td></tr>\n");
}

/* Columns that say nothing are left out: no loss without an axis, no lead of one model alone. */
static void put_head(const struct fray_rep_answer *a, bool compares, struct fray_text *out) {
  const char *unit = a->percent ? ",&nbsp;%" : "", *points = a->percent ? ", points" : "";
  fray_text_puts(out, "<thead><tr><th scope=\"col\" class=\"words\">model</th>");
  if (a->n_axes)
    fray_text_printf(out, "<th scope=\"col\">%s%s</th>",
                     fray_rep_begins_clean(a->main_axis) ? "clean" : "least damage", unit);
  fray_text_printf(out, "<th scope=\"col\">%s%s</th>", a->n_axes ? "damaged" : "score", unit);
  if (a->n_axes)
    fray_text_printf(out, "<th scope=\"col\">loss%s</th>", points);
  if (compares)
    fray_text_printf(out, "<th scope=\"col\">lead%s</th>", points);
  fray_text_puts(out, "<th scope=\"col\" class=\"words\">resolved</th></tr></thead><tbody>\n");
}

/* What the damage is stands here and not in the heads, where its name would make them wide. */
static void put_caption(const struct fray_rep_answer *a, bool compares, struct fray_text *out) {
  const struct fray_rep_axis *axis = a->main_axis;
  struct fray_rep_basis basis = {0};
  fray_text_puts(out, "<caption>");
  fray_rep_html(out, a->metric);
  fray_text_puts(out, a->higher ? "" : " (less is better)");
  if (a->n_axes) {
    fray_text_puts(out, ", damage: ");
    fray_rep_html(out, axis->title);
    fray_text_puts(out, " (");
    fray_rep_html(out, fray_rep_strength_text(a, axis, axis->x[axis->n_x - 1]));
    fray_text_puts(out, ")");
  }
  fray_text_puts(out, ". 95&nbsp;% intervals beside.");
  if (compares)
    fray_text_puts(out, " Lead: over the next of the same setting, or behind its best, paired by "
                        "seed.");
  bool adjusted = false;
  for (size_t i = 0; i < axis->n_series; i++) {
    const struct fray_rep_standing *s = &a->standing[i];
    fray_rep_basis_add(&basis, &s->end);
    adjusted = adjusted || (a->n_axes && is_open_by_family(&s->lost)) ||
               (compares && is_open_by_family(&s->lead));
  }
  fray_rep_basis_words(&basis, out);
  if (adjusted)
    fray_text_puts(out, " What is called resolved holds over all rows together, with p adjusted; "
                        "an interval stands by itself, and may leave out 0 where p does not.");
  fray_text_puts(out, "</caption>\n");
}

/* Rows by setting, in each the best first, as the answer sorted them. */
void fray_rep_short_table(const struct fray_rep_answer *a, struct fray_text *out) {
  const struct fray_rep_axis *axis = a->main_axis;
  const bool compares = axis->n_series > axis->n_panels;
  if (axis->n_series == 0)
    return;
  fray_text_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table class=\"short\">");
  put_caption(a, compares, out);
  put_head(a, compares, out);
  for (size_t i = 0; i < axis->n_series && i < MOST_ROWS; i++) {
    const struct fray_rep_standing *s = &a->standing[i];
    fray_text_puts(out, "<tr><th scope=\"row\">");
    fray_rep_html(out, axis->full[s->series]);
    fray_text_puts(out, "</th>");
    if (a->n_axes)
      put_stat(a, &s->start, true, out);
    put_stat(a, &s->end, true, out);
    if (a->n_axes)
      put_stat(a, &s->lost, false, out);
    if (compares)
      put_stat(a, &s->lead, false, out);
    put_verdict(a, s, compares, out);
  }
  fray_text_puts(out, "</tbody></table></div>\n");
  if (axis->n_series > MOST_ROWS)
    fray_text_printf(out, "<p class=\"sub\">%zu more are in the table of every measure.</p>\n",
                     axis->n_series - (size_t)MOST_ROWS);
}

/* Tables under a figure: drops, paired comparisons, groups. */
#include "page.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include <math.h>

static void head_cell(struct fray_text *out, const char *text) {
  fray_text_puts(out, "<th scope=\"col\">");
  fray_rep_put_name(out, text);
  fray_text_puts(out, "</th>");
}

/* The strength itself heads its column: "clean" would be wrong of an axis that begins at damage. */
static void strength_head(const struct fray_rep_results *r, struct fray_text *out,
                          const struct fray_rep_axis *axis, double x) {
  fray_text_puts(out, "<th scope=\"col\">at ");
  fray_rep_put_name(out, fray_rep_strength_title(r, axis->strength, x));
  fray_text_puts(out, "</th>");
}

/* A difference of scores with its interval, or "any" where any difference would fit. percent stands
 * for a score within [0, 1]: of others no interval is so wide that any would fit. */
static void stat_cells(struct fray_text *out, struct fray_rep_stat s, bool percent) {
  fray_text_puts(out, "<td>");
  fray_rep_put_score(out, s.mean, percent);
  fray_text_puts(out, "</td><td class=\"range\">");
  /* The mean stays: it was measured, however little it says of others. */
  if (percent && fray_rep_blank(&s, false))
    fray_text_puts(out, "any");
  else
    fray_rep_put_range(out, s.low, s.high, percent);
  fray_text_puts(out, "</td>");
}

/* Mean over the seeds that have a value here, which may be more than those that the paired loss
 * rests on. */
static void score_cell(struct fray_text *out, const struct fray_rep_grid *g, size_t s, size_t x,
                       bool percent) {
  fray_text_puts(out, "<td>");
  fray_rep_put_score(out, fray_rep_mean(g->value + fray_rep_grid_at(g, s, x), g->n_seeds), percent);
  fray_text_puts(out, "</td>");
}

/* With several panels the label of a series is not unique, so the panel stands in front. */
static void series_head(struct fray_text *out, const struct fray_rep_axis *a, size_t s) {
  fray_text_puts(out, "<th scope=\"row\">");
  if (a->n_panels > 1) {
    fray_rep_html(out, a->panel_title[a->panel[s]]);
    fray_text_puts(out, ": ");
  }
  fray_rep_html(out, a->series[s]);
  fray_text_puts(out, "</th>");
}

/* Value at both ends, drop with its interval. The loss need not be the difference of the two
 * values: it is of the seeds that have both, the values are of all that have one. */
static void drop_cells(struct fray_text *out, const struct fray_rep_grid *g, size_t s,
                       const struct fray_rep_stat *drop, bool percent) {
  score_cell(out, g, s, 0, percent);
  score_cell(out, g, s, g->axis->n_x - 1, percent);
  stat_cells(out, *drop, percent);
  fray_text_printf(out, "<td>%zu</td>", drop->n);
}

/* Loss of each series of a group, and what the intervals rest on. Not adjusted: a group table calls
 * nothing resolved. */
static enum fray_status measure_drops(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                      bool higher, struct fray_rep_stat **out,
                                      struct fray_rep_basis *basis, struct fray_err *err) {
  FRAY_ALLOC(*out, r->arena, g->axis->n_series, err);
  for (size_t s = 0; s < g->axis->n_series; s++) {
    FRAY_TRY(fray_rep_drop_stat(r, g, s, higher, &(*out)[s], err));
    fray_rep_basis_add(basis, &(*out)[s]);
  }
  return FRAY_OK;
}

/* yes, no, or why nothing is said. Chance first: of such a series the p-value is NaN, which would
 * read as "not known". */
static const char *loss_word(const struct fray_rep_loss *loss) {
  if (loss->start == FRAY_REP_AT_CHANCE)
    return "not told from chance";
  switch (fray_rep_verdict_of(&loss->stat)) {
  case FRAY_REP_MORE:
    return "loss";
  case FRAY_REP_LESS:
    return "gain";
  case FRAY_REP_OPEN:
    return "no";
  case FRAY_REP_UNKNOWN:
    break;
  }
  return "not known";
}

/* Five columns, which drop_cells fills in the same order in both tables. */
/* Heads of the columns that drop_cells fills, in its order. */
static void drop_head(const struct fray_rep_results *r, struct fray_text *out,
                      const struct fray_rep_axis *axis) {
  strength_head(r, out, axis, axis->x[0]);
  strength_head(r, out, axis, axis->x[axis->n_x - 1]);
  fray_text_puts(out, "<th scope=\"col\">loss</th><th scope=\"col\">95&nbsp;% interval</th>"
                      "<th scope=\"col\">seeds</th>");
}

/* The interval is one by itself and the verdict is adjusted, so a row may say "no" beside an
 * interval without 0; the caption says why. */
static void put_drops(const struct fray_rep_results *r, const struct fray_rep_grid *g,
                      const struct fray_rep_loss *loss, const struct fray_rep_basis *basis,
                      bool percent, const char *metric, struct fray_text *out) {
  const struct fray_rep_axis *axis = g->axis;
  fray_text_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table><caption>Loss of ");
  fray_rep_put_name(out, metric);
  fray_text_puts(out, percent ? ", in points," : "");
  fray_text_printf(out, " from %s strength, paired by seed.", fray_rep_way(axis));
  fray_rep_basis_words(basis, out);
  if (axis->n_series > 1)
    fray_text_puts(out, " What is called resolved holds over all series together (Holm).");
  fray_text_puts(out, "</caption>\n<thead><tr><th scope=\"col\" class=\"words\">series</th>");
  drop_head(r, out, axis);
  fray_text_puts(out, "<th scope=\"col\" class=\"words\">resolved</th>");
  fray_text_puts(out, "</tr></thead><tbody>\n");
  for (size_t s = 0; s < axis->n_series; s++) {
    fray_text_puts(out, "<tr>");
    series_head(out, axis, s);
    drop_cells(out, g, s, &loss[s].stat, percent);
    fray_text_printf(out, "<td class=\"words\">%s</td></tr>\n", loss_word(&loss[s]));
  }
  fray_text_puts(out, "</tbody></table></div>\n");
}

/* Why a pair is silent comes first: its p is NaN, and "neither" would claim that it was judged. */
static void put_pair(const struct fray_rep_axis *a, const struct fray_rep_pair *p, bool percent,
                     struct fray_text *out) {
  int level = fray_rep_resolved(&p->level), drop = fray_rep_resolved(&p->drop);
  fray_text_puts(out, "<tr>");
  fray_text_puts(out, "<th scope=\"row\">");
  if (a->n_panels > 1) {
    fray_rep_html(out, a->panel_title[a->panel[p->a]]);
    fray_text_puts(out, ": ");
  }
  fray_rep_html(out, a->series[p->a]);
  fray_text_puts(out, " \u2212 ");
  fray_rep_html(out, a->series[p->b]);
  fray_text_puts(out, "</th>");
  stat_cells(out, p->level, percent);
  stat_cells(out, p->drop, percent);
  fray_text_printf(out, "<td>%zu</td><td class=\"words\">%s</td></tr>\n", p->level.n,
                   p->silence != FRAY_REP_SPOKEN ? "not told from chance"
                   : level && drop               ? "both"
                   : level                       ? "score"
                   : drop                        ? "loss"
                                                 : "neither");
}

/* The basis is that of both columns, since level and loss of a pair may lack different seeds. */
static void put_pairs(const struct fray_rep_axis *axis, const struct fray_rep_pair *pairs, size_t n,
                      bool percent, struct fray_text *out) {
  fray_text_puts(
      out,
      "<div class=\"scroll\" tabindex=\"0\"><table><caption>Paired differences between series: "
      "score at ");
  fray_rep_put_number(out, axis->x[axis->n_x - 1]);
  fray_text_puts(out, ", and loss on the way there (negative: the first loses less).");
  struct fray_rep_basis basis = {0};
  for (size_t i = 0; i < n; i++) {
    fray_rep_basis_add(&basis, &pairs[i].level);
    fray_rep_basis_add(&basis, &pairs[i].drop);
  }
  fray_rep_basis_words(&basis, out);
  if (n > 1)
    fray_text_printf(out,
                     " Each interval stands by itself; what is called resolved holds over all %zu "
                     "comparisons together (Holm, p below 0.05).",
                     n);
  fray_text_puts(out, "</caption>\n<thead><tr><th scope=\"col\">difference</th>"
                      "<th scope=\"col\">score</th><th scope=\"col\">95&nbsp;% interval</th>"
                      "<th scope=\"col\">loss</th><th scope=\"col\">95&nbsp;% interval</th>"
                      "<th scope=\"col\">seeds</th>"
                      "<th scope=\"col\" class=\"words\">resolved</th></tr></thead><tbody>\n");
  for (size_t i = 0; i < n; i++)
    put_pair(axis, &pairs[i], percent, out);
  fray_text_puts(out, "</tbody></table></div>\n");
}

/* The numbers behind the sentences of the summary, from the same losses and pairs, so that the page
 * cannot contradict itself. Without pairs (one series) there is no second table. */
enum fray_status fray_rep_axis_tables(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                      struct fray_text *out, struct fray_err *err) {
  const char *metric = fray_rep_metric_title(r, r->metrics.v[r->main_metric]);
  bool percent = fray_rep_is_percent(r, r->main_metric);
  bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  struct fray_rep_grid g;
  struct fray_rep_basis basis = {0};
  struct fray_rep_loss *loss;
  struct fray_rep_pair *pairs;
  size_t n;
  FRAY_TRY(fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &g, err));
  FRAY_TRY(fray_rep_losses(r, &g, higher, &loss, err));
  for (size_t s = 0; s < axis->n_series; s++)
    fray_rep_basis_add(&basis, &loss[s].stat);
  FRAY_TRY(fray_rep_pairs(r, &g, higher, &pairs, &n, err));
  put_drops(r, &g, loss, &basis, percent, metric, out);
  if (n)
    put_pairs(axis, pairs, n, percent, out);
  return FRAY_OK;
}

/* Small groups are shown with a mark and not left out, as a reader would look for them. Samples and
 * clients are of the whole group and the same in each of its rows. */
static void put_group(const struct fray_rep_axis *axis, const char *value,
                      const struct fray_rep_grid *g, const struct fray_rep_stat *drops,
                      bool percent, struct fray_text *out) {
  for (size_t s = 0; s < axis->n_series; s++) {
    fray_text_puts(out, "<tr><th scope=\"row\">");
    fray_rep_put_name(out, value);
    fray_text_puts(out, fray_rep_unresolved(g) ? "&nbsp;\u2020" : "");
    fray_text_puts(out, "</th>");
    series_head(out, axis, s);
    fray_text_puts(out, "<td>");
    fray_rep_put_number(out, g->samples);
    fray_text_puts(out, "</td><td>");
    fray_rep_put_number(out, g->clusters);
    fray_text_puts(out, "</td>");
    drop_cells(out, g, s, &drops[s], percent);
    fray_text_puts(out, "</tr>\n");
  }
}

/* Folded, as it is long. All groups are measured before the caption, which says what the intervals
 * of all of them rest on. */
enum fray_status fray_rep_group_table(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                      const struct fray_rep_groups *groups,
                                      const struct fray_rep_grid *grids, struct fray_text *out,
                                      struct fray_err *err) {
  const char *metric = fray_rep_metric_title(r, r->metrics.v[r->main_metric]);
  bool percent = fray_rep_is_percent(r, r->main_metric);
  bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  struct fray_rep_basis basis = {0};
  struct fray_rep_stat **drops;
  FRAY_ALLOC(drops, r->arena, groups->n + 1, err);
  for (size_t i = 0; i < groups->n; i++)
    FRAY_TRY(measure_drops(r, &grids[i], higher, &drops[i], &basis, err));
  fray_text_puts(out, "<details><summary>Table: loss by ");
  fray_rep_put_name(out, fray_rep_column_title(r, groups->column));
  fray_text_puts(out, "</summary>\n<div class=\"scroll\" tabindex=\"0\"><table><caption>");
  fray_rep_put_name(out, metric);
  fray_text_puts(out, percent ? " in percent, loss in points." : ".");
  fray_text_puts(out, " \u2020 under 30 samples or 5 clients: too few to speak of the group. The "
                      "worst of several groups looks worse than it is; read it as a question.");
  fray_rep_basis_words(&basis, out);
  fray_text_puts(out, "</caption>\n<thead><tr>");
  head_cell(out, fray_rep_column_title(r, groups->column));
  fray_text_puts(out, "<th scope=\"col\" class=\"words\">series</th><th scope=\"col\">samples</th>"
                      "<th scope=\"col\">clients</th>");
  drop_head(r, out, axis);
  fray_text_puts(out, "</tr></thead><tbody>\n");
  for (size_t i = 0; i < groups->n; i++)
    put_group(axis, fray_rep_group_title(r, groups->column, groups->value[i]), &grids[i], drops[i],
              percent, out);
  fray_text_puts(out, "</tbody></table></div></details>\n");
  return FRAY_OK;
}

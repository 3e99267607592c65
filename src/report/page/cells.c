/* Every cell of the study under every condition. */
#include "page.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include "fray/base/text.h"

#include <math.h>
#include <string.h>

/* Rows of the model of the last round that a page bears: it stands beside the selected one for
 * those who ask, and a large study is to open at once. */
enum { MOST_LAST = 500 };

/* One condition of one selection. */
struct table {
  struct fray_rep_results *r;
  struct fray_rep_axis axis;  /* of the condition */
  struct fray_rep_grid *grid; /* (metrics.n) */
  struct fray_rep_stat *stat; /* (metrics.n, n_series, n_x), clipped to the metric's range */
  struct fray_rep_basis basis;
  bool is_clipped, is_blank;
  bool is_trial; /* the condition that the corruption entries made */
  bool is_clean;
};

/* Two columns a metric: put_row puts mean and interval of each in this order. */
static void put_metric_heads(const struct table *t, struct fray_text *out) {
  for (size_t i = 0; i < t->r->metrics.n; i++) {
    fray_text_puts(out, "<th scope=\"col\">");
    fray_rep_put_name(out, fray_rep_metric_title(t->r, t->r->metrics.v[i]));
    fray_text_puts(out, fray_rep_is_percent(t->r, i) ? ",&nbsp;%" : "");
    fray_text_puts(out, "</th><th scope=\"col\">95&nbsp;% interval</th>");
  }
}

/* Must have the columns of put_row, in its order; a condition without a severity, whose one x is
 * NaN, has none for it. */
static void put_heads(const struct table *t, struct fray_text *out) {
  fray_text_puts(out, "<thead><tr>");
  for (size_t k = 0; k < t->r->n_keys; k++) {
    fray_text_puts(out, "<th scope=\"col\" class=\"words\">");
    fray_rep_put_name(out, fray_rep_key_title(t->r, t->r->key[k]));
    fray_text_puts(out, "</th>");
  }
  if (!isnan(t->axis.x[0])) {
    fray_text_puts(out, "<th scope=\"col\">");
    fray_rep_html(out, t->axis.label);
    fray_text_puts(out, "</th><th scope=\"col\">realised</th>");
  }
  put_metric_heads(t, out);
  fray_text_puts(out, "<th scope=\"col\">chance</th><th scope=\"col\">seeds</th>"
                      "<th scope=\"col\">diverged</th>");
  if (t->is_trial)
    for (size_t d = 0; d < t->r->n_damages; d++) {
      fray_text_puts(out, "<th scope=\"col\">");
      fray_rep_html(out, t->r->damage[d].id);
      fray_text_printf(out, " realised, %s</th>", t->r->damage[d].at_test ? "test" : "train");
    }
  fray_text_puts(out, "</tr></thead><tbody>\n");
}

/* Mean over the trials of a cell, with the nominal rate behind it where they differ. Trainings of
 * which no rate is known are left out and do not count as 0. 0.005 is below what three digits of a
 * rate show. */
static void put_damage(const struct fray_rep_results *r, size_t cell, size_t d,
                       struct fray_text *out) {
  double realised = 0, nominal = NAN;
  size_t n = 0;
  for (size_t i = 0; i < r->n_trials; i++) {
    const struct fray_rep_trial *t = &r->trial[i];
    if (t->cell != cell)
      continue;
    nominal = t->nominal[d];
    realised += isnan(t->realised[d]) ? 0 : t->realised[d];
    n += isnan(t->realised[d]) ? 0 : 1;
  }
  fray_text_puts(out, "<td>");
  fray_rep_put_number(out, n ? realised / (double)n : NAN);
  if (n && fabs(realised / (double)n - nominal) > 0.005) {
    fray_text_puts(out, " <small>of ");
    fray_rep_put_number(out, nominal);
    fray_text_puts(out, "</small>");
  }
  fray_text_puts(out, "</td>");
}

/* Metric by metric, as the grids are; s and x as in them. */
static struct fray_rep_stat *stat_of(const struct table *t, size_t metric, size_t s, size_t x) {
  return &t->stat[(metric * t->axis.n_series + s) * t->axis.n_x + x];
}

/* What does not depend on the metric (realised rates, chance, seeds, diverged) is that of the main
 * metric. */
static void put_row(const struct table *t, size_t s, size_t x, struct fray_text *out) {
  const struct fray_rep_grid *first = &t->grid[t->r->main_metric];
  size_t cell = t->axis.cell_of_series[s], n = first->n_seeds, at = fray_rep_grid_at(first, s, x);
  fray_text_puts(out, "<tr>");
  for (size_t k = 0; k < t->r->n_keys; k++) {
    fray_text_puts(out, k ? "<td class=\"words\">" : "<th scope=\"row\">");
    fray_rep_put_name(out, fray_rep_value_title(t->r, t->r->key[k], t->r->cell[cell]->value[k]));
    if (k == 0 && t->r->is_reference[cell])
      fray_text_puts(out, "&nbsp;<small>(reference)</small>");
    fray_text_puts(out, k ? "</td>" : "</th>");
  }
  if (!isnan(t->axis.x[0])) {
    fray_text_puts(out, "<td>");
    fray_rep_put_number(out, t->axis.x[x]);
    fray_text_puts(out, "</td><td>");
    fray_rep_put_number(out, fray_rep_mean(first->realised + at, n));
    fray_text_puts(out, "</td>");
  }
  for (size_t i = 0; i < t->r->metrics.n; i++) {
    const struct fray_rep_stat *stat = stat_of(t, i, s, x);
    bool percent = fray_rep_is_percent(t->r, i);
    fray_text_puts(out, "<td>");
    fray_rep_put_score(out, stat->mean, percent);
    fray_text_puts(out, "</td><td class=\"range\">");
    fray_rep_put_range(out, stat->low, stat->high, percent);
    fray_text_puts(out, "</td>");
  }
  fray_text_puts(out, "<td>");
  fray_rep_put_score(out, fray_rep_mean(first->chance + at, n),
                     fray_rep_is_percent(t->r, t->r->main_metric));
  fray_text_printf(out, "</td><td>%zu</td><td>%zu</td>", stat_of(t, t->r->main_metric, s, x)->n,
                   first->diverged[s * t->axis.n_x + x]);
  if (t->is_trial)
    for (size_t d = 0; d < t->r->n_damages; d++)
      put_damage(t->r, cell, d, out);
  fray_text_puts(out, "</tr>\n");
}

/* Intervals of all metrics; the sentence below the table speaks of all of them. The order of the
 * last two lines of the body matters: an interval that any score would fit is taken away before it
 * is clipped, or it would count as clipped. */
static enum fray_status measure(struct table *t, struct fray_err *err) {
  FRAY_ALLOC(t->stat, t->r->arena, t->r->metrics.n * t->axis.n_series * t->axis.n_x, err);
  for (size_t s = 0; s < t->axis.n_series; s++)
    for (size_t x = 0; x < t->axis.n_x; x++)
      for (size_t i = 0; i < t->r->metrics.n; i++) {
        struct fray_rep_stat *stat = stat_of(t, i, s, x);
        FRAY_TRY(fray_rep_grid_stat(t->r, &t->grid[i], s, x, stat, err));
        fray_rep_basis_add(&t->basis, stat);
        t->is_blank |= fray_rep_is_percent(t->r, i) && fray_rep_blank(stat, true);
        t->is_clipped |= fray_rep_is_percent(t->r, i) && fray_rep_clip(stat);
      }
  return FRAY_OK;
}

/* What is true of every row stands here once; measure() found out before whether any interval was
 * cut or taken away. */
static void put_caption(const struct table *t, struct fray_text *out) {
  fray_text_printf(out, "<caption>Mean over seeds and 95&nbsp;%% interval%s, test data ",
                   t->is_clipped ? " (clipped to 0\u2013100&nbsp;%)" : "");
  fray_text_puts(out, t->is_trial   ? "as the corruption entries leave them"
                      : t->is_clean ? "undamaged (where no entry acts at test, the scores are "
                                      "those of <code>trial</code>)"
                                    : "damaged by this test condition");
  fray_text_puts(out, ". Chance: ");
  fray_rep_put_name(out, fray_rep_metric_title(t->r, t->r->metrics.v[t->r->main_metric]));
  fray_text_puts(out, " of the predictor of the training majority.");
  fray_rep_basis_words(&t->basis, out);
  if (t->is_blank)
    fray_text_puts(out,
                   " No interval is shown where it would reach from 0 to 100&nbsp;%: any score "
                   "would fit.");
  fray_text_puts(out, "</caption>\n");
}

/* Folded but for one, since a page with every cell open could not be read; the script prepares a
 * folded table when it is opened. */
static void put_table(const struct table *t, bool last, struct fray_text *out) {
  bool open = t->is_trial && !last;
  fray_text_printf(out, "<details%s><summary><b>", open ? " open" : "");
  fray_rep_put_name(out, fray_rep_condition_title(t->r, t->axis.condition));
  fray_text_printf(out, "</b>, %s</summary>\n",
                   last ? "model of the last round" : "model of the round selected on dev");
  fray_text_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table>");
  put_caption(t, out);
  put_heads(t, out);
  for (size_t s = 0; s < t->axis.n_series; s++)
    for (size_t x = 0; x < t->axis.n_x; x++)
      put_row(t, s, x, out);
  fray_text_puts(out, "</tbody></table></div></details>\n");
}

/* Without a single score there is no table: the model of the last round is tested on request only.
 * Long tables of that model are left to scores.csv, but never the one of `trial`. */
static enum fray_status put_condition(struct fray_rep_results *r, size_t condition, bool last,
                                      struct fray_text *out, struct fray_err *err) {
  struct table t = {.r = r};
  size_t n;
  (void)fray_rep_scores(r, last, condition, FRAY_REP_ALL, r->main_metric, &n);
  if (n == 0)
    return FRAY_OK;
  t.is_trial = strcmp(r->conditions.v[condition], "trial") == 0;
  FRAY_TRY(fray_rep_condition_axis(r, condition, &t.axis, err));
  size_t rows = t.axis.n_series * t.axis.n_x;
  if (last && !t.is_trial && rows > MOST_LAST) {
    fray_text_puts(out, "<p><b>");
    fray_rep_put_name(out, fray_rep_condition_title(r, condition));
    fray_text_printf(out, "</b>, model of the last round: %s, in <code>scores.csv</code>.</p>\n",
                     FRAY_N(rows, "row"));
    return FRAY_OK;
  }
  FRAY_ALLOC(t.grid, r->arena, r->metrics.n, err);
  for (size_t i = 0; i < r->metrics.n; i++)
    FRAY_TRY(fray_rep_make_grid(r, &t.axis, last, FRAY_REP_ALL, i, &t.grid[i], err));
  t.is_clean = strcmp(r->conditions.v[condition], "clean") == 0;
  FRAY_TRY(measure(&t, err));
  put_table(&t, last, out);
  return FRAY_OK;
}

/* Selected models first, for all conditions; the models of the last round behind them. */
enum fray_status fray_rep_cells(struct fray_rep_results *r, struct fray_text *out,
                                struct fray_err *err) {
  for (int last = 0; last < 2; last++)
    for (size_t c = 0; c < r->conditions.n; c++)
      FRAY_TRY(put_condition(r, c, last, out, err));
  return FRAY_OK;
}

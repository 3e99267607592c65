/* What differences by group are to a program, and in words.
 *
 * Page and terminal say the same sentences; the table has every row, also those of which nothing
 * may be said, each with its reason. */
#include "contrasts.h"

#include "report/stat/path.h"
#include "report/words/names.h"
#include "report/words/table_columns.h"

#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FEW = 3 }; /* differences that a sentence names */

/* The scope tells the two questions apart: see contrasts.c. */
static bool is_alone(const struct fray_rep_contrast *row) {
  return row->samples == FRAY_REP_OWN;
}

/* Tested: those that are in the family. A row without a verdict is neither resolved nor open. */
void fray_rep_count_contrasts(const struct fray_rep_contrasts *c, bool against_alone,
                              size_t *tested, size_t *resolved) {
  *tested = *resolved = 0;
  for (size_t i = 0; i < c->n; i++) {
    if (is_alone(&c->v[i]) != against_alone)
      continue;
    *tested += isnan(c->v[i].stat.p) ? 0 : 1;
    *resolved += fray_rep_resolved(&c->v[i].stat) != 0;
  }
}

/* ---- CSV ---- */

/* What the row is of. Names are those of the scenario, which scripts know, and not titles. A swept
 * key is no strength of the condition: it is in the names of the two models. */
static void put_names(const struct fray_rep_contrasts *c, const struct fray_rep_contrast *row,
                      struct fray_text *out) {
  static const char *const measures[] = {[FRAY_REP_OF_ALL] = "difference",
                                         [FRAY_REP_OF_GROUP] = "group_difference",
                                         [FRAY_REP_OF_WORST] = "worst_group_difference"};
  const struct fray_rep_axis *a = row->axis;
  fray_text_puts(out, measures[row->of]);
  fray_rep_csv_put_text(out, a->name);
  fray_rep_csv_put_text(out, c->r->conditions.v[a->condition]);
  fray_rep_csv_put_real(out, a->is_key || isnan(a->x[a->n_x - 1]) ? NAN : a->x[a->n_x - 1]);
  fray_rep_csv_put_text(out, a->csv[row->first]);
  fray_rep_csv_put_text(out, row->second < a->n_series ? a->csv[row->second] : "local_only");
  fray_rep_csv_put_text(out, is_alone(row) ? "own_client" : "test");
  /* As scores.csv names groups; the worst one by its column alone. */
  struct fray_text group = {0};
  fray_text_puts(&group, row->column ? row->column : "all");
  if (row->value)
    fray_text_printf(&group, "=%s", row->value);
  fray_rep_csv_put_text(out, group.data ? group.data : "");
  out->failed |= group.failed;
  fray_text_free(&group);
}

/* The columns must follow the header, which columns.csv explains. */
void fray_rep_contrasts_csv(const struct fray_rep_contrasts *c, struct fray_text *out) {
  /* As measures.csv has them. */
  static const char *const kinds[] = {[FRAY_INTERVAL_NONE] = "none",
                                      [FRAY_INTERVAL_PERCENTILE] = "percentile",
                                      [FRAY_INTERVAL_T] = "t",
                                      [FRAY_INTERVAL_SEEDS] = "seeds"};
  fray_rep_header("tables/*group-differences.csv", NULL, 0, out);
  for (size_t i = 0; i < c->n; i++) {
    const struct fray_rep_contrast *row = &c->v[i];
    const struct fray_rep_stat *s = &row->stat;
    put_names(c, row, out);
    fray_rep_csv_put_text(out, c->r->metrics.v[c->r->main_metric]);
    fray_rep_csv_put_real(out, row->a);
    fray_rep_csv_put_real(out, row->b);
    fray_rep_csv_put_real(out, s->mean);
    fray_rep_csv_put_real(out, s->interval.low);
    fray_rep_csv_put_real(out, s->interval.high);
    fray_rep_csv_put_text(out, kinds[s->interval.kind]);
    fray_rep_csv_put_real(out, s->interval.df);
    fray_rep_csv_put_real(out, row->p);
    fray_rep_csv_put_real(out, s->p);
    fray_rep_csv_put_text(out, fray_rep_resolved(s) ? "yes" : "no");
    fray_text_printf(out, ",%zu,%zu,%zu,%zu", row->n_samples, s->n, s->n_clusters, row->n_diverged);
    fray_rep_csv_put_text(out, row->status);
    fray_text_puts(out, "\n");
  }
}

/* ---- words ---- */

/* "accent north", "the worst accent of each", "all": whose samples. */
static void put_whose(const struct fray_rep_contrasts *c, const struct fray_rep_contrast *row,
                      struct fray_text *out) {
  const char *column = row->column ? fray_rep_column_title(c->r, row->column) : "";
  if (row->of == FRAY_REP_OF_ALL)
    fray_text_puts(out, "all clients together");
  else if (row->of == FRAY_REP_OF_WORST)
    fray_text_printf(out, "the worst %s of each", column);
  else
    fray_text_printf(out, "%s %s", column, fray_rep_group_title(c->r, row->column, row->value));
}

/* The larger in quality stands first, whatever way the metric runs, so that "ahead" means the same
 * of errors and of shares. The interval is turned with it. */
static void put_one(const struct fray_rep_contrasts *c, const struct fray_rep_contrast *row,
                    struct fray_text *out) {
  const struct fray_rep_axis *a = row->axis;
  const size_t metric = c->r->main_metric;
  const bool percent = fray_rep_is_percent(c->r, metric),
             better = (row->stat.mean > 0) == fray_rep_higher_is_better(c->r->metrics.v[metric]);
  const char *second = row->second < a->n_series ? a->full[row->second] : "each client alone";
  const double scale = percent ? 100 : 1, sign = row->stat.mean < 0 ? -1 : 1;
  double low = sign * row->stat.interval.low, high = sign * row->stat.interval.high;
  fray_text_puts(out, "for ");
  put_whose(c, row, out);
  fray_text_printf(out, ", %s ", better ? a->full[row->first] : second);
  fray_text_printf(out, percent ? "%.1f points ahead of " : "%.3g ahead of ",
                   scale * fabs(row->stat.mean));
  fray_text_puts(out, better ? second : a->full[row->first]);
  fray_text_printf(out,
                   percent ? " (95 %% interval %.1f to %.1f; " : " (95 %% interval %.3g to %.3g; ",
                   scale * fmin(low, high), scale * fmax(low, high));
  fray_text_printf(out, "%s)",
                   a->condition == fray_rep_clean_condition(c->r) && !a->is_key
                       ? "undamaged test data"
                       : a->title);
}

/* What is resolved is named, the largest first; of the rest its number alone is said: a list of
 * differences that are not resolved would be read as one of results. The largest of many is larger
 * than it is by luck, too, which the interval beside it does not know; so few are named. */
static void put_kind(const struct fray_rep_contrasts *c, bool against_alone,
                     struct fray_text *out) {
  size_t tested, resolved, listed = 0;
  const char *what = against_alone ? "between the federation and each client alone (on their own "
                                     "samples, all and by group)"
                                   : "between methods by group";
  double last = INFINITY;
  fray_rep_count_contrasts(c, against_alone, &tested, &resolved);
  if (tested == 0)
    return;
  fray_text_puts(out, out->size ? " " : "");
  if (resolved == 0) {
    if (tested == 1)
      fray_text_printf(out, "The one difference %s is not resolved.", what);
    else
      fray_text_printf(out, "None of the %zu differences %s is resolved.", tested, what);
    return;
  }
  fray_text_printf(out, "Of %zu difference%s %s %zu %s resolved: ", tested, tested == 1 ? "" : "s",
                   what, resolved, resolved == 1 ? "is" : "are");
  while (listed < resolved && listed < FEW) {
    const struct fray_rep_contrast *next = NULL;
    for (size_t i = 0; i < c->n; i++) {
      const double size = fabs(c->v[i].stat.mean);
      if (is_alone(&c->v[i]) == against_alone && fray_rep_resolved(&c->v[i].stat) && size < last &&
          (!next || size > fabs(next->stat.mean)))
        next = &c->v[i];
    }
    if (!next) /* of equal size with the last one: counted, not named */
      break;
    fray_text_puts(out, listed++ ? "; " : "");
    put_one(c, next, out);
    last = fabs(next->stat.mean);
  }
  if (listed < resolved)
    fray_text_printf(out, "; and %zu more", resolved - listed);
  fray_text_puts(out, ".");
}

/* Between methods first: it is what more studies have. */
const char *fray_rep_contrasts_words(const struct fray_rep_contrasts *c) {
  struct fray_text text = {0};
  put_kind(c, false, &text);
  put_kind(c, true, &text);
  const char *out = text.failed ? NULL : fray_arena_strdup(c->r->arena, text.data ? text.data : "");
  fray_text_free(&text);
  return out;
}

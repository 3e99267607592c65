/* Which method ends ahead under the damage that the answer is of: the rows of the short table. */
#include "parts.h"

#include "report/stat/path.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

/* Where nothing was measured or asked. */
static struct fray_rep_stat nothing(void) {
  return (struct fray_rep_stat){.mean = NAN, .low = NAN, .high = NAN, .p = NAN, .status = "ok"};
}

/* Quality at the end of one series less that of another. */
static enum fray_status lead_of(const struct fray_rep_answer *a, size_t s, size_t rival,
                                struct fray_rep_stat *out, struct fray_err *err) {
  const struct fray_rep_grid *g = &a->main_grid;
  const double sign = a->higher ? 1 : -1;
  double weight[2] = {sign, -sign};
  struct fray_rep_address at[2] = {fray_rep_grid_address(g, s, g->axis->n_x - 1),
                                   fray_rep_grid_address(g, rival, g->axis->n_x - 1)};
  const struct fray_rep_terms terms = {at, weight, 2};
  return fray_rep_terms_less(a->r, &terms, NULL, out, err);
}

/* Larger is better, whatever the metric; what was not measured is behind all. */
static double quality(const struct fray_rep_answer *a, const struct fray_rep_standing *s) {
  return isnan(s->end.mean) ? -INFINITY : a->higher ? s->end.mean : -s->end.mean;
}

/* By panel, then the best first; what was not measured comes last. Few rows, and equal ones keep
 * the order of the sweep, which qsort would not promise. */
static void sort(const struct fray_rep_answer *a) {
  const size_t *panel = a->main_axis->panel;
  for (size_t i = 1; i < a->main_axis->n_series; i++) {
    struct fray_rep_standing moved = a->standing[i];
    size_t k = i;
    for (; k > 0; k--) {
      const struct fray_rep_standing *before = &a->standing[k - 1];
      if (panel[before->series] < panel[moved.series] ||
          (panel[before->series] == panel[moved.series] &&
           quality(a, before) >= quality(a, &moved)))
        break;
      a->standing[k] = *before;
    }
    a->standing[k] = moved;
  }
}

/* Scores of one series at both ends, and what it loses between them. */
static enum fray_status stand(const struct fray_rep_answer *a, size_t s,
                              struct fray_rep_standing *out, struct fray_err *err) {
  const struct fray_rep_grid *g = &a->main_grid;
  *out = (struct fray_rep_standing){.series = s,
                                    .rival = a->main_axis->n_series,
                                    .start = nothing(),
                                    .lost = nothing(),
                                    .lead = nothing()};
  FRAY_TRY(fray_rep_grid_stat(a->r, g, s, a->main_axis->n_x - 1, &out->end, err));
  if (a->n_axes == 0)
    return FRAY_OK;
  const struct fray_rep_loss *loss = &a->cost[a->main].loss[s];
  out->lost = loss->stat;
  out->at_chance = loss->start == FRAY_REP_AT_CHANCE;
  return fray_rep_grid_stat(a->r, g, s, 0, &out->start, err);
}

/* Whether nothing may be said for a series: the one ahead is not told from chance where it is
 * ahead, or had nothing to lose from the start. */
static enum fray_status is_silent(const struct fray_rep_answer *a,
                                  const struct fray_rep_standing *s, bool *out,
                                  struct fray_err *err) {
  enum fray_rep_learnt learnt;
  struct fray_rep_address at =
      fray_rep_grid_address(&a->main_grid, s->series, a->main_axis->n_x - 1);
  FRAY_TRY(fray_rep_learnt_at(a->r, &at, &learnt, err));
  *out = s->at_chance || learnt == FRAY_REP_AT_CHANCE;
  return FRAY_OK;
}

/* The best of a panel against each of the others. Which one is the best is chosen by the same
 * numbers, so p is multiplied by the pairs among which it was chosen (Bonferroni). */
static enum fray_status find_leads(struct fray_rep_answer *a, struct fray_rep_standing *s, size_t n,
                                   double n_pairs, struct fray_err *err) {
  bool silent, ahead = n > 1;
  FRAY_TRY(is_silent(a, &s[0], &silent, err));
  for (size_t i = 1; i < n; i++) {
    struct fray_rep_stat stat;
    FRAY_TRY(lead_of(a, s[0].series, s[i].series, &stat, err));
    /* fmin would take NaN for 1. */
    stat.p = silent || s[i].at_chance || isnan(stat.p) ? NAN : fmin(1, stat.p * n_pairs);
    ahead = ahead && fray_rep_verdict_of(&stat) == FRAY_REP_MORE;
    if (i == 1) {
      s[0].lead = stat;
      s[0].rival = s[1].series;
    }
    s[i].lead = stat;
    s[i].lead.mean = -stat.mean;
    s[i].lead.low = -stat.high;
    s[i].lead.high = -stat.low;
    s[i].rival = s[0].series;
  }
  s[0].is_ahead = ahead;
  return FRAY_OK;
}

/* Rows lie by panel, so a panel is a run of them. */
static size_t panel_end(const struct fray_rep_answer *a, size_t i) {
  const struct fray_rep_axis *axis = a->main_axis;
  size_t end = i;
  while (end < axis->n_series &&
         axis->panel[a->standing[end].series] == axis->panel[a->standing[i].series])
    end++;
  return end;
}

/* One method, which is a style, has to be ahead in every panel. */
static void find_best(struct fray_rep_answer *a) {
  const struct fray_rep_axis *axis = a->main_axis;
  a->best = axis->n_series;
  for (size_t i = 0; i < axis->n_series; i = panel_end(a, i)) {
    const struct fray_rep_standing *s = &a->standing[i];
    a->n_panels_ahead += s->is_ahead;
    if (i == 0 && s->is_ahead)
      a->best = s->series;
    if (i && a->best < axis->n_series &&
        (!s->is_ahead || axis->style[s->series] != axis->style[a->best]))
      a->best = axis->n_series;
  }
}

/* Of all damages, as the tables further down compare them. */
static enum fray_status count_pairs(struct fray_rep_answer *a, struct fray_err *err) {
  for (size_t i = 0; i < a->n_axes; i++) {
    struct fray_rep_pair *pair;
    size_t count;
    FRAY_TRY(fray_rep_pairs(a->r, &a->cost[i].grid, a->higher, &pair, &count, err));
    a->n_pairs += count;
    for (size_t k = 0; k < count; k++) {
      a->n_pairs_silent += pair[k].silence != FRAY_REP_SPOKEN;
      a->n_pairs_resolved += fray_rep_resolved(&pair[k].level) || fray_rep_resolved(&pair[k].drop);
    }
  }
  return FRAY_OK;
}

/* Without an axis the models are compared where their data are undamaged; a study whose own damage
 * is fixed has no such scores, but those under `trial`. */
static enum fray_status make_main_axis(struct fray_rep_answer *a, struct fray_err *err) {
  struct fray_rep_results *r = a->r;
  struct fray_rep_axis *axis;
  if (a->n_axes) {
    a->main_axis = a->cost[a->main].axis;
    a->main_grid = a->cost[a->main].grid;
    return FRAY_OK;
  }
  /* From here on there is no damage that more or less of could be compared. */
  size_t at = fray_rep_clean_condition(r);
  if (at == r->conditions.n)
    at = fray_rep_name_find(&r->conditions, "trial");
  if (at == r->conditions.n)
    at = 0;
  FRAY_ALLOC_ZERO(axis, r->arena, 1, err);
  a->main_axis = axis;
  if (r->conditions.n == 0)
    return FRAY_OK; /* no scores at all, and no series */
  FRAY_TRY(fray_rep_condition_axis(r, at, axis, err));
  return fray_rep_make_grid(r, axis, false, FRAY_REP_ALL, r->main_metric, &a->main_grid, err);
}

/* In this order: rows are sorted by what was measured, and leads are between sorted rows. */
enum fray_status fray_rep_find_standings(struct fray_rep_answer *a, struct fray_err *err) {
  double n_pairs = 0;
  FRAY_TRY(count_pairs(a, err));
  FRAY_TRY(make_main_axis(a, err));
  size_t n = a->main_axis->n_series;
  FRAY_ALLOC(a->standing, a->r->arena, n + 1, err);
  for (size_t s = 0; s < n; s++)
    FRAY_TRY(stand(a, s, &a->standing[s], err));
  sort(a);
  /* All pairs of all panels are one family, as those of an axis are in its table. */
  for (size_t i = 0; i < n; i = panel_end(a, i)) {
    double size = (double)(panel_end(a, i) - i);
    n_pairs += size * (size - 1) / 2;
  }
  for (size_t i = 0; i < n; i = panel_end(a, i))
    FRAY_TRY(find_leads(a, &a->standing[i], panel_end(a, i) - i, n_pairs, err));
  a->samples = a->main_grid.samples;
  a->clients = a->main_grid.clusters;
  find_best(a);
  return FRAY_OK;
}

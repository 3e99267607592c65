/* Figure: for whom does it break? Each group without damage and under the strongest. */
#include "figures.h"

#include "report/measure/group_measures.h"
#include "report/plot/build.h"
#include "report/stat/verdict.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MOST_AXES = 4, MOST_GROUPS = 16, PANELS = 4 };

struct bars {
  struct fray_rep_build b;
  const struct fray_rep_axis *axis;
  const struct fray_rep_groups *column;
  struct fray_rep_exchanges exchanges;
  struct fray_text worst; /* group of each panel, where that is resolved */
  size_t n_questions; /* panels of all such figures, over which p of a worst group is adjusted */
  size_t n_gaps, n_nulls; /* panels that say a gap; of these with its null */
  const char *no_null;    /* why the others have none */
  bool has_hollow;
  bool again; /* the same groups were drawn for an axis before */
};

/* Too few people to speak of a group: the bar is theirs. NULL for a group that is large enough.
 * Clients are named first: many samples of few people say as little of a group. */
static enum fray_status remark_of(const struct bars *k, const struct fray_rep_group_measure *g,
                                  const char **out, struct fray_err *err) {
  *out = NULL;
  if (!g->suppressed)
    return FRAY_OK;
  if (g->clusters < FRAY_GROUP_MIN_CLUSTERS)
    return fray_rep_words(k->b.r, out, err, "%s", FRAY_N(g->clusters, "client"));
  return fray_rep_words(k->b.r, out, err, "%s", FRAY_N(g->samples, "sample"));
}

/* One condition: a bar per group. */
/* The address is a copy, since its group is changed for the small ones. Bars keep the place of
 * their group even if one is missing. */
static enum fray_status put_bars(struct bars *k, struct fray_rep_panel *panel,
                                 struct fray_rep_address at, const char *label, size_t style,
                                 const struct fray_rep_group_measures *groups,
                                 struct fray_err *err) {
  struct fray_rep_series *series;
  FRAY_TRY(fray_rep_build_series(&k->b, panel, label, style, groups->n, &series, err));
  for (size_t g = 0; g < groups->n; g++) {
    struct fray_rep_stat stat = groups->group[g].stat;
    const char *remark;
    size_t samples;
    FRAY_TRY(remark_of(k, &groups->group[g], &remark, err));
    if (remark) { /* the measures give no value to what is no group */
      at.group = groups->group[g].group;
      FRAY_TRY(fray_rep_stat_at(k->b.r, &at, &stat, &samples, err));
      k->has_hollow = true;
    }
    fray_rep_build_put(&k->b, series, (double)g, stat, remark);
  }
  return FRAY_OK;
}

/* The worst group is named only if the groups are told apart (p of the gap), and it from each of
 * the others, with p adjusted (Bonferroni) for the panels of all such figures: each asks anew. A
 * model at chance under damage has no worst group: all that differs there is how often its one
 * answer is right. *m was made at the same address. */
static enum fray_status is_worst(struct bars *k, struct fray_rep_address at,
                                 const struct fray_rep_group_measures *m, bool *out,
                                 struct fray_err *err) {
  struct fray_rep_results *r = k->b.r;
  double sign = fray_rep_higher_is_better(r->metrics.v[r->main_metric]) ? 1 : -1;
  const double weight[2] = {sign, -sign};
  double n = (double)k->n_questions;
  enum fray_rep_learnt learnt;
  FRAY_TRY(fray_rep_learnt_at(r, &at, &learnt, err));
  *out = m->has_null && n * m->null.p < 0.05 && learnt != FRAY_REP_AT_CHANCE;
  for (size_t g = 0; g < m->n && *out; g++) {
    struct fray_rep_address pair[2] = {at, at};
    struct fray_rep_stat stat;
    if (g == m->worst || m->group[g].suppressed)
      continue;
    pair[0].group = m->group[g].group;
    pair[1].group = m->group[m->worst].group;
    FRAY_TRY(fray_rep_sum_stat(r, pair, weight, 2, &stat, err));
    /* May pass 1, which no verdict minds. NaN stays NaN and is no verdict, so that a group that
     * cannot be compared keeps the worst from being named. */
    stat.p *= n;
    *out = fray_rep_verdict_of(&stat) == FRAY_REP_MORE;
  }
  return FRAY_OK;
}

/* "gap 12.3 (null 8.1)" below the title of the panel: under damage. None where fewer than two
 * groups are large enough. The null stands beside every gap that has one, as the largest of several
 * differences is never 0. */
static enum fray_status note(struct bars *k, const struct fray_rep_address *at,
                             const struct fray_rep_group_measures *m, struct fray_rep_panel *panel,
                             struct fray_err *err) {
  double unit = k->b.f->percent ? 100 : 1;
  const char *null = "";
  bool worst;
  if (m->worst == m->n || isnan(m->gap))
    return FRAY_OK;
  k->n_gaps++;
  k->n_nulls += m->has_null;
  if (m->has_null)
    FRAY_TRY(fray_rep_words(k->b.r, &null, err, " (null %.3g)", unit * m->null.q95));
  else
    k->no_null = m->null_status;
  FRAY_TRY(is_worst(k, *at, m, &worst, err));
  if (worst) {
    const char *name = fray_rep_group_title(k->b.r, k->column->column, m->group[m->worst].value);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    fray_text_printf(&k->worst, "%s%s%s%s",
                     k->worst.size ? "; "
                                   : " Worst under damage, told apart from each other group: ",
                     panel->title, *panel->title ? ": " : "", name);
  }
  return fray_rep_words(k->b.r, &panel->note, err, "gap %.3g%s", unit * m->gap, null);
}

/* What the notes above the panels mean: only of what is there. */
static const char *gap_words(struct fray_rep_results *r, const struct bars *k) {
  if (k->n_gaps == 0)
    return "";
  const char *gap = " Above each panel: the gap between the groups under damage";
  if (k->n_nulls == 0)
    return fray_arena_printf(r->arena,
                             "%s. Whether it is more than chance is not known (%s), and a largest "
                             "difference is never 0.",
                             gap, k->no_null);
  return fray_arena_printf(r->arena,
                           "%s, and what 95 %% of the gaps stay below when the groups are "
                           "exchanged between the clients (null); a gap below that says nothing%s.",
                           gap, k->n_nulls < k->n_gaps ? ", nor does one without a null" : "");
}

/* The groups are measured at both ends, but a gap is noted of the strong one alone: one line has
 * room above a panel. */
static enum fray_status put_end(void *user, struct fray_rep_panel *panel,
                                const struct fray_rep_address *at, const char *label, size_t i,
                                struct fray_err *err) {
  struct bars *k = user;
  struct fray_rep_group_measures groups;
  FRAY_TRY(
      fray_rep_measure_groups(k->b.r, k->column, at, &k->exchanges, k->b.r->arena, &groups, err));
  FRAY_TRY(put_bars(k, panel, *at, label, i, &groups, err));
  return i ? note(k, at, &groups, panel, err) : FRAY_OK;
}

static enum fray_status put_groups(struct bars *k, struct fray_err *err) {
  FRAY_ALLOC(k->b.f->category, k->b.r->arena, k->column->n + 1, err);
  for (size_t i = 0; i < k->column->n; i++) {
    const char *title = fray_rep_group_title(k->b.r, k->column->column, k->column->value[i]);
    FRAY_CHECK(title, err, MEMORY, "out of memory");
    k->b.f->category[k->b.f->n_categories++] = title;
  }
  return FRAY_OK;
}

static enum fray_status fill(struct bars *k, struct fray_rep_figures *figures,
                             struct fray_err *err) {
  struct fray_rep_results *r = k->b.r;
  struct fray_rep_ends ends;
  const char *rest;
  const char *column = fray_rep_column_title(r, k->column->column);
  const char *metric = fray_rep_metric_title(r, r->metrics.v[r->main_metric]);
  FRAY_CHECK(column && metric, err, MEMORY, "out of memory");
  k->b.f->x_label = column;
  FRAY_TRY(put_groups(k, err));
  FRAY_TRY(
      fray_rep_build_ends(&k->b, k->axis, FRAY_REP_TEST, PANELS, put_end, k, &ends, &rest, err));
  /* Page after page of people too few to speak of would hide what can be said. */
  if (k->b.n_points == 0 || (k->again && k->n_gaps == 0)) {
    fray_rep_build_drop(&k->b, figures);
    return FRAY_OK;
  }
  const char *gaps = gap_words(r, k);
  FRAY_CHECK(gaps, err, MEMORY, "out of memory");
  return fray_rep_build_end(
      &k->b, err, "The %s of each %s %s damage and at the strongest.%s%s%s%s%s", metric, column,
      ends.clean ? "without" : "under the weakest", gaps, k->worst.size ? k->worst.data : "",
      k->worst.size ? "." : "",
      k->has_hollow ? " Hollow: under 30 samples or 5 clients, so the bar is that of these people, "
                      "not of a group, and takes no part in the gap."
                    : "",
      rest);
}

/* Questions are counted as if every figure had all its panels: that errs to the careful side, and
 * does not depend on which of them come to be drawn. Columns of more groups than bars can be read
 * are left to the tables. */
static enum fray_status add_figure(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                   const struct fray_rep_groups *column, const char *name,
                                   bool again, size_t n_figures, struct fray_rep_figures *figures,
                                   struct fray_err *err) {
  struct bars k = {.axis = axis, .again = again, .exchanges = {.left = INFINITY}};
  struct fray_rep_groups scored;
  k.n_questions = n_figures * FRAY_MIN(axis->n_series, (size_t)PANELS);
  const char *title;
  FRAY_TRY(fray_rep_scored_groups(r, axis, column, &scored, err));
  if (scored.n < 2 || scored.n > MOST_GROUPS)
    return FRAY_OK;
  k.column = &scored;
  FRAY_TRY(fray_rep_words(r, &title, err, "%s, by %s", axis->title,
                          fray_rep_column_title(r, column->column)));
  FRAY_TRY(fray_rep_build_begin(&k.b, r, figures, FRAY_REP_BARS, name, title, err));
  enum fray_status status = fill(&k, figures, err);
  fray_text_free(&k.worst);
  fray_rep_exchanges_free(&k.exchanges);
  return status;
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  struct fray_rep_groups *columns;
  size_t n_axes, n_columns, first = out->n;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n_columns, err));
  /* Axis by axis, so that the limit of figures cuts the last damages for all columns, not the last
   * columns for all damages. Names count places, not figures drawn, and stay the same if one is
   * dropped. */
  for (size_t i = 0; i < n_axes && i < MOST_AXES; i++)
    for (size_t c = 0; c < n_columns && out->n - first < FRAY_REP_MOST_FIGURES; c++) {
      const char *text = fray_arena_printf(r->arena, "%s-by-%s", axes[i].name, columns[c].column);
      FRAY_CHECK(text, err, MEMORY, "out of memory");
      FRAY_TRY(add_figure(r, &axes[i], &columns[c],
                          fray_rep_figure_name(r->arena, section, "bars", i * n_columns + c, text),
                          i > 0, FRAY_MIN(n_axes, (size_t)MOST_AXES) * n_columns, out, err));
    }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_group_bars;
const struct fray_rep_figure_kind fray_rep_figure_group_bars = {
    .key = "group_bars",
    .heading = "Groups without and with damage",
    .meaning = "The main metric of each group without damage and under the strongest, with the gap "
               "between "
               "them.",
    .make = make,
};

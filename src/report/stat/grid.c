/* Grid: collects the scores along an axis, their statistics, and what these rest on. */
#include "grid.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

/* Seeds of one point lie together: means and intervals run over them. */
size_t fray_rep_grid_at(const struct fray_rep_grid *g, size_t series, size_t x) {
  return (series * g->axis->n_x + x) * g->n_seeds;
}

/* Index of a strength on the axis, or n_x. Exact equality: both come from the same text, parsed
 * the same way. */
static size_t find_x(const struct fray_rep_axis *axis, double x) {
  size_t i = 0;
  while (i < axis->n_x && !(axis->x[i] == x || (isnan(axis->x[i]) && isnan(x))))
    i++;
  return i;
}

/* A value that is no number has no place on the axis, and its cell no place in the grid. */
static size_t x_of_cell(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                        size_t cell) {
  double x;
  return fray_rep_parse_real(r->cell[cell]->value[axis->key], &x) ? find_x(axis, x) : axis->n_x;
}

/* Which training stands at each series and strength; n_cells marks a hole, as a sweep need not be a
 * full grid. Of several cells with one place (one strength written in two ways) the last
 * one stays. */
static enum fray_status place_cells(struct fray_rep_results *r, struct fray_rep_grid *g,
                                    struct fray_err *err) {
  const struct fray_rep_axis *axis = g->axis;
  FRAY_ALLOC(g->cell, r->arena, axis->n_series * axis->n_x, err);
  for (size_t i = 0; i < axis->n_series * axis->n_x; i++)
    g->cell[i] = r->n_cells;
  for (size_t c = 0; c < r->n_cells; c++) {
    size_t own = axis->is_key ? x_of_cell(r, axis, c) : axis->n_x;
    for (size_t x = 0; x < axis->n_x; x++)
      /* Under a test condition the same training stands at every strength. */
      if (!axis->is_key || x == own)
        g->cell[axis->series_of_cell[c] * axis->n_x + x] = c;
  }
  return FRAY_OK;
}

struct fray_rep_address fray_rep_grid_address(const struct fray_rep_grid *g, size_t series,
                                              size_t x) {
  return (struct fray_rep_address){.cell = g->cell[series * g->axis->n_x + x],
                                   .condition = g->axis->condition,
                                   .severity = g->axis->is_key ? NAN : g->axis->x[x],
                                   .samples = FRAY_REP_TEST,
                                   .group = g->group,
                                   .metric = g->metric,
                                   .last = g->last};
}

/* One seed of one point. A diverged trial may have no row at all: its value is then chance, from
 * elsewhere, while chance, realised rate and counts stay unknown. */
static void add_trial(const struct fray_rep_results *r, struct fray_rep_grid *g, size_t trial,
                      size_t series, size_t x) {
  const struct fray_rep_trial *t = &r->trial[trial];
  struct fray_rep_address address = fray_rep_grid_address(g, series, x);
  const struct fray_rep_score *s = fray_rep_score_at(r, trial, &address);
  size_t at = fray_rep_grid_at(g, series, x) + t->seed;
  g->diverged[series * g->axis->n_x + x] += t->n_diverged;
  g->value[at] = t->diverged ? fray_rep_chance_at(r, trial, &address) : s ? s->value : NAN;
  if (!s)
    return;
  g->chance[at] = s->chance;
  g->realised[at] = s->realised;
  /* The score's own column is about damage at test; along a swept key the training's counts. */
  if (g->axis->is_key)
    g->realised[at] = g->axis->damage < r->n_damages ? t->realised[g->axis->damage] : NAN;
  /* fmin leaves the NaN aside that both begin with, and those of rows that do not say it. */
  g->samples = fmin(g->samples, s->n);
  g->clusters = fmin(g->clusters, s->clusters);
}

/* value, chance and realised are one block of three times n, since they are filled and live
 * together; all begin as NaN, so that what no trial fills reads as not measured and never as 0.
 * *out is set last: after an error it is as it was. */
enum fray_status fray_rep_make_grid(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                    bool last, size_t group, size_t metric,
                                    struct fray_rep_grid *out, struct fray_err *err) {
  size_t points = axis->n_series * axis->n_x, n = points * r->seeds.n;
  struct fray_rep_grid g = {.axis = axis,
                            .group = group,
                            .metric = metric,
                            .last = last,
                            .n_seeds = r->seeds.n,
                            .samples = NAN,
                            .clusters = NAN};
  FRAY_ALLOC(g.value, r->arena, 3 * n, err);
  FRAY_ALLOC_ZERO(g.diverged, r->arena, points, err);
  g.chance = g.value + n;
  g.realised = g.chance + n;
  for (size_t i = 0; i < 3 * n; i++)
    g.value[i] = NAN;
  FRAY_TRY(place_cells(r, &g, err));
  for (size_t i = 0; i < n; i++) {
    size_t cell = g.cell[i / r->seeds.n];
    size_t trial =
        cell < r->n_cells ? r->trial_of[cell * r->seeds.n + i % r->seeds.n] : r->n_trials;
    if (trial < r->n_trials)
      add_trial(r, &g, trial, i / r->seeds.n / axis->n_x, i / r->seeds.n % axis->n_x);
  }
  *out = g;
  return FRAY_OK;
}

/* Below 1e-12 of the sizes that were added a sum is what rounding left of them. All zeros get as
 * far as the last line, since 0 < 0 is false, and so does nothing at all, which gives NaN. */
double fray_rep_mean(const double *v, size_t n) {
  double sum = 0, size = 0;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(v[i])) {
      sum += v[i];
      size += fabs(v[i]);
      count++;
    }
  if (fabs(sum) < 1e-12 * size) /* changes that cancel leave rounding errors, not a gain */
    return 0;
  return count ? sum / (double)count : NAN;
}

/* Beginning of every statistic: whoever returns early returns "not measured", not zeros that look
 * like a score. */
static const struct fray_rep_stat unknown = {.mean = NAN,
                                             .low = NAN,
                                             .high = NAN,
                                             .p = NAN,
                                             .interval = {.low = NAN,
                                                          .high = NAN,
                                                          .error = NAN,
                                                          .df = NAN,
                                                          .kind = FRAY_INTERVAL_NONE,
                                                          .status = "not measured"},
                                             .status = "not measured"};

/* The mean stands even where there is no interval (below three values); p and interval then stay
 * NaN. Bonferroni widens the interval and lifts p alike, so that p < 0.05 is still exactly "0 lies
 * outside". */
struct fray_rep_stat fray_rep_stat_of_values(const double *v, size_t n, size_t comparisons) {
  struct fray_rep_stat s = unknown;
  for (size_t i = 0; i < n; i++)
    s.n += isnan(v[i]) ? 0 : 1;
  s.mean = fray_rep_mean(v, n);
  s.interval = fray_interval_of_seeds(v, n);
  if (s.interval.kind == FRAY_INTERVAL_NONE)
    return s;
  /* Not the percentile draws: a number that is no sum of scores has none. */
  double t = fray_student_t(1 - 0.025 / (double)comparisons, s.interval.df);
  s.low = s.mean - t * s.interval.error;
  s.high = s.mean + t * s.interval.error;
  /* fmin alone would make 1 of a number that no data could have told from 0. */
  const double p = (double)comparisons * fray_p_value(s.mean, &s.interval, NULL, 0);
  s.p = isnan(p) ? NAN : fmin(1, p);
  s.status = "a number over seeds";
  return s;
}

/* p after the interval: it is of the same law, which the interval says. The interval is a copy, so
 * the draws of q may be given back after this. */
struct fray_rep_stat fray_rep_stat_of(const struct fray_rep_results *r,
                                      const struct fray_rep_quantity *q) {
  struct fray_rep_stat s = unknown;
  s.status = q->status;
  s.n = q->n_seeds;
  if (s.n == 0)
    return s;
  s.mean = q->value;
  s.n_clusters = q->n_clusters;
  s.interval = fray_rep_interval(r, q);
  s.low = s.interval.low;
  s.high = s.interval.high;
  s.p = fray_rep_p_value(q, &s.interval);
  return s;
}

/* The draws lie in the work arena and are rewound: tables of everything would else keep 24 kB for
 * each score. An error leaves the mark unrewound, as the whole report ends with it. */
enum fray_status fray_rep_grid_stat(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t series, size_t x, struct fray_rep_stat *out,
                                    struct fray_err *err) {
  struct fray_rep_address at = fray_rep_grid_address(g, series, x);
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_place mark = fray_arena_mark(work);
  struct fray_rep_quantity q;
  *out = unknown;
  if (at.cell == r->n_cells)
    return FRAY_OK;
  FRAY_TRY(fray_rep_quantity_in(r, &at, work, &q, err));
  *out = fray_rep_stat_of(r, &q);
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* As above; the scores stay remembered outside the work arena. */
enum fray_status fray_rep_sum_stat(struct fray_rep_results *r, const struct fray_rep_address *at,
                                   const double *weight, size_t n, struct fray_rep_stat *out,
                                   struct fray_err *err) {
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_place mark = fray_arena_mark(work);
  struct fray_rep_quantity q;
  FRAY_TRY(fray_rep_sum(r, at, weight, n, work, &q, err));
  *out = fray_rep_stat_of(r, &q);
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* A sum of two scores with weights 1 and -1, so that it is paired: seed by seed and draw by draw.
 * The axis must have an order, or "first" and "last" say nothing. */
enum fray_status fray_rep_drop_stat(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t series, bool higher_is_better, struct fray_rep_stat *out,
                                    struct fray_err *err) {
  struct fray_rep_address ends[2] = {fray_rep_grid_address(g, series, 0),
                                     fray_rep_grid_address(g, series, g->axis->n_x - 1)};
  /* A loss is positive when it hurts, whichever way the metric points. */
  const double sign = higher_is_better ? 1 : -1, weight[2] = {sign, -sign};
  return fray_rep_sum_stat(r, ends, weight, 2, out, err);
}

/* Here too NaN of either end makes NaN; no seed is compared with another one. */
void fray_rep_drop(const struct fray_rep_grid *g, size_t series, bool higher_is_better,
                   double *out) {
  const double *first = g->value + fray_rep_grid_at(g, series, 0);
  const double *end = g->value + fray_rep_grid_at(g, series, g->axis->n_x - 1);
  for (size_t i = 0; i < g->n_seeds; i++)
    out[i] = higher_is_better ? first[i] - end[i] : end[i] - first[i];
}

/* Only what is drawn is cut; p-values and resolved stay those of the whole interval. */
bool fray_rep_clip(struct fray_rep_stat *s) {
  bool out = s->low < 0 || s->high > 1;
  s->low = s->low < 0 ? 0 : s->low;
  s->high = s->high > 1 ? 1 : s->high;
  return out;
}

/* Wherever it is told: Student's law knows no bounds, and a share has two. */
void fray_rep_keep_share(struct fray_rep_stat *s) {
  fray_rep_clip(s);
  fray_interval_within(0, 1, &s->interval);
}

/* Likewise a difference of two shares. */
void fray_rep_keep_difference(struct fray_rep_stat *s, double most) {
  s->low = s->low < -most ? -most : s->low;
  s->high = s->high > most ? most : s->high;
  fray_interval_within(-most, most, &s->interval);
}

/* Before clipping, which would hide that it stood out on both sides; the caller keeps that order.
 * With a NaN end the comparison is false, and nothing is to be taken away. */
bool fray_rep_blank(struct fray_rep_stat *s, bool is_score) {
  if (!(s->low <= (is_score ? 0 : -1) && s->high >= 1))
    return false;
  /* Nothing is drawn, since a bar from 0 to 1 would look like a finding. */
  s->low = s->high = NAN;
  return true;
}

/* many is 0 until the first one came, as no interval rests on 0 of anything. */
static void widen(size_t *few, size_t *many, size_t n) {
  *few = *many ? FRAY_MIN(*few, n) : n;
  *many = FRAY_MAX(*many, n);
}

/* Every value that is drawn has to be added, also without an interval: the sentence below says of
 * all of them what they rest on. */
void fray_rep_basis_add(struct fray_rep_basis *basis, const struct fray_rep_stat *stat) {
  enum fray_interval_kind kind = stat->interval.kind;
  if (stat->n == 0)
    return;
  /* One reason is enough for a caption; the tables have that of each row. */
  if (kind == FRAY_INTERVAL_NONE && !basis->none)
    basis->none = stat->interval.status;
  if (kind == FRAY_INTERVAL_SEEDS && !basis->seeds)
    basis->seeds = stat->status;
  if (kind == FRAY_INTERVAL_T) {
    bool first = basis->n[kind] == 0;
    basis->low_df = first ? stat->interval.df : fmin(basis->low_df, stat->interval.df);
    basis->high_df = first ? stat->interval.df : fmax(basis->high_df, stat->interval.df);
  }
  basis->n[kind]++;
  if (kind == FRAY_INTERVAL_NONE)
    return;
  widen(&basis->few_seeds, &basis->many_seeds, stat->n);
  /* Clients behind an interval of seeds alone were not drawn, so that their number would claim too
   * much. */
  if (kind != FRAY_INTERVAL_SEEDS)
    widen(&basis->few_clusters, &basis->many_clusters, stat->n_clusters);
}

/* "5 seeds", "3 to 5 seeds" */
static void put_count(struct fray_text *out, size_t few, size_t many, const char *what) {
  if (few < many)
    fray_text_printf(out, "%zu to %zu %ss", few, many, what);
  else
    fray_text_printf(out, "%zu %s%s", many, what, many == 1 ? "" : "s");
}

static const char *client_word(const struct fray_rep_basis *b) {
  return b->own ? "training client" : "test client";
}

/* What was resampled; a single member cannot be. Which factor is missing has to be said in the same
 * breath: readers take an interval as speaking of everything that varies. */
static void put_factors(const struct fray_rep_basis *b, struct fray_text *out) {
  fray_text_puts(out, " 95 % intervals, over ");
  if (b->many_seeds > 1)
    put_count(out, b->few_seeds, b->many_seeds, "seed");
  if (b->many_seeds > 1 && b->many_clusters > 1)
    fray_text_puts(out, " and ");
  if (b->many_clusters > 1)
    put_count(out, b->few_clusters, b->many_clusters, client_word(b));
  if (b->many_seeds == 1)
    fray_text_puts(out, ", resampled, and a single seed, so they say nothing about other seeds: ");
  else if (b->many_clusters == 1)
    fray_text_printf(out, ", resampled, and a single %s, so they say nothing about other people: ",
                     client_word(b));
  else
    fray_text_puts(out, ", both resampled: ");
}

/* The sentence for draws of seeds and test clients. Degrees of freedom are Satterthwaite's and so
 * no whole numbers; ranges under half a degree, or whose ends are shown alike, are one number, for
 * "3 to 3" is noise.
 */
static void put_crossed(const struct fray_rep_basis *b, struct fray_text *out) {
  put_factors(b, out);
  if (b->n[FRAY_INTERVAL_PERCENTILE])
    fray_text_puts(out, "percentiles of the draws");
  if (b->n[FRAY_INTERVAL_PERCENTILE] && b->n[FRAY_INTERVAL_T])
    fray_text_puts(out, ", or ");
  if (b->n[FRAY_INTERVAL_T]) {
    fray_text_printf(out, "Student's t with %.0f", b->low_df);
    if (b->high_df - b->low_df >= 0.5 && rint(b->high_df) != rint(b->low_df))
      fray_text_printf(out, " to %.0f", b->high_df);
    fray_text_printf(out, " degree%s of freedom, because there are fewer than 10 %s",
                     b->high_df < 1.5 ? "" : "s",
                     b->many_seeds == 1 || b->many_clusters == 1 ? "of them" : "of one of the two");
  }
  fray_text_puts(out, ".");
}

/* Up to three sentences, from the best founded to those without an interval; the latter two refer
 * to the first ("Some ...") only where there is one. */
void fray_rep_basis_words(const struct fray_rep_basis *b, struct fray_text *out) {
  size_t crossed = b->n[FRAY_INTERVAL_PERCENTILE] + b->n[FRAY_INTERVAL_T];
  if (crossed)
    put_crossed(b, out);
  if (b->n[FRAY_INTERVAL_SEEDS]) {
    fray_text_puts(out, crossed ? " Some are Student's t over seeds alone"
                                : " 95 % intervals, Student's t over ");
    if (!crossed)
      put_count(out, b->few_seeds, b->many_seeds, "seed");
    fray_text_printf(out, "%s: they say nothing about other people%s (%s).",
                     crossed ? "" : " alone", b->own ? "" : " in the test split", b->seeds);
  }
  if (b->n[FRAY_INTERVAL_NONE])
    fray_text_printf(out, " %s (%s).",
                     crossed + b->n[FRAY_INTERVAL_SEEDS] ? "Some have no interval" : "No intervals",
                     b->none);
}

enum fray_status fray_rep_basis_text(struct fray_rep_results *r, const struct fray_rep_basis *basis,
                                     const char **out, struct fray_err *err) {
  struct fray_text text = {0};
  fray_rep_basis_words(basis, &text);
  /* Without the space that separates sentences. */
  *out = text.size ? fray_arena_strdup(r->arena, text.data + 1) : "";
  bool failed = text.failed || !*out;
  fray_text_free(&text);
  FRAY_CHECK(!failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

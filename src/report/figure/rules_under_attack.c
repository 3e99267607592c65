/* Figures: rules under attack, the score with the honest updates that were turned down beside it;
 * and whose updates these were. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/stat/influence.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Columns of one figure: attacks beyond them go into further figures. Bars: kinds of clients. */
enum { MOST_ATTACKS = 4, MOST_BARS = 24 };

static const char turned_down[] = "honest updates turned down";

struct rules {
  struct fray_rep_results *r;
  struct fray_rep_influence in;
  size_t section, honest; /* kind of all honest clients; in.n: no rule looked at single updates */
  size_t clean;           /* condition */
  bool beside;            /* the score is a share, too: both can stand on one axis */
};

/* A score, and what the constant predictor has there. */
static enum fray_status score_at(const struct rules *k, size_t cell, struct fray_rep_stat *out,
                                 double *chance, struct fray_err *err) {
  const struct fray_rep_address at = fray_rep_main_score(k->r, cell, k->clean, NAN);
  const struct fray_rep_quantity *q;
  FRAY_TRY(fray_rep_find_quantity(k->r, &at, &q, err));
  *out = fray_rep_stat_of(k->r, q);
  *chance = q->chance;
  return FRAY_OK;
}

/* The share of honest updates that had no part. n 0: the rule of this model looks at none. */
static struct fray_rep_stat share_at(const struct rules *k, size_t cell) {
  if (k->honest == k->in.n)
    return (struct fray_rep_stat){.mean = NAN, .low = NAN, .high = NAN, .p = NAN, .status = "ok"};
  return fray_rep_influence_of(&k->in, cell, k->honest, FRAY_REP_REJECTED);
}

/* ---- along the share of attackers ---- */

/* By the end of its name: the section may be reached from a method as well. Where methods set it,
 * or it names clients or a group, it is no number in all cells, and the bars are drawn.
 * The swept share of clients that attack; n_keys: it is not swept. */
static size_t share_key(const struct fray_rep_results *r) {
  static const char end[] = ".attack.who";
  size_t k = 0;
  for (; k < r->n_keys; k++) {
    const size_t n = strlen(r->key[k]);
    if (n >= sizeof end - 1 && strcmp(r->key[k] + n - (sizeof end - 1), end) == 0)
      break;
  }
  return k;
}

/* True if two models differ in nothing but whom and how they attack. */
static bool differ_in_attack_alone(const struct fray_rep_results *r, size_t a, size_t b) {
  for (size_t k = 0; k < r->n_keys; k++)
    if (!strstr(r->key[k], ".attack.") && strcmp(r->cell[a]->value[k], r->cell[b]->value[k]) != 0)
      return false;
  return true;
}

/* The model of a series at a share; n_cells: none. Where nobody attacks, an attack has no meaning:
 * a sweep that trains this once has it for the panels of all. */
static size_t model_at(const struct rules *k, const struct fray_rep_axis *axis, size_t s,
                       double x) {
  const struct fray_rep_results *r = k->r;
  size_t cell = fray_rep_cell_at(r, axis, s, x);
  double who;
  for (size_t c = 0; c < r->n_cells && cell == r->n_cells && x == 0; c++)
    if (fray_rep_parse_real(r->cell[c]->value[axis->key], &who) && who == 0 &&
        differ_in_attack_alone(r, c, axis->cell_of_series[s]))
      cell = c;
  return cell;
}

/* One curve of a panel. A model that was not trained at a share has no point there; neither has a
 * rule that looks at no single update where these are counted. */
static enum fray_status put_curve(const struct rules *k, struct fray_rep_build *b,
                                  const struct fray_rep_axis *axis, size_t s, bool of_score,
                                  struct fray_rep_panel *panel, struct fray_err *err) {
  struct fray_rep_series *series;
  const double unit = b->f->percent ? 100 : 1;
  FRAY_TRY(
      fray_rep_build_series(b, panel, axis->series[s], axis->style[s], axis->n_x, &series, err));
  for (size_t x = 0; x < axis->n_x; x++) {
    const size_t cell = model_at(k, axis, s, axis->x[x]);
    double chance = NAN;
    struct fray_rep_stat stat;
    if (cell == k->r->n_cells)
      continue;
    if (of_score)
      FRAY_TRY(score_at(k, cell, &stat, &chance, err));
    else
      stat = share_at(k, cell);
    fray_rep_build_put(b, series, axis->x[x], stat, NULL);
    /* Chance is that of the test samples, and the same for all models. */
    if (panel->n_chance <= x && !isnan(chance))
      panel->chance[panel->n_chance++] = (struct fray_rep_point){
          .x = axis->x[x], .y = unit * chance, .low = NAN, .high = NAN, .realised = NAN};
  }
  /* Given back, as it was the last one: a legend must not name a line that is not drawn. */
  if (series->n == 0)
    panel->n_series--;
  return FRAY_OK;
}

/* Series that the panel lacks are not put, so that a row of shares has no legend of means; styles
 * are those of the whole axis, and a rule has its colour in every panel. */
static enum fray_status put_panel(const struct rules *k, struct fray_rep_build *b,
                                  const struct fray_rep_axis *axis, size_t p, bool of_score,
                                  const char *title, struct fray_err *err) {
  struct fray_rep_panel *panel;
  FRAY_TRY(fray_rep_build_panel(b, title, axis->n_series, &panel, err));
  FRAY_ALLOC(panel->chance, k->r->arena, axis->n_x + 1, err);
  panel->note = "";
  for (size_t s = 0; s < axis->n_series; s++)
    if (axis->panel[s] == p)
      FRAY_TRY(put_curve(k, b, axis, s, of_score, panel, err));
  return FRAY_OK;
}

/* Which rows a figure has: both, or of a score that is no share one each, as panels of a figure
 * have one axis of values. */
struct rows {
  bool score, share;
};

/* Row by row, so that panels which stand in no grid follow each other as they are read: all scores,
 * then all shares.
 * Attacks as columns, scores above shares; of one attack the two stand side by side. */
static enum fray_status put_grid(const struct rules *k, struct fray_rep_build *b,
                                 const struct fray_rep_axis *axis, size_t first, size_t n,
                                 struct rows rows, struct fray_err *err) {
  struct fray_rep_figure *f = b->f;
  const char *metric = fray_rep_metric_title(k->r, k->r->metrics.v[k->r->main_metric]);
  const size_t n_rows = (size_t)rows.score + rows.share;
  FRAY_CHECK(metric, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_panels(b, n_rows * n, err));
  for (size_t row = 0; row < n_rows; row++)
    for (size_t i = 0; i < n; i++) {
      const bool of_score = rows.score && row == 0;
      const char *what = of_score ? metric : turned_down, *attack = axis->panel_title[first + i];
      const char *title = n_rows == 1 ? attack
                          : *attack   ? fray_arena_printf(k->r->arena, "%s, %s", what, attack)
                                      : what;
      FRAY_TRY(put_panel(k, b, axis, first + i, of_score, title, err));
      f->panel[row * n + i].row = row;
      f->panel[row * n + i].column = i;
    }
  /* Panels keep their titles in a grid as well, by which tips and the CSV name them. */
  if (n < 2 || n_rows < 2)
    return FRAY_OK;
  FRAY_ALLOC(f->row_title, k->r->arena, 2, err);
  f->row_title[0] = metric;
  f->row_title[1] = turned_down;
  f->column_title = axis->panel_title + first;
  f->n_rows = n_rows;
  f->n_columns = n;
  return FRAY_OK;
}

/* Behind the scale of the figure, whose range of x it replaces: ticks stand where something was
 * trained, and round numbers between them would promise models that there are not. */
static void along(struct fray_rep_figure *f, const struct fray_rep_axis *axis) {
  fray_rep_figure_along(f, axis);
  f->tick = axis->x;
  f->n_ticks = axis->n_x;
  /* The margin keeps the first and last mark inside the panel. */
  const double span = axis->x[axis->n_x - 1] - axis->x[0];
  f->x0 = axis->x[0] - 0.02 * span;
  f->x1 = axis->x[axis->n_x - 1] + 0.02 * span;
}

/* A figure without any point is taken back: of a study whose scores are of another condition, say.
 * Its caption tells what a share of turned down updates is, since a reader who takes 95 % of Krum
 * for a verdict on its honest clients would be wrong. */
static enum fray_status make_curves(const struct rules *k, const struct fray_rep_axis *axis,
                                    size_t first, size_t n, struct rows rows, const char *rest,
                                    struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  FRAY_TRY(fray_rep_build_begin(&b, k->r, out, FRAY_REP_LINES,
                                fray_rep_figure_name(k->r->arena, k->section, "attacks",
                                                     first / MOST_ATTACKS,
                                                     rows.score ? "" : "turned-down"),
                                "Rules under attack", err));
  /* The builder speaks of the score alone: what both rows have in common is the percent. */
  if (rows.share) { /* shares are in percent whatever the score is in */
    b.f->percent = true;
    b.f->y_label = rows.score ? "%" : "honest updates turned down, %";
  }
  FRAY_TRY(put_grid(k, &b, axis, first, n, rows, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  FRAY_TRY(fray_rep_build_end(
      &b, err, "%s%s against the share of the clients that attack.%s%s",
      rows.score ? "Score on undamaged test data" : "",
      rows.share
          ? rows.score
                ? ", and the share of the honest clients\u2019 updates that had no part in "
                  "what the rule made of its round,"
                : "The share of the honest clients\u2019 updates that had no part in what the "
                  "rule made of its round"
          : "",
      rows.share
          ? " A rule that picks one update of n turns down the others, whoever sent them; one "
            "that looks at no single update, as a mean, has no such line (influence.csv)."
          : "",
      rest));
  along(b.f, axis);
  return FRAY_OK;
}

/* Several figures where there are many attacks: each has the same lines in the same colours. */
static enum fray_status make_along(const struct rules *k, const struct fray_rep_axis *axis,
                                   struct fray_rep_figures *out, struct fray_err *err) {
  const size_t most = (size_t)MOST_ATTACKS * FRAY_REP_MOST_FIGURES,
               shown = FRAY_MIN(axis->n_panels, most);
  const char *rest = fray_rep_left_out(k->r, axis->n_panels, shown, "combinations");
  for (size_t first = 0; first < shown; first += MOST_ATTACKS) {
    const size_t n = FRAY_MIN(shown - first, (size_t)MOST_ATTACKS);
    const bool shares = k->honest < k->in.n;
    FRAY_TRY(
        make_curves(k, axis, first, n, (struct rows){true, shares && k->beside}, rest, out, err));
    if (shares && !k->beside)
      FRAY_TRY(make_curves(k, axis, first, n, (struct rows){false, true}, rest, out, err));
  }
  return FRAY_OK;
}

/* ---- without a swept share ---- */

/* Attacks, or whatever else is crossed with the rules, as groups of bars; else the rules are. */
static enum fray_status put_bars(const struct rules *k, struct fray_rep_build *b,
                                 const struct fray_rep_axis *axis, bool of_score,
                                 struct fray_err *err) {
  const bool crossed = axis->n_panels > 1;
  const char *metric = fray_rep_metric_title(k->r, k->r->metrics.v[k->r->main_metric]),
             *title = of_score ? metric : turned_down;
  struct fray_rep_panel *panel;
  struct fray_rep_series *series = NULL;
  FRAY_CHECK(metric, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_panel(b, title, axis->n_series, &panel, err));
  panel->note = "";
  for (size_t s = 0; s < axis->n_series; s++) {
    struct fray_rep_stat stat;
    double chance;
    const size_t cell = axis->cell_of_series[s], at = crossed ? axis->panel[s] : s;
    if (at >= b->f->n_categories)
      continue;
    if (of_score)
      FRAY_TRY(score_at(k, cell, &stat, &chance, err));
    else
      stat = share_at(k, cell);
    /* Of crossed keys a rule comes once for each attack, as one series over the groups. */
    series = NULL;
    for (size_t i = 0; i < panel->n_series; i++)
      if (panel->series[i].style == (crossed ? axis->style[s] : of_score ? 0 : 1))
        series = &panel->series[i];
    if (!series)
      FRAY_TRY(fray_rep_build_series(b, panel, crossed ? axis->series[s] : title,
                                     crossed    ? axis->style[s]
                                     : of_score ? 0
                                                : 1,
                                     axis->n_series, &series, err));
    fray_rep_build_put(b, series, (double)at, stat, NULL);
  }
  return FRAY_OK;
}

/* Not of one model alone: a bar beside nothing compares nothing. Of a score that is no share
 * nothing is drawn either, as both panels have one axis; the shares are in the table. */
static enum fray_status make_bars(const struct rules *k, struct fray_rep_figures *out,
                                  struct fray_err *err) {
  struct fray_rep_axis axis;
  struct fray_rep_build b;
  if (k->honest == k->in.n || !k->beside)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(k->r, k->clean, &axis, err));
  if (axis.n_series < 2)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_begin(&b, k->r, out, FRAY_REP_BARS,
                                fray_rep_figure_name(k->r->arena, k->section, "attacks", 0, "bars"),
                                "Rules side by side", err));
  /* Names of the axis are borrowed, of which the first so many are shown. */
  const size_t all = axis.n_panels > 1 ? axis.n_panels : axis.n_series;
  b.f->n_categories = FRAY_MIN(all, (size_t)FRAY_REP_MOST_COLUMNS);
  b.f->category = axis.n_panels > 1 ? axis.panel_title : axis.full;
  b.f->x_label = "";
  b.f->y_label = "%";
  FRAY_TRY(fray_rep_build_panels(&b, 2, err));
  FRAY_TRY(put_bars(k, &b, &axis, true, err));
  FRAY_TRY(put_bars(k, &b, &axis, false, err));
  return fray_rep_build_end(
      &b, err,
      "Score on undamaged test data, and beside it the share of the honest clients\u2019 updates "
      "that "
      "had no part in what the rule made of its round. A rule that picks one update of n turns "
      "down "
      "the others, whoever sent them; one that looks at no single update has no bar "
      "(influence.csv).%s",
      fray_rep_left_out(k->r, all, b.f->n_categories, "combinations"));
}

/* ---- whose they were ---- */

/* Models whose bars stand in each group. */
struct shown {
  size_t n, n_all; /* shown; that have rows */
  size_t cell[FRAY_REP_MOST_MODELS];
  const char *label[FRAY_REP_MOST_MODELS];
  const char *where; /* "" or at which share of attackers all of them are */
};

/* More models than a group of bars holds are counted, and the caption says how many. */
static void show(const struct rules *k, struct shown *w, size_t cell, const char *label) {
  if (cell == k->r->n_cells || share_at(k, cell).n == 0) /* it looks at no single update */
    return;
  if (w->n < FRAY_REP_MOST_MODELS) {
    w->cell[w->n] = cell;
    w->label[w->n++] = label;
  }
  w->n_all++;
}

/* True if a model has rows of more than honest clients and attackers. */
static bool tells_whose(const struct rules *k, size_t cell) {
  for (size_t i = 0; i < k->in.n && cell < k->r->n_cells; i++)
    if (strcmp(k->in.of[i], "clients") != 0 &&
        fray_rep_influence_of(&k->in, cell, i, FRAY_REP_REJECTED).n > 0)
      return true;
  return false;
}

/* Along a share the rules of the first panel that tells whose, where fewest attack: whatever they
 * are crossed with, honest clients are looked at where these are most of all. Else all models, in
 * the order of the sweep. */
static enum fray_status choose_models(const struct rules *k, const struct fray_rep_axis *axis,
                                      struct shown *w, struct fray_err *err) {
  size_t panel = 0, first = 0;
  *w = (struct shown){.where = ""};
  for (size_t cell = 0; cell < k->r->n_cells && !axis; cell++)
    show(k, w, cell, k->in.model[cell]);
  if (!axis)
    return FRAY_OK;
  /* A panel without damage has honest clients and nothing to hold them against. */
  while (first < axis->n_series && !tells_whose(k, model_at(k, axis, first, axis->x[0])))
    first++;
  panel = first < axis->n_series ? axis->panel[first] : 0;
  for (size_t s = 0; s < axis->n_series; s++)
    if (axis->panel[s] == panel)
      show(k, w, model_at(k, axis, s, axis->x[0]), axis->series[s]);
  return fray_rep_words(k->r, &w->where, err, " All with %.3g %% of the clients attacking%s%s.",
                        100 * axis->x[0], *axis->panel_title[panel] ? "; " : "",
                        axis->panel_title[panel]);
}

/* Kinds of honest clients beside each other: those of damage, and of a column with two groups. */
static size_t find_bars(const struct rules *k, const struct shown *models, size_t kind[MOST_BARS],
                        size_t *all) {
  size_t n = 0;
  *all = 0;
  for (size_t i = 0; i < k->in.n; i++) {
    size_t alike = 0;
    for (size_t j = 0; j < k->in.n; j++)
      alike += strcmp(k->in.of[i], k->in.of[j]) == 0;
    bool any = false; /* nobody attacks in any of these models, say */
    for (size_t m = 0; m < models->n; m++)
      any |= fray_rep_influence_of(&k->in, models->cell[m], i, FRAY_REP_REJECTED).n > 0;
    if (!any || (alike < 2 && i != k->honest))
      continue;
    if (n < MOST_BARS)
      kind[n++] = i;
    (*all)++;
  }
  return n;
}

/* One panel: what became of the updates of each kind of clients, a bar a model. Both panels have
 * the same groups in the same order, so that an eye goes from one to the other. */
static enum fray_status put_whose(const struct rules *k, struct fray_rep_build *b,
                                  const struct shown *models, const size_t *kind,
                                  enum fray_rep_taken taken, const char *title,
                                  struct fray_err *err) {
  struct fray_rep_panel *panel;
  FRAY_TRY(fray_rep_build_panel(b, title, models->n, &panel, err));
  panel->note = "";
  b->is_score = taken == FRAY_REP_REJECTED; /* a share ends at 100 %, a part does not */
  if (taken == FRAY_REP_PART) {
    FRAY_ALLOC(panel->reference, k->r->arena, 1, err);
    panel->reference[0] = (struct fray_rep_reference){.y = 100, .label = "all alike"};
    panel->n_references = 1;
  }
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_series *series;
    FRAY_TRY(
        fray_rep_build_series(b, panel, models->label[i], i, b->f->n_categories, &series, err));
    for (size_t c = 0; c < b->f->n_categories; c++) {
      struct fray_rep_stat s = fray_rep_influence_of(&k->in, models->cell[i], kind[c], taken);
      /* No update has less than no part, whatever Student's t says of three seeds. */
      b->f->clipped |= s.low < 0 && s.mean >= 0;
      s.low = s.mean >= 0 && s.low < 0 ? 0 : s.low;
      fray_rep_build_put(b, series, (double)c, s, NULL);
    }
  }
  return FRAY_OK;
}

/* Where there is more than honest clients and attackers: those two the curves have. Behind the
 * first figure, which b.f no longer is. */
static enum fray_status make_whose(const struct rules *k, const struct fray_rep_axis *axis,
                                   struct fray_rep_figures *out, struct fray_err *err) {
  struct shown models;
  struct fray_rep_build b;
  size_t kind[MOST_BARS], all;
  bool any = false;
  FRAY_TRY(choose_models(k, axis, &models, err));
  const size_t n = find_bars(k, &models, kind, &all);
  for (size_t i = 0; i < n; i++)
    any = any || strcmp(k->in.of[kind[i]], "clients") != 0;
  if (!any || models.n == 0)
    return FRAY_OK;
  FRAY_TRY(
      fray_rep_build_begin(&b, k->r, out, FRAY_REP_BARS,
                           fray_rep_figure_name(k->r->arena, k->section, "attacks", 0, "whose"),
                           "Whose updates counted", err));
  b.f->percent = true;
  b.f->x_label = "clients";
  b.f->y_label = "%";
  FRAY_ALLOC(b.f->category, k->r->arena, n + 1, err);
  b.f->n_categories = n;
  for (size_t i = 0; i < n; i++) {
    b.f->category[i] = fray_rep_influence_title(&k->in, kind[i]);
    FRAY_CHECK(b.f->category[i], err, MEMORY, "out of memory");
  }
  FRAY_TRY(fray_rep_build_panels(&b, 2, err));
  FRAY_TRY(put_whose(k, &b, &models, kind, FRAY_REP_REJECTED, "updates turned down", err));
  FRAY_TRY(put_whose(k, &b, &models, kind, FRAY_REP_PART, "part, of an equal one", err));
  return fray_rep_build_end(
      &b, err,
      "What became of the updates of these clients over all rounds: the share that had no part in "
      "what the rule made of its round, and their mean part, 100 %% being that of all alike. The "
      "intervals are of seeds, and know of no other clients than these (influence.csv).%s%s%s",
      models.where, fray_rep_left_out(k->r, models.n_all, models.n, "models"),
      fray_rep_left_out(k->r, all, n, "kinds of clients"));
}

/* Of folds and controls as the influence of updates is read: folds are pooled, controls left out.
 * Without a rule that looks, and without a swept share, there is nothing that this figure is about.
 */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct rules k = {.r = r, .section = section, .clean = fray_rep_clean_condition(r)};
  const size_t key = share_key(r);
  struct fray_rep_axis axis = {0};
  bool along_share = false;
  FRAY_TRY(fray_rep_influence_read(r, &k.in, err));
  k.honest = fray_rep_influence_find(&k.in, "clients", "honest");
  k.beside = fray_rep_is_percent(r, r->main_metric);
  if (k.clean == r->conditions.n || (k.in.n == 0 && key == r->n_keys))
    return FRAY_OK;
  if (key < r->n_keys)
    FRAY_TRY(fray_rep_share_axis(r, key, "clients that attack", k.clean, &axis, &along_share, err));
  if (along_share)
    FRAY_TRY(make_along(&k, &axis, out, err));
  else
    FRAY_TRY(make_bars(&k, out, err));
  return make_whose(&k, along_share ? &axis : NULL, out, err);
}

extern const struct fray_rep_figure_kind fray_rep_figure_rules_under_attack;
const struct fray_rep_figure_kind fray_rep_figure_rules_under_attack = {
    .key = "rules_under_attack",
    .heading = "Rules and the updates that they took",
    .meaning =
        "Where a rule looks at single updates or clients attack: the main metric against the "
        "share of attackers, with the honest updates that were turned down beside it, and "
        "whose these were.",
    .make = make,
};

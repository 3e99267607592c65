/* What the makers of figures share: panels, series, points, captions, paths along an axis. */
#include "build.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum fray_status fray_rep_words(struct fray_rep_results *r, const char **out, struct fray_err *err,
                                const char *format, ...) {
  struct fray_text text = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&text, format, args);
  va_end(args);
  *out = text.failed ? NULL : fray_arena_strdup(r->arena, text.size ? text.data : "");
  fray_text_free(&text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

const char *fray_rep_left_out(struct fray_rep_results *r, size_t all, size_t shown,
                              const char *what) {
  if (all <= shown)
    return "";
  const char *text =
      fray_arena_printf(r->arena, " The other %zu %s are in the tables.", all - shown, what);
  return text ? text : "";
}

enum fray_status fray_rep_build_begin(struct fray_rep_build *b, struct fray_rep_results *r,
                                      struct fray_rep_figures *figures, enum fray_rep_kind kind,
                                      const char *name, const char *title, struct fray_err *err) {
  const char *metric = r->metrics.v[r->main_metric];
  *b = (struct fray_rep_build){.r = r, .is_score = true};
  FRAY_CHECK(name && title, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_figures_add(figures, r->arena, &b->f, err));
  b->f->kind = kind;
  b->f->name = name;
  b->f->title = title;
  b->f->x_label = "";
  b->f->percent = fray_rep_is_percent(r, r->main_metric);
  return fray_rep_words(r, &b->f->y_label, err, "%s%s", metric, b->f->percent ? ", %" : "");
}

void fray_rep_build_drop(struct fray_rep_build *b, struct fray_rep_figures *figures) {
  b->f = NULL;
  figures->n--;
}

enum fray_status fray_rep_build_panels(struct fray_rep_build *b, size_t n, struct fray_err *err) {
  FRAY_ALLOC_ZERO(b->f->panel, b->r->arena, n + 1, err);
  return FRAY_OK;
}

enum fray_status fray_rep_build_panel(struct fray_rep_build *b, const char *title, size_t n_series,
                                      struct fray_rep_panel **out, struct fray_err *err) {
  struct fray_rep_panel *panel = &b->f->panel[b->f->n_panels++];
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  panel->title = title;
  panel->note = "";
  FRAY_ALLOC_ZERO(panel->series, b->r->arena, n_series + 1, err);
  *out = panel;
  return FRAY_OK;
}

enum fray_status fray_rep_build_series(struct fray_rep_build *b, struct fray_rep_panel *panel,
                                       const char *label, size_t style, size_t n_points,
                                       struct fray_rep_series **out, struct fray_err *err) {
  struct fray_rep_series *series = &panel->series[panel->n_series++];
  FRAY_CHECK(label, err, MEMORY, "out of memory");
  series->label = label;
  series->style = style;
  FRAY_ALLOC_ZERO(series->point, b->r->arena, n_points + 1, err);
  *out = series;
  return FRAY_OK;
}

struct fray_rep_point *fray_rep_build_put(struct fray_rep_build *b, struct fray_rep_series *series,
                                          double x, struct fray_rep_stat stat, const char *label) {
  double unit = b->f->percent ? 100 : 1;
  if (stat.n == 0 || isnan(stat.mean))
    return NULL;
  fray_rep_basis_add(&b->basis, &stat);
  b->f->blank |= b->f->percent && b->is_score && fray_rep_blank(&stat, true);
  b->f->clipped |= b->f->percent && b->is_score && fray_rep_clip(&stat);
  struct fray_rep_point *p = &series->point[series->n++];
  *p = (struct fray_rep_point){.x = x,
                               .y = unit * stat.mean,
                               .low = unit * stat.low,
                               .high = unit * stat.high,
                               .realised = NAN,
                               .n = stat.n,
                               .label = label};
  b->n_points++;
  return p;
}

/* Label of each style in use. */
static enum fray_status make_legend(struct fray_rep_build *b, struct fray_err *err) {
  struct fray_rep_figure *f = b->f;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      f->n_styles = FRAY_MAX(f->n_styles, f->panel[p].series[s].style + 1);
  FRAY_ALLOC_ZERO(f->legend, b->r->arena, f->n_styles + 1, err);
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      f->legend[f->panel[p].series[s].style] = f->panel[p].series[s].label;
  return FRAY_OK;
}

enum fray_status fray_rep_build_end(struct fray_rep_build *b, struct fray_err *err,
                                    const char *caption, ...) {
  struct fray_text text = {0};
  va_list args;
  va_start(args, caption);
  fray_text_vprintf(&text, caption, args);
  va_end(args);
  b->f->caption = text.failed ? NULL : fray_arena_strdup(b->r->arena, text.size ? text.data : "");
  fray_text_free(&text);
  FRAY_CHECK(b->f->caption, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_basis_text(b->r, &b->basis, &b->f->basis, err));
  FRAY_TRY(make_legend(b, err));
  fray_rep_scale(b->f);
  return FRAY_OK;
}

struct fray_rep_address fray_rep_main_score(const struct fray_rep_results *r, size_t cell,
                                            size_t condition, double severity) {
  return (struct fray_rep_address){.cell = cell,
                                   .condition = condition,
                                   .severity = severity,
                                   .samples = FRAY_REP_TEST,
                                   .group = FRAY_REP_ALL,
                                   .metric = r->main_metric};
}

enum fray_status fray_rep_stat_at(struct fray_rep_results *r, const struct fray_rep_address *at,
                                  struct fray_rep_stat *out, size_t *samples,
                                  struct fray_err *err) {
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_mark mark = fray_arena_mark(work);
  struct fray_rep_quantity q;
  FRAY_TRY(fray_rep_quantity_once(r, at, work, &q, err));
  *out = fray_rep_stat_of(r, &q);
  *samples = q.n_samples;
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

struct fray_rep_stat fray_rep_stat_of_estimate(const struct fray_rep_estimate *e) {
  return (struct fray_rep_stat){.n = e->n_seeds,
                                .mean = e->value,
                                .low = e->interval.low,
                                .high = e->interval.high,
                                .p = e->p,
                                .interval = e->interval,
                                .n_clusters = e->n_clusters,
                                .status = e->status};
}

size_t fray_rep_clean_condition(const struct fray_rep_results *r) {
  size_t clean = fray_rep_name_find(&r->conditions, "clean");
  return clean < r->conditions.n ? clean : fray_rep_name_find(&r->conditions, "trial");
}

bool fray_rep_is_control_condition(const char *name) {
  return strcmp(name, "all_missing") == 0 || strncmp(name, "only:", 5) == 0 ||
         strncmp(name, "without:", 8) == 0;
}

static bool is_measured(const struct fray_rep_results *r, const struct fray_rep_address *at) {
  if (at->cell >= r->n_cells)
    return false;
  for (size_t s = 0; s < r->seeds.n; s++) {
    size_t t = r->trial_of[at->cell * r->seeds.n + s];
    if (t < r->n_trials && (r->trial[t].diverged || fray_rep_score_at(r, t, at)))
      return true;
  }
  return false;
}

static void add_step(const struct fray_rep_results *r, struct fray_rep_path *path, double s,
                     struct fray_rep_address at) {
  if (!is_measured(r, &at))
    return;
  path->s[path->n] = s;
  path->at[path->n++] = at;
}

size_t fray_rep_cell_at(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                        size_t series, double x) {
  double value;
  if (!axis->is_key)
    return axis->cell_of_series[series];
  for (size_t c = 0; c < r->n_cells; c++)
    if (axis->series_of_cell[c] == series &&
        fray_rep_parse_real(r->cell[c]->value[axis->key], &value) && value == x)
      return c;
  return r->n_cells;
}

enum fray_status fray_rep_path_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  size_t series, enum fray_rep_samples samples,
                                  struct fray_rep_path *out, struct fray_err *err) {
  size_t clean = fray_rep_clean_condition(r);
  *out = (struct fray_rep_path){0};
  FRAY_ALLOC(out->s, r->arena, axis->n_x + 1, err);
  FRAY_ALLOC(out->at, r->arena, axis->n_x + 1, err);
  for (size_t i = 0; i <= axis->n_x; i++) {
    bool first = i == 0; /* the clean score, where a condition was not measured at 0 */
    double x = first ? 0 : axis->x[i - 1];
    if (first && (axis->is_key || axis->x[0] == 0 || clean == r->conditions.n))
      continue;
    struct fray_rep_address at =
        fray_rep_main_score(r, fray_rep_cell_at(r, axis, series, x),
                            first ? clean : axis->condition, first || axis->is_key ? NAN : x);
    at.samples = samples;
    add_step(r, out, x, at);
  }
  return FRAY_OK;
}

enum fray_status fray_rep_ends_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  struct fray_rep_ends *out, struct fray_err *err) {
  *out = (struct fray_rep_ends){.weak = "without damage", .clean = axis->x[0] == 0};
  if (!out->clean)
    FRAY_TRY(fray_rep_words(r, &out->weak, err, "%s %g", axis->label, axis->x[0]));
  return fray_rep_words(r, &out->strong, err, "%s %g", axis->label, axis->x[axis->n_x - 1]);
}

bool fray_rep_has_ends(const struct fray_rep_axis *axis, const struct fray_rep_path *path) {
  return path->n >= 2 && path->s[0] == axis->x[0] && path->s[path->n - 1] == axis->x[axis->n_x - 1];
}

/* True if no entry damages the training of this cell, as far as trials.csv tells. */
static bool is_trained_clean(const struct fray_rep_results *r, size_t cell) {
  const struct fray_rep_trial *t = r->cell[cell];
  for (size_t d = 0; d < r->n_damages; d++)
    if (!r->damage[d].at_test && (t->nominal[d] > 0 || t->realised[d] > 0))
      return false;
  return true;
}

/* True if the entry of a swept key has no other swept key, so that its id alone says which. */
static bool is_only_key(const struct fray_rep_results *r, size_t key, size_t id_length) {
  for (size_t k = 0; k < r->n_keys; k++)
    if (k != key && strncmp(r->key[k], r->key[key], id_length + 1) == 0)
      return false;
  return fray_rep_corruption(r, r->key[key], id_length) != NULL;
}

const char *fray_rep_short(struct fray_rep_results *r, const char *label) {
  for (size_t k = 0; k < r->n_keys && label; k++) {
    size_t id = strcspn(r->key[k], "."), n = strlen(r->key[k]);
    const char *at = strstr(label, r->key[k]);
    if (at && id < n && at[n] == ' ' && is_only_key(r, k, id))
      label = fray_arena_printf(r->arena, "%.*s%.*s%s", (int)(at - label), label, (int)id,
                                r->key[k], at + n);
  }
  return label;
}

const char *fray_rep_full_label(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                size_t series) {
  const char *panel = axis->panel_title[axis->panel[series]];
  if (!*panel)
    return fray_rep_short(r, axis->series[series]);
  const char *both = fray_arena_printf(r->arena, "%s, %s", axis->series[series], panel);
  return both ? fray_rep_short(r, both) : NULL;
}

enum fray_status fray_rep_models_of(struct fray_rep_results *r, size_t most,
                                    struct fray_rep_models *out, struct fray_err *err) {
  struct fray_rep_axis all;
  bool *chosen;
  size_t clean = fray_rep_clean_condition(r), n = 0;
  *out = (struct fray_rep_models){.n_all = r->n_cells};
  if (clean == r->conditions.n)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(r, clean, &all, err));
  FRAY_ALLOC(out->cell, r->arena, r->n_cells, err);
  FRAY_ALLOC(out->label, r->arena, r->n_cells, err);
  FRAY_ALLOC_ZERO(chosen, r->arena, r->n_cells, err);
  for (int rank = 0; rank < 3; rank++)
    for (size_t c = 0; c < r->n_cells && n < most; c++) {
      int own = r->is_reference[c] ? 0 : is_trained_clean(r, c) ? 1 : 2;
      if (rank != own || (rank == 2 && n > 0 && r->n_cells > most))
        continue;
      chosen[c] = true;
      n++;
    }
  for (size_t c = 0; c < r->n_cells; c++) {
    if (!chosen[c])
      continue;
    out->label[out->n] = fray_rep_full_label(r, &all, all.series_of_cell[c]);
    FRAY_CHECK(out->label[out->n], err, MEMORY, "out of memory");
    out->cell[out->n++] = c;
  }
  return FRAY_OK;
}

const char *fray_rep_scalar(const struct fray_node *map, const char *key, const char *otherwise) {
  const struct fray_node *node = fray_node_get(map, key);
  return node && node->scalar ? node->scalar : otherwise;
}

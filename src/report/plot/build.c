/* What the makers of figures share: panels, series, points, captions, paths along an axis. */
#include "build.h"

#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* The figure lies in the list, and the list moves when it grows: a maker builds one figure at a
 * time, and b->f is of no use after the next one was begun. */
enum fray_status fray_rep_build_begin(struct fray_rep_build *b, struct fray_rep_results *r,
                                      struct fray_rep_figures *figures, enum fray_rep_kind kind,
                                      const char *name, const char *title, struct fray_err *err) {
  const char *metric = fray_rep_metric_title(r, r->metrics.v[r->main_metric]);
  *b = (struct fray_rep_build){.r = r, .is_score = true};
  FRAY_CHECK(name && title && metric, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_figures_add(figures, r->arena, &b->f, err));
  /* Zeroed before: what a maker does not set is absent. */
  b->f->kind = kind;
  b->f->name = name;
  b->f->title = title;
  b->f->x_label = "";
  b->f->percent = fray_rep_is_percent(r, r->main_metric);
  return fray_rep_words(r, &b->f->y_label, err, "%s%s", metric, b->f->percent ? ", %" : "");
}

/* Its memory stays in the arena, which goes as a whole; the place in the list is used again. */
void fray_rep_build_drop(struct fray_rep_build *b, struct fray_rep_figures *figures) {
  b->f = NULL;
  figures->n--;
}

enum fray_status fray_rep_build_panels(struct fray_rep_build *b, size_t n, struct fray_err *err) {
  /* Room is asked for once and never grows, so pointers to panels hold for as long as the figure is
   * built. n bounds how many may be put; fewer is fine. */
  FRAY_ALLOC_ZERO(b->f->panel, b->r->arena, n + 1, err);
  return FRAY_OK;
}

enum fray_status fray_rep_build_panel(struct fray_rep_build *b, const char *title, size_t n_series,
                                      struct fray_rep_panel **out, struct fray_err *err) {
  struct fray_rep_panel *panel = &b->f->panel[b->f->n_panels++];
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  /* A label made in the arena may be NULL for lack of memory, and is checked here, so that makers
   * can pass one on without a look at it. An empty note is "", never NULL: drawers read its first
   * character. */
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
  /* The place of the series was counted already; after an error the whole figure is given up, so
   * nobody sees it half made. */
  series->label = label;
  series->style = style;
  FRAY_ALLOC_ZERO(series->point, b->r->arena, n_points + 1, err);
  *out = series;
  return FRAY_OK;
}

/* A score that nobody measured leaves no point, rather than a point that is not a number: a line is
 * then drawn from neighbour to neighbour, and a caller sees NULL where it would set more. */
struct fray_rep_point *fray_rep_build_put(struct fray_rep_build *b, struct fray_rep_series *series,
                                          double x, struct fray_rep_stat stat, const char *label) {
  double unit = b->f->percent ? 100 : 1;
  if (stat.n == 0 || isnan(stat.mean))
    return NULL;
  /* Counted before the interval may be taken away: the sentence on the basis speaks of how
   * intervals were made, and `blank` says that one of them is not shown. Blank before cut: a cut
   * one would no longer tell whether it stood out. Where scores have no known range, neither is
   * done. */
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

/* Label of each style in use. Styles are looked up by index, so the list has gaps (NULL) where a
 * style is not in use, and its length is the largest style and one. */
static enum fray_status make_legend(struct fray_rep_build *b, struct fray_err *err) {
  struct fray_rep_figure *f = b->f;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      f->n_styles = FRAY_MAX(f->n_styles, f->panel[p].series[s].style + 1);
  FRAY_ALLOC_ZERO(f->legend, b->r->arena, f->n_styles + 1, err);
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      /* The last label of a style wins; all series of one style are the same thing. */
      f->legend[f->panel[p].series[s].style] = f->panel[p].series[s].label;
  return FRAY_OK;
}

enum fray_status fray_rep_build_end(struct fray_rep_build *b, struct fray_err *err,
                                    const char *caption, ...) {
  struct fray_text text = {0};
  /* Built in growing text and then moved into the arena: the length of a caption is not bounded, as
   * it names groups and models of the data. */
  va_list args;
  va_start(args, caption);
  fray_text_vprintf(&text, caption, args);
  va_end(args);
  b->f->caption = text.failed ? NULL : fray_arena_strdup(b->r->arena, text.size ? text.data : "");
  fray_text_free(&text);
  FRAY_CHECK(b->f->caption, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_basis_text(b->r, &b->basis, &b->f->basis, err));
  /* Last, since both look at all panels: a panel put after this would have no entry and might not
   * fit the axis. */
  FRAY_TRY(make_legend(b, err));
  fray_rep_scale(b->f);
  return FRAY_OK;
}

/* A path may lack strengths at which nothing was scored; then a panel is not put at all, rather
 * than one with a single curve that cannot be compared. */
static enum fray_status build_end_panel(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                        size_t series, enum fray_rep_samples samples,
                                        fray_rep_put_end *put, void *user,
                                        const struct fray_rep_ends *ends, struct fray_err *err) {
  struct fray_rep_panel *panel = NULL;
  struct fray_rep_path path;
  FRAY_TRY(fray_rep_path_of(b->r, axis, series, samples, &path, err));
  if (!fray_rep_has_ends(axis, &path)) /* else one end would stand under the other's name */
    return FRAY_OK;
  /* The only series of a study needs no name above it: the title of the figure says it. */
  const char *title = axis->n_series > 1 ? axis->full[series] : "";
  FRAY_TRY(fray_rep_build_panel(b, title, 2, &panel, err));
  FRAY_TRY(put(user, panel, &path.at[0], ends->weak, 0, err));
  return put(user, panel, &path.at[path.n - 1], ends->strong, 1, err);
}

enum fray_status fray_rep_build_ends(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                     enum fray_rep_samples samples, size_t most,
                                     fray_rep_put_end *put, void *user, struct fray_rep_ends *ends,
                                     const char **rest, struct fray_err *err) {
  /* The first ones in the order of the axis, which tables share, so that a reader finds the same
   * models in front. Those without both ends count as shown. */
  size_t shown = FRAY_MIN(axis->n_series, most);
  FRAY_TRY(fray_rep_ends_of(b->r, axis, ends, err));
  FRAY_TRY(fray_rep_build_panels(b, shown, err));
  for (size_t s = 0; s < shown; s++)
    FRAY_TRY(build_end_panel(b, axis, s, samples, put, user, ends, err));
  *rest = fray_rep_left_out(b->r, axis->n_series, shown, "models");
  return FRAY_OK;
}

/* Panels keep their titles, which numbers and tips name them by. */
void fray_rep_figure_grid(struct fray_rep_figure *f, const struct fray_rep_axis *axis) {
  if (axis->n_rows == 0 || f->n_panels != axis->n_panels)
    return;
  f->n_rows = axis->n_rows;
  f->n_columns = axis->n_columns;
  f->row_title = axis->row_title;
  f->column_title = axis->column_title;
  for (size_t p = 0; p < f->n_panels; p++) {
    f->panel[p].row = axis->row[p];
    f->panel[p].column = axis->column[p];
  }
}

enum fray_status fray_rep_strength_labels(struct fray_rep_results *r,
                                          const struct fray_rep_axis *axis, size_t first,
                                          const char ***out, struct fray_err *err) {
  FRAY_ALLOC(*out, r->arena, axis->n_x + 1, err);
  for (size_t i = first; i < axis->n_x; i++) {
    (*out)[i - first] = fray_rep_strength_title(r, axis->strength, axis->x[i]);
    FRAY_CHECK((*out)[i - first], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

void fray_rep_figure_along(struct fray_rep_figure *f, const struct fray_rep_axis *axis) {
  f->x_label = axis->label;
  f->x_title = axis->title;
  f->x_share = fray_rep_in_percent(axis);
}

/* What the makers of figures share: panels, series, points, captions, paths along an axis. */
#include "build.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum fray_status fray_rep_build_begin(struct fray_rep_build *b, struct fray_rep_results *r,
                                      struct fray_rep_figures *figures, enum fray_rep_kind kind,
                                      const char *name, const char *title, struct fray_err *err) {
  const char *metric = r->metrics.v[r->main_metric];
  *b = (struct fray_rep_build){.r = r, .is_score = true};
  FRAY_CHECK(name && title, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_figures_add(figures, r->arena, &b->f, err));
  /* Zeroed before: what a maker does not set is absent. */
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
      /* The last label of a style wins; all series of one style are the same thing. */
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

static enum fray_status build_end_panel(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                        size_t series, enum fray_rep_samples samples,
                                        fray_rep_put_end *put, void *user,
                                        const struct fray_rep_ends *ends, struct fray_err *err) {
  struct fray_rep_panel *panel = NULL;
  struct fray_rep_path path;
  FRAY_TRY(fray_rep_path_of(b->r, axis, series, samples, &path, err));
  if (!fray_rep_has_ends(axis, &path)) /* else one end would stand under the other's name */
    return FRAY_OK;
  const char *title = axis->n_series > 1 ? fray_rep_full_label(b->r, axis, series) : "";
  FRAY_TRY(fray_rep_build_panel(b, title, 2, &panel, err));
  FRAY_TRY(put(user, panel, &path.at[0], ends->weak, 0, err));
  return put(user, panel, &path.at[path.n - 1], ends->strong, 1, err);
}

enum fray_status fray_rep_build_ends(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                     enum fray_rep_samples samples, size_t most,
                                     fray_rep_put_end *put, void *user, struct fray_rep_ends *ends,
                                     const char **rest, struct fray_err *err) {
  size_t shown = FRAY_MIN(axis->n_series, most);
  FRAY_TRY(fray_rep_ends_of(b->r, axis, ends, err));
  FRAY_TRY(fray_rep_build_panels(b, shown, err));
  for (size_t s = 0; s < shown; s++)
    FRAY_TRY(build_end_panel(b, axis, s, samples, put, user, ends, err));
  *rest = fray_rep_left_out(b->r, axis->n_series, shown, "models");
  return FRAY_OK;
}

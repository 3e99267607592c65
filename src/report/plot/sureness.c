/* Figures of how sure a model is, with a curve at either end of an axis: reliability and
 * abstention. */
#include "sureness.h"

#include "report/quantity/draws.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MOST_AXES = 3, PANELS = 4 };

/* Not known is no error: scores are kept only if the study asked for it, and a trial whose answers
 * are not "ok" has nothing to be sure of. The labels belong to the view and live as long as the
 * results; the scores lie in the arena of the caller. */
enum fray_status fray_rep_scored_answers(struct fray_rep_results *r, size_t trial,
                                         const struct fray_rep_address *at,
                                         struct fray_arena *arena, struct fray_scored *out,
                                         bool *known, struct fray_err *err) {
  struct fray_rep_view view;
  const char *status;
  const float *score;
  *known = false;
  FRAY_TRY(fray_rep_view_at(r, trial, at, &view, &status, err));
  if (strcmp(status, "ok") != 0)
    return FRAY_OK;
  const struct fray_rep_answers *a = view.answers;
  FRAY_TRY(fray_rep_file_scores(fray_rep_store_file(r), at->samples, trial, at->last,
                                view.condition, arena, &score, err));
  if (!score)
    return FRAY_OK;
  /* The number of samples is given twice, to the set and to its parts, and both are the same. */
  *out = (struct fray_scored){.n = a->n, .n_classes = a->n_classes, .multi_label = a->multi_label};
  out->samples = (struct fray_scored_samples){
      .n = a->n, .score = score, .label = a->label, .labels = a->labels};
  *known = true;
  return FRAY_OK;
}

/* What put_end needs beside its panel, while a figure is built. notes is on the heap, and
 * fray_rep_sureness_figures frees it in every case. */
struct figure {
  struct fray_rep_build b;
  const struct fray_rep_sureness *what;
  const struct fray_rep_axis *axis;
  struct fray_text notes;
};

static enum fray_status put_end(void *user, struct fray_rep_panel *panel,
                                const struct fray_rep_address *at, const char *label, size_t i,
                                struct fray_err *err) {
  struct figure *k = user;
  return k->what->put(&k->b, panel, at, label, i, &k->notes, err);
}

/* Percent and 0 to 100 whatever the main metric is: shares and accuracies stand on these axes. */
static enum fray_status fill(struct figure *k, struct fray_rep_figures *figures,
                             struct fray_err *err) {
  struct fray_rep_figure *f = k->b.f;
  struct fray_rep_ends ends;
  const char *rest;
  f->x_label = k->what->x_label;
  f->y_label = k->what->y_label;
  f->diagonal = k->what->diagonal;
  f->percent = true;
  f->x0 = 0;
  f->x1 = 100;
  FRAY_TRY(
      fray_rep_build_ends(&k->b, k->axis, FRAY_REP_TEST, PANELS, put_end, k, &ends, &rest, err));
  /* No scores were kept at either end. Without a curve there is no figure. */
  if (k->b.n_points == 0) {
    fray_rep_build_drop(&k->b, figures);
    return FRAY_OK;
  }
  return fray_rep_build_end(&k->b, err, "%s%s%s.%s", k->what->caption, k->notes.size ? " " : "",
                            k->notes.size ? k->notes.data : "", rest);
}

enum fray_status fray_rep_sureness_figures(struct fray_rep_results *r, size_t section,
                                           const struct fray_rep_sureness *what,
                                           struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  /* The first axes alone: such figures are looked at one by one, and every one of them reads a file
   * of scores. */
  for (size_t i = 0; i < n_axes && i < MOST_AXES; i++) {
    struct figure k = {.what = what, .axis = &axes[i]};
    const char *title;
    const char *name = fray_rep_figure_name(r->arena, section, what->file, i, axes[i].name);
    FRAY_TRY(fray_rep_words(r, &title, err, "%s, %s", axes[i].title, what->title));
    FRAY_TRY(fray_rep_build_begin(&k.b, r, out, FRAY_REP_LINES, name, title, err));
    enum fray_status status = fill(&k, out, err);
    fray_text_free(&k.notes);
    if (status != FRAY_OK)
      return status;
  }
  return FRAY_OK;
}

/* Figure: what models tell of who was in their training, by attack, and by group of the samples.
 *
 * Bars of areas and no curves: the points of an ROC at few false alarms, which a curve would be
 * drawn for, rest on a handful of samples where data are small; the table has the two that matter.
 */
#include "figures.h"

#include "report/plot/build.h"
#include "report/stat/leak.h"

#include <math.h>

/* A bar for each model at each attack, or at each group by the last of the attacks. Intervals are
 * of seeds alone, as those of the table. */
static enum fray_status fill(struct fray_rep_build *b, const struct fray_rep_leak *leak,
                             const struct fray_rep_models *models, bool by_group,
                             struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_rep_panel *panel;
  const size_t n = by_group ? leak->n_groups : leak->n_attacks;
  FRAY_ALLOC(b->f->category, r->arena, n, err);
  b->f->n_categories = n;
  for (size_t k = 0; k < n; k++) {
    b->f->category[k] =
        by_group ? fray_rep_leak_group(leak, k) : fray_rep_leak_title(leak->attack[k]);
    FRAY_CHECK(b->f->category[k], err, MEMORY, "out of memory");
  }
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", models->n, &panel, err));
  /* Bars begin at 0 as all bars do; what an attack finds begins at this line. */
  FRAY_ALLOC(panel->reference, r->arena, 1, err);
  panel->reference[0] = (struct fray_rep_reference){.y = 0.5, .label = "chance"};
  panel->n_references = 1;
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_series *series;
    FRAY_TRY(fray_rep_build_series(b, panel, models->label[i], i, n, &series, err));
    for (size_t k = 0; k < n; k++)
      fray_rep_build_put(b, series, (double)k,
                         fray_rep_leak_of(leak, models->cell[i], by_group ? leak->n_attacks - 1 : k,
                                          by_group ? k : 0, FRAY_REP_LEAK_AREA),
                         NULL);
  }
  return FRAY_OK;
}

/* Left out by group where there is one, or where bars would be too thin to read. */
static enum fray_status add(struct fray_rep_results *r, size_t section,
                            const struct fray_rep_leak *leak, bool by_group,
                            struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_models models;
  struct fray_rep_build b;
  if (by_group && (leak->n_groups < 3 || leak->n_groups > FRAY_REP_MOST_COLUMNS))
    return FRAY_OK;
  FRAY_TRY(fray_rep_models_of(r, FRAY_REP_MOST_MODELS, &models, err));
  const char *name = fray_rep_figure_name(r->arena, section, "membership", by_group, "");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS, name, "Membership inference", err));
  b.is_score = false; /* of no metric, so not in percent, and not cut to its range */
  b.f->percent = false;
  b.f->x_label = by_group ? "training samples" : "attack";
  b.f->y_label = "area under ROC";
  FRAY_TRY(fill(&b, leak, &models, by_group, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "How well attacks by membership inference tell samples that a model was trained on from "
      "samples that were held out%s%s: area under the ROC curve, .5 is chance (membership.csv).%s",
      by_group ? ", by group, by " : "",
      by_group ? fray_rep_leak_title(leak->attack[leak->n_attacks - 1]) : "",
      fray_rep_left_out(r, models.n_all, models.n, "models"));
}

/* Nothing without the file, which only trainings that hold somebody out have. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_leak leak;
  FRAY_TRY(fray_rep_leak_read(r, &leak, err));
  if (leak.n_attacks == 0)
    return FRAY_OK;
  FRAY_TRY(add(r, section, &leak, false, out, err));
  return add(r, section, &leak, true, out, err);
}

extern const struct fray_rep_figure_kind fray_rep_figure_membership_areas;
const struct fray_rep_figure_kind fray_rep_figure_membership_areas = {
    .key = "membership_areas",
    .heading = "Membership inference",
    .meaning = "How well attacks by membership inference tell members from others, by attack and "
               "by group.",
    .make = make,
};

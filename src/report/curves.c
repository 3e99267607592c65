/* Figure: the main metric along every axis. */
#include "figures.h"

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  for (size_t i = 0; i < n_axes; i++) {
    struct fray_rep_figure *figure;
    const char *name = fray_rep_figure_name(r->arena, section, "curve", i, axes[i].name);
    FRAY_TRY(fray_rep_figures_add(out, r->arena, &figure, err));
    FRAY_TRY(fray_rep_curves(r, &axes[i], name, figure, err));
    figure->key = "curves";
    figure->caption = axes[i].is_key ? "Every point is its own training."
                                     : "The same trained models at every strength.";
  }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_curves;
const struct fray_rep_figure_kind fray_rep_figure_curves = {
    "curves", "Robustness curves",
    "The main metric against the strength of each damage, with 95 % bands and the chance line.",
    make};

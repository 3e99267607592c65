/* Figure: the robustness curves again, a panel for each group of test clients. */
#include "figures.h"

#include "report/plot/curve_panels.h"

/* Smaller panels than these cannot be read. */
enum { MOST_PANELS = 24 };

/* Where series need panels of their own (two or more free keys), groups are the rows of a grid of
 * them. No figure is added before it is known that there are few enough, so none has to be dropped.
 */
static enum fray_status add_figure(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                   const struct fray_rep_groups *column, const char *name,
                                   struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_groups groups;
  struct fray_rep_grid *grids;
  struct fray_rep_figure *figure;
  FRAY_TRY(fray_rep_scored_groups(r, axis, column, &groups, err));
  if (groups.n == 0 || groups.n * axis->n_panels > MOST_PANELS)
    return FRAY_OK;
  FRAY_ALLOC(grids, r->arena, groups.n, err);
  for (size_t i = 0; i < groups.n; i++)
    FRAY_TRY(fray_rep_make_grid(r, axis, false, groups.group[i], r->main_metric, &grids[i], err));
  FRAY_TRY(fray_rep_figures_add(out, r->arena, &figure, err));
  FRAY_TRY(fray_rep_group_curves(r, axis, &groups, grids, name, figure, err));
  figure->key = "group_curves";
  figure->caption = "The same curves for each group of test clients; all panels share their axes.";
  return FRAY_OK;
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  struct fray_rep_groups *columns;
  size_t n_axes, n_columns;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n_columns, err));
  for (size_t i = 0; i < n_axes; i++)
    for (size_t k = 0; k < n_columns; k++) {
      const char *text = fray_arena_printf(r->arena, "%s-by-%s", axes[i].name, columns[k].column);
      FRAY_CHECK(text, err, MEMORY, "out of memory");
      const char *name = fray_rep_figure_name(r->arena, section, "groups", i * n_columns + k, text);
      FRAY_TRY(add_figure(r, &axes[i], &columns[k], name, out, err));
    }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_group_curves;
const struct fray_rep_figure_kind fray_rep_figure_group_curves = {
    .key = "group_curves",
    .heading = "Group by group",
    .meaning =
        "The robustness curves for each group of test clients, in panels that share their axes.",
    .make = make,
};

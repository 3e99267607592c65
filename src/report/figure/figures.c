/* The kinds of figures as a list, and all figures of a study. */
#include "figures.h"

#include "fray/base/size.h"

#define FRAY_REP_FIGURE(name) extern const struct fray_rep_figure_kind fray_rep_figure_##name;
#include "figures.def"
#undef FRAY_REP_FIGURE

#define FRAY_REP_FIGURE(name) &fray_rep_figure_##name,
const struct fray_rep_figure_kind *const fray_rep_figure_kinds[] = {
#include "figures.def"
};
#undef FRAY_REP_FIGURE
const size_t fray_rep_n_figure_kinds = FRAY_COUNT(fray_rep_figure_kinds);

enum fray_status fray_rep_make_figures(struct fray_rep_results *r, size_t section,
                                       struct fray_rep_figures *out, struct fray_err *err) {
  for (size_t k = 0; k < fray_rep_n_figure_kinds; k++) {
    size_t first = out->n;
    FRAY_TRY(fray_rep_figure_kinds[k]->make(r, section, out, err));
    for (size_t i = first; i < out->n; i++) {
      out->v[i].key = fray_rep_figure_kinds[k]->key;
      out->v[i].section = section;
    }
  }
  return FRAY_OK;
}

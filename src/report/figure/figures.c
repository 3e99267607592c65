/* The kinds of figures as a list, and all figures of a study. */
#include "figures.h"

#include "report/plot/source.h"

#include <string.h>

#include "fray/base/size.h"

/* The list is read twice, first as declarations and then as addresses, so that a kind of figure is
 * one file and one line. Each file declares its own variable again, as it sees no header that
 * does. */
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
  const char *source;
  FRAY_TRY(fray_rep_source(r, &source, err));
  for (size_t k = 0; k < fray_rep_n_figure_kinds; k++) {
    size_t first = out->n;
    FRAY_TRY(fray_rep_figure_kinds[k]->make(r, section, out, err));
    for (size_t i = first; i < out->n; i++) {
      /* Set here, not by the makers, which may add any number of figures and drop some. By index:
       * the list may have moved while they were made. */
      out->v[i].key = fray_rep_figure_kinds[k]->key;
      out->v[i].section = section;
      out->v[i].source = source;
    }
  }
  return FRAY_OK;
}

const struct fray_rep_figure_kind *fray_rep_find_figure_kind(const char *key) {
  for (size_t i = 0; i < fray_rep_n_figure_kinds; i++)
    if (strcmp(fray_rep_figure_kinds[i]->key, key) == 0)
      return fray_rep_figure_kinds[i];
  return NULL;
}

/* Which trained models a figure shows, and their names where there is little room. */
#include "model_labels.h"

#include "path.h"

#include <math.h>
#include <string.h>

/* True if no entry damages the training of this cell, as far as trials.csv tells. A nominal
 * strength counts even where nothing was hit, and a hit even where no strength is told: who is
 * doubtful is not called clean. Comparisons with a NaN rate are false, so that an unknown one does
 * not count. */
static bool is_trained_clean(const struct fray_rep_results *r, size_t cell) {
  const struct fray_rep_trial *t = r->cell[cell];
  for (size_t d = 0; d < r->n_damages; d++)
    if (!r->damage[d].at_test &&
        ((!isnan(t->nominal[d]) && !fray_strength_is_none(r->damage[d].strength, t->nominal[d])) ||
         t->realised[d] > 0))
      return false;
  return true;
}

/* All models share the axis of the clean condition, on which each is a series with a label. Without
 * clean scores there is no such axis and n stays 0: figures of models are then left out. n_all
 * counts all of them even so, for the words on what is left out. */
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
  /* In three passes, so that what is left out is always the least important kind. Of too many, the
   * last kind is for studies that have neither of the others. */
  for (int rank = 0; rank < 3; rank++) {
    if (rank == 2 && n > 0 && r->n_cells > most)
      break;
    for (size_t c = 0; c < r->n_cells && n < most; c++) {
      int own = r->is_reference[c] ? 0 : is_trained_clean(r, c) ? 1 : 2;
      if (rank != own)
        continue;
      chosen[c] = true;
      n++;
    }
  }
  /* Shown in the order of the sweep, not of the ranks. */
  for (size_t c = 0; c < r->n_cells; c++) {
    if (!chosen[c])
      continue;
    out->label[out->n] = all.full[all.series_of_cell[c]];
    out->cell[out->n++] = c;
  }
  return FRAY_OK;
}

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

/* True if the entry of a swept key has no other swept key, so that its id alone says which. */
static bool is_only_key(const struct fray_rep_results *r, size_t key) {
  const char *id = r->of_key[key]->entry;
  for (size_t k = 0; k < r->n_keys; k++)
    if (k != key && r->of_key[k] && strcmp(r->of_key[k]->entry, id) == 0)
      return false;
  /* An id that the scenario does not know may be the key itself, which must not be cut. */
  return fray_rep_corruption(r, id, strlen(id)) != NULL;
}

/* Keys are looked for in the text of the label, where axes put them before numbers ("KEY VALUE").
 * The space behind keeps a key from being found as the beginning of a longer one. NULL if memory is
 * out, also for a label that is NULL already, so calls can be chained and checked once. */
const char *fray_rep_short(struct fray_rep_results *r, const char *label) {
  for (size_t k = 0; k < r->n_keys && label; k++) {
    size_t n = strlen(r->key[k]);
    const char *at = strstr(label, r->key[k]);
    if (at && r->of_key[k] && at[n] == ' ' && is_only_key(r, k))
      label = fray_arena_printf(r->arena, "%.*s%s%s", (int)(at - label), label, r->of_key[k]->entry,
                                at + n);
  }
  return label;
}

/* Short forms last: they are made once, of the whole text. */
const char *fray_rep_full_label(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                size_t series) {
  const char *panel = axis->panel_title[axis->panel[series]];
  if (!*panel)
    return fray_rep_short(r, axis->series[series]);
  const char *both = fray_arena_printf(r->arena, "%s, %s", axis->series[series], panel);
  return both ? fray_rep_short(r, both) : NULL;
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
    out->label[out->n] = fray_rep_full_label(r, &all, all.series_of_cell[c]);
    FRAY_CHECK(out->label[out->n], err, MEMORY, "out of memory");
    out->cell[out->n++] = c;
  }
  return FRAY_OK;
}

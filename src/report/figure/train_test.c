/* Figure: damage at training against damage at test. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* True if the entry that a swept key sets acts on training data. */
static bool acts_at_training(const struct fray_rep_results *r, const struct fray_rep_axis *axis) {
  for (size_t d = 0; d < r->n_damages; d++)
    if (!r->damage[d].at_test && strcmp(r->damage[d].id, fray_rep_entry_id(r, axis)) == 0)
      return true;
  return false;
}

/* Different words for what is missing, so that two entries without a kind are not alike. */
static bool same_kind(const struct fray_rep_results *r, const struct fray_rep_axis *train,
                      const struct fray_rep_axis *test) {
  const char *id = fray_rep_entry_id(r, train);
  const struct fray_node *a = fray_rep_corruption(r, id, strlen(id));
  const struct fray_node *b = fray_node_get(fray_node_get(r->scenario, "tests"), test->name);
  return a && b && strcmp(fray_rep_scalar(a, "kind", "?"), fray_rep_scalar(b, "kind", "!")) == 0;
}

/* The row of models trained at one strength: undamaged, then every severity of the test. A strength
 * that was not trained keeps an empty row, so that all panels have the same rows. */
static enum fray_status put_row(struct fray_rep_build *b, struct fray_rep_panel *panel,
                                const struct fray_rep_axis *train, size_t series, size_t row,
                                const struct fray_rep_axis *test, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_rep_series *out;
  struct fray_rep_path path;
  const char *label = fray_rep_strength_title(r, train->strength, train->x[row]);
  FRAY_TRY(fray_rep_build_series(b, panel, label, row, b->f->n_categories, &out, err));
  size_t cell = fray_rep_cell_at(r, train, series, train->x[row]);
  if (cell == r->n_cells)
    return FRAY_OK;
  FRAY_TRY(fray_rep_path_of(r, test, test->series_of_cell[cell], FRAY_REP_TEST, &path, err));
  for (size_t i = 0; i < path.n; i++) {
    struct fray_rep_stat stat;
    size_t samples, column = 0;
    while (column < test->n_x && test->x[column] != path.s[i])
      column++;
    if (fray_rep_wants_clean(test)) /* the clean score comes first */
      column = i == 0 && path.clean ? 0 : column + 1;
    FRAY_TRY(fray_rep_stat_at(r, &path.at[i], &stat, &samples, err));
    if (column < b->f->n_categories)
      fray_rep_build_put(b, out, (double)column, stat, NULL);
  }
  return FRAY_OK;
}

/* Undamaged data first, where the test itself does not have them: put_row moves its columns by one
 * in that case. */
static enum fray_status put_columns(struct fray_rep_build *b, const struct fray_rep_axis *test,
                                    struct fray_err *err) {
  struct fray_rep_figure *f = b->f;
  const char **label;
  FRAY_ALLOC(f->category, b->r->arena, test->n_x + 1, err);
  FRAY_TRY(fray_rep_strength_labels(b->r, test, 0, &label, err));
  if (fray_rep_wants_clean(test))
    f->category[f->n_categories++] =
        fray_rep_strength_title(b->r, test->strength, test->strength->none);
  for (size_t i = 0; i < test->n_x; i++)
    f->category[f->n_categories++] = label[i];
  FRAY_CHECK(f->category[0], err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status add_figure(struct fray_rep_results *r, const struct fray_rep_axis *train,
                                   const struct fray_rep_axis *test, const char *name,
                                   struct fray_rep_figures *figures, struct fray_err *err) {
  struct fray_rep_build b;
  const char *title;
  size_t shown = FRAY_MIN(train->n_series, (size_t)FRAY_REP_MOST_PANELS);
  FRAY_TRY(fray_rep_words(r, &title, err, "Training: %s. Test: %s", train->title, test->title));
  FRAY_TRY(fray_rep_build_begin(&b, r, figures, FRAY_REP_HEAT, name, title, err));
  /* On a heat map the metric is the colour; the builder took it for y. */
  b.f->z_label = b.f->y_label;
  b.f->x_label = test->title;
  b.f->y_label = train->title;
  FRAY_TRY(put_columns(&b, test, err));
  FRAY_TRY(fray_rep_build_panels(&b, shown, err));
  for (size_t s = 0; s < shown; s++) {
    struct fray_rep_panel *panel;
    const char *label = train->full[s];
    FRAY_TRY(fray_rep_build_panel(&b, train->n_series > 1 ? label : "", train->n_x, &panel, err));
    for (size_t row = 0; row < train->n_x; row++)
      FRAY_TRY(put_row(&b, panel, train, s, row, test, err));
  }
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, figures);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Rows: how strongly the training data of a model were damaged; columns: how strongly its "
      "test data are. Down the first column one may read whether training with damage costs "
      "anything where none comes, down the last one whether it saves anything where it does; "
      "differences between cells need their intervals (the tables have them).%s",
      fray_rep_left_out(r, train->n_series, shown, "models"));
}

/* Rows are trainings and columns tests of the same model: only a swept key and a condition make
 * such a table, and one that is not too large to be read. */
static bool is_table(const struct fray_rep_results *r, const struct fray_rep_axis *train,
                     const struct fray_rep_axis *test) {
  return train->is_key && !test->is_key && acts_at_training(r, train) &&
         train->n_x <= FRAY_REP_MOST_COLUMNS && test->n_x <= FRAY_REP_MOST_COLUMNS;
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes, made = 0;
  bool any_same = false;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  /* Training and test with the same damage answer a question; other pairs are drawn only where
   * there are none of those that can be drawn. */
  for (size_t pair = 0; pair < n_axes * n_axes; pair++) {
    const struct fray_rep_axis *train = &axes[pair / n_axes], *test = &axes[pair % n_axes];
    any_same = any_same || (is_table(r, train, test) && same_kind(r, train, test));
  }
  for (size_t pair = 0; pair < n_axes * n_axes && made < FRAY_REP_MOST_FIGURES; pair++) {
    const struct fray_rep_axis *train = &axes[pair / n_axes], *test = &axes[pair % n_axes];
    if (!is_table(r, train, test) || (any_same && !same_kind(r, train, test)))
      continue;
    size_t before = out->n;
    const char *text = fray_arena_printf(r->arena, "%s-%s", train->name, test->name);
    FRAY_CHECK(text, err, MEMORY, "out of memory");
    FRAY_TRY(add_figure(r, train, test,
                        fray_rep_figure_name(r->arena, section, "train_test", made, text), out,
                        err));
    made += out->n - before;
  }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_train_test;
const struct fray_rep_figure_kind fray_rep_figure_train_test = {
    .key = "train_test",
    .heading = "Training with damage",
    .meaning = "Damage at training against damage at test: the score with each amount of both.",
    .make = make,
};

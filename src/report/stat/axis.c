/* Axes: which swept keys and test conditions make a curve, from which value to which, and how
 * cells fall into series and panels. */
#include "axis.h"

#include "report/quantity/quantities.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/results/titles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const struct fray_rep_results *r, size_t cell, size_t key) {
  return r->cell[cell]->value[key];
}

/* True if equal values of key a always come with equal values of key b. Texts are compared as
 * written: 0.1 and 0.10 are two values here, though one place on an axis, which can only keep apart
 * what might have been joined. All pairs of cells are looked at; a sweep has hundreds at most. */
static bool determines(const struct fray_rep_results *r, size_t a, size_t b) {
  for (size_t i = 0; i < r->n_cells; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(value_of(r, i, a), value_of(r, j, a)) == 0 &&
          strcmp(value_of(r, i, b), value_of(r, j, b)) != 0)
        return false;
  return true;
}

/* Each says the other: a zip, or an alias. One of them alone would make two axes of one change. */
bool fray_rep_in_step(const struct fray_rep_results *r, size_t a, size_t b) {
  return determines(r, a, b) && determines(r, b, a);
}

bool fray_rep_is_ordered(const struct fray_rep_axis *axis) {
  return axis->strength->worse != 0;
}

bool fray_rep_is_of_levels(const struct fray_rep_axis *axis) {
  return strcmp(axis->strength->unit, "level") == 0;
}

bool fray_rep_begins_clean(const struct fray_rep_axis *axis) {
  return fray_strength_is_none(axis->strength, axis->x[0]);
}

/* Levels of a table begin at none, also of a kind of which more promises nothing: what is left of a
 * score is left of the clean one, not of level 1. A swept key never wants it: its weakest value is
 * a training of its own, and a clean score that nobody trained for must not be put before it. An
 * infinite none is only approached, so that it has no place on the axis to put a score at. */
bool fray_rep_wants_clean(const struct fray_rep_axis *axis) {
  return !axis->is_key && (fray_rep_is_ordered(axis) || fray_rep_is_of_levels(axis)) &&
         isfinite(axis->strength->none) && !fray_rep_begins_clean(axis);
}

const char *fray_rep_way(const struct fray_rep_axis *axis) {
  return axis->strength->worse < 0 ? "the largest to the smallest" : "the smallest to the largest";
}

const char *fray_rep_entry_id(const struct fray_rep_results *r, const struct fray_rep_axis *axis) {
  return axis->is_key ? r->of_key[axis->key]->entry : axis->name;
}

/* The entry whose damage a swept key sets. The realised rates of that entry stand under the axis;
 * the first stage that it acts at. n_damages if trials.csv has no such entry: then nothing is known
 * of what was realised. */
static size_t damage_of(const struct fray_rep_results *r, size_t key) {
  size_t i = 0;
  while (i < r->n_damages && strcmp(r->damage[i].id, r->of_key[key]->entry) != 0)
    i++;
  return i;
}

/* True if a key sets the strength of an entry and is a number in all cells: else it is like any
 * other key, which tells series apart. */
static bool is_strength(const struct fray_rep_results *r, size_t key) {
  double value;
  if (!r->of_key[key])
    return false;
  for (size_t i = 0; i < r->n_cells; i++)
    /* A strength without a number in one cell (a list, a name) has no place on an axis. */
    if (!fray_rep_parse_real(value_of(r, i, key), &value))
      return false;
  return true;
}

/* A difference, cast to int, would say that strengths nearer than 1 are equal. None is NaN here:
 * who collects them leaves those out. */
static int compare_reals(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* From the least damage to the most. */
static void sort_distinct(double *x, size_t *n, const struct fray_strength_meaning *strength) {
  /* Turned around before equal ones are dropped, which only need to lie side by side. With no order
   * (worse 0) they stay ascending. */
  qsort(x, *n, sizeof *x, compare_reals);
  if (strength->worse < 0)
    for (size_t i = 0, end = *n; i + 1 < end--; i++) {
      double last = x[end];
      x[end] = x[i];
      x[i] = last;
    }
  size_t kept = 0;
  for (size_t i = 0; i < *n; i++)
    /* Equal numbers may be written in several ways; they are one place. */
    if (kept == 0 || x[i] != x[kept - 1])
      x[kept++] = x[i];
  *n = kept;
}

/* One place for each cell is room enough, and what is swept twice (by two methods) becomes one.
 * is_strength saw to it that every cell has a number. */
static enum fray_status key_strengths(struct fray_rep_results *r, struct fray_rep_axis *a,
                                      struct fray_err *err) {
  FRAY_ALLOC(a->x, r->arena, r->n_cells, err);
  for (size_t i = 0; i < r->n_cells; i++)
    if (fray_rep_parse_real(value_of(r, i, a->key), &a->x[a->n_x]))
      a->n_x++;
  sort_distinct(a->x, &a->n_x, a->strength);
  return FRAY_OK;
}

/* True if a score on undamaged test data is there to begin a curve with. A single trial that has it
 * is enough: others then show a curve that begins later, which is better than no beginning for all.
 * The search goes through score_at, which finds the clean score under whichever condition it was
 * written. */
static bool is_measured_clean(const struct fray_rep_results *r, size_t condition) {
  struct fray_rep_address at = {.condition = condition,
                                .severity = r->of_condition[condition]->none,
                                .samples = FRAY_REP_TEST,
                                .group = FRAY_REP_ALL,
                                .metric = r->main_metric};
  for (size_t t = 0; t < r->n_trials; t++)
    if (fray_rep_score_at(r, t, &at))
      return true;
  return false;
}

/* Several severities begin at no damage, whether or not the scenario lists it. Not a single one: it
 * is an end, not a curve, and the figures that show it add the clean score themselves. Only scores
 * of the whole test split and of the main metric say what was measured; other groups and metrics
 * are of the same evaluations. */
static enum fray_status condition_strengths(struct fray_rep_results *r, struct fray_rep_axis *a,
                                            struct fray_err *err) {
  size_t n;
  const struct fray_rep_score *s =
      fray_rep_scores(r, false, a->condition, FRAY_REP_ALL, r->main_metric, &n);
  /* Two more than there are scores: no damage, and the place without a number. */
  FRAY_ALLOC(a->x, r->arena, n + 2, err);
  for (size_t i = 0; i < n; i++)
    if (isfinite(s[i].severity))
      a->x[a->n_x++] = s[i].severity;
  sort_distinct(a->x, &a->n_x, a->strength);
  if (a->n_x >= 2 && fray_rep_wants_clean(a) && fray_strength_distance(a->strength, a->x[0]) > 0 &&
      is_measured_clean(r, a->condition)) {
    a->x[a->n_x++] = a->strength->none;
    sort_distinct(a->x, &a->n_x, a->strength);
  }
  /* One place without a number, so that tables of cells have a column for it. */
  if (a->n_x == 0)
    a->x[a->n_x++] = NAN;
  return FRAY_OK;
}

static bool is_constant(const struct fray_rep_results *r, size_t key) {
  for (size_t i = 1; i < r->n_cells; i++)
    if (strcmp(value_of(r, i, key), value_of(r, 0, key)) != 0)
      return false;
  return true;
}

/* Keys that tell series apart: not the axis itself, not constant, not told by an earlier one.
 * Earlier ones come first in every label, so that of two keys which say the same the one that the
 * sweep names first is kept. keys: room for n_keys. */
static size_t free_keys(const struct fray_rep_results *r, const struct fray_rep_axis *a,
                        size_t *keys) {
  size_t n = 0;
  for (size_t k = 0; k < r->n_keys; k++) {
    bool told = a->is_key && (k == a->key || fray_rep_in_step(r, a->key, k));
    /* What never changes tells nothing apart, and would only lengthen every label. */
    told = told || is_constant(r, k);
    for (size_t i = 0; i < n && !told; i++)
      told = determines(r, keys[i], k);
    if (!told)
      keys[n++] = k;
  }
  return n;
}

static bool same_values(const struct fray_rep_results *r, size_t i, size_t j, const size_t *keys,
                        size_t n) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(value_of(r, i, keys[k]), value_of(r, j, keys[k])) != 0)
      return false;
  return true;
}

/* How values are put into words: titles; names as the tables have them, of which numbers carry
 * their key; and every key with its value, which are never alike. */
enum words { TITLES, NAMES, KEYS };

static const char *label_of(const struct fray_rep_results *r, const char *key, const char *value,
                            enum words words) {
  double number;
  if (words == TITLES)
    return fray_rep_value_label(r, key, value);
  if (words == KEYS || fray_rep_parse_real(value, &number))
    return fray_arena_printf(r->arena, "%s %s", key, value);
  /* A label that ends in a comma would look like a fault. */
  return *value ? value : "(empty)";
}

/* "attention, lost 60 %". NULL if memory is out, which the caller checks. */
static const char *describe(struct fray_rep_results *r, size_t cell, const size_t *keys, size_t n,
                            size_t except, enum words words) {
  const char *text = "";
  for (size_t k = 0; k < n && text; k++) {
    if (k == except)
      continue;
    const char *label = label_of(r, r->key[keys[k]], value_of(r, cell, keys[k]), words);
    text = label ? fray_arena_printf(r->arena, "%s%s%s", text, *text ? ", " : "", label) : NULL;
  }
  return text;
}

/* Of keys other than the method the first one makes the lines: sweeps name first what matters most.
 */
static size_t line_key(const struct fray_rep_results *r, const size_t *keys, size_t n) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(r->key[keys[k]], "method") == 0)
      return k;
  return 0;
}

/* The distinct texts of n labels, each with its id; which one each of them is. Labels that are
 * equal though their ids are not are made to differ. */
static enum fray_status number_texts(struct fray_rep_results *r, const char **label,
                                     const char *const *id, size_t n, size_t *of,
                                     const char ***title, size_t *n_titles, struct fray_err *err) {
  const char **own;
  *n_titles = 0;
  FRAY_ALLOC(*title, r->arena, n + 1, err);
  FRAY_ALLOC(own, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    FRAY_CHECK(label[i] && id[i], err, MEMORY, "out of memory");
    of[i] = 0;
    while (of[i] < *n_titles && strcmp(own[of[i]], id[i]) != 0)
      of[i]++;
    if (of[i] < *n_titles)
      continue;
    own[*n_titles] = id[i];
    (*title)[(*n_titles)++] = label[i];
  }
  FRAY_CHECK(fray_titles_distinct(*title, own, *n_titles, r->arena), err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Texts of some keys of every series, numbered in the order of the series. */
static enum fray_status number_series(struct fray_rep_results *r, const struct fray_rep_axis *a,
                                      const size_t *keys, size_t n, size_t except, size_t *of,
                                      const char ***title, size_t *n_titles, struct fray_err *err) {
  const char **label, **id;
  FRAY_ALLOC(label, r->arena, a->n_series + 1, err);
  FRAY_ALLOC(id, r->arena, a->n_series + 1, err);
  for (size_t s = 0; s < a->n_series; s++) {
    label[s] = describe(r, a->cell_of_series[s], keys, n, except, TITLES);
    id[s] = describe(r, a->cell_of_series[s], keys, n, except, KEYS);
  }
  return number_texts(r, label, id, a->n_series, of, title, n_titles, err);
}

/* Where two keys or more make the panels, the last one makes the columns and the others the rows. A
 * grid of which a half or more would be holes, as keys make it that are zipped and not crossed, is
 * none: its panels stand side by side, each with its whole title. */
static enum fray_status make_rows(struct fray_rep_results *r, struct fray_rep_axis *a,
                                  const size_t *keys, size_t n, struct fray_err *err) {
  size_t *row, *column;
  FRAY_ALLOC(row, r->arena, a->n_series + 1, err);
  FRAY_ALLOC(column, r->arena, a->n_series + 1, err);
  FRAY_ALLOC(a->row, r->arena, a->n_panels + 1, err);
  FRAY_ALLOC(a->column, r->arena, a->n_panels + 1, err);
  FRAY_TRY(number_series(r, a, keys, n - 1, n, row, &a->row_title, &a->n_rows, err));
  FRAY_TRY(number_series(r, a, &keys[n - 1], 1, n, column, &a->column_title, &a->n_columns, err));
  for (size_t s = 0; s < a->n_series; s++) {
    a->row[a->panel[s]] = row[s];
    a->column[a->panel[s]] = column[s];
  }
  if (a->n_rows * a->n_columns >= 2 * a->n_panels)
    a->n_rows = a->n_columns = 0;
  return FRAY_OK;
}

/* One key, the method if it varies, makes the lines; the others make the panels. Series come in the
 * order of the sweep and so do panels and styles. The same method has the same colour in every
 * panel. */
static enum fray_status make_panels(struct fray_rep_results *r, struct fray_rep_axis *a,
                                    const size_t *keys, size_t n, struct fray_err *err) {
  const char **style_title;
  const size_t line = line_key(r, keys, n);
  size_t n_styles, *others, n_others = 0;
  FRAY_TRY(number_series(r, a, keys, n, line, a->panel, &a->panel_title, &a->n_panels, err));
  FRAY_TRY(number_series(r, a, &keys[line], 1, 1, a->style, &style_title, &n_styles, err));
  for (size_t s = 0; s < a->n_series; s++)
    a->series[s] = style_title[a->style[s]];
  if (n < 3)
    return FRAY_OK;
  FRAY_ALLOC(others, r->arena, n, err);
  for (size_t k = 0; k < n; k++)
    if (k != line)
      others[n_others++] = keys[k];
  return make_rows(r, a, others, n_others, err);
}

/* Series and panel in one, where there are no panels to tell them apart. */
static enum fray_status make_full_labels(struct fray_rep_results *r, struct fray_rep_axis *a,
                                         const size_t *keys, size_t n, struct fray_err *err) {
  const char **id;
  FRAY_ALLOC(a->full, r->arena, a->n_series + 1, err);
  FRAY_ALLOC(id, r->arena, a->n_series + 1, err);
  for (size_t s = 0; s < a->n_series; s++) {
    const char *panel = a->panel_title[a->panel[s]];
    a->full[s] = *panel ? fray_arena_printf(r->arena, "%s, %s", a->series[s], panel) : a->series[s];
    id[s] = describe(r, a->cell_of_series[s], keys, n, n, KEYS);
    FRAY_CHECK(a->full[s] && id[s], err, MEMORY, "out of memory");
  }
  FRAY_CHECK(fray_titles_distinct(a->full, id, a->n_series, r->arena), err, MEMORY,
             "out of memory");
  return FRAY_OK;
}

/* The same by the names of the scenario, as CSV files have it: "lost.rate 0.5: avg". */
static enum fray_status make_names(struct fray_rep_results *r, struct fray_rep_axis *a,
                                   const size_t *keys, size_t n, struct fray_err *err) {
  const size_t line = n >= 2 ? line_key(r, keys, n) : 0;
  FRAY_ALLOC(a->csv, r->arena, a->n_series + 1, err);
  for (size_t s = 0; s < a->n_series; s++) {
    const size_t cell = a->cell_of_series[s];
    const char *panel = n >= 2 ? describe(r, cell, keys, n, line, NAMES) : "";
    const char *series = n ? describe(r, cell, &keys[line], 1, 1, NAMES) : "model";
    a->csv[s] = panel && series
                    ? fray_arena_printf(r->arena, "%s%s%s", panel, *panel ? ": " : "", series)
                    : NULL;
    FRAY_CHECK(a->csv[s], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* A series for each combination of the free keys. Of a test condition that is every training; of a
 * swept key all trainings that differ only in it. There are no more series, panels and styles than
 * cells, so all arrays have that size; they live as long as the results. */
static enum fray_status make_series(struct fray_rep_results *r, struct fray_rep_axis *a,
                                    struct fray_err *err) {
  size_t *keys, n;
  FRAY_ALLOC(keys, r->arena, r->n_keys + 1, err);
  FRAY_ALLOC(a->series_of_cell, r->arena, r->n_cells, err);
  FRAY_ALLOC(a->cell_of_series, r->arena, r->n_cells, err);
  FRAY_ALLOC_ZERO(a->panel, r->arena, r->n_cells, err);
  FRAY_ALLOC_ZERO(a->style, r->arena, r->n_cells, err);
  FRAY_ALLOC_ZERO(a->series, r->arena, r->n_cells, err);
  FRAY_ALLOC_ZERO(a->panel_title, r->arena, r->n_cells, err);
  n = free_keys(r, a, keys);
  for (size_t c = 0; c < r->n_cells; c++) {
    size_t s = 0;
    while (s < a->n_series && !same_values(r, a->cell_of_series[s], c, keys, n))
      s++;
    a->series_of_cell[c] = s;
    if (s < a->n_series)
      continue;
    a->cell_of_series[s] = c;
    a->style[s] = s;
    a->n_series++;
  }
  /* With one free key each series is a line of one panel, in a colour of its own. From two on lines
   * and panels are told apart. */
  a->n_panels = 1;
  a->panel_title[0] = "";
  if (n >= 2)
    FRAY_TRY(make_panels(r, a, keys, n, err));
  for (size_t s = 0; n < 2 && s < a->n_series; s++) {
    /* A study of one model has to call it something. */
    a->series[s] = n ? describe(r, a->cell_of_series[s], keys, n, n, TITLES) : "model";
    FRAY_CHECK(a->series[s], err, MEMORY, "out of memory");
  }
  FRAY_TRY(make_full_labels(r, a, keys, n, err));
  FRAY_TRY(make_names(r, a, keys, n, err));
  for (size_t s = 0; n < 2 && s < a->n_series; s++)
    a->series[s] = a->full[s];
  return FRAY_OK;
}

/* A title with its unit, as the axis of a figure has it: "noise in the sound at test, dB"; a share
 * is shown as a percentage. */
static const char *with_unit(struct fray_rep_results *r, const char *title,
                             const struct fray_strength_meaning *strength) {
  if (!*strength->unit || !title)
    return title;
  return fray_arena_printf(r->arena, "%s, %s", title,
                           strcmp(strength->unit, "share") == 0 ? "%" : strength->unit);
}

/* The scores of a swept key lie under `trial`, what the scenario itself asks for; the caller makes
 * sure that there are any. Keys in step are named in title and label, as else the reader would give
 * all of the change to the first of them. */
static enum fray_status key_axis(struct fray_rep_results *r, size_t key, struct fray_rep_axis *a,
                                 struct fray_err *err) {
  const char *name = r->key[key];
  *a = (struct fray_rep_axis){.is_key = true, .key = key, .name = name};
  a->damage = damage_of(r, key);
  a->strength = r->of_key[key];
  a->condition = fray_rep_name_find(&r->conditions, "trial");
  a->title = fray_rep_key_title(r, name);
  for (size_t k = 0; k < r->n_keys && a->title; k++)
    if (k != key && is_strength(r, k) && fray_rep_in_step(r, key, k))
      a->title = fray_arena_printf(r->arena, "%s, with %s in step", a->title,
                                   fray_rep_key_title(r, r->key[k]));
  a->label = with_unit(r, a->title, a->strength);
  FRAY_CHECK(a->title && a->label, err, MEMORY, "out of memory");
  FRAY_TRY(key_strengths(r, a, err));
  return make_series(r, a, err);
}

/* damage is n_damages: the rate that a test realised stands in the row of its score, not in a
 * column of the trial. `clean` and `trial` have axes too, of one place, from which figures take
 * series and panels of all models. */
enum fray_status fray_rep_condition_axis(struct fray_rep_results *r, size_t condition,
                                         struct fray_rep_axis *axis, struct fray_err *err) {
  const char *name = r->conditions.v[condition];
  *axis = (struct fray_rep_axis){.condition = condition, .name = name, .damage = r->n_damages};
  axis->strength = r->of_condition[condition];
  axis->title = fray_rep_condition_title(r, condition);
  axis->label = with_unit(r, axis->title, axis->strength);
  FRAY_CHECK(axis->title && axis->label, err, MEMORY, "out of memory");
  FRAY_TRY(condition_strengths(r, axis, err));
  return make_series(r, axis, err);
}

/* More of it is worse only for whoever counts it as damage, which nothing here does: no loss is
 * asked for along such an axis. */
enum fray_status fray_rep_share_axis(struct fray_rep_results *r, size_t key, const char *title,
                                     size_t condition, struct fray_rep_axis *axis, bool *there,
                                     struct fray_err *err) {
  /* Static, as the axis borrows it, and the folder says nothing of a key that is no strength. */
  static const struct fray_strength_meaning share = {
      .name = "", .entry = "", .parameter = "", .unit = "share", .none = 0, .worse = 1};
  const char *own = fray_rep_key_title(r, r->key[key]);
  double value;
  *axis = (struct fray_rep_axis){.is_key = true,
                                 .key = key,
                                 .name = r->key[key],
                                 .damage = r->n_damages,
                                 .strength = &share,
                                 .condition = condition};
  *there = false;
  for (size_t i = 0; i < r->n_cells; i++)
    if (!fray_rep_parse_real(value_of(r, i, key), &value))
      return FRAY_OK;
  FRAY_TRY(key_strengths(r, axis, err));
  if (axis->n_x < 2)
    return FRAY_OK;
  /* A key that nobody gave a title is called by its name, which says little to a reader. */
  axis->title = own && strcmp(own, r->key[key]) != 0 ? own : title;
  axis->label = with_unit(r, axis->title, axis->strength);
  FRAY_CHECK(own && axis->label, err, MEMORY, "out of memory");
  *there = true;
  return make_series(r, axis, err);
}

/* A key and a condition may be called alike; so may a title with its unit and another one. */
static enum fray_status tell_apart(struct fray_rep_results *r, struct fray_rep_axis *axes, size_t n,
                                   struct fray_err *err) {
  const char **title, **label, **id;
  FRAY_ALLOC(title, r->arena, n + 1, err);
  FRAY_ALLOC(label, r->arena, n + 1, err);
  FRAY_ALLOC(id, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    title[i] = axes[i].title;
    label[i] = axes[i].label;
    id[i] = axes[i].name;
  }
  FRAY_CHECK(fray_titles_distinct(title, id, n, r->arena) &&
                 fray_titles_distinct(label, id, n, r->arena),
             err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++) {
    axes[i].title = title[i];
    axes[i].label = label[i];
  }
  return FRAY_OK;
}

/* Each axis is made in the place behind the last one that counts, and overwritten by the next if it
 * turns out to have a single strength; so at most keys + conditions places are needed, and some
 * memory of the arena is left unused. */
enum fray_status fray_rep_axes(struct fray_rep_results *r, struct fray_rep_axis **axes, size_t *n,
                               struct fray_err *err) {
  *n = 0;
  FRAY_ALLOC(*axes, r->arena, r->n_keys + r->conditions.n, err);
  for (size_t k = 0; k < r->n_keys; k++) {
    bool joined =
        !is_strength(r, k) || fray_rep_name_find(&r->conditions, "trial") == r->conditions.n;
    for (size_t i = 0; i < k && !joined; i++)
      /* Its first key already has the axis, which says so. */
      joined = is_strength(r, i) && fray_rep_in_step(r, i, k);
    if (joined)
      continue;
    FRAY_TRY(key_axis(r, k, &(*axes)[*n], err));
    *n += (*axes)[*n].n_x >= 2;
  }
  for (size_t c = 0; c < r->conditions.n; c++) {
    /* Both are ends of other axes, not axes. */
    if (strcmp(r->conditions.v[c], "trial") == 0 || strcmp(r->conditions.v[c], "clean") == 0)
      continue;
    FRAY_TRY(fray_rep_condition_axis(r, c, &(*axes)[*n], err));
    *n += (*axes)[*n].n_x >= 2;
  }
  return tell_apart(r, *axes, *n, err);
}

/* Copies, not pointers: callers index them like the list of all, and the arrays inside are shared.
 * One place more than needed, since n may be 0. */
enum fray_status fray_rep_ordered_axes(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                       size_t n, struct fray_rep_axis **out, size_t *n_out,
                                       struct fray_err *err) {
  *n_out = 0;
  FRAY_ALLOC(*out, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    if (fray_rep_is_ordered(&axes[i]))
      (*out)[(*n_out)++] = axes[i];
  return FRAY_OK;
}

bool fray_rep_in_percent(const struct fray_rep_axis *axis) {
  return strcmp(axis->strength->unit, "share") == 0;
}

/* Pairs of terms against shared fixtures/instruments/closed_form.json, `pairs`: 30 answers before
 * and after an exchange, and those of a neutral pair. */
#include "instrument/pairs/pairs_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = 30, PEOPLE = 6, CLASSES = 3 };
static const int16_t first[N] = {1, 2, 0, 0, 2, 1, 0, 1, 0, 2, 2, 1, 2, 2, 1,
                                 0, 0, 1, 0, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1};
static const int16_t second[N] = {1, 2, 0, 1, 2, 1, 2, 1, 1, 2, 0, 0, 2, 2, 0,
                                  0, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 2, 1};
static const int16_t neutral[N] = {1, 1, 2, 1, 0, 0, 2, 1, 2, 0, 2, 2, 2, 2, 0,
                                   1, 0, 1, 1, 1, 2, 2, 2, 0, 1, 0, 1, 1, 1, 2};

/* One trial with the answers of the fixture; where a text holds the second term, its answer as it
 * is is the one to that. */
struct world {
  uint32_t cluster[N];
  int32_t label[N];
  int16_t before[N], after[N];
  uint8_t side[N], plain[N];
  double moved[N];
  struct pairs_panel panel[2];
  struct pairs_item item[2];
  struct pairs_file file;
  struct pairs_trial trial;
  struct fray_cell cell;
  struct fray_study study;
  struct fray_arena arena;
  struct pairs_found found;
};

static void make(struct world *w, bool mixed, size_t people) {
  memset(w, 0, sizeof *w);
  for (size_t i = 0; i < N; i++) {
    const bool turned = mixed && i % 2;
    w->cluster[i] = (uint32_t)(i % people);
    w->label[i] = first[i];
    w->side[i] = turned ? PAIRS_HAS_SECOND : PAIRS_HAS_FIRST;
    w->plain[i] = PAIRS_HAS_FIRST;
    w->before[i] = turned ? second[i] : first[i];
    w->after[i] = turned ? first[i] : second[i];
    w->moved[i] = first[i] != second[i];
  }
  w->panel[0] =
      (struct pairs_panel){N, 7, w->cluster, w->label, w->before, w->after, w->side, w->moved};
  w->panel[1] =
      (struct pairs_panel){N, 7, w->cluster, w->label, neutral, neutral, w->plain, w->moved};
  w->item[0] = (struct pairs_item){.set = "x", .first = "a", .second = "b", .both = "a/b"};
  w->item[1] = (struct pairs_item){
      .set = "neutral", .first = "c", .second = "d", .both = "c/d", .neutral = true};
  w->file = (struct pairs_file){.modality = "text", .neutral = "neutral", .n = 2, .item = w->item};
  w->trial = (struct pairs_trial){
      .n_clusters = PEOPLE, .n_classes = CLASSES, .class_name = NULL, .panel = w->panel};
  w->cell.control = "";
  w->study.n_cells = 1;
  w->study.cell = &w->cell;
  w->found = (struct pairs_found){
      .arena = &w->arena, .study = &w->study, .file = &w->file, .n_trials = 1, .trial = &w->trial};
}

static const struct pairs_row *row_of(const struct pairs_cell *cell, const char *set, bool one) {
  for (size_t k = 0; k < cell->n_rows; k++)
    if (strcmp(cell->row[k].set, set) == 0 && cell->row[k].is_one == one)
      return &cell->row[k];
  fail_msg("no row of %s", set);
  return NULL;
}

/* Also where half of the texts hold the second term: directions are of terms, not of exchanges. */
static void numbers_are_those_of_the_closed_form(void **state) {
  (void)state;
  for (int mixed = 0; mixed < 2; mixed++) {
    struct world w;
    struct fray_err err = {0};
    struct pairs_cell *cell;
    size_t n;
    make(&w, mixed, PEOPLE);
    if (pairs_rates(&w.found, &cell, &n, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    assert_int_equal(n, 1);
    assert_int_equal(cell->n_rows, 4);
    const struct pairs_row *x = row_of(cell, "x", true), *other = row_of(cell, "neutral", true);
    assert_true(fabs(x->flip.value - 0.3) < 1e-15);
    assert_true(fabs(x->neutral_flip) < 1e-15);
    assert_true(fabs(x->excess.value - 0.3) < 1e-15);
    assert_true(fabs(x->toward[0].value + 0.06666666666666668) < 1e-15);
    assert_true(fabs(x->toward[0].value + x->toward[1].value + x->toward[2].value) < 1e-15);
    assert_true(fabs(x->moved - 0.3) < 1e-15);
    assert_int_equal(x->n, N);
    assert_int_equal(x->without, 7);
    assert_int_equal(x->clusters, PEOPLE);
    assert_true(x->excess.interval.low < 0.3 && x->excess.interval.high > 0.3);
    assert_true(x->p_holm == x->p); /* a family of one: neutral pairs and sets are not in it */
    assert_true(isnan(other->excess.value) && isnan(other->p) && other->flip.value == 0);
    assert_true(other->flip.interval.high > 0.2); /* of six people nobody is not nobody at all */
    assert_true(row_of(cell, "x", false)->flip.value == x->flip.value);
    assert_true(isnan(row_of(cell, "x", false)->p));
    fray_arena_free(&w.arena);
  }
}

/* Of four people nothing is said, whatever they wrote. */
static void few_people_are_not_spoken_of(void **state) {
  (void)state;
  struct world w;
  struct fray_err err = {0};
  struct pairs_cell *cell;
  size_t n;
  make(&w, false, PAIRS_CLUSTERS - 1);
  assert_int_equal(pairs_rates(&w.found, &cell, &n, &err), FRAY_OK);
  const struct pairs_row *x = row_of(cell, "x", true);
  assert_int_equal(x->n, N);
  assert_int_equal(x->clusters, PAIRS_CLUSTERS - 1);
  assert_true(isnan(x->flip.value) && isnan(x->excess.value) && isnan(x->p_holm) && !x->toward);
  fray_arena_free(&w.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_those_of_the_closed_form),
                                     cmocka_unit_test(few_people_are_not_spoken_of)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

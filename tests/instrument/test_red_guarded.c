/* Deflected recipes: a third of the steps tries one again in another shape, each shape is what it
 * says, and only what gets more past the guard is gone on from. Against a world in closed form:
 * what is stronger breaks more, and anything stronger than a half is seen by the guard. */
#include "../ok.h"
#include "fray/base/size.h"
#include "fray/instrument/redteam.h"

#include <math.h>

enum { KINDS = 8, SEEDS = 6, BUDGET = 120, RUNS = 8 };

/* Two kinds of each of two categories in each of two modalities; three of them fall, as dB do. */
static struct fray_red_kind kinds[KINDS];
static struct fray_red_space space = {.kind = kinds, .n_kinds = KINDS, .most = 3};

static void make_kinds(void) {
  static const char *const names[KINDS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  for (unsigned k = 0; k < KINDS; k++) {
    const bool falls = k % 3 == 2;
    kinds[k] = (struct fray_red_kind){.name = names[k],
                                      .category = k / 2 % 2,
                                      .modality = k / 4,
                                      .n = 1,
                                      .low = {falls ? 10 : 0},
                                      .high = {falls ? 30 : 2},
                                      .start = {falls ? 18 : 1.2},
                                      .mild = falls ? 30 : 0};
  }
}

static double share(const struct fray_red_entry *e) {
  const struct fray_red_kind *kind = &kinds[e->kind];
  return fabs(e->value[0] - kind->mild) / (kind->high[0] - kind->low[0]);
}

/* What a guard makes of a recipe. */
struct world {
  double broken, passed;
  bool deflected;
};
static struct world look(const struct fray_red_recipe *r) {
  double sum = 0, most = 0;
  for (size_t i = 0; i < r->n; i++) {
    sum += share(&r->entry[i]);
    most = fmax(most, share(&r->entry[i]));
  }
  const double refused = most > 0.5 ? 0.8 : 0.3;
  return (struct world){sum / 3, sum / 3 * (1 - refused), refused > 0.5};
}

static bool same(const struct fray_red_entry *a, const struct fray_red_entry *b) {
  return a->kind == b->kind && !(a->value[0] < b->value[0]) && !(a->value[0] > b->value[0]);
}

/* Against what it was made of. */
static void check_shape(const struct fray_red_trial *t, const struct fray_red_trial *from) {
  size_t differ = 0;
  assert_int_equal(t->recipe.n, from->recipe.n + (t->shape == FRAY_RED_WIDENED));
  for (size_t i = 0; i < from->recipe.n; i++) {
    const struct fray_red_entry *a = &from->recipe.entry[i], *b = &t->recipe.entry[i];
    differ += !same(a, b);
    if (t->shape == FRAY_RED_WEAKER) {
      assert_int_equal(a->kind, b->kind);
      assert_true(fabs(share(b) - 0.8 * share(a)) < 1e-12);
    } else if (!same(a, b)) {
      assert_int_equal(kinds[a->kind].category, kinds[b->kind].category);
      assert_int_not_equal(kinds[a->kind].modality, kinds[b->kind].modality);
      assert_true(fabs(share(b) - share(a)) < 1e-12);
    }
    for (size_t j = 0; j < t->recipe.n; j++)
      assert_true(i == j || t->recipe.entry[j].kind != b->kind);
  }
  if (t->shape != FRAY_RED_WEAKER)
    assert_int_equal(differ, t->shape == FRAY_RED_MOVED);
}

/* Which can be tried again is counted here by itself: deflected, and nothing better came of it. */
static void run(const char *name, uint64_t seed, size_t shapes[FRAY_RED_SHAPES], size_t *kept) {
  struct fray_arena own = {0};
  struct fray_red_recipe seeds[SEEDS];
  struct fray_red_search s = {.space = &space,
                              .strategy = fray_choice_find(&fray_red_strategies, name),
                              .seed = 3,
                              .search_seed = seed,
                              .budget = BUDGET,
                              .guarded = true};
  struct fray_rng rng = fray_rng_for(3, "guarded", seed, 0, 0);
  const struct fray_red_trial *t;
  bool open[BUDGET] = {false};
  size_t n_open = 0, goes_on = FRAY_RED_NONE;
  OK(fray_red_seeds(&space, &rng, SEEDS, &own, seeds, &err));
  OK(fray_red_begin(&s, seeds, SEEDS, &own, &err));
  while ((t = fray_red_ask(&s))) {
    const size_t id = s.asked - 1;
    const bool turn = id >= SEEDS && (id - SEEDS) % 3 == 2 && n_open > 0;
    const struct world w = look(&t->recipe);
    const double score = id % 17 == 16 ? NAN : w.broken; /* over a limit */
    assert_int_equal(t->origin != FRAY_RED_NONE, turn);
    shapes[t->shape]++;
    if (turn) {
      check_shape(t, &s.trial[t->parent[0]]);
      assert_true(open[t->origin]);
      assert_true(goes_on == FRAY_RED_NONE ||
                  (t->parent[0] == goes_on && t->shape == FRAY_RED_WEAKER));
    }
    fray_red_tell_guarded(&s, score, score > 0.4, !isnan(score) && w.deflected,
                          isnan(score) ? NAN : w.passed);
    if (!turn) {
      open[id] = t->deflected;
      n_open += t->deflected;
      continue;
    }
    goes_on = t->shape == FRAY_RED_WEAKER && t->deflected && t->links < 10 ? id : FRAY_RED_NONE;
    assert_int_equal(t->kept, goes_on == FRAY_RED_NONE && t->bypass > s.trial[t->origin].bypass);
    for (size_t i = 0; i < s.pool.n; i++)
      assert_true(s.pool.member[i].id != id || t->kept);
    *kept += t->kept;
    if (t->kept) {
      open[t->origin] = false;
      open[id] = t->deflected;
      n_open -= !t->deflected;
    }
  }
  assert_int_equal(s.told, BUDGET);
  fray_arena_free(&own);
}

static void a_third_of_the_steps_tries_again(void **state) {
  static const char *const names[] = {"climb", "scoring", "fifo"};
  size_t shapes[FRAY_RED_SHAPES] = {0}, kept = 0;
  (void)state;
  make_kinds();
  for (size_t k = 0; k < FRAY_COUNT(names); k++)
    for (uint64_t seed = 1; seed <= RUNS; seed++)
      run(names[k], seed, shapes, &kept);
  for (int shape = 0; shape < FRAY_RED_SHAPES; shape++)
    assert_true(shapes[shape] > 20);
  assert_true(kept > 20);
}

/* It learns nothing, of a guard as well; and without a guard nothing is deflected. */
static void random_drawing_and_open_models_do_not(void **state) {
  (void)state;
  make_kinds();
  for (int guarded = 0; guarded < 2; guarded++) {
    struct fray_arena own = {0};
    struct fray_red_recipe seeds[SEEDS];
    struct fray_red_search s = {
        .space = &space,
        .strategy = fray_choice_find(&fray_red_strategies, guarded ? "random" : "climb"),
        .search_seed = 1,
        .budget = BUDGET,
        .guarded = guarded};
    struct fray_rng rng = fray_rng_for(3, "guarded", 1, 0, 0);
    const struct fray_red_trial *t;
    OK(fray_red_seeds(&space, &rng, SEEDS, &own, seeds, &err));
    OK(fray_red_begin(&s, seeds, SEEDS, &own, &err));
    while ((t = fray_red_ask(&s))) {
      assert_true(t->origin == FRAY_RED_NONE);
      fray_red_tell_guarded(&s, 0.5, true, true, 0.1);
    }
    fray_arena_free(&own);
  }
}

static void finds_are_counted_as_they_come(void **state) {
  enum { N = 40, SAMPLES = 24 };
  uint8_t failed[N * SAMPLES];
  double score[N];
  size_t count[N], kept[N], n_kept;
  struct fray_rng rng = fray_rng_for(9, "counted", 0, 0, 0);
  (void)state;
  for (size_t i = 0; i < N; i++) {
    score[i] = (double)fray_rng_below(&rng, 12); /* some are alike */
    /* Around one of six holes. */
    const size_t hole = (size_t)fray_rng_below(&rng, 6);
    for (size_t k = 0; k < SAMPLES; k++)
      failed[i * SAMPLES + k] = (k / 4 == hole) != (fray_rng_uniform(&rng) < 0.15);
  }
  OK(fray_red_distinct_so_far(failed, score, N, SAMPLES, 0.5, count, &err));
  for (size_t n = 1; n <= N; n++) {
    OK(fray_red_distinct(failed, score, n, SAMPLES, 0.5, kept, &n_kept, &err));
    assert_int_equal(count[n - 1], n_kept);
  }
  assert_true(count[N - 1] > 4 && count[N - 1] < N);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_third_of_the_steps_tries_again),
                                     cmocka_unit_test(random_drawing_and_open_models_do_not),
                                     cmocka_unit_test(finds_are_counted_as_they_come)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

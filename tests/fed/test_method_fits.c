/* What a method needs of the model, and what of it has no effect with given keys and clients: told
 * before anything runs, and only then. */
#include "scene.h"

struct told {
  size_t n;
  char words[4][400];
};

static void tell(void *user, const char *words) {
  struct told *told = user;
  assert_true(told->n < 4);
  snprintf(told->words[told->n++], sizeof told->words[0], "%s", words);
}

#define IDENTITY "{fusion: concat, hidden: 5, head: 4, dropout: 0, encoders: {f: {kind: identity}}}"
#define PLAIN "local: {epochs: 1, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"
#define ONE_STEP "local: {epochs: 1, batch: 64, lr: 0.1, momentum: 0}"

/* As `fray check` asks: of all clients, five a round. */
static enum fray_status ask(const char *model, const char *training, bool same_group,
                            struct told *told, struct fray_err *wrong) {
  struct scene s;
  struct fray_roster roster;
  *told = (struct told){0};
  open_model_scene(&s, model, training, "{metrics: [accuracy]}");
  for (size_t c = 0; same_group && c < CLIENTS; c++)
    s.first[c] = 0;
  OK(fray_federation_roster(&s.training, s.dataset, &s.clients, s.name, &s.arena, &roster, &err));
  const enum fray_status status =
      fray_federation_fits(&s.training, &roster, s.model, 5, tell, told, wrong);
  close_scene(&s);
  return status;
}

static void fits(const char *training, const char *words) {
  struct told told;
  struct fray_err wrong = {0};
  assert_int_equal(ask(MODEL("4"), training, false, &told, &wrong), FRAY_OK);
  if (!words && told.n)
    fail_msg("%s: '%s' is told", training, told.words[0]);
  if (words && (told.n != 1 || !strstr(told.words[0], words)))
    fail_msg("%s: %zu told, '%s' does not hold '%s'", training, told.n, told.words[0], words);
}

static void what_has_no_effect_is_told(void **state) {
  (void)state;
  fits("{rounds: 9, " ONE_STEP ", server: {algorithm: fedprox, mu: 0.5}}", "mu 0.5 has no effect");
  fits("{rounds: 9, " ONE_STEP ", server: {algorithm: fedprox, mu: 0}}", NULL);
  fits("{rounds: 9, " PLAIN ", server: {algorithm: fedprox, mu: 0.5}}", NULL);
  /* Nine clients, five of them a round: twice each in 3.6 rounds. */
  fits("{rounds: 3, " PLAIN ", server: {algorithm: scaffold}}",
       "in 3 rounds with 5 of 9 clients each takes part 1.7 times");
  fits("{rounds: 3, " PLAIN ", server: {algorithm: feddyn}}", "hardly ever used");
  fits("{rounds: 3, " PLAIN ", server: {algorithm: moon}}", "hardly ever used");
  fits("{rounds: 4, " PLAIN ", server: {algorithm: scaffold}}", NULL);
  fits("{rounds: 1, " PLAIN ", server: {algorithm: fedadam}}", NULL);
#define MEDIAN ", aggregation: {rule: median}}"
  fits("{rounds: 9, " PLAIN ", server: {algorithm: qfedavg}" MEDIAN, "qfedavg gives them have no");
  fits("{rounds: 9, " PLAIN ", server: {algorithm: fedavg}" MEDIAN, NULL);
  fits("{rounds: 9, " PLAIN ", server: {algorithm: groupdro, group: third}}", NULL);
}

static void one_group_is_told(void **state) {
  (void)state;
  struct told told;
  struct fray_err wrong = {0};
  assert_int_equal(ask(MODEL("4"), "{rounds: 9, server: {algorithm: groupdro, group: third}}", true,
                       &told, &wrong),
                   FRAY_OK);
  assert_int_equal(told.n, 1);
  assert_non_null(strstr(told.words[0], "all clients are of one group of 'third'"));
}

/* With features as they are nothing below the head learns, so two models see the same. */
static void a_representation_is_needed(void **state) {
  (void)state;
  struct told told;
  struct fray_err wrong = {0};
  assert_int_equal(ask(IDENTITY, "{rounds: 9, server: {algorithm: moon}}", false, &told, &wrong),
                   FRAY_INPUT);
  assert_non_null(strstr(wrong.text, "nothing of this model below its head learns"));
  assert_int_equal(ask(IDENTITY, "{rounds: 9, server: {algorithm: fedavg}}", false, &told, &wrong),
                   FRAY_OK);
}

/* A column that the data do not have is named, with those that they have. */
static void an_unknown_column_is_refused(void **state) {
  (void)state;
  struct scene s;
  struct fray_roster roster;
  struct fray_err wrong = {0};
  open_model_scene(&s, MODEL("4"), "{server: {algorithm: groupdro, group: thirds}}",
                   "{metrics: [accuracy]}");
  assert_int_equal(
      fray_federation_roster(&s.training, s.dataset, &s.clients, s.name, &s.arena, &roster, &wrong),
      FRAY_INPUT);
  assert_non_null(strstr(wrong.text, "'thirds'"));
  assert_non_null(strstr(wrong.text, "third"));
  close_scene(&s);
}

/* Nobody can choose between methods that say nothing of themselves. */
static void each_says_when_to_take_it(void **state) {
  (void)state;
  for (size_t i = 0; i < fray_algorithms.n; i++) {
    const struct fray_choice *method = fray_algorithms.v[i];
    const struct fray_algorithm_ops *ops = method->impl;
    if (!method->meaning || !method->source || !*method->source || !ops->formula || !ops->use ||
        !ops->avoid)
      fail_msg("%s lacks meaning, source, formula, use or avoid", method->name);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_has_no_effect_is_told), cmocka_unit_test(one_group_is_told),
      cmocka_unit_test(a_representation_is_needed), cmocka_unit_test(an_unknown_column_is_refused),
      cmocka_unit_test(each_says_when_to_take_it),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}

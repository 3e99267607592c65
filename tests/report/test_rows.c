/* Rows of measures.csv that no table shows, worked out by hand from the rule of the study. */
#include "grid_study.h"

#include "report/measure/catalogue.h"
#include "report/quantity/read_study.h"

struct loaded {
  struct fray_arena arena;
  struct fray_rep_results r;
  struct fray_rep_catalogue m;
};

static void load(const char *folder, struct loaded *l) {
  struct fray_err err = {0};
  *l = (struct loaded){0};
  put_study(folder);
  good(fray_rep_study_read(folder, NULL, &l->arena, &l->r, &err), &err);
  good(fray_rep_make_catalogue(&l->r, &l->m, &err), &err);
  good(fray_rep_catalogue_complete(&l->m, &err), &err);
}

static void unload(struct loaded *l) {
  fray_rep_study_free(&l->r);
  fray_arena_free(&l->arena);
}

/* What a row is looked for by. values: those of the swept keys, one after the other. */
struct wanted {
  enum fray_rep_entry_kind kind;
  enum fray_rep_samples samples;
  const char *axis, *group;
  const char *value[4];
  double severity; /* NaN: none */
};

static bool same_number(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static bool is_it(const struct fray_rep_catalogue *m, const struct fray_rep_entry *v,
                  const struct wanted *w) {
  const char *axis = v->name ? v->name : v->axis < m->n_axes ? m->axes[v->axis].name : "";
  bool same = v->kind == w->kind && v->samples == w->samples && strcmp(axis, w->axis) == 0 &&
              strcmp(v->group, w->group) == 0 && same_number(v->severity, w->severity);
  for (size_t k = 0; same && k < m->r->n_keys; k++)
    same = strcmp(m->r->cell[v->cell]->value[k], w->value[k]) == 0;
  return same;
}

static const struct fray_rep_entry *need(const struct fray_rep_catalogue *m, struct wanted w) {
  const struct fray_rep_entry *found = NULL;
  for (size_t i = 0; i < m->n; i++)
    if (is_it(m, &m->v[i], &w)) {
      assert_null(found); /* there is one row of each */
      found = &m->v[i];
    }
  if (!found)
    fail_msg("no %s of %s, %s", fray_rep_entry_key(w.kind), w.axis, w.group);
  return found;
}

static void groups(void **state) {
  struct loaded l;
  load(*state, &l);
  struct wanted w = {.axis = "lost.rate", .value = {"avg", "0.5", "0"}, .severity = 0.5};
  w.group = "g=a";
  near(need(&l.m, w)->e.value, 0.75);
  w.group = "g=b";
  near(need(&l.m, w)->e.value, 0.65);
  near(need(&l.m, w)->e.interval.low, 0.65); /* all seeds are alike */
  w.group = "g=c";
  assert_true(isnan(need(&l.m, w)->e.value) && isnan(need(&l.m, w)->e.interval.low));
  assert_string_equal(need(&l.m, w)->e.status, "suppressed: 20 samples, 2 clients");
  w.kind = FRAY_REP_WORST_GROUP;
  w.group = "g=b";
  near(need(&l.m, w)->e.value, 0.65);
  w.kind = FRAY_REP_GAP;
  w.group = "g";
  near(need(&l.m, w)->e.value, 0.1);
  assert_int_equal(need(&l.m, w)->e.n_clusters, 12);
  w.kind = FRAY_REP_GAP_NULL_Q95;
  assert_true(isnan(need(&l.m, w)->e.value));
  assert_string_not_equal(need(&l.m, w)->e.status, "ok"); /* there are no predictions */
  w.kind = FRAY_REP_EQUALISED_ODDS;
  assert_true(isnan(need(&l.m, w)->e.value));
  unload(&l);
}

/* avg: ln .375 / (.75 x .625) = ln .8, and .5 - .2 - .3 = 0; mom: ln (.35/.7) / (.6/.7 x .4/.7),
 * and .35 - .1 - .3. */
static void interactions(void **state) {
  struct loaded l;
  load(*state, &l);
  struct wanted w = {.kind = FRAY_REP_INTERACTION,
                     .axis = "lost.rate x wrong.rate",
                     .group = "all",
                     .value = {"avg", "0.5", "0.4"},
                     .severity = NAN};
  near(need(&l.m, w)->e.value, log(0.8));
  w.kind = FRAY_REP_INTERACTION_ADDITIVE;
  near(need(&l.m, w)->e.value, 0);
  w.value[0] = "mom";
  near(need(&l.m, w)->e.value, -0.05);
  w.kind = FRAY_REP_INTERACTION;
  near(need(&l.m, w)->e.value, log(0.35 * 0.7 / (0.6 * 0.4)));
  w.samples = FRAY_REP_OWN; /* all .05 more: .4, .65, .55 of .75 */
  near(need(&l.m, w)->e.value, log(0.4 * 0.75 / (0.65 * 0.45)));
  unload(&l);
}

/* avg loses .9 - .7 by lost.rate, mom .8 - .7; all groups lose alike. By wrong.rate the reference
 * loses .9 - .6 and mom that much, too. */
static void losses(void **state) {
  struct loaded l;
  load(*state, &l);
  struct wanted w = {.kind = FRAY_REP_LOSS,
                     .axis = "lost.rate",
                     .group = "all",
                     .value = {"avg", "0.5", "0"},
                     .severity = 0.5};
  near(need(&l.m, w)->e.value, 0.2);
  near(need(&l.m, w)->e.interval.low, 0.2); /* all seeds are alike */
  w.group = "g=b";
  near(need(&l.m, w)->e.value, 0.2);
  w.kind = FRAY_REP_GROUP_EXCESS;
  near(need(&l.m, w)->e.value, 0);
  w.value[0] = "mom";
  w.group = "all";
  w.kind = FRAY_REP_LOSS_DIFFERENCE;
  near(need(&l.m, w)->e.value, -0.1);
  assert_true(need(&l.m, w)->p_holm < 0.05);
  w.axis = "wrong.rate";
  w.severity = 0.4;
  w.value[1] = "0";
  w.value[2] = "0.4";
  near(need(&l.m, w)->e.value, 0);
  for (size_t i = 0; i < l.m.n; i++) {
    const enum fray_rep_entry_kind kind = l.m.v[i].kind;
    const bool is_loss =
        kind == FRAY_REP_LOSS || kind == FRAY_REP_LOSS_DIFFERENCE || kind == FRAY_REP_GROUP_EXCESS;
    assert_false(is_loss && strcmp(l.m.v[i].group, "g=c") == 0); /* too small */
  }
  unload(&l);
}

static void own_clients(void **state) {
  struct loaded l;
  load(*state, &l);
  struct wanted w = {.samples = FRAY_REP_OWN,
                     .axis = "lost.rate",
                     .group = "all",
                     .value = {"avg", "0.5", "0"},
                     .severity = 0.5};
  near(need(&l.m, w)->e.value, 0.75);
  w.kind = FRAY_REP_RAUC;
  w.value[1] = "0";
  w.severity = NAN;
  near(need(&l.m, w)->e.value, (1 + 0.65 / 0.85) / 2);
  w.samples = FRAY_REP_TEST;
  near(need(&l.m, w)->e.value, (1 + 0.6 / 0.8) / 2);
  /* What tables look up is still that of the test split. */
  for (size_t i = 0; i < l.m.n_first; i++)
    assert_true(l.m.v[i].samples == FRAY_REP_TEST && strcmp(l.m.v[i].group, "all") == 0);
  unload(&l);
}

static void controls(void **state) {
  struct loaded l;
  load(*state, &l);
  const struct fray_rep_catalogue *c = l.m.controls;
  assert_non_null(c);
  struct wanted w = {.kind = FRAY_REP_RAUC,
                     .axis = "lost.rate",
                     .group = "all",
                     .value = {"avg", "0", "0", "unimodal:audio"},
                     .severity = NAN};
  near(need(c, w)->e.value, (1 + 0.2 / 0.4) / 2);
  w.kind = FRAY_REP_SCORE;
  w.value[1] = "0.5";
  w.severity = 0.5;
  near(need(c, w)->e.value, 0.3);
  size_t alone = 0;
  for (size_t i = 0; i < c->n; i++) {
    const struct fray_rep_entry *v = &c->v[i];
    assert_true(v->kind != FRAY_REP_DIFFERENCE && v->kind != FRAY_REP_MCE);
    if (strcmp(c->r->cell[v->cell]->value[3], "local_only") != 0 || isnan(v->e.value))
      continue;
    alone += v->kind == FRAY_REP_SCORE;
    assert_true(v->samples == FRAY_REP_OWN);
    if (v->kind == FRAY_REP_SCORE)
      near(v->e.value, 0.65);
  }
  assert_true(alone > 0);
  unload(&l);
}

/* Conditions without strengths have a row for each model. */
static void off_the_axes(void **state) {
  struct loaded l;
  load(*state, &l);
  size_t n = 0;
  for (size_t i = 0; i < l.m.n; i++) {
    const struct fray_rep_entry *v = &l.m.v[i];
    if (!v->condition || strcmp(v->condition, "only:audio") != 0)
      continue;
    bool avg = strcmp(l.r.cell[v->cell]->value[0], "avg") == 0;
    int lost = l.r.cell[v->cell]->value[1][1] == '.', wrong = l.r.cell[v->cell]->value[2][1] == '.';
    near(v->e.value, score[!avg][lost][wrong] / 2);
    n++;
  }
  assert_int_equal(n, 8);
  unload(&l);
}

static void the_file(void **state) {
  struct loaded l;
  struct fray_text csv = {0};
  load(*state, &l);
  fray_rep_catalogue_csv(&l.m, &csv);
  assert_false(csv.failed);
  assert_non_null(strstr(csv.data, "\nscore,lost.rate,trial,0.5,avg,0.5,0,,best,unseen_clients,g=a,"
                                   "accuracy,0.75,"));
  assert_non_null(strstr(csv.data, "\nrauc,lost.rate,trial,,avg,,0,unimodal:audio,best,"));
  assert_non_null(strstr(csv.data, ",local_only,best,own_client,all,accuracy,0.65,"));
  assert_non_null(strstr(csv.data, "\ninteraction,lost.rate x wrong.rate,trial,,mom,0.5,0.4,,"));
  assert_non_null(strstr(csv.data, "\nworst_group,lost.rate,trial,0.5,mom,0.5,0,,best,"
                                   "unseen_clients,g=b,accuracy,0.6"));
  fray_text_free(&csv);
  unload(&l);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_FOLDER(groups),   IN_FOLDER(interactions), IN_FOLDER(losses),  IN_FOLDER(own_clients),
      IN_FOLDER(controls), IN_FOLDER(off_the_axes), IN_FOLDER(the_file)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a report says of simulated time, of who took part and of whose updates counted, of a study
 * whose numbers can be worked out by hand: seed s of `avg` reaches .9 in round 2, at 30 s times s;
 * `mom` reaches .8. */
#include "built_study.h"

#include "report/answer/update_words.h"
#include "report/measure/catalogue.h"
#include "report/stat/verdict.h"

#include <math.h>

/* Round r of seed s is over at 10 r s + 10 (r - 1) s = 10, 30 s times s. */
static void put_clock(const char *folder) {
  struct fray_text rounds = {0};
  fray_text_puts(&rounds, "trial,round,clock,dev.accuracy\n");
  for (int i = 0; i < METHODS * 2 * 2 * SEEDS; i++) {
    const int m = i / 12, lost = i / 6 % 2, wrong = i / 3 % 2, seed = i % 3;
    for (int round = 1; round <= 2; round++)
      fray_text_printf(&rounds, "t%d%d%d%d,%d,%d,%g\n", m, lost, wrong, seed, round,
                       (20 * round - 10) * (seed + 1),
                       round == 1 ? 0.1 * (seed + 1) : score[m][lost][wrong]);
  }
  put_file(path_in(folder, "rounds.csv"), rounds.data, rounds.size);
  fray_text_free(&rounds);
}

static void scores_lie_where_the_clock_is(void **state) {
  struct made m;
  make(*state, &m);
  assert_null(figure(&m, "score_by_time", 0)); /* no clock, no figure */
  drop(&m);
  put_clock(*state);
  make(*state, &m);
  const struct fray_rep_series *avg = series(need(&m, "score_by_time", 0), 0, "avg");
  assert_int_equal(avg->n, 2);
  is_at(avg, 0, 20, 20); /* seeds at 10, 20 and 30 s, of .1, .2 and .3 */
  is_at(avg, 1, 60, 90);
  assert_int_equal(avg->n_singles, SEEDS);
  near(avg->single[2].x, 90);
  is_at(series(need(&m, "convergence", 0), 0, "avg"), 1, 2, 90); /* rounds are still rounds */
  drop(&m);
}

static const struct fray_rep_entry *find(const struct fray_rep_catalogue *m,
                                         enum fray_rep_entry_kind kind, const char *method,
                                         double target) {
  for (size_t i = 0; i < m->n; i++)
    if (m->v[i].kind == kind && m->v[i].severity == target &&
        strcmp(m->r->cell[m->v[i].cell]->value[0], method) == 0)
      return &m->v[i]; /* the first cell of a method has no damage */
  fail_msg("no row for %s at %g", method, target);
  return NULL;
}

static void times_are_means_or_censored(void **state) {
  struct made m;
  struct fray_rep_catalogue rows;
  struct fray_err err = {0};
  put_clock(*state);
  edit(*state, "scenario.yaml", "name: built\n", "name: built\nreport: {reach: [0.3, 0.85, 0.2]}\n",
       false);
  make(*state, &m);
  good(fray_rep_make_catalogue(&m.r, &rows, &err), &err);
  good(fray_rep_catalogue_complete(&rows, &err), &err);
  const struct fray_rep_entry *v = find(&rows, FRAY_REP_SECONDS_TO, "avg", 0.85);
  near(v->e.value, 60); /* 30, 60 and 90 s */
  near(v->e.interval.high, 60 + 4.302652729749 * 30 / sqrt(3));
  near(find(&rows, FRAY_REP_ROUNDS_TO, "avg", 0.85)->e.value, 2);
  /* .1, .2 and .3 in round 1: the last two reach .2 at once. */
  near(find(&rows, FRAY_REP_ROUNDS_TO, "avg", 0.2)->e.value, 4.0 / 3);
  near(find(&rows, FRAY_REP_SECONDS_TO, "avg", 0.2)->e.value, (30 + 20 + 30) / 3.0);
  near(find(&rows, FRAY_REP_ROUNDS_TO, "mom", 0.3)->e.value, 5.0 / 3);
  v = find(&rows, FRAY_REP_SECONDS_TO, "mom", 0.85); /* which comes to .8 */
  assert_true(isnan(v->e.value) && isnan(v->e.interval.low));
  assert_string_equal(v->e.status, "never reached in 3 of 3 trainings");
  drop(&m);
}

static void weights_stand_beside_one(void **state) {
  struct made m;
  struct fray_text rows = {0};
  make(*state, &m);
  assert_null(figure(&m, "participants", 0));
  drop(&m);
  fray_text_puts(&rows, "trial,of,value,clients,samples,visits,held,trained,weight\n");
  for (int seed = 0; seed < SEEDS; seed++)
    fray_text_printf(&rows,
                     "t000%d,samples,4 to 7,2,11,3,0.25,0.5,%g\n"
                     "t000%d,samples,9,2,33,3,0.75,0.5,%g\n"
                     "t000%d,g,a,4,44,3,1,1,1\n" /* alone, and so no news */
                     "t000%d,h,b,2,22,3,0.5,0.25,0.5\nt000%d,h,c,2,22,3,0.5,0.75,1.5\n",
                     seed, 2 + 0.1 * seed, seed, 0.5, seed, seed, seed);
  put_file(path_in(*state, "participation.csv"), rows.data, rows.size);
  fray_text_free(&rows);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "participants", 0);
  assert_int_equal(f->n_categories, 4);
  assert_string_equal(f->category[0], "4 to 7 samples");
  assert_string_equal(f->category[1], "9 samples");
  assert_string_equal(f->category[3], "h: c");
  near(f->panel[0].series[0].point[0].y, 2.1);
  near(f->panel[0].series[0].point[1].y, 0.5);
  near(f->panel[0].series[0].point[3].y, 1.5);
  near(f->panel[0].reference[0].y, 1);
  drop(&m);
}

/* ---- whose updates counted ---- */

static const char head[] = "trial,of,value,clients,updates,rejected,halved,influence\n";

/* The second swept rate becomes the share of the clients that attack. */
static void make_attacks(const char *folder) {
  edit(folder, "trials.csv", "wrong.rate", "training.attack.who", true);
  edit(folder, "scenario.yaml", ", wrong.rate: 0", "", false);
}

/* `avg` is a mean, and has no rows. `mom` turns down .42 of honest updates where nobody attacks and
 * .6 else; where sounds are lost, .7 to .8 of damaged clients and .1 of the others without attack.
 */
static void put_influence(const char *folder) {
  struct fray_text out = {0};
  fray_text_puts(&out, head);
  for (int i = 0; i < 2 * 2 * SEEDS; i++) {
    const int lost = i / 6, attack = i / 3 % 2, seed = i % 3;
    fray_text_printf(&out, "t1%d%d%d,clients,honest,20,120,%g,%g,0.5\n", lost, attack, seed,
                     attack ? 0.6 : 0.4 + 0.02 * seed, 0.7);
    if (attack)
      fray_text_printf(&out, "t1%d%d%d,clients,attackers,8,48,0.9,0.9,0.2\n", lost, attack, seed);
    if (lost == 0)
      continue;
    fray_text_printf(&out,
                     "t1%d%d%d,damage,without,10,60,0.1,0.2,%g\n"
                     "t1%d%d%d,damage,with,10,60,%g,0.9,%g\n",
                     lost, attack, seed, 1.2, lost, attack, seed,
                     attack ? 0.1 + 0.1 * seed : 0.7 + 0.05 * seed, 0.5);
  }
  put_file(path_in(folder, "influence.csv"), out.data, out.size);
  fray_text_free(&out);
}

static const struct fray_rep_entry *find_row(const struct fray_rep_catalogue *m,
                                             enum fray_rep_entry_kind kind, const char *group,
                                             const char *lost, const char *who) {
  for (size_t i = 0; i < m->n; i++) {
    const char **value = m->r->cell[m->v[i].cell]->value;
    if (m->v[i].kind == kind && strcmp(m->v[i].group, group) == 0 && strcmp(value[0], "mom") == 0 &&
        strcmp(value[1], lost) == 0 && strcmp(value[2], who) == 0)
      return &m->v[i];
  }
  fail_msg("no row of %s at %s, %s", group, lost, who);
  return NULL;
}

/* Two-sided, of two degrees of freedom. */
static double p_of(double t) {
  return 1 - t / sqrt(2 + t * t);
}

static const double t975 = 4.302652729749, sqrt3 = 1.7320508075688772;

static void rejections_have_rows(void **state) {
  struct made m;
  struct fray_rep_catalogue rows;
  struct fray_text csv = {0};
  struct fray_err err = {0};
  make_attacks(*state);
  put_influence(*state);
  make(*state, &m);
  good(fray_rep_make_catalogue(&m.r, &rows, &err), &err);
  good(fray_rep_catalogue_complete(&rows, &err), &err);
  const struct fray_rep_entry *v =
      find_row(&rows, FRAY_REP_UPDATES_REJECTED, "clients=honest", "0", "0");
  near(v->e.value, 0.42);
  near(v->e.interval.high, 0.42 + t975 * 0.02 / sqrt3);
  assert_true(v->e.n_seeds == SEEDS && v->e.n_clusters == 20);
  near(find_row(&rows, FRAY_REP_UPDATES_HALVED, "clients=attackers", "0", "0.4")->e.value, 0.9);
  near(find_row(&rows, FRAY_REP_UPDATES_PART, "damage=with", "0.5", "0")->e.value, 0.5);
  /* Differences .6, .65, .7 and 0, .1, .2: two members of a family. */
  v = find_row(&rows, FRAY_REP_REJECTED_EXCESS, "damage=with", "0.5", "0");
  near(v->e.value, 0.65);
  near(v->e.interval.low, 0.65 - t975 * 0.05 / sqrt3);
  near(v->e.p, p_of(0.65 * sqrt3 / 0.05));
  near(v->p_holm, 2 * p_of(0.65 * sqrt3 / 0.05));
  v = find_row(&rows, FRAY_REP_REJECTED_EXCESS, "damage=with", "0.5", "0.4");
  near(v->p_holm, p_of(sqrt3));
  /* The same part in every seed: a difference, and no p. */
  v = find_row(&rows, FRAY_REP_PART_EXCESS, "damage=with", "0.5", "0");
  near(v->e.value, -0.7);
  assert_true(isnan(v->e.p) && isnan(v->p_holm));
  fray_rep_catalogue_csv(&rows, &csv);
  assert_non_null(strstr(csv.data, "rejected,,,,mom,0,0,,,,clients=honest,,0.42"));
  fray_text_free(&csv);
  drop(&m);
}

static void attacks_are_drawn_beside_rejections(void **state) {
  struct made m;
  make(*state, &m);
  assert_null(figure(&m, "rules_under_attack", 0)); /* nobody attacks, and no rule looks */
  drop(&m);
  make_attacks(*state);
  put_influence(*state);
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "rules_under_attack", 0);
  assert_true(f->kind == FRAY_REP_LINES && f->n_panels == 4 && f->n_rows == 2 && f->n_columns == 2);
  is_at(series(f, 0, "avg"), 1, 0.4, 60); /* scores without lost sounds */
  is_at(series(f, 2, "mom"), 0, 0, 42);
  is_at(series(f, 2, "mom"), 1, 0.4, 60);
  assert_int_equal(f->panel[2].n_series, 1); /* of a mean nothing is turned down */
  near(f->panel[0].chance[0].y, 10);
  f = need(&m, "rules_under_attack", 1);
  assert_true(f->kind == FRAY_REP_BARS && f->n_panels == 2 && f->n_categories == 3);
  assert_string_equal(f->category[1], "honest clients with undamaged training data");
  drop(&m);
}

/* A sweep that trains without attackers once: there the kind of attack has no meaning. */
static void nobody_attacks_in_all_panels(void **state) {
  struct made m;
  make_attacks(*state);
  edit(*state, "trials.csv", "lost.rate", "training.attack.kind", true);
  edit(*state, "scenario.yaml", ", lost.rate: 0", "", false);
  for (int i = 0; i < METHODS * SEEDS; i++) {
    char from[80], to[80];
    snprintf(from, sizeof from, "t%d10%d,%s,0.5,0,", i / SEEDS, i % SEEDS, method_name[i / SEEDS]);
    snprintf(to, sizeof to, "t%d10%d,%s,0.5,0.2,", i / SEEDS, i % SEEDS, method_name[i / SEEDS]);
    edit(*state, "trials.csv", from, to, false);
  }
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "rules_under_attack", 0);
  assert_int_equal(f->n_panels, 2); /* without influence.csv scores alone */
  is_at(series(f, 0, "mom"), 0, 0, 80);
  is_at(series(f, 1, "mom"), 0, 0, 80); /* of the other kind */
  is_at(series(f, 1, "mom"), 1, 0.2, 70);
  is_at(series(f, 1, "mom"), 2, 0.4, 45);
  drop(&m);
}

static void rules_stand_side_by_side_without_a_share(void **state) {
  struct made m;
  put_influence(*state); /* what is swept is damage: rules are compared model by model */
  make(*state, &m);
  const struct fray_rep_figure *f = need(&m, "rules_under_attack", 0);
  assert_true(f->kind == FRAY_REP_BARS && f->n_panels == 2);
  near(series(f, 1, "mom")->point[0].y, 42);
  drop(&m);
}

static const char *words_of(struct made *m) {
  struct fray_rep_influence in;
  const char *words;
  struct fray_err err = {0};
  good(fray_rep_influence_read(&m->r, &in, &err), &err);
  good(fray_rep_update_words(&in, &words, &err), &err);
  return words;
}

static void what_is_resolved_is_said(void **state) {
  struct made m;
  make_attacks(*state);
  put_influence(*state);
  make(*state, &m);
  const char *words = words_of(&m);
  assert_non_null(strstr(words, "Of 2 differences in whose updates counted, between honest clients "
                                "with and without damaged training data, 1 is resolved: "));
  assert_non_null(strstr(words, "turned down 75.0 % of the updates of honest clients with damaged "
                                "training data and 10.0 % of those of honest clients with "
                                "undamaged training data (95 % interval of the difference 52.6 to "
                                "77.4 points)."));
  drop(&m);
}

/* All of one kind in each of three seeds, but of four updates each: not to one update is a share
 * known, and nothing is resolved. What is 0 in every seed is no question at all. */
static void agreement_of_few_updates_is_no_proof(void **state) {
  struct made m;
  struct fray_rep_influence in;
  struct fray_rep_borne *v;
  struct fray_err err = {0};
  struct fray_text out = {0};
  size_t n;
  fray_text_puts(&out, head);
  for (int seed = 0; seed < SEEDS; seed++)
    fray_text_printf(&out,
                     "t100%d,clients,honest,9,9,0.9,0.9,1\n"
                     "t100%d,damage,without,5,5,0.8,0.8,2\nt100%d,damage,with,4,4,1,0.8,0\n",
                     seed, seed, seed);
  put_file(path_in(*state, "influence.csv"), out.data, out.size);
  fray_text_free(&out);
  make(*state, &m);
  good(fray_rep_influence_read(&m.r, &in, &err), &err);
  good(fray_rep_influence_borne(&in, &v, &n, &err), &err);
  assert_int_equal(n, 3);
  near(v[0].less.mean, 0.2);
  near(v[0].p, p_of(0.2 * sqrt3 / 0.25));
  near(v[0].less.high, 0.2 + t975 * 0.25 / sqrt3);
  assert_true(isnan(v[1].p) && isnan(v[2].p));
  assert_string_equal(words_of(&m), "The difference in whose updates counted, between honest "
                                    "clients with and without damaged training data, is not "
                                    "resolved.");
  drop(&m);
}

static uint64_t draws;

static double uniform(void) {
  uint64_t z = (draws += 0x9e3779b97f4a7c15u); /* SplitMix64 */
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

/* A training in which a rule takes `take` of ten updates a round at random, or of ten all, each
 * with a weight of its own: the first four clients are damaged, and groups are even and odd ones.
 * harm: share of rounds in which it takes none of the damaged. */
static void put_drawn(struct fray_text *out, const char *trial, int rounds, int take, double harm) {
  double taken[10] = {0};
  for (int round = 0; round < rounds; round++) {
    const bool spares = uniform() < harm;
    bool in[10] = {false};
    for (int n = 0; n < take;) {
      const int c = (int)(10 * uniform());
      if (in[c] || (spares && c < 4))
        continue;
      in[c] = true;
      taken[c] += take == 10 ? 2 * uniform() : 1;
      n++;
    }
  }
  const struct {
    const char *of, *value;
    int first, step, end;
  } kinds[] = {{"clients", "honest", 0, 1, 10},
               {"damage", "without", 4, 1, 10},
               {"damage", "with", 0, 1, 4},
               {"g", "a", 0, 2, 10},
               {"g", "b", 1, 2, 10}};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    double sum = 0;
    int n = 0;
    for (int c = kinds[k].first; c < kinds[k].end; c += kinds[k].step, n++)
      sum += taken[c];
    const double share = sum / (n * rounds);
    const double left = take == 10 ? 0 : 1 - share;
    fray_text_printf(out, "%s,%s,%s,%d,%d,%.17g,%.17g,%.17g\n", trial, kinds[k].of, kinds[k].value,
                     n, n * rounds, left, left, share * 10 / take);
  }
}

/* Share of studies of eight models and three seeds of which something is claimed. */
static double claimed(struct made *m, const char *folder, int studies, int rounds, int take,
                      double harm) {
  int claims = 0;
  for (int s = 0; s < studies; s++) {
    struct fray_text out = {0};
    fray_text_puts(&out, head);
    for (size_t t = 0; t < m->r.n_trials; t++)
      put_drawn(&out, m->r.trial[t].name, rounds, take, harm);
    put_file(path_in(folder, "influence.csv"), out.data, out.size);
    fray_text_free(&out);
    claims += strstr(words_of(m), "resolved: ") != NULL;
  }
  return (double)claims / studies;
}

/* Two families of at most 5 % each, as the two sentences are, and what 60 studies scatter. What
 * is there is found. */
static int studies = 60; /* or as many as the program was asked for */

static void luck_is_not_claimed(void **state) {
  struct made m;
  make(*state, &m);
  draws = 20;
  const double few = claimed(&m, *state, studies, 1, 1, 0),
               krum = claimed(&m, *state, studies, 20, 1, 0),
               multi = claimed(&m, *state, studies, 20, 6, 0),
               parts = claimed(&m, *state, studies, 20, 10, 0),
               harm = claimed(&m, *state, 10, 40, 6, 0.9);
  printf("claims by luck: one round %.3f, krum %.3f, multi-krum %.3f, parts %.3f; effect %.3f\n",
         few, krum, multi, parts, harm);
  assert_true(few <= 0.15 && krum <= 0.15 && multi <= 0.15 && parts <= 0.15 && harm >= 0.5);
  drop(&m);
}

/* Of two folds that are read as one training each update counts alike; of a control that repeats a
 * training it does once. */
static void folds_are_weighed_by_updates(void **state) {
  struct made m;
  struct fray_rep_influence in;
  struct fray_err err = {0};
  static const char rows[] = "t1000,clients,honest,4,10,0.5,0.6,1\n"
                             "t1001,clients,honest,5,30,0.1,0.2,2\n";
  struct fray_text out = {0};
  fray_text_printf(&out, "%s%s%s", head, rows, rows);
  put_file(path_in(*state, "influence.csv"), out.data, out.size);
  make(*state, &m);
  size_t part[2] = {0};
  for (size_t t = 0; t < m.r.n_trials; t++)
    for (size_t i = 0; i < 2; i++)
      if (strcmp(m.r.trial[t].name, i ? "t1001" : "t1000") == 0)
        part[i] = t;
  good(fray_rep_influence_read(&m.r, &in, &err), &err);
  near(in.updates[part[0]], 10); /* though the file has the row twice */
  put_file(path_in(*state, "influence.csv"), out.data, strlen(head) + strlen(rows));
  fray_text_free(&out);
  struct fray_rep_trial whole = m.r.trial[part[0]];
  whole.part = part;
  whole.n_parts = 2;
  struct fray_rep_results pooled = m.r;
  pooled.folds = &m.r;
  pooled.trial = &whole;
  pooled.n_trials = pooled.n_cells = 1;
  good(fray_rep_influence_read(&pooled, &in, &err), &err);
  assert_int_equal(in.n, 1);
  near(in.clients[0], 9);
  near(in.updates[0], 40);
  near(in.taken[FRAY_REP_REJECTED], 0.2);
  near(in.taken[FRAY_REP_HALVED], 0.3);
  near(in.taken[FRAY_REP_PART], 1.75);
  drop(&m);
}

static void damaged_tables_are_refused(void **state) {
  static const char *const rows[] = {"t1000,clients,honest,4,0,0.1,0.1,1\n",
                                     "t1000,clients,honest,4,9,1.5,1,1\n",
                                     "t1000,clients,honest,4,9,x,1,1\n"};
  struct made m;
  make(*state, &m);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fray_rep_influence in;
    struct fray_err err = {0};
    struct fray_text out = {0};
    fray_text_printf(&out, "%s%s", head, rows[i]);
    put_file(path_in(*state, "influence.csv"), out.data, out.size);
    fray_text_free(&out);
    assert_int_equal(fray_rep_influence_read(&m.r, &in, &err), FRAY_INPUT);
    assert_non_null(strstr(err.text, "influence.csv"));
  }
  drop(&m);
}

static int set_up(void **state) {
  if (make_folder(state) != 0)
    return -1;
  put_study(*state);
  return 0;
}

int main(int argc, char **argv) {
  studies = argc > 1 ? atoi(argv[1]) : studies;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(scores_lie_where_the_clock_is, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(times_are_means_or_censored, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(weights_stand_beside_one, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(rejections_have_rows, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(attacks_are_drawn_beside_rejections, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(nobody_attacks_in_all_panels, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(rules_stand_side_by_side_without_a_share, set_up,
                                      drop_folder),
      cmocka_unit_test_setup_teardown(what_is_resolved_is_said, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(agreement_of_few_updates_is_no_proof, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(luck_is_not_claimed, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(folds_are_weighed_by_updates, set_up, drop_folder),
      cmocka_unit_test_setup_teardown(damaged_tables_are_refused, set_up, drop_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

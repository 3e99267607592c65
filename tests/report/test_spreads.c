/* Measures, gaps of groups and spreads over clients, against the same numbers made draw by draw. */
#include "loaded.h"

#include "report/ahead/draw_ahead.h"
#include "report/measure/catalogue.h"
#include "report/measure/group_measures.h"
#include "report/quantity/client_values.h"
#include "report/quantity/draws.h"
#include "report/quantity/store.h"
#include "report/stat/verdict.h"
#include "report/table/method_table.h"

#include "fray/base/hash.h"
#include "fray/base/machine.h"

#include <sched.h>
#include <signal.h>

/* The interval of a made number follows from draws made by hand; chance is .25. */
static void is_drawn(const struct fray_rep_entry *v, const double *draw, const char *name) {
  struct fray_interval wanted =
      fray_interval_of(v->e.value, draw, FRAY_DRAWS, v->e.n_seeds, v->e.n_clusters);
  if (isnan(wanted.low) ? !isnan(v->e.interval.low) : fabs(v->e.interval.low - wanted.low) > 1e-12)
    fail_msg("%s begins at %g, not %g", name, v->e.interval.low, wanted.low);
  if (isnan(wanted.high) ? !isnan(v->e.interval.high)
                         : fabs(v->e.interval.high - wanted.high) > 1e-12)
    fail_msg("%s ends at %g, not %g", name, v->e.interval.high, wanted.high);
}

static const struct fray_rep_entry *entry(const struct fray_rep_catalogue *m,
                                          enum fray_rep_entry_kind kind) {
  const struct fray_rep_entry *v = fray_rep_entry_of(m, 0, 0, kind);
  assert_non_null(v);
  return v;
}

/* RAUC, retention, s50 and slope of two points, draw by draw, by their formulas. */
static void measures_follow_the_draws(void **state) {
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_err err = {0};
  struct fray_rep_catalogue m;
  static double rauc[FRAY_DRAWS], left[FRAY_DRAWS], slope[FRAY_DRAWS], s50[FRAY_DRAWS];
  good(fray_rep_make_catalogue(&l->r, &m, &err), &err);
  assert_string_equal(m.axes[0].name, "lost.rate");
  const struct fray_rep_quantity *a = quantity(l, address(l, 0, -1, "all", "accuracy")),
                                 *b = quantity(l, address(l, 1, -1, "all", "accuracy"));
  double kept = (b->value - .25) / (a->value - .25);
  near(entry(&m, FRAY_REP_RETENTION)->e.value, kept, 1e-12);
  near(entry(&m, FRAY_REP_RAUC)->e.value, (1 + kept) / 2, 1e-12);
  near(entry(&m, FRAY_REP_SLOPE)->e.value, (b->value - a->value) / .5, 1e-12);
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    double share = (b->draw[d] - .25) / (a->draw[d] - .25);
    left[d] = share;
    rauc[d] = (1 + share) / 2;
    slope[d] = (b->draw[d] - a->draw[d]) / .5;
    s50[d] = share <= .5 ? .5 * .5 / (1 - share) : NAN;
  }
  is_drawn(entry(&m, FRAY_REP_RETENTION), left, "retention");
  is_drawn(entry(&m, FRAY_REP_RAUC), rauc, "rauc");
  is_drawn(entry(&m, FRAY_REP_SLOPE), slope, "slope");
  if (kept <= .5)
    is_drawn(entry(&m, FRAY_REP_S50), s50, "s50");
  else
    assert_string_equal(entry(&m, FRAY_REP_S50)->e.status, "> s_max");
  assert_true(entry(&m, FRAY_REP_RAUC)->e.interval.low < entry(&m, FRAY_REP_RAUC)->e.value);
  unload(l);
  free(s);
}

/* All answers made up: at chance when clean. */
static void at_chance_nothing_is_relative(void **state) {
  struct study *s = make_study(false);
  for (size_t t = 0; t < TRIALS; t++)
    for (size_t v = 0; v < 2 * CONDITIONS; v++)
      for (size_t i = 0; i < SAMPLES; i++)
        s->predicted[t][v / CONDITIONS][v % CONDITIONS][i] = (int16_t)(noise(t, i, 5) % CLASSES);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_err err = {0};
  struct fray_rep_catalogue m;
  good(fray_rep_make_catalogue(&l->r, &m, &err), &err);
  for (enum fray_rep_entry_kind kind = FRAY_REP_RAUC; kind <= FRAY_REP_S50; kind++) {
    assert_true(isnan(entry(&m, kind)->e.value));
    assert_string_equal(entry(&m, kind)->e.status, "clean score not told from chance");
  }
  assert_true(!isnan(entry(&m, FRAY_REP_SLOPE)->e.value));
  unload(l);
  free(s);
}

static struct fray_rep_group_measures measure_groups(struct loaded *l) {
  struct fray_err err = {0};
  struct fray_rep_groups *columns;
  struct fray_rep_group_measures m;
  struct fray_rep_address at = address(l, 0, -1, "all", "accuracy");
  size_t n;
  good(fray_rep_group_columns(&l->r, &columns, &n, &err), &err);
  assert_int_equal(n, 1);
  struct fray_rep_exchanges any = {.left = INFINITY};
  good(fray_rep_measure_groups(&l->r, &columns[0], &at, &any, &l->arena, &m, &err), &err);
  /* Once more by the exchanges that are there now. */
  struct fray_rep_group_measures again;
  good(fray_rep_measure_groups(&l->r, &columns[0], &at, &any, &l->arena, &again, &err), &err);
  assert_memory_equal(&m.null, &again.null, sizeof m.null);
  fray_rep_exchanges_free(&any);
  return m;
}

/* The gap of groups a and b, of people that are dealt to them. */
static double dealt_gap(void *user, const uint32_t *group) {
  double mean[2] = {0};
  for (size_t g = 0; g < 2; g++) {
    uint16_t weight[CLIENTS] = {0};
    for (size_t c = 0; c < 12; c++)
      weight[c] = group[c] == g;
    for (size_t k = 0; k < SEEDS; k++)
      mean[g] += plain_metric(user, k, 0, 0, 0, ACCURACY, weight) / SEEDS;
  }
  return fabs(mean[0] - mean[1]);
}

/* Group a always right, group b never: no exchange of 12 clients between two groups of 6 shows as
 * much, but the true one and its mirror image, 2 of 924. */
static void a_gap_stands_beside_its_null(void **state) {
  struct study *s = make_study(false);
  for (size_t t = 0; t < TRIALS; t++)
    for (size_t v = 0; v < 2 * CONDITIONS; v++)
      for (size_t i = 0; i < SAMPLES; i++)
        s->predicted[t][v / CONDITIONS][v % CONDITIONS][i] =
            (int16_t)((s->label[i] + (group_of(client_of(i)) != 0)) % CLASSES);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_rep_group_measures m = measure_groups(l);
  assert_int_equal(m.n, 3);
  assert_int_equal(m.n_kept, 2);
  assert_true(m.group[2].suppressed && isnan(m.group[2].stat.mean) == false);
  assert_string_equal(m.group[m.worst].value, "b");
  near(m.gap, 1, 1e-12);
  assert_true(m.has_null);
  assert_true(m.null.p < .01 && m.null.mean < .6 && m.null.mean > .1);
  near(m.equalised_odds, 1, 1e-12);
  unload(l);
  free(s);
}

/* Nothing depends on the group: the gap is what exchanges show as well. */
static void an_empty_gap_is_like_its_null(void **state) {
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_rep_group_measures m = measure_groups(l);
  double a = 0, b = 0;
  for (size_t k = 0; k < SEEDS; k++) {
    a += plain_metric(s, k, 0, 0, 1, ACCURACY, NULL) / SEEDS;
    b += plain_metric(s, k, 0, 0, 2, ACCURACY, NULL) / SEEDS;
  }
  near(m.gap, fabs(a - b), 1e-12);
  assert_true(m.has_null && m.null.p > .05 && m.null.q95 > m.gap);
  uint32_t group[12];
  struct fray_gap_null plain;
  for (size_t c = 0; c < 12; c++)
    group[c] = (uint32_t)group_of(c);
  struct fray_err why = {0};
  good(fray_gap_permute(fray_hash_text("g"), group, 12, FRAY_PERMUTATIONS, dealt_gap, s, m.gap,
                        &l->arena, &plain, &why),
       &why);
  near(m.null.mean, plain.mean, 1e-12);
  near(m.null.q95, plain.q95, 1e-12);
  near(m.null.p, plain.p, 1e-12);
  struct fray_rep_groups *columns;
  struct fray_err err = {0};
  struct fray_rep_address at = address(l, 0, -1, "all", "accuracy");
  struct fray_rep_exchanges few = {.left = 1};
  size_t n;
  good(fray_rep_group_columns(&l->r, &columns, &n, &err), &err);
  good(fray_rep_measure_groups(&l->r, &columns[0], &at, &few, &l->arena, &m, &err), &err);
  assert_false(m.has_null);
  assert_string_equal(m.null_status, "too many clients and models for a null");
  unload(l);
  free(s);
}

/* Of 13 clients the tenths are one each. Means over seeds of each client alone, and the same under
 * every draw, written out. */
static void spreads_over_clients(void **state) {
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_err err = {0};
  struct fray_resample d = drawn(&l->arena);
  struct fray_rep_client_spread found;
  struct fray_rep_address at = address(l, 1, -1, "all", "accuracy");
  double own[SEEDS][CLIENTS], low = INFINITY, high = -INFINITY, mean = 0, square = 0;
  static double worst[FRAY_DRAWS], best[FRAY_DRAWS], variance[FRAY_DRAWS];
  good(fray_rep_find_client_spread(&l->r, &at, &found, &err), &err);
  for (size_t c = 0; c < CLIENTS; c++) {
    double sum = 0;
    for (size_t k = 0; k < SEEDS; k++) {
      uint16_t weight[CLIENTS] = {0};
      weight[c] = 1;
      own[k][c] = plain_metric(s, SEEDS + k, 0, 0, 0, ACCURACY, weight);
      sum += own[k][c] / SEEDS;
    }
    low = fmin(low, sum);
    high = fmax(high, sum);
    mean += sum / CLIENTS;
    square += sum * sum;
  }
  near(found.value.worst10, low, 1e-12);
  near(found.value.best10, high, 1e-12);
  near(found.value.variance, (square - CLIENTS * mean * mean) / (CLIENTS - 1), 1e-12);
  assert_true(low < mean && mean < high && found.value.variance > 0);
  for (size_t row = 0; row < FRAY_DRAWS; row++) {
    double sum = 0, squares = 0;
    worst[row] = INFINITY;
    best[row] = -INFINITY;
    for (size_t c = 0; c < CLIENTS; c++) {
      double value = 0, times = d.cluster[row * CLIENTS + c];
      for (size_t k = 0; k < SEEDS; k++)
        value += d.seed[row * SEEDS + seed_rank[k]] * own[k][c] / SEEDS;
      sum += times * value;
      squares += times * value * value;
      worst[row] = times > 0 ? fmin(worst[row], value) : worst[row];
      best[row] = times > 0 ? fmax(best[row], value) : best[row];
    }
    variance[row] = (squares - sum * sum / CLIENTS) / (CLIENTS - 1);
  }
  const struct {
    const struct fray_interval *found;
    const double *draw;
    double value;
  } of[] = {{&found.worst10, worst, low},
            {&found.best10, best, high},
            {&found.variance, variance, found.value.variance}};
  for (size_t i = 0; i < 3; i++) {
    struct fray_interval wanted =
        fray_interval_of(of[i].value, of[i].draw, FRAY_DRAWS, SEEDS, CLIENTS);
    /* None of them can be below 0, and those of shares not above 1. */
    assert_true(i == 2 || wanted.high > 1 || wanted.low > 0);
    near(of[i].found->low, fmax(wanted.low, 0), 1e-9);
    near(of[i].found->high, i < 2 ? fmin(wanted.high, 1) : wanted.high, 1e-9);
  }
  unload(l);
  free(s);
}

/* Worst is the least of the groups, gaps are no less than 0, nulls and odds stand beside them. */
static void laws_of_rows(void **state) {
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_err err = {0};
  struct fray_rep_catalogue m;
  good(fray_rep_make_catalogue(&l->r, &m, &err), &err);
  good(fray_rep_catalogue_complete(&m, &err), &err);
  size_t n = 0;
  double least = INFINITY, most = -INFINITY;
  for (size_t i = 0; i < m.n; i++) {
    const struct fray_rep_entry *v = &m.v[i];
    if (v->kind == FRAY_REP_SCORE && strchr(v->group, '=') && !isnan(v->e.value)) {
      least = fmin(least, v->e.value);
      most = fmax(most, v->e.value);
    } else if (v->kind == FRAY_REP_WORST_GROUP) {
      near(v->e.value, least, 0);
    } else if (v->kind == FRAY_REP_GAP) {
      near(v->e.value, most - least, 1e-12);
      assert_true(v->e.value >= 0 && v->e.p > 0 && v->e.p <= 1);
      assert_string_equal(m.v[i + 1].e.status, "ok");
      assert_true(m.v[i + 1].e.value <= m.v[i + 2].e.value); /* mean of the null, its quantile */
      least = INFINITY;
      most = -INFINITY;
    } else if (v->kind == FRAY_REP_EQUALISED_ODDS && !isnan(v->e.value)) {
      assert_true(v->e.value >= 0 && v->e.value <= 1);
      n++;
    } else if (v->kind == FRAY_REP_CLIENT_VARIANCE) {
      assert_true(v->e.value >= 0 && m.v[i + 1].e.value <= m.v[i + 2].e.value);
    }
  }
  assert_int_equal(n, 12); /* two ends of two curves over lost.rate, of four over dark */
  unload(l);
  free(s);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

/* measures.csv and the method table made with these cores; kill: the copy is ended half way. */
static struct fray_text measures_with(const char *study, const char *name, const cpu_set_t *cores,
                                      bool kill_it) {
  struct fray_rep_measures_file file = {0};
  struct fray_text table = {0};
  struct fray_err err = {0};
  char tables[64];
  struct loaded *l = load(study);
  assert_int_equal(sched_setaffinity(0, sizeof *cores, cores), 0);
  fray_rep_want_all_metrics(&l->r);
  good(fray_rep_draw_ahead(&l->r, &err), &err);
  assert_int_equal(l->r.store->n_remembered > 0, CPU_COUNT(cores) > 1);
  good(fray_rep_measures_begin(&l->r, 0, path_in(study, name), &file, &err), &err);
  if (kill_it) {
    assert_true(file.beside.pid > 0);
    assert_int_equal(kill(file.beside.pid, SIGKILL), 0);
  }
  good(fray_rep_methods(&l->r, 0, path_in(study, name), &file, &table, &err), &err);
  good(fray_rep_measures_end(&file, &err), &err);
  snprintf(tables, sizeof tables, "%s/tables/measures.csv", name);
  struct fray_text out = slurp(path_in(study, tables));
  fray_text_add(&out, table.data, table.size);
  fray_text_free(&table);
  unload(l);
  return out;
}

/* Measures are the same whether copies of the process draw and make them, one is killed over it, or
 * there is no core for any. */
static void a_copy_changes_no_measure(void **state) {
  struct study *s = make_study(false);
  cpu_set_t all, one;
  if (fray_cores() < 2)
    skip();
  put_study(*state, s);
  assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  for (size_t c = 0; c < CPU_SETSIZE && CPU_COUNT(&one) == 0; c++)
    if (CPU_ISSET(c, &all))
      CPU_SET(c, &one);
  struct fray_text here = measures_with(*state, "one", &one, false);
  struct fray_text beside = measures_with(*state, "all", &all, false);
  struct fray_text killed = measures_with(*state, "killed", &all, true);
  assert_non_null(strstr(here.data, "client_variance"));
  assert_int_equal(here.size, beside.size);
  assert_int_equal(here.size, killed.size);
  assert_memory_equal(here.data, beside.data, here.size);
  assert_memory_equal(here.data, killed.data, here.size);
  fray_text_free(&here);
  fray_text_free(&beside);
  fray_text_free(&killed);
  free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN(measures_follow_the_draws),
      OWN(spreads_over_clients),
      OWN(laws_of_rows),
      OWN(at_chance_nothing_is_relative),
      OWN(a_gap_stands_beside_its_null),
      OWN(an_empty_gap_is_like_its_null),
      OWN(a_copy_changes_no_measure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

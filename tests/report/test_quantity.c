/* Scores with their draws against the same numbers made sample by sample; intervals against closed
 * forms where there is one; and files that lie. */
#include "loaded.h"
#include "report/quantity/client_values.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/report/report.h"
#include "report/measure/catalogue.h"
#include "report/measure/group_measures.h"
#include "report/quantity/draws.h"
#include "report/quantity/read_study.h"
#include "report/stat/verdict.h"

/* One draw sample by sample. */
static double plain_draw(const struct study *s, const struct fray_resample *d, size_t row,
                         size_t cell, size_t condition, size_t group, size_t metric) {
  double sum = 0, weight = 0;
  for (size_t k = 0; k < SEEDS; k++) {
    double w = d->seed[row * SEEDS + seed_rank[k]];
    if (w > 0)
      sum += w * plain_metric(s, cell * SEEDS + k, 0, condition, group, metric,
                              d->cluster + row * CLIENTS);
    weight += w;
  }
  return sum / weight;
}

static void check_draws(const char *folder, bool multi_label, size_t cell, size_t condition,
                        size_t group, size_t metric) {
  static const double dark[CONDITIONS] = {-1, 0, 0.5};
  struct study *s = make_study(multi_label);
  put_study(folder, s);
  struct loaded *l = load(folder);
  struct fray_resample d = drawn(&l->arena);
  const struct fray_rep_quantity *q =
      quantity(l, address(l, cell, dark[condition], group_name[group], metric_name[metric]));
  assert_string_equal(q->status, "ok");
  assert_non_null(q->draw);
  assert_int_equal(q->n_seeds, SEEDS);
  assert_int_equal(q->n_clusters, group ? 6 : CLIENTS);
  /* Groups that part the samples of clients hold no more people than there are. */
  assert_int_equal(fray_rep_at_most_clients(&l->r, FRAY_REP_TEST, 1000), CLIENTS);
  assert_int_equal(fray_rep_at_most_clients(&l->r, FRAY_REP_TEST, 2), 2);
  double mean = 0;
  for (size_t k = 0; k < SEEDS; k++)
    mean += plain_metric(s, cell * SEEDS + k, 0, condition, group, metric, NULL) / SEEDS;
  near(q->value, mean, 1e-12);
  for (size_t row = 0; row < FRAY_DRAWS; row += 7) {
    double wanted = plain_draw(s, &d, row, cell, condition, group, metric);
    if (isnan(wanted))
      assert_true(isnan(q->draw[row]));
    else
      near(q->draw[row], wanted, 1e-12);
  }
  unload(l);
  free(s);
}

static void draws_are_those_of_weighted_samples(void **state) {
  check_draws(*state, false, 1, 0, 0, ACCURACY);
  check_draws(*state, false, 2, 2, 0, MACRO_F1);
  check_draws(*state, false, 3, 1, 2, MACRO_F1);
}

/* hamming of sets is not a function of what the sets of one label tell. */
static void draws_of_sets_are_right(void **state) {
  check_draws(*state, true, 1, 0, 0, ACCURACY);
  check_draws(*state, true, 2, 2, 1, MACRO_F1);
  check_draws(*state, true, 0, 1, 0, HAMMING);
}

static void knows_what_a_metric_needs(void **state) {
  (void)state;
  static const struct {
    const char *metric;
    bool sets;
    enum fray_rep_needs needs;
  } known[] = {
      {"accuracy", false, FRAY_REP_NEEDS_TOTALS},  {"accuracy", true, FRAY_REP_NEEDS_TOTALS},
      {"macro_f1", false, FRAY_REP_NEEDS_CLASSES}, {"uar", true, FRAY_REP_NEEDS_CLASSES},
      {"uar", false, FRAY_REP_NEEDS_CLASSES},      {"hamming", false, FRAY_REP_NEEDS_CELLS},
      {"hamming", true, FRAY_REP_NEEDS_CLASSES},   {"nll", false, FRAY_REP_NEEDS_SCORES}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, known[i].metric);
    assert_non_null(metric);
    if (fray_rep_needs_of(metric, known[i].sets) != known[i].needs)
      fail_msg("%s", known[i].metric);
  }
}

static void knows_which_metrics_are_means(void **state) {
  (void)state;
  static const struct {
    const char *metric;
    bool is_mean;
  } known[] = {{"nll", true}, {"brier", true}, {"top2", true}, {"auc", false}, {"ece", false}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    for (int sets = 0; sets < 2; sets++) {
      const struct fray_choice *metric = fray_choice_find(&fray_metrics, known[i].metric);
      assert_non_null(metric);
      if (strcmp(known[i].metric, "top2") != 0 || !sets) /* of one label only */
        assert_int_equal(fray_rep_is_mean(metric, sets), known[i].is_mean);
    }
}

enum { N = 24, K = 3, WHO = 4, TIMES = 40 };

/* Two probabilities of class 1 are equal, so ties are met. */
struct scores {
  float score[N * K];
  int32_t label[N];
  uint32_t client[N], by_client[N];
  uint16_t weight[WHO * TIMES];
  struct fray_rep_answers answers;
};

static void make_scores(struct scores *s) {
  for (size_t i = 0; i < N; i++) {
    double a = 1 + noise(i, 1, 3) % 9, b = 1 + noise(i, 2, 3) % 9, c = 1 + noise(i, 3, 3) % 9;
    s->score[i * K] = (float)(a / (a + b + c));
    s->score[i * K + 1] = (float)(b / (a + b + c));
    s->score[i * K + 2] = (float)(c / (a + b + c));
    s->label[i] = i == 3 ? -1 : (int32_t)(noise(i, 4, 3) % K);
    s->client[i] = (uint32_t)(i % WHO);
    s->by_client[i] = (uint32_t)(i % (N / WHO) * WHO + i / (N / WHO));
  }
  for (size_t i = 0; i < WHO * TIMES; i++)
    s->weight[i] = (uint16_t)(noise(i, 5, 3) % 3);
  s->answers = (struct fray_rep_answers){.status = "ok",
                                         .n = N,
                                         .n_classes = K,
                                         .n_conditions = 1,
                                         .label = s->label,
                                         .client = s->client,
                                         .by_client = s->by_client};
}

static double plain_brier(const struct scores *s, size_t d) {
  double sum = 0, n = 0;
  for (size_t i = 0; i < N; i++)
    for (size_t c = 0; c < K && s->label[i] >= 0; c++) {
      double w = s->weight[s->client[i] * TIMES + d];
      double error = (double)s->score[i * K + c] - (s->label[i] == (int32_t)c);
      sum += w * error * error;
      n += c == 0 ? w : 0;
    }
  return sum / n;
}

/* Share of the pairs in the right order, of each class against the rest. */
static double plain_auc(const struct scores *s, size_t d) {
  double sum = 0, classes = 0;
  for (size_t c = 0; c < K; c++) {
    double right = 0, pairs = 0;
    for (size_t i = 0; i < N; i++)
      for (size_t j = 0; j < N; j++) {
        double w = (double)s->weight[s->client[i] * TIMES + d] *
                   (double)s->weight[s->client[j] * TIMES + d];
        if (s->label[i] != (int32_t)c || s->label[j] == (int32_t)c || s->label[j] < 0)
          continue;
        float a = s->score[i * K + c], b = s->score[j * K + c];
        pairs += w;
        right += a > b ? w : a == b ? w / 2 : 0;
      }
    if (pairs > 0) {
      sum += right / pairs;
      classes++;
    }
  }
  return sum / classes;
}

static void draws_of_scores_are_right(void **state) {
  (void)state;
  static struct scores s;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  double value[TIMES], left = N * K * TIMES;
  size_t n_clients;
  const char *status;
  make_scores(&s);
  struct fray_rep_view view = {.answers = &s.answers};
  for (int auc = 0; auc < 2; auc++) {
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, auc ? "auc" : "brier");
    good(fray_rep_score_draws(metric, &view, s.score, s.weight, TIMES, &left, &arena, value,
                              &n_clients, &status, &err),
         &err);
    assert_string_equal(status, "ok");
    assert_int_equal(n_clients, WHO);
    for (size_t d = 0; d < TIMES; d++) {
      double wanted = auc ? plain_auc(&s, d) : plain_brier(&s, d);
      if (isnan(wanted))
        assert_true(isnan(value[d]));
      else
        near(value[d], wanted, 1e-9);
    }
    near(left, auc ? 0 : N * K * TIMES, 0); /* means need no second look */
  }
  good(fray_rep_score_draws(fray_choice_find(&fray_metrics, "auc"), &view, s.score, s.weight, TIMES,
                            &left, &arena, value, &n_clients, &status, &err),
       &err);
  assert_string_equal(status, "not resampled: too many scores");
  fray_arena_free(&arena);
}

/* A difference is the difference in every draw, so what is common cancels. */
static void differences_are_paired(void **state) {
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_rep_address at[2] = {address(l, 0, -1, "all", "macro_f1"),
                                   address(l, 2, -1, "all", "macro_f1")};
  const double weight[2] = {1, -1};
  struct fray_rep_quantity gap, none;
  struct fray_err err = {0};
  good(fray_rep_sum(&l->r, at, weight, 2, l->r.arena, &gap, &err), &err);
  const struct fray_rep_quantity *a = quantity(l, at[0]), *b = quantity(l, at[1]);
  near(gap.value, a->value - b->value, 1e-12);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    near(gap.draw[d], a->draw[d] - b->draw[d], 1e-12);
  at[1] = at[0];
  good(fray_rep_sum(&l->r, at, weight, 2, l->r.arena, &none, &err), &err);
  struct fray_interval interval = fray_rep_interval(&l->r, &none);
  assert_true(none.value == 0 && interval.low == 0 && interval.high == 0);
  assert_true(isnan(fray_rep_p_value(&none, &interval)));
  unload(l);
  free(s);
}

/* Two shares lie at most 1 apart, so no interval of a difference is wider; of a number without
 * bounds it is what the law of Student says. p is of the whole law either way. */
static void differences_of_shares_end_at_one(void **state) {
  static const double high[SEEDS] = {1, 1, 1}, low[SEEDS] = {0, 0.6, 0.1};
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  struct fray_err err = {0};
  for (int bounded = 0; bounded < 2; bounded++) {
    struct fray_rep_quantity a = {.value = 1, .by_seed = high, .n_seeds = SEEDS, .most = bounded};
    struct fray_rep_quantity b = a, less;
    b.by_seed = low;
    good(fray_rep_less(&l->r, &a, &l->r, &b, &l->arena, &less, &err), &err);
    const struct fray_interval i = fray_rep_interval(&l->r, &less);
    const double spread = fray_student_t(0.975, SEEDS - 1) * i.error;
    near(less.value, 0.7 / 3 * -1 + 1, 1e-12);
    assert_true(less.value + spread > 1);
    near(i.high, bounded ? 1 : less.value + spread, 1e-12);
    near(i.low, less.value - spread, 1e-12);
    near(fray_rep_p_value(&less, &i), 2 * fray_student_tail(less.value / i.error, SEEDS - 1),
         1e-12);
  }
  /* A difference of two differences may be twice as large. */
  const double weight[4] = {1, -1, -1, 1};
  struct fray_rep_address at[4];
  struct fray_rep_quantity sum;
  for (size_t i = 0; i < 4; i++)
    at[i] = address(l, i % 2, -1, "all", "accuracy");
  good(fray_rep_sum(&l->r, at, weight, 4, l->r.arena, &sum, &err), &err);
  assert_true(sum.least == -2 && sum.most == 2);
  unload(l);
  free(s);
}

/* Where every client does as well as every other, only seeds vary: t over seeds, which 3000 draws
 * give within a few percent. The clients are all the same, so the other way round nothing is left.
 */
static void without_clients_variance_it_is_t_over_seeds(void **state) {
  struct study *s = make_study(false);
  for (size_t t = 0; t < TRIALS; t++)
    for (size_t v = 0; v < 2 * CONDITIONS; v++)
      for (size_t i = 0; i < SAMPLES; i++) {
        s->label[i] = (int32_t)(i % CLASSES);
        /* Of 8 samples of a client, 4, 5 or 6 are right by the seed; group b is whole. */
        s->predicted[t][v / CONDITIONS][v % CONDITIONS][i] =
            (int16_t)(i % EACH < 4 + t % SEEDS ? i % CLASSES : (i + 1) % CLASSES);
      }
  s->label[17] = -1;
  put_study(*state, s);
  struct loaded *l = load(*state);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "g=b", "accuracy"));
  struct fray_interval crossed = fray_rep_interval(&l->r, q);
  struct fray_interval plain = fray_interval_of_seeds(q->by_seed, l->r.seeds.n);
  assert_int_equal(crossed.kind, FRAY_INTERVAL_T);
  assert_int_equal(plain.kind, FRAY_INTERVAL_SEEDS);
  near(q->value, 5.0 / 8, 1e-12);
  near(plain.error, 0.125 / sqrt(3), 1e-12);
  near(crossed.error / plain.error, 1, 0.05);
  near((crossed.high - q->value) / (plain.high - q->value), 1, 0.06);
  unload(l);
  free(s);
}

/* Where every seed gives the same model, only clients vary: sd / sqrt(n) of equal clients. */
static void without_seeds_variance_it_is_the_error_over_clients(void **state) {
  struct study *s = make_study(false);
  double mean = 0, squares = 0;
  for (size_t t = 0; t < TRIALS; t++)
    for (size_t v = 0; v < 2 * CONDITIONS; v++)
      for (size_t i = 0; i < SAMPLES; i++)
        s->predicted[t][v / CONDITIONS][v % CONDITIONS][i] =
            (int16_t)((s->label[i] + (i % EACH >= 1 + client_of(i) / 2)) % CLASSES);
  put_study(*state, s);
  struct loaded *l = load(*state);
  /* Group b: clients 1, 3, ... 11 with 1, 2, ... 6 of 8 right; the unlabelled sample is not there.
   */
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "g=b", "accuracy"));
  for (size_t c = 0; c < 6; c++)
    mean += (double)(c + 1) / 8 / 6;
  for (size_t c = 0; c < 6; c++)
    squares += ((double)(c + 1) / 8 - mean) * ((double)(c + 1) / 8 - mean);
  near(q->value, mean, 1e-12);
  near(fray_rep_interval(&l->r, q).error / sqrt(squares / 5 / 6), 1, 0.1);
  const double *value;
  const char *const *client;
  size_t n;
  struct fray_err err = {0};
  struct fray_rep_address at = address(l, 0, -1, "g=b", "accuracy");
  good(fray_rep_by_client(&l->r, &at, &value, &client, &n, &err), &err);
  assert_int_equal(n, 6);
  for (size_t c = 0; c < n; c++)
    near(value[c], (double)(c + 1) / 8, 1e-12);
  assert_string_equal(client[5], "c11");
  unload(l);
  free(s);
}

static void few_clients_leave_seeds_alone(void **state) {
  struct study *s = make_study(false);
  put_study(*state, s);
  struct loaded *l = load(*state);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "g=c", "accuracy"));
  assert_null(q->draw);
  assert_string_equal(q->status, "too few test clients to resample");
  assert_int_equal(fray_rep_interval(&l->r, q).kind, FRAY_INTERVAL_SEEDS);
  unload(l);
  free(s);
}

/* A diverged trial counts as the constant predictor, also in every draw. */
static void diverged_trials_are_constant(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  edit(folder, "trials.csv", "avg,0,10,ok", "avg,0,10,diverged", false);
  struct loaded *l = load(folder);
  struct fray_resample d = drawn(&l->arena);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "all", "accuracy"));
  assert_int_equal(q->n_diverged, 1);
  near(q->by_seed[0], .25, 0);
  assert_non_null(q->draw);
  for (size_t row = 0; row < FRAY_DRAWS; row += 13) {
    double sum = 0;
    for (size_t k = 0; k < SEEDS; k++)
      sum += d.seed[row * SEEDS + seed_rank[k]] *
             (k == 0 ? .25 : plain_metric(s, k, 0, 0, 0, ACCURACY, d.cluster + row * CLIENTS));
    near(q->draw[row], sum / SEEDS, 1e-12);
  }
  unload(l);
  free(s);
}

/* Sums of small counts, of counts beyond 16 bits, and of draws that hold one client too often for
 * them: the same as one by one. Slots are samples and right answers. */
static void sums_of_any_size_are_right(void **state) {
  (void)state;
  enum { DRAWS = 601 };
  static const int32_t cases[][4] = {
      {4, 3, 9, 2}, {40000, 30000, 20000, 1}, {70000, 69999, 3, 2}, {30000, 123, 30000, 29999}};
  static uint16_t weight[2 * DRAWS];
  static double value[DRAWS];
  struct fray_arena arena = {0};
  const struct fray_choice *accuracy = fray_choice_find(&fray_metrics, "accuracy");
  for (size_t d = 0; d < DRAWS; d++) {
    weight[d] = (uint16_t)(d % 3);
    weight[DRAWS + d] = (uint16_t)(d == 300 ? 9 : d % 2);
  }
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const int32_t *n = cases[k];
    struct fray_rep_count v[] = {{0, 0, n[0]}, {0, 1, n[1]}, {1, 0, n[2]}, {1, 1, n[3]}};
    const struct fray_rep_counts counts = {.v = v,
                                           .n = 4,
                                           .n_slots = 2,
                                           .n_clients = 2,
                                           .n_samples = (size_t)(n[0] + n[2]),
                                           .n_classes = 2,
                                           .needs = FRAY_REP_NEEDS_TOTALS};
    struct fray_err err = {0};
    assert_int_equal(
        fray_rep_metric_draws(accuracy, &counts, weight, 10, DRAWS, &arena, value, &err), FRAY_OK);
    for (size_t d = 0; d < DRAWS; d++) {
      const double a = weight[d], b = weight[DRAWS + d], all = a * n[0] + b * n[2];
      assert_true(all > 0 ? value[d] == (a * n[1] + b * n[3]) / all : isnan(value[d]));
    }
    /* Two metrics of one sum, first as often as the draws say, then once more. */
    static double sum[2][DRAWS], often[DRAWS];
    const struct fray_rep_metric_sum to[] = {{accuracy, sum[0]}, {accuracy, sum[1]}};
    memset(sum, 0, sizeof sum);
    for (size_t d = 0; d < DRAWS; d++)
      often[d] = (double)(d % 4);
    for (size_t i = 0; i < 2; i++)
      assert_int_equal(
          fray_rep_add_draws(&counts, weight, 10, DRAWS, i ? NULL : often, to, 2, &arena, &err),
          FRAY_OK);
    for (size_t d = 0; d < DRAWS; d++) {
      const double wanted = (often[d] > 0 ? often[d] * value[d] : 0) + value[d];
      assert_true(isnan(wanted) ? isnan(sum[0][d]) && isnan(sum[1][d])
                                : sum[0][d] == wanted && sum[1][d] == wanted);
    }
  }
  fray_arena_free(&arena);
}

/* Whether other metrics come along shows in none of them. */
static void metrics_made_together_are_those_made_alone(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  edit(folder, "trials.csv", "avg,0,10,ok", "avg,0,10,diverged", false);
  struct loaded *alone = load(folder), *together = load(folder);
  fray_rep_want_all_metrics(&together->r);
  for (size_t cell = 0; cell < alone->r.n_cells; cell++)
    for (size_t k = 0; k < METRICS; k++) {
      const struct fray_rep_quantity *a =
          quantity(alone, address(alone, cell, -1, "all", metric_name[k]));
      const struct fray_rep_quantity *b =
          quantity(together, address(together, cell, -1, "all", metric_name[k]));
      assert_string_equal(a->status, b->status);
      assert_true(a->n_clusters == b->n_clusters && a->n_seeds == b->n_seeds);
      assert_int_equal(!a->draw, !b->draw);
      assert_memory_equal(a->by_seed, b->by_seed, SEEDS * sizeof *a->by_seed);
      if (a->draw)
        assert_memory_equal(a->draw, b->draw, FRAY_DRAWS * sizeof *a->draw);
    }
  assert_int_equal(fray_rep_store_disagreements(&alone->r),
                   fray_rep_store_disagreements(&together->r));
  unload(alone);
  unload(together);
  free(s);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN(draws_are_those_of_weighted_samples),
      OWN(draws_of_sets_are_right),
      cmocka_unit_test(knows_what_a_metric_needs),
      cmocka_unit_test(knows_which_metrics_are_means),
      cmocka_unit_test(draws_of_scores_are_right),
      cmocka_unit_test(sums_of_any_size_are_right),
      OWN(differences_are_paired),
      OWN(differences_of_shares_end_at_one),
      OWN(without_clients_variance_it_is_t_over_seeds),
      OWN(without_seeds_variance_it_is_the_error_over_clients),
      OWN(few_clients_leave_seeds_alone),
      OWN(diverged_trials_are_constant),
      OWN(metrics_made_together_are_those_made_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Scores with their draws against the same numbers made sample by sample; intervals against closed
 * forms where there is one; and files that lie. */
#include "report/quantity/client_values.h"
#include "study.h"

#include "fray/base/hash.h"
#include "fray/report/report.h"
#include "report/measure/catalogue.h"
#include "report/measure/group_measures.h"
#include "report/quantity/draws.h"
#include "report/quantity/read_study.h"
#include "report/stat/verdict.h"

static void near(double a, double b, double within) {
  if (!(fabs(a - b) <= within))
    fail_msg("%.12g is not %.12g", a, b);
}

struct loaded {
  struct fray_arena arena;
  struct fray_rep_results r;
};

static struct loaded *load(const char *folder) {
  struct fray_err err = {0};
  struct loaded *l = calloc(1, sizeof *l);
  assert_non_null(l);
  good(fray_rep_study_read(folder, NULL, &l->arena, &l->r, &err), &err);
  return l;
}

static void unload(struct loaded *l) {
  fray_rep_study_free(&l->r);
  fray_arena_free(&l->arena);
  free(l);
}

/* Severity of dark; negative: condition trial. */
static struct fray_rep_address address(struct loaded *l, size_t cell, double dark,
                                       const char *group, const char *metric) {
  return (struct fray_rep_address){
      .cell = cell,
      .condition = fray_rep_name_find(&l->r.conditions, dark < 0 ? "trial" : "dark"),
      .severity = dark < 0 ? NAN : dark,
      .group = fray_rep_name_find(&l->r.groups, group),
      .metric = fray_rep_name_find(&l->r.metrics, metric)};
}

static const struct fray_rep_quantity *quantity(struct loaded *l, struct fray_rep_address at) {
  const struct fray_rep_quantity *q;
  struct fray_err err = {0};
  good(fray_rep_quantity(&l->r, &at, &q, &err), &err);
  return q;
}

static struct fray_resample drawn(struct fray_arena *arena) {
  struct fray_resample out;
  struct fray_err err = {0};
  good(fray_resample_make(fray_hash_text("fray report"), SEEDS, CLIENTS, FRAY_DRAWS, arena, &out,
                          &err),
       &err);
  return out;
}

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
    if (fray_rep_needs(metric, known[i].sets) != known[i].needs)
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
  good(fray_rep_sum(&l->r, at, weight, 2, &gap, &err), &err);
  const struct fray_rep_quantity *a = quantity(l, at[0]), *b = quantity(l, at[1]);
  near(gap.value, a->value - b->value, 1e-12);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    near(gap.draw[d], a->draw[d] - b->draw[d], 1e-12);
  at[1] = at[0];
  good(fray_rep_sum(&l->r, at, weight, 2, &none, &err), &err);
  struct fray_interval interval = fray_rep_interval(&l->r, &none);
  assert_true(none.value == 0 && interval.low == 0 && interval.high == 0);
  assert_true(isnan(fray_rep_p_value(&none, &interval)));
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
  good(fray_rep_catalogue(&l->r, &m, &err), &err);
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
  good(fray_rep_catalogue(&l->r, &m, &err), &err);
  for (enum fray_rep_entry_kind kind = FRAY_REP_RAUC; kind <= FRAY_REP_S50; kind++) {
    assert_true(isnan(entry(&m, kind)->e.value));
    assert_string_equal(entry(&m, kind)->e.status, "clean score not told from chance");
  }
  assert_false(isnan(entry(&m, FRAY_REP_SLOPE)->e.value));
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
  good(fray_rep_measure_groups(&l->r, &columns[0], &at, NULL, &l->arena, &m, &err), &err);
  return m;
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
  struct fray_rep_groups *columns;
  struct fray_err err = {0};
  struct fray_rep_address at = address(l, 0, -1, "all", "accuracy");
  double effort = 1;
  size_t n;
  good(fray_rep_group_columns(&l->r, &columns, &n, &err), &err);
  good(fray_rep_measure_groups(&l->r, &columns[0], &at, &effort, &l->arena, &m, &err), &err);
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
  good(fray_rep_client_spread(&l->r, &at, &found, &err), &err);
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
    near(of[i].found->low, wanted.low, 1e-9);
    near(of[i].found->high, wanted.high, 1e-9);
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
  good(fray_rep_catalogue(&l->r, &m, &err), &err);
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

/* Edits of one trial's part of the file; what is said of it. */
static void expect_damage(const char *folder, const char *name, enum fray_h5_type type, int rank,
                          const size_t *dims, const void *data, const char *complaint) {
  struct study *s = make_study(false);
  struct fray_err err = {0};
  fray_h5 file;
  put_tables(folder, s);
  good(fray_h5_create(path_in(folder, "results.h5"), &file, &err), &err);
  for (size_t t = 1; t < TRIALS; t++)
    put_predictions(file, s, t);
  static const char *const client[] = {"c00"};
  static const int64_t nothing[2 * CONDITIONS * CLASSES * CLASSES];
  int32_t zeros[SAMPLES] = {0};
  int16_t said[2 * CONDITIONS * SAMPLES] = {0};
  const char *trial = trial_name(0);
  put_array(file, trial, name, type, rank, dims, data);
  if (strcmp(name, "label") != 0)
    put_array(file, trial, "label", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, zeros);
  if (strcmp(name, "client") != 0)
    put_array(file, trial, "client", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, zeros);
  if (strcmp(name, "confusion") != 0)
    put_array(file, trial, "confusion", FRAY_H5_I64, 4, (size_t[]){2, CONDITIONS, CLASSES, CLASSES},
              nothing);
  if (strcmp(name, "predicted") != 0)
    put_array(file, trial, "predicted", FRAY_H5_I16, 3, (size_t[]){2, CONDITIONS, SAMPLES}, said);
  put_texts(file, trial, "clients/name", client, 1);
  put_texts(file, trial, "condition", condition_name, CONDITIONS);
  good(fray_h5_close(file, &err), &err);
  struct loaded *l = load(folder);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "all", "accuracy"));
  const char *said_of_it;
  assert_null(q->draw);
  assert_string_equal(q->status, "its part of results.h5 is damaged");
  assert_int_equal(fray_rep_interval(&l->r, q).kind, FRAY_INTERVAL_SEEDS);
  assert_int_equal(fray_rep_file_damage(fray_rep_store_file(&l->r), &said_of_it), 1);
  if (!strstr(said_of_it, complaint))
    fail_msg("'%s' is not in '%s'", complaint, said_of_it);
  assert_non_null(quantity(l, address(l, 1, -1, "all", "accuracy"))->draw);
  unload(l);
  free(s);
}

static void files_that_lie_are_found_out(void **state) {
  int32_t labels[SAMPLES] = {0}, clients[SAMPLES] = {0};
  int16_t said[2 * CONDITIONS * SAMPLES] = {0};
  static const int64_t counts[2 * CONDITIONS * CLASSES * CLASSES];
  labels[5] = CLASSES;
  clients[7] = 1;
  said[9] = -2;
  expect_damage(*state, "label", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, labels,
                "sample 5 has 4, not in -1 .. 3");
  expect_damage(*state, "client", FRAY_H5_I32, 1, (size_t[]){SAMPLES}, clients,
                "sample 7 has 1, not in 0 .. 0");
  expect_damage(*state, "client", FRAY_H5_I32, 1, (size_t[]){SAMPLES - 1}, clients,
                "103 samples, expected 104");
  expect_damage(*state, "predicted", FRAY_H5_I16, 3, (size_t[]){2, CONDITIONS, SAMPLES}, said,
                "class -2 at value 9");
  expect_damage(*state, "predicted", FRAY_H5_I16, 2, (size_t[]){2 * CONDITIONS, SAMPLES}, said,
                "rank 2, expected rank 3");
  expect_damage(*state, "confusion", FRAY_H5_I64, 4,
                (size_t[]){2, CONDITIONS - 1, CLASSES, CLASSES}, counts, "3 names, expected 2");
}

static void has(const char *folder, const char *part) {
  struct fray_text page = slurp(path_in(folder, "report.html"));
  if (!strstr(page.data, part))
    fail_msg("the page lacks: %s", part);
  fray_text_free(&page);
}

static void make_report(const char *folder) {
  struct fray_err err = {0};
  good(fray_report(&folder, 1, NULL, &err), &err);
}

static void page_says_what_intervals_rest_on(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  make_report(folder);
  has(folder, "95 % intervals, over 3 seeds and 13 test clients, both resampled: ");
  struct fray_text page = slurp(path_in(folder, "report.html"));
  assert_null(strstr(page.data, "results.h5 is damaged"));
  assert_null(strstr(page.data, "disagree"));
  struct fray_text file = slurp(path_in(folder, "results.h5"));
  put_file(path_in(folder, "results.h5"), file.data, file.size / 2);
  make_report(folder);
  has(folder, "results.h5 is damaged for 12 of 12 trainings");
  has(folder, "95 % intervals, Student&#39;s t over 3 seeds alone: they say nothing about other "
              "people in the test split (results.h5 cannot be read).");
  assert_int_equal(remove(path_in(folder, "results.h5")), 0);
  make_report(folder);
  has(folder, "in the test split (there is no results.h5).");
  fray_text_free(&page);
  fray_text_free(&file);
  free(s);
}

/* Without the first `n` of the seeds as they stand in the tables. */
static void drop_seeds(const char *folder, size_t n) {
  struct fray_text trials = slurp(path_in(folder, "trials.csv"));
  struct fray_text scores = slurp(path_in(folder, "scores.csv"));
  struct fray_text kept[2] = {{0}, {0}};
  for (int k = 0; k < 2; k++)
    for (char *line = k ? scores.data : trials.data, *end; *line; line = end + 1) {
      end = strchr(line, '\n');
      size_t t = strncmp(line, "trial", 5) == 0 ? SEEDS - 1 : strtoul(line, NULL, 16) - 0xb0;
      if (t % SEEDS >= n)
        fray_text_add(&kept[k], line, (size_t)(end + 1 - line));
    }
  put_file(path_in(folder, "trials.csv"), kept[0].data, kept[0].size);
  put_file(path_in(folder, "scores.csv"), kept[1].data, kept[1].size);
  fray_text_free(&trials);
  fray_text_free(&scores);
  fray_text_free(&kept[0]);
  fray_text_free(&kept[1]);
}

/* Clients alone make an interval, but no comparison: one training says nothing about its method. */
static void a_single_seed_decides_nothing(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  drop_seeds(folder, SEEDS - 1);
  make_report(folder);
  has(folder, "95 % intervals, over 13 test clients, resampled, and a single seed, so they say "
              "nothing about other seeds: percentiles of the draws.");
  has(folder, "No comparison is made (single seed: clusters only).");
  struct fray_rep_quantity one = {.value = 1, .n_seeds = 1};
  struct fray_interval far = {
      .low = 0.9, .high = 1.1, .error = 0.05, .df = 12, .kind = FRAY_INTERVAL_T};
  assert_true(isnan(fray_rep_p_value(&one, &far)));
  one.n_seeds = 2;
  assert_true(fray_rep_p_value(&one, &far) < 0.001);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  assert_null(strstr(page.data, "<b>copes better"));
  assert_null(strstr(page.data, "</b> loses "));
  fray_text_free(&page);
  free(s);
}

/* Without looking: the shares of the classes as probabilities, which no accuracy needs. */
static void guessing_has_a_level(void **state) {
  const char *folder = *state;
  for (int multi_label = 0; multi_label < 2; multi_label++) {
    struct study *s = make_study(multi_label);
    double nll = 0, brier = 0, level, n = SAMPLES - 1;
    struct fray_err err = {0};
    put_study(folder, s);
    for (size_t k = 0; k < CLASSES; k++) {
      double p = 0;
      for (size_t i = 0; i < SAMPLES; i++)
        p += i != 17 && (multi_label ? s->labels[i * CLASSES + k] : s->label[i] == (int32_t)k);
      p /= n;
      nll -= p * log(p) + (multi_label ? (1 - p) * log(1 - p) : 0);
      brier += p * (1 - p);
    }
    struct loaded *l = load(folder);
    size_t m = fray_rep_name_find(&l->r.metrics, "hamming");
    assert_true(m < l->r.metrics.n);
    l->r.metrics.v[m] = "nll";
    good(fray_rep_blind_level(&l->r, m, NAN, &level, &err), &err);
    near(level, nll / (multi_label ? CLASSES : 1), 1e-9);
    l->r.metrics.v[m] = "brier";
    good(fray_rep_blind_level(&l->r, m, NAN, &level, &err), &err);
    near(level, brier / (multi_label ? CLASSES : 1), 1e-9);
    l->r.metrics.v[m] = "ece";
    good(fray_rep_blind_level(&l->r, m, NAN, &level, &err), &err);
    assert_true(isnan(level));
    unload(l);
    free(s);
  }
}

/* A study of nll alone is judged by that, one of nll and accuracy by accuracy. */
static void a_study_without_chance_is_judged(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  struct loaded *l = load(folder);
  assert_string_equal(l->r.metrics.v[fray_rep_judge(&l->r)], "accuracy");
  for (size_t i = 0; i < l->r.n_scores; i++)
    l->r.score[i].chance = NAN;
  l->r.metrics.v[l->r.metrics.n - 1] = "nll";
  assert_string_equal(l->r.metrics.v[fray_rep_judge(&l->r)], "nll");
  l->r.metrics.v[l->r.metrics.n - 1] = "ece";
  assert_int_equal(fray_rep_judge(&l->r), l->r.main_metric);
  unload(l);
  free(s);
}

/* Another value in scores.csv than the predictions give: they are not believed. */
static void disagreement_is_said(void **state) {
  const char *folder = *state;
  struct study *s = make_study(false);
  put_study(folder, s);
  s->predicted[0][0][0][0] = (int16_t)((s->predicted[0][0][0][0] + 1) % CLASSES);
  put_tables(folder, s);
  make_report(folder);
  has(folder, "results.h5 and scores.csv disagree about 1 of 12 trainings");
  struct loaded *l = load(folder);
  const struct fray_rep_quantity *q = quantity(l, address(l, 0, -1, "all", "accuracy"));
  assert_null(q->draw);
  assert_string_equal(q->status, "the predictions do not give the value of scores.csv");
  unload(l);
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
      OWN(differences_are_paired),
      OWN(without_clients_variance_it_is_t_over_seeds),
      OWN(without_seeds_variance_it_is_the_error_over_clients),
      OWN(few_clients_leave_seeds_alone),
      OWN(diverged_trials_are_constant),
      OWN(measures_follow_the_draws),
      OWN(spreads_over_clients),
      OWN(laws_of_rows),
      OWN(at_chance_nothing_is_relative),
      OWN(a_gap_stands_beside_its_null),
      OWN(an_empty_gap_is_like_its_null),
      OWN(files_that_lie_are_found_out),
      OWN(page_says_what_intervals_rest_on),
      OWN(a_single_seed_decides_nothing),
      OWN(guessing_has_a_level),
      OWN(a_study_without_chance_is_judged),
      OWN(disagreement_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

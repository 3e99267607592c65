/* Client-level privacy: accountants against those of others and closed forms, clips and sums on
 * their grid, Poisson cohorts, and whole federations on any ranks and after a kill. */
#include "fray/base/csv.h"
#include "fray/fed/cohort.h"
#include "fray/fed/privacy.h"
#include "keeper.h"

#include <math.h>

static bool alone(void) {
  return fray_comm_size(world) == 1;
}

static double rdp_of(const struct fray_mechanism *m, bool classic) {
  return fray_privacy_by_rdp(m, classic);
}

/* The last one is remembered: rows of the table come in groups of one mechanism. */
static double pld_of(const struct fray_mechanism *m) {
  static struct fray_mechanism last;
  static double epsilon;
  struct fray_arena arena = {0};
  if (memcmp(&last, m, sizeof last) == 0)
    return epsilon;
  last = *m;
  OK(fray_privacy_by_pld(m, &arena, &epsilon, &err));
  fray_arena_free(&arena);
  return epsilon;
}

static void near(const char *what, double got, double want, double within) {
  if (!(fabs(got - want) <= within * fabs(want)))
    fail_msg("%s: %.12g, not %.12g (within %g)", what, got, want, within);
}

/* ---- accountants ---- */

/* A table of the fixtures, by its columns. */
static void read_table(const char *file, struct fray_arena *arena, struct fray_csv *csv) {
  static const struct fray_csv_rules rules = {.header = FRAY_CSV_NAMES};
  char path[256];
  struct fray_text text = {0};
  snprintf(path, sizeof path, FRAY_SOURCE_DIR "/tests/fixtures/%s", file);
  OK(fray_file_read_text(path, 1 << 20, &text, &err));
  char *copy = fray_arena_printf(arena, "%s", text.data);
  OK(fray_csv_parse(path, copy, text.size, &rules, arena, csv, &err));
  fray_text_free(&text);
}

static double number_at(const struct fray_csv *csv, size_t row, size_t column) {
  return strtod(fray_csv_at(csv, row, column), NULL);
}

/* What fray has for a row's `by`; a bound: whether it lies on the right side of it. */
static void compare_epsilon(const char *by, const struct fray_mechanism *m, double want) {
  if (strcmp(by, "improved") == 0 || strcmp(by, "published improved") == 0)
    near(by, rdp_of(m, false), want, 1e-6);
  else if (strcmp(by, "classic") == 0)
    near(by, rdp_of(m, true), want, 1e-6);
  else if (strcmp(by, "published classic") == 0) /* with two decimals */
    assert_true(fabs(rdp_of(m, true) - want) <= 0.006);
  else if (strcmp(by, "pld") == 0)
    near(by, pld_of(m), want, 5e-4);
  else if (strcmp(by, "lower") == 0)
    assert_true(pld_of(m) >= want);
  else if (strcmp(by, "upper") == 0)
    assert_true(pld_of(m) <= want);
  else if (strcmp(by, "gaussian") == 0) {
    near(by, fray_privacy_gaussian(m->z, m->rounds, m->delta), want, 1e-9);
    near(by, pld_of(m), want, 1e-5);
  } else
    fail_msg("no such accountant: %s", by);
}

static void epsilons_are_those_of_others(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_csv csv;
  if (!alone())
    return;
  read_table("privacy_epsilon.csv", &arena, &csv);
  assert_int_equal(csv.n_rows, 79);
  for (size_t r = 0; r < csv.n_rows; r++) {
    const struct fray_mechanism m = {.q = number_at(&csv, r, 0),
                                     .z = number_at(&csv, r, 1),
                                     .rounds = number_at(&csv, r, 2),
                                     .delta = number_at(&csv, r, 3)};
    compare_epsilon(fray_csv_at(&csv, r, 4), &m, number_at(&csv, r, 5));
  }
  fray_arena_free(&arena);
}

static void divergences_are_those_of_40_digits(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_csv csv;
  if (!alone())
    return;
  read_table("privacy_rdp.csv", &arena, &csv);
  assert_int_equal(csv.n_rows, 40);
  for (size_t r = 0; r < csv.n_rows; r++) {
    const double q = number_at(&csv, r, 0), z = number_at(&csv, r, 1),
                 alpha = number_at(&csv, r, 2), want = number_at(&csv, r, 3);
    near("divergence", fray_privacy_rdp(q, z, alpha), want, 1e-9);
    if (q < 1) /* another way to the same number, at whole orders too */
      near("quadrature", fray_privacy_rdp_quadrature(q, z, alpha), want, 1e-9);
  }
  fray_arena_free(&arena);
}

static double tail(double x) {
  return erfc(x * M_SQRT1_2) / 2;
}

/* Of one round both hockey sticks have closed forms: with the client, beyond where the quotient of
 * densities is exp(epsilon); and without it, below where it is exp(-epsilon). */
static double delta_of_one_round(double q, double z, double epsilon) {
  const double high = z * z * log((exp(epsilon) - 1 + q) / q) + 0.5;
  const double with = (1 - q) * tail(high / z) + q * tail((high - 1) / z);
  double worse = with - exp(epsilon) * tail(high / z);
  if (exp(-epsilon) > 1 - q) {
    const double low = z * z * log((exp(-epsilon) - 1 + q) / q) + 0.5;
    const double mix = (1 - q) * tail(-low / z) + q * tail((1 - low) / z);
    worse = fmax(worse, tail(-low / z) - exp(epsilon) * mix);
  }
  return worse;
}

static void one_round_has_a_closed_form(void **state) {
  (void)state;
  static const double each[][3] = {
      {0.1, 1, 1e-3}, {0.5, 0.6, 1e-4}, {0.01, 0.8, 1e-5}, {0.9, 3, 1e-6}, {0.3, 1.5, 0.01}};
  if (!alone())
    return;
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    const struct fray_mechanism m = {each[i][0], each[i][1], 1, each[i][2]};
    const double epsilon = pld_of(&m), delta = delta_of_one_round(m.q, m.z, epsilon);
    assert_true(epsilon > 0 && delta <= m.delta * (1 + 1e-9)); /* from above */
    near("delta", delta, m.delta, 2e-3);
  }
}

/* More rounds, a larger share, less noise and a smaller delta cost more; the tight accountant is
 * below the others, and all of them see no privacy without noise. */
static void budgets_are_monotone(void **state) {
  (void)state;
  const struct fray_mechanism m = {0.1, 1.1, 60, 1e-4};
  const struct fray_mechanism worse[] = {
      {0.1, 1.1, 61, 1e-4}, {0.11, 1.1, 60, 1e-4}, {0.1, 1.05, 60, 1e-4}, {0.1, 1.1, 60, 0.9e-4}};
  if (!alone())
    return;
  for (size_t i = 0; i < FRAY_COUNT(worse); i++) {
    assert_true(pld_of(&worse[i]) > pld_of(&m));
    assert_true(rdp_of(&worse[i], false) > rdp_of(&m, false));
    assert_true(rdp_of(&worse[i], true) > rdp_of(&m, true));
  }
  assert_true(pld_of(&m) < rdp_of(&m, false) && rdp_of(&m, false) < rdp_of(&m, true));
  const struct fray_mechanism none = {0.1, 0, 60, 1e-4}, hopeless = {1, 0.05, 1000, 1e-4};
  assert_true(isinf(pld_of(&none)) && isinf(rdp_of(&none, true)));
  assert_true(pld_of(&hopeless) > 1e5);
}

static void the_least_noise_is_found(void **state) {
  (void)state;
  static const double each[][4] = {{0.1, 60, 1e-3, 4}, {1, 30, 1e-5, 1}};
  struct fray_arena arena = {0};
  if (!alone())
    return;
  for (size_t i = 0; i < FRAY_COUNT(each); i++) {
    struct fray_mechanism m = {each[i][0], NAN, each[i][1], each[i][2]};
    double z;
    OK(fray_privacy_noise_for(&m, each[i][3], &arena, &z, &err));
    m.z = z;
    assert_true(pld_of(&m) <= each[i][3]);
    m.z = z * (1 - 2e-4);
    assert_true(pld_of(&m) > each[i][3]);
  }
  struct fray_mechanism m = {1, NAN, 1000000, 1e-6};
  double z;
  struct fray_err why = {0};
  assert_int_equal(fray_privacy_noise_for(&m, 1e-4, &arena, &z, &why), FRAY_INPUT);
  fray_arena_free(&arena);
}

/* A fraction is the chance itself, where cohorts of a fixed size would round it to whole clients.
 */
static void rates_are_not_rounded(void **state) {
  (void)state;
  struct fray_training_config training = {
      .clients_per_round = {.value = 0.29, .is_fraction = true}};
  assert_true(fray_federation_rate(&training, 7) == 0.29);
  training.clients_per_round = (struct fray_amount){.value = 10};
  assert_true(fray_federation_rate(&training, 40) == 0.25);
  assert_true(fray_federation_rate(&training, 4) == 1);
}

static void plans_follow_the_section(void **state) {
  (void)state;
  if (!alone())
    return;
  struct scene s = {0};
  struct fray_privacy_config config;
  struct fray_privacy_plan plan;
  read_section(&s, &fray_privacy_table, "{}", &config);
  assert_false(fray_privacy_is_on(&config));
  read_section(&s, &fray_privacy_table, "{clip: 0.5, z: 1.5}", &config);
  assert_true(fray_privacy_is_on(&config));
  OK(fray_privacy_plan_of(&config, 0.25, 1000, 10, &s.arena, &plan, &err));
  assert_true(plan.expected == 250 && plan.clip == 0.5 && plan.mechanism.z == 1.5);
  near("delta", plan.mechanism.delta, pow(1000, -1.1), 1e-15);
  read_section(&s, &fray_privacy_table, "{clip: 0.5, epsilon: .inf, delta: 1e-5}", &config);
  OK(fray_privacy_plan_of(&config, 0.25, 1000, 10, &s.arena, &plan, &err));
  assert_true(plan.mechanism.z == 0 && plan.mechanism.delta == 1e-5);
  fray_arena_free(&s.arena);
}

/* ---- clips and sums ---- */

enum { TOTAL = 5000, MEMBERS = 11 };
static float update[MEMBERS][TOTAL], mean[TOTAL], without[TOTAL];

static struct fray_privacy_plan plan_of(double clip, double z) {
  return (struct fray_privacy_plan){
      .clip = clip, .expected = 4, .clients = 1000, .mechanism = {0.004, z, 10, 1e-4}};
}

static void draw(float *x, uint64_t who, double length) {
  struct fray_rng rng = fray_rng_for(3, "test", who, 0, 0);
  double square = 0;
  for (size_t i = 0; i < TOTAL; i++) {
    /* Layers of very different sizes: some lie below the steps of the grid. */
    x[i] = (float)(fray_rng_normal(&rng) * (i % 3 ? 1 : 1e-9));
    square += (double)x[i] * (double)x[i];
  }
  for (size_t i = 0; i < TOTAL; i++)
    x[i] = (float)((double)x[i] * length / sqrt(square));
}

/* Of the values as they are added, in more digits than the code has. */
static long double length_as_added(const struct fray_privacy_plan *plan, const float *x) {
  const long double steps = ldexpl(1, fray_privacy_grid(plan));
  long double square = 0;
  for (size_t i = 0; i < TOTAL; i++)
    square += rintl((long double)x[i] * steps) * rintl((long double)x[i] * steps);
  return sqrtl(square) / steps;
}

static void nothing_is_longer_than_the_clip(void **state) {
  (void)state;
  if (!alone())
    return;
  static const double clips[] = {1e-6, 0.3, 1, 1024, 1e6};
  float before[TOTAL];
  for (size_t k = 0; k < FRAY_COUNT(clips); k++)
    for (size_t i = 0; i < 6; i++) {
      const struct fray_privacy_plan plan = plan_of(clips[k], 1);
      const double length = clips[k] * (double[]){0, 0.5, 0.999, 1.0000001, 3, 1e12}[i];
      draw(update[0], i, length);
      memcpy(before, update[0], sizeof before);
      assert_int_equal(fray_privacy_clip(&plan, TOTAL, update[0]), length > clips[k]);
      assert_true(length_as_added(&plan, update[0]) <= (long double)clips[k]);
      if (length <= clips[k]) /* untouched */
        assert_memory_equal(before, update[0], sizeof before);
      else /* as long as it may be */
        assert_true(length_as_added(&plan, update[0]) >= (long double)clips[k] * (1 - 1e-5L));
    }
}

static void what_is_not_finite_is_nothing(void **state) {
  (void)state;
  if (!alone())
    return;
  const struct fray_privacy_plan plan = plan_of(1, 1);
  for (size_t i = 0; i < 2; i++) {
    draw(update[0], 1, 0.5);
    update[0][17] = i ? NAN : INFINITY;
    assert_true(fray_privacy_clip(&plan, TOTAL, update[0]));
    for (size_t k = 0; k < TOTAL; k++)
      assert_true(update[0][k] == 0);
  }
}

static const struct fray_span spans[] = {{0, 1500}, {1600, 1000}, {3000, 2000}};

/* The first n updates, dealt out over the ranks. */
static void mean_of(const struct fray_privacy_plan *plan, size_t n, size_t round, float *out) {
  const float *mine[MEMBERS] = {NULL};
  struct fray_arena arena = {0};
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if ((int)(i % (size_t)fray_comm_size(world)) == fray_comm_rank(world))
      mine[m++] = update[i];
  OK(fray_privacy_mean(world, plan, 5, round, TOTAL, m, mine, FRAY_COUNT(spans), spans, NULL,
                       &arena, out, &err));
  fray_arena_free(&arena);
}

/* The sum by hand in long double, divided by the cohort that is expected; one client more or less
 * moves it by the clip at most. */
static void sums_are_exact_and_bounded(void **state) {
  (void)state;
  const struct fray_privacy_plan plan = plan_of(0.3, 0);
  const long double steps = ldexpl(1, fray_privacy_grid(&plan));
  for (size_t i = 0; i < MEMBERS; i++) {
    draw(update[i], 100 + i, i % 3 ? 5 : 0.2);
    fray_privacy_clip(&plan, TOTAL, update[i]);
  }
  mean_of(&plan, MEMBERS, 1, mean);
  for (size_t k = 0; k < TOTAL; k++) {
    long double sum = 0;
    const bool is_in = k < 1500 || (k >= 1600 && k < 2600) || k >= 3000;
    for (size_t i = 0; i < MEMBERS; i++)
      sum += rintl((long double)update[i][k] * steps);
    assert_true(mean[k] == (is_in ? (float)((double)sum / (double)steps / 4) : 0));
  }
  mean_of(&plan, MEMBERS - 1, 1, without);
  double square = 0;
  for (size_t k = 0; k < TOTAL; k++)
    square += ((double)mean[k] - (double)without[k]) * ((double)mean[k] - (double)without[k]);
  assert_true(sqrt(square) <= 0.3 / 4 * (1 + 1e-5));
}

/* Of nobody too; of mean 0 and deviation z C / (q N), other in each round, and only in the spans.
 */
static void noise_is_normal(void **state) {
  (void)state;
  const struct fray_privacy_plan plan = plan_of(0.3, 2);
  double sum = 0, square = 0, product = 0;
  size_t n = 0;
  mean_of(&plan, 0, 1, mean);
  mean_of(&plan, 0, 2, without);
  for (size_t k = 0; k < TOTAL; k++) {
    const bool is_in = k < 1500 || (k >= 1600 && k < 2600) || k >= 3000;
    const double x = (double)mean[k] / (2 * 0.3 / 4), y = (double)without[k] / (2 * 0.3 / 4);
    n += is_in;
    sum += x;
    square += x * x;
    product += x * y;
    assert_true((x != 0) == is_in);
  }
  /* Within five standard errors. */
  assert_true(fabs(sum) <= 5 * sqrt((double)n));
  assert_true(fabs(square - (double)n) <= 5 * sqrt(2 * (double)n));
  assert_true(fabs(product) <= 5 * sqrt((double)n));
}

/* ---- cohorts ---- */

enum { CROWD = 400, TIMES = 300 };

/* Each client by itself: as often as q says, none tied to another, and more with a larger q. */
static void cohorts_are_tossed(void **state) {
  (void)state;
  if (!alone())
    return;
  struct fray_arena arena = {0};
  struct fray_cohort_source low, high;
  struct fray_gathering about;
  uint64_t source[CROWD];
  uint8_t is_able[CROWD];
  size_t came[CROWD] = {0}, all = 0, empty = 0;
  double square = 0;
  for (size_t c = 0; c < CROWD; c++) {
    source[c] = c * 7919 + 13;
    is_able[c] = c % 10 != 3;
  }
  const double q = 0.01, able = CROWD * 0.9;
  OK(fray_cohorts_poisson(CROWD, source, is_able, q, &arena, &low, &err));
  OK(fray_cohorts_poisson(CROWD, source, is_able, 0.05, &arena, &high, &err));
  struct fray_invitation *a, *b;
  a = fray_arena_zero(&arena, low.most, sizeof *a);
  b = fray_arena_zero(&arena, high.most, sizeof *b);
  for (size_t round = 1; round <= TIMES; round++) {
    const size_t n = low.invite(low.state, 5, round, a, &about);
    const size_t m = high.invite(high.state, 5, round, b, &about);
    for (size_t i = 0, k = 0; i < n; i++, k++) {
      assert_true(is_able[a[i].client] && a[i].returns && a[i].work == 1);
      came[a[i].client]++;
      while (k < m && b[k].client != a[i].client)
        k++;
      assert_true(k < m); /* nested, both ascending */
    }
    all += n;
    empty += n == 0;
    square += ((double)n - q * able) * ((double)n - q * able);
  }
  assert_true(fabs((double)all - q * able * TIMES) <= 5 * sqrt(q * able * TIMES));
  /* The variance of a sum of independent tosses; a cohort of a fixed size has none. */
  near("variance", square / TIMES, q * (1 - q) * able,
       5 * sqrt(2.0 / TIMES + 1 / (q * able * TIMES)));
  assert_true(empty > 0 && fabs((double)empty - TIMES * exp(-q * able)) <= 5 * sqrt(TIMES * 0.03));
  OK(fray_cohorts_poisson(CROWD, source, is_able, 1, &arena, &low, &err));
  a = fray_arena_zero(&arena, low.most, sizeof *a);
  assert_int_equal(low.invite(low.state, 5, 1, a, &about), CROWD - CROWD / 10);
  fray_arena_free(&arena);
}

/* ---- federations ---- */

#define PRIVATE ", privacy: {clip: 0.05, z: 0.7}, on_nonfinite: exclude"

static void open_scene(struct scene *s, const char *rate, const char *server) {
  char training[512];
  snprintf(training, sizeof training, "{rounds: %d, clients_per_round: %s, " LOCAL ", server: %s}",
           ROUNDS, rate, server);
  open_model_scene(s, MODEL("4"), training, "{every: 2, metrics: [accuracy, nll]}");
}

/* Who hears nobody steps all the same, by noise of a known length. */
static void an_empty_round_is_noise(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  open_scene(&s, "0.000001", "{algorithm: fedavg}" PRIVATE);
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  const double deviation = 0.7 * 0.05 / (1e-6 * CLIENTS);
  const double n = (double)fray_model_params(s.model)->count;
  for (size_t r = 0; r < ROUNDS; r++) {
    assert_true(out.row[r].cohort == 0 && isnan(out.row[r].train_loss));
    near("noise", out.row[r].update_norm, deviation * sqrt(n), 5 / sqrt(2 * n));
  }
  assert_true(out.clipped[FRAY_CLIPPED_UPDATES] == 0);
  close_scene(&s);
}

static void outcomes_are_the_same(const struct scene *s, const struct fray_outcome *a,
                                  const struct fray_outcome *b) {
  const size_t total = fray_model_params(s->model)->total;
  assert_memory_equal(a->last, b->last, total * sizeof *a->last);
  assert_memory_equal(a->best, b->best, total * sizeof *a->best);
  assert_memory_equal(a->row, b->row, ROUNDS * sizeof *a->row);
  assert_memory_equal(a->clipped, b->clipped, sizeof a->clipped);
}

/* All ranks and one alone; stopped after a round and gone on with. What was clipped is counted over
 * both halves. */
static void ranks_and_kills_do_not_matter(void **state) {
  (void)state;
  static const char *const servers[] = {"{algorithm: fedavgm}" PRIVATE,
                                        "{algorithm: ditto, keep: disk}" PRIVATE,
                                        "{algorithm: fedadam}, private: {blocks: [head]}" PRIVATE};
  struct fray_comm *self;
  OK(fray_comm_split(world, fray_comm_rank(world), &self, &err));
  for (size_t i = 0; i < FRAY_COUNT(servers); i++) {
    struct scene s;
    struct fray_outcome together, single, out = {0};
    struct keeper k = {.stop = 3};
    open_scene(&s, "0.4", servers[i]);
    OK(fray_federate(&s.f, &s.arena, &together, &err));
    struct fray_federation f = s.f;
    f.comm = self;
    OK(fray_federate(&f, &s.arena, &single, &err));
    outcomes_are_the_same(&s, &together, &single);
    assert_true(together.clipped[FRAY_CLIPPED_UPDATES] > 5 &&
                together.clipped[FRAY_CLIPPED_LONGER] > 0);
    forget_clients();
    struct fray_err why = {0};
    assert_int_equal(run_with(&s, world, &k, false, &out, &why), FRAY_STOPPED);
    share(&k);
    k.stop = 0;
    OK(run_with(&s, world, &k, true, &out, &err));
    outcomes_are_the_same(&s, &together, &out);
    close_scene(&s);
  }
  fray_comm_free(self);
}

/* The same noise on the same integers: masks leave the bytes, whoever is drawn, also of rounds of
 * nobody and of one. */
static void masks_leave_the_bytes(void **state) {
  (void)state;
  static const char *const each[] = {"none", "open", "masked"};
  static const char *const rates[] = {"0.4", "0.08"};
  for (size_t k = 0; k < FRAY_COUNT(rates); k++) {
    float *first = NULL;
    struct scene s[FRAY_COUNT(each)];
    for (size_t i = 0; i < FRAY_COUNT(each); i++) {
      struct fray_outcome out;
      char server[200];
      snprintf(server, sizeof server,
               "{algorithm: fedavgm}, secure_aggregation: {protocol: %s}" PRIVATE, each[i]);
      open_scene(&s[i], rates[k], server);
      OK(fray_federate(&s[i].f, &s[i].arena, &out, &err));
      first = i ? first : out.last;
      assert_memory_equal(first, out.last, fray_model_params(s[i].model)->total * sizeof *first);
      assert_true(!out.secure == (i == 0));
      size_t nobody = 0, came = 0;
      for (size_t r = 0; r < out.n_rows; r++) {
        nobody += out.row[r].cohort == 0;
        came += out.row[r].cohort;
      }
      if (i)
        assert_true(out.secure[FRAY_SECURE_LOST] == (double)nobody &&
                    out.secure[FRAY_SECURE_SENT] == (double)came);
      assert_true(came > 0 && (k == 0 || nobody > 0));
    }
    for (size_t i = 0; i < FRAY_COUNT(each); i++)
      close_scene(&s[i]);
  }
}

/* The server clips whatever is sent: liars a million times as long move no more than the others,
 * and clients that are never left out have a mean that is no longer than the clip. */
static void liars_are_clipped(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  open_scene(&s, "1.0",
             "{algorithm: fedavg}, attack: {kind: sign_flip, scale: 1e6, who: 0.4}, "
             "privacy: {clip: 0.05, z: 0}, on_nonfinite: exclude");
  OK(fray_federate(&s.f, &s.arena, &out, &err));
  for (size_t r = 0; r < ROUNDS; r++)
    assert_true(out.row[r].attackers > 0 && out.row[r].cohort == CLIENTS &&
                out.row[r].update_norm <= 0.05 * (1 + 1e-6));
  assert_true(out.clipped[FRAY_CLIPPED_LENGTH] > 1e3); /* before the clip they were long */
  close_scene(&s);
}

/* Each entry of the list is refused with a reason, or trains under a clip without noise as the mean
 * of clipped updates says: one client moves the model's first step by the clip at most. */
static void every_algorithm_is_judged(void **state) {
  (void)state;
  if (!alone())
    return;
  static const char *const fine[] = {"fedavg", "fedavgm", "fedprox",    "fedadam", "fedyogi",
                                     "fedopt", "moon",    "fedadagrad", "fedrs",   "ditto"};
  size_t judged = 0;
  for (size_t i = 0; i < fray_algorithms.n; i++) {
    struct scene s = {0};
    struct fray_node *node;
    struct fray_training_config training;
    char yaml[256];
    bool expected = false;
    struct fray_err why = {0};
    const struct fray_algorithm_ops *ops = fray_algorithms.v[i]->impl;
    for (size_t k = 0; k < FRAY_COUNT(fine); k++)
      expected = expected || strcmp(fine[k], fray_algorithms.v[i]->name) == 0;
    snprintf(yaml, sizeof yaml,
             "{clients_per_round: 1.0, local: {momentum: 0, weight_decay: 0, "
             "clip_norm: 0}, server: %s" PRIVATE "}",
             fray_algorithms.v[i]->name);
    if (ops->arrivals || strcmp(fray_algorithms.v[i]->name, "groupdro") == 0)
      continue; /* whose own keys do not go without others: see the table of pairs */
    OK(fray_yaml_parse(yaml, "test", &s.arena, &node, &err));
    const enum fray_status status =
        fray_schema_read(&fray_training_table, node, "", &training, &s.arena, &why);
    if ((status == FRAY_OK) != expected)
      fail_msg("%s: %s", fray_algorithms.v[i]->name, status == FRAY_OK ? "goes" : why.text);
    if (status != FRAY_OK)
      assert_non_null(strstr(why.text, "training.privacy"));
    judged++;
    fray_arena_free(&s.arena);
  }
  assert_true(judged >= fray_algorithms.n - 4);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(epsilons_are_those_of_others),
      cmocka_unit_test(divergences_are_those_of_40_digits),
      cmocka_unit_test(one_round_has_a_closed_form),
      cmocka_unit_test(budgets_are_monotone),
      cmocka_unit_test(the_least_noise_is_found),
      cmocka_unit_test(rates_are_not_rounded),
      cmocka_unit_test(plans_follow_the_section),
      cmocka_unit_test(nothing_is_longer_than_the_clip),
      cmocka_unit_test(what_is_not_finite_is_nothing),
      cmocka_unit_test(sums_are_exact_and_bounded),
      cmocka_unit_test(noise_is_normal),
      cmocka_unit_test(cohorts_are_tossed),
      cmocka_unit_test(an_empty_round_is_noise),
      cmocka_unit_test(ranks_and_kills_do_not_matter),
      cmocka_unit_test(masks_leave_the_bytes),
      cmocka_unit_test(liars_are_clipped),
      cmocka_unit_test(every_algorithm_is_judged),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}

/* Coders: what each makes of a vector, by laws that every entry of compressions.def keeps, by
 * closed forms, and by six rounds of a small federation computed apart from fray in float64 from
 * the papers' formulas (tests/fixtures/fed_compression.h5): what is sent, what is kept, and the
 * models. */
#include "softmax_scene.h"

#include "fray/base/rng.h"
#include "fray/tensor/vec.h"

static const struct reference coded = {
    "fed_compression.h5",
    "{fusion: concat, hidden: 12, head: 0, dropout: 0, encoders: {f: {kind: identity}}}", 2,
    CLASSES *D + CLASSES};

static struct fray_arena arena;

static struct fray_compression_config read_coder(const char *text) {
  struct fray_compression_config config;
  struct fray_node *node;
  OK(fray_yaml_parse(text, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_compression_table, node, "", &config, &arena, &err));
  return config;
}

/* A vector without padding: one tensor of n values. */
static struct fray_param_table whole(size_t n, struct fray_param *tensor) {
  *tensor = (struct fray_param){.size = n};
  return (struct fray_param_table){.v = tensor, .n = 1, .total = n, .count = n};
}

static bool code(const struct fray_compression_config *config, uint64_t source, size_t round,
                 size_t n, float *x, float *error) {
  struct fray_param tensor;
  const struct fray_param_table table = whole(n, &tensor);
  const struct fray_coding of = {.seed = 3, .source = source, .round = round};
  float *scratch = fray_arena_alloc(&arena, n, sizeof *scratch);
  return fray_code_update(config, &of, &table, NULL, x, error, scratch);
}

static double square(size_t n, const float *x, const float *y) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double d = (double)x[i] - (y ? (double)y[i] : 0);
    sum += d * d;
  }
  return sum;
}

/* Of very different sizes, with ties and zeros, as updates are. */
static float *some_vector(size_t n, uint64_t which) {
  float *x = fray_arena_zero(&arena, n, sizeof *x);
  struct fray_rng rng = fray_rng_for(11, "test/compression", which, 0, 0);
  for (size_t i = 0; i < n; i++) {
    const double v = fray_rng_normal(&rng) * exp(2 * fray_rng_normal(&rng));
    x[i] = i % 17 == 3 ? 0 : i % 13 == 5 ? (i % 2 ? 0.25f : -0.25f) : (float)v;
  }
  return x;
}

static float *copy_of(size_t n, const float *x) {
  float *y = fray_arena_alloc(&arena, n, sizeof *y);
  return memcpy(y, x, n * sizeof *y);
}

/* ---- laws over the list ---- */

/* A line of example parameters for each coder: one without fails. levels: of those that round. */
static const struct {
  const char *coder, *yaml;
  double levels;
} examples[] = {
    {"uncompressed", "uncompressed", 0},       {"top_k", "{kind: top_k, k: 0.03}", 0},
    {"top_k", "{kind: top_k, k: 1}", 0},       {"qsgd", "{kind: qsgd}", 127},
    {"qsgd", "{kind: qsgd, bits: 2}", 1},      {"qsgd", "{kind: qsgd, bits: 12}", 2047},
    {"int8", "{kind: int8, keep: disk}", 127}, {"sign", "sign", 0},
};

static void nothing_stays_nothing(const char *yaml, const struct fray_compression_config *config) {
  enum { N = 1000 };
  float *zeros = fray_arena_zero(&arena, N, sizeof *zeros);
  float *x = copy_of(N, zeros), *error = copy_of(N, zeros);
  assert_true(code(config, 1, 1, N, x, error));
  for (size_t i = 0; i < N; i++)
    if (!(x[i] == 0 && error[i] == 0))
      fail_msg("%s: something comes of nothing", yaml);
}

/* What is sent and what is kept is what there was; the same once more gives the same; another
 * client or round changes only what draws. */
static void nothing_is_lost(const char *yaml, const struct fray_compression_config *config) {
  enum { N = 3001 };
  const float *u = some_vector(N, 1), *e = some_vector(N, 2);
  const bool draws = fray_compression_is_on(config) && !fray_compression_keeps(config);
  float *x = copy_of(N, u), *error = copy_of(N, e), *sum = copy_of(N, u);
  for (size_t i = 0; i < N; i++)
    sum[i] += e[i];
  assert_true(code(config, 1, 1, N, x, error));
  for (size_t i = 0; i < N && fray_compression_is_on(config); i++)
    if (error[i] != sum[i] - x[i])
      fail_msg("%s: value %zu: %g sent and %g kept of %g", yaml, i, (double)x[i], (double)error[i],
               (double)sum[i]);
  for (uint64_t other = 0; other < 3; other++) {
    float *y = copy_of(N, u), *kept = copy_of(N, e);
    assert_true(code(config, 1 + (other == 1), 1 + (other == 2), N, y, kept));
    const bool same = memcmp(x, y, N * sizeof *x) == 0;
    if (same == (draws && other))
      fail_msg("%s: %s", yaml, same ? "the same draws again" : "not the same again");
  }
}

/* Tensors that do not travel, and padding between those that do, stay as they are. */
static void only_what_travels(const char *yaml, const struct fray_compression_config *config) {
  struct fray_param tensor[] = {{.size = 5}, {.offset = 16, .size = 20}, {.offset = 48, .size = 3}};
  const struct fray_param_table table = {.v = tensor, .n = 3, .total = 64, .count = 28};
  const struct fray_coding of = {.seed = 3, .source = 1, .round = 1};
  const uint8_t travels[] = {1, 0, 1};
  float *u = some_vector(64, 4), scratch[28], e[64] = {0};
  for (size_t i = 0; i < 64; i++)
    if (i / 16 != 1 && !(i < 5 || (i >= 48 && i < 51)))
      u[i] = 0;
  float *x = copy_of(64, u), *side = fray_arena_alloc(&arena, 8, sizeof *side);
  assert_true(fray_code_update(config, &of, &table, travels, x, e, scratch));
  memcpy(side, u, 5 * sizeof *u);
  memcpy(side + 5, u + 48, 3 * sizeof *u);
  assert_true(code(config, 1, 1, 8, side, NULL)); /* as one vector of eight */
  for (size_t i = 0; i < 64; i++) {
    const float expected = i < 5 ? side[i] : i >= 48 && i < 51 ? side[i - 43] : u[i];
    if (memcmp(&x[i], &expected, sizeof expected) != 0)
      fail_msg("%s: value %zu is %g, not %g", yaml, i, (double)x[i], (double)expected);
    assert_true((i < 5 || (i >= 48 && i < 51)) || e[i] == 0);
  }
}

/* Values without an end are told, whatever the coder. */
static void what_is_not_finite_is_told(const struct fray_compression_config *config) {
  float x[] = {3e38f, -1, 2}, error[] = {3e38f, 0, 0};
  assert_true(!fray_compression_is_on(config) || !code(config, 1, 1, 3, x, error));
}

static void every_coder_keeps_the_laws(void **state) {
  (void)state;
  for (size_t a = 0; a < fray_compressions.n; a++) {
    size_t n = 0;
    for (size_t e = 0; e < FRAY_COUNT(examples); e++) {
      if (strcmp(examples[e].coder, fray_compressions.v[a]->name) != 0)
        continue;
      const struct fray_compression_config config = read_coder(examples[e].yaml);
      n++;
      nothing_stays_nothing(examples[e].yaml, &config);
      nothing_is_lost(examples[e].yaml, &config);
      only_what_travels(examples[e].yaml, &config);
      what_is_not_finite_is_told(&config);
      fray_arena_reset(&arena);
    }
    if (n == 0)
      fail_msg("the coder %s has no line of example parameters", fray_compressions.v[a]->name);
  }
}

/* ---- biased coders: what is left ---- */

/* By sorting, as the coder does not. */
static int longer_first(const void *a, const void *b) {
  const float *const *x = a, *const *y = b;
  const float l = fabsf(**x), m = fabsf(**y);
  return l != m ? (l < m) - (l > m) : (*x > *y) - (*x < *y);
}

static void the_largest_are_sent(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 2, 7, 64, 1000, 70001};
  static const double shares[] = {0.001, 0.01, 0.1, 0.29, 0.5, 1};
  for (size_t s = 0; s < FRAY_COUNT(sizes); s++)
    for (size_t f = 0; f < FRAY_COUNT(shares); f++) {
      const size_t n = sizes[s], k = (size_t)ceil(shares[f] * (double)n - 1e-9);
      char yaml[80];
      snprintf(yaml, sizeof yaml, "{kind: top_k, k: %.3f}", shares[f]);
      const struct fray_compression_config config = read_coder(yaml);
      const float *u = some_vector(n, 100 + s);
      const float **order = fray_arena_alloc(&arena, n, sizeof *order);
      float *x = copy_of(n, u), *error = fray_arena_zero(&arena, n, sizeof *error);
      float *expected = fray_arena_zero(&arena, n, sizeof *expected);
      for (size_t i = 0; i < n; i++)
        order[i] = &u[i];
      qsort(order, n, sizeof *order, longer_first);
      for (size_t i = 0; i < k; i++)
        expected[order[i] - u] = *order[i];
      assert_true(code(&config, 1, 1, n, x, error));
      for (size_t i = 0; i < n; i++)
        if (x[i] != expected[i])
          fail_msg("%s of %zu: value %zu is %g, not %g", yaml, n, i, (double)x[i],
                   (double)expected[i]);
      assert_true(square(n, error, NULL) <=
                  (1 - (double)k / (double)n) * square(n, u, NULL) * (1 + 1e-12));
      fray_arena_reset(&arena);
    }
}

/* ||u - Q(u)||^2 = ||u||^2 - ||u||_1^2 / n, with a float for the mean. */
static void signs_leave_what_they_must(void **state) {
  (void)state;
  for (size_t n = 1; n < 4000; n = 3 * n + 2) {
    const struct fray_compression_config config = read_coder("sign");
    const float *u = some_vector(n, n);
    float *x = copy_of(n, u), *error = fray_arena_zero(&arena, n, sizeof *error);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += fabs((double)u[i]);
    assert_true(code(&config, 1, 1, n, x, error));
    for (size_t i = 0; i < n; i++) {
      assert_true(fabsf(x[i]) == (float)(sum / (double)n) || sum == 0);
      assert_true(signbit(x[i]) == signbit(u[i]));
    }
    const double left = square(n, u, NULL) - sum * sum / (double)n;
    assert_true(fabs(square(n, error, NULL) - left) <= 1e-6 * square(n, u, NULL));
    fray_arena_reset(&arena);
  }
}

/* ---- unbiased coders: the mean and the spread of many draws ---- */

/* All values lie on the grid, as far as their bits go; the mean of T draws is u within five
 * standard errors of a step, for each value; and a draw is off by ||u - Q||^2 <= min(n / s^2, sqrt
 * n / s) ||u||^2 on average, the paper's lemma 3.1, with the length as scale. */
static void rounding_is_fair(void **state) {
  (void)state;
  enum { N = 60, T = 4000 };
  for (size_t e = 0; e < FRAY_COUNT(examples); e++) {
    const struct fray_compression_config config = read_coder(examples[e].yaml);
    const double levels = examples[e].levels;
    const float *u = some_vector(N, 5);
    double mean[N] = {0}, off = 0;
    if (levels == 0)
      continue;
    const double length = sqrt(square(N, u, NULL));
    const double scale =
        (double)(strcmp(examples[e].coder, "qsgd") == 0 ? (float)length : fray_vec_max_abs(N, u));
    for (size_t t = 1; t <= T; t++) {
      float x[N];
      memcpy(x, u, sizeof x);
      assert_true(code(&config, 9, t, N, x, NULL));
      off += square(N, x, u) / T;
      for (size_t i = 0; i < N; i++) {
        const double q = (double)x[i] * levels / scale;
        assert_true(fabs(q - rint(q)) <= 1e-6 * levels && fabs(rint(q)) <= levels);
        assert_true(u[i] != 0 || x[i] == 0);
        mean[i] += (double)x[i] / T;
      }
    }
    for (size_t i = 0; i < N; i++) {
      const double a = fabs((double)u[i]) * levels / scale, p = a - floor(a);
      const double error = scale / levels * sqrt(p * (1 - p) / T);
      if (!(fabs(mean[i] - (double)u[i]) <= 5 * error + 1e-6 * scale))
        fail_msg("%s: value %zu is %g on average, not %g", examples[e].yaml, i, mean[i],
                 (double)u[i]);
    }
    if (strcmp(examples[e].coder, "qsgd") == 0)
      assert_true(off <= 1.05 * fmin(N / levels / levels, sqrt(N) / levels) * length * length);
    fray_arena_reset(&arena);
  }
}

/* ---- bytes ---- */

static void bytes_are_those_of_the_papers(void **state) {
  (void)state;
  static const struct {
    const char *yaml;
    size_t n;
    double bytes;
  } lines[] = {
      {"uncompressed", 1000, 4000},
      {"{kind: top_k, k: 0.01}", 256, 3 * 5}, /* an index of a byte */
      {"{kind: top_k, k: 0.01}", 257, 3 * 6},
      {"{kind: top_k, k: 100}", 65537, 100 * 7},
      {"{kind: top_k, k: 0.1}", 1 << 24, 1677722.0 * 7},
      {"{kind: top_k, k: 0.1}", (1 << 24) + 1, 1677722.0 * 8},
      {"{kind: top_k, k: 1.0}", 1000, 4000},  /* the vector itself */
      {"{kind: top_k, k: 0.07}", 100, 7 * 5}, /* 7.000000000000001 of a hundred */
      {"{kind: top_k, k: 50}", 20, 80},
      {"qsgd", 1000, 1004},
      {"{kind: qsgd, bits: 2}", 1001, 251 + 4},
      {"{kind: qsgd, bits: 3}", 9, 4 + 4},
      {"int8", 1000, 1004},
      {"sign", 1001, 126 + 4},
      {"sign", 0, 0},
  };
  for (size_t i = 0; i < FRAY_COUNT(lines); i++) {
    const struct fray_compression_config config = read_coder(lines[i].yaml);
    const double bytes = fray_coded_bytes(&config, (struct fray_sent){lines[i].n, 0});
    if (bytes != lines[i].bytes)
      fail_msg("%s of %zu: %.17g bytes, not %g", lines[i].yaml, lines[i].n, bytes, lines[i].bytes);
  }
}

/* ---- six rounds of a federation ---- */

/* group: of the fixture. What clients train, send and keep, and the models that come of it. */
static void follow(const char *group, const char *coder) {
  struct federation f;
  struct scene *s = &f.s;
  char yaml[256];
  snprintf(yaml, sizeof yaml,
           "{local: {batch: 4, lr: 0.1, epochs: 2, momentum: 0, weight_decay: 0, clip_norm: 0}, "
           "compression: %s}",
           coder);
  start(&f, &coded, yaml);
  const struct fray_compression_config *config = &f.training.compression;
  const bool keeps = fray_compression_keeps(config);
  const size_t P = s->table->count, total = s->table->total;
  const double *global = reals(s, fray_arena_printf(&s->arena, "%s/global", group));
  const double *local = reals(s, fray_arena_printf(&s->arena, "%s/local", group));
  const double *sent = reals(s, fray_arena_printf(&s->arena, "%s/sent", group));
  const double *memory = keeps ? reals(s, fray_arena_printf(&s->arena, "%s/memory", group)) : NULL;
  const double *uniforms = reals(s, "uniforms");
  float *w = take(s, total, sizeof *w), *scratch = take(s, P, sizeof *scratch);
  for (size_t round = 0; round < ROUNDS; round++) {
    char path[64];
    size_t n;
    double weight[CLIENTS];
    snprintf(path, sizeof path, "cohort/%zu", round);
    const int64_t *cohort = integers(s, path, &n);
    const double scale = largest(global + (round + 1) * P, P);
    for (size_t i = 0; i < n; i++) {
      const size_t c = (size_t)cohort[i], row = round * CLIENTS + c;
      const struct fray_coding of = {
          .seed = 1, .source = c, .round = round + 1, .draw = uniforms + row * P};
      weight[i] = visit(&f, round, c, 2);
      for (size_t k = 0; k < total; k++)
        w[k] = f.w[k] + f.up[c][0][k];
      compare(s, group, round, c, w, 1, local + row * P, scale);
      assert_true(fray_code_update(config, &of, s->table, NULL, f.up[c][0],
                                   keeps ? f.kept[c][0] : NULL, scratch));
      compare(s, "sent", round, c, f.up[c][0], 1, sent + row * P, scale);
    }
    combine(&f, round, cohort, n, weight);
    compare(s, group, round, 99, f.w, 1, global + (round + 1) * P, scale);
    for (size_t c = 0; c < CLIENTS && keeps; c++) /* of those as well that were not there */
      compare(s, "memory", round, c, f.kept[c][0], 1, memory + ((round + 1) * CLIENTS + c) * P,
              scale);
  }
  end(&f);
}

static void rounds_are_those_of_the_formulas(void **state) {
  (void)state;
  follow("topk_ef", "{kind: top_k, k: 6}");
  follow("topk_ef", "{kind: top_k, k: 0.1}"); /* 5.2 of 52, rounded up */
  follow("qsgd8", "qsgd");
  follow("int8_max", "int8");
  follow("sign_ef", "sign");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_coder_keeps_the_laws),
      cmocka_unit_test(the_largest_are_sent),
      cmocka_unit_test(signs_leave_what_they_must),
      cmocka_unit_test(rounding_is_fair),
      cmocka_unit_test(bytes_are_those_of_the_papers),
      cmocka_unit_test(rounds_are_those_of_the_formulas),
  };
  const int failed = run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), NULL, NULL);
  fray_arena_free(&arena);
  return failed;
}

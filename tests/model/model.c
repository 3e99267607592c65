/* Whole models: laws of batches, absence and dropout; layout; bad input. */
#include "model/scene.h"

static const char *const fusions[] = {"heads: 2, units: 7",
                                      "fusion: concat",
                                      "fusion: gated",
                                      "fusion: late",
                                      "fusion: gated, encode_absent_as_zeros: true",
                                      "fusion: late, encode_absent_as_zeros: true",
                                      "fusion: concat, encode_absent_as_zeros: true",
                                      "heads: 2, units: 7, encode_absent_as_zeros: true"};

static void test_uci_har_parameters(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_model_config config;
  read_config("{}", &arena, &config);
  const struct fray_feature_shape series = {FRAY_FEATURE_SEQUENCE, .time = 128, .height = 1,
                                            .width = 1, .channels = 3};
  const struct fray_feature_shape shapes[] = {series, series};
  struct fray_model *model;
  OK(fray_model_new(&config,
                    &(struct fray_model_data){2, 6, (const char *[]){"acc", "gyro"}, shapes, NULL},
                    &model, &err));
  const struct fray_param_table *table = fray_model_params(model);
  /* FedMultimodal's own model of this data set has as many. */
  assert_int_equal(table->count, 420684);
  assert_int_equal(fray_model_classes(model), 6);
  const struct fray_param *p = fray_param_find(table, "fusion.att_fc1.weight");
  assert_non_null(p);
  assert_int_equal(p->modality, FRAY_PARAM_SHARED);
  assert_true(p->bound == 1 / sqrt(128));
  p = fray_param_find(table, "head.hidden.weight");
  assert_non_null(p);
  assert_int_equal(p->shape[0], 64);
  assert_int_equal(p->shape[1], 6 * 128);
  p = fray_param_find(table, "gyro.conv1.weight");
  assert_non_null(p);
  assert_int_equal(p->modality, 1);
  fray_model_free(model);
  fray_arena_free(&arena);
}

static void test_no_hidden_layer(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_model_config config;
  read_config("{head: 0, hidden: 6, fusion: concat, encoders: {vec: {kind: mlp, units: 5}}}",
              &arena, &config);
  struct fray_model *model;
  OK(fray_model_new(&config,
                    &(struct fray_model_data){1, 3, &scene_names[2], &scene_shapes[2], NULL},
                    &model, &err));
  const struct fray_param_table *table = fray_model_params(model);
  assert_null(fray_param_find(table, "head.hidden.weight"));
  assert_int_equal(table->count, 4 * 5 + 5 + 5 * 6 + 6 + 6 * 3 + 3);
  /* Mean cross-entropy of all-zero weights is log(classes). */
  float *w = fray_arena_zero(&arena, table->total, sizeof *w);
  float *grad = fray_arena_alloc(&arena, table->total, sizeof *grad);
  const float x[2 * VALUES] = {1, 2, 3, 4, 5, 6, 7, 8};
  const struct fray_feature_batch feature = {.n = 2, .time = 1, .x = x};
  const int32_t row[2] = {1, 0}, label[2] = {0, 2}, *rows[1] = {row};
  const struct fray_batch batch = {.n = 2, .feature = &feature, .row = rows, .label = label};
  const struct fray_pass pass = {.train = true, .w = w, .grad = grad, .arena = &arena};
  struct fray_step step;
  OK(fray_model_step(model, &batch, NULL, &pass, &step, &err));
  assert_true(fabs(step.loss - log(3)) < 1e-6);
  assert_true(step.used[0]);
  fray_model_free(model);
  fray_arena_free(&arena);
}

/* Logits W x + b and the gradients of their mean cross-entropy, (p - y) x / n and (p - y) / n, in
 * double. Sample i has no values where row[i] < 0: zeros. */
static void check_logistic(const float *weight, const float *bias, const float *x,
                           const int32_t *row, const int32_t *label, const float *logits,
                           double loss, const float *dweight, const float *dbias) {
  double dw[CLASSES][PIXELS] = {{0}}, db[CLASSES] = {0}, sum = 0;
  for (size_t i = 0; i < N; i++) {
    double z[CLASSES], total = 0;
    for (size_t c = 0; c < CLASSES; c++) {
      z[c] = (double)bias[c];
      for (size_t k = 0; row[i] >= 0 && k < PIXELS; k++)
        z[c] += (double)weight[c * PIXELS + k] * (double)x[(size_t)row[i] * PIXELS + k];
      assert_true(fabs((double)logits[i * CLASSES + c] - z[c]) < 1e-5);
      total += exp(z[c]);
    }
    sum += log(total) - z[label[i]];
    for (size_t c = 0; c < CLASSES; c++) {
      const double slope = (exp(z[c]) / total - ((int32_t)c == label[i])) / N;
      db[c] += slope;
      for (size_t k = 0; row[i] >= 0 && k < PIXELS; k++)
        dw[c][k] += slope * (double)x[(size_t)row[i] * PIXELS + k];
    }
  }
  assert_true(fabs(loss - sum / N) < 1e-6);
  for (size_t c = 0; c < CLASSES; c++) {
    assert_true(fabs((double)dbias[c] - db[c]) < 1e-6);
    for (size_t k = 0; k < PIXELS; k++)
      assert_true(fabs((double)dweight[c * PIXELS + k] - dw[c][k]) < 1e-6);
  }
}

/* Of the samples that have it, in another order and apart: their logits to the bit, and the
 * gradient.
 */
static void check_in_place(const struct fray_model *model, const struct scene *s,
                           const struct fray_pass *pass) {
  const struct fray_param_table *table = fray_model_params(model);
  const float *row[N];
  int32_t there[N], place[N], label[N];
  size_t n = 0;
  for (size_t i = N; i-- > 0;)
    if (scene_rows[1][i] >= 0) {
      row[n] = s->feature[1].x + (size_t)scene_rows[1][i] * PIXELS;
      there[n] = scene_rows[1][i];
      place[n] = (int32_t)n;
      label[n++] = scene_labels[i];
    }
  const struct fray_apart apart = {n, PIXELS, 0, row, 0};
  const struct fray_feature_batch feature = {.n = n, .time = 1};
  const int32_t *const by_place[] = {place}, *const by_there[] = {there};
  const struct fray_batch one = {
      .n = n, .feature = &feature, .row = by_place, .label = label, .apart = &apart};
  const struct fray_batch two = {
      .n = n, .feature = &s->feature[1], .row = by_there, .label = label};
  float logits[N * CLASSES], *grad = fray_arena_alloc(pass->arena, table->total, sizeof *grad);
  struct fray_forward forward;
  struct fray_step apart_step, step;
  assert_true(fray_model_reads_in_place(model) && n > 2);
  OK(fray_model_forward(model, &two, pass, &forward, &err));
  OK(fray_model_classify_in_place(model, &one, pass->w, logits, &err));
  assert_memory_equal(logits, forward.logits, n * CLASSES * sizeof *logits);
  OK(fray_model_step(model, &two, NULL, pass, &step, &err));
  memcpy(grad, pass->grad, table->total * sizeof *grad);
  OK(fray_model_step(model, &one, NULL, pass, &apart_step, &err));
  assert_true(apart_step.loss == step.loss && apart_step.used[0] && step.used[0]);
  assert_close(pass->grad, grad, table->total, 1e-6);
}

/* Encoder identity, fusion concat and no hidden layer are multinomial logistic regression. */
static void test_logistic_regression(void **state) {
  (void)state;
  static const char *const more[] = {"false", "true"};
  for (size_t k = 0; k < FRAY_COUNT(more); k++) {
    struct scene *s = scene_new("head: 0"); /* for its batch */
    const char *yaml = fray_arena_printf(
        &s->arena,
        "{head: 0, hidden: %d, fusion: concat, encoders: {img: {kind: identity}}, "
        "encode_absent_as_zeros: %s}",
        PIXELS, more[k]);
    struct fray_model_config config;
    struct fray_model *model;
    read_config(yaml, &s->arena, &config);
    OK(fray_model_new(
        &config, &(struct fray_model_data){1, CLASSES, &scene_names[1], &scene_shapes[1], NULL},
        &model, &err));
    const struct fray_param_table *table = fray_model_params(model);
    assert_int_equal(table->n, 2);
    assert_int_equal(table->count, CLASSES * PIXELS + CLASSES);
    float *w = fray_arena_zero(&s->arena, table->total, sizeof *w);
    float *grad = fray_arena_alloc(&s->arena, table->total, sizeof *grad);
    fray_param_init(table, 3, w);
    const struct fray_batch batch = {
        .n = N, .feature = &s->feature[1], .row = &s->row[1], .label = scene_labels};
    struct fray_pass pass = scene_pass(s, true);
    pass.w = w;
    pass.grad = grad;
    const size_t weight = fray_param_find(table, "head.classes.weight")->offset;
    const size_t bias = fray_param_find(table, "head.classes.bias")->offset;
    struct fray_forward forward;
    struct fray_step step;
    OK(fray_model_forward(model, &batch, &pass, &forward, &err));
    OK(fray_model_step(model, &batch, NULL, &pass, &step, &err));
    check_logistic(w + weight, w + bias, s->feature[1].x, scene_rows[1], scene_labels,
                   forward.logits, step.loss, grad + weight, grad + bias);
    if (k == 0) /* zeros that stand for what is absent lie nowhere */
      check_in_place(model, s, &pass);
    fray_model_free(model);
    scene_free(s);
  }
}

/* Permuting the batch permutes the logits. */
static void test_permutation(void **state) {
  (void)state;
  static const size_t order[N] = {4, 2, 0, 5, 1, 3};
  for (size_t k = 0; k < FRAY_COUNT(fusions); k++) {
    struct scene *s = scene_new(fusions[k]);
    int32_t permuted[M][N];
    const int32_t *row[M];
    for (size_t m = 0; m < M; m++) {
      for (size_t i = 0; i < N; i++)
        permuted[m][i] = scene_rows[m][order[i]];
      row[m] = permuted[m];
    }
    struct fray_batch batch = s->batch;
    batch.row = row;
    const struct fray_pass pass = scene_pass(s, false);
    const float *plain = logits_of(s, &s->batch, &pass), *other = logits_of(s, &batch, &pass);
    for (size_t i = 0; i < N; i++)
      assert_close(other + i * CLASSES, plain + order[i] * CLASSES, CLASSES, 1e-6);
    scene_free(s);
  }
}

/* What a sample gets does not depend on its batch. */
static void test_alone(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(fusions); k++) {
    struct scene *s = scene_new(fusions[k]);
    const struct fray_pass pass = scene_pass(s, false);
    const float *plain = logits_of(s, &s->batch, &pass);
    for (size_t i = 0; i < N; i++) {
      const int32_t *row[M];
      for (size_t m = 0; m < M; m++)
        row[m] = &scene_rows[m][i];
      const struct fray_batch one = {.n = 1, .feature = s->feature, .row = row};
      assert_close(logits_of(s, &one, &pass), plain + i * CLASSES, CLASSES, 1e-6);
    }
    scene_free(s);
  }
}

/* A modality that no sample of the batch has: its block gets no gradient and is not used. In compat
 * mode all blocks take part (weight decay, momentum), and concat has a gradient from zeros. */
static void test_absent_modality(void **state) {
  (void)state;
  static const int32_t none[N] = {-1, -1, -1, -1, -1, -1};
  for (size_t k = 0; k < FRAY_COUNT(fusions); k++) {
    struct scene *s = scene_new(fusions[k]);
    const bool zeros = s->config.encode_absent_as_zeros;
    const bool concat = strcmp(s->config.fusion.choice->name, "concat") == 0;
    s->feature[1] = (struct fray_feature_batch){.n = 0, .time = 1};
    s->row[1] = none;
    struct fray_pass pass = scene_pass(s, true);
    float *grad = random_floats(&s->arena, s->table->total, "to be overwritten");
    pass.grad = grad;
    struct fray_step step;
    OK(fray_model_step(s->model, &s->batch, NULL, &pass, &step, &err));
    assert_true(step.used[0] && step.used[2]);
    assert_int_equal(step.used[1], zeros);
    double sums[M] = {0};
    for (size_t p = 0; p < s->table->n; p++)
      for (size_t i = 0; s->table->v[p].modality >= 0 && i < s->table->v[p].size; i++)
        sums[s->table->v[p].modality] += fabs((double)grad[s->table->v[p].offset + i]);
    assert_true(sums[0] > 0 && sums[2] > 0);
    assert_int_equal(sums[1] > 0, zeros && concat);
    scene_free(s);
  }
}

/* The same stream, the same bytes; any other key, another mask; none outside of training. */
static void test_dropout_stream(void **state) {
  (void)state;
  struct scene *s = scene_new("heads: 2, units: 7, dropout: 0.5");
  const struct fray_pass pass = scene_pass(s, true);
  const size_t size = N * CLASSES * sizeof(float);
  const float *plain = logits_of(s, &s->batch, &pass);
  assert_memory_equal(logits_of(s, &s->batch, &pass), plain, size);
  struct fray_pass other[4] = {pass, pass, pass, pass};
  other[0].seed++, other[1].who++, other[2].when++, other[3].step++;
  for (size_t k = 0; k < 4; k++)
    assert_memory_not_equal(logits_of(s, &s->batch, &other[k]), plain, size);
  struct fray_pass quiet = other[1];
  quiet.train = false;
  const struct fray_pass quieter = scene_pass(s, false);
  assert_memory_equal(logits_of(s, &s->batch, &quiet), logits_of(s, &s->batch, &quieter), size);
  scene_free(s);
}

static void classify(struct scene *s, const uint8_t *present, float *logits) {
  const struct fray_pass pass = scene_pass(s, false);
  struct fray_encoded *encoded;
  OK(fray_model_encode(s->model, &s->batch, &pass, &encoded, &err));
  const size_t before = s->arena.used;
  OK(fray_model_classify(s->model, encoded, present, &pass, logits, &err));
  assert_int_equal(s->arena.used, before);
}

/* Encoding once and masking is the same as never having had the modality. */
static void test_masks(void **state) {
  (void)state;
  static const uint8_t all[N] = {7, 7, 7, 7, 7, 7}, as_is[N] = {7, 6, 5, 0, 5, 7};
  static const uint8_t some[N] = {6, 1, 4, 7, 3, 0};
  for (size_t k = 0; k < FRAY_COUNT(fusions); k++) {
    struct scene *s = scene_new(fusions[k]);
    float given[N * CLASSES], logits[N * CLASSES];
    classify(s, NULL, given);
    classify(s, all, logits);
    assert_memory_equal(logits, given, sizeof given);
    classify(s, as_is, logits);
    assert_memory_equal(logits, given, sizeof given);
    const struct fray_pass pass = scene_pass(s, false);
    assert_close(logits_of(s, &s->batch, &pass), given, N * CLASSES, 1e-6);

    classify(s, some, logits);
    int32_t masked[M][N];
    const int32_t *row[M];
    for (size_t m = 0; m < M; m++) {
      for (size_t i = 0; i < N; i++)
        masked[m][i] = some[i] >> m & 1 ? scene_rows[m][i] : -1;
      row[m] = masked[m];
    }
    struct fray_batch batch = s->batch;
    batch.row = row;
    assert_close(logits_of(s, &batch, &pass), logits, N * CLASSES, 1e-6);
    assert_memory_not_equal(logits, given, sizeof given);
    scene_free(s);
  }
}

/* Nothing there: the answer is W2 relu(b1) + b2 of the head. */
static void test_all_absent(void **state) {
  (void)state;
  for (size_t k = 0; k < 3; k++) {
    struct scene *s = scene_new(fusions[k]);
    float logits[N * CLASSES];
    classify(s, NULL, logits);
    const float *b1 = s->w + fray_param_find(s->table, "head.hidden.bias")->offset;
    const float *w2 = s->w + fray_param_find(s->table, "head.classes.weight")->offset;
    const float *b2 = s->w + fray_param_find(s->table, "head.classes.bias")->offset;
    for (size_t c = 0; c < CLASSES; c++) {
      double expected = (double)b2[c];
      for (size_t u = 0; u < 5; u++)
        expected += (double)w2[c * 5 + u] * fmax(0, (double)b1[u]);
      assert_true(fabs((double)logits[3 * CLASSES + c] - expected) < 1e-6);
    }
    scene_free(s);
  }
}

/* The logits of modality m alone, in double, from its fused part x (6): W2 relu(W1 x + b1) + b,
 * or W2 x + b without hidden layer. */
static void late_by_hand(struct scene *s, size_t m, const float *x, double logits[CLASSES]) {
  static const char *const names[] = {"hidden.weight", "hidden.bias", "classes.weight"};
  const float *v[3];
  for (size_t k = 0; k < 3; k++) {
    const char *name = fray_arena_printf(&s->arena, "%s.head.%s", scene_names[m], names[k]);
    const struct fray_param *p = fray_param_find(s->table, name);
    assert_int_equal(p == NULL, k < 2 && s->config.head == 0);
    v[k] = p ? s->w + p->offset : NULL;
    if (p)
      assert_int_equal(p->modality, m);
  }
  const size_t in = s->config.head ? 5 : 6;
  double h[6];
  for (size_t u = 0; u < in; u++) {
    h[u] = v[1] ? (double)v[1][u] : (double)x[u];
    for (size_t j = 0; v[0] && j < 6; j++)
      h[u] += (double)v[0][u * 6 + j] * (double)x[j];
    h[u] = v[0] ? fmax(0, h[u]) : h[u];
  }
  for (size_t c = 0; c < CLASSES; c++) {
    logits[c] = (double)s->w[fray_param_find(s->table, "head.classes.bias")->offset + c];
    for (size_t u = 0; u < in; u++)
      logits[c] += (double)v[2][c * in + u] * h[u];
  }
}

/* Late fusion: the mean of the logits of the modalities that are there, which are those that each
 * gives alone; the bias of the classes where none is. */
static void check_late(const char *more) {
  struct scene *s = scene_new(more);
  const struct fray_pass pass = scene_pass(s, false);
  struct fray_forward forward;
  float alone[M][N * CLASSES];
  OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
  assert_int_equal(forward.width, M * 6);
  for (size_t m = 0; m < M; m++) {
    uint8_t only[N];
    memset(only, 1 << m, sizeof only);
    classify(s, only, alone[m]);
  }
  for (size_t i = 0; i < N; i++) {
    double sum[CLASSES] = {0}, sum_alone[CLASSES] = {0}, n = 0;
    for (size_t m = 0; m < M; m++) {
      double one[CLASSES];
      late_by_hand(s, m, forward.fused + i * forward.width + m * 6, one);
      for (size_t c = 0; scene_rows[m][i] >= 0 && c < CLASSES; c++) {
        sum[c] += one[c];
        sum_alone[c] += (double)alone[m][i * CLASSES + c];
      }
      n += scene_rows[m][i] >= 0;
    }
    const float *bias = s->w + fray_param_find(s->table, "head.classes.bias")->offset;
    for (size_t c = 0; c < CLASSES; c++) {
      const double given = (double)forward.logits[i * CLASSES + c];
      assert_true(fabs(given - (n > 0 ? sum[c] / n : (double)bias[c])) < 2e-6);
      assert_true(n == 0 || fabs(given - sum_alone[c] / n) < 2e-6);
    }
  }
  scene_free(s);
}

static void test_late(void **state) {
  (void)state;
  check_late("fusion: late");
  check_late("fusion: late, head: 0");
}

/* Compat: an absent input is an input of zeros of full length - for concat, which counts it; for
 * attention, which masks it, absence changes no number. */
static void test_zeros(void **state) {
  (void)state;
  static const size_t sizes[M] = {TIME * CHANNELS, PIXELS, VALUES};
  struct scene *s = scene_new("fusion: concat, dropout: 0, encode_absent_as_zeros: true");
  struct fray_feature_batch feature[M];
  int32_t length[N], identity[N];
  const int32_t *row[M] = {identity, identity, identity};
  for (size_t m = 0; m < M; m++) {
    float *x = fray_arena_zero(&s->arena, N * sizes[m], sizeof *x);
    for (size_t i = 0; i < N; i++)
      if (scene_rows[m][i] >= 0)
        memcpy(x + i * sizes[m], s->feature[m].x + (size_t)scene_rows[m][i] * sizes[m],
               sizes[m] * sizeof *x);
    feature[m] = s->feature[m];
    feature[m].n = N;
    feature[m].x = x;
  }
  for (size_t i = 0; i < N; i++) {
    identity[i] = (int32_t)i;
    length[i] = scene_rows[0][i] >= 0 ? scene_lengths[scene_rows[0][i]] : TIME;
  }
  feature[0].length = length;
  const struct fray_batch explicit = {
      .n = N, .feature = feature, .row = row, .label = scene_labels};
  for (int train = 0; train < 2; train++) {
    const struct fray_pass pass = scene_pass(s, train);
    assert_memory_equal(logits_of(s, &s->batch, &pass), logits_of(s, &explicit, &pass),
                        N * CLASSES * sizeof(float));
  }
  float logits[N * CLASSES];
  const struct fray_pass pass = scene_pass(s, false);
  classify(s, NULL, logits);
  assert_close(logits, logits_of(s, &explicit, &pass), N * CLASSES, 1e-6);
  scene_free(s);

  struct scene *plain = scene_new("dropout: 0");
  struct scene *compat = scene_new("dropout: 0, encode_absent_as_zeros: true");
  const struct fray_pass one = scene_pass(plain, false), two = scene_pass(compat, false);
  assert_memory_equal(logits_of(plain, &plain->batch, &one),
                      logits_of(compat, &compat->batch, &two), N * CLASSES * sizeof(float));
  scene_free(plain);
  scene_free(compat);
}

static void test_non_finite(void **state) {
  (void)state;
  struct scene *s = scene_new("heads: 2, units: 7");
  s->w[fray_param_find(s->table, "head.classes.bias")->offset] = NAN;
  struct fray_pass pass = scene_pass(s, true);
  pass.grad = fray_arena_alloc(&s->arena, s->table->total, sizeof *pass.grad);
  struct fray_step step;
  OK(fray_model_step(s->model, &s->batch, NULL, &pass, &step, &err));
  assert_true(!isfinite(step.loss));
  scene_free(s);
}

static void refused(const char *yaml, const char *expected) {
  struct fray_arena arena = {0};
  struct fray_model_config config;
  read_config(yaml, &arena, &config);
  struct fray_model *model = NULL;
  struct fray_err err = {0};
  assert_int_equal(
      fray_model_new(&config,
                     &(struct fray_model_data){M, CLASSES, scene_names, scene_shapes, NULL}, &model,
                     &err),
      FRAY_INPUT);
  assert_null(model);
  if (!strstr(err.text, expected))
    fail_msg("\"%s\" does not contain \"%s\"", err.text, expected);
  fray_arena_free(&arena);
}

static void test_bad_input(void **state) {
  (void)state;
  refused("{encoders: {acc: {kind: cnn}}}",
          "model.encoders.acc: encoder cnn does not accept sequences");
  refused("{encoders: {acc: {kind: cnn}}}", "it accepts images");
  refused("{encoders: {acc: {kind: mlp}}}", "it accepts images, vectors");
  refused("{encoders: {vec: {kind: identity}}}",
          "the 4 values of a sample, but model.hidden is 128");
  refused("{encoders: {accc: {kind: conv_gru}}}",
          "accc: no such modality; there are 'acc', 'img', 'vec' (did you mean 'acc'?)");
}

static void test_too_many(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_model_config config;
  read_config("{}", &arena, &config);
  const char *names[9] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
  struct fray_feature_shape shapes[9];
  for (size_t m = 0; m < 9; m++)
    shapes[m] = scene_shapes[2];
  struct fray_model *model = NULL;
  struct fray_err refusal = {0};
  assert_int_equal(fray_model_new(&config, &(struct fray_model_data){9, 2, names, shapes, NULL},
                                  &model, &refusal),
                   FRAY_INPUT);
  OK(fray_model_new(&config, &(struct fray_model_data){8, 2, names, shapes, NULL}, &model, &err));
  fray_model_free(model);
  assert_int_equal(fray_model_new(&config, &(struct fray_model_data){1, 1, names, shapes, NULL},
                                  &model, &refusal),
                   FRAY_INPUT);
  fray_arena_free(&arena);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_uci_har_parameters),
      cmocka_unit_test(test_no_hidden_layer),
      cmocka_unit_test(test_logistic_regression),
      cmocka_unit_test(test_permutation),
      cmocka_unit_test(test_alone),
      cmocka_unit_test(test_absent_modality),
      cmocka_unit_test(test_dropout_stream),
      cmocka_unit_test(test_masks),
      cmocka_unit_test(test_all_absent),
      cmocka_unit_test(test_late),
      cmocka_unit_test(test_zeros),
      cmocka_unit_test(test_non_finite),
      cmocka_unit_test(test_bad_input),
      cmocka_unit_test(test_too_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

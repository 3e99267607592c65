/* The losses of training against values worked by hand, their limits and central differences. */
#include "fusion/central_difference.h"

#include "fray/nn/loss.h"
#include "fray/nn/optimiser.h"

#include <string.h>

enum { N = 4, CLASSES = 5, SIZE = N * CLASSES };

static struct fray_arena arena;
static const int32_t label[N] = {2, 0, 4, 4};
static const float some_logits[SIZE] = {0.3f,  -1.2f, 0.8f, 2.1f,  -0.4f, 1.7f, 0.2f,
                                        -0.9f, 0.1f,  1.1f, -2.3f, 0.6f,  1.4f, -0.7f,
                                        -1.9f, 0.5f,  0.5f, -0.2f, 0.9f,  3.2f};

static struct fray_variant loss_of(const char *yaml) {
  struct fray_local_config local;
  struct fray_node *node;
  assert_int_equal(fray_yaml_parse(yaml, "t.yaml", &arena, &node, NULL), FRAY_OK);
  assert_int_equal(fray_schema_read(&fray_local_table, node, "", &local, &arena, NULL), FRAY_OK);
  return local.loss;
}

static double of_labels(const struct fray_variant *loss, size_t n, size_t classes,
                        const float *logits, const int32_t *given, float *dlogits) {
  const struct fray_objective chosen = {loss, NULL};
  return fray_loss(&chosen, &(struct fray_truth){n, classes, given, NULL}, logits, dlogits);
}

static double of_sets(const struct fray_variant *loss, size_t n, size_t classes,
                      const float *logits, const uint8_t *given, const double *positive_weight,
                      float *dlogits) {
  const struct fray_objective chosen = {loss, positive_weight};
  return fray_loss(&chosen, &(struct fray_truth){n, classes, NULL, given}, logits, dlogits);
}

static void near(double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance))
    fail_msg("%.15g, not %.15g", got, want);
}

/* One sample whose probabilities are exactly known: logits log 1, log 2, log 5 make 1/8, 2/8, 5/8.
 * The label is class 1, p = 1/4. */
static double worked(const char *yaml, float d[3]) {
  const float logits[] = {0, (float)log(2), (float)log(5)};
  const struct fray_variant loss = loss_of(yaml);
  return of_labels(&loss, 1, 3, logits, &(int32_t){1}, d);
}

static void slope_is(const float d[3], double x, double y, double z) {
  near((double)d[0], x, 1e-7);
  near((double)d[1], y, 1e-7);
  near((double)d[2], z, 1e-7);
}

static void test_by_hand(void **state) {
  (void)state;
  float d[3];
  near(worked("loss: cross_entropy", d), log(4), 1e-7);
  slope_is(d, 0.125, -0.75, 0.625);
  /* Target (0.1, 0.8, 0.1): -0.1 log 1/8 - 0.8 log 1/4 - 0.1 log 5/8. */
  near(worked("{loss: label_smoothing, epsilon: 0.3}", d),
       0.1 * log(8) + 0.8 * log(4) + 0.1 * log(1.6), 1e-7);
  slope_is(d, 0.025, -0.55, 0.525);
  /* (1 - sqrt(1/4)) / 0.5 = 1; the slope is sqrt(1/4) times that of cross-entropy. */
  near(worked("{loss: gce, q: 0.5}", d), 1, 1e-7);
  slope_is(d, 0.0625, -0.375, 0.3125);
  /* 0.1 log 4 + 4 (1/8 + 5/8); d of the second: 4 p (p_j - target_j), p = 1/4. */
  near(worked("loss: symmetric", d), 0.1 * log(4) + 3, 1e-7);
  slope_is(d, 1.1 * 0.125, 1.1 * -0.75, 1.1 * 0.625);
  near(worked("{loss: symmetric, a: 2, b: 0.5, log_zero: -6}", d), 2 * log(4) + 2.25, 1e-7);
  slope_is(d, 2.75 * 0.125, 2.75 * -0.75, 2.75 * 0.625);
}

/* The loss of a setting is `factor` times that of cross-entropy, in value and gradient. */
static void same_as_cross_entropy(const char *yaml, double factor, double tolerance) {
  const struct fray_variant loss = loss_of(yaml);
  float got[SIZE], want[SIZE];
  const double plain = of_labels(NULL, N, CLASSES, some_logits, label, want);
  near(of_labels(&loss, N, CLASSES, some_logits, label, got), factor * plain, tolerance);
  for (size_t i = 0; i < SIZE; i++)
    near((double)got[i], factor * (double)want[i], tolerance);
}

static void test_limits(void **state) {
  (void)state;
  same_as_cross_entropy("loss: cross_entropy", 1, 0);
  same_as_cross_entropy("{loss: label_smoothing, epsilon: 0}", 1, 1e-12);
  same_as_cross_entropy("{loss: symmetric, a: 0.3, b: 0}", 0.3, 1e-7);
  same_as_cross_entropy("{loss: gce, q: 1e-9}", 1, 1e-7);
}

/* q = 1: half of sum_j |p_j - target_j|, with probabilities found here. */
static void test_absolute_error(void **state) {
  (void)state;
  const struct fray_variant loss = loss_of("{loss: gce, q: 1}");
  float d[SIZE];
  double want = 0;
  for (size_t i = 0; i < N; i++) {
    double sum = 0;
    for (size_t j = 0; j < CLASSES; j++)
      sum += exp((double)some_logits[i * CLASSES + j]);
    for (size_t j = 0; j < CLASSES; j++)
      want += fabs(exp((double)some_logits[i * CLASSES + j]) / sum - (j == (size_t)label[i])) / 2;
  }
  near(of_labels(&loss, N, CLASSES, some_logits, label, d), want / N, 1e-12);
}

struct objective {
  struct fray_variant loss;
  float x[SIZE];
};

static double value(void *context) {
  const struct objective *o = context;
  float unused[SIZE];
  return of_labels(&o->loss, N, CLASSES, o->x, label, unused);
}

/* Every loss of one label needs a line here. */
static const char *const settings[] = {"loss: cross_entropy",
                                       "loss: label_smoothing",
                                       "{loss: label_smoothing, epsilon: 1}",
                                       "loss: gce",
                                       "{loss: gce, q: 0.01}",
                                       "{loss: gce, q: 1}",
                                       "{loss: gce, truncate: 0.01}",
                                       "loss: symmetric",
                                       "{loss: symmetric, a: 0, b: 2, log_zero: -7}"};
enum { SETTINGS = sizeof settings / sizeof *settings };

static void test_gradients(void **state) {
  (void)state;
  for (size_t k = 0; k < SETTINGS; k++) {
    struct objective o = {.loss = loss_of(settings[k])};
    memcpy(o.x, some_logits, sizeof o.x);
    float d[SIZE];
    of_labels(&o.loss, N, CLASSES, o.x, label, d);
    check_gradient(value, &o, o.x, SIZE, d, 1, 1e-3, settings[k]);
  }
}

/* ---- sets of classes ---- */

enum { SETS = 2, KINDS = 3 };
static const float set_logits[SETS * KINDS] = {0.5f, -1.25f, 2, -3, 0.75f, 0};
static const uint8_t set_labels[SETS * KINDS] = {1, 0, 1, 0, 1, 1};
static const double set_weight[KINDS] = {2, 0.5, 3};

/* In numpy: s = 1 / (1 + exp(-z)); l = -(w * y * log(s) + (1 - y) * log(1 - s)); l.mean() and
 * ((1 - y) * s - w * y * (1 - s)) / 6. The third value of class 1 by hand: z = 0 is log 2, weighed
 * by 3; its slope -3 / 2 / 6 = -1/4. */
static void test_sets_by_hand(void **state) {
  (void)state;
  static const double plain[] = {-0.0629234447996909, 0.03711668980421814,  -0.01986715367035291,
                                 0.00790431219626113, -0.05347021680410117, -0.08333333333333333};
  static const double weighed[] = {-0.1258468895993818, 0.03711668980421814,   -0.05960146101105873,
                                   0.00790431219626113, -0.026735108402050584, -0.25};
  float d[SETS * KINDS];
  const struct fray_variant loss = loss_of("loss: bce");
  near(of_sets(&loss, SETS, KINDS, set_logits, set_labels, NULL, d), 0.33025660246950655, 1e-15);
  for (size_t i = 0; i < SETS * KINDS; i++)
    near((double)d[i], plain[i], 1e-8);
  near(of_sets(NULL, SETS, KINDS, set_logits, set_labels, set_weight, d), 0.6503885798575885,
       1e-15);
  for (size_t i = 0; i < SETS * KINDS; i++)
    near((double)d[i], weighed[i], 1e-8);
  near(of_sets(&loss, 0, KINDS, set_logits, set_labels, NULL, d), 0, 0);
  double nll[SETS];
  uint64_t said[SETS];
  fray_classify_sets(SETS, KINDS, set_logits, set_labels, nll, said);
  near(nll[0], 0.2843113588561506, 1e-15);
  near(nll[1], 0.37620184608286245, 1e-15);
  assert_true(said[0] == 5 && said[1] == 2); /* a logit of 0 is not said */
  const uint8_t unlabelled[KINDS] = {255, 255, 255};
  fray_classify_sets(1, KINDS, set_logits, unlabelled, nll, said);
  assert_true(isnan(nll[0]) && said[0] == 5);
}

/* The logarithm of what is said of a class is its loss with the other sign; a softmax sums to 1. */
static void test_probabilities(void **state) {
  (void)state;
  const float logits[] = {1, 2, -3, 0, NAN, 1, INFINITY, 0, 1, 300, -300, -INFINITY};
  const int32_t truth[] = {1, 0, 1, 0};
  float p[12], in_place[12];
  double nll[4];
  fray_probabilities(4, 3, logits, false, p);
  fray_classify(4, 3, logits, truth, nll, NULL);
  near((double)p[1], exp(-nll[0]), 6e-8);
  near((double)p[0] + (double)p[1] + (double)p[2], 1, 2e-7);
  for (size_t i = 3; i < 9; i++) /* one NaN, or one infinite logit: nothing is known of the row */
    assert_true(isnan(p[i]));
  assert_true(p[9] == 1 && p[10] == 0 && p[11] == 0);
  memcpy(in_place, logits, sizeof logits);
  fray_probabilities(4, 3, in_place, false, in_place);
  assert_memory_equal(p, in_place, sizeof p);
  fray_probabilities(4, 3, logits, true, p);
  near((double)p[0], 1 / (1 + exp(-1)), 6e-8);
  near((double)p[2], exp(-3) / (1 + exp(-3)), 6e-9);
  assert_true(p[3] == 0.5f && isnan(p[4]) && p[9] == 1 && p[10] < 1e-45f);
  assert_true(isnan(p[6]) && isnan(p[11]) && !isnan(p[7]));
}

struct set_objective {
  struct fray_variant loss;
  float x[SETS * KINDS];
};

static double set_value(void *context) {
  const struct set_objective *o = context;
  float unused[SETS * KINDS];
  return of_sets(&o->loss, SETS, KINDS, o->x, set_labels, set_weight, unused);
}

/* Every loss of sets needs a line here. */
static const char *const set_settings[] = {"loss: bce"};
enum { SET_SETTINGS = sizeof set_settings / sizeof *set_settings };

static void test_set_gradients(void **state) {
  (void)state;
  for (size_t k = 0; k < SET_SETTINGS; k++) {
    struct set_objective o = {.loss = loss_of(set_settings[k])};
    float d[SETS * KINDS];
    memcpy(o.x, set_logits, sizeof o.x);
    of_sets(&o.loss, SETS, KINDS, o.x, set_labels, set_weight, d);
    check_gradient(set_value, &o, o.x, SETS * KINDS, d, 1, 1e-3, set_settings[k]);
  }
}

/* The default of the data is of the right kind, and every loss has its line above. */
static void test_list(void **state) {
  (void)state;
  assert_string_equal(fray_loss_default(FRAY_LOSS_OF_LABELS)->name, "cross_entropy");
  assert_string_equal(fray_loss_default(FRAY_LOSS_OF_SETS)->name, "bce");
  assert_string_equal(fray_loss_default(FRAY_LOSS_OF_SEQUENCES)->name, "ctc");
  for (size_t k = 0; k < fray_losses.n; k++) {
    /* Those of sequences have a program of their own. */
    bool found = fray_loss_of(fray_losses.v[k]) == FRAY_LOSS_OF_SEQUENCES;
    for (size_t i = 0; i < SETTINGS; i++)
      found |= loss_of(settings[i]).choice == fray_losses.v[k];
    for (size_t i = 0; i < SET_SETTINGS; i++)
      found |= loss_of(set_settings[i]).choice == fray_losses.v[k];
    if (!found)
      fail_msg("loss %s has no line of settings", fray_losses.v[k]->name);
  }
}

/* Far logits: |z| on the wrong side and 0 on the right one, to the last digit; never an overflow.
 * What is not finite shows, also where the infinite logit is right. */
static void test_far_sets(void **state) {
  (void)state;
  const float far[] = {1000, -1000, 1000, -1000}, bad[] = {NAN, INFINITY, -INFINITY};
  const uint8_t truth[] = {1, 0, 0, 1};
  float d[4];
  near(of_sets(NULL, 1, 2, far, truth, NULL, d), 0, 0);
  assert_true(d[0] == 0 && d[1] == 0);
  near(of_sets(NULL, 1, 2, far + 2, truth + 2, NULL, d), 1000, 0);
  near((double)d[0], 0.5, 0);
  near((double)d[1], -0.5, 0);
  for (size_t i = 0; i < 3; i++)
    for (uint8_t y = 0; y < 2; y++)
      assert_true(!isfinite(of_sets(NULL, 1, 1, &bad[i], &y, NULL, d)));
}

static enum fray_status weights_of(const char *yaml, double out[3], struct fray_err *e) {
  const struct fray_variant loss = loss_of(yaml);
  const struct fray_loss_ops *ops = loss.choice->impl;
  return ops->positive_weights(loss.params, 3, 10, (int64_t[]){4, 0, 10}, out, e);
}

/* Negatives over positives: 6 / 4; a class that none or all have weighs 1. */
static void test_positive_weights(void **state) {
  (void)state;
  double w[3];
  struct fray_err e = {0};
  assert_int_equal(weights_of("loss: bce", w, &e), FRAY_OK);
  assert_true(w[0] == 1 && w[1] == 1 && w[2] == 1);
  assert_int_equal(weights_of("{loss: bce, positive_weights: none}", w, &e), FRAY_OK);
  assert_true(w[0] == 1 && w[1] == 1 && w[2] == 1);
  assert_int_equal(weights_of("{loss: bce, positive_weights: balanced}", w, &e), FRAY_OK);
  assert_true(w[0] == 1.5 && w[1] == 1 && w[2] == 1);
  assert_int_equal(weights_of("{loss: bce, positive_weights: [2, 0.5, 3]}", w, &e), FRAY_OK);
  assert_true(w[0] == 2 && w[1] == 0.5 && w[2] == 3);
  assert_int_equal(weights_of("{loss: bce, positive_weights: [2, 0.5]}", w, &e), FRAY_INPUT);
  assert_non_null(strstr(e.text, "2 numbers, but the data has 3 classes"));
}

/* A label that the model holds for impossible: the robust losses stay bounded, none makes a NaN
 * out of finite logits; and a NaN or infinite logit shows in every one. */
static void test_extremes(void **state) {
  (void)state;
  const float far[] = {800, -800}, bad[2][2] = {{1, NAN}, {INFINITY, 0}};
  for (size_t k = 0; k < fray_losses.n; k++) {
    const char *name = fray_losses.v[k]->name;
    if (fray_loss_of(fray_losses.v[k]) != FRAY_LOSS_OF_LABELS)
      continue;
    const struct fray_variant loss = loss_of(fray_arena_printf(&arena, "loss: %s", name));
    float d[2];
    const double wrong = of_labels(&loss, 1, 2, far, &(int32_t){1}, d);
    assert_true(isfinite(wrong) && isfinite(d[0]) && isfinite(d[1]));
    if (strcmp(name, "gce") == 0)
      near(wrong, 1 / 0.7, 1e-12);
    if (strcmp(name, "symmetric") == 0)
      near(wrong, 160 + 4, 1e-9);
    for (size_t i = 0; i < 2; i++)
      assert_true(!isfinite(of_labels(&loss, 1, 2, bad[i], &(int32_t){0}, d)));
  }
}

struct weighed {
  struct fray_variant loss;
  const double *weight;
  float x[SIZE];
};

static double weighed_value(void *context) {
  const struct weighed *o = context;
  const struct fray_objective chosen = {&o->loss, o->weight};
  float unused[SIZE];
  return fray_loss(&chosen, &(struct fray_truth){N, CLASSES, label, NULL}, o->x, unused);
}

/* Every loss with weights: its gradient by differences; and both are those of the samples alone,
 * each times the weight of its class, in the mean over the samples. Weights of 1 change no bit. */
static void test_class_weights_in_losses(void **state) {
  (void)state;
  double weight[CLASSES], ones[CLASSES];
  for (size_t c = 0; c < CLASSES; c++) {
    weight[c] = 0.25 + 1.5 * (double)c;
    ones[c] = 1;
  }
  for (size_t k = 0; k < SETTINGS; k++) {
    struct weighed o = {.loss = loss_of(settings[k]), .weight = weight};
    memcpy(o.x, some_logits, sizeof o.x);
    float d[SIZE], plain[SIZE], one[CLASSES];
    double sum = 0;
    fray_loss(&(struct fray_objective){&o.loss, weight},
              &(struct fray_truth){N, CLASSES, label, NULL}, o.x, d);
    check_gradient(weighed_value, &o, o.x, SIZE, d, 1, 1e-3, settings[k]);
    for (size_t i = 0; i < N; i++) {
      sum += weight[label[i]] * of_labels(&o.loss, 1, CLASSES, o.x + i * CLASSES, label + i, one);
      for (size_t j = 0; j < CLASSES; j++)
        near((double)d[i * CLASSES + j], weight[label[i]] * (double)one[j] / N, 1e-6);
    }
    near(weighed_value(&o), sum / N, 1e-12);
    const double value_plain = of_labels(&o.loss, N, CLASSES, o.x, label, plain);
    o.weight = ones;
    assert_true(weighed_value(&o) == value_plain);
    fray_loss(&(struct fray_objective){&o.loss, ones},
              &(struct fray_truth){N, CLASSES, label, NULL}, o.x, d);
    assert_memory_equal(d, plain, sizeof d);
  }
}

static enum fray_status class_weights_of(const char *yaml, double out[4], struct fray_err *e) {
  static const char *const names[] = {"walk", "run", "rest", "fall"};
  struct fray_node *node;
  assert_int_equal(fray_yaml_parse(yaml, "t.yaml", &arena, &node, NULL), FRAY_OK);
  return fray_class_weights(fray_node_get(node, "w"), 4, names, (int64_t[]){6, 3, 0, 1}, out, e);
}

/* Ten samples in three classes: 10 / (3 n). In sum all samples weigh as without. */
static void test_class_weights(void **state) {
  (void)state;
  double w[4];
  struct fray_err e = {0};
  static const char *const plain[] = {"{}", "w: none", "w:"};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(class_weights_of(plain[i], w, &e), FRAY_OK);
    assert_true(w[0] == 1 && w[1] == 1 && w[2] == 1 && w[3] == 1);
  }
  assert_int_equal(class_weights_of("w: balanced", w, &e), FRAY_OK);
  assert_true(w[0] == 10.0 / 18 && w[1] == 10.0 / 9 && w[2] == 1 && w[3] == 10.0 / 3);
  near(6 * w[0] + 3 * w[1] + w[3], 10, 1e-14);
  assert_int_equal(class_weights_of("w: {fall: 7.5, walk: 0.5}", w, &e), FRAY_OK);
  assert_true(w[0] == 0.5 && w[1] == 1 && w[2] == 1 && w[3] == 7.5);
  assert_int_equal(class_weights_of("w: {fell: 2}", w, &e), FRAY_INPUT);
  assert_non_null(strstr(e.text, "no class 'fell'"));
  assert_non_null(strstr(e.text, "fall"));
}

static void test_class_weights_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"even",        "[1, 2]",        "{}",
                                    "{walk: 0}",   "{walk: -1}",    "{walk: .nan}",
                                    "{walk: 1e7}", "{walk: heavy}", "{walk: [1]}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fray_local_config local;
    struct fray_node *node;
    struct fray_err e = {0};
    const char *yaml = fray_arena_printf(&arena, "class_weights: %s", bad[i]);
    assert_int_equal(fray_yaml_parse(yaml, "t.yaml", &arena, &node, NULL), FRAY_OK);
    assert_int_equal(
        fray_schema_read(&fray_local_table, node, "training.local", &local, &arena, &e),
        FRAY_INPUT);
    assert_non_null(strstr(e.text, "class_weights"));
  }
}

static int teardown(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_by_hand),        cmocka_unit_test(test_limits),
      cmocka_unit_test(test_absolute_error), cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_extremes),       cmocka_unit_test(test_sets_by_hand),
      cmocka_unit_test(test_set_gradients),  cmocka_unit_test(test_list),
      cmocka_unit_test(test_far_sets),       cmocka_unit_test(test_positive_weights),
      cmocka_unit_test(test_probabilities),  cmocka_unit_test(test_class_weights_in_losses),
      cmocka_unit_test(test_class_weights),  cmocka_unit_test(test_class_weights_refused),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}

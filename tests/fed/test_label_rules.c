/* Losses against wrong labels, and the rules that choose samples, against numbers made apart from
 * fray in float64: tests/fixtures/fed_labels.h5. */
#include "fray/base/size.h"
#include "fray/fed/sample_choice.h"
#include "fray/h5/h5.h"
#include "fray/nn/optimiser.h"
#include "ok.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 64 }; /* values of a data set of the fixture */

static fray_h5 file;
static struct fray_arena arena;

static size_t numbers(const char *path, enum fray_h5_type type, void *out) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK], n = 1;
  OK(fray_h5_shape(file, path, &rank, dims, &is_text, &err));
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  assert_true(n <= MOST);
  OK(fray_h5_read(file, path, type, out, n, &err));
  return n;
}

static size_t reals(const char *path, double *out) {
  return numbers(path, FRAY_H5_F64, out);
}

static size_t floats(const char *path, float *out) {
  double x[MOST];
  const size_t n = reals(path, x);
  for (size_t i = 0; i < n; i++)
    out[i] = (float)x[i];
  return n;
}

static size_t labels(const char *path, int32_t *out) {
  int64_t x[MOST];
  const size_t n = numbers(path, FRAY_H5_I64, x);
  for (size_t i = 0; i < n; i++)
    out[i] = (int32_t)x[i];
  return n;
}

static double attribute(const char *path, const char *name) {
  double x;
  OK(fray_h5_attr_real(file, path, name, &x, &err));
  return x;
}

/* Logits are rounded to float, which moves a loss by some 1e-7 of it. */
static void near(double got, double want) {
  if (!(fabs(got - want) <= 1e-6 * (1 + fabs(want))))
    fail_msg("%.12g, not %.12g", got, want);
}

static struct fray_variant loss_of(const char *yaml) {
  struct fray_local_config local;
  struct fray_node *node;
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_local_table, node, "", &local, &arena, &err));
  return local.loss;
}

/* Mean over the seven samples of the fixture; the gradient goes to d. */
static double mean_of(const char *yaml, float *d) {
  float logits[MOST];
  int32_t y[MOST];
  const struct fray_variant loss = loss_of(yaml);
  const struct fray_objective objective = {&loss, NULL};
  floats("losses/logits", logits);
  const size_t n = labels("losses/y", y);
  return fray_loss(&objective, &(struct fray_truth){n, 4, y, NULL}, logits, d);
}

static void losses_are_those_of_the_fixture(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *group;
  } each[] = {{"loss: cross_entropy", "cross_entropy"},
              {"{loss: label_smoothing, epsilon: 0.1}", "label_smoothing"},
              {"{loss: gce, q: 0.001}", "gce_0.001"},
              {"loss: gce", "gce_0.7"},
              {"{loss: gce, q: 1}", "gce_1"},
              {"loss: symmetric", "sce"}};
  for (size_t k = 0; k < FRAY_COUNT(each); k++) {
    char path[80];
    double value[MOST], grad[MOST], mean = 0;
    float d[MOST];
    snprintf(path, sizeof path, "losses/%s/value", each[k].group);
    const size_t n = reals(path, value);
    snprintf(path, sizeof path, "losses/%s/grad_of_mean", each[k].group);
    const size_t size = reals(path, grad);
    for (size_t i = 0; i < n; i++)
      mean += value[i] / (double)n;
    near(mean_of(each[k].yaml, d), mean);
    for (size_t i = 0; i < size; i++)
      near((double)d[i], grad[i]);
  }
}

/* The published code clamps the target's zeros at 1e-4, which is another loss. */
static void symmetric_has_both_numbers(void **state) {
  (void)state;
  float d[MOST];
  near(mean_of("{loss: symmetric, log_zero: -9.210340371976182}", d),
       attribute("losses/sce", "value_of_public_code_mean"));
}

/* All seven samples are less probable than a half, so each has the loss of p = 1/2 and no slope;
 * with weights of 1 the truncated form is the plain loss less that. */
static void gce_is_truncated(void **state) {
  (void)state;
  float d[MOST];
  const double plain = mean_of("loss: gce", d);
  const double least = mean_of("{loss: gce, truncate: 0.5}", d);
  near(least, (1 - pow(0.5, 0.7)) / 0.7);
  near(plain - least, attribute("losses/gce_0.7", "truncated_k_0.5_all_weights_1"));
  for (size_t i = 0; i < 28; i++)
    assert_true(d[i] == 0);
  /* Below all of them it changes no byte. */
  float e[MOST];
  mean_of("loss: gce", d);
  mean_of("{loss: gce, truncate: 0.001}", e);
  assert_memory_equal(d, e, 28 * sizeof *d);
}

/* ---- co-teaching ---- */

static void the_ramp_is_that_of_the_paper(void **state) {
  (void)state;
  double keep[MOST];
  for (int k = 0; k < 2; k++) {
    const double tau = k ? 0.45 : 0.2;
    const size_t n =
        reals(k ? "coteaching/keep_paper_tau0.45" : "coteaching/keep_paper_tau0.2", keep);
    for (size_t i = 0; i < n; i++)
      near(1 - fray_left_out((int64_t)i + 1, tau, 10), keep[i]);
  }
}

static void the_ramp_of_the_code_is_another(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    char path[80];
    double forget[MOST];
    const double tau = k / 2 ? 0.45 : 0.2;
    snprintf(path, sizeof path, "coteaching/forget_code_tau%s_c%d", k / 2 ? "0.45" : "0.2",
             1 + k % 2);
    const size_t n = reals(path, forget);
    for (size_t i = 0; i < n; i++)
      near(fray_left_out_by_authors((int64_t)i + 1, tau, 10, 1 + k % 2), forget[i]);
  }
}

/* Each network's loss is that over what the other finds easy. */
static void networks_choose_for_each_other(void **state) {
  (void)state;
  float logits[2][MOST];
  int32_t y[MOST];
  uint8_t kept[2][MOST];
  double nll[2][MOST];
  uint32_t scratch[MOST];
  const size_t n = labels("coteaching/y", y);
  const size_t keep = fray_stay(n, attribute("coteaching", "forget_rate"));
  assert_int_equal(keep, (size_t)attribute("coteaching", "remember"));
  for (int k = 0; k < 2; k++) {
    int32_t small[MOST];
    floats(k ? "coteaching/logits2" : "coteaching/logits1", logits[k]);
    fray_classify(n, 4, logits[k], y, nll[k], NULL);
    fray_keep_smallest(n, nll[k], keep, scratch, kept[k]);
    assert_int_equal(labels(k ? "coteaching/small_loss_2" : "coteaching/small_loss_1", small),
                     keep);
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += kept[k][i];
    assert_int_equal(sum, keep);
    for (size_t i = 0; i < keep; i++)
      assert_int_equal(kept[k][small[i]], 1);
  }
  for (int k = 0; k < 2; k++) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += kept[!k][i] ? nll[k][i] : 0;
    near(sum / (double)keep, attribute("coteaching", k ? "loss2" : "loss1"));
  }
}

/* The first on ties, NaN last, and never nobody. */
static void small_losses_are_well_defined(void **state) {
  (void)state;
  const double nll[] = {2, NAN, 1, 1, NAN, 1};
  uint32_t scratch[6];
  uint8_t kept[6];
  fray_keep_smallest(6, nll, 2, scratch, kept);
  assert_memory_equal(kept, ((const uint8_t[]){0, 0, 1, 1, 0, 0}), 6);
  fray_keep_smallest(6, nll, 5, scratch, kept);
  assert_memory_equal(kept, ((const uint8_t[]){1, 1, 1, 1, 0, 1}), 6);
  assert_int_equal(fray_stay(1, 0.9), 1);
  assert_int_equal(fray_stay(0, 0.9), 0);
  assert_int_equal(fray_stay(7, 0), 7);
}

/* ---- labels that a model gives ---- */

static void labels_are_given_where_the_model_is_sure(void **state) {
  (void)state;
  float p[MOST], student[MOST], mixed[MOST], d[MOST], scratch[MOST];
  int32_t label[MOST], want[MOST], mask[MOST], partner[MOST], a[MOST], b[MOST];
  uint8_t sure[MOST];
  const size_t n = floats("pseudo_labels/teacher", p) / 4;
  labels("pseudo_labels/label", want);
  labels("pseudo_labels/mask", mask);
  labels("pseudo_labels/mix_partner", partner);
  floats("pseudo_labels/student_logits", student);
  floats("pseudo_labels/mix_logits", mixed);
  const size_t count = fray_sure(n, 4, p, 0.95, label, sure);
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(label[i], want[i]);
    assert_int_equal(sure[i], mask[i]);
    if (!sure[i])
      continue;
    a[k] = label[i];
    b[k] = label[partner[i]]; /* which the model need not be sure of */
    memmove(student + k * 4, student + i * 4, 4 * sizeof *student);
    memmove(mixed + k * 4, mixed + i * 4, 4 * sizeof *mixed);
    k++;
  }
  assert_int_equal(k, count);
  const double fix = fray_loss(NULL, &(struct fray_truth){k, 4, a, NULL}, student, d);
  const double share = attribute("pseudo_labels", "mix_lambda");
  const double mix = fray_mixed_loss(NULL, k, 4, mixed, a, b, share, d, scratch);
  near(fix, attribute("pseudo_labels", "loss_semifl_fix"));
  near(mix, attribute("pseudo_labels", "loss_semifl_mix"));
}

int main(void) {
  struct fray_err err = {0};
  if (fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_labels.h5", &file, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(losses_are_those_of_the_fixture),
      cmocka_unit_test(symmetric_has_both_numbers),
      cmocka_unit_test(gce_is_truncated),
      cmocka_unit_test(the_ramp_is_that_of_the_paper),
      cmocka_unit_test(the_ramp_of_the_code_is_another),
      cmocka_unit_test(networks_choose_for_each_other),
      cmocka_unit_test(small_losses_are_well_defined),
      cmocka_unit_test(labels_are_given_where_the_model_is_sure),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_arena_free(&arena);
  fray_h5_close(file, NULL);
  return failed;
}

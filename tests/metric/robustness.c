/* Curves, corruption errors, effective robustness and interaction, worked by hand. */
#include "fray/metric/robustness.h"
#include "../ok.h"
#include "fray/base/size.h"
#include "membership.h"
#include "uncertainty_golden.h"

#include <math.h>
#include <string.h>

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))
#define assert_empty(value, why)                                                                   \
  do {                                                                                             \
    status = NULL;                                                                                 \
    assert_true(isnan(value));                                                                     \
    assert_string_equal(status, why);                                                              \
  } while (0)

static struct fray_curve curve_of(size_t n, const double *s, const double *m, double chance) {
  return (struct fray_curve){.n = n, .s = s, .m = m, .chance = chance};
}

/* s   0   .1  .3   .5        m - c = .8 .6 .4 .2, so r = 1 .75 .5 .25
 * area (1+.75)/2*.1 + (.75+.5)/2*.2 + (.5+.25)/2*.2 = .0875 + .125 + .075 = .2875; / .5 = .575
 * half is reached at .3; slope (.7-.9)/.1 = -2. */
static void curve_by_hand(void **state) {
  (void)state;
  const double s[] = {0, 0.1, 0.3, 0.5}, m[] = {0.9, 0.7, 0.5, 0.3};
  struct fray_curve curve = curve_of(4, s, m, 0.1);
  const char *status;
  assert_near(fray_rauc(&curve, true, &status), 0.575, 1e-15);
  assert_string_equal(status, "ok");
  assert_near(fray_s50(&curve, true, &status), 0.3, 1e-15);
  assert_near(fray_slope(&curve, &status), -2, 1e-14);
  assert_near(fray_retention(&curve, 0, true, &status), 1, 0);
  assert_near(fray_retention(&curve, 3, true, &status), 0.25, 1e-15);
  assert_string_equal(status, "ok");
}

/* The same curve as an error: 1 - m against 1 - c. Every relative measure stays, the slope turns.
 */
static void less_is_better_mirrors(void **state) {
  (void)state;
  const double s[] = {0, 0.1, 0.3, 0.5}, m[] = {0.1, 0.3, 0.5, 0.7};
  struct fray_curve curve = curve_of(4, s, m, 0.9);
  const char *status;
  assert_near(fray_rauc(&curve, false, &status), 0.575, 1e-15);
  assert_near(fray_s50(&curve, false, &status), 0.3, 1e-14);
  assert_near(fray_slope(&curve, &status), 2, 1e-14);
  assert_near(fray_retention(&curve, 2, false, &status), 0.5, 1e-15);
  assert_empty(fray_rauc(&curve, true, &status), "at chance when clean");
}

/* Constant: 1. Linear m = c + d (1 - b s) on any grid: 1 - b s_max/2, half at 1/(2b). A drop to
 * chance at the first of 10 equal steps: the first trapezoid alone, 1/20. */
static void closed_forms(void **state) {
  (void)state;
  double s[11], flat[11], linear[11], drop[11];
  for (size_t i = 0; i < 11; i++) {
    s[i] = (double)(i * i) / 125; /* 0 .. 0.8, uneven */
    flat[i] = 0.7;
    linear[i] = 0.2 + 0.6 * (1 - 0.9 * s[i]);
    drop[i] = i == 0 ? 0.9 : 0.25;
  }
  const char *status;
  struct fray_curve curve = curve_of(11, s, flat, 0.5);
  assert_near(fray_rauc(&curve, true, &status), 1, 1e-15);
  assert_empty(fray_s50(&curve, true, &status), "> s_max");
  curve = curve_of(11, s, linear, 0.2);
  assert_near(fray_rauc(&curve, true, &status), 1 - 0.9 * 0.8 / 2, 1e-14);
  assert_near(fray_s50(&curve, true, &status), 1 / 1.8, 1e-14);
  for (size_t i = 0; i < 11; i++)
    s[i] = 0.1 * (double)i;
  curve = curve_of(11, s, drop, 0.25);
  assert_near(fray_rauc(&curve, true, &status), 1.0 / 20, 1e-15);
  assert_near(fray_s50(&curve, true, &status), 0.05, 1e-15);
}

/* Units of the metric and of the axis do not matter; a curve above another has more area. */
static void laws_of_the_area(void **state) {
  (void)state;
  const double s[] = {0, 1, 2, 5}, m[] = {0.8, 0.75, 0.6, 0.3}, above[] = {0.8, 0.76, 0.7, 0.3};
  double wide[4], percent[4];
  for (size_t i = 0; i < 4; i++) {
    wide[i] = 7 * s[i];
    percent[i] = 100 * m[i] + 3;
  }
  const char *status;
  struct fray_curve a = curve_of(4, s, m, 0.2), b = curve_of(4, wide, percent, 23);
  struct fray_curve c = curve_of(4, s, above, 0.2);
  assert_near(fray_rauc(&a, true, &status), fray_rauc(&b, true, &status), 1e-14);
  assert_near(7 * fray_s50(&a, true, &status), fray_s50(&b, true, &status), 1e-13);
  assert_true(fray_rauc(&c, true, &status) > fray_rauc(&a, true, &status));
}

/* Damage may push below chance: the area then turns negative, as the formula says. */
static void below_chance_is_negative(void **state) {
  (void)state;
  const double s[] = {0, 1, 2}, m[] = {0.6, 0.4, 0.2};
  struct fray_curve curve = curve_of(3, s, m, 0.5);
  const char *status;
  assert_near(fray_rauc(&curve, true, &status), ((1 - 1) / 2.0 + (-1 - 3) / 2.0) / 2, 1e-14);
}

static void empty_curves(void **state) {
  (void)state;
  const double s[] = {0, 0.5, 1}, late[] = {0.1, 0.5, 1}, m[] = {0.5, 0.4, 0.3};
  const double gap[] = {0.9, NAN, 0.1}, no_clean[] = {NAN, 0.4, 0.3};
  const char *status;
  struct fray_curve curve = curve_of(3, s, m, 0.5);
  assert_empty(fray_rauc(&curve, true, &status), "at chance when clean");
  assert_empty(fray_s50(&curve, true, &status), "at chance when clean");
  assert_empty(fray_retention(&curve, 1, true, &status), "at chance when clean");
  assert_near(fray_slope(&curve, &status), -0.2, 1e-15); /* needs no chance */
  curve.chance = NAN;
  assert_empty(fray_rauc(&curve, true, &status), "no chance level");
  curve = curve_of(3, late, m, 0.1);
  assert_empty(fray_rauc(&curve, true, &status), "no clean point");
  assert_empty(fray_slope(&curve, &status), "no clean point");
  curve = curve_of(3, s, gap, 0.1);
  assert_empty(fray_rauc(&curve, true, &status), "a value is missing");
  assert_empty(fray_s50(&curve, true, &status), "a value is missing");
  assert_empty(fray_slope(&curve, &status), "a value is missing");
  assert_empty(fray_retention(&curve, 1, true, &status), "a value is missing");
  assert_empty(fray_retention(&curve, 3, true, &status), "a value is missing");
  assert_near(fray_retention(&curve, 2, true, &status), 0, 0);
  curve = curve_of(3, s, no_clean, 0.1);
  assert_empty(fray_rauc(&curve, true, &status), "a value is missing");
  curve = curve_of(1, s, gap, 0.1);
  assert_empty(fray_rauc(&curve, true, &status), "a single strength");
  assert_empty(fray_s50(&curve, true, &status), "a single strength");
  assert_empty(fray_slope(&curve, &status), "a single strength");
  curve.n = 0;
  assert_empty(fray_rauc(&curve, true, &status), "no clean point");
}

/* Two corruptions, the second with two severities only.
 * CE_1 = (.2+.3+.4)/(.3+.4+.5) = .9/1.2 = .75, CE_2 = (.1+.3)/(.2+.2) = 1, mean .875.
 * Relative, clean .1 against .1: (.1+.2+.3)/(.2+.3+.4) = 2/3, (0+.2)/(.1+.1) = 1, mean 5/6. */
static void mean_corruption_error_by_hand(void **state) {
  (void)state;
  const double error[] = {0.2, 0.3, 0.4, 0.1, 0.3, NAN};
  const double reference[] = {0.3, 0.4, 0.5, 0.2, 0.2, NAN};
  const char *status;
  assert_near(fray_mce(error, reference, 2, 3, &status), 0.875, 1e-15);
  assert_string_equal(status, "ok");
  assert_near(fray_relative_mce(error, reference, 2, 3, 0.1, 0.1, &status), 5.0 / 6, 1e-14);
  assert_near(fray_mce(reference, reference, 2, 3, &status), 1, 1e-15);
  assert_near(fray_relative_mce(reference, reference, 2, 3, 0.1, 0.1, &status), 1, 1e-15);
  assert_near(fray_mce(error, reference, 1, 3, &status), 0.75, 1e-15);
}

static void empty_corruption_errors(void **state) {
  (void)state;
  const double error[] = {0.2, 0.3, 0.1, 0.1}, none[] = {0, 0, 0.1, 0.1};
  const double hole[] = {0.2, NAN, 0.1, 0.1}, nothing[] = {NAN, NAN, 0.1, 0.1};
  const char *status;
  assert_empty(fray_mce(error, none, 2, 2, &status), "reference makes no errors");
  assert_empty(fray_mce(error, hole, 2, 2, &status), "a value is missing");
  assert_empty(fray_mce(hole, error, 2, 2, &status), "a value is missing");
  assert_empty(fray_mce(nothing, nothing, 2, 2, &status), "a value is missing");
  assert_empty(fray_mce(error, error, 0, 2, &status), "no corruptions");
  assert_empty(fray_relative_mce(error, error, 2, 2, 0.1, 0.3, &status), "reference loses nothing");
  /* (.3 - .2) + (.1 - .2): what cancels leaves a rounding error, which is no loss. */
  const double cancels[] = {0.1 + 0.2, 0.1};
  assert_empty(fray_relative_mce(error, cancels, 1, 2, 0.1, 0.2, &status),
               "reference loses nothing");
  assert_empty(fray_relative_mce(error, error, 2, 2, NAN, 0.1, &status), "a value is missing");
}

static const double clean[] = {0.55, 0.60, 0.62, 0.66, 0.70, 0.74, 0.79, 0.83, 0.86};
static const double corrupt[] = {0.41, 0.43, 0.47, 0.49, 0.56, 0.57, 0.66, 0.69, 0.75};

static void line_as_numpy_fits_it(void **state) {
  (void)state;
  struct fray_baseline_line line;
  const char *status;
  assert_true(fray_baseline_fit(clean, corrupt, 9, &line, &status));
  assert_string_equal(status, "ok");
  assert_near(line.intercept, golden_line[0], 1e-13);
  assert_near(line.slope, golden_line[1], 1e-13);
  assert_near(fray_baseline_at(&line, 0.72), golden_line[2], 1e-13);
  assert_near(fray_effective_robustness(&line, 0.72, 0.60, &status), 0.60 - golden_line[2], 1e-13);
  assert_string_equal(status, "ok");
  assert_true(line.low == 0.55 && line.high == 0.86);
}

/* Baselines made on a line are found again, and each has effective robustness 0. */
static void line_through_points_of_a_line(void **state) {
  (void)state;
  double x[10], y[10];
  for (size_t i = 0; i < 10; i++) {
    x[i] = 0.3 + 0.05 * (double)i;
    y[i] = 1 / (1 + exp(-(-0.7 + 1.3 * log(x[i] / (1 - x[i])))));
  }
  x[4] = NAN; /* not measured: left out */
  struct fray_baseline_line line;
  const char *status;
  assert_true(fray_baseline_fit(x, y, 10, &line, &status));
  assert_near(line.intercept, -0.7, 1e-13);
  assert_near(line.slope, 1.3, 1e-13);
  for (size_t i = 0; i < 10; i++)
    if (i != 4)
      assert_near(fray_effective_robustness(&line, x[i], y[i], &status), 0, 1e-14);
}

static void lines_that_are_not_fitted(void **state) {
  (void)state;
  struct fray_baseline_line line = {1, 2, 3, 4};
  double near[9], perfect[9];
  const char *status;
  for (size_t i = 0; i < 9; i++) {
    near[i] = 0.6 + 0.012 * (double)i; /* 9.6 points */
    perfect[i] = i == 3 ? 1 : corrupt[i];
  }
  assert_false(fray_baseline_fit(clean, corrupt, 7, &line, &status));
  assert_string_equal(status, "fewer than 8 baselines");
  assert_false(fray_baseline_fit(near, corrupt, 9, &line, &status));
  assert_string_equal(status, "baselines span under 10 points");
  assert_false(fray_baseline_fit(clean, perfect, 9, &line, &status));
  assert_string_equal(status, "a baseline at 0 or 1");
  assert_false(fray_baseline_fit(NULL, NULL, 0, &line, &status));
  assert_true(line.intercept == 1 && line.slope == 2 && line.low == 3 && line.high == 4);
  near[8] = 0.7; /* exactly 10 points */
  assert_true(fray_baseline_fit(near, corrupt, 9, &line, &status));
}

static void methods_outside_the_line(void **state) {
  (void)state;
  struct fray_baseline_line line;
  const char *status;
  assert_true(fray_baseline_fit(clean, corrupt, 9, &line, &status));
  assert_empty(fray_effective_robustness(&line, 0.54, 0.4, &status), "outside the baselines");
  assert_empty(fray_effective_robustness(&line, 0.87, 0.4, &status), "outside the baselines");
  assert_empty(fray_effective_robustness(&line, NAN, 0.4, &status), "a value is missing");
  assert_empty(fray_effective_robustness(&line, 0.7, NAN, &status), "a value is missing");
}

/* c = .1: R_A = .6/.8 = .75, R_B = .4/.8 = .5. Faults that multiply leave .375 x .8 + .1 = .4:
 * log 1 = 0, additively (.9-.4) - .2 - .4 = -.1. With .2: R_AB = .125, log(.125/.375) = -log 3. */
static void interaction_by_hand(void **state) {
  (void)state;
  const char *status;
  assert_near(fray_interaction(0.9, 0.7, 0.5, 0.4, 0.1, true, &status), 0, 1e-14);
  assert_string_equal(status, "ok");
  assert_near(fray_additive_interaction(0.9, 0.7, 0.5, 0.4), -0.1, 1e-15);
  assert_near(fray_interaction(0.9, 0.7, 0.5, 0.2, 0.1, true, &status), -log(3), 1e-14);
  assert_near(fray_additive_interaction(0.9, 0.7, 0.5, 0.2), 0.1, 1e-15);
  /* As errors: the same relation. */
  assert_near(fray_interaction(0.1, 0.3, 0.5, 0.8, 0.9, false, &status), -log(3), 1e-14);
}

static void empty_interactions(void **state) {
  (void)state;
  const char *status;
  assert_empty(fray_interaction(0.1, 0.7, 0.5, 0.4, 0.1, true, &status), "at chance when clean");
  assert_empty(fray_interaction(0.9, 0.1, 0.5, 0.4, 0.1, true, &status), "at chance under a fault");
  assert_empty(fray_interaction(0.9, 0.7, 0.5, 0.05, 0.1, true, &status),
               "at chance under a fault");
  /* All below chance: the ratios are positive, yet mean nothing. */
  assert_empty(fray_interaction(0.3, 0.2, 0.2, 0.1, 0.5, true, &status), "at chance when clean");
  assert_empty(fray_interaction(0.9, NAN, 0.5, 0.4, 0.1, true, &status), "a value is missing");
  assert_empty(fray_interaction(0.9, 0.7, 0.5, 0.4, NAN, true, &status), "no chance level");
  assert_true(isnan(fray_additive_interaction(0.9, NAN, 0.5, 0.4)));
}

/* Clean and three perturbations of twelve instances, by a second implementation after HELM. */
static void worst_case_as_helm(void **state) {
  (void)state;
  static const double right[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0,
                                 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1,
                                 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1};
  static const double loss[] = {
      0.347, 0.349, 0.711, 0.481, 0.408, 0.113, 0.282, 0.847, 0.972, 0.373, 0.871, 0.874,
      0.218, 0.274, 0.696, 0.306, 0.955, 0.365, 0.73,  0.707, 0.214, 0.866, 0.329, 0.11,
      0.05,  0.452, 0.633, 0.271, 0.842, 0.268, 0.847, 0.033, 0.263, 0.159, 0.448, 0.351,
      0.395, 0.852, 0.58,  0.605, 0.39,  0.808, 0.502, 0.746, 0.914, 0.612, 0.435, 0.264};
  double worst[12];
  struct fray_worst_case found = fray_worst_case_of(right, 4, 12, true, worst);
  assert_near(found.mean_of_worst, 0.5, 0);
  assert_near(found.worst_of_means, 0.6666666666666666, 1e-15);
  assert_near(found.mean_of_means, 0.8125, 1e-15);
  assert_true(worst[0] == 1 && worst[2] == 0 && worst[7] == 0 && worst[11] == 0);
  assert_near(fray_worst_case_of(loss, 4, 12, false, NULL).mean_of_worst, 0.80025, 1e-15);
  /* The law, both ways round, of any number of the conditions. */
  for (size_t n = 1; n <= 4; n++) {
    found = fray_worst_case_of(right, n, 12, true, NULL);
    assert_true(found.mean_of_worst <= found.worst_of_means);
    assert_true(found.worst_of_means <= found.mean_of_means);
    found = fray_worst_case_of(loss, n, 12, false, NULL);
    assert_true(found.mean_of_worst >= found.worst_of_means);
    assert_true(found.worst_of_means >= found.mean_of_means);
  }
  assert_true(isnan(fray_worst_case_of(right, 0, 12, true, NULL).mean_of_worst));
  assert_true(isnan(fray_worst_case_of(right, 4, 0, true, NULL).mean_of_means));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(curve_by_hand),
      cmocka_unit_test(less_is_better_mirrors),
      cmocka_unit_test(closed_forms),
      cmocka_unit_test(laws_of_the_area),
      cmocka_unit_test(below_chance_is_negative),
      cmocka_unit_test(empty_curves),
      cmocka_unit_test(mean_corruption_error_by_hand),
      cmocka_unit_test(empty_corruption_errors),
      cmocka_unit_test(line_as_numpy_fits_it),
      cmocka_unit_test(line_through_points_of_a_line),
      cmocka_unit_test(lines_that_are_not_fitted),
      cmocka_unit_test(methods_outside_the_line),
      cmocka_unit_test(interaction_by_hand),
      cmocka_unit_test(empty_interactions),
      cmocka_unit_test(worst_case_as_helm),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  return failed + membership_tests();
}

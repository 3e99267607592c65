/* Robustness measures: one number from a curve, a table of errors, or a set of models. */
#ifndef FRAY_METRIC_ROBUSTNESS_H
#define FRAY_METRIC_ROBUSTNESS_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* All return NaN when undefined, and *status (static text) says why; else "ok" or a remark. */

/** A robustness curve of one metric. s ascending, s[0] = 0 (no damage). Borrowed. */
struct fray_curve {
  size_t n;
  const double *s, *m; /* (n) strength, metric; NaN in m: not measured there */
  double chance;       /* metric of the constant predictor; for less-is-better metrics likewise */
};
/** Area under the curve above chance, relative: (1/s_max) integral of (m(s)-c)/(m(0)-c) ds by the
 *  trapezoid rule on the actual axis. Empty when m(0) is not better than chance ("at chance when
 *  clean": the caller also empties it when the interval of m(0)-c reaches 0), or a value is
 *  missing. higher_is_better false: up and down are exchanged. */
double fray_rauc(const struct fray_curve *curve, bool higher_is_better, const char **status);
/** First strength at which half of the above-chance performance is left, linear between points.
 *  Never reached: NaN with status "> s_max". */
double fray_s50(const struct fray_curve *curve, bool higher_is_better, const char **status);
/** Slope (m(s1)-m(0))/(s1-0) at the first two strengths, in units of the metric. */
double fray_slope(const struct fray_curve *curve, const char **status);
/** (m(s)-c)/(m(0)-c) at the strength with this index. Empty as RAUC is. */
double fray_retention(const struct fray_curve *curve, size_t at, bool higher_is_better,
                      const char **status);

/** mean over corruptions of CE = sum_s E(s,c) / sum_s E_ref(s,c), 1 for the reference. error,
 *  reference: (corruptions, severities), NaN in both where a corruption has fewer severities. Empty
 *  when a value is missing in one of them or a reference sum is not positive. One corruption alone:
 *  its CE. relative: the clean errors are taken off each term of both sums; empty when the
 *  reference loses nothing (the caller also empties it when the interval of that loss reaches 0).
 *  Source: Hendrycks & Dietterich 2019 (ImageNet-C). */
double fray_mce(const double *error, const double *reference, size_t corruptions, size_t severities,
                const char **status);
double fray_relative_mce(const double *error, const double *reference, size_t corruptions,
                         size_t severities, double clean_error, double clean_reference,
                         const char **status);

/** Line logit(corrupt) = intercept + slope logit(clean) over baselines. Needs at least 8 that span
 *  10 points of clean score; scores in (0, 1). Source: Taori et al. 2020. */
struct fray_baseline_line {
  double intercept, slope;
  double low, high; /* range of clean scores that it was fitted on */
};
/** Least squares. Pairs with a NaN are left out. false: *out is untouched, *status says why. */
bool fray_baseline_fit(const double *clean, const double *corrupt, size_t n,
                       struct fray_baseline_line *out, const char **status);
/** corrupt score on the line at this clean score. */
double fray_baseline_at(const struct fray_baseline_line *line, double clean);
/** corrupt - line(clean); empty outside the fitted range. */
double fray_effective_robustness(const struct fray_baseline_line *line, double clean,
                                 double corrupt, const char **status);

/** log R_AB - log R_A - log R_B with R = (m - c)/(m_0 - c), 0 for faults that multiply; empty when
 *  m_0 is at chance or any R <= 0. */
double fray_interaction(double m_0, double m_a, double m_b, double m_ab, double chance,
                        bool higher_is_better, const char **status);
/** D_AB - D_A - D_B with D = m_0 - m (its floor makes it negative: for tables only). */
double fray_additive_interaction(double m_0, double m_a, double m_b, double m_ab);

/** Of one measure of each instance under several conditions, clean among them. NaN of none. Of a
 *  score mean_of_worst <= worst_of_means <= mean_of_means, of a loss the other way. */
struct fray_worst_case {
  double mean_of_worst;  /* the worst condition of each instance */
  double worst_of_means; /* the worst condition of all instances together */
  double mean_of_means;
};
/** value (conditions, n), finite. worst (n): the worst value of each instance; NULL: not asked for.
 *  Source: Liang et al. 2022 (HELM), compute_worst_case_metrics. O(conditions n). */
struct fray_worst_case fray_worst_case_of(const double *value, size_t conditions, size_t n,
                                          bool higher_is_better, double *worst);

#endif

/* Whether two faults together cost more than each alone lets expect: in logs of what is left
 * above chance (ratios multiply), or in plain scores (drops add). */
#include "fray/metric/robustness.h"

#include <math.h>

double fray_interaction(double m_0, double m_a, double m_b, double m_ab, double chance,
                        bool higher_is_better, const char **status) {
  double sign = higher_is_better ? 1 : -1, clean = sign * (m_0 - chance);
  double a = sign * (m_a - chance), b = sign * (m_b - chance), ab = sign * (m_ab - chance);
  *status = isnan(chance) ? "no chance level" : "a value is missing";
  if (isnan(clean) || isnan(a) || isnan(b) || isnan(ab))
    return NAN;
  *status = "at chance when clean";
  if (clean <= 0)
    return NAN;
  /* What is at chance has no ratio left, and no logarithm: that both faults ruin it is no
   * interaction. */
  *status = "at chance under a fault";
  if (a <= 0 || b <= 0 || ab <= 0)
    return NAN;
  *status = "ok";
  /* Below 0: together they leave less than the product of what each leaves. */
  return log(ab / clean) - log(a / clean) - log(b / clean);
}

/* In units of the metric and not relative to chance, so that it is defined where ratios are not. */
double fray_additive_interaction(double m_0, double m_a, double m_b, double m_ab) {
  return (m_0 - m_ab) - (m_0 - m_a) - (m_0 - m_b);
}

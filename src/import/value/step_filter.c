/* A windowed sinc, evaluated where the steps are: rows need not come at equal distances, so there
 * is no table of taps. */
#include "step_filter.h"

#include "fray/base/size.h"

#include <math.h>

enum { HALF = 10 }; /* steps on each side, as scipy.signal.resample_poly has them */
static const double beta = 5;

/* Modified Bessel function of order 0, by its series: Abramowitz and Stegun, 9.6.12. */
static double bessel(double x) {
  double sum = 1, term = 1;
  /* Converges for every x; of 5 in 20 terms to the last bit. */
  for (int k = 1; k < 64 && term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/* Weight of a row that lies so many steps away. */
static double weight(double steps) {
  const double share = steps / HALF;
  if (fabs(share) >= 1)
    return 0;
  const double sinc = fabs(steps) < 1e-9 ? 1 : sin(M_PI * steps) / (M_PI * steps);
  return sinc * bessel(beta * sqrt(1 - share * share)) / bessel(beta);
}

/* The time that a row stands for: half of what lies between its neighbours, so that where rows come
 * close together each counts for less. */
static double stands_for(const double *seconds, size_t n, size_t i) {
  const size_t before = i ? i - 1 : 0, behind = i + 1 < n ? i + 1 : n - 1;
  return (seconds[behind] - seconds[before]) / (double)(behind - before);
}

void fray_steps_filter(const float *x, const double *seconds, size_t n, size_t channels,
                       double rate, size_t n_steps, double *scratch, float *out) {
  size_t first = 0;
  for (size_t k = 0; k < n_steps; k++) {
    const double t = (double)k / rate;
    /* Only forwards: times rise. */
    while (first + 1 < n && (t - seconds[first]) * rate >= HALF)
      first++;
    /* Weights first: they are the same for all channels. */
    double all = 0;
    size_t end = first;
    for (; end < n && (seconds[end] - t) * rate < HALF; end++) {
      scratch[end] = weight((seconds[end] - t) * rate) * stands_for(seconds, n, end);
      all += scratch[end];
    }
    /* In whole they are a step long, at the ends of a stretch half of one. Where less is there, in
     * a gap, the straight line stays. */
    if (all * rate < 0.25)
      continue;
    for (size_t c = 0; c < channels; c++) {
      double sum = 0;
      for (size_t i = first; i < end; i++)
        sum += scratch[i] * x[i * channels + c];
      out[k * channels + c] = (float)(sum / all);
    }
  }
}

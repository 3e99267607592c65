/* Directions of attacks that keep to how far honest updates lie from one another, and how far along
 * them one gets. */
#include "dispersion.h"

#include <math.h>

const char *const attack_direction_names[] = {"unit", "std", "sign", NULL};

/* All three lead away from where the honest go. A mean of length 0 leads nowhere. */
void attack_direction(int which, size_t n, const float *mean, const float *deviation, double length,
                      float *out) {
  for (size_t i = 0; i < n; i++)
    if (which == ATTACK_STD)
      out[i] = -deviation[i];
    else if (which == ATTACK_SIGN)
      out[i] = (float)((mean[i] < 0) - (mean[i] > 0));
    else
      out[i] = length > 0 ? (float)(-(double)mean[i] / length) : 0;
}

/* Rounding can leave a little less than 0 of two that are equal. */
double attack_distance2(const struct fray_joint_attack *of, size_t a, size_t b) {
  const double *g = of->gram;
  const size_t w = of->width;
  const double d = g[a * w + a] + g[b * w + b] - 2 * g[a * w + b];
  return d > 0 ? d : 0;
}

/* One quadratic: x^2 |d|^2 + 2 x d.(mean - a) + |mean - a|^2 = bound. The mean and the direction
 * are the last two rows. */
double attack_reach(const struct fray_joint_attack *of, size_t a, double bound2) {
  const size_t w = of->width, mean = w - 2, d = w - 1;
  const double *g = of->gram;
  const double square = g[d * w + d], cross = g[d * w + mean] - g[d * w + a];
  const double rest = attack_distance2(of, mean, a) - bound2;
  const double root = cross * cross - square * rest;
  if (!(square > 0) || root < 0)
    return 0;
  return fmax((sqrt(root) - cross) / square, 0);
}

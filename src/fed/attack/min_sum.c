/* Min-Sum: as far as an attacker gets without a larger sum of squared distances to the honest
 * updates than any of them has. */
#include "dispersion.h"

#include <math.h>

struct params {
  int direction;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "direction", struct params, direction, .names = attack_direction_names,
               .def_text = "std",
               .help = "where to, from the honest mean: unit, back along it; std, by the deviation "
                       "of each coordinate; sign, by the same in each, against the mean's sign"),
};
static FRAY_TABLE(table, "min_sum", struct params, fields, .help = "");

/* As min_max has it. */
static void direction(const void *params, size_t n, const float *mean, const float *deviation,
                      double length, float *out) {
  attack_direction(((const struct params *)params)->direction, n, mean, deviation, length, out);
}

/* The mean is where the sum is least, so the sum grows by m x^2 |d|^2 along any direction. The
 * bound is the least sum that an honest update has, as in the authors' code: with the largest,
 * which one may read in the paper, liars lie farther out than some of the honest. */
static double shift(const void *params, const struct fray_joint_attack *of) {
  const size_t honest = of->n - of->f, w = of->width, mean = w - 2, d = w - 1;
  double most = INFINITY, least = 0;
  (void)params;
  for (size_t a = 0; a < honest; a++) {
    double sum = 0;
    for (size_t b = 0; b < honest; b++)
      sum += attack_distance2(of, a, b);
    most = fmin(most, sum);
    least += attack_distance2(of, a, mean);
  }
  const double square = of->gram[d * w + d] * (double)honest;
  return square > 0 && most > least ? sqrt((most - least) / square) : 0;
}

static const struct fray_attack_ops ops = {
    .form = FRAY_ATTACK_SHIFT, .direction = direction, .shift = shift};

extern const struct fray_choice fray_attack_min_sum;
const struct fray_choice fray_attack_min_sum = {
    .name = "min_sum",
    .meaning = "all attackers send the point farthest from the honest mean whose sum of squared "
               "distances to the honest updates is no more than any of these has; they know all of "
               "these",
    .source = "Shejwalkar and Houmansadr 2021 (NDSS), AGR-agnostic Min-Sum, by its authors' code",
    .table = &table,
    .impl = &ops,
};

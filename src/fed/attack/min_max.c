/* Min-Max: as far as an attacker gets without lying farther from any honest update than two of them
 * lie from each other. */
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
static FRAY_TABLE(table, "min_max", struct params, fields, .help = "");

/* Where to is a key: which harms most hangs on the rule. */
static void direction(const void *params, size_t n, const float *mean, const float *deviation,
                      double length, float *out) {
  attack_direction(((const struct params *)params)->direction, n, mean, deviation, length, out);
}

/* Who lies no farther out than two honest ones from each other passes for one of them wherever only
 * distances are looked at.
 * Exact: the least of the reaches. The authors halve an interval, and stay up to 2e-5 below. */
static double shift(const void *params, const struct fray_joint_attack *of) {
  const size_t honest = of->n - of->f;
  double widest = 0, reach = INFINITY;
  (void)params;
  for (size_t a = 0; a < honest; a++)
    for (size_t b = 0; b < a; b++)
      widest = fmax(widest, attack_distance2(of, a, b));
  for (size_t a = 0; a < honest; a++)
    reach = fmin(reach, attack_reach(of, a, widest));
  return isfinite(reach) ? reach : 0;
}

static const struct fray_attack_ops ops = {
    .form = FRAY_ATTACK_SHIFT, .direction = direction, .shift = shift};

extern const struct fray_choice fray_attack_min_max;
const struct fray_choice fray_attack_min_max = {
    .name = "min_max",
    .meaning =
        "all attackers send the point farthest from the honest mean that lies no farther "
        "from any honest update than the farthest two of these from each other; they know all "
        "honest updates of the round",
    .source = "Shejwalkar and Houmansadr 2021 (NDSS), AGR-agnostic Min-Max",
    .table = &table,
    .impl = &ops,
};

/* A little is enough: all attackers move by some deviations of the honest updates, few enough to
 * pass for one of them. */
#include "fray/fed/attack.h"

#include <math.h>
#include <string.h>

enum { GIVEN, FROM_F, SEARCHED };
static const char *const z_names[] = {"given", "from_f", "searched", NULL};

struct params {
  int choose;
  double z;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "choose", struct params, choose, .names = z_names, .def_text = "from_f",
               .help =
                   "how z is found: given; from_f, the paper's, by how many honest updates must "
                   "lie farther out (tiny in small cohorts); searched, by asking the rule"),
    FRAY_FIELD(REAL, "z", struct params, z, .def = 1.5, .min = -1e6, .max = 1e6,
               .help = "with choose: given, how many deviations"),
};
static FRAY_TABLE(table, "alie", struct params, fields, .help = "");

/* Upwards in each coordinate: their published code subtracts, which is the same to a rule that does
 * not know what is up. */
static void direction(const void *params, size_t n, const float *mean, const float *deviation,
                      double length, float *out) {
  (void)params, (void)mean, (void)length;
  memcpy(out, deviation, n * sizeof *out);
}

/* The quantile of the normal law, by halving: erfc is as exact as its library. */
static double quantile(double p) {
  double low = -40, high = 40;
  for (int i = 0; i < 100; i++) {
    const double middle = 0.5 * (low + high);
    if (0.5 * erfc(-middle / sqrt(2.0)) < p)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

/* s honest updates that lie farther out make, with the f liars, a majority: the share of the n - f
 * that must lie nearer is (n - f - s) / (n - f). With s at or below 0 the liars are the majority
 * already, and any z would do: the largest that a share can say. */
static double shift(const void *params, const struct fray_joint_attack *of) {
  const struct params *p = params;
  const double honest = (double)(of->n - of->f);
  const double supporters = floor((double)of->n / 2) + 1 - (double)of->f;
  if (p->choose == GIVEN)
    return p->z;
  const double share = (honest - supporters) / honest;
  return quantile(fmin(share, 1 - 0.5 / honest));
}

/* As ByzFL searches: 0, then 10, and so on. */
static bool searches(const void *params, struct fray_search *search) {
  *search = (struct fray_search){.start = 0, .delta = 10, .ratio = 0.8, .trials = 20};
  return ((const struct params *)params)->choose == SEARCHED;
}

/* Searched, it knows the rule; the other two ways need the honest updates alone. */
static const struct fray_attack_ops ops = {
    .form = FRAY_ATTACK_SHIFT, .direction = direction, .shift = shift, .searches = searches};

extern const struct fray_choice fray_attack_alie;
const struct fray_choice fray_attack_alie = {
    .name = "alie",
    .meaning = "a little is enough: all attackers send the honest mean + z deviations (n - 1) of "
               "the honest updates, coordinate by coordinate; they know all honest updates of the "
               "round and, searched, the rule",
    .source = "Baruch et al. 2019, arXiv 1902.06156, Alg. 3; searched: Shejwalkar and Houmansadr "
              "2021, as ByzFL has it",
    .table = &table,
    .impl = &ops,
};

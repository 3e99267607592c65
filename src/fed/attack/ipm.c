/* Inner product manipulation: all attackers send the honest mean with its sign turned.
 *
 * If the inner product of the result with the honest mean falls below 0, the model is moved uphill;
 * a small tau does that to rules that take whoever lies in the middle. */
#include "fray/fed/attack.h"

enum { GIVEN, SEARCHED };
static const char *const tau_names[] = {"given", "searched", NULL};

struct params {
  int choose;
  double tau;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "choose", struct params, choose, .names = tau_names, .def_text = "given",
               .help = "how tau is found: given, or searched by asking the rule"),
    FRAY_FIELD(REAL, "tau", struct params, tau, .def = 0.1, .min = 0, .max = 1e6,
               .help = "with choose: given, how many times the mean: 0.1 hides, 2 and 100 do not"),
};
static FRAY_TABLE(table, "ipm", struct params, fields, .help = "");

/* mean + shift x (- mean) = -tau mean, with shift 1 + tau. */
static void direction(const void *params, size_t n, const float *mean, const float *deviation,
                      double length, float *out) {
  (void)params, (void)deviation, (void)length;
  for (size_t i = 0; i < n; i++)
    out[i] = -mean[i];
}

/* From the mean itself, hence 1 more. */
static double shift(const void *params, const struct fray_joint_attack *of) {
  (void)of;
  return 1 + ((const struct params *)params)->tau;
}

/* Of tau, from 0. */
static bool searches(const void *params, struct fray_search *search) {
  *search = (struct fray_search){.start = 1, .delta = 10, .ratio = 0.8, .trials = 20};
  return ((const struct params *)params)->choose == SEARCHED;
}

static const struct fray_attack_ops ops = {
    .form = FRAY_ATTACK_SHIFT, .direction = direction, .shift = shift, .searches = searches};

extern const struct fray_choice fray_attack_ipm;
const struct fray_choice fray_attack_ipm = {
    .name = "ipm",
    .meaning =
        "inner product manipulation: all attackers send -tau times the honest mean; 1 is the "
        "sign flip of the mean; they know all honest updates of the round and, searched, "
        "the rule",
    .source = "Xie et al. 2020, arXiv 1903.03936, section 3",
    .table = &table,
    .impl = &ops,
};

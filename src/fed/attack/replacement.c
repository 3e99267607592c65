/* Model replacement: an attacker's update is made so long that the mean becomes its model.
 *
 * That holds where the others have come to rest and move little; with several attackers in a round
 * each does it, and they overshoot by as much. */
#include "attack_parts.h"

struct params {
  double times;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "times", struct params, times, .optional = true, .min = 0, .open_min = true,
               .max = 1e9,
               .help = "how many times as long as what it trained; if not given, 1 / its weight in "
                       "the mean, which puts its model in the place of the global one"),
};
static FRAY_TABLE(table, "replacement", struct params, fields, .help = "");

/* A number that is not given is NaN, which is no number equal to itself. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  const struct params *p = params;
  attack_stretch(of, p->times == p->times ? p->times : attack_replaces(of), update);
}

/* Only where the length is not given. */
static bool replaces(const void *params) {
  const double times = ((const struct params *)params)->times;
  return !(times == times);
}

static const struct fray_attack_ops ops = {
    .form = FRAY_ATTACK_OWN, .replaces = replaces, .own = own};

extern const struct fray_choice fray_attack_replacement;
const struct fray_choice fray_attack_replacement = {
    .name = "replacement",
    .meaning =
        "each attacker sends its update so long that it alone moves the mean to its model: "
        "with damage of its data, a backdoor's usual carrier; it knows its own data and weight",
    .source = "Bagdasaryan et al. 2020, arXiv 1807.00459, section 4",
    .table = &table,
    .impl = &ops,
};

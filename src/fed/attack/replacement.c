/* Model replacement: an attacker's update is made so long that the mean becomes its model.
 *
 * That holds where the others have come to rest and move little; with several attackers in a round
 * each does it, and they overshoot by as much. */
#include "fray/fed/attack.h"

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

/* In double: a weight may be one in a million. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  const struct params *p = params;
  const double times = p->times == p->times ? p->times : of->weight > 0 ? 1 / of->weight : 0;
  for (size_t i = 0; i < of->total; i++)
    update[i] = (float)(times * (double)update[i]);
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN, .own = own};

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

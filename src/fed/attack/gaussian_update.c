/* Gaussian: noise in place of an update. */
#include "fray/base/rng.h"
#include "fray/fed/attack.h"

struct params {
  double deviation;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "deviation", struct params, deviation, .def = 1, .min = 0, .open_min = true,
               .max = 1e6, .help = "of each coordinate, whose mean is 0"),
};
static FRAY_TABLE(table, "gaussian_update", struct params, fields, .help = "");

/* Padding between tensors gets noise as well, in the update alone: a rule looks at all of it, and
 * the sums of the rule put what they make of it where no layer looks. That would still be another
 * vector than a model has, so coordinates that are 0 stay 0: a trained update has them in padding
 * and, hardly ever, by chance. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  const double deviation = ((const struct params *)params)->deviation;
  struct fray_rng rng = fray_rng_for(of->seed, "attack/gaussian", of->source, of->round, 0);
  for (size_t i = 0; i < of->total; i++) {
    const float noise = (float)(deviation * fray_rng_normal(&rng));
    update[i] = update[i] != 0 ? noise : 0;
  }
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN, .own = own};

extern const struct fray_choice fray_attack_gaussian_update;
const struct fray_choice fray_attack_gaussian_update = {
    .name = "gaussian_update",
    .meaning = "each attacker sends noise; it knows the length of the model",
    .source = "Blanchard et al. 2017, arXiv 1703.02757, section 6",
    .table = &table,
    .impl = &ops,
};

/* Sign flip: an attacker sends the opposite of what it trained.
 *
 * Two attacks go by the name: this one, of each update by itself, and the opposite of the honest
 * mean, which all attackers send and which is ipm with tau 1. They are not the same: here liars
 * differ. */
#include "fray/fed/attack.h"

struct params {
  double scale;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "scale", struct params, scale, .def = 1, .min = 0, .open_min = true,
               .max = 1e6, .help = "how many times the length of what it trained"),
};
static FRAY_TABLE(table, "sign_flip", struct params, fields, .help = "");

/* 0 stays 0: padding is not touched. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  const float scale = (float)((const struct params *)params)->scale;
  for (size_t i = 0; i < of->total; i++)
    update[i] *= -scale;
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN, .own = own};

extern const struct fray_choice fray_attack_sign_flip;
const struct fray_choice fray_attack_sign_flip = {
    .name = "sign_flip",
    .meaning =
        "each attacker sends the opposite of the update that it trained; the opposite of the "
        "honest mean, which some call so, is ipm with tau 1; it knows its own data",
    .source = "Li et al. 2019, arXiv 1811.03761 (RSA), section 5",
    .table = &table,
    .impl = &ops,
};

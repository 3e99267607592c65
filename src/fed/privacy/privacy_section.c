/* The section `training.privacy`, and what it comes to for a federation of so many clients. */
#include "fray/fed/privacy.h"

#include <math.h>

/* Who asks for a budget need not know what noise it takes; who knows the noise sees what it is
 * worth. */
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "clip", struct fray_privacy_config, clip, .optional = true, .min = 0,
               .open_min = true, .max = 1e6, .unit = "weights",
               .help = "Euclidean length C that no client's update exceeds when it is added; turns "
                       "the section on. Each round asks each client by itself with the chance q "
                       "that clients_per_round means, adds up what comes, unweighted, and divides "
                       "by the q N clients that are expected"),
    FRAY_FIELD(REAL, "z", struct fray_privacy_config, noise, .optional = true, .min = 0,
               .max = 10000, .unit = "clips",
               .help = "Gaussian noise of standard deviation z C is added to each value of the "
                       "sum. It comes from the simulation's random streams, which the seed gives "
                       "away: it measures what privacy costs, and protects nobody"),
    FRAY_FIELD(REAL, "epsilon", struct fray_privacy_config, epsilon, .optional = true, .min = 0,
               .open_min = true, .max = INFINITY, .infinite = true,
               .help = "in the place of z: the budget of all rounds, for which the least z is "
                       "found by the tight accountant (privacy loss distribution); .inf: updates "
                       "are clipped, without noise"),
    FRAY_FIELD(REAL, "delta", struct fray_privacy_config, delta, .optional = true, .min = 1e-12,
               .max = 0.1,
               .help =
                   "delta of (epsilon, delta); without it N^-1.1 for N clients, below 1/N as it "
                   "must be to mean something, and neither below 1e-12 nor above 0.1"),
};

/* What no accountant can make sense of is refused with the section; what hangs on data, or on other
 * sections, where these are known. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct fray_privacy_config *c = section;
  (void)node;
  if (!fray_privacy_is_on(c)) {
    FRAY_CHECK(isnan(c->noise) && isnan(c->epsilon) && isnan(c->delta), err, INPUT,
               "%s says nothing without clip, the length that updates are cut to",
               !isnan(c->noise)     ? "z"
               : !isnan(c->epsilon) ? "epsilon"
                                    : "delta");
    return FRAY_OK;
  }
  FRAY_CHECK(isnan(c->noise) != isnan(c->epsilon), err, INPUT,
             "%s: exactly one of z (the noise) and epsilon (the budget, from which z "
             "follows) is expected",
             isnan(c->noise) ? "neither is given" : "both are given");
  FRAY_CHECK(isnan(c->epsilon) || isinf(c->epsilon) || c->epsilon <= FRAY_MOST_EPSILON, err, INPUT,
             "epsilon: %g is not in (0, %d]; .inf: no noise", c->epsilon, FRAY_MOST_EPSILON);
  FRAY_CHECK(isnan(c->noise) || c->noise == 0 || c->noise >= FRAY_LEAST_NOISE, err, INPUT,
             "z: %g: 0, or at least %g clips, is expected: less hides nobody", c->noise,
             FRAY_LEAST_NOISE);
  return FRAY_OK;
}
FRAY_TABLE(fray_privacy_table, "privacy", struct fray_privacy_config, fields,
           .help = "Client-level differential privacy (DP-FedAvg), as an instrument: what a budget "
                   "costs in accuracy, and whom. Noise comes from the simulation's random streams: "
                   "no real privacy.",
           .check = check);

/* Without a scenario's delta: N^-1.1 is common in the literature on client-level privacy (McMahan
 * et al. 2018), and grows stricter with N. */
enum fray_status fray_privacy_plan_of(const struct fray_privacy_config *config, double q,
                                      size_t clients, size_t rounds, struct fray_arena *scratch,
                                      struct fray_privacy_plan *out, struct fray_err *err) {
  struct fray_mechanism *m = &out->mechanism;
  *out = (struct fray_privacy_plan){
      .clip = config->clip, .expected = q * (double)clients, .clients = clients};
  *m = (struct fray_mechanism){.q = q, .rounds = (double)rounds, .delta = config->delta};
  if (isnan(m->delta)) /* one client has no 1/N that is small */
    m->delta = fmax(1e-12, fmin(0.1, pow((double)clients, -1.1)));
  if (isnan(config->epsilon)) {
    m->z = config->noise;
    return FRAY_OK;
  }
  if (isinf(config->epsilon))
    return FRAY_OK;
  FRAY_TRY(fray_privacy_noise_for(m, config->epsilon, scratch, &m->z, err));
  return FRAY_OK;
}

/* A standard normal vector of P values is sqrt(P) long but for a part in sqrt(2 P). */
double fray_privacy_noise_length(const struct fray_privacy_plan *plan) {
  return plan->mechanism.z * plan->clip * sqrt((double)plan->values) / plan->expected;
}

/* Two places of 16 bytes for each of 2^20 losses, and half as many roots of unity. */
double fray_privacy_bytes(const struct fray_privacy_config *config, double total) {
  return fray_privacy_is_on(config) ? fmax(8 * total, 1.5 * 16 * 0x1p20) : 0;
}

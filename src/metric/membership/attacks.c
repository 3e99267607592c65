/* The attacks that are measured, from the plainest on. */
#include "fray/metric/membership.h"

/* -log p falls as the odds rise, so one threshold on the loss is one on the odds: the same points
 * for both, without the rounding of losses near 0. */
static enum fray_status by_loss(const struct fray_membership_config *config,
                                const struct fray_shadows *shadows, size_t target,
                                struct fray_arena *arena, double *score, struct fray_err *err) {
  (void)config, (void)arena, (void)err;
  for (size_t i = 0; i < shadows->samples; i++)
    score[i] = (double)shadows->phi[target * shadows->samples + i];
  return FRAY_OK;
}

static enum fray_status offline(const struct fray_membership_config *config,
                                const struct fray_shadows *shadows, size_t target,
                                struct fray_arena *arena, double *score, struct fray_err *err) {
  return fray_lira_scores(config, shadows, target, false, arena, score, err);
}

static enum fray_status online(const struct fray_membership_config *config,
                               const struct fray_shadows *shadows, size_t target,
                               struct fray_arena *arena, double *score, struct fray_err *err) {
  return fray_lira_scores(config, shadows, target, true, arena, score, err);
}

const struct fray_membership_attack fray_membership_attacks[FRAY_MEMBERSHIP_ATTACKS] = {
    {"loss_threshold", "loss threshold",
     "one threshold on the loss for all samples (Yeom et al. 2018)", false, by_loss},
    {"lira_offline", "LiRA, offline",
     "how unusual the answer is among models that were not trained on the sample", true, offline},
    {"lira_online", "LiRA, online",
     "how much likelier the answer is from models that were trained on the sample", true, online},
};

/* Few false alarms are what counts: an attack that is sure of some members is a leak, however it
 * does on average. */
const double fray_membership_rates[FRAY_MEMBERSHIP_RATES] = {0.001, 0.002, 0.005, 0.01, 0.02,
                                                             0.05,  0.1,   0.2,   0.5};

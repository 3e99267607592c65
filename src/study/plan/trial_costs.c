/* What a training will have cost, before it runs: bytes sent and operations, of the first cell. */
#include "cost.h"
#include "forecast.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>

/* The longest sample that the data may have, with the modalities of the mask. */
static struct fray_flops flops_of(const struct fray_session *session,
                                  const struct fray_model *model, unsigned mask) {
  size_t steps[FRAY_MODEL_MODALITIES] = {0};
  for (size_t m = 0; m < session->dataset->n_modalities; m++)
    if (mask >> m & 1)
      steps[m] = fray_features_shape(session->features, m)->time;
  return fray_model_flops(model, steps);
}

/* Encoder of modality m: what a sample costs with it beyond one without anything. */
static struct fray_flops encoder_of(const struct fray_session *session,
                                    const struct fray_model *model, size_t m) {
  struct fray_flops with = flops_of(session, model, 1u << m);
  fray_flops_add(&with, flops_of(session, model, 0), -1);
  return with;
}

/* Parameters that travel: without the blocks that clients keep for themselves. */
static enum fray_status count_sent(const struct fray_cell *cell, const struct fray_model *model,
                                   struct fray_sent *out, struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(model);
  struct fray_own_blocks own = {0};
  struct fray_arena arena = {0};
  const enum fray_status status =
      fray_own_blocks_find(&cell->config.training, table, &arena, &own, err);
  if (status == FRAY_OK)
    *out = fray_own_blocks_sent(&own, table);
  fray_arena_free(&arena);
  return status;
}

/* Share of the samples that encoder m sees: zeros in the place of what is absent are work too. */
static double share_of(const struct fray_cell *cell, const struct fray_model *model, size_t m) {
  if (fray_model_encodes_zeros(model) || !cell->is_known)
    return 1;
  return isnan(cell->left[m]) ? 0 : cell->left[m];
}

/* What lies above the encoders is taken to see all modalities: tokens stand in for some, and some
 * fusions see as many whatever is there. Who sends sums of prototypes encodes each of its samples
 * once more for them. */
static double flops_of_all(const struct fray_cell *cell, const struct fray_session *session,
                           const struct fray_model *model,
                           const struct fray_trial_amounts *amounts) {
  const size_t n = session->dataset->n_modalities;
  const struct fray_flops sample = flops_of(session, model, (1u << n) - 1);
  const struct fray_flops more = fray_model_rebuilding_flops(model);
  const double visits = fray_model_prototype_sums(model) > 0 && !cell->local_only
                            ? amounts->shown / (double)cell->config.training.local.epochs
                            : 0;
  double above = sample.forward + sample.backward + more.forward + more.backward, sum = 0;
  for (size_t m = 0; m < n; m++) {
    const struct fray_flops f = encoder_of(session, model, m);
    const double share = share_of(cell, model, m);
    above -= f.forward + f.backward;
    sum += share * (amounts->shown * (f.forward + f.backward) + visits * f.forward);
  }
  return sum + amounts->shown * above;
}

/* Keys, shares and masked values in the place of what would be sent open. */
static void add_secure(const struct fray_cell *cell, size_t modalities, size_t sent,
                       struct fray_trial_costs *out) {
  const struct fray_training_config *training = &cell->config.training;
  /* Where nobody waits for a cohort, keys are shared among those whose answers move the server. */
  const size_t arrivals = fray_algorithm_arrivals(&training->server.algorithm);
  const size_t clients =
      arrivals ? arrivals
      : cell->outlook->privacy
          ? (size_t)rint(cell->outlook->privacy->expected) /* keys are of as many as come */
          : cell->outlook->most;
  double down = 0, up = 0;
  fray_federation_secure_bytes(training, modalities, sent, clients, &down, &up);
  out->down += out->updates * down;
  out->up = out->updates * up;
  if (fray_secure_hides(&training->secure))
    out->expanded =
        out->updates * (double)clients * fray_federation_secure_length(training, modalities, sent);
}

/* Invitations and samples as the partition of the first seed has them. That everybody answers,
 * holds all blocks and has the longest samples is the most that there may be. */
enum fray_status fray_trial_costs_of(const struct fray_study *study,
                                     const struct fray_session *session,
                                     const struct fray_partition *partition,
                                     const struct fray_model *model, struct fray_trial_costs *out,
                                     struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&cell->config.training.server);
  const size_t n = session->dataset->n_modalities;
  struct fray_trial_amounts amounts;
  struct fray_model_size size;
  struct fray_sent sent;
  *out = (struct fray_trial_costs){.n_modalities = n};
  FRAY_TRY(count_sent(cell, model, &sent, err));
  const double vector = sizeof(float) * (double)sent.values;
  FRAY_TRY(fray_model_measure(cell, session, &size, err));
  FRAY_TRY(fray_trial_count(cell, partition, &size, &amounts, err));
  const struct fray_flops sample = flops_of(session, model, (1u << n) - 1);
  out->updates = amounts.updates;
  out->down = amounts.updates * vector * (1 + ops->down);
  const size_t numbers = fray_client_numbers(ops, session->dataset->n_classes);
  out->up = amounts.updates * (fray_coded_bytes(&cell->config.training.compression, sent) +
                               vector * ops->up + sizeof(double) * (double)numbers);
  if (fray_secure_is_on(&cell->config.training.secure) && !cell->local_only)
    add_secure(cell, n, sent.values, out);
  out->forward = sample.forward;
  out->step = sample.forward + sample.backward;
  out->flops = flops_of_all(cell, session, model, &amounts);
  for (size_t m = 0; m < n; m++) {
    const struct fray_flops f = encoder_of(session, model, m);
    out->modality[m] = (struct fray_flops){f.forward, f.forward + f.backward};
  }
  return FRAY_OK;
}

/* "3.2 GB", "812 MFLOP": powers of 1000, as links and processors are sold. */
static const char *amount_text(double x, const char *unit, char out[32]) {
  static const char *const prefix[] = {"", "k", "M", "G", "T", "P", "E"};
  size_t k = 0;
  for (; x >= 999.5 && k + 1 < FRAY_COUNT(prefix); k++)
    x /= 1000;
  snprintf(out, 32, "%.3g %s%s", x, prefix[k], unit);
  return out;
}

/* Two lines: what goes over the net, and what is computed. */
void fray_trial_costs_print(const struct fray_study *study, const struct fray_session *session,
                            const struct fray_trial_costs *c) {
  const char *each = study->n_cells > 1 ? " of the first cell" : "";
  char down[32], up[32], flops[32], forward[32], step[32], masks[32];
  struct fray_text by = {0};
  for (size_t m = 0; c->n_modalities > 1 && m < c->n_modalities; m++)
    fray_text_printf(&by, "%s%s %s",
                     m ? ", " : "; a step by encoder: ", session->dataset->modality[m].name,
                     amount_text(c->modality[m].backward, "FLOP", step));
  fray_plan_line("costs", "a training%s sends about %s down and %s up in %.0f client updates", each,
                 amount_text(c->down, "B", down), amount_text(c->up, "B", up), c->updates);
  if (c->expanded > 0)
    fray_plan_line("",
                   "clients make about %s values of masks: for each value that they send one of "
                   "their own, and one with each of the others",
                   amount_text(c->expanded, "", masks));
  fray_plan_line(
      "",
      "about %s for its steps, if all samples are long: the longest takes %s forward and %s in a "
      "training step%s",
      amount_text(c->flops, "FLOP", flops), amount_text(c->forward, "FLOP", forward),
      amount_text(c->step, "FLOP", step), by.data ? by.data : "");
  fray_text_free(&by);
}

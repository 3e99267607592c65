/* Who takes part in the rounds of a trial: what its sections say, put together. */
#include "fray/fed/federation.h"

#include <string.h>

/* Damage may have left a client nothing to train on; one that stands for the server is no client.
 */
static enum fray_status list_able(const struct fray_training_config *training,
                                  const struct fray_clients *clients,
                                  const char *const *client_name, struct fray_arena *arena,
                                  const uint8_t **out, struct fray_err *err) {
  const struct fray_variant *algorithm = &training->server.algorithm;
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  const char *server = ops->server_client ? ops->server_client(algorithm->params) : NULL;
  const char *root = fray_aggregation_root(&training->aggregation);
  uint8_t *is_able;
  FRAY_ALLOC(is_able, arena, clients->n + 1, err);
  for (size_t c = 0; c < clients->n; c++)
    is_able[c] = (ops->needs_unlabelled ? clients->count[c] > 0 : clients->n_labelled[c] > 0) &&
                 !(server && strcmp(client_name[c], server) == 0) &&
                 !(root && strcmp(client_name[c], root) == 0);
  *out = is_able;
  return FRAY_OK;
}

/* Whom the server would ask if all were there.
 * The count is of all clients, whether they can train or not, as the key says. */
static enum fray_status make_base(const struct fray_clients *clients, const uint8_t *is_able,
                                  const uint8_t *apart, const struct fray_cohort_schedule *cohorts,
                                  size_t wanted, struct fray_arena *arena,
                                  struct fray_cohort_source *out, struct fray_err *err) {
  if (cohorts)
    return fray_cohorts_given(cohorts, is_able, arena, out, err);
  if (apart)
    return fray_cohorts_stratified(clients->n, clients->source, is_able, apart, wanted, arena, out,
                                   err);
  return fray_cohorts_drawn(clients->n, clients->source, is_able, wanted, arena, out, err);
}

/* Without simulation this is the draw or the file alone, so that scenarios of before keep their
 * cohorts. */
enum fray_status
fray_federation_source(const struct fray_training_config *training,
                       const struct fray_dataset *dataset, const struct fray_clients *clients,
                       const char *const *client_name, const struct fray_cohort_schedule *cohorts,
                       struct fray_sent sent, uint64_t seed, struct fray_arena *arena,
                       struct fray_cohort_source *out, struct fray_err *err) {
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&training->server);
  const size_t wanted = fray_amount_of(training->clients_per_round, clients->n);
  const size_t arrivals = fray_algorithm_arrivals(&training->server.algorithm);
  const double bytes = (double)sent.values * (double)sizeof(float);
  const uint8_t *is_able = NULL;
  struct fray_crowd *crowd;
  struct fray_cohort_source *base;
  FRAY_TRY(list_able(training, clients, client_name, arena, &is_able, err));
  uint8_t *apart = NULL;
  if (training->attack.per_round == FRAY_ATTACKERS_FIXED)
    FRAY_TRY(fray_federation_attackers(training, dataset, clients, client_name, seed, arena, &apart,
                                       err));
  if (fray_privacy_is_on(&training->privacy))
    return fray_cohorts_poisson(clients->n, clients->source, is_able,
                                fray_federation_rate(training, clients->n), arena, out, err);
  if (!fray_availability_is_on(&training->availability))
    return make_base(clients, is_able, apart, cohorts, wanted, arena, out, err);
  /* Kinds keep pointers into it for as long as the source is asked. */
  FRAY_ALLOC(crowd, arena, 1, err);
  FRAY_ALLOC(base, arena, 1, err);
  *crowd = (struct fray_crowd){
      .dataset = dataset,
      .clients = clients,
      .client_name = client_name,
      .is_able = is_able,
      .epochs = (double)training->local.epochs,
      .down = bytes * (1.0 + ops->down),
      .up = fray_coded_bytes(&training->compression, sent) + bytes * ops->up +
            (double)fray_client_numbers(ops, dataset->n_classes) * (double)sizeof(double)};
  if (fray_secure_is_on(&training->secure))
    fray_federation_secure_bytes(training, dataset->n_modalities, sent.values,
                                 arrivals ? arrivals : wanted, &crowd->down, &crowd->up);
  if (arrivals)
    return fray_cohorts_busy(&training->availability, crowd, wanted, arrivals, arena, out, err);
  if (cohorts)
    FRAY_TRY(make_base(clients, is_able, NULL, cohorts, wanted, arena, base, err));
  return fray_cohorts_simulated(&training->availability, crowd, cohorts ? base : NULL, wanted,
                                arena, out, err);
}

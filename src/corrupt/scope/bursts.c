/* Losses in bursts along the record of a client: an unplugged sensor is not missed at random.
 *
 * Models that fill in what is missing from the samples around it do well where losses are
 * independent and fail where they last, at the same rate: hence the rate and the mean length of a
 * loss are two keys. The record is that of the natural client, whatever the partition makes of it:
 * a device is unplugged, not a federated client. */
#include "chain.h"
#include "scope.h"

/* The state of one client and modality between two of its samples. */
enum { NOT_BEGUN, KEPT, LOST };

/* The chain walks the whole record, of all splits and whether or not the modality is there: what
 * happens to a sample then does not depend on which others take part. */
enum fray_status fray_bursts_make(double rate, double burst, const struct fray_scope *scope,
                                  uint8_t **out, struct fray_err *err) {
  const struct fray_dataset *dataset = scope->people->dataset;
  const struct fray_chain law = fray_chain_nesting(rate, burst);
  const size_t stride = dataset->n_modalities;
  uint8_t *state = NULL, *lost = NULL;
  uint64_t name[FRAY_MAX_MODALITIES];
  /* A byte of state, not a chain, for each: data sets of a million clients have short records. */
  FRAY_ALLOC_ZERO(state, scope->arena, dataset->n_clients * stride, err);
  FRAY_ALLOC_ZERO(lost, scope->arena, dataset->n_samples, err);
  for (size_t m = 0; m < stride; m++)
    name[m] = fray_scope_modality(scope, m);
  for (size_t s = 0; s < dataset->n_samples; s++)
    for (size_t m = 0; m < stride; m++) {
      uint8_t *now = &state[dataset->client[s] * stride + m];
      struct fray_chain chain = law;
      /* The first sample is drawn from the stationary law: no record begins complete. */
      chain.begun = *now != NOT_BEGUN;
      chain.lost = *now == LOST;
      /* The number that decides about the sample without bursts, so that a burst of 1 is that. */
      struct fray_rng rng =
          fray_rng_keyed(scope->seed, scope->purpose, dataset->source[s], 0, name[m]);
      const bool gone = fray_chain_step(&chain, fray_rng_uniform(&rng));
      *now = gone ? LOST : KEPT;
      lost[s] |= (uint8_t)(gone << m);
    }
  *out = lost;
  return FRAY_OK;
}

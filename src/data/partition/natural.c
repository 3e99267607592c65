/* The clients of the shards. */
#include "deal.h"

extern const struct fray_choice fray_partition_natural;

/* Samples of one client are consecutive, so a new client starts where the index changes. Clients
 * that hold dev and test samples only take no part in training. */
enum fray_status deal_natural(struct deal *deal, struct fray_err *err) {
  const struct fray_dataset *dataset = deal->dataset;
  /* Names are borrowed from the data set, which outlives its partitions. */
  FRAY_ALLOC(deal->name, &deal->out->arena, dataset->n_clients, err);
  for (size_t i = 0; i < deal->n; i++) {
    uint32_t client = dataset->client[deal->sample[i]];
    if (i == 0 || client != dataset->client[deal->sample[i - 1]])
      deal->name[deal->n_clients++] = dataset->client_name[client];
    deal->owner[i] = (uint32_t)deal->n_clients - 1;
  }
  return FRAY_OK;
}

static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  (void)params;
  return deal_natural(deal, err);
}

static const struct deal_impl impl = {make};
const struct fray_choice fray_partition_natural = {
    .name = "natural",
    .meaning = "the clients of the shards, each with its own training samples",
    .source = "",
    .impl = &impl};

/* Samples dealt at random, in equal shares: what every kind of skew is compared with. */
#include "deal.h"

extern const struct fray_choice fray_partition_iid;

struct params {
  int64_t clients;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "clients", struct params, clients, .required = true, .min = 1, .max = INT32_MAX,
               .help = "number of clients"),
};
static FRAY_TABLE(table, "iid", struct params, fields);

/* More clients than samples are refused by deal_numbered: each holds at least one. */
static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  const struct params *p = params;
  uint32_t *order;
  FRAY_TRY(deal_numbered(deal, p->clients, 1, err));
  FRAY_ALLOC(order, &deal->scratch, deal->n, err);
  for (size_t i = 0; i < deal->n; i++)
    order[i] = (uint32_t)i;
  /* One stream for all: which sample goes where depends on the order of the data set, which the
   * shards fix. */
  struct fray_rng rng = fray_rng_for(deal->seed, "partition/iid", 0, 0, 0);
  fray_rng_shuffle(&rng, order, deal->n);
  /* Dealt like cards: the first n mod clients get one more than the others. */
  for (size_t i = 0; i < deal->n; i++)
    deal->owner[order[i]] = (uint32_t)(i % deal->n_clients);
  return FRAY_OK;
}

static const struct deal_impl impl = {.make = make};
const struct fray_choice fray_partition_iid = {
    .name = "iid",
    .meaning = "training samples dealt at random; sizes differ by at most one",
    .source = "McMahan et al. 2017, section 3",
    .table = &table,
    .impl = &impl};

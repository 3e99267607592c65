/* Random samples, log-normal sizes: clients differ in how much they hold, not in what. */
#include "deal.h"

#include <math.h>

extern const struct fray_choice fray_partition_quantity_skew;

struct params {
  int64_t clients;
  double sigma;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "clients", struct params, clients, .required = true, .min = 1, .max = INT32_MAX,
               .help = "number of clients"),
    FRAY_FIELD(REAL, "sigma", struct params, sigma, .def = 1, .min = 0, .max = 5,
               .help = "deviation of the logarithm of the sizes; 0: equal sizes"),
};
static FRAY_TABLE(table, "quantity", struct params, fields);

/* Each client gets one sample; the others are cut at the cumulative weights exp(sigma z). */
static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  const struct params *p = params;
  uint32_t *order;
  double *weight, total = 0, sum = 0;
  FRAY_TRY(deal_numbered(deal, p->clients, 1, err));
  FRAY_ALLOC(order, &deal->scratch, deal->n, err);
  FRAY_ALLOC(weight, &deal->scratch, deal->n_clients, err);
  struct fray_rng rng = fray_rng_for(deal->seed, "partition/quantity", 0, 0, 0);
  for (size_t k = 0; k < deal->n_clients; k++) {
    /* The mean of the logarithm is 0 for all; only ratios of weights count. */
    weight[k] = exp(p->sigma * fray_rng_normal(&rng));
    total += weight[k];
  }
  /* The weights were drawn first: a seed has the same sizes, whatever is dealt. */
  for (size_t i = 0; i < deal->n; i++)
    order[i] = (uint32_t)i;
  fray_rng_shuffle(&rng, order, deal->n);
  /* A client without a sample would be no client: one each is set aside before the rest is cut. */
  size_t at = 0, spare = deal->n - deal->n_clients;
  for (size_t k = 0; k < deal->n_clients; k++) {
    sum += weight[k];
    size_t end = k + 1 + (size_t)floor(sum / total * (double)spare);
    /* The last takes what rounding left over. */
    if (k + 1 == deal->n_clients || end > deal->n)
      end = deal->n;
    for (; at < end; at++)
      deal->owner[order[at]] = (uint32_t)k;
  }
  return FRAY_OK;
}

static const struct deal_impl impl = {.make = make};
const struct fray_choice fray_partition_quantity_skew = {
    .name = "quantity",
    .meaning = "training samples dealt at random in shares of log-normal size, at least one each",
    .source = "weights exp(sigma z), z standard normal",
    .table = &table,
    .impl = &impl};

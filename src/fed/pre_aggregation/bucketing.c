/* Bucketing: updates are put into buckets at random, and each bucket is averaged.
 *
 * Buckets differ less from one another than clients do. The price: f liars may spoil f of fewer. */
#include "fray/base/rng.h"
#include "fray/fed/rule.h"

struct params {
  int64_t size;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "size", struct params, size, .def = 2, .min = 2, .max = 1000000,
               .unit = "updates",
               .help = "in a bucket; the last one has what is left. A liar spoils its whole "
                       "bucket: f stays as it is, of fewer"),
};
static FRAY_TABLE(table, "bucketing", struct params, fields, .help = "");

/* Rounded up: the last bucket may hold one alone. */
static size_t leaves(const void *params, size_t n) {
  const struct params *p = params;
  return (n + (size_t)p->size - 1) / (size_t)p->size;
}

/* Drawn from the seed and the round alone: every rank has the same buckets. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *matrix,
                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = of->n, size = (size_t)((const struct params *)params)->size;
  struct fray_rng rng = fray_rng_for(of->seed, "bucketing", 0, of->round, 0);
  uint32_t *order;
  FRAY_ALLOC(order, scratch, n, err);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  fray_rng_shuffle(&rng, order, n);
  for (size_t i = 0; i < n; i++) {
    const size_t bucket = i / size, first = bucket * size;
    matrix[bucket * n + order[i]] = 1.0 / (double)(n - first < size ? n - first : size);
  }
  return FRAY_OK;
}

static const struct fray_pre_aggregation_ops ops = {.leaves = leaves, .mix = mix};

extern const struct fray_choice fray_pre_aggregation_bucketing;
const struct fray_choice fray_pre_aggregation_bucketing = {
    .name = "bucketing",
    .meaning = "means of `size` updates each, put together at random in every round",
    .source = "Karimireddy et al. 2022, arXiv 2006.09365, Alg. 1",
    .table = &table,
    .impl = &ops,
};

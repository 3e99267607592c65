/* The clients of the shards. */
#include "deal.h"

#include "fray/base/size.h"

extern const struct fray_choice fray_partition_natural;

/* INT64_MIN: not given, so that results of before the key keep their names. */
struct params {
  int64_t at_least;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "at_least", struct params, at_least, .optional = true, .min = 1,
               .max = INT32_MAX, .unit = "samples",
               .help = "clients with fewer training samples take no part in training, 1; counted "
                       "before own_test takes some. Their dev and test samples stay"),
};
static FRAY_TABLE(table, "natural", struct params, fields);

/* Samples of one client are consecutive, so a new client starts where the index changes. Clients
 * that hold dev and test samples only take no part in training. Samples of those left out close up:
 * what was read is behind what is written. */
enum fray_status deal_natural(struct deal *deal, size_t least, struct fray_err *err) {
  const struct fray_dataset *dataset = deal->dataset;
  struct fray_partition *out = deal->out;
  size_t kept = 0, largest = 0;
  /* Names are borrowed from the data set, which outlives its partitions. */
  FRAY_ALLOC(deal->name, &out->arena, dataset->n_clients, err);
  FRAY_ALLOC(out->left_out, &out->arena, dataset->n_clients, err);
  for (size_t first = 0, end; first < deal->n; first = end) {
    const uint32_t client = dataset->client[deal->sample[first]];
    for (end = first + 1; end < deal->n; end++)
      if (dataset->client[deal->sample[end]] != client)
        break;
    largest = FRAY_MAX(largest, end - first);
    if (end - first < least) { /* told by name, as nobody would miss them else */
      out->left_out[out->n_left_out++] = dataset->client_name[client];
      out->n_left_samples += end - first;
      continue;
    }
    for (size_t i = first; i < end; i++, kept++) {
      deal->sample[kept] = deal->sample[i];
      deal->owner[kept] = (uint32_t)deal->n_clients;
    }
    deal->name[deal->n_clients++] = dataset->client_name[client];
  }
  FRAY_CHECK(kept > 0 || deal->n == 0, err, INPUT,
             "data.partition.at_least: no client has %zu training samples; the largest has %zu",
             least, largest);
  deal->n = kept;
  return FRAY_OK;
}

static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  const int64_t given = ((const struct params *)params)->at_least;
  return deal_natural(deal, given == INT64_MIN ? 1 : (size_t)given, err);
}

static const struct deal_impl impl = {.make = make};
const struct fray_choice fray_partition_natural = {
    .name = "natural",
    .meaning = "the clients of the shards, each with its own training samples",
    .source = "",
    .table = &table,
    .impl = &impl};

/* Partitions: the list of kinds, and what is common to all of them. A kind says who owns which
 * training sample and how clients are called; sorting by client, hashing names, own tests and the
 * lists of dev and test are done here, once for all. */
#include "fray/data/partition.h"

#include "data/dataset/unique.h"
#include "deal.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

#define FRAY_LIST "partitions.def"
#define FRAY_PARTITION(name) FRAY_LISTED(fray_partition_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_partitions = {"partition", "partitions", registry,
                                             FRAY_COUNT(registry)};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_partition_config, kind, .def_text = "natural",
               .choices = &fray_partitions, .help = "how training samples are dealt to clients"),
    FRAY_FIELD(REAL, "own_test", struct fray_partition_config, own_test, .def = 0, .min = 0,
               .max = 0.5,
               .help = "share of each client's training samples (rounded down) that no training "
                       "sees and that the client is tested on (scope own_client); 0.2 if "
                       "`controls` asks for local_only"),
};
FRAY_TABLE(fray_partition_table, "partition", struct fray_partition_config, fields,
           .help = "Which federated client holds which training sample.");

const struct fray_partition_plan *fray_partition_plan_of(const char *kind) {
  const struct fray_choice *choice = fray_choice_find(&fray_partitions, kind);
  const struct deal_impl *impl = choice ? choice->impl : NULL;
  return impl && impl->plan.part ? &impl->plan : NULL;
}

/* Everything a partition points to lies in its arena, or in the data set. */
void fray_partition_free(struct fray_partition *partition) {
  if (!partition)
    return;
  fray_arena_free(&partition->arena);
  free(partition);
}

enum fray_status deal_numbered(struct deal *deal, int64_t n, int64_t least, struct fray_err *err) {
  enum { MOST_EMPTY = 1 << 20 }; /* each takes room */
  /* Empty clients are wished for in studies of skew, but a million of them is a slip of the
   * keyboard. */
  if (least == 0)
    FRAY_CHECK((uint64_t)n <= FRAY_MAX(deal->n, (size_t)MOST_EMPTY), err, INPUT,
               "data.partition.clients: %lld clients for %zu training samples; at most %zu",
               (long long)n, deal->n, FRAY_MAX(deal->n, (size_t)MOST_EMPTY));
  else
    FRAY_CHECK((uint64_t)n <= deal->n / (uint64_t)least, err, INPUT,
               "data.partition.clients: %lld clients with %lld or more samples each need more than "
               "the %zu training samples there are",
               (long long)n, (long long)least, deal->n);
  deal->n_clients = (size_t)n;
  FRAY_ALLOC(deal->name, &deal->out->arena, deal->n_clients, err);
  for (size_t k = 0; k < deal->n_clients; k++)
    FRAY_CHECK(deal->name[k] = fray_arena_printf(&deal->out->arena, "%zu", k), err, MEMORY,
               "out of memory");
  return FRAY_OK;
}

/* Training samples in the order of the data set. */
/* The order of the data set: kinds that deal by position rely on it. */
static enum fray_status list_training(struct deal *deal, struct fray_err *err) {
  const struct fray_dataset *dataset = deal->dataset;
  FRAY_ALLOC(deal->sample, &deal->scratch, dataset->n_samples, err);
  FRAY_ALLOC_ZERO(deal->owner, &deal->scratch, dataset->n_samples, err);
  for (size_t i = 0; i < dataset->n_samples; i++)
    if (dataset->split[i] == FRAY_TRAIN)
      deal->sample[deal->n++] = (uint32_t)i;
  return FRAY_OK;
}

/* place[i]: where sample i of the deal went. The columns travel with their samples. */
static enum fray_status copy_replay(struct deal *deal, const size_t *place, struct fray_err *err) {
  struct fray_partition *out = deal->out;
  out->has_replay = deal->replay_missing != NULL;
  if (!out->has_replay)
    return FRAY_OK;
  FRAY_ALLOC(out->replay_missing, &out->arena, deal->n, err);
  FRAY_ALLOC(out->replay_label, &out->arena, deal->n, err);
  FRAY_ALLOC(out->replay_unlabelled, &out->arena, deal->n, err);
  for (size_t i = 0; i < deal->n; i++) {
    out->replay_missing[place[i]] = deal->replay_missing[i];
    out->replay_label[place[i]] = deal->replay_label[i];
    out->replay_unlabelled[place[i]] = deal->replay_unlabelled[i];
  }
  return FRAY_OK;
}

/* Counting sort by client; the order within a client is the order of the deal. */
static enum fray_status sort_by_client(struct deal *deal, struct fray_err *err) {
  struct fray_partition *out = deal->out;
  /* Two passes: sizes of clients, then places. Stable, so an order that a kind gave stays. */
  size_t *next, *place;
  FRAY_ALLOC_ZERO(out->first, &out->arena, deal->n_clients + 1, err);
  FRAY_ALLOC(out->sample, &out->arena, deal->n, err);
  FRAY_ALLOC(next, &deal->scratch, deal->n_clients, err);
  FRAY_ALLOC(place, &deal->scratch, deal->n, err);
  for (size_t i = 0; i < deal->n; i++)
    out->first[deal->owner[i] + 1]++;
  for (size_t k = 0; k < deal->n_clients; k++) {
    out->first[k + 1] += out->first[k];
    next[k] = out->first[k];
  }
  for (size_t i = 0; i < deal->n; i++) {
    place[i] = next[deal->owner[i]]++;
    out->sample[place[i]] = deal->sample[i];
  }
  return copy_replay(deal, place, err);
}

/* The hash of its name is what keys a client's random streams, so renaming one draws anew and
 * renumbering does not. */
static enum fray_status name_clients(struct deal *deal, struct fray_err *err) {
  struct fray_partition *out = deal->out;
  out->n_clients = deal->n_clients;
  out->name = deal->name;
  FRAY_ALLOC(out->source, &out->arena, deal->n_clients, err);
  for (size_t k = 0; k < deal->n_clients; k++)
    out->source[k] = fray_hash_text(deal->name[k]);
  return texts_are_unique(out->name, out->source, out->n_clients, "data.partition: client", err);
}

/* Counted first, so that the list has its size; ascending, as reports and masks expect. */
static enum fray_status list_evaluation(struct deal *deal, enum fray_split split,
                                        uint32_t **list_of, size_t *n, struct fray_err *err) {
  /* A file's splits replace those of the data set, for all three lists. */
  const uint8_t *splits = deal->split ? deal->split : deal->dataset->split;
  size_t count = 0;
  for (size_t i = 0; i < deal->dataset->n_samples; i++)
    count += splits[i] == split;
  FRAY_ALLOC(*list_of, &deal->out->arena, count, err);
  *n = 0;
  for (size_t i = 0; i < deal->dataset->n_samples; i++)
    if (splits[i] == split)
      (*list_of)[(*n)++] = (uint32_t)i;
  return FRAY_OK;
}

static enum fray_status make(const struct fray_partition_config *config, struct deal *deal,
                             struct fray_err *err) {
  struct fray_partition *out = deal->out;
  const struct deal_impl *impl = config->kind.choice->impl;
  FRAY_TRY(list_training(deal, err));
  /* The kind may shorten the list, and may replace the splits: a file does both. */
  FRAY_TRY(impl->make(config->kind.params, deal, err));
  /* Behind the kind: a file may have made samples train that the shards keep for test. */
  FRAY_CHECK(deal->n >= 1, err, INPUT, "data.partition: %s has no training sample",
             deal->dataset->name);
  FRAY_TRY(name_clients(deal, err));
  FRAY_TRY(sort_by_client(deal, err));
  /* Own tests come out of finished clients, so every kind has them without knowing. */
  FRAY_TRY(deal_own_test(deal, config->own_test, err));
  FRAY_TRY(list_evaluation(deal, FRAY_DEV, &out->dev, &out->n_dev, err));
  return list_evaluation(deal, FRAY_TEST, &out->test, &out->n_test, err);
}

/* Scratch goes in any case; what was made goes only if it is not handed over. */
enum fray_status fray_partition_make(const struct fray_partition_config *config,
                                     const struct fray_dataset *dataset, uint64_t seed,
                                     struct fray_partition **out, struct fray_err *err) {
  struct deal deal = {.dataset = dataset, .seed = seed};
  deal.out = calloc(1, sizeof *deal.out);
  FRAY_CHECK(deal.out, err, MEMORY, "out of memory");
  enum fray_status status = make(config, &deal, err);
  fray_arena_free(&deal.scratch);
  if (status != FRAY_OK) {
    fray_partition_free(deal.out);
    return status;
  }
  *out = deal.out;
  return FRAY_OK;
}

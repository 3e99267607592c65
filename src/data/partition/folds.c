/* Cross-validation without another import: one fold is tested, whatever the shards say, and the
 * others train as the clients that they are. Folds hang on names and on their own seed, never on
 * that of a trial, so that the folds of a sweep are parts of one whole. */
#include "deal.h"

#include "fray/base/natural.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_partition_folds;

enum dev_rule { DEV_OF_SHARDS, DEV_NEXT };
struct params {
  const char *of;
  int64_t k, fold, seed; /* k INT64_MIN: as many as there are names */
  int dev;               /* enum dev_rule */
};

static const char *const dev_names[] = {"shards", "next", NULL}; /* enum dev_rule */
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "of", struct params, of, .def_text = "client",
               .help = "what lies whole in a fold: client, or the values of a group, such as folds "
                       "that an import kept"),
    FRAY_FIELD(INT, "k", struct params, k, .optional = true, .min = 2, .max = 1000000,
               .help = "number of folds; default: each client or value is one, in natural order"),
    FRAY_FIELD(INT, "fold", struct params, fold, .required = true, .min = 0, .max = 999999,
               .help = "the fold that is tested, from 0; sweep it: [0, 1, 2]"),
    FRAY_FIELD(ENUM, "dev", struct params, dev, .def_text = "shards", .names = dev_names,
               .help =
                   "shards: dev samples of the shards that are not tested; next: the whole fold "
                   "behind the tested one"),
    FRAY_FIELD(INT, "seed", struct params, seed, .def = 0, .min = 0, .max = 9e15,
               .help = "with k: of the draw that deals to folds"),
};

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct params *p = section;
  char where[256];
  FRAY_CHECK(p->k == INT64_MIN || p->fold < p->k, err, INPUT,
             "%s: data.partition.fold: %lld, but with k: %lld folds are 0 to %lld",
             fray_node_where(node, where), (long long)p->fold, (long long)p->k,
             (long long)p->k - 1);
  FRAY_CHECK(p->k == INT64_MIN || p->k > 2 || p->dev == DEV_OF_SHARDS, err, INPUT,
             "%s: data.partition.dev: next: with two folds none is left to train",
             fray_node_where(node, where));
  return FRAY_OK;
}
static FRAY_TABLE(table, "folds", struct params, fields, .check = check);

/* What lies whole in a fold: clients, or values of a group. */
struct units {
  size_t n;
  const char *const *name;        /* (n) as the data set numbers them */
  const struct fray_group *group; /* NULL: clients */
  size_t *fold;                   /* (n) */
};

static size_t unit_of(const struct units *u, const struct fray_dataset *d, size_t sample) {
  return u->group ? u->group->code[sample] : d->client[sample];
}

static enum fray_status find_units(const struct fray_dataset *d, const char *of, struct units *out,
                                   struct fray_err *err) {
  const char *names[64];
  char list[600];
  size_t n = FRAY_MIN(d->n_groups, FRAY_COUNT(names) - 1);
  *out = (struct units){.n = d->n_clients, .name = d->client_name};
  if (strcmp(of, "client") == 0)
    return FRAY_OK;
  for (size_t g = 0; g < d->n_groups; g++)
    if (strcmp(d->group[g].name, of) == 0) {
      *out = (struct units){.n = d->group[g].n, .name = d->group[g].value, .group = &d->group[g]};
      return FRAY_OK;
    }
  names[0] = "client";
  for (size_t g = 0; g < n; g++)
    names[g + 1] = d->group[g].name;
  return fray_fail(err, FRAY_INPUT, "data.partition.of: %s has no group \"%s\"; %s", d->name, of,
                   fray_there_are(of, names, n + 1, list, sizeof list));
}

struct place {
  const char *name;
  size_t unit;
};

static int by_name(const void *a, const void *b) {
  return fray_natural_order(((const struct place *)a)->name, ((const struct place *)b)->name);
}

/* By names, so that neither shards nor the order of clients in them matter. Dealt in turns after
 * one shuffle: sizes differ by one at most, and every name is in one fold. */
static enum fray_status deal_folds(const struct params *p, struct deal *deal, struct units *u,
                                   struct fray_err *err) {
  struct place *place;
  uint32_t *order;
  size_t k = p->k == INT64_MIN ? u->n : (size_t)p->k;
  FRAY_CHECK(k <= u->n && k >= 2, err, INPUT, "data.partition.k: %zu folds of %zu %s", k, u->n,
             u->group ? "values" : "clients");
  FRAY_CHECK((uint64_t)p->fold < k, err, INPUT,
             "data.partition.fold: %lld, but %zu %s make the folds 0 to %zu", (long long)p->fold,
             u->n, u->group ? "values" : "clients", k - 1);
  FRAY_CHECK(k > 2 || p->dev == DEV_OF_SHARDS, err, INPUT,
             "data.partition.dev: next: with two folds none is left to train");
  FRAY_ALLOC(u->fold, &deal->scratch, u->n, err);
  FRAY_ALLOC(place, &deal->scratch, u->n, err);
  FRAY_ALLOC(order, &deal->scratch, u->n, err);
  for (size_t i = 0; i < u->n; i++) {
    place[i] = (struct place){u->name[i], i};
    order[i] = (uint32_t)i;
  }
  qsort(place, u->n, sizeof *place, by_name);
  /* Where each is a fold, fold 3 is the fourth name: nothing is drawn. */
  if (k < u->n) {
    struct fray_rng rng = fray_rng_for((uint64_t)p->seed, "partition/folds", 0, 0, 0);
    fray_rng_shuffle(&rng, order, u->n);
  }
  for (size_t i = 0; i < u->n; i++)
    u->fold[place[order[i]].unit] = i % k;
  return FRAY_OK;
}

/* Test samples of the shards that are not in the fold train: everybody is tested once, by a model
 * that was trained on all others. */
static uint8_t split_of(const struct params *p, const struct units *u, const struct fray_dataset *d,
                        size_t sample, size_t k) {
  size_t fold = u->fold[unit_of(u, d, sample)];
  if (fold == (size_t)p->fold)
    return FRAY_TEST;
  if (p->dev == DEV_NEXT)
    return fold == ((size_t)p->fold + 1) % k ? FRAY_DEV : FRAY_TRAIN;
  return d->split[sample] == FRAY_DEV ? FRAY_DEV : FRAY_TRAIN;
}

static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  const struct params *p = params;
  const struct fray_dataset *d = deal->dataset;
  struct units units;
  size_t tested = 0;
  FRAY_TRY(find_units(d, p->of, &units, err));
  FRAY_TRY(deal_folds(p, deal, &units, err));
  FRAY_ALLOC(deal->split, &deal->scratch, d->n_samples, err);
  deal->n = 0;
  for (size_t i = 0; i < d->n_samples; i++) {
    deal->split[i] = split_of(p, &units, d, i, p->k == INT64_MIN ? units.n : (size_t)p->k);
    tested += deal->split[i] == FRAY_TEST;
    /* Room for all samples was taken, whatever their split in the shards. */
    if (deal->split[i] == FRAY_TRAIN)
      deal->sample[deal->n++] = (uint32_t)i;
  }
  FRAY_CHECK(tested > 0, err, INPUT, "data.partition.fold: %lld has no sample of %s",
             (long long)p->fold, d->name);
  FRAY_CHECK(deal->n > 0, err, INPUT,
             "data.partition.fold: %lld leaves no sample to train: all others are dev",
             (long long)p->fold);
  return deal_natural(deal, 1, err);
}

static const struct deal_impl impl = {.make = make, .plan = {.part = "fold", .parts = "k"}};
const struct fray_choice fray_partition_folds = {
    .name = "folds",
    .meaning =
        "one fold of the clients, or of a group's values, is tested; the others train as the "
        "clients of the shards",
    .source = "cross-validation: Stone 1974; leave one subject out",
    .table = &table,
    .impl = &impl};

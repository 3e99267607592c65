/* Label skew: each class is cut over the clients by Dirichlet(alpha) proportions. Where samples
 * have sets of classes, each distinct set is cut as a class of its own (the label powerset). */
#include "deal.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_partition_dirichlet;

enum { WITHIN_ALL, WITHIN_CLIENT };
enum { MOST_TRIES = 10000, LEAST_TRIES = 100 };

/* INT64_MIN stands for a key that was not given, since its default depends on `within`. */
struct params {
  double alpha;
  int within;
  int64_t clients, parts, min_samples;
  bool balance;
};

static const char *const within_names[] = {"all", "client", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "alpha", struct params, alpha, .required = true, .min = 1e-3, .max = 1e6,
               .help = "concentration: small values give each client few classes"),
    FRAY_FIELD(ENUM, "within", struct params, within, .def_text = "all", .names = within_names,
               .help = "all: over all training samples; client: each client is cut into parts"),
    FRAY_FIELD(INT, "clients", struct params, clients, .optional = true, .min = 1, .max = INT32_MAX,
               .help = "within all: number of clients"),
    FRAY_FIELD(INT, "parts", struct params, parts, .optional = true, .min = 1, .max = 1 << 20,
               .help = "within client: parts of each client, 5"),
    FRAY_FIELD(INT, "min_samples", struct params, min_samples, .optional = true, .min = 0,
               .max = INT32_MAX,
               .help =
                   "redrawn until each part holds so many; within all 1, within client 5; 0 allows "
                   "empty ones"),
    FRAY_FIELD(BOOL, "balance", struct params, balance, .def = 1,
               .help = "a part that has reached its equal share takes no more of further classes"),
};

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct params *p = section;
  char where[256];
  fray_node_where(node, where);
  bool all = p->within == WITHIN_ALL;
  /* A key that has no effect is refused: whoever wrote it believes in a setting that is not there.
   */
  FRAY_CHECK(all || p->clients == INT64_MIN, err, INPUT,
             "%s: data.partition.clients: is not used with within: client (parts is)", where);
  FRAY_CHECK(!all || p->parts == INT64_MIN, err, INPUT,
             "%s: data.partition.parts: is not used with within: all (clients is)", where);
  FRAY_CHECK(!all || p->clients != INT64_MIN, err, INPUT,
             "%s: data.partition.clients: required with within: all", where);
  return FRAY_OK;
}
static FRAY_TABLE(table, "dirichlet", struct params, fields, .check = check);

/* One set of samples to be cut into parts. item: positions in the deal, grouped by class. */
struct cut {
  const struct params *params;
  size_t n, parts, least, classes;
  uint32_t *item;            /* (n) sorted by class, order of the data set within a class */
  const size_t *class_first; /* (classes + 1) */
  const uint64_t *class_key; /* (classes) of the draws; NULL: the class itself */
  /* Who keys the draws: 0 for the whole set, else the client whose samples are cut, so that one
   * client's parts do not depend on which others there are. */
  uint64_t who, seed;
  /* scratch */
  uint32_t *shuffled; /* (n) */
  uint32_t *part;     /* (n) of shuffled items */
  size_t *size;       /* (parts) */
  double *proportion; /* (parts) */
};

/* Sets full parts to 0 and normalises; false when nothing is left (tiny alpha). */
static bool balance(struct cut *cut) {
  double sum = 0;
  for (size_t k = 0; k < cut->parts; k++) {
    if (cut->params->balance && (double)cut->size[k] >= (double)cut->n / (double)cut->parts)
      cut->proportion[k] = 0;
    sum += cut->proportion[k];
  }
  /* Also when alpha is so small that every gamma draw is 0 and the sum is NaN. */
  if (!(sum > 0))
    return false;
  for (size_t k = 0; k < cut->parts; k++)
    cut->proportion[k] /= sum;
  return true;
}

/* A stream of its own for each (client, attempt, class): classes are drawn alike whatever others
 * hold. */
static bool cut_class(struct cut *cut, size_t class, uint64_t attempt) {
  /* Items of a class are shuffled among themselves, then cut at the cumulated proportions. */
  size_t first = cut->class_first[class], n = cut->class_first[class + 1] - first, at = 0;
  const uint64_t key = cut->class_key ? cut->class_key[class] : class;
  struct fray_rng rng = fray_rng_for(cut->seed, "partition/dirichlet", cut->who, attempt, key);
  fray_rng_shuffle(&rng, cut->shuffled + first, n);
  fray_rng_dirichlet(&rng, cut->params->alpha, cut->parts, cut->proportion);
  if (!balance(cut))
    return false;
  double sum = 0;
  size_t last = cut->parts - 1;
  while (last > 0 && cut->proportion[last] == 0)
    last--; /* what rounding leaves over goes to the last part that may take some */
  for (size_t k = 0; k <= last; k++) {
    sum += cut->proportion[k];
    size_t end = k == last ? n : FRAY_MIN((size_t)(sum * (double)n), n);
    for (; at < end; at++) {
      cut->part[first + at] = (uint32_t)k;
      cut->size[k]++;
    }
  }
  return true;
}

/* Classes in order, since `balance` lets a part that is full take nothing of those behind. */
static bool try_cut(struct cut *cut, uint64_t attempt) {
  memset(cut->size, 0, cut->parts * sizeof *cut->size);
  /* From the same order each time: an attempt depends on its number, not on those before it. */
  memcpy(cut->shuffled, cut->item, cut->n * sizeof *cut->item);
  for (size_t c = 0; c < cut->classes; c++)
    if (cut->class_first[c + 1] > cut->class_first[c] && !cut_class(cut, c, attempt))
      return false;
  for (size_t k = 0; k < cut->parts; k++)
    if (cut->size[k] < cut->least)
      return false;
  return true;
}

/* Draws until each part holds enough. The limit bounds the work and depends on sizes only. */
static enum fray_status draw(struct cut *cut, const char *what, struct fray_err *err) {
  uint64_t tries = (uint64_t)2000000000 / FRAY_MAX(cut->n, (size_t)1);
  /* About two billion samples dealt in all; sets of up to 200,000 get all 10000 attempts. */
  tries = FRAY_MIN(FRAY_MAX(tries, (uint64_t)LEAST_TRIES), (uint64_t)MOST_TRIES);
  FRAY_CHECK(cut->n / cut->parts >= cut->least, err, INPUT,
             "data.partition: %s has %zu training samples, too few for %zu parts of at least %zu",
             what, cut->n, cut->parts, cut->least);
  for (uint64_t attempt = 0; attempt < tries; attempt++)
    if (try_cut(cut, attempt))
      return FRAY_OK;
  return fray_fail(err, FRAY_INPUT,
                   "data.partition: none of %llu draws gave each of the %zu parts of %s at least "
                   "%zu samples (alpha %g); use fewer parts, a lower min_samples or a larger alpha",
                   (unsigned long long)tries, cut->parts, what, cut->least, cut->params->alpha);
}

/* Class of a sample; the unlabelled ones are a class of their own. */
static size_t class_of(const struct deal *deal, size_t position) {
  int32_t label = deal->dataset->label[deal->sample[position]];
  return label >= 0 ? (size_t)label : deal->dataset->n_classes;
}

/* A sample, or the first of those that have the same set, n of them. */
struct owner_of_set {
  const uint8_t *row; /* (classes) of labels */
  size_t size, n;
  uint32_t at;
};

/* Position in the deal decides among equal sets: no order depends on how qsort treats ties. */
static int by_row(const void *left, const void *right) {
  const struct owner_of_set *a = left, *b = right;
  const int order = memcmp(a->row, b->row, a->size);
  return order ? order : (a->at > b->at) - (a->at < b->at);
}

static int by_frequency(const void *left, const void *right) {
  const struct owner_of_set *a = left, *b = right;
  return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : memcmp(a->row, b->row, a->size);
}

/* The most frequent set first: `balance` deals rare ones to whom has room left. The draws of a set
 * are keyed by its classes and not by its rank, which depends on what others there are. */
static enum fray_status prepare_sets(struct cut *cut, struct deal *deal, size_t first,
                                     struct fray_err *err) {
  const size_t size = deal->dataset->n_classes;
  struct owner_of_set *sample, *set;
  size_t *class_first, at = 0;
  uint64_t *key;
  FRAY_ALLOC(sample, &deal->scratch, cut->n, err);
  FRAY_ALLOC(set, &deal->scratch, cut->n, err);
  for (size_t i = 0; i < cut->n; i++) {
    const uint8_t *row = deal->dataset->labels + deal->sample[first + i] * size;
    sample[i] = (struct owner_of_set){.row = row, .size = size, .at = (uint32_t)(first + i)};
  }
  qsort(sample, cut->n, sizeof *sample, by_row);
  for (size_t i = 0; i < cut->n; i++) {
    if (i == 0 || memcmp(sample[i].row, sample[i - 1].row, size) != 0) {
      set[cut->classes] = sample[i];
      set[cut->classes++].at = (uint32_t)i; /* where its samples begin */
    }
    set[cut->classes - 1].n++;
  }
  qsort(set, cut->classes, sizeof *set, by_frequency);
  FRAY_ALLOC(class_first, &deal->scratch, cut->classes + 1, err);
  FRAY_ALLOC(key, &deal->scratch, cut->classes, err);
  for (size_t c = 0; c < cut->classes; c++) {
    class_first[c] = at;
    key[c] = fray_hash64(set[c].row, size);
    for (size_t i = 0; i < set[c].n; i++)
      cut->item[at++] = sample[set[c].at + i].at;
  }
  class_first[cut->classes] = at;
  cut->class_first = class_first;
  cut->class_key = key;
  return FRAY_OK;
}

/* Samples grouped by class by counting, in the order of the data set within each, so that what is
 * drawn depends on nothing but the draws. */
static enum fray_status prepare(struct cut *cut, struct deal *deal, size_t first, size_t end,
                                struct fray_err *err) {
  cut->n = end - first;
  cut->seed = deal->seed;
  size_t *class_first, *next;
  FRAY_ALLOC(cut->item, &deal->scratch, cut->n, err);
  FRAY_ALLOC(cut->shuffled, &deal->scratch, cut->n, err);
  FRAY_ALLOC(cut->part, &deal->scratch, cut->n, err);
  FRAY_ALLOC(cut->size, &deal->scratch, cut->parts, err);
  FRAY_ALLOC(cut->proportion, &deal->scratch, cut->parts, err);
  FRAY_CHECK(!deal->dataset->words, err, INPUT,
             "classes are dealt, and the data have sequences of them; iid, natural and "
             "quantity deal samples");
  if (deal->dataset->multi_label)
    return prepare_sets(cut, deal, first, err);
  cut->classes = deal->dataset->n_classes + 1;
  FRAY_ALLOC_ZERO(class_first, &deal->scratch, cut->classes + 1, err);
  FRAY_ALLOC(next, &deal->scratch, cut->classes, err);
  for (size_t i = first; i < end; i++)
    class_first[class_of(deal, i) + 1]++;
  for (size_t c = 0; c < cut->classes; c++) {
    class_first[c + 1] += class_first[c];
    next[c] = class_first[c];
  }
  for (size_t i = first; i < end; i++)
    cut->item[next[class_of(deal, i)]++] = (uint32_t)i;
  cut->class_first = class_first;
  return FRAY_OK;
}

/* Positions of the deal, which are in the order of the data set. */
static void assign(const struct cut *cut, struct deal *deal, size_t first_client) {
  for (size_t i = 0; i < cut->n; i++)
    deal->owner[cut->shuffled[i]] = (uint32_t)(first_client + cut->part[i]);
}

/* Clients are numbered: a part of the whole set is nobody in particular. */
static enum fray_status make_all(const struct params *p, struct deal *deal, struct fray_err *err) {
  struct cut cut = {.params = p,
                    .parts = (size_t)p->clients,
                    .least = p->min_samples == INT64_MIN ? 1 : (size_t)p->min_samples};
  FRAY_TRY(deal_numbered(deal, p->clients, (int64_t)cut.least, err));
  FRAY_TRY(prepare(&cut, deal, 0, deal->n, err));
  FRAY_TRY(draw(&cut, "the data set", err));
  assign(&cut, deal, 0);
  return FRAY_OK;
}

/* FedMultimodal's rule for UCI-HAR: the clients of the shards are cut into parts NAME-0, NAME-1,
 * ... */
static enum fray_status cut_client(const struct params *p, struct deal *deal, size_t first,
                                   size_t end, struct fray_err *err) {
  const struct fray_dataset *dataset = deal->dataset;
  uint32_t client = dataset->client[deal->sample[first]];
  char what[128];
  struct cut cut = {.params = p,
                    .parts = p->parts == INT64_MIN ? 5 : (size_t)p->parts,
                    .least = p->min_samples == INT64_MIN ? 5 : (size_t)p->min_samples,
                    .who = dataset->client_source[client]};
  snprintf(what, sizeof what, "client %.100s", dataset->client_name[client]);
  /* A cut's scratch is as large as its client; names go to another arena and stay. */
  struct fray_arena_place mark = fray_arena_mark(&deal->scratch);
  FRAY_TRY(prepare(&cut, deal, first, end, err));
  FRAY_TRY(draw(&cut, what, err));
  assign(&cut, deal, deal->n_clients);
  fray_arena_rewind(&deal->scratch, mark);
  for (size_t k = 0; k < cut.parts; k++) {
    const char *name =
        fray_arena_printf(&deal->out->arena, "%s-%zu", dataset->client_name[client], k);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    deal->name[deal->n_clients++] = name;
  }
  return FRAY_OK;
}

static enum fray_status make_within(const struct params *p, struct deal *deal,
                                    struct fray_err *err) {
  const uint32_t *client = deal->dataset->client;
  /* Defaults differ by `within`, so the table cannot hold them. */
  size_t parts = p->parts == INT64_MIN ? 5 : (size_t)p->parts, names = 0;
  FRAY_CHECK(fray_size_mul(deal->dataset->n_clients, parts, &names) && names <= INT32_MAX, err,
             INPUT, "data.partition.parts: %zu parts of %zu clients are too many", parts,
             deal->dataset->n_clients);
  FRAY_ALLOC(deal->name, &deal->out->arena, names, err);
  for (size_t first = 0, end; first < deal->n; first = end) {
    for (end = first; end < deal->n; end++) /* samples of one client are consecutive */
      if (client[deal->sample[end]] != client[deal->sample[first]])
        break;
    FRAY_TRY(cut_client(p, deal, first, end, err));
  }
  return FRAY_OK;
}

static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  const struct params *p = params;
  return p->within == WITHIN_ALL ? make_all(p, deal, err) : make_within(p, deal, err);
}

static const struct deal_impl impl = {.make = make};
const struct fray_choice fray_partition_dirichlet = {
    .name = "dirichlet",
    .meaning =
        "each class, or each set of classes that samples have, is spread over the clients in "
        "Dirichlet(alpha) proportions",
    .source = "Hsu et al. 2019; Yurochkin et al. 2019; parts of clients: Feng et al. 2023; sets as "
              "classes: the label powerset of Tsoumakas & Katakis 2007",
    .table = &table,
    .impl = &impl};

/* Counting who holds what: one pass over the samples, client by client, so that a million clients
 * take no longer than their samples do. */
#include "holdings.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

/* Between two clients where the place lies between them: type 7 of Hyndman and Fan 1996, as numpy
 * and R do by default. */
static double quantile(const size_t *v, size_t n, double share) {
  const double place = share * (double)(n - 1), part = place - floor(place);
  const size_t at = (size_t)place;
  const double next = (double)v[FRAY_MIN(at + 1, n - 1)];
  return (double)v[at] + part * (next - (double)v[at]);
}

/* The least power of two by which few enough bins grow. */
static size_t factor_of(size_t least, size_t most) {
  for (size_t factor = 2;; factor *= 2) {
    size_t bins = 0;
    for (size_t from = least; from <= most; from *= factor)
      bins++;
    if (bins <= CLI_BINS)
      return factor;
  }
}

/* Equal steps for sizes that are alike; where they go over decades each bin is a multiple of the
 * one before, or all clients but a few would stand in the first. v: sorted, none 0. */
static void fill_bins(const size_t *v, size_t n, struct cli_sizes *out) {
  /* Eight bins show a shape on eight lines; beyond a ratio of sixteen the smallest clients, which
   * are what one looks for, would all stand in the first of them. */
  enum { STEPS = 8, ALIKE = 16 };
  const size_t least = v[0], most = v[n - 1], step = (most - least + STEPS) / STEPS;
  const size_t factor = most / least < ALIKE ? 1 : factor_of(least, most);
  for (size_t i = 0, from = least; from <= most; out->n_bins++) {
    struct cli_bin *b = &out->bin[out->n_bins];
    const size_t end = factor > 1 ? from * factor : from + step;
    *b = (struct cli_bin){.least = from, .most = FRAY_MIN(end - 1, most)};
    /* Sizes are sorted, so each is looked at once over all bins. */
    for (; i < n && v[i] <= b->most; i++)
      b->clients++;
    from = end;
  }
}

/* v (n) is scratch with the sizes of all clients; those without a sample are no clients here. */
static void find_sizes(size_t *v, size_t n, struct cli_sizes *out) {
  size_t kept = 0;
  *out = (struct cli_sizes){0};
  for (size_t i = 0; i < n; i++) {
    out->samples += v[i];
    if (v[i] > 0)
      v[kept++] = v[i];
  }
  out->clients = kept;
  for (size_t q = 0; q < CLI_QUARTILES; q++)
    out->quartile[q] = NAN;
  if (kept == 0)
    return;
  qsort(v, kept, sizeof *v, by_size);
  for (size_t q = 0; q < CLI_QUARTILES; q++)
    out->quartile[q] = quantile(v, kept, (double)q / (CLI_QUARTILES - 1));
  fill_bins(v, kept, out);
}

/* Quartiles of a split are of those that it has; v is sorted anew for each. */
static enum fray_status count_clients(const struct fray_dataset *d, struct fray_arena *arena,
                                      struct cli_holdings *h, struct fray_err *err) {
  size_t *v;
  FRAY_ALLOC_ZERO(h->client_samples, arena, d->n_clients * FRAY_SPLITS + 1, err);
  FRAY_ALLOC(v, arena, d->n_clients + 1, err);
  for (size_t i = 0; i < d->n_samples; i++)
    h->client_samples[d->client[i] * FRAY_SPLITS + d->split[i]]++;
  /* One more than there are splits: all of them together, which no sum of the others tells, since a
   * client may be in several. */
  for (size_t s = 0; s <= FRAY_SPLITS; s++) {
    for (size_t c = 0; c < d->n_clients; c++) {
      const size_t *own = h->client_samples + c * FRAY_SPLITS;
      v[c] = s < FRAY_SPLITS ? own[s] : own[FRAY_TRAIN] + own[FRAY_DEV] + own[FRAY_TEST];
    }
    find_sizes(v, d->n_clients, s < FRAY_SPLITS ? &h->split[s] : &h->all);
  }
  return FRAY_OK;
}

/* Samples by client (counting sort): order (n), first (clients + 1). */
static enum fray_status sort_samples(const struct fray_dataset *d, struct fray_arena *arena,
                                     uint32_t **order, size_t **first, struct fray_err *err) {
  size_t *place;
  FRAY_ALLOC(*order, arena, d->n_samples + 1, err);
  FRAY_ALLOC_ZERO(*first, arena, d->n_clients + 2, err);
  FRAY_ALLOC(place, arena, d->n_clients + 1, err);
  for (size_t i = 0; i < d->n_samples; i++)
    (*first)[d->client[i] + 1]++;
  for (size_t c = 0; c < d->n_clients; c++) {
    place[c] = (*first)[c];
    (*first)[c + 1] += (*first)[c];
  }
  for (size_t i = 0; i < d->n_samples; i++)
    (*order)[place[d->client[i]]++] = (uint32_t)i;
  return FRAY_OK;
}

/* In the order of the classes, whichever sample came first: the same data in other shards give the
 * same lines. */
static int by_class(const void *a, const void *b) {
  const uint32_t x = ((const struct cli_held *)a)->class, y = ((const struct cli_held *)b)->class;
  return (x > y) - (x < y);
}

/* What is counted of the client at hand. n (classes) is zero between two clients. */
struct tally {
  const struct fray_dataset *d;
  uint32_t *n;
  struct cli_held *to; /* its classes, as they were met first */
  size_t kinds;
};

/* A class is listed when its count leaves 0, so none is listed twice. */
static void count_label(struct tally *t, struct cli_holdings *h, size_t sample, size_t class) {
  if (t->n[class]++ == 0)
    t->to[t->kinds++].class = (uint32_t) class;
  h->class[class].samples[t->d->split[sample]]++;
}

/* No label is none of the classes; an empty set of classes counts in none of them either. */
static void count_sample(struct tally *t, struct cli_holdings *h, size_t sample) {
  if (!fray_is_labelled(t->d, sample))
    return;
  /* Of sets and sequences each class that is there counts once. */
  const bool many = t->d->multi_label || t->d->words;
  if (!many)
    count_label(t, h, sample, (size_t)t->d->label[sample]);
  for (size_t k = 0; many && k < t->d->n_classes; k++)
    if (fray_has_class(t->d, sample, k))
      count_label(t, h, sample, k);
}

/* Only the classes that were met are looked at and emptied: there may be thousands of others. */
static void end_client(struct tally *t, struct cli_holdings *h, size_t client) {
  qsort(t->to, t->kinds, sizeof *t->to, by_class);
  for (size_t k = 0; k < t->kinds; k++) {
    struct cli_class_held *c = &h->class[t->to[k].class];
    t->to[k].samples = t->n[t->to[k].class];
    t->n[t->to[k].class] = 0;
    c->clients++;
    if (t->to[k].samples > c->most) {
      c->most = t->to[k].samples;
      c->most_client = client;
    }
  }
}

/* How many pairs there can be: no more than labels, and no more than all. */
static size_t most_pairs(const struct fray_dataset *d) {
  size_t labels = 0, all;
  for (size_t i = 0; i < d->n_samples; i++) {
    const bool many = d->multi_label || d->words;
    if (!many)
      labels += fray_is_labelled(d, i);
    for (size_t k = 0; many && k < d->n_classes; k++)
      labels += fray_has_class(d, i, k);
  }
  return fray_size_mul(d->n_clients, d->n_classes, &all) ? FRAY_MIN(labels, all) : labels;
}

static enum fray_status count_classes(const struct fray_dataset *d, const uint32_t *order,
                                      const size_t *first, struct fray_arena *arena,
                                      struct cli_holdings *h, struct fray_err *err) {
  struct tally t = {.d = d};
  FRAY_ALLOC_ZERO(h->class, arena, d->n_classes + 1, err);
  FRAY_ALLOC(h->first, arena, d->n_clients + 1, err);
  /* A client's classes are written behind those of the others before it is known how many. */
  FRAY_ALLOC(h->held, arena, most_pairs(d) + 1, err);
  FRAY_ALLOC_ZERO(t.n, arena, d->n_classes + 1, err);
  h->first[0] = 0;
  for (size_t c = 0; c < d->n_clients; c++) {
    t.to = h->held + h->first[c];
    t.kinds = 0;
    for (size_t k = first[c]; k < first[c + 1]; k++)
      count_sample(&t, h, order[k]);
    end_client(&t, h, c);
    h->first[c + 1] = h->first[c] + t.kinds;
  }
  return FRAY_OK;
}

/* last (values, FRAY_SPLITS + 1): the client that was counted last, from 1; samples come client by
 * client, so a client that is not the last one is new. */
static enum fray_status count_values(const struct fray_dataset *d, const struct fray_group *group,
                                     const uint32_t *order, struct fray_arena *arena,
                                     struct cli_value_held **out, struct fray_err *err) {
  struct cli_value_held *v;
  size_t *last;
  FRAY_ALLOC_ZERO(v, arena, group->n + 1, err);
  FRAY_ALLOC_ZERO(last, arena, (group->n + 1) * (FRAY_SPLITS + 1), err);
  for (size_t k = 0; k < d->n_samples; k++) {
    const size_t i = order[k], split = d->split[i], client = d->client[i] + (size_t)1;
    struct cli_value_held *at = &v[group->code[i]];
    size_t *seen = last + group->code[i] * (size_t)(FRAY_SPLITS + 1);
    at->samples[split]++;
    at->clients[split] += seen[split] != client;
    at->all_clients += seen[FRAY_SPLITS] != client;
    seen[split] = seen[FRAY_SPLITS] = client;
  }
  *out = v;
  return FRAY_OK;
}

/* Shards need not lie client by client: one client may be in several of them, so samples are sorted
 * once and everything else is counted from that order. */
enum fray_status cli_holdings_find(const struct fray_dataset *d, struct fray_arena *arena,
                                   struct cli_holdings *out, struct fray_err *err) {
  uint32_t *order = NULL;
  size_t *first = NULL;
  *out = (struct cli_holdings){0};
  FRAY_TRY(count_clients(d, arena, out, err));
  FRAY_TRY(sort_samples(d, arena, &order, &first, err));
  FRAY_TRY(count_classes(d, order, first, arena, out, err));
  FRAY_ALLOC_ZERO(out->value, arena, d->n_groups + 1, err);
  for (size_t g = 0; g < d->n_groups; g++)
    FRAY_TRY(count_values(d, &d->group[g], order, arena, &out->value[g], err));
  return FRAY_OK;
}

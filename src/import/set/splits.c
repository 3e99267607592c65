/* Test and dev splits, drawn by seed and names, never by order of files: an import on another
 * machine draws the same. */
#include "splits.h"

#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "fray/base/text.h"
#include "fray/data/few.h"
#include "import/table/natural_names.h"

#include <string.h>

/* Share of n, rounded down; 1e-9 repairs products like 0.29 * 100 = 28.999... */
static size_t share_of(double fraction, size_t n) {
  return (size_t)(fraction * (double)n + 1e-9);
}

/* ---- test ---- */

/* In natural order without repeats, which is what draws count through. */
static enum fray_status list_clients(const struct set *set, const char ***names, size_t *n,
                                     struct fray_err *err) {
  const char **client;
  FRAY_ALLOC(client, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    client[i] = set->sample[i].client;
  return fray_names_unique(client, set->n, set->source.arena, names, n, err);
}

/* Whole clients: what is tested then is people whom no training saw. */
static void move_clients(struct set *set, const char *const *names, size_t n, const bool *chosen) {
  for (size_t i = 0; i < set->n; i++)
    if (chosen[fray_names_find(names, n, set->sample[i].client)])
      set->sample[i].split = FRAY_TEST;
}

/* The order that is shuffled is that of names, so files in another order draw the same clients. */
static enum fray_status draw_clients(struct set *set, struct fray_err *err) {
  const struct test_config *test = &set->config.test;
  const char **names;
  size_t n;
  uint32_t *order;
  bool *chosen;
  FRAY_TRY(list_clients(set, &names, &n, err));
  FRAY_ALLOC_ZERO(chosen, set->source.arena, n + 1, err);
  FRAY_ALLOC(order, set->source.arena, n, err);
  for (size_t c = 0; c < test->clients.n; c++) {
    size_t found = fray_names_find(names, n, test->clients.v[c]);
    char list[700];
    FRAY_CHECK(found < n, err, INPUT, "%s: test.clients: there is no client \"%s\"; %s",
               set->source.yaml, test->clients.v[c],
               fray_there_are(test->clients.v[c], names, n, list, sizeof list));
    chosen[found] = true;
  }
  for (size_t c = 0; c < n; c++)
    order[c] = (uint32_t)c;
  /* The purpose differs from that of dev: the two draws of one seed have nothing in common. */
  struct fray_rng rng = fray_rng_for((uint64_t)set->config.seed, "import/test", 0, 0, 0);
  fray_rng_shuffle(&rng, order, n);
  /* 0 where clients are named: check_import takes one of the two only. */
  size_t wanted = test->fraction > 0 ? share_of(test->fraction, n) : 0;
  /* Asked for and rounded down to nothing: a study without a test would be the surprise. */
  FRAY_CHECK(test->fraction == 0 || wanted > 0, err, INPUT,
             "%s: test.fraction: %g of %zu clients is none", set->source.yaml, test->fraction, n);
  for (size_t c = 0; c < wanted; c++)
    chosen[order[c]] = true;
  move_clients(set, names, n, chosen);
  return FRAY_OK;
}

/* Samples that are drawn together, as indices. */
struct pool {
  uint32_t *sample;
  size_t n;
};

/* The first of a shuffle, so that a larger share of one seed adds samples and gives none back. */
static void draw_window(struct set *set, const struct pool *pool, double fraction,
                        struct fray_rng rng, uint8_t to) {
  fray_rng_shuffle(&rng, pool->sample, pool->n);
  for (size_t k = 0; k < share_of(fraction, pool->n); k++)
    set->sample[pool->sample[k]].split = to;
}

/* One run, so that neighbours that overlap are on both sides of the cut only at its two ends. */
static void draw_block(struct set *set, const struct pool *pool, double fraction,
                       struct fray_rng rng, uint8_t to) {
  size_t n = share_of(fraction, pool->n);
  size_t first = (size_t)fray_rng_below(&rng, pool->n - n + 1);
  for (size_t k = 0; k < n; k++)
    set->sample[pool->sample[first + k]].split = to;
}

struct draw {
  const char *purpose;
  double fraction;
  uint8_t from, to;
  bool blocks; /* per client and class */
  bool all;    /* one pool of everything */
};

/* Draws within one client's samples order[0..n). */
static void draw_client(struct set *set, const struct draw *d, const uint32_t *order, size_t n,
                        uint32_t *scratch) {
  /* Keyed by the client's name: another client's samples change no draw of this one. */
  uint64_t who = fray_hash_text(set->sample[order[0]].client);
  for (size_t class = 0; class < (d->blocks ? set->n_classes : 1); class ++) {
    struct pool pool = {.sample = scratch};
    for (size_t i = 0; i < n; i++) {
      const struct sample *s = &set->sample[order[i]];
      if (s->split == d->from && (!d->blocks || s->label == (int32_t) class))
        pool.sample[pool.n++] = order[i];
    }
    struct fray_rng rng = fray_rng_for((uint64_t)set->config.seed, d->purpose, who, 0, class);
    if (pool.n && d->blocks)
      draw_block(set, &pool, d->fraction, rng, d->to);
    else if (pool.n)
      draw_window(set, &pool, d->fraction, rng, d->to);
  }
}

/* One pool for all, or one for each client, or for each client and class. */
static enum fray_status draw_samples(struct set *set, const struct draw *d, struct fray_err *err) {
  /* scratch holds one pool at a time: none is larger than the set. */
  uint32_t *order, *scratch;
  FRAY_TRY(fray_set_order(set, &order, err));
  FRAY_ALLOC(scratch, set->source.arena, set->n, err);
  if (d->all) {
    struct pool pool = {.sample = scratch};
    for (size_t i = 0; i < set->n; i++)
      if (set->sample[order[i]].split == d->from)
        pool.sample[pool.n++] = order[i];
    draw_window(set, &pool, d->fraction,
                fray_rng_for((uint64_t)set->config.seed, d->purpose, 0, 0, 0), d->to);
    return FRAY_OK;
  }
  for (size_t first = 0, next; first < set->n; first = next) {
    const char *client = set->sample[order[first]].client;
    for (next = first; next < set->n && !strcmp(set->sample[order[next]].client, client);)
      next++;
    draw_client(set, d, order + first, next - first, scratch);
  }
  return FRAY_OK;
}

/* A split that the inputs give is never mixed with one that is drawn. */
static size_t count_split(const struct set *set, uint8_t split) {
  size_t n = 0;
  for (size_t i = 0; i < set->n; i++)
    n += set->sample[i].split == split;
  return n;
}

/* Before dev: what is tested is taken first, dev comes out of the rest unless `from: test`. */
enum fray_status fray_split_test(struct set *set, struct fray_err *err) {
  const struct test_config *test = &set->config.test;
  if (test->clients.n == 0 && test->fraction == 0)
    return FRAY_OK;
  FRAY_CHECK(count_split(set, FRAY_TEST) == 0, err, INPUT,
             "%s: test: the inputs already give test samples", set->source.yaml);
  /* Clients that are named need no share; a share is of clients unless samples are asked for. */
  if (test->clients.n || test->of == TEST_OF_CLIENTS)
    return draw_clients(set, err);
  struct draw draw = {"import/test", test->fraction, FRAY_TRAIN, FRAY_TEST, false, false};
  return draw_samples(set, &draw, err);
}

/* From the split that the YAML names, by window or in blocks, within clients or over all. */
enum fray_status fray_split_dev(struct set *set, struct fray_err *err) {
  const struct dev_config *dev = &set->config.dev;
  if (dev->fraction == 0)
    return FRAY_OK;
  FRAY_CHECK(count_split(set, FRAY_DEV) == 0, err, INPUT,
             "%s: dev: the inputs already give dev samples", set->source.yaml);
  struct draw draw = {
      "import/dev", dev->fraction,       dev->from == DEV_FROM_TRAIN ? FRAY_TRAIN : FRAY_TEST,
      FRAY_DEV,     dev->by == BY_BLOCK, dev->within == WITHIN_ALL};
  FRAY_TRY(draw_samples(set, &draw, err));
  if (count_split(set, FRAY_DEV) == 0)
    fray_import_warn(NULL, "%s: dev.fraction %g gives no dev sample", set->source.yaml,
                     dev->fraction);
  return FRAY_OK;
}

/* Said at import, where another split can still be chosen. */
enum fray_status fray_split_warn(const struct set *set, struct fray_err *err) {
  char words[FRAY_FEW_WORDS];
  /* Clients of the test split, not samples: people are what a study speaks of. */
  const char **client, **unique;
  size_t n = 0, found;
  FRAY_ALLOC(client, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    if (set->sample[i].split == FRAY_TEST)
      client[n++] = set->sample[i].client;
  FRAY_TRY(fray_names_unique(client, n, set->source.arena, &unique, &found, err));
  if (n == 0)
    fray_import_warn(NULL, "%s: no sample is for test; `split` of an input or `test` makes some",
                     set->source.yaml);
  else if (found < FRAY_ENOUGH_CLIENTS)
    fray_import_warn(NULL, "%s: %s", set->config.name, fray_few_test_clients(found, words));
  return FRAY_OK;
}

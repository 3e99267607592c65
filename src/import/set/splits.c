/* Test and dev splits: what the YAML asks for, as draws; and what is said of a test of few people.
 */
#include "splits.h"

#include "split_draws.h"

#include "fray/data/few.h"
#include "import/table/natural_names.h"

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
  /* Whoever is tested is tested with all samples, also those that an input gave to dev. */
  struct draw draw = {.where = "test",
                      .purpose = "import/test",
                      .fraction = test->fraction,
                      .from = FRAY_TRAIN,
                      .to = FRAY_TEST,
                      .any_from = true,
                      .clients = &test->clients};
  if (test->clients.n == 0 && test->fraction == 0)
    return FRAY_OK;
  FRAY_CHECK(count_split(set, FRAY_TEST) == 0, err, INPUT,
             "%s: test: the inputs already give test samples", set->source.yaml);
  FRAY_TRY(fray_strata_find(set, "test", test->stratify, &draw.strata, err));
  /* Clients that are named need no share; a share is of clients unless samples are asked for. */
  return test->clients.n || test->of == TEST_OF_CLIENTS ? fray_draw_clients(set, &draw, err)
                                                        : fray_draw_samples(set, &draw, err);
}

/* From the split that the YAML names: whole clients, or by window or in blocks, within clients or
 * over all. */
enum fray_status fray_split_dev(struct set *set, struct fray_err *err) {
  const struct dev_config *dev = &set->config.dev;
  /* The purposes of the two draws differ: those of one seed have nothing in common. */
  struct draw draw = {.where = "dev",
                      .purpose = "import/dev",
                      .fraction = dev->fraction,
                      .from = dev->from == DEV_FROM_TRAIN ? FRAY_TRAIN : FRAY_TEST,
                      .to = FRAY_DEV,
                      .blocks = dev->by == BY_BLOCK,
                      .all = dev->within == WITHIN_ALL,
                      .clients = &dev->clients};
  if (dev->fraction == 0 && dev->clients.n == 0)
    return FRAY_OK;
  FRAY_CHECK(count_split(set, FRAY_DEV) == 0, err, INPUT,
             "%s: dev: the inputs already give dev samples", set->source.yaml);
  FRAY_TRY(fray_strata_find(set, "dev", dev->stratify, &draw.strata, err));
  if (dev->clients.n || dev->by == BY_CLIENT)
    return fray_draw_clients(set, &draw, err);
  FRAY_TRY(fray_draw_samples(set, &draw, err));
  if (count_split(set, FRAY_DEV) == 0)
    fray_import_warn(NULL, "%s: dev.fraction %g gives no dev sample%s", set->source.yaml,
                     dev->fraction,
                     set->source.cuts ? "; stretches of recordings move as wholes, and "
                                        "`windows.longest` makes shorter ones"
                                      : "");
  return FRAY_OK;
}

/* Without a test split everybody may be tested in turn, as folds: how many that are is said then.
 */
static enum fray_status warn_untested(const struct set *set, const char **client,
                                      struct fray_err *err) {
  char words[FRAY_FEW_WORDS];
  const char **unique;
  size_t found;
  fray_import_warn(NULL, "%s: no sample is for test; `split` of an input or `test` makes some",
                   set->source.yaml);
  for (size_t i = 0; i < set->n; i++)
    client[i] = set->sample[i].client;
  FRAY_TRY(fray_names_unique(client, set->n, set->source.arena, &unique, &found, err));
  if (found < FRAY_ENOUGH_CLIENTS)
    fray_import_warn(NULL, "%s: even if each client is tested in turn: %s", set->config.name,
                     fray_few_test_clients(found, words));
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
    return warn_untested(set, client, err);
  if (found < FRAY_ENOUGH_CLIENTS)
    fray_import_warn(NULL, "%s: %s", set->config.name, fray_few_test_clients(found, words));
  return FRAY_OK;
}

/* Folds: everybody is tested once, and never by a model that was trained on them. */
#include "data_bench.h"

enum { CLIENTS = 15, EACH = 60 };
static struct fray_dataset
    *data; /* 12 clients x 60 samples, 12 of them dev; 3 test clients; 3 sites */

static int set_up(void **state) {
  if (make_folder(state))
    return -1;
  data = synth_set(
      "{clients: 12, test_clients: 3, samples: 60, classes: 5, modalities: ['feature:2'], "
      "sites: 4}",
      "data");
  return 0;
}

static int tear_down(void **state) {
  fray_dataset_close(data);
  return remove_folder(state);
}

static struct fray_partition *fold_of(const char *keys, size_t fold, uint64_t seed) {
  char yaml[160];
  snprintf(yaml, sizeof yaml, "{kind: folds, fold: %zu%s}", fold, keys);
  return partition_of(yaml, data, seed);
}

/* Adds one to each client that has a test sample; all its samples must be test samples then. */
static size_t mark_tested(const struct fray_partition *p, int *tested) {
  size_t samples[CLIENTS] = {0}, n = 0;
  for (size_t i = 0; i < p->n_test; i++)
    samples[data->client[p->test[i]]]++;
  for (size_t c = 0; c < CLIENTS; c++) {
    assert_true(samples[c] == 0 || samples[c] == EACH);
    tested[c] += samples[c] > 0;
    n += samples[c] > 0;
  }
  return n;
}

/* No client that is tested, or is dev as a whole, trains; every sample has one place at most. */
static void check_apart(const struct fray_partition *p, bool whole_dev) {
  uint8_t place[CLIENTS * EACH] = {0}, client[CLIENTS] = {0};
  for (size_t i = 0; i < p->n_test; i++) {
    assert_int_equal(place[p->test[i]]++, 0);
    client[data->client[p->test[i]]] |= 1;
  }
  for (size_t i = 0; i < p->n_dev; i++) {
    assert_int_equal(place[p->dev[i]]++, 0);
    client[data->client[p->dev[i]]] |= whole_dev ? 2 : 0;
  }
  for (size_t i = 0; i < p->first[p->n_clients]; i++) {
    assert_int_equal(place[p->sample[i]]++, 0);
    client[data->client[p->sample[i]]] |= 4;
  }
  for (size_t i = 0; i < data->n_samples; i++)
    assert_int_equal(place[i], 1);
  for (size_t c = 0; c < CLIENTS; c++)
    assert_true(client[c] == 1 || client[c] == 2 || client[c] == 4);
}

static void everybody_is_tested_once(void **state) {
  (void)state;
  static const struct {
    const char *keys;
    size_t k, least, most; /* folds, and clients of one */
    bool next;
  } cases[] = {
      {"", 15, 1, 1, false},
      {", dev: next", 15, 1, 1, true},
      {", k: 15", 15, 1, 1, false},
      {", k: 5", 5, 3, 3, false},
      {", k: 5, seed: 3", 5, 3, 3, false},
      {", k: 4, dev: next", 4, 3, 4, true},
      {", k: 2", 2, 7, 8, false},
      {", of: site", 4, 3, 4, false},
      {", of: site, k: 3, dev: next", 3, 3, 8, true},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    int tested[CLIENTS] = {0};
    for (size_t f = 0; f < cases[i].k; f++) {
      struct fray_partition *p = fold_of(cases[i].keys, f, 0);
      size_t n = mark_tested(p, tested);
      assert_true(n >= cases[i].least && n <= cases[i].most);
      check_apart(p, cases[i].next);
      fray_partition_free(p);
    }
    for (size_t c = 0; c < CLIENTS; c++)
      assert_int_equal(tested[c], 1);
  }
}

/* Without k the folds are the clients in natural order, not that of their letters. */
static void folds_are_numbered_by_name(void **state) {
  (void)state;
  for (size_t f = 0; f < CLIENTS; f++) {
    struct fray_partition *p = fold_of("", f, 9);
    size_t rank = 0;
    const char *name = data->client_name[data->client[p->test[0]]];
    for (size_t c = 0; c < CLIENTS; c++) {
      size_t n = strlen(data->client_name[c]), m = strlen(name);
      /* Names of the set differ in a number at their end, so the shorter one is the smaller. */
      rank += n < m || (n == m && strcmp(data->client_name[c], name) < 0);
    }
    assert_int_equal(rank, f);
    fray_partition_free(p);
  }
}

/* What is tested with whom is a matter of the folds' own seed, not of the trial's. */
static void seeds_of_trials_do_not_matter(void **state) {
  (void)state;
  struct fray_partition *a = fold_of(", k: 5", 2, 1), *b = fold_of(", k: 5", 2, 2),
                        *c = fold_of(", k: 5, seed: 1", 2, 1);
  assert_int_equal(a->n_test, b->n_test);
  assert_memory_equal(a->test, b->test, a->n_test * sizeof *a->test);
  assert_true(a->n_test == c->n_test && memcmp(a->test, c->test, a->n_test * sizeof *a->test) != 0);
  fray_partition_free(a);
  fray_partition_free(b);
  fray_partition_free(c);
}

/* Dev samples of the shards stay dev, but for those that are tested. */
static void dev_stays(void **state) {
  (void)state;
  struct fray_partition *p = fold_of(", k: 5", 0, 0);
  size_t dev = 0;
  for (size_t i = 0; i < data->n_samples; i++) {
    bool tested = false;
    for (size_t t = 0; t < p->n_test; t++)
      tested = tested || p->test[t] == i;
    if (data->split[i] == FRAY_DEV && !tested)
      assert_int_equal(p->dev[dev++], i);
  }
  assert_int_equal(dev, p->n_dev);
  assert_true(dev > 0 && dev < 12 * 12);
  fray_partition_free(p);
}

static void refusals(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *part;
  } cases[] = {
      {"{kind: folds}", "fold"},
      {"{kind: folds, fold: 15}", "data.partition.fold: 15, but 15 clients make the folds 0 to 14"},
      {"{kind: folds, fold: 5, k: 5}", "data.partition.fold: 5, but with k: 5 folds are 0 to 4"},
      {"{kind: folds, fold: 0, k: 16}", "data.partition.k: 16 folds of 15 clients"},
      {"{kind: folds, fold: 0, k: 1}", "k"},
      {"{kind: folds, fold: 0, k: 2, dev: next}", "with two folds none is left to train"},
      {"{kind: folds, fold: 0, of: sight}",
       "data.partition.of: synthetic has no group \"sight\"; there are 'client', 'site'"},
      {"{kind: folds, fold: 4, of: site}", "fold: 4, but 4 values make the folds 0 to 3"},
      {"{kind: folds, fold: -1}", "fold"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_err err = {0};
    struct fray_partition *p = NULL;
    refused(try_partition(cases[i].yaml, data, 0, &p, &err), &err, cases[i].part);
    assert_null(p);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everybody_is_tested_once),
      cmocka_unit_test(folds_are_numbered_by_name),
      cmocka_unit_test(seeds_of_trials_do_not_matter),
      cmocka_unit_test(dev_stays),
      cmocka_unit_test(refusals),
  };
  return run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), set_up, tear_down);
}

/* Laws that every kind of partition keeps, for every line of the list of kinds. */
#include "data_bench.h"

#include "fray/base/rng.h"
#include "fray/base/text.h"

enum { CLIENTS = 12, TRAIN = 12 * 48, SEED = 3 };
static const char plan[] = "{clients: 12, test_clients: 3, samples: 60, classes: 5, modalities: "
                           "['feature:2'], shards: %d}";
static struct fray_dataset *data; /* 12 clients x 60 samples, 12 of them dev; 3 test clients */

/* What a kind is held to. In `yaml`, $ stands for the test's folder. */
static const struct subject {
  const char *yaml;
  size_t clients, least; /* how many there are; the fewest samples of one */
  int unused;            /* training samples that no client holds, as the kind documents; below 0:
                            test samples that clients hold */
  bool draws;            /* another seed is another partition */
  bool by_sample;        /* with clients in another order, the same samples, not only sizes */
} subjects[] = {
    {"{kind: natural}", CLIENTS, 48, 0, false, true},
    {"{kind: natural, at_least: 48}", CLIENTS, 48, 0, false, true},
    {"{kind: iid, clients: 7}", 7, TRAIN / 7, 0, true, false},
    {"{kind: iid, clients: 576}", TRAIN, 1, 0, true, false},
    {"{kind: dirichlet, clients: 10, alpha: 0.5}", 10, 1, 0, true, false},
    {"{kind: dirichlet, clients: 10, alpha: 0.5, balance: false, min_samples: 0}", 10, 0, 0, true,
     false},
    {"{kind: dirichlet, clients: 4, alpha: 100, min_samples: 100}", 4, 100, 0, true, false},
    {"{kind: dirichlet, within: client, alpha: 0.1}", 60, 5, 0, true, true},
    {"{kind: dirichlet, within: client, alpha: 5, parts: 3, min_samples: 8}", 36, 8, 0, true, true},
    {"{kind: quantity, clients: 9, sigma: 1.5}", 9, 1, 0, true, false},
    {"{kind: quantity, clients: 20, sigma: 0}", 20, 1, 0, true, false},
    {"{kind: folds, fold: 14}", 14, 48, -2 * 60, false, true},
    {"{kind: folds, of: site, fold: 1}", 10, 48, TRAIN - 8 * 48 - 2 * 60, false, true},
    {"{kind: file, path: $/some.csv}", 5, 100, TRAIN - 500, false, true},
    {"{kind: file, path: $/some.json, train_id: '{key}'}", 5, 100, TRAIN - 500, false, true},
};

/* Kinds that say themselves what is dev and test; test_partition_folds.c has their laws. */
static bool moves(const struct subject *s) {
  return strstr(s->yaml, "kind: folds") != NULL;
}

static const char *yaml_of(const struct subject *s) {
  const char *at = strchr(s->yaml, '$');
  if (!at)
    return s->yaml;
  return fray_arena_printf(&bench_arena, "%.*s%s%s", (int)(at - s->yaml), s->yaml, in_folder("."),
                           at + 1);
}

static struct fray_partition *made(const struct subject *s, uint64_t seed) {
  return partition_of(yaml_of(s), data, seed);
}

/* ---- files of partitions ---- */

static void put_csv(const char *name, const struct fray_partition *p,
                    const struct fray_dataset *d) {
  struct fray_text text = {0};
  fray_text_puts(&text, "source,client\n");
  for (size_t c = 0; c < p->n_clients; c++)
    for (size_t i = p->first[c]; i < p->first[c + 1]; i++) {
      fray_text_csv(&text, d->source_id[p->sample[i]]);
      fray_text_puts(&text, ",");
      fray_text_csv(&text, p->name[c]);
      fray_text_puts(&text, "\n");
    }
  put_file(name, text.data);
  fray_text_free(&text);
}

/* FedMultimodal's form, with the source id as the key. Names of the tests need no escapes. */
static void put_json(const char *name, const struct fray_partition *p,
                     const struct fray_dataset *d) {
  struct fray_text text = {0};
  bool any = false;
  fray_text_puts(&text, "{");
  for (size_t c = 0; c < p->n_clients; c++) {
    if (size_of(p, c) == 0)
      continue;
    fray_text_printf(&text, "%s\"%s\": [", any ? ",\n" : "", p->name[c]);
    for (size_t i = p->first[c]; i < p->first[c + 1]; i++)
      fray_text_printf(&text, "%s[\"%s\", 0, %d]", i > p->first[c] ? ", " : "",
                       d->source_id[p->sample[i]], d->label[p->sample[i]]);
    fray_text_puts(&text, "]");
    any = true;
  }
  fray_text_puts(&text, "}");
  put_file(name, text.data);
  fray_text_free(&text);
}

/* Five clients of a hundred samples each, out of a partition of their own. */
static void put_some(void) {
  static const char *const names[] = {"a", "b, c", "d", "e e", "f"};
  struct fray_partition *p = partition_of("{kind: iid, clients: 5}", data, 99);
  size_t first[] = {0, 100, 200, 300, 400, 500};
  struct fray_partition some = *p;
  some.name = (const char **)names;
  some.first = first;
  put_csv("some.csv", &some, data);
  put_json("some.json", &some, data);
  fray_partition_free(p);
}

static int set_up(void **state) {
  char yaml[160];
  if (make_folder(state))
    return -1;
  snprintf(yaml, sizeof yaml, plan, 1);
  data = synth_set(yaml, "data");
  put_some();
  return 0;
}

static int tear_down(void **state) {
  fray_dataset_close(data);
  return remove_folder(state);
}

/* ---- the laws ---- */

static void every_kind_is_tested(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_partitions.n; k++) {
    char start[80];
    bool found = false;
    int n = snprintf(start, sizeof start, "{kind: %s", fray_partitions.v[k]->name);
    for (size_t i = 0; i < FRAY_COUNT(subjects); i++)
      found = found || (strncmp(subjects[i].yaml, start, (size_t)n) == 0 &&
                        strchr(",}", subjects[i].yaml[n]));
    if (!found)
      fail_msg("no line of `subjects` begins with %s", start);
  }
}

static void each_training_sample_has_one_owner(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    struct fray_partition *p = made(&subjects[k], SEED);
    uint8_t *seen = calloc(data->n_samples, 1);
    assert_int_equal(p->first[0], 0);
    assert_int_equal(p->first[p->n_clients], (size_t)(TRAIN - subjects[k].unused));
    for (size_t i = 0; i < p->first[p->n_clients]; i++) {
      assert_true(data->split[p->sample[i]] == FRAY_TRAIN || moves(&subjects[k]));
      assert_int_equal(seen[p->sample[i]]++, 0);
    }
    assert_false(p->has_replay);
    free(seen);
    fray_partition_free(p);
  }
}

static void dev_and_test_stay(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    size_t dev = 0, test = 0;
    if (moves(&subjects[k]))
      continue;
    struct fray_partition *p = made(&subjects[k], SEED);
    for (size_t i = 0; i < data->n_samples; i++) {
      if (data->split[i] == FRAY_DEV)
        assert_int_equal(p->dev[dev++], i);
      if (data->split[i] == FRAY_TEST)
        assert_int_equal(p->test[test++], i);
    }
    assert_true(dev == p->n_dev && dev == 12 * 12);
    assert_true(test == p->n_test && test == 3 * 60);
    fray_partition_free(p);
  }
}

static void clients_are_as_asked(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++)
    for (uint64_t seed = 0; seed < 5; seed++) {
      struct fray_partition *p = made(&subjects[k], seed);
      assert_int_equal(p->n_clients, subjects[k].clients);
      for (size_t c = 0; c < p->n_clients; c++) {
        assert_true(p->first[c] <= p->first[c + 1]);
        assert_true(size_of(p, c) >= subjects[k].least);
        for (size_t b = 0; b < c; b++)
          assert_true(p->source[b] != p->source[c] && strcmp(p->name[b], p->name[c]) != 0);
      }
      fray_partition_free(p);
    }
}

static bool same(const struct fray_partition *a, const struct fray_partition *b) {
  size_t n = a->n_clients;
  return n == b->n_clients && memcmp(a->source, b->source, n * sizeof *a->source) == 0 &&
         memcmp(a->first, b->first, (n + 1) * sizeof *a->first) == 0 &&
         memcmp(a->sample, b->sample, a->first[n] * sizeof *a->sample) == 0;
}

static void a_seed_is_a_partition(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    struct fray_partition *a = made(&subjects[k], 3), *b = made(&subjects[k], 3),
                          *c = made(&subjects[k], 4);
    assert_true(same(a, b));
    assert_int_equal(!same(a, c), subjects[k].draws);
    fray_partition_free(a);
    fray_partition_free(b);
    fray_partition_free(c);
  }
}

static void shards_do_not_matter(void **state) {
  (void)state;
  char yaml[160];
  snprintf(yaml, sizeof yaml, plan, 4);
  struct fray_dataset *cut = synth_set(yaml, "cut");
  assert_int_equal(cut->n_shards, 4);
  assert_int_equal(cut->n_samples, data->n_samples);
  for (size_t i = 0; i < data->n_samples; i++)
    assert_string_equal(cut->source_id[i], data->source_id[i]);
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    struct fray_partition *a = made(&subjects[k], SEED);
    struct fray_partition *b = partition_of(yaml_of(&subjects[k]), cut, SEED);
    assert_true(same(a, b));
    fray_partition_free(a);
    fray_partition_free(b);
  }
  fray_dataset_close(cut);
}

/* The data set with its clients in reverse order, each with its samples as before. place[i]: where
 * sample i was. Memory: the arena. */
static struct fray_dataset reversed(uint32_t **place) {
  struct fray_dataset d = *data;
  size_t n = d.n_samples, at = 0;
#define NEW(member, count) d.member = fray_arena_alloc(&bench_arena, count, sizeof *d.member)
  NEW(label, n), NEW(split, n), NEW(present, n), NEW(client, n), NEW(source, n), NEW(source_id, n);
  NEW(client_name, d.n_clients), NEW(client_source, d.n_clients);
#undef NEW
  uint16_t *site = fray_arena_alloc(&bench_arena, n, sizeof *site);
  struct fray_group *group = fray_arena_alloc(&bench_arena, 1, sizeof *group);
  *group = data->group[0];
  group->code = site;
  d.group = group;
  *place = fray_arena_alloc(&bench_arena, n, sizeof **place);
  for (size_t c = 0; c < d.n_clients; c++) {
    size_t old = d.n_clients - 1 - c;
    d.client_name[c] = data->client_name[old];
    d.client_source[c] = data->client_source[old];
    for (size_t i = 0; i < n; i++) {
      if (data->client[i] != old)
        continue;
      d.label[at] = data->label[i];
      d.split[at] = data->split[i];
      d.present[at] = data->present[i];
      d.client[at] = (uint32_t)c;
      d.source[at] = data->source[i];
      d.source_id[at] = data->source_id[i];
      site[at] = data->group[0].code[i];
      (*place)[at++] = (uint32_t)i;
    }
  }
  return d;
}

static size_t find_client(const struct fray_partition *p, uint64_t source) {
  size_t c = 0;
  while (c < p->n_clients && p->source[c] != source)
    c++;
  return c;
}

/* Samples are named in the data set as it was, in the order of the partition. */
static void the_order_of_clients_does_not_matter(void **state) {
  (void)state;
  uint32_t *place;
  struct fray_dataset other = reversed(&place);
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    struct fray_partition *a = made(&subjects[k], SEED);
    struct fray_partition *b = partition_of(yaml_of(&subjects[k]), &other, SEED);
    assert_int_equal(a->n_clients, b->n_clients);
    for (size_t c = 0; c < a->n_clients; c++) {
      size_t twin = find_client(b, a->source[c]);
      assert_true(twin < b->n_clients);
      assert_int_equal(size_of(a, c), size_of(b, twin));
      for (size_t i = 0; subjects[k].by_sample && i < size_of(a, c); i++)
        assert_int_equal(a->sample[a->first[c] + i], place[b->sample[b->first[twin] + i]]);
    }
    fray_partition_free(a);
    fray_partition_free(b);
  }
}

/* ---- own tests ---- */

static enum fray_status try_with_own(const struct subject *s, double share,
                                     struct fray_partition **out, struct fray_err *err) {
  const char *yaml = yaml_of(s);
  char text[512];
  snprintf(text, sizeof text, "%.*s, own_test: %g}", (int)strlen(yaml) - 1, yaml, share);
  return try_partition(text, data, 7, out, err);
}

static uint64_t own_draw(uint32_t sample) {
  struct fray_rng rng = fray_rng_for(7, "own-test", data->source[sample], 0, 0);
  return fray_rng_u64(&rng);
}

/* Of a client that had `all` (n): the floor(share n) samples with the smallest draws are its own
 * test samples, the others train; both keep their order. */
static void check_own(const struct fray_partition *p, size_t client, const uint32_t *all, size_t n,
                      size_t expected) {
  size_t own = p->own_first[client], kept = p->first[client];
  uint64_t largest = 0, smallest = UINT64_MAX;
  assert_int_equal(p->own_first[client + 1] - own, expected);
  assert_int_equal(p->first[client + 1] - kept, n - expected);
  for (size_t i = 0; i < n; i++) {
    bool leaves = own < p->own_first[client + 1] && p->own[own] == all[i];
    uint64_t draw = own_draw(all[i]);
    if (leaves)
      own++, largest = FRAY_MAX(largest, draw);
    else
      smallest = FRAY_MIN(smallest, draw), assert_int_equal(p->sample[kept++], all[i]);
  }
  assert_int_equal(own, p->own_first[client + 1]);
  assert_int_equal(kept, p->first[client + 1]);
  assert_true(largest < smallest);
}

static void check_own_of(const struct subject *s, const struct fray_partition *all, size_t of_ten) {
  struct fray_err err = {0};
  struct fray_partition *p = NULL;
  size_t largest = 0;
  enum fray_status status = try_with_own(s, (double)of_ten / 10, &p, &err);
  for (size_t c = 0; c < all->n_clients; c++)
    largest = FRAY_MAX(largest, size_of(all, c));
  if (largest * of_ten / 10 == 0) {
    refused(status, &err, "own_test");
    return;
  }
  good(status, &err);
  assert_int_equal(p->n_clients, all->n_clients);
  for (size_t c = 0; c < p->n_clients; c++)
    check_own(p, c, all->sample + all->first[c], size_of(all, c), size_of(all, c) * of_ten / 10);
  assert_int_equal(p->n_own, p->own_first[p->n_clients]);
  assert_int_equal(p->n_own + p->first[p->n_clients], all->first[all->n_clients]);
  assert_int_equal(p->n_test, all->n_test);
  assert_memory_equal(p->test, all->test, p->n_test * sizeof *p->test);
  fray_partition_free(p);
}

static void own_samples_leave_training(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    struct fray_partition *all = made(&subjects[k], 7);
    assert_int_equal(all->n_own, 0);
    assert_null(all->own_first);
    check_own_of(&subjects[k], all, 1);
    check_own_of(&subjects[k], all, 3);
    check_own_of(&subjects[k], all, 5);
    fray_partition_free(all);
  }
}

static bool holds(const struct fray_partition *p, uint32_t sample) {
  for (size_t i = 0; i < p->n_own; i++)
    if (p->own[i] == sample)
      return true;
  return false;
}

static void a_larger_share_gives_none_back(void **state) {
  (void)state;
  struct fray_err err = {0};
  size_t compared = 0;
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    struct fray_partition *few = NULL, *many = NULL;
    if (try_with_own(&subjects[k], 0.15, &few, &err) != FRAY_OK)
      continue; /* each client has a single sample */
    good(try_with_own(&subjects[k], 0.4, &many, &err), &err);
    assert_true(few->n_own < many->n_own);
    for (size_t i = 0; i < few->n_own; i++)
      assert_true(holds(many, few->own[i]));
    fray_partition_free(few);
    fray_partition_free(many);
    compared++;
  }
  assert_int_equal(compared, FRAY_COUNT(subjects) - 1);
}

/* ---- files ---- */

/* What a file cannot say is a client without samples. */
static void check_again(const struct fray_partition *p, const char *yaml) {
  struct fray_partition *again = partition_of(yaml, data, SEED + 1);
  size_t c = 0;
  for (size_t k = 0; k < p->n_clients; k++) {
    if (size_of(p, k) == 0)
      continue;
    assert_true(c < again->n_clients);
    assert_string_equal(p->name[k], again->name[c]);
    assert_true(p->source[k] == again->source[c]);
    assert_int_equal(p->first[k], again->first[c]);
    c++;
  }
  assert_int_equal(c, again->n_clients);
  assert_int_equal(p->first[p->n_clients], again->first[c]);
  assert_memory_equal(p->sample, again->sample, again->first[c] * sizeof *p->sample);
  assert_memory_equal(p->dev, again->dev, p->n_dev * sizeof *p->dev);
  assert_memory_equal(p->test, again->test, p->n_test * sizeof *p->test);
  fray_partition_free(again);
}

static void files_give_the_partition_back(void **state) {
  (void)state;
  const struct subject csv = {.yaml = "{kind: file, path: $/again.csv}"};
  const struct subject json = {.yaml = "{kind: file, path: $/again.json, train_id: '{key}'}"};
  for (size_t k = 0; k < FRAY_COUNT(subjects); k++) {
    if (moves(&subjects[k])) /* these files name no splits */
      continue;
    struct fray_partition *p = made(&subjects[k], SEED);
    put_csv("again.csv", p, data);
    put_json("again.json", p, data);
    check_again(p, yaml_of(&csv));
    check_again(p, yaml_of(&json));
    fray_partition_free(p);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_tested),
      cmocka_unit_test(each_training_sample_has_one_owner),
      cmocka_unit_test(dev_and_test_stay),
      cmocka_unit_test(clients_are_as_asked),
      cmocka_unit_test(a_seed_is_a_partition),
      cmocka_unit_test(shards_do_not_matter),
      cmocka_unit_test(the_order_of_clients_does_not_matter),
      cmocka_unit_test(own_samples_leave_training),
      cmocka_unit_test(a_larger_share_gives_none_back),
      cmocka_unit_test(files_give_the_partition_back),
  };
  return run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), set_up, tear_down);
}

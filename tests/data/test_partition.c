/* Laws that every partition keeps, and what each kind promises beyond. */
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/data/partition.h"
#include "fray/data/synth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *world;
static struct fray_arena arena;
static struct fray_dataset *data; /* 12 clients x 60 samples, 12 of them dev; 3 test clients */
static char folder[64];

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static enum fray_status try_make(const char *yaml, uint64_t seed, struct fray_partition **out,
                                 struct fray_err *err) {
  struct fray_node *node = NULL;
  struct fray_partition_config config;
  FRAY_TRY(fray_yaml_parse(yaml, "test.yaml", &arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_partition_table, node, "data.partition", &config, &arena, err));
  return fray_partition_make(&config, data, seed, out, err);
}

static struct fray_partition *made(const char *yaml, uint64_t seed) {
  struct fray_err err = {0};
  struct fray_partition *p = NULL;
  good(try_make(yaml, seed, &p, &err), &err);
  return p;
}

static void refuse(const char *yaml, const char *message) {
  struct fray_err err = {0};
  struct fray_partition *p = NULL;
  assert_int_equal(try_make(yaml, 1, &p, &err), FRAY_INPUT);
  if (!strstr(err.text, message))
    fail_msg("'%s' is not in '%s'", message, err.text);
}

static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_node *node = NULL;
  struct fray_synth_config synth;
  char out[80];
  strcpy(folder, "/tmp/fray-partition-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(out, sizeof out, "%s/data", folder);
  good(fray_yaml_parse(
           "{clients: 12, test_clients: 3, samples: 60, classes: 5, modalities: ['feature:2']}",
           "t", &arena, &node, &err),
       &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, out, &err), &err);
  good(fray_dataset_open(out, NULL, 0, world, &data, &err), &err);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fray_dataset_close(data);
  fray_arena_free(&arena);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static size_t size_of(const struct fray_partition *p, size_t client) {
  return p->first[client + 1] - p->first[client];
}

static const char *const kinds[] = {
    "{kind: natural}",
    "{kind: iid, clients: 7}",
    "{kind: iid, clients: 576}",
    "{kind: dirichlet, clients: 10, alpha: 0.5}",
    "{kind: dirichlet, clients: 10, alpha: 0.5, balance: false, min_samples: 0}",
    "{kind: dirichlet, clients: 4, alpha: 100, min_samples: 100}",
    "{kind: dirichlet, within: client, alpha: 0.1}",
    "{kind: dirichlet, within: client, alpha: 5, parts: 3, min_samples: 8}",
    "{kind: quantity, clients: 9, sigma: 1.5}",
};

/* Each training sample once, dev and test untouched, clients named apart, sizes add up. */
static void each_training_sample_has_one_owner(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(kinds); k++) {
    struct fray_partition *p = made(kinds[k], 3);
    uint8_t *seen = calloc(data->n_samples, 1);
    size_t total = 0;
    for (size_t c = 0; c < p->n_clients; c++) {
      assert_true(p->first[c] <= p->first[c + 1]);
      for (size_t i = p->first[c]; i < p->first[c + 1]; i++) {
        assert_int_equal(data->split[p->sample[i]], FRAY_TRAIN);
        assert_int_equal(seen[p->sample[i]]++, 0);
        assert_true(i == p->first[c] || p->sample[i] > p->sample[i - 1]);
        total++;
      }
      for (size_t b = 0; b < c; b++)
        assert_true(p->source[b] != p->source[c]);
    }
    assert_int_equal(total, 12 * 48);
    assert_int_equal(p->first[0], 0);
    assert_int_equal(p->n_dev, 12 * 12);
    assert_int_equal(p->n_test, 3 * 60);
    for (size_t i = 0; i < p->n_dev; i++)
      assert_int_equal(data->split[p->dev[i]], FRAY_DEV);
    for (size_t i = 0; i < p->n_test; i++)
      assert_int_equal(data->split[p->test[i]], FRAY_TEST);
    assert_false(p->has_replay);
    free(seen);
    fray_partition_free(p);
  }
}

static void a_seed_is_a_partition(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(kinds); k++) {
    struct fray_partition *a = made(kinds[k], 3), *b = made(kinds[k], 3), *c = made(kinds[k], 4);
    assert_memory_equal(a->sample, b->sample, 12 * 48 * sizeof *a->sample);
    assert_memory_equal(a->first, b->first, (a->n_clients + 1) * sizeof *a->first);
    bool differs = a->n_clients != c->n_clients ||
                   memcmp(a->sample, c->sample, 12 * 48 * sizeof *a->sample) != 0;
    assert_int_equal(differs, k != 0); /* natural draws nothing */
    fray_partition_free(a);
    fray_partition_free(b);
    fray_partition_free(c);
  }
}

static void natural_clients_are_those_of_the_shards(void **state) {
  (void)state;
  struct fray_partition *p = made("{}", 1);
  assert_int_equal(p->n_clients, 12); /* not the 3 that hold test samples only */
  for (size_t c = 0; c < 12; c++) {
    assert_string_equal(p->name[c], data->client_name[c]);
    assert_true(p->source[c] == data->client_source[c]);
    for (size_t i = p->first[c]; i < p->first[c + 1]; i++)
      assert_int_equal(data->client[p->sample[i]], c);
  }
  fray_partition_free(p);
}

static void iid_is_even_and_mixed(void **state) {
  (void)state;
  struct fray_partition *p = made("{kind: iid, clients: 7}", 3);
  for (size_t c = 0; c < 7; c++) {
    uint32_t owners = 0;
    assert_in_range(size_of(p, c), 576 / 7, 576 / 7 + 1);
    for (size_t i = p->first[c]; i < p->first[c + 1]; i++)
      owners |= 1u << data->client[p->sample[i]];
    assert_int_equal(owners, (1 << 12) - 1); /* 82 of 576: all 12 natural clients, but for luck */
  }
  fray_partition_free(p);
}

/* FedMultimodal's rules: parts stay within their client, hold at least 5, and a part that has
 * reached its share before a class takes nothing of it, so no part can exceed the share by more
 * than one class. */
static void parts_stay_within_their_client(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    struct fray_partition *p = made("{kind: dirichlet, within: client, alpha: 0.1}", seed);
    assert_int_equal(p->n_clients, 60);
    for (size_t c = 0; c < 60; c++) {
      size_t classes[5] = {0}, largest = 0;
      char name[32];
      snprintf(name, sizeof name, "%s-%zu", data->client_name[c / 5], c % 5);
      assert_string_equal(p->name[c], name);
      assert_true(size_of(p, c) >= 5);
      for (size_t i = p->first[c]; i < p->first[c + 1]; i++) {
        assert_int_equal(data->client[p->sample[i]], c / 5);
        classes[data->label[p->sample[i]]]++;
      }
      for (size_t y = 0; y < 5; y++)
        if (classes[y])
          largest = classes[y]; /* classes are dealt in order: the last one it took any of */
      assert_true((double)(size_of(p, c) - largest) < 48 / 5.0);
    }
    fray_partition_free(p);
  }
}

/* Share of class y at client c is Dirichlet(alpha): mean 1/n, variance (1/n)(1-1/n)/(n alpha + 1).
 * With n = 8, alpha = 0.5: mean .125, variance .021875. Shares are rounded to one of about 115
 * samples, which adds about (1/115)^2 / 6 < 2e-5. 400 seeds x 5 classes x 8 shares. */
static void shares_follow_the_dirichlet_law(void **state) {
  (void)state;
  double sum = 0, squares = 0, first = 0;
  size_t n = 0, n_first = 0;
  for (uint64_t seed = 0; seed < 400; seed++) {
    struct fray_partition *p =
        made("{kind: dirichlet, clients: 8, alpha: 0.5, balance: false, min_samples: 0}", seed);
    double count[8][5] = {{0}}, total[5] = {0};
    for (size_t c = 0; c < 8; c++)
      for (size_t i = p->first[c]; i < p->first[c + 1]; i++) {
        count[c][data->label[p->sample[i]]]++;
        total[data->label[p->sample[i]]]++;
      }
    for (size_t c = 0; c < 8; c++)
      for (size_t y = 0; y < 5; y++) {
        double share = count[c][y] / total[y];
        sum += share;
        squares += (share - 0.125) * (share - 0.125);
        n++;
        first += c == 0 ? share : 0;
        n_first += c == 0;
      }
    fray_partition_free(p);
  }
  assert_true(fabs(sum / (double)n - 0.125) < 1e-9);
  /* Floors favour the last client a little; deviation of the mean of 2000 shares: .0033. */
  assert_true(fabs(first / (double)n_first - 0.125) < 4 * 0.0033);
  assert_true(fabs(squares / (double)n - 0.021875) < 0.0015);
}

/* A large alpha gives each client every class in equal shares; a small one few classes. */
static void alpha_sets_the_skew(void **state) {
  (void)state;
  struct fray_partition *even = made("{kind: dirichlet, clients: 4, alpha: 1e6}", 1);
  for (size_t c = 0; c < 4; c++)
    assert_in_range(size_of(even, c), 576 / 4 - 5, 576 / 4 + 20);
  fray_partition_free(even);
  struct fray_partition *skewed =
      made("{kind: dirichlet, clients: 4, alpha: 0.001, balance: false, min_samples: 0}", 1);
  for (size_t y = 0; y < 5; y++) {
    size_t owners = 0;
    for (size_t c = 0; c < 4; c++) {
      size_t count = 0;
      for (size_t i = skewed->first[c]; i < skewed->first[c + 1]; i++)
        count += data->label[skewed->sample[i]] == (int32_t)y;
      owners += count > 1;
    }
    assert_int_equal(owners, 1);
  }
  fray_partition_free(skewed);
}

/* sigma 0: equal sizes. Else the logarithms of the sizes deviate by about sigma. */
static void sizes_are_log_normal(void **state) {
  (void)state;
  struct fray_partition *p = made("{kind: quantity, clients: 12, sigma: 0}", 1);
  for (size_t c = 0; c < 12; c++)
    assert_in_range(size_of(p, c), 47, 49);
  fray_partition_free(p);
  double sum = 0, squares = 0;
  size_t n = 0;
  for (uint64_t seed = 0; seed < 300; seed++) {
    p = made("{kind: quantity, clients: 4, sigma: 0.4}", seed);
    for (size_t c = 0; c < 4; c++) {
      double x = log((double)size_of(p, c));
      double mean = 0;
      for (size_t k = 0; k < 4; k++)
        mean += log((double)size_of(p, k)) / 4;
      sum += size_of(p, c);
      squares += (x - mean) * (x - mean);
      n++;
    }
    fray_partition_free(p);
  }
  assert_true(sum == 300 * 576);
  /* Unbiased within-draw variance: sigma^2 = .16; its deviation over 900 degrees is about .0075. */
  assert_true(fabs(squares / (double)(n - 300) - 0.16) < 0.03);
}

static const char *const dealt[] = {
    "kind: natural", "kind: iid, clients: 11", "kind: dirichlet, clients: 7, alpha: 0.5",
    "kind: dirichlet, within: client, parts: 3, alpha: 1", "kind: quantity, clients: 20"};

static struct fray_partition *made_with_own(const char *kind, double share) {
  char yaml[128];
  snprintf(yaml, sizeof yaml, "{%s, own_test: %g}", kind, share);
  return made(yaml, 7);
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

static void own_samples_leave_training(void **state) {
  (void)state;
  static const struct {
    double share;
    size_t of_ten;
  } shares[] = {{0.1, 1}, {0.3, 3}, {0.5, 5}};
  for (size_t k = 0; k < sizeof dealt / sizeof *dealt; k++) {
    struct fray_partition *all = made_with_own(dealt[k], 0);
    assert_int_equal(all->n_own, 0);
    assert_null(all->own_first);
    for (size_t f = 0; f < sizeof shares / sizeof *shares; f++) {
      struct fray_partition *p = made_with_own(dealt[k], shares[f].share);
      assert_int_equal(p->n_clients, all->n_clients);
      for (size_t c = 0; c < p->n_clients; c++)
        check_own(p, c, all->sample + all->first[c], size_of(all, c),
                  size_of(all, c) * shares[f].of_ten / 10);
      assert_int_equal(p->n_own, p->own_first[p->n_clients]);
      assert_int_equal(p->n_own + p->first[p->n_clients], all->first[all->n_clients]);
      assert_int_equal(p->n_test, all->n_test);
      assert_memory_equal(p->test, all->test, p->n_test * sizeof *p->test);
      fray_partition_free(p);
    }
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
  for (size_t k = 0; k < sizeof dealt / sizeof *dealt; k++) {
    struct fray_partition *few = made_with_own(dealt[k], 0.15);
    struct fray_partition *many = made_with_own(dealt[k], 0.4);
    assert_true(few->n_own < many->n_own);
    for (size_t i = 0; i < few->n_own; i++)
      assert_true(holds(many, few->own[i]));
    fray_partition_free(few);
    fray_partition_free(many);
  }
}

static void impossible_shares_are_refused(void **state) {
  (void)state;
  refuse("{kind: natural, own_test: 0.51}", "0.51 is not in [0, 0.5]");
  refuse("{kind: iid, clients: 300, own_test: 0.2}", "the largest client has 2");
}

static void impossible_wishes_are_refused(void **state) {
  (void)state;
  refuse("{kind: iid, clients: 577}", "more than the 576 training samples");
  refuse("{kind: iid}", "clients");
  refuse("{kind: dirichlet, alpha: 1}", "data.partition.clients: required with within: all");
  refuse("{kind: dirichlet, alpha: 1, clients: 3, parts: 3}",
         "parts: is not used with within: all");
  refuse("{kind: dirichlet, alpha: 1, within: client, clients: 3}", "clients: is not used");
  refuse("{kind: dirichlet, alpha: 1, clients: 10, min_samples: 58}", "more than the 576");
  refuse("{kind: dirichlet, alpha: 1, within: client, parts: 10}", "client c0 has 48 training");
  refuse("{kind: dirichlet, alpha: 0.01, clients: 10, min_samples: 57}",
         "none of 10000 draws gave each of the 10 parts of the data set at least 57 samples");
  refuse("{kind: dirichlet, alpha: 0, clients: 10}", "alpha");
  refuse("{kind: natural, clients: 3}", "clients");
  refuse("{kind: natral}", "natural");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_training_sample_has_one_owner),
      cmocka_unit_test(a_seed_is_a_partition),
      cmocka_unit_test(natural_clients_are_those_of_the_shards),
      cmocka_unit_test(iid_is_even_and_mixed),
      cmocka_unit_test(parts_stay_within_their_client),
      cmocka_unit_test(shares_follow_the_dirichlet_law),
      cmocka_unit_test(alpha_sets_the_skew),
      cmocka_unit_test(sizes_are_log_normal),
      cmocka_unit_test(own_samples_leave_training),
      cmocka_unit_test(a_larger_share_gives_none_back),
      cmocka_unit_test(impossible_shares_are_refused),
      cmocka_unit_test(impossible_wishes_are_refused),
  };
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  fray_comm_finish(world);
  return failed;
}

/* What each kind of partition promises beyond the laws of all, and what it refuses. */
#include "data_bench.h"

#include <math.h>

static struct fray_dataset *data; /* 12 clients x 60 samples, 12 of them dev; 3 test clients */
static struct fray_dataset *sets; /* the same with sets of three classes */

static struct fray_partition *made(const char *yaml, uint64_t seed) {
  return partition_of(yaml, data, seed);
}

static void refuse(const char *yaml, const char *message) {
  struct fray_err err = {0};
  struct fray_partition *p = NULL;
  refused(try_partition(yaml, data, 1, &p, &err), &err, message);
}

static int set_up(void **state) {
  if (make_folder(state))
    return -1;
  data = synth_set(
      "{clients: 12, test_clients: 3, samples: 60, classes: 5, modalities: ['feature:2']}", "data");
  sets = synth_set("{clients: 12, test_clients: 3, samples: 60, classes: 3, task: multi_label, "
                   "modalities: ['feature:2']}",
                   "sets");
  return 0;
}

static int tear_down(void **state) {
  fray_dataset_close(data);
  fray_dataset_close(sets);
  return remove_folder(state);
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

/* Client c has 48 - 2 c training samples here: the others of it became dev samples. */
static void natural_leaves_out_small_clients(void **state) {
  (void)state;
  size_t seen[12] = {0};
  uint8_t *before = malloc(data->n_samples);
  memcpy(before, data->split, data->n_samples);
  for (size_t i = 0; i < data->n_samples; i++)
    if (data->split[i] == FRAY_TRAIN && seen[data->client[i]]++ < 2 * data->client[i])
      data->split[i] = FRAY_DEV;
  struct fray_partition *all = made("{}", 1), *least = made("{kind: natural, at_least: 39}", 1);
  assert_int_equal(all->n_clients, 12);
  assert_int_equal(least->n_clients, 5); /* 48, 46, 44, 42, 40 */
  assert_int_equal(least->first[5], 220);
  assert_int_equal(least->n_dev, all->n_dev);
  assert_int_equal(least->n_left_out, 7);
  assert_int_equal(least->n_left_samples, 38 + 36 + 34 + 32 + 30 + 28 + 26);
  assert_string_equal(least->left_out[6], data->client_name[11]);
  assert_int_equal(all->n_left_out, 0);
  for (size_t c = 0; c < 5; c++) {
    assert_string_equal(least->name[c], all->name[c]);
    assert_true(least->source[c] == all->source[c]);
    assert_int_equal(size_of(least, c), 48 - 2 * c);
    assert_memory_equal(least->sample + least->first[c], all->sample + all->first[c],
                        size_of(least, c) * sizeof *all->sample);
  }
  struct fray_partition *one = made("{kind: natural, at_least: 1, own_test: 0.25}", 1);
  assert_int_equal(one->n_clients, 12);
  refuse("{kind: natural, at_least: 49}", "no client has 49 training samples; the largest has 48");
  memcpy(data->split, before, data->n_samples);
  free(before);
  fray_partition_free(all);
  fray_partition_free(least);
  fray_partition_free(one);
}

/* How many samples of each of the eight sets a client has, and all have. */
static void count_sets(const struct fray_partition *p, size_t client, size_t out[8]) {
  memset(out, 0, 8 * sizeof *out);
  for (size_t i = p->first[client]; i < p->first[client + 1]; i++) {
    const uint8_t *row = sets->labels + 3 * p->sample[i];
    out[row[0] + 2 * row[1] + 4 * row[2]]++;
  }
}

/* With a huge alpha each client has its share of each set, up to one sample that rounding moves at
 * each end; with a tiny one a set is at one client. */
static void sets_are_dealt_as_classes(void **state) {
  (void)state;
  enum { OF = 4 };
  size_t all[8] = {0}, some[8], holders[8] = {0}, n_sets = 0;
  struct fray_partition *whole = partition_of("{kind: iid, clients: 1}", sets, 1);
  count_sets(whole, 0, all);
  struct fray_partition *even =
      partition_of("{kind: dirichlet, clients: 4, alpha: 1e6, balance: false}", sets, 1);
  struct fray_partition *apart = partition_of(
      "{kind: dirichlet, clients: 4, alpha: 0.001, balance: false, min_samples: 0}", sets, 1);
  for (size_t c = 0; c < OF; c++) {
    count_sets(even, c, some);
    for (size_t k = 0; k < 8; k++)
      assert_true(fabs((double)some[k] - (double)all[k] / OF) <= 2);
    count_sets(apart, c, some);
    for (size_t k = 0; k < 8; k++)
      holders[k] += some[k] > 0;
  }
  for (size_t k = 0; k < 8; k++) {
    assert_int_equal(holders[k], all[k] > 0);
    n_sets += all[k] > 0;
  }
  assert_true(n_sets > 4); /* or nothing was tested */
  fray_partition_free(whole);
  fray_partition_free(even);
  fray_partition_free(apart);
  /* Parts of clients, and the bound below: as with one label. */
  struct fray_partition *parts =
      partition_of("{kind: dirichlet, within: client, alpha: 0.5, parts: 3}", sets, 1);
  assert_int_equal(parts->n_clients, 36);
  for (size_t c = 0; c < 36; c++)
    assert_true(size_of(parts, c) >= 5);
  fray_partition_free(parts);
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
      sum += (double)size_of(p, c);
      squares += (x - mean) * (x - mean);
      n++;
    }
    fray_partition_free(p);
  }
  assert_true(sum == 300 * 576);
  /* Unbiased within-draw variance: sigma^2 = .16; its deviation over 900 degrees is about .0075. */
  assert_true(fabs(squares / (double)(n - 300) - 0.16) < 0.03);
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
      cmocka_unit_test(natural_clients_are_those_of_the_shards),
      cmocka_unit_test(natural_leaves_out_small_clients),
      cmocka_unit_test(sets_are_dealt_as_classes),
      cmocka_unit_test(iid_is_even_and_mixed),
      cmocka_unit_test(parts_stay_within_their_client),
      cmocka_unit_test(shares_follow_the_dirichlet_law),
      cmocka_unit_test(alpha_sets_the_skew),
      cmocka_unit_test(sizes_are_log_normal),
      cmocka_unit_test(impossible_shares_are_refused),
      cmocka_unit_test(impossible_wishes_are_refused),
  };
  return run_data_tests(argc, argv, false, tests, FRAY_COUNT(tests), set_up, tear_down);
}

/* Who holds what, counted of an index made by hand: samples without a label, empty sets, a client
 * in two shards, bins of sizes over decades. */
#include "cli/documents/holdings.h"

#include <math.h>

#include "ok.h"

/* Two clients, the second in two places; classes a, b, c. */
static void counts_labels(void **state) {
  (void)state;
  int32_t label[] = {0, FRAY_UNLABELLED, 1, 1, FRAY_UNLABELLED};
  uint8_t split[] = {FRAY_TRAIN, FRAY_TRAIN, FRAY_TEST, FRAY_TRAIN, FRAY_TEST};
  uint32_t client[] = {1, 1, 0, 0, 1};
  uint16_t code[] = {0, 1, 1, 1, 1};
  const char *value[] = {"x", "y"};
  struct fray_group group = {"g", 2, value, code};
  const struct fray_dataset d = {.n_classes = 3,
                                 .n_samples = 5,
                                 .label = label,
                                 .split = split,
                                 .client = client,
                                 .n_clients = 2,
                                 .n_groups = 1,
                                 .group = &group};
  struct fray_arena arena = {0};
  struct cli_holdings h;
  OK(cli_holdings_find(&d, &arena, &h, &err));
  assert_true(h.class[0].clients == 1 && h.class[0].most == 1 && h.class[0].most_client == 1);
  assert_true(h.class[1].clients == 1 && h.class[1].samples[FRAY_TEST] == 1 &&
              h.class[1].most == 2);
  assert_true(h.class[2].clients == 0 && h.class[2].most == 0);
  assert_true(h.first[1] == 1 && h.first[2] == 2 && h.held[0].class == 1 && h.held[0].samples == 2);
  /* Sizes count samples, labelled or not. */
  assert_true(h.all.samples == 5 && h.all.quartile[0] == 2 && h.all.quartile[4] == 3);
  assert_true(h.split[FRAY_DEV].clients == 0 && isnan(h.split[FRAY_DEV].quartile[2]) &&
              h.split[FRAY_DEV].n_bins == 0);
  assert_true(h.value[0][1].all_clients == 2 && h.value[0][1].samples[FRAY_TRAIN] == 2 &&
              h.value[0][1].clients[FRAY_TRAIN] == 2 && h.value[0][0].clients[FRAY_TEST] == 0);
  fray_arena_free(&arena);
}

/* A set may be empty, which is a label, or not known. */
static void counts_sets(void **state) {
  (void)state;
  uint8_t labels[] = {1, 1, 0, 0, FRAY_NO_LABELS, FRAY_NO_LABELS};
  uint8_t split[] = {FRAY_TRAIN, FRAY_TRAIN, FRAY_TRAIN};
  uint32_t client[] = {0, 0, 0};
  const struct fray_dataset d = {.multi_label = true,
                                 .n_classes = 2,
                                 .n_samples = 3,
                                 .labels = labels,
                                 .split = split,
                                 .client = client,
                                 .n_clients = 1};
  struct fray_arena arena = {0};
  struct cli_holdings h;
  OK(cli_holdings_find(&d, &arena, &h, &err));
  assert_true(h.first[1] == 2 && h.held[0].samples == 1 && h.held[1].samples == 1);
  assert_true(h.all.samples == 3 && h.all.clients == 1 && h.all.n_bins == 1);
  fray_arena_free(&arena);
}

/* Client k has 4^k samples: every one is in a bin, and bins grow. */
static void grows_bins(void **state) {
  (void)state;
  enum { CLIENTS = 9, SAMPLES = ((1 << (2 * CLIENTS)) - 1) / 3 };
  static int32_t label[SAMPLES];
  static uint8_t split[SAMPLES];
  static uint32_t client[SAMPLES];
  for (size_t k = 0, i = 0; k < CLIENTS; k++)
    for (size_t n = 0; n < (size_t)1 << (2 * k); n++)
      client[i++] = (uint32_t)k;
  const struct fray_dataset d = {.n_classes = 1,
                                 .n_samples = SAMPLES,
                                 .label = label,
                                 .split = split,
                                 .client = client,
                                 .n_clients = CLIENTS};
  struct fray_arena arena = {0};
  struct cli_holdings h;
  size_t n = 0;
  OK(cli_holdings_find(&d, &arena, &h, &err));
  assert_true(h.all.n_bins > 1 && h.all.n_bins <= CLI_BINS);
  for (size_t b = 0; b < h.all.n_bins; b++) {
    n += h.all.bin[b].clients;
    assert_true(b == 0 || h.all.bin[b].least == h.all.bin[b - 1].most + 1);
  }
  assert_true(n == CLIENTS && h.all.bin[h.all.n_bins - 1].most == 1 << 16);
  assert_true(h.all.quartile[2] == 256); /* the fifth of nine */
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_labels),
      cmocka_unit_test(counts_sets),
      cmocka_unit_test(grows_bins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Clients' states over rounds: they follow their clients from host to host, belong to the round
 * that left them, and come back from files as one checkpoint names them, whatever was killed when.
 */
#include "fray/base/file.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/client_store.h"
#include "ok.h"
#include "scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 17, VECTORS = 2, TOTAL = 48, ROUNDS = 9, COHORT = 6 };

static struct fray_comm *world;
static char folder[64];
static struct fray_arena arena;

/* What a client must hold after the round that left it; zeros before. */
static float value_of(uint32_t client, size_t version, size_t k, size_t i) {
  return version ? (float)(1000 * version + 10 * client) + (float)(k * TOTAL + i) / 128 : 0;
}

/* The truth, on every rank. */
struct truth {
  size_t version[CLIENTS];
};

/* Of some cases: states as long as their clients' lists of samples, some of which are empty. */
static bool by_sample;
static uint32_t samples[CLIENTS];

static struct fray_store_config config_of(bool on_disk) {
  for (uint32_t c = 0; c < CLIENTS; c++)
    samples[c] = c * 5 % 9;
  return (struct fray_store_config){.clients = CLIENTS,
                                    .vectors = VECTORS,
                                    .total = TOTAL,
                                    .sample_floats = by_sample ? 2 : 0,
                                    .samples = samples,
                                    .trial = "0123456789abcdef",
                                    .folder = folder,
                                    .on_disk = on_disk};
}

/* Members of a round, their hosts, and whose update counts: drawn, the same on all ranks. */
struct round {
  uint32_t client[COHORT];
  int host[COHORT];
  uint8_t kept[COHORT];
};

static struct round draw_round(size_t round, uint64_t seed) {
  struct round r;
  struct fray_rng rng = fray_rng_for(seed, "test/store", 0, round, 0);
  uint32_t order[CLIENTS];
  for (uint32_t c = 0; c < CLIENTS; c++)
    order[c] = c;
  fray_rng_shuffle(&rng, order, CLIENTS);
  for (size_t i = 0; i < COHORT; i++) {
    r.client[i] = order[i];
    r.host[i] = (int)(fray_rng_u64(&rng) % (uint64_t)fray_comm_size(world));
    r.kept[i] = fray_rng_u64(&rng) % 4 != 0;
  }
  return r;
}

static void play(struct fray_client_store *store, struct truth *t, size_t round, uint64_t seed) {
  const struct round r = draw_round(round, seed);
  const struct fray_store_config config = config_of(false);
  float x[VECTORS + 1][TOTAL], *part[VECTORS + 1] = {x[0], x[1], x[2]};
  OK(fray_store_bring(store, COHORT, r.client, r.host, &err));
  for (size_t i = 0; i < COHORT; i++) {
    if (r.host[i] != fray_comm_rank(world))
      continue;
    memset(x, 77, sizeof x);
    OK(fray_store_load(store, r.client[i], part, &err));
    for (size_t k = 0; k < fray_store_pieces(&config); k++)
      for (size_t j = 0; j < fray_store_floats(&config, r.client[i], k); j++) {
        assert_true(x[k][j] == value_of(r.client[i], t->version[r.client[i]], k, j));
        x[k][j] = value_of(r.client[i], round, k, j);
      }
    if (r.kept[i] || round % 2) /* what is put and not kept is forgotten */
      OK(fray_store_put(store, r.client[i], round, (const float *const *)part, &err));
  }
  OK(fray_comm_agree(world, FRAY_OK, &err));
  OK(fray_store_commit(store, round, COHORT, r.client, r.host, r.kept, &err));
  for (size_t i = 0; i < COHORT; i++)
    if (r.kept[i])
      t->version[r.client[i]] = round;
}

static size_t count_files(void) {
  size_t n = 0;
  DIR *entries = opendir(folder);
  for (const struct dirent *e; entries && (e = readdir(entries));)
    n += e->d_name[0] != '.';
  if (entries)
    closedir(entries);
  return n;
}

static size_t touched(const struct truth *t) {
  size_t n = 0;
  for (size_t c = 0; c < CLIENTS; c++)
    n += t->version[c] > 0;
  return n;
}

static void no_files(void) {
  fray_comm_barrier(world);
  if (fray_comm_rank(world) == 0)
    OK(fray_remove_tree(folder, &err));
  fray_comm_barrier(world);
}

/* Saves as a checkpoint would be; the versions are copied, as they would be read from it. */
static struct fray_client_versions save(struct fray_client_store *store, const struct truth *t) {
  struct fray_client_versions v;
  OK(fray_store_save(store, &arena, &v, &err));
  assert_int_equal(v.n, touched(t));
  for (size_t i = 0; i < v.n; i++)
    assert_int_equal(v.version[i], t->version[v.client[i]]);
  return v;
}

static void states_follow_their_clients(void **state) {
  (void)state;
  for (int on_disk = 0; on_disk < 4; on_disk++) {
    by_sample = on_disk > 1;
    const struct fray_store_config config = config_of(on_disk % 2);
    struct fray_client_store *store;
    struct truth t = {{0}};
    no_files();
    OK(fray_store_open(world, &config, NULL, &store, &err));
    for (size_t round = 1; round <= ROUNDS; round++)
      play(store, &t, round, 3);
    fray_comm_barrier(world);
    /* Nothing is written without a checkpoint, or one file a client. */
    assert_int_equal(count_files(), on_disk % 2 ? touched(&t) : 0);
    fray_comm_barrier(world);
    fray_store_close(store);
  }
  by_sample = false;
}

static void without_a_folder_all_is_in_memory(void **state) {
  (void)state;
  struct fray_store_config config = config_of(true);
  struct fray_client_store *store;
  struct truth t = {{0}};
  config.folder = NULL;
  OK(fray_store_open(world, &config, NULL, &store, &err));
  for (size_t round = 1; round <= ROUNDS; round++)
    play(store, &t, round, 4);
  fray_store_close(store);
}

/* Saved after `round`; then killed at one of four places; then gone on with from that checkpoint,
 * or from the one before where the new one was not in place yet. */
enum kill { RIGHT_AFTER, A_ROUND_LATER, BEFORE_THE_NEXT_IS_IN_PLACE, AFTER_IT_IS_IN_PLACE, KILLS };

static void killed_and_resumed(bool on_disk, bool later_on_disk, size_t round, enum kill kill) {
  const struct fray_store_config config = config_of(on_disk), later = config_of(later_on_disk);
  struct fray_client_store *store;
  struct truth t = {{0}}, saved;
  no_files();
  OK(fray_store_open(world, &config, NULL, &store, &err));
  for (size_t r = 1; r <= round; r++)
    play(store, &t, r, 5);
  struct fray_client_versions v = save(store, &t);
  OK(fray_store_saved(store, &err));
  saved = t;
  size_t next = round;
  if (kill != RIGHT_AFTER)
    play(store, &t, ++next, 5);
  if (kill >= BEFORE_THE_NEXT_IS_IN_PLACE) {
    play(store, &t, ++next, 5);
    const struct fray_client_versions newer = save(store, &t);
    if (kill == AFTER_IT_IS_IN_PLACE) { /* and before the files of the old one went */
      v = newer;
      saved = t;
    }
  }
  fray_comm_barrier(world);
  fray_store_close(store);
  const size_t from = kill == AFTER_IT_IS_IN_PLACE ? next : round;
  OK(fray_store_open(world, &later, &v, &store, &err));
  fray_comm_barrier(world);
  assert_int_equal(count_files(), v.n); /* what nobody names is gone */
  fray_comm_barrier(world);
  for (size_t r = from + 1; r <= ROUNDS; r++)
    play(store, &saved, r, 5);
  save(store, &saved);
  OK(fray_store_saved(store, &err));
  fray_comm_barrier(world);
  assert_int_equal(count_files(), touched(&saved));
  fray_comm_barrier(world);
  fray_store_close(store);
}

static void a_kill_never_mixes_rounds(void **state) {
  (void)state;
  for (int k = 0; k < 2 * KILLS; k++)
    for (size_t round = 1; round <= 4; round += 3) {
      by_sample = k >= KILLS;
      killed_and_resumed(false, round > 1, round,
                         (enum kill)(k % KILLS)); /* kept elsewhere from then on */
      killed_and_resumed(true, round > 1, round, (enum kill)(k % KILLS));
    }
  by_sample = false;
  fray_arena_reset(&arena);
}

/* Bytes of a file are changed on rank 0, or it goes; what is wrong is said and never becomes a
 * state. */
static void spoil(uint32_t client, uint32_t version, long at) {
  char path[128];
  snprintf(path, sizeof path, "%s/%u-%u", folder, client, version);
  if (fray_comm_rank(world) != 0)
    return;
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  fseek(file, at, SEEK_SET);
  const int byte = fgetc(file);
  fseek(file, at, SEEK_SET);
  fputc(byte ^ 1, file);
  fclose(file);
}

static struct fray_err fault;

static void refused(enum fray_status status, const char *words) {
  assert_int_equal(status, FRAY_INPUT);
  assert_non_null(strstr(fault.text, words));
}

static void damaged_files_are_refused(void **state) {
  (void)state;
  const struct fray_store_config config = config_of(false);
  struct fray_client_store *store;
  struct truth t = {{0}};
  float x[VECTORS][TOTAL], *part[VECTORS] = {x[0], x[1]};
  no_files();
  OK(fray_store_open(world, &config, NULL, &store, &err));
  for (size_t r = 1; r <= 3; r++)
    play(store, &t, r, 6);
  const struct fray_client_versions v = save(store, &t);
  fray_store_close(store);
  static const long places[] = {3, 30, 48, 50, 90, 200, -1};
  for (size_t k = 0; k + 1 < FRAY_COUNT(places); k++) {
    OK(fray_store_open(world, &config, &v, &store, &err));
    fray_comm_barrier(world);
    spoil(v.client[0], v.version[0], places[k]);
    fray_comm_barrier(world);
    refused(fray_store_load(store, v.client[0], part, &fault), "damaged");
    fray_comm_barrier(world);
    spoil(v.client[0], v.version[0], places[k]); /* as it was */
    fray_comm_barrier(world);
    OK(fray_store_load(store, v.client[0], part, &err));
    fray_store_close(store);
  }
  struct fray_store_config other = config;
  other.trial = "fedcba9876543210"; /* whole, but of another trial */
  OK(fray_store_open(world, &other, &v, &store, &err));
  refused(fray_store_load(store, v.client[0], part, &fault), "not the state of client");
  fray_comm_barrier(world);
  fray_store_close(store);
  other = config;
  other.total++; /* another model */
  refused(fray_store_open(world, &other, &v, &store, &fault), "bytes, not");
  char path[128];
  snprintf(path, sizeof path, "%s/%u-%u", folder, v.client[1], v.version[1]);
  if (fray_comm_rank(world) == 0)
    OK(fray_remove_tree(path, &err));
  refused(fray_store_open(world, &config, &v, &store, &fault), "No such file");
  fray_arena_reset(&arena);
}

/* Floats of vectors in lines of 64 bytes, with one of the allocator's, and of samples; on the disk
 * two versions in blocks of 4,096 bytes, each with an entry of its folder. */
static void what_states_cost_follows_from_their_floats(void **state) {
  (void)state;
  const struct fray_store_config plain = config_of(false), disk = config_of(true);
  by_sample = true;
  const struct fray_store_config sampled = config_of(false);
  by_sample = false;
  const double lines = (4 * VECTORS * TOTAL + 63) / 64 + 1;
  const double vectors = 64 * lines * 10, of_samples = 4.0 * 2 * 60;
  const double index = 24.0 * CLIENTS;
  assert_true(fray_store_memory(&plain, 10, 60, 2) == index + vectors / 2);
  assert_true(fray_store_memory(&sampled, 10, 60, 2) == index + (vectors + of_samples) / 2);
  assert_true(fray_store_memory(&disk, 10, 60, 2) == index);
  assert_true(4 * VECTORS * TOTAL + 100 < 4096);
  assert_true(fray_store_disk(&plain, 10, 60) == 2.0 * 10 * (4096 + 64));
  assert_true(fray_store_disk(&sampled, 10, 60) - fray_store_disk(&plain, 10, 60) ==
              2 * of_samples);
}

/* The last guard before clients and rounds are indices. */
static void versions_that_cannot_be_are_refused(void **state) {
  (void)state;
  const struct fray_store_config config = config_of(true);
  static const uint32_t one[] = {1, 1}, up[] = {0, 1}, down[] = {1, 0}, beyond[] = {0, CLIENTS};
  const struct fray_client_versions bad[] = {
      {2, up, up}, {2, down, one}, {2, one, one}, {2, beyond, one}};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    struct fray_client_store *store = NULL;
    assert_int_equal(fray_store_open(world, &config, &bad[i], &store, &fault), FRAY_INTERNAL);
    SAYS(fault, "no state of client");
  }
}

static int make_folder(void **state) {
  (void)state;
  scratch(folder, "fray-store-XXXXXX");
  bool made = fray_comm_rank(world) != 0 || mkdtemp(folder);
  fray_comm_broadcast(world, &made, sizeof made, 0);
  fray_comm_broadcast(world, folder, sizeof folder, 0);
  return made ? 0 : -1;
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(states_follow_their_clients),
      cmocka_unit_test(without_a_folder_all_is_in_memory),
      cmocka_unit_test(a_kill_never_mixes_rounds),
      cmocka_unit_test(damaged_files_are_refused),
      cmocka_unit_test(what_states_cost_follows_from_their_floats),
      cmocka_unit_test(versions_that_cannot_be_are_refused),
  };
  int failed = cmocka_run_group_tests(tests, make_folder, NULL);
  no_files();
  fray_arena_free(&arena);
  fray_comm_finish(world);
  return failed;
}

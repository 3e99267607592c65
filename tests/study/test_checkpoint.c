/* Checkpoints: what was written comes back to the bit, and nothing else ever does. */
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "ok.h"
#include "scratch.h"
#include "study/plan/plan.h"
#include "study/trial/checkpoint.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOTAL = 97, SERVER = 194, NUMBER = 7, ROUND = 5, ROUNDS = 8 };

static struct fray_comm *world;
static char folder[64];
static const char *const name = "0123456789abcdef";

static bool is_root(void) {
  return fray_comm_rank(world) == 0;
}

/* Values that text or arithmetic would change: NaNs with a payload, infinities, -0, denormals. */
static void fill(float *x, size_t n, uint64_t who) {
  static const uint32_t odd[] = {0x7fc00001, 0xffc12345, 0x7f800000, 0xff800000, 0x80000000, 1};
  struct fray_rng rng = fray_rng_for(3, "test", who, 0, 0);
  for (size_t i = 0; i < n; i++) {
    x[i] = (float)fray_rng_normal(&rng);
    if (i % 10 < FRAY_COUNT(odd))
      memcpy(&x[i], &odd[i % 10], sizeof *x);
  }
}

static const struct fray_store_config no_store = {.clients = 1};

struct scene {
  float w[TOTAL], best[TOTAL], server[SERVER];
  double number[NUMBER];
  struct fray_round_row row[ROUND];
  struct fray_federation_state state;
};

static void fill_scene(struct scene *s) {
  static const uint64_t payload = 0x7ff80000deadbeef;
  memset(s, 0, sizeof *s);
  fill(s->w, TOTAL, 0);
  fill(s->best, TOTAL, 1);
  fill(s->server, SERVER, 2);
  for (size_t i = 0; i < NUMBER; i++)
    s->number[i] = i % 2 ? 1e-320 : -1.0 / (double)(i + 3);
  for (size_t i = 0; i < ROUND; i++) {
    struct fray_round_row *row = &s->row[i];
    *row = (struct fray_round_row){.round = i + 1,
                                   .cohort = 3 * i,
                                   .samples = 100 + i,
                                   .train_loss = i ? 0.1 / (double)i : NAN,
                                   .update_norm = 1e-310,
                                   .evaluated = i % 2,
                                   .tested = i == 3};
    for (size_t k = 0; k < FRAY_MAX_METRICS; k++) {
      row->dev[k] = 1.0 / (double)(i + k + 3);
      row->test[k] = k == 2 ? NAN : -0.0;
    }
    memcpy(&row->dev[1], &payload, sizeof payload);
  }
  s->state = (struct fray_federation_state){.total = TOTAL,
                                            .n_server = SERVER,
                                            .n_number = NUMBER,
                                            .number = s->number,
                                            .round = ROUND,
                                            .w = s->w,
                                            .best = s->best,
                                            .server = s->server,
                                            .row = s->row,
                                            .best_round = 4,
                                            .best_dev = 0.3};
}

static bool same(const struct fray_federation_state *a, const struct fray_federation_state *b) {
  bool good = a->total == b->total && a->n_server == b->n_server && a->round == b->round &&
              a->best_round == b->best_round &&
              memcmp(&a->best_dev, &b->best_dev, sizeof a->best_dev) == 0 &&
              memcmp(a->w, b->w, a->total * sizeof *a->w) == 0 &&
              memcmp(a->best, b->best, a->total * sizeof *a->best) == 0 &&
              memcmp(a->server, b->server, a->n_server * sizeof *a->server) == 0 &&
              a->n_number == b->n_number &&
              memcmp(a->number, b->number, a->n_number * sizeof *a->number) == 0;
  for (size_t i = 0; good && i < a->round; i++) {
    const struct fray_round_row *x = &a->row[i], *y = &b->row[i];
    good = x->round == y->round && x->cohort == y->cohort && x->samples == y->samples &&
           x->evaluated == y->evaluated && x->tested == y->tested &&
           memcmp(&x->train_loss, &y->train_loss, sizeof(double)) == 0 &&
           memcmp(&x->update_norm, &y->update_norm, sizeof(double)) == 0 &&
           memcmp(x->dev, y->dev, sizeof x->dev) == 0 &&
           memcmp(x->test, y->test, sizeof x->test) == 0;
  }
  return good;
}

static void path_of(const char *which, char out[128]) {
  snprintf(out, 128, "%s/checkpoints/%s.state", folder, which);
}

static void write_scene(const struct scene *s) {
  if (is_root())
    OK(fray_checkpoint_write(folder, name, &s->state, &err));
  fray_comm_barrier(world);
}

/* Files in the folder of checkpoints, hidden ones too. */
static int count_entries(void) {
  char below[80];
  int n = 0;
  snprintf(below, sizeof below, "%s/checkpoints", folder);
  DIR *entries = opendir(below);
  assert_non_null(entries);
  for (const struct dirent *e; (e = readdir(entries));)
    n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  closedir(entries);
  return n;
}

static void remove_all(void) {
  fray_comm_barrier(world);
  if (is_root())
    OK(fray_checkpoint_remove(folder, name, &err));
  fray_comm_barrier(world);
}

/* Warnings of the calls in between go to a file. */
static int keep_stderr(void) {
  char path[128];
  snprintf(path, sizeof path, "%s/stderr-%d", folder, fray_comm_rank(world));
  fflush(stderr);
  const int kept = dup(STDERR_FILENO), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
  assert_true(kept >= 0 && file >= 0);
  dup2(file, STDERR_FILENO);
  close(file);
  return kept;
}

/* How often the text was written meanwhile. */
static size_t take_stderr(int kept, const char *text) {
  struct fray_text all = {0};
  char path[128];
  size_t n = 0;
  fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
  snprintf(path, sizeof path, "%s/stderr-%d", folder, fray_comm_rank(world));
  OK(fray_file_read(path, 1 << 24, &all, &err));
  for (const char *at = all.data; (at = strstr(at, text)); at++)
    n++;
  fray_text_free(&all);
  return n;
}

/* True if a state was read; it must be that of the scene then. */
static bool reads(const struct scene *s, const char *which, size_t total, size_t n_server,
                  size_t rounds) {
  struct fray_arena arena = {0};
  struct fray_federation_state state;
  bool found;
  OK(fray_checkpoint_read(folder, which, total, n_server, NUMBER, rounds, &no_store, world, &arena,
                          &state, &found, &err));
  if (found && !same(&s->state, &state))
    fail_msg("another state than was written");
  fray_arena_free(&arena);
  return found;
}

static void comes_back_to_the_bit(void **user) {
  (void)user;
  struct scene s;
  fill_scene(&s);
  assert_false(reads(&s, name, TOTAL, SERVER, ROUNDS));
  assert_int_equal(fray_checkpoint_rounds(folder, name), 0);
  fray_comm_barrier(world);
  write_scene(&s);
  assert_int_equal(fray_checkpoint_rounds(folder, name), ROUND);
  assert_int_equal(fray_checkpoint_progress(folder, name, "any"), ROUND);
  assert_true(reads(&s, name, TOTAL, SERVER, ROUNDS));
  assert_true(reads(&s, name, TOTAL, SERVER, ROUND)); /* nothing left to train */
  remove_all();
  assert_false(reads(&s, name, TOTAL, SERVER, ROUNDS));
  remove_all(); /* none is fine */
}

/* Before the first evaluation, and with a server that keeps nothing. */
static void the_least_state(void **user) {
  (void)user;
  struct scene s;
  fill_scene(&s);
  memset(s.best, 0, sizeof s.best);
  s.state.n_server = s.state.best_round = 0;
  s.state.round = 1;
  s.state.best_dev = NAN;
  write_scene(&s);
  assert_true(reads(&s, name, TOTAL, 0, ROUNDS));
  remove_all();
}

/* The new one replaces the old one as a whole, and leaves nothing beside it. */
static void replaces_the_one_before(void **user) {
  (void)user;
  struct scene s;
  fill_scene(&s);
  s.state.round = 2;
  s.state.best_round = 1;
  write_scene(&s);
  fill_scene(&s);
  write_scene(&s);
  assert_true(reads(&s, name, TOTAL, SERVER, ROUNDS));
  assert_int_equal(count_entries(), 1);
  remove_all();
}

/* What a kill while writing leaves: the old one counts, and the half one goes. */
static void half_a_file_beside_it(void **user) {
  (void)user;
  struct scene s;
  char half[160], below[80];
  fill_scene(&s);
  write_scene(&s);
  snprintf(below, sizeof below, "%s/checkpoints", folder);
  snprintf(half, sizeof half, "%s/.%s.state.fray-abcdefgh", below, name);
  if (is_root()) {
    FILE *file = fopen(half, "w");
    assert_non_null(file);
    fputs("half", file);
    fclose(file);
  }
  fray_comm_barrier(world);
  assert_true(reads(&s, name, TOTAL, SERVER, ROUNDS));
  fray_comm_barrier(world);
  if (is_root())
    fray_draft_sweep(below);
  fray_comm_barrier(world);
  assert_false(fray_file_exists(half));
  assert_int_equal(count_entries(), 1);
  remove_all();
  fray_comm_barrier(world);
}

static void what_does_not_fit_is_left(void **user) {
  (void)user;
  struct scene s;
  fill_scene(&s);
  write_scene(&s);
  const int kept = keep_stderr();
  assert_false(reads(&s, name, TOTAL + 1, SERVER, ROUNDS));
  assert_false(reads(&s, name, TOTAL, TOTAL, ROUNDS));
  assert_false(reads(&s, name, TOTAL, SERVER, ROUND - 1));
  const size_t warnings = take_stderr(kept, "warning: ");
  assert_int_equal(warnings, is_root() ? 3 : 0);
  assert_true(reads(&s, name, TOTAL, SERVER, ROUNDS)); /* it is still there */
  remove_all();
}

static void another_trials_file_is_refused(void **user) {
  (void)user;
  struct scene s;
  char path[128], other[128];
  static const char *const stranger = "fedcba9876543210";
  fill_scene(&s);
  write_scene(&s);
  path_of(name, path);
  path_of(stranger, other);
  if (is_root())
    assert_int_equal(rename(path, other), 0);
  fray_comm_barrier(world);
  assert_int_equal(fray_checkpoint_rounds(folder, stranger), 0);
  const int kept = keep_stderr();
  assert_false(reads(&s, stranger, TOTAL, SERVER, ROUNDS));
  assert_int_equal(take_stderr(kept, "of another trial, 0123456789abcdef"), is_root() ? 1 : 0);
  fray_comm_barrier(world);
  if (is_root())
    OK(fray_checkpoint_remove(folder, stranger, &err));
}

/* ---- damage; on one rank, as reading is ---- */

static void put(const char *path, const char *data, size_t size) {
  remove(path); /* a file that was cut to nothing and written again is synced by some systems */
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void read_whole(const char *path, struct fray_text *out) {
  OK(fray_file_read(path, 1 << 20, out, &err));
  assert_true(out->size > TOTAL * 4 * 4);
}

static void cut_files_are_refused(void **user) {
  (void)user;
  struct scene s;
  struct fray_text whole = {0};
  char path[128];
  size_t cuts = 0;
  if (fray_comm_size(world) > 1)
    skip();
  fill_scene(&s);
  write_scene(&s);
  path_of(name, path);
  read_whole(path, &whole);
  const int kept = keep_stderr();
  for (size_t size = 0; size < whole.size; size += whole.size / 100, cuts++) {
    put(path, whole.data, size);
    if (reads(&s, name, TOTAL, SERVER, ROUNDS))
      fail_msg("%zu of %zu bytes were enough", size, whole.size);
  }
  assert_int_equal(take_stderr(kept, "starts from the beginning"), cuts);
  fray_text_free(&whole);
  remove_all();
}

/* Whichever it is. */
static void a_flipped_bit_is_noticed(void **user) {
  (void)user;
  struct scene s;
  struct fray_text whole = {0};
  char path[128];
  size_t tried = 0;
  if (fray_comm_size(world) > 1)
    skip();
  fill_scene(&s);
  write_scene(&s);
  path_of(name, path);
  read_whole(path, &whole);
  struct fray_rng rng = fray_rng_for(11, "test", 0, 0, 0);
  const int kept = keep_stderr();
  for (size_t at = 0; at < whole.size;
       at += 1 + (at > 256 ? fray_rng_below(&rng, 4) : 0), tried++) {
    const int bit = 1 << fray_rng_below(&rng, 8);
    whole.data[at] = (char)(whole.data[at] ^ bit);
    put(path, whole.data, whole.size);
    if (reads(&s, name, TOTAL, SERVER, ROUNDS))
      fail_msg("a change of byte %zu of %zu went unnoticed", at, whole.size);
    whole.data[at] = (char)(whole.data[at] ^ bit);
  }
  assert_int_equal(take_stderr(kept, "starts from the beginning"), tried);
  fray_text_free(&whole);
  remove_all();
}

/* ---- local-only training ---- */

enum { CLIENTS = 7, NUMBERS = 40 };
static const char *const mark = "00112233445566ff";

static bool reads_local(const char *evaluation, size_t n_clients, size_t n_numbers,
                        const struct fray_local_only_state *expected) {
  struct fray_arena arena = {0};
  struct fray_local_only_state state;
  bool found;
  OK(fray_checkpoint_read_local(folder, name, evaluation, n_clients, n_numbers, world, &arena,
                                &state, &found, &err));
  if (found) {
    assert_int_equal(state.n_clients, expected->n_clients);
    assert_memory_equal(state.end, expected->end, CLIENTS);
    if (is_root())
      assert_memory_equal(state.numbers, expected->numbers, NUMBERS * sizeof(double));
    else
      assert_null(state.numbers);
  }
  fray_arena_free(&arena);
  return found;
}

static void local_only_comes_back(void **user) {
  (void)user;
  static const uint8_t end[CLIENTS] = {0, 1, 2, 1, 0, 0, 1};
  float odd[2 * NUMBERS];
  double numbers[NUMBERS];
  struct scene s;
  static const double flops[CLIENTS] = {0, 3, 0x1p60, 5, 0, 0, 7};
  const struct fray_local_only_state state = {CLIENTS, NUMBERS, end, flops, numbers};
  fill(odd, 2 * NUMBERS, 5);
  memcpy(numbers, odd, sizeof numbers);
  assert_false(reads_local(mark, CLIENTS, NUMBERS, &state));
  fray_comm_barrier(world);
  if (is_root())
    OK(fray_checkpoint_write_local(folder, name, mark, &state, &err));
  fray_comm_barrier(world);
  assert_true(reads_local(mark, CLIENTS, NUMBERS, &state));
  assert_int_equal(fray_checkpoint_clients(folder, name, mark), 4); /* not 0 in `end` */
  assert_int_equal(fray_checkpoint_progress(folder, name, mark), 4);
  assert_int_equal(fray_checkpoint_clients(folder, name, "other"), 0);
  assert_int_equal(fray_checkpoint_rounds(folder, name), 0);
  int kept = keep_stderr();
  assert_false(reads_local("other", CLIENTS, NUMBERS, &state));
  assert_false(reads_local(mark, CLIENTS + 1, NUMBERS, &state));
  assert_false(reads_local(mark, CLIENTS, NUMBERS - 1, &state));
  fill_scene(&s);
  assert_false(reads(&s, name, TOTAL, SERVER, ROUNDS)); /* nor is it one of a federation */
  assert_int_equal(take_stderr(kept, "starts from the beginning"), is_root() ? 4 : 0);
  remove_all();
  write_scene(&s);
  kept = keep_stderr();
  assert_false(reads_local(mark, CLIENTS, NUMBERS, &state));
  assert_int_equal(take_stderr(kept, "starts from the beginning"), is_root() ? 1 : 0);
  remove_all();
}

static void local_only_flips_are_noticed(void **user) {
  (void)user;
  static const uint8_t end[CLIENTS] = {1};
  const double numbers[NUMBERS] = {0.5}, flops[CLIENTS] = {1e9};
  struct fray_text whole = {0};
  char path[128];
  const struct fray_local_only_state state = {CLIENTS, NUMBERS, end, flops, numbers};
  if (fray_comm_size(world) > 1)
    skip();
  OK(fray_checkpoint_write_local(folder, name, mark, &state, &err));
  path_of(name, path);
  OK(fray_file_read(path, 1 << 20, &whole, &err));
  const int kept = keep_stderr();
  for (size_t at = 0; at < whole.size; at++) {
    whole.data[at] = (char)(whole.data[at] ^ (1 << at % 8));
    put(path, whole.data, whole.size);
    if (reads_local(mark, CLIENTS, NUMBERS, &state))
      fail_msg("a change of byte %zu of %zu went unnoticed", at, whole.size);
    whole.data[at] = (char)(whole.data[at] ^ (1 << at % 8));
  }
  assert_int_equal(take_stderr(kept, "starts from the beginning"), whole.size);
  fray_text_free(&whole);
  remove_all();
}

static void a_folder_that_cannot_be_written(void **user) {
  (void)user;
  struct scene s;
  struct fray_err err = {0};
  char path[128];
  if (!is_root())
    return;
  fill_scene(&s);
  snprintf(path, sizeof path, "%s/plain", folder);
  put(path, "x", 1);
  assert_int_equal(fray_checkpoint_write(path, name, &s.state, &err), FRAY_IO);
}

static int set_up(void **user) {
  (void)user;
  scratch(folder, "fray-checkpoint-XXXXXX");
  bool made = !is_root() || mkdtemp(folder);
  fray_comm_broadcast(world, &made, sizeof made, 0);
  fray_comm_broadcast(world, folder, sizeof folder, 0);
  return made ? 0 : -1;
}

static int tear_down(void **user) {
  (void)user;
  fray_comm_barrier(world);
  return !is_root() || fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

/* In the plan as well: a trial that starts anew has all its rounds before it. */
static void a_longer_one_counts_for_nothing(void **user) {
  (void)user;
  struct scene s;
  fill_scene(&s);
  write_scene(&s);
  for (size_t rounds = ROUND - 1; rounds <= ROUND + 1; rounds++) {
    struct fray_cell cell = {.config = {.training = {.rounds = (int64_t)rounds}}};
    struct fray_trial trial = {0};
    struct fray_study study = {.n_trials = 1, .cell = &cell, .trial = &trial};
    struct fray_session session = {.comm = world};
    char names[1][17] = {"0123456789abcdef"}, evaluations[1][17] = {"fedcba9876543210"};
    double cost = 1;
    uint64_t data = 0, seen = 0;
    uint8_t work = 0;
    size_t kept = 0;
    struct fray_plan plan = {.name = names,
                             .evaluation = evaluations,
                             .cost = &cost,
                             .data = &data,
                             .work = &work,
                             .seen = &seen,
                             .kept_rounds = &kept};
    OK(fray_plan_look(&study, &session, &fray_default_pace, folder, &plan, &err));
    assert_int_equal(work, FRAY_WORK_TRAIN);
    assert_int_equal(kept, rounds < ROUND ? 0 : ROUND);
    assert_int_equal(plan.begun, rounds >= ROUND);
    assert_true(rounds >= ROUND || fray_plan_left(&study, &plan, 0) == cost);
  }
  remove_all();
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(comes_back_to_the_bit),
      cmocka_unit_test(the_least_state),
      cmocka_unit_test(replaces_the_one_before),
      cmocka_unit_test(half_a_file_beside_it),
      cmocka_unit_test(what_does_not_fit_is_left),
      cmocka_unit_test(a_longer_one_counts_for_nothing),
      cmocka_unit_test(another_trials_file_is_refused),
      cmocka_unit_test(cut_files_are_refused),
      cmocka_unit_test(a_flipped_bit_is_noticed),
      cmocka_unit_test(local_only_comes_back),
      cmocka_unit_test(local_only_flips_are_noticed),
      cmocka_unit_test(a_folder_that_cannot_be_written),
  };
  int failed = cmocka_run_group_tests(tests, set_up, tear_down);
  fray_comm_finish(world);
  return failed;
}

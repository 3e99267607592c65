/* The board outlives the process that wrote it, and its reader trusts nothing. */
#include "fray/base/file.h"
#include "fray/results/rank_positions.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static int set_up(void **state) {
  (void)state;
  scratch(folder, "fray-position-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof path, "%s/positions", folder);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static struct fray_own_position *opened(int rank, int team) {
  struct fray_own_position *position = NULL;
  assert_int_equal(fray_position_open(folder, rank, team, &position, NULL), FRAY_OK);
  return position;
}

static struct fray_rank_position *rows_of(size_t want) {
  struct fray_err err = {0};
  struct fray_rank_position *rows = NULL;
  size_t n = 0;
  if (fray_positions_read(folder, &rows, &n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(n, want);
  return rows;
}

static void no_file_is_no_rank(void **state) {
  (void)state;
  assert_null(rows_of(0));
}

static void a_rank_writes_its_own_row(void **state) {
  (void)state;
  assert_int_equal(fray_positions_create(folder, 3, NULL), FRAY_OK);
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  assert_true(info.st_blocks * 512 >= info.st_size); /* nothing is left to be allocated later */
  struct fray_own_position *position = opened(1, 4);
  fray_position_trial(position, 6, "0123456789abcdef", "method=a lost.rate=0.2 ", 8);
  fray_position_work(position, 12, "fe_03");
  struct fray_rank_position *rows = rows_of(3);
  assert_true(rows[0].changes == 0 && rows[2].changes == 0);
  assert_true(rows[1].trial == 7 && rows[1].seed == 8 && rows[1].round == 12);
  assert_true(rows[1].team == 4 && rows[1].pid == getpid() && rows[1].seconds > 0);
  assert_int_equal(rows[1].phase, FRAY_RANK_TRAINING);
  assert_string_equal(rows[1].name, "0123456789abcdef");
  assert_string_equal(rows[1].cell, "method=a lost.rate=0.2");
  assert_string_equal(rows[1].client, "fe_03");
  free(rows);
  fray_position_work(position, 12, NULL);
  rows = rows_of(3);
  assert_int_equal(rows[1].phase, FRAY_RANK_EVALUATING);
  assert_string_equal(rows[1].client, "");
  free(rows);
  fray_position_phase(position, FRAY_RANK_WAITING); /* for the others: it is still in its round */
  rows = rows_of(3);
  assert_true(rows[1].trial == 7 && rows[1].round == 12);
  free(rows);
  fray_position_phase(position, FRAY_RANK_DONE);
  fray_position_close(position);
  rows = rows_of(3);
  assert_int_equal(rows[1].phase, FRAY_RANK_DONE);
  assert_true(rows[1].trial == 0 && rows[1].name[0] == '\0' && rows[1].cell[0] == '\0');
  free(rows);
}

static void a_new_trial_has_no_round_and_no_client(void **state) {
  (void)state;
  const char *client = "same address";
  assert_int_equal(fray_positions_create(folder, 1, NULL), FRAY_OK);
  struct fray_own_position *position = opened(0, 0);
  fray_position_trial(position, 0, "a", "", 1);
  fray_position_work(position, 5, client);
  fray_position_trial(position, 1, "b", "", 1);
  struct fray_rank_position *rows = rows_of(1);
  assert_true(rows[0].round == 0 && rows[0].client[0] == '\0' && rows[0].trial == 2);
  assert_int_equal(rows[0].phase, FRAY_RANK_LOADING);
  free(rows);
  fray_position_work(position, 1, client); /* copied again, though its address is the same */
  rows = rows_of(1);
  assert_string_equal(rows[0].client, "same address");
  free(rows);
  fray_position_trial(position, 0, NULL, NULL, 0); /* none */
  rows = rows_of(1);
  assert_true(rows[0].trial == 0 && rows[0].seed == 0 && rows[0].name[0] == '\0');
  assert_int_equal(rows[0].phase, FRAY_RANK_WAITING);
  free(rows);
  fray_position_close(position);
}

static void a_killed_rank_leaves_its_row(void **state) {
  (void)state;
  int status = 0;
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  pid_t child = fork();
  if (child == 0) {
    struct fray_own_position *position = NULL;
    if (fray_position_open(folder, 1, 0, &position, NULL) != FRAY_OK)
      _exit(1);
    fray_position_trial(position, 2, "name", "cell", 3);
    fray_position_work(position, 9, "last client");
    kill(getpid(), SIGKILL);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  struct fray_rank_position *rows = rows_of(2);
  assert_true(rows[1].pid == child && rows[1].trial == 3 && rows[1].round == 9);
  assert_string_equal(rows[1].client, "last client");
  free(rows);
}

/* Somebody empties the file under a run: the run goes on, and its row comes back. */
static void a_file_that_is_cut_harms_nobody(void **state) {
  (void)state;
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  struct fray_own_position *position = opened(1, 0);
  fray_position_trial(position, 0, "name", "", 1);
  assert_int_equal(truncate(path, 0), 0);
  fray_position_work(position, 1, "client");
  struct fray_rank_position *rows = NULL;
  size_t n = 0;
  struct fray_err err = {0};
  assert_int_equal(fray_positions_read(folder, &rows, &n, &err), FRAY_INPUT); /* its head is gone */
  assert_true(!rows && n == 0);
  assert_int_equal(unlink(path), 0);
  fray_position_work(position, 2, "client");
  fray_position_close(position);
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  position = opened(1, 0);
  fray_position_work(position, 3, "client");
  rows = rows_of(2);
  assert_true(rows[1].round == 3 && rows[0].changes == 0);
  free(rows);
  fray_position_close(position);
}

static void texts_are_cut_between_characters(void **state) {
  (void)state;
  char client[200], cell[400];
  memset(client, 'x', sizeof client);
  strcpy(client + 78, "\xc3\xa9 and more"); /* would be halved at byte 79 */
  memset(cell, 'y', sizeof cell);
  cell[sizeof cell - 1] = '\0';
  assert_int_equal(fray_positions_create(folder, 1, NULL), FRAY_OK);
  struct fray_own_position *position = opened(0, 0);
  fray_position_trial(position, 0, "more than twenty characters", cell, 1);
  fray_position_work(position, 1, client);
  fray_position_close(position);
  struct fray_rank_position *rows = rows_of(1);
  assert_int_equal(strlen(rows[0].client), 78);
  assert_int_equal(strlen(rows[0].cell), sizeof rows[0].cell - 1);
  assert_string_equal(rows[0].name, "more than twenty ch");
  free(rows);
}

/* Ranks of a killed run may still be there when its resume makes the file anew. */
static void an_old_rank_does_not_write_into_the_new_file(void **state) {
  (void)state;
  assert_int_equal(fray_positions_create(folder, 1, NULL), FRAY_OK);
  struct fray_own_position *old = opened(0, 0);
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  fray_position_work(old, 7, "late");
  fray_position_close(old);
  struct fray_rank_position *rows = rows_of(2);
  assert_true(rows[0].changes == 0 && rows[0].round == 0);
  free(rows);
}

static void without_a_file_the_row_is_in_memory(void **state) {
  (void)state;
  struct fray_own_position *position = opened(0, 0);
  fray_position_trial(position, 0, "a", "b", 1);
  fray_position_work(position, 1, "c");
  fray_position_phase(position, FRAY_RANK_DONE);
  fray_position_close(position);
  assert_false(fray_file_exists(path));
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  position = opened(2, 0); /* beyond the file */
  fray_position_work(position, 1, "c");
  fray_position_close(position);
  struct fray_rank_position *rows = rows_of(2);
  assert_true(rows[0].changes == 0 && rows[1].changes == 0);
  free(rows);
  fray_position_trial(NULL, 0, "a", "b", 1);
  fray_position_work(NULL, 1, NULL);
  fray_position_phase(NULL, FRAY_RANK_DONE);
  fray_position_close(NULL);
}

static void it_must_be_writable(void **state) {
  (void)state;
  struct fray_err err = {0};
  char missing[96];
  snprintf(missing, sizeof missing, "%s/none", folder);
  assert_int_equal(fray_positions_create(missing, 2, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "positions"));
}

static void write_at(long place, const void *data, size_t size) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  assert_int_equal(fseek(file, place, SEEK_SET), 0);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void refused(const char *part) {
  struct fray_err err = {0};
  struct fray_rank_position *rows = NULL;
  size_t n = 0;
  assert_int_equal(fray_positions_read(folder, &rows, &n, &err), FRAY_INPUT);
  assert_null(rows);
  if (!strstr(err.text, part))
    fail_msg("'%s' is not in '%s'", part, err.text);
}

static void a_damaged_file_is_refused(void **state) {
  (void)state;
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  assert_int_equal(truncate(path, 3 * 4096 - 1), 0);
  refused("cut off");
  assert_int_equal(truncate(path, 10), 0);
  refused("no file of positions");
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  write_at(0, "something", 9);
  refused("no file of positions");
}

static void rows_are_not_trusted(void **state) {
  (void)state;
  struct fray_rank_position bad;
  memset(&bad, 0xff, sizeof bad); /* no NUL, no UTF-8, no phase, an odd number of changes */
  assert_int_equal(fray_positions_create(folder, 2, NULL), FRAY_OK);
  write_at(2 * 4096, &bad, sizeof bad);
  struct fray_rank_position *rows = rows_of(2);
  assert_string_equal(rows[1].client, "");
  assert_string_equal(rows[1].cell, "");
  assert_string_equal(fray_rank_phase_name(rows[1].phase), "waiting");
  free(rows);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {TEST(no_file_is_no_rank),
                                     TEST(a_rank_writes_its_own_row),
                                     TEST(a_new_trial_has_no_round_and_no_client),
                                     TEST(a_killed_rank_leaves_its_row),
                                     TEST(a_file_that_is_cut_harms_nobody),
                                     TEST(texts_are_cut_between_characters),
                                     TEST(an_old_rank_does_not_write_into_the_new_file),
                                     TEST(without_a_file_the_row_is_in_memory),
                                     TEST(it_must_be_writable),
                                     TEST(a_damaged_file_is_refused),
                                     TEST(rows_are_not_trusted)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is said of a results folder in each of its states. */
#include "fray/base/utf8.h"
#include "fray/json/json.h"
#include "fray/study/study.h"
#include "scratch.h"
#include "study/status/status_reader.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[64];

static void put(const char *name, const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(fray_file_write(path, text, strlen(text), NULL), FRAY_OK);
}

static int set_up(void **state) {
  (void)state;
  char path[96];
  scratch(folder, "fray-look-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof path, "%s/parts", folder);
  if (fray_make_folders(path, NULL) != FRAY_OK)
    return -1;
  snprintf(path, sizeof path, "%s/checkpoints", folder);
  return fray_make_folders(path, NULL) == FRAY_OK ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static const struct fray_run_status under_way = {.state = "running",
                                                 .name = "tiny",
                                                 .ranks = 2,
                                                 .teams = 2,
                                                 .trials = 10,
                                                 .kept = 3,
                                                 .done = 2,
                                                 .diverged = 1,
                                                 .running = 2,
                                                 .rounds_done = 50,
                                                 .rounds_left = 150,
                                                 .rounds_per_second = 2.5,
                                                 .elapsed = 20,
                                                 .left = 6000,
                                                 .busy = 0.97};

/* Ranks of one team in trial 3, and one more without a trial. */
static void put_board(int ranks) {
  char client[32];
  assert_int_equal(fray_positions_create(folder, ranks + 1, NULL), FRAY_OK);
  for (int i = 0; i <= ranks; i++) {
    struct fray_own_position *position = NULL;
    assert_int_equal(fray_position_open(folder, i, i == ranks, &position, NULL), FRAY_OK);
    if (i < ranks) {
      fray_position_trial(position, 2, "0123456789abcdef", "method=a lost.rate=0.2 ", 8);
      snprintf(client, sizeof client, "fe_%02d", i);
      fray_position_work(position, 12, client);
    }
    fray_position_close(position);
  }
}

static void in_lines(const char *text) {
  size_t columns = 0;
  for (const char *p = text; *p; p += fray_utf8_length(p, SIZE_MAX)) {
    columns = *p == '\n' ? 0 : columns + 1;
    if (columns > 80)
      fail_msg("a line is longer than 80 columns: %s", text);
  }
}

static char said[16384];

static const char *status_of(bool json) {
  struct fray_err err = {0};
  struct fray_text text = {0};
  if (fray_study_status(folder, json, &text, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  if (!json)
    in_lines(text.data);
  assert_true(text.size < sizeof said);
  memcpy(said, text.data, text.size + 1);
  fray_text_free(&text);
  return said;
}

static void says(const char *part) {
  if (!strstr(said, part))
    fail_msg("'%s' is not in:\n%s", part, said);
}

static void says_not(const char *part) {
  if (strstr(said, part))
    fail_msg("'%s' is in:\n%s", part, said);
}

static void only_results_folders(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_text text = {0};
  assert_int_equal(fray_study_status(folder, false, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "no 'state'"));
  assert_int_equal(fray_study_status("/none/at/all", false, &text, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "no such folder"));
  assert_null(text.data);
}

static void a_run_at_work(void **state) {
  (void)state;
  int lock = -1;
  put("state", "running\n");
  put("parts/a.h5", "");
  put("parts/.b.h5.fray-abcdefgh", "");
  put("checkpoints/c.state", "");
  put_board(2);
  assert_int_equal(fray_run_status_write(folder, &under_way, NULL), FRAY_OK);
  assert_int_equal(fray_lock(folder, "lock", false, 0, &lock, NULL), FRAY_OK);
  status_of(false);
  says("state       running\n");
  says("10: 3 kept, 2 done (1 diverged), 2 under way, 3 not begun");
  says("50 done, 150 left, 2.5 a second");
  says("20 s so far; ranks busy 97 % of it; about 1 h 40 min left");
  says("on disk     1 finished trial, 1 checkpoint\n");
  says("ranks       3; where they are:");
  says("trial 3     0123456789abcdef, seed 8: method=a lost.rate=0.2\n");
  says("  rank 1    round 12, training client fe_01, for ");
  says("no trial    team 1\n  rank 2    waiting, for ");
  fray_unlock(lock);
}

/* The rounds that are left, and the time, are the most that there may be. */
static void a_run_that_may_stop(void **state) {
  (void)state;
  int lock = -1;
  struct fray_run_status may = under_way;
  may.may_stop = 5;
  put("state", "running\n");
  put_board(2);
  assert_int_equal(fray_run_status_write(folder, &may, NULL), FRAY_OK);
  assert_int_equal(fray_lock(folder, "lock", false, 0, &lock, NULL), FRAY_OK);
  status_of(false);
  says("50 done, up to 150 left, 2.5 a second");
  says("20 s so far; ranks busy 97 % of it; up to about 1 h 40 min left");
  status_of(true);
  says("\"may_stop\": 5");
  fray_unlock(lock);
}

static void a_killed_run(void **state) {
  (void)state;
  put("state", "running\n");
  put_board(2);
  assert_int_equal(fray_run_status_write(folder, &under_way, NULL), FRAY_OK);
  status_of(false);
  says("state       killed: ");
  says("where they were last:");
  says("  rank 0    round 12, training client fe_00, since 20");
  says_not("left;");
  says_not("about");
}

static void ended_runs(void **state) {
  (void)state;
  put("state", "failed: trial x: disk\x1b[31m full\nmore\n");
  put_board(1);
  status_of(false);
  says("state       failed: trial x: disk?[31m full\n");
  says_not("more");
  says("rank 0    round 12");
  put("state", "interrupted: SIGTERM\n");
  status_of(false);
  says("state       interrupted: SIGTERM\n");
  put("state", "done\n");
  for (int i = 0; i < 2; i++) {
    struct fray_own_position *position = NULL;
    assert_int_equal(fray_position_open(folder, i, 0, &position, NULL), FRAY_OK);
    fray_position_phase(position, FRAY_RANK_DONE);
    fray_position_close(position);
  }
  status_of(false);
  says("state       done\n");
  says("ranks       2, all of them done\n");
}

static void without_its_files(void **state) {
  (void)state;
  put("state", "running\n");
  status_of(false);
  says("killed");
  says("on disk     0 finished trials");
  says_not("ranks");
  put("status.json", "{");
  put("positions", "x");
  status_of(false);
  says("warning     ");
  says("status.json");
}

static void many_ranks_are_told_in_few_lines(void **state) {
  (void)state;
  put("state", "running\n");
  put_board(8); /* are few */
  status_of(false);
  says("  rank 7    round 12");
  says_not("more of ranks");
  put_board(9);
  status_of(false);
  says("and 5 more of ranks 0 to 8");
  put_board(20);
  status_of(false);
  says("  rank 3    round 12");
  says_not("  rank 4 ");
  says("and 16 more of ranks 0 to 19");
}

static void long_words_are_cut(void **state) {
  (void)state;
  struct fray_own_position *position = NULL;
  char cell[158], client[80];
  memset(cell, 'c', sizeof cell - 1);
  memset(client, 'n', sizeof client - 1);
  cell[sizeof cell - 1] = client[sizeof client - 1] = '\0';
  put("state", "running\n");
  assert_int_equal(fray_positions_create(folder, 1, NULL), FRAY_OK);
  assert_int_equal(fray_position_open(folder, 0, 0, &position, NULL), FRAY_OK);
  fray_position_trial(position, 0, "name", cell, 1);
  fray_position_work(position, 1, client);
  fray_position_close(position);
  status_of(false); /* lines are looked at */
  says("nnn...");
}

static void as_json(void **state) {
  (void)state;
  char path[96];
  int64_t number = 0;
  put("state", "running\n");
  put_board(2);
  assert_int_equal(fray_run_status_write(folder, &under_way, NULL), FRAY_OK);
  put("object", status_of(true));
  snprintf(path, sizeof path, "%s/object", folder);
  fray_json *root;
  assert_int_equal(fray_json_read(path, 1 << 16, &root, NULL), FRAY_OK);
  assert_string_equal(fray_json_text(fray_json_get(root, "state")), "killed");
  assert_string_equal(fray_json_text(fray_json_get(root, "says")), "running");
  const fray_json *progress = fray_json_get(root, "progress"),
                  *ranks = fray_json_get(root, "ranks");
  assert_true(fray_json_int(fray_json_get(progress, "trials"), &number) && number == 10);
  assert_int_equal(fray_json_size(ranks), 3);
  const fray_json *rank = fray_json_at(ranks, 1);
  assert_string_equal(fray_json_text(fray_json_get(rank, "client")), "fe_01");
  assert_string_equal(fray_json_text(fray_json_get(rank, "phase")), "training");
  assert_string_equal(fray_json_text(fray_json_get(rank, "trial")), "0123456789abcdef");
  assert_true(fray_json_int(fray_json_get(rank, "round"), &number) && number == 12);
  assert_true(fray_json_int(fray_json_get(rank, "place"), &number) && number == 3);
  assert_null(fray_json_get(fray_json_at(ranks, 2), "trial"));
  fray_json_free(root);
}

static const char *last(void) {
  struct fray_text text = {0};
  fray_last_run_text(folder, &text);
  if (text.data)
    in_lines(text.data);
  snprintf(said, sizeof said, "%s", text.data ? text.data : "");
  fray_text_free(&text);
  for (char *p = said; (p = strstr(p, "\n  "));) /* as if unwrapped */
    memmove(p, p + 2, strlen(p + 2) + 1), *p = ' ';
  return said;
}

static void where_the_last_run_ended(void **state) {
  (void)state;
  int lock = -1;
  assert_string_equal(last(), ""); /* no run */
  put("state", "running\n");
  put_board(2);
  assert_int_equal(fray_lock(folder, "lock", false, 0, &lock, NULL), FRAY_OK);
  assert_string_equal(last(), "the last run was killed; it was last in trial 3 (0123456789abcdef, "
                              "seed 8, method=a lost.rate=0.2), round 12, client fe_00 (rank 0), "
                              "fe_01 (rank 1)\n");
  put("state", "interrupted: by SIGTERM; --resume\n");
  last();
  says("the last run was interrupted: by SIGTERM; it was last in trial 3");
  put("state", "done\n");
  assert_string_equal(last(), "");
  fray_unlock(lock);
}

/* Three teams, of which a signal reached two: the third was killed, and is named. */
static void the_rank_that_died_is_named(void **state) {
  (void)state;
  int lock = -1;
  put("state", "running\n");
  assert_int_equal(fray_positions_create(folder, 3, NULL), FRAY_OK);
  for (int i = 0; i < 3; i++) {
    struct fray_own_position *position = NULL;
    assert_int_equal(fray_position_open(folder, i, i, &position, NULL), FRAY_OK);
    fray_position_trial(position, (size_t)i, "name", "", 8);
    fray_position_work(position, 12 + (size_t)i, "client");
    if (i != 1)
      fray_position_phase(position, FRAY_RANK_WAITING);
    fray_position_close(position);
  }
  assert_int_equal(fray_lock(folder, "lock", false, 0, &lock, NULL), FRAY_OK);
  last();
  says("trial 2 (name, seed 8), round 13, client client (rank 1); 2 other trials were under way\n");
  fray_unlock(lock);
}

static void spans(void **state) {
  (void)state;
  static const struct {
    double seconds;
    const char *text;
  } cases[] = {{0, "0 s"},       {99.4, "99 s"},       {100, "1 min"},
               {5999, "99 min"}, {6000, "1 h 40 min"}, {3600 * 50, "2 d 2 h"},
               {-1, "?"},        {NAN, "?"},           {INFINITY, "?"}};
  char text[32];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fray_span_text(cases[i].seconds, text);
    assert_string_equal(text, cases[i].text);
  }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {TEST(only_results_folders),
                                     TEST(a_run_at_work),
                                     TEST(a_run_that_may_stop),
                                     TEST(a_killed_run),
                                     TEST(ended_runs),
                                     TEST(without_its_files),
                                     TEST(many_ranks_are_told_in_few_lines),
                                     TEST(long_words_are_cut),
                                     TEST(as_json),
                                     TEST(where_the_last_run_ended),
                                     TEST(the_rank_that_died_is_named),
                                     TEST(spans)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

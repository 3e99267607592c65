/* Tables from trial files: rows of this program and of older ones, which knew fewer columns of a
 * round. */
#include "fray/base/arena.h"
#include "fray/base/file.h"
#include "fray/base/round_columns.h"
#include "fray/results/assembly.h"
#include "fray/results/trial_file.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static const char *const metric[] = {"accuracy", "nll"};

static int set_up(void **state) {
  (void)state;
  char path[96];
  scratch(folder, "fray-assembly-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof path, "%s/parts", folder);
  return fray_make_folders(path, NULL) == FRAY_OK ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static void write_part(const char *name, const char *rounds) {
  struct fray_trial_file part = {0};
  struct fray_err err = {0};
  static const int32_t count = 1;
  const struct fray_trial_file_set set = {
      .path = "clients/samples", .type = FRAY_H5_I32, .rank = 1, .dims = {1}, .data = &count};
  strcpy(part.name, name);
  strcpy(part.evaluation, "e");
  fray_text_puts(&part.trial, "4,\"o,k\"\n");
  fray_text_puts(&part.scores, "best,trial\n");
  fray_text_puts(&part.rounds, rounds);
  assert_int_equal(fray_trial_file_add(&part, &set, &err), FRAY_OK);
  if (fray_trial_file_write(folder, &part, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  fray_trial_file_free(&part);
}

/* rounds.csv of one trial without its header. */
static void assemble(const char *name, struct fray_text *rows) {
  struct fray_err err = {0};
  struct fray_text text = {0};
  char path[96];
  const struct fray_assembly_trial trial = {.name = name, .evaluation = "e", .control = ""};
  const struct fray_assembly assembly = {
      .words = {.metric = metric, .n_metrics = 2}, .n = 1, .trial = &trial};
  if (fray_results_assemble(&assembly, folder, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  snprintf(path, sizeof path, "%s/rounds.csv", folder);
  assert_int_equal(fray_file_read(path, 1 << 20, &text, &err), FRAY_OK);
  fray_text_puts(rows, strchr(text.data, '\n') + 1);
  fray_text_free(&text);
}

#define ONE(kind, name, unit, meaning, empty) +1
enum { COLUMNS = 0 FRAY_ROUND_COLUMNS(ONE) };
#undef ONE

/* A row that knows so many of the columns, each with its place as its value. */
static void put_row(struct fray_text *out, const char *begin, int known, int empty) {
  fray_text_printf(out, "%s7", begin);
  for (int c = 1; c <= known; c++)
    fray_text_printf(out, ",%d", c);
  for (int c = 0; c < empty; c++)
    fray_text_puts(out, ",");
  fray_text_puts(out, ",0.5,1.5,,2.5\n");
}

static void columns_that_came_later_stay_empty_in_front_of_the_metrics(void **state) {
  (void)state;
  int checked = 0;
  for (int known = 2; known <= COLUMNS; known++, checked++) {
    struct fray_text given = {0}, expected = {0}, found = {0};
    for (int twice = 0; twice < 2; twice++) {
      put_row(&given, "", known, 0);
      put_row(&expected, "0123456789abcdef,", known, COLUMNS - known);
    }
    write_part("0123456789abcdef", given.data);
    assemble("0123456789abcdef", &found);
    assert_string_equal(found.data, expected.data);
    fray_text_free(&given);
    fray_text_free(&expected);
    fray_text_free(&found);
  }
  assert_true(checked >= 3);
}

/* Those of a trial stand at its end; a comma within quotation marks begins no field. */
static void trials_get_empty_columns_at_their_end(void **state) {
  (void)state;
  struct fray_text rounds = {0}, text = {0};
  struct fray_err err = {0};
  char path[96];
  size_t header = 0, fields = 0;
  put_row(&rounds, "", COLUMNS, 0);
  write_part("0123456789abcdef", rounds.data);
  fray_text_free(&rounds);
  assemble("0123456789abcdef", &rounds);
  snprintf(path, sizeof path, "%s/trials.csv", folder);
  assert_int_equal(fray_file_read(path, 1 << 20, &text, &err), FRAY_OK);
  const char *row = strchr(text.data, '\n') + 1;
  for (const char *p = text.data; p < row; p++)
    header += *p == ',';
  for (const char *p = row; *p != '\n'; p++)
    fields += *p == ',';
  assert_int_equal(strncmp(row, "0123456789abcdef,,4,\"o,k\",,,", 28), 0);
  assert_int_equal(fields, header + 1); /* one stands in quotation marks */
  fray_text_free(&rounds);
  fray_text_free(&text);
}

/* What is no row of any program is passed on as it is: who reads the table refuses it by its line.
 */
static void other_rows_are_not_mended(void **state) {
  (void)state;
  struct fray_text found = {0};
  write_part("0123456789abcdef", "7,8\n");
  assemble("0123456789abcdef", &found);
  assert_string_equal(found.data, "0123456789abcdef,7,8\n");
  fray_text_free(&found);
}

/* ---- membership.csv ---- */

/* What a trial file says of four samples, of which `members` are in; wrong: with a code that is no
 * value, or a member too few. */
static void write_members(const char *name, size_t members, int32_t code) {
  struct fray_trial_file part = {0};
  struct fray_err err = {0};
  static const int32_t sample[] = {7, 3, 5, 4};
  static const uint8_t member[] = {1, 1, 0, 0};
  static const float odds[] = {2, 1, 0, 1, 9, 9, -9, -9}; /* of the best model, of the last */
  const int32_t codes[] = {0, 0, 0, code};
  static const char *const values[] = {"a, b"};
  const struct fray_trial_file_set sets[] = {
      {.path = "membership/sample", .type = FRAY_H5_I32, .rank = 1, .dims = {4}, .data = sample},
      {.path = "membership/member",
       .type = FRAY_H5_U8,
       .rank = 1,
       .dims = {members},
       .data = member},
      {.path = "membership/log_odds", .type = FRAY_H5_F32, .rank = 2, .dims = {2, 4}, .data = odds},
      {.path = "membership/group/g", .type = FRAY_H5_I32, .rank = 1, .dims = {4}, .data = codes},
      {.path = "membership/group_values/g", .rank = 1, .dims = {1}, .texts = values}};
  strcpy(part.name, name);
  strcpy(part.evaluation, "e");
  fray_text_puts(&part.trial, "4,ok\n");
  fray_text_puts(&part.scores, "best,trial\n");
  fray_text_puts(&part.rounds, "7,8\n");
  for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
    assert_int_equal(fray_trial_file_add(&part, &sets[k], &err), FRAY_OK);
  if (fray_trial_file_write(folder, &part, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  fray_trial_file_free(&part);
}

static enum fray_status assemble_members(struct fray_err *err) {
  static const struct fray_membership_config config = {.held_out = 0.5};
  static const struct fray_assembly_trial trial = {
      .name = "0123456789abcdef", .evaluation = "e", .control = "", .membership = &config};
  const struct fray_assembly assembly = {
      .words = {.metric = metric, .n_metrics = 2}, .n = 1, .trial = &trial};
  return fray_results_assemble(&assembly, folder, err);
}

/* Members at 2 and 1, the others at 1 and 0: a tie counts half. One trial has no shadows, so one
 * threshold is all. What stands in quotation marks is one field. */
static void attacks_become_rows(void **state) {
  (void)state;
  static const char rows[] =
      "0123456789abcdef,best,loss_threshold,all,2,2,roc_auc,,0.875,0.875\n"
      "0123456789abcdef,best,loss_threshold,all,2,2,advantage,,0.5,0.5\n"
      "0123456789abcdef,best,loss_threshold,all,2,2,tpr,0.5,1,1\n"
      "0123456789abcdef,best,loss_threshold,\"g=a, b\",2,2,roc_auc,,0.875,0.875\n";
  struct fray_err err = {0};
  struct fray_text text = {0};
  char path[96];
  write_members("0123456789abcdef", 4, 0);
  if (assemble_members(&err) != FRAY_OK)
    fail_msg("%s", err.text);
  snprintf(path, sizeof path, "%s/membership.csv", folder);
  assert_int_equal(fray_file_read(path, 1 << 20, &text, &err), FRAY_OK);
  assert_int_equal(strncmp(strchr(text.data, '\n') + 1, rows, strlen(rows)), 0);
  assert_non_null(strstr(text.data, ",last,loss_threshold,all,2,2,roc_auc,,1,1\n"));
  assert_null(strstr(text.data, "lira"));
  fray_text_free(&text);
}

static void damaged_members_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  write_members("0123456789abcdef", 3, 0);
  assert_int_equal(assemble_members(&err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "membership/member: 3 numbers, not 4"));
  write_members("0123456789abcdef", 4, 1);
  assert_int_equal(assemble_members(&err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "membership/group/g: 1 is none of 1 values"));
}

/* What a run saw before it had the lock is not read again unless it is another file. */
static void another_part_is_seen(void **state) {
  (void)state;
  struct fray_trial_file_state part;
  struct fray_err err = {0};
  char path[96], old[96];
  assert_int_equal(fray_trial_file_seen(folder, "none"), 0);
  write_part("seen", "7\n");
  assert_int_equal(fray_trial_file_look(folder, "seen", &part, &err), FRAY_OK);
  assert_true(part.exists && part.is_sealed && part.seen);
  assert_int_equal(fray_trial_file_seen(folder, "seen"), part.seen);
  snprintf(path, sizeof path, "%s/parts/seen.h5", folder);
  snprintf(old, sizeof old, "%s/parts/old.h5", folder);
  assert_int_equal(rename(path, old), 0); /* so that its number is not given again */
  write_part("seen", "8\n");
  assert_int_not_equal(fray_trial_file_seen(folder, "seen"), part.seen);
  FILE *file = fopen(old, "r+");
  const uint64_t before = fray_trial_file_seen(folder, "old");
  usleep(20000); /* clocks of files may go by steps */
  assert_true(file && fputc('x', file) == 'x' && fclose(file) == 0);
  assert_int_not_equal(fray_trial_file_seen(folder, "old"), before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_that_came_later_stay_empty_in_front_of_the_metrics),
      cmocka_unit_test(trials_get_empty_columns_at_their_end),
      cmocka_unit_test(other_rows_are_not_mended),
      cmocka_unit_test(attacks_become_rows),
      cmocka_unit_test(another_part_is_seen),
      cmocka_unit_test(damaged_members_are_refused),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Tables from trial files: rows of this program and of older ones, which knew fewer columns of a
 * round. */
#include "fray/base/arena.h"
#include "fray/base/file.h"
#include "fray/base/round_columns.h"
#include "fray/results/assembly.h"
#include "fray/results/trial_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[64];
static const char *const metric[] = {"accuracy", "nll"};

static int set_up(void **state) {
  (void)state;
  char path[96];
  strcpy(folder, "/tmp/fray-assembly-XXXXXX");
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_that_came_later_stay_empty_in_front_of_the_metrics),
      cmocka_unit_test(trials_get_empty_columns_at_their_end),
      cmocka_unit_test(other_rows_are_not_mended),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}

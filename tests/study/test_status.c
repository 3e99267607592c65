/* status.json and the JSON lines: what is written can be read back, value by value. */
#include "fray/base/file.h"
#include "fray/json/json.h"
#include "fray/results/run_status.h"
#include "scratch.h"
#include "study/run/metrics_log.h"
#include "study/scenario/scenario.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[64], lines[96];

static int set_up(void **state) {
  (void)state;
  scratch(folder, "fray-status-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(lines, sizeof lines, "%s/lines", folder);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

/* Two cells, of which the second is a control, with a trial each. */
static const char *keys[] = {"method", "lost.rate"};
static const char *first[] = {"a \"b\"", "0.2"}, *second[] = {"c", "0"};
static const struct fray_choice accuracy = {.name = "accuracy"}, nll = {.name = "nll"};
static struct fray_cell cells[2] = {
    {.control = "", .value = first, .config.evaluate.metrics.n = 2, .metric = {&accuracy, &nll}},
    {.control = "unimodal:audio",
     .value = second,
     .config.evaluate.metrics.n = 1,
     .metric = {&accuracy}}};
static struct fray_trial trials[2] = {{.cell = 0, .seed = 8}, {.cell = 1, .seed = UINT64_MAX}};
static const struct fray_study study = {.name = "tiny",
                                        .n_keys = 2,
                                        .key = keys,
                                        .n_cells = 2,
                                        .cell = cells,
                                        .n_seeds = 1,
                                        .n_trials = 2,
                                        .trial = trials};

static fray_json *read_json(const char *path) {
  struct fray_err err = {0};
  fray_json *root = NULL;
  if (fray_json_read(path, 1 << 16, &root, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return root;
}

static double real(const fray_json *object, const char *key) {
  double value = NAN;
  assert_true(fray_json_real(fray_json_get(object, key), &value));
  return value;
}

static void is_null(const fray_json *object, const char *key) {
  double value;
  const fray_json *v = fray_json_get(object, key);
  assert_non_null(v);
  assert_true(!fray_json_real(v, &value) && !fray_json_text(v) && !fray_json_is_object(v));
}

static void is_text(const fray_json *object, const char *key, const char *want) {
  const char *text = fray_json_text(fray_json_get(object, key));
  assert_non_null(text);
  assert_string_equal(text, want);
}

static void a_cell_in_words(void **state) {
  (void)state;
  char text[64], small[8];
  fray_cell_text(&study, &cells[0], text, sizeof text);
  assert_string_equal(text, "method=a \"b\" lost.rate=0.2 ");
  fray_cell_text(&study, &cells[1], text, sizeof text);
  assert_string_equal(text, "unimodal:audio method=c lost.rate=0 ");
  fray_cell_text(&study, &cells[1], small, sizeof small);
  assert_string_equal(small, "unimoda");
}

static void status_reads_back(void **state) {
  (void)state;
  char path[96];
  const struct fray_run_status status = {.state = "failed: \"x\"\n",
                                         .name = "tiny",
                                         .ranks = 4,
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
                                         .left = NAN,
                                         .busy = INFINITY};
  assert_int_equal(fray_run_status_write(folder, &status, NULL), FRAY_OK);
  snprintf(path, sizeof path, "%s/status.json", folder);
  fray_json *root = read_json(path);
  is_text(root, "state", "failed: \"x\"\n");
  is_text(root, "study", "tiny");
  assert_true(real(root, "ranks") == 4 && real(root, "teams") == 2);
  assert_true(real(root, "trials") == 10 && real(root, "kept") == 3 && real(root, "done") == 2);
  assert_true(real(root, "diverged") == 1 && real(root, "running") == 2);
  assert_true(real(root, "rounds_done") == 50 && real(root, "rounds_left") == 150);
  assert_true(real(root, "rounds_per_second") == 2.5 && real(root, "elapsed_seconds") == 20);
  is_null(root, "left_seconds");
  is_null(root, "busy");
  assert_non_null(fray_json_text(fray_json_get(root, "time")));
  fray_json_free(root);
  snprintf(path, sizeof path, "%s/none", folder);
  assert_int_equal(fray_run_status_write(path, &status, NULL), FRAY_IO);
}

static struct fray_metrics_log *opened(void) {
  struct fray_metrics_log *log = NULL;
  assert_int_equal(fray_metrics_open(lines, &study, &log, NULL), FRAY_OK);
  return log;
}

/* Line `want` (from 0) of the file, parsed; its last byte is a newline. */
static fray_json *line(size_t want, size_t of) {
  char path[128];
  struct fray_text text = {0};
  size_t n = 0, start = 0, end = 0;
  assert_int_equal(fray_file_read(lines, 1 << 16, &text, NULL), FRAY_OK);
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] == '\n') {
      if (n++ < want)
        start = i + 1;
      else if (!end)
        end = i;
    }
  assert_int_equal(n, of);
  assert_true(text.data[text.size - 1] == '\n' && end > start);
  snprintf(path, sizeof path, "%s/line", folder);
  assert_int_equal(fray_file_write(path, text.data + start, end - start, NULL), FRAY_OK);
  fray_text_free(&text);
  return read_json(path);
}

static void a_round_is_a_line(void **state) {
  (void)state;
  struct fray_round_row row = {.round = 12,
                               .cohort = 10,
                               .samples = 320,
                               .train_loss = 0.5,
                               .update_norm = INFINITY,
                               .evaluated = true,
                               .dev = {0.25, NAN}};
  struct fray_metrics_log *log = opened();
  assert_int_equal(fray_metrics_round(log, 0, "hash", &row, NULL), FRAY_OK);
  row.evaluated = false; /* says nothing of quality */
  assert_int_equal(fray_metrics_round(log, 0, "hash", &row, NULL), FRAY_OK);
  assert_int_equal(fray_metrics_close(log, NULL), FRAY_OK);
  fray_json *root = line(0, 1);
  is_text(root, "event", "round");
  is_text(root, "study", "tiny");
  is_text(root, "trial", "hash");
  is_text(root, "control", "");
  is_text(fray_json_get(root, "cell"), "method", "a \"b\"");
  is_text(fray_json_get(root, "cell"), "lost.rate", "0.2");
  assert_true(real(root, "place") == 1 && real(root, "seed") == 8 && real(root, "round") == 12);
  assert_true(real(root, "cohort") == 10 && real(root, "samples") == 320);
  assert_true(real(root, "train_loss") == 0.5);
  is_null(root, "update_norm");
  assert_true(real(fray_json_get(root, "dev"), "accuracy") == 0.25);
  is_null(fray_json_get(root, "dev"), "nll");
  is_null(root, "test");
  fray_json_free(root);
}

static void a_trial_is_a_line_and_files_grow(void **state) {
  (void)state;
  struct fray_round_row row = {.round = 1, .evaluated = true, .tested = true, .test = {1}};
  struct fray_metrics_log *log = opened();
  assert_int_equal(fray_metrics_trial(log, 0, "one", true, 2.5, NULL), FRAY_OK);
  assert_int_equal(fray_metrics_close(log, NULL), FRAY_OK);
  log = opened();
  trials[1].seed = 77;
  assert_int_equal(fray_metrics_round(log, 1, "two", &row, NULL), FRAY_OK);
  assert_int_equal(fray_metrics_close(log, NULL), FRAY_OK);
  fray_json *root = line(0, 2);
  is_text(root, "event", "trial");
  is_text(root, "status", "diverged");
  assert_true(real(root, "seconds") == 2.5);
  fray_json_free(root);
  root = line(1, 2);
  is_text(root, "control", "unimodal:audio");
  assert_true(real(root, "seed") == 77);
  assert_true(real(fray_json_get(root, "test"), "accuracy") == 1);
  assert_int_equal(fray_json_size(fray_json_get(root, "test")), 1);
  fray_json_free(root);
}

static void a_file_that_cannot_be_written(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_metrics_log *log = NULL;
  char path[96];
  snprintf(path, sizeof path, "%s/none/x", folder);
  assert_int_equal(fray_metrics_open(path, &study, &log, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, path));
  assert_null(log);
  assert_int_equal(fray_metrics_open("/dev/full", &study, &log, NULL), FRAY_OK);
  assert_int_equal(fray_metrics_trial(log, 0, "one", false, 1, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "/dev/full"));
  fray_metrics_close(log, NULL);
  assert_int_equal(fray_metrics_trial(NULL, 0, "one", false, 1, NULL), FRAY_OK);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_cell_in_words), TEST(status_reads_back), TEST(a_round_is_a_line),
      TEST(a_trial_is_a_line_and_files_grow), TEST(a_file_that_cannot_be_written)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

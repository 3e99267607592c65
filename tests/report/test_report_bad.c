/* Damaged results folders: refused with file and line, and nothing is written. */
#include "folder.h"

#include "fray/report/report.h"

struct damage {
  const char *file, *from, *to, *message;
};

static const struct damage damages[] = {
    {"trials.csv", "lost.rate,seed,status", "lost.rate,seed,state", "column \"status\" is missing"},
    {"trials.csv", "trial,method", "name,method", "column \"trial\" is missing"},
    {"trials.csv", ",0.5,0.48,", ",0.5,0x1p-1,", "trials.csv:5: lost.realised: \"0x1p-1\""},
    {"trials.csv", ",0.5,0.48,", ",half,0.48,", "trials.csv:5: lost.nominal: \"half\""},
    {"trials.csv", "avg,0,2,ok", "avg,0,2,fine", "trials.csv:3: status: \"fine\""},
    {"trials.csv", "avg,0,2,ok", "avg,0,1,ok", "trials.csv:3: the same swept values and seed"},
    {"trials.csv", "00000000000000a1", "00000000000000a0", "trials.csv:3: trial"},
    {"trials.csv", "avg,0,2,ok,", "avg,0,2,ok", "trials.csv:3: 17 fields where the header has 18"},
    {"trials.csv", "avg,0,2,ok", "\"avg,0,2,ok", "a quote is not closed"},
    {"trials.csv", "avg,0,2,ok", "\"avg\"x,0,2,ok", "trials.csv:3: text behind a closing quote"},
    {"trials.csv", "avg,0,2,ok", "a\"vg,0,2,ok", "trials.csv:3: a quote inside"},
    {"trials.csv", "avg,0,2,ok", "a\xff,0,2,ok", "trials.csv:3: not UTF-8"},
    {"trials.csv", "clients,clients_dropped", "clients,clients", "\"clients\" appears twice"},
    {"scores.csv", ",chance\n", ",luck\n", "scores.csv:1: column \"chance\" is missing"},
    {"scores.csv", "accuracy,0.8,", "accuracy,0.8.1,", "scores.csv:2: value: \"0.8.1\""},
    {"scores.csv", ",400,12,", ",many,12,", "scores.csv:2: n: \"many\""},
    {"scores.csv", "00000000000000a0,best", "00000000000000ff,best",
     "scores.csv:2: trial \"00000000000000ff\" is not in trials.csv"},
    {"scores.csv", "a0,last", "a0,final", "scores.csv:3: selection: \"final\""},
};

static void damaged_files_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    const struct damage *d = &damages[i];
    void *own = NULL;
    struct fray_err err = {0};
    assert_int_equal(make_folder(&own), 0);
    const char *folder = own;
    edit(folder, d->file, d->from, d->to, false);
    if (fray_report(&folder, 1, NULL, &err) != FRAY_INPUT || !strstr(err.text, d->message))
      fail_msg("case %zu wants \"%s\", got %s: \"%s\"", i, d->message, fray_status_text(err.status),
               err.text);
    assert_false(fray_file_exists(path_in(folder, "report.html")));
    assert_false(fray_file_exists(path_in(folder, "figures")));
    drop_folder(&own);
  }
}

static void folders_without_results_are_refused(void **state) {
  const char *folder = *state;
  struct fray_err err = {0};
  const char *nowhere = "/nonexistent/results";
  assert_int_equal(fray_report(&nowhere, 1, NULL, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, nowhere));
  assert_int_equal(fray_remove_tree(path_in(folder, "scores.csv"), &err), FRAY_OK);
  assert_int_equal(fray_report(&folder, 1, NULL, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "holds no results"));
  put_file(path_in(folder, "scores.csv"), "", 0);
  assert_int_equal(fray_report(&folder, 1, NULL, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "the file is empty"));
  assert_int_equal(fray_report(&folder, 0, NULL, &err), FRAY_INPUT);
}

static void nul_bytes_are_refused(void **state) {
  const char *folder = *state;
  struct fray_err err = {0};
  struct fray_text text = slurp(path_in(folder, "trials.csv"));
  text.data[text.size / 2] = '\0';
  put_file(path_in(folder, "trials.csv"), text.data, text.size);
  fray_text_free(&text);
  assert_int_equal(fray_report(&folder, 1, NULL, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "not UTF-8"));
}

/* Undefined numbers are no errors; neither are missing scenario and provenance. */
static void what_is_missing_is_said(void **state) {
  const char *folder = *state;
  struct fray_err err = {0};
  edit(folder, "scores.csv", "accuracy,0.8,", "accuracy,nan,", true);
  edit(folder, "scores.csv", ",0.25\n", ",inf\n", false);
  edit(folder, "scenario.yaml", "evaluate: {", "evaluate: [", false);
  edit(folder, "provenance.json", "{", "", false);
  if (fray_report(&folder, 1, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  assert_non_null(strstr(page.data, "scenario.yaml is missing or cannot be read"));
  assert_non_null(strstr(page.data, "provenance.json is missing or cannot be read"));
  assert_non_null(strstr(page.data, "undefined and left out (empty value)"));
  fray_text_free(&page);
}

/* Every prefix of the files: an answer, never a crash. */
static void cut_files_get_an_answer(void **state) {
  const char *folder = *state;
  struct fray_text text = slurp(path_in(folder, "trials.csv"));
  char *path = getenv("PATH") ? strdup(getenv("PATH")) : NULL;
  setenv("PATH", "/nonexistent", 1); /* nothing to draw with: this is about reading */
  for (size_t n = 0; n < text.size; n += 37) {
    struct fray_err err = {0};
    put_file(path_in(folder, "trials.csv"), text.data, n);
    enum fray_status status = fray_report(&folder, 1, NULL, &err);
    if (status != FRAY_INPUT && status != FRAY_OK)
      fail_msg("cut at %zu: %s", n, err.text);
  }
  if (path)
    setenv("PATH", path, 1);
  free(path);
  fray_text_free(&text);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(damaged_files_are_refused),
      OWN(folders_without_results_are_refused),
      OWN(nul_bytes_are_refused),
      OWN(what_is_missing_is_said),
      OWN(cut_files_get_an_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

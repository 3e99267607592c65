/* Damaged results folders: refused with file and line, and nothing is written. */
#include "folder.h"

#include "fray/base/draft.h"
#include "fray/base/size.h"
#include "fray/report/report.h"

struct damage {
  const char *file, *from, *to, *message;
};

static const struct damage damages[] = {
    {"trials.csv", "lost.rate,seed,status", "lost.rate,seed,state",
     "trials.csv:1: there is no column 'status'; there are 'trial', "},
    {"trials.csv", "trial,method", "name,method", "there is no column 'trial'; there are 'name', "},
    {"trials.csv", ",0.5,0.48,", ",0.5,0x1p-1,", "trials.csv:5: lost.realised: \"0x1p-1\""},
    {"trials.csv", ",0.5,0.48,", ",half,0.48,", "trials.csv:5: lost.nominal: \"half\""},
    {"trials.csv", "avg,0,2,ok", "avg,0,2,fine", "trials.csv:3: status: \"fine\""},
    {"trials.csv", "avg,0,2,ok", "avg,0,1,ok", "trials.csv:3: the same swept values and seed"},
    {"trials.csv", "00000000000000a1", "00000000000000a0", "trials.csv:3: trial"},
    {"trials.csv", "avg,0,2,ok,", "avg,0,2,ok", "trials.csv:3: 17 fields, but the header has 18"},
    {"trials.csv", "avg,0,2,ok", "\"avg,0,2,ok", "a quote is not closed"},
    {"trials.csv", "avg,0,2,ok", "\"avg\"x,0,2,ok", "trials.csv:3: text behind a closing quote"},
    {"trials.csv", "avg,0,2,ok", "a\"vg,0,2,ok", "trials.csv:3: a quote within"},
    {"trials.csv", "avg,0,2,ok", "a\xff,0,2,ok", "trials.csv:3: byte 0xff is not UTF-8"},
    {"trials.csv", "clients,clients_dropped", "clients,clients", "both named \"clients\""},
    {"scores.csv", ",chance\n", ",luck\n", "scores.csv:1: there is no column 'chance'"},
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
  assert_non_null(strstr(err.text, "is NUL"));
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

/* The figure of the rounds is left out, and the remarks say why. */
static void damaged_rounds_are_said(void **state) {
  const char *folder = *state;
  const struct {
    const char *text, *remark;
  } cases[] = {
      {"trial,round\n\xff,1\n", "rounds.csv:2: byte 0xff is not UTF-8 text"},
      {"trial;round\n", "the header has no comma, but 1 &quot;;&quot;"},
      {"trial,round,dev.accuracy\nx,one,0.5\n", "rounds.csv:2: round: &quot;one&quot;"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_err err = {0};
    put_file(path_in(folder, "rounds.csv"), cases[i].text, strlen(cases[i].text));
    if (fray_report(&folder, 1, NULL, &err) != FRAY_OK)
      fail_msg("case %zu: %s", i, err.text);
    struct fray_text page = slurp(path_in(folder, "report.html"));
    assert_non_null(strstr(page.data, "rounds.csv is damaged ("));
    if (!strstr(page.data, cases[i].remark))
      fail_msg("case %zu: \"%s\" is not said", i, cases[i].remark);
    fray_text_free(&page);
  }
}

/* A file in the place of the folder to write is a wrong argument, and stays as it is. */
static void a_file_is_no_place_for_a_report(void **state) {
  const char *folder = *state, *figure = "curves";
  char *taken = path_in(folder, "taken");
  struct fray_report_choice choice = {.figure = &figure, .n_figures = 1};
  struct fray_err err = {0};
  put_file(taken, "mine", 4);
  assert_int_equal(fray_report(&folder, 1, taken, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "taken exists and is not a folder"));
  assert_int_equal(fray_report_figures(&folder, 1, taken, &choice, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "taken exists and is not a folder"));
  struct fray_text text = slurp(taken);
  assert_string_equal(text.data, "mine");
  fray_text_free(&text);
}

/* What was asked for by name and is not there is a failure, not a remark. */
static void a_format_that_cannot_be_drawn_fails(void **state) {
  const char *folder = *state, *figure = "curves", *format = "pdf";
  struct fray_report_choice choice = {.figure = &figure, .n_figures = 1};
  struct fray_err err = {0};
  char *path = getenv("PATH") ? strdup(getenv("PATH")) : NULL;
  setenv("PATH", "/nonexistent", 1);
  assert_int_equal(fray_report_figures(&folder, 1, NULL, &choice, &err), FRAY_OK);
  choice.format = &format;
  choice.n_formats = 1;
  assert_int_equal(fray_report_figures(&folder, 1, NULL, &choice, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "gnuplot was not found"));
  put_file(path_in(folder, "gnuplot"), "#!/bin/sh\n", 10); /* there, but may not be started */
  setenv("PATH", folder, 1);
  assert_int_equal(fray_report_figures(&folder, 1, NULL, &choice, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "gnuplot could not be started: Permission denied"));
  format = "csv";
  assert_int_equal(fray_report_figures(&folder, 1, NULL, &choice, &err), FRAY_OK);
  if (path)
    setenv("PATH", path, 1);
  free(path);
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

/* Whoever draws into a folder of figures keeps a report out of it, and nothing of that is written.
 */
static void figures_are_drawn_by_one(void **state) {
  const char *folder = *state;
  char figures[600];
  struct fray_err err = {0};
  int claim = -1;
  snprintf(figures, sizeof figures, "%s/figures", folder);
  assert_int_equal(fray_make_folders(figures, &err), FRAY_OK);
  assert_int_equal(fray_claim(figures, "report", &claim, &err), FRAY_OK);
  assert_int_equal(fray_report(&folder, 1, NULL, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "another fray is writing"));
  assert_false(fray_file_exists(path_in(folder, "report.html")));
  fray_claim_end(figures, "report", claim);
  assert_int_equal(fray_report(&folder, 1, NULL, &err), FRAY_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(damaged_files_are_refused),
      OWN(folders_without_results_are_refused),
      OWN(nul_bytes_are_refused),
      OWN(what_is_missing_is_said),
      OWN(damaged_rounds_are_said),
      OWN(a_file_is_no_place_for_a_report),
      OWN(a_format_that_cannot_be_drawn_fails),
      OWN(cut_files_get_an_answer),
      OWN(figures_are_drawn_by_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* fray compare: paired differences between two results folders, or between cells of one. */
#include "fray/base/log.h"
#include "fray/metric/metric.h"
#include "fray/report/report.h"

#include "commands.h"

#include <stdio.h>
#include <stdlib.h>

/* Lists, because several keys may be needed to name a cell. */
struct given {
  const char *out, *metric;
  struct cli_texts a, b;
  bool fail_on_worse, json;
};

/* A shell offers all metrics; which of them the folders hold is known when they are read. */
static const char *metric_at(size_t i, const char **meaning) {
  *meaning = i < fray_metrics.n ? fray_metrics.v[i]->meaning : "";
  return i < fray_metrics.n ? fray_metrics.v[i]->name : NULL;
}

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  const struct fray_compare_options options = {.a = call->operand[0],
                                               .b = call->operand[1],
                                               .out = given->out,
                                               .metric = given->metric,
                                               .only_a = given->a.v,
                                               .n_only_a = given->a.n,
                                               .only_b = given->b.v,
                                               .n_only_b = given->b.n,
                                               .fail_on_worse = given->fail_on_worse,
                                               .json = given->json};
  /* Text and files are made of the same rows, in one go. */
  struct fray_text text = {0};
  struct fray_compared found = {0}; /* its folder is named by the report without --out */
  enum fray_status status = fray_compare(&options, &text, &found, err);
  if (status == FRAY_OK) {
    fray_print("%s", text.data);
    /* What is said to be written follows what is printed, also where both go to one file. */
    status = fray_print_end(err);
    fray_note("written: %s/compare.csv, compare.tex, columns.csv", found.folder);
  }
  fray_text_free(&text);
  free(found.folder);
  if (status != FRAY_OK || !given->fail_on_worse || found.n_worse == 0)
    return status;
  /* A finding, no failure: said here, so that no word for a failure stands before it. */
  fray_complain("fray compare: B is resolved worse than A in %zu of %zu differences", found.n_worse,
                found.n_tested);
  return FRAY_INCOMPLETE;
}

/* --a and --b choose cells instead of folders, so that two methods of one study can be compared
 * like two studies. */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "metric", struct given, metric, .letter = 'm', .argument = "M",
               .names = {.at = metric_at}, .otherwise = "the first of A's scenario",
               .help = "which metric"),
    CLI_OPTION(TEXTS, "a", struct given, a, .argument = "KEY=VALUE",
               .help = "only these cells of A; the key is then not compared. So `fray compare R R "
                       "--a method=x --b method=y` compares within a folder"),
    CLI_OPTION(TEXTS, "b", struct given, b, .argument = "KEY=VALUE",
               .help = "only these cells of B, likewise"),
    CLI_OPTION(FLAG, "fail-on-worse", struct given, fail_on_worse,
               .help = "exit code 1 if B is resolved worse under any condition, all conditions "
                       "together: for scripts that accept or refuse a later model"),
    CLI_OPTION(FLAG, "json", struct given, json,
               .help = "one JSON document in full precision in place of the table, for programs; "
                       "docs/results-format.md describes it"),
    CLI_OUT(
        struct given,
        "where to write compare.csv, compare.tex and columns.csv; only an earlier comparison is "
        "replaced",
        .otherwise = "compare-A-B here"),
};

/* B - A: the order is part of the question. */
static const struct cli_operand operand =
    CLI_OPERAND(2, 2, "A B", "two results folders are expected", .offer = CLI_FOLDERS);

/* Two folders, or one folder twice: the order says which of them is the second. */
const struct cli_command cli_compare = {
    .name = "compare",
    .meaning = "paired differences between two results",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about = "Compares two results folders: cells with equal swept values, the same conditions, "
             "seeds and test clients. Prints B - A for each, with a 95 % interval and whether the "
             "data resolve that B is better or worse.",
    .exits =
        CLI_SAID({"0", "compared; with --fail-on-worse: nothing is resolved worse"},
                 {"1", "failed while comparing; with --fail-on-worse also: B is resolved worse "
                       "somewhere, and all was written"},
                 {"2", "nothing to compare: other data, other test samples, "
                       "no common seed, cell or condition; nothing was "
                       "written"}),
    .files = CLI_SAID({"compare-A-B/compare.csv", "every difference, in full"},
                      {"compare-A-B/compare.tex", "the table for a paper"}),
    .examples = CLI_SAID({"fray compare results/before results/after -m macro_f1", "Two runs:"},
                         {"fray compare R R --a method=concat --b method=attention",
                          "Two methods of one results folder R:"},
                         {"fray compare results/old results/new --fail-on-worse",
                          "A later model, refused where it is worse:"}),
    .also = "report run",
    .run = run};

/* fray show: what a study found, on the terminal. */
#include "fray/base/file.h"
#include "fray/codec/text_width.h"
#include "fray/metric/metric.h"
#include "fray/report/report.h"
#include "fray/study/study.h"

#include "commands.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Few: what is shown follows from the results; these say which half of them. */
struct given {
  const char *metric;
  int selection; /* in the order of its words */
  bool all, json;
};

/* A shell offers all metrics; which of them a folder holds is known when it is read. */
static const char *metric_at(size_t i, const char **meaning) {
  *meaning = i < fray_metrics.n ? fray_metrics.v[i]->meaning : "";
  return i < fray_metrics.n ? fray_metrics.v[i]->name : NULL;
}

/* Tables are put together when the last trial is finished, so a run at work, or one that was
 * stopped before its end, has none: how far it is, is then all that is known. */
static bool has_tables(const char *folder) {
  char path[4096];
  const int n = snprintf(path, sizeof path, "%s/trials.csv", folder);
  return n > 0 && (size_t)n < sizeof path && fray_file_exists(path);
}

/* A folder that is none is refused by it as well, with what is missing. */
static enum fray_status print_status(const char *folder, struct fray_err *err) {
  enum { INDENT = 12 }; /* of the values beside their names, as the lines above have it */
  struct fray_text text = {0};
  const enum fray_status status = fray_study_status(folder, false, &text, err);
  if (status == FRAY_OK) {
    fray_text_puts(&text, "scores      ");
    fray_columns_wrap(&text, "none yet: the tables are written when all trials are done", INDENT,
                      fray_columns_of(STDOUT_FILENO));
    fray_print("%s\n", text.data);
  }
  fray_text_free(&text);
  return status;
}

/* Made as a whole before it is printed: an error leaves nothing on the standard output. The width
 * is that of the standard output, also where the standard error is a terminal. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  const struct fray_show_options options = {.metric = given->metric,
                                            .last = given->selection == 1,
                                            .all = given->all,
                                            .json = given->json,
                                            .columns = fray_columns_of(STDOUT_FILENO)};
  struct fray_text text = {0};
  /* What a run has done so far takes lines; of several folders the state will do. */
  if (call->n == 1 && !given->json && !has_tables(call->operand[0]))
    return print_status(call->operand[0], err);
  enum fray_status status = fray_show(call->operand, call->n, &options, &text, err);
  if (status == FRAY_OK)
    fray_print("%s", text.data);
  fray_text_free(&text);
  return status;
}

/* No option for the width: COLUMNS is one already, and works for every program. */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "metric", struct given, metric, .letter = 'm', .argument = "M",
               .names = {.at = metric_at}, .otherwise = "the first of the scenario",
               .help = "which metric"),
    CLI_OPTION(WORD, "selection", struct given, selection, .argument = "best|last",
               .standard = "best", .names = {.list = (const char *const[]){"best", "last", NULL}},
               .help = "models of the round that was selected on dev, or of the last one"),
    CLI_OPTION(FLAG, "all", struct given, all,
               .help = "every strength instead of the largest, and models that were trained under "
                       "damage as well"),
    CLI_OPTION(FLAG, "json", struct given, json,
               .help = "one JSON document in full precision, for programs; docs/results-format.md "
                       "describes it"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, SIZE_MAX, "RESULTS...", "a results folder is expected", .offer = CLI_FOLDERS);

const struct cli_command cli_show = {
    .name = "show",
    .meaning = "what a study found, as a table on the terminal",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Prints what the study in a results folder found: its answer in a sentence, a table of "
        "methods by conditions, each score with its interval, and which losses and leads the "
        "intervals resolve. Its numbers are those of the report. Of a run without tables yet "
        "it says how far it is. It only looks.\n\nLines are as wide as the terminal, 80 "
        "columns where there is none, or what COLUMNS says.",
    .exits = CLI_SAID({"0", "done"}, {"2", "wrong usage, or a folder without results"}),
    .examples = CLI_SAID({"fray show results/study", "After a run:"},
                         {"fray show results/study --metric macro_f1 --all",
                          "Another metric, under every strength:"}),
    .also = "report status compare",
    .run = run};

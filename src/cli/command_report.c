/* fray report: a page of results folders, or single figures of them. */
#include "fray/report/report.h"

#include "commands.h"
#include "fray/base/log.h"

#include <stdint.h>

struct given {
  const char *out;
  struct cli_texts figure, format;
  bool quiet;
};

/* Without MPI: drawing is the work of one process and of gnuplot. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  fray_log_quiet(given->quiet);
  /* A page links all formats of its figures, so it cannot have a choice of them. */
  FRAY_CHECK(given->figure.n || !given->format.n, err, INPUT,
             "--format goes with --figure; a report has all formats");
  const struct fray_report_choice choice = {.figure = given->figure.v,
                                            .n_figures = given->figure.n,
                                            .format = given->format.v,
                                            .n_formats = given->format.n};
  if (choice.n_figures)
    return fray_report_figures(call->operand, call->n, given->out, &choice, err);
  FRAY_TRY(fray_report(call->operand, call->n, given->out, err));
  /* To the standard error, like all remarks: nothing is printed here that a pipe would want. */
  fray_note("report: %s/report.html", given->out ? given->out : call->operand[0]);
  return FRAY_OK;
}

static const struct cli_option options[] = {
    CLI_OUT(struct given, "where to write",
            .otherwise = "the first results folder; with --figure its figures/"),
    CLI_OPTION(TEXTS, "figure", struct given, figure, .argument = "FIGURE",
               /* Kinds are offered; names of single figures depend on the results, so any text is
                  taken. */
               .names = {.at = fray_report_figure_key, .title = "Kinds of figures"},
               .help = "only these, without a page: a kind of figure or the name of one, as its "
                       "file is called"),
    /* Several of both: all figures of a paper in one call, in the formats that its printer takes.
     */
    CLI_OPTION(TEXTS, "format", struct given, format, .argument = "FORMAT",
               .names = {.at = fray_report_format_key}, .otherwise = "all",
               .help = "of --figure: svg, png, pdf or csv"),
    CLI_QUIET(struct given, .help = "warnings and errors only"),
};

/* Each folder is a section of the page, with a table across them. */
static const struct cli_operand operand =
    CLI_OPERAND(1, SIZE_MAX, "RESULTS...", "a results folder is expected", .offer = CLI_FOLDERS);

const struct cli_command cli_report = {
    .name = "report",
    .meaning = "draw curves and tables from results",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about = "Draws report.html and figures/ (SVG, PNG, PDF, CSV) from results folders, or single "
             "figures.\n\nSVG, PNG and PDF are drawn by gnuplot, 3.3 or 7 inches wide with type of "
             "8 points.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while drawing"},
                      {"2", "wrong usage, or a folder without results; nothing was "
                            "written"}),
    .files = CLI_SAID({"RESULTS/report.html", "the page, in one file"},
                      {"RESULTS/figures/", "each figure, with its numbers"}),
    .examples =
        CLI_SAID({"fray report results/a results/b -o both", "One page of two results folders:"},
                 {"fray report results/a --figure curve --format pdf", "Curves for a paper:"}),
    .also = "run compare",
    .run = run};

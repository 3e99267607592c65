/* fray report: a page of results folders, or single figures of them. */
#include "fray/report/report.h"

#include "commands.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdint.h>

struct given {
  const char *out;
  struct cli_texts figure, format;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
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
    CLI_OPTION(TEXTS, "format", struct given, format, .argument = "FORMAT",
               .names = {.at = fray_report_format_key}, .otherwise = "all",
               .help = "of --figure: svg, png, pdf or csv"),
};

static const struct cli_operand operand = {.name = "RESULTS...",
                                           .expected = "a results folder is expected",
                                           .least = 1,
                                           .most = SIZE_MAX,
                                           .offer = CLI_FOLDERS};

const struct cli_command cli_report = {
    .name = "report",
    .meaning = "draw curves and tables from results",
    .operand = &operand,
    .option = options,
    .n_options = FRAY_COUNT(options),
    .size = sizeof(struct given),
    .about = "Draws report.html and figures/ (SVG, PNG, PDF, CSV) from results folders, or single "
             "figures.\n\nSVG, PNG and PDF are drawn by gnuplot, 3.3 or 7 inches wide with type of "
             "8 points.",
    .exits =
        (const struct cli_said[]){{"0", "done"},
                                  {"1", "failed while drawing"},
                                  {"2", "wrong usage, or a folder without results; nothing was "
                                        "written"},
                                  {NULL, NULL}},
    .files = (const struct cli_said[]){{"RESULTS/report.html", "the page, in one file"},
                                       {"RESULTS/figures/", "each figure, with its numbers"},
                                       {NULL, NULL}},
    .examples =
        (const struct cli_said[]){
            {"fray report results/a results/b -o both", "One page of two results folders:"},
            {"fray report results/a --figure curve --format pdf", "Curves for a paper:"},
            {NULL, NULL}},
    .also = "run compare",
    .run = run};

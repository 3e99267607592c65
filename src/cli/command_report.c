/* fray report: a page of results folders, or single figures of them. */
#include "fray/report/report.h"

#include "commands.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdint.h>

struct given {
  const char *out, *samples, *width, *font, *title, *x_title, *y_title;
  struct cli_texts figure, format, series;
  bool quiet;
};

/* A page has a style of its own, and links all formats of its figures: what chooses among them is
 * for single figures. */
static enum fray_status check(const struct given *given, struct fray_err *err) {
  const struct {
    const char *name;
    bool given;
  } option[] = {{"format", given->format.n > 0},
                {"width", given->width},
                {"font", given->font},
                {"title", given->title},
                {"x-title", given->x_title},
                {"y-title", given->y_title},
                {"series-title", given->series.n > 0}};
  for (size_t i = 0; i < FRAY_COUNT(option) && given->figure.n == 0; i++)
    FRAY_CHECK(!option[i].given, err, INPUT, "--%s goes with --figure; a report has all formats",
               option[i].name);
  return FRAY_OK;
}

/* Without MPI: drawing is the work of one process and of gnuplot. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  fray_log_quiet(given->quiet);
  FRAY_TRY(check(given, err));
  const struct fray_report_choice choice = {.figure = given->figure.v,
                                            .n_figures = given->figure.n,
                                            .format = given->format.v,
                                            .n_formats = given->format.n,
                                            .width = given->width,
                                            .font = given->font,
                                            .title = given->title,
                                            .x_title = given->x_title,
                                            .y_title = given->y_title,
                                            .series_title = given->series.v,
                                            .n_series_titles = given->series.n};
  if (choice.n_figures)
    return fray_report_figures(call->operand, call->n, given->out, &choice, err);
  /* Of all folders alike: who keeps data off a page means every study on it. */
  const struct fray_report_options page = {.samples = given->samples};
  FRAY_TRY(fray_report_with(call->operand, call->n, given->out, &page, err));
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
    CLI_OPTION(TEXT, "samples", struct given, samples, .argument = "none|N", .excludes = "figure",
               .otherwise = "as the scenario says, else 4",
               .help = "test samples shown of each damage: so many with the largest change and as "
                       "many drawn at random; none: a page without data"),
    /* Several of both: all figures of a paper in one call, in the formats that its printer takes.
     */
    CLI_OPTION(TEXTS, "format", struct given, format, .argument = "FORMAT",
               .names = {.at = fray_report_format_key}, .otherwise = "all",
               .help = "of --figure: svg, png, pdf or csv"),
    CLI_QUIET(struct given, .help = "warnings and errors only"),
    /* What only paper asks for: the page has its own width and the fonts of whoever reads it. */
    CLI_OPTION(TEXT, "width", struct given, width, .argument = "WIDTH",
               .group = "Figures for paper", .otherwise = "single or double, as the figure needs",
               .help = "single (8.5 cm), double (17.5 cm), or a number of centimetres"),
    CLI_OPTION(TEXT, "font", struct given, font, .argument = "NAME[,SIZE]",
               .otherwise = "Helvetica,8",
               .help = "font of the drawings and its size in points, "
                       "at least 6; remarks are smaller, never below 6"),
    /* Titles change the drawing alone; the CSV keeps the names of the data. */
    CLI_OPTION(TEXT, "title", struct given, title, .argument = "TEXT",
               .help = "title above a single figure"),
    CLI_OPTION(TEXT, "x-title", struct given, x_title, .argument = "TEXT",
               .help = "title of the x axis"),
    CLI_OPTION(TEXT, "y-title", struct given, y_title, .argument = "TEXT",
               .help = "title of the y axis"),
    CLI_OPTION(TEXTS, "series-title", struct given, series, .argument = "NAME=TEXT",
               .help = "what a series is called in the drawings; its numbers keep NAME"),
};

/* Each folder is a section of the page, with a table across them. */
static const struct cli_operand operand =
    CLI_OPERAND(1, SIZE_MAX, "RESULTS...", "a results folder is expected", .offer = CLI_FOLDERS);

/* Reads results and changes none, so it may be run beside a study that goes on. */
const struct cli_command cli_report = {
    .name = "report",
    .meaning = "draw curves and tables from results",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Draws report.html and figures/ (SVG, PNG, PDF, CSV) from results folders, or single "
        "figures.\n\nSVG, PNG (300 dots to the inch, 150 where a sheet is higher than a page) and "
        "PDF are drawn by gnuplot in their real size; beside them lies FIGURE.tex, which a paper "
        "in LaTeX includes with caption and "
        "label.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while drawing"},
                      {"2", "wrong usage, or a folder without results; nothing was "
                            "written"}),
    .files = CLI_SAID({"RESULTS/report.html", "the page, in one file"},
                      {"RESULTS/figures/", "each figure, with its numbers and its LaTeX"}),
    .examples =
        CLI_SAID({"fray report results/a results/b -o both", "One page of two results folders:"},
                 {"fray report results/a --figure curves --format pdf --width single",
                  "Curves for one column of a paper:"}),
    .also = "run compare",
    .run = run};

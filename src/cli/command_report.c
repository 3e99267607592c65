/* fray report: its options, and the kinds of figures that its help lists. */
#include "fray/report/report.h"

#include "command.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <stdlib.h>

static const char usage[] =
    "usage: fray report RESULTS... [-o DIR]\n"
    "       fray report RESULTS... --figure FIGURE... [--format FORMAT...] [-o DIR]\n\n"
    "Draws report.html and figures/ (SVG, PNG, PDF, CSV) from results folders, or single "
    "figures.\n\n"
    "  -o, --out DIR       where to write (default: the first results folder; with --figure its\n"
    "                      figures/)\n"
    "  --figure FIGURE     only these, without a page: a kind of figure or the name of one, as "
    "its\n"
    "                      file is called; may be given several times\n"
    "  --format FORMAT     of --figure: svg, png, pdf or csv (default: all); several times\n\n"
    "SVG, PNG and PDF are drawn by gnuplot, 3.3 or 7 inches wide with type of 8 points.\n\n"
    "Kinds of figures:\n";

void cli_report_kinds(void) {
  struct fray_text text = {0};
  const char *key, *meaning;
  for (size_t i = 0; (key = fray_report_figure_key(i, &meaning)) != NULL; i++) {
    fray_text_printf(&text, "  %-20s", key);
    fray_text_wrap(&text, meaning, 22, 80);
    fray_text_puts(&text, "\n");
  }
  if (text.data)
    fray_print("%s", text.data);
  fray_text_free(&text);
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  const char *out = NULL;
  size_t n = 0;
  const char *figures[CLI_LIST], *formats[CLI_LIST];
  struct fray_report_choice choice = {.figure = figures, .format = formats};
  const struct cli_option table[] = {
      {.name = "out", .letter = 'o', .value = &out},
      {.name = "figure", .list = figures, .n_list = &choice.n_figures},
      {.name = "format", .list = formats, .n_list = &choice.n_formats},
  };
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n == 0)
    status = fray_fail(err, FRAY_INPUT, "a results folder is expected");
  if (status == FRAY_OK && choice.n_formats && !choice.n_figures)
    status = fray_fail(err, FRAY_INPUT, "--format goes with --figure; a report has all formats");
  if (status == FRAY_OK && choice.n_figures)
    status = fray_report_figures(operands, n, out, &choice, err);
  else if (status == FRAY_OK)
    status = fray_report(operands, n, out, err);
  if (status == FRAY_OK && !choice.n_figures)
    fray_note("report: %s/report.html", out ? out : operands[0]);
  free(operands);
  return status;
}

extern const struct cli_command cli_report;
const struct cli_command cli_report = {"report", "draw curves and tables from results", usage,
                                       false, run};

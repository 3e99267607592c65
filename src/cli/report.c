#include "fray/report/report.h"

#include "command.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdlib.h>

static const char usage[] =
    "usage: fray report RESULTS... [-o DIR]\n\n"
    "Draws report.html and figures/ (SVG, PNG, CSV) from results folders.\n\n"
    "  -o, --out DIR   where to write (default: the first results folder)\n";

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  const char *out = NULL;
  size_t n = 0;
  const struct cli_option table[] = {{.name = "out", .letter = 'o', .value = &out}};
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n == 0)
    status = fray_fail(err, FRAY_INPUT, "a results folder is expected");
  if (status == FRAY_OK)
    status = fray_report(operands, n, out, err);
  if (status == FRAY_OK)
    fray_note("report: %s/report.html", out ? out : operands[0]);
  free(operands);
  return status;
}

extern const struct cli_command cli_report;
const struct cli_command cli_report = {"report", "draw curves and tables from results", usage,
                                       false, run};

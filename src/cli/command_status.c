/* fray status: its options. */
#include "command.h"

#include "fray/base/size.h"
#include "fray/study/study.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: fray status DIR [--json]\n\n"
    "Says how far the run in a results folder is, or how it ended: its state, trials done and "
    "left,\nrounds a second, time left, and for each rank the trial, round and client that it is "
    "at or was at\nlast. It only looks: a run at work is not disturbed, and one that was killed "
    "is told from one\nthat runs.\n\n"
    "      --json         one JSON object, for programs; docs/results-format.md describes it\n\n"
    "Exit code: 0 if it could tell, 2 if DIR is no results folder.\n";

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  bool json = false;
  size_t n = 0;
  const struct cli_option table[] = {{.name = "json", .flag = &json}};
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  struct fray_text text = {0};
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 1)
    status = fray_fail(err, FRAY_INPUT, "one results folder is expected");
  if (status == FRAY_OK)
    status = fray_study_status(operands[0], json, &text, err);
  if (status == FRAY_OK)
    fray_print("%s", text.data);
  fray_text_free(&text);
  free(operands);
  return status;
}

extern const struct cli_command cli_status;
const struct cli_command cli_status = {"status", "say how far a run is, or how it ended", usage,
                                       false, run};

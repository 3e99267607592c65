/* fray merge: its options. */
#include "command.h"
#include "fray/base/size.h"
#include "fray/study/study.h"

#include <stdlib.h>

static const char usage[] =
    "usage: fray merge RESULTS... -o DIR [--scenario FILE] [--mixed]\n"
    "                [--set KEY=VALUE]... [--no-report]\n\n"
    "Makes one results folder of several: of the shares of a study (fray run --share K/N), or of\n"
    "runs with other seeds or swept values. Its tables are those of a run that had done it all.\n"
    "Nothing is trained. The folders stay as they are.\n\n"
    "  -o, --out DIR      the new folder; what is there must be empty\n"
    "      --scenario FILE  the study that spans the folders, if they were run from different\n"
    "                     scenarios; trials that it does not name are left out\n"
    "      --mixed        merges numbers of different programs or machines all the same; the\n"
    "                     result is marked, and its report warns of it (--environment mixed)\n"
    "      --set KEY=VALUE  says where data lie now: data.shards=PATH\n"
    "      --no-report    leaves report.html out\n\n"
    "Exit code: 0 done; 1 failed while merging, or trials are missing: the folder is written\n"
    "then, and fray run --resume goes on with it; 2 wrong usage or input (nothing written).\n";

static enum fray_status check(const struct fray_merge_options *options, struct fray_err *err) {
  FRAY_CHECK(options->n >= 1, err, INPUT, "which results folders are to be merged?");
  FRAY_CHECK(options->out, err, INPUT, "-o DIR is expected: where the merged results go");
  return FRAY_OK;
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  struct fray_merge_options options = {0};
  const char *sets[CLI_LIST], *environment = NULL;
  bool no_report = false;
  const struct cli_option table[] = {
      {.name = "out", .letter = 'o', .value = &options.out},
      {.name = "scenario", .value = &options.scenario},
      {.name = "mixed", .flag = &options.mixed},
      {.name = "environment", .value = &environment},
      {.name = "set", .list = sets, .n_list = &options.n_sets},
      {.name = "no-report", .flag = &no_report},
  };
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  char *line = cli_command_line("merge", argc, argv);
  enum fray_status status =
      operands && line ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  options.command = line;
  options.sets = sets;
  options.folder = operands;
  if (status == FRAY_OK)
    status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &options.n, err);
  if (status == FRAY_OK)
    status = check(&options, err);
  bool mixed = false;
  if (status == FRAY_OK)
    status = cli_environment(environment, &mixed, err);
  options.mixed = options.mixed || mixed;
  if (status == FRAY_OK)
    status = fray_study_merge(&options, comm, err);
  if (status == FRAY_OK && fray_comm_rank(comm) == 0) {
    fray_note("results: %s", options.out);
    if (!no_report)
      cli_draw_report(options.out);
  }
  free(line);
  free(operands);
  return status;
}

extern const struct cli_command cli_merge;
const struct cli_command cli_merge = {"merge", "one results folder of several, as if of one run",
                                      usage, true, run};

/* fray evaluate: more tests and groups for finished trials. */
#include "command.h"
#include "fray/base/size.h"
#include "fray/study/study.h"

#include <stdlib.h>

static const char usage[] =
    "usage: [mpirun -n RANKS] fray evaluate RESULTS [--tests FILE] [--groups A,B]\n"
    "                [--set KEY=VALUE]... [--environment mixed] [--progress auto|live|plain]\n"
    "                [--no-report]\n\n"
    "Adds test conditions and groups to the finished trials of a results folder. It judges the\n"
    "models that the run kept and trains nothing; the tables become those of a run that had asked\n"
    "for them at first. A call that was interrupted is finished by the same call.\n\n"
    "      --tests FILE   YAML: conditions as under `tests:` of a scenario, {NAME: {kind: ...}},\n"
    "                     or `tests: {...}` with `evaluate: {groups: [...]}` beside it\n"
    "      --groups A,B   group columns of the shards to score one by one as well\n"
    "      --set KEY=VALUE  says where data lie now: data.shards=PATH\n"
    "      --environment mixed  judges although the program or the machine computes otherwise "
    "than\n"
    "                     the one that trained; the results are marked, and the report warns of "
    "it\n"
    "      --progress STYLE  live: one line, rewritten; plain: lines; auto (default): live on a\n"
    "                     terminal\n"
    "      --no-report    leaves report.html as it is\n\n"
    "Exit code: 0 done, 1 failed while judging, 2 wrong usage or input (nothing changed),\n"
    "75 stopped by a signal (USR1, USR2, TERM, INT, HUP, XCPU).\n";

static enum fray_status check(const struct fray_evaluate_options *options, size_t n,
                              struct fray_err *err) {
  FRAY_CHECK(n == 1, err, INPUT, "one results folder is expected, %zu given", n);
  FRAY_CHECK(options->tests || options->groups, err, INPUT,
             "what is to be added? --tests FILE or --groups A,B is expected");
  return FRAY_OK;
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  struct fray_evaluate_options options = {0};
  const char *sets[CLI_LIST], *progress = "auto", *environment = NULL;
  bool no_report = false;
  size_t n = 0;
  const struct cli_option table[] = {
      {.name = "tests", .value = &options.tests},
      {.name = "groups", .value = &options.groups},
      {.name = "set", .list = sets, .n_list = &options.n_sets},
      {.name = "environment", .value = &environment},
      {.name = "progress", .value = &progress},
      {.name = "no-report", .flag = &no_report},
  };
  options.sets = sets;
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  char *line = cli_command_line("evaluate", argc, argv);
  enum fray_status status =
      operands && line ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  options.command = line;
  if (status == FRAY_OK)
    status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK)
    status = check(&options, n, err);
  if (status == FRAY_OK)
    status = cli_progress(progress, &options.progress, err);
  if (status == FRAY_OK)
    status = cli_environment(environment, &options.mixed, err);
  if (status == FRAY_OK)
    status = fray_study_evaluate(operands[0], &options, comm, err);
  if (status == FRAY_OK && fray_comm_rank(comm) == 0) {
    fray_note("results: %s", operands[0]);
    if (!no_report)
      cli_draw_report(operands[0]);
  }
  free(line);
  free(operands);
  return status;
}

extern const struct cli_command cli_evaluate;
const struct cli_command cli_evaluate = {
    "evaluate", "more test conditions or groups for the kept models of a run", usage, true, run};

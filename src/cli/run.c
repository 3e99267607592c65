#include "command.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/study/study.h"
#include "fray/tensor/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: [mpirun -n RANKS] fray run SCENARIO [--set KEY=VALUE]... [-o DIR]\n"
    "                [--resume | --overwrite] [--no-report]\n"
    "                [--progress auto|live|plain]\n\n"
    "Runs every trial of the scenario over all ranks and writes the results folder.\n\n"
    "  -o, --out DIR      results folder (default: results/NAME)\n"
    "      --set KEY=VALUE  overrides one key of the scenario; ID.KEY reaches a corruption entry\n"
    "      --resume       goes on with the run that the folder holds; finished trials are kept\n"
    "      --overwrite    removes the run that the folder holds\n"
    "      --progress STYLE  live: one line, rewritten; plain: lines; auto (default): live on a\n"
    "                     terminal (mpirun hides it: say live)\n"
    "      --no-report    leaves report.html out\n\n"
    "Exit code: 0 done, 1 failed while running, 2 wrong usage or input (nothing written).\n";

static enum fray_status run_study(const char *path, const char *const *sets, size_t n_sets,
                                  const struct fray_run_options *options, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_study *study;
  const char *folder;
  FRAY_TRY(fray_study_load(path, sets, n_sets, comm, &study, err));
  if (fray_blas_pinned())
    fray_warn("%s pins a slower OpenBLAS kernel than this CPU has; unset it for full speed",
              fray_blas_pinned());
  enum fray_status status = fray_study_run(study, options, comm, &folder, err);
  if (status == FRAY_OK && fray_comm_rank(comm) == 0) {
    fray_note("results: %s", folder);
    if (!options->no_report)
      cli_draw_report(folder);
  }
  fray_study_free(study);
  return status;
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  struct fray_run_options options = {0};
  const char *sets[CLI_LIST], *progress = "auto";
  size_t n_sets = 0, n = 0;
  const struct cli_option table[] = {
      {.name = "out", .letter = 'o', .value = &options.out},
      {.name = "set", .list = sets, .n_list = &n_sets},
      {.name = "resume", .flag = &options.resume},
      {.name = "overwrite", .flag = &options.overwrite},
      {.name = "progress", .value = &progress},
      {.name = "no-report", .flag = &options.no_report},
  };
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 1)
    status = fray_fail(err, FRAY_INPUT, "one scenario file is expected, %zu given", n);
  if (status == FRAY_OK && options.resume && options.overwrite)
    status = fray_fail(err, FRAY_INPUT, "--resume and --overwrite exclude each other");
  if (status == FRAY_OK)
    status = cli_progress(progress, &options.progress, err);
  char *line = cli_command_line("run", argc, argv);
  options.command = line;
  if (status == FRAY_OK)
    status = run_study(operands[0], sets, n_sets, &options, comm, err);
  free(line);
  free(operands);
  return status;
}

extern const struct cli_command cli_run;
const struct cli_command cli_run = {"run", "run a scenario: train, corrupt, evaluate, report",
                                    usage, true, run};

#include "command.h"

#include "fray/base/size.h"
#include "fray/study/study.h"

#include <stdlib.h>

static const char usage[] =
    "usage: [mpirun -n RANKS] fray check SCENARIO [--set KEY=VALUE]... [--measure]\n"
    "                [--ranks N] [--verify]\n\n"
    "Validates the scenario and its data, and prints the plan: trials, trainings, clients,\n"
    "parameters, memory per rank, disk, teams of ranks. Writes nothing.\n\n"
    "      --set KEY=VALUE  overrides one key of the scenario; ID.KEY reaches a corruption entry\n"
    "      --measure      trains and evaluates a little of each kind of cell (about 2 s each, 20 s "
    "in\n"
    "                     all), and says how long the study takes; warns beyond 80 hours\n"
    "      --ranks N      for so many ranks (default: those it runs on)\n"
    "      --verify       also reads all values of the shards, and refuses those that are not "
    "what\n"
    "                     the shard's values_hash says: they were changed after they were "
    "written\n";

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  const char *sets[CLI_LIST];
  size_t n_sets = 0, n = 0;
  struct fray_check_options options = {0};
  const char *given = NULL;
  long ranks = 0;
  bool verify = false;
  const struct cli_option table[] = {{.name = "set", .list = sets, .n_list = &n_sets},
                                     {.name = "measure", .flag = &options.measure},
                                     {.name = "ranks", .value = &given},
                                     {.name = "verify", .flag = &verify}};
  struct fray_study *study = NULL;
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 1)
    status = fray_fail(err, FRAY_INPUT, "one scenario file is expected, %zu given", n);
  if (status == FRAY_OK)
    status = cli_count("ranks", given, 1000000, &ranks, err);
  options.ranks = (int)ranks;
  if (status == FRAY_OK)
    status = fray_study_load(operands[0], sets, n_sets, comm, &study, err);
  if (status == FRAY_OK)
    status = fray_study_check(study, &options, comm, err);
  if (status == FRAY_OK && verify)
    status = fray_study_verify(study, comm, err);
  fray_study_free(study);
  free(operands);
  return status;
}

extern const struct cli_command cli_check;
const struct cli_command cli_check = {"check", "validate a scenario and print its plan", usage,
                                      true, run};

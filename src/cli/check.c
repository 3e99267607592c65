#include "command.h"

#include "fray/base/size.h"
#include "fray/study/study.h"

#include <stdlib.h>

static const char usage[] =
    "usage: fray check SCENARIO [--set KEY=VALUE]... [--verify]\n\n"
    "Validates the scenario and its data, and prints the plan: trials, trainings, clients,\n"
    "parameters, memory per rank, kept models on disk. Trains nothing, writes nothing.\n\n"
    "      --verify       also reads all values of the shards, and refuses those that are not "
    "what\n"
    "                     the shard's values_hash says: they were changed after they were "
    "written\n";

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  const char *sets[CLI_LIST];
  size_t n_sets = 0, n = 0;
  bool verify = false;
  const struct cli_option table[] = {{.name = "set", .list = sets, .n_list = &n_sets},
                                     {.name = "verify", .flag = &verify}};
  struct fray_study *study = NULL;
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 1)
    status = fray_fail(err, FRAY_INPUT, "one scenario file is expected, %zu given", n);
  if (status == FRAY_OK)
    status = fray_study_load(operands[0], sets, n_sets, comm, &study, err);
  if (status == FRAY_OK)
    status = fray_study_check(study, comm, err);
  if (status == FRAY_OK && verify)
    status = fray_study_verify(study, comm, err);
  fray_study_free(study);
  free(operands);
  return status;
}

extern const struct cli_command cli_check;
const struct cli_command cli_check = {"check", "validate a scenario and print its plan", usage,
                                      true, run};

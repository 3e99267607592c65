/* The list of commands, and what the program says of itself. The order is that of a study's life:
 * data, scenario, run, results, then what is asked rarely. */
#include "commands.h"

#include "fray/base/size.h"
#include "fray/base/version.h"

#include <string.h>

#define FRAY_COMMAND(name) &cli_##name,
static const struct cli_command *const commands[] = {
#include "commands.def"
};
#undef FRAY_COMMAND

/* Text of fray(1), and of `fray --help` as far as that has room for it. PREFIX stands for what the
 * page cannot know: it is made before it is installed. */
const struct cli_program cli_fray = {
    .name = "fray",
    .meaning = "federated multimodal robustness simulator",
    .version = fray_version,
    .command = commands,
    .n = FRAY_COUNT(commands),
    .about =
        "fray answers one question: how much of a multimodal model's quality survives when "
        "federated clients lose modalities, or carry wrong or missing labels - and which method "
        "copes best, for whom, and how sure are we?\n\n"
        "MPI ranks act as federated clients. They train small multimodal models on HDF5 shards. A "
        "corruption injector damages the data by a reproducible plan. The result is a robustness "
        "curve with an interval for each method, for all test samples and for each group among "
        "them.\n\n"
        "A study is one YAML file, a scenario. `fray check` says what it would do, `fray run` does "
        "it, and results are the same for any number of ranks.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed on the way"},
                      {"2", "wrong usage or input; nothing was written"},
                      {"75", "stopped by a signal or before the wall time, to be "
                             "resumed"}),
    .files = CLI_SAID(
        {"PREFIX/share/fray/scenarios/",
         "scenarios that come with the program; `fray version` says where this one has them"},
        {"PREFIX/share/fray/data/", "their data, or how to get them"},
        {"PREFIX/share/doc/fray/", "the documentation"},
        {"results/NAME/", "what a run writes, if it is not told where"}),
    .examples = CLI_SAID({"fray check study.yaml", "What a study would do, and on which data:"},
                         {"mpirun -n 4 fray run study.yaml", "On four ranks:"})};

/* Whole names only: a prefix that is unique today may not be tomorrow, and scripts would break. */
const struct cli_command *cli_find_command(const char *name) {
  for (size_t i = 0; i < FRAY_COUNT(commands); i++)
    if (strcmp(name, commands[i]->name) == 0)
      return commands[i];
  return NULL;
}

/* For completion, and as operands of help. */
const char *cli_command_at(size_t i, const char **meaning) {
  *meaning = i < FRAY_COUNT(commands) ? commands[i]->meaning : "";
  return i < FRAY_COUNT(commands) ? commands[i]->name : NULL;
}

enum fray_status cli_unknown_command(const char *name, struct fray_err *err) {
  /* Only the nearest is named: a list of all is what `fray help` gives, with what they do. */
  const char *names[FRAY_COUNT(commands)];
  char hint[128];
  for (size_t i = 0; i < FRAY_COUNT(commands); i++)
    names[i] = commands[i]->name;
  return fray_fail(err, FRAY_INPUT, "unknown command '%s'%s; fray help lists them", name,
                   fray_hint(name, names, FRAY_COUNT(names), hint));
}

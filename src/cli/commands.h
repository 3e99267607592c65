/* The commands of the program, and what they share. The cli layer is the only one that exits. */
#ifndef FRAY_CLI_COMMANDS_H
#define FRAY_CLI_COMMANDS_H

#include "cli/options/installed_files.h"
#include "cli/options/options.h"

#include "fray/base/log.h"
#include "fray/base/status.h"
#include "fray/comm/comm.h"

#include <stdbool.h>
#include <stddef.h>

#define FRAY_COMMAND(name) extern const struct cli_command cli_##name;
#include "cli/commands.def"
#undef FRAY_COMMAND

/** All commands in the order of `fray --help`, with what the program says of itself. */
extern const struct cli_program cli_fray;
/** NULL: there is none of that name. */
const struct cli_command *cli_find_command(const char *name);
/** Names of the commands, for cli_names. */
const char *cli_command_at(size_t i, const char **meaning);
/** "unknown command 'rnu' (did you mean 'run'?); fray help lists them". INPUT. */
enum fray_status cli_unknown_command(const char *name, struct fray_err *err);

/** What every process begins with: signals and rounding. */
void cli_begin(void);
/** MPI and OpenBLAS for a command that runs on all ranks. *world is NULL, or to be finished, also
 *  after an error. INPUT: too little memory, "-n 4" (which is for mpirun), processes that are no
 * ranks of one MPI. Collective. */
enum fray_status cli_start(const char *name, int argc, char **argv, struct fray_comm **world,
                           struct fray_err *err);

/** "fray NAME ARGUMENTS", for provenance. Caller frees; NULL without memory. */
char *cli_command_line(const char *name, const struct cli_call *call);
/** "mpirun -n RANKS fray run ARGUMENTS --resume": goes on with that run. As above otherwise. */
char *cli_command_again(const struct cli_call *call);
/** Draws report.html into a results folder; failing to is a warning. */
void cli_draw_report(const char *folder);
/** Says where the results are, and draws their report. On rank 0 alone. */
void cli_say_results(const struct cli_call *call, const char *folder, bool no_report);

/** INPUT if there is no file like the command's first operand, with the place of a scenario of that
 *  name that came with the program. Rank 0 looks, as it is rank 0 that reads it. Collective. */
enum fray_status cli_check_scenario(const struct cli_call *call, struct fray_err *err);

/* Rows that several commands have in common. */
#define CLI_SET(STRUCT, HELP, ...)                                                                 \
  CLI_OPTION(TEXTS, "set", STRUCT, set, .argument = "KEY=VALUE", .help = HELP, __VA_ARGS__)
#define CLI_ENVIRONMENT(STRUCT, ...)                                                               \
  CLI_OPTION(WORD, "environment", STRUCT, environment, .argument = "same|mixed",                   \
             .standard = "same", .names = {.list = (const char *const[]){"same", "mixed", NULL}},  \
             __VA_ARGS__)
/* The words in the order of enum fray_progress_style. */
#define CLI_PROGRESS(STRUCT, ...)                                                                  \
  CLI_OPTION(WORD, "progress", STRUCT, progress, .argument = "auto|live|plain",                    \
             .standard = "auto",                                                                   \
             .names = {.list = (const char *const[]){"auto", "live", "plain", NULL}}, __VA_ARGS__)
#define CLI_NO_REPORT(STRUCT, HELP) CLI_OPTION(FLAG, "no-report", STRUCT, no_report, .help = HELP)
/** Where a command says much while it works. The command hands it on to fray_log_quiet. */
#define CLI_QUIET(STRUCT, ...) CLI_OPTION(FLAG, "quiet", STRUCT, quiet, .letter = 'q', __VA_ARGS__)
/** Keys of a YAML for editors, in place of what the command does. */
#define CLI_SCHEMA(STRUCT)                                                                         \
  CLI_OPTION(FLAG, "schema", STRUCT, schema, .alone = true,                                        \
             .help = "prints the same as JSON Schema, by which editors complete and check")
#define CLI_OUT(STRUCT, HELP, ...)                                                                 \
  CLI_OPTION(TEXT, "out", STRUCT, out, .letter = 'o', .argument = "DIR", .offer = CLI_FOLDERS,     \
             .help = HELP, __VA_ARGS__)

#endif

/* The commands of the program, and what they share. The cli layer is the only one that exits. */
#ifndef FRAY_CLI_COMMANDS_H
#define FRAY_CLI_COMMANDS_H

#include "cli/launch/launch.h"
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
/* Where ranks work side by side. */
#define CLI_STALL(STRUCT)                                                                          \
  CLI_OPTION(COUNT, "stall", STRUCT, stall, .argument = "SECONDS", .most = 1000000,                \
             .otherwise = "never",                                                                 \
             .help = "ends the job, with code 1, when nothing moves of a rank for so long: a "     \
                     "stopped process, a dead host, a disk that does not answer")
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

/** Of commands that ask kept models and leave a folder of what was found: members overwrite, set,
 *  environment, progress and quiet. */
#define CLI_OVERWRITE(STRUCT)                                                                      \
  CLI_OPTION(FLAG, "overwrite", STRUCT, overwrite, .help = "replaces the folder if it is there")
#define CLI_MODELS(STRUCT)                                                                         \
  CLI_SET(STRUCT, "says where data lie now", .group = "The models"),                               \
      CLI_ENVIRONMENT(STRUCT,                                                                      \
                      .help = "mixed: asks models although the program or the machine computes "   \
                              "otherwise than the one that trained them")
#define CLI_WATCHED(STRUCT)                                                                        \
  CLI_PROGRESS(STRUCT,                                                                             \
               .help = "live: one line, rewritten; plain: lines; auto: live on a terminal",        \
               .group = "Looking on"),                                                             \
      CLI_QUIET(STRUCT, .help = "warnings and errors only, and no summary")

#endif

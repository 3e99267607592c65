/* How commands begin on all ranks, and how those that write a results folder end. */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include "cli/options/installed_files.h"
#include "cli/options/options.h"

#include "fray/base/log.h"
#include "fray/comm/comm.h"

#include <stdbool.h>

/** What every process begins with: memory, signals and rounding. */
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

/** Prints what a command that is done has to say, unless it failed or was asked to be quiet, and
 * frees the words. Rank 0 has them; on the others there are none. Returns the status. */
enum fray_status cli_say_last(enum fray_status status, bool quiet, struct fray_text *said);

/** The end of a command on every rank, with the status that it has there: the manifests of the
 * folders that it filled, if it is done or was stopped in order. What cannot be written is a
 * warning. Collective where the call has ranks. */
void cli_seal_folders(const char *name, const struct cli_call *call, enum fray_status status,
                      const char *version);

/** INPUT if there is no file like the command's first operand, with the place of a scenario of that
 *  name that came with the program. Rank 0 looks, as it is rank 0 that reads it. Collective. */
enum fray_status cli_check_scenario(const struct cli_call *call, struct fray_err *err);

#endif

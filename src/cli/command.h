/* Commands of the program. The cli layer is the only one that exits. */
#ifndef FRAY_CLI_COMMAND_H
#define FRAY_CLI_COMMAND_H

#include "fray/base/log.h"
#include "fray/base/status.h"
#include "fray/comm/comm.h"

#include <stdbool.h>
#include <stddef.h>

struct cli_command {
  const char *name, *meaning;
  const char *usage; /* whole text of --help */
  bool parallel;     /* runs on all ranks with MPI; else on rank 0 alone, without it */
  enum fray_status (*run)(int argc, char **argv, struct fray_comm *comm, struct fray_err *err);
};

/** What every process begins with: signals and rounding. */
void cli_begin(void);
/** MPI and OpenBLAS for a command that runs on all ranks. *world is NULL, or to be finished, also
 *  after an error. INPUT: too little memory, "-n 4" (which is for mpirun), processes that are no
 * ranks of one MPI. Collective. */
enum fray_status cli_start(const char *name, int argc, char **argv, struct fray_comm **world,
                           struct fray_err *err);

/** One option of a command: "--out" (short 'o'), a flag or one that takes a value. */
struct cli_option {
  const char *name;   /* without dashes */
  char letter;        /* 0: none */
  bool *flag;         /* set when given, or */
  const char **value; /* the last value given, or */
  const char **list;  /* all values given: up to *n_list of room */
  size_t *n_list;
};
enum { CLI_LIST = 256 };

/** The kinds of figures, which `fray report --help` lists below its usage. */
void cli_report_kinds(void);

/** Splits argv (without the command's name) into options and operands. operands: room for argc.
 *  INPUT for an unknown option (names the nearest), a missing value. */
enum fray_status cli_parse(int argc, char **argv, const struct cli_option *options, size_t n,
                           const char **operands, size_t *n_operands, struct fray_err *err);

/** True if text is a whole number of 1 to most, and nothing else. */
bool cli_read_count(const char *text, long most, long *out);
/** Reads the value of --name: a whole number of 1 to most. NULL leaves *out as it is. INPUT. */
enum fray_status cli_count(const char *name, const char *text, long most, long *out,
                           struct fray_err *err);

/** "fray NAME ARGUMENTS", for provenance. Caller frees; NULL without memory. */
char *cli_command_line(const char *name, int argc, char **argv);
/** "mpirun -n RANKS fray run ARGUMENTS --resume": goes on with that run. As above otherwise. */
char *cli_command_again(int argc, char **argv, int ranks);
/** Reads a --progress style. INPUT: another word than auto, live or plain. */
enum fray_status cli_progress(const char *style, enum fray_progress_style *out,
                              struct fray_err *err);
/** Reads --environment: same (also NULL) or mixed. INPUT: another word. */
enum fray_status cli_environment(const char *word, bool *mixed, struct fray_err *err);
/** Draws report.html into a results folder; failing to is a warning. */
void cli_draw_report(const char *folder);

/** Prints a help text in lines of at most 80 columns: what is longer is filled anew, below where
 * the words of its line begin. */
void cli_print_help(const char *text);

#endif

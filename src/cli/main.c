/* From the words of a command line to a command that runs, and from what it says to an exit code.
 */
#include "commands.h"

#include "fray/base/memory.h"
#include "fray/base/version.h"
#include "fray/comm/launch.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 75 is EX_TEMPFAIL of sysexits.h: batch systems and shells know it as "try again". */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_INPUT = 2, EXIT_STOPPED = 75 };

/* "fray COMMAND" or, where there is none, "fray", in front of a message. */
static void say_why(enum fray_status status, const struct cli_command *command,
                    const struct fray_err *err) {
  fray_complain("fray%s%s: %s: %s", command ? " " : "", command ? command->name : "",
                status == FRAY_INPUT     ? "error"
                : status == FRAY_STOPPED ? "stopped"
                                         : fray_status_text(status),
                err->text);
}

/* What the standard output could not take was not done. Only the rank that speaks says why; each
 * ends with the code of its own status. */
static int finish(enum fray_status status, const struct cli_command *command,
                  struct fray_err *err) {
  fray_progress_end();
  if (status == FRAY_OK)
    status = fray_print_end(err);
  if (status == FRAY_OK)
    return EXIT_DONE;
  /* A command whose answer is no, which is no failure, has said so itself. */
  if (fray_log_speaks() && !(status == FRAY_INCOMPLETE && !err->text[0]))
    say_why(status, command, err);
  return status == FRAY_INPUT ? EXIT_INPUT : status == FRAY_STOPPED ? EXIT_STOPPED : EXIT_FAILED;
}

/* A command that lost an allocation on its way, or that could not see a file, has not done what it
 * says; and what it holds against the input, or against a library, may be no more than an echo of
 * that. */
static enum fray_status run_to_end(const struct cli_command *command, struct cli_call *call,
                                   struct fray_err *err) {
  struct fray_err lost = {0};
  const enum fray_status status = command->run(call, err);
  if (!command->passing)
    cli_seal_folders(command->name, call, status, fray_version);
  enum fray_status noted = fray_memory_check(&lost);
  /* What a rank that does not speak has lost is told by the one that does. */
  if (call->comm)
    noted = fray_comm_agree(call->comm, noted, &lost);
  const bool echoes = status == FRAY_IO && noted == FRAY_MEMORY;
  if (noted == FRAY_OK || (status != FRAY_OK && status != FRAY_INPUT && !echoes))
    return status;
  *err = lost;
  return noted;
}

/* Words are read after MPI has started: then one rank speaks for all. */
static int run_command(const struct cli_command *command, int argc, char **argv) {
  struct fray_err err = {0};
  struct cli_call call = {0};
  struct fray_comm *world = NULL;
  enum fray_status status = FRAY_OK;
  if (command->parallel)
    status = cli_start(command->name, argc, argv, &world, &err);
  call.comm = world;
  if (status == FRAY_OK)
    status = cli_parse(command, argc, argv, &call, &err);
  /* Ranks may have been given different words (mpirun a : b), and none may wait for one that left.
   */
  if (world)
    status = fray_comm_agree(world, status, &err);
  if (status == FRAY_OK)
    status = run_to_end(command, &call, &err);
  cli_call_free(&call);
  const int code = finish(status, command, &err);
  fray_comm_finish(world);
  return code;
}

static bool is_among(const char *word, const char *const *words) {
  for (; *words; words++)
    if (strcmp(word, *words) == 0)
      return true;
  return false;
}

/* A command under the names that other programs have for it. */
static const struct cli_command *find(const char *word) {
  static const char *const help[] = {"--help", "-h", NULL};
  static const char *const version[] = {"--version", "-V", "-v", NULL};
  if (is_among(word, help))
    return &cli_help;
  return is_among(word, version) ? &cli_version : cli_find_command(word);
}

/* "fray COMMAND ... --help" asks what the command takes, whatever else is said. Behind "--" as
 * well: a file of that name is less likely than a question. */
static bool asks_for_help(int argc, char **argv) {
  static const char *const words[] = {"--help", "-h", NULL};
  for (int i = 0; i < argc; i++)
    if (is_among(argv[i], words))
      return true;
  return false;
}

/* Nothing was asked: what can be asked is a message then, not an answer. */
static int say_commands(void) {
  struct fray_text text = {0};
  cli_put_program_help(&text, &cli_fray);
  fray_note("%.*s", (int)(text.size ? text.size - 1 : 0), text.data ? text.data : "");
  fray_text_free(&text);
  return EXIT_INPUT;
}

/* Goes through finish(), so that it ends with the code of wrong usage like any other such word. */
static int say_unknown(const char *name) {
  struct fray_err err = {0};
  return finish(cli_unknown_command(name, &err), NULL, &err);
}

/* Closed standard files are opened again, so that no file of results gets their number and with it
 * what is printed. What is printed then fails, as it should; what is remarked is lost. */
static void fill_standard_files(void) {
  static const int how[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int i = 0; i < 3; i++)
    if (fcntl(i, F_GETFD) < 0 && open("/dev/null", how[i]) != i)
      return; /* nothing else can be done */
}

int main(int argc, char **argv) {
  fill_standard_files();
  cli_begin();
  const struct cli_command *command = argc < 2 ? NULL : find(argv[1]);
  const bool asks = command && asks_for_help(argc - 2, argv + 2);
  /* A command without MPI that was started under mpirun runs on the first process only; were the
   * others to fail as well, mpirun might end it before it has spoken. */
  if ((!command || !command->parallel || asks) && !fray_launch_is_first())
    return EXIT_DONE;
  if (argc < 2)
    return say_commands();
  if (!command)
    return say_unknown(argv[1]);
  if (!asks)
    return run_command(command, argc - 2, argv + 2);
  char *words[] = {(char *)(uintptr_t)command->name, NULL};
  return run_command(&cli_help, 1, words);
}

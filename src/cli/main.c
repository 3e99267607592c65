/* fray: federated multimodal robustness simulator. */
#include "command.h"

#include "fray/base/log.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/codec/codec.h"
#include "fray/codec/words.h"
#include "fray/comm/launch.h"
#include "fray/h5/h5.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FRAY_COMMAND(name) extern const struct cli_command cli_##name;
#include "commands.def"
#undef FRAY_COMMAND

#define FRAY_COMMAND(name) &cli_##name,
static const struct cli_command *const commands[] = {
#include "commands.def"
};
#undef FRAY_COMMAND

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_INPUT = 2, EXIT_STOPPED = 75 };

static void put_help(struct fray_text *out) {
  fray_text_puts(out, "fray - federated multimodal robustness simulator\n\nusage: fray COMMAND "
                      "[ARGUMENTS]\n       mpirun -n RANKS fray run ...      (several ranks)\n\n");
  for (size_t i = 0; i < FRAY_COUNT(commands); i++)
    fray_text_printf(out, "  %-10s %s\n", commands[i]->name, commands[i]->meaning);
  fray_text_puts(out, "\nfray help COMMAND says more; fray version names the libraries in use.");
}

/* asked: it is what was asked for; else it says what to ask. */
static void print_help(bool asked) {
  struct fray_text text = {0};
  put_help(&text);
  if (asked)
    fray_print("%s\n", text.data ? text.data : "");
  else
    fray_note("%s", text.data ? text.data : "");
  fray_text_free(&text);
}

/* Where OpenBLAS cannot be loaded the other names are told all the same. */
static int print_version(void) {
  struct fray_err err = {0};
  const enum fray_status loaded = fray_blas_start(&err);
  fray_print("fray %s\n", FRAY_VERSION);
  fray_print("  MPI        %s\n", fray_comm_version());
  if (loaded == FRAY_OK)
    fray_print("  OpenBLAS   %s, kernel %s\n", fray_blas_version(), fray_blas_kernel());
  fray_print("  vectors    %s\n", fray_vec_level());
  fray_print("  HDF5       %s\n", fray_h5_version());
  fray_print("  sound      %s\n", fray_sound_library());
  fray_print("  pictures   %s\n", fray_picture_library());
  fray_print("  text       %s\n", fray_unicode_library());
  const char *pinned = fray_blas_pinned();
  if (pinned)
    fray_print("  warning: %s pins a slower OpenBLAS kernel than this CPU has\n", pinned);
  if (loaded != FRAY_OK)
    fray_note("fray: error: %s", err.text);
  return loaded == FRAY_OK ? EXIT_DONE : EXIT_INPUT;
}

static const struct cli_command *find_command(const char *name) {
  for (size_t i = 0; i < FRAY_COUNT(commands); i++)
    if (strcmp(name, commands[i]->name) == 0)
      return commands[i];
  return NULL;
}

static void say_unknown(const char *name) {
  const char *names[FRAY_COUNT(commands) + 2] = {"help", "version"};
  char hint[128];
  for (size_t i = 0; i < FRAY_COUNT(commands); i++)
    names[i + 2] = commands[i]->name;
  fray_note("fray: error: unknown command '%s'%s; fray help lists them", name,
            fray_hint(name, names, FRAY_COUNT(names), hint));
}

static void print_usage(const struct cli_command *command) {
  cli_print_help(command->usage);
  if (strcmp(command->name, "report") == 0)
    cli_report_kinds();
}

static bool asks_for_help(int argc, char **argv) {
  for (int i = 0; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
      return true;
  return false;
}

/* What the standard output could not take was not done. */
static int finish(enum fray_status status, const struct cli_command *command,
                  struct fray_err *err) {
  fray_progress_end();
  if (status == FRAY_OK)
    status = fray_print_end(err);
  if (status == FRAY_OK)
    return EXIT_DONE;
  if (fray_log_speaks())
    fray_note("fray %s: %s: %s", command->name,
              status == FRAY_INPUT     ? "error"
              : status == FRAY_STOPPED ? "stopped"
                                       : fray_status_text(status),
              err->text);
  return status == FRAY_INPUT ? EXIT_INPUT : status == FRAY_STOPPED ? EXIT_STOPPED : EXIT_FAILED;
}

/* A command that lost an allocation on its way has not done what it says; and what it holds against
 * the input may be no more than an echo of that. */
static enum fray_status run_to_end(const struct cli_command *command, int argc, char **argv,
                                   struct fray_comm *world, struct fray_err *err) {
  enum fray_status status = command->run(argc, argv, world, err);
  if (status != FRAY_OK && status != FRAY_INPUT)
    return status;
  return fray_memory_lost() ? fray_memory_check(err) : status;
}

static int run_command(const struct cli_command *command, int argc, char **argv) {
  struct fray_err err = {0};
  struct fray_comm *world = NULL;
  if (!command->parallel)
    return finish(run_to_end(command, argc, argv, NULL, &err), command, &err);
  enum fray_status status = cli_start(command->name, argc, argv, &world, &err);
  if (status == FRAY_OK)
    status = run_to_end(command, argc, argv, world, &err);
  int code = finish(status, command, &err);
  fray_comm_finish(world);
  return code;
}

/* One word under the names that programs have for it. */
static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
  return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* fray help [COMMAND] */
static int help(const char *name) {
  const struct cli_command *command = name ? find_command(name) : NULL;
  if (!name)
    print_help(true);
  else if (command)
    print_usage(command);
  else
    say_unknown(name);
  return name && !command ? EXIT_INPUT : EXIT_DONE;
}

/* What needs no command: help and version. Returns false when there is a command to run. */
static bool runs_no_command(int argc, char **argv, int *code) {
  *code = EXIT_DONE;
  if (argc < 2) {
    print_help(false);
    *code = EXIT_INPUT;
    return true;
  }
  const struct cli_command *command = find_command(argv[1]);
  if (command && !asks_for_help(argc - 2, argv + 2))
    return false;
  if (command) {
    print_usage(command);
  } else if (is_one_of(argv[1], "help", "--help", "-h")) {
    *code = help(argc > 2 ? argv[2] : NULL);
  } else if (is_one_of(argv[1], "version", "--version", "-V") || strcmp(argv[1], "-v") == 0) {
    *code = print_version();
  } else {
    say_unknown(argv[1]);
    *code = EXIT_INPUT;
  }
  return true;
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
  const struct cli_command *command = argc < 2 ? NULL : find_command(argv[1]);
  bool parallel = command && command->parallel && !asks_for_help(argc - 2, argv + 2);
  /* A command without MPI that was started under mpirun runs on the first process only; were the
   * others to fail as well, mpirun might end it before it has spoken. */
  if (!parallel && !fray_launch_is_first())
    return EXIT_DONE;
  int code;
  if (!runs_no_command(argc, argv, &code))
    return run_command(command, argc - 2, argv + 2);
  struct fray_err err = {0};
  if (fray_print_end(&err) == FRAY_OK)
    return code;
  fray_note("fray: %s: %s", fray_status_text(err.status), err.text);
  return EXIT_FAILED;
}

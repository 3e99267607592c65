/* fray: federated multimodal robustness simulator. */
#include "command.h"

#include "fray/base/log.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/codec/codec.h"
#include "fray/codec/words.h"
#include "fray/h5/h5.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <stdio.h>
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

static void print_help(FILE *out) {
  fputs("fray - federated multimodal robustness simulator\n\n"
        "usage: fray COMMAND [ARGUMENTS]      (mpirun -n RANKS fray run ... for several ranks)\n\n",
        out);
  for (size_t i = 0; i < FRAY_COUNT(commands); i++)
    fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->meaning);
  fputs("\nfray COMMAND --help says more; fray --version names the libraries in use.\n", out);
}

static void print_version(void) {
  fray_blas_start();
  printf("fray %s\n", FRAY_VERSION);
  printf("  MPI        %s\n", fray_comm_version());
  printf("  OpenBLAS   %s, kernel %s\n", fray_blas_version(), fray_blas_kernel());
  printf("  vectors    %s\n", fray_vec_level());
  printf("  HDF5       %s\n", fray_h5_version());
  printf("  sound      %s\n", fray_sound_library());
  printf("  text       %s\n", fray_unicode_library());
  const char *pinned = fray_blas_pinned();
  if (pinned)
    printf("  warning: %s pins a slower OpenBLAS kernel than this CPU has\n", pinned);
}

static const struct cli_command *find_command(const char *name, const char **nearest) {
  const char *names[FRAY_COUNT(commands)];
  for (size_t i = 0; i < FRAY_COUNT(commands); i++) {
    names[i] = commands[i]->name;
    if (strcmp(name, names[i]) == 0)
      return commands[i];
  }
  *nearest = fray_nearest(name, names, FRAY_COUNT(commands));
  return NULL;
}

static bool asks_for_help(int argc, char **argv) {
  for (int i = 0; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
      return true;
  return false;
}

/* A command without MPI that was started under mpirun runs on the first rank only. */
static bool is_first_process(void) {
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                      "SLURM_PROCID"};
  for (size_t i = 0; i < FRAY_COUNT(names); i++) {
    const char *rank = getenv(names[i]);
    if (rank && strcmp(rank, "0") != 0)
      return false;
  }
  return true;
}

static int finish(enum fray_status status, const struct cli_command *command,
                  const struct fray_err *err) {
  fray_progress_end();
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
  enum fray_status status = fray_comm_start(&argc, &argv, &world, &err);
  if (status != FRAY_OK)
    return finish(status, command, &err);
  fray_blas_start();
  status = run_to_end(command, argc, argv, world, &err);
  int code = finish(status, command, &err);
  fray_comm_finish(world);
  return code;
}

/* What needs no command: help and version. Returns false when there is a command to run. */
static bool runs_no_command(int argc, char **argv, int *code) {
  *code = EXIT_DONE;
  if (argc < 2) {
    print_help(stderr);
    *code = EXIT_INPUT;
  } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    print_help(stdout);
  } else if (strcmp(argv[1], "--version") == 0) {
    print_version();
  } else {
    const char *nearest = NULL;
    const struct cli_command *command = find_command(argv[1], &nearest);
    if (command && !asks_for_help(argc - 2, argv + 2))
      return false;
    if (command) {
      cli_print_help(command->usage, stdout);
      if (strcmp(command->name, "report") == 0)
        cli_report_kinds(stdout);
    } else {
      fprintf(stderr, "fray: error: unknown command '%s'%s%s%s (fray --help lists them)\n", argv[1],
              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
      *code = EXIT_INPUT;
    }
  }
  return true;
}

int main(int argc, char **argv) {
  const char *nearest;
  const struct cli_command *command = argc < 2 ? NULL : find_command(argv[1], &nearest);
  bool parallel = command && command->parallel && !asks_for_help(argc - 2, argv + 2);
  /* Without MPI to agree by, the first process speaks for all; were the others to fail as well,
   * mpirun might end it before it has spoken. */
  if (!parallel && !is_first_process())
    return EXIT_DONE;
  int code;
  return runs_no_command(argc, argv, &code) ? code : run_command(command, argc - 2, argv + 2);
}

/* From the start of the process to the start of a command: signals, rounding, MPI, OpenBLAS. */
#include "launch.h"

#include "fray/base/machine.h"
#include "fray/base/memory.h"
#include "fray/base/rounding.h"
#include "fray/base/stop.h"
#include "fray/base/text.h"
#include "fray/codec/codec.h"
#include "fray/comm/launch.h"
#include "fray/h5/h5.h"
#include "fray/tensor/blas.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What MPI, OpenBLAS and the smallest study take more: of the address space 320 to 410 MB,
 * depending on how MPI reaches the others; of memory 35 MB. */
enum { ROOM = 400 << 20, LEAST = 40 << 20 };
/* MPI takes ten files alone and aborts or crashes without; merging takes twenty in all. */
enum { FILES = 48 };

void cli_begin(void) {
  fray_memory_large_apart();
  fray_stop_as_errors();
  fray_rounding_reset();
}

/* "-n 4" or "-np 4", as one would say it to mpirun. */
static bool asks_for_ranks(int argc, char **argv, int *at) {
  long ranks;
  for (*at = 0; *at + 1 < argc; ++*at)
    if ((strcmp(argv[*at], "-n") == 0 || strcmp(argv[*at], "-np") == 0) &&
        cli_read_count(argv[*at + 1], 1000000, &ranks))
      return true;
  return false;
}

static enum fray_status refuse_ranks(const char *name, int argc, char **argv, int at,
                                     struct fray_err *err) {
  struct fray_text line = {0};
  for (int i = 0; i < argc; i++)
    if (i != at && i != at + 1)
      fray_text_printf(&line, " %s", argv[i]);
  fray_fail(err, FRAY_INPUT, "%s %s: mpirun starts ranks: mpirun -n %s fray %s%s", argv[at],
            argv[at + 1], argv[at + 1], name, line.data ? line.data : "");
  fray_text_free(&line);
  return FRAY_INPUT;
}

static enum fray_status check_start(const char *name, int argc, char **argv, struct fray_err *err) {
  int at;
  if (asks_for_ranks(argc, argv, &at))
    return refuse_ranks(name, argc, argv, at, err);
  FRAY_TRY(fray_files_least(FILES, "fray with MPI", err));
  FRAY_TRY(fray_memory_least(LEAST, "fray", err));
  return fray_memory_room(ROOM, false, "fray with MPI and OpenBLAS", err);
}

/* Launchers end all processes when one fails, within two seconds. The first speaks for all; one
 * that fails alone, as on a host with limits of its own, is still there then, and speaks for
 * itself. */
static enum fray_status let_first_speak(enum fray_status status) {
  static const struct timespec respite = {.tv_sec = 3};
  if (!fray_launch_is_first())
    nanosleep(&respite, NULL);
  return status;
}

enum fray_status cli_start(const char *name, int argc, char **argv, struct fray_comm **world,
                           struct fray_err *err) {
  if (check_start(name, argc, argv, err) != FRAY_OK)
    return let_first_speak(FRAY_INPUT);
  /* Before MPI, which likes no forks, and while there is little to copy. */
  FRAY_TRY(fray_h5_begin(err));
  fray_codec_share(fray_h5_process());
  const enum fray_status status = fray_comm_start(&argc, &argv, world, err);
  if (status != FRAY_OK)
    return let_first_speak(status);
  const enum fray_status loaded = fray_comm_agree(*world, fray_blas_start(err), err);
  fray_rounding_reset(); /* MPI and OpenBLAS have loaded libraries */
  return loaded;
}

/* A file that is there wins, whatever it is called. */
static enum fray_status check(const char *path, struct fray_err *err) {
  /* Any path with the name of a bundled scenario: people say scenarios/quickstart.yaml, as the
   * README does, from wherever they are. */
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  if (access(path, F_OK) == 0)
    return FRAY_OK;
  char *share = cli_share();
  const bool bundled = share && *name && cli_came_with(share, name);
  if (bundled)
    fray_fail(err, FRAY_INPUT, "%s: no such file; the program came with %s/scenarios/%s", path,
              share, name);
  free(share);
  return bundled ? FRAY_INPUT : FRAY_OK; /* otherwise who opens it says what is wrong */
}

enum fray_status cli_check_scenario(const struct cli_call *call, struct fray_err *err) {
  const bool looks = fray_comm_rank(call->comm) == 0;
  return fray_comm_agree(call->comm, looks ? check(call->operand[0], err) : FRAY_OK, err);
}

/* What all targets share: their table, their folder, and what must hold of any answer. */
#include "fuzz.h"

#include "fray/base/file.h"
#include "fray/base/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct fuzz_target fuzz_targets[] = {
#define FUZZ_TARGET(name, group, most, pace) {#name, #group, most, pace, fuzz_##name},
#include "targets.def"
#undef FUZZ_TARGET
};
const size_t fuzz_n_targets = sizeof fuzz_targets / sizeof *fuzz_targets;

const struct fuzz_target *fuzz_find(const char *name) {
  for (size_t i = 0; i < fuzz_n_targets; i++)
    if (fuzz_targets[i].run && strcmp(fuzz_targets[i].name, name) == 0)
      return &fuzz_targets[i];
  return NULL;
}

void fuzz_must(bool holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "fuzz: it does not hold that %s\n", what);
  abort();
}

/* ---- the folder ---- */

static char room[256];

/* A confined child that did not end as it was asked to. Not known by the words of an answer, which
 * may be quoted from the input. */
static volatile sig_atomic_t lost;

static void on_child(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  if (info->si_code == CLD_EXITED ? info->si_status != 0
                                  : info->si_code == CLD_DUMPED ||
                                        (info->si_code == CLD_KILLED && info->si_status != SIGKILL))
    lost++;
}

void fuzz_begin(void) {
  const struct sigaction told = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &told, NULL);
  /* Whoever started this may want to remove it, since a crash does not. */
  const char *at = getenv("FRAY_FUZZ_ROOM");
  if (!at)
    at = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(room, sizeof room, "%s/fray-fuzz-XXXXXX", at);
  fuzz_must(mkdtemp(room) != NULL, "a folder can be made");
  fray_log_speaker(false);
}

void fuzz_end(void) {
  fray_remove_tree(room, NULL);
}

const char *fuzz_path(const char *name) {
  static char path[FUZZ_PATHS][512];
  static size_t next;
  char *out = path[next++ % FUZZ_PATHS];
  snprintf(out, sizeof path[0], "%s/%s", room, name);
  return out;
}

/* Made anew each time: some doors look at the inode, and none may go on with the bytes of before.
 */
void fuzz_file_at(const char *path, const void *data, size_t size) {
  unlink(path);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) { /* its folder is not there yet */
    char folder[512];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    fray_make_folders(folder, NULL);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  fuzz_must(file >= 0, "a file can be made");
  fuzz_must(size == 0 || write(file, data, size) == (ssize_t)size, "a file can be written");
  close(file);
}

const char *fuzz_file(const char *name, const void *data, size_t size) {
  const char *path = fuzz_path(name);
  fuzz_file_at(path, data, size);
  return path;
}

char *fuzz_text(const uint8_t *data, size_t size) {
  char *out = malloc(size + 1);
  fuzz_must(out != NULL, "there is memory");
  if (size)
    memcpy(out, data, size);
  out[size] = '\0';
  return out;
}

/* ---- answers ---- */

static void (*judge)(enum fray_status status, const struct fray_err *err);

void fuzz_judge(void (*by)(enum fray_status status, const struct fray_err *err)) {
  judge = by;
}

unsigned fuzz_children_lost(void) {
  return (unsigned)lost;
}

/* A fault of bytes is the user's to mend: INTERNAL or no message would be a fault of the program.
 * Lack of memory is an answer too, where a header asks for much. */
void fuzz_answered(enum fray_status status, const struct fray_err *err) {
  static int says = -1;
  if (judge) {
    judge(status, err);
    return;
  }
  if (says < 0)
    says = getenv("FRAY_FUZZ_SAY") != NULL;
  if (says) /* for who writes seeds */
    fprintf(stderr, "%s: %s\n", fray_status_text(status), status == FRAY_OK ? "" : err->text);
  fuzz_must(status == FRAY_OK || status == FRAY_INPUT || status == FRAY_MEMORY || status == FRAY_IO,
            "bytes are refused as input");
  fuzz_must(status == FRAY_OK || err->text[0] != '\0', "a refusal has a message");
  fuzz_must(lost == 0, "no confined child crashes");
  fuzz_must(memchr(err->text, '\0', sizeof err->text) != NULL, "a message ends");
}

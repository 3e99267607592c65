/* A copy of this process that works beside it: started, waited for, and read from memory that both
 * have a file of. */
#include "fray/base/beside.h"

#include "confine_parts.h"

#include "fray/base/log.h"
#include "fray/base/machine.h"
#include "fray/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A file that takes no more (a limit of sizes, no memory) makes the text worthless. */
static bool put_all(int file, const struct fray_text *text) {
  for (size_t at = 0; at < text->size;) {
    const ssize_t n = write(file, text->data + at, text->size - at);
    if (n <= 0)
      return false;
    at += (size_t)n;
  }
  return true;
}

/* The copy. It tells by its code whether all is well, without which its text counts for nothing.
 * No handler of the end runs: files and ranks are those of the other one. */
static void __attribute__((noreturn))
work_apart(fray_beside_work *work, void *user, int file, pid_t parent) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* A parent that ended before the wish to end with it is not noticed by any signal. */
  if (getppid() != parent)
    _exit(EXIT_FAILURE);
  confine_begin_counts();
  confine_reset_signals();
  fray_log_speaker(false);
  confine_ask_no_more();
  const bool good = work(user, &text, &err) == FRAY_OK && !text.failed &&
                    fray_memory_check(&err) == FRAY_OK && put_all(file, &text);
  confine_keep_counts();
  _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* The file comes before the fork, so that both have it; it has no name, and goes with the last of
 * them. Cores that this process may not run on are not its own to use. */
bool fray_beside_start(fray_beside_work *work, void *user, struct fray_beside *out) {
  *out = (struct fray_beside){0};
  if (fray_cores() < 2)
    return false;
  const int file = memfd_create("fray", MFD_CLOEXEC);
  if (file < 0)
    return false;
  const pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    work_apart(work, user, file, parent);
  if (pid < 0) {
    close(file);
    return false;
  }
  *out = (struct fray_beside){(int)pid, file};
  return true;
}

/* What was written; a cut one would be a shorter text, so that its size is held against the file.
 */
static bool take(int file, struct fray_text *out) {
  struct stat found;
  if (fstat(file, &found) != 0 || found.st_size < 0)
    return false;
  const size_t size = (size_t)found.st_size;
  if (size == 0)
    return true;
  void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (data == MAP_FAILED)
    return false;
  fray_text_add(out, data, size);
  munmap(data, size);
  return true;
}

/* A parent that was started with SIGCHLD ignored is told nothing of its children's ends. */
static bool ended_well(pid_t pid) {
  int status = 0;
  pid_t gone;
  do
    gone = waitpid(pid, &status, 0);
  while (gone < 0 && errno == EINTR);
  return gone == pid && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* The code comes first: a text without it may be half of one. */
bool fray_beside_end(struct fray_beside *copy, struct fray_text *out) {
  if (!copy->pid)
    return false;
  const bool good = ended_well(copy->pid) && take(copy->file, out);
  close(copy->file);
  *copy = (struct fray_beside){0};
  return good;
}

/* By the hard way, since the copy heeds no wish to stop; its end is fetched, or it would stay in
 * the list of processes. */
void fray_beside_drop(struct fray_beside *copy) {
  if (!copy->pid)
    return;
  kill(copy->pid, SIGKILL);
  (void)ended_well(copy->pid);
  close(copy->file);
  *copy = (struct fray_beside){0};
}

/* The parent's side of a confined child: starting it, asking it, waiting with patience that ends,
 * and saying what ended it. */
#include "confine_parts.h"

#include "fray/base/log.h"
#include "fray/base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Patience with a file system that does not answer: slices of a second, of which a process that is
 * stopped sees only one. */
enum { SLICE_US = 250000, MOST_SLICES = 3600 * (1000000 / SLICE_US) };

/* Both ends of a socket in two processes: an answer would go to whichever reads first. */
static bool is_copy;

void confine_ask_no_more(void) {
  is_copy = true;
}

static enum fray_status take_window(struct fray_confined *child, struct fray_err *err) {
  if (child->window)
    return FRAY_OK;
  /* Before the fork, so that both have it; a page takes memory when it is first used. */
  void *window = mmap(NULL, FRAY_CONFINED_WINDOW, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  FRAY_CHECK(window != MAP_FAILED, err, MEMORY, "out of memory (%d bytes)", FRAY_CONFINED_WINDOW);
  child->window = window;
  return FRAY_OK;
}

/* Without a child the work is still done, as it was before there were any. Nothing in a file can
 * bring that about: a child is started before the file is opened. */
static enum fray_status go_on_here(struct fray_confined *child) {
  static bool said;
  if (!said)
    fray_warn("no process that %s can be started (%s): it is done in this one, which a crafted "
              "file may end",
              child->kind->does, strerror(errno));
  said = true;
  child->is_here = true;
  return FRAY_OK;
}

/* Quick for who has started it before. The child looks whether its parent is still there: between
 * fork and its wish to end with it, nobody would tell. */
enum fray_status fray_confined_start(struct fray_confined *child, struct fray_err *err) {
  int ends[2];
  FRAY_TRY(take_window(child, err));
  if (child->pid || child->is_here)
    return FRAY_OK;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return go_on_here(child);
  const pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    if (getppid() == parent)
      confine_serve(child->kind, ends[1], child->window);
    _exit(0);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return go_on_here(child);
  }
  const struct timeval slice = {.tv_usec = SLICE_US};
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
  child->pid = pid;
  child->socket = ends[0];
  child->started++;
  return FRAY_OK;
}

/* ---- the end of a child ---- */

/* The number of its end is fetched in any case, or it would stay in the list of processes. */
static void let_go(struct fray_confined *child, int *status) {
  *status = 0;
  close(child->socket);
  pid_t gone;
  do
    gone = waitpid(child->pid, status, 0);
  while (gone < 0 && errno == EINTR);
  /* A parent that was started with SIGCHLD ignored is told nothing. */
  if (gone < 0)
    *status = -1;
  child->pid = 0;
  child->settle = NULL;
}

void fray_confined_end(struct fray_confined *child) {
  int status;
  child->says = true;
  if (!child->pid)
    return;
  kill(child->pid, SIGKILL);
  let_go(child, &status);
}

/* In the words of who gave the file: its damage is what ended the child, and not a fault here. */
static enum fray_status say_end(struct fray_confined *child, struct fray_err *err) {
  int status;
  child->says = true;
  let_go(child, &status);
  if (status == -1)
    return fray_fail(err, FRAY_INPUT, "ended the process that %s: damaged, or made to do that",
                     child->kind->does);
  if (WIFSIGNALED(status))
    return fray_fail(err, FRAY_INPUT,
                     "the process that %s was ended by signal %d (%s): damaged, or made to do that",
                     child->kind->does, WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fray_fail(err, FRAY_INPUT,
                   "the process that %s ended with code %d: damaged, or made to "
                   "do that",
                   child->kind->does, WEXITSTATUS(status));
}

static enum fray_status stop_it(struct fray_confined *child, struct fray_err *err,
                                const char *why) {
  fray_confined_end(child);
  return fray_fail(err, FRAY_INPUT, "the process that %s %s: damaged, or made to do that",
                   child->kind->does, why);
}

/* ---- asking ---- */

/* Of all threads of the child; the clock of a process that has ended is not there any more. */
static double seconds_of(int pid) {
  clockid_t clock;
  struct timespec now;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
    return 0;
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Its own work counts, not the time that a slow disk or a busy machine takes; from the first slice
 * on, since most answers come long before one is over. */
static enum fray_status wait_for(struct fray_confined *child, struct confine_answer *answer,
                                 ssize_t *got, struct fray_err *err) {
  double before = 0;
  int fd = -1;
  for (long slice = 0;; slice++) {
    *got = confine_receive(child->socket, answer, sizeof *answer, &fd);
    if (fd >= 0)
      close(fd); /* nobody asked for one */
    if (*got > 0)
      return FRAY_OK;
    if (*got == 0 || errno != EAGAIN)
      return say_end(child, err);
    const double now = seconds_of(child->pid);
    before = slice == 0 ? now : before;
    if (now - before > child->kind->seconds) {
      fray_confined_end(child);
      return fray_fail(err, FRAY_INPUT,
                       "takes more than the %g s of work that the process that %s may have",
                       child->kind->seconds, child->kind->does);
    }
    if (slice >= MOST_SLICES)
      return stop_it(child, err, "did not answer for an hour");
  }
}

/* What came may be anything: a child that a file has taken over says what it likes. Its notes of
 * want are believed, since the worst that they can do is to end the command. */
static enum fray_status take_answer(struct fray_confined *child, struct confine_answer *answer,
                                    ssize_t got, void *out, size_t size, struct fray_err *err) {
  const size_t head = offsetof(struct confine_answer, bytes);
  if ((size_t)got != head + size || answer->size != size || (int)answer->status < FRAY_OK ||
      answer->status >= FRAY_STATUS_COUNT)
    return stop_it(child, err, "gave an answer without sense");
  answer->err.text[sizeof answer->err.text - 1] = '\0';
  answer->unseen[sizeof answer->unseen - 1] = '\0';
  if (answer->lost)
    fray_memory_note_lost(answer->lost);
  if (answer->reason > 0)
    fray_memory_note(answer->unseen, answer->reason);
  child->says = answer->is_limit != 0;
  if (answer->status != FRAY_OK)
    return fray_fail(err, answer->status, "%s", answer->err.text);
  memcpy(out, answer->bytes, size);
  return FRAY_OK;
}

/* With a file of its own, as if it had come by the socket: work may keep and close it. */
static enum fray_status work_here(struct fray_confined *child, fray_confined_work *work,
                                  const void *request, size_t request_size, int fd, void *answer,
                                  size_t answer_size, struct fray_err *err) {
  struct fray_confined_call call = {.request = request,
                                    .request_size = request_size,
                                    .fd = fd >= 0 ? dup(fd) : -1,
                                    .window = child->window,
                                    .answer = answer,
                                    .answer_size = answer_size};
  memset(answer, 0, answer_size);
  const enum fray_status status = work(&call, err);
  if (call.fd >= 0)
    close(call.fd);
  return status;
}

/* The message is static, as that of the answer: 10 KB on the stack of who asks deep in a call are
 * too many, and one question is answered before the next. */
static bool put_question(const struct fray_confined *child, fray_confined_work *work,
                         const void *request, size_t request_size, int fd, size_t answer_size) {
  static struct confine_request question;
  question.work = work;
  question.answer_size = answer_size;
  question.size = request_size;
  memcpy(question.bytes, request, request_size);
  return confine_send(child->socket, &question,
                      offsetof(struct confine_request, bytes) + request_size, fd);
}

static enum fray_status hear(struct fray_confined *child, void *answer, size_t answer_size,
                             struct fray_err *err) {
  static struct confine_answer reply;
  ssize_t got = 0;
  FRAY_TRY(wait_for(child, &reply, &got, err));
  return take_answer(child, &reply, got, answer, answer_size, err);
}

/* Answers come in the order of questions, so that of a posted one is taken first. */
enum fray_status fray_confined_ask(struct fray_confined *child, fray_confined_work *work,
                                   const void *request, size_t request_size, int fd, void *answer,
                                   size_t answer_size, struct fray_err *err) {
  if (is_copy)
    _exit(EXIT_FAILURE);
  FRAY_CHECK(request_size <= FRAY_CONFINED_BYTES && answer_size <= FRAY_CONFINED_BYTES, err,
             INTERNAL, "a request of %zu bytes for %zu", request_size, answer_size);
  if (child->settle)
    child->settle();
  child->says = false;
  FRAY_TRY(fray_confined_start(child, err));
  if (child->is_here)
    return work_here(child, work, request, request_size, fd, answer, answer_size, err);
  if (!put_question(child, work, request, request_size, fd, answer_size))
    return say_end(child, err);
  return hear(child, answer, answer_size, err);
}

/* Who would have to start a child, or to work here, asks in the ordinary way when it wants the
 * answer. */
bool fray_confined_post(struct fray_confined *child, fray_confined_work *work, const void *request,
                        size_t request_size, size_t answer_size, void (*settle)(void)) {
  if (is_copy || !child->pid || child->settle || request_size > FRAY_CONFINED_BYTES ||
      answer_size > FRAY_CONFINED_BYTES ||
      !put_question(child, work, request, request_size, -1, answer_size))
    return false;
  child->settle = settle;
  return true;
}

enum fray_status fray_confined_take(struct fray_confined *child, void *answer, size_t answer_size,
                                    struct fray_err *err) {
  if (is_copy)
    _exit(EXIT_FAILURE);
  FRAY_CHECK(child->settle && child->pid, err, INTERNAL, "no question was posted");
  child->settle = NULL;
  child->says = false;
  return hear(child, answer, answer_size, err);
}

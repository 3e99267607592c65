/* The confined child: limits, then one request after the other until its parent ends. Nothing that
 * others wrote has been read by this process before its doors are closed. */
#include "confine_parts.h"

#include "fray/base/machine.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef FRAY_COVERAGE
#include <gcov.h>
#endif

/* ---- messages, for both sides ---- */

/* A file goes along as a control message, which the kernel turns into a number over there. */
bool confine_send(int socket, const void *data, size_t size, int fd) {
  char control[CMSG_SPACE(sizeof fd)] = {0};
  struct iovec part = {(void *)(uintptr_t)data, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  ssize_t n;
  do
    n = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)size;
}

/* More than one file, or another message of control, is nobody's here, and left to be closed. */
ssize_t confine_receive(int socket, void *data, size_t size, int *fd) {
  char control[CMSG_SPACE(sizeof *fd)] = {0};
  struct iovec part = {data, size};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n;
  *fd = -1;
  do
    n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  const struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
      head->cmsg_len == CMSG_LEN(sizeof *fd))
    memcpy(fd, CMSG_DATA(head), sizeof *fd);
  return n;
}

/* ---- the child's doors ---- */

/* What the parent has open is none of its business: files that are being written, MPI's sockets,
 * the terminal. */
static void close_others(int socket) {
  const int nothing = open("/dev/null", O_RDWR);
  const int last = confine_is_watched() ? STDOUT_FILENO : STDERR_FILENO; /* which report there */
  for (int i = 0; i <= last; i++)
    dup2(nothing, i);
  if (socket != 3)
    dup2(socket, 3);
  bool closed = false;
#ifdef SYS_close_range
  closed = syscall(SYS_close_range, 4U, ~0U, 0U) == 0;
#endif
  /* Kernels before 5.9. */
  const long most = sysconf(_SC_OPEN_MAX);
  for (int i = 4; !closed && i < (most > 0 && most < 65536 ? most : 65536); i++)
    close(i);
}

/* Signals that ask the parent for a stop are its own to answer: it may want to read until the end
 * of its round. Those that tell of a fault end the child, whatever handlers the parent had. */
void confine_reset_signals(void) {
  static const int ignored[] = {SIGINT,  SIGTERM, SIGHUP,  SIGUSR1, SIGUSR2,
                                SIGALRM, SIGPIPE, SIGXFSZ, SIGQUIT};
  static const int fatal[] = {SIGSEGV, SIGBUS,  SIGABRT, SIGFPE, SIGILL,
                              SIGSYS,  SIGTRAP, SIGXCPU, SIGCHLD};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (size_t i = 0; i < FRAY_COUNT(ignored); i++)
    signal(ignored[i], SIG_IGN);
  for (size_t i = 0; i < FRAY_COUNT(fatal); i++)
    signal(fatal[i], SIG_DFL);
}

static bool is_limited; /* in memory */

/* Soft and hard alike: what could be raised again is no limit. */
static void limit(unsigned resource, uint64_t value) {
  struct rlimit now;
  if (getrlimit(resource, &now) != 0)
    return;
  /* Never above what the parent was given. */
  if (now.rlim_max == RLIM_INFINITY || value < now.rlim_max)
    now.rlim_max = value;
  now.rlim_cur = now.rlim_max;
  setrlimit(resource, &now);
}

/* What it has of memory at the start is the program itself, and of a late fork all that the parent
 * had; the limit counts from there. Of the address space twice as much: libraries that map a file
 * or take a large piece at once are not to fail before the other limit is met. */
static void set_limits(const struct fray_confined_kind *kind) {
  limit(RLIMIT_CORE, 0);
#ifndef FRAY_COVERAGE /* whose counts are files */
  limit(RLIMIT_FSIZE, 0);
#endif
  limit(RLIMIT_NOFILE, FRAY_CONFINED_FILES);
  if (confine_is_watched())
    return;
  is_limited = true;
  limit(RLIMIT_DATA, fray_memory_in_use(true) + kind->memory);
  limit(RLIMIT_AS, fray_memory_in_use(false) + 2 * kind->memory);
}

/* Whether the limit refuses so much; the allocator is not asked, of which tests make fun. */
static bool is_refused(uint64_t bytes) {
  void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED)
    return true;
  munmap(room, bytes);
  return false;
}

/* An allocation that failed at the limit is the file's fault, not the machine's: what the file
 * holds, or says that it holds, is too much. Any other is told to the parent, as its own are. A
 * library does not say how much it wanted: where half of all that is allowed can still be had, it
 * was more than that. */
static void judge_memory(const struct fray_confined_kind *kind, struct confine_answer *answer) {
  const char *unseen;
  const uint64_t wanted = fray_memory_lost_bytes();
  answer->reason = fray_memory_unseen(&unseen);
  snprintf(answer->unseen, sizeof answer->unseen, "%s", answer->reason ? unseen : "");
  fray_memory_forget();
  const bool unsaid = answer->reason == ENOMEM && !wanted;
  if (!wanted && !unsaid)
    return;
  if (is_limited && (unsaid ? !is_refused(kind->memory / 2) : is_refused(wanted))) {
    answer->reason = unsaid ? 0 : answer->reason;
    answer->is_limit = true;
    answer->status =
        fray_fail(&answer->err, FRAY_INPUT,
                  "takes more than the %llu MiB of memory that the process that %s may have",
                  (unsigned long long)(kind->memory >> 20), kind->does);
  } else
    answer->lost = wanted;
}

/* Each call begins with nothing: no error, no loss, no answer of the one before. */
static void work_on(const struct fray_confined_kind *kind, struct confine_request *request, int fd,
                    void *window, struct confine_answer *answer) {
  struct fray_confined_call call = {.request = request->bytes,
                                    .request_size = request->size,
                                    .fd = fd,
                                    .window = window,
                                    .answer = answer->bytes,
                                    .answer_size = request->answer_size};
  memset(answer->bytes, 0, request->answer_size);
  answer->lost = 0;
  answer->is_limit = false;
  answer->err.text[0] = '\0';
  answer->status = request->work(&call, &answer->err);
  answer->size = request->answer_size;
  judge_memory(kind, answer);
  if (call.fd >= 0)
    close(call.fd);
}

/* What gcov counts is written when a program ends in order, which a child does not; it begins with
 * none of its parent's counts, and must not be killed before it wrote its own. */
#ifdef FRAY_COVERAGE
void confine_begin_counts(void) {
  prctl(PR_SET_PDEATHSIG, 0);
  __gcov_reset();
}

void confine_keep_counts(void) {
  __gcov_dump();
}
#else
void confine_begin_counts(void) {}

void confine_keep_counts(void) {}
#endif

/* In this order: what needs open doors, then limits, then the filter, and only then a request. The
 * parent may have ended before the wish to end with it was known; then the socket says so. */
void confine_serve(const struct fray_confined_kind *kind, int socket, void *window) {
  static struct confine_request request;
  static struct confine_answer answer;
  int fd = -1;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  confine_begin_counts();
  confine_reset_signals();
  close_others(socket);
  if (kind->prepare)
    kind->prepare();
  set_limits(kind);
  if (!confine_is_watched())
    confine_filter();
  fray_memory_forget();
  while (confine_receive(3, &request, sizeof request, &fd) > 0) {
    work_on(kind, &request, fd, window, &answer);
    if (!confine_send(3, &answer, offsetof(struct confine_answer, bytes) + answer.size, -1))
      break;
  }
  confine_keep_counts();
  _exit(0);
}

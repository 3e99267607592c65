/* Starts a command and spoils system calls of it on files below a folder, whoever makes them: the
 * program, the C library's streams or HDF5. Linux on x86-64.
 *
 *   fail_calls FOLDER HOW AT LIST COMMAND...
 *
 * HOW: short (a part of what was asked for), EINTR, ENOSPC, EDQUOT or EIO. AT: the AT-th call that
 * could end so; 0: none; all: each of them, EINTR once before each that passes. LIST: a file that
 * gets a line "NUMBER CALL PATH" for each such call. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned long long word;

/* What may become of a call. */
enum { SHORT = 1, AGAIN = 2, FULL = 4, BROKEN = 8 };

/* Where a call names its file: by a number or a path, and among which words. */
struct call {
  long number;
  const char *name;
  int fd, path; /* place of the word, -1: none; a path beside a number is below that folder */
  unsigned ways;
};
#define MOVES (SHORT | AGAIN | BROKEN)
#define FILLS (FULL | BROKEN)
/* Truncations are not interrupted: HDF5 has no answer to that, and no file system of Linux does it.
 */
static const struct call calls[] = {
    {SYS_read, "read", 0, -1, MOVES},
    {SYS_pread64, "pread", 0, -1, MOVES},
    {SYS_readv, "readv", 0, -1, MOVES},
    {SYS_preadv, "preadv", 0, -1, MOVES},
    {SYS_write, "write", 0, -1, MOVES | FULL},
    {SYS_pwrite64, "pwrite", 0, -1, MOVES | FULL},
    {SYS_writev, "writev", 0, -1, MOVES | FULL},
    {SYS_pwritev, "pwritev", 0, -1, MOVES | FULL},
    {SYS_fsync, "fsync", 0, -1, FILLS},
    {SYS_fdatasync, "fdatasync", 0, -1, FILLS},
    {SYS_ftruncate, "ftruncate", 0, -1, FILLS},
    {SYS_fallocate, "fallocate", 0, -1, FILLS},
    {SYS_fstat, "fstat", 0, -1, BROKEN},
    {SYS_getdents64, "getdents", 0, -1, BROKEN},
    {SYS_flock, "flock", 0, -1, AGAIN},
    {SYS_mmap, "mmap", 4, -1, BROKEN},
    {SYS_open, "open", -1, 0, FILLS | AGAIN},
    {SYS_openat, "openat", 0, 1, FILLS | AGAIN},
    {SYS_rename, "rename", -1, 1, FILLS},
    {SYS_renameat, "renameat", 2, 3, FILLS},
    {SYS_renameat2, "renameat2", 2, 3, FILLS},
    {SYS_mkdir, "mkdir", -1, 0, FILLS},
    {SYS_mkdirat, "mkdirat", 0, 1, FILLS},
    {SYS_stat, "stat", -1, 0, BROKEN},
    {SYS_lstat, "lstat", -1, 0, BROKEN},
    {SYS_newfstatat, "fstatat", 0, 1, BROKEN},
    {SYS_statx, "statx", 0, 1, BROKEN},
    {SYS_access, "access", -1, 0, BROKEN},
    {SYS_unlink, "unlink", -1, 0, BROKEN},
    {SYS_unlinkat, "unlinkat", 0, 1, BROKEN},
    {SYS_rmdir, "rmdir", -1, 0, BROKEN},
};
enum { N_CALLS = sizeof calls / sizeof calls[0] };

static const struct {
  const char *name;
  unsigned way;
  int number;
} ends[] = {{"short", SHORT, 0},
            {"EINTR", AGAIN, EINTR},
            {"ENOSPC", FULL, ENOSPC},
            {"EDQUOT", FULL, EDQUOT},
            {"EIO", BROKEN, EIO}};
enum { N_ENDS = sizeof ends / sizeof ends[0] };

static char root[PATH_MAX];
static unsigned way;
static int number;
static long at, met; /* at -1: all */
static bool passes;  /* the call that was interrupted comes again */
static FILE *list;

static void leave(const char *what) {
  perror(what);
  exit(125);
}

/* Only the calls of the table stop: all others run at full speed. */
static void filter(void) {
  struct sock_filter code[2 * N_CALLS + 2];
  size_t n = 0;
  code[n++] =
      (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < N_CALLS; i++) {
    code[n++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  }
  code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {(unsigned short)n, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    leave("fail_calls: seccomp");
}

static word *argument(struct user_regs_struct *r, int place) {
  word *const of[] = {&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9};
  return of[place];
}

/* What a link of /proc points to; "" where there is none. */
static void link_of(pid_t pid, const char *what, char out[PATH_MAX]) {
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, what);
  ssize_t n = readlink(name, out, PATH_MAX - 1);
  out[n > 0 ? n : 0] = '\0';
}

/* A text of the other process, which may end at the edge of what it can read. */
static void text_of(pid_t pid, word from, char out[PATH_MAX]) {
  size_t n = 0;
  while (n < PATH_MAX - 1) {
    size_t size = 256 - (from + n) % 256;
    if (size > PATH_MAX - 1 - n)
      size = PATH_MAX - 1 - n;
    struct iovec here = {out + n, size}, there = {(void *)(uintptr_t)(from + n), size};
    ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (got <= 0 || memchr(out + n, '\0', (size_t)got))
      break;
    n += (size_t)got;
  }
  out[PATH_MAX - 1] = '\0';
}

/* The file of a call, by a path that begins with /; "" for none. */
static void file_of(pid_t pid, struct user_regs_struct *r, const struct call *c,
                    char out[PATH_MAX]) {
  char text[PATH_MAX] = "", below[PATH_MAX] = "", name[32] = "cwd";
  if (c->path >= 0)
    text_of(pid, *argument(r, c->path), text);
  if (text[0] == '/') {
    strcpy(out, text);
    return;
  }
  const int fd = c->fd >= 0 ? (int)*argument(r, c->fd) : AT_FDCWD;
  if (fd != AT_FDCWD)
    snprintf(name, sizeof name, "fd/%d", fd);
  link_of(pid, name, below);
  if (snprintf(out, PATH_MAX, "%s%s%s", below, text[0] ? "/" : "", text) >= PATH_MAX)
    out[0] = '\0';
}

static bool is_below(const char *path) {
  const size_t n = strlen(root);
  return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Opening a file that is there needs no room; one byte, or one piece, cannot be cut. */
static bool can_end_so(struct user_regs_struct *r, const struct call *c) {
  if (!(c->ways & way))
    return false;
  if (way == FULL && (c->number == SYS_open || c->number == SYS_openat))
    return *argument(r, c->path + 1) & O_CREAT;
  return way != SHORT || *argument(r, 2) > 1;
}

static void spoil(pid_t pid, struct user_regs_struct *r) {
  if (way == SHORT) {
    *argument(r, 2) /= 2;
  } else {
    r->orig_rax = (word)-1;
    r->rax = (word)-number;
  }
  ptrace(PTRACE_SETREGS, pid, 0, r);
}

static void look(pid_t pid) {
  struct user_regs_struct r;
  char path[PATH_MAX];
  size_t i = 0;
  if (ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
    return;
  while (i < N_CALLS && calls[i].number != (long)r.orig_rax)
    i++;
  if (i == N_CALLS || !can_end_so(&r, &calls[i]))
    return;
  file_of(pid, &r, &calls[i], path);
  if (!is_below(path))
    return;
  met++;
  fprintf(list, "%ld %s %s\n", met, calls[i].name, path + strlen(root));
  const bool again = at < 0 && way == AGAIN && passes;
  passes = !again;
  if (met == at || (at < 0 && !again))
    spoil(pid, &r);
}

/* Programs that the command starts are let go on as they are. Returns the code of the command, or
 * 128 and its signal. */
static int follow(pid_t first) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
    int signal = 0;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid == first)
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
      if (pid == first)
        look(pid);
    } else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      signal = WSTOPSIG(status);
    }
    ptrace(PTRACE_CONT, pid, 0, signal);
  }
  return 125;
}

int main(int argc, char **argv) {
  size_t how = 0;
  while (argc > 5 && how < N_ENDS && strcmp(ends[how].name, argv[2]) != 0)
    how++;
  if (argc < 6 || how == N_ENDS || !realpath(argv[1], root) || !(list = fopen(argv[4], "we"))) {
    fprintf(stderr, "usage: fail_calls FOLDER short|EINTR|ENOSPC|EDQUOT|EIO AT|all LIST COMMAND\n");
    return 125;
  }
  way = ends[how].way;
  number = ends[how].number;
  at = strcmp(argv[3], "all") == 0 ? -1 : atol(argv[3]);
  const pid_t pid = fork();
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
      leave("fail_calls: ptrace");
    raise(SIGSTOP);
    filter();
    execvp(argv[5], argv + 5);
    leave(argv[5]);
  }
  if (pid < 0 || waitpid(pid, NULL, 0) != pid)
    leave("fail_calls");
  ptrace(PTRACE_SETOPTIONS, pid, 0,
         PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
             PTRACE_O_EXITKILL);
  ptrace(PTRACE_CONT, pid, 0, 0);
  const int code = follow(pid);
  fclose(list);
  return code;
}

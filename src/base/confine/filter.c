/* The list of system calls that a confined child may make, for the kernel (seccomp). All others
 * are answered by EPERM: a library that asks for a file finds none, as if there were none. */
#include "confine_parts.h"

#include "fray/base/size.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_include) && __has_include(<linux/seccomp.h>) && __has_include(<linux/filter.h>)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif

#if defined(SECCOMP_MODE_FILTER) && defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(SECCOMP_MODE_FILTER) && defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Sanitizers map terabytes and read files of /proc when they report; valgrind makes system calls
 * of its own in the name of the program; gcov opens files to leave its counts in. */
bool confine_is_watched(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(FRAY_COVERAGE)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
  return true;
#endif
#endif
  const char *preload = getenv("LD_PRELOAD");
  return preload && strstr(preload, "vgpreload");
}

#ifdef ARCHITECTURE

/* Memory, the socket, files that are open, time, and the end. No open, no exec, no fork, no
 * connect, no kill; write and ftruncate are not needed either, since answers go by sendmsg. */
static const int allowed[] = {
    SYS_read,         SYS_pread64,         SYS_readv,          SYS_lseek,         SYS_close,
    SYS_fstat,        SYS_recvmsg,         SYS_sendmsg,        SYS_brk,           SYS_munmap,
    SYS_mremap,       SYS_madvise,         SYS_futex,          SYS_rt_sigaction,  SYS_rt_sigreturn,
    SYS_sigaltstack,  SYS_getpid,          SYS_gettid,         SYS_clock_gettime, SYS_clock_getres,
    SYS_gettimeofday, SYS_getrandom,       SYS_exit,           SYS_exit_group,    SYS_sched_yield,
    SYS_getrusage,    SYS_restart_syscall, SYS_rt_sigprocmask, SYS_getuid,        SYS_geteuid,
};

/* Memory that can be run is not given; fstat of glibc is a stat of an empty name. */
enum { ARGUMENTS = 4 };
static const struct {
  int call;
  unsigned argument; /* whose low half is looked at */
  uint32_t mask;     /* bits that must all be 0, */
  uint32_t value;    /* or, with mask 0, all that it may be */
} conditional[ARGUMENTS] = {
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
    {SYS_newfstatat, 3, (uint32_t)~0x1000, 0}, /* AT_EMPTY_PATH alone */
    {SYS_tgkill, 0, 0, 0},                     /* value: this process, which ends itself so */
};

/* A condition is five instructions long, and jumps over its own rest. */
enum { MOST = 8 + 2 * 64 };
static size_t put(struct sock_filter *program, size_t n, uint16_t code, uint8_t yes, uint8_t no,
                  uint32_t k) {
  program[n] = (struct sock_filter){code, yes, no, k};
  return n + 1;
}

/* The number of the call is looked for once more behind each condition, so that every piece can be
 * read by itself. */
static size_t write_filter(struct sock_filter *program) {
  const uint16_t load = BPF_LD | BPF_W | BPF_ABS, equal = BPF_JMP | BPF_JEQ | BPF_K,
                 any = BPF_JMP | BPF_JSET | BPF_K, end = BPF_RET | BPF_K;
  const uint32_t number = offsetof(struct seccomp_data, nr);
  size_t n = 0;
  n = put(program, n, load, 0, 0, offsetof(struct seccomp_data, arch));
  n = put(program, n, equal, 1, 0, ARCHITECTURE);
  n = put(program, n, end, 0, 0, SECCOMP_RET_KILL_PROCESS);
  n = put(program, n, load, 0, 0, number);
  for (size_t i = 0; i < FRAY_COUNT(allowed); i++) {
    n = put(program, n, equal, 0, 1, (uint32_t)allowed[i]);
    n = put(program, n, end, 0, 0, SECCOMP_RET_ALLOW);
  }
  for (size_t i = 0; i < ARGUMENTS; i++) {
    const uint32_t low = (uint32_t)(offsetof(struct seccomp_data, args) +
                                    8 * conditional[i].argument); /* both are little-endian */
    const bool own = conditional[i].mask == 0;
    n = put(program, n, equal, 0, 3, (uint32_t)conditional[i].call);
    n = put(program, n, load, 0, 0, low);
    n = own ? put(program, n, equal, 0, 2, (uint32_t)getpid())
            : put(program, n, any, 2, 0, conditional[i].mask);
    n = put(program, n, end, 0, 0, SECCOMP_RET_ALLOW);
    n = put(program, n, load, 0, 0, number);
  }
  return put(program, n, end, 0, 0, SECCOMP_RET_ERRNO | EPERM);
}

/* Without the right to gain any by running something, which the kernel asks for first. */
bool confine_filter(void) {
  struct sock_filter program[MOST];
  _Static_assert(2 * FRAY_COUNT(allowed) + 5 * ARGUMENTS + 8 < MOST, "room for the filter");
  struct sock_fprog filter = {(unsigned short)write_filter(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

#else

bool confine_filter(void) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return false;
}

#endif

/* Asked of the kernel, which knows of mode 2 what it can do: it finds no filter at address 0. */
const char *fray_confined_by(void) {
#ifdef ARCHITECTURE
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 && errno == EFAULT)
    return confine_is_watched() ? "no limits, under a tool that watches"
                                : "seccomp, limits of memory, time and files";
#endif
  return "limits of memory, time and files, without seccomp";
}

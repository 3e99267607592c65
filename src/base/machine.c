/* What this machine and this process have: memory, limits, processor time. Read from /proc, the
 * control groups and the limits of the process; what cannot be read counts as no limit, so that an
 * odd system refuses nothing. */
#include "fray/base/machine.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* 0 stands for no limit, and so is never the lesser one. */
static uint64_t lesser(uint64_t a, uint64_t b) {
  return b && (!a || b < a) ? b : a;
}

/* The number in a file; 0 if there is none, as in "max". Files of /proc and /sys have no size to
 * check; one number is read, whatever else is there. */
static uint64_t number_in(const char *path) {
  uint64_t value = 0;
  FILE *file = fopen(path, "re");
  if (!file)
    return 0;
  if (fscanf(file, "%" SCNu64, &value) != 1)
    value = 0;
  fclose(file);
  return value;
}

/* MemTotal, and not what is free: caches are given back when they are asked for. */
static uint64_t total_in(const char *path) {
  char line[256];
  uint64_t kib = 0;
  FILE *file = fopen(path, "re");
  while (file && !kib && fgets(line, sizeof line, file))
    if (sscanf(line, "MemTotal: %" SCNu64 " kB", &kib) != 1)
      kib = 0;
  if (file)
    fclose(file);
  return kib << 10;
}

/* A group is also held to what those above it may use. Of groups that a container does not see the
 * files are missing. */
static uint64_t limit_of_group(const char *root, char *group, const char *name) {
  char path[4096];
  uint64_t least = 0;
  for (;;) {
    int n = snprintf(path, sizeof path, "%s%s/%s", root, group, name);
    if (n > 0 && (size_t)n < sizeof path)
      least = lesser(least, number_in(path));
    char *slash = strrchr(group, '/');
    if (!slash)
      return least;
    *slash = '\0';
  }
}

/* Lines are NUMBER:CONTROLLERS:GROUP; version 2 has no controllers there. */
static uint64_t limit_of_groups(const char *proc, const char *root) {
  char path[4096], line[4096];
  uint64_t least = 0;
  snprintf(path, sizeof path, "%.4000s/self/cgroup", proc);
  FILE *file = fopen(path, "re");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
      continue;
    *group++ = '\0';
    if (controllers[1] == '\0') {
      least = lesser(least, limit_of_group(root, group, "memory.max"));
    } else if (strcmp(controllers + 1, "memory") == 0) {
      snprintf(path, sizeof path, "%.4000s/memory", root);
      least = lesser(least, limit_of_group(path, group, "memory.limit_in_bytes"));
    }
  }
  if (file)
    fclose(file);
  return least;
}

/* Both roots are parameters so that tests can give trees of their own. */
uint64_t fray_memory_limit_in(const char *proc, const char *cgroup) {
  char path[4096];
  snprintf(path, sizeof path, "%.4000s/meminfo", proc);
  return lesser(total_in(path), limit_of_groups(proc, cgroup));
}

/* What is free is not asked for: it changes while a run goes on, and caches count as used. */
uint64_t fray_memory_of_host(void) {
  return fray_memory_limit_in("/proc", "/sys/fs/cgroup");
}

uint64_t fray_memory_limit(void) {
  struct rlimit space;
  uint64_t least = fray_memory_of_host();
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
    least = lesser(least, space.rlim_cur);
  return least;
}

/* Bytes that this process has of the address space, or of what can be written, from
 * /proc/self/statm, which counts pages: size resident shared text lib data. */
uint64_t fray_memory_in_use(bool data) {
  const long page = sysconf(_SC_PAGESIZE);
  uint64_t pages[6] = {0};
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file)
    return 0;
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
    if (fscanf(file, "%" SCNu64, &pages[i]) != 1)
      break;
  fclose(file);
  return page > 0 ? pages[data ? 5 : 0] * (uint64_t)page : 0;
}

/* Powers of ten, as disks and batch systems count. */
static double in_mb(uint64_t bytes) {
  return (double)bytes / 1e6;
}

/* A limit that a user, a batch system or a login node sets. */
static enum fray_status check_limit(unsigned resource, const char *words, uint64_t bytes,
                                    const char *what, struct fray_err *err) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return FRAY_OK;
  const uint64_t used = fray_memory_in_use(resource == RLIMIT_DATA);
  return fray_fail(err, FRAY_INPUT,
                   "%s needs %.0f MB more, but %s, to %.0f MB, and %.0f MB are in use: give at "
                   "least %.0f MB (in a batch job: ask for more memory)",
                   what, in_mb(bytes), words, in_mb(limit.rlim_cur), in_mb(used),
                   in_mb(used + bytes));
}

/* Asked of the kernel instead of computed: limits, overcommitment and holes in the address space
 * are all in the answer. Nothing is touched, so nothing is used. */
enum fray_status fray_memory_room(size_t bytes, bool data, const char *what, struct fray_err *err) {
  void *room = mmap(NULL, bytes, data ? PROT_READ | PROT_WRITE : PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED) {
    munmap(room, bytes);
    return FRAY_OK;
  }
  FRAY_TRY(check_limit(RLIMIT_AS, "the address space is limited (ulimit -v)", bytes, what, err));
  FRAY_TRY(check_limit(RLIMIT_DATA, "data are limited (ulimit -d)", bytes, what, err));
  return fray_fail(err, FRAY_INPUT, "%s needs %.0f MB more, which this machine does not give", what,
                   in_mb(bytes));
}

/* Told before an hour of work ends with the killer of the kernel, which leaves no message. */
enum fray_status fray_memory_least(size_t bytes, const char *what, struct fray_err *err) {
  const uint64_t machine = fray_memory_of_host();
  FRAY_CHECK(!machine || bytes <= machine, err, INPUT,
             "%s needs %.0f MB, but this machine or control group has %.0f MB (in a batch job or a "
             "container: ask for more memory)",
             what, in_mb(bytes), in_mb(machine));
  return FRAY_OK;
}

enum fray_status fray_files_least(size_t n, const char *what, struct fray_err *err) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      limit.rlim_cur >= n)
    return FRAY_OK;
  /* The soft limit is a default that a process may raise to the hard one, without asking anybody.
   */
  const rlim_t allowed = limit.rlim_max;
  limit.rlim_cur = allowed < n ? allowed : (rlim_t)n;
  FRAY_CHECK(allowed >= n && setrlimit(RLIMIT_NOFILE, &limit) == 0, err, INPUT,
             "%s needs up to %zu open files, but they are limited (ulimit -n), to %llu: give at "
             "least %zu",
             what, n, (unsigned long long)limit.rlim_cur, n);
  return FRAY_OK;
}

/* Linux counts in KiB here. */
uint64_t fray_memory_peak(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss << 10 : 0;
}

/* Launchers bind processes to some of the cores, and batch systems give a job some. A set that is
 * larger than the system's call takes here is none that ranks could be too many for. */
void fray_cores_add(uint64_t bits[FRAY_CORE_WORDS]) {
  cpu_set_t set;
  const bool is_known = sched_getaffinity(0, sizeof set, &set) == 0;
  _Static_assert(64 * FRAY_CORE_WORDS <= CPU_SETSIZE, "all bits are of the set");
  for (size_t core = 0; core < 64 * (size_t)FRAY_CORE_WORDS; core++)
    if (!is_known || CPU_ISSET(core, &set))
      bits[core / 64] |= (uint64_t)1 << core % 64;
}

/* What the system does not tell is taken for a single core, which asks too much of nobody. */
size_t fray_cores(void) {
  cpu_set_t set;
  const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return n > 1 ? (size_t)n : 1;
}

/* Of all threads; a wall clock would count the waiting as well. */
double fray_cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Preloaded: a host that has a core for every rank, as far as it says, so that teams grow on a
 * small machine as they do on a large one. */
#include <sched.h>
#include <string.h>

int sched_getaffinity(pid_t pid, size_t cpusetsize, cpu_set_t *cpuset) {
  (void)pid;
  memset(cpuset, 0xff, cpusetsize);
  return 0;
}

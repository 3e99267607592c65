/* Preloaded: a host that has a core for every rank, as far as it says, so that teams grow on a
 * small machine as they do on a large one. */
#include <sched.h>
#include <string.h>

int sched_getaffinity(pid_t process, size_t bytes, cpu_set_t *set) {
  (void)process;
  memset(set, 0xff, bytes);
  return 0;
}

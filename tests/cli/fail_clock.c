/* Preloaded: clocks that step back. Every 40th look at the clock on the wall sets it back by an
 * hour, every 60th at the one that should only go on by half a second. */
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { WALL_EVERY = 40, WALL_STEP = 3600, EVEN_EVERY = 60, EVEN_STEP = 500000000 };

static long long wall_looks, even_looks;

static int ask(clockid_t clock, struct timespec *now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (clock == CLOCK_REALTIME) {
    now->tv_sec -= WALL_STEP * (++wall_looks / WALL_EVERY);
  } else if (clock == CLOCK_MONOTONIC) {
    const long long back = EVEN_STEP * (++even_looks / EVEN_EVERY);
    const long long at = now->tv_sec * 1000000000LL + now->tv_nsec - back;
    now->tv_sec = at / 1000000000LL;
    now->tv_nsec = at % 1000000000LL;
  }
  return result;
}

/* Parameters are called as the system's headers call them, less what is reserved. */
int clock_gettime(clockid_t clock_id, struct timespec *tp) {
  return ask(clock_id, tp);
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
  struct timespec time;
  (void)tz;
  const int result = ask(CLOCK_REALTIME, &time);
  tv->tv_sec = time.tv_sec;
  tv->tv_usec = time.tv_nsec / 1000;
  return result;
}

time_t time(time_t *timer) {
  struct timespec now;
  ask(CLOCK_REALTIME, &now);
  if (timer)
    *timer = now.tv_sec;
  return now.tv_sec;
}

/* Ranks that hang: each rank has two threads that look on while it works, if `--stall` asks for it.
 * One tells the others, in the file `positions`, that this process runs, and looks whether they do:
 * a stopped process, or one whose host is gone, tells nothing. The other needs no file: it knows
 * that its own rank neither computes nor waits for others, as when a disk does not answer.
 *
 * They allocate nothing while they look, and compute nothing of the results. */
#include "fray/base/size.h"
#include "fray/results/rank_positions.h"
#include "fray/results/run_state.h"
#include "fray/results/run_status.h"
#include "run.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TEXT = 1024, RESPITE = 3 }; /* RESPITE: seconds for the rank that speaks for all */

/* One for each process. Written before the threads begin, but for what is atomic. */
static struct watch {
  char folder[4096];
  int rank, ranks;
  double seconds, tick;
  struct fray_rank_beats *beats;
  struct seen {
    uint64_t count;
    double when; /* clock of fray_seconds(): last seen to change */
  } * seen;      /* (ranks) */
  pthread_t main, board, own;
  bool has_board, has_own;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  bool over;         /* under lock */
  atomic_flag ended; /* by whoever speaks first */
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = ATOMIC_FLAG_INIT};

/* Waits for a tick; false when the watch is over. */
static bool tick(void) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  const double end = (double)until.tv_nsec * 1e-9 + watch.tick, whole = floor(end);
  until.tv_sec += (time_t)whole;
  until.tv_nsec = (long)((end - whole) * 1e9);
  pthread_mutex_lock(&watch.lock);
  while (!watch.over && pthread_cond_timedwait(&watch.wake, &watch.lock, &until) == 0)
    ;
  const bool goes_on = !watch.over;
  pthread_mutex_unlock(&watch.lock);
  return goes_on;
}

/* What a rank last said of itself. */
static void describe(int rank, char out[TEXT]) {
  struct fray_rank_position row;
  int n = snprintf(out, TEXT, "rank %d", rank);
  if (!fray_rank_beats_row(watch.beats, rank, &row)) {
    snprintf(out + n, TEXT - (size_t)n, " hangs: not a word of it for %.0f s", watch.seconds);
    return;
  }
  n += snprintf(out + n, TEXT - (size_t)n,
                " on host %s (process %d) hangs: nothing moves for %.0f s", row.host, row.pid,
                watch.seconds);
  n += snprintf(out + n, TEXT - (size_t)n, "; it was last %s", fray_rank_phase_name(row.phase));
  if (row.client[0])
    n += snprintf(out + n, TEXT - (size_t)n, " client %s", row.client);
  if (row.trial)
    snprintf(out + n, TEXT - (size_t)n, ", trial %s (seed %llu), round %llu", row.name,
             (unsigned long long)row.seed, (unsigned long long)row.round);
}

/* A stopped process goes on for a moment when its launcher ends it, and would say that it runs. On
 * this host it is ended before; another process that has its number by now is not touched. */
static void end_process(int rank) {
  struct fray_rank_position row;
  char host[sizeof row.host] = "", link[64], mine[4096], its[4096];
  if (rank == watch.rank || !fray_rank_beats_row(watch.beats, rank, &row) ||
      gethostname(host, sizeof host - 1) != 0 || strcmp(host, row.host) != 0 || row.pid <= 1)
    return;
  snprintf(link, sizeof link, "/proc/%d/exe", row.pid);
  const ssize_t n = readlink("/proc/self/exe", mine, sizeof mine);
  if (n > 0 && readlink(link, its, sizeof its) == n && memcmp(mine, its, (size_t)n) == 0)
    kill(row.pid, SIGKILL);
}

/* The state of the folder is what can still be told. */
static void write_state(int hangs, const char *why) {
  struct fray_err err = {.status = FRAY_MPI};
  struct fray_run_status_file file;
  bool found;
  snprintf(err.text, sizeof err.text, "%s", why);
  fray_state_end(watch.folder, &err);
  end_process(hangs);
  if (fray_run_status_read(watch.folder, &file, &found, &err) == FRAY_OK && found) {
    file.status.state = "failed";
    fray_run_status_write(watch.folder, &file.status, &err);
  }
}

/* Launchers end all ranks when one ends with a code of failure, also those that are stopped. */
static void end_all(int hangs, bool speaks) {
  char why[TEXT], line[TEXT + 16];
  if (atomic_flag_test_and_set(&watch.ended))
    return;
  if (speaks) {
    describe(hangs, why);
    const int n = snprintf(line, sizeof line, "\nfray: stalled: %s\n", why);
    (void)!write(STDERR_FILENO, line, FRAY_MIN((size_t)n, sizeof line - 1));
    /* A disk that does not answer must not keep the process from ending. */
    signal(SIGALRM, SIG_DFL);
    alarm(RESPITE);
    write_state(hangs, why);
  } else {
    sleep(RESPITE);
  }
  _exit(EXIT_FAILURE);
}

/* The lowest rank that moves speaks. */
static bool is_lowest(double now) {
  for (int r = 0; r < watch.rank; r++)
    if (now - watch.seen[r].when < watch.seconds)
      return false;
  return true;
}

/* A look at all others. */
static void look(double now) {
  int hangs = -1;
  for (int r = 0; r < watch.ranks; r++) {
    uint64_t count;
    struct seen *seen = &watch.seen[r];
    if (r == watch.rank || !fray_rank_beats_read(watch.beats, r, &count) || count != seen->count ||
        count == FRAY_BEATS_OVER) {
      seen->count = r == watch.rank ? 0 : count;
      seen->when = now;
    } else if (now - seen->when >= watch.seconds && hangs < 0) {
      hangs = r;
    }
  }
  if (hangs >= 0)
    end_all(hangs, is_lowest(now));
}

/* What cannot be read is no proof of anything. A process that was itself stopped for some time, as
 * batch systems do with whole jobs, gives the others as much time again. */
static void *watch_others(void *unused) {
  uint64_t count = 0;
  double before = fray_seconds();
  (void)unused;
  do {
    const double now = fray_seconds();
    if (now - before > watch.tick + watch.seconds / 2)
      for (int r = 0; r < watch.ranks; r++)
        watch.seen[r].when = now;
    before = now;
    fray_rank_beats_write(watch.beats, watch.rank, ++count);
    look(now);
  } while (tick());
  fray_rank_beats_write(watch.beats, watch.rank, FRAY_BEATS_OVER);
  return NULL;
}

/* Processor time of the thread that works; what it waits for in a call of the disk takes none. */
static double worked(void) {
  clockid_t clock;
  struct timespec time;
  if (pthread_getcpuclockid(watch.main, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return fray_seconds(); /* unknown: as if it worked */
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *watch_own(void *unused) {
  double moved = fray_seconds(), before = moved, last = worked();
  (void)unused;
  while (tick()) {
    const double now = fray_seconds(), work = worked();
    if (work > last || fray_comm_is_waiting() || now - before > watch.tick + watch.seconds / 2)
      moved = now;
    last = work;
    before = now;
    if (now - moved >= watch.seconds)
      end_all(watch.rank, true);
  }
  return NULL;
}

/* Signals are for the thread that works. */
static bool begin_thread(pthread_t *out, void *(*body)(void *)) {
  sigset_t all, was;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &was);
  const bool begun = pthread_create(out, NULL, body, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &was, NULL);
  return begun;
}

enum fray_status fray_stall_begin(const char *folder, const struct fray_comm *world, double seconds,
                                  struct fray_err *err) {
  pthread_condattr_t monotonic; /* the clock on the wall may be set while a tick is waited for */
  if (seconds <= 0)
    return FRAY_OK;
  watch.rank = fray_comm_rank(world);
  watch.ranks = fray_comm_size(world);
  watch.seconds = seconds;
  /* Often enough that a hang is told soon after it is one; seldom enough to cost nothing. */
  watch.tick = FRAY_MIN(1.0, seconds / 8);
  watch.main = pthread_self();
  watch.over = false;
  snprintf(watch.folder, sizeof watch.folder, "%s", folder);
  watch.seen = calloc((size_t)watch.ranks, sizeof *watch.seen);
  FRAY_CHECK(watch.seen, err, MEMORY, "out of memory");
  for (int r = 0; r < watch.ranks; r++)
    watch.seen[r].when = fray_seconds();
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&watch.wake, &monotonic);
  pthread_condattr_destroy(&monotonic);
  FRAY_TRY(fray_rank_beats_open(folder, &watch.beats, err));
  watch.has_board = begin_thread(&watch.board, watch_others);
  watch.has_own = begin_thread(&watch.own, watch_own);
  FRAY_CHECK(watch.has_board && watch.has_own, err, IO, "--stall: no thread can be started");
  return FRAY_OK;
}

/* Also after a beginning that failed half-way. */
void fray_stall_end(void) {
  if (!watch.seen)
    return;
  pthread_mutex_lock(&watch.lock);
  watch.over = true;
  pthread_cond_broadcast(&watch.wake);
  pthread_mutex_unlock(&watch.lock);
  if (watch.has_board)
    pthread_join(watch.board, NULL);
  if (watch.has_own)
    pthread_join(watch.own, NULL);
  watch.has_board = watch.has_own = false;
  pthread_cond_destroy(&watch.wake);
  fray_rank_beats_close(watch.beats);
  free(watch.seen);
  watch.seen = NULL;
  watch.beats = NULL;
}

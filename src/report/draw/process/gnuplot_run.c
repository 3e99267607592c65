/* gnuplot as a process beside this one: started without a shell, waited for with a bound, and gone
 * when this process is. */
#include "gnuplot_run.h"

#include "fray/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A hanging child must not keep a run from ending. */
enum { SECONDS = 120, SECONDS_A_FIGURE = 10 };

/* The child, before it is gnuplot. What it cannot do it tells by the number of the error, through a
 * pipe that exec closes. */
static void become_gnuplot(const char *folder, char **arguments, pid_t parent, int tell) {
  bool good = chdir(folder) == 0;
  /* What gnuplot prints belongs to nobody; a terminal would change what it draws. */
  for (int fd = 0; fd <= 2 && good; fd++) {
    const int nothing = open("/dev/null", fd ? O_WRONLY : O_RDONLY);
    good = nothing >= 0 && (nothing == fd || dup2(nothing, fd) >= 0);
    if (nothing > 2)
      close(nothing);
  }
  /* A parent that ended before the wish to end with it is not noticed by any signal. */
  if (good && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
    execvp(arguments[0], arguments);
  const int why = errno;
  const ssize_t told = write(tell, &why, sizeof why);
  _exit(told == (ssize_t)sizeof why ? 127 : 126);
}

/* The number of the error that the child told before it ended; 0: it is gnuplot now. */
static int listen_to(int pipe) {
  int why = 0;
  ssize_t got;
  do
    got = read(pipe, &why, sizeof why);
  while (got < 0 && errno == EINTR);
  return got == (ssize_t)sizeof why ? why : 0;
}

int fray_rep_gnuplot_start(const char *folder, char *const *script, size_t n,
                           struct fray_arena *arena, struct fray_rep_gnuplot *out) {
  static char program[] = "gnuplot", defaults[] = "-d"; /* -d: no start-up file of the user */
  char **arguments = fray_arena_zero(arena, n + 3, sizeof *arguments);
  int ends[2];
  *out = (struct fray_rep_gnuplot){0};
  if (!arguments)
    return ENOMEM;
  if (pipe2(ends, O_CLOEXEC) != 0)
    return errno;
  /* The list ends with the NULL that zeroed memory left. */
  arguments[0] = program;
  arguments[1] = defaults;
  memcpy(arguments + 2, script, n * sizeof *script);
  const pid_t parent = getpid(), child = fork();
  int why = child < 0 ? errno : 0;
  if (child == 0)
    become_gnuplot(folder, arguments, parent, ends[1]);
  close(ends[1]);
  why = why ? why : listen_to(ends[0]);
  close(ends[0]);
  if (child > 0 && why)
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
      continue;
  else if (child > 0)
    *out =
        (struct fray_rep_gnuplot){child, fray_seconds() + SECONDS + SECONDS_A_FIGURE * (double)n};
  return why;
}

/* gnuplot has no children of its own, so killing it is enough. */
void fray_rep_gnuplot_wait(struct fray_rep_gnuplot *run) {
  while (run->child) {
    pid_t done = waitpid(run->child, NULL, WNOHANG);
    if (done == run->child || (done < 0 && errno != EINTR)) {
      run->child = 0;
    } else if (fray_seconds() > run->end) {
      kill(run->child, SIGKILL);
      waitpid(run->child, NULL, 0);
      run->child = 0;
    } else {
      /* Looking, not waiting for a signal: the program has handlers of its own for those. */
      nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
  }
}

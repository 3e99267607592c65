/* Lets gnuplot draw, as a child without a shell. */
#include "figure.h"

#include "fray/base/file.h"
#include "fray/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { SECONDS = 120 }; /* for one figure; a hanging child must not keep a run from ending */

/* Exit code of the child, 127 if it could not start, -1 if it was killed or took too long. */
static int wait_for(pid_t child) {
  double end = fray_seconds() + SECONDS;
  for (;;) {
    int how;
    pid_t done = waitpid(child, &how, WNOHANG);
    if (done == child)
      return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    if (done < 0 && errno != EINTR)
      return -1;
    if (fray_seconds() > end) {
      kill(child, SIGKILL);
      waitpid(child, &how, 0);
      return -1;
    }
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
}

static int run_gnuplot(const char *folder, char *script) {
  char program[] = "gnuplot", defaults[] = "-d"; /* -d: no start-up file of the user */
  char *const arguments[] = {program, defaults, script, NULL};
  posix_spawn_file_actions_t actions;
  pid_t child;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return -1;
  int result = posix_spawn_file_actions_addchdir_np(&actions, folder);
  for (int fd = 0; fd <= 2 && result == 0; fd++)
    result =
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
  if (result == 0)
    result = posix_spawnp(&child, program, &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return result == 0 ? wait_for(child) : 127;
}

static enum fray_status write_part(const char *folder, const char *name, const char *ending,
                                   void (*put)(const struct fray_rep_figure *, struct fray_text *),
                                   const struct fray_rep_figure *figure, struct fray_arena *arena,
                                   struct fray_err *err) {
  struct fray_text text = {0};
  const char *path = fray_arena_printf(arena, "%s/%s.%s", folder, name, ending);
  put(figure, &text);
  enum fray_status status = !path || text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                                 : fray_file_write(path, text.data, text.size, err);
  fray_text_free(&text);
  return status;
}

static bool drawn_file(const char *folder, const char *name, const char *ending,
                       struct fray_arena *arena) {
  const char *path = fray_arena_printf(arena, "%s/%s.%s", folder, name, ending);
  uint64_t size = 0;
  return path && fray_file_size(path, &size, NULL) == FRAY_OK && size > 0;
}

/* A figure of an earlier report must not pass for this one. */
static enum fray_status remove_old(const char *folder, const char *name, struct fray_arena *arena,
                                   struct fray_err *err) {
  const char *svg = fray_arena_printf(arena, "%s/%s.svg", folder, name);
  const char *png = fray_arena_printf(arena, "%s/%s.png", folder, name);
  FRAY_CHECK(svg && png, err, MEMORY, "out of memory");
  FRAY_TRY(fray_remove_tree(svg, err));
  return fray_remove_tree(png, err);
}

enum fray_status fray_rep_draw(const struct fray_rep_figure *figure, const char *folder,
                               struct fray_arena *arena, bool *drawn, const char **reason,
                               struct fray_err *err) {
  const char *name = figure->name;
  *drawn = false;
  FRAY_TRY(write_part(folder, name, "csv", fray_rep_figure_csv, figure, arena, err));
  FRAY_TRY(write_part(folder, name, "dat", fray_rep_gnuplot_data, figure, arena, err));
  FRAY_TRY(write_part(folder, name, "gp", fray_rep_gnuplot_script, figure, arena, err));
  FRAY_TRY(remove_old(folder, name, arena, err));
  char *script = fray_arena_printf(arena, "%s.gp", name);
  FRAY_CHECK(script, err, MEMORY, "out of memory");
  int code = run_gnuplot(folder, script);
  *drawn =
      code == 0 && drawn_file(folder, name, "svg", arena) && drawn_file(folder, name, "png", arena);
  *reason = code == 127 ? "gnuplot was not found"
                        : fray_arena_printf(arena, "gnuplot could not draw figures/%s.gp", name);
  return FRAY_OK;
}

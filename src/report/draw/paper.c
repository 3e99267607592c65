/* Lets gnuplot draw, as a child without a shell. */
#include "draw.h"

#include "fray/base/deeds.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/made.h"
#include "fray/base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A hanging child must not keep a run from ending. */
enum { SECONDS = 120, SECONDS_A_FIGURE = 10 };

/* In the order in which they are asked for and named in a warning. */
static const struct {
  unsigned format;
  const char *ending;
} pictures[] = {{FRAY_REP_SVG, "svg"}, {FRAY_REP_PNG, "png"}, {FRAY_REP_PDF, "pdf"}};
/* What gnuplot draws; the CSV is ours. */
enum { PICTURES = FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF };

/* Until the child ends; one that takes too long is killed. gnuplot has no children of its own, so
 * killing it is enough. */
static void wait_for(pid_t child, double seconds) {
  double end = fray_seconds() + seconds;
  for (;;) {
    pid_t done = waitpid(child, NULL, WNOHANG);
    if (done == child || (done < 0 && errno != EINTR))
      return;
    if (fray_seconds() > end) {
      kill(child, SIGKILL);
      waitpid(child, NULL, 0);
      return;
    }
    /* Looking, not waiting for a signal: the program has handlers of its own for those. */
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
}

/* Draws the scripts one after the other, without a shell. script: (n) and room for a NULL. 0, or
 * why gnuplot could not be started: the reason of errno. No shell, so no name is read as a command.
 * A failure of gnuplot itself is not told here: the pictures that are missing tell it. */
static int run_gnuplot(const char *folder, char **script, size_t n, struct fray_arena *arena) {
  static char program[] = "gnuplot", defaults[] = "-d"; /* -d: no start-up file of the user */
  char **arguments = fray_arena_zero(arena, n + 3, sizeof *arguments);
  posix_spawn_file_actions_t actions;
  pid_t child;
  if (!arguments || posix_spawn_file_actions_init(&actions) != 0)
    return ENOMEM;
  /* The list ends with the NULL that zeroed memory left. */
  arguments[0] = program;
  arguments[1] = defaults;
  memcpy(arguments + 2, script, n * sizeof *script);
  int result = posix_spawn_file_actions_addchdir_np(&actions, folder);
  /* What gnuplot prints belongs to nobody; a terminal would change what it draws. */
  for (int fd = 0; fd <= 2 && result == 0; fd++)
    result =
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
  if (result == 0)
    result = posix_spawnp(&child, program, &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (result == 0)
    wait_for(child, SECONDS + SECONDS_A_FIGURE * (double)n);
  return result;
}

/* A text that ran out of memory is cut, and must not be written as if it were whole. */
static enum fray_status write_text(const char *folder, const char *name, const char *ending,
                                   const struct fray_text *text, bool lasts,
                                   struct fray_arena *arena, struct fray_err *err) {
  const char *path = fray_arena_printf(arena, "%s/%s.%s", folder, name, ending);
  FRAY_CHECK(path && !text->failed, err, MEMORY, "out of memory");
  /* What gnuplot reads is of the moment and need not be synced. */
  return (lasts ? fray_file_write : fray_file_replace)(path, text->data, text->size, err);
}

/* A figure of an earlier report must not pass for this one. In all formats, also those not asked
 * for now: they would show other numbers than the new ones. A missing file is fine. */
static enum fray_status remove_old(const char *folder, const char *name, struct fray_arena *arena,
                                   struct fray_err *err) {
  for (size_t i = 0; i < FRAY_COUNT(pictures); i++) {
    const char *path = fray_arena_printf(arena, "%s/%s.%s", folder, name, pictures[i].ending);
    FRAY_CHECK(path, err, MEMORY, "out of memory");
    FRAY_TRY(fray_remove_tree(path, err));
    fray_deed(FRAY_DEED_REMOVED, path);
  }
  /* A text that includes a picture which is gone would stop a paper. */
  const char *latex = fray_arena_printf(arena, "%s/%s.tex", folder, name);
  FRAY_CHECK(latex, err, MEMORY, "out of memory");
  fray_deed(FRAY_DEED_REMOVED, latex);
  return fray_remove_tree(latex, err);
}

/* Where gnuplot is at work, and where its pictures go. It writes to names, through links and over
 * what is there, so it works in a folder of our own. */
struct workshop {
  struct fray_private own;
  const char *folder;
  const struct fray_rep_paper *paper;
};

/* What gnuplot reads, twice: where the user finds it, and where gnuplot is at work. */
static enum fray_status write_script(const struct fray_rep_figure *f, const struct workshop *shop,
                                     unsigned formats, struct fray_arena *arena,
                                     struct fray_err *err) {
  struct fray_text data = {0}, script = {0};
  const char *const folders[] = {shop->folder, shop->own.path};
  enum fray_status status = FRAY_OK;
  fray_rep_gnuplot_data(f, &data);
  fray_rep_gnuplot_script(f, formats, shop->paper, &script);
  for (size_t i = 0; i < FRAY_COUNT(folders) && status == FRAY_OK; i++) {
    status = write_text(folders[i], f->name, "dat", &data, i == 0, arena, err);
    if (status == FRAY_OK)
      status = write_text(folders[i], f->name, "gp", &script, i == 0, arena, err);
  }
  fray_text_free(&data);
  fray_text_free(&script);
  return status;
}

/* The CSV, script and numbers stand even where gnuplot is missing: a user may draw them elsewhere.
 * Old pictures go before new ones are drawn, so that a failed drawing leaves none. The names of
 * paper are in the drawings only; the numbers keep those of the data. */
static enum fray_status write_parts(struct fray_rep_figure *f, const struct workshop *shop,
                                    unsigned formats, struct fray_arena *arena,
                                    struct fray_err *err) {
  struct fray_text csv = {0}, latex = {0};
  enum fray_status status = FRAY_OK;
  f->drawn = 0;
  if (formats & FRAY_REP_CSV) {
    fray_rep_figure_csv(f, &csv);
    status = write_text(shop->folder, f->name, "csv", &csv, true, arena, err);
    f->drawn = FRAY_REP_CSV;
  }
  const struct fray_rep_figure *drawn = fray_rep_renamed(f, shop->paper, arena);
  if (status == FRAY_OK && !drawn)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK && (formats & PICTURES)) {
    status = write_script(drawn, shop, formats, arena, err);
    if (status == FRAY_OK)
      status = remove_old(shop->folder, f->name, arena, err);
  }
  if (status == FRAY_OK && (formats & (FRAY_REP_PDF | FRAY_REP_PNG))) {
    fray_rep_latex_figure(drawn, shop->paper, &latex);
    status = write_text(shop->folder, f->name, "tex", &latex, true, arena, err);
  }
  fray_text_free(&csv);
  fray_text_free(&latex);
  return status;
}

/* Says in a PNG how many dots it has to the metre (300 to the inch, chunk pHYs of ISO 15948):
 * without it programs place the picture three or four times too large. The chunk is always the
 * same, so its sum is too. gnuplot writes none; a file that is not as expected is left as it is. */
static void tell_resolution(const char *path) {
  enum { HEAD = 33, MOST = 256 << 20 }; /* signature and IHDR */
  static const unsigned char chunk[21] = {0,    0, 0, 9,    'p',  'H', 'Y',  's',  0,    0,   0x2e,
                                          0x23, 0, 0, 0x2e, 0x23, 1,   0x78, 0xa5, 0x3f, 0x76};
  struct fray_text from = {0}, to = {0};
  if (fray_file_read(path, MOST, &from, NULL) == FRAY_OK && from.size > HEAD + 8 &&
      memcmp(from.data + 12, "IHDR", 4) == 0 && memcmp(from.data + HEAD + 4, "pHYs", 4) != 0) {
    fray_text_add(&to, from.data, HEAD);
    fray_text_add(&to, (const char *)chunk, sizeof chunk);
    fray_text_add(&to, from.data + HEAD, from.size - HEAD);
    if (!to.failed)
      fray_file_replace(path, to.data, to.size, NULL);
  }
  fray_text_free(&from);
  fray_text_free(&to);
}

/* Puts a picture that gnuplot drew into its place; false if there is none. Both folders are on one
 * file system, the workshop lying inside the other, so a rename is enough. */
static bool take(const struct workshop *shop, const char *name, const char *ending,
                 struct fray_arena *arena) {
  const char *from = fray_arena_printf(arena, "%s/%s.%s", shop->own.path, name, ending);
  const char *to = fray_arena_printf(arena, "%s/%s.%s", shop->folder, name, ending);
  uint64_t size = 0;
  /* An empty picture is what gnuplot leaves when it fails half way. */
  if (!from || !to || fray_file_size(from, &size, NULL) != FRAY_OK || size == 0)
    return false;
  if (strcmp(ending, "png") == 0)
    tell_resolution(from);
  if (rename(from, to) != 0)
    return false;
  fray_deed(FRAY_DEED_WROTE, to);
  return true;
}

/* Takes what pictures there are; returns those that are missing. May be called again: what was
 * taken is in f->drawn and is not looked for. */
static unsigned look(struct fray_rep_figure *f, const struct workshop *shop, unsigned formats,
                     struct fray_arena *arena) {
  for (size_t i = 0; i < FRAY_COUNT(pictures); i++)
    if ((formats & pictures[i].format & ~f->drawn) &&
        take(shop, f->name, pictures[i].ending, arena))
      f->drawn |= pictures[i].format;
  return formats & PICTURES & ~f->drawn;
}

/* One name will do for a warning, that of the first picture that is not there. formats: the missing
 * ones, at least one. */
static const char *missing(const struct fray_rep_figure *f, unsigned formats,
                           struct fray_arena *arena) {
  size_t i = 0;
  while (i + 1 < FRAY_COUNT(pictures) && !(formats & pictures[i].format))
    i++;
  return fray_arena_printf(arena, "gnuplot could not draw %s.%s", f->name, pictures[i].ending);
}

/* gnuplot ends at the first error, so what one run left out is drawn again figure by figure. A
 * missing gnuplot or picture sets *reason and is no error: the report is of use without. */
static enum fray_status draw_all(struct fray_rep_figure *figures, size_t n,
                                 const struct workshop *shop, unsigned formats,
                                 struct fray_arena *arena, const char **reason,
                                 struct fray_err *err) {
  char **script;
  FRAY_ALLOC(script, arena, n, err);
  for (size_t i = 0; i < n; i++) {
    script[i] = fray_arena_printf(arena, "%s.gp", figures[i].name);
    FRAY_CHECK(script[i], err, MEMORY, "out of memory");
  }
  const int why = run_gnuplot(shop->own.path, script, n, arena);
  if (why) {
    *reason = why == ENOENT
                  ? "gnuplot was not found (on Debian and Ubuntu: apt-get install gnuplot-nox)"
                  : fray_arena_printf(arena, "gnuplot could not be started: %s", strerror(why));
    return FRAY_OK;
  }
  for (size_t i = 0; i < n; i++) {
    unsigned left = look(&figures[i], shop, formats, arena);
    if (left && n > 1) {
      run_gnuplot(shop->own.path, &script[i], 1, arena);
      left = look(&figures[i], shop, formats, arena);
    }
    if (left && !*reason)
      *reason = missing(&figures[i], left, arena);
  }
  return FRAY_OK;
}

/* Only what a report drew before is replaced. Looked at before anything is written, so that a
 * refusal leaves the folder as it was. */
static enum fray_status check_theirs(const struct fray_rep_figure *f, const char *folder,
                                     struct fray_arena *arena, struct fray_err *err) {
  static const char *const endings[] = {"csv", "dat", "gp", "tex", "svg", "png", "pdf"};
  for (size_t i = 0; i < FRAY_COUNT(endings); i++) {
    const char *name = fray_arena_printf(arena, "%s.%s", f->name, endings[i]);
    const char *path = fray_arena_printf(arena, "%s/%s", folder, name ? name : "");
    FRAY_CHECK(name && path, err, MEMORY, "out of memory");
    FRAY_CHECK(!fray_file_exists(path) || fray_made_figure(folder, name), err, INPUT,
               "%s is there already, and no report drew it; -o DIR takes another folder", path);
  }
  return FRAY_OK;
}

/* A picture has no room for a mark in every format, so what lies beside it tells whose it is. */
enum fray_status fray_rep_draw_check(const struct fray_rep_figure *figures, size_t n,
                                     const char *folder, struct fray_arena *arena,
                                     struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(check_theirs(&figures[i], folder, arena, err));
  return FRAY_OK;
}

/* The caller holds a claim on the folder, so that no other report draws there meanwhile. The
 * workshop is closed on every way out, with all that gnuplot left in it. */
enum fray_status fray_rep_draw(struct fray_rep_figure *figures, size_t n, const char *folder,
                               unsigned formats, const struct fray_rep_paper *paper,
                               struct fray_arena *arena, const char **reason,
                               struct fray_err *err) {
  struct workshop shop = {.folder = folder, .paper = paper};
  *reason = NULL;
  /* Halves of a report that was killed. */
  fray_draft_sweep(folder);
  FRAY_TRY(fray_private_open(folder, "drawing", &shop.own, err));
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < n && status == FRAY_OK; i++)
    status = write_parts(&figures[i], &shop, formats, arena, err);
  if (status == FRAY_OK && n > 0 && (formats & PICTURES))
    status = draw_all(figures, n, &shop, formats, arena, reason, err);
  fray_private_close(&shop.own);
  return status;
}

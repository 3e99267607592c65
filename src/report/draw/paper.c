/* Figures on paper: what gnuplot reads, and the pictures that it leaves. */
#include "draw.h"

#include "report/draw/process/gnuplot_run.h"

#include "fray/base/deeds.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/machine.h"
#include "fray/base/made.h"
#include "fray/base/size.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In the order in which they are asked for and named in a warning. */
static const struct {
  unsigned format;
  const char *ending;
} pictures[] = {{FRAY_REP_SVG, "svg"}, {FRAY_REP_PNG, "png"}, {FRAY_REP_PDF, "pdf"}};
/* What gnuplot draws; the CSV is ours. */
enum { PICTURES = FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF };

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
    f->dots = fray_rep_png_dots(drawn, shop->paper);
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

/* Says in a PNG how many dots it has to the metre (chunk pHYs of ISO 15948): without it programs
 * place the picture three or four times too large. There are two such chunks, each with its sum.
 * gnuplot writes none; a file that is not as expected is left as it is. */
static void tell_resolution(const char *path, unsigned dots) {
  enum { HEAD = 33, MOST = 256 << 20 }; /* signature and IHDR */
  static const unsigned char fine[] = {0,    0, 0, 9,    'p',  'H', 'Y',  's',  0,    0,   0x2e,
                                       0x23, 0, 0, 0x2e, 0x23, 1,   0x78, 0xa5, 0x3f, 0x76};
  static const unsigned char coarse[] = {0,    0, 0, 9,    'p',  'H', 'Y',  's',  0,    0,   0x17,
                                         0x12, 0, 0, 0x17, 0x12, 1,   0x67, 0x9f, 0xd2, 0x52};
  const unsigned char *chunk = dots == 300 ? fine : coarse;
  struct fray_text from = {0}, to = {0};
  if (fray_file_read(path, MOST, &from, NULL) == FRAY_OK && from.size > HEAD + 8 &&
      memcmp(from.data + 12, "IHDR", 4) == 0 && memcmp(from.data + HEAD + 4, "pHYs", 4) != 0) {
    fray_text_add(&to, from.data, HEAD);
    fray_text_add(&to, (const char *)chunk, sizeof fine);
    fray_text_add(&to, from.data + HEAD, from.size - HEAD);
    if (!to.failed)
      fray_file_replace(path, to.data, to.size, NULL);
  }
  fray_text_free(&from);
  fray_text_free(&to);
}

/* Puts a picture that gnuplot drew into its place; false if there is none. Both folders are on one
 * file system, the workshop lying inside the other, so a rename is enough. */
static bool take(const struct workshop *shop, const struct fray_rep_figure *f, const char *ending,
                 struct fray_arena *arena) {
  const char *from = fray_arena_printf(arena, "%s/%s.%s", shop->own.path, f->name, ending);
  const char *to = fray_arena_printf(arena, "%s/%s.%s", shop->folder, f->name, ending);
  uint64_t size = 0;
  /* An empty picture is what gnuplot leaves when it fails half way. */
  if (!from || !to || fray_file_size(from, &size, NULL) != FRAY_OK || size == 0)
    return false;
  if (strcmp(ending, "png") == 0)
    tell_resolution(from, f->dots);
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
    if ((formats & pictures[i].format & ~f->drawn) && take(shop, f, pictures[i].ending, arena))
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

/* gnuplot's SVG begins with another state than the one that a figure leaves, so that the first
 * figure of a process would be drawn otherwise than the same one behind another. What begins a
 * share in the middle draws this before, and nobody sees it: no share changes a byte. */
static const char before[] = "set terminal svg\nset output '/dev/null'\n"
                             "set border 1 lc rgb '#666666' lw 0.6\nplot 1\n";
static char before_name[] = ".before.gp"; /* no figure begins with a dot */

/* Figures that are being drawn: the gnuplot processes that draw them, and what end needs. */
enum { MOST_RUNS = 16 };
struct fray_rep_drawing {
  struct workshop shop;
  struct fray_rep_figure *figures;
  size_t n, n_runs;
  unsigned formats;
  char **script; /* (n) */
  struct fray_rep_gnuplot run[MOST_RUNS];
  struct fray_arena *arena;
  const char *reason;
};

/* What every share but the first begins with. */
static enum fray_status write_before(const struct fray_rep_drawing *d, struct fray_err *err) {
  struct fray_text text = {0};
  fray_text_puts(&text, before);
  const enum fray_status status =
      write_text(d->shop.own.path, ".before", "gp", &text, false, d->arena, err);
  fray_text_free(&text);
  return status;
}

/* Every k-th figure from the first on, since neighbours are alike and take about as long. share:
 * (n + 1) scratch. */
static int start_share(struct fray_rep_drawing *d, size_t first, size_t k, char **share) {
  size_t n = 0;
  if (first)
    share[n++] = before_name;
  for (size_t i = first; i < d->n; i += k)
    share[n++] = d->script[i];
  return fray_rep_gnuplot_start(d->shop.own.path, share, n, d->arena, &d->run[first]);
}

/* As many at once as this process has cores. Of a share that cannot be started the pictures are
 * missing afterwards, which the end mends; without any gnuplot there is a reason. */
static enum fray_status start_runs(struct fray_rep_drawing *d, struct fray_err *err) {
  char **share;
  FRAY_ALLOC(d->script, d->arena, d->n, err);
  FRAY_ALLOC(share, d->arena, d->n + 1, err);
  for (size_t i = 0; i < d->n; i++) {
    d->script[i] = fray_arena_printf(d->arena, "%s.gp", d->figures[i].name);
    FRAY_CHECK(d->script[i], err, MEMORY, "out of memory");
  }
  FRAY_TRY(write_before(d, err));
  const size_t k = FRAY_MIN(FRAY_MIN(fray_cores(), (size_t)MOST_RUNS), d->n);
  const int why = start_share(d, 0, k, share);
  if (why) {
    d->reason =
        why == ENOENT
            ? "gnuplot was not found (on Debian and Ubuntu: apt-get install gnuplot-nox)"
            : fray_arena_printf(d->arena, "gnuplot could not be started: %s", strerror(why));
    return FRAY_OK;
  }
  for (d->n_runs = 1; d->n_runs < k; d->n_runs++)
    start_share(d, d->n_runs, k, share);
  return FRAY_OK;
}

/* gnuplot ends at the first error, so what one run left out is drawn again figure by figure. A
 * missing picture sets the reason and is no error: the report is of use without. */
static void take_pictures(struct fray_rep_drawing *d) {
  for (size_t k = 0; k < d->n_runs; k++)
    fray_rep_gnuplot_wait(&d->run[k]);
  for (size_t i = 0; i < d->n; i++) {
    unsigned left = look(&d->figures[i], &d->shop, d->formats, d->arena);
    if (left && d->n > 1) {
      struct fray_rep_gnuplot again;
      fray_rep_gnuplot_start(d->shop.own.path, &d->script[i], 1, d->arena, &again);
      fray_rep_gnuplot_wait(&again);
      left = look(&d->figures[i], &d->shop, d->formats, d->arena);
    }
    if (left && !d->reason)
      d->reason = missing(&d->figures[i], left, d->arena);
  }
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
enum fray_status fray_rep_draw_begin(struct fray_rep_figure *figures, size_t n, const char *folder,
                                     unsigned formats, const struct fray_rep_paper *paper,
                                     struct fray_arena *arena, struct fray_rep_drawing **out,
                                     struct fray_err *err) {
  struct fray_rep_drawing *d;
  FRAY_ALLOC_ZERO(d, arena, 1, err);
  *d = (struct fray_rep_drawing){.shop = {.folder = folder, .paper = paper},
                                 .figures = figures,
                                 .n = n,
                                 .formats = formats,
                                 .arena = arena};
  /* Halves of a report that was killed. */
  fray_draft_sweep(folder);
  FRAY_TRY(fray_private_open(folder, "drawing", &d->shop.own, err));
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < n && status == FRAY_OK; i++)
    status = write_parts(&figures[i], &d->shop, formats, arena, err);
  if (status == FRAY_OK && n > 0 && (formats & PICTURES))
    status = start_runs(d, err);
  if (status != FRAY_OK)
    fray_private_close(&d->shop.own);
  else
    *out = d;
  return status;
}

/* Without a gnuplot there is a reason, and nothing to look for. */
const char *fray_rep_draw_end(struct fray_rep_drawing *d) {
  if (d->n_runs)
    take_pictures(d);
  fray_private_close(&d->shop.own);
  return d->reason;
}

enum fray_status fray_rep_draw(struct fray_rep_figure *figures, size_t n, const char *folder,
                               unsigned formats, const struct fray_rep_paper *paper,
                               struct fray_arena *arena, const char **reason,
                               struct fray_err *err) {
  struct fray_rep_drawing *drawing;
  FRAY_TRY(fray_rep_draw_begin(figures, n, folder, formats, paper, arena, &drawing, err));
  *reason = fray_rep_draw_end(drawing);
  return FRAY_OK;
}

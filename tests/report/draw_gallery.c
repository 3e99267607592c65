/* draw_gallery FOLDER [hostile]: light.html, dark.html and grey.html with a figure of every kind,
 * to look at, and the pictures for paper: as wide as they need, and for one column in single/. */
#include "gallery.h"

#include "fray/base/file.h"
#include "report/draw/draw.h"

#include <stdio.h>

static enum fray_status draw_pages(const struct fray_rep_figures *figures, const char *folder,
                                   struct fray_err *err) {
  static const char *const themes[] = {"light", "dark", "grey"};
  enum fray_status status = fray_make_folders(folder, err);
  for (size_t i = 0; i < 3 && status == FRAY_OK; i++) {
    struct fray_text page = {0};
    char path[1000];
    gallery_page(figures, themes[i], &page);
    snprintf(path, sizeof path, "%s/%s.html", folder, themes[i]);
    status = fray_file_write(path, page.data, page.size, err);
    fray_text_free(&page);
  }
  return status;
}

static enum fray_status draw_paper(struct fray_rep_figures *figures, const char *folder,
                                   double width, struct fray_arena *arena, struct fray_err *err) {
  const struct fray_rep_paper paper = {.width = width};
  const char *reason = NULL;
  FRAY_TRY(fray_make_folders(folder, err));
  FRAY_TRY(fray_rep_draw(figures->v, figures->n, folder,
                         FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF | FRAY_REP_CSV, &paper, arena,
                         &reason, err));
  if (reason)
    puts(reason);
  return FRAY_OK;
}

int main(int argc, char **argv) {
  struct fray_arena arena = {0};
  struct fray_rep_figures figures = {0};
  struct fray_err err = {0};
  char single[1000];
  if (argc < 2) {
    fputs("usage: draw_gallery FOLDER [hostile]\n", stderr);
    return 2;
  }
  snprintf(single, sizeof single, "%s/single", argv[1]);
  enum fray_status status = gallery_make(&arena, argc > 2, &figures, &err);
  if (status == FRAY_OK)
    status = draw_pages(&figures, argv[1], &err);
  if (status == FRAY_OK)
    status = draw_paper(&figures, argv[1], 0, &arena, &err);
  if (status == FRAY_OK)
    status = draw_paper(&figures, single, fray_rep_single, &arena, &err);
  if (status != FRAY_OK)
    fprintf(stderr, "%s\n", err.text);
  fray_arena_free(&arena);
  return status != FRAY_OK;
}

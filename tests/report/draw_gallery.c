/* draw_gallery FOLDER: light.html, dark.html and grey.html with a figure of every kind, to look at.
 */
#include "gallery.h"

#include "fray/base/file.h"
#include "report/draw/draw.h"

#include <stdio.h>

int main(int argc, char **argv) {
  static const char *const themes[] = {"light", "dark", "grey"};
  struct fray_arena arena = {0};
  struct fray_rep_figures figures = {0};
  struct fray_err err = {0};
  if (argc != 2) {
    fputs("usage: draw_gallery FOLDER\n", stderr);
    return 2;
  }
  enum fray_status status = fray_make_folders(argv[1], &err);
  if (status == FRAY_OK)
    status = gallery_make(&arena, false, &figures, &err);
  for (size_t i = 0; i < 3 && status == FRAY_OK; i++) {
    struct fray_text page = {0};
    char path[1000];
    gallery_page(&figures, themes[i], &page);
    snprintf(path, sizeof path, "%s/%s.html", argv[1], themes[i]);
    status = fray_file_write(path, page.data, page.size, &err);
    fray_text_free(&page);
  }
  const struct fray_rep_paper paper = {0};
  const char *reason = NULL;
  if (status == FRAY_OK)
    status = fray_rep_draw(figures.v, figures.n, argv[1],
                           FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF | FRAY_REP_CSV, &paper,
                           &arena, &reason, &err);
  if (reason)
    puts(reason);
  if (status != FRAY_OK)
    fprintf(stderr, "%s\n", err.text);
  fray_arena_free(&arena);
  return status != FRAY_OK;
}

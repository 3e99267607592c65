/* The pictures beside a page: drawn while the page is put together, linked when they are there. */
#ifndef REPORT_PICTURES_H
#define REPORT_PICTURES_H

#include "report/draw/draw.h"
#include "report/page/page.h"

/** Zeroed: none are being drawn. Everything lies in the arena that they were begun with. */
struct fray_rep_pictures {
  struct fray_rep_figures *figures;
  const char *folder;
  int claim; /* on the folder, as long as it is drawn in */
  struct fray_rep_drawing *drawing;
  struct fray_rep_links *links; /* (n_links) in the order of the page */
  size_t n_links;
  const char *complaint; /* why a picture is missing, or NULL */
  size_t n_missing;      /* figures that lack one */
  struct fray_arena *arena;
};

/** Writes what of the figures is text to OUT/figures and has gnuplot begin to draw. IO. */
enum fray_status fray_rep_pictures_begin(const char *out, struct fray_rep_figures *figures,
                                         struct fray_arena *arena, struct fray_rep_pictures *p,
                                         struct fray_err *err);
/** Here, at the end of the body, the links to the files of a figure will stand; once a figure. */
void fray_rep_pictures_here(struct fray_rep_pictures *p, const struct fray_rep_figure *figure,
                            struct fray_text *body);
/** Waits for the pictures, removes those of an earlier report, and puts the links into the page.
 *  Nothing if none are being drawn. A page that failed keeps no links. IO. */
enum fray_status fray_rep_pictures_end(struct fray_rep_pictures *p, struct fray_rep_page *page,
                                       struct fray_err *err);

#endif

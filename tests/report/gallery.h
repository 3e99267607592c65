/* Hand-made figures, one or more of each kind, for tests and for looking at. */
#ifndef TESTS_REPORT_GALLERY_H
#define TESTS_REPORT_GALLERY_H

#include "report/figure/figures.h"

/** Appends the gallery's figures, scaled. hostile: names are nasty in HTML, gnuplot and CSV. */
enum fray_status gallery_make(struct fray_arena *arena, bool hostile, struct fray_rep_figures *out,
                              struct fray_err *err);
/** A page with all of them at both widths. theme: "light", "dark" or "grey". */
void gallery_page(const struct fray_rep_figures *figures, const char *theme, struct fray_text *out);

/* Nasty in HTML, in SVG, in a gnuplot string, in a shell and in a CSV file, all at once. */
#define GALLERY_HOSTILE                                                                            \
  "\"><script>alert('1')</script>`touch pwned`\n@x'; system(\"touch pwned\") #&\\"

#endif

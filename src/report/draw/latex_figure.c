/* What a paper in LaTeX includes of a figure, and figures under the names that a paper gives them.
 */
#include "draw.h"

#include "report/plot/caption.h"
#include "report/table/table_model.h"

#include "fray/base/made.h"

#include <ctype.h>
#include <string.h>

/* A caption begins with a capital letter, as names of damage and methods do not. Of ASCII: what
 * other alphabets do is left to the author. */
static void put_title(const char *title, struct fray_text *out) {
  const char first[2] = {(char)toupper((unsigned char)*title), '\0'};
  if (isascii((unsigned char)*title) && *title) {
    fray_rep_latex(out, first);
    title++;
  }
  fray_rep_latex(out, title);
}

/* The name has letters, digits, - and _ only; in a file name LaTeX takes the latter as it is. The
 * PDF is preferred to the PNG by the engines that know both. A figure wider than a column spans the
 * page. */
void fray_rep_latex_figure(const struct fray_rep_figure *f, const struct fray_rep_paper *paper,
                           struct fray_text *out) {
  const double width = fray_rep_paper_width(f, paper);
  const char *star = width > 1.2 * fray_rep_single ? "*" : "";
  struct fray_text caption = {0};
  fray_rep_caption(f, &caption);
  fray_text_puts(out, FRAY_MADE_LATEX_FIGURE);
  fray_text_printf(out,
                   "\\begin{figure%s}\n  \\centering\n"
                   "  \\includegraphics[width=%.4gcm]{%s}\n  \\caption{",
                   star, width / 72 * 2.54, f->name);
  put_title(paper->title ? paper->title : f->title, out);
  fray_text_puts(out, ". ");
  fray_rep_latex(out, caption.data ? caption.data : "");
  fray_text_printf(out, "}\n  \\label{fig:%s}\n\\end{figure%s}\n", f->name, star);
  out->failed |= caption.failed;
  fray_text_free(&caption);
}

static const char *title_of(const struct fray_rep_paper *paper, const char *name) {
  for (size_t i = 0; i < paper->n_series; i++)
    if (strcmp(paper->series[i].name, name) == 0)
      return paper->series[i].title;
  return name;
}

/* Series are what the legend lists; rows of a heat map are series as well. Their points are
 * shared. */
const struct fray_rep_figure *fray_rep_renamed(const struct fray_rep_figure *figure,
                                               const struct fray_rep_paper *paper,
                                               struct fray_arena *arena) {
  struct fray_rep_figure *f = fray_arena_zero(arena, 1, sizeof *f);
  struct fray_rep_panel *panel = fray_arena_zero(arena, figure->n_panels + 1, sizeof *panel);
  const char **legend = fray_arena_zero(arena, figure->n_styles + 1, sizeof *legend);
  if (!f || !panel || !legend)
    return NULL;
  *f = *figure;
  f->panel = panel;
  f->legend = legend;
  f->x_label = paper->x_title ? paper->x_title : f->x_label;
  f->y_label = paper->y_title ? paper->y_title : f->y_label;
  for (size_t i = 0; i < f->n_styles; i++)
    legend[i] = figure->legend[i] ? title_of(paper, figure->legend[i]) : NULL;
  for (size_t p = 0; p < f->n_panels; p++) {
    panel[p] = figure->panel[p];
    struct fray_rep_series *s = fray_arena_zero(arena, panel[p].n_series + 1, sizeof *s);
    if (!s)
      return NULL;
    for (size_t i = 0; i < panel[p].n_series; i++) {
      s[i] = panel[p].series[i];
      s[i].label = title_of(paper, s[i].label);
    }
    panel[p].series = s;
  }
  return f;
}

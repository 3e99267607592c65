/* What all kinds of drawings share: series groups, markers, tips, values, remarks. */
#include "draw.h"
#include "palette.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MARKERS = 6, DASHES = 6, CONTROL_DASHES = 3, PATTERNS = 6 };

/* Markers around the origin: told apart without colour. */
static const char *const marker_path[MARKERS] = {
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "M-3.6,-3.6h7.2v7.2h-7.2z",
    "M0,-4.8L4.6,3.4H-4.6z",
    "M0,-5.2L5.2,0L0,5.2L-5.2,0z",
    "M0,4.8L4.6,-3.4H-4.6z",
    "M-4,-1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6z",
};
/* The first style is a whole line, and without a pattern: most figures have one series. */
static const char *const dash_array[DASHES] = {"none", "8 4", "2 3", "9 3 2 3", "14 4", "4 3"};
static const char *const control_dash[CONTROL_DASHES] = {"1 3", "6 2 1 2", "3 5"};
static const char *const pattern_path[PATTERNS] = {
    NULL, "M0,6L6,0", "M0,3H6", "M0,0L6,6M0,6L6,0", "M3,0V6", "M0,0L6,6"};

/* Styles repeat beyond the lists; colours have another period than markers and dashes, so a ninth
 * series still differs from the first one. */
const char *fray_rep_svg_dash(const struct fray_rep_series *s) {
  return s->control ? control_dash[s->style % CONTROL_DASHES] : dash_array[s->style % DASHES];
}

/* Controls are muted: they are there to be compared with, not to be looked at. */
void fray_rep_svg_series(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  fray_text_printf(v->out, "<g class=\"series%s\" data-series=\"%zu\" style=\"--c:var(--",
                   s->control ? " control" : "", s->style);
  if (s->control)
    fray_text_puts(v->out, "muted");
  else
    fray_text_printf(v->out, "c%zu", s->style % FRAY_REP_COLOURS);
  fray_text_puts(v->out, ")\">");
}

/* The figure holds percentages, the writer of scores takes shares. */
void fray_rep_svg_value(const struct fray_rep_figure *f, double y, struct fray_text *out) {
  fray_rep_put_score(out, f->percent ? y / 100 : y, f->percent);
}

/* Where a value stands: its category or its strength. A value outside all categories is a fault of
 * the figure; "?" shows it. */
static void put_place(const struct fray_rep_figure *f, const struct fray_rep_point *p,
                      struct fray_text *tip) {
  if (fray_rep_has_categories(f)) {
    size_t category = fray_rep_category(f, p);
    fray_text_printf(tip, ", %s", category < f->n_categories ? f->category[category] : "?");
  } else if (!isnan(p->x)) {
    fray_text_printf(tip, ", %s ", f->x_title ? f->x_title : f->x_label);
    fray_rep_put_number(tip, fray_rep_x_shown(f, p->x));
    fray_text_puts(tip, f->x_share ? "\u00a0%" : "");
  }
}

/* Plain words with all numbers of the value, which a screen reader says as they are. They are
 * escaped as a whole by the caller. A label is a name in front or, with categories, a remark
 * behind. */
static void put_words(const struct fray_rep_view *v, const struct fray_rep_series *s,
                      const struct fray_rep_point *p, struct fray_text *tip) {
  const struct fray_rep_figure *f = v->f;
  if (*v->panel->title)
    fray_text_printf(tip, "%s, ", v->panel->title);
  if (!fray_rep_has_categories(f) && p->label && *p->label)
    fray_text_printf(tip, "%s, ", p->label);
  fray_text_puts(tip, s->label);
  put_place(f, p, tip);
  fray_text_puts(tip, ": ");
  if (isnan(p->y)) {
    fray_text_puts(tip, "no value");
  } else {
    fray_rep_svg_value(f, p->y, tip);
    fray_text_puts(tip, f->percent ? "\u00a0%" : "");
  }
  if (!isnan(p->low) && !isnan(p->high)) {
    fray_text_puts(tip, " (");
    fray_rep_svg_value(f, p->low, tip);
    fray_text_puts(tip, " to ");
    fray_rep_svg_value(f, p->high, tip);
    fray_text_puts(tip, ")");
  }
  if (p->n && !isnan(p->realised)) {
    fray_text_puts(tip, ", realised ");
    fray_rep_put_number(tip, fray_rep_x_shown(f, p->realised));
    fray_text_puts(tip, f->x_share ? "\u00a0%" : "");
  }
  if (p->n)
    fray_text_printf(tip, ", n %zu", p->n);
  if (fray_rep_has_categories(f) && p->label && *p->label)
    fray_text_printf(tip, "; %s", p->label);
}

/* tabindex -1: a script may focus a mark, but the Tab key does not stop at hundreds of them. */
void fray_rep_svg_tip(const struct fray_rep_view *v, const struct fray_rep_series *s,
                      const struct fray_rep_point *p) {
  struct fray_text tip = {0};
  put_words(v, s, p, &tip);
  fray_text_puts(v->out, " tabindex=\"-1\" data-tip=\"");
  /* A cut tip would be a wrong statement; the whole drawing counts as failed then. */
  if (tip.failed)
    v->out->failed = true;
  else
    fray_rep_html(v->out, tip.data);
  fray_text_puts(v->out, "\"");
  fray_text_free(&tip);
}

/* A mark has a tip, a shape is a mere picture; the page looks for the former. */
void fray_rep_svg_marker(const struct fray_rep_view *v, const struct fray_rep_series *s, double x,
                         double y, bool hollow, const struct fray_rep_point *p) {
  double scale = (v->small ? 0.8 : 1) * (s->control ? 0.6 : 1);
  fray_text_printf(v->out, "<path class=\"%s%s\" transform=\"translate(%.1f,%.1f)",
                   p ? "mark" : "shape", hollow ? " hollow" : "", x, y);
  if (scale < 1)
    fray_text_printf(v->out, " scale(%.2f)", scale);
  fray_text_printf(v->out, "\" d=\"%s\"", marker_path[s->style % MARKERS]);
  if (p)
    fray_rep_svg_tip(v, s, p);
  fray_text_puts(v->out, "/>\n");
}

void fray_rep_svg_pattern(const char *id, size_t style, struct fray_text *out) {
  const char *path = pattern_path[style % PATTERNS];
  if (path)
    fray_text_printf(out,
                     "<pattern id=\"%s-p%zu\" width=\"6\" height=\"6\" "
                     "patternUnits=\"userSpaceOnUse\"><path class=\"weave\" d=\"%s\"/></pattern>",
                     id, style, path);
}

bool fray_rep_svg_has_pattern(size_t style) {
  return pattern_path[style % PATTERNS] != NULL;
}

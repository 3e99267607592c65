/* Heat maps: a row per series, a column per category, the number in its cell. */
#include "draw.h"
#include "palette.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* y is a number: callers draw missing values in another way. y0 < y1 after fray_rep_scale. */
size_t fray_rep_shade(const struct fray_rep_figure *f, double y) {
  double part = (y - f->y0) / (f->y1 - f->y0);
  /* The largest value falls into the last shade, not beyond it. */
  return (size_t)fmin(fmax(floor(part * FRAY_REP_SHADES), 0), FRAY_REP_SHADES - 1);
}

/* The buffer holds the largest double with all its digits before the point. */
void fray_rep_cell_value(const struct fray_rep_figure *f, double y, struct fray_text *out) {
  char number[400];
  /* Two digits of the range: cells of different colour then differ in their number too. The place
   * is cut to 0 to 6: a wide range needs no decimals, a tiny one would not fit its cell. */
  double place = 1 - floor(log10(f->y1 - f->y0));
  int decimals = f->percent ? 1 : (int)fmin(fmax(place, 0), 6);
  snprintf(number, sizeof number, "%.*f", decimals, fabs(y));
  /* A minus before 0.0 is rounding, not a loss. */
  bool zero = number[strspn(number, "0.")] == '\0';
  fray_text_printf(out, "%s%s", y < 0 && !zero ? "\u2212" : "", number);
}

/* What stands in a cell. No dash beside a sign: the remark says why it is empty. The sign stands
 * behind the number, in the cell, not over it. */
static void put_cell_words(const struct fray_rep_figure *f, const struct fray_rep_point *p,
                           struct fray_text *out) {
  const char *sign = fray_rep_sign(f, p->label);
  if (!isnan(p->y))
    fray_rep_cell_value(f, p->y, out);
  else if (!sign)
    fray_text_puts(out, "\u2013");
  fray_text_puts(out, sign ? sign : "");
}

double fray_rep_cell_width(const struct fray_rep_figure *f, const struct fray_rep_point *p) {
  struct fray_text words = {0};
  put_cell_words(f, p, &words);
  double width = words.data ? fray_rep_text_width(words.data) : 0;
  fray_text_free(&words);
  return width;
}

static void draw_number(const struct fray_rep_view *v, const struct fray_rep_point *p, double x,
                        double y) {
  if (isnan(p->y))
    fray_text_puts(v->out, "<text class=\"tick\"");
  else
    fray_text_printf(v->out, "<text class=\"on%d%s\"",
                     fray_rep_white_on(v->f->diverging, fray_rep_shade(v->f, p->y)),
                     v->layout->narrow ? " few" : "");
  fray_text_printf(v->out, " x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x, y);
  put_cell_words(v->f, p, v->out);
  fray_text_puts(v->out, "</text>\n");
}

/* A missing value is hatched, not pale: the palest shade is a value. */
static void draw_cell(const struct fray_rep_view *v, size_t row, const struct fray_rep_point *p) {
  size_t category = fray_rep_category(v->f, p);
  /* It is in another tile of the panel. */
  if (category < v->first || category >= v->first + v->count)
    return;
  double width = v->width / (double)v->count, height = v->height / (double)v->panel->n_series;
  double x = v->left + (double)(category - v->first) * width, y = v->top + (double)row * height;
  bool none = isnan(p->y);
  fray_text_printf(v->out, "<rect class=\"mark cell%s\" ", none ? " none" : "");
  if (none)
    fray_text_printf(v->out, "style=\"fill:url(#%s-e)\"", v->id);
  else
    fray_text_printf(v->out, "style=\"--c:var(--%c%zu)\"", v->f->diverging ? 'd' : 'h',
                     fray_rep_shade(v->f, p->y));
  fray_text_printf(v->out, " x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", x, y, width,
                   height);
  fray_rep_svg_tip(v, &v->panel->series[row], p);
  fray_text_puts(v->out, "/>");
  if (!none && v->f->hatched && p->label &&
      strstr(p->label,
             v->f->hatched)) /* over the colour, which stays to be read; below the number */
    fray_text_printf(
        v->out,
        "<rect class=\"over\" style=\"fill:url(#%s-e);opacity:.45;pointer-events:none\" "
        "x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
        v->id, x, y, width, height);
  draw_number(v, p, x + 0.5 * width, y + 0.5 * height + 4);
}

/* Cells set a colour of their own in place of that of their group. */
void fray_rep_svg_heat(const struct fray_rep_view *v) {
  for (size_t s = 0; s < v->panel->n_series; s++) {
    fray_rep_svg_series(v, &v->panel->series[s]);
    for (size_t i = 0; i < v->panel->series[s].n; i++)
      draw_cell(v, s, &v->panel->series[s].point[i]);
    fray_text_puts(v->out, "</g>\n");
  }
}

/* What the colours mean above them, the ends of their range below: neither has to fit beside. */
void fray_rep_svg_colours(const struct fray_rep_layout *l, double y, struct fray_text *out) {
  const struct fray_rep_figure *f = l->f;
  const struct fray_rep_foot foot = fray_rep_foot_of(l);
  double left = fmin(l->left, 0.3 * l->m.width);
  double shade = fmin(l->m.width - left - l->m.body, 216) / FRAY_REP_SHADES;
  double end = left + FRAY_REP_SHADES * shade;
  double room = l->m.width - l->m.body,
         wide = fray_rep_lines_width(f->z_label ? f->z_label : "", room / l->m.tick);
  struct fray_rep_lettering t = {.style = "tick",
                                 .x = fmax(4, fmin(left, room - wide * l->m.tick)),
                                 .y = y + foot.z_title + l->m.tick,
                                 .size = l->m.tick,
                                 .wrap = room / l->m.tick};
  fray_rep_svg_text(&t, f->z_label ? f->z_label : "", out);
  for (size_t i = 0; i < FRAY_REP_SHADES; i++)
    fray_text_printf(out,
                     "<rect class=\"shade\" style=\"fill:var(--%c%zu)\" x=\"%.1f\" y=\"%.1f\" "
                     "width=\"%.1f\" height=\"10\"/>",
                     f->diverging ? 'd' : 'h', i, left + (double)i * shade, y + foot.bar, shade);
  fray_text_printf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">", left,
                   y + foot.ends + l->m.tick);
  fray_rep_svg_value(f, f->y0, out);
  fray_text_printf(out, "</text><text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                   end, y + foot.ends + l->m.tick);
  fray_rep_svg_value(f, f->y1, out);
  fray_text_puts(out, "</text>\n");
}

/* Groups of bars over categories. */
#include "draw.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>

/* Where a bar stands. */
struct bar {
  double x, width, top, bottom, value_y; /* value_y: of the value's end */
};

/* No bar is wider than 44, as a lone one would fill the panel, nor thinner than can be seen. Bars
 * of negative values hang from 0. SVG takes no negative heights, hence top and bottom. */
static struct bar place(const struct fray_rep_view *v, size_t series, size_t category, double y) {
  double slot = v->width / (double)v->count, n = (double)v->panel->n_series;
  double width = fmin((slot - 10) / n, 44);
  double x = v->left + ((double)(category - v->first) + 0.5) * slot - 0.5 * width * n;
  double zero = fray_rep_y_at(v, 0), end = fray_rep_y_at(v, y);
  return (struct bar){.x = x + (double)series * width + 0.5,
                      .width = fmax(width - 1, 1.5),
                      .top = fmin(zero, end),
                      .bottom = fmax(zero, end),
                      .value_y = end};
}

/* A bar of which only the outline is drawn: too little to speak of it, or no value at all. */
static bool is_hollow(const struct fray_rep_point *p) {
  return isnan(p->y) || (p->label && *p->label);
}

/* Whisker and sign of a remark. In ink rather than in the bar's colour, on which it could not be
 * seen. */
static void draw_over(const struct fray_rep_view *v, const struct bar *b,
                      const struct fray_rep_point *p) {
  double middle = b->x + 0.5 * b->width, above = b->top;
  if (!isnan(p->low) && !isnan(p->high) && !isnan(p->y)) {
    double low = fray_rep_y_at(v, p->low), high = fray_rep_y_at(v, p->high);
    double cap = fmin(0.3 * b->width, 4);
    fray_text_printf(
        v->out,
        "<path class=\"whisker over\" d=\"M%.1f,%.1fV%.1fM%.1f,%.1fh%.1fM%.1f,%.1fh%.1f\"/>",
        middle, low, high, middle - cap, low, 2 * cap, middle - cap, high, 2 * cap);
    above = fmin(above, high);
  }
  const char *sign = fray_rep_sign(v->f, p->label);
  if (sign)
    fray_text_printf(
        v->out, "<text class=\"footnote\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
        middle, above - 4, sign);
  fray_text_puts(v->out, "\n");
}

/* The hatch is a second shape over the fill, since a pattern cannot use the colour of the series
 * and be shared. */
static void draw_bar(const struct fray_rep_view *v, size_t index, const struct fray_rep_point *p) {
  const struct fray_rep_series *s = &v->panel->series[index];
  size_t category = fray_rep_category(v->f, p);
  if (category < v->first || category >= v->first + v->count)
    return;
  struct bar b = place(v, index, category, isnan(p->y) ? 0 : p->y);
  bool hollow = is_hollow(p);
  if (isnan(p->y)) /* a stub that can be pointed at */
    b.top = b.bottom - 10;
  fray_text_printf(
      v->out, "<rect class=\"mark bar%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
      hollow ? " hollow" : "", b.x, b.top, b.width, fmax(b.bottom - b.top, 0.5));
  fray_rep_svg_tip(v, s, p);
  fray_text_puts(v->out, "/>");
  if (!hollow && fray_rep_svg_has_pattern(s->style))
    fray_text_printf(v->out,
                     "<rect class=\"hatch\" fill=\"url(#%s-p%zu)\" x=\"%.1f\" y=\"%.1f\" "
                     "width=\"%.1f\" height=\"%.1f\"/>",
                     v->id, s->style, b.x, b.top, b.width, b.bottom - b.top);
  draw_over(v, &b, p);
}

/* A group per series, not per category, since a legend hides series. */
void fray_rep_svg_bars(const struct fray_rep_view *v) {
  for (size_t s = 0; s < v->panel->n_series; s++) {
    fray_rep_svg_series(v, &v->panel->series[s]);
    for (size_t i = 0; i < v->panel->series[s].n; i++)
      draw_bar(v, s, &v->panel->series[s].point[i]);
    fray_text_puts(v->out, "</g>\n");
  }
}

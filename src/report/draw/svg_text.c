/* Texts in SVG drawings, in as many lines as they need. */
#include "svg.h"

#include "report/words/markup.h"

#include <ctype.h>
#include <math.h>

/* A line feed or another control character in a name is a blank of the line. */
static void put_line(const struct fray_rep_line *line, struct fray_text *out) {
  struct fray_text part = {0};
  fray_text_add(&part, line->text, line->n);
  for (size_t i = 0; i < part.size; i++)
    if (iscntrl((unsigned char)part.data[i]))
      part.data[i] = ' ';
  if (part.failed)
    out->failed = true;
  else if (part.size)
    fray_rep_html(out, part.data);
  fray_text_free(&part);
}

/* One element for all lines, so that a reader and a search find the text as a whole. */
static void put_lines(const struct fray_rep_lettering *t, const char *text, double dx, double dy,
                      struct fray_text *out) {
  struct fray_rep_line line;
  const char *rest = text;
  size_t n = fray_rep_count_lines(text, t->wrap);
  if (n == 1) {
    fray_rep_take_line(&rest, t->wrap, &line);
    put_line(&line, out);
    return;
  }
  for (size_t i = 0; fray_rep_take_line(&rest, t->wrap, &line); i++) {
    fray_text_printf(out, "<tspan x=\"%.1f\" y=\"%.1f\">", t->x + (double)i * dx,
                     t->y + (double)i * dy);
    put_line(&line, out);
    /* No blank behind a line: it would count where lines end at an anchor. */
    fray_text_puts(out, "</tspan>");
  }
}

void fray_rep_svg_text(const struct fray_rep_lettering *t, const char *text,
                       struct fray_text *out) {
  if (fray_rep_count_lines(text, t->wrap) == 0)
    return;
  fray_text_printf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"", t->style, t->x, t->y);
  if (t->anchor)
    fray_text_printf(out, " text-anchor=\"%s\"", t->anchor);
  fray_text_puts(out, ">");
  put_lines(t, text, 0, fray_rep_leading(t->size), out);
  fray_text_puts(out, "</text>\n");
}

/* Each line is turned around its own anchor: lines of a slanted label begin side by side, so that
 * neighbours keep their distance at every angle. */
void fray_rep_svg_turned(const struct fray_rep_lettering *t, int angle, double dx, const char *text,
                         struct fray_text *out) {
  struct fray_rep_line line;
  for (size_t i = 0; fray_rep_take_line(&text, t->wrap, &line); i++) {
    fray_text_printf(out,
                     "<text class=\"%s\" text-anchor=\"%s\" "
                     "transform=\"translate(%.1f,%.1f) rotate(%d)\">",
                     t->style, t->anchor, t->x + (double)i * dx, t->y, angle);
    put_line(&line, out);
    fray_text_puts(out, "</text>\n");
  }
}

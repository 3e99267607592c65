/* Inline SVG of a figure: its frame, axes and titles; the inside of the panels is drawn by kind.
 * Colours are CSS variables of the page, so light and dark share it. */
#include "svg.h"

#include "draw.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>

/* Sizes of type as the style sheet has them (palette.c), in pixels of a wide drawing. */
enum { BODY = 13, TICK = 12, NOTE = 11, CELL = 12, FEW = 11, NARROW = 500, NARROWEST = 100 };

/* x0 and x1 differ after fray_rep_scale, and x0 may be the larger one. x is not cut to the axis:
 * its range covers the points. */
double fray_rep_x_at(const struct fray_rep_view *v, double x) {
  return v->left + v->width * (x - v->f->x0) / (v->f->x1 - v->f->x0);
}

double fray_rep_y_at(const struct fray_rep_view *v, double y) {
  /* A value beyond the axis stands on its edge rather than outside the panel. */
  double clamped = fmin(fmax(y, v->f->y0), v->f->y1);
  return v->top + v->height * (v->f->y1 - clamped) / (v->f->y1 - v->f->y0);
}

/* Every line is drawn, also where every other one has a label. Bars stand on 0, which is not the
 * lowest line where there are negative values. Panels beside the first share its labels. */
static void draw_y_axis(const struct fray_rep_view *v) {
  size_t every, n = fray_rep_y_lines(v->layout, &every);
  for (size_t i = 0; i < n; i++) {
    double value = fray_rep_y_line(v->f, i), y = fray_rep_y_at(v, value);
    bool base = v->f->kind == FRAY_REP_BARS ? value == 0 : i == 0;
    if (!base && i % every)
      continue;
    fray_text_printf(v->out, "<path class=\"%s\" d=\"M%.1f,%.1fh%.1f\"/>", base ? "base" : "grid",
                     v->left, y, v->width);
    if (!v->y_labels || i % every)
      continue;
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                     v->left - 8, y + 4);
    fray_rep_put_number(v->out, value);
    fray_text_puts(v->out, "</text>\n");
  }
}

/* Every tick has its line, with or without a label. Triangles of realised rates stand between axis
 * and labels, which move down for them. */
static void draw_x_axis(const struct fray_rep_view *v) {
  double own[FRAY_REP_TICKS], y = v->top + v->height;
  size_t n;
  const double *tick = fray_rep_x_ticks(v->f, own, &n);
  size_t step = fray_rep_label_step(v->f, v->width, TICK, tick, n);
  for (size_t i = 0; i < n; i++) {
    double x = fray_rep_x_at(v, tick[i]);
    fray_text_printf(v->out, "<path class=\"base\" d=\"M%.1f,%.1fv4\"/>", x, y);
    if (i % step)
      continue;
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                     x, y + (v->f->n_realised ? 27 : 19));
    fray_rep_put_number(v->out, fray_rep_x_shown(v->f, tick[i]));
    fray_text_puts(v->out, "</text>\n");
  }
  for (size_t i = 0; i < v->f->n_realised; i++)
    fray_text_printf(v->out, "<path class=\"real\" d=\"M%.1f,%.1fl4,8h-8z\"/>\n",
                     fray_rep_x_at(v, v->f->realised[i]), y + 4);
}

/* Each label in the middle of its slot; turned ones end there, so that they point at it. */
static void draw_categories(const struct fray_rep_view *v) {
  const struct fray_rep_layout *l = v->layout;
  double slot = v->width / (double)v->count, line = fray_rep_leading(TICK);
  for (size_t i = 0; i < v->count; i++) {
    const char *text = v->f->category[v->first + i];
    struct fray_rep_lettering t = {.style = "tick",
                                   .anchor = l->angle ? "end" : "middle",
                                   .x = v->left + ((double)i + 0.5) * slot + 4,
                                   .y = v->top + v->height + (l->angle == 90 ? 8 : 13),
                                   .size = TICK,
                                   .wrap = l->label_wrap};
    if (l->angle == 0) {
      t.x -= 4;
      t.y += 3;
      fray_rep_svg_text(&t, text, v->out);
      continue;
    }
    double apart = line / sin(l->angle * 3.14159265358979323846 / 180);
    t.x -= 0.5 * apart * (double)(fray_rep_count_lines(text, t.wrap) - 1);
    fray_rep_svg_turned(&t, -l->angle, apart, text, v->out);
  }
}

/* The first row on top, as in a table. A name of several lines is centred at its row. */
static void draw_rows(const struct fray_rep_view *v) {
  double height = v->height / (double)FRAY_MAX(v->panel->n_series, (size_t)1);
  struct fray_rep_lettering t = {.style = "tick",
                                 .anchor = "end",
                                 .x = v->left - 8,
                                 .size = TICK,
                                 .wrap = v->layout->row_wrap};
  for (size_t s = 0; v->y_labels && s < v->panel->n_series; s++) {
    const char *label = v->panel->series[s].label;
    double lines = (double)fray_rep_count_lines(label, t.wrap);
    t.y = v->top + ((double)s + 0.5) * height + 4 - 0.5 * (lines - 1) * fray_rep_leading(TICK);
    fray_rep_svg_text(&t, label, v->out);
  }
}

static void draw_axes(const struct fray_rep_view *v) {
  if (v->f->kind == FRAY_REP_HEAT)
    draw_rows(v);
  else
    draw_y_axis(v);
  if (fray_rep_has_categories(v->f))
    draw_categories(v);
  else
    draw_x_axis(v);
}

static void draw_chance(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  if (panel->n_chance == 0 || v->f->kind == FRAY_REP_HEAT)
    return;
  /* Over the whole width: the predictor needs no strength to be measured at. */
  const struct fray_rep_point *first = panel->chance, *end = first + panel->n_chance - 1;
  fray_text_printf(v->out, "<path class=\"chance\" d=\"M%.1f,%.1f", v->left,
                   fray_rep_y_at(v, first->y));
  if (!fray_rep_has_categories(v->f))
    for (const struct fray_rep_point *p = first; p <= end; p++)
      fray_text_printf(v->out, "L%.1f,%.1f", fray_rep_x_at(v, p->x), fray_rep_y_at(v, p->y));
  fray_text_printf(v->out, "H%.1f\"/>\n", v->left + v->width);
}

/* What a line is stands in the legend: beside it, other marks would lie over the words. */
static void draw_references(const struct fray_rep_view *v) {
  for (size_t i = 0; v->f->kind != FRAY_REP_HEAT && i < v->panel->n_references; i++) {
    const struct fray_rep_reference *r = &v->panel->reference[i];
    if (!isnan(r->y))
      fray_text_printf(v->out, "<path class=\"level l%zu\" d=\"M%.1f,%.1fh%.1f\"/>\n",
                       fray_rep_reference_index(v->f, r->label) % 3, v->left,
                       fray_rep_y_at(v, r->y), v->width);
  }
}

/* Only where both axes have the same values: elsewhere equal means nothing. */
static void draw_diagonal(const struct fray_rep_view *v) {
  const struct fray_rep_figure *f = v->f;
  double a = fmax(f->x0, f->y0), b = fmin(f->x1, f->y1);
  if (f->diagonal && a < b)
    fray_text_printf(v->out, "<path class=\"diagonal\" d=\"M%.1f,%.1fL%.1f,%.1f\"/>\n",
                     fray_rep_x_at(v, a), fray_rep_y_at(v, a), fray_rep_x_at(v, b),
                     fray_rep_y_at(v, b));
}

struct label {
  const struct fray_rep_series *series; /* NULL: the chance line */
  double y, height;                     /* of the middle */
};

/* Distance of the middles of two names that touch. */
static double half_of(const struct label *a, const struct label *b) {
  return 0.5 * (a->height + b->height);
}

/* Insertion by height, then pushed apart downwards and back up from the bottom. The panel is as
 * high as all of them, so none leaves it and the order of the lines is kept. n is at most 64. */
static void spread(struct label *l, size_t n, double top, double bottom) {
  for (size_t i = 1; i < n; i++)
    for (size_t k = i; k > 0 && l[k].y < l[k - 1].y; k--) {
      struct label t = l[k];
      l[k] = l[k - 1];
      l[k - 1] = t;
    }
  for (size_t i = 0; i < n; i++)
    l[i].y = fmax(l[i].y, i ? l[i - 1].y + half_of(&l[i - 1], &l[i]) : top + 0.5 * l[i].height);
  for (size_t i = n; i-- > 0;)
    l[i].y = fmin(l[i].y,
                  i + 1 < n ? l[i + 1].y - half_of(&l[i], &l[i + 1]) : bottom - 0.5 * l[i].height);
}

/* l->height was made from the lines, so their number is had back from it. Inside a series group, so
 * that hiding the series takes its name along. */
static void draw_direct_label(const struct fray_rep_view *v, const struct label *l) {
  double x = v->left + v->width + 8;
  if (!l->series) {
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">chance</text>\n", x,
                     l->y + 4.5);
    return;
  }
  double lines = l->height / (1.1 * fray_rep_leading(BODY));
  struct fray_rep_lettering t = {.style = l->series->control ? "name quiet" : "name",
                                 .x = x + 15,
                                 .y = l->y + 4.5 - 0.5 * (lines - 1) * fray_rep_leading(BODY),
                                 .size = BODY,
                                 .wrap = v->layout->names};
  fray_rep_svg_series(v, l->series);
  fray_rep_svg_marker(v, l->series, x + 5, l->y, false, NULL);
  fray_rep_svg_text(&t, l->series->label, v->out);
  fray_text_puts(v->out, "</g>\n");
}

/* At the height of the last value, where the eye arrives from the line. */
static void draw_direct_labels(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  const double line = 1.1 * fray_rep_leading(BODY);
  /* More lines than that cannot be told apart by a label either. */
  struct label l[64];
  size_t n = 0;
  for (size_t s = 0; s < panel->n_series && n < FRAY_COUNT(l) - 1; s++)
    if (panel->series[s].n)
      l[n++] = (struct label){
          &panel->series[s], fray_rep_y_at(v, panel->series[s].point[panel->series[s].n - 1].y),
          line * (double)fray_rep_count_lines(panel->series[s].label, v->layout->names)};
  if (panel->n_chance)
    l[n++] = (struct label){NULL, fray_rep_y_at(v, panel->chance[panel->n_chance - 1].y), line};
  spread(l, n, v->top, v->top + v->height);
  for (size_t i = 0; i < n; i++)
    draw_direct_label(v, &l[i]);
}

/* From the panel up: room for signs, the note, the title. Of a grid the title of the row stands
 * upright at the right, beside the middle of its panels. */
static void draw_titles(const struct fray_rep_view *v, const struct fray_rep_tile *t) {
  const struct fray_rep_layout *l = v->layout;
  bool signs = v->f->kind == FRAY_REP_BARS && fray_rep_remark(v->f, 0);
  double y = t->top - 0.5 * BODY - (signs ? fray_rep_leading(NOTE) : 0);
  struct fray_rep_lettering note = {
      .style = "footnote", .x = t->left, .size = NOTE, .wrap = l->tile_width / NOTE};
  struct fray_rep_lettering title = {
      .style = "panel", .x = t->left, .size = BODY, .wrap = l->tile_width / BODY / fray_rep_bold};
  double notes = (double)fray_rep_count_lines(t->note, note.wrap) * fray_rep_leading(NOTE);
  double titles = (double)fray_rep_count_lines(t->title, title.wrap) * fray_rep_leading(BODY);
  note.y = y - notes + NOTE;
  title.y = y - notes - titles + BODY - 1;
  fray_rep_svg_text(&title, t->title, v->out);
  fray_rep_svg_text(&note, t->note, v->out);
  struct fray_rep_lettering row = {.style = "panel",
                                   .anchor = "middle",
                                   .y = t->top + 0.5 * t->height,
                                   .size = BODY,
                                   .wrap = l->tile_height / BODY / fray_rep_bold};
  /* Turned to the right, the first line is the outer one. */
  size_t lines = fray_rep_count_lines(t->row_title, row.wrap);
  row.x = t->row_title_left + fray_rep_leading(BODY) * ((double)lines - 0.75);
  fray_rep_svg_turned(&row, 90, -fray_rep_leading(BODY), t->row_title, v->out);
}

/* Order is order of drawing: axes below all, references and titles above. */
static void draw_panel(const struct fray_rep_view *v) {
  bool bars = v->f->kind == FRAY_REP_BARS;
  draw_axes(v);
  draw_diagonal(v);
  if (!bars)
    draw_chance(v);
  if (v->f->kind == FRAY_REP_LINES || v->f->kind == FRAY_REP_STEPS)
    fray_rep_svg_lines(v);
  else if (bars)
    fray_rep_svg_bars(v);
  else if (v->f->kind == FRAY_REP_HEAT)
    fray_rep_svg_heat(v);
  else
    fray_rep_svg_points(v);
  /* Over the bars, which would hide it. */
  if (bars)
    draw_chance(v);
  draw_references(v);
}

/* Tiles run through the parts of a panel first, then on to the next panel. */
static void draw_tiles(const struct fray_rep_layout *l, const char *id, struct fray_text *out) {
  const struct fray_rep_figure *f = l->f;
  for (size_t i = 0; i < f->n_panels * l->parts; i++) {
    const struct fray_rep_tile t = fray_rep_place(l, i);
    const struct fray_rep_view v = {.f = f,
                                    .layout = l,
                                    .panel = &f->panel[t.panel],
                                    .id = id,
                                    .left = t.left,
                                    .top = t.top,
                                    .width = t.width,
                                    .height = t.height,
                                    .first = t.first,
                                    .count = t.count,
                                    .small = f->n_panels > 1 && !fray_rep_has_categories(f),
                                    .y_labels = t.y_labels,
                                    .out = out};
    if (fray_rep_has_categories(f) && t.count == 0)
      continue;
    draw_panel(&v);
    draw_titles(&v, &t);
    if (l->direct)
      draw_direct_labels(&v);
  }
}

/* What stands below: the name of the x axis, below the middle of all columns where that leaves it
 * on the drawing, the colours of a heat map, the remarks behind their signs. */
static void draw_foot(const struct fray_rep_layout *l, struct fray_text *out) {
  const struct fray_rep_figure *f = l->f;
  const struct fray_rep_foot foot = fray_rep_foot_of(l);
  double top = l->height - l->bottom;
  double used = (double)l->columns * (l->tile_width + l->gap) - l->gap;
  struct fray_rep_lettering t = {
      .style = "axis", .anchor = "middle", .size = TICK, .wrap = (l->m.width - BODY) / TICK};
  double half = 0.5 * TICK * fray_rep_lines_width(f->x_label, t.wrap) + 0.5 * BODY;
  t.x = fmin(fmax(l->left + 0.5 * used, half), l->m.width - half);
  t.y = top + foot.x_title + TICK;
  fray_rep_svg_text(&t, f->x_label, out);
  if (f->kind == FRAY_REP_HEAT)
    fray_rep_svg_colours(l, top, out);
  double y = top + foot.remarks + NOTE;
  for (size_t i = 0; fray_rep_remark(f, i); i++) {
    const char *remark = fray_rep_remark(f, i);
    struct fray_rep_lettering n = {.style = "footnote",
                                   .x = 4 + 1.4 * NOTE,
                                   .y = y,
                                   .size = NOTE,
                                   .wrap = fray_rep_remark_wrap(l)};
    fray_text_printf(out, "<text class=\"footnote\" x=\"4\" y=\"%.1f\">%s</text>", y,
                     fray_rep_sign(f, remark));
    fray_rep_svg_text(&n, remark, out);
    y += (double)fray_rep_count_lines(remark, n.wrap) * fray_rep_leading(NOTE);
  }
}

/* In every drawing anew, under its own id: a pattern in a drawing that is not displayed would not
 * be painted elsewhere. */
static void put_patterns(const struct fray_rep_figure *f, const char *id, struct fray_text *out) {
  if (!fray_rep_has_categories(f))
    return;
  fray_text_puts(out, "<defs>");
  if (f->kind == FRAY_REP_BARS)
    for (size_t s = 0; s < f->n_styles; s++)
      fray_rep_svg_pattern(id, s, out);
  fray_text_printf(out,
                   "<pattern id=\"%s-e\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
                   "patternTransform=\"rotate(45)\"><path class=\"empty\" d=\"M0,0V7\"/>"
                   "</pattern></defs>\n",
                   id);
}

/* Title and description are what a screen reader says of it. Every text from data is escaped. */
void fray_rep_svg(const struct fray_rep_figure *figure, double width, const char *id,
                  struct fray_text *out) {
  const struct fray_rep_medium page = {.width = fmax(width, NARROWEST),
                                       .body = BODY,
                                       .tick = TICK,
                                       .note = NOTE,
                                       .cell = width > NARROW ? CELL : FEW,
                                       .page = true};
  const struct fray_rep_layout l = fray_rep_lay_out(figure, page);
  const struct fray_rep_lettering y_title = {
      .style = "axis", .x = 4, .y = 14, .size = TICK, .wrap = (width - BODY) / TICK};
  fray_text_printf(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot %s\" role=\"img\" "
                   "viewBox=\"0 0 %.0f %.0f\" aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
                   l.narrow ? "narrow" : "wide", width, ceil(l.height), id, id, id);
  fray_rep_html(out, figure->title);
  fray_text_printf(out, "</title>\n<desc id=\"%s-d\">", id);
  fray_rep_svg_describe(figure, out);
  fray_text_puts(out, "</desc>\n");
  put_patterns(figure, id, out);
  fray_rep_svg_text(&y_title, figure->y_label, out);
  draw_tiles(&l, id, out);
  draw_foot(&l, out);
  fray_text_puts(out, "</svg>\n");
}

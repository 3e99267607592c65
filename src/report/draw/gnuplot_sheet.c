/* The sheet of paper: one or two columns of a journal wide, the names above, remarks below. */
#include "draw.h"
#include "gnuplot.h"
#include "palette.h"
#include "svg.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

const double fray_rep_single = 8.5 / 2.54 * 72, fray_rep_double = 17.5 / 2.54 * 72;

/* In em: a sample of a line with the blank behind it, the line itself, the blank behind a name. */
static const double sample = 3.3, drawn = 2.7, behind = 1.2;

/* Numbers in cells and remarks are smaller than the rest, but still to be read in print. */
static struct fray_rep_medium medium_of(const struct fray_rep_paper *paper, double width) {
  const double size = paper->size > 0 ? paper->size : 8;
  return (struct fray_rep_medium){.width = width,
                                  .body = size,
                                  .tick = size,
                                  .note = fmax(6, 0.8125 * size),
                                  .cell = fmax(6, 0.875 * size)};
}

/* What the styles are called, one entry after the other. */
struct entry {
  enum { STYLE, CHANCE, EQUAL, WORST, LEVEL, REALISED } kind;
  size_t index;
  const struct fray_rep_series *series; /* of a style */
  const char *text;
  char own[32];
};

/* The first series of a style stands for all, which look alike. NULL: no panel has one, as happens
 * where a legend is of a whole axis. */
static const struct fray_rep_series *of_style(const struct fray_rep_figure *f, size_t style) {
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      if (f->panel[p].series[s].style == style)
        return &f->panel[p].series[s];
  return NULL;
}

/* True if there is a further entry of some kind behind the one that *e is, whose index goes up. */
static bool look_at(const struct fray_rep_figure *f, struct entry *e) {
  switch (e->kind) {
  case STYLE:
    e->series = e->index < f->n_styles ? of_style(f, e->index) : NULL;
    e->text = e->series ? f->legend[e->index] : NULL;
    return e->index < f->n_styles;
  case CHANCE:
    e->text = f->has_chance ? "chance" : NULL;
    return e->index == 0;
  case EQUAL:
    e->text = f->diagonal ? "equal" : NULL;
    return e->index == 0;
  case WORST:
    snprintf(e->own, sizeof e->own, "worst %.3g %%", f->worst * (f->percent ? 1 : 100));
    e->text = f->kind == FRAY_REP_STEPS && f->worst > 0 ? e->own : NULL;
    return e->index == 0;
  case LEVEL:
    e->text = fray_rep_reference_label(f, e->index);
    return e->text;
  default:
    e->text = f->n_realised ? "realised rate" : NULL;
    return e->index == 0;
  }
}

/* The next entry with a text; before the first one *e is zero with index SIZE_MAX. The key of a
 * heat map is its bar of colours. */
static bool next_entry(const struct fray_rep_figure *f, struct entry *e) {
  if (f->kind == FRAY_REP_HEAT)
    return false;
  do {
    e->index++;
    while (!look_at(f, e)) {
      if (e->kind == REALISED)
        return false;
      e->kind++;
      e->index = 0;
    }
  } while (!e->text);
  return true;
}

/* Entries are put into rows as they fit; a name wider than the sheet has several lines. */
struct flow {
  double width, size, x, y, row; /* row: height of the row so far */
};

/* em of a name in a line of the whole width. */
static double key_wrap(const struct flow *k) {
  return (k->width - k->size) / k->size - sample;
}

/* Upper left corner of an entry; moves on behind it. */
static void flow_on(struct flow *k, const char *text, double *x, double *y) {
  double wrap = key_wrap(k);
  double width = k->size * (sample + fray_rep_lines_width(text, wrap));
  if (k->x > 0.6 * k->size && k->x + width > k->width) {
    k->x = 0.5 * k->size;
    k->y += k->row;
    k->row = 0;
  }
  *x = k->x;
  *y = k->y;
  k->x += width + behind * k->size;
  k->row = fmax(k->row, (double)fray_rep_count_lines(text, wrap) * 1.1 * fray_rep_leading(k->size));
}

/* The same walk as that of fray_gp_key, so that height and drawing agree. */
double fray_gp_key_height(const struct fray_rep_figure *f, double width, double size) {
  struct flow k = {.width = width, .size = size, .x = 0.5 * size};
  struct entry e = {.index = SIZE_MAX};
  double x, y;
  while (next_entry(f, &e))
    flow_on(&k, e.text, &x, &y);
  return k.y + k.row;
}

double fray_rep_paper_width(const struct fray_rep_figure *f, const struct fray_rep_paper *paper) {
  if (paper->width > 0)
    return paper->width;
  /* Panels side by side, or categories that would need parts, take both columns. */
  return f->n_panels > 1 || fray_rep_lay_out(f, medium_of(paper, fray_rep_single)).parts > 1
             ? fray_rep_double
             : fray_rep_single;
}

/* The height follows from the content, the width from the journal. There is at least one panel:
 * makers take a figure without points back. */
struct fray_gp_sheet fray_gp_plan(const struct fray_rep_figure *f,
                                  const struct fray_rep_paper *paper) {
  struct fray_gp_sheet s = {.paper = paper};
  struct fray_rep_medium m = medium_of(paper, fray_rep_paper_width(f, paper));
  const char *title = paper->title ? paper->title : "";
  s.key = 0.4 * m.body + (double)fray_rep_count_lines(title, (m.width - m.body) / m.body) *
                             fray_rep_leading(m.body);
  s.key += *title ? 0.3 * m.body : 0;
  m.above = s.key + fray_gp_key_height(f, m.width, m.body) + 0.2 * m.body;
  s.l = fray_rep_lay_out(f, m);
  return s;
}

struct fray_gp_tile fray_gp_place_tile(const struct fray_gp_sheet *s, size_t index) {
  struct fray_gp_tile t = {.f = s->l.f, .sheet = s, .t = fray_rep_place(&s->l, index)};
  for (size_t p = 0; p < t.t.panel; p++)
    /* Two blocks for each series, one for chance: as fray_rep_gnuplot_data writes them. */
    t.block += 2 * t.f->panel[p].n_series + 1;
  return t;
}

/* A line, a marker or a box of a series. As the series is drawn, in miniature; objects and arrows,
 * since a key of gnuplot's own belongs to one plot and would stand inside it. */
static void put_sample(const struct fray_gp_sheet *sheet, const struct fray_rep_series *s, double x,
                       double y, struct fray_text *out) {
  const struct fray_rep_figure *f = sheet->l.f;
  const double em = sheet->l.m.body;
  if (f->kind == FRAY_REP_BARS) {
    fray_text_puts(out, "set object rectangle from ");
    fray_gp_at(sheet, x + 0.3 * em, y + 0.37 * em, out);
    fray_text_puts(out, " to ");
    fray_gp_at(sheet, x + 2.3 * em, y - 0.37 * em, out);
    fray_text_printf(out, " fc rgb '%s' ", fray_gp_colour(s));
    fray_gp_fill(s->style, out);
    fray_text_puts(out, " lw 0.6\n");
    return;
  }
  if (f->kind != FRAY_REP_POINTS || s->line) {
    fray_text_puts(out, "set arrow from ");
    fray_gp_at(sheet, x, y, out);
    fray_text_puts(out, " to ");
    fray_gp_at(sheet, x + drawn * em, y, out);
    fray_text_puts(out, " nohead ");
    fray_gp_line_style(s, out);
    fray_text_puts(out, "\n");
  }
  if (!s->line) {
    fray_text_puts(out, "set label '' at ");
    fray_gp_at(sheet, x + 0.5 * drawn * em, y, out);
    fray_text_printf(out, " point lc rgb '%s'", fray_gp_colour(s));
    fray_gp_marker(s, s->hollow, out);
    fray_text_puts(out, "\n");
  }
}

/* A sample of a line that is no series. */
static void put_rule(const struct fray_gp_sheet *s, double x, double y, const char *style,
                     struct fray_text *out) {
  fray_text_puts(out, "set arrow from ");
  fray_gp_at(s, x, y, out);
  fray_text_puts(out, " to ");
  fray_gp_at(s, x + drawn * s->l.m.body, y, out);
  fray_text_printf(out, " %s\n", style);
}

/* y: the middle of the first line of its name, where the eye looks for the sample. */
static void put_entry(const struct fray_gp_sheet *s, const struct entry *e, double x, double y,
                      struct fray_text *out) {
  if (e->kind == STYLE) {
    put_sample(s, e->series, x, y, out);
  } else if (e->kind == REALISED) {
    fray_text_puts(out, "set label '' at ");
    fray_gp_at(s, x + 0.5 * drawn * s->l.m.body, y, out);
    fray_text_puts(out, " point pt 9 ps 0.4*scale lc rgb '#555555'\n");
  } else {
    put_rule(s, x, y,
             e->kind == CHANCE  ? "nohead lc rgb '#707070' lw 1 dt (6,4)"
             : e->kind == EQUAL ? "nohead lw 0.8 dt (1,3) lc rgb '#707070'"
                                : fray_gp_level(e->kind == LEVEL ? e->index : 0),
             out);
  }
}

/* Drawn before the panels, whose plot commands put it on the paper. */
void fray_gp_key(const struct fray_gp_sheet *s, struct fray_text *out) {
  const double size = s->l.m.body;
  struct flow k = {.width = s->l.m.width, .size = size, .x = 0.5 * size};
  struct entry e = {.index = SIZE_MAX};
  double x, y;
  while (next_entry(s->l.f, &e)) {
    flow_on(&k, e.text, &x, &y);
    const struct fray_gp_lettering t = {.anchor = "left",
                                        .x = x + sample * size,
                                        .y = s->key + y + 0.5 * fray_rep_leading(size),
                                        .size = size,
                                        .wrap = key_wrap(&k)};
    put_entry(s, &e, x, t.y, out);
    fray_gp_label(s, &t, e.text, out);
  }
}

/* Steps rather than a gradient: the cells have these nine shades and no others. What they mean
 * stands above them, the ends of their range below. */
static void put_colours(const struct fray_gp_sheet *s, double top, struct fray_text *out) {
  const struct fray_rep_figure *f = s->l.f;
  const struct fray_rep_medium *m = &s->l.m;
  const struct fray_rep_foot foot = fray_rep_foot_of(&s->l);
  const char *const *shade = f->diverging ? fray_rep_diverging : fray_rep_heat;
  double left = fmin(s->l.left, 0.3 * m->width), room = m->width - m->body, line = m->tick;
  double step = fmin(10, (m->width - left - m->body) / FRAY_REP_SHADES);
  struct fray_gp_lettering t = {
      .anchor = "left", .y = top + foot.z_title + 0.6 * line, .size = m->tick};
  t.wrap = room / m->tick;
  const char *name = f->z_label ? f->z_label : "";
  t.x = fmax(0.5 * m->body, fmin(left, room - fray_rep_lines_width(name, t.wrap) * m->tick));
  fray_gp_label(s, &t, name, out);
  for (size_t i = 0; i < FRAY_REP_SHADES; i++) {
    fray_text_puts(out, "set object rectangle from ");
    fray_gp_at(s, left + step * (double)i, top + foot.bar + 0.75 * m->body, out);
    fray_text_puts(out, " to ");
    fray_gp_at(s, left + step * (double)(i + 1), top + foot.bar, out);
    fray_text_printf(out, " fc rgb '%s' fs solid 1 noborder\n", shade[i]);
  }
  t.y = top + foot.ends + 0.6 * line;
  for (int end = 0; end < 2; end++) {
    struct fray_text number = {0};
    fray_rep_cell_value(f, end ? f->y1 : f->y0, &number);
    t.anchor = end ? "right" : "left";
    t.x = left + (end ? step * FRAY_REP_SHADES : 0);
    fray_gp_label(s, &t, number.data ? number.data : "", out);
    out->failed |= number.failed;
    fray_text_free(&number);
  }
}

/* From the top down: name of the x axis, colours, remarks. Of a heat map the name of the rows
 * stands above them. */
void fray_gp_foot(const struct fray_gp_sheet *s, struct fray_text *out) {
  const struct fray_rep_figure *f = s->l.f;
  const struct fray_rep_medium *m = &s->l.m;
  const struct fray_rep_foot foot = fray_rep_foot_of(&s->l);
  double top = s->l.height - s->l.bottom;
  double used = (double)s->l.columns * (s->l.tile_width + s->l.gap) - s->l.gap;
  struct fray_gp_lettering t = {.anchor = "center",
                                .y = top + foot.x_title + 0.6 * m->tick,
                                .size = m->tick,
                                .wrap = (m->width - m->body) / m->tick};
  double half = 0.5 * m->tick * fray_rep_lines_width(f->x_label, t.wrap) + 0.5 * m->body;
  t.x = fmin(fmax(s->l.left + 0.5 * used, half), m->width - half);
  fray_gp_label(s, &t, f->x_label, out);
  if (f->kind == FRAY_REP_HEAT) {
    const struct fray_gp_lettering rows = {.anchor = "left",
                                           .x = 0.5 * m->body,
                                           .y = m->above + 1.1 * m->tick,
                                           .size = m->tick,
                                           .wrap = (m->width - m->body) / m->tick};
    fray_gp_label(s, &rows, f->y_label, out);
    put_colours(s, top, out);
  }
  double y = top + foot.remarks + 0.6 * m->note;
  for (size_t i = 0; fray_rep_remark(f, i); i++) {
    const char *remark = fray_rep_remark(f, i);
    struct fray_gp_lettering n = {.anchor = "left",
                                  .colour = "#444444",
                                  .x = 0.5 * m->body,
                                  .y = y,
                                  .size = m->note,
                                  .wrap = fray_rep_remark_wrap(&s->l)};
    fray_gp_label(s, &n, fray_rep_sign(f, remark), out);
    n.x += 1.3 * m->note;
    fray_gp_label(s, &n, remark, out);
    y += (double)fray_rep_count_lines(remark, n.wrap) * fray_rep_leading(m->note);
  }
}

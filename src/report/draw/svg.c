/* Inline SVG of a figure: its frame, axes and legend; the inside of the panels is drawn by kind.
 * Colours are CSS variables of the page, so light and dark share it. */
#include "svg.h"

#include "draw.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Longest labels in characters. Their widths are estimates: which font the reader has is not known.
 */
enum { LABEL_CUT = 26, ROW_CUT = 24, ROW_CUT_NARROW = 14, SLANTED_CUT = 16 };

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

/* Lines are counted, not added up, so the last one is not lost to rounding. Bars stand on 0, which
 * is not the lowest line where there are negative values. Panels beside the first share its labels.
 */
static void draw_y_axis(const struct fray_rep_view *v) {
  int n = (int)floor((v->f->y1 - v->f->y0) / v->f->y_step + 0.5);
  int every = v->small && n > 4 ? 2 : 1;
  for (int i = 0; i <= n; i += every) {
    double value = v->f->y0 + i * v->f->y_step, y = fray_rep_y_at(v, value);
    /* -0 and 1e-17 are written as 0. */
    bool zero = fabs(value) < 1e-9 * v->f->y_step;
    bool base = v->f->kind == FRAY_REP_BARS ? zero : i == 0;
    fray_text_printf(v->out, "<path class=\"%s\" d=\"M%.1f,%.1fh%.1f\"/>", base ? "base" : "grid",
                     v->left, y, v->width);
    if (!v->y_labels)
      continue;
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                     v->left - 8, y + 4);
    fray_rep_put_number(v->out, zero ? 0 : value);
    fray_text_puts(v->out, "</text>\n");
  }
}

/* 7.2 units a character at 12 pixels. Without memory 0, which only lets labels touch. */
static double tick_width(double x) {
  struct fray_text label = {0};
  fray_rep_put_number(&label, x);
  double width = label.data ? 7.2 * (double)fray_rep_length(label.data) : 0;
  fray_text_free(&label);
  return width;
}

/* Every how many ticks a label fits. Equal steps, so that what stands between two labels can be
 * counted. When a pair collides all is tried again with a larger step; at a step of n nothing is
 * left to collide. */
static size_t label_step(const struct fray_rep_view *v, const double *tick, size_t n) {
  size_t step = 1;
  for (size_t i = 0; i + step < n;) {
    double a = tick[i], b = tick[i + step];
    if (fray_rep_x_at(v, b) - fray_rep_x_at(v, a) > 0.5 * (tick_width(a) + tick_width(b)) + 6) {
      i += step;
    } else {
      step++;
      i = 0;
    }
  }
  return step;
}

/* Every tick has its line, with or without a label. Triangles of realised rates stand between axis
 * and labels, which move down for them. */
static void draw_x_axis(const struct fray_rep_view *v) {
  double own[FRAY_REP_TICKS], y = v->top + v->height;
  size_t n;
  const double *tick = fray_rep_x_ticks(v->f, own, &n);
  size_t step = label_step(v, tick, n);
  for (size_t i = 0; i < n; i++) {
    double x = fray_rep_x_at(v, tick[i]);
    fray_text_printf(v->out, "<path class=\"base\" d=\"M%.1f,%.1fv4\"/>", x, y);
    if (i % step)
      continue;
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                     x, y + (v->f->n_realised ? 27 : 19));
    fray_rep_put_number(v->out, tick[i]);
    fray_text_puts(v->out, "</text>\n");
  }
  for (size_t i = 0; i < v->f->n_realised; i++)
    fray_text_printf(v->out, "<path class=\"real\" d=\"M%.1f,%.1fl4,8h-8z\"/>\n",
                     fray_rep_x_at(v, v->f->realised[i]), y + 4);
}

/* Each label in the middle of its slot; slanted ones end there, so that they point at it. */
static void draw_categories(const struct fray_rep_view *v) {
  double slot = v->width / (double)v->count, y = v->top + v->height + 16;
  for (size_t i = 0; i < v->count; i++) {
    double x = v->left + ((double)i + 0.5) * slot;
    if (v->slanted)
      fray_text_printf(v->out,
                       "<text class=\"tick\" text-anchor=\"end\" "
                       "transform=\"translate(%.1f,%.1f) rotate(-38)\">",
                       x + 4, y - 3);
    else
      fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                       x, y);
    /* Slanted labels are cut, since their length goes into the height of the drawing. */
    fray_rep_html_cut(v->out, v->f->category[v->first + i],
                      v->slanted ? (size_t)SLANTED_CUT : SIZE_MAX);
    fray_text_puts(v->out, "</text>\n");
  }
}

/* The first row on top, as in a table. Labels once only where all panels have the same rows. */
static void draw_rows(const struct fray_rep_view *v) {
  double height = v->height / (double)FRAY_MAX(v->panel->n_series, (size_t)1);
  if (v->y_labels)
    for (size_t s = 0; s < v->panel->n_series; s++) {
      fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                       v->left - 8, v->top + ((double)s + 0.5) * height + 4);
      fray_rep_html_cut(v->out, v->panel->series[s].label, v->narrow ? ROW_CUT_NARROW : ROW_CUT);
      fray_text_puts(v->out, "</text>\n");
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

/* The label stands above the right end of its line, in a halo, as curves may pass there. */
static void draw_references(const struct fray_rep_view *v) {
  if (v->f->kind != FRAY_REP_HEAT)
    for (size_t i = 0; i < v->panel->n_references; i++) {
      const struct fray_rep_reference *r = &v->panel->reference[i];
      if (isnan(r->y))
        continue;
      double y = fray_rep_y_at(v, r->y);
      fray_text_printf(v->out,
                       "<path class=\"level\" d=\"M%.1f,%.1fh%.1f\"/><text class=\"place\" "
                       "x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                       v->left, y, v->width, v->left + v->width - 2, y - 4);
      fray_rep_html_cut(v->out, r->label, (size_t)(v->width / 6));
      fray_text_puts(v->out, "</text>\n");
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
  double y;
};

/* Insertion by height, then pushed apart downwards and back up from the bottom. If there are more
 * than fit, the last pass wins: they leave at the top, none lies on another, and the order of the
 * lines is kept. n is at most 64. */
static void spread(struct label *l, size_t n, double top, double bottom, double gap) {
  for (size_t i = 1; i < n; i++)
    for (size_t k = i; k > 0 && l[k].y < l[k - 1].y; k--) {
      struct label t = l[k];
      l[k] = l[k - 1];
      l[k - 1] = t;
    }
  for (size_t i = 0; i < n; i++)
    l[i].y = fmax(l[i].y, i ? l[i - 1].y + gap : top);
  for (size_t i = n; i-- > 0;)
    l[i].y = fmin(l[i].y, i + 1 < n ? l[i + 1].y - gap : bottom);
}

/* Inside a series group, so that hiding the series takes its name along. */
static void draw_direct_label(const struct fray_rep_view *v, const struct label *l) {
  double x = v->left + v->width + 8;
  if (!l->series) {
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">chance</text>\n", x,
                     l->y + 4.5);
    return;
  }
  fray_rep_svg_series(v, l->series);
  fray_rep_svg_marker(v, l->series, x + 5, l->y, false, NULL);
  fray_text_printf(v->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">",
                   l->series->control ? "name quiet" : "name", x + 15, l->y + 4.5);
  fray_rep_html_cut(v->out, l->series->label, LABEL_CUT);
  fray_text_puts(v->out, "</text></g>\n");
}

/* At the height of the last value, where the eye arrives from the line. */
static void draw_direct_labels(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  /* More lines than that cannot be told apart by a label either. */
  struct label l[64];
  size_t n = 0;
  for (size_t s = 0; s < panel->n_series && n < FRAY_COUNT(l) - 1; s++)
    if (panel->series[s].n)
      l[n++] = (struct label){&panel->series[s],
                              fray_rep_y_at(v, panel->series[s].point[panel->series[s].n - 1].y)};
  if (panel->n_chance)
    l[n++] = (struct label){NULL, fray_rep_y_at(v, panel->chance[panel->n_chance - 1].y)};
  spread(l, n, v->top, v->top + v->height, 17);
  for (size_t i = 0; i < n; i++)
    draw_direct_label(v, &l[i]);
}

/* The title moves up where a note stands below it. Cut by the mean width of a letter. */
static void draw_panel_title(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  if (*panel->title) {
    fray_text_printf(v->out, "<text class=\"panel\" x=\"%.1f\" y=\"%.1f\">", v->left,
                     v->top - (*panel->note ? 23 : 9));
    fray_rep_html_cut(v->out, panel->title, (size_t)(v->width / 7));
    fray_text_puts(v->out, "</text>\n");
  }
  if (*panel->note) {
    fray_text_printf(v->out, "<text class=\"note\" x=\"%.1f\" y=\"%.1f\">", v->left, v->top - 8);
    fray_rep_html_cut(v->out, panel->note, (size_t)(v->width / 5.6));
    fray_text_puts(v->out, "</text>\n");
  }
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
  draw_panel_title(v);
}

/* Sizes of the whole drawing. A tile is a panel or, where its categories need more than the width,
 * a part of it. */
struct layout {
  double width, height, left, right, top, bottom; /* bottom: of the drawing */
  double title, below, gap;                       /* above, below and beside the tiles */
  double apart;                                   /* rows */
  double tile_width, tile_height;
  size_t columns, rows, parts, per_part;
  bool direct, narrow, slanted;
};

/* In characters; NULL for a style that is not in use. */
static size_t longest(const char *const *text, size_t n, size_t cut) {
  size_t most = 0;
  for (size_t i = 0; i < n; i++)
    if (text[i])
      most = FRAY_MAX(most, FRAY_MIN(fray_rep_length(text[i]), cut));
  return most;
}

static size_t most_series(const struct fray_rep_figure *f) {
  size_t most = 1;
  for (size_t p = 0; p < f->n_panels; p++)
    most = FRAY_MAX(most, f->panel[p].n_series);
  return most;
}

/* Rows of a heat map carry their labels once only if all panels have the same. Names are compared,
 * not styles: it is the names that would be missing. */
static bool same_rows(const struct fray_rep_figure *f) {
  for (size_t p = 1; p < f->n_panels; p++) {
    if (f->panel[p].n_series != f->panel[0].n_series)
      return false;
    for (size_t s = 0; s < f->panel[0].n_series; s++)
      if (strcmp(f->panel[p].series[s].label, f->panel[0].series[s].label) != 0)
        return false;
  }
  return true;
}

/* Names at the ends of the lines need a margin as wide as the longest of them; only one wide panel
 * has room for it. */
static void plan_curves(const struct fray_rep_figure *f, struct layout *l) {
  l->direct = !l->narrow && f->n_panels == 1 && f->kind == FRAY_REP_LINES;
  if (l->direct)
    l->right = 30 + 7.4 * (double)FRAY_MAX(longest(f->legend, f->n_styles, LABEL_CUT),
                                           (size_t)(f->has_chance ? 6 : 0));
  size_t n = f->n_panels;
  /* Two by two for four: three and one would leave a hole. */
  l->columns = n == 1 ? 1 : l->narrow || n == 2 || n == 4 ? 2 : 3;
  l->tile_height = n == 1 ? (l->narrow ? 210 : 300) : l->narrow ? 110 : 140;
  if (f->kind == FRAY_REP_POINTS && n == 1)
    l->tile_height = l->narrow ? 270 : 380;
  l->below = f->n_realised ? 34 : 26;
  l->apart = 12;
}

/* Units of the view box. As in gnuplot_sheet.c, with other numbers: the screen scrolls, paper does
 * not. */
static void plan_categories(const struct fray_rep_figure *f, struct layout *l) {
  bool heat = f->kind == FRAY_REP_HEAT;
  size_t series = most_series(f), n = FRAY_MAX(f->n_categories, (size_t)1);
  if (heat)
    for (size_t p = 0; p < f->n_panels; p++)
      for (size_t s = 0; s < f->panel[p].n_series; s++) {
        size_t cut = l->narrow ? ROW_CUT_NARROW : ROW_CUT;
        size_t length = FRAY_MIN(fray_rep_length(f->panel[p].series[s].label), cut);
        l->left = fmax(l->left, 18 + 7.2 * (double)length);
      }
  double room = l->width - l->left - l->right;
  double least = heat ? 36 : 14 + 9 * (double)series, most = heat ? 84 : 64 + 40 * (double)series;
  size_t fit = FRAY_MAX((size_t)(room / least), (size_t)1);
  l->parts = (n + fit - 1) / fit;
  l->per_part = (n + l->parts - 1) / l->parts;
  double tile = room, cell = fmin(least + 20, most);
  l->columns = l->parts > 1 || (heat && !same_rows(f)) ? 1 : f->n_panels;
  /* As many side by side as leave every cell wide enough for its number. */
  for (; l->columns > 1; l->columns--) {
    tile = (room - (double)(l->columns - 1) * l->gap) / (double)l->columns;
    if (tile >= cell * (double)l->per_part)
      break;
  }
  tile = fmin(l->columns > 1 ? tile : room, most * (double)l->per_part);
  l->tile_width = tile;
  l->tile_height = heat ? 27 * (double)series : l->narrow ? 170 : 220;
  double label = 6.7 * (double)longest(f->category, f->n_categories, SIZE_MAX);
  l->slanted = label > tile / (double)l->per_part - 4;
  l->below = 22;
  if (l->slanted)
    l->below = 18 + 0.62 * 6.7 * (double)longest(f->category, f->n_categories, SLANTED_CUT);
}

/* The height is what all of it needs; the page scales the drawing by its width alone. */
static struct layout plan(const struct fray_rep_figure *f, double width) {
  struct layout l = {.width = width,
                     .left = 46,
                     .right = 14,
                     .top = 30,
                     .gap = 16,
                     .parts = 1,
                     .per_part = f->n_categories,
                     .narrow = width <= 500};
  bool titles = f->n_panels > 1 || (f->n_panels && (*f->panel[0].title || *f->panel[0].note));
  l.title = titles ? 30 : 0;
  if (fray_rep_has_categories(f))
    plan_categories(f, &l);
  else
    plan_curves(f, &l);
  double columns = (double)l.columns;
  if (l.tile_width <= 0)
    l.tile_width = (width - l.left - l.right - (columns - 1) * l.gap) / columns;
  l.rows = (f->n_panels * l.parts + l.columns - 1) / l.columns;
  /* The axis title, a line for each remark, the bar of colours. */
  l.bottom = 24;
  for (size_t i = 0; fray_rep_remark(f, i); i++)
    l.bottom += 16;
  if (f->kind == FRAY_REP_HEAT)
    l.bottom += 34;
  l.height =
      l.top + (double)l.rows * (l.title + l.tile_height + l.below + l.apart) - l.apart + l.bottom;
  return l;
}

/* The last part of a panel has fewer categories, and a panel may have fewer rows: cells keep their
 * size and the tile shrinks. */
static struct fray_rep_view tile_view(const struct fray_rep_figure *f, const struct layout *l,
                                      size_t tile, const char *id, struct fray_text *out) {
  size_t column = tile % l->columns, row = tile / l->columns, part = tile % l->parts;
  struct fray_rep_view v = {.f = f,
                            .panel = &f->panel[tile / l->parts],
                            .id = id,
                            .left = l->left + (double)column * (l->tile_width + l->gap),
                            .top = l->top + l->title +
                                   (double)row * (l->tile_height + l->title + l->below + l->apart),
                            .width = l->tile_width,
                            .height = l->tile_height,
                            .first = part * l->per_part,
                            .narrow = l->narrow,
                            .small = f->n_panels > 1 && !fray_rep_has_categories(f),
                            .y_labels = column == 0,
                            .slanted = l->slanted,
                            .out = out};
  v.count = FRAY_MIN(l->per_part, f->n_categories - FRAY_MIN(v.first, f->n_categories));
  if (fray_rep_has_categories(f)) {
    v.width *= (double)v.count / (double)FRAY_MAX(l->per_part, (size_t)1);
    if (f->kind == FRAY_REP_HEAT)
      v.height *= (double)v.panel->n_series / (double)most_series(f);
  }
  return v;
}

/* Tiles run through the parts of a panel first, then on to the next panel. */
static void draw_tiles(const struct fray_rep_figure *f, const struct layout *l, const char *id,
                       struct fray_text *out) {
  for (size_t t = 0; t < f->n_panels * l->parts; t++) {
    struct fray_rep_view v = tile_view(f, l, t, id, out);
    if (fray_rep_has_categories(f) && v.count == 0)
      continue;
    draw_panel(&v);
    if (l->direct)
      draw_direct_labels(&v);
  }
}

/* What stands below: the colours of a heat map, the name of the x axis, the remarks. plan has
 * counted the same lines into `bottom`; the two must be changed together. The axis title stands
 * once, below the middle of all columns. */
static void draw_foot(const struct fray_rep_figure *f, const struct layout *l, const char *id,
                      struct fray_text *out) {
  double y = l->height - l->bottom;
  double used = (double)l->columns * (l->tile_width + l->gap) - l->gap;
  fray_text_printf(out, "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                   l->left + 0.5 * used, y + 16);
  fray_rep_html_cut(out, f->x_label, (size_t)((l->width - l->right) / 7));
  fray_text_puts(out, "</text>\n");
  y += 24;
  if (f->kind == FRAY_REP_HEAT) {
    struct fray_rep_view v = {.f = f,
                              .id = id,
                              .left = l->left,
                              .top = y,
                              .width = l->width - l->left - l->right,
                              .narrow = l->narrow,
                              .out = out};
    fray_rep_svg_colours(&v);
    y += 34;
  }
  for (size_t i = 0; fray_rep_remark(f, i); i++) {
    fray_text_printf(out, "<text class=\"note\" x=\"4\" y=\"%.1f\">%s ", y + 12,
                     fray_rep_sign(f, fray_rep_remark(f, i)));
    fray_rep_html_cut(out, fray_rep_remark(f, i), (size_t)(l->width / 6));
    fray_text_puts(out, "</text>\n");
    y += 16;
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
  struct layout l = plan(figure, width);
  fray_text_printf(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot %s\" role=\"img\" "
                   "viewBox=\"0 0 %.0f %.0f\" aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
                   l.narrow ? "narrow" : "wide", width, l.height, id, id, id);
  fray_rep_html(out, figure->title);
  fray_text_printf(out, "</title>\n<desc id=\"%s-d\">", id);
  fray_rep_svg_describe(figure, out);
  fray_text_puts(out, "</desc>\n");
  put_patterns(figure, id, out);
  fray_text_printf(out, "<text class=\"axis\" x=\"4\" y=\"14\">");
  fray_rep_html_cut(out, figure->y_label, (size_t)(width / 8));
  fray_text_puts(out, "</text>\n");
  draw_tiles(figure, &l, id, out);
  draw_foot(figure, &l, id, out);
  fray_text_puts(out, "</svg>\n");
}

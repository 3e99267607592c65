/* Inline SVG of a figure. Colours are CSS variables of the page, so light and dark share it. */
#include "figure.h"
#include "markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MARKERS = 6, DASHES = 6, COLOURS = 8, LABEL_CUT = 26 };

/* Unit markers, drawn at radius 1 around the origin: told apart without colour. */
static const char *const marker_path[MARKERS] = {
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "M-3.6,-3.6h7.2v7.2h-7.2z",
    "M0,-4.8L4.6,3.4H-4.6z",
    "M0,-5.2L5.2,0L0,5.2L-5.2,0z",
    "M0,4.8L4.6,-3.4H-4.6z",
    "M-4,-1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6z",
};
static const char *const dash_array[DASHES] = {"none", "8 4", "2 3", "9 3 2 3", "14 4", "4 3"};

/* Where a panel lies, in the units of the view box. */
struct view {
  const struct fray_rep_figure *f;
  double left, top, width, height;
  bool small;    /* no room for every mark */
  bool y_labels; /* else the ticks only */
  struct fray_text *out;
};

static double x_at(const struct view *v, double x) {
  return v->left + v->width * (x - v->f->x0) / (v->f->x1 - v->f->x0);
}

static double y_at(const struct view *v, double y) {
  double clamped = fmin(fmax(y, v->f->y0), v->f->y1);
  return v->top + v->height * (v->f->y1 - clamped) / (v->f->y1 - v->f->y0);
}

static void draw_y_axis(const struct view *v) {
  int n = (int)floor((v->f->y1 - v->f->y0) / v->f->y_step + 0.5);
  int every = v->small && n > 4 ? 2 : 1;
  for (int i = 0; i <= n; i += every) {
    double value = v->f->y0 + i * v->f->y_step, y = y_at(v, value);
    fray_text_printf(v->out, "<path class=\"%s\" d=\"M%.1f,%.1fh%.1f\"/>", i ? "grid" : "base",
                     v->left, y, v->width);
    if (!v->y_labels)
      continue;
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                     v->left - 8, y + 4);
    fray_rep_put_number(v->out, fabs(value) < 1e-9 * v->f->y_step ? 0 : value);
    fray_text_puts(v->out, "</text>\n");
  }
}

static double tick_width(double x) {
  struct fray_text label = {0};
  fray_rep_put_number(&label, x);
  double width = label.data ? 7.2 * (double)fray_rep_length(label.data) : 0;
  fray_text_free(&label);
  return width;
}

/* Every how many ticks a label fits. */
static size_t label_step(const struct view *v) {
  size_t step = 1;
  for (size_t i = 0; i + step < v->f->n_ticks;) {
    double a = v->f->tick[i], b = v->f->tick[i + step];
    if (x_at(v, b) - x_at(v, a) > 0.5 * (tick_width(a) + tick_width(b)) + 6) {
      i += step;
    } else {
      step++;
      i = 0;
    }
  }
  return step;
}

static void draw_x_axis(const struct view *v) {
  double y = v->top + v->height;
  size_t step = label_step(v);
  for (size_t i = 0; i < v->f->n_ticks; i++) {
    double x = x_at(v, v->f->tick[i]);
    fray_text_printf(v->out, "<path class=\"base\" d=\"M%.1f,%.1fv4\"/>", x, y);
    if (i % step)
      continue;
    fray_text_printf(v->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                     x, y + 27);
    fray_rep_put_number(v->out, v->f->tick[i]);
    fray_text_puts(v->out, "</text>\n");
  }
  for (size_t i = 0; i < v->f->n_realised; i++)
    fray_text_printf(v->out, "<path class=\"real\" d=\"M%.1f,%.1fl4,8h-8z\"/>\n",
                     x_at(v, v->f->realised[i]), y + 4);
}

/* Runs of neighbouring points with an interval make a polygon; a lone one makes a bar. */
static void draw_band(const struct view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n;) {
    size_t end = i;
    while (end < s->n && !isnan(s->point[end].low))
      end++;
    if (end == i) {
      i++;
      continue;
    }
    bool bar = end == i + 1;
    fray_text_printf(v->out, "<path class=\"%s s%zu\" d=\"M", bar ? "bar" : "band",
                     s->style % COLOURS);
    for (size_t k = i; k < end; k++)
      fray_text_printf(v->out, "%.1f,%.1f ", x_at(v, s->point[k].x), y_at(v, s->point[k].high));
    for (size_t k = end; k-- > i;)
      fray_text_printf(v->out, "L%.1f,%.1f ", x_at(v, s->point[k].x), y_at(v, s->point[k].low));
    fray_text_puts(v->out, bar ? "\"/>\n" : "z\"/>\n");
    i = end;
  }
}

static void draw_marker(const struct view *v, size_t style, double x, double y, bool hollow) {
  fray_text_printf(v->out,
                   "<path class=\"mark%s s%zu\" transform=\"translate(%.1f,%.1f)%s\" "
                   "d=\"%s\"/>",
                   hollow ? " hollow" : "", style % COLOURS, x, y, v->small ? " scale(.8)" : "",
                   marker_path[style % MARKERS]);
}

static void draw_series(const struct view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n_singles; i++)
    draw_marker(v, s->style, x_at(v, s->single[i].x), y_at(v, s->single[i].y), true);
  if (s->n > 1) {
    fray_text_printf(v->out, "<path class=\"line s%zu\" stroke-dasharray=\"%s\" d=\"",
                     s->style % COLOURS, dash_array[s->style % DASHES]);
    for (size_t i = 0; i < s->n; i++)
      fray_text_printf(v->out, "%s%.1f,%.1f", i ? "L" : "M", x_at(v, s->point[i].x),
                       y_at(v, s->point[i].y));
    fray_text_puts(v->out, "\"/>");
  }
  for (size_t i = 0; i < s->n; i++)
    draw_marker(v, s->style, x_at(v, s->point[i].x), y_at(v, s->point[i].y), false);
  fray_text_puts(v->out, "\n");
}

static void draw_chance(const struct view *v, const struct fray_rep_panel *panel) {
  if (panel->n_chance == 0)
    return;
  /* Over the whole width: the predictor needs no strength to be measured at. */
  const struct fray_rep_point *first = panel->chance, *end = first + panel->n_chance - 1;
  fray_text_printf(v->out, "<path class=\"chance\" d=\"M%.1f,%.1f", v->left, y_at(v, first->y));
  for (const struct fray_rep_point *p = first; p <= end; p++)
    fray_text_printf(v->out, "L%.1f,%.1f", x_at(v, p->x), y_at(v, p->y));
  fray_text_printf(v->out, "H%.1f\"/>\n", v->left + v->width);
}

struct label {
  const char *text;
  size_t style; /* SIZE_MAX: the chance line */
  double y;
};

/* Insertion by height, then pushed apart downwards and back up from the bottom. */
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

static void draw_direct_labels(const struct view *v, const struct fray_rep_panel *panel) {
  struct label l[64];
  size_t n = 0;
  for (size_t s = 0; s < panel->n_series && n < FRAY_COUNT(l) - 1; s++)
    if (panel->series[s].n)
      l[n++] = (struct label){panel->series[s].label, panel->series[s].style,
                              y_at(v, panel->series[s].point[panel->series[s].n - 1].y)};
  if (panel->n_chance)
    l[n++] = (struct label){"chance", SIZE_MAX, y_at(v, panel->chance[panel->n_chance - 1].y)};
  spread(l, n, v->top, v->top + v->height, 17);
  double x = v->left + v->width + 8;
  for (size_t i = 0; i < n; i++) {
    bool chance = l[i].style == SIZE_MAX;
    if (!chance)
      draw_marker(v, l[i].style, x + 5, l[i].y, false);
    fray_text_printf(v->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", chance ? "tick" : "name",
                     chance ? x : x + 15, l[i].y + 4.5);
    fray_rep_html_cut(v->out, l[i].text, LABEL_CUT);
    fray_text_puts(v->out, "</text>\n");
  }
}

static void draw_panel(const struct view *v, const struct fray_rep_panel *panel) {
  draw_y_axis(v);
  draw_x_axis(v);
  for (size_t s = 0; s < panel->n_series; s++)
    draw_band(v, &panel->series[s]);
  draw_chance(v, panel);
  for (size_t s = 0; s < panel->n_series; s++)
    draw_series(v, &panel->series[s]);
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

/* Sizes of the whole drawing. */
struct layout {
  double width, height, left, right, top, bottom, panel_top, gap, panel_height;
  size_t columns, rows;
  bool direct;
};

static struct layout plan(const struct fray_rep_figure *f, double width) {
  bool wide = width > 500;
  struct layout l = {.width = width,
                     .left = 46,
                     .right = 14,
                     .top = f->n_panels > 1 ? 22 : 30,
                     .bottom = 56,
                     .gap = 16};
  l.direct = wide && f->n_panels == 1;
  size_t longest = f->has_chance ? 6 : 0;
  for (size_t s = 0; s < f->n_styles; s++)
    if (f->legend[s])
      longest = FRAY_MAX(longest, FRAY_MIN(fray_rep_length(f->legend[s]), (size_t)LABEL_CUT));
  if (l.direct)
    l.right = 30 + 7.4 * (double)longest;
  l.columns = f->n_panels == 1 ? 1 : !wide ? 2 : f->n_panels == 2 || f->n_panels == 4 ? 2 : 3;
  l.rows = (f->n_panels + l.columns - 1) / l.columns;
  l.panel_top = f->n_panels > 1 ? 40 : 0;
  l.panel_height = f->n_panels == 1 ? (wide ? 300 : 210) : wide ? 140 : 110;
  l.height = l.top + (double)l.rows * (l.panel_top + l.panel_height) + (double)(l.rows - 1) * 34 +
             l.bottom;
  return l;
}

static void draw_panels(const struct fray_rep_figure *f, const struct layout *l,
                        struct fray_text *out) {
  double columns = (double)l->columns;
  double width = (l->width - l->left - l->right - (columns - 1) * l->gap) / columns;
  for (size_t p = 0; p < f->n_panels; p++) {
    size_t column = p % l->columns, row = p / l->columns;
    struct view v = {.f = f,
                     .left = l->left + (double)column * (width + l->gap),
                     .top = l->top + l->panel_top +
                            (double)row * (l->panel_height + l->panel_top + 34),
                     .width = width,
                     .height = l->panel_height,
                     .small = f->n_panels > 1,
                     .y_labels = column == 0,
                     .out = out};
    draw_panel(&v, &f->panel[p]);
    if (l->direct)
      draw_direct_labels(&v, &f->panel[p]);
  }
}

/* What the drawing says, for those who do not see it: the ends of every line. */
static void describe(const struct fray_rep_figure *f, struct fray_text *out) {
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++) {
      const struct fray_rep_series *series = &f->panel[p].series[s];
      if (series->n == 0)
        continue;
      const struct fray_rep_point *a = &series->point[0], *b = &series->point[series->n - 1];
      fray_rep_html(out, f->panel[p].title);
      fray_text_puts(out, *f->panel[p].title ? ", " : "");
      fray_rep_html(out, series->label);
      fray_text_puts(out, ": ");
      fray_rep_put_score(out, f->percent ? a->y / 100 : a->y, f->percent);
      fray_text_puts(out, " at ");
      fray_rep_put_number(out, a->x);
      fray_text_puts(out, ", ");
      fray_rep_put_score(out, f->percent ? b->y / 100 : b->y, f->percent);
      fray_text_puts(out, " at ");
      fray_rep_put_number(out, b->x);
      fray_text_puts(out, ". ");
    }
}

void fray_rep_svg(const struct fray_rep_figure *figure, double width, const char *id,
                  struct fray_text *out) {
  struct layout l = plan(figure, width);
  fray_text_printf(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot %s\" role=\"img\" "
                   "viewBox=\"0 0 %.0f %.0f\" aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
                   width > 500 ? "wide" : "narrow", width, l.height, id, id, id);
  fray_rep_html(out, figure->title);
  fray_text_printf(out, "</title>\n<desc id=\"%s-d\">", id);
  fray_rep_html(out, figure->y_label);
  fray_text_puts(out, " over ");
  fray_rep_html(out, figure->x_label);
  fray_text_puts(out, ". ");
  describe(figure, out);
  fray_text_printf(out, "</desc>\n<text class=\"axis\" x=\"4\" y=\"14\">");
  fray_rep_html_cut(out, figure->y_label, 40);
  fray_text_puts(out, "</text>\n");
  draw_panels(figure, &l, out);
  fray_text_printf(out, "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                   0.5 * (l.left + l.width - l.right), l.height - 6);
  fray_rep_html_cut(out, figure->x_label, (size_t)((l.width - l.right) / 7));
  fray_text_puts(out, "</text>\n</svg>\n");
}

void fray_rep_legend(const struct fray_rep_figure *figure, struct fray_text *out) {
  fray_text_printf(out, "<ul class=\"legend%s\">\n", figure->n_panels == 1 ? " narrow" : "");
  for (size_t s = 0; s < figure->n_styles; s++) {
    if (!figure->legend[s])
      continue;
    fray_text_printf(
        out,
        "<li><svg aria-hidden=\"true\" viewBox=\"0 0 36 12\"><path class=\"line s%zu\" "
        "stroke-dasharray=\"%s\" d=\"M0,6H36\"/><path class=\"mark s%zu\" "
        "transform=\"translate(18,6)\" d=\"%s\"/></svg>",
        s % COLOURS, dash_array[s % DASHES], s % COLOURS, marker_path[s % MARKERS]);
    fray_rep_html(out, figure->legend[s]);
    fray_text_puts(out, "</li>\n");
  }
  if (figure->has_chance)
    fray_text_puts(out,
                   "<li><svg aria-hidden=\"true\" viewBox=\"0 0 36 12\"><path class=\"chance\" "
                   "d=\"M0,6H36\"/></svg>chance</li>\n");
  if (figure->n_realised)
    fray_text_puts(out, "<li><svg aria-hidden=\"true\" viewBox=\"0 0 36 12\"><path class=\"real\" "
                        "d=\"M18,2l4,8h-8z\"/></svg>realised rate</li>\n");
  fray_text_puts(out, "</ul>\n");
}

/* Clouds of labelled points, and lines among them. */
#include "markup.h"
#include "svg.h"

#include "fray/base/size.h"

#include <math.h>

enum { MOST = 256, CUT = 20 };

struct box {
  double x, y, width, height;
};
struct crowd {
  struct box taken[2 * MOST];
  size_t n;
};

static bool apart(const struct box *a, const struct box *b) {
  return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height <= b->y ||
         b->y + b->height <= a->y;
}

static bool is_free(const struct fray_rep_view *v, const struct crowd *c, const struct box *b) {
  if (b->x < v->left || b->x + b->width > v->left + v->width + 8 || b->y < v->top ||
      b->y + b->height > v->top + v->height)
    return false;
  for (size_t i = 0; i < c->n; i++)
    if (!apart(b, &c->taken[i]))
      return false;
  return true;
}

static void take(struct crowd *c, struct box b) {
  if (c->n < FRAY_COUNT(c->taken))
    c->taken[c->n++] = b;
}

static bool is_point(const struct fray_rep_series *s, size_t i) {
  return !s->line && !isnan(s->point[i].x) && !isnan(s->point[i].y);
}

/* Right, left, above or below its mark, wherever nothing else stands; without a place the name is
 * left to the tip and the table. */
static void draw_name(const struct fray_rep_view *v, struct crowd *c,
                      const struct fray_rep_point *p) {
  double x = fray_rep_x_at(v, p->x), y = fray_rep_y_at(v, p->y), height = 13;
  double width = 6.4 * (double)FRAY_MIN(fray_rep_length(p->label), (size_t)CUT);
  const struct box places[] = {{x + 7, y - 6, width, height},
                               {x - 7 - width, y - 6, width, height},
                               {x - 0.5 * width, y - 20, width, height},
                               {x - 0.5 * width, y + 7, width, height},
                               {x + 6, y - 18, width, height},
                               {x + 6, y + 6, width, height},
                               {x - 6 - width, y - 18, width, height},
                               {x - 6 - width, y + 6, width, height}};
  for (size_t i = 0; i < FRAY_COUNT(places); i++) {
    if (!is_free(v, c, &places[i]))
      continue;
    fray_text_printf(v->out, "<text class=\"place\" x=\"%.1f\" y=\"%.1f\">", places[i].x,
                     places[i].y + 10);
    fray_rep_html_cut(v->out, p->label, CUT);
    fray_text_puts(v->out, "</text>\n");
    take(c, places[i]);
    return;
  }
}

static void draw_cloud(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n; i++) {
    const struct fray_rep_point *p = &s->point[i];
    if (!is_point(s, i))
      continue;
    double x = fray_rep_x_at(v, p->x);
    if (!isnan(p->low) && !isnan(p->high))
      fray_text_printf(v->out, "<path class=\"whisker\" d=\"M%.1f,%.1fV%.1f\"/>", x,
                       fray_rep_y_at(v, p->low), fray_rep_y_at(v, p->high));
    fray_rep_svg_marker(v, s, x, fray_rep_y_at(v, p->y), false, p);
  }
}

void fray_rep_svg_points(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  struct crowd crowd = {.n = 0};
  for (size_t s = 0; s < panel->n_series; s++) {
    fray_rep_svg_series(v, &panel->series[s]);
    if (panel->series[s].line) {
      fray_rep_svg_band(v, &panel->series[s]);
      fray_rep_svg_line(v, &panel->series[s]);
    }
    fray_text_puts(v->out, "</g>\n");
  }
  for (size_t s = 0; s < panel->n_series; s++)
    for (size_t i = 0; i < panel->series[s].n; i++)
      if (is_point(&panel->series[s], i))
        take(&crowd, (struct box){fray_rep_x_at(v, panel->series[s].point[i].x) - 5,
                                  fray_rep_y_at(v, panel->series[s].point[i].y) - 5, 10, 10});
  for (size_t s = 0; s < panel->n_series; s++) {
    const struct fray_rep_series *series = &panel->series[s];
    fray_rep_svg_series(v, series);
    draw_cloud(v, series);
    for (size_t i = 0; i < series->n; i++)
      if (is_point(series, i) && series->point[i].label && *series->point[i].label)
        draw_name(v, &crowd, &series->point[i]);
    fray_text_puts(v->out, "</g>\n");
  }
}

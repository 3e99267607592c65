/* Clouds of labelled points, and lines among them. */
#include "draw.h"
#include "svg.h"

#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>

enum { MOST = 256 };

struct box {
  double x, y, width, height;
};
/* What is taken, marks and names alike. On the stack, so it is bounded. */
struct crowd {
  struct box taken[3 * MOST];
  size_t n;
};

/* Boxes that only touch are apart. */
static bool apart(const struct box *a, const struct box *b) {
  return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height <= b->y ||
         b->y + b->height <= a->y;
}

/* Tried against all that is taken: there are too few boxes for a grid to pay. */
static bool is_free(const struct fray_rep_view *v, const struct crowd *c, const struct box *b) {
  /* To the right it may stand a little over the frame, which has a margin. */
  if (b->x < v->left || b->x + b->width > v->left + v->width + 8 || b->y < v->top ||
      b->y + b->height > v->top + v->height)
    return false;
  for (size_t i = 0; i < c->n; i++)
    if (!apart(b, &c->taken[i]))
      return false;
  return true;
}

/* A full list only lets names overlap; it never loses a point. */
static void take(struct crowd *c, struct box b) {
  if (c->n < FRAY_COUNT(c->taken))
    c->taken[c->n++] = b;
}

/* The mark of a point, and its whisker, which is as thin as it is drawn. */
static void take_mark(const struct fray_rep_view *v, struct crowd *c,
                      const struct fray_rep_point *p, double half) {
  double x = fray_rep_x_at(v, p->x), y = fray_rep_y_at(v, p->y);
  take(c, (struct box){x - half, y - half, 2 * half, 2 * half});
  if (isnan(p->low) || isnan(p->high))
    return;
  double high = fray_rep_y_at(v, p->high), low = fray_rep_y_at(v, p->low);
  take(c, (struct box){x - 1, fmin(high, low), 2, fabs(low - high)});
}

/* Points of lines get neither mark nor name, but keep their place in the list. */
static bool is_point(const struct fray_rep_series *s, size_t i) {
  return !s->line && !isnan(s->point[i].x) && !isnan(s->point[i].y);
}

/* Right, left, above or below its mark, wherever nothing else stands. The first free place wins,
 * best ones first. Sides before corners, as they are the nearest. */
static bool find_place(const struct fray_rep_view *v, struct crowd *c,
                       const struct fray_rep_point *p, double size, double *place) {
  const double h = fray_rep_leading(size), w = size * fray_rep_text_width(p->label);
  double x = fray_rep_x_at(v, p->x), y = fray_rep_y_at(v, p->y), out = 0.55 * h;
  const struct box boxes[] = {
      {x + out, y - 0.5 * h, w, h},         {x - out - w, y - 0.5 * h, w, h},
      {x - 0.5 * w, y - 1.5 * h, w, h},     {x - 0.5 * w, y + 0.5 * h, w, h},
      {x + 0.5 * h, y - 1.4 * h, w, h},     {x + 0.5 * h, y + 0.4 * h, w, h},
      {x - 0.5 * h - w, y - 1.4 * h, w, h}, {x - 0.5 * h - w, y + 0.4 * h, w, h}};
  for (size_t i = 0; i < FRAY_COUNT(boxes); i++)
    if (is_free(v, c, &boxes[i])) {
      take(c, boxes[i]);
      place[0] = boxes[i].x;
      place[1] = boxes[i].y;
      return true;
    }
  return false;
}

/* Greedy and in a fixed order: the same figure always looks the same. Points count in place even if
 * they get no name, so that index and point agree for the callers. */
size_t fray_rep_place_names(const struct fray_rep_view *v, double size, double (*place)[2],
                            size_t most) {
  const double height = fray_rep_leading(size);
  const struct fray_rep_panel *panel = v->panel;
  struct crowd crowd = {.n = 0};
  size_t n = 0;
  for (size_t s = 0; s < panel->n_series; s++)
    for (size_t i = 0; i < panel->series[s].n; i++)
      if (is_point(&panel->series[s], i))
        /* All marks first: a name must not cover a point that comes later. */
        take_mark(v, &crowd, &panel->series[s].point[i], 0.4 * height);
  for (size_t s = 0; s < panel->n_series; s++)
    for (size_t i = 0; i < panel->series[s].n && n < most; i++, n++) {
      const struct fray_rep_point *p = &panel->series[s].point[i];
      place[n][0] = place[n][1] = NAN;
      if (is_point(&panel->series[s], i) && p->label && *p->label)
        find_place(v, &crowd, p, size, place[n]);
    }
  return n;
}

/* Whiskers lie below the marks, which would be cut by them otherwise. */
static void draw_cloud(const struct fray_rep_view *v, const struct fray_rep_series *s) {
  for (size_t i = 0; i < s->n; i++) {
    const struct fray_rep_point *p = &s->point[i];
    if (!is_point(s, i))
      continue;
    double x = fray_rep_x_at(v, p->x);
    if (!isnan(p->low) && !isnan(p->high))
      fray_text_printf(v->out, "<path class=\"whisker\" d=\"M%.1f,%.1fV%.1f\"/>", x,
                       fray_rep_y_at(v, p->low), fray_rep_y_at(v, p->high));
    fray_rep_svg_marker(v, s, x, fray_rep_y_at(v, p->y), s->hollow, p);
  }
}

/* Without a place the name is left to the tip and the table. */
static void draw_names(const struct fray_rep_view *v, const struct fray_rep_series *s,
                       double (*place)[2], size_t n) {
  for (size_t i = 0; i < s->n && i < n; i++) {
    if (isnan(place[i][0]))
      continue;
    const struct fray_rep_lettering t = {.style = "place",
                                         .x = place[i][0],
                                         .y = place[i][1] + 10,
                                         .size = v->layout->m.note,
                                         .wrap = INFINITY}; /* its place is of one line */
    fray_rep_svg_text(&t, s->point[i].label, v->out);
  }
}

/* Places are found once for all series, so that names of one do not cover those of another; `first`
 * runs over lines as well, as the list does. */
void fray_rep_svg_points(const struct fray_rep_view *v) {
  const struct fray_rep_panel *panel = v->panel;
  double place[MOST][2];
  size_t n = fray_rep_place_names(v, v->layout->m.note, place, MOST), first = 0;
  for (size_t s = 0; s < panel->n_series; s++) {
    if (!panel->series[s].line)
      continue;
    fray_rep_svg_series(v, &panel->series[s]);
    fray_rep_svg_band(v, &panel->series[s]);
    fray_rep_svg_line(v, &panel->series[s]);
    fray_text_puts(v->out, "</g>\n");
  }
  for (size_t s = 0; s < panel->n_series; first += panel->series[s++].n) {
    if (panel->series[s].line)
      continue;
    fray_rep_svg_series(v, &panel->series[s]);
    draw_cloud(v, &panel->series[s]);
    if (first < n)
      draw_names(v, &panel->series[s], place + first, n - first);
    fray_text_puts(v->out, "</g>\n");
  }
}

/* The plan of a drawing: from the texts and the width to the place of every panel. The same rules
 * for the page and for paper, so that neither can be right alone. */
#include "layout.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* In em of the body type. Below CURVE a panel of curves is a smear; ROWS bound the names of rows,
 * NAMES those at the ends of lines, SLANT those of slanted categories. */
static const double least_curve = 7, rows_wide = 14.5, rows_narrow = 8, names = 14.5, slant = 9;
enum { LABEL_LINES = 3, SLANTED = 38, UPRIGHT = 90 };
static const double degree = 3.14159265358979323846 / 180;

double fray_rep_leading(double size) {
  return 1.25 * size;
}

static bool heat(const struct fray_rep_figure *f) {
  return f->kind == FRAY_REP_HEAT;
}

/* Both counts, since one alone would divide by nothing. */
static bool in_grid(const struct fray_rep_figure *f) {
  return f->n_rows > 0 && f->n_columns > 0;
}

/* At least 1: it divides and multiplies lengths, which must not become 0. */
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

/* There are few of them, so no figure carries a list that could grow stale. */
const char *fray_rep_reference_label(const struct fray_rep_figure *f, size_t index) {
  size_t n = 0;
  if (!heat(f))
    for (size_t p = 0; p < f->n_panels; p++)
      for (size_t i = 0; i < f->panel[p].n_references; i++) {
        const char *label = f->panel[p].reference[i].label;
        if (isnan(f->panel[p].reference[i].y) || fray_rep_reference_index(f, label) != n)
          continue;
        if (n++ == index)
          return label;
      }
  return NULL;
}

/* By the first place where the label stands, counted among those that differ. */
size_t fray_rep_reference_index(const struct fray_rep_figure *f, const char *label) {
  const char *seen[16];
  size_t n = 0;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t i = 0; i < f->panel[p].n_references; i++) {
      const struct fray_rep_reference *r = &f->panel[p].reference[i];
      size_t k = 0;
      while (k < n && strcmp(seen[k], r->label) != 0)
        k++;
      if (isnan(r->y) || k < n)
        continue;
      if (strcmp(r->label, label) == 0)
        return n;
      if (n < FRAY_COUNT(seen))
        seen[n++] = r->label;
    }
  return n;
}

/* Counted, not added up, so the last one is not lost to rounding. Low panels label every other. */
size_t fray_rep_y_lines(const struct fray_rep_layout *l, size_t *every) {
  double n = floor((l->f->y1 - l->f->y0) / l->f->y_step + 0.5);
  size_t lines = n >= 0 && n < 1000 ? (size_t)n + 1 : 1;
  *every = 1;
  while (l->tile_height * (double)*every / (double)lines < fray_rep_leading(l->m.tick) &&
         *every < lines)
    ++*every;
  return lines;
}

double fray_rep_y_line(const struct fray_rep_figure *f, size_t i) {
  double value = f->y0 + (double)i * f->y_step;
  return fabs(value) < 1e-9 * f->y_step ? 0 : value;
}

/* Equal steps, so that what stands between two labels can be counted. When a pair collides all is
 * tried again with a larger step; at a step of n nothing is left to collide. */
size_t fray_rep_label_step(const struct fray_rep_figure *f, double width, double size,
                           const double *tick, size_t n) {
  size_t step = 1;
  for (size_t i = 0; i + step < n;) {
    double a = tick[i], b = tick[i + step];
    double apart = width * fabs((b - a) / (f->x1 - f->x0));
    double room = 0.5 * size *
                  (fray_rep_number_width(fray_rep_x_shown(f, a)) +
                   fray_rep_number_width(fray_rep_x_shown(f, b)));
    if (apart > room + 0.5 * size) {
      i += step;
    } else {
      step++;
      i = 0;
    }
  }
  return step;
}

/* Half of the widest label of the x axis: what it may stand out over either end of a panel. */
static double overhang(const struct fray_rep_layout *l) {
  double own[FRAY_REP_TICKS], most = 0;
  size_t n;
  const double *tick = fray_rep_x_ticks(l->f, own, &n);
  for (size_t i = 0; i < n; i++)
    most = fmax(most, fray_rep_number_width(fray_rep_x_shown(l->f, tick[i])));
  return 0.5 * l->m.tick * most;
}

/* Room for the labels of the y axis, and on paper for its name beside them. */
static double plan_left(struct fray_rep_layout *l) {
  const struct fray_rep_figure *f = l->f;
  size_t every, n = fray_rep_y_lines(l, &every);
  double most = 0;
  for (size_t i = 0; i < n; i += every)
    most = fmax(most, fray_rep_number_width(fray_rep_y_line(f, i)));
  if (!l->m.page)
    l->side = (double)fray_rep_count_lines(f->y_label, l->tile_height / l->m.tick) *
              fray_rep_leading(l->m.tick);
  return l->side + most * l->m.tick + 1.1 * l->m.body;
}

/* Titles of the rows of a grid stand at its right, upright, as wide as the panels are high. */
static double plan_row_titles(const struct fray_rep_layout *l) {
  size_t most = 0;
  for (size_t r = 0; in_grid(l->f) && r < l->f->n_rows; r++)
    most = FRAY_MAX(
        most, fray_rep_count_lines(l->f->row_title[r], l->tile_height / l->m.body / fray_rep_bold));
  return most ? (double)most * fray_rep_leading(l->m.body) + 0.5 * l->m.body : 0;
}

/* Of one of so many tiles side by side. columns is at least 1. */
static double width_of(const struct fray_rep_layout *l, size_t columns) {
  double room = l->m.width - l->left - l->right;
  /* Titles of a grid's rows beyond all bounds could take all of it, and no width is below 0. */
  return fmax((room - (double)(columns - 1) * l->gap) / (double)columns, 2 * l->m.body);
}

/* Names at the ends of the lines need a margin as wide as the longest of them; only one wide panel
 * has room for it. The panel is as high as all of them together. */
static void plan_names(struct fray_rep_layout *l) {
  const struct fray_rep_figure *f = l->f;
  double most = f->has_chance ? fray_rep_text_width("chance") : 0;
  size_t lines = f->has_chance;
  for (size_t i = 0; i < f->n_styles; i++) {
    if (!f->legend[i])
      continue;
    most = fmax(most, fray_rep_lines_width(f->legend[i], names));
    lines += fray_rep_count_lines(f->legend[i], names);
  }
  l->names = names;
  l->right = 2.3 * l->m.body + most * l->m.body;
  l->tile_height = fmax(l->tile_height, (double)lines * 1.1 * fray_rep_leading(l->m.body));
}

/* In em. One panel alone may be high; of many the rows are what the eye compares. Phones are held
 * upright, so that their panels are wide for their height already. */
static double curve_height(const struct fray_rep_layout *l) {
  bool one = l->f->n_panels <= 1, wide = l->m.page && !l->narrow;
  if (!one)
    return l->m.page ? (l->narrow ? 8.5 : 10.8) : 12.5;
  if (l->f->kind == FRAY_REP_POINTS)
    return wide ? 29 : 21;
  return wide ? 23 : 16.5;
}

/* Of a grid the columns are fixed by what it shows; what does not fit is continued in a strip of
 * its own below, and strips are of equal size. */
static void plan_strips(struct fray_rep_layout *l, size_t fit) {
  size_t n = in_grid(l->f) ? l->f->n_columns : l->f->n_panels;
  l->columns = FRAY_MAX(FRAY_MIN(l->columns, fit), (size_t)1);
  l->strips = (n + l->columns - 1) / l->columns;
  if (in_grid(l->f))
    l->columns = (n + l->strips - 1) / l->strips;
}

/* Order matters: the height decides how many labels the y axis has, these the left margin, and both
 * margins the number of columns. */
static void plan_curves(struct fray_rep_layout *l) {
  const struct fray_rep_figure *f = l->f;
  double em = l->m.body, out = overhang(l);
  size_t n = f->n_panels, fit = 1;
  l->tile_height = curve_height(l) * em;
  l->left = fmax(plan_left(l), out + 0.4 * em);
  l->right = fmax(1.1 * em, out + 0.4 * em);
  l->direct = l->m.page && !l->narrow && n == 1 && f->kind == FRAY_REP_LINES;
  if (l->direct)
    plan_names(l);
  l->right += plan_row_titles(l);
  /* The last label of a panel and the first one of the next stand apart by a blank at least. */
  l->gap = fmax(1.2 * em, 2 * out + 0.9 * em);
  /* Two by two for four: three and one would leave a hole. */
  l->columns = n <= 1 ? 1 : l->narrow || n == 2 || n == 4 ? 2 : 3;
  if (in_grid(f))
    l->columns = f->n_columns;
  while (fit < l->columns && width_of(l, fit + 1) >= least_curve * em)
    fit++;
  plan_strips(l, fit);
  l->below = fray_rep_leading(l->m.tick) + (f->n_realised ? 1.4 : 0.8) * em;
  l->apart = 0.6 * em;
}

/* The widest number in a cell, with its sign. */
static double widest_cell(const struct fray_rep_figure *f) {
  double most = 1;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      for (size_t i = 0; i < f->panel[p].series[s].n; i++)
        most = fmax(most, fray_rep_cell_width(f, &f->panel[p].series[s].point[i]));
  return most;
}

/* The widest word of a category, em: what its slot must hold for it to stand level. */
static double widest_label(const struct fray_rep_figure *f) {
  double most = 0;
  for (size_t i = 0; i < f->n_categories; i++)
    most = fmax(most, fray_rep_widest_word(f->category[i]));
  return most;
}

/* Names of rows in as many lines as the margin asks for; all rows are as high as the highest. */
static double plan_heat_rows(struct fray_rep_layout *l) {
  const struct fray_rep_figure *f = l->f;
  double most = 0;
  size_t lines = 1;
  l->row_wrap = l->narrow ? rows_narrow : rows_wide;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++) {
      const char *label = f->panel[p].series[s].label;
      most = fmax(most, fray_rep_lines_width(label, l->row_wrap));
      lines = FRAY_MAX(lines, fray_rep_count_lines(label, l->row_wrap));
    }
  l->left = most * l->m.tick + l->m.body;
  return fmax(2.08 * l->m.body, (double)lines * fray_rep_leading(l->m.tick) + 0.5 * l->m.body);
}

/* Lines of the category that needs the most of them at this wrap. */
static size_t most_label_lines(const struct fray_rep_figure *f, double wrap) {
  size_t most = 0;
  for (size_t i = 0; i < f->n_categories; i++)
    most = FRAY_MAX(most, fray_rep_count_lines(f->category[i], wrap));
  return most;
}

static double most_label_width(const struct fray_rep_figure *f, double wrap) {
  double most = 0;
  for (size_t i = 0; i < f->n_categories; i++)
    most = fmax(most, fray_rep_lines_width(f->category[i], wrap));
  return most;
}

/* Level where the words fit into their slot; slanted where they fit side by side and the first one
 * stays on the sheet; else upright, as long as it takes. */
static void plan_labels(struct fray_rep_layout *l, double slot) {
  const struct fray_rep_figure *f = l->f;
  double size = l->m.tick, line = fray_rep_leading(size);
  l->label_wrap = fmax((slot - 0.6 * size) / size, 0.1);
  size_t lines = most_label_lines(f, l->label_wrap);
  l->angle = 0;
  l->below = 0.5 * l->m.body + (double)lines * line;
  if (widest_label(f) <= l->label_wrap && lines <= LABEL_LINES)
    return;
  double sine = sin(SLANTED * degree), cosine = cos(SLANTED * degree);
  double width = most_label_width(f, slant);
  lines = most_label_lines(f, slant);
  l->angle = SLANTED;
  l->label_wrap = slant;
  l->below = 1.25 * l->m.body + width * size * sine;
  if ((double)lines * line / sine <= slot && width * size * cosine < l->left + 0.4 * slot)
    return;
  size_t fit = FRAY_MAX((size_t)(slot / line), (size_t)1);
  l->angle = UPRIGHT;
  while (most_label_lines(f, l->label_wrap) > fit)
    l->label_wrap += 2;
  l->below = 0.9 * l->m.body + most_label_width(f, l->label_wrap) * size;
}

/* `least` and `most`: width of a category at which its number or its bars can be read, and beyond
 * which they would only look coarse. What does not fit is continued in a part below; parts are of
 * equal size, as a last one of a single category would look like a mistake. */
static void plan_categories(struct fray_rep_layout *l) {
  const struct fray_rep_figure *f = l->f;
  double em = l->m.body, series = (double)most_series(f);
  size_t n = FRAY_MAX(f->n_categories, (size_t)1), panels = FRAY_MAX(f->n_panels, (size_t)1);
  double least = (1.1 + 0.72 * series) * em, most = (4.8 + 3.05 * series) * em;
  l->tile_height = (l->m.page && !l->narrow ? 17 : 13.5) * em;
  l->right = 1.1 * em;
  l->gap = 1.3 * em;
  l->apart = 0.6 * em;
  if (heat(f)) {
    least = widest_cell(f) * l->m.cell + 0.35 * em;
    /* Short labels of columns, such as strengths, stand level below cells that hold them. */
    least = fmax(least, fmin(widest_label(f), 4.2) * l->m.tick + 0.65 * l->m.tick);
    most = fmax(6.3 * em, least);
    l->tile_height = plan_heat_rows(l) * series;
  } else {
    l->left = plan_left(l);
  }
  l->right += plan_row_titles(l);
  size_t fit = FRAY_MAX((size_t)(width_of(l, 1) / least), (size_t)1), side = 1;
  l->parts = (n + fit - 1) / fit;
  l->per_part = (n + l->parts - 1) / l->parts;
  l->columns = l->parts > 1 || (heat(f) && !same_rows(f)) ? 1 : in_grid(f) ? f->n_columns : panels;
  /* As many side by side as leave every cell wide enough. */
  while (side < l->columns && width_of(l, side + 1) >= least * (double)l->per_part)
    side++;
  plan_strips(l, side);
  l->tile_width = fmin(width_of(l, l->columns), most * (double)l->per_part);
  plan_labels(l, l->tile_width / (double)l->per_part);
}

/* The row of tiles in which a panel begins, and its column. */
static void cell_of(const struct fray_rep_layout *l, size_t panel, size_t *row, size_t *column) {
  const struct fray_rep_figure *f = l->f;
  if (in_grid(f)) {
    *column = f->panel[panel].column % l->columns;
    *row = f->panel[panel].column / l->columns * f->n_rows + f->panel[panel].row;
  } else {
    *column = panel % l->columns;
    *row = panel / l->columns;
  }
}

/* What stands above a panel: of a grid the title of its column, above the first one of it. */
static const char *title_of(const struct fray_rep_figure *f, size_t panel) {
  if (!in_grid(f))
    return f->panel[panel].title;
  for (size_t p = 0; p < f->n_panels; p++)
    if (f->panel[p].column == f->panel[panel].column && f->panel[p].row < f->panel[panel].row)
      return "";
  return f->column_title[f->panel[panel].column];
}

/* Bold letters on the page; on paper, where they are not, a little room is left. */
static double title_height(const struct fray_rep_layout *l, const char *title) {
  double wrap = l->tile_width / l->m.body / fray_rep_bold;
  return (double)fray_rep_count_lines(title, wrap) * fray_rep_leading(l->m.body);
}

static double note_height(const struct fray_rep_layout *l, const char *note) {
  return (double)fray_rep_count_lines(note, l->tile_width / l->m.note) *
         fray_rep_leading(l->m.note);
}

/* Height above the tiles of a row of panels: titles, notes, and signs above bars that reach the top
 * of the panel. */
static double head_of(const struct fray_rep_layout *l, size_t row) {
  double most = 0;
  for (size_t p = 0; p < l->f->n_panels; p++) {
    size_t own, column;
    cell_of(l, p, &own, &column);
    if (own == row)
      most = fmax(most, title_height(l, title_of(l->f, p)) + note_height(l, l->f->panel[p].note));
  }
  bool signs = l->f->kind == FRAY_REP_BARS && fray_rep_remark(l->f, 0);
  return most + (most > 0 || signs ? 0.5 : 0) * l->m.body +
         (signs ? fray_rep_leading(l->m.note) : 0);
}

/* Upper edge of the tiles of a row: parts of a panel stand below each other. */
static double top_of(const struct fray_rep_layout *l, size_t row, size_t part) {
  double y = l->top, tile = l->tile_height + l->below + l->apart;
  for (size_t i = 0; i < row; i++)
    y += head_of(l, i) + (double)l->parts * tile;
  return y + head_of(l, row) + (double)part * tile;
}

/* Computed from the layout each time, so that plan and drawing cannot disagree. Without an x title
 * its line is left out, and nothing moves down for it. */
struct fray_rep_foot fray_rep_foot_of(const struct fray_rep_layout *l) {
  const struct fray_rep_figure *f = l->f;
  double line = fray_rep_leading(l->m.tick), room = l->m.width - l->m.body;
  struct fray_rep_foot foot = {.x_title = 0.3 * l->m.body};
  foot.z_title = foot.x_title + (double)fray_rep_count_lines(f->x_label, room / l->m.tick) * line;
  foot.remarks = foot.z_title + 0.3 * l->m.body;
  if (heat(f)) {
    foot.z_title += 0.4 * l->m.body;
    foot.bar = foot.z_title + 0.2 * l->m.body +
               (double)fray_rep_count_lines(f->z_label ? f->z_label : "", room / l->m.tick) * line;
    foot.ends = foot.bar + 0.9 * l->m.body;
    foot.remarks = foot.ends + line + 0.4 * l->m.body;
  }
  foot.height = foot.remarks;
  for (size_t i = 0; fray_rep_remark(f, i); i++)
    foot.height += fray_rep_leading(l->m.note) *
                   (double)fray_rep_count_lines(fray_rep_remark(f, i), fray_rep_remark_wrap(l));
  return foot;
}

/* Behind its sign, which stands out of the lines. */
double fray_rep_remark_wrap(const struct fray_rep_layout *l) {
  return (l->m.width - l->m.body - 1.4 * l->m.note) / l->m.note;
}

/* The height comes last: it follows from the texts, while the width is given. */
struct fray_rep_layout fray_rep_lay_out(const struct fray_rep_figure *f, struct fray_rep_medium m) {
  struct fray_rep_layout l = {
      .f = f, .m = m, .parts = 1, .per_part = f->n_categories, .narrow = m.width < 38.5 * m.body};
  if (fray_rep_has_categories(f))
    plan_categories(&l);
  else
    plan_curves(&l);
  if (l.tile_width <= 0)
    l.tile_width = width_of(&l, l.columns);
  l.top = m.above + 0.5 * m.body;
  if (m.page || heat(f))
    l.top += fray_rep_leading(m.tick) *
                 (double)fray_rep_count_lines(f->y_label, (m.width - m.body) / m.tick) +
             0.4 * m.body;
  l.rows = in_grid(f) ? l.strips * f->n_rows : (f->n_panels + l.columns - 1) / l.columns;
  l.bottom = fray_rep_foot_of(&l).height;
  l.height = (l.rows ? top_of(&l, l.rows - 1, l.parts) - l.apart : l.top) + l.bottom;
  return l;
}

/* True of the first panel of its row from the left, or of the last one. Where a grid has a hole
 * there another panel takes over the labels of the axis or the title of the row. */
static bool is_first(const struct fray_rep_layout *l, size_t panel, bool from_left) {
  size_t row, column;
  cell_of(l, panel, &row, &column);
  for (size_t p = 0; p < l->f->n_panels; p++) {
    size_t r, c;
    cell_of(l, p, &r, &c);
    if (r == row && (from_left ? c < column : c > column))
      return false;
  }
  return true;
}

/* Behind the last column of the strip, whether or not there is a panel of this row. */
static void put_row_title(const struct fray_rep_layout *l, struct fray_rep_tile *t) {
  const struct fray_rep_panel *panel = &l->f->panel[t->panel];
  size_t first = panel->column / l->columns * l->columns;
  size_t n = FRAY_MIN(l->columns, l->f->n_columns - first);
  t->row_title = l->f->row_title[panel->row];
  t->row_title_left = l->left + (double)n * (l->tile_width + l->gap) - l->gap + l->right -
                      plan_row_titles(l) + 0.2 * l->m.body;
}

struct fray_rep_tile fray_rep_place(const struct fray_rep_layout *l, size_t index) {
  const struct fray_rep_figure *f = l->f;
  struct fray_rep_tile t = {.panel = index / l->parts,
                            .part = index % l->parts,
                            .width = l->tile_width,
                            .height = l->tile_height,
                            .title = "",
                            .note = "",
                            .row_title = ""};
  const struct fray_rep_panel *panel = &f->panel[t.panel];
  size_t row, column;
  cell_of(l, t.panel, &row, &column);
  t.left = l->left + (double)column * (l->tile_width + l->gap);
  t.top = top_of(l, row, t.part);
  t.y_labels = is_first(l, t.panel, true);
  if (t.part == 0) { /* the parts behind continue the first one */
    t.title = title_of(f, t.panel);
    t.note = panel->note;
    if (in_grid(f) && is_first(l, t.panel, false))
      put_row_title(l, &t);
  }
  t.first = t.part * l->per_part;
  t.count = FRAY_MIN(l->per_part, f->n_categories - FRAY_MIN(t.first, f->n_categories));
  if (fray_rep_has_categories(f)) {
    /* The last part of a panel has fewer categories, and a panel may have fewer rows: cells keep
     * their size and the tile shrinks. */
    t.width *= (double)t.count / (double)FRAY_MAX(l->per_part, (size_t)1);
    if (heat(f))
      t.height *= (double)panel->n_series / (double)most_series(f);
  }
  return t;
}

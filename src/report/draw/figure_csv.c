/* A figure as CSV: a row per value, whatever the kind. */
#include "draw.h"

#include "fray/base/made.h"
#include "fray/results/csv_table.h"

#include <math.h>

/* What a row belongs to. Shared by all rows of a series, so that a row itself is told only its
 * numbers. */
struct place {
  const struct fray_rep_figure *f;
  const struct fray_rep_panel *panel;
  const char *series, *kind;
  bool control;
};

/* A category by name, since an index means nothing outside the report. One that is not in the list
 * is written as its number rather than lost. */
static void put_x(const struct place *at, double x, struct fray_text *out) {
  const struct fray_rep_figure *f = at->f;
  size_t category = fray_rep_category(f, &(struct fray_rep_point){.x = x});
  if ((f->kind != FRAY_REP_BARS && f->kind != FRAY_REP_HEAT) || category >= f->n_categories) {
    fray_rep_csv_put_real(out, x);
    return;
  }
  fray_text_puts(out, ",");
  fray_text_csv(out, f->category[category]);
}

/* Every row has all columns, whatever the kind of figure, so that one reader fits all. Names come
 * from data and go through fray_text_csv, which also keeps a spreadsheet from running them. */
static void put_row(const struct place *at, const struct fray_rep_point *p, struct fray_text *out) {
  fray_text_csv(out, at->panel->title);
  fray_text_puts(out, ",");
  fray_text_csv(out, at->series);
  fray_text_printf(out, ",%s,%d", at->kind, at->control);
  put_x(at, p->x, out);
  fray_rep_csv_put_real(out, p->y);
  fray_rep_csv_put_real(out, p->low);
  fray_rep_csv_put_real(out, p->high);
  /* A point that is no mean has no realised rate; its zero would be a claim. */
  fray_rep_csv_put_real(out, p->n ? p->realised : NAN);
  fray_text_puts(out, ",");
  if (p->n)
    fray_text_printf(out, "%zu", p->n);
  fray_text_puts(out, ",");
  fray_text_csv(out, p->label ? p->label : "");
  fray_text_puts(out, "\n");
}

/* Level and label alone: chance lines and references know nothing else. */
static void put_level(const struct place *at, double x, double y, const char *label,
                      struct fray_text *out) {
  struct fray_rep_point p = {
      .x = x, .y = y, .low = NAN, .high = NAN, .realised = NAN, .label = label};
  put_row(at, &p, out);
}

/* Its first line is also how a later report knows the file for one of ours: it must not be changed
 * without fray_made_figure. In display units: a percentage here is what the picture shows. */
void fray_rep_figure_csv(const struct fray_rep_figure *figure, struct fray_text *out) {
  /* A figure without a value still has its header, and is read as an empty table. */
  fray_text_puts(out, FRAY_MADE_FIGURE_CSV);
  for (size_t i = 0; i < figure->n_panels; i++) {
    const struct fray_rep_panel *panel = &figure->panel[i];
    struct place at = {figure, panel, "", "", false};
    for (size_t s = 0; s < panel->n_series; s++) {
      const struct fray_rep_series *series = &panel->series[s];
      at.series = series->label;
      at.control = series->control;
      at.kind = figure->kind == FRAY_REP_LINES ? "mean" : series->line ? "line" : "value";
      for (size_t k = 0; k < series->n; k++)
        put_row(&at, &series->point[k], out);
      at.kind = "single";
      for (size_t k = 0; k < series->n_singles; k++)
        put_row(&at, &series->single[k], out);
    }
    /* Chance and references belong to a panel, not to a series; the kind tells them apart from a
     * series of that name. */
    at = (struct place){figure, panel, "chance", "chance", false};
    for (size_t k = 0; k < panel->n_chance; k++)
      put_level(&at, panel->chance[k].x, panel->chance[k].y, "", out);
    at.series = at.kind = "reference";
    for (size_t k = 0; k < panel->n_references; k++)
      put_level(&at, NAN, panel->reference[k].y, panel->reference[k].label, out);
  }
}

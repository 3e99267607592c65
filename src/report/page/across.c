/* Several studies in one report: their method tables as one, and their curves along axes that they
 * share. */
#include "across.h"

#include "report/figure/figures.h"
#include "report/plot/figure.h"
#include "report/table/method_table.h"
#include "report/words/markup.h"
#include "report/words/names.h"
#include "report/words/table_columns.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

static const char *main_metric(const struct fray_rep_results *r) {
  return r->metrics.v[r->main_metric];
}

/* A study's title, with its folder where another has the same one: a scenario that was run twice
 * has one title and two folders. NULL: out of memory. Arena memory of that study, which lives as
 * long as all the others. */
const char *fray_rep_study_name(const struct fray_rep_results *results, size_t n, size_t at) {
  const char *title = fray_rep_study_title(&results[at]);
  size_t same = 0;
  for (size_t i = 0; i < n && title; i++) {
    const char *other = fray_rep_study_title(&results[i]);
    same += other && strcmp(other, title) == 0;
  }
  if (!title || same == 1)
    return title;
  return fray_arena_printf(results[at].arena, "%s (%s)", title, results[at].folder);
}

/* Studies with another score than the first cannot stand in its columns. They are named, as a
 * reader who misses one would look for a fault. */
static void put_others(const struct fray_rep_results *results, size_t n, struct fray_text *out) {
  for (size_t i = 1; i < n; i++) {
    if (strcmp(main_metric(&results[i]), main_metric(&results[0])) == 0)
      continue;
    fray_text_puts(out, "<p>");
    fray_rep_html(out, results[i].title);
    fray_text_puts(out, " is not in this table, since its score is ");
    fray_rep_html(out, main_metric(&results[i]));
    fray_text_puts(out, ".</p>\n");
  }
}

/* The score of the first study is that of the table. made and list are apart, as the table takes
 * pointers and leaves out studies with another score. Without any curve there are no rows, and then
 * no files either: an empty table would look like a finding. */
enum fray_status fray_rep_across_table(struct fray_rep_results *results, size_t n,
                                       const char *folder, struct fray_text *out,
                                       struct fray_err *err) {
  struct fray_arena *arena = results[0].arena;
  struct fray_rep_catalogue *made;
  const struct fray_rep_catalogue **list;
  struct fray_rep_table table;
  size_t n_list = 0;
  const char *tables = fray_arena_printf(arena, "%s/tables", folder);
  FRAY_CHECK(tables, err, MEMORY, "out of memory");
  FRAY_ALLOC(made, arena, n, err);
  FRAY_ALLOC(list, arena, n, err);
  for (size_t i = 0; i < n; i++) {
    if (strcmp(main_metric(&results[i]), main_metric(&results[0])) != 0)
      continue;
    FRAY_TRY(fray_rep_make_catalogue(&results[i], &made[i], err));
    made[i].study = fray_rep_study_name(results, n, i);
    FRAY_CHECK(made[i].study, err, MEMORY, "out of memory");
    list[n_list++] = &made[i];
  }
  FRAY_TRY(fray_rep_method_table(list, n_list, true, "across-studies", &table, err));
  if (table.n_rows == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_table_write(&table, tables, err));
  FRAY_TRY(fray_rep_table_html(&table, out, err));
  put_others(results, n, out);
  return FRAY_OK;
}

/* ---- curves ---- */

/* Beyond it, or where a study has several panels, each study keeps panels of its own. */
enum { MOST_IN_ONE = 8 }; /* lines that one panel can hold: as many as there are colours */

/* By the entry of its kind, so that another kind of curve joins without a line here. */
static bool joins(const struct fray_rep_figure *f) {
  const struct fray_rep_figure_kind *kind = f->key ? fray_rep_find_figure_kind(f->key) : NULL;
  return kind && kind->joins;
}

/* By what a reader sees at the axes, since keys and conditions of two studies have no number in
 * common. */
static bool same_axis(const struct fray_rep_figure *a, const struct fray_rep_figure *b) {
  return joins(a) && joins(b) && strcmp(a->x_label, b->x_label) == 0 &&
         strcmp(a->y_label, b->y_label) == 0 && a->percent == b->percent &&
         a->x_share == b->x_share;
}

/* The first figure along this axis, and how many panels and series all of them have. */
struct shared {
  size_t n_figures, n_panels, n_series;
  bool first;
};

/* Looks at all n, also behind `at`: a figure makes the joined one only if it is the first of its
 * kind, so that each axis is joined once. */
static struct shared look(const struct fray_rep_figure *v, size_t n, size_t at) {
  struct shared s = {.first = true};
  for (size_t i = 0; i < n; i++) {
    if (!same_axis(&v[i], &v[at]))
      continue;
    s.first = s.first && i >= at;
    s.n_figures++;
    s.n_panels += v[i].n_panels;
    for (size_t p = 0; p < v[i].n_panels; p++)
      s.n_series += v[i].panel[p].n_series;
  }
  return s;
}

/* The figure in the making. What it shares with the figures of the studies lies in their arenas,
 * which live as long as the page. */
struct joiner {
  struct fray_arena *arena;
  const struct fray_rep_results *results;
  size_t n_results;
  struct fray_rep_figure *out;
  bool one;          /* all lines in one panel */
  bool chances_vary; /* then, where the studies are at chance at different levels */
};

/* The study stands in front, as a label is cut at its end where there is little room. */
static const char *join_text(struct joiner *j, const char *study, const char *text) {
  return fray_arena_printf(j->arena, "%s%s%s", study, *text ? ": " : "", text);
}

/* The style of a label: the same everywhere, a new one for a new label. The legend of the first
 * figure is shared with its study and must not grow, so a new one is made each time. */
static enum fray_status style_of(struct joiner *j, const char *label, size_t *style,
                                 struct fray_err *err) {
  struct fray_rep_figure *f = j->out;
  for (*style = 0; *style < f->n_styles; ++*style)
    if (strcmp(f->legend[*style], label) == 0)
      return FRAY_OK;
  const char **legend;
  FRAY_ALLOC(legend, j->arena, f->n_styles + 1, err);
  if (f->n_styles)
    memcpy(legend, f->legend, f->n_styles * sizeof *legend);
  legend[f->n_styles++] = label;
  f->legend = legend;
  return FRAY_OK;
}

/* Points are shared with the figure of the study; only label and style are the copy's own. In a
 * panel for each study the title says whose it is, so the label stays and equal labels keep one
 * colour. */
static enum fray_status add_series(struct joiner *j, struct fray_rep_panel *panel,
                                   const struct fray_rep_series *series, const char *study,
                                   struct fray_err *err) {
  struct fray_rep_series *s = &panel->series[panel->n_series++];
  *s = *series;
  if (j->one)
    s->label = join_text(j, study, series->label);
  FRAY_CHECK(s->label, err, MEMORY, "out of memory");
  return style_of(j, s->label, &s->style, err);
}

/* By the least and the largest level: two studies need not have their points at the same strengths.
 */
static bool same_chance(const struct fray_rep_panel *a, const struct fray_rep_panel *b) {
  double least[2] = {INFINITY, INFINITY}, most[2] = {-INFINITY, -INFINITY};
  for (size_t k = 0; k < 2; k++) {
    const struct fray_rep_panel *p = k ? b : a;
    for (size_t i = 0; i < p->n_chance; i++) {
      least[k] = fmin(least[k], p->chance[i].y);
      most[k] = fmax(most[k], p->chance[i].y);
    }
  }
  return least[0] == least[1] && most[0] == most[1];
}

/* One panel for all, with the chance line of the first if it is that of all; or every panel, named
 * by its study. */
static enum fray_status add_figure(struct joiner *j, const struct fray_rep_figure *f,
                                   size_t n_series, struct fray_err *err) {
  const char *study = fray_rep_study_name(j->results, j->n_results, f->section);
  FRAY_CHECK(study, err, MEMORY, "out of memory");
  for (size_t p = 0; p < f->n_panels; p++) {
    struct fray_rep_panel *panel = &j->out->panel[j->one ? 0 : j->out->n_panels];
    if (j->one && j->out->n_panels == 1) {
      j->chances_vary = j->chances_vary || !same_chance(panel, &f->panel[p]);
    } else {
      *panel = f->panel[p];
      panel->title = j->one ? "" : join_text(j, study, f->panel[p].title);
      panel->n_series = 0;
      FRAY_CHECK(panel->title, err, MEMORY, "out of memory");
      FRAY_ALLOC(panel->series, j->arena, n_series, err);
      j->out->n_panels++;
    }
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      FRAY_TRY(add_series(j, panel, &f->panel[p].series[s], study, err));
  }
  /* What the caption says of any of them holds of the whole; join() set all to false. basis is that
   * of the first figure until another differs. */
  j->out->has_chance = j->out->has_chance || f->has_chance;
  j->out->clipped = j->out->clipped || f->clipped;
  j->out->unresolved = j->out->unresolved || f->unresolved;
  j->out->blank = j->out->blank || f->blank;
  j->out->lacks_chance = j->out->lacks_chance || f->lacks_chance;
  if (j->out->basis && strcmp(j->out->basis, f->basis ? f->basis : "") != 0)
    j->out->basis = "What the intervals rest on differs: see the curves of each study.";
  j->out->x0 = fmin(j->out->x0, f->x0);
  j->out->x1 = fmax(j->out->x1, f->x1);
  return FRAY_OK;
}

/* A copy of the first figure with all that belongs to its study taken away. x0 and x1 are widened
 * by every figure, and the scale is fitted last, when all panels stand. */
static enum fray_status join(struct joiner *j, const struct fray_rep_figures *all, size_t n,
                             size_t at, size_t index, struct shared shared, struct fray_err *err) {
  struct fray_rep_figure *f = j->out;
  *f = all->v[at];
  f->name = fray_arena_printf(j->arena, "across%zu", index + 1);
  f->title = f->x_title ? f->x_title : f->x_label;
  f->caption = "Curves of all studies that have this axis and this score.";
  f->source = NULL; /* that of each study stands below its own figure */
  f->legend = NULL;
  f->n_rows = f->n_columns = 0;
  f->n_panels = f->n_styles = f->n_ticks = f->n_realised = 0;
  f->has_chance = f->clipped = f->unresolved = f->blank = f->lacks_chance = false;
  FRAY_CHECK(f->name, err, MEMORY, "out of memory");
  j->one = shared.n_series <= MOST_IN_ONE && shared.n_panels == shared.n_figures;
  FRAY_ALLOC_ZERO(f->panel, j->arena, shared.n_panels, err);
  for (size_t i = 0; i < n; i++)
    if (same_axis(&all->v[i], &all->v[at]))
      FRAY_TRY(add_figure(j, &all->v[i], shared.n_series, err));
  /* A line of one study would be read as that of the others. */
  if (j->chances_vary) {
    f->panel[0].n_chance = 0;
    f->has_chance = f->lacks_chance = false;
    f->caption =
        "Curves of all studies that have this axis and this score. What is chance differs: "
        "see the curves of each study.";
  }
  fray_rep_scale(f);
  return FRAY_OK;
}

/* Made on the stack and copied into the list at the end: adding may move the list, and so the
 * figures that are being joined. */
enum fray_status fray_rep_across_figures(const struct fray_rep_results *results, size_t n_results,
                                         struct fray_rep_figures *figures, struct fray_err *err) {
  /* n as it was: what is appended here is a curve as well and must not be joined again. */
  size_t n = figures->n, index = 0;
  for (size_t i = 0; i < n; i++) {
    struct shared shared = look(figures->v, n, i);
    if (!joins(&figures->v[i]) || !shared.first || shared.n_figures < 2)
      continue;
    struct fray_rep_figure made;
    struct fray_rep_figure *room = NULL;
    struct joiner j = {
        .arena = results[0].arena, .results = results, .n_results = n_results, .out = &made};
    FRAY_TRY(join(&j, figures, n, i, index++, shared, err));
    made.section = n_results;
    FRAY_TRY(fray_rep_figures_add(figures, results[0].arena, &room, err));
    *room = made;
  }
  return FRAY_OK;
}

#include "fray/report/report.h"

#include "figures.h"
#include "markup.h"
#include "page.h"
#include "palette.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <string.h>

/* One report: its text, its figures, and what gnuplot said first. */
struct report {
  struct fray_text page;
  struct fray_rep_figures figures;
  struct fray_arena *arena;
  const char *complaint;
  size_t n_figures, n_missing;
};

/* What is drawn depends on how many seeds there are. */
static const char *seeds_note(const struct fray_rep_figure *f) {
  size_t most = 0;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++)
      for (size_t i = 0; i < f->panel[p].series[s].n; i++)
        most = FRAY_MAX(most, f->panel[p].series[s].point[i].n);
  return most >= 3   ? "Means over seeds."
         : most == 2 ? "Means of two seeds; hollow marks are single seeds."
                     : "Single seeds; nothing is known about their spread.";
}

static enum fray_status put_figure(struct report *report, const struct fray_rep_figure *f,
                                   struct fray_err *err) {
  struct fray_text *out = &report->page;
  report->n_figures++;
  const char *id = fray_arena_printf(report->arena, "f%zu", report->n_figures);
  const char *small = fray_arena_printf(report->arena, "f%zun", report->n_figures);
  FRAY_CHECK(id && small, err, MEMORY, "out of memory");
  fray_text_puts(out, "<figure>\n");
  fray_rep_legend(f, out);
  fray_rep_svg(f, 680, id, out);
  fray_rep_svg(f, 340, small, out);
  fray_text_printf(out, "<figcaption>%s ", f->kind == FRAY_REP_LINES ? seeds_note(f) : "");
  fray_rep_html(out, f->caption);
  fray_text_puts(out, f->basis && *f->basis ? " " : "");
  fray_rep_html(out, f->basis ? f->basis : "");
  if (f->clipped)
    fray_text_puts(out, " Bands are clipped to 0\u2013100&nbsp;%.");
  if (f->unresolved)
    fray_text_puts(out, " Where a panel counts its samples (n) and clients, there are too few to "
                        "speak of the group (under 30 or 5).");
  fray_text_printf(out, "%s Files: <code>figures/%s.csv</code>%s%s%s.</figcaption>\n",
                   f->n_realised ? " Triangles: realised rates." : "", f->name,
                   f->drawn & FRAY_REP_SVG ? ", <code>.svg</code>" : "",
                   f->drawn & FRAY_REP_PNG ? ", <code>.png</code>" : "",
                   f->drawn & FRAY_REP_PDF ? ", <code>.pdf</code>" : "");
  fray_text_puts(out, "</figure>\n");
  return FRAY_OK;
}

static enum fray_status put_group_tables(struct report *report, struct fray_rep_results *r,
                                         const struct fray_rep_axis *axis, struct fray_err *err) {
  struct fray_rep_groups *columns, groups;
  struct fray_rep_grid *grids;
  size_t n;
  FRAY_TRY(fray_rep_group_columns(r, &columns, &n, err));
  for (size_t k = 0; k < n; k++) {
    FRAY_TRY(fray_rep_scored_groups(r, axis, &columns[k], &groups, err));
    if (groups.n == 0)
      continue;
    FRAY_ALLOC(grids, r->arena, groups.n, err);
    for (size_t i = 0; i < groups.n; i++)
      FRAY_TRY(fray_rep_grid(r, axis, false, groups.group[i], r->main_metric, &grids[i], err));
    FRAY_TRY(fray_rep_group_table(r, axis, &groups, grids, &report->page, err));
  }
  return FRAY_OK;
}

static enum fray_status put_tables(struct report *report, struct fray_rep_results *r,
                                   const struct fray_rep_axis *axes, size_t n_axes,
                                   struct fray_err *err) {
  for (size_t i = 0; i < n_axes; i++) {
    fray_text_puts(&report->page, "<h3>");
    fray_rep_html(&report->page, axes[i].title);
    fray_text_puts(&report->page, "</h3>\n");
    FRAY_TRY(fray_rep_axis_tables(r, &axes[i], &report->page, err));
    FRAY_TRY(put_group_tables(report, r, &axes[i], err));
  }
  return FRAY_OK;
}

/* All figures of one kind below their heading. */
static enum fray_status put_kind(struct report *report, size_t section,
                                 const struct fray_rep_figure_kind *kind, struct fray_err *err) {
  bool headed = false;
  for (size_t i = 0; i < report->figures.n; i++) {
    const struct fray_rep_figure *f = &report->figures.v[i];
    if (f->section != section || strcmp(f->key, kind->key) != 0)
      continue;
    if (!headed)
      fray_text_printf(&report->page, "<h2>%s</h2>\n", kind->heading);
    headed = true;
    fray_text_puts(&report->page, "<h3>");
    fray_rep_html(&report->page, f->title);
    fray_text_puts(&report->page, "</h3>\n");
    FRAY_TRY(put_figure(report, f, err));
  }
  return FRAY_OK;
}

static enum fray_status put_study(struct report *report, struct fray_rep_results *r, size_t section,
                                  struct fray_err *err) {
  struct fray_text *out = &report->page;
  struct fray_rep_axis *axes;
  size_t n_axes;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  fray_text_puts(out, "<section class=\"study\">\n<h1>");
  fray_rep_html(out, r->title);
  fray_text_puts(out, "</h1>\n<p class=\"sub\">Robustness report, results in <code>");
  fray_rep_html(out, r->folder);
  fray_text_puts(out, "</code></p>\n<h2>Summary</h2>\n");
  FRAY_TRY(fray_rep_summary(r, axes, n_axes, out, err));
  FRAY_TRY(fray_rep_warnings(r, out, err));
  for (size_t i = 0; i < fray_rep_n_figure_kinds; i++)
    FRAY_TRY(put_kind(report, section, fray_rep_figure_kinds[i], err));
  if (n_axes)
    fray_text_puts(out, "<h2>Losses and comparisons</h2>\n");
  FRAY_TRY(put_tables(report, r, axes, n_axes, err));
  fray_text_puts(out, "<h2>Cells</h2>\n");
  FRAY_TRY(fray_rep_cells(r, out, err));
  fray_text_puts(out, "<h2>How to read this</h2>\n");
  fray_rep_reading(r, out);
  fray_text_puts(out, "<h2>Plan and provenance</h2>\n");
  fray_rep_plan(r, out);
  fray_text_puts(out, "</section>\n");
  return FRAY_OK;
}

static void begin_page(struct fray_text *out, const char *title) {
  fray_text_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n"
                      /* Names from data are escaped; should one slip through, nothing may run. */
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'\">\n<title>");
  fray_rep_html(out, title);
  fray_text_printf(out, " \u00b7 fray report</title>\n<style>\n%s", fray_rep_style());
  fray_text_puts(out, ":root{");
  fray_rep_palette_css(false, out);
  fray_text_puts(out, "}\n@media screen and (prefers-color-scheme:dark){:root{");
  fray_rep_palette_css(true, out);
  fray_text_printf(out, "}}\n%s</style>\n</head>\n<body>\n<main>\n", fray_rep_figure_css());
}

static enum fray_status write_page(struct report *report, const char *folder,
                                   struct fray_err *err) {
  const char *path = fray_arena_printf(report->arena, "%s/report.html", folder);
  fray_text_puts(&report->page, "</main>\n</body>\n</html>\n");
  FRAY_CHECK(path && !report->page.failed, err, MEMORY, "out of memory");
  FRAY_TRY(fray_file_write(path, report->page.data, report->page.size, err));
  if (report->n_missing)
    fray_warn("%s: %zu of %zu figures lack an SVG, PNG or PDF file; the report itself is whole",
              report->complaint ? report->complaint : "gnuplot", report->n_missing,
              report->figures.n);
  return FRAY_OK;
}

enum { FORMATS = FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF | FRAY_REP_CSV };

/* All figures of all studies at once: gnuplot takes its time to start. */
static enum fray_status draw(struct fray_rep_results *results, size_t n, const char *out,
                             struct report *report, struct fray_err *err) {
  struct fray_rep_figures *figures = &report->figures;
  const char *folder = fray_arena_printf(report->arena, "%s/figures", out);
  FRAY_CHECK(folder, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_make_figures(&results[i], i, figures, err));
  FRAY_TRY(fray_make_folders(folder, err));
  FRAY_TRY(fray_rep_draw(figures->v, figures->n, folder, FORMATS, report->arena, &report->complaint,
                         err));
  for (size_t i = 0; i < figures->n; i++)
    report->n_missing += figures->v[i].drawn != FORMATS;
  return FRAY_OK;
}

/* Everything is read before anything is written, so bad input leaves no half report. */
static enum fray_status make(const char *const *folders, size_t n, const char *out,
                             struct fray_rep_results *results, struct report *report,
                             struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_results_read(folders[i], report->arena, &results[i], err));
  FRAY_TRY(draw(results, n, out, report, err));
  begin_page(&report->page, results[0].title);
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(put_study(report, &results[i], i, err));
  return write_page(report, out, err);
}

enum fray_status fray_report(const char *const *folders, size_t n, const char *out,
                             struct fray_err *err) {
  FRAY_CHECK(n > 0, err, INPUT, "no results folder was given");
  struct fray_arena arena = {0};
  struct report report = {.arena = &arena};
  struct fray_rep_results *results = fray_arena_zero(&arena, n, sizeof *results);
  enum fray_status status = results
                                ? make(folders, n, out ? out : folders[0], results, &report, err)
                                : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t i = 0; results && i < n; i++)
    fray_rep_results_free(&results[i]);
  fray_text_free(&report.page);
  fray_arena_free(&arena);
  return status;
}

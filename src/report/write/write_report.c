/* The report: everything is read, figures and tables are drawn, the page is put together. */
#include "pictures.h"
#include "report_tables.h"

#include "report/ahead/draw_ahead.h"
#include "report/figure/figures.h"
#include "report/page/across.h"
#include "report/page/page.h"
#include "report/plot/caption.h"
#include "report/quantity/quantities.h"
#include "report/quantity/read_study.h"
#include "report/sample/samples.h"
#include "report/table/method_table.h"
#include "report/words/markup.h"
#include "report/words/names.h"

#include "fray/base/deeds.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/made.h"
#include "fray/base/size.h"
#include "fray/report/report.h"
#include "fray/results/folder.h"
#include "fray/results/report_section.h"

#include <stdio.h>
#include <string.h>

/* One report: its page, its figures, and what gnuplot said first. The figures are drawn while the
 * page is put together; links come last, since one stands only below a file that was written. Its
 * arena is the caller's and outlives the page. */
struct report {
  struct fray_rep_page page;
  struct fray_rep_figures figures;
  const char *study;        /* name of the study at hand */
  struct fray_text studies; /* of several: a list of their headlines */
  const char *folder;
  struct fray_arena *arena;
  const struct fray_rep_figure *main; /* of the first screen of the study at hand, or NULL */
  const char *samples;                /* of the options; NULL: as each scenario says */
  size_t n_figures;
  struct fray_rep_pictures pictures;
  struct fray_rep_measures_file measures; /* of the study at hand */
};

/* The element holds the caption and nothing else, so that its text is what a reader copies. */
static void put_caption(const struct fray_rep_figure *f, struct fray_text *out) {
  struct fray_text caption = {0};
  fray_rep_caption(f, &caption);
  fray_text_puts(out, "<figcaption>");
  fray_rep_html(out, caption.data ? caption.data : "");
  fray_text_puts(out, "</figcaption>\n");
  out->failed |= caption.failed;
  fray_text_free(&caption);
}

/* The numbers are in the page too, so that it can be read and saved from alone. */
static void put_files(struct report *report, const struct fray_rep_figure *f) {
  struct fray_text *out = &report->page.body;
  struct fray_text csv = {0};
  fray_rep_figure_csv(f, &csv);
  /* The name is what --figure takes. */
  fray_text_printf(out,
                   "<p class=\"files\"><span class=\"id\">Figure <code>%s</code></span>"
                   "<span>Beside this page:",
                   f->name);
  fray_rep_pictures_here(&report->pictures, f, out);
  fray_text_puts(out,
                 "</span></p>\n<details class=\"data\"><summary>Numbers of this figure</summary>\n"
                 "<pre tabindex=\"0\">\n");
  fray_rep_html(out, csv.data ? csv.data : "");
  fray_text_puts(out, "</pre></details>\n");
  /* A text that ran out of memory is cut, so the page is not written either. */
  out->failed |= csv.failed;
  fray_text_free(&csv);
}

/* The drawings, the caption and the files of one figure. The numbers of figures run
 * through the whole page, as the ids of an HTML document must be unique; "n" behind one is the
 * narrow drawing. */
static enum fray_status put_figure(struct report *report, const struct fray_rep_figure *f,
                                   struct fray_err *err) {
  struct fray_text *out = &report->page.body;
  report->n_figures++;
  const char *id = fray_arena_printf(report->arena, "f%zu", report->n_figures);
  const char *small = fray_arena_printf(report->arena, "f%zun", report->n_figures);
  FRAY_CHECK(id && small, err, MEMORY, "out of memory");
  fray_text_printf(out, "<figure data-name=\"%s\">\n", f->name);
  fray_rep_legend(f, out);
  /* Drawn twice, for wide and narrow screens: scaling one would make its type unreadable. */
  fray_rep_svg(f, 680, id, out);
  fray_rep_svg(f, 340, small, out);
  put_caption(f, out);
  put_files(report, f);
  fray_text_puts(out, "</figure>\n");
  return FRAY_OK;
}

/* A table for each group column. The figures of an axis may be of a condition under which a column
 * was not scored; such a column has no table rather than one of dashes. */
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
      FRAY_TRY(fray_rep_make_grid(r, axis, false, groups.group[i], r->main_metric, &grids[i], err));
    FRAY_TRY(fray_rep_group_table(r, axis, &groups, grids, &report->page.body, err));
  }
  return FRAY_OK;
}

/* Without an ordered axis there is nothing to lose along, so only the cells are left. They come
 * last, because they are the largest part and the least read. */
static enum fray_status put_tables(struct report *report, struct fray_rep_results *r,
                                   const struct fray_rep_axis *axes, size_t n_axes,
                                   struct fray_err *err) {
  if (n_axes)
    fray_rep_fold(&report->page, 1, "Losses and comparisons", NULL);
  for (size_t i = 0; i < n_axes; i++) {
    fray_rep_heading(&report->page, 2, axes[i].title, NULL);
    FRAY_TRY(fray_rep_axis_tables(r, &axes[i], &report->page.body, err));
    FRAY_TRY(put_group_tables(report, r, &axes[i], err));
  }
  if (n_axes)
    fray_rep_fold_end(&report->page);
  fray_rep_fold(&report->page, 1, "Every score", NULL);
  FRAY_TRY(fray_rep_cells(r, &report->page.body, err));
  fray_rep_fold_end(&report->page);
  return FRAY_OK;
}

/* Curves are the evidence of the answer; all other kinds wait for who asks. */
static void begin_kind(struct report *report, const struct fray_rep_figure_kind *kind) {
  if (kind->joins)
    fray_rep_heading(&report->page, 1, kind->heading, NULL);
  else
    fray_rep_fold(&report->page, 1, kind->heading, NULL);
  fray_text_puts(&report->page.body, "<p class=\"meaning\">");
  fray_rep_html(&report->page.body, kind->meaning);
  fray_text_puts(&report->page.body, "</p>\n");
}

/* All figures of one kind below their heading, but for the one of the first screen. section: of a
 * study, or the number of studies for what lies across them. Called once a kind, so that the order
 * is that of figures.def and not that of making. */
static enum fray_status put_kind(struct report *report, size_t section,
                                 const struct fray_rep_figure_kind *kind, struct fray_err *err) {
  bool headed = false;
  for (size_t i = 0; i < report->figures.n; i++) {
    const struct fray_rep_figure *f = &report->figures.v[i];
    if (f->section != section || strcmp(f->key, kind->key) != 0)
      continue;
    if (f == report->main)
      continue;
    /* A kind without figures has no heading. */
    if (!headed)
      begin_kind(report, kind);
    headed = true;
    fray_rep_heading(&report->page, 2, f->title, NULL);
    FRAY_TRY(put_figure(report, f, err));
  }
  if (headed && !kind->joins)
    fray_rep_fold_end(&report->page);
  return FRAY_OK;
}

/* Opens a named part. Of several studies each has its own, told apart by the study, as those who go
 * from part to part hear the names alone. */
static void begin_named(struct report *report, const char *style, const char *name) {
  struct fray_text *out = &report->page.body;
  fray_text_printf(out, "<section class=\"%s\" aria-label=\"%s", style, name);
  if (report->page.base > 1) {
    fray_text_puts(out, ", ");
    fray_rep_put_name(out, report->study);
  }
  fray_text_puts(out, "\">\n");
}

/* The remarks in a few words, where they cannot be missed; they stand in full further down. Nothing
 * at all where there is no remark: an empty box would be one more thing to read. The failure of the
 * two texts is taken over by put_full, which always follows. */
static void put_brief(struct report *report, size_t section,
                      const struct fray_rep_warnings *warnings) {
  struct fray_text *out = &report->page.body;
  if (warnings->n == 0)
    return;
  begin_named(report, "warn", "Remarks");
  fray_text_puts(out, "<p class=\"lead\">Before you believe a number</p>\n<ul>\n");
  fray_text_add(out, warnings->brief.data, warnings->brief.size);
  fray_text_printf(out,
                   "</ul>\n<p><a href=\"#remarks%zu\">All of this in full</a></p>\n</section>\n",
                   section + 1);
}

/* Said too if there is nothing to say, so that a reader who looks for remarks knows that they were
 * looked for. The id is what the link of put_brief names. */
static void put_full(struct report *report, size_t section,
                     const struct fray_rep_warnings *warnings) {
  char id[32];
  /* Numbered, since several studies share the page. */
  snprintf(id, sizeof id, "remarks%zu", section + 1);
  fray_rep_fold(&report->page, 1, "Remarks in full", id);
  struct fray_text *out = &report->page.body;
  fray_text_puts(out,
                 warnings->n ? "<ul class=\"remarks\">\n" : "<p>There is nothing to remark.</p>\n");
  fray_text_add(out, warnings->full.data, warnings->full.size);
  fray_text_puts(out, warnings->n ? "</ul>\n" : "");
  fray_rep_fold_end(&report->page);
  out->failed |= warnings->brief.failed || warnings->full.failed;
}

/* The curve of the damage that the answer is of, if it was drawn: of the kind that is drawn across
 * studies too, which is that of curves. */
static const struct fray_rep_figure *main_figure(const struct report *report, size_t section,
                                                 const struct fray_rep_answer *answer) {
  for (size_t i = 0; i < report->figures.n && answer->n_axes; i++) {
    const struct fray_rep_figure *f = &report->figures.v[i];
    const struct fray_rep_figure_kind *kind = fray_rep_find_figure_kind(f->key);
    if (f->section == section && kind && kind->joins &&
        strcmp(f->title, answer->main_axis->title) == 0)
      return f;
  }
  return NULL;
}

/* The answer, its curve beside it. Of a single study it is all that stands above the contents. */
static enum fray_status put_first(struct report *report, const struct fray_rep_answer *answer,
                                  size_t section, struct fray_err *err) {
  struct fray_text *out = &report->page.body;
  report->main = main_figure(report, section, answer);
  begin_named(report, "first", "In short");
  FRAY_TRY(fray_rep_first_screen(answer, section, out, err));
  if (report->main) {
    fray_text_puts(out, "<div class=\"curve\">\n");
    fray_rep_heading(&report->page, 1, report->main->title, NULL);
    FRAY_TRY(put_figure(report, report->main, err));
    fray_text_puts(out, "</div>\n");
  }
  fray_text_puts(out, "</section>\n");
  if (report->page.base == 1)
    report->page.n_first = out->size;
  return FRAY_OK;
}

/* What of the differences by group is resolved; the table has the rest. Behind the three answers,
 * since it is asked of methods and not of damage. */
static enum fray_status put_contrasts(struct report *report,
                                      const struct fray_rep_contrasts *contrasts,
                                      struct fray_err *err) {
  const char *words = fray_rep_contrasts_words(contrasts);
  FRAY_CHECK(words, err, MEMORY, "out of memory");
  if (!*words)
    return FRAY_OK;
  fray_text_puts(&report->page.body, "<p class=\"contrasts\">");
  fray_rep_put_name(&report->page.body, words);
  fray_text_puts(&report->page.body, "</p>\n");
  return FRAY_OK;
}

/* Answers before evidence. Both halves get the same axes, so that no sentence speaks of an axis
 * that has no figure or table below. */
static enum fray_status put_summary(struct report *report, struct fray_rep_results *r,
                                    const struct fray_rep_answer *answer,
                                    const struct fray_rep_contrasts *contrasts, size_t section,
                                    struct fray_err *err) {
  char id[32];
  snprintf(id, sizeof id, "full%zu", section + 1);
  fray_rep_heading(&report->page, 1, "The answer in full", id);
  fray_rep_run(r, &report->page.body);
  fray_rep_findings(answer, &report->page.body);
  FRAY_TRY(put_contrasts(report, contrasts, err));
  FRAY_TRY(fray_rep_update_sentence(r, &report->page.body, err));
  FRAY_TRY(fray_rep_leak_sentence(r, &report->page.body, err));
  if (answer->n_axes)
    fray_rep_fold(&report->page, 2, "Damage by damage", NULL);
  FRAY_TRY(fray_rep_summary(r, answer->axes, answer->n_axes, &report->page.body, err));
  if (answer->n_axes)
    fray_rep_fold_end(&report->page);
  return FRAY_OK;
}

static void put_appendix(struct report *report, const struct fray_rep_results *r, size_t section,
                         const struct fray_rep_warnings *warnings) {
  fray_rep_fold(&report->page, 1, "How to read this", NULL);
  fray_rep_reading(r, &report->page.body);
  fray_rep_fold_end(&report->page);
  fray_rep_fold(&report->page, 1, "Plan", NULL);
  fray_rep_plan(r, &report->page.body);
  fray_rep_fold_end(&report->page);
  fray_rep_fold(&report->page, 1, "Provenance", NULL);
  fray_rep_provenance(r, &report->page.body);
  fray_rep_fold_end(&report->page);
  put_full(report, section, warnings);
}

/* A heading and a part that was made apart from the page, since whether it has anything to say is
 * known only afterwards. An empty part has no heading, but one that failed must fail the page. */
static void put_part(struct report *report, unsigned level, const char *heading,
                     const struct fray_text *part) {
  report->page.body.failed |= part->failed;
  if (part->size == 0)
    return;
  fray_rep_heading(&report->page, level, heading, NULL);
  fray_text_add(&report->page.body, part->data, part->size);
}

/* The short table is open, as it is the proof of the first screen; all measures are folded. */
/* The table is written as files too, on the way; the folder is the report's and not that of the
 * results, which may not be writable. */
static enum fray_status put_methods(struct report *report, struct fray_rep_results *r,
                                    const struct fray_rep_answer *answer, size_t section,
                                    struct fray_err *err) {
  struct fray_text table = {0}, brief = {0};
  enum fray_status status =
      fray_rep_methods(r, section, report->folder, &report->measures, &table, err);
  fray_rep_short_table(answer, &brief);
  put_part(report, 1, "Methods", &brief);
  if (table.size) {
    fray_rep_fold(&report->page, 2, "Every measure of every damage", NULL);
    fray_text_add(&report->page.body, table.data, table.size);
    fray_rep_fold_end(&report->page);
  }
  report->page.body.failed |= table.failed;
  fray_text_free(&brief);
  fray_text_free(&table);
  return status;
}

/* Of several studies on a page: what each of them found, with the way to it. */
static enum fray_status list_study(struct report *report, const struct fray_rep_answer *answer,
                                   size_t section, struct fray_err *err) {
  struct fray_rep_sentence headline;
  const char *text;
  FRAY_TRY(fray_rep_headline(answer, &headline, err));
  FRAY_TRY(fray_rep_sentence_text(answer->r, &headline, false, &text, err));
  fray_text_printf(&report->studies, "<li><a href=\"#study%zu\">", section + 1);
  fray_rep_put_name(&report->studies, report->study);
  fray_text_puts(&report->studies, "</a>: ");
  fray_rep_html(&report->studies, text);
  fray_text_puts(&report->studies, "</li>\n");
  return FRAY_OK;
}

/* Single samples come last of the evidence: they show what was measured and prove nothing. */
static enum fray_status put_samples(struct report *report, struct fray_rep_results *r,
                                    const struct fray_rep_axis *axes, size_t n_axes,
                                    struct fray_err *err) {
  struct fray_text part = {0};
  enum fray_status status = fray_rep_put_samples(
      r, axes, n_axes, fray_rep_samples_wanted(r, report->samples), &part, err);
  put_part(report, 1, "One sample at a time", &part);
  fray_text_free(&part);
  return status;
}

/* One study from summary to provenance. After the warnings no TRY: two texts of them are to be
 * freed whatever happens. What is put after a failure is never written, as write_all ends without a
 * page. */
static enum fray_status put_parts(struct report *report, struct fray_rep_results *r, size_t section,
                                  struct fray_err *err) {
  struct fray_rep_answer answer;
  struct fray_rep_contrasts contrasts;
  struct fray_rep_warnings warnings = {0};
  FRAY_TRY(fray_rep_answer_of(r, &answer, err));
  FRAY_TRY(fray_rep_contrasts_of(r, &contrasts, err));
  FRAY_TRY(list_study(report, &answer, section, err));
  FRAY_TRY(put_first(report, &answer, section, err));
  enum fray_status status = fray_rep_list_warnings(r, answer.axes, answer.n_axes, &warnings, err);
  put_brief(report, section, &warnings);
  if (status == FRAY_OK)
    status = put_methods(report, r, &answer, section, err);
  if (status == FRAY_OK)
    status = fray_rep_volumes(&report->page, r, section, report->folder, err);
  if (status == FRAY_OK)
    status = fray_rep_updates(&report->page, r, section, report->folder, err);
  if (status == FRAY_OK)
    status = fray_rep_leaks(&report->page, r, section, report->folder, err);
  if (status == FRAY_OK)
    status = fray_rep_budgets(&report->page, r, section, report->folder, err);
  if (status == FRAY_OK)
    status = fray_rep_write_contrasts(&contrasts, report->folder, section, err);
  if (status == FRAY_OK)
    status = put_summary(report, r, &answer, &contrasts, section, err);
  for (size_t i = 0; i < fray_rep_n_figure_kinds && status == FRAY_OK; i++)
    status = put_kind(report, section, fray_rep_figure_kinds[i], err);
  if (status == FRAY_OK)
    status = put_tables(report, r, answer.axes, answer.n_axes, err);
  if (status == FRAY_OK)
    status = put_samples(report, r, answer.axes, answer.n_axes, err);
  put_appendix(report, r, section, &warnings);
  fray_text_free(&warnings.brief);
  fray_text_free(&warnings.full);
  return status;
}

/* The most of its measures are in no sentence and no table of the page, and are made beside it;
 * those of the first study were begun before the figures. */
static enum fray_status put_study(struct report *report, struct fray_rep_results *r, size_t section,
                                  struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  if (section > 0)
    status = fray_rep_measures_begin(r, section, report->folder, &report->measures, err);
  if (status == FRAY_OK)
    status = put_parts(report, r, section, err);
  if (status == FRAY_OK)
    return fray_rep_measures_end(&report->measures, err);
  fray_rep_measures_drop(&report->measures);
  return status;
}

/* What the scenario says of itself. */
static void put_what(const struct fray_rep_results *r, struct fray_text *out) {
  const struct fray_node *about = r->scenario ? fray_node_get(r->scenario, "description") : NULL;
  if (about && about->scalar && *about->scalar) {
    fray_text_puts(out, "<p class=\"what\">");
    fray_rep_html(out, about->scalar);
    fray_text_puts(out, "</p>\n");
  }
}

/* Several studies side by side, before each by itself. Its section number is n, one behind that of
 * the last study, which is what put_kind finds them by. */
static enum fray_status put_across(struct report *report, struct fray_rep_results *results,
                                   size_t n, struct fray_err *err) {
  struct fray_text table = {0};
  if (n < 2)
    return FRAY_OK;
  fray_rep_heading(&report->page, 0, "Across studies", NULL);
  enum fray_status status = fray_rep_across_table(results, n, report->folder, &table, err);
  report->page.body.failed |= table.failed;
  if (table.size) {
    fray_rep_fold(&report->page, 1, "Methods of all studies", NULL);
    fray_text_add(&report->page.body, table.data, table.size);
    fray_rep_fold_end(&report->page);
  }
  fray_text_free(&table);
  for (size_t i = 0; i < fray_rep_n_figure_kinds && status == FRAY_OK; i++)
    status = put_kind(report, n, fray_rep_figure_kinds[i], err);
  return status;
}

/* One study is the page; several are parts of it, each with its own title. The lines under the
 * title are those of the study if there is one, and otherwise stand under each study's own heading;
 * `what` then only says what kind of page this is. base moves all headings down by one, so that
 * there is only one h1. */
static enum fray_status put_studies(struct report *report, struct fray_rep_results *results,
                                    size_t n, struct fray_text *out, struct fray_err *err) {
  struct fray_text what = {0};
  char id[32];
  const char *title = n == 1 ? fray_rep_study_title(&results[0])
                             : fray_arena_printf(report->arena, "%zu studies", n);
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  report->page.base = n == 1 ? 1 : 2;
  enum fray_status status = put_across(report, results, n, err);
  for (size_t i = 0; i < n && status == FRAY_OK; i++) {
    snprintf(id, sizeof id, "study%zu", i + 1);
    report->study = fray_rep_study_name(results, n, i);
    if (n > 1)
      fray_rep_heading(&report->page, 0, report->study ? report->study : "", id);
    put_what(&results[i], n > 1 ? &report->page.body : &what);
    status = put_study(report, &results[i], i, err);
  }
  if (n > 1) {
    fray_text_puts(&what, "<ul class=\"studies\">\n");
    fray_text_add(&what, report->studies.data, report->studies.size);
    fray_text_puts(&what, "</ul>\n");
  }
  what.failed |= report->studies.failed;
  if (status == FRAY_OK)
    status = fray_rep_pictures_end(&report->pictures, &report->page, err);
  fray_rep_document(&report->page, title, &what, out);
  fray_text_free(&what);
  return status;
}

/* A text that lacked memory is cut somewhere in its middle, so it is not written. Missing pictures
 * are a warning and no failure: the page draws its own, and the report answers without gnuplot. */
static enum fray_status write_page(struct report *report, const struct fray_text *page,
                                   const char *folder, struct fray_err *err) {
  const char *path = fray_arena_printf(report->arena, "%s/report.html", folder);
  FRAY_CHECK(path && !page->failed, err, MEMORY, "out of memory");
  FRAY_TRY(fray_file_write(path, page->data, page->size, err));
  const struct fray_rep_pictures *p = &report->pictures;
  if (p->n_missing)
    fray_warn("%s: %zu of %zu figures lack an SVG, PNG or PDF file; the report itself is whole",
              p->complaint ? p->complaint : "gnuplot", p->n_missing, report->figures.n);
  return FRAY_OK;
}

/* Only what a report wrote before is replaced. Checked by what is in a file and not by its name.
 * After this, writing replaces without asking, so whatever a report writes must be looked at
 * here. */
static enum fray_status check_theirs(const struct report *report, const char *out,
                                     struct fray_err *err) {
  const char *page = fray_arena_printf(report->arena, "%s/report.html", out);
  const char *figures = fray_arena_printf(report->arena, "%s/figures", out);
  const char *tables = fray_arena_printf(report->arena, "%s/tables", out);
  FRAY_CHECK(page && figures && tables, err, MEMORY, "out of memory");
  FRAY_CHECK(!fray_file_exists(page) || fray_made_page(out, "report.html"), err, INPUT,
             "%s is there already, and no report wrote it; -o DIR takes another folder", page);
  FRAY_TRY(fray_rep_check_tables(tables, err));
  return fray_rep_draw_check(report->figures.v, report->figures.n, figures, report->arena, err);
}

/* Those across studies are put together from those of the studies, so they come last. */
static enum fray_status make_figures(struct fray_rep_results *results, size_t n,
                                     struct report *report, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_make_figures(&results[i], i, &report->figures, err));
  return n > 1 ? fray_rep_across_figures(results, n, &report->figures, err) : FRAY_OK;
}

/* The page links to what was drawn, so that the drawing ends before it is closed. The page itself
 * comes last, so that whoever sees it finds everything that it names. Pictures are waited for
 * whatever came out: their folder is to be whole. */
static enum fray_status write_all(const char *out, struct fray_rep_results *results, size_t n,
                                  struct report *report, struct fray_err *err) {
  struct fray_text page = {0};
  FRAY_TRY(fray_rep_pictures_begin(out, &report->figures, report->arena, &report->pictures, err));
  enum fray_status status = put_studies(report, results, n, &page, err);
  if (status != FRAY_OK)
    fray_rep_pictures_end(&report->pictures, &report->page, NULL);
  if (status == FRAY_OK)
    status = write_page(report, &page, out, err);
  fray_text_free(&page);
  return status;
}

/* Everything is read before anything is written, so bad input leaves no half report. Which option
 * is blamed for a bad place depends on whether the user gave one: without -o the report goes into
 * the first results folder, and `out` is that very pointer. The claim is held from the first write
 * to the last and given back in any case. */
static enum fray_status make(const char *const *folders, size_t n, const char *out,
                             struct fray_rep_results *results, struct report *report,
                             struct fray_err *err) {
  int claim = -1;
  FRAY_TRY(fray_place_check(out == folders[0] ? "the results folder" : "-o", out, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_folder_apart(out, folders[i], err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_study_read(folders[i], NULL, report->arena, &results[i], err));
  for (size_t i = 0; i < n; i++)
    fray_rep_want_all_metrics(&results[i]);
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_draw_ahead(&results[i], err));
  report->folder = out;
  FRAY_TRY(fray_rep_measures_begin(&results[0], 0, out, &report->measures, err));
  FRAY_TRY(make_figures(results, n, report, err));
  FRAY_TRY(check_theirs(report, out, err));
  fray_deed(fray_file_exists(out) ? FRAY_DEED_SHARED : FRAY_DEED_WHOLE, out);
  FRAY_TRY(fray_make_folders(out, err));
  FRAY_TRY(fray_claim(out, "report", &claim, err));
  enum fray_status status = write_all(out, results, n, report, err);
  fray_claim_end(out, "report", claim);
  return status;
}

/* The results are freed one by one whatever came out, also those that were not read, which are
 * zeroed. The arena goes last, for the page and the results point into it. */
enum fray_status fray_report_with(const char *const *folders, size_t n, const char *out,
                                  const struct fray_report_options *options, struct fray_err *err) {
  size_t count;
  FRAY_CHECK(n > 0, err, INPUT, "no results folder was given");
  FRAY_CHECK(!options->samples || fray_shown_samples(options->samples, &count), err, INPUT,
             "samples: '%s' is neither none nor a whole number from 1 to %d", options->samples,
             FRAY_MOST_SHOWN_SAMPLES);
  struct fray_arena arena = {0};
  struct report report = {.arena = &arena, .samples = options->samples};
  struct fray_rep_results *results = fray_arena_zero(&arena, n, sizeof *results);
  enum fray_status status = results
                                ? make(folders, n, out ? out : folders[0], results, &report, err)
                                : fray_fail(err, FRAY_MEMORY, "out of memory");
  fray_rep_measures_drop(&report.measures); /* begun early, a failure may have passed them by */
  if (results)
    for (size_t i = 0; i < n; i++)
      fray_rep_study_free(&results[i]);
  fray_rep_page_free(&report.page);
  fray_text_free(&report.studies);
  fray_arena_free(&arena);
  return status;
}

enum fray_status fray_report(const char *const *folders, size_t n, const char *out,
                             struct fray_err *err) {
  return fray_report_with(folders, n, out, &(struct fray_report_options){0}, err);
}

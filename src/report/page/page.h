/* The parts of the page, in order. Each appends HTML; text from data is escaped. A text that lacks
 * memory is marked as failed, which whoever writes the page looks at; what returns a status fails
 * for lack of memory alone, of the results' arena. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/answer/answer.h"

/** page.css and page.js, embedded by embed.cmake, and the script's name in a
 *  Content-Security-Policy. */
extern const char fray_rep_page_css[], fray_rep_page_js[], fray_rep_page_js_hash[];
extern const char fray_rep_document_css[]; /* of pages of others, see fray/report/document.h */

/** The page as it grows: what stands in it, and the list of contents beside it. Zeroed is empty. */
struct fray_rep_page {
  struct fray_text body, contents;
  size_t n_headings;
  size_t n_first; /* bytes of the body that stand above the contents: the first screen */
  unsigned base;  /* level of a heading of level 0: 1, or 2 where several studies share the page */
  unsigned depth; /* of the last entry of the contents, 0: none yet */
  bool plain;     /* without the script, with what document.css adds */
  bool wide;      /* the contents stand above the text, which has all of the width */
};

/** Appends a name that names.h gave, escaped; NULL, which is lack of memory, fails the text. */
void fray_rep_put_name(struct fray_text *out, const char *name);
/** A heading, its anchor and its entry in the contents. level: 0 the title of a study, 1 a part of
 *  it, 2 within a part. text: from data. id: NULL or the anchor's name. */
void fray_rep_heading(struct fray_rep_page *page, unsigned level, const char *text, const char *id);
/** The same as a part that is folded: a heading in the summary of a <details>, which the end
 *  closes. */
void fray_rep_fold(struct fray_rep_page *page, unsigned level, const char *text, const char *id);
void fray_rep_fold_end(struct fray_rep_page *page);
struct fray_rep_table;
/** A part of the page that is one table: writes it to the tables of `folder` under `name` (or
 *  rN-name, N the section, where several studies share the page) and shows it under `title`, folded
 *  where it is too long to be looked over. Nothing of a table without rows. Sets
 *  table->name. The table's arena; MEMORY, IO. */
enum fray_status fray_rep_table_part(struct fray_rep_page *page, struct fray_rep_table *table,
                                     const char *name, size_t section, const char *folder,
                                     const char *title, struct fray_err *err);
/** The whole document: head, header, contents, body, script. title: from data. what: HTML of the
 * line under it. out fails if page or what did. */
void fray_rep_document(struct fray_rep_page *page, const char *title, const struct fray_text *what,
                       struct fray_text *out);
void fray_rep_page_free(struct fray_rep_page *page);

/** What was run: trainings, swept keys, seeds, the score, whose samples. */
void fray_rep_run(const struct fray_rep_results *r, struct fray_text *out);

/** The first screen: headline, large numbers, what it cannot say. section: index of the study on
 *  the page, for ids; the part "#fullN" has all intervals. MEMORY. */
enum fray_status fray_rep_first_screen(const struct fray_rep_answer *a, size_t section,
                                       struct fray_text *out, struct fray_err *err);
/** Clean, damaged, loss, lead and verdict of each model under the damage of the headline; nothing
 *  without scores. */
void fray_rep_short_table(const struct fray_rep_answer *a, struct fray_text *out);
/** A part of the page: models that drop or add data beside their controls of a matched volume, with
 *  FOLDER/tables/volumes.csv and .tex; nothing without such controls. IO. */
enum fray_status fray_rep_volumes(struct fray_rep_page *page, struct fray_rep_results *r,
                                  size_t section, const char *folder, struct fray_err *err);
/** A part of the page: whose updates the rules took, with FOLDER/tables/updates.csv and .tex;
 * nothing where no rule looked at single updates. IO. */
enum fray_status fray_rep_updates(struct fray_rep_page *page, struct fray_rep_results *r,
                                  size_t section, const char *folder, struct fray_err *err);
/** Whom a rule turned down more than others, as far as that is resolved; nothing where no rule
 *  looked at single updates. MEMORY. */
enum fray_status fray_rep_update_sentence(struct fray_rep_results *r, struct fray_text *out,
                                          struct fray_err *err);
/** A part of the page: what models tell of who was in their training, with
 * FOLDER/tables/members.csv and .tex; nothing where nobody was held out. IO. */
enum fray_status fray_rep_leaks(struct fray_rep_page *page, struct fray_rep_results *r,
                                size_t section, const char *folder, struct fray_err *err);
/** As far as that is resolved, in a sentence or three; else nothing. MEMORY. */
enum fray_status fray_rep_leak_sentence(struct fray_rep_results *r, struct fray_text *out,
                                        struct fray_err *err);
/** A part of the page: what trainings gave away of their clients and what they score, with
 * FOLDER/tables/privacy.csv and .tex; nothing where no update was clipped. IO. */
enum fray_status fray_rep_budgets(struct fray_rep_page *page, struct fray_rep_results *r,
                                  size_t section, const char *folder, struct fray_err *err);
/** The answers at length: what costs most, for whom, how sure. Nothing without axes. */
void fray_rep_findings(const struct fray_rep_answer *a, struct fray_text *out);

/** Per axis how much is lost and which series copes better. */
enum fray_status fray_rep_summary(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                  size_t n_axes, struct fray_text *out, struct fray_err *err);

/** What a reader must know before believing a number: list items, in a few words each and in full.
 */
struct fray_rep_warnings {
  struct fray_text brief, full;
  size_t n;
};
/** Begins and ends a remark in both lists; id: text from data in front of it, or NULL. */
void fray_rep_warn_begin(struct fray_rep_warnings *w, const char *id);
void fray_rep_warn_end(struct fray_rep_warnings *w);
/** "<code>method</code> avg, <code>lost.rate</code> 0.5": the swept values of a trial. */
void fray_rep_put_values(const struct fray_rep_results *r, const struct fray_rep_trial *t,
                         struct fray_text *out);
/** Of the trainings, not of controls: clients that fell out, nothing to train on, trainings that
 * ended while they still learnt, models at chance, seeds that never left it, seeds that scatter. */
enum fray_status fray_rep_warn_training(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                        struct fray_err *err);
/** Of the data: too few test clients, groups that nobody tests, content that is there twice. */
enum fray_status fray_rep_warn_data(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                    struct fray_err *err);
/** All remarks of a study. *out: zeroed; the caller frees both texts, whatever comes out. */
enum fray_status fray_rep_list_warnings(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axes, size_t n_axes,
                                        struct fray_rep_warnings *out, struct fray_err *err);

/** Drop of every series along an axis, and the paired comparisons. */
enum fray_status fray_rep_axis_tables(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                      struct fray_text *out, struct fray_err *err);

/** Value at both ends and drop of each group and series; grids: (groups->n) of the main metric. */
enum fray_status fray_rep_group_table(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                      const struct fray_rep_groups *groups,
                                      const struct fray_rep_grid *grids, struct fray_text *out,
                                      struct fray_err *err);

/** Every cell under every condition: best open for `trial`, the rest folded. */
enum fray_status fray_rep_cells(struct fray_rep_results *r, struct fray_text *out,
                                struct fray_err *err);

/** scenario.yaml as it ran; what provenance.json says. */
void fray_rep_plan(const struct fray_rep_results *r, struct fray_text *out);
void fray_rep_provenance(const struct fray_rep_results *r, struct fray_text *out);

/** How to read intervals, chance lines and diverged trials. */
void fray_rep_reading(const struct fray_rep_results *r, struct fray_text *out);

#endif

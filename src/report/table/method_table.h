/* The method table: clean score, measures, calibration and the difference to the reference. */
#ifndef REPORT_METHOD_TABLE_H
#define REPORT_METHOD_TABLE_H

#include "table_model.h"

#include "report/measure/catalogue.h"

#include "fray/base/beside.h"

/** Rows of all axes and series of n studies. with_studies: their names stand in a first column.
 * name: of its files. MEMORY. */
enum fray_status fray_rep_method_table(const struct fray_rep_catalogue *const *m, size_t n,
                                       bool with_studies, const char *name,
                                       struct fray_rep_table *out, struct fray_err *err);

/** measures.csv of a study, being made; zero: none. */
struct fray_rep_measures_file {
  struct fray_rep_catalogue *curves; /* rows that the page shows; NULL: not made yet */
  struct fray_rep_catalogue *m;      /* the same while the rest is made; NULL: it is not */
  const char *path;
  struct fray_beside beside;
};
/** Makes those of curves and begins with the rest of measures.csv, of which most is in no table: on
 *  another core, where that can be; else nothing, and fray_rep_methods makes all of them. MEMORY.
 */
enum fray_status fray_rep_measures_begin(struct fray_rep_results *r, size_t section,
                                         const char *folder, struct fray_rep_measures_file *f,
                                         struct fray_err *err);
/** Makes the measures of a study that are not made, writes FOLDER/tables/methods.csv and
 * methods.tex (before their names: "r2-" for the second study, and so on) and appends the table as
 * HTML, with what is missing in it; nothing where there is no curve. IO. */
enum fray_status fray_rep_methods(struct fray_rep_results *r, size_t section, const char *folder,
                                  struct fray_rep_measures_file *measures, struct fray_text *out,
                                  struct fray_err *err);
/** Ends and writes measures.csv, if it was begun. IO, MEMORY. */
enum fray_status fray_rep_measures_end(struct fray_rep_measures_file *f, struct fray_err *err);
/** Ends it without a file. */
void fray_rep_measures_drop(struct fray_rep_measures_file *f);

#endif

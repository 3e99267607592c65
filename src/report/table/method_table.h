/* The method table: clean score, measures, calibration and the difference to the reference. */
#ifndef REPORT_METHOD_TABLE_H
#define REPORT_METHOD_TABLE_H

#include "table_model.h"

#include "report/measure/catalogue.h"

/** Rows of all axes and series of n studies. with_studies: their names stand in a first column.
 * name: of its files. MEMORY. */
enum fray_status fray_rep_method_table(const struct fray_rep_catalogue *const *m, size_t n,
                                       bool with_studies, const char *name,
                                       struct fray_rep_table *out, struct fray_err *err);

/** Makes the measures of a study, writes FOLDER/tables/measures.csv, methods.csv and methods.tex
 *  (before their names: "r2-" for the second study, and so on) and appends the table as HTML, with
 *  what is missing in it; nothing where there is no curve. IO. */
enum fray_status fray_rep_methods(struct fray_rep_results *r, size_t section, const char *folder,
                                  struct fray_text *out, struct fray_err *err);

#endif

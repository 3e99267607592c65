/* The cost table: what each trained model cost, its score, and where it stands. */
#ifndef REPORT_COST_TABLE_H
#define REPORT_COST_TABLE_H

#include "table_model.h"

#include "fray/results/read_results.h"

/** Writes FOLDER/BEFOREcosts.csv and .tex and appends the table as HTML; nothing where no training
 *  counted its costs. before: "" or "r2-". IO. */
enum fray_status fray_rep_costs(struct fray_rep_results *r, const char *folder, const char *before,
                                struct fray_text *out, struct fray_err *err);

#endif

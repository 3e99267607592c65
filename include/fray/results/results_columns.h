/* The data dictionary of a results folder: which columns its CSV files have, and what they mean. */
#ifndef FRAY_RESULTS_RESULTS_COLUMNS_H
#define FRAY_RESULTS_RESULTS_COLUMNS_H

#include "fray/base/columns.h"

/** Header row of trials.csv, scores.csv or rounds.csv; and columns.csv. */
void fray_results_header(const char *file, const struct fray_column_words *words,
                         struct fray_text *out);
void fray_results_columns(struct fray_text *out);

#endif

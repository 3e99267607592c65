/* What the columns of the report's CSV files mean. */
#ifndef REPORT_TABLE_COLUMNS_H
#define REPORT_TABLE_COLUMNS_H

#include "fray/base/columns.h"
#include "fray/base/status.h"

/** Header row of one of the files. key: swept keys. */
void fray_rep_header(const char *file, const char *const *key, size_t n_keys,
                     struct fray_text *out);
/** FOLDER/columns.csv: what the tables and figures of a report hold. IO. */
enum fray_status fray_rep_columns_write(const char *folder, struct fray_err *err);

#endif

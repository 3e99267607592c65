/* Tables of a report beside its page. */
#ifndef REPORT_TABLES_H
#define REPORT_TABLES_H

#include "report/contrast/contrasts.h"

/** INPUT: the folder holds a file with the name of a report's table that no report wrote. A folder
 *  that is not there holds none. */
enum fray_status fray_rep_check_tables(const char *folder, struct fray_err *err);
/** FOLDER/tables/group-differences.csv (section 1, from 0: "r2-" before its name), which must be
 *  there; none where nothing was compared. IO. */
enum fray_status fray_rep_write_contrasts(const struct fray_rep_contrasts *contrasts,
                                          const char *folder, size_t section, struct fray_err *err);

#endif

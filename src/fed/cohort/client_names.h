/* Clients as files name them. */
#ifndef FED_COHORT_CLIENT_NAMES_H
#define FED_COHORT_CLIENT_NAMES_H

#include "fray/codec/names.h"

/** The client of a field of a CSV file: the name as it stands, then without the apostrophe that
 *  fray puts before what a spreadsheet would run. INPUT with file, line and the nearest name. */
enum fray_status client_of_field(const char *file, size_t line, const struct fray_name_table *names,
                                 const char *field, uint32_t *client, struct fray_err *err);
/** The round of such a field, from 1. INPUT likewise. */
enum fray_status round_of_field(const char *file, size_t line, const char *field,
                                unsigned long long *round, struct fray_err *err);

#endif

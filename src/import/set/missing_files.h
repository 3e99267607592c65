/* Files that are not there, and files that nobody took. */
#ifndef FRAY_IMPORT_MISSING_FILES_H
#define FRAY_IMPORT_MISSING_FILES_H

#include "sample_set.h"

/** Looks whether the files of a sample's values (modalities) are there and may be read. keep: one
 *  that is not there becomes an absent value; otherwise it is put down in set->missing. */
enum fray_status fray_files_check(struct set *set, bool keep, const struct sample *s,
                                  struct value *value, struct fray_err *err);
/** Says what was absent; INPUT names what is missing. */
enum fray_status fray_files_settle(struct set *set, struct fray_err *err);
/** Counts and names the files that readers left out and that no other input took either. */
enum fray_status fray_left_out_say(struct set *set, struct fray_err *err);

#endif

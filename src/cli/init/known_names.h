/* Names of files by published schemes: letters and numbers that stand for a speaker and a class. */
#ifndef FRAY_CLI_INIT_KNOWN_NAMES_H
#define FRAY_CLI_INIT_KNOWN_NAMES_H

#include "init.h"

/** Appends modalities and an input if nearly all files of the kind are named by one scheme; else
 *  *found false. */
enum fray_status init_put_known(const struct init_listing *look, const struct fray_choice *kind,
                                struct fray_arena *arena, struct fray_text *out, bool *found,
                                struct fray_err *err);

#endif

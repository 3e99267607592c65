/* A results folder with all that its quantities need. */
#ifndef REPORT_READ_STUDY_H
#define REPORT_READ_STUDY_H

#include "fray/results/read_results.h"

/** Reads a folder as fray_rep_results_read_seeds does, and makes the store of its quantities and
 * that of its controls. seeds: those that count, NULL: all. Whatever the result, call the free
 * afterwards; arena: outlives the study. */
enum fray_status fray_rep_study_read(const char *folder, const struct fray_rep_names *seeds,
                                     struct fray_arena *arena, struct fray_rep_results *out,
                                     struct fray_err *err);
void fray_rep_study_free(struct fray_rep_results *study);

#endif

#ifndef FRAY_RESULTS_TRIAL_TABLE_H
#define FRAY_RESULTS_TRIAL_TABLE_H

#include "fray/results/read_results.h"

/** Fills keys, damages, trials, cells and seeds from r->trials_csv. INPUT with file and line: a
 *  missing column, a bad number or status, a trial or a (cell, seed) that appears twice. */
enum fray_status fray_rep_trials_read(struct fray_rep_results *r, struct fray_err *err);

/** Place of the first trial (control) with this name; false: none has it. names: r->trial_name
 *  (r->control_name). */
bool fray_rep_trial_find(const struct fray_rep_trial *trial, const struct fray_hash_places *names,
                         const char *name, size_t *at);

/** Places the controls of `of` in r, which begins as a copy without trials, cells and names. */
enum fray_status fray_rep_controls_place(struct fray_rep_results *r,
                                         const struct fray_rep_results *of, struct fray_err *err);

#endif

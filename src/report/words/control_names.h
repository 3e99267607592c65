/* What the controls of a study are called in its results, and to a reader. */
#ifndef REPORT_CONTROL_NAMES_H
#define REPORT_CONTROL_NAMES_H

#include "fray/results/read_results.h"

/** Test conditions that controls add: no modality at all; and the beginnings of the names of those
 *  that leave one modality, or take one away. */
#define FRAY_REP_NOTHING_LEFT "all_missing"
#define FRAY_REP_ONLY "only:"
#define FRAY_REP_WITHOUT "without:"

/** True for the conditions that controls add. */
bool fray_rep_is_control_condition(const char *name);
/** The modality that a control was trained on alone, or NULL. */
const char *fray_rep_control_modality(const char *control);
/** What drops or adds the data whose volume a control has, a method or the id of an entry; or NULL.
 */
const char *fray_rep_control_volume(const char *control);
/** True for the control whose strengths are all those of no damage. */
bool fray_rep_is_clean_control(const char *control);
/** True for the control whose clients train alone. */
bool fray_rep_is_alone_control(const char *control);
/** "audio alone": what a control is, to a reader. NULL: out of memory. */
const char *fray_rep_control_words(const struct fray_rep_results *r, const char *control);

#endif

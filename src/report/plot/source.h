/* Where the numbers of a study come from, in a sentence for captions. */
#ifndef REPORT_SOURCE_H
#define REPORT_SOURCE_H

#include "fray/results/read_results.h"

/** "Data: spoken-digits. Model: attention, conv_gru for audio. 30 trainings with 5 seeds, 360 test
 *  samples of 12 clients." Plain text from data, in the arena; parts that are not known are left
 *  out. */
enum fray_status fray_rep_source(struct fray_rep_results *r, const char **out,
                                 struct fray_err *err);

#endif

/* The part of the page that shows single test samples. */
#ifndef REPORT_SAMPLES_H
#define REPORT_SAMPLES_H

#include "report/stat/axis.h"

/** Each damage of raw values, ordered or not, on one test sample at every strength; then for each
 *  axis, all of them ordered, the `most` test samples that changed most and as many drawn at
 * random, clean and damaged, with what the models said of them; most 0: a sentence that none are
 * shown. Without shards, answers or names of samples: why none are shown. Nothing without axes.
 * HTML appended; text from data is escaped. MEMORY. */
enum fray_status fray_rep_put_samples(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                      size_t n_axes, size_t most, struct fray_text *out,
                                      struct fray_err *err);

/** How many a page of these results shows: `option` ("none" or a count), or NULL: what the scenario
 *  says. 0, so that nothing is shown, where that cannot be read. */
size_t fray_rep_samples_wanted(const struct fray_rep_results *r, const char *option);

#endif

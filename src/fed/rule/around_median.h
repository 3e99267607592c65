/* The values nearest the median, coordinate by coordinate. */
#ifndef FRAY_FED_RULE_AROUND_MEDIAN_H
#define FRAY_FED_RULE_AROUND_MEDIAN_H

#include "fray/fed/rule.h"

/** Means of the `keep` (>= 1) values nearest the median in each lane, which must be in order; as
 *  coordinates of struct fray_rule_ops. */
void rule_mean_around_median(const struct fray_lanes *lanes, size_t keep, float *out, float *low,
                             float *high);

#endif

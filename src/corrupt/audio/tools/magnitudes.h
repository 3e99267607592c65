/* Order statistics of how far sound is from 0. */
#ifndef FRAY_CORRUPT_AUDIO_MAGNITUDES_H
#define FRAY_CORRUPT_AUDIO_MAGNITUDES_H

#include <stddef.h>

/** Percentile of |x| over n >= 1 finite values, interpolated linearly between the two nearest (type
 * 7 of Hyndman & Fan 1996, the default of numpy and R). percent in [0, 100]. O(n), whatever the
 *  values. */
float fray_magnitude_percentile(const float *x, size_t n, double percent);

#endif

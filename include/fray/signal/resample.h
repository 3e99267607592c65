/* Resampling by a windowed sinc (Kaiser), any ratio; images are resized by the codec layer. */
#ifndef FRAY_SIGNAL_RESAMPLE_H
#define FRAY_SIGNAL_RESAMPLE_H

#include "fray/base/status.h"

#include <stddef.h>

/** Samples that n at rate_in become at rate_out: ceil(n rate_out / rate_in). */
size_t fray_resampled_length(size_t n, double rate_in, double rate_out);
/** out (fray_resampled_length). Stop band below -70 dB; equal rates copy. INPUT for rates outside
 *  [1, 1e6]. */
enum fray_status fray_resample_signal(const float *x, size_t n, double rate_in, double rate_out,
                                      float *out, struct fray_err *err);

#endif

/* Windows cut into pieces that change places. */
#ifndef FRAY_CORRUPT_SERIES_SEGMENTS_H
#define FRAY_CORRUPT_SERIES_SEGMENTS_H

#include "fray/corrupt/signal.h"

/** Any order of n pieces, each as likely, the one that there was among them. order: (n). */
void fray_draw_order(struct fray_rng *rng, uint32_t *order, size_t n);
/** Puts piece order[k] k-th. Pieces end at the steps cut[0] <= cut[1] .. (n - 1), and at the end.
 * from: a copy of the window. */
void fray_segments_reorder(const float *from, const size_t *cut, const uint32_t *order, size_t n,
                           struct fray_signal *x);

#endif

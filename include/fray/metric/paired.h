/* Two answers to the same samples: how often one turns right what the other had wrong, and back. */
#ifndef FRAY_METRIC_PAIRED_H
#define FRAY_METRIC_PAIRED_H

#include <stddef.h>

/** One-sided exact sign test: P(X >= b), X ~ Bin(b + c, 1/2). b: samples that turn right, c: that
 * turn wrong; others say nothing. 1 of none. Relative error below 1e-12. O(b + c). */
double fray_sign_test(size_t b, size_t c);

#endif

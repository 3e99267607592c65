/* Random rounding to a grid, which coders share that differ in the scale of theirs. */
#ifndef FED_COMPRESSION_RANDOM_ROUNDING_H
#define FED_COMPRESSION_RANDOM_ROUNDING_H

#include "fray/fed/compression.h"

/** x (n) becomes scale q / levels, where a = |x| levels / scale, l = floor a, and q = sign(x) (l +
 * [r < a - l]) with r uniform: unbiased, as long as scale >= |x|; |q| <= levels. Alistarh et al.
 * 2017, arXiv 1610.02132, All in double but what is sent, since r - (a - l) has no
 * digits left in float. scale: what is sent of it, a float; 0: x is all zeros and stays. */
void compression_quantise(const struct fray_coding *of, float scale, double levels, size_t n,
                          float *x);

#endif

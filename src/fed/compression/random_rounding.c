/* Random rounding to a grid. */
#include "random_rounding.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* Divided and not multiplied by a reciprocal: |x| = scale must come to the last level exactly. The
 * scale is a rounded norm, so it may lie a little below the only value that there is: that stays
 * within the levels, or it would not fit the bits that are counted for it. */
FRAY_DISPATCH
static void round_some(size_t n, double scale, double levels, const double *r, float *x) {
  for (size_t i = 0; i < n; i++) {
    /* Compared and not fmin: what NaN would do forbids wide minima. */
    const double steps = fabs((double)x[i]) * levels / scale, a = steps < levels ? steps : levels;
    const double low = floor(a), q = r[i] < a - low ? low + 1.0 : low;
    x[i] = copysignf((float)(scale * q / levels), x[i]);
  }
}

/* One draw a value, whatever the value: a coordinate's draw does not hang on the others. Draws come
 * in blocks, so that they need no room that grows with the model. */
void compression_quantise(const struct fray_coding *of, float scale, double levels, size_t n,
                          float *x) {
  enum { BLOCK = 512 };
  struct fray_rng rng = fray_rng_for(of->seed, "compression", of->source, of->round, 0);
  uint64_t bits[BLOCK];
  double r[BLOCK];
  if (!(scale > 0))
    return;
  for (size_t first = 0; first < n; first += BLOCK) {
    const size_t some = FRAY_MIN(n - first, (size_t)BLOCK);
    if (of->draw) {
      memcpy(r, of->draw + first, some * sizeof *r);
    } else {
      fray_rng_fill(&rng, some, bits);
      for (size_t i = 0; i < some; i++) /* as fray_rng_uniform has them */
        r[i] = (double)(bits[i] >> 11) * 0x1p-53;
    }
    round_some(some, (double)scale, levels, r, x + first);
  }
}

/* Normal numbers in bulk: to the byte what fray_rng_normal gives one by one, several times as fast.
 *
 * Values that end as floats hardly ever need more digits of a normal number than a vectorised
 * kernel gives. So each is made twice, from slightly less and slightly more than the number may be;
 * where both round to the same float, that is the float of the exact number too, since all that is
 * done with it is monotone. In the few other cases, one in 37,000 at most, libm is asked. */
#ifndef FRAY_SRC_CORRUPT_NORMALS_H
#define FRAY_SRC_CORRUPT_NORMALS_H

#include "fray/base/rng.h"
#include "fray/tensor/vec.h"

#include <string.h>

enum { FRAY_NORMALS = 256 }; /* in a block */
/** How far a number of a block is from fray_rng_normal's at most; 30 times what was ever seen. */
#define FRAY_NORMALS_NEAR 1e-13

struct fray_normals {
  uint64_t bits[2 * FRAY_NORMALS]; /* two numbers of the stream each */
  double z[FRAY_NORMALS];
};
/** The next n <= FRAY_NORMALS of the stream, each near enough. */
void fray_normals_next(struct fray_normals *block, struct fray_rng *rng, size_t n);
/** Number i of a block, exactly. */
double fray_normals_exact(const struct fray_normals *block, size_t i);

/** What becomes of number i of a call: monotone in z (rising or falling), a float in the end. */
typedef float (*fray_normals_use)(double z, size_t i, const void *with);

/** out[i] = use(the i-th next normal number, i, with) for i < n. out may be what `use` reads at i.
 * Inlined with a function that the compiler knows, so that it is vectorised. */
static inline __attribute__((always_inline)) void fray_normals_each(struct fray_rng *rng, size_t n,
                                                                    fray_normals_use use,
                                                                    const void *with, float *out) {
  struct fray_normals block;
  float low[FRAY_NORMALS], high[FRAY_NORMALS];
  for (size_t at = 0; at < n; at += FRAY_NORMALS) {
    const size_t count = n - at < FRAY_NORMALS ? n - at : FRAY_NORMALS;
    fray_normals_next(&block, rng, count);
    for (size_t i = 0; i < count; i++) {
      low[i] = use(block.z[i] - FRAY_NORMALS_NEAR, at + i, with);
      high[i] = use(block.z[i] + FRAY_NORMALS_NEAR, at + i, with);
    }
    /* By their bits: -0 and 0 are not the same byte. */
    if (memcmp(low, high, count * sizeof *low) != 0)
      for (size_t i = 0; i < count; i++)
        if (memcmp(&low[i], &high[i], sizeof *low) != 0)
          low[i] = use(fray_normals_exact(&block, i), at + i, with);
    memcpy(out + at, low, count * sizeof *low);
  }
}

/** out[i] = (float)fray_rng_normal, n times. */
void fray_normals_draw(struct fray_rng *rng, size_t n, float *out);

#endif

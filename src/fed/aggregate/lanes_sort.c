/* Sorting of many short lists at once: one comparison puts a pair of values of all lanes in order.
 */
#include "fray/fed/aggregate.h"
#include "fray/tensor/vec.h"

#include <stdint.h>

enum { WIDE = 16 };
typedef float values __attribute__((vector_size(WIDE * sizeof(float)), aligned(4)));
typedef int32_t choice __attribute__((vector_size(WIDE * sizeof(int32_t))));

/* Which of equals is which does not matter: they are the same value. Both are written whatever they
 * are: a store under a condition, which a compiler makes of plain code, costs more than all else.
 */
static inline __attribute__((always_inline)) void order(float *low, float *high) {
  for (size_t i = 0; i < FRAY_LANES; i += WIDE) {
    const values a = *(const values *)(low + i), b = *(const values *)(high + i);
    const choice is_less = a < b;
    *(values *)(low + i) = (values)(((choice)a & is_less) | ((choice)b & ~is_less));
    *(values *)(high + i) = (values)(((choice)b & is_less) | ((choice)a & ~is_less));
  }
}

/* Batcher's merge exchange (Knuth, TAOCP 5.2.2, Algorithm M): about n log^2 n / 4 comparisons,
 * whose places depend on n alone, so that no lane goes another way than its neighbours. */
FRAY_DISPATCH
void fray_sort_lanes(size_t n, float (*value)[FRAY_LANES]) {
  size_t top = 1;
  if (n < 2)
    return;
  while (2 * top < n)
    top *= 2;
  for (size_t p = top; p > 0; p /= 2) {
    size_t q = top, r = 0, d = p;
    for (;;) {
      /* Those i of which i & p is r: runs of p neighbours, p apart, none of which waits for
       * another. */
      for (size_t first = r; first + d < n; first += 2 * p)
        for (size_t i = first; i < first + p && i + d < n; i++)
          order(value[i], value[i + d]);
      if (q == p)
        break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}

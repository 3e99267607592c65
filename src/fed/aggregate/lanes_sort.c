/* Sorting of many short lists at once: one comparison puts a pair of values of all lanes in order.
 */
#include "fray/fed/aggregate.h"
#include "fray/tensor/vec.h"

/* Which of equals is which does not matter: they are the same value. */
static inline __attribute__((always_inline)) void order(float *low, float *high) {
  for (size_t i = 0; i < FRAY_LANES; i++) {
    const float a = low[i], b = high[i];
    low[i] = a < b ? a : b;
    high[i] = a < b ? b : a;
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
      for (size_t i = 0; i + d < n; i++)
        if ((i & p) == r)
          order(value[i], value[i + d]);
      if (q == p)
        break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}

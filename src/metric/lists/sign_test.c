/* The sign test: without an effect a sample that changes is as likely to turn right as wrong. */
#include "fray/metric/paired.h"

#include <math.h>

/* Terms are multiplied up from the last one, 2^-n, which is exact; of very many samples it would be
 * 0, so a power of two is taken out and put back into the sum. All terms are positive, so nothing
 * is cancelled. */
double fray_sign_test(size_t b, size_t c) {
  const size_t n = b + c;
  double term = 1, sum = 0;
  long scale = -(long)n;
  for (size_t k = n + 1; k-- > b;) {
    sum += term;
    /* C(n, k - 1) = C(n, k) k / (n - k + 1). */
    term *= (double)k / (double)(n - k + 1);
    if (term > 0x1p500) {
      term *= 0x1p-500;
      sum *= 0x1p-500;
      scale += 500;
    }
  }
  /* Rounding may end above what a probability can be, where b is 0. */
  return fmin(scalbln(sum, scale), 1);
}

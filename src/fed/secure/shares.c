/* Shamir's shares (1979) over the integers modulo 2^61 - 1: any `threshold` of them give the
 * secret, fewer say nothing of it. */
#include "fray/fed/secure.h"
#include "modular.h"

/* Horner's rule. */
uint64_t fray_shamir_share(uint64_t secret, size_t threshold, const uint64_t *coefficient,
                           uint64_t x) {
  uint64_t value = 0;
  for (size_t k = threshold; k-- > 1;)
    value = secure_times(secure_plus(value, coefficient[k - 1]), x);
  return secure_plus(value, secret);
}

/* Lagrange's polynomial at 0: sum share_i prod_{j != i} x_j / (x_j - x_i). */
uint64_t fray_shamir_join(size_t threshold, const uint64_t *x, const uint64_t *share) {
  uint64_t secret = 0;
  for (size_t i = 0; i < threshold; i++) {
    uint64_t above = 1, below = 1;
    for (size_t j = 0; j < threshold; j++) {
      if (j == i)
        continue;
      above = secure_times(above, x[j]);
      below = secure_times(below, secure_plus(x[j], FRAY_SHAMIR_PRIME - x[i]));
    }
    const uint64_t inverse = secure_power(below, FRAY_SHAMIR_PRIME - 2); /* Fermat */
    secret = secure_plus(secret, secure_times(share[i], secure_times(above, inverse)));
  }
  return secret;
}

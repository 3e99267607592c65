/* Whatever a library did to the floating-point state, it can be put back. */
#include "fray/base/rounding.h"

#include <fenv.h>
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include <cmocka.h>

static volatile float one = 1, three = 3, least = FLT_MIN;
static volatile double two = 2;

/* 1/3 to nearest is below a third, 2/3 above; a denormal number is not zero. */
static void is_default(void) {
  assert_int_equal(fegetround(), FE_TONEAREST);
  assert_true(one / three == 0x1.555556p-2f);
  assert_true(two / 3.0 == 0x1.5555555555555p-1);
  assert_true(least / 2 > 0 && least / 2 * 2 == FLT_MIN);
}

static void rounding_goes_back_to_nearest(void **state) {
  (void)state;
  static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    assert_int_equal(fesetround(modes[i]), 0);
    fray_rounding_reset();
    is_default();
  }
}

/* What -ffast-math sets when a library built with it is loaded. */
static void denormal_numbers_come_back(void **state) {
  (void)state;
#if defined(__SSE__)
  _mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero */
  volatile float half = least / 2;
  fray_rounding_reset();
  assert_true(half == 0);
#elif defined(__aarch64__)
  __builtin_aarch64_set_fpcr(1u << 24);
  volatile float half = least / 2;
  fray_rounding_reset();
  assert_true(half == 0);
#endif
  is_default();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rounding_goes_back_to_nearest),
      cmocka_unit_test(denormal_numbers_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

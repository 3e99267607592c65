/* The floating-point state of the processor, as the C standard has it at the start of a program. A
 * library or a launcher may leave another one behind; then the same program gives other bytes. */
#include "fray/base/rounding.h"

#include <fenv.h>
/* One header for the register of SSE, which fenv.h does not reach in full. */
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

/* The C library's default need not reach what it does not know of: flush-to-zero and
 * denormals-are-zero. */
void fray_rounding_reset(void) {
  fesetenv(FE_DFL_ENV);
#if defined(__SSE__)
  enum { MASK_ALL = 0x1f80 }; /* MXCSR: nearest, no FTZ, no DAZ, all exceptions masked */
  _mm_setcsr(MASK_ALL);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(0ul));
#endif
}

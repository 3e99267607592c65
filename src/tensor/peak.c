/* Measures of the machine for `fray bench`: multiply-adds in registers, and memory. No result of a
 * study depends on anything here. */
#include "fray/tensor/peak.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_X86 1
#else
#define HAVE_X86 0
#endif

/* Independent chains: latency x units of today's cores is 8 to 10, and 12 accumulators and two
 * operands fit the 16 registers of AVX2. */
enum { CHAINS = 12, BASELINE_FLOATS = 32, STEPS = 1 << 18, RUNS = 12 };

/* Every chain converges to 1, so nothing becomes subnormal or infinite, which some cores are slow
 * at. */
#define FACTOR 0.999f
#define TERM 0.001f

static volatile float sink; /* keeps the loops from being removed */

#if HAVE_X86
__attribute__((target("avx512f"))) static size_t chains_avx512(void) {
  const __m512 a = _mm512_set1_ps(FACTOR), b = _mm512_set1_ps(TERM);
  __m512 x[CHAINS], sum = _mm512_setzero_ps();
  for (int c = 0; c < CHAINS; c++)
    x[c] = _mm512_set1_ps((float)c);
  for (int i = 0; i < STEPS; i++)
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++)
      x[c] = _mm512_fmadd_ps(x[c], a, b);
  for (int c = 0; c < CHAINS; c++)
    sum = _mm512_add_ps(sum, x[c]);
  sink = _mm512_reduce_add_ps(sum);
  return (size_t)STEPS * CHAINS * 16;
}

__attribute__((target("avx2,fma"))) static size_t chains_avx2(void) {
  const __m256 a = _mm256_set1_ps(FACTOR), b = _mm256_set1_ps(TERM);
  __m256 x[CHAINS], sum = _mm256_setzero_ps();
  for (int c = 0; c < CHAINS; c++)
    x[c] = _mm256_set1_ps((float)c);
  for (int i = 0; i < STEPS; i++)
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++)
      x[c] = _mm256_fmadd_ps(x[c], a, b);
  for (int c = 0; c < CHAINS; c++)
    sum = _mm256_add_ps(sum, x[c]);
  float lane[8];
  _mm256_storeu_ps(lane, sum);
  sink = lane[0] + lane[7];
  return (size_t)STEPS * CHAINS * 8;
}
#endif

/* Elsewhere: as many independent sums as the compiler can make vectors of. */
static size_t chains_baseline(void) {
  float x[BASELINE_FLOATS], sum = 0;
  for (int c = 0; c < BASELINE_FLOATS; c++)
    x[c] = (float)c;
  for (int i = 0; i < STEPS; i++)
    for (int c = 0; c < BASELINE_FLOATS; c++)
      x[c] = x[c] * FACTOR + TERM;
  for (int c = 0; c < BASELINE_FLOATS; c++)
    sum += x[c];
  sink = sum;
  return (size_t)STEPS * BASELINE_FLOATS;
}

double fray_peak_gflops(void) {
  size_t (*chains)(void) = chains_baseline;
#if HAVE_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f"))
    chains = chains_avx512;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    chains = chains_avx2;
#endif
  double best = 0; /* the best run is the one that was disturbed least */
  for (int run = 0; run < RUNS; run++) {
    const double start = fray_seconds();
    const size_t pairs = chains();
    best = FRAY_MAX(best, 2e-9 * (double)pairs / (fray_seconds() - start));
  }
  return best;
}

/* One value is read through a volatile pointer, or the copy could be left out. */
double fray_copy_seconds(void *to, const void *from, size_t bytes) {
  const double start = fray_seconds();
  memcpy(to, from, bytes);
  sink = (float)((const volatile unsigned char *)to)[bytes / 2];
  return fray_seconds() - start;
}

/* STREAM's third kernel: two reads and a write, hardly any arithmetic. */
double fray_triad_seconds(float *restrict a, const float *restrict b, const float *restrict c,
                          size_t n) {
  const double start = fray_seconds();
  for (size_t i = 0; i < n; i++)
    a[i] = b[i] + FACTOR * c[i];
  sink = ((const volatile float *)a)[n / 2];
  return fray_seconds() - start;
}

/* SHA-256 by the SHA extensions of x86 processors, five times as fast as plain C.
 *
 * The instructions hold the state as two registers, ABEF and CDGH, and do four steps with two of
 * them. Source: Intel, "Intel SHA Extensions", 2013. */
#include "sha256_blocks.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

/* clang 14 does not know "sha" by name, so the processor is asked itself. */
bool sha256_has_x86(void) {
  unsigned a, b, c, d;
  enum { FEATURES = 7, SHA_OF_B = 1 << 29 };
  return __get_cpuid_count(FEATURES, 0, &a, &b, &c, &d) && (b & SHA_OF_B) &&
         __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
}

/* w: four words of the schedule in each; the oldest make the next four. */
__attribute__((target("sha,sse4.1,ssse3"))) static __m128i next_words(const __m128i w[4], int i) {
  const __m128i old = w[i & 3], last = w[(i + 3) & 3];
  const __m128i seven = _mm_alignr_epi8(last, w[(i + 2) & 3], 4); /* w[t - 7] */
  return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(old, w[(i + 1) & 3]), seven),
                              last);
}

__attribute__((target("sha,sse4.1,ssse3"))) void
sha256_blocks_x86(uint32_t h[8], const unsigned char *data, size_t n) {
  const __m128i turned = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  const __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
  const __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
  for (; n; n--, data += 64) {
    const __m128i abef_then = abef, cdgh_then = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + 16 * i)), turned);
    for (int i = 0; i < 16; i++) {
      const __m128i k = _mm_loadu_si128((const __m128i *)(sha256_k + 4 * i));
      const __m128i sum = _mm_add_epi32(w[i & 3], k);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      if (i < 12)
        w[i & 3] = next_words(w, i);
    }
    abef = _mm_add_epi32(abef, abef_then);
    cdgh = _mm_add_epi32(cdgh, cdgh_then);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)h, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

bool sha256_has_x86(void) {
  return false;
}

void sha256_blocks_x86(uint32_t h[8], const unsigned char *data, size_t n) {
  (void)h, (void)data, (void)n; /* never asked for */
}

#endif

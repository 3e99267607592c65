/* Transforms of whole signals. Tables of a length cost about as much as a transform of it, and
 * clips come in few lengths: those of the first ones are kept for as long as the program runs, up
 * to a bound, and others lie in the arena of their caller. */
#include "fray/signal/fft.h"

#include "fray/base/size.h"

#include <kiss_fftr.h>
#include <string.h>

struct fray_fft {
  size_t n;
  kiss_fftr_cfg plan;
};

/* Half of it is what KissFFT transforms, so that has to be smooth too: it is, if n is even. */
size_t fray_fft_length(size_t n) {
  for (size_t m = n + (n & 1);; m += 2) {
    size_t rest = m;
    for (size_t p = 2; rest && p <= 5; p += p == 2 ? 1 : 2)
      while (rest % p == 0)
        rest /= p;
    if (rest == 1)
      return m;
  }
}

/* What is kept is never given back while the program runs, so nobody can hold one that is gone.
 * fray has one thread a process: transforms share the workspace that lies in their tables. */
enum { KEPT = 64, KEPT_BYTES = 16 << 20 };
static struct kept {
  struct fray_fft fft;
  bool inverse;
} kept[KEPT];
static size_t n_kept, kept_bytes;

static struct fray_fft *find_kept(size_t n, bool inverse) {
  for (size_t i = 0; i < n_kept; i++)
    if (kept[i].fft.n == n && kept[i].inverse == inverse)
      return &kept[i].fft;
  return NULL;
}

/* NULL where the bound is reached, or memory is: then there is still the arena. */
static struct fray_fft *keep_one(size_t n, bool inverse, size_t bytes) {
  if (n_kept == KEPT || bytes > KEPT_BYTES - kept_bytes)
    return NULL;
  kiss_fftr_cfg plan = kiss_fftr_alloc((int)n, inverse, NULL, NULL);
  if (!plan)
    return NULL;
  kept_bytes += bytes;
  kept[n_kept] = (struct kept){{n, plan}, inverse};
  return &kept[n_kept++].fft;
}

enum fray_status fray_fft_new(size_t n, bool inverse, struct fray_arena *arena,
                              struct fray_fft **out, struct fray_err *err) {
  struct fray_fft *fft;
  size_t bytes = 0;
  FRAY_CHECK(n >= 2 && n % 2 == 0 && n <= FRAY_FFT_LONGEST, err, INPUT,
             "a transform of %zu values: the length is even and in [2, %d]", n, FRAY_FFT_LONGEST);
  if ((*out = find_kept(n, inverse)))
    return FRAY_OK;
  /* Asked for without memory it says how much it wants; so it lies in the arena, and nobody has to
   * free it. */
  kiss_fftr_alloc((int)n, inverse, NULL, &bytes);
  if ((*out = keep_one(n, inverse, bytes)))
    return FRAY_OK;
  FRAY_ALLOC(fft, arena, 1, err);
  char *memory;
  FRAY_ALLOC(memory, arena, bytes, err);
  *fft = (struct fray_fft){.n = n, .plan = kiss_fftr_alloc((int)n, inverse, memory, &bytes)};
  FRAY_CHECK(fft->plan, err, MEMORY, "out of memory (FFT of %zu)", n);
  *out = fft;
  return FRAY_OK;
}

/* A pair of floats is what KissFFT takes for a complex number. */
_Static_assert(sizeof(kiss_fft_cpx) == 2 * sizeof(float), "KissFFT was built for float");

void fray_fft_forward(struct fray_fft *fft, const float *x, float *spectrum) {
  kiss_fftr(fft->plan, x, (kiss_fft_cpx *)(void *)spectrum);
}

void fray_fft_inverse(struct fray_fft *fft, const float *spectrum, float *x) {
  const float scale = 1.0f / (float)fft->n;
  kiss_fftri(fft->plan, (const kiss_fft_cpx *)(const void *)spectrum, x);
  for (size_t t = 0; t < fft->n; t++)
    x[t] *= scale;
}

/* Padded to the length of the whole result, so that its end does not wrap around into its
 * beginning. Taps that no sample of the result reaches are left out. */
enum fray_status fray_convolve(const float *x, size_t n, const float *h, size_t taps, float *out,
                               struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t used = FRAY_MIN(taps, n), length = fray_fft_length(n + used - 1);
  struct fray_fft *forward, *inverse;
  float *padded, *a, *b;
  FRAY_TRY(fray_fft_new(length, false, scratch, &forward, err));
  FRAY_TRY(fray_fft_new(length, true, scratch, &inverse, err));
  FRAY_ALLOC(padded, scratch, length, err);
  FRAY_ALLOC(a, scratch, length + 2, err);
  FRAY_ALLOC(b, scratch, length + 2, err);
  memset(padded, 0, length * sizeof *padded);
  memcpy(padded, x, n * sizeof *x);
  fray_fft_forward(forward, padded, a);
  memset(padded, 0, length * sizeof *padded);
  memcpy(padded, h, used * sizeof *h);
  fray_fft_forward(forward, padded, b);
  for (size_t k = 0; k <= length / 2; k++) {
    const float re = a[2 * k] * b[2 * k] - a[2 * k + 1] * b[2 * k + 1];
    const float im = a[2 * k] * b[2 * k + 1] + a[2 * k + 1] * b[2 * k];
    a[2 * k] = re;
    a[2 * k + 1] = im;
  }
  fray_fft_inverse(inverse, a, padded);
  memcpy(out, padded, n * sizeof *out);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

/* Each output sample is a weighted sum of the input around its place. One kernel serves both
 * directions: downwards it is stretched, so that it cuts at the new Nyquist frequency. */
#include "fray/signal/resample.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The kernel reaches ZEROS zero crossings of the sinc to each side. A Kaiser window for 80 dB then
 * has a transition of (80 - 8) / (2.285 * 2 ZEROS) rad = 7.8 % of the lower Nyquist frequency
 * (Kaiser 1974); it ends at that frequency, so nothing that would alias passes. */
enum { ZEROS = 64, MOST_TAPS = 1 << 22 };
static const double ATTENUATION = 80;

struct kernel {
  double rate_in, rate_out; /* 0: not made */
  double ratio;             /* rate_in / rate_out: input samples per output sample */
  double cutoff; /* of the middle of the transition, as a share of the input's Nyquist frequency */
  double reach;  /* half width in input samples */
  double beta, i0_beta;
  size_t taps;       /* input samples that one output sample sees */
  uint64_t up, down; /* exact ratio down / up for whole rates, else 0 */
  double *table;     /* (up, taps) kernel of each phase, or NULL: worked out each time */
  bool *is_made;     /* (up) which of them are worked out */
  double *scratch;   /* (taps) */
};

/* Modified Bessel function of order 0, sum of ((x / 2)^k / k!)^2: all terms are positive, so that
 * nothing cancels. */
static double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/* Taps for a position `phase` in [0, 1) between two input samples; tap j is the input sample at
 * j - (taps / 2 - 1) from the one before. Scaled to sum 1, so that a constant stays that constant.
 */
static void kernel_taps(const struct kernel *k, double phase, double *tap) {
  double sum = 0;
  for (size_t j = 0; j < k->taps; j++) {
    double t = (double)j - (double)(k->taps / 2 - 1) - phase, edge = t / k->reach;
    double x = M_PI * k->cutoff * t;
    double sinc = fabs(x) < 1e-12 ? 1 : sin(x) / x;
    tap[j] = fabs(edge) >= 1 ? 0 : sinc * bessel_i0(k->beta * sqrt(1 - edge * edge)) / k->i0_beta;
    sum += tap[j];
  }
  for (size_t j = 0; j < k->taps; j++)
    tap[j] /= sum;
}

static uint64_t greatest_divisor(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* *up / *down = rate_out / rate_in in lowest terms when both are whole numbers, else 0. */
static void exact_ratio(double rate_in, double rate_out, uint64_t *up, uint64_t *down) {
  *up = *down = 0;
  if (rate_in != floor(rate_in) || rate_out != floor(rate_out))
    return;
  uint64_t in = (uint64_t)rate_in, out = (uint64_t)rate_out, divisor = greatest_divisor(in, out);
  *up = out / divisor;
  *down = in / divisor;
}

static bool rates_good(double rate_in, double rate_out) {
  return rate_in >= 1 && rate_in <= 1e6 && rate_out >= 1 && rate_out <= 1e6;
}

size_t fray_resampled_length(size_t n, double rate_in, double rate_out) {
  if (!rates_good(rate_in, rate_out) || rate_in == rate_out)
    return n;
  uint64_t up, down;
  exact_ratio(rate_in, rate_out, &up, &down);
  if (up && n <= SIZE_MAX / up - 1)
    return (size_t)(((uint64_t)n * up + down - 1) / down);
  return (size_t)ceil((double)n * (rate_out / rate_in));
}

static void kernel_free(struct kernel *k) {
  free(k->table);
  free(k->is_made);
  free(k->scratch);
  *k = (struct kernel){0};
}

static enum fray_status kernel_make(struct kernel *k, double rate_in, double rate_out,
                                    struct fray_err *err) {
  double low = FRAY_MIN(1, rate_out / rate_in); /* lower Nyquist frequency over the input's */
  double transition = (ATTENUATION - 8) / (2.285 * 2 * ZEROS) / M_PI;
  k->ratio = rate_in / rate_out;
  k->cutoff = low * (1 - transition / 2);
  k->reach = ZEROS / low;
  k->beta = 0.1102 * (ATTENUATION - 8.7);
  k->i0_beta = bessel_i0(k->beta);
  k->taps = 2 * (size_t)ceil(k->reach);
  exact_ratio(rate_in, rate_out, &k->up, &k->down);
  k->scratch = malloc(k->taps * sizeof *k->scratch);
  if (!k->scratch)
    return fray_fail(err, FRAY_MEMORY, "out of memory (%zu taps)", k->taps);
  /* Rates that share no divisor have as many phases as the new rate has Hz, a table of a gigabyte
   * or more: beyond 32 MiB taps are worked out each time. */
  if (k->up > 0 && k->up <= MOST_TAPS / k->taps) {
    k->table = malloc(k->up * k->taps * sizeof *k->table);
    k->is_made = calloc(k->up, sizeof *k->is_made);
    if (!k->table || !k->is_made)
      return fray_fail(err, FRAY_MEMORY, "out of memory (%zu taps)", k->up * k->taps);
  }
  k->rate_in = rate_in;
  k->rate_out = rate_out;
  return FRAY_OK;
}

/* That of the last call, if it was for the same rates: the sounds of a set mostly share theirs, and
 * to work out a table takes longer than to use it for a second of sound. */
static enum fray_status kernel_for(double rate_in, double rate_out, struct kernel **out,
                                   struct fray_err *err) {
  static struct kernel kept;
  *out = &kept;
  if (kept.rate_in == rate_in && kept.rate_out == rate_out)
    return FRAY_OK;
  kernel_free(&kept);
  const enum fray_status status = kernel_make(&kept, rate_in, rate_out, err);
  if (status != FRAY_OK)
    kernel_free(&kept);
  return status;
}

/* Input sample at or before output sample i, and the taps for what lies between. Places of whole
 * rates are whole numbers of 1 / up samples: no rounding gathers over a long sound, and phases
 * repeat, so that a table serves, of which a short sound needs a part. Other rates are worked out
 * in double. */
static const double *kernel_at(struct kernel *k, size_t i, int64_t *before) {
  if (k->up) {
    uint64_t place = (uint64_t)i * k->down;
    *before = (int64_t)(place / k->up);
    if (k->table) {
      const uint64_t phase = place % k->up;
      double *tap = k->table + phase * k->taps;
      if (!k->is_made[phase])
        kernel_taps(k, (double)phase / (double)k->up, tap);
      k->is_made[phase] = true;
      return tap;
    }
    kernel_taps(k, (double)(place % k->up) / (double)k->up, k->scratch);
  } else {
    double place = (double)i * k->ratio, whole = floor(place);
    *before = (int64_t)whole;
    kernel_taps(k, place - whole, k->scratch);
  }
  return k->scratch;
}

/* Beyond its ends the sound is silent. Taps that fall there are left out and the rest is not scaled
 * up, as that would invent sound. */
static float filtered(const struct kernel *k, const double *tap, const float *x, size_t n,
                      int64_t before) {
  int64_t first = before - (int64_t)(k->taps / 2 - 1);
  int64_t from = FRAY_MAX(first, 0), to = FRAY_MIN(first + (int64_t)k->taps, (int64_t)n);
  double sum = 0;
  for (int64_t i = from; i < to; i++)
    sum += tap[i - first] * x[i];
  return (float)sum;
}

enum fray_status fray_resample_signal(const float *x, size_t n, double rate_in, double rate_out,
                                      float *out, struct fray_err *err) {
  FRAY_CHECK(rates_good(rate_in, rate_out), err, INPUT,
             "cannot resample from %g Hz to %g Hz: rates lie in [1, 1e6]", rate_in, rate_out);
  if (rate_in == rate_out) {
    memcpy(out, x, n * sizeof *x);
    return FRAY_OK;
  }
  struct kernel *k;
  FRAY_TRY(kernel_for(rate_in, rate_out, &k, err));
  const size_t length = fray_resampled_length(n, rate_in, rate_out);
  for (size_t i = 0; i < length; i++) {
    int64_t before;
    const double *tap = kernel_at(k, i, &before);
    out[i] = filtered(k, tap, x, n, before);
  }
  return FRAY_OK;
}

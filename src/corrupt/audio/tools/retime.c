/* Reading sound between its samples. The kernel is tabled at some phases, and one between two of
 * them is their mean: two sums over neighbours in memory, which compilers turn into vectors. Ratios
 * that share no divisor, as of semitones, so cost no more than 2 to 1. */
#include "retime.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* A straight line between 256 phases a zero crossing is within (pi / 256)^2 / 8, -95 dB; a Kaiser
 * window for 80 dB then needs 15.7 % of the lower Nyquist frequency from pass to stop (Kaiser
 * 1974), and it stops there. */
enum { ZEROS = 32, PHASES = 256, LANES = 8 };
static const double ATTENUATION = 80;

/* I0(x) = sum ((x / 2)^k / k!)^2; all terms are positive. */
static double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-10 * sum; k++) {
    term *= x * x / (4.0 * k * k);
    sum += term;
  }
  return sum;
}

struct table {
  size_t taps, phases; /* taps: a multiple of LANES */
  float *h;            /* (phases + 1, taps) */
};

/* Each row is scaled to sum 1, so that a constant stays that constant at any place. */
static enum fray_status table_make(struct table *table, double low, struct fray_arena *arena,
                                   struct fray_err *err) {
  const double beta = 0.1102 * (ATTENUATION - 8.7), reach = ZEROS / low;
  const double cut = low * (1 - (ATTENUATION - 8) / (2.285 * 2 * ZEROS) / M_PI / 2);
  table->taps = 2 * (size_t)ceil(reach) + LANES - 1;
  table->taps -= table->taps % LANES;
  table->phases = FRAY_MAX((size_t)ceil(PHASES * low), 1);
  FRAY_ALLOC(table->h, arena, (table->phases + 1) * table->taps, err);
  for (size_t p = 0; p <= table->phases; p++) {
    float *row = table->h + p * table->taps;
    double sum = 0;
    for (size_t j = 0; j < table->taps; j++) {
      const double t =
          (double)j - (double)(table->taps / 2 - 1) - (double)p / (double)table->phases;
      const double edge = t / reach, angle = M_PI * cut * t;
      const double sinc = fabs(angle) < 1e-9 ? 1 : sin(angle) / angle;
      const double v = fabs(edge) >= 1 ? 0 : sinc * bessel_i0(beta * sqrt(1 - edge * edge));
      row[j] = (float)v;
      sum += v;
    }
    for (size_t j = 0; j < table->taps; j++)
      row[j] = (float)((double)row[j] / sum);
  }
  return FRAY_OK;
}

/* In lanes of its own order, which is that of vectors of any width up to LANES. */
static inline __attribute__((always_inline)) float
between(const float *x, const float *a, const float *b, float part, size_t taps) {
  float one[LANES] = {0}, other[LANES] = {0}, sum = 0;
  for (size_t j = 0; j < taps; j += LANES)
    for (size_t l = 0; l < LANES; l++) {
      one[l] += x[j + l] * a[j + l];
      other[l] += x[j + l] * b[j + l];
    }
  for (size_t l = 0; l < LANES; l++)
    sum += one[l] + part * (other[l] - one[l]);
  return sum;
}

FRAY_DISPATCH enum fray_status fray_retime(const float *x, size_t n, double step, float *out,
                                           size_t m, struct fray_arena *scratch,
                                           struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  struct table table;
  float *padded;
  FRAY_TRY(table_make(&table, fmin(1, 1 / step), scratch, err));
  /* Silence around it, so that no sum asks where it begins. */
  const size_t before = table.taps / 2 - 1;
  FRAY_ALLOC_ZERO(padded, scratch, n + 2 * table.taps, err);
  memcpy(padded + before, x, n * sizeof *x);
  for (size_t i = 0; i < m; i++) {
    const double place = (double)i * step, whole = floor(place);
    const double phase = (place - whole) * (double)table.phases;
    const size_t at = (size_t)whole, p = (size_t)phase;
    const float *row = table.h + p * table.taps;
    out[i] = at >= n + before ? 0
                              : between(padded + at, row, row + table.taps,
                                        (float)(phase - (double)p), table.taps);
  }
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

/* Reading sound between its samples. Where the ratio is one of small numbers, such as 8 to 3, the
 * kernel is tabled at the few phases that occur, and each sample is one sum over neighbours in
 * memory, which compilers turn into vectors. Else it is tabled at some phases, and one between two
 * of them is their mean: ratios that share no divisor, as of semitones, cost no more than twice as
 * much. Tables take longer than a clip, and clips have few ratios: the first ones are kept for as
 * long as the program runs, up to a bound. */
#include "retime.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
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
  double low;          /* lower rate over that of the input */
  size_t taps, phases; /* taps: a multiple of LANES */
  float *h;            /* (phases + 1, taps) */
};

/* Each row is scaled to sum 1, so that a constant stays that constant at any place. */
static void table_fill(const struct table *table) {
  const double beta = 0.1102 * (ATTENUATION - 8.7), reach = ZEROS / table->low;
  const double cut = table->low * (1 - (ATTENUATION - 8) / (2.285 * 2 * ZEROS) / M_PI / 2);
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
}

/* Never given back while the program runs, so nobody can hold one that is gone. */
enum { KEPT = 32, KEPT_FLOATS = 1 << 21 };
static struct table kept[KEPT];
static size_t n_kept, kept_floats;

/* A table of a cut and a number of phases: one that is kept, a new one that is from now on, or,
 * where the bound is reached or memory is, one in the arena. */
static enum fray_status table_get(double low, size_t phases, struct fray_arena *arena,
                                  struct table *out, struct fray_err *err) {
  for (size_t i = 0; i < n_kept; i++)
    if (kept[i].low == low && kept[i].phases == phases) {
      *out = kept[i];
      return FRAY_OK;
    }
  struct table table = {.low = low, .taps = 2 * (size_t)ceil(ZEROS / low) + LANES - 1, phases};
  table.taps -= table.taps % LANES;
  const size_t floats = (phases + 1) * table.taps;
  const bool keeps = n_kept < KEPT && floats <= KEPT_FLOATS - kept_floats;
  if (keeps && (table.h = malloc(floats * sizeof *table.h))) {
    kept[n_kept++] = table;
    kept_floats += floats;
  } else {
    FRAY_ALLOC(table.h, arena, floats, err);
  }
  table_fill(&table);
  *out = table;
  return FRAY_OK;
}

/* step = *whole / q for the least q up to PHASES, or 0. Places a millionth of a sample away after
 * a million of them are no other places. */
static size_t small_ratio(double step, size_t *whole) {
  for (size_t q = 1; q <= PHASES; q++) {
    const double asked = step * (double)q, near = rint(asked);
    if (near >= 1 && fabs(asked - near) < 1e-12 * near) {
      *whole = (size_t)near;
      return q;
    }
  }
  return 0;
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

/* Lanes are added in pairs, in an order that no machine changes. */
static inline __attribute__((always_inline)) float folded(const float *lane) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

/* `count` samples, COUNT at once, whose places are `apart` apart and whose phase is one: the kernel
 * is read once for all of them, and no sum waits for another. */
enum { COUNT = 4 };
static inline __attribute__((always_inline)) void of_one_phase(const float *x, size_t apart,
                                                               const float *h, size_t taps,
                                                               size_t count, float *out,
                                                               size_t out_apart) {
  lanes sum[COUNT] = {{0}};
  for (size_t j = 0; j < taps; j += LANES) {
    lanes kernel, value;
    memcpy(&kernel, h + j, sizeof kernel);
    for (size_t k = 0; k < count; k++) {
      memcpy(&value, x + k * apart + j, sizeof value);
      sum[k] += value * kernel;
    }
  }
  for (size_t k = 0; k < count; k++) {
    float lane[LANES];
    memcpy(lane, &sum[k], sizeof lane);
    out[k * out_apart] = folded(lane);
  }
}

/* Sample i = r + k q lies at (r whole + k q whole) / q: all of one r have one phase. Behind the end
 * of the sound, `reached` samples of the result, all is silent. */
static FRAY_DISPATCH void by_phases(const struct table *table, size_t whole, const float *padded,
                                    float *out, size_t reached) {
  const size_t q = table->phases, taps = table->taps;
  for (size_t r = 0; r < FRAY_MIN(q, reached); r++) {
    const float *h = table->h + r * whole % q * taps, *x = padded + r * whole / q;
    size_t i = r;
    for (; i + (COUNT - 1) * q < reached; i += COUNT * q, x += COUNT * whole)
      of_one_phase(x, whole, h, taps, COUNT, out + i, q);
    for (; i < reached; i += q, x += whole)
      of_one_phase(x, whole, h, taps, 1, out + i, q);
  }
}

/* Any ratio, by the mean of two phases. */
static FRAY_DISPATCH void by_means(const struct table *table, double step, const float *padded,
                                   float *out, size_t reached) {
  for (size_t i = 0; i < reached; i++) {
    const double place = (double)i * step, whole = floor(place);
    const double phase = (place - whole) * (double)table->phases;
    const size_t p = (size_t)phase;
    const float *row = table->h + p * table->taps;
    out[i] = between(padded + (size_t)whole, row, row + table->taps, (float)(phase - (double)p),
                     table->taps);
  }
}

enum fray_status fray_retime(const float *x, size_t n, double step, float *out, size_t m,
                             struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const double low = fmin(1, 1 / step);
  struct table table = {0};
  size_t whole = 0;
  float *padded;
  const size_t q = small_ratio(step, &whole);
  FRAY_TRY(table_get(low, q ? q : FRAY_MAX((size_t)ceil(PHASES * low), 1), scratch, &table, err));
  /* Silence around it, so that no sum asks where it begins. */
  const size_t before = table.taps / 2 - 1;
  FRAY_ALLOC_ZERO(padded, scratch, n + 2 * table.taps, err);
  memcpy(padded + before, x, n * sizeof *x);
  /* Samples of the result whose place is before n + before; the kernel of others sees silence. */
  size_t reached = FRAY_MIN(m, (size_t)((double)(n + before) / step) + 2);
  while (reached > 0 && (size_t)((double)(reached - 1) * step) >= n + before)
    reached--;
  if (q)
    by_phases(&table, whole, padded, out, reached);
  else
    by_means(&table, step, padded, out, reached);
  memset(out + reached, 0, (m - reached) * sizeof *out);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

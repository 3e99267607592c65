/* Butterworth filters. Poles of the analogue filter are moved to the cut, then to the unit disk;
 * each pair of conjugates is a section. */
#include "fray/corrupt/biquad.h"

#include "fray/tensor/vec.h"

#include <complex.h>
#include <math.h>
#include <string.h>

/* Of order 4 with its cut at 1: the two above the real axis, the others are their conjugates. */
static double complex prototype(int k) {
  return cexp(I * M_PI * (5 + 2 * k) / 8);
}

/* s = (z - 1) / (z + 1): half the sampling rate lies at infinity. */
static double complex bilinear(double complex s) {
  return (1 + s) / (1 - s);
}

/* Analogue frequencies from 0 to infinity stand for digital ones up to half the rate. */
static double warped(double share) {
  return tan(M_PI * share / 2);
}

static void set_poles(struct fray_biquad *out, double complex z) {
  out->a[0] = -2 * creal(z);
  out->a[1] = creal(z) * creal(z) + cimag(z) * cimag(z);
}

/* A zero pair on the unit circle: at half the rate, at 0 Hz, or one at each. */
static void set_zeros(struct fray_biquad *out, double b0, double b1, double b2, double gain) {
  out->b[0] = gain * b0;
  out->b[1] = gain * b1;
  out->b[2] = gain * b2;
}

void fray_butterworth_low(double cut, struct fray_biquad out[2]) {
  for (int k = 0; k < 2; k++) {
    set_poles(&out[k], bilinear(warped(cut) * prototype(k)));
    set_zeros(&out[k], 1, 2, 1, (1 + out[k].a[0] + out[k].a[1]) / 4); /* 1 at 0 Hz */
  }
}

void fray_butterworth_high(double cut, struct fray_biquad out[2]) {
  for (int k = 0; k < 2; k++) {
    set_poles(&out[k], bilinear(warped(cut) / prototype(k)));
    set_zeros(&out[k], 1, -2, 1, (1 - out[k].a[0] + out[k].a[1]) / 4); /* 1 at half the rate */
  }
}

/* Each pole of the prototype becomes two, at the roots of s^2 - p width s + middle^2. */
void fray_butterworth_band(double low, double high, struct fray_biquad out[4]) {
  const double width = warped(high) - warped(low), middle = sqrt(warped(low) * warped(high));
  const double complex z = bilinear(I * middle); /* on the unit circle, where the gain is 1 */
  for (int k = 0; k < 4; k++) {
    const double complex p = prototype(k / 2) * width;
    const double complex root = csqrt(p * p - 4 * middle * middle);
    set_poles(&out[k], bilinear((k % 2 ? p - root : p + root) / 2));
    const double complex below = z * z + out[k].a[0] * z + out[k].a[1];
    set_zeros(&out[k], 1, 0, -1, cabs(below / (z * z - 1)));
  }
}

/* What a section remembers of an endless constant: without it a clip that begins beside 0 would
 * begin with a click. Returns the constant that comes out. */
static double settle(const struct fray_biquad *s, double x, double state[2]) {
  const double y = x * (s->b[0] + s->b[1] + s->b[2]) / (1 + s->a[0] + s->a[1]);
  state[0] = y - s->b[0] * x;
  state[1] = s->b[2] * x - s->a[1] * y;
  return y;
}

/* One sample through all sections. In double: poles of a low cut lie so near to 1 that floats
 * would move them. */
static inline double step(const struct fray_biquad *section, size_t n_sections, double v,
                          double (*state)[2]) {
  for (size_t k = 0; k < n_sections; k++) {
    const struct fray_biquad *s = &section[k];
    const double y = s->b[0] * v + state[k][0];
    state[k][0] = s->b[1] * v - s->a[0] * y + state[k][1];
    state[k][1] = s->b[2] * v - s->a[1] * y;
    v = y;
  }
  return v;
}

/* A recursive filter waits for each sample before the next. As it is linear, BLOCK samples at once
 * are a sum: what each of the inputs and each number of the state gives to each output and to the
 * state after them. What they give is what the filter itself makes of a single one. */
enum { BLOCK = 8, HALF = 4, STATES = 2 * FRAY_BIQUADS_MOST };
typedef double outputs __attribute__((vector_size(BLOCK * sizeof(double))));
typedef double half __attribute__((vector_size(HALF * sizeof(double))));

struct block {
  outputs to_y[BLOCK + STATES]; /* by input, then by number of the state */
  half to_state[BLOCK + STATES][STATES / HALF];
};

static void block_of(const struct fray_biquad *section, size_t n_sections, struct block *out) {
  for (size_t one = 0; one < BLOCK + 2 * n_sections; one++) {
    double state[FRAY_BIQUADS_MOST][2] = {{0}}, y[BLOCK];
    if (one >= BLOCK)
      state[(one - BLOCK) / 2][(one - BLOCK) % 2] = 1;
    for (size_t i = 0; i < BLOCK; i++)
      y[i] = step(section, n_sections, i == one ? 1 : 0, state);
    memcpy(&out->to_y[one], y, sizeof y);
    memcpy(out->to_state[one], state, sizeof state);
  }
}

/* n, a multiple of BLOCK, samples. `halves` of the state are in use: a constant where it is
 * inlined, so that all sums stay in registers. The order of all additions is written here. */
static inline __attribute__((always_inline)) void
run_blocks(const struct block *block, size_t halves, float *x, size_t n, double (*all)[2]) {
  const size_t n_states = halves * HALF;
  double state[STATES];
  memcpy(state, all, sizeof state);
  for (size_t i = 0; i < n; i += BLOCK) {
    outputs y = {0};
    half next[STATES / HALF] = {{0}};
    for (size_t j = 0; j < BLOCK; j++) {
      const double v = (double)x[i + j];
      y += block->to_y[j] * v;
      for (size_t h = 0; h < halves; h++)
        next[h] += block->to_state[j][h] * v;
    }
    /* The state last: only that part waits for the block before. */
    for (size_t k = 0; k < n_states; k++) {
      y += block->to_y[BLOCK + k] * state[k];
      for (size_t h = 0; h < halves; h++)
        next[h] += block->to_state[BLOCK + k][h] * state[k];
    }
    double lane[BLOCK];
    memcpy(lane, &y, sizeof lane);
    for (size_t j = 0; j < BLOCK; j++)
      x[i + j] = (float)lane[j];
    memcpy(state, next, n_states * sizeof *state);
  }
  memcpy(all, state, sizeof state);
}

static FRAY_DISPATCH void run_two(const struct block *block, float *x, size_t n,
                                  double (*state)[2]) {
  run_blocks(block, 1, x, n, state);
}

/* Of four sections, or three: the numbers of one that is not there stay 0. */
static FRAY_DISPATCH void run_four(const struct block *block, float *x, size_t n,
                                   double (*state)[2]) {
  run_blocks(block, 2, x, n, state);
}

void fray_biquads_run(const struct fray_biquad *section, size_t n_sections, bool settled, float *x,
                      size_t n) {
  double state[FRAY_BIQUADS_MOST][2] = {{0}};
  double start = settled && n ? (double)x[0] : 0;
  struct block block = {0};
  const size_t blocks = n - n % BLOCK;
  for (size_t k = 0; settled && k < n_sections; k++)
    start = settle(&section[k], start, state[k]);
  block_of(section, n_sections, &block);
  (n_sections <= 2 ? run_two : run_four)(&block, x, blocks, state);
  /* What is left of a block. */
  for (size_t i = blocks; i < n; i++)
    x[i] = (float)step(section, n_sections, (double)x[i], state);
}

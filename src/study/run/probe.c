/* Fixed questions to the libraries that compute; what they answer is part of the environment.
 *
 * A version number says what a library calls itself. Two builds of one version may round
 * otherwise, and only an answer shows that. */
#include "this_environment.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/signal/logmel.h"
#include "fray/tensor/blas.h"

#include <math.h>

/* In (-1, 1), with all bits of a float in use; not of fray/base/rng.h, since nothing is drawn. A
 * linear congruential generator (Numerical Recipes), written out: these numbers are part of the
 * environment hash, and must not change with any other code. */
static void fill(float *values, size_t n) {
  uint32_t state = 12345;
  for (size_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)((double)state / 2147483648.0 - 1.0);
  }
}

/* Small and large products, tall, wide and deep, all transposes: kernels have a path for each. The
 * answers go on as c from product to product, so an early difference shows in all later ones.
 * Changing a shape here makes every older results folder one of another environment. */
enum fray_status fray_probe_products(uint64_t *out, struct fray_err *err) {
  static const struct {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    float alpha, beta;
  } shape[] = {{false, false, 16, 384, 128, 1, 0}, {false, true, 16, 128, 384, 1, 1},
               {true, false, 128, 6, 300, 1, 1},   {false, true, 131, 67, 1031, 1, 0},
               {true, true, 37, 29, 53, 0.5f, 1},  {false, false, 1, 10, 256, 1, 0},
               {false, true, 128, 256, 96, 1, 0},  {true, false, 96, 96, 128, 1, 1}};
  enum { MOST = 131 * 1031 };
  struct fray_arena arena = {0};
  float *a = fray_arena_alloc(&arena, MOST, sizeof *a);
  float *b = fray_arena_alloc(&arena, MOST, sizeof *b);
  float *c = fray_arena_alloc(&arena, MOST, sizeof *c);
  struct fray_hash_state *state = fray_hash_begin();
  enum fray_status status =
      a && b && c && state ? fray_blas_start(err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK) {
    fill(a, MOST);
    fill(b, MOST);
    fill(c, MOST);
    for (size_t i = 0; i < FRAY_COUNT(shape); i++) {
      const size_t m = shape[i].m, n = shape[i].n, k = shape[i].k;
      fray_gemm(shape[i].transpose_a, shape[i].transpose_b, m, n, k, shape[i].alpha, a,
                shape[i].transpose_a ? m : k, b, shape[i].transpose_b ? k : n, shape[i].beta, c, n);
      fray_hash_add(state, c, m * n * sizeof *c);
    }
  }
  *out = fray_hash_end(state);
  fray_arena_free(&arena);
  return status;
}

/* Numbers of no meaning, the same everywhere: only the answer counts. Frames begin every hop
 * whatever their length, so FRAMES is more than enough; should it not be, that is a fault of this
 * file and no input. */
static enum fray_status one_spectrum(double frame_ms, struct fray_hash_state *state,
                                     struct fray_err *err) {
  enum { SAMPLES = 6000, BANDS = 20, FRAMES = 64 };
  const struct fray_logmel_config config = {
      .rate = 16000, .frame_ms = frame_ms, .hop_ms = 40, .bands = BANDS, .low_hz = 20};
  float sound[SAMPLES], out[FRAMES * BANDS];
  struct fray_logmel *logmel;
  FRAY_TRY(fray_logmel_new(&config, &logmel, err));
  fill(sound, SAMPLES);
  const size_t values = fray_logmel_frames(logmel, SAMPLES) * fray_logmel_width(logmel);
  enum fray_status status = FRAY_OK;
  if (values > FRAY_COUNT(out)) {
    status = fray_fail(err, FRAY_INTERNAL, "a probe of %zu values", values);
  } else {
    fray_logmel_compute(logmel, sound, SAMPLES, out);
    fray_hash_add(state, out, values * sizeof *out);
  }
  fray_logmel_free(logmel);
  return status;
}

/* Several lengths of frames: an FFT has other code for other sizes. */
enum fray_status fray_probe_spectrum(uint64_t *out, struct fray_err *err) {
  static const double frame_ms[] = {25, 64, 128};
  struct fray_hash_state *state = fray_hash_begin();
  enum fray_status status = state ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t i = 0; status == FRAY_OK && i < FRAY_COUNT(frame_ms); i++)
    status = one_spectrum(frame_ms[i], state, err);
  *out = fray_hash_end(state);
  return status;
}

static double power(double x) {
  return pow(fabs(x), 1.0 - x);
}

static double logarithm(double x) {
  return log(fabs(x));
}

static double log_of_more(double x) {
  return log1p(fabs(x));
}

static double decimal(double x) {
  return log10(fabs(x));
}

static double single_exp(double x) {
  return (double)expf((float)x);
}

static double single_log(double x) {
  return (double)logf(fabsf((float)x));
}

/* The functions that the layers call, each at points near zero and far from it. Called through
 * pointers, so that the compiler cannot work out an answer by itself. */
enum fray_status fray_probe_functions(uint64_t *out, struct fray_err *err) {
  static double (*const function[])(double) = {exp,     logarithm, power,      tanh,
                                               sin,     cos,       expm1,      log_of_more,
                                               decimal, erfc,      single_exp, single_log};
  enum { POINTS = 512 };
  float x[POINTS];
  double y[POINTS];
  struct fray_hash_state *state = fray_hash_begin();
  FRAY_CHECK(state, err, MEMORY, "out of memory");
  fill(x, POINTS);
  for (size_t f = 0; f < FRAY_COUNT(function); f++) {
    for (size_t i = 0; i < POINTS; i++)
      /* Small and large arguments: libraries treat them in different ways. */
      y[i] = function[f]((double)x[i] * (i % 2 ? 1 : 16));
    fray_hash_add(state, y, sizeof y);
  }
  *out = fray_hash_end(state);
  return FRAY_OK;
}

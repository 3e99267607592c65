/* Level and deviation of the channels of a window, and shapes added to them. */
#include "channels.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Levels are removed before squares are taken: of a large level little else would be left.
 * Rows first, as the values lie, with all channels side by side. A constant has exactly its own
 * mean and deviation 0: sums of equal floats are exact in double. */
enum fray_status fray_channels_measure(const struct fray_signal *x, struct fray_arena *scratch,
                                       struct fray_channel **out, struct fray_err *err) {
  const size_t n = x->channels;
  struct fray_channel *channel;
  FRAY_ALLOC_ZERO(channel, scratch, n, err);
  for (size_t t = 0; t < x->length; t++)
    for (size_t c = 0; c < n; c++)
      channel[c].mean += (double)x->x[t * n + c];
  for (size_t c = 0; c < n; c++)
    channel[c].mean /= (double)x->length;
  for (size_t t = 0; t < x->length; t++)
    for (size_t c = 0; c < n; c++) {
      const double d = (double)x->x[t * n + c] - channel[c].mean;
      channel[c].sd += d * d;
    }
  for (size_t c = 0; c < n; c++)
    channel[c].sd = sqrt(channel[c].sd / (double)x->length);
  *out = channel;
  return FRAY_OK;
}

/* Sums in double, since a large level leaves little of a float for what is added. */
static void add_row(struct fray_signal *x, size_t t, const double *size, double by) {
  float *row = x->x + t * x->channels;
  for (size_t c = 0; c < x->channels; c++)
    row[c] = (float)((double)row[c] + size[c] * by);
}

/* A single step has no way to go along: it gets the middle. */
void fray_channels_add_line(struct fray_signal *x, const double *size, double begin, double end) {
  for (size_t t = 0; t < x->length; t++) {
    const double at = x->length > 1 ? (double)t / (double)(x->length - 1) : 0.5;
    add_row(x, t, size, begin + (end - begin) * at);
  }
}

/* By turning from step to step, begun anew now and then: rounding grows with the steps. */
void fray_channels_add_tone(struct fray_signal *x, const double *size, double hz,
                            const double *phase) {
  enum { ANEW = 256 };
  const double turn = 2 * pi * fmod(hz / x->rate, 1);
  const double step_sin = sin(turn), step_cos = cos(turn);
  for (size_t c = 0; c < x->channels; c++) {
    double s = 0, k = 1;
    for (size_t t = 0; t < x->length; t++) {
      const double before = s;
      s = t % ANEW ? s * step_cos + k * step_sin : sin(turn * (double)t + phase[c]);
      k = t % ANEW ? k * step_cos - before * step_sin : cos(turn * (double)t + phase[c]);
      float *at = &x->x[t * x->channels + c];
      *at = (float)((double)*at + size[c] * s);
    }
  }
}

void fray_channel_multiply(struct fray_signal *x, size_t c, double by, const double *curve) {
  for (size_t t = 0; t < x->length; t++) {
    float *at = &x->x[t * x->channels + c];
    *at = (float)((double)*at * (1 + by * curve[t]));
  }
}

/* From the value at the start, which thereby stays. */
void fray_channel_hold(struct fray_signal *x, size_t c, size_t start, size_t length) {
  const float held = x->x[start * x->channels + c];
  for (size_t t = start; t < start + length; t++)
    x->x[t * x->channels + c] = held;
}

/* One number a sign, so that adding a channel leaves the signs of those before it. */
void fray_draw_signs(struct fray_rng *rng, double *sign, size_t n) {
  for (size_t i = 0; i < n; i++)
    sign[i] = fray_rng_uniform(rng) < 0.5 ? -1 : 1;
}

/* Paths through time, and windows read along them. */
#include "clock.h"

#include "fray/base/size.h"

#include <math.h>

/* The speed at step 0 is not used: a path has one step less than it has points. */
void fray_path_of_speed(const double *speed, size_t steps, double *path) {
  path[0] = 0;
  for (size_t t = 1; t < steps; t++)
    path[t] = path[t - 1] + fmax(speed[t], 0.1);
  for (size_t t = 1; t < steps; t++)
    path[t] *= (double)(steps - 1) / path[steps - 1];
}

/* Where the path stands still or hurries, readings are repeated or left out; none is made up. */
void fray_read_along(const float *from, const double *path, struct fray_signal *x) {
  const size_t width = x->channels, end = x->length - 1;
  for (size_t t = 0; t < x->length; t++) {
    const double at = fmin(fmax(path[t], 0), (double)end);
    const size_t k = (size_t)at, next = FRAY_MIN(k + 1, end);
    const float u = (float)(at - (double)k);
    const float *a = from + k * width, *b = from + next * width;
    float *to = x->x + t * width;
    for (size_t c = 0; c < width; c++)
      to[c] = a[c] + u * (b[c] - a[c]);
  }
}

/* A stamp does not know of the one before it: errors are of reading the clock, not of the clock. */
void fray_draw_stamps(struct fray_rng *rng, double sigma, size_t steps, double *time) {
  for (size_t t = 0; t < steps; t++)
    time[t] = (double)t + sigma * fray_rng_normal(rng);
}

/* Stamps are nearly in order, which insertion likes; equal ones keep theirs. */
void fray_order_stamps(double *time, uint32_t *row, size_t steps) {
  for (size_t t = 0; t < steps; t++) {
    const double now = time[t];
    size_t k = t;
    for (; k > 0 && time[k - 1] > now; k--) {
      time[k] = time[k - 1];
      row[k] = row[k - 1];
    }
    time[k] = now;
    row[k] = (uint32_t)t;
  }
}

/* The value at `at` of the line from the pair (time[k], a) to (time[next], b). */
static void read_line(const float *a, const float *b, double from, double to, double at, float *out,
                      size_t n) {
  const double gap = to - from;
  const float u = gap > 0 ? (float)fmin(fmax((at - from) / gap, 0), 1) : 0.0f;
  for (size_t c = 0; c < n; c++)
    out[c] = a[c] + u * (b[c] - a[c]);
}

/* Before the first stamp and after the last there is nothing to go between: the ends are held. */
void fray_read_between(const float *from, const double *time, const uint32_t *row,
                       struct fray_signal *x) {
  const size_t width = x->channels, end = x->length - 1;
  size_t k = 0;
  for (size_t t = 0; t < x->length; t++) {
    while (k < end && time[k + 1] <= (double)t)
      k++;
    const size_t next = FRAY_MIN(k + 1, end);
    read_line(from + row[k] * width, from + row[next] * width, time[k], time[next], (double)t,
              x->x + t * width, width);
  }
}

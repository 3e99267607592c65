/* The statistics of marks as they are defined, in double: residuals, envelopes, linear prediction,
 * correlations, and how sure they make. */
#include "fray/base/size.h"
#include "mark_parts.h"

#include <math.h>

/* Exchanges two values if they are out of order. */
static inline void order(double *a, double *b) {
  const double low = fmin(*a, *b), high = fmax(*a, *b);
  *a = low;
  *b = high;
}

/* Nineteen exchanges that leave the middle of nine at 4 (Smith 1996; Devillard 1998). */
static double middle_of(double v[9]) {
  static const uint8_t step[][2] = {{1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {1, 2},
                                    {4, 5}, {7, 8}, {0, 3}, {5, 8}, {4, 7}, {3, 6}, {1, 4},
                                    {2, 5}, {4, 7}, {4, 2}, {6, 4}, {4, 2}};
  for (size_t i = 0; i < FRAY_COUNT(step); i++)
    order(&v[step[i][0]], &v[step[i][1]]);
  return v[4];
}

/* A place beside the picture is the one at its edge. */
static inline size_t inside(size_t i, int by, size_t n) {
  return by < 0 ? (i ? i - 1 : 0) : by > 0 ? FRAY_MIN(i + 1, n - 1) : i;
}

/* What a picture is, in flat parts and along edges, is what the middle of nine pixels says; what is
 * left is grain, of which a mark is a part. */
void fray_mark_residual(const double *x, size_t height, size_t width, double *out) {
  const size_t n = height * width;
  double sum = 0, squares = 0;
  for (size_t row = 0; row < height; row++)
    for (size_t column = 0; column < width; column++) {
      double v[9];
      for (int k = 0; k < 9; k++)
        v[k] = x[inside(row, k / 3 - 1, height) * width + inside(column, k % 3 - 1, width)];
      out[row * width + column] = x[row * width + column] - middle_of(v);
    }
  for (size_t i = 0; i < n; i++)
    sum += out[i];
  for (size_t i = 0; i < n; i++)
    squares += (out[i] - sum / (double)n) * (out[i] - sum / (double)n);
  /* Strokes and hard edges are no mark, and would outweigh it. */
  const double most = 3 * sqrt(squares / (double)n);
  for (size_t i = 0; i < n; i++)
    out[i] = fmin(fmax(out[i], -most), most);
}

/* Where one of the two is flat there is no direction to compare. */
double fray_mark_z(size_t n, const double *a, const double *b, bool centred) {
  double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; centred && i < n; i++) {
    mean_a += a[i] / (double)n;
    mean_b += b[i] / (double)n;
  }
  for (size_t i = 0; i < n; i++) {
    const double u = a[i] - mean_a, v = b[i] - mean_b;
    aa += u * u;
    bb += v * v;
    ab += u * v;
  }
  return aa > 0 && bb > 0 ? sqrt((double)n) * ab / sqrt(aa * bb) : 0;
}

/* Speech keeps its level for about so long. */
size_t fray_mark_width(double rate) {
  const double steps = round(rate / 100);
  return steps >= 1 ? (size_t)steps : 1;
}

/* Exact sums over the window: a running one would drift where sound is silent. */
void fray_mark_envelope(const double *x, size_t n, size_t width, double *out) {
  double before = 0, now = 0; /* sums of whole windows: one behind, one that grows */
  /* The window of width that ends at t lies in two blocks of that width: the end of the one is its
   * suffix sum, the beginning of the other its prefix sum. */
  for (size_t first = 0; first < n; first += width) {
    const size_t end = FRAY_MIN(first + width, n);
    for (size_t t = first; t < end; t++)
      out[t] = 0;
    /* Suffix sums of the block before, each at the place that still sees it. */
    before = 0;
    for (size_t back = 1; first && back < width; back++) {
      const size_t s = first - back;
      before += x[s] * x[s];
      if (s + width - 1 < end)
        out[s + width - 1] = before;
    }
    now = 0;
    for (size_t t = first; t < end; t++) {
      now += x[t] * x[t];
      out[t] = sqrt((out[t] + now) / (double)width + 1e-8);
    }
  }
}

/* Levinson and Durbin; the loading of the diagonal keeps it apart from zero. */
void mark_predict(const double r[MARK_TAPS], double load, double out[FRAY_MARK_ORDER]) {
  double a[FRAY_MARK_ORDER] = {0}, error = r[0] * (1 + load);
  for (size_t i = 0; i < FRAY_MARK_ORDER; i++) {
    double next[FRAY_MARK_ORDER], sum = r[i + 1];
    for (size_t j = 0; j < i; j++)
      sum -= a[j] * r[i - j];
    const double reflection = error > 0 ? sum / error : 0;
    for (size_t j = 0; j < i; j++)
      next[j] = a[j] - reflection * a[i - 1 - j];
    next[i] = reflection;
    for (size_t j = 0; j <= i; j++)
      a[j] = next[j];
    error *= 1 - reflection * reflection;
  }
  for (size_t i = 0; i < FRAY_MARK_ORDER; i++)
    out[i] = a[i];
}

/* Of a stretch with itself, some steps later. */
void mark_products(const double *x, size_t n, double r[MARK_TAPS]) {
  for (size_t k = 0; k < MARK_TAPS; k++) {
    r[k] = 0;
    for (size_t t = k; t < n; t++)
      r[k] += x[t] * x[t - k];
  }
}

/* As the field says it: what lies 30 dB below the sound is not predicted. */
void fray_mark_lpc(const double *x, size_t n, double out[FRAY_MARK_ORDER]) {
  double r[MARK_TAPS];
  mark_products(x, n, r);
  mark_predict(r, 1e-3, out);
}

/* The filter of the prediction error; its history is the sound itself, also before `first`. */
void fray_mark_whiten(const double *x, size_t first, size_t n, const double lpc[FRAY_MARK_ORDER],
                      double *out) {
  for (size_t t = first; t < first + n; t++) {
    double sum = x[t];
    for (size_t k = 0; k < FRAY_MIN(t, (size_t)FRAY_MARK_ORDER); k++)
      sum -= lpc[k] * x[t - 1 - k];
    out[t] = sum;
  }
}

/* Each has deviation 1, so their sum has sqrt(n). */
double fray_mark_pool(double sum, size_t n) {
  return n ? sum / sqrt((double)n) : 0;
}

/* Exact where the key is as random as the others: the observed value has any rank alike. */
double fray_mark_p(double observed, const double *random, size_t n) {
  size_t larger = 0;
  for (size_t i = 0; i < n; i++)
    larger += random[i] >= observed;
  return (1 + (double)larger) / (1 + (double)n);
}

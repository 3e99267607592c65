/* Sums of many independent draws: powers of a Fourier transform. */
#include "spectrum.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdint.h>

/* The order that halving in place ends in. */
static void reorder(double (*x)[2], unsigned bits) {
  const size_t n = (size_t)1 << bits;
  for (size_t i = 1, j = 0; i < n; i++) {
    size_t bit = n >> 1;
    for (; j & bit; bit >>= 1)
      j ^= bit;
    j |= bit;
    for (unsigned k = 0; i < j && k < 2; k++) {
      const double t = x[i][k];
      x[i][k] = x[j][k];
      x[j][k] = t;
    }
  }
}

/* root[k] = exp(-2 pi i k / n), k < n / 2: each by its own sine, so that errors do not grow. */
/* In place, radix two: of a million places a twentieth of a second, a few times a scenario. */
static void transform(double (*x)[2], unsigned bits, const double (*root)[2], double sign) {
  const size_t n = (size_t)1 << bits;
  reorder(x, bits);
  for (size_t half = 1; half < n; half *= 2)
    for (size_t first = 0; first < n; first += 2 * half)
      for (size_t k = 0; k < half; k++) {
        const double *w = root[k * (n / (2 * half))];
        double *a = x[first + k], *b = x[first + k + half];
        const double re = b[0] * w[0] - b[1] * sign * w[1], im = b[1] * w[0] + b[0] * sign * w[1];
        b[0] = a[0] - re;
        b[1] = a[1] - im;
        a[0] += re;
        a[1] += im;
      }
}

/* By squaring: `times` is a whole number. */
static void raise_to(double times, const double x[2], double out[2]) {
  double base[2] = {x[0], x[1]};
  out[0] = 1;
  out[1] = 0;
  for (uint64_t left = (uint64_t)times; left; left >>= 1) {
    if (left & 1) {
      const double re = out[0] * base[0] - out[1] * base[1];
      out[1] = out[0] * base[1] + out[1] * base[0];
      out[0] = re;
    }
    const double re = base[0] * base[0] - base[1] * base[1];
    base[1] = 2 * base[0] * base[1];
    base[0] = re;
  }
}

/* One distribution in the real parts, the other in the imaginary ones: spectra of real sequences
 * come apart by their symmetry, X(k) = conj X(n - k). */
static void raise_pair(double times, double *at, double *mirror) {
  const double a[2] = {(at[0] + mirror[0]) / 2, (at[1] - mirror[1]) / 2};
  const double b[2] = {(at[1] + mirror[1]) / 2, (mirror[0] - at[0]) / 2};
  double u[2], v[2];
  raise_to(times, a, u);
  raise_to(times, b, v);
  at[0] = u[0] - v[1];
  at[1] = u[1] + v[0];
  mirror[0] = u[0] + v[1];
  mirror[1] = v[0] - u[1];
}

enum fray_status fray_compose(double (*p)[2], unsigned bits, double times,
                              struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = (size_t)1 << bits;
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  double(*root)[2];
  FRAY_ALLOC(root, scratch, n / 2 + 1, err);
  for (size_t k = 0; k < n / 2; k++) {
    const double angle = 2 * acos(-1.0) * (double)k / (double)n;
    root[k][0] = cos(angle);
    root[k][1] = -sin(angle);
  }
  transform(p, bits, (const double(*)[2])root, 1);
  for (size_t k = 0; k <= n / 2; k++)
    raise_pair(times, p[k], p[(n - k) & (n - 1)]);
  transform(p, bits, (const double(*)[2])root, -1);
  for (size_t k = 0; k < n; k++) {
    p[k][0] /= (double)n;
    p[k][1] /= (double)n;
  }
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

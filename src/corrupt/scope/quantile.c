/* Selection by Hoare's partition: ties cost nothing, which damaged signals are full of. */
#include "quantile.h"

#include "fray/base/size.h"

#include <math.h>

static void swap(float *a, float *b) {
  const float keep = *a;
  *a = *b;
  *b = keep;
}

/* A place within low .. high - 1: what lies up to it is at most what lies behind it. The pivot is
 * never the last one, or the place could be. */
static size_t split(float *v, size_t low, size_t high) {
  const float pivot = v[low + (high - low) / 2];
  size_t i = low, j = high;
  for (;;) {
    while (v[i] < pivot)
      i++;
    while (pivot < v[j])
      j--;
    if (i >= j)
      return j;
    swap(&v[i++], &v[j--]);
  }
}

/* Moves the k-th smallest to v[k], with nothing larger before it and nothing smaller after. */
static void select_nth(float *v, size_t n, size_t k) {
  size_t low = 0, high = n - 1;
  while (low < high) {
    const size_t last = split(v, low, high);
    if (k <= last)
      high = last;
    else
      low = last + 1;
  }
}

/* The next larger one is the least of what the selection left behind place k. */
double fray_quantile(float *v, size_t n, double p) {
  const double at = p * (double)(n - 1);
  const size_t k = FRAY_MIN((size_t)at, n - 1);
  select_nth(v, n, k);
  const double below = (double)v[k];
  if (k + 1 == n || at <= (double)k)
    return below;
  float above = v[k + 1];
  for (size_t i = k + 2; i < n; i++)
    above = FRAY_MIN(above, v[i]);
  return below + (at - (double)k) * ((double)above - below);
}

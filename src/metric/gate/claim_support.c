/* One modality claims, another is the evidence: how far the one bears out the other, and from where
 * on that is called support. After FEVER (Thorne et al. 2018, arXiv 1803.05355), whose retrieval
 * and sets of evidence have no counterpart here. */
#include "fray/base/size.h"
#include "fray/metric/gate.h"

#include <math.h>
#include <stdlib.h>

/* The chance that an answer drawn from each is the same. */
double fray_claim_support(size_t classes, const double *a, const double *b, double *work) {
  double *p = work, *q = work + classes, sum = 0;
  fray_gate_probabilities(classes, a, p);
  fray_gate_probabilities(classes, b, q);
  for (size_t k = 0; k < classes; k++)
    sum += p[k] * q[k];
  return sum;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* How many of n in order lie below x. */
static size_t below(const double *sorted, size_t n, double x) {
  size_t k = 0;
  while (k < n && sorted[k] < x)
    k++;
  return k;
}

/* Between two neighbouring values no cut differs from the upper one, so values are all there is to
 * try; from small to large, and only what is better replaces. */
enum fray_status fray_claim_cut(size_t n, const double *supported, size_t m, const double *refuted,
                                struct fray_arena *arena, double *cut, double *accuracy,
                                struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  double *s, *r, *at;
  FRAY_ALLOC(s, arena, n + 1, err);
  FRAY_ALLOC(r, arena, m + 1, err);
  FRAY_ALLOC(at, arena, n + m + 1, err);
  for (size_t i = 0; i < n; i++)
    s[i] = at[i] = supported[i];
  for (size_t i = 0; i < m; i++)
    r[i] = at[n + i] = refuted[i];
  qsort(s, n, sizeof *s, ascending);
  qsort(r, m, sizeof *r, ascending);
  qsort(at, n + m, sizeof *at, ascending);
  *cut = *accuracy = 0;
  for (size_t i = 0, in = 0, out = 0; i < n + m; i++) {
    in += below(s + in, n - in, at[i]);
    out += below(r + out, m - out, at[i]);
    const double balanced = ((double)(n - in) / (double)n + (double)out / (double)m) / 2;
    if (balanced > *accuracy) {
      *accuracy = balanced;
      *cut = at[i];
    }
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* A private round: updates that are clipped as they will be added, their exact sum, and the noise.
 *
 * Epsilon holds for what is added, not for what was meant: a vector of length C may be longer once
 * its values are rounded. So lengths are taken of the values on the grid of the sum. That grid
 * hangs on nothing that a client sends; the one of fray_exact_sum follows the largest update. */
#include "fray/fed/privacy.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* Partial sums of so many squares, and noise of so many values from one stream. */
enum { BLOCK = 1024 };

/* N values below 2^e need e and log2 N bits; two are left for the sign and for rounding. */
int fray_privacy_grid(const struct fray_privacy_plan *plan) {
  int e, bits = 0;
  frexp(plan->clip, &e); /* clip < 2^e */
  while (bits < 40 && ((size_t)1 << bits) < plan->clients)
    bits++;
  return 62 - bits - e;
}

/* Of the values as they will be added, in steps. */
FRAY_DISPATCH
static double square_on_grid(size_t n, const float *x, double scale) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double steps = rint((double)x[i] * scale);
    sum += steps * steps;
  }
  return sum;
}

/* By blocks: the error of a sum of millions stays below 1e-12 of it. */
static double norm_on_grid(size_t n, const float *x, int grid) {
  double sum = 0;
  for (size_t i = 0; i < n; i += BLOCK)
    sum += square_on_grid(FRAY_MIN(n - i, (size_t)BLOCK), x + i, ldexp(1, grid));
  return ldexp(sqrt(sum), -grid);
}

/* The factor leaves room for the rounding to floats; where the grid is coarse beside that, once
 * more and a little shorter, until it holds. */
bool fray_privacy_clip(const struct fray_privacy_plan *plan, size_t total, float *update) {
  const int grid = fray_privacy_grid(plan);
  const double most = plan->clip * (1 - 0x1p-40);
  double norm = norm_on_grid(total, update, grid), short_by = 0x1p-22;
  if (norm <= most)
    return false;
  if (!isfinite(norm)) {
    memset(update, 0, total * sizeof *update);
    return true;
  }
  for (; norm > most; short_by *= 2) {
    const double factor = plan->clip * (1 - short_by) / norm;
    for (size_t i = 0; i < total; i++)
      update[i] = (float)((double)update[i] * factor);
    norm = norm_on_grid(total, update, grid);
  }
  return true;
}

/* Values are within the clip, so they fit; the same rounding as in lengths. */
FRAY_DISPATCH
static void add_steps(size_t n, const float *x, double scale, int64_t *sum) {
  for (size_t i = 0; i < n; i++)
    sum[i] += (int64_t)rint((double)x[i] * scale);
}

/* One stream a block, keyed by its place: what a value gets hangs neither on ranks nor on where
 * another span ends. */
static void release_span(const struct fray_privacy_plan *plan, uint64_t seed, size_t round,
                         const struct fray_span *span, const int64_t *sum, double step,
                         const double *noise, float *out) {
  const double deviation = plan->mechanism.z * plan->clip;
  const uint64_t purpose = fray_rng_purpose("privacy/noise");
  struct fray_rng rng = {0};
  for (size_t i = 0; i < span->n; i++) {
    const size_t at = span->offset + i;
    if (i % BLOCK == 0)
      rng = fray_rng_keyed(seed, purpose, at, round, 0);
    const double normal = noise ? noise[at] : deviation > 0 ? fray_rng_normal(&rng) : 0;
    out[at] = (float)(((double)sum[at] * step + deviation * normal) / plan->expected);
  }
}

/* Padding between tensors and what clients keep for themselves get neither sum nor noise. */
void fray_privacy_release(const struct fray_privacy_plan *plan, uint64_t seed, size_t round,
                          size_t total, const int64_t *sum, int grid, size_t n_spans,
                          const struct fray_span *span, const double *noise, float *out) {
  memset(out, 0, total * sizeof *out);
  for (size_t k = 0; k < n_spans; k++)
    release_span(plan, seed, round, &span[k], sum, ldexp(1, -grid), noise, out);
}

void fray_privacy_add(const struct fray_privacy_plan *plan, size_t total, const float *update,
                      int64_t *sum) {
  add_steps(total, update, ldexp(1, fray_privacy_grid(plan)), sum);
}

enum fray_status fray_privacy_mean(struct fray_comm *comm, const struct fray_privacy_plan *plan,
                                   uint64_t seed, size_t round, size_t total, size_t mine,
                                   const float *const *update, size_t n_spans,
                                   const struct fray_span *span, const double *noise,
                                   struct fray_arena *arena, float *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const int grid = fray_privacy_grid(plan);
  int64_t *sum = fray_arena_zero(arena, total, sizeof *sum);
  enum fray_status status =
      sum ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu sums)", total);
  /* One without memory must not leave the others in the exchange. */
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK) {
    for (size_t k = 0; k < mine; k++)
      fray_privacy_add(plan, total, update[k], sum);
    fray_comm_sum_i64(comm, sum, total);
    fray_privacy_release(plan, seed, round, total, sum, grid, n_spans, span, noise, out);
  }
  fray_arena_rewind(arena, mark);
  return status;
}

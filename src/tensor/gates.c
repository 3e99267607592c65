/* A step of the GRU apart from its products: sigmoid, tanh and the mix of states, and its
 * derivative, each in one pass over memory. */
#include "fray/tensor/gates.h"

#include "fray/tensor/vec.h"
#include "vec_body.h"

#include <string.h>

/* keep and has_before are constants wherever this is inlined. Without a state before, the products
 * with it are 0. Kept for backward are the gates themselves, in the place of their products, and
 * the part of the new state that r scales: all derivatives follow from these. */
VEC_INLINE void gates_row(size_t width, int keep, int has_before, float *restrict a,
                          const float *restrict b_i, const float *restrict g,
                          const float *restrict b_h, const float *restrict before,
                          float *restrict after, float *restrict kept) {
  for (size_t j = 0; j < width; j++) {
    const size_t k = width + j, l = 2 * width + j;
    const float r = vec_sigmoid1((a[j] + b_i[j]) + (has_before ? g[j] + b_h[j] : b_h[j]));
    const float z = vec_sigmoid1((a[k] + b_i[k]) + (has_before ? g[k] + b_h[k] : b_h[k]));
    const float hidden = has_before ? g[l] + b_h[l] : b_h[l];
    const float n = vec_tanh1((a[l] + b_i[l]) + r * hidden);
    /* (1 - z) n + z h with one product: n + z (h - n) */
    after[j] = has_before ? n + z * (before[j] - n) : n - z * n;
    if (keep) {
      a[j] = r;
      a[k] = z;
      a[l] = n;
      kept[j] = hidden;
    }
  }
}

/* The four cases are written out so that each is a loop without a test in it. */
FRAY_DISPATCH void fray_gru_gates_forward(const struct fray_gru_step *step, const float *g,
                                          float *h, float *state) {
  const size_t width = step->width;
  const float *b_i = step->b_i, *b_h = step->b_h;
  for (size_t i = 0; i < step->n; i++) {
    const size_t at = step->row[i];
    const float *gi = step->begins ? NULL : g + i * 3 * width;
    float *ai = step->gates + at * 3 * width, *to = h + at * width, *is = state + i * width;
    float *kept = step->kept ? step->kept + at * width : NULL;
    if (kept && gi)
      gates_row(width, 1, 1, ai, b_i, gi, b_h, is, to, kept);
    else if (kept)
      gates_row(width, 1, 0, ai, b_i, NULL, b_h, NULL, to, kept);
    else if (gi)
      gates_row(width, 0, 1, ai, b_i, gi, b_h, is, to, NULL);
    else
      gates_row(width, 0, 0, ai, b_i, NULL, b_h, NULL, to, NULL);
    memcpy(is, to, width * sizeof *is); /* side by side, as the next product wants them */
  }
}

/* With d the gradient of h' = (1 - z) n + z h: dn = d (1 - z) through tanh, dz = d (h - n) and
 * dr = dn (W_hn h + b_hn) through their sigmoids, whose derivatives are known from their values.
 * The third part of dg has a factor r, as r stands before the product there; d z goes to h itself.
 */
VEC_INLINE void gates_back_row(size_t width, int has_before, float *restrict gates,
                               const float *restrict kept, const float *restrict before,
                               const float *restrict dafter, float *restrict carry,
                               float *restrict dg) {
  for (size_t j = 0; j < width; j++) {
    const float r = gates[j], z = gates[width + j], n = gates[2 * width + j];
    const float d = dafter[j] + carry[j];
    const float dn = d * (1.0f - z) * (1.0f - n * n);
    const float dz = d * ((has_before ? before[j] : 0.0f) - n) * (z * (1.0f - z));
    const float dr = dn * kept[j] * (r * (1.0f - r));
    gates[j] = dg[j] = dr;
    gates[width + j] = dg[width + j] = dz;
    gates[2 * width + j] = dn;
    dg[2 * width + j] = dn * r;
    carry[j] = d * z;
  }
}

FRAY_DISPATCH void fray_gru_gates_backward(const struct fray_gru_step *step, const float *h,
                                           const float *dh, float *carry, float *dg, float *all) {
  const size_t width = step->width;
  const float *kept = step->kept;
  for (size_t i = 0; i < step->n; i++) {
    const size_t at = step->row[i];
    float *gi = step->gates + at * 3 * width, *ci = carry + i * width, *di = dg + i * 3 * width;
    if (step->begins)
      gates_back_row(width, 0, gi, kept + at * width, NULL, dh + at * width, ci, di);
    else
      gates_back_row(width, 1, gi, kept + at * width, h + (at - 1) * width, dh + at * width, ci,
                     di);
    memcpy(all + at * 3 * width, di, 3 * width * sizeof *di);
  }
}

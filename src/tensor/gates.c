#include "fray/tensor/gates.h"

#include "fray/tensor/vec.h"
#include "vec_body.h"

/* keep and has_before are constants wherever this is inlined. Without a state before, the products
 * with it are 0. */
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
    after[j] = has_before ? n + z * (before[j] - n) : n - z * n;
    if (keep) {
      a[j] = r;
      a[k] = z;
      a[l] = n;
      kept[j] = hidden;
    }
  }
}

FRAY_DISPATCH void fray_gru_gates_forward(size_t n, size_t width, float *a, size_t lda,
                                          const float *b_i, const float *g, const float *b_h,
                                          const float *before, float *after, size_t ldh,
                                          float *kept, size_t ldk) {
  for (size_t i = 0; i < n; i++) {
    const float *gi = before ? g + i * 3 * width : NULL;
    float *ai = a + i * lda, *to = after + i * ldh;
    if (kept && before)
      gates_row(width, 1, 1, ai, b_i, gi, b_h, before + i * ldh, to, kept + i * ldk);
    else if (kept)
      gates_row(width, 1, 0, ai, b_i, NULL, b_h, NULL, to, kept + i * ldk);
    else if (before)
      gates_row(width, 0, 1, ai, b_i, gi, b_h, before + i * ldh, to, NULL);
    else
      gates_row(width, 0, 0, ai, b_i, NULL, b_h, NULL, to, NULL);
  }
}

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

FRAY_DISPATCH void fray_gru_gates_backward(size_t n, size_t width, float *gates, size_t ldg,
                                           const float *kept, size_t ldk, const float *before,
                                           const float *dafter, size_t ldh, float *carry,
                                           float *dg) {
  for (size_t i = 0; i < n; i++) {
    float *gi = gates + i * ldg, *ci = carry + i * width;
    if (before)
      gates_back_row(width, 1, gi, kept + i * ldk, before + i * ldh, dafter + i * ldh, ci,
                     dg + i * ldg);
    else
      gates_back_row(width, 0, gi, kept + i * ldk, NULL, dafter + i * ldh, ci, dg + i * ldg);
  }
}

#include "fray/nn/linear.h"

#include "fray/tensor/blas.h"

#include <string.h>

/* The product adds to rows that hold the bias: no second pass over y. */
void fray_linear_forward(size_t rows, size_t in, size_t out, const float *x, size_t ldx,
                         const float *w, const float *b, float *y, size_t ldy) {
  for (size_t i = 0; b && i < rows; i++)
    memcpy(y + i * ldy, b, out * sizeof *y);
  fray_gemm(false, true, rows, out, in, 1, x, ldx, w, in, b ? 1 : 0, y, ldy);
}

void fray_linear_backward(size_t rows, size_t in, size_t out, const float *x, size_t ldx,
                          const float *w, const float *dy, size_t ldy, float *dw, float *db,
                          float *dx, size_t lddx, bool add_dx) {
  fray_gemm(true, false, out, in, rows, 1, dy, ldy, x, ldx, 1, dw, in);
  if (db)
    fray_column_sums(rows, out, dy, ldy, 1, db);
  if (dx)
    fray_gemm(false, false, rows, in, out, 1, dy, ldy, w, in, add_dx ? 1 : 0, dx, lddx);
}

/* Matrix products by OpenBLAS, cut into the sizes that its kernels are fast at. */
#include "fray/tensor/blas.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"
#include "openblas.h"
#include "product_kernels.h"
#include "vec_body.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct openblas blas; /* filled by fray_blas_start */
static double flops;         /* only ever read by fray bench; no result depends on it */

double fray_gemm_flops(void) {
  return flops;
}

/* What is asked for, however many pieces it is cut into. */
void product_count(size_t m, size_t n, size_t k) {
  flops += 2.0 * (double)m * (double)n * (double)k;
}

/* OpenBLAS's kernels for AVX-512 multiply small matrices straight from where they are, at nearly
 * the peak; larger ones, above this m n k, are packed first, which costs 10 to 20 % for the shapes
 * of a small model. So a larger product is cut into runs of rows that each are small. Other kernels
 * pack in any case and would pack B anew for each run. */
#define SMALL_PRODUCT 1e6
enum { ROW_STEP = 4, LEAST_ROWS = 4 }; /* other numbers of rows leave part of the registers idle */
static bool small_is_fast;

/* A B^T: the small kernel adds up along k, which pays where rows are long; and its products end
 * earlier. */
#define SMALL_DOTS 8e5
enum { LONG_ROWS = 512 };

/* A^T B in runs of fewer rows reads all of B for each; fray_product keeps a part of B in the cache.
 */
enum { FEW_ROWS = 16 };

/* A B of so few that the way into BLAS costs as much, in the same bits: of fewer rows or columns
 * either of the two adds up in another order. */
#define TINY_PRODUCT 1e5
enum { TINY_ROWS = 5, TINY_COLUMNS = 16 };

static bool is_tiny(size_t m, size_t n, size_t k) {
  return small_is_fast && m >= TINY_ROWS && n >= TINY_COLUMNS &&
         (double)m * (double)n * (double)k <= TINY_PRODUCT;
}

/* Rows of each run, or m for all at once. */
static size_t rows_at_once(bool transpose_b, size_t m, size_t n, size_t k) {
  const double most = transpose_b ? SMALL_DOTS : SMALL_PRODUCT;
  if (!small_is_fast || (transpose_b && k < LONG_ROWS) || (double)m * (double)n * (double)k <= most)
    return m;
  const size_t rows = (size_t)(most / ((double)n * (double)k)) / ROW_STEP * ROW_STEP;
  return rows >= LEAST_ROWS ? rows : m;
}

/* A^T B; where it adds, on from what C holds. */
static void across(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                   size_t ldb, bool add, float *c, size_t ldc) {
  const struct fray_left left = {
      .x = a, .lines = 1, .rows = m, .row = 1, .runs = 1, .run = k, .step = lda};
  fray_product(&left, n, b, ldb, add, c, ldc);
}

/* Into the second-level cache, line after line: activations that a backward pass comes back to lie
 * further away, and products by panels of columns would wait for them row by row. A hint: no value
 * hangs on it. */
static void bring_near(size_t rows, size_t n, const float *x, size_t ld) {
#ifdef __GNUC__
  enum { LINE = 16 };
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < n; j += LINE)
      __builtin_prefetch(x + i * ld + j, 0, 2);
#else
  (void)rows, (void)n, (void)x, (void)ld;
#endif
}

void fray_gemm_on(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                  size_t ldb, float *c, size_t ldc) {
  bring_near(k, n, b, ldb);
  across(m, n, k, a, lda, b, ldb, true, c, ldc);
}

void fray_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
               const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
               size_t ldc) {
  if (m == 0 || n == 0) /* BLAS refuses leading dimensions of 0 */
    return;
  const size_t rows = rows_at_once(transpose_b, m, n, k);
  if (transpose_a && !transpose_b && rows < m && rows < FEW_ROWS && alpha == 1 &&
      (beta == 0 || beta == 1)) {
    across(m, n, k, a, lda, b, ldb, beta == 1, c, ldc);
    return;
  }
  if (!transpose_a && !transpose_b && beta == 0 && is_tiny(m, n, k)) {
    const struct fray_left left = {
        .x = a, .lines = 1, .rows = m, .row = lda, .runs = 1, .run = k, .step = 1};
    fray_product_finished(&left, n, b, ldb, &(struct fray_finish){.scale = alpha}, c, ldc);
    return;
  }
  product_count(m, n, k);
  for (size_t i = 0; i < m; i += rows)
    blas.sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
               transpose_b ? CblasTrans : CblasNoTrans, (blasint)FRAY_MIN(rows, m - i), (blasint)n,
               (blasint)k, alpha, transpose_a ? a + i : a + i * lda, (blasint)lda, b, (blasint)ldb,
               beta, c + i * ldc, (blasint)ldc);
}

/* Columns of B that lie together: as many as the kernels for AVX-512 have in registers. OpenBLAS is
 * better at columns that fill no vector. */
enum { PANEL = 64, WHOLE = 16 };

/* Of long rows less is gained. */
bool fray_right_pays(size_t rows, size_t k) {
  return small_is_fast && rows >= (k < LONG_ROWS ? 64 : 256);
}

enum fray_status fray_right_copy(size_t n, size_t k, const float *b, struct fray_arena *arena,
                                 struct fray_right *out, struct fray_err *err) {
  const bool panels = small_is_fast && n % WHOLE == 0;
  const size_t at_once = panels ? PANEL : n;
  float *copy;
  FRAY_ALLOC(copy, arena, n * k, err);
  for (size_t j = 0; j < n; j += at_once)
    fray_transpose(FRAY_MIN(n - j, at_once), k, b + j * k, copy + j * k);
  *out = (struct fray_right){
      .n = n, .k = k, .b = copy, .form = panels ? FRAY_RIGHT_PANELS : FRAY_RIGHT_TRANSPOSED};
  return FRAY_OK;
}

enum fray_status fray_right_make(size_t rows, size_t n, size_t k, const float *b,
                                 struct fray_arena *arena, struct fray_right *out,
                                 struct fray_err *err) {
  *out = (struct fray_right){.n = n, .k = k, .b = b};
  return fray_right_pays(rows, k) ? fray_right_copy(n, k, b, arena, out, err) : FRAY_OK;
}

/* As the sums of OpenBLAS's small kernels, to the bit: one term of k after the other, then the
 * bias. */
static void times_panels(const struct fray_right *right, size_t m, const float *a, size_t lda,
                         struct fray_finish finish, float *c, size_t ldc) {
  const struct fray_left left = {
      .x = a, .lines = 1, .rows = m, .row = lda, .runs = 1, .run = right->k, .step = 1};
  const float *bias = finish.bias;
  for (size_t j = 0; j < right->n; j += PANEL) {
    const size_t columns = FRAY_MIN(right->n - j, (size_t)PANEL);
    finish.bias = bias ? bias + j : NULL;
    fray_product_finished(&left, columns, right->b + j * right->k, columns, &finish, c + j, ldc);
  }
}

/* By BLAS, in whichever form B is. */
static void times_blas(const struct fray_right *right, size_t m, const float *a, size_t lda,
                       float beta, float *c, size_t ldc) {
  const bool as_is = right->form == FRAY_RIGHT_AS_IS;
  const size_t at_once = right->form == FRAY_RIGHT_PANELS ? PANEL : right->n;
  for (size_t j = 0; j < right->n; j += at_once) {
    const size_t columns = FRAY_MIN(right->n - j, at_once);
    fray_gemm(false, as_is, m, columns, right->k, 1, a, lda, right->b + j * right->k,
              as_is ? right->k : columns, beta, c + j, ldc);
  }
}

/* Panels times few rows would be added in another order than by BLAS. That one adds to what is
 * there, so rows begin as the bias then. */
void fray_right_times(const struct fray_right *right, size_t m, const float *a, size_t lda,
                      const float *bias, bool relu, float *c, size_t ldc) {
  if (right->form == FRAY_RIGHT_PANELS && m >= TINY_ROWS) {
    times_panels(right, m, a, lda, (struct fray_finish){1, relu, bias}, c, ldc);
    return;
  }
  for (size_t i = 0; bias && i < m; i++)
    memcpy(c + i * ldc, bias, right->n * sizeof *c);
  times_blas(right, m, a, lda, bias ? 1 : 0, c, ldc);
  for (size_t i = 0; relu && i < m; i++)
    fray_vec_relu(right->n, c + i * ldc, c + i * ldc);
}

static FRAY_DISPATCH void add_columns(size_t m, size_t n, const float *a, size_t lda, float *out) {
  vec_column_sums_body(m, n, a, lda, out);
}

/* Row after row, so that the sum's order is that of the samples. */
void fray_column_sums(size_t m, size_t n, const float *a, size_t lda, float beta, float *out) {
  if (beta == 0)
    memset(out, 0, n * sizeof *out);
  else if (beta != 1)
    fray_vec_scale(n, beta, out);
  add_columns(m, n, a, lda, out);
}

typedef float four __attribute__((vector_size(16)));

static four load_four(const float *x) {
  four v;
  memcpy(&v, x, sizeof v);
  return v;
}

/* Four rows of four, from rows n apart to rows m apart. */
static void transpose_four(const float *a, size_t n, float *out, size_t m) {
  const four r0 = load_four(a), r1 = load_four(a + n);
  const four r2 = load_four(a + 2 * n), r3 = load_four(a + 3 * n);
  const four low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
  const four low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
  const four high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
  const four high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  const four column[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                          __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                          __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                          __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (size_t c = 0; c < 4; c++)
    memcpy(out + c * m, &column[c], sizeof column[c]);
}

enum { TILE = 16 }; /* rows whose values fill a cache line of out */

/* Four by four in registers, and sixteen rows of a before the next columns: what is written fills
 * whole cache lines while they are there. The edges follow one by one. */
void fray_transpose_rows(size_t m, size_t n, const float *a, size_t lda, float *out) {
  const size_t rows = m / 4 * 4, columns = n / 4 * 4;
  for (size_t i = 0; i < rows; i += TILE)
    for (size_t c = 0; c < columns; c += 4)
      for (size_t r = i; r < FRAY_MIN(rows, i + TILE); r += 4)
        transpose_four(a + r * lda + c, lda, out + c * m + r, m);
  for (size_t r = 0; r < m; r++)
    for (size_t c = r < rows ? columns : 0; c < n; c++)
      out[c * m + r] = a[r * lda + c];
}

void fray_transpose(size_t m, size_t n, const float *a, float *out) {
  fray_transpose_rows(m, n, a, n, out);
}

/* Filled whole or not at all: products before a successful start would call NULL, not half a
 * library. */
enum fray_status fray_blas_start(struct fray_err *err) {
  if (blas.sgemm)
    return FRAY_OK;
  struct openblas loaded = {0};
  FRAY_TRY(openblas_load(&loaded, err));
  blas = loaded;
  small_is_fast = openblas_level_of(blas.corename()) == OPENBLAS_AVX512;
  return FRAY_OK;
}

/* The names are part of the numeric environment: other kernels add in another order. */
const char *fray_blas_kernel(void) {
  return blas.corename ? blas.corename() : "none";
}

const char *fray_blas_version(void) {
  return blas.config ? blas.config() : "OpenBLAS, not loaded";
}

/* OPENBLAS_L2_SIZE is in KiB; blocks cut for a smaller cache than there is cost speed. Only a
 * smaller value is told of: a larger one is somebody's experiment. */
static bool cache_below_cpu(const char *value) {
  const long given = strtol(value, NULL, 10), real = sysconf(_SC_LEVEL2_CACHE_SIZE) / 1024;
  return given > 0 && real > 0 && given < real;
}

/* The kernel that runs uses less than the widest vectors of this CPU: somebody pinned it, perhaps
 * for another machine, and pays for it without knowing. */
const char *fray_blas_pinned(void) {
  const char *core = getenv("OPENBLAS_CORETYPE"), *cache = getenv("OPENBLAS_L2_SIZE");
  if (core && *core && openblas_level_of(fray_blas_kernel()) < openblas_level_of_cpu())
    return "OPENBLAS_CORETYPE";
  if (cache && *cache && cache_below_cpu(cache))
    return "OPENBLAS_L2_SIZE";
  return NULL;
}

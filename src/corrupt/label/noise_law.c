/* Laws of wrong labels: drawn or given transition matrices, and what they make of a label. */
#include "noise_law.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Off the diagonal there must be something to become. */
static enum fray_status allocate(size_t classes, bool targets, struct fray_arena *arena,
                                 struct fray_noise_law *law, struct fray_err *err) {
  FRAY_CHECK(classes >= 2, err, INPUT, "wrong labels need at least 2 classes, the data has %zu",
             classes);
  *law = (struct fray_noise_law){.classes = classes};
  FRAY_ALLOC(law->wrong, arena, classes, err);
  size_t cells = 0;
  FRAY_CHECK(fray_size_mul(classes, classes, &cells), err, MEMORY, "%zu classes are too many",
             classes);
  if (targets)
    FRAY_ALLOC_ZERO(law->target, arena, cells, err);
  return FRAY_OK;
}

/* Without a table of targets, as K x K equal numbers would say nothing: fray_noise_target divides
 * [0, 1) among the other classes by itself. */
enum fray_status fray_noise_symmetric(double rate, size_t classes, struct fray_arena *arena,
                                      struct fray_noise_law *out, struct fray_err *err) {
  FRAY_TRY(allocate(classes, false, arena, out, err));
  for (size_t i = 0; i < classes; i++)
    out->wrong[i] = rate;
  return FRAY_OK;
}

/* The same law with a smaller rate: a draw that returns the true class changes nothing. */
enum fray_status fray_noise_resample(double rate, size_t classes, struct fray_arena *arena,
                                     struct fray_noise_law *out, struct fray_err *err) {
  return fray_noise_symmetric(rate * ((double)classes - 1.0) / (double)classes, classes, arena, out,
                              err);
}

/* The order of classes is that of the data set: neighbours are no likelier to be confused. */
enum fray_status fray_noise_pair_flip(double rate, size_t classes, struct fray_arena *arena,
                                      struct fray_noise_law *out, struct fray_err *err) {
  FRAY_TRY(allocate(classes, true, arena, out, err));
  for (size_t i = 0; i < classes; i++) {
    out->wrong[i] = rate;
    out->target[i * classes + (i + 1) % classes] = 1.0;
  }
  return FRAY_OK;
}

/* Cells off the diagonal without the one of each row that always stays, as from * K + to. Marks the
 * cells that stay with 1 in target. Returns their number, K (K - 2). */
static size_t free_cells(struct fray_noise_law *law, struct fray_rng *rng, uint32_t *cell) {
  size_t k = law->classes, n = 0;
  for (size_t i = 0; i < k; i++) {
    /* One of the K - 1 others: numbers from i on are moved up by one, past the diagonal. */
    size_t kept = (size_t)fray_rng_below(rng, k - 1);
    kept += kept >= i;
    for (size_t j = 0; j < k; j++) {
      law->target[i * k + j] = i == j ? 0.0 : 1.0;
      if (j != i && j != kept)
        cell[n++] = (uint32_t)(i * k + j);
    }
  }
  return n;
}

/* Weights of the targets left in each row, to a sum of 1: exponential ones (normalised, they are
 * uniform on the simplex) or equal ones. */
static void weigh_targets(struct fray_noise_law *law, struct fray_rng *rng, bool random) {
  size_t k = law->classes;
  for (size_t i = 0; i < k; i++) {
    double sum = 0.0, *row = &law->target[i * k];
    for (size_t j = 0; j < k; j++) {
      /* One draw per cell, also of those that are zero, so that rows do not shift each other. */
      double weight = random ? -log(1.0 - fray_rng_uniform(rng)) + 1e-12 : 1.0;
      sum += row[j] *= weight;
    }
    for (size_t j = 0; j < k; j++)
      row[j] /= sum;
  }
}

/* Centred, so that the mean over the classes is the rate exactly, and scaled so that none leaves
 * [0, 1]. */
static void draw_wrong(struct fray_noise_law *law, double rate, struct fray_rng *rng) {
  double mean = 0.0, most = 1.0, spread = FRAY_MIN(rate, 1.0 - rate);
  size_t k = law->classes;
  for (size_t i = 0; i < k; i++)
    mean += (law->wrong[i] = 2.0 * fray_rng_uniform(rng) - 1.0) / (double)k;
  for (size_t i = 0; i < k; i++) {
    law->wrong[i] -= mean;
    most = FRAY_MAX(most, fabs(law->wrong[i]));
  }
  for (size_t i = 0; i < k; i++)
    law->wrong[i] = rate + spread * (law->wrong[i] / most);
}

/* Draws come in an order that does not depend on the rate: only their scale does, so laws nest. */
enum fray_status fray_noise_class_matrix(double rate, double sparsity, size_t classes,
                                         struct fray_rng *rng, struct fray_arena *arena,
                                         struct fray_noise_law *out, struct fray_err *err) {
  FRAY_TRY(allocate(classes, true, arena, out, err));
  uint32_t *cell = NULL;
  FRAY_ALLOC(cell, arena, classes * classes, err);
  draw_wrong(out, rate, rng);
  size_t n = free_cells(out, rng, cell);
  size_t zeros = (size_t)round(sparsity * (double)classes * (double)(classes - 1));
  FRAY_CHECK(zeros <= n, err, INPUT,
             "sparsity: %g leaves one of %zu classes without a wrong class; at most %g", sparsity,
             classes, (double)(classes - 2) / (double)(classes - 1));
  /* All cells are shuffled, however few become zeros: a larger sparsity adds zeros to those of a
   * smaller, and later draws are the same. */
  fray_rng_shuffle(rng, cell, n);
  for (size_t z = 0; z < zeros; z++)
    out->target[cell[z]] = 0.0;
  weigh_targets(out, rng, true);
  return FRAY_OK;
}

/* With replacement, as there: cells are hit twice, so fewer end as zeros than the sparsity says. */
enum fray_status fray_noise_fedmultimodal(double rate, double sparsity, size_t classes,
                                          struct fray_rng *rng, struct fray_arena *arena,
                                          struct fray_noise_law *out, struct fray_err *err) {
  FRAY_TRY(allocate(classes, true, arena, out, err));
  uint32_t *cell = NULL;
  FRAY_ALLOC(cell, arena, classes * classes, err);
  for (size_t i = 0; i < classes; i++)
    out->wrong[i] = rate;
  size_t n = free_cells(out, rng, cell);
  size_t zeros = (size_t)round(sparsity * (double)classes * (double)(classes - 1));
  for (size_t z = 0; z < zeros && n > 0; z++)
    out->target[cell[fray_rng_below(rng, n)]] = 0.0;
  weigh_targets(out, rng, false);
  return FRAY_OK;
}

/* One row of a given matrix. */
static enum fray_status read_row(const struct fray_node *node, size_t i, struct fray_noise_law *law,
                                 struct fray_err *err) {
  size_t k = law->classes;
  char where[256];
  fray_node_where(node, where);
  FRAY_CHECK(node->kind == FRAY_NODE_LIST && node->n == k, err, INPUT,
             "%s: matrix: row %zu must be a list of %zu numbers", where, i + 1, k);
  double sum = 0.0, off = 0.0, *row = &law->target[i * k];
  const struct fray_node *cell = node->child;
  for (size_t j = 0; j < k; j++, cell = cell->next) {
    FRAY_CHECK(cell->kind == FRAY_NODE_SCALAR && fray_node_real(cell, &row[j]) && row[j] >= 0.0 &&
                   row[j] <= 1.0,
               err, INPUT, "%s: matrix: row %zu, column %zu is not a number in [0, 1]", where,
               i + 1, j + 1);
    sum += row[j];
    off += j == i ? 0.0 : row[j];
  }
  FRAY_CHECK(fabs(sum - 1.0) <= 1e-6, err, INPUT, "%s: matrix: row %zu sums to %.9g, not to 1",
             where, i + 1, sum);
  row[i] = 0.0;
  /* Divided by the sum, which may be 1e-6 away from 1: then the two parts fit exactly. */
  law->wrong[i] = off / sum;
  for (size_t j = 0; j < k && off > 0.0; j++)
    row[j] /= off;
  return FRAY_OK;
}

/* Zeros stay zeros: what the user declares impossible never happens, not even by rounding. */
enum fray_status fray_noise_given(const struct fray_node *matrix, size_t classes,
                                  struct fray_arena *arena, struct fray_noise_law *out,
                                  struct fray_err *err) {
  FRAY_TRY(allocate(classes, true, arena, out, err));
  char where[256];
  FRAY_CHECK(matrix->kind == FRAY_NODE_LIST && matrix->n == classes, err, INPUT,
             "%s: matrix: expected %zu rows, one per class", fray_node_where(matrix, where),
             classes);
  const struct fray_node *row = matrix->child;
  for (size_t i = 0; i < classes; i++, row = row->next)
    FRAY_TRY(read_row(row, i, out, err));
  return FRAY_OK;
}

/* By the inverse of the cumulated row, so that one uniform number decides. Without a table the
 * product may round up to K - 1: hence the minimum. */
size_t fray_noise_target(const struct fray_noise_law *law, size_t from, double u) {
  size_t k = law->classes;
  if (!law->target) {
    size_t to = (size_t)(u * (double)(k - 1));
    to = FRAY_MIN(to, k - 2);
    return to + (to >= from);
  }
  const double *row = &law->target[from * k];
  size_t last = from; /* rounding may leave the sum a little below u */
  double sum = 0.0;
  for (size_t j = 0; j < k; j++) {
    if (row[j] <= 0.0)
      continue;
    sum += row[j];
    last = j;
    if (u < sum)
      break;
  }
  return last;
}

/* The row in class order is: targets before the diagonal, the diagonal, those behind. A number
 * outside of the diagonal's interval is moved together with the rest and scaled to [0, 1), where
 * the law without diagonal takes it. */
size_t fray_noise_row(const struct fray_noise_law *law, size_t from, double u) {
  double before = 0.0, wrong = law->wrong[from];
  for (size_t j = 0; j < from; j++)
    before += law->target[from * law->classes + j];
  double low = wrong * before, high = low + (1.0 - wrong);
  if (u >= low && u < high)
    return from;
  if (wrong <= 0.0)
    return from;
  double rest = u < low ? u / wrong : (u - (1.0 - wrong)) / wrong;
  return fray_noise_target(law, from, rest);
}

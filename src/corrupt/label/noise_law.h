/* Laws of wrong labels: how often each class is mislabelled, and as what. */
#ifndef FRAY_SRC_CORRUPT_NOISE_LAW_H
#define FRAY_SRC_CORRUPT_NOISE_LAW_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"
#include "fray/schema/node.h"

/** The transition matrix T split in two, so that whether a label changes and what it becomes are
 *  drawn apart: T_ii = 1 - wrong[i], T_ij = wrong[i] target[i][j]. */
struct fray_noise_law {
  size_t classes;
  double *wrong;  /* (classes) in [0, 1] */
  double *target; /* (classes, classes), zero diagonal, rows sum to 1 or are 0; NULL: uniform */
};

/** T_ii = 1 - rate, T_ij = rate / (K - 1). INPUT below 2 classes. */
enum fray_status fray_noise_symmetric(double rate, size_t classes, struct fray_arena *arena,
                                      struct fray_noise_law *out, struct fray_err *err);
/** A new label from all K classes alike: T_ij = rate / K off the diagonal, so (K - 1) / K of the
 *  rate is wrong. INPUT below 2 classes. */
enum fray_status fray_noise_resample(double rate, size_t classes, struct fray_arena *arena,
                                     struct fray_noise_law *out, struct fray_err *err);
/** T_ii = 1 - rate, T_ij = rate for j = i + 1 mod K. INPUT below 2 classes. */
enum fray_status fray_noise_pair_flip(double rate, size_t classes, struct fray_arena *arena,
                                      struct fray_noise_law *out, struct fray_err *err);
/** Random law with mean wrong rate exactly `rate` (the trace is K (1 - rate)) and exactly
 *  round(sparsity K (K - 1)) zeros off the diagonal, drawn without replacement; each class keeps a
 *  target. wrong[i] = rate + min(rate, 1 - rate) z_i, z centred with max |z| <= 1, so it grows with
 *  the rate; z, the zeros and the targets (uniform on the simplex) do not depend on the rate.
 *  INPUT below 2 classes or if the sparsity leaves a class without a target. */
enum fray_status fray_noise_class_matrix(double rate, double sparsity, size_t classes,
                                         struct fray_rng *rng, struct fray_arena *arena,
                                         struct fray_noise_law *out, struct fray_err *err);
/** FedMultimodal's matrix: every diagonal is 1 - rate, round(sparsity K (K - 1)) cells off the
 *  diagonal are set to zero *with* replacement (so about 1 - exp(-sparsity) of them end as zero),
 * the others of a row are equal. Each class keeps a target. INPUT below 2 classes. */
enum fray_status fray_noise_fedmultimodal(double rate, double sparsity, size_t classes,
                                          struct fray_rng *rng, struct fray_arena *arena,
                                          struct fray_noise_law *out, struct fray_err *err);
/** From K rows of K probabilities that sum to 1 within 1e-6. INPUT otherwise, with row and sum. */
enum fray_status fray_noise_given(const struct fray_node *matrix, size_t classes,
                                  struct fray_arena *arena, struct fray_noise_law *out,
                                  struct fray_err *err);

/** Class that a wrong label of class `from` becomes for a uniform u; `from` only if its row has no
 *  target. */
size_t fray_noise_target(const struct fray_noise_law *law, size_t from, double u);
/** Class that holds u in the cumulated row T_from, diagonal included, in class order. */
size_t fray_noise_row(const struct fray_noise_law *law, size_t from, double u);

#endif

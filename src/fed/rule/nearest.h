/* Nearest updates, as several rules need them. */
#ifndef FRAY_FED_RULE_NEAREST_H
#define FRAY_FED_RULE_NEAREST_H

#include "fray/fed/rule.h"

/** Puts the indices of the `take` smallest of n values first, in ascending order of value and, of
 *  equals, of index. order (n): overwritten. take <= n. */
void rule_smallest(size_t n, const double *value, size_t take, uint32_t *order);

/** Krum's scores of the rows in `row` (n of them): the sum of squared distances to the
 *  `neighbours` nearest others of these. score (n), scratch (n), order (n). */
void rule_krum_scores(const struct fray_judged *of, size_t n, const uint32_t *row,
                      size_t neighbours, double *score, double *scratch, uint32_t *order);

/** Krum's neighbours: n - f - 2 in the paper, n - f - 1 in ByzFL; at least 1 while there is another
 *  update. */
enum rule_neighbours { RULE_NEIGHBOURS_PAPER, RULE_NEIGHBOURS_BYZFL };
extern const char *const rule_neighbours_names[];
size_t rule_neighbours_of(int which, size_t n, size_t f);

/** Squared length of the mix of all rows with these weights (width). */
double rule_mix_length2(const struct fray_judged *of, const double *weight);
/** Distance of row a to that mix, whose squared length is length2. */
double rule_mix_distance(const struct fray_judged *of, size_t a, const double *weight,
                         double length2);

/** The `take` <= n updates with the best of Krum's scores, in *order, best first. neighbours: as
 *  rule_neighbours_of has it. */
enum fray_status rule_krum_best(const struct fray_judged *of, int neighbours, size_t take,
                                struct fray_arena *scratch, uint32_t **order, struct fray_err *err);

#endif

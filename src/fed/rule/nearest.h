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

#endif

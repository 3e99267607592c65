/* In which order an epoch shows a client's samples. Private to this room and its tests. */
#ifndef FRAY_FED_BATCH_ORDER_H
#define FRAY_FED_BATCH_ORDER_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

/** Positions of n samples, in equal parts of each class that they have: out (n). Counts of two
 * classes differ by at most one, and so do those of two samples of one class: a class with fewer
 * samples than its part shows them again, one with more shows some. label (n) in [0, classes). O(n
 * + classes); scratch comes from the arena. Source: class-aware sampling of Shen, Lin & Huang 2016,
 *  arXiv 1512.05830, section 3.2. */
enum fray_status batch_order_balanced(const int32_t *label, size_t n, size_t classes,
                                      struct fray_rng *rng, struct fray_arena *arena, uint32_t *out,
                                      struct fray_err *err);

#endif

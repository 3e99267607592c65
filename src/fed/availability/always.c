/* Everybody can be reached at any time. */
#include "fray/fed/availability.h"

/* Not asked. */
static double rate(const void *params, double each, const struct fray_draw_of *of) {
  (void)params, (void)each, (void)of;
  return 1;
}

/* is_always: a million clients are not asked one by one, and the cohorts are those that are drawn
 * without this section. */
static const struct fray_reach_ops ops = {.is_always = true, .rate = rate};

extern const struct fray_choice fray_reach_always;
const struct fray_choice fray_reach_always = {
    .name = "always", .meaning = "everybody in every round", .source = "", .impl = &ops};

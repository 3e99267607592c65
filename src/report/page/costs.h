/* What each damage costs, and what it costs each group of test clients. */
#ifndef REPORT_COSTS_H
#define REPORT_COSTS_H

#include "report/measure/groups.h"
#include "report/measure/losses.h"

/** A number made of scores: sum of weight x score. */
struct fray_rep_terms {
  struct fray_rep_address *at; /* (n) */
  double *weight;              /* (n) */
  size_t n;
};

/** What one damage costs, as a mean over the series that have something to lose. */
struct fray_rep_cost {
  const struct fray_rep_axis *axis;
  struct fray_rep_grid grid;
  struct fray_rep_loss *loss; /* (n_series) */
  struct fray_rep_terms
      drop;       /* quality lost from the least damage to the most, two scores a series */
  size_t *series; /* (drop.n / 2) that are in the mean */
  size_t n_at_chance;
  struct fray_rep_stat stat; /* in units of the metric; p holds over all damages of the study */
};

/** One for each axis, (n); p adjusted over all of them. Arena memory of r. MEMORY. */
enum fray_status fray_rep_measure_costs(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axes, size_t n, bool higher,
                                        struct fray_rep_cost **out, struct fray_err *err);
/** Statistics of a - b, seed by seed and draw by draw, p not adjusted; b NULL: of a. MEMORY. */
enum fray_status fray_rep_terms_difference(struct fray_rep_results *r,
                                           const struct fray_rep_terms *a,
                                           const struct fray_rep_terms *b,
                                           struct fray_rep_stat *out, struct fray_err *err);
/** Whether less than half of what lay above chance at the least damage is left at strength x of the
 *  axis (an index), as far as that is resolved. MEMORY. */
enum fray_status fray_rep_half_gone(struct fray_rep_results *r, const struct fray_rep_cost *c,
                                    bool higher, size_t x, bool *out, struct fray_err *err);

/** A group against all samples, among those large enough to speak of. */
struct fray_rep_group_cost {
  const char *column, *value;
  const struct fray_rep_cost *cost;
  struct fray_rep_stat loss, excess; /* over all samples; p of both holds over all groups */
};
struct fray_rep_group_search {
  struct fray_rep_group_cost *group; /* (n) largest excess first */
  size_t n, small;                   /* small: too small to speak of, left out */
};
/** Every group under every one of n damages. *search: zeroed. Arena memory of r. MEMORY. */
enum fray_status fray_rep_find_groups(struct fray_rep_results *r, const struct fray_rep_cost *costs,
                                      size_t n, bool higher, struct fray_rep_group_search *search,
                                      struct fray_err *err);
/** True if the group is known to lose, and to lose more than all samples together. */
bool fray_rep_loses_more(const struct fray_rep_group_cost *g);

#endif

/* The answer of a study, put together. */
#include "parts.h"

#include "report/stat/path.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>

/* Models on undamaged data; where no score is of such, none is told from anything. */
static enum fray_status count_learnt(struct fray_rep_answer *a, struct fray_err *err) {
  struct fray_rep_results *r = a->r;
  size_t at = fray_rep_clean_condition(r);
  for (size_t c = 0; c < r->n_cells && at < r->conditions.n; c++) {
    enum fray_rep_learnt learnt;
    struct fray_rep_address address = fray_rep_main_score(r, c, at, NAN);
    FRAY_TRY(fray_rep_learnt_at(r, &address, &learnt, err));
    a->n_learnt += learnt == FRAY_REP_LEARNT;
    a->n_at_chance += learnt == FRAY_REP_AT_CHANCE;
  }
  return FRAY_OK;
}

/* In this order: groups and standings are held against the losses, and all of them speak of the
 * damage that costs chose. */
enum fray_status fray_rep_answer_along(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                       size_t n_axes, struct fray_rep_answer *out,
                                       struct fray_err *err) {
  const char *name = r->metrics.v[r->main_metric], *metric = fray_rep_metric_title(r, name);
  FRAY_CHECK(metric, err, MEMORY, "out of memory");
  *out = (struct fray_rep_answer){.r = r,
                                  .metric = metric,
                                  .percent = fray_rep_is_percent(r, r->main_metric),
                                  .higher = fray_rep_higher_is_better(name),
                                  .axes = axes,
                                  .n_axes = n_axes,
                                  .samples = NAN,
                                  .clients = NAN};
  FRAY_TRY(fray_rep_find_costs(out, err));
  FRAY_TRY(fray_rep_find_groups(out, err));
  FRAY_TRY(fray_rep_find_standings(out, err));
  return count_learnt(out, err);
}

/* Of losses and orders one can only speak where there is less and more damage. */
enum fray_status fray_rep_answer_of(struct fray_rep_results *r, struct fray_rep_answer *out,
                                    struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n;
  FRAY_TRY(fray_rep_axes(r, &axes, &n, err));
  FRAY_TRY(fray_rep_ordered_axes(r, axes, n, &axes, &n, err));
  return fray_rep_answer_along(r, axes, n, out, err);
}

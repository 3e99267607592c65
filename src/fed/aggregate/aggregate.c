/* From the updates of a cohort to one: the three forms that a rule can have. */
#include "fray/fed/aggregate.h"

#include "fray/base/size.h"
#include "fray/fed/exact.h"

#include <math.h>

/* Each rank knows all hosts, so it knows what it holds itself without being told. */
static size_t count_mine(struct fray_comm *comm, const struct fray_updates *u) {
  size_t mine = 0;
  for (size_t i = 0; i < u->members; i++)
    mine += u->host[i] == fray_comm_rank(comm);
  return mine;
}

/* The result is added exactly again, from the updates where they lie. */
static enum fray_status mixed(struct fray_comm *comm, const struct fray_rule_ops *ops,
                              const void *params, const struct fray_updates *u,
                              struct fray_arena *arena, float *out, struct fray_err *err) {
  const size_t n = u->members;
  size_t mine = 0;
  struct fray_slice slice;
  double *gram = fray_arena_alloc(arena, n * n, sizeof *gram);
  double *weight = fray_arena_alloc(arena, n, sizeof *weight);
  enum fray_status status =
      gram && weight ? FRAY_OK
                     : fray_fail(err, FRAY_MEMORY, "out of memory (%zu x %zu products)", n, n);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  /* The slice goes before the sum comes: both at once would be the most that a round needs. */
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_TRY(fray_slice_gather(comm, u, arena, &slice, err));
  fray_slice_gram(comm, &slice, gram);
  fray_arena_rewind(arena, mark);
  /* Each rank asks the rule for itself: the same table gives the same weights, and nothing travels.
   */
  FRAY_TRY(fray_comm_agree(comm, ops->mix(params, n, gram, weight, arena, err), err));
  for (size_t i = 0; i < n; i++)
    if (u->host[i] == fray_comm_rank(comm))
      weight[mine++] = weight[i]; /* mine <= i: nothing is overwritten before it is read */
  return fray_exact_sum(comm, u->total, mine, u->update, weight, n, arena, out, err);
}

/* Members lie one behind the other in a slice, so a coordinate's values are gathered from as many
 * places; neighbours share their cache lines, which stay for the next ones. */
static enum fray_status by_coordinate(struct fray_comm *comm, const struct fray_rule_ops *ops,
                                      const void *params, const struct fray_updates *u,
                                      struct fray_arena *arena, float *out, struct fray_err *err) {
  const size_t n = u->members;
  struct fray_slice slice;
  double *value = fray_arena_alloc(arena, n, sizeof *value);
  enum fray_status status =
      value ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu values)", n);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_slice_gather(comm, u, arena, &slice, err));
  for (size_t i = 0; i < slice.n; i++) {
    for (size_t k = 0; k < n; k++) /* fresh each time: the rule may have put them in order */
      value[k] = (double)slice.value[k * slice.n + i];
    out[slice.first + i] = (float)ops->coordinate(params, n, value);
  }
  fray_slice_share(comm, u->total, out);
  return FRAY_OK;
}

enum fray_status fray_aggregate_by(struct fray_comm *comm, const struct fray_rule_ops *ops,
                                   const void *params, const struct fray_updates *updates,
                                   struct fray_arena *arena, float *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t fewest = ops->fewest ? ops->fewest(params) : 1;
  /* All ranks count the same members: no need to agree on this one. */
  FRAY_CHECK(updates->members >= fewest, err, INPUT,
             "%zu updates came, but the aggregation rule needs at least %zu", updates->members,
             fewest);
  enum fray_status status = FRAY_OK;
  if (ops->form == FRAY_RULE_SUM)
    status = fray_exact_sum(comm, updates->total, count_mine(comm, updates), updates->update,
                            updates->weight, updates->members, arena, out, err);
  else if (ops->form == FRAY_RULE_MIX)
    status = mixed(comm, ops, params, updates, arena, out, err);
  else
    status = by_coordinate(comm, ops, params, updates, arena, out, err);
  fray_arena_rewind(arena, mark);
  return status;
}

enum fray_status fray_aggregate(struct fray_comm *comm, const struct fray_variant *rule,
                                const struct fray_updates *updates, struct fray_arena *arena,
                                float *out, struct fray_err *err) {
  return fray_aggregate_by(comm, rule->choice->impl, rule->params, updates, arena, out, err);
}

/* What is estimated before a study starts; doubles, since products of large studies go beyond
 * integers. */
double fray_aggregate_bytes(const struct fray_variant *rule, double total, double members,
                            int ranks) {
  const struct fray_rule_ops *ops = rule->choice->impl;
  const double slice = members * total / ranks * (double)sizeof(float);
  const double sum = total * (double)sizeof(int64_t);
  /* A mix holds the slice, then the sums: never both. */
  if (ops->form == FRAY_RULE_SUM)
    return sum;
  return ops->form == FRAY_RULE_MIX ? FRAY_MAX(slice, sum) + members * members * 8.0 : slice;
}

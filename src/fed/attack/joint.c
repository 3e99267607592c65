/* Attacks in which all attackers send one vector that is made of the honest updates: of their mean
 * and a direction, or of a mix of them. */
#include "attack_parts.h"
#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* A joint attack under way. */
struct joint {
  struct fray_comm *comm;
  const struct fray_attack_config *config;
  const struct fray_attack_ops *ops;
  const struct fray_attack_round *round;
  const struct fray_updates *updates;
  float *const *update;
  struct fray_arena *arena;
  struct fray_updates honest; /* those of them */
  float *mean, *direction;    /* (total) of a shift */
  float *sent;                /* (total) what the attackers send */
  size_t vectors;             /* that are kept */
  float **kept;               /* (vectors)(total) their new values */
};

/* Honest updates as a cohort of their own, in the order of their clients. Vectors for all ranks to
 * have: what is sent is the same for all attackers, wherever they are hosted. */
static enum fray_status make_room(struct joint *j, struct fray_err *err) {
  const struct fray_updates *u = j->updates;
  int *host;
  const float **update;
  double *weight;
  size_t here = 0, mine = 0;
  FRAY_ALLOC(host, j->arena, u->members, err);
  FRAY_ALLOC(update, j->arena, u->members, err);
  FRAY_ALLOC(weight, j->arena, u->members, err);
  j->honest =
      (struct fray_updates){.total = u->total, .host = host, .update = update, .weight = weight};
  for (size_t i = 0; i < u->members; i++) {
    const bool is_here = u->host[i] == fray_comm_rank(j->comm);
    if (!j->round->is_attacker[i]) {
      host[j->honest.members++] = u->host[i];
      if (is_here)
        update[mine++] = u->update[here];
    }
    here += is_here;
  }
  for (size_t k = 0; k < mine; k++)
    weight[k] = 1.0 / (double)j->honest.members;
  FRAY_ALLOC_ZERO(j->sent, j->arena, u->total, err);
  if (j->ops->form == FRAY_ATTACK_SHIFT) {
    FRAY_ALLOC_ZERO(j->mean, j->arena, u->total, err);
    FRAY_ALLOC_ZERO(j->direction, j->arena, u->total, err);
  }
  j->vectors = j->ops->vectors ? j->ops->vectors(j->config->kind.params) : 0;
  FRAY_ALLOC(j->kept, j->arena, j->vectors + 1, err);
  for (size_t k = 0; k < j->vectors; k++)
    FRAY_ALLOC_ZERO(j->kept[k], j->arena, u->total, err);
  return FRAY_OK;
}

/* Hosts say it: nothing is counted twice. */
static size_t honest_here(const struct joint *j) {
  size_t mine = 0;
  for (size_t i = 0; i < j->honest.members; i++)
    mine += j->honest.host[i] == fray_comm_rank(j->comm);
  return mine;
}

/* sqrt(sum (x - mean)^2 / (h - 1)) of the slice's coordinates, to out where they belong. */
FRAY_DISPATCH
static void deviations(const struct fray_slice *slice, const float *mean, float *out) {
  enum { PART = 512 };
  for (size_t at = 0; at < slice->n; at += PART) {
    const size_t n = FRAY_MIN(slice->n - at, (size_t)PART);
    double sum[PART] = {0};
    for (size_t k = 0; k < slice->members; k++)
      for (size_t i = 0; i < n; i++) {
        const double d = (double)slice->row[k][at + i] - (double)mean[slice->first + at + i];
        sum[i] += d * d;
      }
    for (size_t i = 0; i < n; i++)
      out[slice->first + at + i] =
          slice->members > 1 ? (float)sqrt(sum[i] / (double)(slice->members - 1)) : 0;
  }
}

/* Products of the honest updates and `extra` vectors, which all ranks have, behind them. */
/* What is honest lies in slices, what all ranks have is cut where theirs is. */
static enum fray_status products(struct joint *j, const struct fray_slice *slice,
                                 const float *const *extra, size_t n_extra,
                                 struct fray_joint_attack *out, struct fray_err *err) {
  const size_t honest = j->honest.members, width = honest + n_extra;
  const float **row = fray_arena_alloc(j->arena, width, sizeof *row);
  double *gram = fray_arena_alloc(j->arena, width * width, sizeof *gram);
  enum fray_status status =
      row && gram ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu updates)", width);
  FRAY_TRY(fray_comm_agree(j->comm, status, err));
  for (size_t k = 0; k < width; k++)
    row[k] = k < honest ? slice->row[k] : extra[k - honest] + slice->first;
  *out = (struct fray_joint_attack){
      .n = j->updates->members, .f = j->updates->members - honest, .width = width, .gram = gram};
  return fray_gram(j->comm, slice, width, row, j->honest.total, j->arena, gram, err);
}

/* One rounding: the sum is formed in double. */
static void write_shift(struct joint *j, double by) {
  for (size_t i = 0; i < j->updates->total; i++)
    j->sent[i] = (float)fmax(-1e30, fmin(1e30, (double)j->mean[i] + by * (double)j->direction[i]));
}

/* Puts what is sent in the place of what attackers trained, here. */
/* Updates of attackers that the trials of a search have written over are written over again. */
static void send(struct joint *j) {
  const struct fray_updates *u = j->updates;
  size_t here = 0;
  for (size_t i = 0; i < u->members; i++) {
    if (u->host[i] != fray_comm_rank(j->comm))
      continue;
    if (j->round->is_attacker[i])
      memcpy(j->update[here], j->sent, u->total * sizeof *j->sent);
    here++;
  }
}

/* How far the rule's result comes from the honest mean with this shift. */
static enum fray_status damage(struct joint *j, double by, float *result, double *out,
                               struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(j->arena);
  double sum = 0;
  write_shift(j, by);
  send(j);
  FRAY_TRY(fray_aggregate(j->comm, j->round->aggregation, j->updates, j->round->about, j->arena,
                          result, NULL, err));
  for (size_t i = 0; i < j->updates->total; i++) {
    const double d = (double)result[i] - (double)j->mean[i];
    sum += d * d;
  }
  *out = sqrt(sum);
  fray_arena_rewind(j->arena, mark);
  return FRAY_OK;
}

/* Steps double while each is strictly better than the best so far; from the first that is not, each
 * step shrinks. The same numbers on all ranks, so the same way. */
static enum fray_status look_for(struct joint *j, const struct fray_search *search, double *best,
                                 struct fray_err *err) {
  float *result = fray_arena_alloc(j->arena, j->updates->total, sizeof *result);
  double most, now, delta = search->delta;
  bool grows = true;
  enum fray_status status =
      result ? FRAY_OK
             : fray_fail(err, FRAY_MEMORY, "out of memory (%zu parameters)", j->updates->total);
  FRAY_TRY(fray_comm_agree(j->comm, status, err));
  *best = search->start;
  FRAY_TRY(damage(j, *best, result, &most, err));
  for (size_t t = 1; t < search->trials; t++) {
    FRAY_TRY(damage(j, *best + delta, result, &now, err));
    const bool is_better = now > most;
    *best += is_better ? delta : 0;
    most = is_better ? now : most;
    grows = grows && is_better;
    delta *= grows ? 2 : search->ratio;
  }
  return FRAY_OK;
}

/* The mean is exact and deviations are of slices, so the direction is the same on all ranks. */
static enum fray_status shift(struct joint *j, struct fray_err *err) {
  const void *params = j->config->kind.params;
  const size_t total = j->updates->total;
  struct fray_search search;
  struct fray_joint_attack of;
  struct fray_slice slice;
  double by;
  FRAY_TRY(fray_exact_sum(j->comm, total, honest_here(j), j->honest.update, j->honest.weight,
                          j->honest.members, j->arena, j->mean, err));
  FRAY_TRY(fray_slice_gather(j->comm, &j->honest, j->arena, &slice, err));
  /* j->sent holds the deviations until something is sent. */
  deviations(&slice, j->mean, j->sent);
  fray_slice_share(j->comm, total, j->sent);
  j->ops->direction(params, total, j->mean, j->sent, sqrt(fray_vec_norm2(total, j->mean)),
                    j->direction);
  if (j->ops->searches && j->ops->searches(params, &search)) {
    FRAY_TRY(look_for(j, &search, &by, err));
  } else {
    const float *extra[] = {j->mean, j->direction};
    FRAY_TRY(products(j, &slice, extra, FRAY_COUNT(extra), &of, err));
    by = j->ops->shift(params, &of);
  }
  write_shift(j, by);
  return FRAY_OK;
}

/* sum of weight x row: honest updates where they lie, kept vectors by the first rank. */
static enum fray_status mixed(struct joint *j, const double *weight, float *out,
                              struct fray_err *err) {
  const size_t honest = j->honest.members, all = honest + j->vectors;
  const int me = fray_comm_rank(j->comm);
  const float **update = fray_arena_alloc(j->arena, all, sizeof *update);
  double *of = fray_arena_alloc(j->arena, all, sizeof *of);
  size_t mine = 0;
  enum fray_status status =
      update && of ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu updates)", all);
  FRAY_TRY(fray_comm_agree(j->comm, status, err));
  for (size_t i = 0; i < honest; i++)
    if (j->honest.host[i] == me) {
      update[mine] = j->honest.update[mine];
      of[mine++] = weight[i];
    }
  for (size_t k = 0; k < j->vectors && me == 0; k++) {
    update[mine] = j->round->state[k];
    of[mine++] = weight[honest + k];
  }
  return fray_exact_sum(j->comm, j->updates->total, mine, update, of, all, j->arena, out, err);
}

/* Kept vectors are replaced only when all that is made of them stands. */
static enum fray_status mix(struct joint *j, struct fray_err *err) {
  const size_t width = j->honest.members + j->vectors;
  double *weight = fray_arena_zero(j->arena, width, sizeof *weight);
  double *new = fray_arena_zero(j->arena, width * j->vectors + 1, sizeof *new);
  struct fray_joint_attack of;
  struct fray_slice slice;
  enum fray_status status =
      weight && new ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu updates)", width);
  FRAY_TRY(fray_comm_agree(j->comm, status, err));
  FRAY_TRY(fray_slice_gather(j->comm, &j->honest, j->arena, &slice, err));
  FRAY_TRY(products(j, &slice, (const float *const *)j->round->state, j->vectors, &of, err));
  status = j->ops->mix(j->config->kind.params, &of, j->round->round, weight, new, j->arena, err);
  FRAY_TRY(fray_comm_agree(j->comm, status, err));
  FRAY_TRY(mixed(j, weight, j->sent, err));
  for (size_t k = 0; k < j->vectors; k++)
    FRAY_TRY(mixed(j, new + k *width, j->kept[k], err));
  for (size_t k = 0; k < j->vectors; k++)
    memcpy(j->round->state[k], j->kept[k], j->updates->total * sizeof **j->kept);
  return FRAY_OK;
}

enum fray_status attack_jointly(struct fray_comm *comm, const struct fray_attack_config *config,
                                const struct fray_attack_round *round,
                                const struct fray_updates *updates, float *const *update,
                                struct fray_arena *arena, struct fray_err *err) {
  struct joint j = {.comm = comm,
                    .config = config,
                    .ops = config->kind.choice->impl,
                    .round = round,
                    .updates = updates,
                    .update = update,
                    .arena = arena};
  FRAY_TRY(fray_comm_agree(comm, make_room(&j, err), err));
  if (j.honest.members) /* where all attack there is nothing to go by, and they send nothing */
    FRAY_TRY(j.ops->form == FRAY_ATTACK_SHIFT ? shift(&j, err) : mix(&j, err));
  send(&j);
  return FRAY_OK;
}

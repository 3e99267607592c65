/* From the updates of a cohort to one: what goes before the rule, the rule, and what each update
 * had of the result. */
#include "fray/fed/aggregate.h"

#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum {
  SERVER_VECTORS = 2, /* at most: the result of before, the root's update */
  PART = 1024         /* coordinates at a time */
};

/* One aggregation under way. */
struct work {
  struct fray_comm *comm;
  const struct fray_aggregation_config *config;
  const struct fray_updates *updates;
  const struct fray_aggregation_round *round;
  struct fray_arena *arena;
  const struct fray_rule_ops *ops;
  size_t members, extra; /* updates that came; vectors of the server's */
  size_t n;              /* updates that the rule sees */
  size_t f;
  double *gram;                        /* (n + extra, n + extra) of these */
  const double *mix;                   /* (n, members) what they are of those that came */
  int64_t *counted;                    /* (n) coordinates in which each entered; or NULL */
  double *weight;                      /* (members + extra) of the result */
  const float *vector[SERVER_VECTORS]; /* (extra)(total) */
};

/* Each rank knows all hosts, so it knows what it holds itself without being told. */
static size_t count_mine(struct fray_comm *comm, const struct fray_updates *u) {
  size_t mine = 0;
  for (size_t i = 0; i < u->members; i++)
    mine += u->host[i] == fray_comm_rank(comm);
  return mine;
}

/* Before the slice: tables outlive it. */
static enum fray_status make_room(struct work *w, struct fray_err *err) {
  const size_t all = w->members + w->extra;
  FRAY_ALLOC(w->gram, w->arena, all * all, err);
  FRAY_ALLOC_ZERO(w->weight, w->arena, all, err);
  return FRAY_OK;
}

/* Server vectors behind the updates, in the order in which struct fray_judged has them. Made anew
 * for each who asks: stages leave other numbers of updates. */
static struct fray_judged judged(const struct work *w) {
  const bool remembers = w->ops->remembers;
  struct fray_judged of = {.n = w->n,
                           .width = w->n + w->extra,
                           .f = w->f,
                           .gram = w->gram,
                           .seed = w->round->seed,
                           .round = w->round->round};
  of.previous = remembers ? w->n : of.width;
  of.root = w->ops->root ? w->n + remembers : of.width;
  return of;
}

/* gram = M gram M^T, M being `matrix` for the updates and the identity for the server's vectors. */
static enum fray_status mix_gram(struct work *w, const double *matrix, size_t left,
                                 struct fray_err *err) {
  const size_t n = w->n, from = n + w->extra, to = left + w->extra;
  double *half, *gram;
  FRAY_ALLOC_ZERO(half, w->arena, to * from, err);
  FRAY_ALLOC_ZERO(gram, w->arena, to * to, err);
  for (size_t a = 0; a < to; a++)
    for (size_t k = 0; k < (a < left ? n : 1); k++) {
      const double weight = a < left ? matrix[a * n + k] : 1;
      const double *row = w->gram + (a < left ? k : a - left + n) * from;
      for (size_t b = 0; b < from && weight != 0; b++)
        half[a * from + b] += weight * row[b];
    }
  for (size_t a = 0; a < to; a++)
    for (size_t b = 0; b <= a; b++) {
      double sum = 0;
      for (size_t k = 0; k < n && b < left; k++)
        sum += half[a * from + k] * matrix[b * n + k];
      gram[a * to + b] = gram[b * to + a] = b < left ? sum : half[a * from + n + b - left];
    }
  w->gram = gram;
  return FRAY_OK;
}

/* Of what came, whatever went before. */
static enum fray_status mix_further(struct work *w, const double *matrix, size_t left,
                                    struct fray_err *err) {
  double *mix;
  FRAY_ALLOC_ZERO(mix, w->arena, left * w->members, err);
  for (size_t a = 0; a < left; a++)
    for (size_t k = 0; k < w->n; k++)
      for (size_t i = 0; i < w->members && matrix[a * w->n + k] != 0; i++)
        mix[a * w->members + i] +=
            matrix[a * w->n + k] * (w->mix ? w->mix[k * w->members + i] : i == k);
  w->mix = mix;
  return FRAY_OK;
}

/* One after the other, each with the products of what the one before left; the updates themselves
 * are not touched until a rule looks at coordinates. */
static enum fray_status pre_aggregate(struct work *w, struct fray_err *err) {
  const struct fray_pre_aggregation *list = w->config->pre.v;
  for (size_t s = 0; s < w->config->pre.n; s++) {
    const struct fray_pre_aggregation_ops *pre = list[s].kind.choice->impl;
    const size_t left = pre->leaves ? pre->leaves(list[s].kind.params, w->n) : w->n;
    const struct fray_judged of = judged(w);
    double *matrix;
    FRAY_ALLOC_ZERO(matrix, w->arena, left * w->n, err);
    FRAY_TRY(pre->mix(list[s].kind.params, &of, matrix, w->arena, err));
    FRAY_TRY(mix_gram(w, matrix, left, err));
    FRAY_TRY(mix_further(w, matrix, left, err));
    w->n = left;
  }
  return FRAY_OK;
}

/* How many may lie is asked of the updates as they came. */
static enum fray_status settle_f(struct work *w, struct fray_err *err) {
  if (w->config->f_by == FRAY_F_ESTIMATED && w->gram) {
    const struct fray_judged of = judged(w);
    double *room;
    FRAY_ALLOC(room, w->arena, 2 * w->members, err);
    w->f = fray_count_outliers(&of, fray_aggregation_bound(w->config, w->members), room);
  } else if (fray_aggregation_uses_f(w->config)) {
    w->f = fray_aggregation_f(w->config, w->members);
  }
  return FRAY_OK;
}

/* weight of what came from weights of what the rule saw; the server's vectors stay. */
static void weights_of_members(struct work *w, const double *seen) {
  for (size_t k = 0; k < w->n; k++)
    for (size_t i = 0; i < w->members; i++)
      w->weight[i] += seen[k] * (w->mix ? w->mix[k * w->members + i] : i == k);
  memcpy(w->weight + w->members, seen + w->n, w->extra * sizeof *seen);
}

/* Weights of the result. Each rank asks for itself: the same table gives the same weights, and
 * nothing travels. The mean after something is of all alike. */
static enum fray_status ask_rule(struct work *w, struct fray_err *err) {
  const struct fray_judged of = judged(w);
  double *seen;
  FRAY_ALLOC_ZERO(seen, w->arena, of.width, err);
  if (w->ops->form == FRAY_RULE_SUM)
    for (size_t k = 0; k < w->n; k++)
      seen[k] = 1.0 / (double)w->n;
  else
    FRAY_TRY(w->ops->mix(w->config->rule.params, &of, seen, w->arena, err));
  weights_of_members(w, seen);
  return FRAY_OK;
}

/* Four rows at a time: sums stay in registers that long. */
FRAY_DISPATCH
static void add_four(size_t n, const float *const *row, size_t at, const double *weight,
                     double *sum) {
  const float *a = row[0] + at, *b = row[1] + at, *c = row[2] + at, *d = row[3] + at;
  for (size_t i = 0; i < n; i++)
    sum[i] = (((sum[i] + weight[0] * (double)a[i]) + weight[1] * (double)b[i]) +
              weight[2] * (double)c[i]) +
             weight[3] * (double)d[i];
}

/* Each rank has all values of its coordinates, and adds them in the order of the members: nothing
 * of the order hangs on ranks, so doubles will do, and only the result travels. Rows without a
 * weight are not looked at. rows, weight: closed up here. */
static void add_rows(size_t n, const float **row, double *weight, size_t rows, float *out) {
  size_t used = 0;
  for (size_t k = 0; k < rows; k++)
    if (weight[k] != 0) {
      row[used] = row[k];
      weight[used++] = weight[k];
    }
  for (size_t at = 0; at < n; at += PART) {
    const size_t here = FRAY_MIN(n - at, (size_t)PART);
    double sum[PART] = {0};
    size_t k = 0;
    for (; k + 4 <= used; k += 4)
      add_four(here, row + k, at, weight + k, sum);
    for (; k < used; k++)
      for (size_t i = 0; i < here; i++)
        sum[i] += weight[k] * (double)row[k][at + i];
    for (size_t i = 0; i < here; i++)
      out[at + i] = (float)sum[i];
  }
}

/* Of lengths of weights: a rule may subtract. The server's own part is nobody's. */
static void influence_of_weights(const double *weight, size_t n, double *influence) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += fabs(weight[i]);
  for (size_t i = 0; i < n; i++)
    influence[i] = sum > 0 ? fabs(weight[i]) / sum : 0;
}

/* The updates of the slice and, behind them, the server's vectors. */
static enum fray_status list_rows(struct work *w, const struct fray_slice *slice,
                                  const float ***out, struct fray_err *err) {
  FRAY_ALLOC(*out, w->arena, w->members + w->extra, err);
  for (size_t i = 0; i < w->members + w->extra; i++)
    (*out)[i] = i < w->members ? slice->row[i] : w->vector[i - w->members] + slice->first;
  return FRAY_OK;
}

/* Where the rule looks at coordinates: which updates, or mixes of them, and each coordinate. */
static enum fray_status judge_coordinates(struct work *w, const struct fray_slice *slice,
                                          float *out, bool asked, struct fray_err *err) {
  const struct fray_judged of = judged(w);
  const double *mix = w->mix;
  size_t n = w->n;
  double *chosen = NULL;
  if (w->ops->choose) {
    uint32_t *row;
    FRAY_ALLOC(row, w->arena, w->n, err);
    n = w->ops->choose(w->config->rule.params, &of, row, w->arena);
    FRAY_CHECK(n > 0, err, MEMORY, "out of memory (%zu updates)", w->n);
    FRAY_ALLOC_ZERO(chosen, w->arena, n * w->members, err);
    for (size_t k = 0; k < n; k++)
      for (size_t i = 0; i < w->members; i++)
        chosen[k * w->members + i] = mix ? mix[row[k] * w->members + i] : i == row[k];
    mix = chosen;
  }
  w->n = n;
  w->mix = mix;
  if (asked)
    FRAY_ALLOC_ZERO(w->counted, w->arena, n, err);
  return fray_by_coordinate(&w->config->rule, w->f, slice, n, mix, w->arena, out, w->counted, err);
}

/* Counts of all ranks' coordinates, of what the rule saw; then of what came. */
static void influence_of_counts(struct work *w, double *influence) {
  fray_comm_sum_i64(w->comm, w->counted, w->n);
  for (size_t k = 0; k < w->n; k++)
    for (size_t i = 0; i < w->members; i++)
      w->weight[i] += (double)w->counted[k] * (w->mix ? w->mix[k * w->members + i] : i == k);
  influence_of_weights(w->weight, w->members, influence);
}

/* Whether something asks for inner products: the median and the trimmed mean by a given f do
 * without. */
static bool needs_gram(const struct work *w) {
  return w->ops->form == FRAY_RULE_MIX || w->ops->choose || w->config->pre.n > 0 ||
         (w->config->f_by == FRAY_F_ESTIMATED && fray_aggregation_uses_f(w->config));
}

/* Whether products of two updates are asked for: where they are not, most of the work is none. */
static bool needs_pairs(const struct work *w) {
  const struct fray_pre_aggregation *list = w->config->pre.v;
  if (w->config->f_by == FRAY_F_ESTIMATED || w->ops->choose)
    return true;
  for (size_t s = 0; s < w->config->pre.n; s++)
    if (!((const struct fray_pre_aggregation_ops *)list[s].kind.choice->impl)->needs_no_pairs)
      return true;
  return w->ops->form == FRAY_RULE_MIX &&
         !(w->ops->needs_no_pairs && w->ops->needs_no_pairs(w->config->rule.params));
}

/* The local part: all ranks come to the same numbers, and agree afterwards. */
static enum fray_status judge(struct work *w, struct fray_err *err) {
  FRAY_TRY(settle_f(w, err));
  FRAY_TRY(pre_aggregate(w, err));
  return w->ops->form == FRAY_RULE_COORDINATE ? FRAY_OK : ask_rule(w, err);
}

/* Slice, products, verdict, result. Ranks agree after each step that one of them could fail alone.
 */
static enum fray_status robust(struct work *w, float *out, struct fray_judgement *judgement,
                               struct fray_err *err) {
  double *influence = judgement ? judgement->influence : NULL;
  const bool mixes = w->ops->form != FRAY_RULE_COORDINATE;
  const float **row;
  struct fray_slice slice;
  FRAY_TRY(fray_comm_agree(w->comm, make_room(w, err), err));
  FRAY_TRY(fray_slice_gather(w->comm, w->updates, w->arena, &slice, err));
  FRAY_TRY(fray_comm_agree(w->comm, list_rows(w, &slice, &row, err), err));
  if (!needs_gram(w))
    w->gram = NULL;
  else if (needs_pairs(w))
    FRAY_TRY(fray_gram(w->comm, &slice, w->members + w->extra, row, w->updates->total, w->arena,
                       w->gram, err));
  else
    FRAY_TRY(fray_gram_lengths(w->comm, &slice, w->members + w->extra, w->members, row,
                               w->updates->total, w->arena, w->gram, err));
  enum fray_status status = judge(w, err);
  if (status == FRAY_OK && mixes) {
    if (influence)
      influence_of_weights(w->weight, w->members, influence);
    add_rows(slice.n, row, w->weight, w->members + w->extra, out + slice.first);
  }
  if (status == FRAY_OK && !mixes)
    status = judge_coordinates(w, &slice, out, influence != NULL, err);
  FRAY_TRY(fray_comm_agree(w->comm, status, err));
  if (influence && !mixes)
    influence_of_counts(w, influence);
  fray_slice_share(w->comm, w->updates->total, out);
  if (judgement)
    judgement->f = w->f;
  return FRAY_OK;
}

/* All that came, by the weights of the algorithm. */
static enum fray_status plain(struct work *w, float *out, struct fray_judgement *judgement,
                              struct fray_err *err) {
  const struct fray_updates *u = w->updates;
  const size_t mine = count_mine(w->comm, u);
  if (judgement)
    judgement->f = 0;
  if (judgement && judgement->influence) {
    memset(judgement->influence, 0, w->members * sizeof *judgement->influence);
    for (size_t i = 0, here = 0; i < w->members; i++)
      if (u->host[i] == fray_comm_rank(w->comm))
        judgement->influence[i] = u->weight[here++];
    FRAY_TRY(fray_exact_share(w->comm, judgement->influence, w->members, w->arena, err));
    influence_of_weights(judgement->influence, w->members, judgement->influence);
  }
  return fray_exact_sum(w->comm, u->total, mine, u->update, u->weight, u->members, w->arena, out,
                        err);
}

enum fray_status fray_aggregate(struct fray_comm *comm,
                                const struct fray_aggregation_config *config,
                                const struct fray_updates *updates,
                                const struct fray_aggregation_round *round,
                                struct fray_arena *arena, float *out,
                                struct fray_judgement *judgement, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  struct work w = {.comm = comm,
                   .config = config,
                   .updates = updates,
                   .round = round,
                   .arena = arena,
                   .ops = config->rule.choice->impl,
                   .members = updates->members,
                   .n = updates->members};
  char why[200];
  /* All ranks count the same members: no need to agree on this one. */
  FRAY_CHECK(fray_aggregation_takes(config, updates->members, why, sizeof why), err, INPUT,
             "training.aggregation: %s", why);
  if (w.ops->remembers)
    w.vector[w.extra++] = round->previous;
  if (w.ops->root)
    w.vector[w.extra++] = round->root;
  const enum fray_status status = fray_aggregation_is_mean(config)
                                      ? plain(&w, out, judgement, err)
                                      : robust(&w, out, judgement, err);
  fray_arena_rewind(arena, mark);
  return status;
}

/* What is estimated before a study starts; doubles, since products of large studies go beyond
 * integers. Of what other ranks hold at least one rank's share is this rank's own. */
double fray_aggregate_bytes(const struct fray_aggregation_config *config, double total,
                            double members, int ranks) {
  const double slice = ranks > 1 ? members * total / ranks * (double)sizeof(float) : 0;
  const double sum = total * (double)sizeof(int64_t);
  /* The table itself, sums and blocks of it, and what goes before the rule makes of it. */
  const double tables = members * members * 8.0 * (3.0 + 5.0 * (double)config->pre.n) +
                        members * (256.0 * 8.0 + 2.0 * FRAY_LANES * 4.0);
  if (fray_aggregation_is_mean(config))
    return sum;
  return slice + tables;
}

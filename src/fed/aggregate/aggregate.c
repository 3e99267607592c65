/* From the updates of a cohort to one: what goes before the rule, the rule, and what each update
 * had of the result; of whole updates, or of each block of them among those who hold it. */
#include "fray/fed/aggregate.h"

#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum {
  SERVER_VECTORS = 2, /* at most: the result of before, the root's update */
  PART = 1024,        /* coordinates at a time */
  LINE = 16           /* floats of a cache line */
};

/* What is judged by itself: the whole of all updates, or a block among its holders. */
struct work {
  struct fray_comm *comm;
  const struct fray_aggregation_config *config;
  const struct fray_updates *updates;
  const struct fray_aggregation_round *round;
  struct fray_arena *arena;
  const struct fray_rule_ops *ops;
  uint32_t *who; /* (members) which of the updates; NULL: all */
  size_t runs, floats;
  const struct fray_block_run *run; /* (runs) coordinates; floats in all */
  size_t members, extra;            /* updates that came; vectors of the server's */
  size_t n;                         /* updates that the rule sees */
  size_t f;
  double *gram;                        /* (n + extra, n + extra) of these */
  const double *mix;                   /* (n, members) what they are of those that came */
  int64_t *counted;                    /* (n) coordinates in which each entered; or NULL */
  double *weight;                      /* (members + extra) of the result */
  const float *vector[SERVER_VECTORS]; /* (extra)(total) */
  const float **row;                   /* (members + extra)(slice.n) */
  const double **length2;              /* (members + extra) as in the slice */
};

/* All of a round: its works, which share what is exchanged. */
struct judging {
  struct work *work; /* (n) */
  size_t n, floats;  /* floats: of all works */
  struct fray_slice slice;
  int64_t *counted; /* of all works, one behind the other */
  size_t n_counted;
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
  FRAY_ALLOC(w->row, w->arena, all, err);
  FRAY_ALLOC(w->length2, w->arena, all, err);
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

/* How many may lie is asked of the updates as they came; of a block, f is that of the round. */
static enum fray_status settle_f(struct work *w, struct fray_err *err) {
  const size_t came = w->updates->members;
  if (w->config->f_by == FRAY_F_ESTIMATED && w->gram) {
    const struct fray_judged of = judged(w);
    double *room;
    FRAY_ALLOC(room, w->arena, 2 * w->members, err);
    w->f = fray_count_outliers(&of, fray_aggregation_bound_of_block(w->config, came, w->members),
                               room);
  } else if (fray_aggregation_uses_f(w->config)) {
    w->f = fray_aggregation_f(w->config, came);
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
    for (; k + 4 <= used; k += 4) {
      /* The next four: many short pieces of memory are more than hardware looks ahead in. */
      for (size_t p = k + 4; p < FRAY_MIN(k + 8, used); p++)
        for (size_t i = 0; i < here; i += LINE)
          __builtin_prefetch(row[p] + at + i);
      add_four(here, row + k, at, weight + k, sum);
    }
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

/* The updates of the slice and, behind them, the server's vectors, whose lengths nobody has
 * measured. */
static void list_rows(struct work *w, const struct fray_slice *slice) {
  for (size_t i = 0; i < w->members + w->extra; i++) {
    const size_t k = i < w->members && w->who ? w->who[i] : i;
    w->row[i] = i < w->members ? slice->row[k] : w->vector[i - w->members] + slice->first;
    w->length2[i] = i < w->members ? slice->length2[k] : NULL;
  }
}

/* A run of the work's coordinates, as far as this rank has them: a slice of its own. row (members +
 * extra). False if there is none. */
static bool part_of(const struct work *w, const struct fray_slice *slice, size_t r,
                    const float **row, struct fray_slice *out) {
  const size_t end = FRAY_MIN(w->run[r].offset + w->run[r].n, slice->first + slice->n);
  const size_t first = FRAY_MAX(w->run[r].offset, slice->first);
  if (first >= end)
    return false;
  for (size_t i = 0; i < w->members + w->extra; i++)
    row[i] = w->row[i] + (first - slice->first);
  *out = (struct fray_slice){.first = first, .n = end - first, .members = w->members, .row = row};
  return true;
}

/* Where weights say it all. */
static enum fray_status add_all_rows(struct work *w, const struct fray_slice *slice, float *out,
                                     struct fray_err *err) {
  const size_t all = w->members + w->extra;
  const float **row;
  double *weight;
  struct fray_slice part;
  FRAY_ALLOC(row, w->arena, all, err);
  FRAY_ALLOC(weight, w->arena, all, err);
  for (size_t r = 0; r < w->runs; r++)
    if (part_of(w, slice, r, row, &part)) {
      memcpy(weight, w->weight, all * sizeof *weight); /* closed up with the rows */
      add_rows(part.n, row, weight, all, out + part.first);
    }
  return FRAY_OK;
}

/* Where the rule looks at coordinates: which updates, or mixes of them. */
static enum fray_status choose(struct work *w, struct fray_err *err) {
  const struct fray_judged of = judged(w);
  const double *mix = w->mix;
  double *chosen;
  uint32_t *row;
  FRAY_ALLOC(row, w->arena, w->n, err);
  const size_t n = w->ops->choose(w->config->rule.params, &of, row, w->arena);
  FRAY_CHECK(n > 0, err, MEMORY, "out of memory (%zu updates)", w->n);
  FRAY_ALLOC_ZERO(chosen, w->arena, n * w->members, err);
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < w->members; i++)
      chosen[k * w->members + i] = mix ? mix[row[k] * w->members + i] : i == row[k];
  w->n = n;
  w->mix = chosen;
  return FRAY_OK;
}

/* And each coordinate. */
static enum fray_status judge_coordinates(struct work *w, const struct fray_slice *slice,
                                          float *out, struct fray_err *err) {
  const float **row;
  struct fray_slice part;
  FRAY_ALLOC(row, w->arena, w->members + w->extra, err);
  for (size_t r = 0; r < w->runs; r++)
    if (part_of(w, slice, r, row, &part))
      FRAY_TRY(fray_by_coordinate(&w->config->rule, w->f, &part, w->n, w->mix, w->arena, out,
                                  w->counted, err));
  return FRAY_OK;
}

/* Counts of all ranks' coordinates, of what the rule saw; then of what came. */
static void influence_of_counts(struct work *w, double *influence) {
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
  if (w->ops->form != FRAY_RULE_COORDINATE)
    return ask_rule(w, err);
  return w->ops->choose ? choose(w, err) : FRAY_OK;
}

/* What each work asks for: its table, or nothing. */
static enum fray_status multiply(struct judging *j, struct fray_err *err) {
  struct work *first = &j->work[0];
  struct fray_product_table *of = fray_arena_alloc(first->arena, j->n, sizeof *of);
  const size_t all = needs_pairs(first) ? 0 : 1;
  FRAY_TRY(fray_comm_agree(
      first->comm, of ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu blocks)", j->n),
      err));
  for (size_t k = 0; k < j->n; k++) {
    const struct work *w = &j->work[k];
    /* With none to be multiplied by all, the bound lies behind them. */
    of[k] = (struct fray_product_table){.n = w->members + w->extra,
                                        .all = all * FRAY_MAX(w->members, (size_t)1),
                                        .row = w->row,
                                        .length2 = w->length2,
                                        .runs = w->runs,
                                        .run = w->run,
                                        .gram = w->gram};
  }
  return fray_gram_tables(first->comm, &j->slice, first->updates->total, j->n, of, first->arena,
                          err);
}

/* The works one after the other, on what this rank has. */
static enum fray_status judge_all(struct judging *j, float *out, bool asked, struct fray_err *err) {
  const bool mixes = j->work[0].ops->form != FRAY_RULE_COORDINATE;
  for (size_t k = 0; k < j->n; k++)
    FRAY_TRY(judge(&j->work[k], err));
  for (size_t k = 0; k < j->n; k++)
    j->n_counted += j->work[k].n;
  if (asked && !mixes) {
    FRAY_ALLOC_ZERO(j->counted, j->work[0].arena, j->n_counted, err);
    for (size_t k = 0, at = 0; k < j->n; at += j->work[k++].n)
      j->work[k].counted = j->counted + at;
  }
  for (size_t k = 0; k < j->n; k++)
    FRAY_TRY(mixes ? add_all_rows(&j->work[k], &j->slice, out, err)
                   : judge_coordinates(&j->work[k], &j->slice, out, err));
  return FRAY_OK;
}

/* A block counts by its coordinates, among those that were judged: one that rests has nothing of
 * the result. */
static enum fray_status note_influence(struct judging *j, struct fray_judgement *judgement,
                                       struct fray_err *err) {
  const size_t all = j->work[0].updates->members;
  double *of;
  FRAY_ALLOC(of, j->work[0].arena, all, err);
  memset(judgement->influence, 0, all * sizeof *of);
  if (judgement->even)
    memset(judgement->even, 0, all * sizeof *of);
  for (size_t k = 0; k < j->n; k++) {
    struct work *w = &j->work[k];
    const double part = (double)w->floats / (double)j->floats;
    if (j->counted)
      influence_of_counts(w, of);
    else
      influence_of_weights(w->weight, w->members, of);
    for (size_t i = 0; i < w->members; i++) {
      judgement->influence[w->who ? w->who[i] : i] += part * of[i];
      if (judgement->even)
        judgement->even[w->who ? w->who[i] : i] += part / (double)w->members;
    }
  }
  return FRAY_OK;
}

/* Slice, products, verdict, result. Ranks agree after each step that one of them could fail alone;
 * what is exchanged is that of all works at once. */
static enum fray_status robust(struct judging *j, float *out, struct fray_judgement *judgement,
                               struct fray_err *err) {
  struct work *first = &j->work[0];
  const bool asked = judgement && judgement->influence;
  enum fray_status status = FRAY_OK;
  for (size_t k = 0; k < j->n && status == FRAY_OK; k++)
    status = make_room(&j->work[k], err);
  FRAY_TRY(fray_comm_agree(first->comm, status, err));
  FRAY_TRY(fray_slice_gather(first->comm, first->updates, first->arena, &j->slice, err));
  for (size_t k = 0; k < j->n; k++) {
    j->floats += j->work[k].floats;
    list_rows(&j->work[k], &j->slice);
    if (!needs_gram(first))
      j->work[k].gram = NULL;
  }
  if (needs_gram(first))
    FRAY_TRY(multiply(j, err));
  FRAY_TRY(fray_comm_agree(first->comm, judge_all(j, out, asked, err), err));
  if (j->counted)
    fray_comm_sum_i64(first->comm, j->counted, j->n_counted);
  if (asked)
    FRAY_TRY(fray_comm_agree(first->comm, note_influence(j, judgement, err), err));
  fray_slice_share(first->comm, first->updates->total, out);
  if (judgement)
    judgement->f = first->f;
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
  return fray_exact_sum_touched(w->comm, u->total, mine, u->update, u->touched, u->weight,
                                u->members, w->arena, out, err);
}

/* Coordinates of one modality, or those that all share, wherever they lie. run (tensors). */
static size_t runs_of(const struct fray_param_table *table, int modality,
                      struct fray_block_run *run, size_t *floats) {
  struct fray_block_run next;
  size_t n = 0;
  *floats = 0;
  for (size_t at = 0; fray_next_block(table, &at, &next);)
    if (next.modality == modality) {
      run[n++] = next;
      *floats += next.n;
    }
  return n;
}

/* The shared part among all; each modality's block among its holders, or not at all. */
static enum fray_status list_blocks(const struct work *whole, struct judging *j, bool *rests,
                                    struct fray_err *err) {
  const struct fray_held *held = whole->round->held;
  const size_t all = whole->members;
  FRAY_ALLOC(j->work, whole->arena, held->modalities + 1, err);
  for (size_t b = 0; b <= held->modalities; b++) {
    struct work w = *whole;
    struct fray_block_run *run;
    char why[200];
    FRAY_ALLOC(run, whole->arena, held->table->n + 1, err);
    FRAY_ALLOC(w.who, whole->arena, all, err);
    w.run = run;
    w.runs = runs_of(held->table, (int)b - 1, run, &w.floats);
    w.members = 0;
    for (size_t i = 0; i < all; i++)
      if (b == 0 || held->holds[i * held->modalities + b - 1])
        w.who[w.members++] = (uint32_t)i;
    w.n = w.members;
    const bool takes =
        b == 0 || fray_aggregation_takes_block(w.config, all, w.members, why, sizeof why);
    if (b > 0 && rests)
      rests[b - 1] = !takes;
    if (takes && w.runs)
      j->work[j->n++] = w;
  }
  return FRAY_OK;
}

/* One work, or one for each block. */
static enum fray_status robust_blocks(struct work *whole, float *out,
                                      struct fray_judgement *judgement, struct fray_err *err) {
  const struct fray_block_run run = {.n = whole->updates->total};
  struct judging j = {.work = whole, .n = 1};
  whole->runs = 1;
  whole->run = &run;
  whole->floats = run.n;
  if (whole->round->held) {
    j.n = 0;
    FRAY_TRY(fray_comm_agree(
        whole->comm, list_blocks(whole, &j, judgement ? judgement->rests : NULL, err), err));
    memset(out, 0, whole->updates->total * sizeof *out); /* of blocks that rest it stays so */
  }
  if (j.n)
    return robust(&j, out, judgement, err);
  if (judgement && judgement->influence)
    memset(judgement->influence, 0, whole->members * sizeof *judgement->influence);
  if (judgement && judgement->even)
    memset(judgement->even, 0, whole->members * sizeof *judgement->even);
  return FRAY_OK;
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
                                      : robust_blocks(&w, out, judgement, err);
  fray_arena_rewind(arena, mark);
  return status;
}

/* What is estimated before a study starts; doubles, since products of large studies go beyond
 * integers. Of what other ranks hold at least one rank's share is this rank's own. */
double fray_aggregate_bytes(const struct fray_aggregation_config *config, double total,
                            double members, double modalities, int ranks) {
  const double slice = ranks > 1 ? members * total / ranks * (double)sizeof(float) : 0;
  const double sum = total * (double)sizeof(int64_t);
  const double works = config->blocks == FRAY_BLOCKS_HOLDERS ? 1 + modalities : 1;
  /* Of each work the table; beside all of them the sums and a block of one, or, later, what goes
   * before the rule makes of it (mixes and tables of them) and two tables of the rule's own. */
  const double tables =
      members * members * 8.0 *
      (works + FRAY_MAX(works + 1.0, works * (4.0 * (double)config->pre.n + 2.0)));
  /* Strips of a table at work, lengths of blocks, and values of some coordinates. */
  const double rows = members * (256.0 * 8.0 + 8.0 * (total / FRAY_EXACT_BLOCK / ranks + 2.0) +
                                 2.0 * FRAY_LANES * 4.0 + 64.0 * works);
  if (fray_aggregation_is_mean(config))
    return sum;
  return slice + tables + rows;
}

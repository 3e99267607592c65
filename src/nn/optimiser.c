/* A step of the local optimiser: which tensors take part, how far the gradient is clipped, and the
 * chosen rule over runs of tensors that are treated alike. */
#include "fray/nn/optimiser.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FRAY_LIST "optimisers.def"
#define FRAY_OPTIMISER(name) FRAY_LISTED(fray_optimiser_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_optimisers = {
    .what = "optimiser", .plural = "optimisers", .v = registry, .n = FRAY_COUNT(registry)};

/* Floats lo .. hi-1 of the flat vector, of neighbouring tensors that are treated alike. */
struct range {
  size_t lo, hi;
};

/* What is shared always does: some modality was there, or the sample without any taught the bias.
 */
static bool takes_part(const struct fray_param *p, const bool *used) {
  if (p->still)
    return false;
  return !used || p->modality == FRAY_PARAM_SHARED || used[p->modality];
}

/* The next run of tensors that take part, from tensor *i on; false when there is none. With steps,
 * only tensors that took equally many are put together. The padding between tensors is 0 in all
 * vectors and stays 0, so a run may go over it. */
static bool next_range(const struct fray_param_table *table, const bool *used,
                       const uint32_t *steps, size_t *i, struct range *out) {
  while (*i < table->n && !takes_part(&table->v[*i], used))
    (*i)++;
  if (*i == table->n)
    return false;
  const size_t first = *i;
  out->lo = table->v[first].offset;
  while (*i < table->n && takes_part(&table->v[*i], used) && (!steps || steps[*i] == steps[first]))
    (*i)++;
  out->hi = *i == table->n ? table->total : table->v[*i].offset;
  return true;
}

static const struct fray_optimiser_ops *ops_of(const struct fray_local_config *config) {
  return config->optimiser.choice->impl;
}

/* Momentum and moments are as long as the weights, which is what a rank's memory is forecast from.
 */
size_t fray_optimiser_vectors(const struct fray_local_config *config) {
  return ops_of(config)->state;
}

/* Nesterov's momentum is refused with that of its momentum: the paper gives the plain one alone. */
double fray_optimiser_length(const struct fray_local_config *config, double steps, char *why,
                             size_t size) {
  const struct fray_optimiser_ops *ops = ops_of(config);
  const double length = ops->length ? ops->length(config, steps) : 0;
  if (config->weight_decay > 0)
    snprintf(why, size, "weight_decay %g", config->weight_decay);
  else if (config->clip_norm > 0)
    snprintf(why, size, "clip_norm %g", config->clip_norm);
  else if (!(length > 0))
    snprintf(why, size, "%s", ops->length ? "nesterov" : config->optimiser.choice->name);
  else
    return length;
  return 0;
}

bool fray_optimiser_is_plain(const struct fray_local_config *config, char *why, size_t size) {
  const struct fray_optimiser_ops *ops = ops_of(config);
  if (config->weight_decay > 0)
    snprintf(why, size, "weight_decay %g", config->weight_decay);
  else if (config->clip_norm > 0)
    snprintf(why, size, "clip_norm %g", config->clip_norm);
  else if (!ops->is_plain)
    snprintf(why, size, "the optimiser %s", config->optimiser.choice->name);
  else if (!ops->is_plain(config))
    snprintf(why, size, "momentum");
  else
    return true;
  return false;
}

/* Without decay a row that nobody named moves as if it were told nothing: there is no need to ask.
 */
bool fray_optimiser_asks_rows(const struct fray_local_config *config) {
  return config->weight_decay > 0 && config->weight_decay_rows == FRAY_DECAY_SEEN;
}

/* Decay of all rows pulls at every weight in every step, whichever optimiser it is. */
bool fray_optimiser_rests(const struct fray_local_config *config) {
  return (config->weight_decay == 0 || fray_optimiser_asks_rows(config)) && ops_of(config)->rests;
}

enum fray_status fray_optimiser_new(const struct fray_param_table *table,
                                    const struct fray_local_config *config,
                                    struct fray_arena *arena, struct fray_optimiser *out,
                                    struct fray_err *err) {
  *out = (struct fray_optimiser){.table = table, .config = config};
  FRAY_ALLOC_ZERO(out->state, arena, fray_optimiser_vectors(config) * table->total, err);
  FRAY_ALLOC_ZERO(out->steps, arena, table->n, err);
  if (fray_touched_spares(table))
    FRAY_ALLOC_ZERO(out->ready, arena, fray_touched_words(table->total), err);
  return FRAY_OK;
}

/* By the counts alone: state is not read before a tensor's first step, so nothing need be cleared.
 */
void fray_optimiser_restart(struct fray_optimiser *optimiser) {
  memset(optimiser->steps, 0, optimiser->table->n * sizeof *optimiser->steps);
  optimiser->touched = NULL;
  if (optimiser->ready)
    memset(optimiser->ready, 0,
           fray_touched_words(optimiser->table->total) * sizeof *optimiser->ready);
}

/* Rows that nobody named are left out, not only without decay. */
static bool rests_rows(const struct fray_optimiser *o) {
  return o->touched && !o->touched->whole;
}

/* State of 0 in lines of tensors by rows that were not touched before. */
static void begin_rows(const struct fray_optimiser *o, size_t n_state) {
  const size_t block = (size_t)FRAY_LINE * FRAY_LINES_OF_WORD, total = o->table->total;
  for (size_t i = 0; i < fray_touched_words(total); i++) {
    const uint64_t fresh = o->touched->bit[i] & ~o->touched->always[i] & ~o->ready[i];
    size_t at = 0, lo, hi;
    while (fresh && fray_touched_next(&fresh, &at, block, &lo, &hi))
      for (size_t k = 0; k < n_state; k++)
        memset(o->state + k * total + i * block + lo, 0, (hi - lo) * sizeof *o->state);
    o->ready[i] |= fresh;
  }
}

/* Counts the step. State of 0 at a tensor's first one, whatever the caller's memory held. */
static void begin_step(const struct fray_optimiser *o, const bool *used, size_t n_state) {
  const struct fray_param_table *table = o->table;
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_param *p = &table->v[i];
    if (!takes_part(p, used) || o->steps[i]++ > 0 || (p->by_rows && rests_rows(o)))
      continue;
    const size_t end = i + 1 < table->n ? table->v[i + 1].offset : table->total;
    for (size_t k = 0; k < n_state; k++)
      memset(o->state + k * table->total + p->offset, 0, (end - p->offset) * sizeof *o->state);
  }
  if (rests_rows(o))
    begin_rows(o, n_state);
}

/* In pieces, whose lanes are those of the whole: runs begin at multiples of their number, as ranges
 * do, and what is left out would have added 0. */
static double norm2(const uint64_t *bit, struct range r, const float *grad) {
  double lane[FRAY_NORM_LANES] = {0};
  struct range run;
  for (size_t at = r.lo; fray_touched_next(bit, &at, r.hi, &run.lo, &run.hi);)
    fray_vec_norm2_add(run.hi - run.lo, grad + run.lo, lane);
  return fray_vec_norm2_sum(lane);
}

/* What is moved alike: at the same step, with the same factor and decay. */
struct pace {
  uint32_t step;
  float factor;
  double decay;
};

/* One run of weights; its state lies where the weights do, vector by vector. */
static void move(const struct fray_optimiser *o, struct range r, const struct pace *pace, float *w,
                 const float *grad) {
  const struct fray_optimiser_ops *ops = ops_of(o->config);
  float *part[FRAY_OPTIMISER_STATE] = {NULL};
  for (size_t k = 0; k < ops->state; k++)
    part[k] = o->state + k * o->table->total + r.lo;
  ops->update(o->config, &(struct fray_moved){.n = r.hi - r.lo,
                                              .step = pace->step,
                                              .factor = pace->factor,
                                              .decay = pace->decay,
                                              .w = w + r.lo,
                                              .grad = grad + r.lo,
                                              .state = part});
}

/* The norm is one over all blocks that take part, so it is known before the first of them moves. */
static double norm_of(const struct fray_optimiser *o, const bool *used, const float *grad) {
  double sum = 0;
  struct range r;
  for (size_t i = 0; next_range(o->table, used, NULL, &i, &r);)
    sum += norm2(rests_rows(o) ? o->touched->bit : NULL, r, grad);
  return sqrt(sum);
}

/* Floats that are looked at and moved while in the nearest cache: a pass over all of the gradient
 * to see that it is finite would take as long as a third of the step. */
enum { PIECE = 4096 };

static float move_and_look(const struct fray_optimiser *o, struct range run,
                           const struct pace *pace, float *w, const float *grad) {
  float most = 0;
  for (struct range r = run; r.lo < run.hi; r.lo = r.hi) {
    r.hi = FRAY_MIN(run.hi, r.lo + PIECE);
    const float largest = fray_vec_max_abs(r.hi - r.lo, grad + r.lo);
    most = FRAY_MAX(most, largest);
    move(o, r, pace, w, grad);
  }
  return most;
}

/* With a factor for all of the gradient nothing more is asked of its values. */
static float move_run(const struct fray_optimiser *o, struct range run, const struct pace *pace,
                      float *w, const float *grad) {
  if (o->config->clip_norm == 0)
    return move_and_look(o, run, pace, w, grad);
  move(o, run, pace, w, grad);
  return 0;
}

/* Rows that were named have weight decay; those before, between and behind them move without it, or
 * rest. */
static float move_range(const struct fray_optimiser *o, struct range r, struct pace pace, float *w,
                        const float *grad) {
  const struct pace still = {.step = pace.step, .factor = pace.factor};
  float most = 0, largest;
  struct range run;
  for (size_t at = r.lo, from = r.lo; from < r.hi; from = at) {
    fray_touched_next_row(o->touched, &at, r.hi, &run.lo, &run.hi);
    if (!rests_rows(o) && from < run.lo) {
      largest = move_run(o, (struct range){from, run.lo}, &still, w, grad);
      most = FRAY_MAX(most, largest);
    }
    if (run.lo < run.hi) {
      largest = move_run(o, run, &pace, w, grad);
      most = FRAY_MAX(most, largest);
    }
  }
  return most;
}

/* A factor for all of the gradient is known before any of it moves; without one a single pass over
 * it does. */
double fray_optimiser_step(struct fray_optimiser *o, const bool *used, float *w,
                           const float *grad) {
  const double clip = o->config->clip_norm, norm = clip > 0 ? norm_of(o, used, grad) : 0;
  double factor = clip > 0 ? clip / (norm + 1e-6) : 1;
  factor = factor > 1 ? 1 : factor; /* a NaN stays one */
  struct pace pace = {.factor = (float)factor, .decay = o->config->weight_decay};
  float most = 0;
  struct range r;
  begin_step(o, used, ops_of(o->config)->state);
  for (size_t i = 0; next_range(o->table, used, o->steps, &i, &r);) {
    pace.step = o->steps[i - 1];
    const float largest = move_range(o, r, pace, w, grad);
    most = FRAY_MAX(most, largest);
  }
  return clip > 0 ? norm : (double)most;
}

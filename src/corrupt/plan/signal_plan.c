/* A signal plan in use: what happens to a raw value, as a number and as a deed. */
#include "fray/corrupt/signal.h"

#include "corrupt/scope/scope.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/tensor/vec.h"
#include "typical.h"

#include <math.h>
#include <string.h>

/* By sample of the data set, not by place in a list: lists of clients and batches are cut and
 * shuffled, and need not carry their places along. */
enum fray_status fray_signal_plan_start(const struct fray_population *population,
                                        const struct fray_table *entry, struct fray_arena *arena,
                                        struct fray_signal_plan **out, struct fray_err *err) {
  const struct fray_dataset *dataset = population->dataset;
  struct fray_signal_plan *plan;
  FRAY_ALLOC_ZERO(plan, arena, 1, err);
  *plan = (struct fray_signal_plan){.dataset = dataset,
                                    .entry = entry,
                                    .arena = arena,
                                    .n = population->n,
                                    .train = population->train,
                                    .client = population->client,
                                    .read = fray_value_read,
                                    .user = dataset};
  /* Room for all acts at once: pointers to acts stay valid while more are added. */
  FRAY_ALLOC_ZERO(plan->act, arena, FRAY_MAX_ACTS, err);
  FRAY_ALLOC_ZERO(plan->typical, arena, dataset->n_modalities, err);
  FRAY_ALLOC(plan->slot, arena, dataset->n_samples, err);
  FRAY_ALLOC_ZERO(plan->acts, arena, population->n * dataset->n_modalities + 1, err);
  for (size_t s = 0; s < dataset->n_samples; s++)
    plan->slot[s] = UINT32_MAX;
  for (size_t i = 0; i < population->n; i++)
    plan->slot[population->sample[i]] = (uint32_t)i;
  *out = plan;
  return FRAY_OK;
}

/* Donors stand beside the samples that take them, so they move with these. */
static enum fray_status copy_donors(const struct fray_signal_plan *from, size_t a,
                                    struct fray_signal_plan *to, struct fray_err *err) {
  struct fray_signal_act *act = &to->act[a];
  const size_t row = to->dataset->n_modalities * act->n_donors;
  if (act->n_donors == 0)
    return FRAY_OK;
  FRAY_ALLOC(act->donor, to->arena, to->n * row + 1, err);
  for (size_t i = 0; i < to->n * row; i++)
    act->donor[i] = FRAY_NO_DONOR;
  for (size_t s = 0; s < to->dataset->n_samples; s++)
    if (to->slot[s] != UINT32_MAX && from->slot[s] != UINT32_MAX)
      memcpy(act->donor + to->slot[s] * row, from->act[a].donor + from->slot[s] * row,
             row * sizeof *act->donor);
  return FRAY_OK;
}

/* What values are like was measured of the samples that train, or will be: both plans share the
 * room for it. */
enum fray_status fray_signal_plan_copy(const struct fray_signal_plan *plan,
                                       const struct fray_population *population,
                                       struct fray_arena *arena, struct fray_signal_plan **out,
                                       struct fray_err *err) {
  const size_t modalities = plan->dataset->n_modalities;
  struct fray_signal_plan *to;
  FRAY_TRY(fray_signal_plan_start(population, plan->entry, arena, &to, err));
  memcpy(to->act, plan->act, plan->n_acts * sizeof *to->act);
  memcpy(to->typical, plan->typical, modalities * sizeof *to->typical);
  to->n_acts = plan->n_acts;
  to->nth = plan->nth;
  to->of = plan->of;
  to->read = plan->read;
  to->user = plan->user;
  for (size_t i = 0; i < to->n; i++) {
    const uint32_t slot = plan->slot[population->sample[i]];
    if (slot != UINT32_MAX)
      memcpy(to->acts + i * modalities, plan->acts + slot * modalities,
             modalities * sizeof *to->acts);
  }
  for (size_t a = 0; a < to->n_acts; a++)
    FRAY_TRY(copy_donors(plan, a, to, err));
  *out = to;
  return FRAY_OK;
}

/* A sample outside of the population has no slot and is clean, as is everything without a plan:
 * callers need not ask which of the two it is. */
static uint64_t acts_on(const struct fray_signal_plan *plan, size_t sample, size_t modality) {
  if (!plan || plan->slot[sample] == UINT32_MAX)
    return 0;
  return plan->acts[plan->slot[sample] * plan->dataset->n_modalities + modality];
}

/* The lowest act that is left of a set, which loses it. */
static const struct fray_signal_act *next_act(const struct fray_signal_plan *plan, uint64_t *acts) {
  const size_t a = (size_t)__builtin_ctzll(*acts);
  *acts &= *acts - 1;
  return &plan->act[a];
}

static const struct fray_signal_ops *ops_of(const struct fray_signal_act *act) {
  const struct fray_corruption_ops *ops = act->kind->impl;
  return ops->signal;
}

/* Whose values an act gives to one. By sources, as everything in a key: numbers of samples depend
 * on which shards are open. */
static uint64_t donors_key(const struct fray_signal_plan *plan, const struct fray_signal_act *act,
                           size_t sample, size_t modality) {
  const size_t at = plan->slot[sample] * plan->dataset->n_modalities + modality;
  uint64_t key = 0;
  for (size_t k = 0; k < act->n_donors; k++) {
    const uint32_t donor = act->donor[at * act->n_donors + k];
    const uint64_t pair[] = {key, donor == FRAY_NO_DONOR ? 0 : plan->dataset->source[donor]};
    key = fray_hash64(pair, sizeof pair);
  }
  return key;
}

/* In the order of acts: noise before clipping is not clipping before noise. */
uint64_t fray_signal_key(const struct fray_signal_plan *plan, size_t sample, size_t modality) {
  uint64_t acts = acts_on(plan, sample, modality), key = 0;
  while (acts) {
    const struct fray_signal_act *act = next_act(plan, &acts);
    const size_t n_more = act->more[modality] ? ops_of(act)->n_more : 0;
    uint64_t part[] = {key, act->digest, 0, act->redraws ? plan->when : 0, 0};
    /* The bits of the strength: equal numbers of the same scenario are equal bits. */
    memcpy(&part[2], &act->strength[modality], sizeof part[2]);
    /* A named table may give a modality other parameters at the same strength. */
    if (n_more)
      part[4] = fray_hash64(act->more[modality], n_more * sizeof(double));
    if (act->n_donors)
      part[4] ^= donors_key(plan, act, sample, modality);
    key = fray_hash64(part, sizeof part);
    key += key == 0; /* 0 means clean */
  }
  return key;
}

/* Without an epoch, as in evaluation, such a value is one like others, and worth keeping. */
bool fray_signal_redraws(const struct fray_signal_plan *plan, size_t sample, size_t modality) {
  uint64_t acts = acts_on(plan, sample, modality);
  while (acts)
    if (next_act(plan, &acts)->redraws)
      return plan->when > 0;
  return false;
}

/* The room that a value needs on its way, which may be more than it has in the end. */
size_t fray_signal_longest(const struct fray_signal_plan *plan, size_t sample, size_t modality,
                           size_t length) {
  uint64_t acts = acts_on(plan, sample, modality);
  size_t most = length;
  while (acts) {
    const struct fray_signal_act *act = next_act(plan, &acts);
    if (ops_of(act)->longest)
      length = ops_of(act)->longest(act->params, length);
    if (ops_of(act)->donor_lengths)
      length = FRAY_MAX(length, plan->dataset->modality[modality].time);
    most = FRAY_MAX(most, length); /* a later act may shorten what an earlier one needs room for */
  }
  return most;
}

/* Then the index of the shards knows the length of a batch before any value is read. */
bool fray_signal_keeps_length(const struct fray_signal_plan *plan, size_t sample, size_t modality) {
  uint64_t acts = acts_on(plan, sample, modality);
  while (acts) {
    const struct fray_signal_ops *ops = ops_of(next_act(plan, &acts));
    if (ops->longest || ops->donor_lengths)
      return false;
  }
  return true;
}

/* Exponents of ones are infinity and NaN. Without an end before the end, so that it is vectorised:
 * it is asked of every value, and hardly ever finds one. */
static FRAY_DISPATCH bool all_finite(const float *x, size_t n) {
  uint32_t found = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, &x[i], sizeof bits);
    found |= (bits & 0x7f800000) == 0x7f800000;
  }
  return !found;
}

/* A kind that makes NaN would be found rounds later, as a client that diverged. */
static enum fray_status check_value(const struct fray_signal *x, struct fray_err *err) {
  const size_t area = x->kind == FRAY_IMAGE ? x->height * x->width : 1;
  const size_t n = x->length * x->channels * area;
  FRAY_CHECK(x->length >= 1 && x->length <= x->capacity, err, INTERNAL,
             "the damaged value has %zu steps, not 1 to %zu", x->length, x->capacity);
  if (!x->x || all_finite(x->x, n))
    return FRAY_OK;
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(isfinite(x->x[i]), err, INTERNAL, "the damaged value %zu is %g", i, (double)x->x[i]);
  return FRAY_OK;
}

/* What an act asks for beside the value itself: values of others, read now and not before, and what
 * the training values are like. */
static enum fray_status bring(const struct fray_signal_plan *plan,
                              const struct fray_signal_act *act, size_t sample, size_t modality,
                              struct fray_place *place, struct fray_err *err) {
  const size_t at = plan->slot[sample] * plan->dataset->n_modalities + modality;
  struct fray_signal *donor = NULL;
  if (act->n_donors)
    FRAY_ALLOC(donor, place->scratch, act->n_donors, err);
  for (size_t k = 0; k < act->n_donors; k++) {
    const uint32_t who = act->donor[at * act->n_donors + k];
    if (who == FRAY_NO_DONOR)
      break;
    if (plan->read(plan->user, who, modality, place->scratch, &donor[k], err) != FRAY_OK)
      return fray_at(err, "donor %.200s", plan->dataset->source_id[who]);
    place->n_donors++;
  }
  place->donor = donor;
  return ops_of(act)->typical
             ? fray_typical_of(plan, modality, place->scratch, &place->typical, err)
             : FRAY_OK;
}

/* Each act has a stream of its own, so adding one leaves the noise of the others as it was. */
enum fray_status fray_signal_apply(const struct fray_signal_plan *plan, size_t sample,
                                   size_t modality, struct fray_signal *signal,
                                   struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_dataset *d = plan->dataset;
  /* By name and not by index, as in the streams of the population: a study that leaves a modality
   * out draws the same for the others. */
  const uint64_t name = fray_hash_text(d->modality[modality].name);
  uint64_t acts = acts_on(plan, sample, modality);
  while (acts) {
    const struct fray_signal_act *act = next_act(plan, &acts);
    const uint64_t when = act->redraws ? plan->when : 0;
    const uint64_t source =
        act->by_client ? d->client_source[d->client[sample]] : d->source[sample];
    struct fray_place place = {.rng = fray_rng_keyed(act->seed, act->purpose, source, when, name),
                               .scratch = scratch,
                               .more = act->more[modality],
                               .end = 1};
    if (ops_of(act)->record) {
      place.begin = (double)plan->nth[sample] / (double)plan->of[sample];
      place.end = (double)(plan->nth[sample] + 1) / (double)plan->of[sample];
    }
    const struct fray_arena_place mark = fray_arena_mark(scratch);
    enum fray_status status = bring(plan, act, sample, modality, &place, err);
    if (status == FRAY_OK)
      status = ops_of(act)->apply(act->params, act->strength[modality], signal, &place, err);
    fray_arena_rewind(scratch, mark);
    if (status == FRAY_OK)
      status = check_value(signal, err);
    if (status != FRAY_OK)
      return fray_at(err, "corruption %s", act->id);
  }
  return FRAY_OK;
}

/* A copy of some pointers: clients of one rank may be in different epochs, and the plan is shared.
 */
struct fray_signal_plan fray_signal_plan_at(const struct fray_signal_plan *plan, uint64_t epoch) {
  struct fray_signal_plan then = *plan;
  then.when = epoch;
  return then;
}

/* The keys say it; but plans of other samples are never equal, whatever they do. */
bool fray_signal_plans_equal(const struct fray_signal_plan *a, const struct fray_signal_plan *b) {
  if (a == b || !a || !b)
    return a == b;
  if (a->dataset != b->dataset || a->n != b->n)
    return false;
  for (size_t s = 0; s < a->dataset->n_samples; s++) {
    if (a->slot[s] != b->slot[s])
      return false;
    for (size_t m = 0; m < a->dataset->n_modalities; m++)
      if (fray_signal_key(a, s, m) != fray_signal_key(b, s, m))
        return false;
  }
  return true;
}

/* Raw values of other samples: donors, and the mean of what was trained on. */
#include "typical.h"

#include "fray/base/size.h"
#include "fray/corrupt/raw.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 512 }; /* the mean of so many is known to a twentieth of a deviation */

/* Out of turn: what was read ahead for the samples of a batch stays. */
enum fray_status fray_value_read(const void *user, size_t sample, size_t modality,
                                 struct fray_arena *arena, struct fray_signal *out,
                                 struct fray_err *err) {
  const struct fray_dataset *d = user;
  size_t length = 0;
  float *raw, *room;
  FRAY_ALLOC(raw, arena, fray_sample_bytes(d, modality) / sizeof *raw + 1, err);
  FRAY_TRY(fray_sample_read_apart(d, modality, sample, raw, &length, err));
  FRAY_CHECK(length > 0, err, INTERNAL, "it lacks this modality");
  FRAY_TRY(fray_raw_check(&d->modality[modality], raw, length, err));
  FRAY_ALLOC(room, arena, fray_raw_numbers(&d->modality[modality], length) + 1, err);
  *out = fray_raw_signal(&d->modality[modality], raw, length, length, room);
  return FRAY_OK;
}

/* ---- which samples ---- */

/* A test that folds cut out of the training samples of the shards must not be in the mean that its
 * own values become. */
static bool is_trained_on(const struct fray_signal_plan *plan, size_t sample, size_t modality) {
  const struct fray_dataset *d = plan->dataset;
  const bool inside = plan->slot[sample] != UINT32_MAX;
  return (d->present[sample] >> modality & 1) &&
         (plan->train ? inside : !inside && d->split[sample] == FRAY_TRAIN);
}

/* Sorted twice, so it keeps both numbers. */
struct named {
  uint64_t source;
  uint32_t sample;
};

static int by_source(const void *left, const void *right) {
  const struct named *a = left, *b = right;
  return (a->source > b->source) - (a->source < b->source);
}

static int by_sample(const void *left, const void *right) {
  const struct named *a = left, *b = right;
  return (a->sample > b->sample) - (a->sample < b->sample);
}

/* By hashes of names, so that they are the same whatever the order of the population; then in the
 * order of the shards, in which they are read fastest. */
static enum fray_status select_samples(const struct fray_signal_plan *plan, size_t modality,
                                       struct fray_arena *arena, struct named **out, size_t *n,
                                       struct fray_err *err) {
  const struct fray_dataset *d = plan->dataset;
  size_t count = 0;
  FRAY_ALLOC(*out, arena, d->n_samples + 1, err);
  for (size_t s = 0; s < d->n_samples; s++)
    if (is_trained_on(plan, s, modality))
      (*out)[count++] = (struct named){d->source[s], (uint32_t)s};
  FRAY_CHECK(count, err, INPUT, "the data have no training sample with the modality %s",
             d->modality[modality].name);
  qsort(*out, count, sizeof **out, by_source);
  *n = FRAY_MIN(count, (size_t)MOST);
  qsort(*out, *n, sizeof **out, by_sample);
  return FRAY_OK;
}

/* ---- sums ---- */

struct sums {
  size_t n; /* numbers that are told apart */
  double *sum, *squares, *count;
};

/* Of a picture each number has a place, of all else a channel; i mod n is that in either case. */
static void add_value(struct sums *s, const struct fray_signal *x) {
  const size_t area = x->kind == FRAY_IMAGE ? x->height * x->width : x->length;
  for (size_t i = 0; i < area * x->channels; i++) {
    const double v = (double)x->x[i];
    s->sum[i % s->n] += v;
    s->squares[i % s->n] += v * v;
    s->count[i % s->n] += 1;
  }
}

/* Into the room that was made with the plan, as it is asked for again with every value. */
static void keep(const struct sums *s, struct fray_typical *out) {
  double squares = 0, count = 0;
  for (size_t k = 0; k < s->n; k++) {
    const double m = s->sum[k] / s->count[k];
    out->mean[k] = (float)m;
    out->deviation[k] = (float)sqrt(fmax(s->squares[k] / s->count[k] - m * m, 0));
    squares += s->squares[k];
    count += s->count[k];
  }
  out->rms = sqrt(squares / count);
  out->known = true;
}

/* One value after another, so that memory is that of one. Any rank reads any shard, and all sum in
 * one order: the same bits everywhere. */
static enum fray_status find(const struct fray_signal_plan *plan, size_t m,
                             struct fray_arena *scratch, struct fray_typical *out,
                             struct fray_err *err) {
  struct sums s = {.n = out->n};
  struct named *sample;
  size_t n = 0;
  FRAY_TRY(select_samples(plan, m, scratch, &sample, &n, err));
  FRAY_ALLOC_ZERO(s.sum, scratch, s.n, err);
  FRAY_ALLOC_ZERO(s.squares, scratch, s.n, err);
  FRAY_ALLOC_ZERO(s.count, scratch, s.n, err);
  for (size_t k = 0; k < n; k++) {
    const struct fray_arena_place mark = fray_arena_mark(scratch);
    struct fray_signal x;
    FRAY_TRY(plan->read(plan->user, sample[k].sample, m, scratch, &x, err));
    add_value(&s, &x);
    fray_arena_rewind(scratch, mark);
  }
  keep(&s, out);
  return FRAY_OK;
}

/* The room is shared by all epochs of a plan. A text has none: it is blank without. */
enum fray_status fray_typical_of(const struct fray_signal_plan *plan, size_t modality,
                                 struct fray_arena *scratch, const struct fray_typical **out,
                                 struct fray_err *err) {
  struct fray_typical *kept = plan->typical[modality];
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  if (kept && !kept->known)
    FRAY_TRY(find(plan, modality, scratch, kept, err));
  fray_arena_rewind(scratch, mark);
  *out = kept;
  return FRAY_OK;
}

/* Wrong labels by what samples look like: in all of the data, or in noisy clients.
 *
 * Values are read when damage is planned, those of all training samples on each rank: a label that
 * depends on a value is the same everywhere only if that value is seen everywhere. What is read of
 * a value is 32 numbers. */
#include "instance_law.h"
#include "relabel.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = FRAY_INSTANCE_PARTS };
static const double deviation = 0.1; /* of the levels of instances: Xia et al. 2020 */

/* By the first modality that the sample has in the data, whether an earlier entry took it or not,
 * since people label what they see and not what training gets. out (PARTS): zeros without a
 * modality. Read when it is needed, and again: the looks of a million samples would take more than
 * their damage. */
static enum fray_status look_at(const struct fray_scope *scope, size_t i, double *out,
                                struct fray_err *err) {
  const struct fray_dataset *d = scope->people->dataset;
  const uint32_t s = scope->people->sample[i];
  const struct fray_arena_place mark = fray_arena_mark(scope->arena);
  struct fray_signal value;
  size_t m = 0;
  memset(out, 0, PARTS * sizeof *out);
  while (m < d->n_modalities && !(d->present[s] >> m & 1))
    m++;
  if (m == d->n_modalities)
    return FRAY_OK;
  if (scope->read(scope->user, s, m, scope->arena, &value, err) != FRAY_OK)
    return fray_at(err, "modality %s, sample %.200s", d->modality[m].name, d->source_id[s]);
  fray_instance_look(&value, out);
  fray_arena_rewind(scope->arena, mark);
  return FRAY_OK;
}

static enum fray_status check_classes(const struct fray_scope *scope, struct fray_err *err) {
  const size_t classes = scope->people->dataset->n_classes;
  FRAY_CHECK(classes >= 2, err, INPUT, "wrong labels need at least 2 classes, the data has %zu",
             classes);
  return FRAY_OK;
}

/* Of the labels as they are when the entry's turn comes: noise upon noise acts on what there is.
 * Samples class by class, so that the weights of one class are in memory at a time. first
 * (classes + 1): where each begins in order. */
static enum fray_status by_class(const struct fray_scope *scope, size_t **first, size_t **order,
                                 struct fray_err *err) {
  const size_t classes = scope->people->dataset->n_classes, n = scope->people->n;
  size_t *next;
  FRAY_ALLOC_ZERO(*first, scope->arena, classes + 1, err);
  FRAY_ALLOC(next, scope->arena, classes, err);
  FRAY_ALLOC(*order, scope->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    if (fray_may_relabel(scope, i))
      (*first)[scope->damage->label[i] + 1]++;
  for (size_t c = 0; c < classes; c++)
    next[c] = (*first)[c + 1] += (*first)[c];
  for (size_t c = 0; c < classes; c++)
    next[c] = (*first)[c];
  for (size_t i = 0; i < n; i++)
    if (fray_may_relabel(scope, i))
      (*order)[next[scope->damage->label[i]]++] = i;
  return FRAY_OK;
}

/* Level, whether and what are three draws of the sample: with a larger rate its level grows, so it
 * stays wrong, and as the class that it was. */
static enum fray_status relabel_one(struct fray_scope *scope, size_t i, double rate,
                                    const double *w, double *p, struct fray_err *err) {
  const size_t classes = scope->people->dataset->n_classes;
  const size_t y = (size_t)scope->damage->label[i];
  struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_SAMPLE, i, FRAY_STREAM_LABEL);
  const double level = fray_rng_uniform(&rng);
  const double whether = fray_rng_uniform(&rng), what = fray_rng_uniform(&rng);
  /* The law around 0 has a mean of 0.08: nothing asked for is nothing done. */
  const double q = rate > 0 ? fray_truncated_normal(level, rate, deviation) : 0;
  double look[PARTS];
  FRAY_TRY(look_at(scope, i, look, err));
  fray_instance_row(look, PARTS, w, y, q, classes, p);
  const bool hit = whether < q;
  fray_scope_drew(scope, i, hit ? FRAY_DRAWN_LABEL : 0);
  fray_relabel(scope, i, hit ? fray_instance_target(p, y, what, classes) : y);
  fray_scope_expect(scope, q, 1);
  return FRAY_OK;
}

/* The weights of a class come from a stream of the plan, numbered by the class: they are one set
 * for all clients, as people who confuse two things do so wherever they work, and other entries
 * draw others. With a rate of 0 all of it is done and nothing happens, so that what is read does
 * not depend on it. */
enum fray_status fray_instance_apply(double rate, struct fray_scope *scope, struct fray_err *err) {
  const size_t classes = scope->people->dataset->n_classes;
  double *w, *p;
  size_t *first, *order;
  FRAY_TRY(check_classes(scope, err));
  FRAY_TRY(by_class(scope, &first, &order, err));
  FRAY_ALLOC(w, scope->arena, PARTS * classes, err);
  FRAY_ALLOC(p, scope->arena, classes, err);
  for (size_t y = 0; y < classes; y++) {
    struct fray_rng rng = fray_scope_plan_stream(scope, y);
    for (size_t k = 0; k < PARTS * classes; k++)
      w[k] = fray_rng_normal(&rng);
    for (size_t at = first[y]; at < first[y + 1]; at++)
      FRAY_TRY(relabel_one(scope, order[at], rate, w, p, err));
  }
  return FRAY_OK;
}

/* ---- noisy clients ---- */

/* The mean look of each class over all samples, in whole units, whose sum is the same in any order.
 * Looks are at most 1, so a million million of them fit. */
static enum fray_status mean_looks(const struct fray_scope *scope, double **out,
                                   struct fray_err *err) {
  static const double unit = 1 << 20;
  const size_t classes = scope->people->dataset->n_classes;
  int64_t *sum;
  double *n, look[PARTS];
  FRAY_ALLOC_ZERO(sum, scope->arena, classes * PARTS, err);
  FRAY_ALLOC_ZERO(n, scope->arena, classes, err);
  FRAY_ALLOC(*out, scope->arena, classes * PARTS, err);
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_may_relabel(scope, i))
      continue;
    const size_t y = (size_t)scope->damage->label[i];
    FRAY_TRY(look_at(scope, i, look, err));
    n[y] += 1;
    for (size_t k = 0; k < PARTS; k++)
      sum[y * PARTS + k] += (int64_t)llround(look[k] * unit);
  }
  for (size_t k = 0; k < classes * PARTS; k++)
    (*out)[k] = n[k / PARTS] > 0 ? (double)sum[k] / unit / n[k / PARTS] : 0;
  return FRAY_OK;
}

/* As a model without training sees it: each class a normal law around its mean look, of the
 * deviation that a number of a look has (1 / sqrt(PARTS)). */
static void chances(const double *look, const double *mean, size_t classes, double *p) {
  double most = -INFINITY, sum = 0;
  for (size_t j = 0; j < classes; j++) {
    double squares = 0;
    for (size_t k = 0; k < PARTS; k++) {
      const double apart = look[k] - mean[j * PARTS + k];
      squares += apart * apart;
    }
    p[j] = -PARTS * squares / 2;
    most = fmax(most, p[j]);
  }
  for (size_t j = 0; j < classes; j++)
    sum += p[j] = exp(p[j] - most);
  for (size_t j = 0; j < classes; j++)
    p[j] /= sum;
}

/* A label that may become wrong, and when its turn comes. */
struct turn {
  double key;
  uint64_t source;
  size_t at;
  uint32_t client, to;
};

static int compare_turns(const void *left, const void *right) {
  const struct turn *a = left, *b = right;
  if (a->client != b->client)
    return a->client < b->client ? -1 : 1;
  if (a->key != b->key)
    return a->key < b->key ? -1 : 1;
  return (a->source > b->source) - (a->source < b->source);
}

/* Without replacement and by weight: the smallest of -log(u) / weight go first (Efraimidis and
 * Spirakis 2006), so that a larger level adds labels to those of a smaller one. */
static struct turn turn_of(const struct fray_scope *scope, size_t i, const double *p) {
  const size_t y = (size_t)scope->damage->label[i];
  struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_SAMPLE, i, FRAY_STREAM_CHOICE);
  const double u = fray_rng_uniform(&rng), what = fray_rng_uniform(&rng);
  const size_t to = fray_instance_target(p, y, what, scope->people->dataset->n_classes);
  return (struct turn){.key = -log(fmax(u, 1e-300)) / fmax(1 - p[y], 1e-12),
                       .source = fray_scope_source(scope, FRAY_UNIT_SAMPLE, i),
                       .at = i,
                       .client = scope->people->client[i],
                       .to = (uint32_t)to};
}

/* Only labels of noisy clients have a turn; the others are counted, and stay. What was read for the
 * means is read again here: both passes see the same values, and neither keeps them. */
static enum fray_status take_turns(const double *level, struct fray_scope *scope,
                                   const double *mean, struct turn *turn, size_t *n,
                                   struct fray_err *err) {
  const size_t classes = scope->people->dataset->n_classes;
  double look[PARTS], *p;
  FRAY_ALLOC(p, scope->arena, classes, err);
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_may_relabel(scope, i))
      continue;
    if (isnan(level[scope->people->client[i]])) {
      fray_relabel(scope, i, (size_t)scope->damage->label[i]);
      fray_scope_expect(scope, 0, 1);
      continue;
    }
    FRAY_TRY(look_at(scope, i, look, err));
    chances(look, mean, classes, p);
    turn[(*n)++] = turn_of(scope, i, p);
  }
  return FRAY_OK;
}

/* In FedNoRo a model that was trained on clean data says how likely a label is; a simulator that
 * trained one for its damage would have results that depend on how. The means of classes need no
 * training, are the same on all ranks, and make the same kind of mistake: what lies between two
 * classes goes to the other one first. Of two labels with one key the source decides, as chance
 * must not be the order. */
enum fray_status fray_instance_clients(const double *level, struct fray_scope *scope,
                                       struct fray_err *err) {
  double *mean;
  struct turn *turn;
  size_t n = 0;
  FRAY_TRY(check_classes(scope, err));
  FRAY_TRY(mean_looks(scope, &mean, err));
  FRAY_ALLOC(turn, scope->arena, scope->people->n + 1, err);
  FRAY_TRY(take_turns(level, scope, mean, turn, &n, err));
  qsort(turn, n, sizeof *turn, compare_turns);
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && turn[to].client == turn[from].client;)
      to++;
    const size_t wrong = (size_t)floor(level[turn[from].client] * (double)(to - from));
    for (size_t k = from; k < to; k++) {
      const bool hit = k - from < wrong;
      fray_scope_drew(scope, turn[k].at, hit ? FRAY_DRAWN_LABEL : 0);
      fray_relabel(scope, turn[k].at, hit ? turn[k].to : (size_t)scope->damage->label[turn[k].at]);
      fray_scope_expect(scope, (double)wrong / (double)(to - from), 1);
    }
  }
  return FRAY_OK;
}

/* From kept classes to a metric under many weightings of the clients: counts by client, added up
 * draw by draw. */
#include "draws.h"

#include "fray/base/size.h"
#include "fray/tensor/lanes.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum { SAMPLES, EXACT, FIRST, CHUNK = 256 }; /* slots of counts; draws that are added up together */

/* A metric that sees nothing but the counts of each class gives the same for one label per sample
 * as for the tables of every class against the rest, which are as many as there are classes, not
 * their square. Three made-up confusions, one with a class that is absent and one where it is only
 * said, tell which kind a metric is. */
static const int64_t probes[3][9] = {
    {5, 2, 1, 0, 7, 3, 4, 1, 6}, {0, 0, 0, 2, 9, 1, 3, 0, 4}, {8, 0, 1, 5, 3, 2, 0, 0, 0}};

/* Undefined on both sides is agreement too. */
static bool agree(double a, double b) {
  return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * (1 + fabs(b));
}

/* Tables of each class against the rest; empty: only samples and hits are told. Cell 2 * truth +
 * said of each class: [0] neither, [1] said only, [2] true only, [3] both, as multi-label
 * confusions are laid out. */
static double value_of_tables(const struct fray_choice *metric, const int64_t *confusion,
                              bool empty) {
  int64_t tables[12] = {0};
  struct fray_scored scored = {
      .n_classes = 3, .confusion = tables, .nll_sum = NAN, .multi_label = true, .target = 2};
  const char *status;
  for (size_t i = 0; i < 9; i++) {
    size_t truth = i / 3, said = i % 3;
    scored.n += (size_t)confusion[i];
    scored.exact += truth == said ? (size_t)confusion[i] : 0;
    for (size_t c = 0; c < 3 && !empty; c++)
      tables[4 * c + (c == truth ? 2 : 0) + (c == said ? 1 : 0)] += confusion[i];
  }
  return fray_metric_value(metric, &scored, &status);
}

/* nll_sum is NaN in both, so that a metric of probabilities is undefined here and is told by
 * that. */
static double value_of_cells(const struct fray_choice *metric, const int64_t *confusion) {
  struct fray_scored scored = {.n_classes = 3, .confusion = confusion, .nll_sum = NAN, .target = 2};
  const char *status;
  for (size_t i = 0; i < 9; i++)
    scored.n += (size_t)confusion[i];
  return fray_metric_value(metric, &scored, &status);
}

/* The least that gives the wanted value for all probes is taken, as fewer slots mean fewer
 * additions in each of the draws. With sets of labels the tables are the whole confusion, so
 * "classes" is the most that is asked. */
enum fray_rep_needs fray_rep_needs_of(const struct fray_choice *metric, bool multi_label) {
  bool totals = true, classes = true, cells = false;
  if (fray_metric_of_sequences(metric))
    return FRAY_REP_NEEDS_EDITS;
  for (size_t p = 0; p < FRAY_COUNT(probes); p++) {
    double tables = value_of_tables(metric, probes[p], false);
    double wanted = multi_label ? tables : value_of_cells(metric, probes[p]);
    /* A metric that is undefined for every confusion looks at more than answers: at scores. */
    cells = cells || !isnan(wanted);
    classes = classes && agree(tables, wanted);
    totals = totals && agree(value_of_tables(metric, probes[p], true), wanted);
  }
  return !cells    ? FRAY_REP_NEEDS_SCORES
         : totals  ? FRAY_REP_NEEDS_TOTALS
         : classes ? FRAY_REP_NEEDS_CLASSES
                   : FRAY_REP_NEEDS_CELLS;
}

/* Counts of the client at hand: slots that were touched are emptied again. n is zero everywhere
 * between two clients; touched holds no slot twice, since it is noted when its count leaves 0. */
struct tally {
  int32_t *n;
  uint32_t *touched;
  size_t n_touched;
};

static void add(struct tally *t, size_t slot) {
  if (t->n[slot]++ == 0)
    t->touched[t->n_touched++] = (uint32_t)slot;
}

/* Hits, samples and answers rather than the four cells: those follow from them and the number of
 * samples, and most of a table would be the same "neither" for every class. */
static void add_class(struct tally *t, size_t class, bool truth, bool said) {
  size_t at = FIRST + 3 * class;
  if (truth && said)
    add(t, at);
  if (truth)
    add(t, at + 1);
  if (said)
    add(t, at + 2);
}

/* A prediction of -1 counts as the class after the true one, as where the scores were made. */
static void add_label(const struct fray_rep_view *v, enum fray_rep_needs needs, size_t i,
                      struct tally *t) {
  const struct fray_rep_answers *a = v->answers;
  int16_t predicted = a->predicted[(v->last * a->n_conditions + v->condition) * a->n + i];
  size_t truth = (size_t)a->label[i];
  size_t said = predicted >= 0 ? (size_t)predicted : (truth + 1) % a->n_classes;
  if (predicted <= FRAY_REP_REFUSED) { /* wrong, and of no class */
    if (needs == FRAY_REP_NEEDS_CLASSES)
      add_class(t, truth, true, false);
    return;
  }
  if (truth == said)
    add(t, EXACT);
  if (needs == FRAY_REP_NEEDS_CELLS)
    add(t, FIRST + truth * a->n_classes + said);
  if (needs != FRAY_REP_NEEDS_CLASSES)
    return;
  add_class(t, truth, true, truth == said);
  if (truth != said)
    add_class(t, said, false, true);
}

/* Sums of edits, of which a client's are the sums of its samples. A slot is noted as touched when
 * it leaves 0, so each is noted once, however much a sample adds. */
static void add_edits(const struct fray_rep_view *v, size_t i, struct tally *t) {
  const struct fray_rep_answers *a = v->answers;
  const int32_t *edits =
      a->edits + ((v->last * a->n_conditions + v->condition) * a->n + i) * FRAY_EDIT_CELLS;
  for (size_t k = 0; k < FRAY_EDIT_CELLS; k++) {
    if (edits[k] && t->n[FIRST + k] == 0)
      t->touched[t->n_touched++] = (uint32_t)(FIRST + k);
    t->n[FIRST + k] += edits[k];
  }
}

/* A set counts as right only as a whole, which is what accuracy of sets means. */
static void add_set(const struct fray_rep_view *v, enum fray_rep_needs needs, size_t i,
                    struct tally *t) {
  const struct fray_rep_answers *a = v->answers;
  const uint8_t *said =
      a->sets + ((v->last * a->n_conditions + v->condition) * a->n + i) * a->n_classes;
  const uint8_t *truth = a->labels + i * a->n_classes;
  if (memcmp(said, truth, a->n_classes) == 0)
    add(t, EXACT);
  if (needs != FRAY_REP_NEEDS_TOTALS)
    for (size_t c = 0; c < a->n_classes; c++)
      add_class(t, c, truth[c], said[c]);
}

/* Only what was touched is emptied, since there are many slots and few are touched. */
static void flush(struct tally *t, uint32_t client, struct fray_rep_counts *out) {
  /* A client none of whose samples count has no part in any draw. */
  out->n_clients += t->n_touched > 0;
  for (size_t k = 0; k < t->n_touched; k++) {
    uint32_t slot = t->touched[k];
    out->v[out->n++] = (struct fray_rep_count){client, slot, t->n[slot]};
    t->n[slot] = 0;
  }
  t->n_touched = 0;
}

/* Unlabelled samples are in no score, and neither are those of other groups. */
static bool counts(const struct fray_rep_view *v, size_t i) {
  return v->answers->label[i] >= 0 && (!v->code || v->code[i] == v->group);
}

/* Room for the most that samples can touch: SAMPLES and EXACT, and of one label no more than four
 * others; of sets three of each class. A client's slots are no more than those of its samples
 * together. The last sample of each client flushes, even if it does not count itself. */
enum fray_status fray_rep_count_answers(const struct fray_rep_view *view, enum fray_rep_needs needs,
                                        struct fray_arena *arena, struct fray_rep_counts *out,
                                        struct fray_err *err) {
  const struct fray_rep_answers *a = view->answers;
  size_t classes = a->n_classes, per_sample = 2 + (a->multi_label ? 3 * classes : 4);
  struct tally tally = {0};
  bool cells = needs == FRAY_REP_NEEDS_CELLS && !a->multi_label;
  *out = (struct fray_rep_counts){
      .n_classes = classes, .target = a->target, .multi_label = a->multi_label, .needs = needs};
  out->n_slots = FIRST + (needs == FRAY_REP_NEEDS_TOTALS  ? 0
                          : needs == FRAY_REP_NEEDS_EDITS ? FRAY_EDIT_CELLS
                          : cells                         ? classes * classes
                                                          : 3 * classes);
  if (needs == FRAY_REP_NEEDS_TOTALS)
    per_sample = 2;
  FRAY_ALLOC(out->v, arena, a->n * per_sample, err);
  FRAY_ALLOC_ZERO(tally.n, arena, out->n_slots, err);
  FRAY_ALLOC(tally.touched, arena, out->n_slots, err);
  for (size_t k = 0; k < a->n; k++) {
    size_t i = a->by_client[k];
    if (counts(view, i)) {
      add(&tally, SAMPLES);
      if (a->edits)
        add_edits(view, i, &tally);
      else if (a->multi_label)
        add_set(view, needs, i, &tally);
      else
        add_label(view, needs, i, &tally);
      out->n_samples++;
    }
    if (k + 1 == a->n || a->client[a->by_client[k + 1]] != a->client[i])
      flush(&tally, a->client[i], out);
  }
  return FRAY_OK;
}

/* Counts at a stride, as a metric takes them. Totals and classes are handed over as sets of
 * labels: such a metric cannot tell the difference, which is what the probes found out.
 * confusion is scratch that is overwritten in full, except for totals, which leave it at 0. */
static double value_of(const struct fray_choice *metric, const struct fray_rep_counts *c,
                       const int32_t *sum, size_t stride, int64_t *confusion) {
  struct fray_scored scored = {.n = (size_t)sum[SAMPLES * stride],
                               .n_classes = c->n_classes,
                               .confusion = confusion,
                               .nll_sum = NAN,
                               .multi_label = true,
                               .exact = (size_t)sum[EXACT * stride],
                               .target = c->target};
  const int32_t *v = sum + FIRST * stride;
  const char *status;
  /* Sums over clients are sums over samples, so rates of them are those of a resample. */
  if (c->needs == FRAY_REP_NEEDS_EDITS) {
    scored.multi_label = false;
    scored.sequences = true;
    for (size_t k = 0; k < FRAY_EDIT_CELLS; k++)
      confusion[k] = v[k * stride];
  } else if (c->needs == FRAY_REP_NEEDS_CELLS && !c->multi_label) {
    scored.multi_label = false;
    for (size_t i = 0; i < c->n_classes * c->n_classes; i++)
      confusion[i] = v[i * stride];
  } else if (c->needs != FRAY_REP_NEEDS_TOTALS) {
    for (size_t k = 0; k < c->n_classes; k++) {
      int64_t hit = v[3 * k * stride], truth = v[(3 * k + 1) * stride],
              said = v[(3 * k + 2) * stride];
      int64_t *table = confusion + 4 * k;
      table[0] = sum[SAMPLES * stride] - truth - said + hit;
      table[1] = said - hit;
      table[2] = truth - hit;
      table[3] = hit;
    }
  }
  return fray_metric_value(metric, &scored, &status);
}

/* Counts slot by slot: those of a slot are v[start[slot]] up to v[start[slot + 1]]. */
struct by_slot {
  struct fray_rep_count *v;
  size_t *start; /* (n_slots + 1) */
};

/* A counting sort: within a slot clients stay in order, as they are in memory of the weights. */
static enum fray_status sort_by_slot(const struct fray_rep_counts *c, struct fray_arena *arena,
                                     struct by_slot *out, struct fray_err *err) {
  FRAY_ALLOC(out->v, arena, c->n, err);
  FRAY_ALLOC_ZERO(out->start, arena, c->n_slots + 2, err);
  /* One place further than they begin, as placing moves each on by as many as it has. */
  for (size_t i = 0; i < c->n; i++)
    out->start[c->v[i].slot + 2]++;
  for (size_t k = 2; k < c->n_slots + 2; k++)
    out->start[k] += out->start[k - 1];
  for (size_t i = 0; i < c->n; i++)
    out->v[out->start[c->v[i].slot + 1]++] = c->v[i];
  return FRAY_OK;
}

/* Draws of counts, of which a chunk at a time is added up, so that sum stays small enough for the
 * cache whatever the number of draws; all of them at once would be slots x 3,000 numbers. */
struct drawing {
  const struct fray_rep_counts *counts;
  const uint16_t *weight; /* (clients, n_draws) */
  size_t n_draws;
  bool is_little; /* 16 bits suffice for sums */
  struct by_slot by_slot;
  int32_t *sum;       /* (slots, CHUNK) */
  int64_t *confusion; /* zeroed scratch */
};

/* The innermost loop runs over draws that lie next to each other in both arrays, so that it is done
 * several at a time. 32 bits suffice: see fray_rep_metric_draws, whose callers check the sizes.
 * Whole numbers come out the same however many are added in one step. */
FRAY_DISPATCH
static void add_up(const struct drawing *in, size_t first, size_t n) {
  const struct fray_rep_counts *c = in->counts;
  for (size_t k = 0; k < c->n_slots; k++)
    memset(in->sum + k * CHUNK, 0, n * sizeof *in->sum);
  for (size_t i = 0; i < c->n; i++) {
    const uint16_t *restrict w = in->weight + c->v[i].client * in->n_draws + first;
    int32_t *restrict to = in->sum + (size_t)c->v[i].slot * CHUNK;
    const int32_t count = c->v[i].n;
    for (size_t d = 0; d < n; d++)
      to[d] += count * (int32_t)w[d];
  }
}

typedef uint16_t lanes __attribute__((vector_size(64)));
/* Four vectors side by side: one after the other each would wait for its own last sum. */
enum { LANES = 32, AT_ONCE = 4 * LANES };

FRAY_LANES_INLINE void add_lanes(const uint16_t *from, uint16_t count, lanes *to) {
  lanes v;
  memcpy(&v, from, sizeof v);
  *to += v * count;
}

/* The same where 16 bits suffice: twice as many fit into a vector, and their product is one step
 * even of the oldest processor. Slot by slot, so that sums stay in registers. */
FRAY_DISPATCH
static void add_up_little(const struct drawing *in, size_t first, size_t n) {
  for (size_t slot = 0; slot < in->counts->n_slots; slot++) {
    const struct fray_rep_count *v = in->by_slot.v;
    const size_t begin = in->by_slot.start[slot], end = in->by_slot.start[slot + 1];
    int32_t *restrict to = in->sum + slot * CHUNK;
    uint16_t little[AT_ONCE];
    size_t d = 0;
    for (; d + AT_ONCE <= n; d += AT_ONCE) {
      lanes a = {0}, b = {0}, c = {0}, e = {0};
      for (size_t i = begin; i < end; i++) {
        const uint16_t *w = in->weight + v[i].client * in->n_draws + first + d;
        const uint16_t count = (uint16_t)v[i].n;
        add_lanes(w, count, &a);
        add_lanes(w + LANES, count, &b);
        add_lanes(w + 2 * (size_t)LANES, count, &c);
        add_lanes(w + 3 * (size_t)LANES, count, &e);
      }
      memcpy(little, &a, sizeof a);
      memcpy(little + LANES, &b, sizeof b);
      memcpy(little + 2 * (size_t)LANES, &c, sizeof c);
      memcpy(little + 3 * (size_t)LANES, &e, sizeof e);
      for (size_t k = 0; k < AT_ONCE; k++)
        to[d + k] = little[k];
    }
    const size_t rest = n - d;
    memset(little, 0, rest * sizeof *little);
    for (size_t i = begin; i < end && rest; i++) {
      const uint16_t *restrict w = in->weight + v[i].client * in->n_draws + first + d;
      const uint32_t count = (uint32_t)v[i].n;
      for (size_t k = 0; k < rest; k++)
        little[k] = (uint16_t)(little[k] + (uint16_t)(count * w[k]));
    }
    for (size_t k = 0; k < rest; k++)
      to[d + k] = little[k];
  }
}

/* Whether no slot of any draw can count beyond 16 bits. Answers are counted sample by sample, so no
 * slot of a client has more than it has samples; edits of one sample may be many. */
static bool are_little(const struct fray_rep_counts *c, size_t most) {
  size_t samples = 0;
  for (size_t i = 0; i < c->n; i++)
    if (c->v[i].slot == SAMPLES)
      samples = FRAY_MAX(samples, (size_t)c->v[i].n);
  return c->needs != FRAY_REP_NEEDS_EDITS && samples <= UINT16_MAX / FRAY_MAX(most, (size_t)1);
}

/* Memory of arena until the caller rewinds it. A single draw has nothing to lie side by side with,
 * so it is not worth putting counts in another order. */
static enum fray_status begin(const struct fray_rep_counts *counts_of, const uint16_t *weight,
                              size_t most, size_t n_draws, struct fray_arena *arena,
                              struct drawing *out, struct fray_err *err) {
  *out = (struct drawing){.counts = counts_of, .weight = weight, .n_draws = n_draws};
  out->is_little = n_draws > 1 && are_little(counts_of, most);
  if (out->is_little)
    FRAY_TRY(sort_by_slot(counts_of, arena, &out->by_slot, err));
  FRAY_ALLOC(out->sum, arena, counts_of->n_slots * CHUNK, err);
  FRAY_ALLOC_ZERO(out->confusion, arena, 4 * counts_of->n_classes + counts_of->n_slots, err);
  return FRAY_OK;
}

/* n: draws from the first on, CHUNK at most; the last chunk is shorter. */
static void add_chunk(const struct drawing *in, size_t first, size_t n) {
  if (in->is_little)
    add_up_little(in, first, n);
  else
    add_up(in, first, n);
}

/* Of the sums of a chunk. */
static void put_values(const struct drawing *in, const struct fray_choice *metric, size_t n,
                       double *value) {
  const struct fray_metric_ops *ops = metric->impl;
  const enum fray_rep_needs needs = in->counts->needs;
  if (ops->values && (needs == FRAY_REP_NEEDS_TOTALS || needs == FRAY_REP_NEEDS_CLASSES)) {
    const struct fray_class_draws draws = {.n = n,
                                           .n_classes = in->counts->n_classes,
                                           .stride = CHUNK,
                                           .of_all = in->sum,
                                           .of = in->sum + (size_t)FIRST * CHUNK};
    ops->values(&draws, value);
    return;
  }
  for (size_t d = 0; d < n; d++)
    value[d] = value_of(metric, in->counts, in->sum + d, CHUNK, in->confusion);
}

enum fray_status fray_rep_metric_draws(const struct fray_choice *metric,
                                       const struct fray_rep_counts *counts_of,
                                       const uint16_t *weight, size_t most, size_t n_draws,
                                       struct fray_arena *arena, double *value,
                                       struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  struct drawing drawing;
  FRAY_TRY(begin(counts_of, weight, most, n_draws, arena, &drawing, err));
  for (size_t first = 0; first < n_draws; first += CHUNK) {
    const size_t n = FRAY_MIN(n_draws - first, (size_t)CHUNK);
    add_chunk(&drawing, first, n);
    put_values(&drawing, metric, n, value + first);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* A draw without this seed must not see its NaN. */
FRAY_DISPATCH
static void add_weighted(size_t n, double *restrict sum, const double *restrict times,
                         const double *restrict value) {
  for (size_t d = 0; d < n && !times; d++)
    sum[d] += value[d];
  for (size_t d = 0; d < n && times; d++) {
    const double more = times[d] * value[d];
    sum[d] += times[d] > 0 ? more : 0;
  }
}

/* Sums of counts are made once for all metrics, and their values go where they belong while they
 * are in the cache. */
enum fray_status fray_rep_add_draws(const struct fray_rep_counts *counts_of, const uint16_t *weight,
                                    size_t most, size_t n_draws, const double *times,
                                    const struct fray_rep_metric_sum *to, size_t n_metrics,
                                    struct fray_arena *arena, struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  struct drawing drawing;
  double value[CHUNK];
  FRAY_TRY(begin(counts_of, weight, most, n_draws, arena, &drawing, err));
  for (size_t first = 0; first < n_draws; first += CHUNK) {
    const size_t n = FRAY_MIN(n_draws - first, (size_t)CHUNK);
    add_chunk(&drawing, first, n);
    for (size_t k = 0; k < n_metrics; k++) {
      put_values(&drawing, to[k].metric, n, value);
      add_weighted(n, to[k].sum + first, times ? times + first : NULL, value);
    }
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Groups of test clients: the value of each, the worst, the gap, and what chance alone would
 * make of the gap. */
#include "group_measures.h"

#include "report/quantity/draws.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Values of the groups, and those of the kept ones with their draws. Each is made in the first free
 * place of kept; a suppressed group leaves it to the next one, so kept has no gaps. */
static enum fray_status measure_each(struct fray_rep_results *r,
                                     const struct fray_rep_groups *column,
                                     struct fray_rep_address at, struct fray_arena *arena,
                                     struct fray_rep_quantity *kept,
                                     struct fray_rep_group_measures *out, struct fray_err *err) {
  FRAY_ALLOC_ZERO(out->group, arena, column->n + 1, err);
  for (size_t i = 0; i < column->n; i++) {
    struct fray_rep_quantity *q = &kept[out->n_kept];
    struct fray_rep_group_measure *g = &out->group[out->n];
    at.group = column->group[i];
    FRAY_TRY(fray_rep_quantity_in(r, &at, arena, q, err));
    /* Nobody of that group is among these samples. */
    if (q->n_seeds == 0)
      continue;
    *g = (struct fray_rep_group_measure){.group = column->group[i],
                                         .value = column->value[i],
                                         .samples = q->n_samples,
                                         .clusters = q->n_clusters,
                                         .n_diverged = q->n_diverged};
    g->suppressed = fray_group_suppressed(q->n_samples, q->n_clusters);
    if (!g->suppressed) {
      g->stat = fray_rep_stat_of(r, q);
      out->n_seeds = out->n_kept ? FRAY_MIN(out->n_seeds, q->n_seeds) : q->n_seeds;
      out->n_clusters += q->n_clusters; /* the clients of all groups stand behind the gap */
      out->n_diverged = FRAY_MAX(out->n_diverged, q->n_diverged);
      out->n_kept++;
    }
    out->n++;
  }
  /* A column may part the samples of a client: its intervals would be those of more people. */
  out->n_clusters = fray_rep_at_most_clients(r, at.samples, out->n_clusters);
  return FRAY_OK;
}

/* A number made of the values of the kept groups. */
typedef double of_groups(const double *value, size_t n, bool higher, const char **status);

/* Of a difference it does not matter which end is the better one. */
static double gap_among(const double *value, size_t n, bool higher, const char **status) {
  (void)higher;
  return fray_gap(value, n, status);
}

static double worst_among(const double *value, size_t n, bool higher, const char **status) {
  size_t which;
  double worst = fray_worst(value, n, higher, &which);
  *status = isnan(worst) ? "no group" : "ok";
  return worst;
}

/* Of the means, of each seed and of each draw. made is a quantity like any other, so its
 * interval follows the same rules. One group without draws leaves seeds alone: the draws of the
 * others would have nothing to be held against. */
static enum fray_status make_of_groups(struct fray_rep_results *r,
                                       const struct fray_rep_quantity *kept, size_t metric,
                                       of_groups *of, const struct fray_rep_group_measures *m,
                                       struct fray_arena *arena, double *value,
                                       struct fray_interval *range, const char **status,
                                       struct fray_err *err) {
  struct fray_rep_quantity made = {.n_seeds = m->n_seeds, .n_clusters = m->n_clusters};
  double *v, *by_seed, *draw;
  const char *why;
  size_t n = m->n_kept;
  bool drawn = true, higher = fray_rep_higher_is_better(r->metrics.v[metric]);
  FRAY_ALLOC(v, arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    v[i] = kept[i].value;
  *value = made.value = of(v, n, higher, status);
  *range = (struct fray_interval){NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, *status};
  if (isnan(*value))
    return FRAY_OK;
  FRAY_ALLOC(by_seed, arena, r->seeds.n, err);
  FRAY_ALLOC(draw, arena, FRAY_DRAWS, err);
  /* The gap of each seed, not of the means: groups may change places between trainings. */
  for (size_t s = 0; s < r->seeds.n; s++) {
    for (size_t i = 0; i < n; i++)
      v[i] = kept[i].by_seed[s];
    by_seed[s] = of(v, n, higher, &why);
  }
  for (size_t i = 0; i < n; i++)
    drawn = drawn && kept[i].draw;
  if (drawn)
    for (size_t d = 0; d < FRAY_DRAWS; d++) {
      for (size_t i = 0; i < n; i++)
        v[i] = kept[i].draw[d];
      draw[d] = of(v, n, higher, &why);
    }
  made.by_seed = by_seed;
  made.draw = drawn ? draw : NULL;
  *range = fray_rep_interval(r, &made);
  /* The worst of shares is a share, and no gap is below 0 or wider than they can be apart. */
  const bool is_share = fray_rep_is_percent(r, metric);
  fray_interval_within(is_share || of == gap_among ? 0 : -INFINITY, is_share ? 1 : INFINITY, range);
  return FRAY_OK;
}

/* The worst of the means names the group; its range is of whichever is worst in each draw, so
 * the two need not be of one group. With none kept, worst is n. */
static enum fray_status find_worst(struct fray_rep_results *r, size_t metric,
                                   const struct fray_rep_quantity *kept, struct fray_arena *arena,
                                   struct fray_rep_group_measures *out, struct fray_err *err) {
  bool higher = fray_rep_higher_is_better(r->metrics.v[metric]);
  double *v, worst;
  const char *status;
  FRAY_ALLOC(v, arena, out->n + 1, err);
  for (size_t i = 0; i < out->n; i++)
    /* A group too small to speak of must not be called the worst. */
    v[i] = out->group[i].suppressed ? NAN : out->group[i].stat.mean;
  (void)fray_worst(v, out->n, higher, &out->worst);
  return make_of_groups(r, kept, metric, worst_among, out, arena, &worst, &out->worst_range,
                        &status, err);
}

/* ---- what chance alone would make of the gap ---- */

enum { NONE = UINT32_MAX, UNKNOWN = UINT32_MAX - 1 };
enum { CHUNK = 256 };                               /* exchanges that are looked at together */
static const size_t most_labels = (size_t)64 << 20; /* bytes of exchanges that are remembered */

/* What the gap is made of: counts by client of every trained model. */
struct counted {
  const struct fray_choice *metric;
  struct fray_rep_counts *seed; /* (n_seeds) */
  size_t n_seeds, n_groups, n_placed, n_clients;
  uint32_t *client; /* (n_placed) of kept groups: those are what is exchanged */
  uint16_t *weight; /* (n_clients, width) whether a client is of the group at hand */
  size_t width;
  double *mean, *value; /* (n_groups, CHUNK), (CHUNK) */
};

/* Whether the exchanges are those of this column and these people. */
static bool is_known(const struct fray_rep_exchanges *x, uint64_t key, const uint32_t *group,
                     size_t n) {
  return x->label && x->key == key && x->n == n && memcmp(x->group, group, n * sizeof *group) == 0;
}

/* The exchanges from `first` on: the same for all models, and so they stay, up to some size. */
static enum fray_status exchange(struct fray_rep_exchanges *x, uint64_t key, const uint32_t *group,
                                 size_t n, size_t first, size_t count, struct fray_err *err) {
  uint32_t *one, *own;
  const bool all = n <= most_labels / (FRAY_PERMUTATIONS * sizeof *x->label);
  if (is_known(x, key, group, n) && first >= x->first && first + count <= x->first + x->count)
    return FRAY_OK;
  fray_arena_reset(&x->arena);
  x->label = NULL;
  FRAY_ALLOC(own, &x->arena, n + 1, err);
  FRAY_ALLOC(one, &x->arena, n + 1, err);
  x->first = all ? 0 : first;
  x->count = all ? FRAY_PERMUTATIONS : count;
  FRAY_ALLOC(x->label, &x->arena, n * x->count + 1, err);
  for (size_t i = 0; i < x->count; i++) {
    fray_gap_exchange(key, group, n, x->first + i, one);
    for (size_t c = 0; c < n; c++)
      x->label[c * x->count + i] = one[c];
  }
  memcpy(own, group, n * sizeof *own);
  x->group = own;
  x->key = key;
  x->n = n;
  return FRAY_OK;
}

void fray_rep_exchanges_free(struct fray_rep_exchanges *exchanges) {
  fray_arena_free(&exchanges->arena);
}

/* A group is a draw that holds its clients once and nobody else: the code of draws adds up many of
 * them at a time. label (n_placed, stride): n exchanges. The mean over seeds is of values, as
 * everywhere, and not of added counts. */
static enum fray_status put_gaps(struct counted *c, const uint32_t *label, size_t stride, size_t n,
                                 struct fray_arena *arena, double *gap, struct fray_err *err) {
  const char *status;
  double *one;
  struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_ALLOC(one, arena, c->n_groups + 1, err);
  /* Rows of those who are of no kept group stay as they are. */
  if (c->width != n)
    memset(c->weight, 0, c->n_clients * n * sizeof *c->weight);
  c->width = n;
  memset(c->mean, 0, c->n_groups * CHUNK * sizeof *c->mean);
  for (size_t g = 0; g < c->n_groups; g++) {
    for (size_t i = 0; i < c->n_placed; i++)
      for (size_t d = 0; d < n; d++)
        c->weight[c->client[i] * n + d] = label[i * stride + d] == g;
    for (size_t s = 0; s < c->n_seeds; s++) {
      FRAY_TRY(fray_rep_metric_draws(c->metric, &c->seed[s], c->weight, c->n_placed, n, arena,
                                     c->value, err));
      for (size_t d = 0; d < n; d++)
        c->mean[g * CHUNK + d] += c->value[d] / (double)c->n_seeds;
    }
  }
  for (size_t d = 0; d < n; d++) {
    for (size_t g = 0; g < c->n_groups; g++)
      one[g] = c->mean[g * CHUNK + d];
    gap[d] = fray_gap(one, c->n_groups, &status);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* group (n_placed): as they are. Keyed by the column, so that all models of the study are exchanged
 * in the same way. */
static enum fray_status make_null(struct counted *c, const char *column, const uint32_t *group,
                                  struct fray_rep_exchanges *x, struct fray_arena *arena,
                                  struct fray_gap_null *out, struct fray_err *err) {
  double gap = NAN, *null;
  const uint64_t key = fray_hash_text(column);
  *out = (struct fray_gap_null){NAN, NAN, NAN};
  FRAY_TRY(put_gaps(c, group, 1, 1, arena, &gap, err));
  if (isnan(gap))
    return FRAY_OK;
  FRAY_ALLOC(null, arena, FRAY_PERMUTATIONS, err);
  for (size_t first = 0; first < FRAY_PERMUTATIONS; first += CHUNK) {
    const size_t n = FRAY_MIN((size_t)FRAY_PERMUTATIONS - first, (size_t)CHUNK);
    FRAY_TRY(exchange(x, key, group, c->n_placed, first, n, err));
    FRAY_TRY(put_gaps(c, x->label + (first - x->first), x->count, n, arena, null + first, err));
  }
  *out = fray_gap_null_of(null, FRAY_PERMUTATIONS, gap);
  return FRAY_OK;
}

/* The pass over the predictions of all seeds. */
struct pass {
  struct fray_rep_results *r;
  struct fray_rep_address at;
  const struct fray_rep_group_measures *out;
  struct counted counted;
  uint32_t *label; /* (all clients) kept group, NONE for other ones, UNKNOWN before */
  struct fray_arena *arena;
  struct fray_rep_exchanges *exchanges;
  int64_t *confusion; /* (kept groups, classes, classes), NULL if multi-label or sizes differ */
  size_t n_classes;
  bool is_mixed;       /* a client has samples of several groups */
  const char *missing; /* why there are no predictions, or NULL */
};

/* Kept group of every sample. kept counts as in measure_each, so that the numbers mean the same
 * groups. Samples of no kept group keep the NONE that the caller set. */
static enum fray_status place_samples(struct pass *p, size_t trial, uint32_t *group,
                                      struct fray_err *err) {
  struct fray_rep_address at = p->at;
  uint32_t kept = 0;
  for (size_t k = 0; k < p->out->n; k++) {
    struct fray_rep_view view;
    const char *status;
    if (p->out->group[k].suppressed)
      continue;
    at.group = p->out->group[k].group;
    FRAY_TRY(fray_rep_view_at(p->r, trial, &at, &view, &status, err));
    if (strcmp(status, "ok") != 0)
      p->missing = status;
    else
      for (size_t i = 0; i < view.answers->n; i++)
        if (view.code[i] == view.group)
          group[i] = kept;
    kept++;
  }
  return FRAY_OK;
}

/* Of all seeds together: cells of a single one would hold few samples. */
static enum fray_status add_confusion(struct pass *p, const struct fray_rep_view *v,
                                      const uint32_t *group, struct fray_err *err) {
  const struct fray_rep_answers *a = v->answers;
  size_t k = a->n_classes;
  /* Equalised odds ask for one truth and one answer per sample. */
  if (a->multi_label || a->edits || (p->n_classes && p->n_classes != k))
    return FRAY_OK;
  if (!p->confusion)
    FRAY_ALLOC_ZERO(p->confusion, p->arena, p->out->n_kept * k * k, err);
  p->n_classes = k;
  for (size_t i = 0; i < a->n; i++) {
    int16_t predicted = a->predicted[(v->last * a->n_conditions + v->condition) * a->n + i];
    if (a->label[i] < 0 || group[i] == NONE)
      continue;
    size_t truth = (size_t)a->label[i];
    /* As where the scores were made: no answer is a wrong one. */
    size_t said = predicted >= 0 ? (size_t)predicted : (truth + 1) % k;
    p->confusion[(group[i] * k + truth) * k + said]++;
  }
  return FRAY_OK;
}

/* A client's label is the group of its samples over all seeds; samples without a truth are in no
 * score and do not mix it. One seed without predictions ends all of it: a null of fewer seeds is
 * of another gap. */
static enum fray_status add_trial(struct pass *p, size_t trial, struct fray_err *err) {
  struct fray_rep_view view;
  const char *status;
  uint32_t *group;
  p->at.group = FRAY_REP_ALL;
  FRAY_TRY(fray_rep_view_at(p->r, trial, &p->at, &view, &status, err));
  if (strcmp(status, "ok") != 0) {
    p->missing = status;
    return FRAY_OK;
  }
  struct counted *c = &p->counted;
  enum fray_rep_needs needs = fray_rep_needs_of(c->metric, view.answers->multi_label);
  FRAY_ALLOC(group, p->arena, view.answers->n, err);
  for (size_t i = 0; i < view.answers->n; i++)
    group[i] = NONE;
  FRAY_TRY(place_samples(p, trial, group, err));
  for (size_t i = 0; i < view.answers->n; i++) {
    uint32_t *label = &p->label[view.answers->client[i]];
    if (view.answers->label[i] < 0)
      continue;
    p->is_mixed = p->is_mixed || (*label != UNKNOWN && *label != group[i]);
    *label = group[i];
  }
  FRAY_TRY(add_confusion(p, &view, group, err));
  if (needs == FRAY_REP_NEEDS_SCORES)
    p->missing = "the metric needs scores";
  else
    FRAY_TRY(fray_rep_count_answers(&view, needs, p->arena, &c->seed[c->n_seeds++], err));
  return FRAY_OK;
}

/* label has a place for every client of the study, kept or not: samples name clients by that
 * number. */
static enum fray_status begin(struct pass *p, struct fray_err *err) {
  const struct fray_rep_clients *clients;
  FRAY_TRY(fray_rep_file_clients(fray_rep_store_file(p->r), p->at.samples, &clients, err));
  p->counted.n_clients = clients->n;
  FRAY_ALLOC(p->label, p->arena, clients->n + 1, err);
  for (size_t c = 0; c < clients->n; c++)
    p->label[c] = UNKNOWN;
  FRAY_ALLOC(p->counted.seed, p->arena, p->r->seeds.n, err);
  p->counted.metric = fray_choice_find(&fray_metrics, p->r->metrics.v[p->at.metric]);
  p->missing = p->counted.metric ? NULL : "an unknown metric";
  return FRAY_OK;
}

/* Clients of suppressed groups stay out, so that the null is of the same people as the gap; the
 * effort is taken off before the work, so that it cannot be exceeded. */
static enum fray_status permute(struct pass *p, struct fray_rep_group_measures *out,
                                struct fray_err *err) {
  struct counted *c = &p->counted;
  uint32_t *group;
  double effort = 0;
  for (size_t s = 0; s < c->n_seeds; s++)
    effort += (double)FRAY_PERMUTATIONS * (double)c->seed[s].n;
  /* A null costs a thousand passes over the counts; the first groups of a study get theirs. */
  if (effort > p->exchanges->left) {
    out->null_status = "too many clients and models for a null";
    return FRAY_OK;
  }
  p->exchanges->left -= effort;
  c->n_groups = out->n_kept;
  FRAY_ALLOC(group, p->arena, c->n_clients + 1, err);
  FRAY_ALLOC(c->client, p->arena, c->n_clients + 1, err);
  FRAY_ALLOC(c->weight, p->arena, c->n_clients * CHUNK + 1, err);
  FRAY_ALLOC(c->mean, p->arena, c->n_groups * CHUNK + 1, err);
  FRAY_ALLOC(c->value, p->arena, CHUNK, err);
  for (size_t i = 0; i < c->n_clients; i++)
    if (p->label[i] != NONE && p->label[i] != UNKNOWN) {
      c->client[c->n_placed] = (uint32_t)i;
      group[c->n_placed++] = p->label[i];
    }
  out->has_null = true;
  return make_null(c, out->column, group, p->exchanges, p->arena, &out->null, err);
}

/* Diverged trials have no answers of a model, so that null and odds are of the other ones. Odds do
 * not need clients of one group each, so they are there even where there is no null. */
static enum fray_status use_predictions(struct fray_rep_results *r,
                                        const struct fray_rep_address *at,
                                        struct fray_rep_exchanges *exchanges,
                                        struct fray_arena *arena,
                                        struct fray_rep_group_measures *out, struct fray_err *err) {
  struct pass p = {.r = r, .at = *at, .out = out, .arena = arena, .exchanges = exchanges};
  FRAY_TRY(begin(&p, err));
  for (size_t s = 0; s < r->seeds.n && !p.missing && at->cell < r->n_cells; s++) {
    size_t t = r->trial_of[at->cell * r->seeds.n + s];
    if (t < r->n_trials && !r->trial[t].diverged)
      FRAY_TRY(add_trial(&p, t, err));
  }
  out->null_status = p.missing                ? p.missing
                     : p.counted.n_seeds == 0 ? "not measured"
                     : p.is_mixed             ? "clients have samples of several groups"
                                              : "ok";
  out->odds_status = p.missing ? p.missing : "only for one label per sample";
  if (p.confusion && !p.missing)
    out->equalised_odds =
        fray_equalised_odds(p.confusion, out->n_kept, p.n_classes,
                            /* The confusions of all seeds are added, so each sample is there
                             * once per seed. */
                            FRAY_REP_ODDS_MIN_SAMPLES * p.counted.n_seeds, &out->odds_status);
  return strcmp(out->null_status, "ok") == 0 ? permute(&p, out, err) : FRAY_OK;
}

enum fray_status
fray_rep_measure_groups(struct fray_rep_results *r, const struct fray_rep_groups *column,
                        const struct fray_rep_address *at, struct fray_rep_exchanges *exchanges,
                        struct fray_arena *arena, struct fray_rep_group_measures *out,
                        struct fray_err *err) {
  struct fray_rep_quantity *kept;
  *out = (struct fray_rep_group_measures){.column = column->column, .equalised_odds = NAN};
  FRAY_ALLOC(kept, arena, column->n + 1, err);
  FRAY_TRY(measure_each(r, column, *at, arena, kept, out, err));
  FRAY_TRY(find_worst(r, at->metric, kept, arena, out, err));
  FRAY_TRY(make_of_groups(r, kept, at->metric, gap_among, out, arena, &out->gap, &out->range,
                          &out->gap_status, err));
  /* Below two groups predictions are not read at all: neither number would be defined. */
  out->null_status = out->odds_status = "fewer than two groups";
  return out->n_kept < 2 ? FRAY_OK : use_predictions(r, at, exchanges, arena, out, err);
}

/* The group is chosen by the values that are shown, so its interval is that of a minimum, which
 * every draw takes anew. */
enum fray_status fray_rep_worst_at(struct fray_rep_results *r, const struct fray_rep_groups *column,
                                   const struct fray_rep_address *at, struct fray_rep_stat *out,
                                   const char **name, struct fray_err *err) {
  struct fray_rep_group_measures m;
  struct fray_rep_exchanges none = {.left = 0};
  *out = (struct fray_rep_stat){.mean = NAN, .low = NAN, .high = NAN, .p = NAN, .status = "ok"};
  *name = NULL;
  FRAY_TRY(fray_rep_measure_groups(r, column, at, &none, r->arena, &m, err));
  if (m.worst == m.n)
    return FRAY_OK;
  *name = m.group[m.worst].value;
  *out = m.group[m.worst].stat;
  out->low = m.worst_range.low;
  out->high = m.worst_range.high;
  out->interval = m.worst_range;
  out->n_clusters = m.n_clusters;
  out->p = NAN;
  return FRAY_OK;
}

/* Scores of the study over seeds, with their draws: made from predictions, and remembered. */
#include "quantities.h"

#include "draws.h"
#include "store.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Test clients that a score must have for draws of some of many: see finish; metrics that are drawn
 * together. */
enum { FEWEST = 4, MOST_TOGETHER = 8 };

/* One quantity being made. */
struct making {
  struct fray_rep_results *r;
  struct fray_rep_address at;
  const bool *use; /* (seeds.n) seeds that may take part; NULL: all */
  const struct fray_choice *metric;
  bool may_look; /* at every score in every draw, for metrics that are no means */
  bool alone;    /* a single seed, which every draw holds once: only clients are drawn */
  bool is_ahead; /* nobody asked for it yet: what is wrong with it is not said */
  const struct fray_rep_resampling *resampling;
  const char *status; /* "ok", or why there are no draws */
  struct fray_rep_quantity *q;
  double *by_seed, *sum; /* sum (FRAY_DRAWS) of the seeds' values times their weights */
};

/* A seed that use leaves out is as one that was not measured. A diverged trial counts even where
 * it has no score of its own, as its constant is known from others. */
static void take_score(struct making *m, size_t seed, double *clusters, double *samples,
                       double *chance) {
  size_t t = fray_rep_trial_of(m->r, &m->at, seed);
  m->by_seed[seed] = NAN;
  if (t == m->r->n_trials || (m->use && !m->use[seed]))
    return;
  const struct fray_rep_score *s = fray_rep_score_at(m->r, t, &m->at);
  bool diverged = m->r->trial[t].diverged;
  m->q->n_diverged += m->r->trial[t].n_diverged;
  m->q->n_constant += diverged;
  /* A training that failed is no reason to leave it out: whoever deploys it has a model that is
   * no better than a constant. */
  m->by_seed[seed] = diverged ? fray_rep_chance_at(m->r, t, &m->at) : s ? s->value : NAN;
  chance[seed] = s ? s->chance : NAN;
  if (!s)
    return;
  /* fmin passes over the NaN that it begins with. */
  *samples = fmin(*samples, s->n);
  *clusters = fmin(*clusters, s->clusters);
}

/* Added in the order of the seeds, always. */
static double mean_of(const double *v, size_t n) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(v[i])) {
      sum += v[i];
      count++;
    }
  return count ? sum / (double)count : NAN;
}

/* The value is that of scores.csv and never of the predictions, so that it is there without
 * results.h5. Counts are the least over the trials; 0 where no row tells them. */
static enum fray_status take_scores(struct making *m, struct fray_err *err) {
  struct fray_rep_quantity *q = m->q;
  size_t n = m->r->seeds.n;
  double samples = NAN, clusters = NAN, *chance;
  struct fray_arena_place mark = fray_arena_mark(&m->r->store->work);
  FRAY_ALLOC(chance, &m->r->store->work, n, err);
  for (size_t s = 0; s < n; s++) {
    chance[s] = NAN;
    take_score(m, s, &clusters, &samples, chance);
    q->n_seeds += isnan(m->by_seed[s]) ? 0 : 1;
  }
  q->by_seed = m->by_seed;
  q->value = mean_of(m->by_seed, n);
  q->chance = mean_of(chance, n);
  q->n_samples = samples > 0 ? (size_t)samples : 0;
  q->n_clusters = clusters > 0 ? (size_t)clusters : 0;
  q->status = q->n_seeds ? "ok" : "not measured";
  fray_arena_rewind(&m->r->store->work, mark);
  return FRAY_OK;
}

/* The metric on all samples, and under every draw, of one seed. */
struct drawn {
  double whole, *value; /* (FRAY_DRAWS) */
  size_t n_clients;
};

/* The single look for whole is free (one): it is needed to believe the predictions at all. none
 * leaves no look for draws of a metric that is no mean, and the status says so. */
static enum fray_status draw_scores(const struct making *m, size_t trial,
                                    const struct fray_rep_view *view, struct drawn *out,
                                    const char **status, struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  const float *score;
  FRAY_TRY(fray_rep_file_scores(m->r->store->file, m->at.samples, trial, m->at.last,
                                view->condition, work, &score, err));
  *status = "no scores were kept (evaluate.save_scores)";
  if (!score)
    return FRAY_OK;
  double one = INFINITY, none = 0;
  FRAY_TRY(fray_rep_score_draws(m->metric, view, score, m->resampling->once, 1, &one, work,
                                &out->whole, &out->n_clients, status, err));
  return fray_rep_score_draws(m->metric, view, score, m->resampling->client, FRAY_DRAWS,
                              m->may_look ? &m->r->store->looks_left : &none, work, out->value,
                              &out->n_clients, status, err);
}

/* Predictions that do not give the value of scores.csv are not believed. Probabilities were
 * rounded to float, and a logarithm of one that became 0 says nothing. The trial is marked, so
 * that the page can warn of a file that does not fit its table; rounding is no such fault. */
static const char *compare(const struct making *m, size_t seed, double found, bool from_scores) {
  double wanted = m->by_seed[seed], within = from_scores ? 1e-4 : 1e-9;
  if (fabs(found - wanted) <= within * fmax(1, fabs(wanted)))
    return "ok";
  if (from_scores && !isfinite(found))
    return "a kept probability is 0 or undefined";
  if (!m->is_ahead)
    m->r->store->disagrees[fray_rep_trial_of(m->r, &m->at, seed)] = true;
  return "the predictions do not give the value of scores.csv";
}

/* How often each draw holds a seed, (FRAY_DRAWS). */
static const double *times(const struct making *m, size_t seed) {
  return m->resampling->times + seed * FRAY_DRAWS;
}

/* Adds one seed's metric under every draw, times the seed's weight, for metrics of probabilities.
 */
static enum fray_status add_scored(struct making *m, size_t seed, const struct fray_rep_view *view,
                                   struct fray_err *err) {
  struct drawn drawn;
  const double *weight = m->alone ? NULL : times(m, seed);
  FRAY_ALLOC(drawn.value, &m->r->store->work, FRAY_DRAWS, err);
  FRAY_TRY(draw_scores(m, fray_rep_trial_of(m->r, &m->at, seed), view, &drawn, &m->status, err));
  if (strcmp(m->status, "ok") == 0)
    m->status = compare(m, seed, drawn.whole, true);
  if (strcmp(m->status, "ok") != 0)
    return FRAY_OK;
  m->q->n_clusters = FRAY_MIN(m->q->n_clusters, drawn.n_clients);
  /* A draw without this seed must not see its NaN. */
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    if (!weight || weight[d] > 0)
      m->sum[d] += (weight ? weight[d] : 1) * drawn.value[d];
  return FRAY_OK;
}

/* Metrics of the same samples, which are counted and drawn once for all of them. */
struct together {
  struct making *m[MOST_TOGETHER];
  size_t n;
  struct fray_rep_view view;
  enum fray_rep_needs needs; /* the most that one of them has */
};

/* Whole is made by the same sums with every client once; compare holds it against scores.csv. */
static enum fray_status add_together(const struct together *all, size_t seed,
                                     struct fray_err *err) {
  struct fray_rep_metric_sum to[MOST_TOGETHER];
  struct fray_rep_counts counts;
  size_t n = 0;
  if (all->n == 0)
    return FRAY_OK;
  const struct making *first = all->m[0];
  const struct fray_rep_resampling *s = first->resampling;
  struct fray_arena *work = &first->r->store->work;
  const size_t most = s->n_clients; /* in every draw as many, some of them twice */
  FRAY_TRY(fray_rep_count_answers(&all->view, all->needs, work, &counts, err));
  for (size_t k = 0; k < all->n; k++) {
    struct making *m = all->m[k];
    double whole;
    FRAY_TRY(fray_rep_metric_draws(m->metric, &counts, s->once, most, 1, work, &whole, err));
    m->status = compare(m, seed, whole, false);
    if (strcmp(m->status, "ok") != 0)
      continue;
    /* Of several seeds the one with the fewest clients limits what is known. */
    m->q->n_clusters = FRAY_MIN(m->q->n_clusters, counts.n_clients);
    to[n++] = (struct fray_rep_metric_sum){m->metric, m->sum};
  }
  return n ? fray_rep_add_draws(&counts, s->client, most, FRAY_DRAWS,
                                first->alone ? NULL : times(first, seed), to, n, work, err)
           : FRAY_OK;
}

/* Two metrics may be of different conditions: where one of them lacks a row, another row with the
 * same meaning stands for it. */
static bool same_view(const struct fray_rep_view *a, const struct fray_rep_view *b) {
  return a->answers == b->answers && a->condition == b->condition && a->code == b->code &&
         a->group == b->group && a->last == b->last;
}

/* Totals are among the counts of classes; what is richer has a layout of its own. Any status but
 * "ok" ends the draws of the whole quantity: a mean of some seeds with clients drawn and others
 * without would have an interval that means nothing. */
static enum fray_status add_seed(struct making *m, size_t seed, struct together *all,
                                 struct fray_err *err) {
  struct fray_rep_view view;
  FRAY_TRY(fray_rep_view_at(m->r, fray_rep_trial_of(m->r, &m->at, seed), &m->at, &view, &m->status,
                            err));
  if (strcmp(m->status, "ok") != 0)
    return FRAY_OK;
  m->status = "too many test samples to resample";
  /* A draw may hold one client as often as there are clients; its counts are 32 bits wide. */
  if (view.answers->n > INT32_MAX / m->resampling->n_clients)
    return FRAY_OK;
  m->status = "ok";
  const enum fray_rep_needs needs = fray_rep_needs_of(m->metric, view.answers->multi_label);
  if (needs == FRAY_REP_NEEDS_SCORES)
    return add_scored(m, seed, &view, err);
  if (needs > FRAY_REP_NEEDS_CLASSES || (all->n && !same_view(&all->view, &view)))
    return add_together(&(struct together){{m}, 1, view, needs}, seed, err);
  all->needs = all->n ? FRAY_MAX(all->needs, needs) : needs;
  all->view = view;
  all->m[all->n++] = m;
  return FRAY_OK;
}

/* The same number in every draw: a constant predictor does as well on any clients, up to the
 * share of its class, which is treated as known. */
static void add_constant(const struct making *m, size_t seed) {
  const double *weight = times(m, seed);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    m->sum[d] += (m->alone ? 1 : weight[d]) * m->by_seed[seed];
}

/* Sum over seeds to mean; a draw that holds none of the measured seeds says nothing. Weights are
 * added seed by seed over neighbouring draws; they are whole numbers, so that no order of them
 * rounds. A draw holds as many seeds as there are. */
static enum fray_status divide(const struct making *m, struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  const size_t n_seeds = m->r->seeds.n;
  if (m->q->n_seeds == n_seeds && !m->alone) {
    for (size_t d = 0; d < FRAY_DRAWS; d++)
      m->sum[d] /= (double)n_seeds;
    return FRAY_OK;
  }
  const struct fray_arena_place mark = fray_arena_mark(work);
  double *restrict weight;
  FRAY_ALLOC_ZERO(weight, work, FRAY_DRAWS, err);
  for (size_t s = 0; s < n_seeds; s++) {
    const double *restrict more = times(m, s);
    for (size_t d = 0; d < FRAY_DRAWS && !isnan(m->by_seed[s]); d++)
      weight[d] += m->alone ? 1 : more[d];
  }
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    m->sum[d] = weight[d] > 0 ? m->sum[d] / weight[d] : NAN;
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* draw is set last, so that it is never half made. */
static enum fray_status finish(struct making *m, struct fray_err *err) {
  m->q->status = m->status;
  if (strcmp(m->status, "ok") != 0)
    return FRAY_OK;
  /* Of few clients among many, too many draws hold none. */
  m->q->status = "too few test clients to resample";
  if (m->q->n_clusters < FEWEST && m->q->n_clusters < m->resampling->n_clients)
    return FRAY_OK;
  m->q->status = "ok";
  FRAY_TRY(divide(m, err));
  m->q->draw = m->sum;
  return FRAY_OK;
}

/* Of n metrics at one address. Each stops at the first seed that has none; value and by_seed stand,
 * and the interval is then of seeds alone. */
static enum fray_status take_draws(struct making *m, size_t n, struct fray_err *err) {
  struct fray_rep_results *r = m->r;
  const struct fray_rep_resampling *s;
  FRAY_TRY(fray_rep_resampling_of(r, m->at.samples, &s, err));
  for (size_t k = 0; k < n; k++) {
    m[k].resampling = s;
    m[k].status = m[k].metric ? s->status : "an unknown metric";
  }
  for (size_t seed = 0; seed < r->seeds.n; seed++) {
    struct fray_arena_place mark = fray_arena_mark(&r->store->work);
    struct together all = {.n = 0};
    for (size_t k = 0; k < n; k++) {
      if (isnan(m[k].by_seed[seed]) || strcmp(m[k].status, "ok") != 0)
        continue;
      if (r->trial[fray_rep_trial_of(r, &m->at, seed)].diverged)
        add_constant(&m[k], seed);
      else
        FRAY_TRY(add_seed(&m[k], seed, &all, err));
    }
    FRAY_TRY(add_together(&all, seed, err));
    fray_arena_rewind(&r->store->work, mark);
  }
  for (size_t k = 0; k < n; k++)
    FRAY_TRY(finish(&m[k], err));
  return FRAY_OK;
}

/* Without a single seed there is nothing to draw. sum becomes the draws and stays in arena,
 * FRAY_DRAWS numbers for each quantity (24 kB), which is why many callers give an arena of their
 * own. */
static enum fray_status begin(struct making *m, struct fray_arena *arena, struct fray_err *err) {
  *m->q = (struct fray_rep_quantity){.value = NAN,
                                     .chance = NAN,
                                     .most = fray_rep_is_percent(m->r, m->at.metric) ? 1 : 0,
                                     .status = "not measured"};
  FRAY_ALLOC(m->by_seed, arena, m->r->seeds.n, err);
  FRAY_TRY(take_scores(m, err));
  m->metric = fray_choice_find(&fray_metrics, m->r->metrics.v[m->at.metric]);
  if (m->q->n_seeds)
    FRAY_ALLOC_ZERO(m->sum, arena, FRAY_DRAWS, err);
  return FRAY_OK;
}

/* Not remembered, and of one metric alone: what is asked for in passing brings no others along. */
static enum fray_status make(struct fray_rep_results *r, const struct fray_rep_address *at,
                             const bool *use, bool may_look, bool alone, struct fray_arena *arena,
                             struct fray_rep_quantity *out, struct fray_err *err) {
  struct making m = {.r = r, .at = *at, .use = use, .may_look = may_look, .alone = alone, .q = out};
  FRAY_TRY(begin(&m, arena, err));
  return out->n_seeds ? take_draws(&m, 1, err) : FRAY_OK;
}

/* Two NaN are the same severity here, though they do not compare as equal. */
static bool same_address(const struct fray_rep_address *a, const struct fray_rep_address *b) {
  return a->cell == b->cell && a->condition == b->condition && a->samples == b->samples &&
         a->group == b->group && a->metric == b->metric && a->last == b->last &&
         (a->severity == b->severity || (isnan(a->severity) && isnan(b->severity)));
}

/* A key of whole words without padding, whose bytes would be arbitrary. NaN has many patterns,
 * so it is left at 0; same_address tells it from strength 0. */
static struct fray_rep_remembered **bucket_of(struct fray_rep_results *r,
                                              const struct fray_rep_address *at) {
  uint64_t key[7] = {at->cell, at->condition, 0, at->samples, at->group, at->metric, at->last};
  double severity = at->severity + 0.0; /* -0 is 0 */
  if (!isnan(severity))
    memcpy(&key[2], &severity, sizeof severity);
  return &r->store->bucket[fray_hash64(key, sizeof key) % FRAY_REP_BUCKETS];
}

/* NULL: not made yet. */
static const struct fray_rep_quantity *remembered(const struct fray_rep_remembered *first,
                                                  const struct fray_rep_address *at) {
  for (const struct fray_rep_remembered *m = first; m; m = m->next)
    if (same_address(&m->at, at))
      return &m->q;
  return NULL;
}

/* Its interval is made here, since curves, tables and sentences all ask for it, and nobody changes
 * what is remembered. */
static void remember(struct fray_rep_results *r, struct fray_rep_remembered *made) {
  struct fray_rep_remembered **bucket = bucket_of(r, &made->at);
  made->interval = fray_rep_interval(r, &made->q);
  made->q.interval = &made->interval;
  made->next = *bucket;
  *bucket = made;
  r->store->n_remembered++;
}

/* Metrics whose seeds differ are drawn each by itself: the loop over seeds is one for all. */
static bool has_same_seeds(const struct making *a, const struct making *b) {
  for (size_t s = 0; s < a->r->seeds.n; s++)
    if (isnan(a->by_seed[s]) != isnan(b->by_seed[s]))
      return false;
  return true;
}

/* Behind m[0] the other metrics of its address, where a report asks for all of them sooner or later
 * and their draws come of the same sums. */
static enum fray_status add_others(struct making *m, struct fray_rep_remembered **made, size_t *n,
                                   struct fray_err *err) {
  struct fray_rep_results *r = m->r;
  if (!r->store->wants_all_metrics || m->at.group != FRAY_REP_ALL || m->at.last ||
      m->q->n_seeds == 0 || !m->metric || fray_metric_needs_scores(m->metric))
    return FRAY_OK;
  for (size_t k = 0; k < r->metrics.n && *n < MOST_TOGETHER; k++) {
    struct making *other = &m[*n];
    struct fray_rep_address at = m->at;
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, r->metrics.v[k]);
    at.metric = k;
    if (k == m->at.metric || !metric || fray_metric_needs_scores(metric) ||
        r->store->n_remembered + *n >= FRAY_REP_MOST_KEPT || remembered(*bucket_of(r, &at), &at))
      continue;
    FRAY_ALLOC_ZERO(made[*n], r->arena, 1, err);
    made[*n]->at = at;
    *other = (struct making){.r = r, .at = at, .is_ahead = true, .q = &made[*n]->q};
    FRAY_TRY(begin(other, r->arena, err));
    *n += has_same_seeds(m, other);
  }
  return FRAY_OK;
}

/* Entered only once it is made, so that a failure is not remembered; nor is what nobody asked for
 * and has no draws, of which the reason belongs to who asks. Pointers stay valid as long as the
 * study: entries never move. */
enum fray_status fray_rep_find_quantity(struct fray_rep_results *r,
                                        const struct fray_rep_address *at,
                                        const struct fray_rep_quantity **out,
                                        struct fray_err *err) {
  struct fray_rep_remembered *made[MOST_TOGETHER];
  struct making m[MOST_TOGETHER];
  size_t n = 1;
  if ((*out = remembered(*bucket_of(r, at), at)))
    return FRAY_OK;
  FRAY_ALLOC_ZERO(made[0], r->arena, 1, err);
  made[0]->at = *at;
  /* Addresses are made here, so a wrong one is a fault of the program. */
  FRAY_CHECK(fray_rep_is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  m[0] = (struct making){.r = r, .at = *at, .may_look = true, .q = &made[0]->q};
  FRAY_TRY(begin(&m[0], r->arena, err));
  FRAY_TRY(add_others(m, made, &n, err));
  if (m[0].q->n_seeds)
    FRAY_TRY(take_draws(m, n, err));
  for (size_t k = 0; k < n; k++)
    if (k == 0 || made[k]->q.draw)
      remember(r, made[k]);
  *out = &made[0]->q;
  return FRAY_OK;
}

/* Whoever made it gives its interval, too: it is copied. */
enum fray_status fray_rep_take_quantity(struct fray_rep_results *r,
                                        const struct fray_rep_address *at,
                                        const struct fray_rep_quantity *q, struct fray_err *err) {
  struct fray_rep_remembered *made;
  FRAY_ALLOC_ZERO(made, r->arena, 1, err);
  made->at = *at;
  made->q = *q;
  remember(r, made);
  return FRAY_OK;
}

/* A wish that changes when draws are made and none of them, so that it needs no undoing. */
void fray_rep_want_all_metrics(struct fray_rep_results *r) {
  r->store->wants_all_metrics = true;
}

enum fray_status fray_rep_quantity_once(struct fray_rep_results *r,
                                        const struct fray_rep_address *at, struct fray_arena *arena,
                                        struct fray_rep_quantity *out, struct fray_err *err) {
  FRAY_CHECK(fray_rep_is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  return make(r, at, NULL, false, false, arena, out, err);
}

/* Whether it is worth its 24 kB to remember a score that is asked for in passing: what curves,
 * tables and sentences all look at, as long as there is room. */
static bool is_asked_again(const struct fray_rep_results *r, const struct fray_rep_address *at) {
  return at->group == FRAY_REP_ALL && !at->last && r->store->n_remembered < FRAY_REP_MOST_KEPT;
}

/* *out shares the draws of what is remembered, so it must not outlive the study. A metric of scores
 * has draws here only as the main one: they are too dear to be made twice. */
enum fray_status fray_rep_quantity_in(struct fray_rep_results *r, const struct fray_rep_address *at,
                                      struct fray_arena *arena, struct fray_rep_quantity *out,
                                      struct fray_err *err) {
  FRAY_CHECK(fray_rep_is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  const struct fray_choice *metric = fray_choice_find(&fray_metrics, r->metrics.v[at->metric]);
  const bool of_scores = metric && fray_metric_needs_scores(metric);
  if (!metric || (of_scores && at->metric != r->main_metric))
    return fray_rep_quantity_once(r, at, arena, out, err);
  const struct fray_rep_quantity *kept = remembered(*bucket_of(r, at), at);
  if (!kept && !of_scores && !is_asked_again(r, at))
    return fray_rep_quantity_once(r, at, arena, out, err);
  if (!kept)
    FRAY_TRY(fray_rep_find_quantity(r, at, &kept, err));
  *out = *kept;
  return FRAY_OK;
}

enum fray_status fray_rep_quantity_of_seeds(struct fray_rep_results *r,
                                            const struct fray_rep_address *at, const bool *use,
                                            struct fray_arena *arena, struct fray_rep_quantity *out,
                                            struct fray_err *err) {
  FRAY_CHECK(fray_rep_is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  return make(r, at, use, true, false, arena, out, err);
}

enum fray_status fray_rep_quantity_of_seed(struct fray_rep_results *r,
                                           const struct fray_rep_address *at, size_t seed,
                                           struct fray_arena *arena, struct fray_rep_quantity *out,
                                           struct fray_err *err) {
  bool *use;
  FRAY_CHECK(fray_rep_is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  FRAY_ALLOC_ZERO(use, arena, r->seeds.n, err);
  /* Alone: every draw holds it once, so that the interval is over clients only. */
  use[seed] = true;
  return make(r, at, use, false, true, arena, out, err);
}

/* Without draws Student's t over seeds is all there is; it needs three of them. It knows no bounds,
 * and two shares lie at most 1 apart. */
struct fray_interval fray_rep_interval(const struct fray_rep_results *r,
                                       const struct fray_rep_quantity *q) {
  if (q->interval)
    return *q->interval;
  struct fray_interval out =
      q->draw ? fray_interval_of(q->value, q->draw, FRAY_DRAWS, q->n_seeds, q->n_clusters)
              : fray_interval_of_seeds(q->by_seed, r->seeds.n);
  if (q->is_sum && q->least < q->most)
    fray_interval_within(q->least, q->most, &out);
  return out;
}

double fray_rep_p_value(const struct fray_rep_quantity *q, const struct fray_interval *interval) {
  /* Clients alone cannot tell a method from the luck of its one training. */
  return q->n_seeds > 1 ? fray_p_value(q->value, interval, q->draw, FRAY_DRAWS) : NAN;
}

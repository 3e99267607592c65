/* The metric on the samples of each client alone, and how it spreads over clients. */
#include "client_values.h"

#include "draws.h"
#include "store.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whose values, under what. */
struct asked {
  struct fray_rep_results *r;
  const struct fray_rep_address *at;
  const struct fray_choice *metric;
  const struct fray_rep_resampling *resampling;
};

/* From probabilities: as many draws as there are clients, each of one of them. The same code as
 * for draws, so that a client's value is the metric's own. weight is (n, n), that of draws is
 * (clients, draws). by_client is untouched unless status is "ok". */
static enum fray_status add_scored_clients(const struct asked *m, size_t trial,
                                           const struct fray_rep_view *view, double *by_client,
                                           const char **status, struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  size_t n = m->resampling->n_clients, n_clients;
  const float *score;
  uint16_t *weight;
  double *value;
  FRAY_TRY(fray_rep_file_scores(m->r->store->file, m->at->samples, trial, m->at->last,
                                view->condition, work, &score, err));
  *status = "no scores were kept (evaluate.save_scores)";
  if (!score)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(weight, work, n * n, err);
  FRAY_ALLOC(value, work, n, err);
  for (size_t i = 0; i < n; i++)
    /* A draw that holds one client once is that client's value. */
    weight[i * n + i] = 1;
  FRAY_TRY(fray_rep_score_draws(m->metric, view, score, weight, n, &m->r->store->looks_left, work,
                                value, &n_clients, status, err));
  if (strcmp(*status, "ok") == 0)
    memcpy(by_client, value, n * sizeof *value);
  return FRAY_OK;
}

/* The metric of each client alone. Counts lie client by client, so each client is a stretch of
 * them that is viewed, not copied. Clients without samples that count keep the NaN that they
 * have. */
static enum fray_status add_clients(const struct asked *m, size_t trial, double *by_client,
                                    const char **status, struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  struct fray_rep_view view;
  struct fray_rep_counts counts;
  double value;
  FRAY_TRY(fray_rep_view_at(m->r, trial, m->at, &view, status, err));
  if (strcmp(*status, "ok") != 0)
    return FRAY_OK;
  enum fray_rep_needs needs = fray_rep_needs_of(m->metric, view.answers->multi_label);
  if (needs == FRAY_REP_NEEDS_SCORES)
    return add_scored_clients(m, trial, &view, by_client, status, err);
  FRAY_TRY(fray_rep_count_answers(&view, needs, work, &counts, err));
  struct fray_rep_counts one = counts;
  for (size_t i = 0; i < counts.n; i += one.n) {
    one.v = counts.v + i;
    one.n = 0;
    while (i + one.n < counts.n && one.v[one.n].client == one.v[0].client)
      one.n++;
    FRAY_TRY(fray_rep_metric_draws(m->metric, &one, m->resampling->once, 1, 1, work, &value, err));
    by_client[one.v[0].client] = value;
  }
  return FRAY_OK;
}

/* The values of all clients, seed by seed; NaN where there is none. */
struct clients {
  const struct fray_rep_clients *all;
  double *value;  /* (seeds.n, all->n) */
  size_t n_seeds; /* with values */
  size_t n_diverged;
  const char *status; /* "ok", or why there are none */
};

/* Seeds without a trial or with a diverged one leave a row of NaN: the constant predictor has no
 * spread that would be worth a mean. all stays NULL if status is not "ok" before the clients are
 * read; callers test one or the other. */
static enum fray_status find_clients(struct asked *m, struct fray_arena *arena, struct clients *out,
                                     struct fray_err *err) {
  struct fray_rep_results *r = m->r;
  FRAY_CHECK(fray_rep_is_known(r, m->at), err, INTERNAL,
             "no such cell, condition, group or metric");
  m->metric = fray_choice_find(&fray_metrics, r->metrics.v[m->at->metric]);
  FRAY_TRY(fray_rep_resampling_of(r, m->at->samples, &m->resampling, err));
  *out = (struct clients){.status = m->metric ? m->resampling->status : "an unknown metric"};
  if (strcmp(out->status, "ok") != 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_file_clients(r->store->file, m->at->samples, &out->all, err));
  size_t n = out->all->n;
  FRAY_ALLOC(out->value, arena, r->seeds.n * n, err);
  out->status = "not measured";
  for (size_t s = 0; s < r->seeds.n; s++) {
    size_t t = fray_rep_trial_of(m->r, m->at, s);
    const char *status = "not measured";
    struct fray_arena_place mark = fray_arena_mark(&r->store->work);
    for (size_t c = 0; c < n; c++)
      out->value[s * n + c] = NAN;
    if (t == r->n_trials)
      continue;
    out->n_diverged += r->trial[t].diverged;
    if (!r->trial[t].diverged)
      FRAY_TRY(add_clients(m, t, out->value + s * n, &status, err));
    out->n_seeds += strcmp(status, "ok") == 0;
    /* A seed that gave values makes it good; otherwise the last reason that is not divergence
     * stands. */
    if (out->n_seeds || !r->trial[t].diverged)
      out->status = out->n_seeds ? "ok" : status;
    fray_arena_rewind(&r->store->work, mark);
  }
  return FRAY_OK;
}

/* Mean over the seeds, each as often as weight says (NULL: once). A client may be missing in a
 * seed whose partition gave it no samples; the mean is then over the other seeds, NaN if there
 * are none. */
static double mean_of_client(const struct clients *c, size_t n_seeds, size_t client,
                             const uint16_t *weight) {
  double sum = 0, all = 0;
  for (size_t s = 0; s < n_seeds; s++) {
    double value = c->value[s * c->all->n + client], w = weight ? weight[s] : 1;
    if (isnan(value) || w == 0)
      continue;
    sum += w * value;
    all += w;
  }
  return all > 0 ? sum / all : NAN;
}

/* Clients without a value are left out: the place of the next one is written again until its
 * mean is a number. Names are borrowed from the file. */
enum fray_status fray_rep_by_client(struct fray_rep_results *r, const struct fray_rep_address *at,
                                    const double **value, const char *const **client, size_t *n,
                                    struct fray_err *err) {
  struct asked m = {.r = r, .at = at};
  struct clients c;
  const char **name;
  double *mean;
  *n = 0;
  FRAY_TRY(find_clients(&m, r->arena, &c, err));
  if (!c.all)
    return FRAY_OK;
  FRAY_ALLOC(name, r->arena, c.all->n, err);
  FRAY_ALLOC(mean, r->arena, c.all->n, err);
  for (size_t i = 0; i < c.all->n; i++) {
    mean[*n] = mean_of_client(&c, r->seeds.n, i, NULL);
    name[*n] = c.all->name[i];
    *n += isnan(mean[*n]) ? 0 : 1;
  }
  *value = mean;
  *client = name;
  return FRAY_OK;
}

/* A client and its mean over the seeds of a draw. */
struct ranked {
  double mean;
  size_t client;
};

/* Equal means may stand in either order: which of them is drawn makes no difference to a sum. */
static int compare_ranked(const void *a, const void *b) {
  const struct ranked *x = a, *y = b;
  return (x->mean > y->mean) - (x->mean < y->mean);
}

static void put_in_order(struct ranked *v, size_t n) {
  enum { FEW = 48 }; /* which are faster put in their places than merged */
  if (n > FEW)
    qsort(v, n, sizeof *v, compare_ranked);
  for (size_t i = 1; i < n && n <= FEW; i++) {
    const struct ranked x = v[i];
    size_t at = i;
    for (; at > 0 && v[at - 1].mean > x.mean; at--)
      v[at] = v[at - 1];
    v[at] = x;
  }
}

/* Those that have a mean, the lowest first. */
static size_t rank_clients(const struct asked *m, const struct clients *c, size_t draw,
                           struct ranked *out) {
  const size_t n_seeds = m->r->seeds.n;
  size_t n = 0;
  for (size_t i = 0; i < c->all->n; i++) {
    out[n] =
        (struct ranked){mean_of_client(c, n_seeds, i, m->resampling->seed + draw * n_seeds), i};
    n += isnan(out[n].mean) ? 0 : 1;
  }
  put_in_order(out, n);
  return n;
}

/* The spread in every draw: variance, worst10, best10 (FRAY_DRAWS each). A client that is drawn
 * twice is two clients of the spread, since the draw stands for another population. Draws in
 * which nobody has a value are NaN; intervals leave those out. Draws that hold the same seeds give
 * every client the same mean: those are looked at one after the other, and a few seeds can be
 * drawn in few ways. */
static enum fray_status draw_spreads(const struct asked *m, const struct clients *c, bool higher,
                                     struct fray_arena *arena, double *draw, struct fray_err *err) {
  const struct fray_rep_resampling *s = m->resampling;
  const size_t n_seeds = m->r->seeds.n;
  struct ranked *ranked;
  size_t n_ranked = 0;
  enum { FEW = 4 };
  double *v;
  FRAY_ALLOC(v, arena, c->all->n + FEW, err);
  FRAY_ALLOC(ranked, arena, c->all->n, err);
  for (size_t i = 0; i < FRAY_DRAWS; i++) {
    const size_t d = s->by_seeds[i], before = i ? s->by_seeds[i - 1] : 0;
    size_t n = 0;
    if (i == 0 ||
        memcmp(s->seed + d * n_seeds, s->seed + before * n_seeds, n_seeds * sizeof *s->seed) != 0)
      n_ranked = rank_clients(m, c, d, ranked);
    for (size_t k = 0; k < n_ranked; k++) {
      const size_t times = s->client[ranked[k].client * FRAY_DRAWS + d];
      for (size_t a = 0; a < FEW; a++) /* without asking how many: mostly not more */
        v[n + a] = ranked[k].mean;
      for (size_t a = FEW; a < times; a++)
        v[n + a] = ranked[k].mean;
      n += times;
    }
    const struct fray_client_spread spread = fray_client_spread_of_ordered(v, n, higher);
    draw[d] = spread.variance;
    draw[FRAY_DRAWS + d] = spread.worst10;
    draw[2 * FRAY_DRAWS + d] = spread.best10;
  }
  return FRAY_OK;
}

/* Values come before the budget is looked at: they are cheap, and are true without an interval.
 * n_seeds counts seeds with values, not those asked for. */
static enum fray_status spread_of(struct asked *m, struct fray_arena *arena,
                                  struct fray_rep_client_spread *out, struct fray_err *err) {
  struct fray_rep_results *r = m->r;
  bool higher = fray_rep_higher_is_better(r->metrics.v[m->at->metric]);
  struct clients c;
  double *v, *draw;
  size_t n = 0;
  FRAY_TRY(find_clients(m, arena, &c, err));
  out->status = c.status;
  out->n_seeds = c.n_seeds;
  out->n_diverged = c.n_diverged;
  if (strcmp(c.status, "ok") != 0)
    return FRAY_OK;
  FRAY_ALLOC(v, arena, c.all->n, err);
  FRAY_ALLOC(draw, arena, 3 * (size_t)FRAY_DRAWS, err);
  for (size_t i = 0; i < c.all->n; i++) {
    v[n] = mean_of_client(&c, r->seeds.n, i, NULL);
    n += isnan(v[n]) ? 0 : 1;
  }
  FRAY_TRY(fray_client_spread_of(v, n, higher, arena, &out->value, err));
  /* Every draw looks at every client again; past the budget the values stand without intervals. */
  double effort = (double)FRAY_DRAWS * (double)c.all->n * (double)(r->seeds.n + 1);
  if (effort > r->store->spreads_left) {
    out->status = "too many clients and models to resample";
    return FRAY_OK;
  }
  r->store->spreads_left -= effort;
  FRAY_TRY(draw_spreads(m, &c, higher, arena, draw, err));
  const double value[] = {out->value.variance, out->value.worst10, out->value.best10};
  struct fray_interval *interval[] = {&out->variance, &out->worst10, &out->best10};
  for (size_t i = 0; i < 3; i++)
    if (!isnan(value[i]))
      *interval[i] =
          fray_interval_of(value[i], draw + i * FRAY_DRAWS, FRAY_DRAWS, c.n_seeds, out->value.n);
  fray_interval_within(0, INFINITY, &out->variance);
  if (fray_rep_is_percent(r, m->at->metric)) {
    fray_interval_within(0, 1, &out->worst10);
    fray_interval_within(0, 1, &out->best10);
  }
  return FRAY_OK;
}

/* Filled with "nothing" first, so that every way out leaves a row that can be shown. The arena
 * is of its own: draws of a thousand clients must not stay with the study. */
enum fray_status fray_rep_find_client_spread(struct fray_rep_results *r,
                                             const struct fray_rep_address *at,
                                             struct fray_rep_client_spread *out,
                                             struct fray_err *err) {
  static const struct fray_interval none = {NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, "none"};
  struct asked m = {.r = r, .at = at};
  struct fray_arena arena = {0};
  *out = (struct fray_rep_client_spread){.variance = none, .worst10 = none, .best10 = none};
  out->value.mean = out->value.variance = out->value.worst10 = out->value.best10 = NAN;
  enum fray_status status = spread_of(&m, &arena, out, err);
  fray_arena_free(&arena);
  return status;
}

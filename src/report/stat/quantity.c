/* Scores of the study with their draws: looked up, remembered, added; and those of clients. */
#include "quantity.h"

#include "draws.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, FEWEST = 4 };
/* At a score, in a study: about half a minute. What comes first is drawn. */
static const double many_looks = 1e10;
/* Values of clients that spreads over clients look at, in a study: about two seconds. */
static const double many_spreads = 3e8;

struct remembered {
  struct remembered *next;
  struct fray_rep_address at;
  struct fray_rep_quantity q;
};

/* The draws of one kind of samples: of seeds by value and of clients by name, so that they are the
 * same for every cell, condition and group, and for every study with as many of both. */
struct resampling {
  bool is_ready;
  const uint16_t *seed;   /* (FRAY_DRAWS, n_seeds) in order of seeds.v; NULL: none */
  const uint16_t *client; /* (n_clients, FRAY_DRAWS) */
  const uint16_t *once;   /* (n_clients) ones */
  size_t n_clients;
  const char *status;
};

struct fray_rep_store {
  struct fray_rep_file *file;
  struct resampling resampling[FRAY_REP_N_SAMPLES];
  struct remembered *bucket[BUCKETS];
  double looks_left, spreads_left;
  bool *disagrees; /* (n_trials) the predictions do not give a score that was looked up */
  struct fray_arena work;
};

enum fray_status fray_rep_store_make(struct fray_rep_results *r, struct fray_err *err) {
  r->store = calloc(1, sizeof *r->store);
  FRAY_CHECK(r->store, err, MEMORY, "out of memory");
  r->store->looks_left = many_looks;
  r->store->spreads_left = many_spreads;
  FRAY_ALLOC_ZERO(r->store->disagrees, r->arena, r->n_trials, err);
  return fray_rep_file_open(r, &r->store->file, err);
}

void fray_rep_store_free(struct fray_rep_store *store) {
  if (!store)
    return;
  fray_rep_file_close(store->file);
  fray_arena_free(&store->work);
  free(store);
}

struct fray_arena *fray_rep_store_work(const struct fray_rep_results *r) {
  return &r->store->work;
}

struct fray_rep_file *fray_rep_store_file(const struct fray_rep_results *r) {
  return r->store->file;
}

size_t fray_rep_store_disagreements(const struct fray_rep_results *r) {
  size_t n = 0;
  for (size_t t = 0; t < r->n_trials; t++)
    n += r->store->disagrees[t];
  return n;
}

static int compare_seeds(const char *a, const char *b) {
  double x, y;
  if (fray_rep_parse_real(a, &x) && fray_rep_parse_real(b, &y) && x != y)
    return x < y ? -1 : 1;
  return strcmp(a, b);
}

/* Place of a seed among all, by value. */
static size_t seed_rank(const struct fray_rep_results *r, size_t seed) {
  size_t rank = 0;
  for (size_t i = 0; i < r->seeds.n; i++)
    rank += compare_seeds(r->seeds.v[i], r->seeds.v[seed]) < 0;
  return rank;
}

static enum fray_status draw(struct fray_rep_results *r, struct resampling *s,
                             struct fray_err *err) {
  struct fray_resample drawn;
  struct fray_arena *work = &r->store->work;
  uint16_t *seed, *client, *once;
  size_t n = s->n_clients, n_seeds = r->seeds.n;
  struct fray_arena_place mark = fray_arena_mark(work);
  FRAY_ALLOC(seed, r->arena, n_seeds * FRAY_DRAWS, err);
  FRAY_ALLOC(client, r->arena, n * FRAY_DRAWS, err);
  FRAY_ALLOC(once, r->arena, n, err);
  FRAY_TRY(
      fray_resample_make(fray_hash_text("fray report"), n_seeds, n, FRAY_DRAWS, work, &drawn, err));
  for (size_t i = 0; i < n_seeds; i++)
    for (size_t d = 0, rank = seed_rank(r, i); d < FRAY_DRAWS; d++)
      seed[d * n_seeds + i] = drawn.seed[d * n_seeds + rank];
  for (size_t c = 0; c < n; c++) {
    once[c] = 1;
    for (size_t d = 0; d < FRAY_DRAWS; d++)
      client[c * FRAY_DRAWS + d] = drawn.cluster[d * n + c];
  }
  fray_arena_rewind(work, mark);
  s->seed = seed;
  s->client = client;
  s->once = once;
  return FRAY_OK;
}

static enum fray_status resampling_of(struct fray_rep_results *r, enum fray_rep_samples samples,
                                      const struct resampling **out, struct fray_err *err) {
  struct resampling *s = &r->store->resampling[samples];
  const struct fray_rep_clients *clients;
  *out = s;
  if (s->is_ready)
    return FRAY_OK;
  s->is_ready = true;
  s->status = fray_rep_file_status(r->store->file);
  if (strcmp(s->status, "ok") != 0)
    return FRAY_OK;
  s->status = "no predictions were kept";
  FRAY_TRY(fray_rep_file_clients(r->store->file, samples, &clients, err));
  s->n_clients = clients->n;
  if (clients->n == 0)
    return FRAY_OK;
  s->status = "too many seeds or test clients to resample";
  if (clients->n > UINT16_MAX || r->seeds.n > UINT16_MAX)
    return FRAY_OK;
  s->status = "ok";
  return draw(r, s, err);
}

static bool is_damaged_at_test(const struct fray_rep_results *r, const struct fray_rep_trial *t) {
  for (size_t d = 0; d < r->n_damages; d++) {
    double rate = isnan(t->realised[d]) ? t->nominal[d] : t->realised[d];
    if (r->damage[d].at_test && rate > 0)
      return true;
  }
  return false;
}

const struct fray_rep_score *fray_rep_score_at(const struct fray_rep_results *r, size_t trial,
                                               const struct fray_rep_address *at) {
  struct fray_rep_score wanted = {.last = at->last,
                                  .own = at->samples == FRAY_REP_OWN,
                                  .condition = at->condition,
                                  .group = at->group,
                                  .metric = at->metric,
                                  .trial = trial,
                                  .severity = at->severity};
  const struct fray_rep_score *s = fray_rep_score_like(r, &wanted);
  if (s || at->condition >= r->conditions.n)
    return s;
  if (at->severity == 0) {
    /* A test condition of strength 0 is `clean`, and is often not asked for. */
    wanted.condition = fray_rep_name_find(&r->conditions, "clean");
    wanted.severity = NAN;
    s = wanted.condition < r->conditions.n ? fray_rep_score_like(r, &wanted) : NULL;
    if (s || is_damaged_at_test(r, &r->trial[trial]))
      return s;
  } else if (strcmp(r->conditions.v[at->condition], "clean") != 0 ||
             is_damaged_at_test(r, &r->trial[trial]))
    return NULL;
  /* Where no entry acts at test, `clean` is `trial` and is not scored again. */
  wanted.condition = fray_rep_name_find(&r->conditions, "trial");
  wanted.severity = NAN;
  return fray_rep_score_like(r, &wanted);
}

bool fray_rep_has_chance(const struct fray_rep_results *r, size_t metric) {
  for (size_t i = 0; i < r->n_scores; i++)
    if (r->score[i].metric == metric && isfinite(r->score[i].chance))
      return true;
  return false;
}

double fray_rep_chance_at(const struct fray_rep_results *r, size_t trial,
                          const struct fray_rep_address *at) {
  const struct fray_rep_score *s = fray_rep_score_at(r, trial, at);
  if (s && isfinite(s->chance))
    return s->chance;
  for (int same = 1; same >= 0; same--)
    for (size_t t = 0; t < r->n_trials; t++) {
      if (same && r->trial[t].seed != r->trial[trial].seed)
        continue;
      s = fray_rep_score_at(r, t, at);
      if (s && isfinite(s->chance))
        return s->chance;
    }
  return NAN;
}

/* One quantity being made. */
struct making {
  struct fray_rep_results *r;
  const struct fray_rep_address *at;
  const bool *use; /* (seeds.n) seeds that may take part; NULL: all */
  const struct fray_choice *metric;
  bool may_look; /* at every score in every draw, for metrics that are no means */
  bool alone;    /* a single seed, which every draw holds once: only clients are drawn */
  const struct resampling *resampling;
  struct fray_rep_quantity *q;
  double *by_seed, *sum; /* sum (FRAY_DRAWS) of the seeds' values times their weights */
};

static size_t trial_of(const struct making *m, size_t seed) {
  if (m->at->cell == m->r->n_cells)
    return m->r->n_trials;
  return m->r->trial_of[m->at->cell * m->r->seeds.n + seed];
}

static void take_score(struct making *m, size_t seed, double *clusters, double *samples,
                       double *chance) {
  size_t t = trial_of(m, seed);
  m->by_seed[seed] = NAN;
  if (t == m->r->n_trials || (m->use && !m->use[seed]))
    return;
  const struct fray_rep_score *s = fray_rep_score_at(m->r, t, m->at);
  bool diverged = m->r->trial[t].diverged;
  m->q->n_diverged += diverged;
  m->by_seed[seed] = diverged ? fray_rep_chance_at(m->r, t, m->at) : s ? s->value : NAN;
  chance[seed] = s ? s->chance : NAN;
  if (!s)
    return;
  *samples = fmin(*samples, s->n);
  *clusters = fmin(*clusters, s->clusters);
}

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

static enum fray_status take_scores(struct making *m, struct fray_err *err) {
  struct fray_rep_quantity *q = m->q;
  size_t n = m->r->seeds.n;
  double samples = NAN, clusters = NAN, *chance;
  struct fray_arena_place mark = fray_arena_mark(&m->r->store->work);
  FRAY_ALLOC(chance, &m->r->store->work, n, err);
  for (size_t s = 0; s < n; s++) {
    chance[s] = NAN;
    take_score(m, s, &clusters, &samples, chance);
    q->n_seeds += !isnan(m->by_seed[s]);
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

/* "NAME" or "NAME=SEVERITY", as results.h5 calls the condition of this score. */
static size_t condition_in(const struct fray_rep_results *r, const struct fray_rep_answers *a,
                           const struct fray_rep_score *s) {
  const char *name = r->conditions.v[s->condition];
  size_t n = strlen(name), i = 0;
  char number[32] = "";
  if (!isnan(s->severity))
    fray_format_double(s->severity, number);
  for (; i < a->n_conditions; i++) {
    const char *text = a->condition[i];
    if (strncmp(text, name, n) == 0 &&
        (number[0] ? text[n] == '=' && strcmp(text + n + 1, number) == 0 : text[n] == '\0'))
      break;
  }
  return i;
}

/* The code of a group "COLUMN=VALUE"; false if the file does not know it. */
static bool find_group(const struct fray_rep_answers *a, const char *group,
                       struct fray_rep_view *view) {
  for (size_t c = 0; c < a->n_columns; c++) {
    size_t n = strlen(a->column[c].name);
    if (strncmp(group, a->column[c].name, n) != 0 || group[n] != '=')
      continue;
    for (size_t v = 0; v < a->column[c].n_values; v++)
      if (strcmp(group + n + 1, a->column[c].value[v]) == 0) {
        view->code = a->column[c].code;
        view->group = (int32_t)v;
        return true;
      }
  }
  return false;
}

enum fray_status fray_rep_view_at(struct fray_rep_results *r, size_t trial,
                                  const struct fray_rep_address *at, struct fray_rep_view *view,
                                  const char **status, struct fray_err *err) {
  const struct fray_rep_score *s = fray_rep_score_at(r, trial, at);
  const struct fray_rep_answers *a;
  FRAY_TRY(fray_rep_file_answers(r->store->file, at->samples, trial, &a, err));
  *view = (struct fray_rep_view){.answers = a, .last = at->last};
  *status = s ? a->status : "not measured";
  if (strcmp(*status, "ok") != 0)
    return FRAY_OK;
  view->condition = condition_in(r, a, s);
  if (view->condition == a->n_conditions)
    *status = "results.h5 lacks the condition";
  else if (at->group != FRAY_REP_ALL && !find_group(a, r->groups.v[at->group], view))
    *status = "results.h5 does not say the group of a sample";
  return FRAY_OK;
}

/* The metric on all samples, and under every draw, of one seed. */
struct drawn {
  double whole, *value; /* (FRAY_DRAWS) */
  size_t n_clients;
};

static enum fray_status draw_counts(const struct making *m, const struct fray_rep_view *view,
                                    enum fray_rep_needs needs, struct drawn *out,
                                    struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  struct fray_rep_counts counts;
  FRAY_TRY(fray_rep_count_answers(view, needs, work, &counts, err));
  out->n_clients = counts.n_clients;
  FRAY_TRY(
      fray_rep_metric_draws(m->metric, &counts, m->resampling->once, 1, work, &out->whole, err));
  return fray_rep_metric_draws(m->metric, &counts, m->resampling->client, FRAY_DRAWS, work,
                               out->value, err);
}

static enum fray_status draw_scores(const struct making *m, size_t trial,
                                    const struct fray_rep_view *view, struct drawn *out,
                                    const char **status, struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  const float *score;
  FRAY_TRY(fray_rep_file_scores(m->r->store->file, m->at->samples, trial, m->at->last,
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

/* Predictions that do not give the value of scores.csv are not believed. Probabilities were rounded
 * to float, and a logarithm of one that became 0 says nothing. */
static const char *compare(const struct making *m, size_t seed, double found, bool from_scores) {
  double wanted = m->by_seed[seed], within = from_scores ? 1e-4 : 1e-9;
  if (fabs(found - wanted) <= within * fmax(1, fabs(wanted)))
    return "ok";
  if (from_scores && !isfinite(found))
    return "a kept probability is 0 or undefined";
  m->r->store->disagrees[trial_of(m, seed)] = true;
  return "the predictions do not give the value of scores.csv";
}

/* Adds one seed's metric under every draw, times the seed's weight. */
/* How often a draw holds a seed. */
static double times(const struct making *m, size_t draw, size_t seed) {
  return m->alone ? 1 : m->resampling->seed[draw * m->r->seeds.n + seed];
}

static enum fray_status add_seed(const struct making *m, size_t seed, const char **status,
                                 struct fray_err *err) {
  const struct resampling *s = m->resampling;
  struct fray_rep_view view;
  struct drawn drawn;
  FRAY_TRY(fray_rep_view_at(m->r, trial_of(m, seed), m->at, &view, status, err));
  if (strcmp(*status, "ok") != 0)
    return FRAY_OK;
  *status = "too many test samples to resample";
  if (view.answers->n > INT32_MAX / s->n_clients)
    return FRAY_OK;
  *status = "ok";
  enum fray_rep_needs needs = fray_rep_needs(m->metric, view.answers->multi_label);
  bool from_scores = needs == FRAY_REP_NEEDS_SCORES;
  FRAY_ALLOC(drawn.value, &m->r->store->work, FRAY_DRAWS, err);
  if (from_scores)
    FRAY_TRY(draw_scores(m, trial_of(m, seed), &view, &drawn, status, err));
  else
    FRAY_TRY(draw_counts(m, &view, needs, &drawn, err));
  if (strcmp(*status, "ok") == 0)
    *status = compare(m, seed, drawn.whole, from_scores);
  if (strcmp(*status, "ok") != 0)
    return FRAY_OK;
  m->q->n_clusters = FRAY_MIN(m->q->n_clusters, drawn.n_clients);
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    double weight = times(m, d, seed);
    m->sum[d] += weight > 0 ? weight * drawn.value[d] : 0;
  }
  return FRAY_OK;
}

static void add_constant(const struct making *m, size_t seed) {
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    m->sum[d] += times(m, d, seed) * m->by_seed[seed];
}

/* Sum over seeds to mean; a draw that holds none of the measured seeds says nothing. */
static void divide(const struct making *m) {
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    double weight = 0;
    for (size_t s = 0; s < m->r->seeds.n; s++)
      weight += isnan(m->by_seed[s]) ? 0 : times(m, d, s);
    m->sum[d] = weight > 0 ? m->sum[d] / weight : NAN;
  }
}

static enum fray_status take_draws(struct making *m, struct fray_err *err) {
  const char *status = "ok";
  FRAY_TRY(resampling_of(m->r, m->at->samples, &m->resampling, err));
  if (strcmp(m->resampling->status, "ok") != 0 || !m->metric) {
    m->q->status = m->metric ? m->resampling->status : "an unknown metric";
    return FRAY_OK;
  }
  for (size_t s = 0; s < m->r->seeds.n && strcmp(status, "ok") == 0; s++) {
    struct fray_arena_place mark = fray_arena_mark(&m->r->store->work);
    if (isnan(m->by_seed[s]))
      continue;
    if (m->r->trial[trial_of(m, s)].diverged)
      add_constant(m, s);
    else
      FRAY_TRY(add_seed(m, s, &status, err));
    fray_arena_rewind(&m->r->store->work, mark);
  }
  m->q->status = status;
  if (strcmp(status, "ok") != 0)
    return FRAY_OK;
  /* Of few clients among many, too many draws hold none. */
  m->q->status = "too few test clients to resample";
  if (m->q->n_clusters < FEWEST && m->q->n_clusters < m->resampling->n_clients)
    return FRAY_OK;
  m->q->status = "ok";
  divide(m);
  m->q->draw = m->sum;
  return FRAY_OK;
}

static enum fray_status make(struct fray_rep_results *r, const struct fray_rep_address *at,
                             const bool *use, bool may_look, bool alone, struct fray_arena *arena,
                             struct fray_rep_quantity *out, struct fray_err *err) {
  struct making m = {.r = r, .at = at, .use = use, .may_look = may_look, .alone = alone, .q = out};
  *out = (struct fray_rep_quantity){.value = NAN, .chance = NAN, .status = "not measured"};
  FRAY_ALLOC(m.by_seed, arena, r->seeds.n, err);
  FRAY_TRY(take_scores(&m, err));
  if (out->n_seeds == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(m.sum, arena, FRAY_DRAWS, err);
  m.metric = fray_choice_find(&fray_metrics, r->metrics.v[at->metric]);
  return take_draws(&m, err);
}

static bool same_address(const struct fray_rep_address *a, const struct fray_rep_address *b) {
  return a->cell == b->cell && a->condition == b->condition && a->samples == b->samples &&
         a->group == b->group && a->metric == b->metric && a->last == b->last &&
         (a->severity == b->severity || (isnan(a->severity) && isnan(b->severity)));
}

static struct remembered **bucket_of(struct fray_rep_results *r,
                                     const struct fray_rep_address *at) {
  uint64_t key[7] = {at->cell, at->condition, 0, at->samples, at->group, at->metric, at->last};
  double severity = at->severity + 0.0; /* -0 is 0 */
  if (!isnan(severity))
    memcpy(&key[2], &severity, sizeof severity);
  return &r->store->bucket[fray_hash64(key, sizeof key) % BUCKETS];
}

static bool is_known(const struct fray_rep_results *r, const struct fray_rep_address *at) {
  return at->cell <= r->n_cells && at->condition < r->conditions.n && at->group < r->groups.n &&
         at->metric < r->metrics.n;
}

enum fray_status fray_rep_quantity(struct fray_rep_results *r, const struct fray_rep_address *at,
                                   const struct fray_rep_quantity **out, struct fray_err *err) {
  struct remembered **bucket = bucket_of(r, at), *made;
  for (struct remembered *m = *bucket; m; m = m->next)
    if (same_address(&m->at, at)) {
      *out = &m->q;
      return FRAY_OK;
    }
  FRAY_ALLOC_ZERO(made, r->arena, 1, err);
  made->at = *at;
  FRAY_CHECK(is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  FRAY_TRY(make(r, at, NULL, true, false, r->arena, &made->q, err));
  made->next = *bucket;
  *bucket = made;
  *out = &made->q;
  return FRAY_OK;
}

enum fray_status fray_rep_quantity_once(struct fray_rep_results *r,
                                        const struct fray_rep_address *at, struct fray_arena *arena,
                                        struct fray_rep_quantity *out, struct fray_err *err) {
  FRAY_CHECK(is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  return make(r, at, NULL, false, false, arena, out, err);
}

enum fray_status fray_rep_quantity_in(struct fray_rep_results *r, const struct fray_rep_address *at,
                                      struct fray_arena *arena, struct fray_rep_quantity *out,
                                      struct fray_err *err) {
  const struct fray_choice *metric = fray_choice_find(&fray_metrics, r->metrics.v[at->metric]);
  const struct fray_rep_quantity *kept; /* its draws are too dear to be made twice */
  if (at->metric != r->main_metric || !metric || !fray_metric_needs_scores(metric))
    return fray_rep_quantity_once(r, at, arena, out, err);
  FRAY_TRY(fray_rep_quantity(r, at, &kept, err));
  *out = *kept;
  return FRAY_OK;
}

enum fray_status fray_rep_quantity_of_seed(struct fray_rep_results *r,
                                           const struct fray_rep_address *at, size_t seed,
                                           struct fray_arena *arena, struct fray_rep_quantity *out,
                                           struct fray_err *err) {
  bool *use;
  FRAY_CHECK(is_known(r, at), err, INTERNAL, "no such cell, condition, group or metric");
  FRAY_ALLOC_ZERO(use, arena, r->seeds.n, err);
  use[seed] = true;
  return make(r, at, use, false, true, arena, out, err);
}

/* Parts that cancel leave rounding errors, which are no difference. */
static double settle(double sum, double size) {
  return fabs(sum) < 1e-12 * size ? 0 : sum;
}

struct term {
  const struct fray_rep_quantity *q;
  double weight;
};

static void add_terms(const struct fray_rep_results *r, const struct term *t, size_t n,
                      const bool *use, double *by_seed, double *draw,
                      struct fray_rep_quantity *out) {
  for (size_t s = 0; s < r->seeds.n; s++) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
      sum += t[i].weight * t[i].q->by_seed[s];
      size += fabs(t[i].weight * t[i].q->by_seed[s]);
    }
    by_seed[s] = use[s] ? settle(sum, size) : NAN;
  }
  for (size_t d = 0; d < FRAY_DRAWS && draw; d++) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
      sum += t[i].weight * t[i].q->draw[d];
      size += fabs(t[i].weight * t[i].q->draw[d]);
    }
    draw[d] = isnan(sum) ? NAN : settle(sum, size);
  }
  double sum = 0, size = 0;
  for (size_t i = 0; i < n; i++) {
    sum += t[i].weight * t[i].q->value;
    size += fabs(t[i].weight * t[i].q->value);
    out->n_clusters = i ? FRAY_MIN(out->n_clusters, t[i].q->n_clusters) : t[i].q->n_clusters;
    out->n_samples = i ? FRAY_MIN(out->n_samples, t[i].q->n_samples) : t[i].q->n_samples;
    out->n_diverged += t[i].q->n_diverged;
  }
  out->value = settle(sum, size);
}

enum fray_status fray_rep_sum(struct fray_rep_results *r, const struct fray_rep_address *at,
                              const double *weight, size_t n, struct fray_rep_quantity *out,
                              struct fray_err *err) {
  struct term *term;
  bool *use;
  double *by_seed, *draw = NULL;
  *out = (struct fray_rep_quantity){.value = NAN, .chance = NAN, .status = "ok"};
  FRAY_ALLOC(term, r->arena, n + 1, err);
  FRAY_ALLOC(use, r->arena, r->seeds.n, err);
  FRAY_ALLOC(by_seed, r->arena, r->seeds.n, err);
  for (size_t s = 0; s < r->seeds.n; s++)
    use[s] = true;
  for (size_t i = 0; i < n; i++) {
    term[i].weight = weight[i];
    FRAY_TRY(fray_rep_quantity(r, &at[i], &term[i].q, err));
    for (size_t s = 0; s < r->seeds.n; s++)
      use[s] = use[s] && !isnan(term[i].q->by_seed[s]);
  }
  for (size_t s = 0; s < r->seeds.n; s++)
    out->n_seeds += use[s];
  bool drawn = out->n_seeds > 0;
  for (size_t i = 0; i < n; i++) {
    if (term[i].q->n_seeds != out->n_seeds) { /* only the seeds that all of them have */
      struct fray_rep_quantity *part;
      FRAY_ALLOC(part, r->arena, 1, err);
      FRAY_TRY(make(r, &at[i], use, true, false, r->arena, part, err));
      term[i].q = part;
    }
    drawn = drawn && term[i].q->draw;
    if (strcmp(out->status, "ok") == 0)
      out->status = term[i].q->status;
  }
  if (drawn)
    FRAY_ALLOC(draw, r->arena, FRAY_DRAWS, err);
  add_terms(r, term, n, use, by_seed, draw, out);
  if (out->n_seeds == 0)
    out->value = NAN;
  out->by_seed = by_seed;
  out->draw = draw;
  return FRAY_OK;
}

struct fray_interval fray_rep_interval(const struct fray_rep_results *r,
                                       const struct fray_rep_quantity *q) {
  if (q->draw)
    return fray_interval_of(q->value, q->draw, FRAY_DRAWS, q->n_seeds, q->n_clusters);
  return fray_interval_of_seeds(q->by_seed, r->seeds.n);
}

double fray_rep_p_value(const struct fray_rep_quantity *q, const struct fray_interval *interval) {
  /* Clients alone cannot tell a method from the luck of its one training. */
  return q->n_seeds > 1 ? fray_p_value(q->value, interval, q->draw, FRAY_DRAWS) : NAN;
}

/* From probabilities: as many draws as there are clients, each of one of them. */
static enum fray_status add_scored_clients(const struct making *m, size_t trial,
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
    weight[i * n + i] = 1;
  FRAY_TRY(fray_rep_score_draws(m->metric, view, score, weight, n, &m->r->store->looks_left, work,
                                value, &n_clients, status, err));
  if (strcmp(*status, "ok") == 0)
    memcpy(by_client, value, n * sizeof *value);
  return FRAY_OK;
}

/* The metric of each client alone. */
static enum fray_status add_clients(const struct making *m, size_t trial, double *by_client,
                                    const char **status, struct fray_err *err) {
  struct fray_arena *work = &m->r->store->work;
  struct fray_rep_view view;
  struct fray_rep_counts counts;
  double value;
  FRAY_TRY(fray_rep_view_at(m->r, trial, m->at, &view, status, err));
  if (strcmp(*status, "ok") != 0)
    return FRAY_OK;
  enum fray_rep_needs needs = fray_rep_needs(m->metric, view.answers->multi_label);
  if (needs == FRAY_REP_NEEDS_SCORES)
    return add_scored_clients(m, trial, &view, by_client, status, err);
  FRAY_TRY(fray_rep_count_answers(&view, needs, work, &counts, err));
  struct fray_rep_counts one = counts;
  for (size_t i = 0; i < counts.n; i += one.n) {
    one.v = counts.v + i;
    one.n = 0;
    while (i + one.n < counts.n && one.v[one.n].client == one.v[0].client)
      one.n++;
    FRAY_TRY(fray_rep_metric_draws(m->metric, &one, m->resampling->once, 1, work, &value, err));
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

static enum fray_status find_clients(struct making *m, struct fray_arena *arena,
                                     struct clients *out, struct fray_err *err) {
  struct fray_rep_results *r = m->r;
  FRAY_CHECK(is_known(r, m->at), err, INTERNAL, "no such cell, condition, group or metric");
  m->metric = fray_choice_find(&fray_metrics, r->metrics.v[m->at->metric]);
  FRAY_TRY(resampling_of(r, m->at->samples, &m->resampling, err));
  *out = (struct clients){.status = m->metric ? m->resampling->status : "an unknown metric"};
  if (strcmp(out->status, "ok") != 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_file_clients(r->store->file, m->at->samples, &out->all, err));
  size_t n = out->all->n;
  FRAY_ALLOC(out->value, arena, r->seeds.n * n, err);
  out->status = "not measured";
  for (size_t s = 0; s < r->seeds.n; s++) {
    size_t t = trial_of(m, s);
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
    if (out->n_seeds || !r->trial[t].diverged)
      out->status = out->n_seeds ? "ok" : status;
    fray_arena_rewind(&r->store->work, mark);
  }
  return FRAY_OK;
}

/* Mean over the seeds, each as often as weight says (NULL: once). */
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

enum fray_status fray_rep_by_client(struct fray_rep_results *r, const struct fray_rep_address *at,
                                    const double **value, const char *const **client, size_t *n,
                                    struct fray_err *err) {
  struct making m = {.r = r, .at = at};
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
    *n += !isnan(mean[*n]);
  }
  *value = mean;
  *client = name;
  return FRAY_OK;
}

/* The spread in every draw: variance, worst10, best10 (FRAY_DRAWS each). */
static enum fray_status draw_spreads(const struct making *m, const struct clients *c, bool higher,
                                     struct fray_arena *arena, double *draw, struct fray_err *err) {
  const struct resampling *s = m->resampling;
  size_t n_seeds = m->r->seeds.n;
  double *v;
  FRAY_ALLOC(v, arena, c->all->n, err);
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    struct fray_client_spread spread;
    struct fray_arena_place mark = fray_arena_mark(arena);
    size_t n = 0;
    for (size_t i = 0; i < c->all->n; i++) {
      size_t times = s->client[i * FRAY_DRAWS + d];
      double mean = times ? mean_of_client(c, n_seeds, i, s->seed + d * n_seeds) : NAN;
      for (size_t k = 0; k < times && !isnan(mean); k++)
        v[n++] = mean;
    }
    FRAY_TRY(fray_client_spread_of(v, n, higher, arena, &spread, err));
    draw[d] = spread.variance;
    draw[FRAY_DRAWS + d] = spread.worst10;
    draw[2 * FRAY_DRAWS + d] = spread.best10;
    fray_arena_rewind(arena, mark);
  }
  return FRAY_OK;
}

static enum fray_status spread_of(struct making *m, struct fray_arena *arena,
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
    n += !isnan(v[n]);
  }
  FRAY_TRY(fray_client_spread_of(v, n, higher, arena, &out->value, err));
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
  return FRAY_OK;
}

enum fray_status fray_rep_client_spread(struct fray_rep_results *r,
                                        const struct fray_rep_address *at,
                                        struct fray_rep_client_spread *out, struct fray_err *err) {
  static const struct fray_interval none = {NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, "none"};
  struct making m = {.r = r, .at = at};
  struct fray_arena arena = {0};
  *out = (struct fray_rep_client_spread){.variance = none, .worst10 = none, .best10 = none};
  out->value.mean = out->value.variance = out->value.worst10 = out->value.best10 = NAN;
  enum fray_status status = spread_of(&m, &arena, out, err);
  fray_arena_free(&arena);
  return status;
}

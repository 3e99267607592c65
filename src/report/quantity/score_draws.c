/* Metrics of probabilities under many weightings of the test clients. */
#include "draws.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* -log of what the true class, or each decision of a set, was given: what nll is the mean of. A
 * probability of 0 gives infinity, which compare takes for a rounded one. log1p keeps what 1 - p
 * would lose for small p. */
static double nll_of(const struct fray_scored_samples *s, size_t classes, size_t i) {
  const float *row = s->score + i * classes;
  double sum = 0;
  if (!s->labels)
    return -log((double)row[s->label[i]]);
  for (size_t c = 0; c < classes; c++)
    sum -= s->labels[i * classes + c] ? log((double)row[c]) : log1p(-(double)row[c]);
  return sum / (double)classes;
}

/* Filled as the evaluation fills it, so that the metric cannot tell the difference. */
static double value_of(const struct fray_choice *metric, const struct fray_scored_samples *samples,
                       const int64_t *confusion, size_t classes) {
  struct fray_scored scored = {.n_classes = classes,
                               .confusion = confusion,
                               .multi_label = samples->labels != NULL,
                               .samples = *samples};
  const char *status;
  for (size_t i = 0; i < samples->n; i++) {
    size_t weight = samples->weight ? samples->weight[i] : 1;
    if (samples->label[i] < 0 || (samples->mask && !samples->mask[i]) || weight == 0)
      continue;
    scored.n += weight;
    /* The others take their own look at the scores; a sum made here would be paid for in vain. */
    if (!fray_metric_needs_scores(metric))
      scored.nll_sum += (double)weight * nll_of(samples, classes, i);
  }
  return fray_metric_value(metric, &scored, &status);
}

/* A mean over samples is the mean of any two parts' means, by size. Made-up probabilities, in which
 * confidence and order go across the parts, tell it from a metric that is not. */
bool fray_rep_is_mean(const struct fray_choice *metric, bool multi_label) {
  static const float score[6 * 3] = {.59f, .31f, .1f,  .2f, .5f,  .3f,  .62f, .08f, .3f,
                                     .57f, .31f, .12f, .1f, .15f, .75f, .3f,  .45f, .25f};
  static const int32_t label[6] = {0, 2, 1, 1, 2, 0}, none[6] = {0};
  static const uint8_t labels[6 * 3] = {1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1},
                                  half[2][6] = {{1, 1, 1, 0, 0, 0}, {0, 0, 0, 1, 1, 1}};
  static const int64_t nothing[12];
  struct fray_scored_samples all = {.n = 6, .score = score, .label = multi_label ? none : label};
  all.labels = multi_label ? labels : NULL;
  struct fray_scored_samples a = all, b = all;
  a.mask = half[0];
  b.mask = half[1];
  double mean = 0.5 * (value_of(metric, &a, nothing, 3) + value_of(metric, &b, nothing, 3));
  return fabs(value_of(metric, &all, nothing, 3) - mean) <= 1e-12;
}

static struct fray_scored_samples samples_of(const struct fray_rep_view *view, const float *score) {
  const struct fray_rep_answers *a = view->answers;
  return (struct fray_scored_samples){
      .n = a->n, .score = score, .label = a->label, .labels = a->labels};
}

/* As where answers are counted: unlabelled samples are in no score, other groups are not asked
 * for. */
static bool counts(const struct fray_rep_view *v, size_t i) {
  return v->answers->label[i] >= 0 && (!v->code || v->code[i] == v->group);
}

/* The samples of one client: places first .. end of by_client. */
struct run {
  size_t first, end, n; /* n: that count */
  uint32_t client;
};

static struct run next_run(const struct fray_rep_view *v, size_t first) {
  const struct fray_rep_answers *a = v->answers;
  struct run out = {.first = first, .end = first, .client = a->client[a->by_client[first]]};
  for (; out.end < a->n && a->client[a->by_client[out.end]] == out.client; out.end++)
    out.n += counts(v, a->by_client[out.end]);
  return out;
}

/* Weighted mean of the clients' means. */
static enum fray_status draw_means(const struct fray_choice *metric,
                                   const struct fray_rep_view *view, const int64_t *confusion,
                                   const float *score, const uint16_t *weight, size_t n_draws,
                                   struct fray_arena *arena, double *value, struct fray_err *err) {
  const struct fray_rep_answers *a = view->answers;
  double *size;
  FRAY_ALLOC_ZERO(size, arena, n_draws, err);
  memset(value, 0, n_draws * sizeof *value);
  struct run run = {0};
  for (size_t at = 0; at < a->n; at = run.end) {
    run = next_run(view, at);
    if (run.n == 0)
      continue;
    /* By number within a client, so the samples of one lie apart; a copy makes them neighbours. */
    struct fray_arena_place mark = fray_arena_mark(arena);
    float *row;
    int32_t *label;
    uint8_t *labels = NULL;
    FRAY_ALLOC(row, arena, run.n * a->n_classes, err);
    FRAY_ALLOC(label, arena, run.n, err);
    if (a->labels)
      FRAY_ALLOC(labels, arena, run.n * a->n_classes, err);
    size_t n = 0;
    for (size_t k = run.first; k < run.end; k++) {
      size_t i = a->by_client[k];
      if (!counts(view, i))
        continue;
      memcpy(row + n * a->n_classes, score + i * a->n_classes, a->n_classes * sizeof *row);
      if (labels)
        memcpy(labels + n * a->n_classes, a->labels + i * a->n_classes, a->n_classes);
      label[n++] = a->label[i];
    }
    struct fray_scored_samples mine = {.n = n, .score = row, .label = label, .labels = labels};
    double mean = value_of(metric, &mine, confusion, a->n_classes);
    fray_arena_rewind(arena, mark);
    const uint16_t *w = weight + run.client * n_draws;
    for (size_t d = 0; d < n_draws; d++)
      if (w[d]) {
        value[d] += (double)w[d] * (double)run.n * mean;
        size[d] += (double)w[d] * (double)run.n;
      }
  }
  for (size_t d = 0; d < n_draws; d++)
    value[d] = size[d] > 0 ? value[d] / size[d] : NAN;
  return FRAY_OK;
}

/* Every sample in every draw, in an order that is found once. weight[client] times a sample is
 * what drawing the client so often means. times is 16 bits, as weights are. */
static enum fray_status draw_samples(const struct fray_choice *metric,
                                     const struct fray_rep_view *view, const int64_t *confusion,
                                     const float *score, const uint16_t *weight, size_t n_draws,
                                     struct fray_arena *arena, double *value,
                                     struct fray_err *err) {
  const struct fray_rep_answers *a = view->answers;
  struct fray_scored_samples samples = samples_of(view, score);
  uint16_t *times;
  FRAY_ALLOC(times, arena, a->n, err);
  /* The order does not depend on weights, and sorting is what most of a draw would cost. */
  FRAY_TRY(fray_score_order(score, a->n, a->n_classes, arena, &samples.order, err));
  samples.weight = times;
  samples.work = arena;
  for (size_t d = 0; d < n_draws; d++) {
    for (size_t i = 0; i < a->n; i++)
      times[i] = counts(view, i) ? weight[a->client[i] * n_draws + d] : 0;
    value[d] = value_of(metric, &samples, confusion, a->n_classes);
  }
  return FRAY_OK;
}

/* The budget is checked before any work and taken off as a whole, so that the same scores of a
 * study get draws in every run. All scratch is rewound; value is the caller's. */
enum fray_status fray_rep_score_draws(const struct fray_choice *metric,
                                      const struct fray_rep_view *view, const float *score,
                                      const uint16_t *weight, size_t n_draws, double *looks_left,
                                      struct fray_arena *arena, double *value, size_t *n_clients,
                                      const char **status, struct fray_err *err) {
  const struct fray_rep_answers *a = view->answers;
  struct fray_arena_place mark = fray_arena_mark(arena);
  bool is_mean = fray_rep_is_mean(metric, a->multi_label);
  int64_t *confusion;
  *n_clients = 0;
  *status = "not resampled: too many scores";
  /* Means follow from the clients alone; what they cost does not grow with the draws. */
  double looks = is_mean ? 0 : (double)a->n * (double)a->n_classes * (double)n_draws;
  if (looks > *looks_left)
    return FRAY_OK;
  *looks_left -= looks;
  *status = "ok";
  FRAY_ALLOC_ZERO(confusion, arena, fray_confusion_cells(a->multi_label, a->n_classes), err);
  struct run run = {0};
  for (size_t at = 0; at < a->n; at = run.end) {
    run = next_run(view, at);
    *n_clients += run.n > 0;
  }
  FRAY_TRY((is_mean ? draw_means : draw_samples)(metric, view, confusion, score, weight, n_draws,
                                                 arena, value, err));
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

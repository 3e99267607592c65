/* Scores of the answers on dev, and how sure they are: seeds and natural clients are drawn again,
 * crossed, as for every other number of a study. */
#include "calibrate_parts.h"

#include "fray/base/size.h"
#include "fray/fed/evaluate.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Any number will do, as long as it is always the same. */
static const uint64_t draws_key = 0x63616c6962726174;

/* An answer that is none counts as a wrong one, as everywhere. */
static size_t said_of(int16_t predicted, size_t truth, size_t classes) {
  return predicted >= 0 ? (size_t)predicted : (truth + 1) % classes;
}

/* The metric on the samples of one seed. confusion: scratch. */
static double value_of(const struct calib_scorer *s, size_t seed, const int16_t *predicted,
                       int64_t *confusion) {
  const struct calib_panel *panel = &s->panel[seed];
  const size_t classes = s->n_classes;
  struct fray_scored scored = {.n_classes = classes, .confusion = confusion, .nll_sum = NAN};
  const char *status;
  memset(confusion, 0, classes * classes * sizeof *confusion);
  for (size_t i = 0; i < panel->n; i++) {
    if (panel->label[i] < 0)
      continue;
    const size_t truth = (size_t)panel->label[i];
    confusion[truth * classes + said_of(predicted[i], truth, classes)]++;
    scored.n++;
  }
  return fray_metric_value(s->metric, &scored, &status);
}

/* NaN where memory lacks, or where the metric does not follow from classes: both end the
 * calibration before anything is searched, as the clean score is made in the same way. */
double calib_score(const struct calib_scorer *s, const int16_t *const *predicted) {
  int64_t *confusion = malloc(s->n_classes * s->n_classes * sizeof *confusion);
  double sum = 0;
  if (!confusion)
    return NAN;
  for (size_t k = 0; k < s->n_seeds; k++)
    sum += value_of(s, k, predicted[k], confusion);
  free(confusion);
  return sum / (double)s->n_seeds;
}

/* 0 without damage, 1 at chance, more below chance; below 0 where damage helps. Of a metric of
 * which less is better both differences change their sign, and the share stays. */
double calib_loss(const struct calib_scorer *s, double score) {
  return 1 - (score - s->chance) / (s->clean - s->chance);
}

/* Equal answers of one client, as one: key is the client, the true class and the one that was said.
 */
struct run {
  uint64_t key;
  uint32_t cluster, cell;
  int64_t n;
};

/* Never equal but for equal answers of one client, so any sort gives the same runs. */
static int by_key(const void *a, const void *b) {
  const struct run *x = a, *y = b;
  return (x->key > y->key) - (x->key < y->key);
}

/* Thousands of draws sum over these instead of over samples. Returns how many there are. */
static size_t make_runs(const struct calib_scorer *s, size_t seed, const int16_t *predicted,
                        struct run *run) {
  const struct calib_panel *panel = &s->panel[seed];
  const size_t classes = s->n_classes;
  size_t n = 0, last = 0;
  for (size_t i = 0; i < panel->n; i++) {
    if (panel->label[i] < 0)
      continue;
    const size_t truth = (size_t)panel->label[i];
    const size_t cell = truth * classes + said_of(predicted[i], truth, classes);
    run[n++] = (struct run){.key = panel->cluster[i] * (uint64_t)(classes * classes) + cell,
                            .cluster = panel->cluster[i],
                            .cell = (uint32_t)cell,
                            .n = 1};
  }
  qsort(run, n, sizeof *run, by_key);
  for (size_t i = 1; i < n; i++)
    if (run[i].key == run[last].key)
      run[last].n++;
    else
      run[++last] = run[i];
  return n ? last + 1 : 0;
}

/* The score in each draw: the mean over the seeds that it holds, each as often as it does. */
static void draw_seed(const struct calib_scorer *s, size_t seed, const struct run *run, size_t n,
                      int64_t *confusion, double *out) {
  const struct fray_resample *r = &s->resample;
  const char *why;
  for (size_t d = 0; d < r->draws; d++) {
    /* A draw without this seed needs nothing of it, which is about every third. */
    const uint16_t times = r->seed[d * s->n_seeds + seed];
    const uint16_t *weight = r->cluster + d * s->n_clusters;
    struct fray_scored scored = {.n_classes = s->n_classes, .confusion = confusion, .nll_sum = NAN};
    if (!times)
      continue;
    memset(confusion, 0, s->n_classes * s->n_classes * sizeof *confusion);
    for (size_t k = 0; k < n; k++) {
      confusion[run[k].cell] += run[k].n * weight[run[k].cluster];
      scored.n += (size_t)run[k].n * weight[run[k].cluster];
    }
    out[d] += times * fray_metric_value(s->metric, &scored, &why) / (double)s->n_seeds;
  }
}

/* Room for the runs of the largest panel, used for one seed after another. */
static enum fray_status draw_scores(const struct calib_scorer *s, const int16_t *const *predicted,
                                    double *out, struct fray_err *err) {
  int64_t *confusion = malloc(s->n_classes * s->n_classes * sizeof *confusion);
  size_t most = 1;
  for (size_t k = 0; k < s->n_seeds; k++)
    most = FRAY_MAX(most, s->panel[k].n);
  struct run *run = malloc(most * sizeof *run);
  memset(out, 0, s->resample.draws * sizeof *out);
  for (size_t k = 0; run && confusion && k < s->n_seeds; k++)
    draw_seed(s, k, run, make_runs(s, k, predicted[k], run), confusion, out);
  const bool room = run && confusion;
  free(run);
  free(confusion);
  FRAY_CHECK(room, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Chance is that of the whole panel in every draw, as for the curves of the report. */
enum fray_status calib_interval(const struct calib_scorer *s, const int16_t *const *predicted,
                                double loss, struct fray_interval *out, struct fray_err *err) {
  double *draw = malloc(CALIB_DRAWS * sizeof *draw);
  FRAY_CHECK(draw, err, MEMORY, "out of memory");
  enum fray_status status = FRAY_OK;
  if (predicted)
    status = draw_scores(s, predicted, draw, err);
  else
    memcpy(draw, s->clean_draw, CALIB_DRAWS * sizeof *draw);
  for (size_t d = 0; predicted && status == FRAY_OK && d < CALIB_DRAWS; d++)
    draw[d] = 1 - (draw[d] - s->chance) / (s->clean_draw[d] - s->chance);
  if (status == FRAY_OK)
    *out =
        fray_interval_of(predicted ? loss : s->clean, draw, CALIB_DRAWS, s->n_seeds, s->n_clusters);
  free(draw);
  return status;
}

/* Classes by how often training has them, equal ones by number: what the constant predictor says.
 */
static enum fray_status rank_classes(const struct fray_dataset *d, struct fray_arena *arena,
                                     size_t *ranking, struct fray_err *err) {
  int64_t *count;
  FRAY_ALLOC_ZERO(count, arena, d->n_classes, err);
  for (size_t i = 0; i < d->n_samples; i++)
    if (d->split[i] == FRAY_TRAIN && d->label[i] >= 0)
      count[d->label[i]]++;
  for (size_t k = 0; k < d->n_classes; k++) {
    size_t place = 0;
    for (size_t j = 0; j < d->n_classes; j++)
      place += count[j] > count[k] || (count[j] == count[k] && j < k);
    ranking[place] = k;
  }
  return FRAY_OK;
}

/* Of each seed's panel by itself, since these may differ; the mean of them is what the mean of
 * scores is held against. The ranking is that of the training samples of the data, as for
 * scores.csv. */
static enum fray_status set_chance(struct calib_scorer *s, const struct fray_dataset *d,
                                   struct fray_err *err) {
  size_t *ranking;
  int64_t *count;
  const char *why = "ok";
  FRAY_ALLOC(ranking, s->arena, d->n_classes, err);
  FRAY_ALLOC(count, s->arena, d->n_classes, err);
  FRAY_TRY(rank_classes(d, s->arena, ranking, err));
  s->chance = 0;
  for (size_t k = 0; k < s->n_seeds; k++) {
    memset(count, 0, d->n_classes * sizeof *count);
    for (size_t i = 0; i < s->panel[k].n; i++)
      if (s->panel[k].label[i] >= 0)
        count[s->panel[k].label[i]]++;
    s->chance += fray_metric_chance_of_ranking(s->metric, count, d->n_classes, ranking, 0, &why);
  }
  s->chance /= (double)s->n_seeds;
  FRAY_CHECK(!isnan(s->chance), err, INPUT,
             "--metric %s: has no chance value on these dev samples (%s); accuracy has one",
             s->metric->name, why);
  return FRAY_OK;
}

/* A loss is a share of what the clean models have above chance. Where they have nothing that is
 * resolved, there is nothing to take a share of. */
enum fray_status calib_scorer_make(struct calib_scorer *s, const struct fray_dataset *dataset,
                                   const int16_t *const *predicted, bool with_draws,
                                   struct fray_err *err) {
  s->n_classes = dataset->n_classes;
  FRAY_TRY(set_chance(s, dataset, err));
  s->clean = calib_score(s, predicted);
  FRAY_CHECK(!isnan(s->clean), err, INPUT,
             "--metric %s: does not follow from the classes that are answered", s->metric->name);
  if (!with_draws)
    return FRAY_OK;
  FRAY_TRY(fray_resample_make(draws_key, s->n_seeds, s->n_clusters, CALIB_DRAWS, s->arena,
                              &s->resample, err));
  FRAY_ALLOC(s->clean_draw, s->arena, CALIB_DRAWS, err);
  return draw_scores(s, predicted, s->clean_draw, err);
}

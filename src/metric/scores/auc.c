/* Metric: the area under the ROC curve, counted in pairs so that it is exact. */
#include "methods.h"

#include "fray/base/size.h"

/* Class c of sample i, for its area: with one label this class against the rest. */
static bool is_positive(const struct fray_scored *scored, size_t i, size_t c) {
  const struct fray_scored_samples *samples = &scored->samples;
  return samples->labels ? samples->labels[i * scored->n_classes + c] != 0
                         : samples->label[i] == (int32_t)c;
}

/* Pairs are counted in halves: 2 where the positive lies above, 1 where the two are equal. The
 * count is exact, so that the area does not depend on an order of addition. */
struct pairs {
  uint64_t positives, negatives, halves;
  bool is_nan;
};

/* order ascends, so equal scores follow one another: `tied` holds those of the score at hand, which
 * become samples below as soon as a larger one comes. */
static struct pairs count_pairs(const struct fray_scored *scored, size_t c, const uint32_t *order) {
  const struct fray_scored_samples *samples = &scored->samples;
  struct pairs out = {0};
  uint64_t tied[2] = {0}; /* negatives and positives of the score at hand */
  float score = 0.0f;
  for (size_t k = 0; k < samples->n; k++) {
    const size_t i = order[k];
    const uint64_t weight = (uint64_t)fray_sample_weight(samples, i);
    const float value = samples->score[i * scored->n_classes + c];
    if (weight == 0)
      continue;
    out.is_nan = out.is_nan || isnan(value);
    if (value != score) {
      out.negatives += tied[0], out.positives += tied[1];
      tied[0] = tied[1] = 0;
      score = value;
    }
    /* A positive wins over the negatives below and ties with those at its side, now or later. */
    const bool positive = is_positive(scored, i, c);
    out.halves += weight * (positive ? 2 * out.negatives + tied[0] : tied[1]);
    tied[positive] += weight;
  }
  out.negatives += tied[0], out.positives += tied[1];
  return out;
}

/* Mean over the classes that have samples on both sides. Of two classes of one label the second is
 * the positive one: the first would say the same. */
static double mean_area(const struct fray_scored *scored, uint64_t *key, uint32_t *order,
                        const char **status) {
  const struct fray_scored_samples *samples = &scored->samples;
  const size_t classes = scored->n_classes;
  double sum = 0.0;
  size_t n = 0;
  for (size_t c = !scored->multi_label && classes == 2; c < classes; c++) {
    if (!samples->order)
      fray_order_of_class(samples->score, samples->n, classes, c, key, order);
    const struct pairs pairs =
        count_pairs(scored, c, samples->order ? samples->order + c * samples->n : order);
    if (pairs.is_nan) {
      *status = "undefined score";
      return NAN;
    }
    if (pairs.positives == 0 || pairs.negatives == 0) {
      *status = "class absent";
      continue;
    }
    /* Mann-Whitney's U over all pairs: whole numbers until this division. */
    sum += (double)pairs.halves / 2.0 / ((double)pairs.positives * (double)pairs.negatives);
    n++;
  }
  return n ? sum / (double)n : NAN;
}

/* The bootstrap asks thousands of times: it brings scratch along, and alone the memory is taken for
 * a moment. key and order have no cells where the caller brings the order. */
static double auc(const struct fray_scored *scored, const char **status) {
  struct fray_arena own = {0}, *arena = scored->samples.work ? scored->samples.work : &own;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  /* Many weightings of the same scores bring the order along: sorting is what costs. */
  const size_t n = scored->samples.order ? 0 : scored->samples.n;
  uint64_t *key = fray_arena_alloc(arena, n, sizeof *key);
  uint32_t *order = fray_arena_alloc(arena, n, sizeof *order);
  double value = NAN;
  *status = key && order ? "ok" : "out of memory";
  if (key && order)
    value = mean_area(scored, key, order, status);
  fray_arena_rewind(arena, mark);
  fray_arena_free(&own);
  return value;
}

/* All scores of a class are equal, and equal ones count half. */
static double chance(const struct fray_scored *constant, const size_t *ranking,
                     const char **status) {
  size_t classes = 0;
  (void)ranking;
  for (size_t c = 0; c < constant->n_classes; c++) {
    const int64_t positives = fray_class_counts_of(constant, c).in_truth;
    classes += positives > 0 && positives < (int64_t)constant->n;
  }
  if (classes < constant->n_classes)
    *status = "class absent";
  return classes ? 0.5 : NAN;
}

static const struct fray_metric_ops ops = {.title = "AUC",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .needs_scores = true,
                                           .value = auc,
                                           .chance = chance};
const struct fray_choice fray_metric_auc = {
    .name = "auc",
    .meaning =
        "Area under the ROC curve: how often a sample of the class has a larger score than one of "
        "the rest, equal scores counted half. Two classes: of the second one; else the mean over "
        "the classes that have samples on both sides.",
    .source = "Mann-Whitney; scikit-learn's roc_auc_score (multi_class='ovr', average='macro')",
    .impl = &ops};

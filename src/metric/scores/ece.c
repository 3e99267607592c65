/* Metric: how far confidence and accuracy lie apart, over bins of confidence; and the bins
 * themselves, which the report draws. */
#include "methods.h"

#include <math.h>

/* One answer: how sure, and whether it is right. Intervals are closed above, so that 1 is in the
 * last. 15 times a float is exact in double, and so is the choice of the bin. */
static void add(struct fray_calibration *out, double confidence, bool is_right, int64_t weight) {
  const double place = ceil(confidence * FRAY_CALIBRATION_BINS) - 1.0;
  size_t bin = place > 0.0 ? (size_t)place : 0;
  if (bin >= FRAY_CALIBRATION_BINS)
    bin = FRAY_CALIBRATION_BINS - 1;
  out->n[bin] += weight;
  out->right[bin] += is_right ? weight : 0;
  out->confidence[bin] += (double)weight * confidence;
}

static bool add_class(struct fray_calibration *out, const struct fray_scored *scored, size_t i,
                      int64_t weight) {
  const float *row = scored->samples.score + i * scored->n_classes;
  size_t best = 0;
  for (size_t c = 0; c < scored->n_classes; c++) {
    if (isnan(row[c]))
      return false;
    /* The first of equals, as where the predicted class was chosen. */
    best = row[c] > row[best] ? c : best;
  }
  add(out, row[best], scored->samples.label[i] == (int32_t)best, weight);
  return true;
}

static bool add_set(struct fray_calibration *out, const struct fray_scored *scored, size_t i,
                    int64_t weight) {
  const float *row = scored->samples.score + i * scored->n_classes;
  const uint8_t *truth = scored->samples.labels + i * scored->n_classes;
  for (size_t c = 0; c < scored->n_classes; c++) {
    const bool said = row[c] > 0.5f;
    if (isnan(row[c]))
      return false;
    /* Sure of a no is sure as well: each class is a decision of its own. */
    add(out, said ? (double)row[c] : 1.0 - (double)row[c], said == (truth[c] != 0), weight);
  }
  return true;
}

/* Counts are whole numbers, so the weights of a resample add up exactly; confidences are summed in
 * sample order. After false *out is half filled, and of no use. */
bool fray_calibrate(const struct fray_scored *scored, struct fray_calibration *out,
                    const char **status) {
  *out = (struct fray_calibration){0};
  *status = scored->samples.score ? "undefined score" : "no scores";
  if (scored->samples.score)
    for (size_t i = 0; i < scored->samples.n; i++) {
      const int64_t weight = fray_sample_weight(&scored->samples, i);
      if (weight == 0)
        continue;
      if (scored->multi_label ? !add_set(out, scored, i, weight)
                              : !add_class(out, scored, i, weight))
        return false;
    }
  if (!scored->samples.score)
    return false;
  *status = "ok";
  return true;
}

/* The mean over the bins of |right / n - confidence / n|, weighed by n / all: n of a bin cancels,
 * so that an empty bin needs no exception. */
static double ece(const struct fray_scored *scored, const char **status) {
  struct fray_calibration bins;
  double sum = 0.0;
  int64_t n = 0;
  if (!fray_calibrate(scored, &bins, status))
    return NAN;
  for (size_t b = 0; b < FRAY_CALIBRATION_BINS; b++) {
    sum += fabs((double)bins.right[b] - bins.confidence[b]);
    n += bins.n[b];
  }
  return sum / (double)n;
}

/* No guess: the shares as probabilities are calibrated, and tell nobody from anybody. */
static const struct fray_metric_ops ops = {.title = "calibration error",
                                           .higher_is_better = false,
                                           .is_share = true,
                                           .needs_scores = true,
                                           .value = ece,
                                           .in_matrix = true,
                                           .of_probabilities = true};
const struct fray_choice fray_metric_ece = {
    .name = "ece",
    .meaning = "Expected calibration error: mean distance of confidence (the largest probability) "
               "and accuracy over 15 bins of equal width; lower is better. Multi-label: over all "
               "samples and classes, each with the probability of what is said of it.",
    .source = "Guo et al. 2017",
    .impl = &ops};

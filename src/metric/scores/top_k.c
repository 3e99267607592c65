/* Top-k accuracy, for the metrics top2, top3, ... */
#include "methods.h"

/* Classes that stand before the true one; all of them if its score is NaN. */
static size_t rank_of_truth(const struct fray_scored *scored, size_t i) {
  const size_t truth = (size_t)scored->samples.label[i];
  const float *row = scored->samples.score + i * scored->n_classes;
  size_t before = 0;
  /* Comparisons with NaN are false: a NaN of another class stands behind the truth, one of the
   * truth behind all. */
  if (isnan(row[truth]))
    return scored->n_classes;
  for (size_t c = 0; c < scored->n_classes; c++)
    before += row[c] > row[truth] || (row[c] == row[truth] && c < truth);
  return before;
}

/* Sets have no single true class to rank. With k or fewer classes every answer is right: the 1
 * stands, with a remark. */
double fray_top_value(const struct fray_scored *scored, size_t k, const char **status) {
  int64_t hits = 0;
  if (scored->multi_label) {
    *status = "several labels";
    return NAN;
  }
  if (k >= scored->n_classes)
    *status = "no more classes than that";
  for (size_t i = 0; i < scored->samples.n; i++) {
    const int64_t weight = fray_sample_weight(&scored->samples, i);
    if (weight != 0 && rank_of_truth(scored, i) < k)
      hits += weight;
  }
  return (double)hits / (double)scored->n;
}

/* The constant predictor names the k most frequent training classes. The row sums of its matrix are
 * the test samples of each class, whichever column they lie in. */
double fray_top_chance(const struct fray_scored *constant, const size_t *ranking, size_t k,
                       const char **status) {
  int64_t hits = 0;
  if (constant->multi_label || !ranking) {
    *status = constant->multi_label ? "several labels" : "no ranking of the classes";
    return NAN;
  }
  for (size_t r = 0; r < k && r < constant->n_classes; r++)
    hits += fray_class_counts_of(constant, ranking[r]).in_truth;
  return (double)hits / (double)constant->n;
}

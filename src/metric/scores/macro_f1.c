/* Metric: F1 of each class, averaged. */
#include "methods.h"

#include "fray/tensor/vec.h"

/* F1 of a class is 2 hits / (samples + answers). A class that neither the truth nor the answers
 * name has none and is left out; one that only the answers name counts as 0. */
static double macro_f1(const struct fray_scored *scored, const char **status) {
  double sum = 0.0;
  size_t classes = 0;
  for (size_t i = 0; i < scored->n_classes; i++) {
    struct fray_class_counts counts = fray_class_counts_of(scored, i);
    /* The mean is over fewer classes then; the reader should know. */
    if (counts.in_truth == 0)
      *status = "class absent";
    if (counts.in_truth + counts.in_answers == 0)
      continue;
    sum += 2.0 * (double)counts.hit / (double)(counts.in_truth + counts.in_answers);
    classes++;
  }
  /* Where all sets are empty, and all answers too, no class is left: 0 / 0 is the NaN that "class
   * absent" explains. */
  return sum / (double)classes;
}

/* Sums of one class after another, as above. */
FRAY_DISPATCH
static void add_class(size_t n, const int32_t *restrict hit, const int32_t *restrict truth,
                      const int32_t *restrict said, double *restrict sum,
                      int32_t *restrict classes) {
  for (size_t d = 0; d < n; d++) {
    const int32_t named = truth[d] + said[d];
    const double f1 = 2.0 * (double)hit[d] / (double)(named ? named : 1);
    sum[d] = named ? sum[d] + f1 : sum[d];
    classes[d] += named != 0;
  }
}

static void macro_f1s(const struct fray_class_draws *draws, double *value) {
  fray_means_of_draws(draws, add_class, value);
}

/* Guessing a class as often as its share p has precision p and recall p, so F1 p: 1 / K in the mean
 * of the K classes that occur, which is more than always answering the largest one. Of sets: always
 * "yes" has precision p and recall 1, so 2p / (1 + p). A class that does not occur is not guessed
 * either, and left out as above. */
static double guess(const double *share, size_t n_classes, bool multi_label) {
  double sum = 0.0;
  size_t classes = 0;
  for (size_t i = 0; i < n_classes; i++) {
    sum += multi_label ? 2 * share[i] / (1 + share[i]) : share[i];
    classes += share[i] > 0;
  }
  return sum / (double)classes;
}

static const struct fray_metric_ops ops = {.title = "macro F1",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .value = macro_f1,
                                           .values = macro_f1s,
                                           .guess = guess};
const struct fray_choice fray_metric_macro_f1 = {
    .name = "macro_f1",
    .meaning =
        "Mean over the classes of the harmonic mean of precision and recall; over the classes "
        "that occur in the test set or among the answers. Multi-label: of each class against the "
        "rest.",
    .source = "mean of 2 TP / (2 TP + FP + FN); the convention of scikit-learn's f1_score",
    .impl = &ops};

/* Metrics: from counts and per-sample values to one number, or an honest "undefined". */
#ifndef FRAY_METRIC_METRIC_H
#define FRAY_METRIC_METRIC_H

#include "fray/base/arena.h"
#include "fray/schema/schema.h"

/** Samples one by one, for metrics that look at scores: the probabilities of the classes as they
 *  stand in results.h5. Borrowed. All zero: not known. */
struct fray_scored_samples {
  size_t n;
  const float *score;      /* (n, classes) softmax, or the sigmoid of each class; NULL: not known */
  const int32_t *label;    /* (n) true class; below 0: left out. Multi-label: 0, or below 0 */
  const uint8_t *labels;   /* (n, classes) true sets, 0 or 1, if multi-label */
  const uint8_t *mask;     /* (n) 0: left out; NULL: all count */
  const uint16_t *weight;  /* (n) how often each counts, as a resample has it; NULL: once */
  const uint32_t *order;   /* (classes, n) of fray_score_order; NULL: sorted when asked for */
  struct fray_arena *work; /* scratch, rewound; NULL: memory is taken for a moment */
};

/** Answers to samples of which somebody wants to hear another class than theirs (corruptions with
 *  `lures`), and what the same were answered without that. All zero: nobody wants anything. */
struct fray_lured {
  size_t n;       /* eligible: labelled, and would be hit */
  size_t taken;   /* answered with a class that is wanted */
  size_t kept;    /* answered with their own */
  size_t refused; /* n - taken - kept - refused: another class, or no finite logit */
  size_t base;    /* answered with a wanted class without it */
  bool has_base;
};

/** What a metric may look at. confusion: (classes, classes), [true][predicted], row-major; its sum
 *  is n. With several labels per sample: (classes, 2, 2), one table [true][predicted] for each
 *  class, whose sum is n. */
struct fray_scored {
  size_t n, n_classes;
  const int64_t *confusion;
  double nll_sum; /* nats, sum over samples, in sample order; NaN if not known */
  bool multi_label;
  bool sequences; /* confusion: FRAY_EDIT_CELLS, sums over the samples */
  size_t exact;   /* multi-label: samples whose set was predicted exactly */
  size_t target;  /* 1 + the class that somebody wants answered; 0: none, or not known */
  bool judged;    /* it is known who was refused an answer */
  size_t refused, refused_right; /* without an answer; of these, whose largest logit is right */
  size_t refuted;                /* of the refused: a judge said that the evidence is against it */
  const int64_t *refused_of;     /* (classes) refused by true class: in no cell of the counts, whose
                                    sum is n - refused then; NULL: none */
  struct fray_lured lured;
  struct fray_scored_samples samples;
};
/** Of sequences: what struct fray_word_edits counts (fray/metric/words.h), in this order. They fit
 *  where the counts of a model of one label each, of two classes at least, do. */
enum { FRAY_HITS, FRAY_SUBSTITUTIONS, FRAY_DELETIONS, FRAY_INSERTIONS, FRAY_EDIT_CELLS };
/** Cells of the confusion counts, and of one label of refused_of behind them. */
size_t fray_confusion_cells(bool multi_label, size_t n_classes);

/** Counts of many resamples side by side: number d of each array is of resample d. */
struct fray_class_draws {
  size_t n, n_classes;
  size_t stride;         /* numbers from one array to the next, n at least */
  const int32_t *of_all; /* (2) samples; those answered right, of sets as a whole */
  const int32_t *of;     /* (classes, 3) hits, samples of the class, answers of it */
};

/** One metric (metrics.def); choice->impl points here. */
struct fray_metric_ops {
  const char *title; /* to a reader: "macro F1"; NULL: its name says it */
  bool higher_is_better;
  bool is_share;     /* in [0, 1] whatever the data: shown in percent */
  bool needs_scores; /* looks at scored->samples */
  bool needs_target; /* looks at scored->target */
  bool of_sequences; /* is of sequences of classes, and of nothing else */
  /** Value, or NaN when undefined. *status: "ok", else why it is undefined or, beside a value that
   *  stands, what a reader should know ("class absent": the mean is over the classes present). */
  double (*value)(const struct fray_scored *scored, const char **status);
  /** The same to the bit of each resample, as if of sets with these counts, NaN of one without
   *  samples; asked of metrics that see no more. NULL: they are asked one by one. */
  void (*values)(const struct fray_class_draws *draws, double *value);
  /** Value of the constant predictor, where the counts in `constant` do not give it. ranking: see
   *  fray_metric_chance_of_ranking, NULL if not known. May be NULL. */
  double (*chance)(const struct fray_scored *constant, const size_t *ranking, const char **status);
  /** True if it says something of finished models alone: no round is chosen or stopped by it. */
  bool of_finished;
  /** True if it judges what the constant predictor does not give, as probabilities: it has no
   *  chance value then. */
  bool of_probabilities;
  /** What the best answer that is made without the input reaches, knowing the share of the samples
   *  that have each class (n_classes; at least one is above 0): of probabilities these shares, of
   *  classes guessing each as often as it occurs. NULL: not known, or no more than chance. */
  double (*guess)(const double *share, size_t n_classes, bool multi_label);
  /** A column of `fray matrix`, which lacks it until a study measures it. */
  bool in_matrix;
};

extern const struct fray_choices fray_metrics; /* metrics.def, which lists them all */

/** Value of a metric; NaN when it is undefined, and only then (test the value, not the status).
 *  *status as above; "no samples" when n is 0; "not of sequences", "of sequences alone" when it
 * does not fit what was asked; "no scores" when the metric needs scores and they are not known,
 * "undefined score" when one of them is NaN. O(classes^2), or O(samples x classes) with scores;
 * auc: and a sort of the samples per class, unless samples.order is given. */
double fray_metric_value(const struct fray_choice *metric, const struct fray_scored *scored,
                         const char **status);
/** True if no round can be chosen by it, see fray_metric_ops. */
bool fray_metric_of_finished(const struct fray_choice *metric);
/** True if more is better (accuracy), false if less is (nll). */
bool fray_metric_higher_is_better(const struct fray_choice *metric);
/** What guessing reaches, see fray_metric_ops; NaN if that is not known, or if no class has a share
 *  above 0. */
double fray_metric_guess(const struct fray_choice *metric, const double *share, size_t n_classes,
                         bool multi_label);
/** True if the metric looks at scores, so that these must be kept. */
bool fray_metric_needs_scores(const struct fray_choice *metric);
/** True if the metric is of sequences: only there it has a value, and only it has one there. */
bool fray_metric_of_sequences(const struct fray_choice *metric);
/** True if the metric asks for the class that somebody wants answered. */
bool fray_metric_needs_target(const struct fray_choice *metric);

/** Value for the predictor that always gives the same ranking (n_classes) of the classes, and so
 *  always answers ranking[0], on a test set with these class counts (n_classes): the chance line.
 *  NaN for metrics that need probabilities ("no probabilities", "no scores"), for an empty test set
 *  and when ranking[0] >= n_classes; 0.5 for auc, whose ties count half. target: as in struct
 *  fray_scored. Takes classes^2 counts of memory for a moment. */
double fray_metric_chance_of_ranking(const struct fray_choice *metric, const int64_t *class_count,
                                     size_t n_classes, const size_t *ranking, size_t target,
                                     const char **status);

/** Likewise with several labels: the predictor that always answers the set `answer` (classes, 0 or
 *  1). n samples; positives (classes) of them; exact: those whose set is `answer`. */
double fray_metric_chance_of_sets(const struct fray_choice *metric, size_t n,
                                  const int64_t *positives, size_t exact, const uint8_t *answer,
                                  size_t n_classes, size_t target, const char **status);

/** order (classes, n): for each class the samples by ascending score, equal ones by number; for
 *  struct fray_scored_samples, where the same scores are weighted many times. score (n, classes), n
 * below 2^32. MEMORY. */
enum fray_status fray_score_order(const float *score, size_t n, size_t n_classes,
                                  struct fray_arena *arena, const uint32_t **order,
                                  struct fray_err *err);

enum { FRAY_CALIBRATION_BINS = 15 };
/** How sure the answers were and how often they were right, in bins of equal width of the
 *  confidence: bin b holds (b / 15, (b + 1) / 15]. One label: the largest probability and whether
 *  its class (the first of equals) is the true one. Multi-label: one answer for each sample and
 *  class, "yes" above 0.5, with the probability of what is said. Source: Guo et al. 2017. */
struct fray_calibration {
  int64_t n[FRAY_CALIBRATION_BINS], right[FRAY_CALIBRATION_BINS];
  double confidence[FRAY_CALIBRATION_BINS]; /* sum over the answers of a bin */
};
/** False, with a *status as fray_metric_value, when there are no scores or one is NaN. */
bool fray_calibrate(const struct fray_scored *scored, struct fray_calibration *out,
                    const char **status);

/** t such that P(T <= t) = p for Student's t with df > 0 degrees of freedom, p in (0.5, 1):
 *  p = 0.975 gives the factor of a two-sided 95 % interval. df may be infinite (normal law).
 *  Regularised incomplete beta by continued fraction (Lentz), inverted by bisection; from df = 1e6
 * on the normal quantile with its first-order correction. NaN outside. Source: Abramowitz &
 * Stegun 26.5.8, 26.7.1, 26.7.5. */
double fray_student_t(double p, double df);
/** P(T > t) for t >= 0; the normal law for infinite df. NaN outside. */
double fray_student_tail(double t, double df);

#endif

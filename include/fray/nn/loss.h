/* Losses of training, chosen by `training.local.loss`: for one label per sample, for a set, or for
 * a sequence. */
#ifndef FRAY_NN_LOSS_H
#define FRAY_NN_LOSS_H

#include "fray/base/arena.h"
#include "fray/schema/schema.h"

#include <stdint.h>

/** Gradient of a sample's loss: d loss / d logit_j = weight (p_j - target_j), where target_j is
 *  `own` for the label's class and `other` for the rest. Every loss of one label has this form. */
struct fray_loss_slope {
  double weight, own, other;
};

/** One sample whose label is a sequence of classes. Borrowed. */
struct fray_utterance {
  size_t time, symbols; /* symbols: classes and, last, the blank */
  const float *logits;  /* (time, symbols) */
  size_t n;
  const int16_t *target; /* (n) classes */
};

/** One loss (losses.def); choice->impl points here. It has one of `sample` (one label), `element`
 *  (a set of classes) and `sequence`. */
struct fray_loss_ops {
  /** Loss of one sample, and its slope. logits (classes); log_sum: log sum exp of them, NaN if a
   *  logit is NaN or the largest infinite (the loss then is NaN too). */
  double (*sample)(const void *params, size_t classes, const float *logits, size_t label,
                   double log_sum, struct fray_loss_slope *slope);
  /** Loss of one class of one sample, and its derivative by the logit; both NaN if the logit is not
   *  finite. weight: that of a positive. */
  double (*element)(const void *params, double logit, bool positive, double weight, double *slope);
  /** Weights of the positives of each class: out (classes). n training samples, positives (classes)
   *  of them. INPUT: a list of another length. With `element` only. */
  enum fray_status (*positive_weights)(const void *params, size_t classes, size_t n,
                                       const int64_t *positives, double *out, struct fray_err *err);
  /** Loss of one sequence, and its gradient dlogits (time, symbols). Infinite, with zeros, if the
   *  target takes more steps than there are. work: scratch, rewound. */
  enum fray_status (*sequence)(const void *params, const struct fray_utterance *of,
                               struct fray_arena *work, double *loss, float *dlogits,
                               struct fray_err *err);
};

extern const struct fray_choices fray_losses; /* losses.def */

/** What is true of a sample, for a loss: one label, a set of classes, or a sequence of them. */
enum fray_loss_sort { FRAY_LOSS_OF_LABELS, FRAY_LOSS_OF_SETS, FRAY_LOSS_OF_SEQUENCES };
enum fray_loss_sort fray_loss_of(const struct fray_choice *loss);
/** In words: "one label per sample", "sets of classes", "sequences of classes". */
const char *fray_loss_of_words(enum fray_loss_sort of);

/** The loss that is taken where none is named: the first of the list of its sort. Its losses and
 * slopes are asked with params NULL then. */
const struct fray_choice *fray_loss_default(enum fray_loss_sort of);

/** What training makes small: one of the losses. Borrowed. */
struct fray_objective {
  const struct fray_variant *loss; /* NULL: the default of the data */
  const double *class_weight; /* (classes) of samples with that label; of a loss of sets, of the
                                 positives of that class; NULL: 1 */
};

/** What `training.local.class_weights` may be, a node or NULL: none, balanced, or a map from
 * classes to numbers in (0, 1e6]. INPUT: something else. */
enum fray_status fray_class_weights_check(const struct fray_node *given, struct fray_err *err);
/** Weights of the samples of each class: out (classes). none: 1. balanced: N / (K samples[c]) of N
 *  samples in K classes that have any, so that all classes weigh alike in sum and a sample 1 in the
 *  mean (King & Zeng 2001; scikit-learn's "balanced"); 1 where there is none. A map: its numbers, 1
 *  for classes that it does not name. samples, name (classes). INPUT: a class that is not there. */
enum fray_status fray_class_weights(const struct fray_node *given, size_t classes,
                                    const char *const *name, const int64_t *samples, double *out,
                                    struct fray_err *err);

/** What is true of n samples: a label each, 0 .. classes-1; or sets, labels (n, classes) 0 or 1,
 * when that is not NULL. Borrowed. */
struct fray_truth {
  size_t n, classes;
  const int32_t *label;
  const uint8_t *labels;
};

/** Mean loss over the samples (and over the classes, of sets), each times its weight, in double, in
 *  sample order. The mean is over n, not over the sum of weights as in PyTorch's reduction "mean":
 *  that would undo the weights of a batch, or a client, of one class. dlogits (n, classes) = its
 * gradient. objective NULL: the default loss. 0 if n is 0. */
double fray_loss(const struct fray_objective *objective, const struct fray_truth *truth,
                 const float *logits, float *dlogits);
/** One sample of a batch of sequences: rows first .. first+time-1 of the logits, and its words. */
struct fray_heard_span {
  size_t first, time, n;
  const int16_t *word; /* (n) */
};
/** Mean loss over those of n samples whose words fit their steps, and its gradient dlogits (rows,
 *  symbols), overwritten; the others have slopes of 0 and are in *left_out (or NULL). 0 if none
 *  fits. work: scratch. */
enum fray_status fray_loss_of_spans(const struct fray_objective *objective, size_t n,
                                    const struct fray_heard_span *span, size_t symbols,
                                    const float *logits, size_t rows, struct fray_arena *work,
                                    double *loss, float *dlogits, size_t *left_out,
                                    struct fray_err *err);
/** Per sample: -log softmax(logits)[label], and the class of the largest logit (first on ties; NaN
 *  loses; -1 if no logit is finite). nll or predicted may be NULL; label -1 gives NaN. */
void fray_classify(size_t n, size_t classes, const float *logits, const int32_t *label, double *nll,
                   int16_t *predicted);
/** Per sample: the mean over classes of its binary cross-entropy (NaN where a label is neither 0
 * nor 1: unlabelled), and the classes predicted: bit c % 64 of word c / 64 is set where
 * logit c > 0, never for NaN. predicted (n, fray_set_words(classes)). */
void fray_classify_sets(size_t n, size_t classes, const float *logits, const uint8_t *labels,
                        double *nll, uint64_t *predicted);
/** Probabilities: the softmax of each row of logits (n, classes), or with `sets` the sigmoid of
 * each of them; computed in double and rounded once. A row whose softmax is undefined (a NaN in it,
 * or a largest logit that is infinite) is NaN, and so is the sigmoid of a logit that is not finite.
 *  out (n, classes) may be logits. */
void fray_probabilities(size_t n, size_t classes, const float *logits, bool sets, float *out);
/** Words of 64 bits that hold a set of classes. */
size_t fray_set_words(size_t classes);

#endif

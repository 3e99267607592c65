/* What the losses have in common: sums over samples and classes, answers, and probabilities. */
#include "fray/nn/loss.h"

#include "fray/base/size.h"
#include "fray/nn/ctc.h"

#include <math.h>
#include <string.h>

/* log sum exp of a row, shifted by its largest value so that no exp overflows and the largest is 1.
 * A NaN never is the largest by comparison but makes the sum one; an infinite largest would make
 * inf - inf of the rest. Both give NaN: divergence must show in the loss, not vanish in it. */
static double log_sum_exp(size_t classes, const float *logits) {
  double top = -INFINITY, sum = 0;
  for (size_t j = 0; j < classes; j++)
    top = logits[j] > top ? logits[j] : top;
  if (!isfinite(top))
    return NAN;
  for (size_t j = 0; j < classes; j++)
    sum += exp(logits[j] - top);
  return top + log(sum);
}

#define FRAY_LIST "losses.def"
#define FRAY_LOSS(name) FRAY_LISTED(fray_loss_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_losses = {"loss", "losses", registry, FRAY_COUNT(registry)};

/* By what it has, not by its name. */
enum fray_loss_sort fray_loss_of(const struct fray_choice *loss) {
  const struct fray_loss_ops *ops = loss->impl;
  return ops->sequence  ? FRAY_LOSS_OF_SEQUENCES
         : ops->element ? FRAY_LOSS_OF_SETS
                        : FRAY_LOSS_OF_LABELS;
}

const char *fray_loss_of_words(enum fray_loss_sort of) {
  static const char *const words[] = {"one label per sample", "sets of classes",
                                      "sequences of classes"};
  return words[of];
}

const struct fray_choice *fray_loss_default(enum fray_loss_sort of) {
  for (size_t i = 0; i < fray_losses.n; i++)
    if (fray_loss_of(fray_losses.v[i]) == of)
      return fray_losses.v[i];
  return NULL;
}

/* The defaults are asked without params, so their losses and slopes must read none. */
static const struct fray_loss_ops *ops_of(const struct fray_variant *loss, enum fray_loss_sort of) {
  return (loss ? loss->choice : fray_loss_default(of))->impl;
}

/* By softmax: every such loss has the slope weight (p - target) in all logits of its sample. */
static double loss_of_labels(const struct fray_objective *objective, const struct fray_truth *truth,
                             const float *logits, float *dlogits) {
  const struct fray_variant *loss = objective->loss;
  const struct fray_loss_ops *ops = ops_of(loss, FRAY_LOSS_OF_LABELS);
  const size_t n = truth->n, classes = truth->classes;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const float *row = logits + i * classes;
    const size_t label = (size_t)truth->label[i];
    const double lse = log_sum_exp(classes, row); /* one for the loss and all its slopes */
    struct fray_loss_slope s;
    /* 1 leaves every bit as it is. */
    const double weight = objective->class_weight ? objective->class_weight[label] : 1;
    sum += weight * ops->sample(loss ? loss->params : NULL, classes, row, label, lse, &s);
    for (size_t j = 0; j < classes; j++) {
      const double target = j == label ? s.own : s.other;
      dlogits[i * classes + j] =
          (float)(weight * s.weight * (exp(row[j] - lse) - target) / (double)n);
    }
  }
  return n ? sum / (double)n : 0;
}

/* The mean is over samples and classes alike, as PyTorch's, so that data with more classes do not
 * step further. */
static double loss_of_sets(const struct fray_objective *objective, const struct fray_truth *truth,
                           const float *logits, float *dlogits) {
  const struct fray_variant *loss = objective->loss;
  const struct fray_loss_ops *ops = ops_of(loss, FRAY_LOSS_OF_SETS);
  const double *positive = objective->class_weight;
  const size_t n = truth->n, classes = truth->classes;
  const double count = (double)n * (double)classes;
  double sum = 0;
  for (size_t i = 0; i < n * classes; i++) {
    const double weight = positive ? positive[i % classes] : 1;
    double slope;
    sum += ops->element(loss ? loss->params : NULL, logits[i], truth->labels[i], weight, &slope);
    dlogits[i] = (float)(slope / count);
  }
  return n ? sum / count : 0;
}

double fray_loss(const struct fray_objective *objective, const struct fray_truth *truth,
                 const float *logits, float *dlogits) {
  const struct fray_objective by_default = {0}, *o = objective ? objective : &by_default;
  return truth->labels ? loss_of_sets(o, truth, logits, dlogits)
                       : loss_of_labels(o, truth, logits, dlogits);
}

/* Each sample by itself and in order, so that a mean has one way to be added up. Whether words fit
 * is a matter of counts and known before any logit is looked at: an infinite loss never enters. */
enum fray_status fray_loss_of_spans(const struct fray_objective *objective, size_t n,
                                    const struct fray_heard_span *span, size_t symbols,
                                    const float *logits, size_t rows, struct fray_arena *work,
                                    double *loss, float *dlogits, size_t *left_out,
                                    struct fray_err *err) {
  const struct fray_variant *chosen = objective ? objective->loss : NULL;
  const struct fray_loss_ops *ops = ops_of(chosen, FRAY_LOSS_OF_SEQUENCES);
  double sum = 0;
  size_t fit = 0;
  memset(dlogits, 0, rows * symbols * sizeof *dlogits);
  for (size_t i = 0; i < n; i++) {
    const struct fray_utterance of = {span[i].time, symbols, logits + span[i].first * symbols,
                                      span[i].n, span[i].word};
    double own;
    if (fray_ctc_least_time(of.n, of.target) > of.time)
      continue;
    FRAY_TRY(ops->sequence(chosen ? chosen->params : NULL, &of, work, &own,
                           dlogits + span[i].first * symbols, err));
    sum += own;
    fit++;
  }
  for (size_t k = 0; fit && k < rows * symbols; k++)
    dlogits[k] = (float)(dlogits[k] / (double)fit);
  *loss = fit ? sum / (double)fit : 0;
  if (left_out)
    *left_out = n - fit;
  return FRAY_OK;
}

/* A NaN never wins, so that a model of which one logit broke still says something that can be
 * scored; that it broke shows in nll. Where nothing finite is left it says nothing: the first class
 * would be right by chance. */
static int16_t largest(size_t classes, const float *row) {
  size_t best = 0;
  bool finite = isfinite(row[0]);
  for (size_t j = 1; j < classes; j++) {
    finite = finite || isfinite(row[j]);
    if (row[j] > row[best] || (isnan(row[best]) && !isnan(row[j])))
      best = j;
  }
  return finite ? (int16_t)best : -1;
}

void fray_classify(size_t n, size_t classes, const float *logits, const int32_t *label, double *nll,
                   int16_t *predicted) {
  for (size_t i = 0; i < n; i++) {
    const float *row = logits + i * classes;
    if (nll)
      nll[i] = label[i] < 0 ? NAN : log_sum_exp(classes, row) - row[label[i]];
    if (predicted)
      predicted[i] = largest(classes, row);
  }
}

/* 1 / (1 + exp(-x)) needs no care in double: float logits end at 3e38, where exp is inf and p is 0.
 */
void fray_probabilities(size_t n, size_t classes, const float *logits, bool sets, float *out) {
  for (size_t i = 0; i < n; i++) {
    const float *row = logits + i * classes;
    const double lse = sets ? 0 : log_sum_exp(classes, row);
    for (size_t c = 0; c < classes; c++) {
      const double x = row[c];
      const double p = sets ? 1 / (1 + exp(-x)) : exp(x - lse);
      out[i * classes + c] = sets && !isfinite(x) ? NAN : (float)p;
    }
  }
}

/* A set travels as bits: 64 classes in eight bytes, where a byte for each would be the largest part
 * of what ranks send after an evaluation. */
size_t fray_set_words(size_t classes) {
  return (classes + 63) / 64;
}

/* nll is the loss that training has by default, unweighed: what is scored must not depend on what
 * was trained. A logit of 0 is p = 1/2, which speaks for no class. A label above 1 stands for none:
 * the sample is answered, and not scored. */
void fray_classify_sets(size_t n, size_t classes, const float *logits, const uint8_t *labels,
                        double *nll, uint64_t *predicted) {
  const struct fray_loss_ops *ops = ops_of(NULL, FRAY_LOSS_OF_SETS);
  const size_t words = fray_set_words(classes);
  memset(predicted, 0, n * words * sizeof *predicted);
  for (size_t i = 0; i < n; i++) {
    const float *row = logits + i * classes;
    const uint8_t *truth = labels + i * classes;
    double sum = 0, unused;
    for (size_t c = 0; c < classes; c++) {
      sum += truth[c] > 1 ? NAN : ops->element(NULL, row[c], truth[c], 1, &unused);
      predicted[i * words + c / 64] |= (uint64_t)(row[c] > 0) << c % 64;
    }
    nll[i] = sum / (double)classes;
  }
}

/* What the losses have in common: sums over samples and classes, answers, and probabilities. */
#include "fray/nn/loss.h"

#include "fray/base/size.h"
#include "fray/nn/ctc.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* Rows are gone through several at once, as many as fit here: exp of many values is made side by
 * side. */
enum { ROWS = 64, ROOM = 512 };

static size_t rows_at_once(size_t classes) {
  return classes < ROOM ? FRAY_MIN((size_t)ROWS, ROOM / classes) : 1;
}

/* out (rows, columns) = exp(x - shift of the row), in double. */
static void shifted_exps(size_t rows, size_t columns, size_t ld, const float *x,
                         const double *shift, double *out) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++)
      out[r * columns + j] = x[r * ld + j] - shift[r];
  fray_vec_exp_double(rows * columns, out, out);
}

/* log sum exp of rows, shifted by their largest value so that no exp overflows and the largest is
 * 1. A NaN never is the largest by comparison but makes the sum one; an infinite largest would make
 * inf - inf of the rest. Both give NaN: divergence must show in the loss, not vanish in it. */
static void log_sums(size_t rows, size_t classes, const float *logits, double *out) {
  double top[ROWS], sum[ROWS], e[ROOM];
  for (size_t r = 0; r < rows; r++) {
    float most = -INFINITY;
    for (size_t j = 0; j < classes; j++)
      most = logits[r * classes + j] > most ? logits[r * classes + j] : most;
    top[r] = most;
    sum[r] = 0;
  }
  for (size_t first = 0, columns; first < classes; first += columns) {
    columns = FRAY_MIN(classes - first, (size_t)ROOM);
    shifted_exps(rows, columns, classes, logits + first, top, e);
    for (size_t r = 0; r < rows; r++)
      for (size_t j = 0; j < columns; j++)
        sum[r] += e[r * columns + j];
  }
  for (size_t r = 0; r < rows; r++)
    out[r] = isfinite(top[r]) ? top[r] + log(sum[r]) : NAN;
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

/* What a row's slopes are made of. */
struct slopes {
  double log_sum, weight, own, other;
  size_t label;
};

static FRAY_DISPATCH void put_row(size_t columns, double n, double weight, double other,
                                  const double *restrict e, float *restrict out) {
  for (size_t j = 0; j < columns; j++)
    out[j] = (float)(weight * (e[j] - other) / n);
}

/* dlogits of rows: (p - target) by their weights, over n samples. */
static void put_slopes(size_t rows, size_t classes, size_t n, const float *logits,
                       const struct slopes *of, float *dlogits) {
  double shift[ROWS], e[ROOM];
  for (size_t r = 0; r < rows; r++)
    shift[r] = of[r].log_sum;
  for (size_t first = 0, columns; first < classes; first += columns) {
    columns = FRAY_MIN(classes - first, (size_t)ROOM);
    shifted_exps(rows, columns, classes, logits + first, shift, e);
    for (size_t r = 0; r < rows; r++) {
      float *out = dlogits + r * classes + first;
      const double *p = e + r * columns;
      const size_t own = of[r].label - first; /* beyond all columns, if it is not here */
      put_row(columns, (double)n, of[r].weight, of[r].other, p, out);
      if (own < columns)
        out[own] = (float)(of[r].weight * (p[own] - of[r].own) / (double)n);
    }
  }
}

/* By softmax: every such loss has the slope weight (p - target) in all logits of its sample. */
static double loss_of_labels(const struct fray_objective *objective, const struct fray_truth *truth,
                             const float *logits, float *dlogits) {
  const struct fray_variant *loss = objective->loss;
  const struct fray_loss_ops *ops = ops_of(loss, FRAY_LOSS_OF_LABELS);
  const size_t n = truth->n, classes = truth->classes;
  double sum = 0;
  for (size_t i = 0, rows; i < n; i += rows) {
    double log_sum[ROWS]; /* one for the loss and all its slopes */
    struct slopes slopes[ROWS];
    rows = FRAY_MIN(n - i, rows_at_once(classes));
    log_sums(rows, classes, logits + i * classes, log_sum);
    for (size_t r = 0; r < rows; r++) {
      const size_t label = (size_t)truth->label[i + r];
      struct fray_loss_slope s;
      /* 1 leaves every bit as it is. */
      const double weight = objective->class_weight ? objective->class_weight[label] : 1;
      sum += weight * ops->sample(loss ? loss->params : NULL, classes, logits + (i + r) * classes,
                                  label, log_sum[r], &s);
      slopes[r] = (struct slopes){log_sum[r], weight * s.weight, s.own, s.other, label};
    }
    put_slopes(rows, classes, n, logits + i * classes, slopes, dlogits + i * classes);
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
 * would be right by chance. Of equals it is the first. No branch hangs on the values, as nobody
 * could guess them. */
static int16_t largest(size_t classes, const float *row) {
  float top = -INFINITY;
  bool finite = false;
  size_t best = 0;
  for (size_t j = 0; j < classes; j++) {
    finite |= isfinite(row[j]) != 0;
    top = row[j] > top ? row[j] : top;
  }
  for (size_t j = classes; j-- > 0;)
    best = row[j] == top ? j : best;
  return finite ? (int16_t)best : -1;
}

void fray_classify(size_t n, size_t classes, const float *logits, const int32_t *label, double *nll,
                   int16_t *predicted) {
  for (size_t i = 0, rows; nll && i < n; i += rows) {
    rows = FRAY_MIN(n - i, rows_at_once(classes));
    log_sums(rows, classes, logits + i * classes, nll + i);
    for (size_t r = i; r < i + rows; r++)
      nll[r] = label[r] < 0 ? NAN : nll[r] - logits[r * classes + (size_t)label[r]];
  }
  for (size_t i = 0; predicted && i < n; i++)
    predicted[i] = largest(classes, logits + i * classes);
}

/* 1 / (1 + exp(-x)) needs no care in double: float logits end at 3e38, where exp is inf and p is 0.
 */
static void probabilities_of_sets(size_t n, const float *logits, float *out) {
  for (size_t i = 0; i < n; i++) {
    const double x = logits[i], p = 1 / (1 + exp(-x));
    out[i] = !isfinite(x) ? NAN : (float)p;
  }
}

void fray_probabilities(size_t n, size_t classes, const float *logits, bool sets, float *out) {
  double shift[ROWS], e[ROOM];
  if (sets) {
    probabilities_of_sets(n * classes, logits, out);
    return;
  }
  for (size_t i = 0, rows; i < n; i += rows) {
    rows = FRAY_MIN(n - i, rows_at_once(classes));
    log_sums(rows, classes, logits + i * classes, shift);
    for (size_t first = 0, columns; first < classes; first += columns) {
      columns = FRAY_MIN(classes - first, (size_t)ROOM);
      shifted_exps(rows, columns, classes, logits + i * classes + first, shift, e);
      for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < columns; j++)
          out[(i + r) * classes + first + j] = (float)e[r * columns + j];
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

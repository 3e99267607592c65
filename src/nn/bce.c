/* Binary cross-entropy for sets of classes, and the weights of positives that go with it. */
#include "fray/nn/loss.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct params {
  const struct fray_node *positive_weights;
};

/* A word or a list under one key: no type of the schema is that, so the node is kept and read here.
 */
static bool is_word(const struct fray_node *node, const char *word) {
  return node->kind == FRAY_NODE_SCALAR && strcmp(node->scalar, word) == 0;
}

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  (void)node;
  const struct fray_node *given = ((const struct params *)section)->positive_weights;
  if (!given || is_word(given, "none") || is_word(given, "balanced"))
    return FRAY_OK;
  FRAY_CHECK(given->kind == FRAY_NODE_LIST && given->n > 0, err, INPUT,
             "positive_weights: expected none, balanced, or a list of numbers, one per class");
  for (const struct fray_node *w = given->child; w; w = w->next) {
    double value;
    FRAY_CHECK(fray_node_real(w, &value) && value > 0 && value <= 1e6, err, INPUT,
               "positive_weights: %s is not a number in (0, 1e+06]",
               w->kind == FRAY_NODE_SCALAR ? w->scalar : "a list or map");
  }
  return FRAY_OK;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(NODE, "positive_weights", struct params, positive_weights,
               .help = "weight of a class's positives: none (1); balanced (its negatives over its "
                       "positives among all training samples that damage leaves; 1 if either is "
                       "0); or a list of numbers above 0, one per class in the data set's order. "
                       "Default none."),
};
static FRAY_TABLE(table, "bce", struct params, fields, .help = "", .check = check);

/* log(1 + exp x) without overflow: max(x, 0) is its asymptote, the rest at most log 2. */
static double softplus(double x) {
  return fmax(x, 0) + log1p(exp(-fabs(x)));
}

/* exp of a non-positive number only, so nothing overflows on either side. */
static double sigmoid(double x) {
  const double e = exp(-fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/* Per class -w y log s(z) - (1 - y) log(1 - s(z)), s the sigmoid. As softplus of -z and z neither
 * logarithm sees a rounded 0: far on the wrong side the loss is |z| itself. The slopes are
 * -w s(-z) for a positive and s(z) for the rest. */
static double element(const void *params, double logit, bool positive, double weight,
                      double *slope) {
  (void)params;
  if (!isfinite(logit)) { /* an infinite one on the right side would hide as a loss of 0 */
    *slope = NAN;
    return NAN;
  }
  *slope = positive ? -weight * sigmoid(-logit) : sigmoid(logit);
  return positive ? weight * softplus(-logit) : softplus(logit);
}

/* How long a list must be is known only here: the number of classes is that of the data, which the
 * check of the section has not seen. A class that all or none have weighs 1; a weight of 0 or
 * infinity would take it out of training or let it rule it. */
static enum fray_status weights(const void *params, size_t classes, size_t n,
                                const int64_t *positives, double *out, struct fray_err *err) {
  const struct fray_node *given = ((const struct params *)params)->positive_weights;
  const bool list = given && given->kind == FRAY_NODE_LIST;
  const bool balanced = given && is_word(given, "balanced");
  FRAY_CHECK(!list || given->n == classes, err, INPUT,
             "training.local.positive_weights: %zu numbers, but the data has %zu classes",
             list ? given->n : 0, classes);
  const struct fray_node *w = list ? given->child : NULL;
  for (size_t c = 0; c < classes; c++, w = w ? w->next : NULL) {
    const int64_t negatives = (int64_t)n - positives[c];
    out[c] = 1;
    if (w)
      fray_node_real(w, &out[c]);
    else if (balanced && positives[c] > 0 && negatives > 0)
      out[c] = (double)negatives / (double)positives[c];
  }
  return FRAY_OK;
}

static const struct fray_loss_ops ops = {.element = element, .positive_weights = weights};

extern const struct fray_choice fray_loss_bce;
const struct fray_choice fray_loss_bce = {
    .name = "bce",
    .meaning = "binary cross-entropy of each class, for multi-label data, where it is the default",
    .source = "mean over samples and classes of w y softplus(-z) + (1 - y) softplus(z), as "
              "torch.nn.BCEWithLogitsLoss with pos_weight",
    .table = &table,
    .impl = &ops,
};

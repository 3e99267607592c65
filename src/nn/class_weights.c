/* Weights of classes in a loss of one label per sample: against classes that few samples have.
 *
 * They move a boundary only where classes overlap: a model that fits all its training samples does
 * so with any weights (Byrd & Lipton 2019). */
#include "fray/nn/loss.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <string.h>

enum { MOST_WEIGHT = 1000000 }; /* a step of any lr is lost behind more */

/* A word or a map under one key: no type of the schema is that, so the node is read here. */
static bool is_word(const struct fray_node *node, const char *word) {
  return node && node->kind == FRAY_NODE_SCALAR && strcmp(node->scalar, word) == 0;
}

/* `null` is what a method writes to take out the weights of the scenario that it changes. */
static bool is_none(const struct fray_node *node) {
  return !node || node->kind == FRAY_NODE_NULL || is_word(node, "none");
}

/* A weight of 0 would take the samples of a class out of training, which is another thing. */
enum fray_status fray_class_weights_check(const struct fray_node *given, struct fray_err *err) {
  if (is_none(given) || is_word(given, "balanced"))
    return FRAY_OK;
  FRAY_CHECK(given->kind == FRAY_NODE_MAP && given->n > 0, err, INPUT,
             "class_weights: expected none, balanced, or a map from classes to numbers");
  for (const struct fray_node *w = given->child; w; w = w->next) {
    double value;
    FRAY_CHECK(fray_node_real(w, &value) && value > 0 && value <= MOST_WEIGHT, err, INPUT,
               "class_weights.%s: %s is not a number in (0, %g]", w->key,
               w->kind == FRAY_NODE_SCALAR ? w->scalar : "a list or map", (double)MOST_WEIGHT);
  }
  return FRAY_OK;
}

/* Classes that no sample has count for nothing: neither among the classes that share the weight,
 * nor in training. */
static void balance(size_t classes, const int64_t *samples, double *out) {
  int64_t n = 0, held = 0;
  for (size_t c = 0; c < classes; c++) {
    n += samples[c];
    held += samples[c] > 0;
  }
  for (size_t c = 0; c < classes; c++)
    if (samples[c] > 0)
      out[c] = (double)n / ((double)held * (double)samples[c]);
}

enum fray_status fray_class_weights(const struct fray_node *given, size_t classes,
                                    const char *const *name, const int64_t *samples, double *out,
                                    struct fray_err *err) {
  for (size_t c = 0; c < classes; c++)
    out[c] = 1;
  if (is_none(given))
    return FRAY_OK;
  if (is_word(given, "balanced")) {
    balance(classes, samples, out);
    return FRAY_OK;
  }
  FRAY_TRY(fray_class_weights_check(given, err));
  /* By name: the order of classes is that of the shards, which nobody sees in a scenario. */
  for (const struct fray_node *w = given->child; w; w = w->next) {
    size_t c = 0;
    while (c < classes && strcmp(name[c], w->key) != 0)
      c++;
    char list[512];
    FRAY_CHECK(c < classes, err, INPUT, "training.local.class_weights: no class '%.200s'; %s",
               w->key, fray_there_are(w->key, name, classes, list, sizeof list));
    fray_node_real(w, &out[c]);
  }
  return FRAY_OK;
}

/* The section `training.stop`, and its rule: early stopping (Prechelt 1998). */
#include "fray/fed/patience.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "patience", struct fray_stop_config, patience, .def = 0, .min = 0,
               .max = 1000000, .unit = "evaluated rounds",
               .help = "training ends after this many evaluated rounds in a row without a better "
                       "dev score (early stopping, Prechelt 1998); 0: never"),
    FRAY_FIELD(STRING, "metric", struct fray_stop_config, metric, .optional = true,
               .help = "whose dev score is looked at, one of evaluate.metrics, so that rounds.csv "
                       "shows why training ended. Default: that of training.selection"),
    FRAY_FIELD(REAL, "min_delta", struct fray_stop_config, min_delta, .def = 0, .min = 0,
               .max = 1e9,
               .help = "a score is better only if it is by more than this, in units of the metric"),
};
/* Not a choice of the schema, as those always are given or have a default of their own. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const char *metric = ((const struct fray_stop_config *)section)->metric, *names[64];
  const size_t n = FRAY_MIN(fray_metrics.n, FRAY_COUNT(names));
  char where[256], list[800];
  if (!metric || fray_choice_find(&fray_metrics, metric))
    return FRAY_OK;
  for (size_t k = 0; k < n; k++)
    names[k] = fray_metrics.v[k]->name;
  fray_node_where(node, where);
  return fray_fail(err, FRAY_INPUT, "%s: training.stop.metric: unknown metric '%s'; %s", where,
                   metric, fray_there_are(metric, names, n, list, sizeof list));
}

FRAY_TABLE(fray_stop_table, "stop", struct fray_stop_config, fields,
           .help = "Training that ends before training.rounds. The selected round stays the best "
                   "one so far.",
           .check = check);

/* The score of the last improvement is what later ones are held against, not the best one: a slow
 * climb of steps that are each below min_delta counts once it adds up. */
static bool improves(const struct fray_patience *p, const struct fray_stop_config *config,
                     bool higher_is_better, double dev) {
  if (isnan(dev) || p->looks == 0 || isnan(p->best))
    return !isnan(dev);
  return higher_is_better ? dev - config->min_delta > p->best : dev + config->min_delta < p->best;
}

bool fray_patience_look(struct fray_patience *p, const struct fray_stop_config *config,
                        bool higher_is_better, double dev) {
  if (improves(p, config, higher_is_better, dev)) {
    p->best = dev;
    p->waited = 0;
  } else {
    if (p->looks == 0)
      p->best = NAN;
    p->waited++;
  }
  p->looks++;
  return config->patience > 0 && p->waited >= (size_t)config->patience;
}

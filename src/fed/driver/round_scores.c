/* How good the model is after a round, on dev and test samples, and whether it is the best so far.
 */
#include "run.h"

#include <math.h>
#include <string.h>

/* One condition: while it trains, the test split is looked at under that of the trial alone. The
 * others are scored afterwards, with the models that are kept. */
static enum fray_status evaluate_mine(struct run *r, const struct fray_samples *panel, size_t round,
                                      uint64_t *load, struct fray_evaluation *out,
                                      struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_evaluation_task task = {.model = f->model,
                                            .features = f->features,
                                            .n_modalities = f->dataset->n_modalities,
                                            .conditions = 1,
                                            .w = r->w,
                                            .under = panel,
                                            .scores = r->scores,
                                            .codes = &r->codes,
                                            .list = panel == &f->test,
                                            .watch = f->watch,
                                            .round = round};
  return fray_evaluate_mine(f->comm, &task, load, &r->core.work, &r->answers, out, err);
}

/* Completes the answers and scores them. The selection metric need not be among those reported: it
 * follows them. */
static enum fray_status score_panel(struct run *r, const struct fray_samples *panel,
                                    struct fray_evaluation *evaluation, enum fray_status mine,
                                    double *values, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  struct fray_scored scored;
  const char *why;
  FRAY_TRY(fray_evaluate_share(f->comm, evaluation, mine, &r->core.work, err));
  fray_score(&evaluation->answers, 0, panel->label, panel->labels, NULL, f->dataset->n_classes,
             r->confusion, &scored);
  scored.samples.work = &r->core.work;
  scored.target = f->target;
  for (size_t k = 0; k < f->evaluate->metrics.n; k++)
    values[k] = fray_metric_value(f->metrics[k], &scored, &why);
  values[f->evaluate->metrics.n] =
      fray_metric_value(f->training->selection.metric.choice, &scored, &why);
  return FRAY_OK;
}

/* NaN is worse than any value: a metric may be undefined in early rounds, and must not stay the
 * best. */
static bool is_better(const struct run *r, double value, const struct fray_outcome *out) {
  const struct fray_selection_config *selection = &r->core.f->training->selection;
  if (out->best_round == 0)
    return true; /* the first one, whatever its value: there must be a model to report */
  if (isnan(value) || isnan(out->best_dev))
    return !isnan(value);
  /* Few dev samples make ties common; which one is taken is the user's choice and part of the
   * result. */
  if (value == out->best_dev)
    return selection->tie == 1;
  return fray_metric_higher_is_better(selection->metric.choice) ? value > out->best_dev
                                                                : value < out->best_dev;
}

enum fray_status run_evaluate(struct run *r, struct fray_round_row *row, struct fray_outcome *out,
                              struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  size_t n = f->evaluate->metrics.n;
  double dev[FRAY_MAX_METRICS + 1], test[FRAY_MAX_METRICS + 1];
  struct fray_evaluation on_dev = {0}, on_test = {0};
  bool always = f->evaluate->test == FRAY_TEST_EVERY;
  /* Loads begin anew each time: which rank answers what must not depend on rounds before. */
  memset(r->core.load, 0, (size_t)fray_comm_size(f->comm) * sizeof *r->core.load);
  fray_arena_reset(&r->answers);
  fray_kept_codes_look(&r->codes, f->model, r->w);
  enum fray_status mine = evaluate_mine(r, &f->dev, row->round, r->core.load, &on_dev, err);
  if (always && mine == FRAY_OK) /* with the dev samples: ranks wait once, blocks balance */
    mine = evaluate_mine(r, &f->test, row->round, r->core.load, &on_test, err);
  FRAY_TRY(score_panel(r, &f->dev, &on_dev, mine, dev, err));
  bool best = is_better(r, dev[n], out);
  row->evaluated = true;
  row->tested = best || always;
  memcpy(row->dev, dev, n * sizeof *dev);
  /* Only rounds that are the best so far pay for the test; nothing that is selected depends on
   * it. */
  if (row->tested && !always)
    mine = evaluate_mine(r, &f->test, row->round, r->core.load, &on_test, err);
  if (row->tested) {
    FRAY_TRY(score_panel(r, &f->test, &on_test, mine, test, err));
    memcpy(row->test, test, n * sizeof *test);
  }
  /* A copy: the model goes on. */
  if (best) {
    out->best_round = row->round;
    out->best_dev = dev[n];
    memcpy(out->best, r->w, r->core.total * sizeof *r->w);
  }
  return FRAY_OK;
}

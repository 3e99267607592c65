/* A fitted gate as judges read it.
 *
 * A threshold is one of a model and of its dev samples, so the file says which trials it is of,
 * with the hashes of both; where either is another one the gate is refused. Gates are fitted to the
 * models that dev samples selected. Models that nobody fitted it to, but that are judged beside
 * them (of the last round, clients' own ones), have no bounds, and everything is refused.
 *
 * Left to fray guard are scores that a judge cannot give: it never sees raw signals, and Gaussians
 * of training samples do not stand in the file. So are thresholds by group, since a judge does not
 * know who a sample is of. */
#include "judges_gate.h"
#include "judge_file.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Other files that judges are fitted to are YAML as well, so what makes it a gate is looked at
 * first: a list of a bounty, say, would else be told to lack a key of gates. */
static enum fray_status parse(const char *path, struct fray_arena *arena, struct fray_node **out,
                              struct fray_err *err) {
  FRAY_TRY(fray_judge_file(path, arena, out, err));
  FRAY_CHECK(fray_node_get(fray_node_get(*out, "gate"), "cost") ||
                 fray_node_get(fray_node_get(*out, "gate"), "scores"),
             err, INPUT, "%s: is no fitted gate", path);
  FRAY_CHECK(fray_node_get(*out, "trials"), err, INPUT, "%s: is no fitted gate", path);
  return FRAY_OK;
}

/* Before any model is known: whether its scores are such that a judge can give. */
static enum fray_status read_scores(const struct fray_node *list, const char *path,
                                    const struct fray_judge_place *place, struct fray_arena *arena,
                                    struct judges_gate *out, struct fray_err *err) {
  const struct fray_node *node = list->child;
  FRAY_CHECK(list->kind == FRAY_NODE_LIST && list->n > 0, err, INPUT,
             "%s: gate.scores: a list of scores is expected", path);
  out->n = list->n;
  FRAY_ALLOC_ZERO(out->score, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->low, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->high, arena, out->n, err);
  for (size_t s = 0; s < out->n; s++, node = node->next) {
    FRAY_TRY(fray_gate_score_read(node, "gate.scores", place->modality, place->n_modalities, arena,
                                  &out->score[s], err));
    const struct fray_gate_score_ops *ops = out->score[s].kind->impl;
    FRAY_CHECK(!ops->fitted && !ops->ranked &&
                   !(fray_gate_score_reads(&out->score[s]) & ~(unsigned)FRAY_GATE_ALONE),
               err, INPUT,
               "%s: %s looks at more than a judge sees, which are logits; fray guard reports what "
               "such a gate refuses",
               path, out->score[s].name);
  }
  return FRAY_OK;
}

/* One side of the bounds of a trial. */
static enum fray_status read_bounds(const struct fray_node *trial, const char *side,
                                    const char *path, size_t n, double *out, struct fray_err *err) {
  const struct fray_node *list = fray_node_get(trial, side);
  const struct fray_node *node = list ? list->child : NULL;
  FRAY_CHECK(list && list->kind == FRAY_NODE_LIST && list->n == n, err, INPUT,
             "%s: trials: %s: %zu bounds are expected", path, side, n);
  for (size_t s = 0; s < n; s++, node = node->next)
    FRAY_CHECK(fray_node_real(node, &out[s]) && !isnan(out[s]), err, INPUT,
               "%s: trials: %s: '%s' is no bound", path, side,
               node->kind == FRAY_NODE_SCALAR ? node->scalar : "");
  return FRAY_OK;
}

/* A trial of another name was trained otherwise; one of that name with other weights was trained
 * elsewhere. Both are told before anything is asked, as far as they can be. */
static enum fray_status find_trial(const struct fray_node *root, const char *path,
                                   const struct fray_judge_place *place, struct judges_gate *out,
                                   struct fray_err *err) {
  if (!place->trial)
    return FRAY_OK;
  const struct fray_node *trial = fray_node_get(fray_node_get(root, "trials"), place->trial);
  FRAY_CHECK(trial, err, INPUT, "%s: it was not fitted to trial %s", path, place->trial);
  FRAY_CHECK(!place->dev || strcmp(fray_judge_text(trial, "dev"), place->dev) == 0, err, INPUT,
             "%s: trial %s: it was calibrated on other dev samples than %s", path, place->trial,
             place->dev);
  const bool same = place->model && strcmp(fray_judge_text(trial, "model"), place->model) == 0;
  FRAY_CHECK(same || !place->model || !place->is_selected, err, INPUT,
             "%s: trial %s: it was fitted to another model than %s", path, place->trial,
             place->model);
  out->has_bounds = same;
  out->trial = trial;
  if (out->n == 0)
    FRAY_CHECK(fray_node_get(trial, "temperature") &&
                   fray_node_real(fray_node_get(trial, "temperature"), &out->temperature) &&
                   out->temperature > 0 && isfinite(out->temperature),
               err, INPUT, "%s: trial %s: a temperature above 0 is expected", path, place->trial);
  else {
    FRAY_TRY(read_bounds(trial, "low", path, out->n, out->low, err));
    FRAY_TRY(read_bounds(trial, "high", path, out->n, out->high, err));
  }
  return FRAY_OK;
}

enum fray_status judges_gate_read(const char *path, const struct fray_judge_place *place,
                                  struct fray_arena *arena, struct judges_gate *out,
                                  struct fray_err *err) {
  struct fray_node *root;
  double cost;
  *out = (struct judges_gate){0};
  FRAY_TRY(parse(path, arena, &root, err));
  out->root = root;
  const struct fray_node *gate = fray_node_get(root, "gate"), *told = fray_node_get(gate, "cost");
  if (told) {
    FRAY_CHECK(fray_node_real(told, &cost) && cost >= 0 && isfinite(cost), err, INPUT,
               "%s: gate.cost: a number of at least 0 is expected", path);
    out->cut = cost / (1 + cost);
    return find_trial(root, path, place, out, err);
  }
  FRAY_CHECK(strcmp(fray_judge_text(gate, "per"), "all") == 0, err, INPUT,
             "%s: gate.per: a judge does not know who a sample is of, so it takes one threshold "
             "for all",
             path);
  FRAY_TRY(read_scores(fray_node_get(gate, "scores"), path, place, arena, out, err));
  return find_trial(root, path, place, out, err);
}

/* Made once a block and used for all of its samples: scores count in doubles, models in floats. */
enum fray_status judges_view_make(const struct fray_outputs *of, struct fray_arena *arena,
                                  struct judges_view *out, struct fray_err *err) {
  *out = (struct judges_view){0};
  FRAY_ALLOC(out->logits, arena, of->classes, err);
  FRAY_ALLOC(out->seen, arena, of->modalities + 1, err);
  FRAY_ALLOC(out->alone, arena, of->modalities + 1, err);
  for (size_t m = 0; m < of->modalities; m++)
    FRAY_ALLOC(out->alone[m], arena, of->classes, err);
  out->view = (struct fray_gate_view){.classes = of->classes,
                                      .modalities = of->modalities,
                                      .logits = out->logits,
                                      .alone = out->seen};
  FRAY_ALLOC(out->work, arena, fray_gate_work(&out->view) + 1, err);
  return FRAY_OK;
}

/* One sample as scores see it; what is not there is NULL. */
static void look_at(const struct fray_outputs *of, size_t i, struct judges_view *v) {
  for (size_t k = 0; k < of->classes; k++)
    v->logits[k] = (double)of->logits[i * of->classes + k];
  for (size_t m = 0; m < of->modalities; m++) {
    v->seen[m] = of->present[i] >> m & 1u ? v->alone[m] : NULL;
    for (size_t k = 0; v->seen[m] && k < of->classes; k++)
      v->alone[m][k] = (double)of->alone[(m * of->n + i) * of->classes + k];
  }
}

/* Beyond either bound of any score; a value that is NaN says nothing, and is beyond none. */
static bool is_beyond(const struct judges_gate *gate, const struct fray_gate_view *view,
                      double *work) {
  for (size_t s = 0; s < gate->n; s++) {
    const struct fray_gate_score_ops *ops = gate->score[s].kind->impl;
    double value;
    ops->value(&gate->score[s], view, work, &value);
    if (value > gate->high[s] || value < gate->low[s])
      return true;
  }
  return false;
}

/* At or below the cut; at cost 0 nobody is. */
static bool is_unsure(const struct judges_gate *gate, const double *z, size_t classes,
                      size_t best) {
  const double all = fray_gate_log_sum(classes, z, gate->temperature);
  return gate->cut > 0 && !(exp((z[best] - all) / gate->temperature) > gate->cut);
}

/* A model without bounds is refused everything; it is looked at all the same. */
bool judges_gate_refuses(const struct judges_gate *gate, const struct fray_outputs *of, size_t i,
                         size_t best, struct judges_view *v) {
  look_at(of, i, v);
  if (!gate->has_bounds)
    return true;
  return gate->n == 0 ? is_unsure(gate, v->logits, of->classes, best)
                      : is_beyond(gate, &v->view, v->work);
}

/* Trials are asked one after another: scores are fitted to what they trained on, thresholds found
 * on dev, and every condition is met by the test samples.
 *
 * Four kinds of questions to a model, in this order and never mixed:
 *   nothing but the data   which modalities there are, for the scores
 *   training samples       Gaussians of those scores that are fitted
 *   dev samples            the sorted values that thresholds are read off
 *   test samples           once clean, then under each condition
 *
 * A model is asked as it was selected on dev. That dev samples selected it as well makes them a
 * little too easy for it, so that realised refusals of new people may lie above what was asked;
 * this is why the realised rate is reported, and not the promised one. */
#include "guard_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* By sample and not by how it was asked for: a fault in a split shows here, whatever its name. */
enum fray_status guard_roles_check(const struct fray_dataset *d, const struct fray_samples *of,
                                   const struct fray_samples *other, bool is_test,
                                   struct fray_arena *arena, struct fray_err *err) {
  uint8_t *seen;
  FRAY_ALLOC_ZERO(seen, arena, d->n_samples + 1, err);
  for (size_t i = 0; i < of->n; i++) {
    const uint32_t s = of->sample[i];
    FRAY_CHECK((d->split[s] == FRAY_TEST) == is_test, err, INTERNAL,
               "sample %s is %s: a gate is fitted to training samples, calibrated on dev and "
               "reported on the test",
               d->source_id[s], is_test ? "no test sample" : "a test sample");
    seen[s] = 1;
  }
  for (size_t i = 0; other && i < other->n; i++)
    FRAY_CHECK(!seen[other->sample[i]], err, INTERNAL, "sample %s has two roles",
               d->source_id[other->sample[i]]);
  return FRAY_OK;
}

/* ---- thresholds ---- */

/* Lines of one group of dev samples, or of all. */
static enum fray_status make_lines(const struct guard_scores *scores, size_t n, const double *value,
                                   const uint16_t *code, size_t group, struct fray_arena *arena,
                                   struct fray_gate_line **out, struct fray_err *err) {
  struct fray_gate_line *line = NULL;
  double *column;
  FRAY_ALLOC_ZERO(line, arena, scores->n, err);
  FRAY_ALLOC(column, arena, n + 1, err);
  for (size_t s = 0; s < scores->n; s++) {
    size_t rows = 0;
    /* The values of one score, gathered from between those of the others. */
    for (size_t i = 0; i < n; i++)
      if (!code || code[i] == group)
        column[rows++] = value[i * scores->n + s];
    FRAY_TRY(fray_gate_line_make(rows, 1, fray_gate_score_two_sided(&scores->score[s]), column,
                                 arena, &line[s], err));
  }
  *out = line;
  return FRAY_OK;
}

/* What the gate of all scores refuses, as bounds of each value: to be read, and to be held against
 * a gate that was fitted before. */
static void set_bounds(const struct guard_scores *scores, const struct fray_gate_line *line,
                       double alpha, double *low, double *high) {
  for (size_t s = 0; s < scores->n; s++) {
    const struct fray_gate_dev *dev = &line[s].dev[0];
    const double ways = (double)((line[s].two_sided ? (size_t)2 : 1) * scores->n);
    const size_t rank = fray_conformal_rank(dev->n, alpha / ways);
    high[s] = fray_conformal_threshold(dev->sorted, dev->n, alpha / ways);
    low[s] = line[s].two_sided && rank > 0 && rank <= dev->n ? dev->sorted[dev->n - rank]
                                                             : -(double)INFINITY;
  }
}

/* ---- conditions ---- */

/* p under the gate of all scores and under each alone, and what areas are made of: of one one-sided
 * value itself, which has more steps than its p. */
static void judge(const struct guard_scores *scores, size_t n_gates,
                  struct fray_gate_line *const *line, const uint16_t *code, size_t n,
                  const double *value, double *p, double *score) {
  for (size_t i = 0; i < n; i++) {
    const double *row = value + i * scores->n;
    const struct fray_gate_line *mine = line[code ? code[i] : 0];
    const struct fray_gate all = {scores->n, mine};
    p[i] = fray_gate_p(&all, row);
    for (size_t g = 0; g < n_gates; g++) {
      const size_t s = n_gates == 1 ? 0 : g - 1;
      const bool single = g > 0 || scores->n == 1;
      if (g > 0) {
        const struct fray_gate one = {1, &mine[s]};
        p[g * n + i] = fray_gate_p(&one, row + s);
      }
      /* p has as many steps as dev has samples; an area wants the order of all. */
      const bool plain = single && mine[s].n == 1 && !mine[s].two_sided;
      score[g * n + i] = plain ? row[s] : 1 - p[g * n + i];
    }
  }
}

/* A sample that a condition could not damage, as one without a donor, is none that ought to be
 * refused: it does not count. */
static bool was_hit(const struct fray_probed *of, const struct fray_probed *clean, size_t i) {
  bool hit = of->under.present[i] != clean->under.present[i];
  for (size_t m = 0; m < of->dataset->n_modalities; m++)
    hit = hit || fray_signal_key(of->under.signal, of->under.sample[i], m) != 0;
  return hit;
}

/* Everything that is kept is copied: the next question takes the memory of this one. */
static enum fray_status keep(const struct guard_found *found, const struct guard_trial *t,
                             const struct guard_condition *c, struct fray_gate_line *const *line,
                             const uint16_t *per, const struct fray_probed *of,
                             const struct fray_probed *clean, struct guard_panel *out,
                             struct fray_err *err) {
  struct fray_arena scratch = {0};
  const size_t n = of->under.n, all = found->n_gates * n;
  uint32_t *sample, *cluster;
  uint8_t *counts, *right;
  uint16_t *code = NULL;
  double *p, *score, *value, *support = NULL;
  FRAY_ALLOC(sample, found->arena, n + 1, err);
  FRAY_ALLOC(cluster, found->arena, n + 1, err);
  FRAY_ALLOC(counts, found->arena, n + 1, err);
  FRAY_ALLOC(right, found->arena, n + 1, err);
  FRAY_ALLOC(p, found->arena, all + 1, err);
  FRAY_ALLOC(score, found->arena, all + 1, err);
  for (size_t i = 0; i < n; i++) {
    const int32_t label = of->under.label[i];
    sample[i] = of->under.sample[i];
    cluster[i] = of->dataset->client[sample[i]];
    counts[i] = label >= 0 && (!c->adherence || was_hit(of, clean, i));
    right[i] = label >= 0 && of->answers.predicted[i] == label;
  }
  enum fray_status status = guard_values(&found->scores, of, &scratch, &value, err);
  if (status == FRAY_OK && per) {
    code = fray_arena_alloc(&scratch, n + 1, sizeof *code);
    status = code ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
    for (size_t i = 0; code && i < n; i++)
      code[i] = per[sample[i]];
  }
  if (status == FRAY_OK && guard_is_of_cost(found->file))
    status = guard_cost_judge(of, t->temperature, &scratch, p, score, err);
  else if (status == FRAY_OK)
    judge(&found->scores, found->n_gates, line, code, n, value, p, score);
  if (status == FRAY_OK && found->file->claims.claim)
    status = guard_support(of, found->claim, found->evidence, found->arena, &support, err);
  fray_arena_free(&scratch);
  *out = (struct guard_panel){n, sample, cluster, counts, right, p, support, score};
  return status;
}

/* ---- one trial ---- */

/* The column of `per`, or NULL: all share one threshold. */
static enum fray_status per_column(const struct guard_file *file, const struct fray_dataset *d,
                                   const struct fray_group **out, struct fray_err *err) {
  const char *known[64];
  char list[512];
  *out = NULL;
  if (strcmp(file->gate.per, "all") == 0)
    return FRAY_OK;
  const size_t n = FRAY_MIN(d->n_groups, FRAY_COUNT(known));
  for (size_t g = 0; g < n; g++) {
    known[g] = d->group[g].name;
    if (strcmp(known[g], file->gate.per) == 0)
      *out = &d->group[g];
  }
  FRAY_CHECK(*out, err, INPUT, "gate.per: %s is no group column; %s", file->gate.per,
             fray_there_are(file->gate.per, known, n, list, sizeof list));
  return FRAY_OK;
}

/* With fewer dev samples than 1 / alpha - 1 no gate of one score could ever refuse anything. */
static enum fray_status check_dev(const struct guard_file *file, size_t n, const char *who,
                                  struct fray_err *err) {
  const double alpha = file->gate.false_refusal;
  FRAY_CHECK(n > 0, err, INPUT, "gate.per: there is no dev sample of %s", who);
  FRAY_CHECK(!(alpha > 0) || 1 / (double)(n + 1) <= alpha, err, INPUT,
             "gate.false_refusal: %g needs at least %.0f dev samples%s%s, and there are %zu", alpha,
             ceil(1 / alpha - 1 - 1e-9), *who ? " of " : "", who, n);
  return FRAY_OK;
}

/* Few dev samples for many scores: one that can refuse nothing looks like safety, and is named. The
 * one that lacks most is kept. */
static void find_idle(const struct guard_found *found, const struct fray_gate_line *line, size_t n,
                      struct guard_trial *t) {
  const struct fray_gate all = {found->scores.n, line};
  const double alpha = found->file->gate.false_refusal;
  for (size_t s = 0; alpha > 0 && s < all.n; s++) {
    size_t needed;
    if (fray_gate_least(&all, s, alpha, &needed) > alpha && needed > t->needed) {
      t->needed = needed;
      t->there = n;
      t->idle = found->scores.score[s].name;
    }
  }
}

/* The data set of one trial may be closed before the file of all is written. */
static enum fray_status copy_values(const struct fray_group *per, struct fray_arena *arena,
                                    const char *const **out, struct fray_err *err) {
  const char **value;
  FRAY_ALLOC(value, arena, per->n, err);
  for (size_t g = 0; g < per->n; g++) {
    value[g] = fray_arena_strdup(arena, per->value[g]);
    FRAY_CHECK(value[g], err, MEMORY, "out of memory");
  }
  *out = value;
  return FRAY_OK;
}

/* Lines by value of the group column; one without any. */
static enum fray_status calibrate(struct guard_found *found, const struct fray_probed *dev,
                                  const struct fray_group *per, struct guard_trial *t,
                                  struct fray_gate_line ***out, struct fray_err *err) {
  struct fray_arena *arena = found->arena;
  const size_t n = dev->under.n, groups = per ? per->n : 1;
  struct fray_gate_line **line;
  uint16_t *code = NULL;
  double *value;
  t->n_dev = n;
  t->dev = fray_dataset_samples_hash(dev->dataset, n, dev->under.sample);
  if (guard_is_of_cost(found->file)) {
    FRAY_CHECK(n > 0, err, INPUT, "gate.cost: confidence is calibrated on dev, which is empty");
    return guard_cost_fit(dev, arena, &t->temperature, err);
  }
  FRAY_TRY(guard_values(&found->scores, dev, arena, &value, err));
  FRAY_ALLOC_ZERO(line, arena, groups, err);
  FRAY_ALLOC(t->group_n, arena, groups, err);
  FRAY_ALLOC(t->low, arena, groups * found->scores.n, err);
  FRAY_ALLOC(t->high, arena, groups * found->scores.n, err);
  t->n_groups = groups;
  t->group = NULL;
  if (per) {
    FRAY_TRY(copy_values(per, arena, &t->group, err));
    FRAY_ALLOC(code, arena, n + 1, err);
    for (size_t i = 0; i < n; i++)
      code[i] = per->code[dev->under.sample[i]];
  }
  /* Nobody shares dev samples with another group, so each may have too few of them. */
  for (size_t g = 0; g < groups; g++) {
    size_t mine = 0;
    for (size_t i = 0; i < n; i++)
      mine += !code || code[i] == g;
    FRAY_TRY(check_dev(found->file, mine, per ? per->value[g] : "", err));
    FRAY_TRY(make_lines(&found->scores, n, value, code, g, arena, &line[g], err));
    find_idle(found, line[g], mine, t);
    t->group_n[g] = mine;
    set_bounds(&found->scores, line[g], found->file->gate.false_refusal,
               t->low + g * found->scores.n, t->high + g * found->scores.n);
  }
  *out = line;
  return FRAY_OK;
}

/* Sample numbers of an answer, which the next question would take away. */
static enum fray_status copy_samples(const struct fray_samples *of, struct fray_arena *arena,
                                     struct fray_samples *out, struct fray_err *err) {
  uint32_t *sample;
  uint8_t *present;
  FRAY_ALLOC(sample, arena, of->n + 1, err);
  FRAY_ALLOC(present, arena, of->n + 1, err);
  memcpy(sample, of->sample, of->n * sizeof *sample);
  memcpy(present, of->present, of->n);
  *out = (struct fray_samples){.n = of->n, .sample = sample, .present = present};
  return FRAY_OK;
}

/* Clean has none. */
static void set_entries(struct fray_probe *probe, const struct fray_condition *of) {
  probe->n = of ? of->n_entries : 0;
  probe->entry = of ? of->entry : NULL;
}

/* The cut is found on dev: clean samples are supported, and refuted are the same ones under the
 * conditions that the file calls so, with donors among dev samples. */
static enum fray_status find_cut(struct fray_kept *kept, struct guard_found *found,
                                 const struct fray_condition *const *of, struct fray_probe *probe,
                                 const struct fray_probed *clean, struct guard_trial *t,
                                 struct fray_err *err) {
  const struct guard_file *file = found->file;
  struct fray_arena *arena = found->arena;
  const size_t n = clean->under.n;
  double *supported, *refuted, *one;
  struct fray_probed got;
  size_t m = 0;
  if (!file->claims.claim)
    return FRAY_OK;
  FRAY_TRY(guard_support(clean, found->claim, found->evidence, arena, &supported, err));
  FRAY_ALLOC(refuted, arena, n * file->n_conditions + 1, err);
  for (size_t c = 1; c < file->n_conditions; c++) {
    if (!guard_claims_has(file, GUARD_REFUTES, &file->condition[c]))
      continue;
    set_entries(probe, of[c]);
    FRAY_TRY(fray_kept_probe(kept, probe, &got, err));
    FRAY_TRY(guard_support(&got, found->claim, found->evidence, arena, &one, err));
    /* Several conditions may refute; the next question takes the memory of this one. */
    memcpy(refuted + m, one, got.under.n * sizeof *one);
    m += got.under.n;
  }
  return guard_claims_cut(&file->claims, supported, n, refuted, m, arena, t, err);
}

/* Training samples first, then dev: each question may only use what the ones before it have left.
 */
enum fray_status guard_prepare(struct fray_kept *kept, struct guard_found *found,
                               enum fray_kept_split find, struct guard_trial *t,
                               struct guard_ready *out, struct fray_err *err) {
  const struct guard_file *file = found->file;
  struct fray_probe *probe = &out->probe;
  *out = (struct guard_ready){
      .probe = {.trial = t->trial, .selection = FRAY_BEST, .split = FRAY_KEPT_TRAIN}};
  /* A question of nothing but the data, for what scores there are of them. */
  FRAY_TRY(fray_kept_probe(kept, probe, &out->dev, err));
  const struct fray_dataset *d = out->dev.dataset;
  FRAY_CHECK(!d->multi_label, err, INPUT,
             "a gate refuses the one answer to a sample, and these data have sets of classes");
  if (!guard_is_of_cost(file))
    FRAY_TRY(guard_scores_read(file->gate.scores, d, found->arena, &found->scores, err));
  found->dataset = d;
  FRAY_TRY(per_column(file, d, &out->per, err));
  if (file->claims.claim) {
    FRAY_TRY(guard_claims_modality(d, file->claims.claim, &found->claim, err));
    FRAY_TRY(guard_claims_modality(d, file->claims.evidence, &found->evidence, err));
    found->scores.reads |= FRAY_GATE_ALONE;
  }
  FRAY_TRY(guard_file_conditions(file, kept, t->trial, found->arena, &out->of, err));
  guard_scores_ask(&found->scores, probe);
  /* Fit. */
  FRAY_TRY(fray_kept_probe(kept, probe, &out->dev, err));
  FRAY_TRY(fray_probed_by_shards(&out->dev, err));
  FRAY_TRY(guard_roles_check(d, &out->dev.under, NULL, false, found->arena, err));
  FRAY_TRY(copy_samples(&out->dev.under, found->arena, &out->train, err));
  FRAY_TRY(guard_fit(&found->scores, &out->dev, found->arena, err));
  /* Find. */
  probe->split = find;
  FRAY_TRY(fray_kept_probe(kept, probe, &out->dev, err));
  FRAY_TRY(guard_roles_check(d, &out->dev.under, &out->train, false, found->arena, err));
  t->model = out->dev.model;
  t->n_clusters = d->n_clients;
  return calibrate(found, &out->dev, out->per, t, &out->line, err);
}

/* Then the test. Failures are the same on all ranks, as all have the same answers. */
static enum fray_status ask_trial(struct fray_kept *kept, struct guard_found *found,
                                  enum fray_kept_split find, struct guard_trial *t,
                                  struct fray_err *err) {
  const struct guard_file *file = found->file;
  struct guard_ready ready;
  struct fray_probed got, clean = {0};
  FRAY_TRY(guard_prepare(kept, found, find, t, &ready, err));
  struct fray_probe probe = ready.probe;
  FRAY_TRY(find_cut(kept, found, ready.of, &probe, &ready.dev, t, err));
  /* Report: on the test clients that nobody set aside for verifying. */
  probe.split = FRAY_KEPT_REPORT;
  for (size_t c = 0; c < file->n_conditions; c++) {
    const struct guard_condition *condition = &file->condition[c];
    set_entries(&probe, ready.of[c]);
    if (fray_kept_probe(kept, &probe, &got, err) != FRAY_OK)
      return fray_at(err, "%s", condition->name);
    FRAY_TRY(guard_roles_check(got.dataset, &got.under, &ready.train, true, found->arena, err));
    /* What a condition took away is told from what was never there. */
    if (c == 0)
      FRAY_TRY(copy_samples(&got.under, found->arena, &clean.under, err));
    FRAY_TRY(keep(found, t, condition, ready.line, ready.per ? ready.per->code : NULL, &got, &clean,
                  &t->panel[c], err));
  }
  return FRAY_OK;
}

/* ---- all ---- */

/* Of several scores the gate of all comes first, then each of them for comparison. */
static enum fray_status name_gates(struct guard_found *found, struct fray_err *err) {
  struct fray_text all = {0};
  const struct fray_node *list = found->file->gate.scores;
  size_t n = 0, scores = list ? list->n : 1;
  found->n_gates = scores == 1 ? 1 : scores + 1;
  FRAY_ALLOC(found->gate, found->arena, found->n_gates, err);
  if (!list)
    fray_text_puts(&all, "confidence"); /* of a cost */
  for (const struct fray_node *s = list ? list->child : NULL; s; s = s->next) {
    const struct fray_node *kind = fray_node_get(s, "kind"), *m = fray_node_get(s, "modality");
    const char *first = s->kind == FRAY_NODE_SCALAR ? s->scalar : kind ? kind->scalar : "";
    const char *name = m ? fray_arena_printf(found->arena, "%s:%s", first, m->scalar)
                         : fray_arena_strdup(found->arena, first);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    fray_text_printf(&all, "%s%s", n ? "+" : "", name);
    found->gate[scores == 1 ? 0 : ++n] = name;
  }
  found->gate[0] = all.failed ? NULL : fray_arena_strdup(found->arena, all.data);
  fray_text_free(&all);
  FRAY_CHECK(found->gate[0], err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Group columns that the study's own tables have. */
static enum fray_status find_columns(struct guard_found *found, struct fray_err *err) {
  const struct fray_strings *groups = &found->study->cell[0].config.evaluate.groups;
  const struct fray_dataset *d = found->dataset;
  FRAY_ALLOC(found->column, found->arena, d->n_groups + 1, err);
  for (size_t g = 0; g < d->n_groups; g++)
    for (size_t k = 0; k < groups->n; k++)
      if (strcmp(groups->v[k], d->group[g].name) == 0)
        found->column[found->n_columns++] = g;
  return FRAY_OK;
}

/* A trial without models is left out, as of a study some may have diverged; the tables then have no
 * row of it. */
enum fray_status guard_ask(struct fray_kept *kept, const struct guard_file *file,
                           enum fray_kept_split find, struct fray_comm *comm,
                           struct fray_arena *arena, struct guard_found *out,
                           struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(kept);
  *out = (struct guard_found){.arena = arena, .study = study, .file = file};
  FRAY_TRY(name_gates(out, err));
  FRAY_ALLOC_ZERO(out->trial, arena, study->n_trials + 1, err);
  for (size_t t = 0; t < study->n_trials; t++) {
    struct guard_trial *trial = &out->trial[out->n_trials];
    if (!fray_kept_has_models(kept, t))
      continue;
    trial->trial = t;
    trial->name = fray_kept_name(kept, t);
    FRAY_ALLOC_ZERO(trial->panel, arena, file->n_conditions, err);
    if (fray_comm_agree(comm, ask_trial(kept, out, find, trial, err), err) != FRAY_OK)
      return fray_at(err, "trial %s", trial->name);
    out->n_trials++;
  }
  FRAY_CHECK(out->n_trials > 0, err, INPUT,
             "it holds no models to ask: all of its trainings diverged, or `evaluate.models` left "
             "them out");
  return find_columns(out, err);
}

/* Judging the kept models of a trial: every panel under every condition.
 *
 * The selected and the last model and all panels are asked in one go, since ranks balance one
 * another better over many blocks. */
#include "trial_work.h"

#include "fray/base/size.h"
#include "fray/feature/facts.h"
#include "fray/results/models.h"

#include <stdio.h>
#include <string.h>

bool trial_wants_scores(const struct trial_work *t) {
  const struct fray_evaluate_config *evaluate = &t->cell->config.evaluate;
  return evaluate->save_scores || fray_evaluate_needs_scores(evaluate, NULL);
}

/* A panel under the conditions that are still to be judged. */
struct asking {
  struct judged *panel;
  size_t n; /* of them */
  size_t *condition;
  struct fray_samples *under;
  struct fray_evaluation evaluation[SELECTIONS];
};

/* The same on all ranks, since what is known was told to all: each must ask for the same. */
static enum fray_status find_unknown(struct trial_work *t, int panel, struct fray_arena *work,
                                     struct asking *out, struct fray_err *err) {
  struct judged *judged = &t->judged[panel];
  *out = (struct asking){.panel = judged};
  if (!trial_judges(t, panel))
    return FRAY_OK;
  if (panel == OWN && t->outcome.has_own) { /* both are the last models: none was selected */
    judged->answers[BEST] = judged->answers[LAST] = t->outcome.own;
    t->n_judged += t->n_conditions;
    return FRAY_OK;
  }
  FRAY_ALLOC(out->condition, work, t->n_conditions, err);
  FRAY_ALLOC(out->under, work, t->n_conditions, err);
  for (size_t c = 0; c < t->n_conditions; c++)
    if (!judged->is_known[c]) {
      out->condition[out->n] = c;
      out->under[out->n++] = judged->under[c];
    }
  t->n_judged += out->n;
  return FRAY_OK;
}

/* What the data set says of the place, beside what the trial does. Names outlive the arena no
 * longer than the judge does, which lies there as well. */
enum fray_status trial_judge_of(const struct fray_cell *cell, const struct fray_dataset *d,
                                const struct fray_judge_place *of, struct fray_arena *arena,
                                struct fray_judge *out, struct fray_err *err) {
  struct fray_judge_place place = *of;
  const char **modality;
  size_t *facts;
  FRAY_ALLOC(modality, arena, d->n_modalities, err);
  FRAY_ALLOC(facts, arena, d->n_modalities, err);
  for (size_t m = 0; m < d->n_modalities; m++) {
    modality[m] = d->modality[m].name;
    facts[m] = fray_facts_count(&d->modality[m]);
  }
  place.n_groups = d->n_groups;
  place.group = d->group;
  place.modality_of = d->modality;
  place.facts = facts;
  place.n_modalities = d->n_modalities;
  place.n_classes = d->n_classes;
  place.modality = modality;
  place.class_name = d->class_name;
  place.sets = d->multi_label;
  return fray_judge_fit(&cell->config.evaluate.judge, &place, arena, out, err);
}

/* As files of fitted gates have it. */
void trial_dev_hash(const struct fray_dataset *d, size_t n, const uint32_t *sample,
                    char out[TRIAL_DEV_HASH]) {
  snprintf(out, TRIAL_DEV_HASH, "%016llx",
           (unsigned long long)fray_dataset_samples_hash(d, n, sample));
}

/* Once for each model: what a judge was fitted to may be one model of the two, and it has to refuse
 * the other one. Before the models are known it is fitted as well, without a hash, so that fray
 * check and the beginning of a run refuse what does not fit the data, before anything is trained.
 */
enum fray_status trial_fit_judge(struct trial_work *t, const char *hash, bool is_selected,
                                 struct fray_judge *out, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_samples *dev = &t->dev_panel.of;
  char dev_text[TRIAL_DEV_HASH];
  trial_dev_hash(d, dev->n, dev->sample, dev_text);
  const struct fray_judge_place place = {
      .trial = t->name, .model = hash, .dev = dev_text, .is_selected = is_selected};
  return trial_judge_of(t->cell, d, &place, &t->arena, out, err);
}

/* ---- other models that a judge asks ---- */

/* By name, among the trials of the study: they were trained on these samples, as their names hold
 * what a training hangs on. Only with the same features is a batch read for one read for both. */
static enum fray_status find_other(const struct trial_work *t,
                                   const struct fray_judge_model *wanted,
                                   const struct fray_cell **out, struct fray_err *err) {
  char name[17];
  for (size_t i = 0; i < t->study->n_trials; i++) {
    const struct fray_trial *other = &t->study->trial[i];
    const struct fray_cell *cell = &t->study->cell[other->cell];
    /* Other data have other names of trials in this session, and other features. */
    if (!fray_node_equal(fray_node_get(cell->node, "data"), fray_node_get(t->cell->node, "data")))
      continue;
    FRAY_TRY(fray_trial_name(t->study, other, t->session, name, err));
    *out = cell;
    if (strcmp(name, wanted->trial) == 0)
      return FRAY_OK;
  }
  return fray_fail(err, FRAY_INPUT,
                   "evaluate.judge: it asks the model of trial %s, and the study has no such trial "
                   "of the same data",
                   wanted->trial);
}

/* By its part, which has the hashes of its models. */
static enum fray_status check_hash(const struct fray_judge_model *wanted,
                                   const struct fray_trial_file *part, struct fray_err *err) {
  FRAY_CHECK(!part->diverged && strcmp(part->model[BEST], wanted->hash) == 0, err, INPUT,
             "evaluate.judge: trial %s has another model than the one that it asks: %s, not %s",
             wanted->trial, part->diverged ? "it diverged" : part->model[BEST], wanted->hash);
  return FRAY_OK;
}

/* Before the first part is replaced: whoever names a model that is not there is told while that
 * changes nothing. */
enum fray_status trial_check_others(const char *folder, const struct fray_judge *judge,
                                    struct fray_err *err) {
  const struct fray_judge_needs needs = fray_judge_needs_of(judge);
  for (size_t k = 0; k < needs.n_models; k++) {
    struct fray_trial_file part = {0};
    /* A name that is cut is that of no trial, and is not found. */
    snprintf(part.name, sizeof part.name, "%s", needs.model[k].trial);
    enum fray_status status = fray_trial_file_read(folder, &part, err);
    if (status == FRAY_OK)
      status = check_hash(&needs.model[k], &part, err);
    fray_trial_file_free(&part);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}

/* Rank 0 reads, and holds what it read against the hash that the judge knows. */
static enum fray_status read_other(const struct trial_work *t,
                                   const struct fray_judge_model *wanted,
                                   const struct fray_model *model, struct fray_standards *standards,
                                   float *best, float *last, struct fray_err *err) {
  struct fray_trial_file part = {0};
  float *const weights[SELECTIONS] = {[BEST] = best, [LAST] = last};
  snprintf(part.name, sizeof part.name, "%s", wanted->trial);
  enum fray_status status = fray_trial_file_read(t->folder, &part, err);
  if (status == FRAY_OK)
    status = fray_models_read(model, t->folder, part.name, part.model, weights, standards, err);
  if (status == FRAY_OK)
    status = check_hash(wanted, &part, err);
  fray_trial_file_free(&part);
  return status;
}

/* Features that were standardised otherwise would be those of another batch. */
static bool same_standards(const struct fray_standards *a, const struct fray_standards *b) {
  bool same = a->n == b->n;
  for (size_t m = 0; same && m < a->n; m++) {
    const size_t size = a->of[m].channels * sizeof *a->of[m].mean;
    same = a->of[m].channels == b->of[m].channels &&
           (size == 0 || (memcmp(a->of[m].mean, b->of[m].mean, size) == 0 &&
                          memcmp(a->of[m].deviation, b->of[m].deviation, size) == 0));
  }
  return same;
}

/* Its model is made of its own cell, so that other fusions and other encoders can be asked; what
 * both have in common is the batch. */
static enum fray_status bring_one(struct trial_work *t, const struct fray_judge_model *wanted,
                                  struct trial_other *out, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  struct fray_standards mine, standards;
  const struct fray_cell *cell = NULL;
  /* Read with the other, as both files of a trial are; not asked. */
  float *last;
  FRAY_CHECK(t->folder, err, INPUT,
             "evaluate.judge: it asks the model of trial %s, and there are no results yet",
             wanted->trial);
  FRAY_TRY(find_other(t, wanted, &cell, err));
  FRAY_TRY(fray_cell_model(cell, t->session, &out->model, err));
  /* Counted as soon as it is there, since whoever releases the trial frees that many. */
  t->n_others++;
  const size_t total = fray_model_params(out->model)->total;
  FRAY_ALLOC_ZERO(out->w, &t->arena, total, err);
  FRAY_ALLOC_ZERO(last, &t->arena, total, err);
  FRAY_TRY(fray_features_standards(t->session->features, &t->arena, &mine, err));
  FRAY_TRY(fray_features_standards(t->session->features, &t->arena, &standards, err));
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0) {
    status = read_other(t, wanted, out->model, &standards, out->w, last, err);
    if (status == FRAY_OK && !same_standards(&mine, &standards))
      status = fray_fail(err, FRAY_INPUT,
                         "evaluate.judge: the model of trial %s sees features that were "
                         "standardised otherwise",
                         wanted->trial);
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, out->w, total * sizeof *out->w, 0);
  return FRAY_OK;
}

/* The judge of a model that is asked: by its hash, as of a trial that has just been trained there
 * is no part yet. */
static enum fray_status fit_to(struct trial_work *t, int selection, struct fray_judge *out,
                               struct fray_err *err) {
  const float *weights[SELECTIONS] = {t->outcome.best, t->outcome.last};
  struct fray_standards standards;
  char hash[17];
  FRAY_TRY(fray_features_standards(t->session->features, &t->arena, &standards, err));
  fray_models_hash(t->model, weights[selection], &standards, hash);
  return trial_fit_judge(t, fray_arena_strdup(&t->arena, hash), selection == BEST, out, err);
}

/* Before anything is asked, once for all panels: ranks read and send here, and nowhere within an
 * evaluation. Judges of the last models ask for nobody. */
static enum fray_status bring_others(struct trial_work *t, struct fray_err *err) {
  struct fray_judge judge;
  FRAY_TRY(fit_to(t, BEST, &judge, err));
  const struct fray_judge_needs needs = fray_judge_needs_of(&judge);
  FRAY_ALLOC_ZERO(t->other, &t->arena, needs.n_models + 1, err);
  FRAY_ALLOC_ZERO(t->other_models, &t->arena, needs.n_models + 1, err);
  for (size_t k = 0; k < needs.n_models; k++) {
    FRAY_TRY(bring_one(t, &needs.model[k], &t->other[k], err));
    t->other_models[k] = (struct fray_other_model){t->other[k].model, t->other[k].w};
  }
  return FRAY_OK;
}

/* Rounds behind the model are told to whoever looks on. load (ranks): samples that each rank has
 * had over all calls; it goes on from call to call, so that what one panel left uneven the next one
 * levels. */
static enum fray_status judge_mine(struct trial_work *t, struct asking *a, int selection,
                                   uint64_t *load, struct fray_arena *work, struct fray_err *err) {
  const float *weights[SELECTIONS] = {t->outcome.best, t->outcome.last};
  struct fray_judge judge;
  FRAY_TRY(fit_to(t, selection, &judge, err));
  const struct fray_evaluation_task task = {.model = t->model,
                                            .features = t->session->features,
                                            .n_modalities = t->session->dataset->n_modalities,
                                            .conditions = a->n,
                                            .w = weights[selection],
                                            .under = a->under,
                                            .scores = trial_wants_scores(t),
                                            .judge = &judge,
                                            .n_others = t->n_others,
                                            .other = t->other_models,
                                            .watch = t->watch,
                                            .round = t->outcome.rounds};
  return fray_evaluate_mine(t->session->comm, &task, load, work, &t->arena,
                            &a->evaluation[selection], err);
}

/* All ranks have all answers now; where some were known before, rank 0 puts the others between
 * them.
 */
static void take_answers(struct trial_work *t, struct asking *a, int selection) {
  struct fray_answers *to = &a->panel->answers[selection];
  const struct fray_answers *from = &a->evaluation[selection].answers;
  /* Nothing was known: the usual case of a run. */
  if (a->n == t->n_conditions) {
    *to = *from;
    return;
  }
  /* Rank 0 writes the tables; nobody else holds what was kept. */
  if (fray_comm_rank(t->session->comm) != 0)
    return;
  for (size_t k = 0; k < a->n; k++)
    trial_answers_copy(to, a->condition[k], from, k, t->session->dataset->n_classes);
}

/* Training that is not over when its rounds are ends with the selected model: what that said was
 * said by the last one. A judge that was fitted to one of the two is asked of each. */
static bool ends_with_best(const struct trial_work *t) {
  const size_t total = fray_model_params(t->model)->total;
  return !fray_judge_is_on(&t->cell->config.evaluate.judge) &&
         memcmp(t->outcome.best, t->outcome.last, total * sizeof *t->outcome.last) == 0;
}

/* First every rank answers its blocks of all evaluations, then they meet: ranks wait for one
 * another once and not once per model. A rank that failed still takes part in the sharing, to which
 * it brings its status: the others would wait for it for ever. The answers are in the memory of the
 * trial; what only the way there needed is in work. */
static enum fray_status judge(struct trial_work *t, struct asking asking[PANELS],
                              struct fray_arena *work, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  uint64_t *load = fray_arena_zero(work, (size_t)fray_comm_size(comm), sizeof *load);
  enum fray_status status = load ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (int k = 0; k < PANELS && status == FRAY_OK; k++)
    status = find_unknown(t, k, work, &asking[k], err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  status = fray_comm_agree(comm, bring_others(t, err), err);
  FRAY_TRY(status);
  const int asked = ends_with_best(t) ? BEST + 1 : SELECTIONS;
  for (int k = 0; k < PANELS; k++)
    for (int s = 0; s < asked; s++) {
      if (status == FRAY_OK && asking[k].n)
        status = judge_mine(t, &asking[k], s, load, work, err);
    }
  for (int k = 0; k < PANELS; k++)
    for (int s = 0; s < SELECTIONS; s++) {
      if (asking[k].n == 0)
        continue;
      if (s < asked)
        FRAY_TRY(fray_evaluate_share(comm, &asking[k].evaluation[s], status, work, err));
      else
        asking[k].evaluation[s].answers = asking[k].evaluation[BEST].answers;
      take_answers(t, &asking[k], s);
    }
  return status;
}

/* A diverged trial has no model that could say anything. */
enum fray_status trial_judge(struct trial_work *t, struct fray_err *err) {
  struct asking asking[PANELS] = {0};
  struct fray_arena work = {.large_pages = true};
  if (t->outcome.diverged)
    return FRAY_OK;
  enum fray_status status = judge(t, asking, &work, err);
  fray_arena_free(&work);
  return status;
}

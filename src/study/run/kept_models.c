/* Kept models are asked again: the folder is opened as `fray evaluate` opens it, but nothing of it
 * is changed, and what is asked need not stand in its scenario. */
#include "fray/study/kept.h"

#include "fray/base/deeds.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/results/data_sets.h"
#include "fray/results/folder.h"
#include "run.h"
#include "study/scenario/scenario.h"
#include "study/trial/trial_work.h"
#include "this_environment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPLITS = FRAY_KEPT_REPORT + 1, NO_TRIAL = 0 };

struct fray_kept {
  char *folder;
  struct fray_comm *comm;
  struct fray_session session;
  struct fray_study *study;
  struct fray_plan plan;
  bool *has_models;       /* (trials) */
  size_t open;            /* 1 + the trial whose models are in memory; NO_TRIAL */
  struct trial_work work; /* of that trial */
  float *weights[SELECTIONS];
  struct fray_standards standards;
  struct judged panel[SPLITS];
  struct fray_encoded_blocks undamaged[SPLITS][SELECTIONS];
  struct fray_arena_place prepared; /* of work.arena: what a question took goes with the next */
};

static bool is_root(const struct fray_kept *k) {
  return fray_comm_rank(k->comm) == 0;
}

/* ---- opening ---- */

static enum fray_status check_folder(const char *folder, bool mixed, struct fray_err *err) {
  const struct fray_environment_here *here = fray_this_environment(err);
  FRAY_TRY(fray_folder_results(folder, err));
  fray_deed(FRAY_DEED_RESULTS, folder);
  return here ? fray_folder_environment(folder, here, mixed, err) : err->status;
}

/* A part is asked as well as the files: a diverged trial counts as evaluable, but has no models to
 * ask. The parts of broken or unfinished trials are no fault here: such a trial is one that cannot
 * be asked, which is said when somebody asks it. Local-only cells kept no models at all. */
static enum fray_status find_models(struct fray_kept *k, struct fray_err *err) {
  for (size_t i = 0; i < k->study->n_trials; i++) {
    const struct fray_trial *trial = &k->study->trial[i];
    struct fray_trial_file_state file;
    struct fray_trial_file part = {0};
    FRAY_TRY(fray_trial_file_look(k->folder, k->plan.name[i], &file, err));
    if (!file.exists || !file.has_models || k->study->cell[trial->cell].local_only)
      continue;
    memcpy(part.name, k->plan.name[i], sizeof part.name);
    enum fray_status status = fray_trial_file_read(k->folder, &part, err);
    k->has_models[i] = status == FRAY_OK && !part.diverged;
    fray_trial_file_free(&part);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}

static enum fray_status look(struct fray_kept *k, struct fray_err *err) {
  FRAY_TRY(fray_data_sets_check(k->study->data, k->folder, &k->study->same_data, err));
  return find_models(k, err);
}

/* In the order of `fray evaluate`, so that the same things are refused in the same words. No lock
 * is taken, as nothing is written; whoever runs on in the same folder replaces whole files, and an
 * answer is of the one or the other. */
static enum fray_status load(struct fray_kept *k, const struct fray_kept_options *options,
                             struct fray_err *err) {
  char path[4096];
  enum fray_status status = is_root(k) ? check_folder(k->folder, options->mixed, err) : FRAY_OK;
  FRAY_TRY(fray_comm_agree(k->comm, status, err));
  FRAY_TRY(fray_folder_path(k->folder, "scenario.yaml", path, err));
  FRAY_TRY(fray_study_load(path, options->sets, options->n_sets, k->comm, &k->study, err));
  /* As for `fray evaluate`: other last digits are then no fault. */
  k->study->mixed = options->mixed;
  FRAY_TRY(fray_session_open(&k->session, &k->study->cell[0], err));
  FRAY_TRY(fray_plan_make(k->study, &k->session, &k->plan, err));
  k->has_models = fray_arena_zero(&k->study->arena, k->study->n_trials + 1, sizeof(bool));
  status = k->has_models ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  FRAY_TRY(fray_comm_agree(k->comm, status, err));
  FRAY_TRY(fray_comm_agree(k->comm, is_root(k) ? look(k, err) : FRAY_OK, err));
  fray_comm_broadcast(k->comm, k->has_models, k->study->n_trials * sizeof *k->has_models, 0);
  return FRAY_OK;
}

/* The environment is agreed upon first: ranks that differ would give answers that depend on who was
 * asked. */
enum fray_status fray_kept_open(const char *folder, const struct fray_kept_options *options,
                                struct fray_comm *comm, struct fray_kept **out,
                                struct fray_err *err) {
  *out = NULL;
  FRAY_TRY(fray_environment_agree(comm, err));
  struct fray_kept *k = calloc(1, sizeof *k);
  enum fray_status status =
      k && (k->folder = strdup(folder)) ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK) {
    k->comm = k->session.comm = comm;
    status = load(k, options, err);
  }
  if (status == FRAY_OK)
    *out = k;
  else
    fray_kept_close(k);
  return status;
}

/* Also before the first trial: a work of zeros may be released. */
static void forget(struct fray_kept *k) {
  for (int p = 0; p < SPLITS; p++)
    for (int s = 0; s < SELECTIONS; s++)
      fray_encoded_blocks_free(&k->undamaged[p][s]);
  trial_release(&k->work);
  k->work = (struct trial_work){0};
  k->open = NO_TRIAL;
}

/* NULL is fine, as after a failed opening. */
void fray_kept_close(struct fray_kept *k) {
  if (!k)
    return;
  forget(k);
  fray_session_close(&k->session);
  fray_study_free(k->study);
  free(k->folder);
  free(k);
}

const struct fray_study *fray_kept_study(const struct fray_kept *kept) {
  return kept->study;
}

const char *fray_kept_name(const struct fray_kept *kept, size_t trial) {
  return kept->plan.name[trial];
}

bool fray_kept_has_models(const struct fray_kept *kept, size_t trial) {
  return trial < kept->study->n_trials && kept->has_models[trial];
}

/* As bits, since a whole test split is of two roles where some of its clients verify: who reports
 * on it then reports on both. All cells have one share: it is no key of a method's training. */
unsigned fray_kept_roles(const struct fray_kept *kept, enum fray_kept_split split) {
  static const enum fray_role role[SPLITS] = {[FRAY_KEPT_DEV] = FRAY_ROLE_FIND,
                                              [FRAY_KEPT_TEST] = FRAY_ROLE_REPORT,
                                              [FRAY_KEPT_TRAIN] = FRAY_ROLE_FIT,
                                              [FRAY_KEPT_VERIFY] = FRAY_ROLE_VERIFY,
                                              [FRAY_KEPT_REPORT] = FRAY_ROLE_REPORT};
  const bool both = split == FRAY_KEPT_TEST && kept->study->cell[0].config.evaluate.verify > 0;
  return 1u << role[split] | (both ? 1u << FRAY_ROLE_VERIFY : 0);
}

/* ---- asking ---- */

/* The models of an open trial are on every rank, and what is kept of undamaged blocks is made where
 * it is missing: so nothing but the group changes. */
void fray_kept_answered_by(struct fray_kept *kept, struct fray_comm *comm) {
  kept->comm = kept->session.comm = comm;
}

/* A panel of its own under one condition, whatever the scenario tests. */
static enum fray_status make_room(struct fray_kept *k, struct judged *panel, struct fray_err *err) {
  FRAY_ALLOC_ZERO(panel->condition, &k->work.arena, 1, err);
  FRAY_ALLOC_ZERO(panel->under, &k->work.arena, 1, err);
  return FRAY_OK;
}

/* Panels are the trial's own, made as for its run: a probe with a condition of the scenario gives
 * the answers that the tables have. Rank 0 reads the weights, and open_trial() sends them to the
 * others, which have made room here. */
static enum fray_status prepare(struct fray_kept *k, size_t trial, struct fray_err *err) {
  FRAY_TRY(trial_prepare(&k->work, err));
  k->panel[FRAY_KEPT_TEST] = k->work.judged[TEST];
  /* Dev samples as the data have them: entries that are asked for act on them as at test. */
  k->panel[FRAY_KEPT_DEV] = k->work.dev_panel;
  k->panel[FRAY_KEPT_DEV].is_dev = false;
  FRAY_TRY(trial_train_panel(&k->work, &k->panel[FRAY_KEPT_TRAIN], err));
  FRAY_TRY(trial_part_panel(&k->work, true, &k->panel[FRAY_KEPT_VERIFY], err));
  FRAY_TRY(trial_part_panel(&k->work, false, &k->panel[FRAY_KEPT_REPORT], err));
  for (int s = 0; s < SPLITS; s++)
    FRAY_TRY(make_room(k, &k->panel[s], err));
  const size_t total = fray_model_params(k->work.model)->total;
  for (int s = 0; s < SELECTIONS; s++)
    FRAY_ALLOC_ZERO(k->weights[s], &k->work.arena, total, err);
  FRAY_TRY(fray_features_standards(k->session.features, &k->work.arena, &k->standards, err));
  if (!is_root(k))
    return FRAY_OK;
  struct fray_trial_file part = {0};
  memcpy(part.name, k->plan.name[trial], sizeof part.name);
  enum fray_status status = fray_trial_file_read(k->folder, &part, err);
  if (status == FRAY_OK)
    status = fray_models_read(k->work.model, k->folder, part.name, part.model, k->weights,
                              &k->standards, err);
  fray_trial_file_free(&part);
  return status;
}

/* Questions come in series to one model: its data, its damage and its weights stay in memory
 * between them. k->open is 1 more than the trial, so that 0 can mean none; it is set last, and
 * after a failure nothing counts as open. */
static enum fray_status open_trial(struct fray_kept *k, size_t trial, struct fray_err *err) {
  const struct fray_trial *t = &k->study->trial[trial];
  FRAY_CHECK(fray_kept_has_models(k, trial), err, INPUT, "%s: trial %s has no models to ask",
             k->folder, trial < k->study->n_trials ? k->plan.name[trial] : "of that number");
  if (k->open == trial + 1)
    return FRAY_OK;
  /* One trial is in memory at a time: with its data it may be large. */
  forget(k);
  FRAY_TRY(fray_session_open(&k->session, &k->study->cell[t->cell], err));
  k->work = trial_begin(k->study, t, &k->session);
  FRAY_TRY(fray_comm_agree(k->comm, prepare(k, trial, err), err));
  const size_t total = fray_model_params(k->work.model)->total;
  for (int s = 0; s < SELECTIONS; s++)
    fray_comm_broadcast(k->comm, k->weights[s], total * sizeof *k->weights[s], 0);
  trial_use_standards(&k->session, &k->standards);
  k->prepared = fray_arena_mark(&k->work.arena);
  k->open = trial + 1;
  return FRAY_OK;
}

/* Damage and weights are the same on all ranks, and each answers its blocks: no rank tells another
 * what to do. */
static enum fray_status answer(struct fray_kept *k, const struct fray_probe *probe,
                               struct judged *panel, struct fray_arena *scratch,
                               struct fray_evaluation *out, struct fray_err *err) {
  uint64_t *load;
  panel->condition[0] = (struct judged_condition){.name = "probe", .n_entries = probe->n};
  FRAY_TRY(trial_meet(&k->work, panel, 0, probe->entry, err));
  FRAY_ALLOC_ZERO(load, scratch, (size_t)fray_comm_size(k->comm), err);
  const struct fray_evaluation_task task = {.model = k->work.model,
                                            .features = k->session.features,
                                            .n_modalities = k->session.dataset->n_modalities,
                                            .conditions = 1,
                                            .w = k->weights[probe->selection],
                                            .under = panel->under,
                                            .scores = probe->scores,
                                            .undamaged =
                                                &k->undamaged[probe->split][probe->selection],
                                            .judge = probe->judge,
                                            .keep_outputs = probe->keep_outputs,
                                            .outputs = probe->outputs};
  return fray_evaluate_mine(k->comm, &task, load, scratch, &k->work.arena, out, err);
}

/* Of the numbers themselves, so that it is of this model wherever its file lies; the same as in its
 * part, as a judge is told that one. */
static uint64_t model_hash(const struct fray_kept *k, enum fray_selection selection) {
  char text[17];
  fray_models_hash(k->work.model, k->weights[selection], &k->standards, text);
  return strtoull(text, NULL, 16);
}

/* Facts of one modality: samples are dealt to ranks, and bit patterns added, so that every rank has
 * all of them and none of them depends on how many there are. */
static enum fray_status find_facts(struct fray_kept *k, const struct fray_samples *under, size_t m,
                                   double *out, struct fray_err *err) {
  const size_t n = fray_facts_count(&k->session.dataset->modality[m]);
  const size_t ranks = (size_t)fray_comm_size(k->comm), me = (size_t)fray_comm_rank(k->comm);
  for (size_t i = me; i < under->n; i += ranks) {
    double *row = out + i * n;
    for (size_t j = 0; j < n; j++)
      row[j] = NAN;
    if (under->present[i] >> m & 1u)
      FRAY_TRY(fray_facts_of(k->session.features, m, under->sample[i], under->signal, row, err));
  }
  return FRAY_OK;
}

/* In the arena of the trial, with the answers. Collective where any are asked for. */
static enum fray_status add_facts(struct fray_kept *k, const struct fray_probe *probe,
                                  struct fray_arena *scratch, struct fray_probed *out,
                                  struct fray_err *err) {
  const struct fray_dataset *d = k->session.dataset;
  const double **all;
  FRAY_ALLOC_ZERO(all, &k->work.arena, d->n_modalities, err);
  for (size_t m = 0; m < d->n_modalities; m++) {
    const size_t n = out->under.n * fray_facts_count(&d->modality[m]);
    double *facts;
    if (!(probe->facts >> m & 1u))
      continue;
    FRAY_ALLOC_ZERO(facts, &k->work.arena, n, err);
    FRAY_TRY(fray_comm_agree(k->comm, find_facts(k, &out->under, m, facts, err), err));
    FRAY_TRY(fray_exact_share(k->comm, facts, n, scratch, err));
    all[m] = facts;
  }
  out->facts = all;
  return FRAY_OK;
}

/* What the answer holds is in the arena of the trial and good until the next question, which takes
 * its memory back to the mark. */
/* Samples of dev and training too: a fold trains on what the shards name for the test. */
static bool is_by_shards(const struct fray_kept *k) {
  static const enum fray_kept_split split[] = {FRAY_KEPT_DEV, FRAY_KEPT_TEST, FRAY_KEPT_TRAIN};
  bool same = true;
  for (size_t s = 0; s < FRAY_COUNT(split); s++) {
    const struct fray_samples *of = &k->panel[split[s]].of;
    for (size_t i = 0; i < of->n; i++)
      same = same && (k->session.dataset->split[of->sample[i]] == FRAY_TEST) ==
                         (split[s] == FRAY_KEPT_TEST);
  }
  return same;
}

enum fray_status fray_probed_by_shards(const struct fray_probed *got, struct fray_err *err) {
  FRAY_CHECK(got->by_shards, err, INPUT,
             "data.partition tests other samples than the shards name for it, as folds do: what "
             "chose and what is reported on could not be told apart; ask models of a study that "
             "tests the shards' own test samples");
  return FRAY_OK;
}

enum fray_status fray_kept_probe(struct fray_kept *kept, const struct fray_probe *probe,
                                 struct fray_probed *out, struct fray_err *err) {
  struct judged *panel = &kept->panel[probe->split];
  struct fray_evaluation evaluation = {0};
  struct fray_arena scratch = {0};
  enum fray_status status = open_trial(kept, probe->trial, err);
  FRAY_TRY(status);
  FRAY_CHECK(panel->of.n > 0, err, INPUT,
             "%s: no test client is for verifying; evaluate.verify says how many are (0 to 0.9)",
             kept->folder);
  FRAY_CHECK(!kept->session.dataset->words, err, INPUT,
             "%s: models of sequences say several classes of a sample, and instruments ask for one",
             kept->folder);
  fray_arena_rewind(&kept->work.arena, kept->prepared);
  status = answer(kept, probe, panel, &scratch, &evaluation, err);
  /* Before the answers are shared: one rank alone may have failed, and all must know. */
  status = fray_comm_agree(kept->comm, status, err);
  if (status == FRAY_OK)
    status = fray_evaluate_share(kept->comm, &evaluation, status, &scratch, err);
  if (status == FRAY_OK)
    *out = (struct fray_probed){.dataset = kept->session.dataset,
                                .under = panel->under[0],
                                .realised = panel->condition[0].entries,
                                .lure = panel->condition[0].lure,
                                .answers = evaluation.answers,
                                .client = panel->client,
                                .n_clients = panel->n_clients,
                                .client_name = panel->client_name,
                                .model = model_hash(kept, probe->selection),
                                .by_shards = is_by_shards(kept)};
  if (status == FRAY_OK)
    status = add_facts(kept, probe, &scratch, out, err);
  fray_arena_free(&scratch);
  return status;
}

/* ---- how far damage goes ---- */

/* Pictures are rows of rows, all else steps of channels; sound has one. */
static size_t numbers_of(const struct fray_signal *value) {
  const size_t steps = value->kind == FRAY_IMAGE ? value->height * value->width : value->length;
  return steps * (value->kind == FRAY_AUDIO ? 1 : value->channels);
}

/* Before is copied: a value is good until the next one is read. Texts have no numbers, and the
 * edits of their words are counted where features are made of them. */
static enum fray_status measure_one(struct fray_kept *k, const struct fray_samples *under, size_t i,
                                    size_t m,
                                    double (*measure)(const float *, const float *, size_t),
                                    double *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_signal value;
  struct fray_distance text;
  const size_t sample = under->sample[i];
  if (k->session.dataset->modality[m].kind == FRAY_TEXT) {
    FRAY_TRY(fray_features_distance(k->session.features, m, sample, under->signal, &text, err));
    *out = text.features;
    return FRAY_OK;
  }
  FRAY_TRY(fray_features_raw(k->session.features, m, sample, NULL, &value, err));
  const size_t n = numbers_of(&value);
  float *before = fray_arena_alloc(&arena, n + 1, sizeof *before);
  FRAY_CHECK(before, err, MEMORY, "out of memory");
  memcpy(before, value.x, n * sizeof *before);
  const enum fray_status status =
      fray_features_raw(k->session.features, m, sample, under->signal, &value, err);
  if (status == FRAY_OK && numbers_of(&value) == n)
    *out = measure(before, value.x, n);
  fray_arena_free(&arena);
  return status;
}

/* Dealt to ranks as facts are, and added up by their bits. */
static enum fray_status measure_mine(struct fray_kept *k, const struct fray_samples *under,
                                     size_t m,
                                     double (*measure)(const float *, const float *, size_t),
                                     double *out, struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(k->comm), me = (size_t)fray_comm_rank(k->comm);
  for (size_t i = me; i < under->n; i += ranks) {
    out[i] = NAN;
    if (under->present[i] >> m & 1u)
      FRAY_TRY(measure_one(k, under, i, m, measure, &out[i], err));
  }
  return FRAY_OK;
}

enum fray_status fray_kept_distance(struct fray_kept *kept, const struct fray_probe *probe,
                                    size_t modality,
                                    double (*measure)(const float *, const float *, size_t),
                                    const double **out, size_t *n, struct fray_err *err) {
  struct judged *panel = &kept->panel[probe->split];
  struct fray_arena scratch = {0};
  double *distance = NULL;
  FRAY_TRY(open_trial(kept, probe->trial, err));
  fray_arena_rewind(&kept->work.arena, kept->prepared);
  panel->condition[0] = (struct judged_condition){.name = "probe", .n_entries = probe->n};
  enum fray_status status = trial_meet(&kept->work, panel, 0, probe->entry, err);
  if (status == FRAY_OK) {
    distance = fray_arena_zero(&kept->work.arena, panel->under[0].n + 1, sizeof *distance);
    status = distance ? measure_mine(kept, &panel->under[0], modality, measure, distance, err)
                      : fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  status = fray_comm_agree(kept->comm, status, err);
  if (status == FRAY_OK) {
    *n = panel->under[0].n;
    *out = distance;
    status = fray_exact_share(kept->comm, distance, *n, &scratch, err);
  }
  fray_arena_free(&scratch);
  return status;
}

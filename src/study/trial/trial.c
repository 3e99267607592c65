/* One trial: partition -> damage -> rounds -> conditions on the selected and the last model.
 *
 * Training and evaluating anew differ in where the models come from and in which rows are new; all
 * else is one way. */
#include "trial.h"

#include "checkpoint.h"
#include "fray/base/file.h"
#include "fray/base/rounding.h"
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "fray/results/folder.h"
#include "trial_work.h"

#include <stdio.h>
#include <string.h>

/* Where the trial's checkpoint lies. */
struct keeper {
  const char *folder, *name;
  const struct fray_dataset *dataset;
};

/* Rank 0 of the team calls it, between two rounds. */
static enum fray_status keep(void *user, const struct fray_federation_state *state,
                             struct fray_err *err) {
  const struct keeper *k = user;
  FRAY_TRY(fray_dataset_check_unchanged(k->dataset, err)); /* else the old one is the better */
  return fray_checkpoint_write(k->folder, k->name, state, err);
}

/* From the checkpoint on, if there is one. All that the state borrows lies in t->arena, and
 * clients, a buffer of this call, is used no longer than the training. A state that was found must
 * have the sizes that are given here, or it is not taken. */
static enum fray_status federate(struct trial_work *t, struct fray_federation *f,
                                 struct keeper *keeper, struct fray_err *err) {
  const size_t total = fray_model_params(t->model)->total;
  struct fray_federation_state state;
  struct fray_roster roster;
  char clients[4096];
  bool found;
  FRAY_TRY(fray_checkpoint_clients_folder(keeper->folder, keeper->name, clients, err));
  const struct fray_store_config store = fray_federation_store(
      f->training, f->clients->n, f->clients->n_labelled, total, keeper->name, clients);
  const size_t n_server = fray_federation_vectors(f->training, f->clients->n) * total;
  FRAY_TRY(fray_federation_roster(f->training, f->dataset, f->clients, f->client_name, &t->arena,
                                  &roster, err));
  FRAY_TRY(fray_checkpoint_read(
      keeper->folder, keeper->name, total, n_server, fray_federation_numbers(f->training, &roster),
      (size_t)f->training->rounds, &store, f->comm, &t->arena, &state, &found, err));
  f->trial = keeper->name;
  f->client_folder = clients;
  f->from = found ? &state : NULL;
  f->save = keep;
  f->keeper = keeper;
  /* Clients' own models are gone after the rounds, so they answer all that will be asked. */
  const struct fray_evaluation_task own = {.model = t->model,
                                           .features = t->session->features,
                                           .n_modalities = t->session->dataset->n_modalities,
                                           .conditions = t->n_conditions,
                                           .under = t->judged[OWN].under,
                                           .scores = trial_wants_scores(t),
                                           .judge = &t->judge,
                                           .watch = t->watch,
                                           .round = (size_t)f->training->rounds};
  f->own = fray_cell_has_own_models(t->cell) ? &own : NULL;
  f->own_first = t->partition->own_first;
  return fray_federate(f, &t->arena, &t->outcome, err);
}

/* From rank 0 to all: the folder of a kept model need not be seen by others. */
static enum fray_status start(struct trial_work *t, const float **out, struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(t->model);
  struct fray_comm *comm = t->session->comm;
  enum fray_status status = FRAY_OK;
  uint8_t *taken;
  float *w;
  if (!fray_start_is_on(&t->cell->config.model.start))
    return FRAY_OK;
  FRAY_ALLOC_ZERO(w, &t->arena, table->total, err);
  FRAY_ALLOC_ZERO(taken, &t->arena, table->n + 1, err);
  if (fray_comm_rank(comm) == 0)
    status = fray_start_weights(t->study, t->trial, t->model, w, taken, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, w, table->total * sizeof *w, 0);
  *out = w;
  return FRAY_OK;
}

/* While it trains, the test split is looked at under the condition `trial` alone; what is selected
 * is selected on dev, which is not damaged. All ranks hold the same federation but for their own
 * features; nothing of it is written to. */
static enum fray_status train(struct trial_work *t, const char *folder,
                              struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_scenario *config = &t->cell->config;
  struct fray_federation f = {.comm = t->session->comm,
                              .dataset = t->session->dataset,
                              .features = t->session->features,
                              .model = t->model,
                              .training = &config->training,
                              .evaluate = &config->evaluate,
                              .metrics = t->cell->metric,
                              .target = t->target,
                              .class_weight = t->class_weight,
                              .seed = t->trial->seed,
                              .clients = &t->clients,
                              .client_name = t->partition->name,
                              .cohorts = config->training.cohorts ? &t->cohorts : NULL,
                              .dev = t->dev,
                              .test = t->judged[TEST].under[0],
                              .watch = t->watch};
  struct keeper keeper = {folder, part->name, t->session->dataset};
  FRAY_TRY(start(t, &f.start, err));
  if (!t->cell->local_only) /* there each client learns from its own samples */
    FRAY_TRY(fray_features_learn(t->session->features, &t->clients.data, f.comm, err));
  return t->cell->local_only ? fray_trial_local_only(t, &f, folder, part, err)
                             : federate(t, &f, &keeper, err);
}

/* Only when it was asked for: for a million samples it is larger than all other files of the trial.
 */
static enum fray_status write_ledger(const struct trial_work *t, const char *folder,
                                     const char *name, struct fray_err *err) {
  char path[4096], file[64];
  FRAY_TRY(fray_folder_path(folder, "ledgers", path, err));
  FRAY_TRY(fray_make_folders(path, err));
  snprintf(file, sizeof file, "ledgers/%s.csv", name);
  FRAY_TRY(fray_folder_path(folder, file, path, err));
  return fray_ledger_save(path, &t->train_population, &t->damage, err);
}

/* Nothing is taken yet, so that it may be released at any time. */
struct trial_work trial_begin(const struct fray_study *study, const struct fray_trial *trial,
                              struct fray_session *session) {
  return (struct trial_work){.study = study,
                             .cell = &study->cell[trial->cell],
                             .trial = trial,
                             .session = session,
                             .data = study->data,
                             .n_columns = study->cell[0].n_entries,
                             .same_data = study->same_data,
                             .mixed = study->mixed};
}

void trial_release(struct trial_work *t) {
  fray_model_free(t->model);
  for (size_t k = 0; k < t->n_others; k++)
    fray_model_free(t->other[k].model);
  fray_arena_free(&t->arena);
}

/* The part of a judged trial, and its ledger. Rank 0. The part is written last: from then on a
 * resumed run takes the trial for finished, so that all else must be there. */
static enum fray_status write_judged(const struct trial_work *t, const char *folder,
                                     struct fray_trial_file *part, struct fray_err *err) {
  part->n_judged = t->n_judged;
  FRAY_TRY(fray_trial_details(t, part, err));
  FRAY_TRY(trial_answers_keep(t, part, err));
  FRAY_TRY(trial_members_keep(t, part, err));
  if (t->cell->config.evaluate.save_ledger)
    FRAY_TRY(write_ledger(t, folder, part->name, err));
  return fray_trial_file_write(folder, part, err);
}

/* Those that evaluate.models keeps. Best and last may be of the same round and are two files all
 * the same: readers need not know which. part->model takes their hashes, by which a later
 * evaluation knows them. */
static enum fray_status write_models(const struct trial_work *t, const char *folder,
                                     struct fray_trial_file *part, struct fray_err *err) {
  struct fray_standards standards;
  FRAY_TRY(fray_features_standards(t->session->features, &part->arena, &standards, err));
  const struct fray_kept_model model[SELECTIONS] = {
      {t->outcome.best, t->outcome.best_round, &standards},
      {t->outcome.last, t->outcome.rounds, &standards}};
  const int kept = t->cell->config.evaluate.models;
  for (int s = 0; s < SELECTIONS; s++) {
    if (kept == FRAY_MODELS_NONE || (kept == FRAY_MODELS_BEST && s != BEST))
      continue;
    FRAY_TRY(fray_models_write(t->model, folder, part->name, (enum fray_selection)s, &model[s],
                               part->model[s], err));
  }
  return FRAY_OK;
}

static enum fray_status write_trained(const struct trial_work *t, const char *folder,
                                      struct fray_trial_file *part, struct fray_err *err) {
  part->diverged = t->outcome.diverged;
  FRAY_TRY(fray_trial_rows(t, part, err));
  FRAY_TRY(fray_trial_scores(t, part, err));
  if (!t->outcome.diverged && !t->cell->local_only)
    FRAY_TRY(write_models(t, folder, part, err));
  FRAY_TRY(write_judged(t, folder, part, err));
  return fray_checkpoint_remove(folder, part->name, err); /* the part stands for it now */
}

/* Rank 0 reads; the others make room. */
static enum fray_status read_kept(struct trial_work *t, const char *folder,
                                  struct fray_trial_file *part, float *weights[SELECTIONS],
                                  struct fray_standards *standards, struct fray_err *err) {
  const size_t total = fray_model_params(t->model)->total;
  for (int s = 0; s < SELECTIONS; s++)
    FRAY_ALLOC_ZERO(weights[s], &t->arena, total, err);
  FRAY_TRY(fray_features_standards(t->session->features, &t->arena, standards, err));
  if (fray_comm_rank(t->session->comm) != 0)
    return FRAY_OK;
  FRAY_TRY(fray_trial_file_read(folder, part, err));
  FRAY_TRY(fray_trial_pick_columns(t, &part->participation_all, &part->participation, err));
  FRAY_TRY(fray_trial_pick_columns(t, &part->influence_all, &part->influence, err));
  return part->diverged
             ? FRAY_OK
             : fray_models_read(t->model, folder, part->name, part->model, weights, standards, err);
}

/* What training left, from the files of rank 0 to all ranks. Reading the part overwrites its
 * evaluation by the one that it holds; the mark that the new part gets is put back. What the old
 * file keeps of answers counts as recalled, for the note at the end of the run. */
static enum fray_status share_kept(struct trial_work *t, const char *folder,
                                   struct fray_trial_file *part, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  const size_t total = fray_model_params(t->model)->total;
  float *weights[SELECTIONS];
  struct fray_standards standards;
  char evaluation[17]; /* what is asked for, not what the part holds */
  memcpy(evaluation, part->evaluation, sizeof evaluation);
  FRAY_TRY(fray_comm_agree(comm, read_kept(t, folder, part, weights, &standards, err), err));
  memcpy(part->evaluation, evaluation, sizeof evaluation);
  fray_comm_broadcast(comm, &part->diverged, sizeof part->diverged, 0);
  fray_comm_broadcast(comm, part->model, sizeof part->model, 0);
  t->outcome = (struct fray_outcome){
      .diverged = part->diverged, .best = weights[BEST], .last = weights[LAST]};
  for (int s = 0; s < SELECTIONS; s++)
    t->hash[s] = part->model[s];
  for (int s = 0; s < SELECTIONS; s++)
    fray_comm_broadcast(comm, weights[s], total * sizeof *weights[s], 0);
  trial_use_standards(t->session, &standards);
  FRAY_TRY(trial_answers_recall(t, folder, part->name, err));
  for (int k = 0; k < PANELS; k++)
    for (size_t c = 0; c < t->n_conditions; c++)
      part->n_recalled += t->judged[k].is_known[c];
  return FRAY_OK;
}

/* The rows of training stay; those of the scores are new. What both must have in common tells
 * whether this is still the same model on the same data. part->scores is empty, since reading a
 * part leaves them out. */
static enum fray_status write_anew(const struct trial_work *t, const char *folder,
                                   struct fray_trial_file *part, struct fray_err *err) {
  /* Kept aside, since the scores are written where it stands. */
  struct fray_text before = part->metrics;
  part->metrics = (struct fray_text){0};
  enum fray_status status = fray_trial_scores(t, part, err);
  if (status == FRAY_OK && !fray_scores_alike(&before, &part->metrics, t->mixed))
    status = fray_fail(err, FRAY_INPUT,
                       "the kept models score otherwise than when they were trained: the values of "
                       "the data set changed since (%s)",
                       t->cell->config.data.shards);
  fray_text_free(&before);
  FRAY_TRY(status);
  return write_judged(t, folder, part, err);
}

/* A trial from beginning to end: how it comes to its models, and what is written of them. */
struct way {
  enum fray_status (*models)(struct trial_work *t, const char *folder, struct fray_trial_file *part,
                             struct fray_err *err); /* collective */
  enum fray_status (*write)(const struct trial_work *t, const char *folder,
                            struct fray_trial_file *part, struct fray_err *err); /* rank 0 */
};

/* Every step ends in an agreement of all ranks: one that failed alone would leave the others in the
 * next collective call. Writing is agreed upon too, so that no team takes a new trial while its
 * rank 0 has lost one. */
static enum fray_status do_trial(struct trial_work *t, const struct way *way, const char *folder,
                                 struct fray_trial_file *part, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  t->name = part->name;
  t->folder = folder;
  fray_rounding_reset(); /* a library loaded meanwhile may have changed it */
  FRAY_TRY(fray_comm_agree(comm, trial_prepare(t, err), err));
  FRAY_TRY(way->models(t, folder, part, err));
  if (!t->cell->local_only) /* else each client's model was judged when it was trained */
    FRAY_TRY(trial_judge(t, err));
  FRAY_TRY(trial_members_judge(t, err));
  /* Looked at once more: the shards may have changed while it trained. */
  enum fray_status status = trial_check_data(t, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  if (fray_comm_rank(comm) == 0)
    status = way->write(t, folder, part, err);
  return fray_comm_agree(comm, status, err);
}

static enum fray_status do_and_release(const struct fray_study *study,
                                       const struct fray_trial *trial, struct fray_session *session,
                                       const char *folder, const struct fray_watch *watch,
                                       const struct way *way, struct fray_trial_file *part,
                                       struct fray_err *err) {
  struct trial_work t = trial_begin(study, trial, session);
  t.watch = watch;
  enum fray_status status = do_trial(&t, way, folder, part, err);
  trial_release(&t);
  return status;
}

enum fray_status fray_trial_run(const struct fray_study *study, const struct fray_trial *trial,
                                struct fray_session *session, const char *folder,
                                const struct fray_watch *watch, struct fray_trial_file *part,
                                struct fray_err *err) {
  static const struct way trained = {train, write_trained};
  return do_and_release(study, trial, session, folder, watch, &trained, part, err);
}

enum fray_status fray_trial_evaluate(const struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, const char *folder,
                                     const struct fray_watch *watch, struct fray_trial_file *part,
                                     struct fray_err *err) {
  static const struct way kept = {share_kept, write_anew};
  return do_and_release(study, trial, session, folder, watch, &kept, part, err);
}

/* Whether the judge is one of this model and of its dev samples, which it is refused for as long as
 * that changes nothing; and whether the models that it asks are there. */
static enum fray_status check_judge(const struct fray_study *study, const struct fray_trial *trial,
                                    struct fray_session *session, const char *folder,
                                    struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[trial->cell];
  const struct fray_partition *partition;
  struct fray_judge judge;
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &partition, err));
  char dev[TRIAL_DEV_HASH];
  trial_dev_hash(session->dataset, partition->n_dev, partition->dev, dev);
  const struct fray_judge_place place = {
      .trial = part->name, .model = part->model[BEST], .dev = dev, .is_selected = true};
  FRAY_TRY(trial_judge_of(cell, session->dataset, &place, &part->arena, &judge, err));
  return trial_check_others(folder, &judge, err);
}

/* Reads all that evaluating will read, and drops it: what cannot be used must be known before the
 * first part is replaced. Room for both models is taken in the arena of the part, which goes with
 * it. A diverged trial has no models, and evaluating it will look for none. */
enum fray_status fray_trial_check_kept(const struct fray_study *study,
                                       const struct fray_trial *trial, struct fray_session *session,
                                       const char *folder, const char *name, struct fray_err *err) {
  struct fray_trial_file part = {0};
  struct fray_model *model = NULL;
  struct fray_standards standards;
  float *weights[SELECTIONS] = {NULL, NULL};
  memcpy(part.name, name, sizeof part.name);
  enum fray_status status = fray_trial_file_read(folder, &part, err);
  if (status == FRAY_OK && !part.diverged)
    status = fray_cell_model(&study->cell[trial->cell], session, &model, err);
  for (int s = 0; status == FRAY_OK && model && s < SELECTIONS; s++) {
    weights[s] = fray_arena_alloc(&part.arena, fray_model_params(model)->total, sizeof(float));
    if (!weights[s])
      status = fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  if (status == FRAY_OK && model)
    status = fray_features_standards(session->features, &part.arena, &standards, err);
  if (status == FRAY_OK && model)
    status = fray_models_read(model, folder, part.name, part.model, weights, &standards, err);
  if (status == FRAY_OK && model)
    status = check_judge(study, trial, session, folder, &part, err);
  fray_model_free(model);
  fray_trial_file_free(&part);
  return status;
}

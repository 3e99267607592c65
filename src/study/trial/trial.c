/* One trial: partition -> damage -> rounds -> conditions on the selected and the last model. */
#include "trial.h"
#include "study/scenario/scenario.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/rounding.h"
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "fray/nn/loss.h"
#include "fray/results/data_sets.h"
#include "fray/results/folder.h"
#include "study/trial/checkpoint.h"
#include "trial_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The weights of a loss of sets, from what damage left of all clients' training samples. */
static enum fray_status weigh_positives(struct trial_work *t, struct fray_err *err) {
  const struct fray_damage *damage = &t->damage;
  const struct fray_variant *loss = &t->cell->config.training.local.loss;
  const struct fray_loss_ops *ops = loss->choice->impl;
  size_t classes = t->session->dataset->n_classes, n = 0;
  int64_t *positives;
  if (!damage->labels || !ops->positive_weights)
    return FRAY_OK; /* a loss that does not fit the data is refused with the model */
  FRAY_ALLOC_ZERO(positives, &t->arena, classes, err);
  FRAY_ALLOC(t->positive_weight, &t->arena, classes, err);
  for (size_t i = 0; i < damage->n; i++) {
    if (damage->dropped[i] || damage->label[i] == FRAY_UNLABELLED)
      continue;
    for (size_t c = 0; c < classes; c++)
      positives[c] += damage->labels[i * classes + c];
    n++;
  }
  return ops->positive_weights(loss->params, classes, n, positives, t->positive_weight, err);
}

/* Training samples in partition order, each with its federated client. */
static enum fray_status damage_training(struct trial_work *t, struct fray_err *err) {
  const struct fray_partition *p = t->partition;
  size_t n = p->first[p->n_clients];
  uint32_t *client;
  FRAY_ALLOC(client, &t->arena, n, err);
  for (size_t c = 0; c < p->n_clients; c++)
    for (size_t i = p->first[c]; i < p->first[c + 1]; i++)
      client[i] = (uint32_t)c;
  t->train_population = (struct fray_population){.dataset = t->session->dataset,
                                                 .partition = p,
                                                 .n = n,
                                                 .sample = p->sample,
                                                 .client = client,
                                                 .n_clients = p->n_clients,
                                                 .client_source = p->source,
                                                 .client_name = p->name,
                                                 .train = true};
  FRAY_ALLOC_ZERO(t->realised, &t->arena, FRAY_MAX(t->cell->n_entries, (size_t)1), err);
  FRAY_TRY(fray_damage_start(&t->train_population, &t->arena, &t->damage, err));
  FRAY_TRY(fray_corrupt(t->cell->entry, t->cell->n_entries, &t->train_population,
                        t->trial->corruption_seed, &t->arena, &t->damage, t->realised, err));
  FRAY_TRY(weigh_positives(t, err));
  return fray_clients_build(p, &t->damage, t->session->dataset->n_classes, &t->arena, &t->clients,
                            err);
}

/* Labels and held modalities of a list of samples. */
static enum fray_status list_samples(const struct fray_dataset *d, const uint32_t *sample, size_t n,
                                     struct fray_arena *arena, struct fray_samples *out,
                                     struct fray_err *err) {
  int32_t *label;
  uint8_t *held, *labels = NULL;
  const size_t classes = d->n_classes;
  FRAY_ALLOC(label, arena, FRAY_MAX(n, (size_t)1), err);
  FRAY_ALLOC(held, arena, FRAY_MAX(n, (size_t)1), err);
  if (d->multi_label)
    FRAY_ALLOC(labels, arena, FRAY_MAX(n, (size_t)1) * classes, err);
  for (size_t i = 0; i < n; i++) {
    label[i] = d->multi_label ? 0 : d->label[sample[i]];
    held[i] = d->present[sample[i]];
    if (!d->multi_label)
      continue;
    memcpy(labels + i * classes, d->labels + sample[i] * classes, classes);
    label[i] = fray_is_labelled(d, sample[i]) ? 0 : FRAY_UNLABELLED;
  }
  *out = (struct fray_samples){.n = n,
                               .n_labelled = n,
                               .sample = sample,
                               .label = label,
                               .labels = labels,
                               .held = held,
                               .present = held};
  return FRAY_OK;
}

/* Of one entry: hits over eligible. Several act on what the ones before left, so their rates do not
 * add up; then it is the share of the held (sample, modality) pairs that are absent in the end. */
static double realised_of(const struct fray_samples *under, const struct judged_condition *c) {
  size_t acting = 0, held = 0, absent = 0;
  double rate = NAN;
  for (size_t i = 0; i < c->n_entries; i++)
    if (c->acts[i]) {
      acting++;
      rate = c->entries[i].rate;
    }
  if (acting < 2)
    return rate;
  for (size_t i = 0; i < under->n; i++) {
    held += (size_t)__builtin_popcount(under->held[i]);
    absent += (size_t)__builtin_popcount(under->held[i] & ~(unsigned)under->present[i]);
  }
  return held ? (double)absent / (double)held : NAN;
}

/* What a condition makes of a panel's samples; the damage starts from the clean data. */
static enum fray_status meet_condition(struct trial_work *t, struct judged *panel, size_t at,
                                       const struct fray_corruption_config *const *entries,
                                       struct fray_err *err) {
  struct judged_condition *c = &panel->condition[at];
  const struct fray_population population = {.dataset = t->session->dataset,
                                             .partition = t->partition,
                                             .n = panel->of.n,
                                             .sample = panel->of.sample,
                                             .client = panel->client,
                                             .n_clients = panel->n_clients,
                                             .client_source = panel->client_source,
                                             .client_name = panel->client_name,
                                             .train = false};
  struct fray_realised *realised;
  struct fray_damage damage;
  uint8_t *acts;
  FRAY_ALLOC_ZERO(realised, &t->arena, FRAY_MAX(c->n_entries, (size_t)1), err);
  FRAY_ALLOC(acts, &t->arena, FRAY_MAX(c->n_entries, (size_t)1), err);
  for (size_t i = 0; i < c->n_entries; i++)
    acts[i] = fray_corruption_at(entries[i]) != FRAY_AT_TRAIN;
  c->entries = realised;
  c->acts = acts;
  FRAY_TRY(fray_damage_start(&population, &t->arena, &damage, err));
  FRAY_TRY(fray_corrupt(entries, c->n_entries, &population, t->trial->corruption_seed, &t->arena,
                        &damage, realised, err));
  panel->under[at] = panel->of;
  panel->under[at].present = damage.present;
  c->realised = realised_of(&panel->under[at], c);
  return FRAY_OK;
}

static enum fray_status add_condition(struct trial_work *t, const char *name, double severity,
                                      const char *parameter,
                                      const struct fray_corruption_config *const *entries, size_t n,
                                      struct fray_err *err) {
  const size_t at = t->n_conditions;
  for (int k = 0; k < PANELS; k++) {
    struct judged *panel = &t->judged[k];
    panel->condition[at] = (struct judged_condition){
        .name = name, .parameter = parameter, .severity = severity, .n_entries = n};
    if (panel->of.n)
      FRAY_TRY(meet_condition(t, panel, at, entries, err));
  }
  t->n_conditions++;
  return FRAY_OK;
}

static bool is_damaged(const struct fray_samples *under) {
  for (size_t i = 0; i < under->n; i++)
    if (under->present[i] != under->held[i])
      return true;
  return false;
}

/* `trial` (what the corruption entries do at test), `clean` where that differs, then tests. */
static enum fray_status make_conditions(struct trial_work *t, struct fray_err *err) {
  const struct fray_cell *cell = t->cell;
  const size_t most = cell->n_conditions + 2;
  for (int k = 0; k < PANELS; k++) {
    FRAY_ALLOC_ZERO(t->judged[k].condition, &t->arena, most, err);
    FRAY_ALLOC_ZERO(t->judged[k].under, &t->arena, most, err);
  }
  FRAY_TRY(add_condition(t, "trial", NAN, NULL, cell->entry, cell->n_entries, err));
  if (is_damaged(&t->judged[TEST].under[0]) || is_damaged(&t->judged[OWN].under[0]))
    FRAY_TRY(add_condition(t, "clean", NAN, NULL, NULL, 0, err));
  for (size_t k = 0; k < cell->n_conditions; k++) {
    const struct fray_condition *c = &cell->condition[k];
    const struct fray_corruption_config *const one[1] = {&c->entry};
    if (add_condition(t, c->name, c->severity, c->parameter, one, 1, err) != FRAY_OK)
      return fray_at(err, "%s: tests.%s", c->where, c->name);
  }
  return FRAY_OK;
}

static void count_classes(const struct fray_dataset *d, const uint32_t *sample, size_t n,
                          size_t *count) {
  memset(count, 0, d->n_classes * sizeof *count);
  for (size_t i = 0; i < n; i++)
    if (!d->multi_label && d->label[sample[i]] >= 0)
      count[d->label[sample[i]]]++;
  for (size_t i = 0; d->multi_label && i < n; i++)
    for (size_t c = 0; c < d->n_classes; c++)
      count[c] += fray_has_class(d, sample[i], c);
}

/* A class without dev or test samples is not measured there. (That one without training samples
 * cannot be learnt is said where the shards are opened.) */
static enum fray_status warn_of_classes(struct trial_work *t, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  const struct {
    const char *what;
    const uint32_t *sample;
    size_t n;
  } parts[] = {{"dev", p->dev, p->n_dev}, {"test", p->test, p->n_test}};
  size_t *count;
  FRAY_ALLOC(count, &t->arena, d->n_classes, err);
  for (size_t k = 0; k < FRAY_COUNT(parts) && !t->session->warned; k++) {
    size_t lacking = 0, one = 0;
    count_classes(d, parts[k].sample, parts[k].n, count);
    for (size_t c = 0; c < d->n_classes; c++)
      if (count[c] == 0 && lacking++ == 0)
        one = c;
    if (lacking)
      fray_warn("%zu of %zu classes (%s%s) have no %s sample", lacking, d->n_classes,
                d->class_name[one], lacking > 1 ? ", ..." : "", parts[k].what);
  }
  t->session->warned = true;
  return FRAY_OK;
}

static enum fray_status make_test(struct trial_work *t, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  uint32_t *client;
  FRAY_ALLOC(client, &t->arena, p->n_test + 1, err);
  for (size_t i = 0; i < p->n_test; i++)
    client[i] = d->client[p->test[i]];
  t->judged[TEST] = (struct judged){.name = "test",
                                    .client = client,
                                    .n_clients = d->n_clients,
                                    .client_source = d->client_source,
                                    .client_name = d->client_name};
  return list_samples(d, p->test, p->n_test, &t->arena, &t->judged[TEST].of, err);
}

/* The held-out samples of each federated client, one client after another. */
static enum fray_status make_own(struct trial_work *t, struct fray_err *err) {
  const struct fray_partition *p = t->partition;
  uint32_t *client;
  if (p->n_own == 0)
    return FRAY_OK;
  FRAY_ALLOC(client, &t->arena, p->n_own, err);
  for (size_t c = 0; c < p->n_clients; c++)
    for (size_t i = p->own_first[c]; i < p->own_first[c + 1]; i++)
      client[i] = (uint32_t)c;
  t->judged[OWN] = (struct judged){.name = "own",
                                   .scope = "own_client",
                                   .client = client,
                                   .n_clients = p->n_clients,
                                   .client_source = p->source,
                                   .client_name = p->name,
                                   .held_by_clients = true};
  return list_samples(t->session->dataset, p->own, p->n_own, &t->arena, &t->judged[OWN].of, err);
}

/* Filled in, the tree has the path made absolute: what the folder says must hold from anywhere. */
static const char *shards_of(const struct fray_cell *cell) {
  const struct fray_node *node = fray_node_at(cell->node, "data.shards");
  return node && node->scalar ? node->scalar : cell->config.data.shards;
}

/* Of data that change while a trial is at work nobody knows what it has learnt from. */
static enum fray_status check_data(const struct trial_work *t, struct fray_err *err) {
  FRAY_TRY(fray_data_sets_note(t->data, shards_of(t->cell), t->session->dataset, err));
  return fray_dataset_check_unchanged(t->session->dataset, err);
}

static enum fray_status prepare(struct trial_work *t, struct fray_err *err) {
  FRAY_TRY(check_data(t, err));
  FRAY_TRY(
      fray_session_partition(t->session, t->cell, t->trial->partition_seed, &t->partition, err));
  FRAY_TRY(damage_training(t, err));
  const struct fray_dataset *d = t->session->dataset;
  FRAY_TRY(list_samples(d, t->partition->dev, t->partition->n_dev, &t->arena, &t->dev, err));
  FRAY_TRY(make_test(t, err));
  FRAY_TRY(make_own(t, err));
  FRAY_CHECK(t->judged[TEST].of.n > 0, err, INPUT, "%s: no test samples",
             t->cell->config.data.shards);
  FRAY_CHECK(
      t->dev.n > 0, err, INPUT,
      "%s: no dev samples to select a round on; give some training samples the split dev (1)",
      t->cell->config.data.shards);
  FRAY_TRY(make_conditions(t, err));
  const struct fray_training_config *training = &t->cell->config.training;
  if (training->cohorts)
    FRAY_TRY(fray_cohorts_read(training->cohorts, (size_t)training->rounds, t->partition->name,
                               t->partition->n_clients, &t->arena, &t->cohorts, err));
  return fray_cell_model(t->cell, t->session, &t->model, err);
}

/* Where the trial's checkpoint lies. */
struct keeper {
  const char *folder, *name;
  const struct fray_dataset *dataset;
};

static enum fray_status keep(void *user, const struct fray_federation_state *state,
                             struct fray_err *err) {
  const struct keeper *k = user;
  FRAY_TRY(fray_dataset_check_unchanged(k->dataset, err)); /* else the old one is the better */
  return fray_checkpoint_write(k->folder, k->name, state, err);
}

/* From the checkpoint on, if there is one. */
static enum fray_status federate(struct trial_work *t, struct fray_federation *f,
                                 struct keeper *keeper, struct fray_err *err) {
  const struct fray_server_ops *server = f->training->server.algorithm.choice->impl;
  const size_t total = fray_model_params(t->model)->total;
  struct fray_federation_state state;
  bool found;
  FRAY_TRY(fray_checkpoint_read(keeper->folder, keeper->name, total, server->state * total,
                                (size_t)f->training->rounds, f->comm, &t->arena, &state, &found,
                                err));
  f->from = found ? &state : NULL;
  f->save = keep;
  f->keeper = keeper;
  return fray_federate(f, &t->arena, &t->outcome, err);
}

static enum fray_status train(struct trial_work *t, const char *folder,
                              const struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_scenario *config = &t->cell->config;
  struct fray_federation f = {.comm = t->session->comm,
                              .dataset = t->session->dataset,
                              .features = t->session->features,
                              .model = t->model,
                              .training = &config->training,
                              .evaluate = &config->evaluate,
                              .metrics = t->cell->metric,
                              .positive_weight = t->positive_weight,
                              .seed = t->trial->seed,
                              .clients = &t->clients,
                              .client_name = t->partition->name,
                              .cohorts = config->training.cohorts ? &t->cohorts : NULL,
                              .dev = t->dev,
                              .test = t->judged[TEST].under[0],
                              .watch = t->watch};
  struct keeper keeper = {folder, part->name, t->session->dataset};
  return t->cell->local_only ? fray_trial_local_only(t, &f, folder, part, err)
                             : federate(t, &f, &keeper, err);
}

bool trial_wants_scores(const struct trial_work *t) {
  const struct fray_evaluate_config *evaluate = &t->cell->config.evaluate;
  return evaluate->save_scores || fray_evaluate_needs_scores(evaluate, NULL);
}

static enum fray_status judge_mine(struct trial_work *t, const struct judged *panel, int selection,
                                   uint64_t *load, struct fray_arena *work,
                                   struct fray_evaluation *out, struct fray_err *err) {
  const float *weights[SELECTIONS] = {t->outcome.best, t->outcome.last};
  const struct fray_evaluation_task task = {.model = t->model,
                                            .features = t->session->features,
                                            .n_modalities = t->session->dataset->n_modalities,
                                            .conditions = t->n_conditions,
                                            .w = weights[selection],
                                            .under = panel->under,
                                            .scores = trial_wants_scores(t),
                                            .watch = t->watch,
                                            .round = t->outcome.rounds};
  return fray_evaluate_mine(t->session->comm, &task, load, work, &t->arena, out, err);
}

/* Every panel and condition on the selected and on the last model. */
static enum fray_status judge(struct trial_work *t, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  struct fray_evaluation evaluation[PANELS][SELECTIONS] = {0};
  struct fray_arena work = {0};
  if (t->outcome.diverged)
    return FRAY_OK;
  uint64_t *load = fray_arena_zero(&work, (size_t)fray_comm_size(comm), sizeof *load);
  enum fray_status status = load ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (int k = 0; k < PANELS; k++)
    for (int s = 0; s < SELECTIONS; s++) {
      if (status == FRAY_OK && trial_judges(t, k))
        status = judge_mine(t, &t->judged[k], s, load, &work, &evaluation[k][s], err);
    }
  for (int k = 0; k < PANELS; k++)
    for (int s = 0; s < SELECTIONS; s++) {
      if (!trial_judges(t, k))
        continue;
      FRAY_TRY_TO(done, status, fray_evaluate_share(comm, &evaluation[k][s], status, &work, err));
      t->judged[k].answers[s] = evaluation[k][s].answers;
    }
done:
  fray_arena_free(&work);
  return status;
}

static enum fray_status write_ledger(const struct trial_work *t, const char *folder,
                                     const char *name, struct fray_err *err) {
  char path[4096], file[64];
  FRAY_TRY(fray_folder_path(folder, "ledgers", path, err));
  FRAY_TRY(fray_make_folders(path, err));
  snprintf(file, sizeof file, "ledgers/%s.csv", name);
  FRAY_TRY(fray_folder_path(folder, file, path, err));
  return fray_ledger_save(path, &t->train_population, &t->damage, err);
}

static void release(struct trial_work *t) {
  fray_model_free(t->model);
  fray_arena_free(&t->arena);
}

/* What damage leaves of each modality: what is absent costs no time. */
static void note_left(const struct trial_work *t, struct fray_cell *cell) {
  const struct fray_partition *p = t->partition;
  const struct fray_dataset *d = t->session->dataset;
  for (size_t m = 0; m < d->n_modalities; m++) {
    size_t held = 0, left = 0;
    for (size_t i = 0; i < p->first[p->n_clients]; i++)
      held += d->present[p->sample[i]] >> m & 1;
    for (size_t c = 0; c < p->n_clients; c++)
      for (size_t i = 0; i < t->clients.n_labelled[c]; i++)
        left += t->clients.data.present[t->clients.first[c] + i] >> m & 1;
    cell->left[m] = held ? (double)left / (double)held : NAN;
  }
  cell->is_known = true;
}

enum fray_status fray_trial_validate(struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, struct fray_err *err) {
  struct trial_work t = {.cell = &study->cell[trial->cell],
                         .trial = trial,
                         .session = session,
                         .data = study->data,
                         .n_columns = study->cell[0].n_entries};
  enum fray_status status = prepare(&t, err);
  if (status == FRAY_OK)
    status = warn_of_classes(&t, err);
  if (status == FRAY_OK)
    status = fray_outlook_take(&t, study, &study->cell[trial->cell], err);
  if (status == FRAY_OK)
    note_left(&t, &study->cell[trial->cell]);
  release(&t);
  return status;
}

/* The part of a judged trial, and its ledger. Rank 0. */
static enum fray_status write_judged(const struct trial_work *t, const char *folder,
                                     struct fray_trial_file *part, struct fray_err *err) {
  FRAY_TRY(fray_trial_details(t, part, err));
  if (t->cell->config.evaluate.save_ledger)
    FRAY_TRY(write_ledger(t, folder, part->name, err));
  return fray_trial_file_write(folder, part, err);
}

/* Those that evaluate.models keeps. */
static enum fray_status write_models(const struct trial_work *t, const char *folder,
                                     struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_kept_model model[SELECTIONS] = {{t->outcome.best, t->outcome.best_round},
                                                    {t->outcome.last, t->outcome.rounds}};
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

enum fray_status fray_trial_run(const struct fray_study *study, const struct fray_trial *trial,
                                struct fray_session *session, const char *folder,
                                const struct fray_watch *watch, struct fray_trial_file *part,
                                struct fray_err *err) {
  struct trial_work t = {.cell = &study->cell[trial->cell],
                         .trial = trial,
                         .session = session,
                         .watch = watch,
                         .data = study->data,
                         .n_columns = study->cell[0].n_entries};
  fray_rounding_reset(); /* a library loaded meanwhile may have changed it */
  enum fray_status status = fray_comm_agree(session->comm, prepare(&t, err), err);
  if (status == FRAY_OK)
    status = train(&t, folder, part, err);
  if (status == FRAY_OK && !t.cell->local_only)
    status = judge(&t, err);
  if (status == FRAY_OK)
    status = fray_comm_agree(session->comm, check_data(&t, err), err);
  if (status == FRAY_OK && fray_comm_rank(session->comm) == 0)
    status = write_trained(&t, folder, part, err);
  status = fray_comm_agree(session->comm, status, err);
  release(&t);
  return status;
}

/* Rank 0 reads; the others make room. */
static enum fray_status read_kept(struct trial_work *t, const char *folder,
                                  struct fray_trial_file *part, float *weights[SELECTIONS],
                                  struct fray_err *err) {
  const size_t total = fray_model_params(t->model)->total;
  for (int s = 0; s < SELECTIONS; s++)
    FRAY_ALLOC_ZERO(weights[s], &t->arena, total, err);
  if (fray_comm_rank(t->session->comm) != 0)
    return FRAY_OK;
  FRAY_TRY(fray_trial_file_read(folder, part, err));
  return part->diverged ? FRAY_OK
                        : fray_models_read(t->model, folder, part->name, part->model, weights, err);
}

/* What training left, from the files of rank 0 to all ranks. */
static enum fray_status share_kept(struct trial_work *t, const char *folder,
                                   struct fray_trial_file *part, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  const size_t total = fray_model_params(t->model)->total;
  float *weights[SELECTIONS];
  FRAY_TRY(fray_comm_agree(comm, read_kept(t, folder, part, weights, err), err));
  fray_comm_broadcast(comm, &part->diverged, sizeof part->diverged, 0);
  t->outcome = (struct fray_outcome){
      .diverged = part->diverged, .best = weights[BEST], .last = weights[LAST]};
  for (int s = 0; s < SELECTIONS; s++)
    fray_comm_broadcast(comm, weights[s], total * sizeof *weights[s], 0);
  return FRAY_OK;
}

/* The rows of training stay; those of the scores are new. What both must have in common tells
 * whether this is still the same model on the same data. */
static enum fray_status write_anew(const struct trial_work *t, const char *folder, bool mixed,
                                   struct fray_trial_file *part, struct fray_err *err) {
  struct fray_text before = part->metrics;
  part->metrics = (struct fray_text){0};
  enum fray_status status = fray_trial_scores(t, part, err);
  if (status == FRAY_OK && !fray_scores_alike(&before, &part->metrics, mixed))
    status = fray_fail(err, FRAY_INPUT,
                       "the kept models score otherwise than when they were trained: the values of "
                       "the data set changed since (%s)",
                       t->cell->config.data.shards);
  fray_text_free(&before);
  FRAY_TRY(status);
  return write_judged(t, folder, part, err);
}

enum fray_status fray_trial_evaluate(const struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, const char *folder,
                                     const struct fray_watch *watch, struct fray_trial_file *part,
                                     struct fray_err *err) {
  struct trial_work t = {.cell = &study->cell[trial->cell],
                         .trial = trial,
                         .session = session,
                         .watch = watch,
                         .data = study->data,
                         .n_columns = study->cell[0].n_entries};
  char evaluation[17];
  memcpy(evaluation, part->evaluation, sizeof evaluation);
  fray_rounding_reset(); /* a library loaded meanwhile may have changed it */
  enum fray_status status = fray_comm_agree(session->comm, prepare(&t, err), err);
  if (status == FRAY_OK)
    status = share_kept(&t, folder, part, err);
  memcpy(part->evaluation, evaluation, sizeof evaluation);
  if (status == FRAY_OK)
    status = judge(&t, err);
  if (status == FRAY_OK)
    status = fray_comm_agree(session->comm, check_data(&t, err), err);
  if (status == FRAY_OK && fray_comm_rank(session->comm) == 0)
    status = write_anew(&t, folder, study->mixed, part, err);
  status = fray_comm_agree(session->comm, status, err);
  release(&t);
  return status;
}

enum fray_status fray_trial_check_kept(const struct fray_study *study,
                                       const struct fray_trial *trial,
                                       const struct fray_session *session, const char *folder,
                                       const char *name, struct fray_err *err) {
  struct fray_trial_file part = {0};
  struct fray_model *model = NULL;
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
    status = fray_models_read(model, folder, part.name, part.model, weights, err);
  fray_model_free(model);
  fray_trial_file_free(&part);
  return status;
}

/* What a trial needs before its first round: damaged clients, panels with their conditions, a
 * model. */
#include "trial_work.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"
#include "fray/results/data_sets.h"

#include <math.h>
#include <string.h>

/* One label per sample: whatever the classes hold, `none` included, is one number each. Without the
 * key nothing is weighed. */
static enum fray_status weigh_samples(struct trial_work *t, struct fray_err *err) {
  const struct fray_damage *damage = &t->seen;
  const struct fray_dataset *dataset = t->session->dataset;
  const struct fray_node *given = t->cell->config.training.local.class_weights;
  int64_t *samples;
  if (!given || damage->labels)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(samples, &t->arena, dataset->n_classes, err);
  FRAY_ALLOC(t->class_weight, &t->arena, dataset->n_classes, err);
  for (size_t i = 0; i < damage->n; i++)
    if (!damage->dropped[i] && damage->label[i] != FRAY_UNLABELLED)
      samples[damage->label[i]]++;
  return fray_class_weights(given, dataset->n_classes, dataset->class_name, samples,
                            t->class_weight, err);
}

/* The weights of a loss of sets, from what damage left of all clients' training samples. One set of
 * weights for the whole federation: clients that lack a class would have none for it. */
static enum fray_status weigh_positives(struct trial_work *t, struct fray_err *err) {
  const struct fray_damage *damage = &t->seen;
  const struct fray_variant *loss = &t->cell->config.training.local.loss;
  const struct fray_loss_ops *ops = loss->choice->impl;
  size_t classes = t->session->dataset->n_classes, n = 0;
  int64_t *positives;
  if (!damage->labels || !ops->positive_weights)
    return FRAY_OK; /* a loss that does not fit the data is refused with the model */
  FRAY_ALLOC_ZERO(positives, &t->arena, classes, err);
  FRAY_ALLOC(t->class_weight, &t->arena, classes, err);
  for (size_t i = 0; i < damage->n; i++) {
    if (damage->dropped[i] || damage->label[i] == FRAY_UNLABELLED)
      continue;
    for (size_t c = 0; c < classes; c++)
      positives[c] += damage->labels[i * classes + c];
    n++;
  }
  return ops->positive_weights(loss->params, classes, n, positives, t->class_weight, err);
}

/* Training samples in partition order, each with its federated client. The population is kept for
 * the ledger. client (n) is the place in the partition, not the natural client of the shards; draws
 * go by client_source, which does not depend on that place. */
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
  FRAY_TRY(trial_members_hold_out(t, err));
  FRAY_TRY(weigh_samples(t, err));
  FRAY_TRY(weigh_positives(t, err));
  return fray_clients_build(p, &t->seen, t->session->dataset->n_classes, &t->arena, &t->clients,
                            err);
}

/* Labels and held modalities of a list of samples. held and present are one array as long as
 * nothing is damaged; damage gives a panel another `present` and leaves held as it is. */
enum fray_status fray_trial_list_samples(const struct fray_dataset *d, const uint32_t *sample,
                                         size_t n, struct fray_arena *arena,
                                         struct fray_samples *out, struct fray_err *err) {
  int32_t *label;
  uint8_t *held, *labels = NULL;
  const size_t classes = d->n_classes;
  FRAY_ALLOC(label, arena, FRAY_MAX(n, (size_t)1), err);
  FRAY_ALLOC(held, arena, FRAY_MAX(n, (size_t)1), err);
  if (d->multi_label)
    FRAY_ALLOC(labels, arena, FRAY_MAX(n, (size_t)1) * classes, err);
  for (size_t i = 0; i < n; i++) {
    /* Sets stand in `labels`; here is only whether there is one. */
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

/* Damage is drawn for the clients of the shards: test samples belong to no federated client. */
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
  return fray_trial_list_samples(d, p->test, p->n_test, &t->arena, &t->judged[TEST].of, err);
}

/* Rounds are chosen by samples that damage at test does not touch: a model that was chosen under
 * the damage it is tested under would have seen it. `at: dev` asks for that on purpose. */
static enum fray_status make_dev(struct trial_work *t, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  struct judged *panel = &t->dev_panel;
  uint32_t *client;
  FRAY_ALLOC(client, &t->arena, p->n_dev + 1, err);
  for (size_t i = 0; i < p->n_dev; i++)
    client[i] = d->client[p->dev[i]];
  *panel = (struct judged){.name = "dev",
                           .is_dev = true,
                           .client = client,
                           .n_clients = d->n_clients,
                           .client_source = d->client_source,
                           .client_name = d->client_name};
  FRAY_TRY(fray_trial_list_samples(d, p->dev, p->n_dev, &t->arena, &panel->of, err));
  FRAY_ALLOC_ZERO(panel->condition, &t->arena, 1, err);
  FRAY_ALLOC_ZERO(panel->under, &t->arena, 1, err);
  panel->condition[0] =
      (struct judged_condition){.name = "trial", .severity = NAN, .n_entries = t->cell->n_entries};
  FRAY_TRY(trial_meet(t, panel, 0, t->cell->entry, err));
  t->dev = panel->under[0];
  return FRAY_OK;
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
  return fray_trial_list_samples(t->session->dataset, p->own, p->n_own, &t->arena,
                                 &t->judged[OWN].of, err);
}

/* For instruments that are fitted where the model was trained. Values are as the data have them, so
 * that what is learnt of them is of no damage; labels as clients have them, who know no others. */
enum fray_status trial_train_panel(struct trial_work *t, struct judged *out, struct fray_err *err) {
  const struct fray_population *all = &t->train_population;
  int32_t *label;
  *out = (struct judged){.name = "train",
                         .client = all->client,
                         .n_clients = all->n_clients,
                         .client_source = all->client_source,
                         .client_name = all->client_name,
                         .held_by_clients = true};
  FRAY_TRY(
      fray_trial_list_samples(t->session->dataset, all->sample, all->n, &t->arena, &out->of, err));
  if (out->of.labels) /* sets: nobody fits anything to them */
    return FRAY_OK;
  FRAY_ALLOC(label, &t->arena, all->n + 1, err);
  for (size_t i = 0; i < all->n; i++)
    label[i] = t->seen.dropped[i] ? FRAY_UNLABELLED : t->seen.label[i];
  out->of.label = label;
  return FRAY_OK;
}

/* Filled in, the tree has the path made absolute: what the folder says must hold from anywhere. */
static const char *shards_of(const struct fray_cell *cell) {
  const struct fray_node *node = fray_node_at(cell->node, "data.shards");
  return node && node->scalar ? node->scalar : cell->config.data.shards;
}

/* Of data that change while a trial is at work nobody knows what it has learnt from. */
enum fray_status trial_check_data(const struct trial_work *t, struct fray_err *err) {
  FRAY_TRY(fray_data_sets_note(t->data, shards_of(t->cell), t->session->dataset, err));
  return fray_dataset_check_unchanged(t->session->dataset, err);
}

/* With the weights that were judged, and not learnt anew: the training samples need not be read,
 * and another numeric environment would find other last bits. */
void trial_use_standards(struct fray_session *session, struct fray_standards *standards) {
  for (size_t m = 0; m < standards->n; m++) {
    struct fray_standard *s = &standards->of[m];
    fray_comm_broadcast(session->comm, s->mean, s->channels * sizeof *s->mean, 0);
    fray_comm_broadcast(session->comm, s->deviation, s->channels * sizeof *s->deviation, 0);
  }
  fray_features_use(session->features, standards);
}

/* That of the attack is looked for here as well: the class is named whoever attacks. */
static enum fray_status find_target(struct trial_work *t, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_scenario *config = &t->cell->config;
  const char *wanted = config->evaluate.target ? config->evaluate.target
                                               : fray_attack_target(&config->training.attack);
  char list[512];
  /* 1 + the class, so that 0 of all who know of none stays what it means. */
  for (size_t k = 0; wanted && k < d->n_classes && t->target == 0; k++)
    t->target = strcmp(d->class_name[k], wanted) == 0 ? k + 1 : 0;
  FRAY_CHECK(
      !wanted || t->target, err, INPUT, "%s: the data have no class '%s'; %s",
      config->evaluate.target ? "evaluate.target" : "training.attack.target", wanted,
      fray_there_are(wanted, (const char *const *)d->class_name, d->n_classes, list, sizeof list));
  return FRAY_OK;
}

/* The same for a run, a dry run and a probe, so that all of them refuse the same and see the same
 * samples. Conditions come after both panels, since all panels have the same ones; the model comes
 * last and is released with the trial. */
enum fray_status trial_prepare(struct trial_work *t, struct fray_err *err) {
  FRAY_TRY(trial_check_data(t, err));
  FRAY_TRY(
      fray_session_partition(t->session, t->cell, t->trial->partition_seed, &t->partition, err));
  FRAY_TRY(damage_training(t, err));
  FRAY_TRY(find_target(t, err));
  FRAY_TRY(make_dev(t, err));
  FRAY_TRY(make_test(t, err));
  FRAY_TRY(make_own(t, err));
  FRAY_CHECK(t->judged[TEST].of.n > 0, err, INPUT, "%s: no test samples",
             t->cell->config.data.shards);
  FRAY_CHECK(
      t->dev.n > 0, err, INPUT,
      "%s: no dev samples to select a round on; give some training samples the split dev (1)",
      t->cell->config.data.shards);
  FRAY_TRY(trial_conditions(t, err));
  const struct fray_training_config *training = &t->cell->config.training;
  if (training->cohorts &&
      fray_cohorts_read(training->cohorts, (size_t)training->rounds, t->partition->name,
                        t->partition->n_clients, &t->arena, &t->cohorts, err) != FRAY_OK)
    return fray_cell_at(t->cell, "training.cohorts", err);
  FRAY_TRY(fray_cell_model(t->cell, t->session, &t->model, err));
  FRAY_TRY(trial_fit_judge(t, NULL, false, &t->judge, err));
  t->judge_key = fray_judge_key(t->cell);
  struct fray_own_blocks own; /* looked at here, so that fray check finds what is no block */
  return fray_own_blocks_find(training, fray_model_params(t->model), &t->arena, &own, err);
}

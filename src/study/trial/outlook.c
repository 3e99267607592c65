/* What a cell will do, as its first seed shows before anything is trained: how many clients and
 * samples there are, what damage hits, and what is limited by what there is. */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "trial_work.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- clients ---- */

/* From the file if one names the cohorts of each round, since these differ in size; else the same
 * number in every round. */
static void take_cohort(const struct trial_work *t, struct fray_study *study,
                        struct fray_outlook *out) {
  const struct fray_training_config *training = &t->cell->config.training;
  const size_t n = t->partition->n_clients;
  const struct fray_amount *amount = &training->clients_per_round;
  if (training->cohorts) {
    out->least = n;
    for (size_t r = 0; r < t->cohorts.rounds; r++) {
      const size_t size = t->cohorts.first[r + 1] - t->cohorts.first[r];
      out->least = FRAY_MIN(out->least, size);
      out->most = FRAY_MAX(out->most, size);
    }
    return;
  }
  out->least = out->most = fray_amount_of(*amount, n); /* on average, where each is by itself */
  if (!t->cell->local_only && !amount->is_fraction && amount->value > (double)n)
    fray_study_warn(study,
                    "training.clients_per_round: %.0f clients a round are asked for, there are "
                    "%zu; all of them take part in each round",
                    amount->value, n);
}

/* ---- who will be there ---- */

/* What keeps clients away is drawn by round, so the rounds to come can be gone through before any
 * training, in a moment unless there are very many clients. */
enum { MOST_DRAWS = 20000000 };

/* Samples that a client can train on: with a label, or all where the method gives labels. */
static size_t usable_of(const struct trial_work *t, size_t c) {
  const struct fray_training_config *training = &t->cell->config.training;
  return !t->cell->local_only && fray_algorithm_of(&training->server)->needs_unlabelled
             ? t->clients.count[c]
             : t->clients.n_labelled[c];
}

static void add_round(const struct trial_work *t, const struct fray_invitation *who, size_t n,
                      const struct fray_gathering *about, struct fray_outlook *out) {
  const struct fray_local_config *local = &t->cell->config.training.local;
  size_t came = 0;
  double slowest = 0;
  for (size_t i = 0; i < n; i++) {
    if (!who[i].returns || fray_visit_steps(local, usable_of(t, who[i].client), who[i].work) == 0)
      continue;
    came++;
    slowest = fmax(slowest, who[i].seconds);
  }
  out->looked++;
  out->empty += came == 0;
  /* Of those asked, who all shared keys; a round that nobody comes to is empty already. */
  out->lost += came > 0 && came < fray_secure_threshold(&t->cell->config.training.secure, n);
  out->least = FRAY_MIN(out->least, came);
  out->invited += (double)(n + about->dropped + about->late);
  out->came += (double)came;
  out->seconds += isnan(about->seconds) ? slowest : about->seconds;
}

static void warn_of_rounds(const struct trial_work *t, const struct fray_cohort_source *source,
                           struct fray_study *study, const struct fray_outlook *out) {
  const struct fray_availability_config *a = &t->cell->config.training.availability;
  if (source->clipped)
    fray_study_warn(study,
                    "training.availability.reachable: the chance of %zu of %zu clients would "
                    "exceed 1 and is 1 then: on average fewer can be reached than the keys say",
                    source->clipped, t->clients.n);
  if (out->empty == out->looked && !isnan(a->deadline))
    fray_study_warn(study,
                    "training.availability.deadline %g: nobody answers in time in any of %zu "
                    "rounds: the model stays untrained",
                    a->deadline, out->looked);
  else if (out->empty == out->looked)
    fray_study_warn(study, "training.availability: nobody takes part in any of %zu rounds",
                    out->looked);
  else if (out->empty)
    fray_study_limit(study, "in %zu of %zu rounds nobody takes part (simulated availability)",
                     out->empty, out->looked);
  /* No fault, but hardly what somebody wants: rounds that are trained for nothing. */
  if (out->lost)
    fray_study_warn(
        study,
        "training.secure_aggregation.threshold: in %zu of %zu rounds fewer clients send "
        "than the threshold: their sum cannot be unmasked, and these rounds count nobody",
        out->lost, out->looked);
}

/* The rounds of this trial's seed, as they will be. */
static enum fray_status look_at_rounds(const struct trial_work *t, struct fray_study *study,
                                       struct fray_arena *arena, struct fray_outlook *out,
                                       struct fray_err *err) {
  const struct fray_training_config *training = &t->cell->config.training;
  const struct fray_param_table *params = fray_model_params(t->model);
  struct fray_cohort_source source;
  struct fray_own_blocks own;
  struct fray_invitation *who;
  const size_t rounds = FRAY_MIN((size_t)training->rounds, MOST_DRAWS / (t->clients.n + 1) + 1);
  FRAY_TRY(fray_own_blocks_find(training, params, arena, &own, err));
  FRAY_TRY(fray_federation_source(training, t->session->dataset, &t->clients, t->partition->name,
                                  training->cohorts ? &t->cohorts : NULL,
                                  fray_own_blocks_sent(&own, params), t->trial->seed, arena,
                                  &source, err));
  FRAY_ALLOC(who, arena, source.most + 1, err);
  out->simulated = true;
  out->busy = source.kept;
  out->least = out->most = source.kept ? source.most : out->most;
  for (size_t r = 1; r <= rounds; r++) {
    struct fray_gathering about = {.seconds = NAN};
    const size_t n = source.invite(source.state, t->trial->seed, r, who, &about);
    add_round(t, who, n, &about, out);
  }
  warn_of_rounds(t, &source, study, out);
  out->invited /= (double)rounds;
  out->came /= (double)rounds;
  out->seconds /=
      fray_availability_is_timed(&training->availability) ? (double)rounds : (double)NAN;
  return FRAY_OK;
}

/* Attackers of a round are drawn with it, by this trial's seed: a share of all clients is another
 * of each cohort, and a rule is told the most. What the attack names must be there. */
static enum fray_status go_through_attacks(const struct trial_work *t, struct fray_arena *arena,
                                           struct fray_study *study, struct fray_outlook *out,
                                           struct fray_err *err) {
  const struct fray_training_config *training = &t->cell->config.training;
  const size_t rounds = FRAY_MIN((size_t)training->rounds, MOST_DRAWS / (t->clients.n + 1) + 1);
  struct fray_cohort_source source;
  struct fray_own_blocks own;
  struct fray_invitation *who;
  struct fray_poisoned poisoned;
  uint8_t *attacks;
  FRAY_TRY(fray_own_blocks_find(training, fray_model_params(t->model), arena, &own, err));
  FRAY_TRY(fray_federation_attackers(training, t->session->dataset, &t->clients, t->partition->name,
                                     t->trial->seed, arena, &attacks, err));
  FRAY_TRY(fray_federation_poison(training, t->session->dataset, &t->clients, t->partition->name,
                                  t->model, attacks, t->trial->seed, arena, &poisoned, err));
  for (size_t c = 0; c < t->clients.n; c++)
    out->attackers += attacks[c];
  FRAY_TRY(fray_federation_source(training, t->session->dataset, &t->clients, t->partition->name,
                                  training->cohorts ? &t->cohorts : NULL,
                                  fray_own_blocks_sent(&own, fray_model_params(t->model)),
                                  t->trial->seed, arena, &source, err));
  FRAY_ALLOC(who, arena, source.most + 1, err);
  for (size_t r = 1; r <= rounds; r++) {
    struct fray_gathering about = {.seconds = NAN};
    const size_t n = source.invite(source.state, t->trial->seed, r, who, &about);
    size_t attack = 0, came = 0;
    for (size_t i = 0; i < n; i++) {
      came += who[i].returns;
      attack += who[i].returns && attacks[who[i].client];
    }
    out->most_attack = FRAY_MAX(out->most_attack, attack);
    out->outnumbered += fray_aggregation_uses_f(&training->aggregation) &&
                        attack > fray_aggregation_f(&training->aggregation, came);
  }
  if (out->attackers == 0 && training->attack.who->kind == FRAY_NODE_MAP)
    fray_study_warn(study, "training.attack.who: no client attacks");
  /* No advice that is taken already, or that does not go with cohorts of a file. */
  const bool is_fixed = training->attack.per_round == FRAY_ATTACKERS_FIXED || training->cohorts;
  if (out->outnumbered)
    fray_study_warn(study,
                    "training.attack: in %zu of %zu rounds more clients attack than "
                    "training.aggregation.f says (at most %zu in one)%s",
                    out->outnumbered, rounds, out->most_attack,
                    is_fixed ? "" : "; attackers_per_round: fixed keeps to their share");
  return FRAY_OK;
}

/* Blocks that a rule judges among their holders rest in rounds with too few of these. One that
 * always would is refused, as fray_federation_judges says. */
static enum fray_status go_through_blocks(const struct trial_work *t, struct fray_arena *arena,
                                          struct fray_study *study, const struct fray_outlook *out,
                                          struct fray_err *err) {
  const struct fray_training_config *training = &t->cell->config.training;
  const struct fray_dataset *dataset = t->session->dataset;
  const struct fray_param_table *params = fray_model_params(t->model);
  const size_t rounds = FRAY_MIN((size_t)training->rounds, MOST_DRAWS / (t->clients.n + 1) + 1);
  const size_t modalities = dataset->n_modalities;
  size_t rests[FRAY_MAX_MODALITIES] = {0};
  struct fray_cohort_source source;
  struct fray_own_blocks own;
  struct fray_roster roster;
  struct fray_invitation *who;
  uint32_t *holds;
  FRAY_TRY(fray_federation_roster(training, dataset, &t->clients, t->partition->name, arena,
                                  &roster, err));
  FRAY_TRY(fray_federation_judges(training, &roster, dataset, &t->clients, params, out->most, arena,
                                  err));
  FRAY_ALLOC_ZERO(holds, arena, t->clients.n * modalities + 1, err);
  fray_count_holders(&t->clients, modalities, holds);
  FRAY_TRY(fray_own_blocks_find(training, params, arena, &own, err));
  FRAY_TRY(fray_federation_source(
      training, dataset, &t->clients, t->partition->name, training->cohorts ? &t->cohorts : NULL,
      fray_own_blocks_sent(&own, params), t->trial->seed, arena, &source, err));
  FRAY_ALLOC(who, arena, source.most + 1, err);
  /* The run's draws, but where a method chooses clients by their losses. */
  for (size_t r = 1; r <= rounds; r++) {
    struct fray_gathering about = {.seconds = NAN};
    const size_t n = source.invite(source.state, t->trial->seed, r, who, &about);
    for (size_t m = 0; m < modalities; m++) {
      size_t came = 0, holders = 0;
      char why[200];
      for (size_t i = 0; i < n; i++) {
        came += who[i].returns;
        holders += who[i].returns && holds[who[i].client * modalities + m] > 0;
      }
      /* Where nobody holds it, it rests under any rule, a mean too. */
      rests[m] += holders > 0 && !fray_aggregation_takes_block(&training->aggregation, came,
                                                               holders, why, sizeof why);
    }
  }
  /* A line for each modality: of which encoder it is decides what may be done about it. */
  for (size_t m = 0; m < modalities; m++)
    if (rests[m])
      fray_study_warn(study,
                      "training.aggregation.blocks: in %zu of %zu rounds too few clients hold the "
                      "modality '%s' for its block to be judged (training.aggregation.f); it rests "
                      "in them, see influence.csv",
                      rests[m], rounds, dataset->modality[m].name);
  return FRAY_OK;
}

/* Memory of its own, as for attacks. */
static enum fray_status take_blocks(const struct trial_work *t, struct fray_study *study,
                                    const struct fray_outlook *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  if (!t->cell->local_only && fray_aggregation_judges_blocks(&t->cell->config.training.aggregation))
    status = go_through_blocks(t, &arena, study, out, err);
  if (status != FRAY_OK)
    status = fray_cell_at(t->cell, "training.aggregation", err);
  fray_arena_free(&arena);
  return status;
}

/* Of a cell without attackers there is nothing to go through. Memory of its own, as for rounds: of
 * many cells none keeps its draws. */
static enum fray_status take_attacks(const struct trial_work *t, struct fray_study *study,
                                     struct fray_outlook *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  if (!t->cell->local_only && fray_attack_is_on(&t->cell->config.training.attack))
    status = go_through_attacks(t, &arena, study, out, err);
  if (status != FRAY_OK)
    status = fray_cell_at(t->cell, "training.attack", err);
  fray_arena_free(&arena);
  return status;
}

/* Memory of its own: of many cells none keeps its draws. */
static enum fray_status take_rounds(const struct trial_work *t, struct fray_study *study,
                                    struct fray_outlook *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  if (!t->cell->local_only && fray_availability_is_on(&t->cell->config.training.availability))
    status = look_at_rounds(t, study, &arena, out, err);
  fray_arena_free(&arena);
  return status;
}

/* ---- what privacy takes ---- */

static int by_value(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* The first dev client that trains too, by name: its samples are its data, whichever split they are
 * of. Where a partition deals samples to clients of its own, dev is of none of them. NULL: nobody.
 */
static const char *dev_client_that_trains(const struct trial_work *t, struct fray_arena *arena,
                                          size_t *many, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  const char *first = NULL;
  uint64_t *trains = fray_arena_alloc(arena, p->n_clients + 1, sizeof *trains);
  uint8_t *seen = fray_arena_zero(arena, d->n_clients + 1, 1);
  *many = 0;
  if (!trains || !seen) {
    (void)fray_fail(err, FRAY_MEMORY, "out of memory");
    return NULL;
  }
  /* Sources are hashes of names, so that a name is looked up in a sorted list of numbers. */
  memcpy(trains, p->source, p->n_clients * sizeof *trains);
  qsort(trains, p->n_clients, sizeof *trains, by_value);
  for (size_t i = 0; i < p->n_dev; i++) {
    const size_t c = d->client[p->dev[i]];
    if (seen[c]++ || !bsearch(&d->client_source[c], trains, p->n_clients, sizeof *trains, by_value))
      continue;
    first = first ? first : d->client_name[c];
    ++*many;
  }
  return first;
}

/* Whatever is made of all clients' data and told to all is a release without noise, and its budget
 * is infinite. Numbers that the scenario gives are none. */
static enum fray_status check_releases(const struct trial_work *t, struct fray_err *err) {
  static const char *const weights[] = {"class_weights", "positive_weights"};
  const struct fray_training_config *training = &t->cell->config.training;
  struct fray_arena arena = {0};
  size_t many = 0;
  for (size_t k = 0; k < FRAY_COUNT(weights); k++) {
    char path[64];
    snprintf(path, sizeof path, "training.local.%s", weights[k]);
    const struct fray_node *node = fray_node_at(t->cell->node, path);
    FRAY_CHECK(!node || node->kind != FRAY_NODE_SCALAR || strcmp(node->scalar, "balanced") != 0,
               err, INPUT,
               "training.privacy: %s: balanced counts the labels of all clients, to which no noise "
               "is added; give the weights as numbers",
               path);
  }
  FRAY_CHECK(!fray_features_learn_any(t->session->features), err, INPUT,
             "training.privacy: data.features: standardise: train takes means over all clients' "
             "samples, to which no noise is added; window or none goes with it");
  const char *name = dev_client_that_trains(t, &arena, &many, err);
  /* With one evaluation, after the last round, nothing is chosen: what is best is the last. */
  const bool chooses = t->cell->config.evaluate.every < training->rounds || training->stop.patience;
  const bool fails = err && name && chooses;
  if (fails)
    fray_fail(err, FRAY_INPUT,
              "training.privacy: the round is chosen on dev samples of clients that train (%s%s), "
              "a look at their data that no epsilon here counts: set evaluate.every: %lld, so that "
              "the last round is the only one to choose, without training.stop; or take dev "
              "samples from clients that do not train, which cost nothing",
              name, many > 1 ? " and others" : "", (long long)training->rounds);
  fray_arena_free(&arena);
  return fails ? FRAY_INPUT : FRAY_OK;
}

/* Each client comes by itself, so rounds differ; the first seed's are gone through for their sizes.
 * Other seeds have others: room is for four standard deviations more than the mean at least. */
static enum fray_status size_of_cohorts(const struct trial_work *t, struct fray_arena *arena,
                                        struct fray_outlook *out, struct fray_err *err) {
  const struct fray_training_config *training = &t->cell->config.training;
  const double mean = out->privacy->expected;
  const size_t rounds = FRAY_MIN((size_t)training->rounds, MOST_DRAWS / (t->clients.n + 1) + 1);
  struct fray_cohort_source source;
  struct fray_invitation *who;
  FRAY_TRY(fray_federation_source(training, t->session->dataset, &t->clients, t->partition->name,
                                  NULL, (struct fray_sent){0}, t->trial->seed, arena, &source,
                                  err));
  FRAY_ALLOC(who, arena, source.most + 1, err);
  /* Memory is forecast from it; a round that is larger still would only need some buffers more. */
  out->most = (size_t)fmin((double)t->clients.n, ceil(mean + 4 * sqrt(mean)));
  for (size_t r = 1; r <= rounds; r++) {
    struct fray_gathering about = {.seconds = NAN};
    const size_t n = source.invite(source.state, t->trial->seed, r, who, &about);
    out->least = r == 1 ? n : FRAY_MIN(out->least, n);
    out->most = FRAY_MAX(out->most, n);
  }
  return FRAY_OK;
}

/* What it is worth and what it costs, before a step is trained: a budget that drowns the model in
 * noise is seen here. */
static enum fray_status look_at_privacy(const struct trial_work *t, struct fray_study *study,
                                        struct fray_arena *arena, struct fray_outlook *out,
                                        struct fray_err *err) {
  const struct fray_training_config *training = &t->cell->config.training;
  const struct fray_param_table *params = fray_model_params(t->model);
  struct fray_own_blocks own;
  struct fray_privacy_plan *plan;
  FRAY_TRY(check_releases(t, err));
  FRAY_ALLOC(plan, &study->arena, 1, err);
  FRAY_TRY(fray_federation_privacy(training, t->clients.n, arena, plan, err));
  FRAY_TRY(fray_own_blocks_find(training, params, arena, &own, err));
  plan->values = fray_own_blocks_sent(&own, params).values;
  out->privacy = plan;
  FRAY_TRY(fray_privacy_epsilons(&plan->mechanism, arena, &out->epsilon, err));
  /* delta is the chance that the guarantee is void: a mechanism that gives one client's data away
   * with that chance, and is perfect else, has an epsilon of 0. */
  if (plan->mechanism.delta * (double)plan->clients >= 1)
    fray_study_warn(study,
                    "training.privacy.delta: %g is not below 1 / %zu clients: publishing the data "
                    "of one of them outright would keep to it",
                    plan->mechanism.delta, plan->clients);
  /* Told, and not refused: how far a model comes under noise is what the study is about. */
  if (fray_privacy_noise_length(plan) > plan->clip)
    fray_study_limit(study,
                     "privacy: the noise of a round is %.3g long and a client's update %.3g at "
                     "most: where few clients share it, noise is what a model learns",
                     fray_privacy_noise_length(plan), plan->clip);
  return size_of_cohorts(t, arena, out, err);
}

/* Memory of its own, as for rounds; places of the keys stand in the messages. */
static enum fray_status take_privacy(const struct trial_work *t, struct fray_study *study,
                                     struct fray_outlook *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  if (!t->cell->local_only && fray_privacy_is_on(&t->cell->config.training.privacy))
    status = look_at_privacy(t, study, &arena, out, err);
  if (status != FRAY_OK)
    status = fray_cell_at(t->cell, "training.privacy", err);
  fray_arena_free(&arena);
  return status;
}

/* Sums over the partition as damage left it, before a single step was trained. */
static void take_clients(const struct trial_work *t, struct fray_study *study,
                         struct fray_outlook *out) {
  const struct fray_partition *p = t->partition;
  const double batch = (double)t->cell->config.training.local.batch;
  out->clients = p->n_clients;
  out->train = p->first[p->n_clients] - t->n_held;
  out->held = t->n_held;
  out->attacked = trial_members_bytes(t, study->n_seeds);
  for (size_t c = 0; c < p->n_clients; c++) {
    const size_t usable = usable_of(t, c);
    out->usable += usable;
    out->able += usable > 0;
    out->largest = FRAY_MAX(out->largest, usable);
  }
  take_cohort(t, study, out);
  /* No fault: damage was asked for. But whoever reads tables by client must know. */
  if (out->able < out->clients)
    fray_study_limit(study, "%zu of %zu clients %s no usable training sample and never train",
                     out->clients - out->able, out->clients,
                     out->clients - out->able == 1 ? "has" : "have");
  if (batch > (double)out->largest && out->largest > 0)
    fray_study_limit(study,
                     "training.local.batch %.0f is more than any client holds (at most %zu "
                     "usable samples): a client's samples are one batch",
                     batch, out->largest);
}

/* ---- the algorithm ---- */

static void tell(void *study, const char *words) {
  fray_study_warn(study, "%s", words);
}

/* With the clients as damage left them: a client without samples is of no group. Clients that train
 * alone have no server. */
static enum fray_status check_method(const struct trial_work *t, struct fray_study *study,
                                     const struct fray_outlook *outlook, struct fray_err *err) {
  const struct fray_training_config *training = &t->cell->config.training;
  struct fray_roster roster;
  struct fray_arena arena = {0};
  if (t->cell->local_only)
    return FRAY_OK;
  /* Trained for nothing, and no score would tell. */
  if (fray_training_has_own_models(training) && t->partition->n_own == 0)
    fray_study_warn(study,
                    "training: clients have models of their own (training.%s), which are judged on "
                    "samples of their own alone, but data.partition.own_test holds none out: "
                    "nothing will be said of these models; clients never seen have none",
                    training->own.blocks.n ? "private" : "server");
  enum fray_status status = fray_federation_roster(training, t->session->dataset, &t->clients,
                                                   t->partition->name, &arena, &roster, err);
  if (status == FRAY_OK)
    status = fray_federation_fits(training, &roster, t->model, outlook->most, tell, study, err);
  if (status != FRAY_OK)
    status = fray_cell_at(t->cell, "training.server", err);
  fray_arena_free(&arena);
  return status;
}

/* ---- labels ---- */

static size_t count_labelled(const struct trial_work *t) {
  const struct fray_partition *p = t->partition;
  size_t n = 0;
  for (size_t i = 0; i < p->first[p->n_clients]; i++)
    n += fray_is_labelled(t->session->dataset, p->sample[i]);
  return n;
}

/* The only class of the labelled training samples; the number of classes if there are several.
 * Labels of the data, before damage: relabelling by damage is asked for, a data set of one class
 * hardly ever is. */
static size_t only_class(const struct trial_work *t) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  size_t only = d->n_classes;
  for (size_t i = 0; i < p->first[p->n_clients]; i++) {
    const int32_t label = d->label[p->sample[i]];
    if (label < 0)
      continue;
    if (only != d->n_classes && only != (size_t)label)
      return d->n_classes;
    only = (size_t)label;
  }
  return only;
}

/* A model that nothing can teach would go through all rounds untrained, and its scores would stand
 * in the tables as if they meant something. What damage removes is the user's wish, and is said. */
static enum fray_status check_labels(const struct trial_work *t, struct fray_study *study,
                                     const struct fray_outlook *outlook, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const size_t labelled = count_labelled(t);
  FRAY_CHECK(labelled > 0, err, INPUT,
             "%s: no training sample has a label (%zu samples of %zu clients train), so there is "
             "nothing to learn; label some, or choose others with data.partition",
             t->cell->config.data.shards, outlook->train, outlook->clients);
  if (outlook->usable == 0)
    fray_study_warn(study,
                    "damage leaves no client a usable training sample (of %zu): that model stays "
                    "untrained",
                    outlook->train);
  /* Of sets and of one class there is nothing to choose. */
  const size_t only = !fray_has_one_label(d) || d->n_classes < 2 ? d->n_classes : only_class(t);
  if (only < d->n_classes)
    fray_study_warn(study,
                    "all %zu labelled training samples are of the class %s: a model can learn "
                    "nothing but to answer that",
                    labelled, d->class_name[only]);
  return FRAY_OK;
}

/* ---- damage ---- */

/* All entries have a place in both stages, so the test stage is found by the same index; flags say
 * which of the two an entry acts in. */
static enum fray_status take_damage(const struct trial_work *t, struct fray_arena *arena,
                                    struct fray_outlook *out, struct fray_err *err) {
  const size_t n = t->cell->n_entries;
  const struct judged_condition *own =
      &t->judged[TEST].condition[0]; /* the trial's: all entries, at test */
  FRAY_ALLOC_ZERO(out->hit, arena, n + 1, err);
  for (size_t e = 0; e < n; e++) {
    const struct fray_realised *train = &t->realised[e], *test = &own->entries[e];
    const bool devs = fray_corruption_acts(t->cell->entry[e], FRAY_AT_DEV);
    const struct fray_realised *dev = devs ? &t->dev_panel.condition[0].entries[e] : NULL;
    out->hit[e] = (struct fray_outlook_hit){
        .nominal = fray_corruption_nominal(t->cell->entry[e]),
        .trains = fray_corruption_acts(t->cell->entry[e], FRAY_AT_TRAIN),
        .tests = own->acts[e],
        .train_eligible = train->eligible,
        .train_hit = train->hit,
        .test_eligible = test->eligible,
        .test_hit = test->hit,
        .devs = devs,
        .dev_eligible = devs ? dev->eligible : 0,
        .dev_hit = devs ? dev->hit : 0,
    };
  }
  return FRAY_OK;
}

/* The share of its units that a condition of one entry is to hit; of several, what one leaves the
 * next may hit again, and their shares do not add up. */
static double asked_of(const struct fray_cell *cell, size_t k, const struct judged_condition *c) {
  const struct fray_strength measure = fray_corruption_measure(cell->condition[k].entry[0]);
  const bool share = measure.key && strcmp(measure.key, "rate") == 0;
  return c->n_entries == 1 && share ? c->entries[0].nominal : NAN;
}

/* Those of the first cell stand for all: there may be very many. */
static enum fray_status take_conditions(const struct trial_work *t, struct fray_study *study,
                                        struct fray_outlook *out, struct fray_err *err) {
  const size_t first = t->n_conditions - t->cell->n_conditions; /* behind `trial` and `clean` */
  if (t->cell != &study->cell[0])
    return FRAY_OK;
  FRAY_ALLOC(out->condition, &study->arena, t->cell->n_conditions + 1, err);
  FRAY_ALLOC(out->asked, &study->arena, t->cell->n_conditions + 1, err);
  for (size_t k = 0; k < t->cell->n_conditions; k++) {
    const struct judged_condition *c = &t->judged[TEST].condition[first + k];
    out->condition[k] = c->realised;
    out->asked[k] = asked_of(t->cell, k, c);
  }
  return FRAY_OK;
}

/* A study without a single label trains nothing, and would say so only after its first round. In
 * the memory of the study, since the trial that it was taken from is released at once. Counts come
 * first: the checks speak of them. */
enum fray_status fray_outlook_take(const struct trial_work *t, struct fray_study *study,
                                   struct fray_cell *cell, struct fray_err *err) {
  struct fray_outlook *out;
  FRAY_ALLOC_ZERO(out, &study->arena, 1, err);
  take_clients(t, study, out);
  FRAY_TRY(take_rounds(t, study, out, err));
  FRAY_TRY(take_attacks(t, study, out, err));
  FRAY_TRY(take_blocks(t, study, out, err));
  FRAY_TRY(take_privacy(t, study, out, err));
  FRAY_TRY(check_labels(t, study, out, err));
  FRAY_TRY(check_method(t, study, out, err));
  FRAY_TRY(take_damage(t, &study->arena, out, err));
  FRAY_TRY(take_conditions(t, study, out, err));
  FRAY_TRY(fray_outlook_moves(t, study, out, err));
  cell->outlook = out;
  return FRAY_OK;
}

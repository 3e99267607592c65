/* The sections `training` and `evaluate` of a scenario. */
#include "fray/fed/federation.h"
#include "run.h"

#include <math.h>
#include <string.h>

static const char *const ties[] = {"first", "last", NULL};
static const char *const nonfinite[] = {"end", "exclude", NULL};
static const char *const test_when[] = {"every", "selected", NULL};
static const char *const models_kept[] = {"keep", "best", "none", NULL};

/* Which round is reported: a choice made on dev samples alone, since one made on test samples would
 * be part of what they measure. */
static const struct fray_field selection_fields[] = {
    FRAY_FIELD(KIND, "metric", struct fray_selection_config, metric, .def_text = "accuracy",
               .choices = &fray_metrics,
               .help = "metric on the clean dev samples whose best round is reported as `best`"),
    FRAY_FIELD(ENUM, "tie", struct fray_selection_config, tie, .names = ties, .def_text = "first",
               .help = "which of equally good rounds is taken"),
};
static FRAY_TABLE(selection_table, "selection", struct fray_selection_config, selection_fields,
                  .help = "Model selection on dev data, never on test data.");

static const struct fray_field training_fields[] = {
    FRAY_FIELD(INT, "rounds", struct fray_training_config, rounds, .def = 50, .min = 1,
               .max = 1000000,
               .help = "communication rounds; at most so many, if training.stop ends them"),
    FRAY_FIELD(AMOUNT, "clients_per_round", struct fray_training_config, clients_per_round,
               .def_text = "1.0", .min = 0, .max = 1e9, .open_min = true,
               .help = "clients drawn each round: a count (10) or, with a decimal point, a "
                       "fraction (0.1; floor, at least 1); under training.privacy the chance of "
                       "each, or as many on average"),
    FRAY_FIELD(PATH, "cohorts", struct fray_training_config, cohorts, .optional = true,
               .help = "CSV file round,client that says who takes part in each round, instead of "
                       "drawing clients_per_round of them"),
    FRAY_FIELD(SECTION, "availability", struct fray_training_config, availability,
               .section = &fray_availability_table),
    FRAY_FIELD(SECTION, "local", struct fray_training_config, local, .section = &fray_local_table),
    FRAY_FIELD(SECTION, "server", struct fray_training_config, server,
               .section = &fray_server_table),
    FRAY_FIELD(SECTION, "private", struct fray_training_config, own,
               .section = &fray_private_table),
    FRAY_FIELD(SECTION, "aggregation", struct fray_training_config, aggregation,
               .section = &fray_aggregation_table),
    FRAY_FIELD(SECTION, "attack", struct fray_training_config, attack,
               .section = &fray_attack_table),
    FRAY_FIELD(SECTION, "compression", struct fray_training_config, compression,
               .section = &fray_compression_table),
    FRAY_FIELD(SECTION, "secure_aggregation", struct fray_training_config, secure,
               .section = &fray_secure_table),
    FRAY_FIELD(SECTION, "privacy", struct fray_training_config, privacy,
               .section = &fray_privacy_table),
    FRAY_FIELD(SECTION, "missing", struct fray_training_config, missing,
               .section = &fray_missing_table),
    FRAY_FIELD(ENUM, "on_nonfinite", struct fray_training_config, on_nonfinite, .names = nonfinite,
               .def_text = "end",
               .help = "an update that is not finite: end, the trial has diverged; exclude, the "
                       "round goes on without it (rounds.csv counts them)"),
    FRAY_FIELD(SECTION, "selection", struct fray_training_config, selection,
               .section = &selection_table),
    FRAY_FIELD(SECTION, "stop", struct fray_training_config, stop, .section = &fray_stop_table),
};

/* A file of cohorts says who is asked, so nothing else may; a server that waits for no cohort has
 * none to be late for.
 * A method that lacks nobody cannot do with a server that goes on without some. */
static enum fray_status check_availability(const struct fray_training_config *config,
                                           struct fray_err *err) {
  const struct fray_availability_config *a = &config->availability;
  const struct fray_reach_ops *reach = a->reachable.kind.choice->impl;
  const char *name = config->server.algorithm.choice->name;
  FRAY_CHECK(
      !fray_algorithm_of(&config->server)->needs_everybody ||
          (reach->is_always && a->dropout.p == 0 && !a->dropout.column && isnan(a->deadline)),
      err, INPUT,
      "training.server: %s has every client in every round: availability must keep nobody "
      "away (reachable, dropout, deadline)",
      name);
  FRAY_CHECK(!config->cohorts || (reach->is_always && a->over_selection == 1), err, INPUT,
             "training.cohorts says who is asked: availability.reachable and over_selection have "
             "nothing to say beside it");
  if (fray_algorithm_arrivals(&config->server.algorithm) == 0)
    return FRAY_OK;
  FRAY_CHECK(fray_availability_is_timed(a), err, INPUT,
             "training.server: %s takes answers as they come, which needs simulated time: set "
             "training.availability.time",
             name);
  FRAY_CHECK(
      config->own.blocks.n == 0, err, INPUT,
      "training.server: with %s a client may be at work on an older model than its own blocks "
      "are of: training.private goes with cohorts only",
      name);
  FRAY_CHECK(!config->cohorts && a->over_selection == 1, err, INPUT,
             "training.server: %s has no cohorts: neither training.cohorts nor over_selection "
             "apply",
             name);
  return FRAY_OK;
}

/* Class means of tokens mean something where all tokens are of one model, and where all that is
 * sent of them is added up. */
static enum fray_status check_prototypes(const struct fray_training_config *config,
                                         struct fray_err *err) {
  const struct fray_variant *server = &config->server.algorithm;
  const char *name = config->missing.kind.choice->name;
  struct fray_model_config model = {0};
  fray_missing_shape(&config->missing, &model);
  if (!model.prototypes.kept)
    return FRAY_OK;
  FRAY_CHECK(fray_aggregation_is_mean(&config->aggregation), err, INPUT,
             "training.missing: %s adds up what clients send of their tokens, which %s does not "
             "guard",
             name, fray_aggregation_name(&config->aggregation));
  FRAY_CHECK(fray_algorithm_of(&config->server)->models == 0, err, INPUT,
             "training.missing: the prototypes of %s are means of the tokens of one model, but %s "
             "trains two side by side, the second of which would have none",
             name, config->server.algorithm.choice->name);
  FRAY_CHECK(config->own.blocks.n == 0 && !fray_algorithm_of(&config->server)->personal &&
                 !fray_algorithm_arrivals(server),
             err, INPUT,
             "training.missing: the prototypes of %s are means of the tokens of one model: neither "
             "private blocks, nor personal models, nor clients at work on older models go with "
             "them",
             name);
  return FRAY_OK;
}

/* Attackers' data are theirs: what labels others give them, and what their own models are worth to
 * themselves, is no question of an attack. */
static enum fray_status check_poison(const struct fray_training_config *config,
                                     struct fray_err *err) {
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&config->server);
  const char *name = config->attack.kind.choice->name;
  if (!fray_attack_poisons(&config->attack))
    return FRAY_OK;
  FRAY_CHECK(fray_loss_of(config->local.loss.choice) == FRAY_LOSS_OF_LABELS, err, INPUT,
             "training.attack: %s gives attackers' samples another class, but training.local.loss "
             "is %s, of %s",
             name, config->local.loss.choice->name,
             fray_loss_of_words(fray_loss_of(config->local.loss.choice)));
  FRAY_CHECK(!ops->needs_unlabelled, err, INPUT,
             "training.attack: %s changes labels that attackers have, but with %s clients train on "
             "what the received model calls their samples",
             name, config->server.algorithm.choice->name);
  FRAY_CHECK(!ops->personal && config->own.blocks.n == 0, err, INPUT,
             "training.attack: with training.%s%s clients have models of their own, which are "
             "judged on their own samples: those of attackers, trained on what %s makes of their "
             "data, would count among them",
             config->own.blocks.n ? "private" : "server: ",
             config->own.blocks.n ? "" : config->server.algorithm.choice->name, name);
  return FRAY_OK;
}

/* An attack acts on the update, and the server must see it as it was sent. */
static enum fray_status check_attack(const struct fray_training_config *config,
                                     struct fray_err *err) {
  const struct fray_attack_config *attack = &config->attack;
  const struct fray_attack_ops *kind = attack->kind.choice->impl;
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&config->server);
  const char *name = attack->kind.choice->name, *server = config->server.algorithm.choice->name;
  struct fray_model_config model = {0};
  struct fray_search search;
  FRAY_CHECK(fray_attack_is_on(attack) || !attack->who, err, INPUT,
             "training.attack.who names attackers, but training.attack.kind is %s", name);
  FRAY_CHECK(attack->who || (kind->form == FRAY_ATTACK_OWN && !kind->own && !kind->poison), err,
             INPUT, "training.attack.kind: %s needs training.attack.who, the clients that attack",
             name);
  if (!fray_attack_is_on(attack))
    return FRAY_OK;
  FRAY_TRY(check_poison(config, err));
  FRAY_CHECK((ops->up == 0 && !ops->products) || !fray_attack_sends(attack), err, INPUT,
             "training.attack: attackers change their update, but %s goes by more than updates: "
             "what liars would send beside them, or how they change its products, is not defined",
             server);
  fray_missing_shape(&config->missing, &model);
  FRAY_CHECK(!model.prototypes.kept || !fray_attack_sends(attack), err, INPUT,
             "training.attack: attackers change their update, but training.missing: %s sends "
             "prototypes beside it",
             config->missing.kind.choice->name);
  FRAY_CHECK(
      kind->form == FRAY_ATTACK_OWN || fray_algorithm_arrivals(&config->server.algorithm) == 0, err,
      INPUT,
      "training.attack: %s needs the honest updates of a round, but with %s answers come one "
      "by one",
      name, server);
  FRAY_CHECK(config->aggregation.blocks == FRAY_BLOCKS_WHOLE ||
                 fray_aggregation_judges_blocks(&config->aggregation) || !kind->searches ||
                 !kind->searches(attack->kind.params, &search),
             err, INPUT,
             "training.attack: %s asks the mean for whole updates, but training.aggregation.blocks "
             "is holders",
             name);
  FRAY_CHECK(!kind->replaces || !kind->replaces(attack->kind.params) ||
                 fray_algorithm_arrivals(&config->server.algorithm) != 1,
             err, INPUT,
             "training.attack: %s makes an update so long that the mean of a round becomes its "
             "model, but with %s each answer is taken by itself, and by its age",
             name, server);
  FRAY_CHECK(attack->per_round == FRAY_ATTACKERS_SAMPLED ||
                 (!config->cohorts && !fray_availability_is_on(&config->availability)),
             err, INPUT,
             "training.attack.attackers_per_round: fixed goes with cohorts that are drawn: neither "
             "training.cohorts nor training.availability may say who comes");
  return FRAY_OK;
}

/* A coder acts on the update; what it leaves out must find its way back to the same client. */
static enum fray_status check_compression(const struct fray_training_config *config,
                                          struct fray_err *err) {
  const struct fray_compression_config *compression = &config->compression;
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&config->server);
  const char *name = compression->kind.choice->name;
  const char *server = config->server.algorithm.choice->name;
  const bool is_busy = fray_algorithm_arrivals(&config->server.algorithm) > 0;
  if (!fray_compression_is_on(compression))
    return FRAY_OK;
  FRAY_CHECK(
      !(is_busy && fray_compression_keeps(compression)), err, INPUT,
      "training.compression: what %s leaves out waits for the client's next answer, but with "
      "%s a client may answer twice within a round, so that there is no next one",
      name, server);
  FRAY_CHECK(ops->models == 0, err, INPUT,
             "training.compression: %s sends two models, and %s would code one of them alone",
             server, name);
  FRAY_CHECK(
      !ops->from_present || !fray_attack_sends(&config->attack), err, INPUT,
      "training.compression: with %s attackers send how far they are from the server's present "
      "model, which no client knows when it codes what it sends with %s",
      server, name);
  return FRAY_OK;
}

/* Masks leave the server sums: what looks at a single client cannot go on. What is said of an
 * algorithm are its own words. */
static enum fray_status check_secure(const struct fray_training_config *config,
                                     struct fray_err *err) {
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&config->server);
  const char *name = config->server.algorithm.choice->name;
  struct fray_model_config model = {0};
  if (!fray_secure_is_on(&config->secure))
    return FRAY_OK;
  FRAY_CHECK(fray_aggregation_is_mean(&config->aggregation), err, INPUT,
             "training.secure_aggregation: the server sees sums only, but %s looks at single "
             "updates",
             fray_aggregation_name(&config->aggregation));
  FRAY_CHECK(!ops->singles, err, INPUT,
             "training.secure_aggregation: the server sees sums only, but %s looks at %s", name,
             ops->singles);
  FRAY_CHECK(!fray_coder_of(&config->compression)->own_grid, err, INPUT,
             "training.secure_aggregation: what %s sends means something with the scale or the "
             "places of its client alone, but masks cancel on a grid that all share",
             config->compression.kind.choice->name);
  fray_missing_shape(&config->missing, &model);
  FRAY_CHECK(!model.prototypes.kept, err, INPUT,
             "training.secure_aggregation: %s sends sums of tokens beside the update, of which no "
             "public bound is known, so that they cannot be masked with it",
             config->missing.kind.choice->name);
  return FRAY_OK;
}

/* What an algorithm needs of the other keys. */
static enum fray_status check_training(const void *section, const struct fray_node *node,
                                       struct fray_err *err) {
  const struct fray_training_config *config = section;
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&config->server);
  (void)node;
  /* A rule judges updates; what goes with one it leaves out, or mixes, would be averaged over other
   * clients. */
  FRAY_CHECK(ops->up == 0 || fray_aggregation_is_mean(&config->aggregation), err, INPUT,
             "training.aggregation.rule: %s looks at the clients' updates alone, but %s has them "
             "send more, which only a mean keeps together",
             fray_aggregation_name(&config->aggregation), config->server.algorithm.choice->name);
  /* What a method sends or keeps beside the model would tell of blocks that are not sent. */
  FRAY_CHECK(config->own.blocks.n == 0 ||
                 (ops->up == 0 && ops->client_vectors == 0 && ops->sample_floats == 0),
             err, INPUT,
             "training.private.blocks: %s sends or keeps vectors of the whole model, so no block "
             "of it can be private",
             config->server.algorithm.choice->name);
  /* Blocks are weighed by their holders, so a method that brings weights or vectors of its own
   * would have to say what they are for each. */
  FRAY_CHECK(config->aggregation.blocks == FRAY_BLOCKS_WHOLE ||
                 (ops->up == 0 && !ops->weight && !ops->weigh && !ops->needs_unlabelled),
             err, INPUT,
             "training.aggregation.blocks: holders weighs a block by the samples of those who hold "
             "it, but %s has weights or vectors of its own",
             config->server.algorithm.choice->name);
  FRAY_TRY(check_prototypes(config, err));
  FRAY_CHECK(
      !ops->objective || fray_loss_of(config->local.loss.choice) != FRAY_LOSS_OF_SEQUENCES, err,
      INPUT,
      "training.server: %s adds to the loss of each sample by its logits or its "
      "representation, but training.local.loss is %s, of sequences, which have one of either "
      "for each step",
      config->server.algorithm.choice->name, config->local.loss.choice->name);
  const struct fray_choice *const chosen[] = {config->selection.metric.choice,
                                              fray_training_stop_metric(config)};
  for (size_t k = 0; k < 2; k++)
    FRAY_CHECK(!chosen[k] || !fray_metric_of_finished(chosen[k]), err, INPUT,
               "training.%s.metric: %s says something of finished models alone; no round is chosen "
               "by it",
               k ? "stop" : "selection", chosen[k]->name);
  FRAY_CHECK(!ops->needs_everybody || (!config->cohorts && config->clients_per_round.is_fraction &&
                                       config->clients_per_round.value == 1),
             err, INPUT,
             "training.server: %s has every client in every round: set clients_per_round: 1.0, "
             "without cohorts",
             config->server.algorithm.choice->name);
  FRAY_CHECK(!ops->welcome || !config->cohorts, err, INPUT,
             "training.cohorts: %s says itself whom a round may ask",
             config->server.algorithm.choice->name);
  FRAY_TRY(check_availability(config, err));
  FRAY_TRY(check_attack(config, err));
  FRAY_TRY(check_compression(config, err));
  FRAY_TRY(check_secure(config, err));
  FRAY_TRY(run_check_privacy(config, err));
  return ops->check ? ops->check(config->server.algorithm.params, config, err) : FRAY_OK;
}
FRAY_TABLE(fray_training_table, "training", struct fray_training_config, training_fields,
           .help = "Federated training.", .check = check_training);

/* What a checkpoint holds in one piece, and what a rank's memory is forecast from. */
size_t fray_federation_vectors(const struct fray_training_config *training, size_t clients) {
  const size_t vectors = fray_algorithm_of(&training->server)->server_vectors +
                         fray_aggregation_remembers(&training->aggregation) +
                         fray_attack_vectors(&training->attack);
  /* As many places as clients at work at a time: see fray_cohorts_busy. */
  return fray_algorithm_arrivals(&training->server.algorithm)
             ? vectors + fray_amount_of(training->clients_per_round, clients)
             : vectors;
}

/* Visits hang on numbers that the server had in rounds before, where a method chooses among
 * clients: they cannot be counted anew from a checkpoint, and so stand in it. */
size_t fray_federation_numbers(const struct fray_training_config *training,
                               const struct fray_roster *roster) {
  const bool counts = fray_algorithm_of(&training->server)->welcome &&
                      fray_availability_is_on(&training->availability);
  return fray_server_numbers(&training->server.algorithm, roster) +
         (fray_aggregation_is_mean(&training->aggregation)
              ? 0
              : FRAY_INFLUENCE_NUMBERS * roster->clients) +
         (fray_aggregation_judges_blocks(&training->aggregation)
              ? FRAY_BLOCK_NUMBERS * roster->modalities
              : 0) +
         (fray_secure_is_on(&training->secure) ? (size_t)FRAY_SECURE_NUMBERS : 0) +
         (fray_privacy_is_on(&training->privacy) ? FRAY_CLIPPED_NUMBERS : 0) +
         (counts ? 2 * roster->clients : 0);
}

/* Said once, for the store of a run and for whoever estimates its memory or reads its
 * checkpoint. */
struct fray_store_config fray_federation_store(const struct fray_training_config *training,
                                               size_t clients, const uint32_t *samples,
                                               size_t total, const char *trial,
                                               const char *folder) {
  return (struct fray_store_config){
      .clients = clients,
      .vectors = fray_algorithm_of(&training->server)->client_vectors +
                 (training->own.blocks.n > 0) + fray_compression_keeps(&training->compression),
      .total = total,
      .sample_floats = fray_algorithm_of(&training->server)->sample_floats,
      .samples = samples,
      .trial = trial,
      .folder = folder,
      .on_disk = fray_keep_of(&training->server.algorithm) == FRAY_KEEP_DISK ||
                 (training->own.blocks.n > 0 && training->own.keep == FRAY_KEEP_DISK) ||
                 (fray_compression_keeps(&training->compression) &&
                  training->compression.keep == FRAY_KEEP_DISK)};
}

/* What is measured, and when: none of it changes a model, but for the round that is selected. */
static const struct fray_field evaluate_fields[] = {
    FRAY_FIELD(INT, "every", struct fray_evaluate_config, every, .def = 1, .min = 1, .max = 1000000,
               .unit = "rounds", .help = "rounds between evaluations; the last always is one"),
    FRAY_FIELD(STRINGS, "metrics", struct fray_evaluate_config, metrics,
               .def_text = "[accuracy, macro_f1, uar]",
               .help = "metrics to report (`fray list metrics`); the first is the main one"),
    FRAY_FIELD(STRING, "target", struct fray_evaluate_config, target, .optional = true,
               .help = "the class that attack_success asks for; if not given, that of "
                       "training.attack"),
    FRAY_FIELD(STRINGS, "groups", struct fray_evaluate_config, groups, .def_text = "[]",
               .help = "group columns of the shards whose values are scored one by one"),
    FRAY_FIELD(BOOL, "save_ledger", struct fray_evaluate_config, save_ledger, .def = 0,
               .help = "write ledgers/TRIAL.csv: what damage did to each training sample; "
                       "`kind: replay` reproduces it"),
    FRAY_FIELD(BOOL, "save_scores", struct fray_evaluate_config, save_scores, .def = 0,
               .help = "keep the probabilities of every test sample, condition and class in "
                       "results.h5 (test/score)"),
    FRAY_FIELD(ENUM, "test", struct fray_evaluate_config, test, .names = test_when,
               .def_text = "every",
               .help = "score the test samples at every evaluated round, or only at rounds that "
                       "are a new best on dev (faster; same selected result)"),
    FRAY_FIELD(ENUM, "models", struct fray_evaluate_config, models, .names = models_kept,
               .def_text = "keep",
               .help = "what models/ holds of each trial: keep: the selected and the last model, "
                       "which `fray evaluate` needs; best: the selected one; none. No number of "
                       "the results depends on it"),
    FRAY_FIELD(SECTION, "judge", struct fray_evaluate_config, judge, .section = &fray_judge_table),
    FRAY_FIELD(REAL, "verify", struct fray_evaluate_config, verify, .def = 0, .min = 0, .max = 0.9,
               .unit = "share",
               .help =
                   "share of the test clients, drawn whole by a key of their own, whose samples "
                   "are for fitting and choosing (role verify), to the nearest client and at "
                   "least one; numbers that depend on such a choice are reported on the others "
                   "(role report). 0: there is no such choice"),
};

/* Twice the same column would be two columns of one name in the CSV files. */
static enum fray_status check_distinct(const struct fray_strings *names, const char *key,
                                       const char *where, struct fray_err *err) {
  for (size_t i = 0; i < names->n; i++)
    for (size_t k = 0; k < i; k++)
      FRAY_CHECK(strcmp(names->v[i], names->v[k]) != 0, err, INPUT,
                 "%s: evaluate.%s: '%s' stands twice", where, key, names->v[i]);
  return FRAY_OK;
}

static enum fray_status check_evaluate(const void *section, const struct fray_node *node,
                                       struct fray_err *err) {
  const struct fray_evaluate_config *config = section;
  char where[256];
  fray_node_where(node, where);
  FRAY_CHECK(config->metrics.n >= 1 && config->metrics.n <= FRAY_MAX_METRICS, err, INPUT,
             "%s: evaluate.metrics: %zu metrics given, between 1 and %d expected", where,
             config->metrics.n, FRAY_MAX_METRICS);
  FRAY_TRY(check_distinct(&config->metrics, "metrics", where, err));
  FRAY_TRY(check_distinct(&config->groups, "groups", where, err));
  /* Found while the scenario is read, with the nearest name: the rounds look them up by it. */
  for (size_t i = 0; i < config->metrics.n; i++) {
    const char *name = config->metrics.v[i], *names[64];
    size_t n = fray_metrics.n < 64 ? fray_metrics.n : 64;
    for (size_t k = 0; k < n; k++)
      names[k] = fray_metrics.v[k]->name;
    char list[800];
    FRAY_CHECK(fray_choice_find(&fray_metrics, name), err, INPUT,
               "%s: evaluate.metrics: unknown metric '%s'; %s", where, name,
               fray_there_are(name, names, n, list, sizeof list));
  }
  return FRAY_OK;
}

/* Scores are the largest part of an evaluation, so they are kept only where a metric looks at them.
 */
bool fray_evaluate_needs_scores(const struct fray_evaluate_config *config,
                                const struct fray_choice *extra) {
  bool needed = extra && fray_metric_needs_scores(extra);
  for (size_t i = 0; i < config->metrics.n; i++)
    needed =
        needed || fray_metric_needs_scores(fray_choice_find(&fray_metrics, config->metrics.v[i]));
  return needed;
}

FRAY_TABLE(fray_evaluate_table, "evaluate", struct fray_evaluate_config, evaluate_fields,
           .help = "What is measured, and when.", .check = check_evaluate);

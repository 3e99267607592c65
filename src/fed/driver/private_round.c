/* Rounds under client-level privacy: what goes with them, and what the server makes of updates. */
#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/tensor/vec.h"
#include "run.h"

#include <math.h>
#include <string.h>

/* A fraction is q as it stands; a count is one on average. */
double fray_federation_rate(const struct fray_training_config *training, size_t clients) {
  const struct fray_amount amount = training->clients_per_round;
  return fmin(1, amount.is_fraction ? amount.value
                                    : amount.value / (double)FRAY_MAX(clients, (size_t)1));
}

enum fray_status fray_federation_privacy(const struct fray_training_config *training,
                                         size_t clients, struct fray_arena *scratch,
                                         struct fray_privacy_plan *out, struct fray_err *err) {
  return fray_privacy_plan_of(&training->privacy, fray_federation_rate(training, clients), clients,
                              (size_t)training->rounds, scratch, out, err);
}

/* What leaves a client beside one update, or makes its weight or its turn hang on data, is a second
 * release that no epsilon here counts. Of the operations, so that a new method is judged too. */
static const char *why_not(const struct fray_variant *algorithm) {
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  if (ops->up)
    return "has clients send vectors beside their update, which the clip does not bound";
  if (ops->arrivals)
    return "takes updates as they come, so no client is drawn with the chance q: what its answers "
           "give away would need an accounting of its own";
  if (ops->welcome)
    return "chooses whom a round asks by what clients said before, so nobody is drawn with a "
           "chance that all know";
  if (ops->numbers || ops->numbers_per_class)
    return "has clients say numbers of their data, to which no noise is added";
  if (ops->weight || ops->weigh)
    return "has weights, or divides by how many came: in a private sum each client counts the same "
           "and the divisor is the cohort that is expected";
  if (ops->products)
    return "looks at inner products of single updates";
  return NULL;
}

/* The cohort must be one that is drawn client by client: else q is not the chance that counts. */
static enum fray_status check_cohorts(const struct fray_training_config *config,
                                      struct fray_err *err) {
  FRAY_CHECK(!config->cohorts, err, INPUT,
             "training.privacy: epsilon is that of cohorts in which each client is drawn by itself "
             "(Poisson sampling); training.cohorts gives them, so who takes part is no secret");
  FRAY_CHECK(
      !fray_availability_is_on(&config->availability), err, INPUT,
      "training.privacy: with training.availability who counts hangs on who can be reached and who "
      "is first, not on the chance q alone that epsilon is counted with");
  FRAY_CHECK(config->attack.per_round == FRAY_ATTACKERS_SAMPLED, err, INPUT,
             "training.attack.attackers_per_round: fixed draws so many of a cohort, but under "
             "training.privacy each client is drawn by itself");
  return FRAY_OK;
}

/* What else would see single updates, or send more than one. */
static enum fray_status check_updates(const struct fray_training_config *config,
                                      struct fray_err *err) {
  const struct fray_attack_ops *attack = config->attack.kind.choice->impl;
  struct fray_model_config model = {0};
  FRAY_CHECK(
      fray_aggregation_is_mean(&config->aggregation), err, INPUT,
      "training.privacy: %s looks at single updates, so one client may move its result by "
      "more than the clip; noise is made for a sum: training.aggregation.rule: mean, without "
      "pre",
      fray_aggregation_name(&config->aggregation));
  FRAY_CHECK(
      config->aggregation.blocks == FRAY_BLOCKS_WHOLE, err, INPUT,
      "training.privacy: training.aggregation.blocks: holders divides a block by the samples "
      "of those who hold it, which are no public numbers");
  FRAY_CHECK(!fray_attack_is_on(&config->attack) || attack->form == FRAY_ATTACK_OWN, err, INPUT,
             "training.privacy: with training.attack: %s what attackers send hangs on all honest "
             "updates, so one client moves the sum by more than the clip; attacks by a client's "
             "own update go with it",
             config->attack.kind.choice->name);
  fray_missing_shape(&config->missing, &model);
  FRAY_CHECK(!model.prototypes.kept, err, INPUT,
             "training.privacy: training.missing: %s sends sums of tokens, to which no noise is "
             "added",
             config->missing.kind.choice->name);
  /* Without it, that a training ended would tell of one client. */
  FRAY_CHECK(
      config->on_nonfinite == FRAY_NONFINITE_EXCLUDE, err, INPUT,
      "training.privacy: an update that is not finite must not end the training, which would "
      "tell of its client: set training.on_nonfinite: exclude");
  return FRAY_OK;
}

enum fray_status run_check_privacy(const struct fray_training_config *config,
                                   struct fray_err *err) {
  if (!fray_privacy_is_on(&config->privacy))
    return FRAY_OK;
  const char *why = why_not(&config->server.algorithm);
  FRAY_CHECK(!why, err, INPUT, "training.privacy: %s %s", config->server.algorithm.choice->name,
             why ? why : "");
  FRAY_TRY(check_updates(config, err));
  return check_cohorts(config, err);
}

/* Noise goes where updates go: not to padding, which stays 0, nor to blocks that clients keep. */
enum fray_status run_prepare_privacy(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_param_table *table = fray_model_params(f->model);
  if (!fray_privacy_is_on(&f->training->privacy))
    return FRAY_OK;
  FRAY_ALLOC(r->privacy, r->keep, 1, err);
  struct fray_arena scratch = {0}; /* of an accountant: some MiB that no round needs */
  const enum fray_status status =
      fray_federation_privacy(f->training, f->clients->n, &scratch, r->privacy, err);
  fray_arena_free(&scratch);
  FRAY_TRY(status);
  FRAY_ALLOC(r->span, r->keep, table->n, err);
  for (size_t i = 0; i < table->n; i++)
    if (!fray_own_blocks_have(&r->own, &table->v[i]))
      r->span[r->n_spans++] = (struct fray_span){table->v[i].offset, table->v[i].size};
  r->privacy->values = fray_own_blocks_sent(&r->own, table).values;
  FRAY_ALLOC(r->length, r->keep, r->source.most + 1, err);
  /* The only ones beside the algorithm's: neither a rule nor a choice of clients goes with it. */
  r->clipped = r->number + (r->n_number - FRAY_CLIPPED_NUMBERS);
  return FRAY_OK;
}

/* Lengths are added in the order of the members, as all ranks have them. */
static void note_lengths(struct run *r, size_t n) {
  double longer = 0;
  for (size_t i = 0; i < n; i++) {
    longer += fabs(r->length[i]) > r->privacy->clip;
    r->clipped[FRAY_CLIPPED_LENGTH] += r->length[i];
  }
  if (r->clipped[FRAY_CLIPPED_UPDATES] == 0)
    r->clipped[FRAY_CLIPPED_FIRST] = longer / (double)n;
  r->clipped[FRAY_CLIPPED_LAST] = longer / (double)n;
  r->clipped[FRAY_CLIPPED_UPDATES] += (double)n;
  r->clipped[FRAY_CLIPPED_LONGER] += longer;
}

enum fray_status run_clip(struct run *r, struct fray_err *err) {
  const struct counted *k = &r->counted;
  const int rank = fray_comm_rank(r->core.f->comm);
  for (size_t i = 0, mine = 0; i < k->members; i++) {
    r->length[i] = 0;
    if (k->host[i] != rank)
      continue;
    /* The buffers are the run's own; only those who put updates together must not write them. */
    float *update = ((float *const *)k->update)[mine++];
    r->length[i] = sqrt(fray_vec_norm2(r->core.total, update));
    fray_privacy_clip(r->privacy, r->core.total, update);
  }
  FRAY_TRY(fray_exact_share(r->core.f->comm, r->length, k->members, &r->core.work, err));
  note_lengths(r, k->members);
  return FRAY_OK;
}

/* The server is told of the cohort that is expected: the one that came is no public number. */
enum fray_status run_private_mean(struct run *r, size_t round, struct fray_server_round *server,
                                  struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  server->updates = (size_t)fmax(1, rint(r->privacy->expected));
  return fray_privacy_mean(f->comm, r->privacy, f->seed, round, r->core.total, r->counted.mine,
                           (const float *const *)r->counted.update, r->n_spans, r->span, NULL,
                           &r->core.work, r->mean[0], err);
}

/* The same of a sum that somebody else formed of clipped updates, on the same grid. */
void run_release(struct run *r, struct fray_server_round *server, const int64_t *sum) {
  server->updates = (size_t)fmax(1, rint(r->privacy->expected));
  fray_privacy_release(r->privacy, r->core.f->seed, server->round, r->core.total, sum,
                       fray_privacy_grid(r->privacy), r->n_spans, r->span, NULL, r->mean[0]);
}

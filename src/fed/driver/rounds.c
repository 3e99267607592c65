/* The rounds of one trial, from the first cohort to the last, over all ranks. */
#include "fray/base/size.h"
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who brings invitations says who is able. What is simulated is a source like any other: the rounds
 * know of invitations alone. */
static enum fray_status start_source(struct run *r, const struct fray_federation *f,
                                     struct fray_err *err) {
  if (!f->source)
    return fray_federation_source(f->training, f->dataset, f->clients, f->client_name, f->cohorts,
                                  fray_own_blocks_sent(&r->own, fray_model_params(f->model)),
                                  f->seed, r->keep, &r->source, err);
  r->source = *f->source;
  return FRAY_OK;
}

/* One block behind the pointers: the server's vectors go to a checkpoint as they lie. At least one
 * float, so that there is an address where there is no vector. */
static enum fray_status make_vectors(size_t n, size_t total, struct fray_arena *arena, float ***out,
                                     struct fray_err *err) {
  float *all;
  FRAY_ALLOC_ZERO(all, arena, FRAY_MAX(n * total, (size_t)1), err);
  FRAY_ALLOC(*out, arena, n + 1, err);
  for (size_t k = 0; k < n; k++)
    (*out)[k] = all + k * total;
  return FRAY_OK;
}

/* What a round says of its cohort, for as many as may ever be invited. */
static enum fray_status make_members(struct run *r, struct fray_err *err) {
  const size_t most = r->source.most + 1;
  FRAY_ALLOC(r->members.client, r->keep, most, err);
  FRAY_ALLOC(r->members.who, r->keep, most, err);
  FRAY_ALLOC(r->members.loss, r->keep, (5 + FACTS + r->n_said) * most, err);
  FRAY_ALLOC(r->members.kept, r->keep, most, err);
  FRAY_ALLOC(r->counted.host, r->keep, most, err);
  FRAY_ALLOC(r->counted.weight, r->keep, most, err);
  FRAY_ALLOC(r->counted.member, r->keep, r->ops->weigh ? most : 1, err);
  FRAY_ALLOC(r->counted.all, r->keep, r->ops->weigh ? most : 1, err);
  FRAY_ALLOC(r->counted.update, r->keep, (1 + r->ops->up) * most, err);
  FRAY_ALLOC(r->counted.touched, r->keep, most, err);
  return FRAY_OK;
}

/* What the server keeps beside vectors: of each client or group, say. */
static enum fray_status make_state(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_variant *algorithm = &f->training->server.algorithm;
  r->n_server = r->ops->server_vectors + fray_aggregation_remembers(&f->training->aggregation) +
                fray_attack_vectors(&f->training->attack);
  FRAY_TRY(make_vectors(r->n_server + r->source.kept, r->core.total, r->keep, &r->state, err));
  FRAY_TRY(fray_federation_roster(f->training, f->dataset, f->clients, f->client_name, r->keep,
                                  &r->roster, err));
  FRAY_TRY(fray_federation_attackers(f->training, f->dataset, f->clients, f->client_name, f->seed,
                                     r->keep, &r->is_attacker, err));
  FRAY_TRY(fray_federation_poison(f->training, f->dataset, f->clients, f->client_name, f->model,
                                  r->is_attacker, f->seed, r->keep, &r->poisoned, err));
  if (!fray_aggregation_is_mean(&f->training->aggregation))
    FRAY_ALLOC(r->share, r->keep, r->source.most + 1, err);
  FRAY_ALLOC(r->attacks, r->keep, r->source.most + 1, err);
  FRAY_ALLOC(r->attack_source, r->keep, r->source.most + 1, err);
  if (r->roster.has_root)
    FRAY_ALLOC_ZERO(r->root, r->keep, r->core.total, err);
  r->n_number = fray_federation_numbers(f->training, &r->roster);
  FRAY_ALLOC_ZERO(r->number, r->keep, r->n_number + 1, err);
  /* Networks that began alike would stay alike. */
  for (unsigned k = 0; k < r->ops->models; k++) {
    struct fray_rng rng = fray_rng_for(f->seed, "init/another", k, 0, 0);
    fray_param_init(fray_model_params(f->model), fray_rng_u64(&rng), r->state[k]);
  }
  if (r->ops->start)
    r->ops->start(algorithm->params, &r->roster, r->core.total, r->state, r->number);
  return FRAY_OK;
}

static enum fray_status run_allocate(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_algorithm_ops *ops = r->ops;
  const size_t total = r->core.total;
  FRAY_CHECK(ops->up < FRAY_ALGORITHM_VECTORS && ops->server_vectors <= FRAY_ALGORITHM_VECTORS, err,
             INTERNAL, "an algorithm of more than %d vectors", FRAY_ALGORITHM_VECTORS);
  FRAY_TRY(make_vectors(1 + ops->up, total, r->keep, &r->mean, err));
  FRAY_TRY(make_state(r, err));
  FRAY_CHECK(!ops->welcome || r->source.admit, err, INTERNAL, "cohorts that leave out nobody");
  if (ops->welcome)
    FRAY_ALLOC_ZERO(r->welcome, r->keep, f->clients->n + 1, err);
  if (r->own.n)
    FRAY_ALLOC_ZERO(r->received, r->keep, total, err);
  if (ops->personal) {
    FRAY_ALLOC(r->initial, r->keep, total, err);
    memcpy(r->initial, r->w, total * sizeof *r->initial);
  }
  FRAY_ALLOC(r->confusion, r->keep,
             fray_confusion_cells(f->dataset->multi_label, f->dataset->n_classes), err);
  FRAY_ALLOC(r->invited, r->keep, r->source.most + 1, err);
  /* Pointers for a rank that hosts all; buffers come as clients do, and stay. */
  FRAY_ALLOC_ZERO(r->update, r->keep, (r->source.most + 1) * (1 + ops->up), err);
  /* Of the model, so it is known to all ranks alike: their sums hang on it. */
  if (fray_touched_spares(fray_model_params(f->model)))
    FRAY_ALLOC_ZERO(r->touched, r->keep, (r->source.most + 1) * (1 + ops->up), err);
  FRAY_TRY(run_prepare_blocks(r, err));
  FRAY_TRY(run_prepare_prototypes(r, err));
  FRAY_TRY(run_prepare_products(r, err));
  FRAY_TRY(run_prepare_coding(r, err));
  FRAY_TRY(run_prepare_secure(r, err));
  FRAY_TRY(run_prepare_privacy(r, err));
  return make_members(r, err);
}

/* Floats of the server's vectors, and of the models that clients are still at work on. */
static size_t state_size(const struct run *r) {
  return (r->n_server + r->source.kept) * r->core.total;
}

/* Where a row has the score that patience looks at. */
static enum fray_status find_stop_metric(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_choice *metric = fray_training_stop_metric(f->training);
  if (f->training->stop.patience == 0)
    return FRAY_OK;
  while (r->stop_metric < f->evaluate->metrics.n && f->metrics[r->stop_metric] != metric)
    r->stop_metric++;
  FRAY_CHECK(r->stop_metric < f->evaluate->metrics.n, err, INPUT,
             "training.stop: %s is not among evaluate.metrics", metric->name);
  return FRAY_OK;
}

/* Every rank holds the same scores to the bit, and so ends after the same round. */
static void look(struct run *r, const struct fray_round_row *row) {
  const struct fray_training_config *training = r->core.f->training;
  if (training->stop.patience > 0 && row->evaluated)
    r->is_over =
        fray_patience_look(&r->patience, &training->stop,
                           fray_metric_higher_is_better(fray_training_stop_metric(training)),
                           row->dev[r->stop_metric]);
}

/* As everything stood when that round was over. */
static enum fray_status go_on_from(struct run *r, const struct fray_federation_state *from,
                                   struct fray_outcome *out, struct fray_err *err) {
  const struct fray_training_config *training = r->core.f->training;
  const size_t total = r->core.total;
  /* The reader of the file has compared sizes already; another caller may not have. */
  FRAY_CHECK(
      from->total == total && from->n_server == state_size(r) && from->n_number == r->n_number &&
          from->round <= (size_t)training->rounds && from->best_round <= from->round,
      err, INTERNAL,
      "a state of %zu parameters after round %zu does not fit a model of %zu for %lld rounds",
      from->total, from->round, total, (long long)training->rounds);
  memcpy(r->w, from->w, total * sizeof *r->w);
  memcpy(out->best, from->best, total * sizeof *out->best);
  if (from->n_server)
    memcpy(r->state[0], from->server, from->n_server * sizeof **r->state);
  if (from->n_number)
    memcpy(r->number, from->number, from->n_number * sizeof *r->number);
  if (from->round)
    memcpy(out->row, from->row, from->round * sizeof *out->row);
  /* A checkpoint may be of the round that patience ended with. */
  for (size_t i = 0; i < from->round; i++)
    look(r, &out->row[i]);
  out->rounds = out->n_rows = from->round;
  out->best_round = from->best_round;
  out->best_dev = from->best_dev;
  run_recount(r, from->round);
  return FRAY_OK;
}

static enum fray_status run_start(struct run *r, const struct fray_federation *f,
                                  struct fray_arena *arena, struct fray_outcome *out,
                                  struct fray_err *err) {
  *r = (struct run){.keep = arena, .ops = fray_algorithm_of(&f->training->server)};
  /* A metric that looks at scores makes every evaluation keep and share them: only if one is asked
   * for. */
  r->scores = fray_evaluate_needs_scores(f->evaluate, f->training->selection.metric.choice);
  r->n_said = fray_client_numbers(r->ops, f->dataset->n_classes);
  *out = (struct fray_outcome){.best_dev = NAN};
  r->out = out;
  FRAY_TRY(fray_own_blocks_find(f->training, fray_model_params(f->model), arena, &r->own, err));
  FRAY_TRY(start_source(r, f, err));
  FRAY_TRY(core_start(&r->core, f, &f->training->local, r->source.most, arena, &r->w, err));
  FRAY_TRY(run_allocate(r, err));
  FRAY_ALLOC_ZERO(out->row, arena, (size_t)f->training->rounds, err);
  FRAY_ALLOC_ZERO(out->best, arena, r->core.total, err);
  FRAY_ALLOC_ZERO(out->last, arena, r->core.total, err);
  FRAY_TRY(find_stop_metric(r, err));
  if (fray_availability_is_on(&f->training->availability)) {
    FRAY_ALLOC_ZERO(out->visits, arena, f->clients->n + 1, err);
    FRAY_ALLOC_ZERO(out->trained, arena, f->clients->n + 1, err);
  }
  return f->from ? go_on_from(r, f->from, out, err) : FRAY_OK;
}

/* After ranks agreed on the start: opening exchanges messages, which none may miss. */
static enum fray_status open_store(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_store_config config =
      fray_federation_store(f->training, f->clients->n, f->clients->n_labelled, r->core.total,
                            f->trial, f->client_folder);
  if (fray_store_pieces(&config) == 0)
    return FRAY_OK;
  return fray_store_open(f->comm, &config, f->from ? &f->from->clients : NULL, &r->store, err);
}

/* Of a start that failed half way as well: what is not there yet is NULL. */
static void run_end(struct run *r) {
  for (size_t k = 0; r->update && k < r->n_update; k++) {
    free(r->update[k]);
    if (r->touched)
      free(r->touched[k]);
  }
  fray_store_close(r->store);
  fray_kept_codes_free(&r->codes);
  core_end(&r->core);
  fray_arena_free(&r->answers);
}

/* What rank 0 keeps. */
struct keeping {
  const struct fray_federation *f;
  struct fray_federation_state state;
};

/* Called on rank 0, by core_obey. */
static enum fray_status keep(void *user, struct fray_err *err) {
  const struct keeping *k = user;
  return k->f->save(k->f->keeper, &k->state, err);
}

/* Clients' states first, then the checkpoint that names them, then what only the last one named
 * goes: killed at any time, one of the two checkpoints is whole. */
static enum fray_status obey(struct run *r, enum fray_round_end answer,
                             const struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const bool stores = r->store && f->save && answer != FRAY_ROUND_GO_ON;
  struct keeping k = {.f = f,
                      .state = {.total = r->core.total,
                                .n_server = state_size(r),
                                .round = out->rounds,
                                .w = r->w,
                                .best = out->best,
                                .server = r->state[0],
                                .n_number = r->n_number,
                                .number = r->number,
                                .row = out->row,
                                .best_round = out->best_round,
                                .best_dev = out->best_dev}};
  run_note_visits(r);
  char words[80];
  snprintf(words, sizeof words, "stopped after round %zu of %lld", out->rounds,
           (long long)f->training->rounds);
  if (stores)
    FRAY_TRY(fray_store_save(r->store, &r->core.work, &k.state.clients, err));
  const enum fray_status status =
      core_obey(&r->core, answer, f->save ? keep : NULL, &k, words, err);
  if (status == FRAY_OK && stores)
    return fray_store_saved(r->store, err);
  return status;
}

static enum fray_status run_rounds(struct run *r, struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_training_config *training = f->training;
  const size_t rounds = (size_t)training->rounds, every = (size_t)f->evaluate->every;
  for (size_t round = out->rounds + 1; round <= rounds && !r->is_over; round++) {
    struct fray_round_row *row = &out->row[out->n_rows];
    struct fray_server_round server = {.round = round,
                                       .clients = f->clients->n,
                                       .groups = r->roster.groups,
                                       .classes = f->dataset->n_classes,
                                       .seed = f->seed,
                                       .local_lr = training->local.lr,
                                       .number = r->number};
    size_t place = FRAY_PRESENT; /* of the model that others are still at work on */
    fray_arena_reset(
        &r->core.work); /* nothing of a round lives into the next but the model and states */
    FRAY_TRY(run_cohort(r, round, row, &server, &place, out, err));
    row->clock = row->seconds + (round > 1 ? row[-1].clock : 0); /* NaN without time */
    out->n_rows++;
    if (out->diverged) /* the row stands, the model stays that of the round before */
      break;
    if (place != FRAY_PRESENT)
      memcpy(r->state[r->n_server + place - 1], r->w, r->core.total * sizeof *r->w);
    if (r->ops->review)
      FRAY_TRY(fray_comm_agree(
          f->comm, r->ops->review(training->server.algorithm.params, &server, &r->core.work, err),
          err));
    /* Every rank steps its own copy of the model: the means are the same to the bit, and so are the
     * copies. */
    run_step(r, &server);
    if (server.updates)
      FRAY_TRY(run_take_prototypes(r, err));
    if (r->roster.has_server)
      FRAY_TRY(fray_comm_agree(f->comm, run_train_server(r, row, out, err), err));
    if (out->diverged)
      break;
    if (round % every == 0 || round == rounds)
      FRAY_TRY(run_evaluate(r, row, out, err));
    look(r, row);
    row->ends = round == rounds || r->is_over;
    out->rounds = round;
    /* All ranks get the same answer, so all save or go on together. */
    FRAY_TRY(obey(
        r, f->watch && f->watch->round ? f->watch->round(f->watch->user, row) : FRAY_ROUND_GO_ON,
        out, err));
  }
  if (r->ops->found && !out->diverged)
    out->n_found = r->ops->found(training->server.algorithm.params, r->number, out->found);
  if (r->share) {
    const size_t n = FRAY_INFLUENCE_NUMBERS * f->clients->n;
    FRAY_ALLOC(out->influence, r->keep, n + 1, err);
    double *numbers = r->number + fray_server_numbers(&training->server.algorithm, &r->roster);
    memcpy(out->influence, numbers, n * sizeof *out->influence);
    out->blocks = r->held ? numbers + n : NULL;
  }
  if (fray_secure_is_on(&training->secure)) {
    FRAY_ALLOC(out->secure, r->keep, FRAY_SECURE_NUMBERS, err);
    memcpy(out->secure, r->number + fray_server_numbers(&training->server.algorithm, &r->roster),
           FRAY_SECURE_NUMBERS * sizeof *out->secure);
  }
  out->privacy = r->privacy;
  if (r->privacy)
    memcpy(out->clipped, r->clipped, sizeof out->clipped);
  out->is_attacker = r->is_attacker;
  /* After divergence as well: the model of the last round that counted. */
  memcpy(out->last, r->w, r->core.total * sizeof *r->w);
  return FRAY_OK;
}

enum fray_status fray_federate(const struct fray_federation *federation, struct fray_arena *arena,
                               struct fray_outcome *out, struct fray_err *err) {
  /* Ended in any case: run_start sets all of it before anything can fail. */
  struct run run;
  enum fray_status status = run_start(&run, federation, arena, out, err);
  status = fray_comm_agree(federation->comm, status, err);
  if (status == FRAY_OK)
    status = open_store(&run, err);
  if (status == FRAY_OK)
    status = run_rounds(&run, out, err);
  if (status == FRAY_OK && !out->diverged)
    status = run_own_models(&run, out, err);
  run_end(&run);
  return status;
}

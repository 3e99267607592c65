/* Each client trains a model of its own: what it would have without the federation. */
#include "fray/fed/local_only.h"

#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

/* As much training as a client gets in the federation on average, so that what differs is the
 * company and not the effort. */
size_t fray_local_only_epochs(const struct fray_training_config *training, size_t n_clients,
                              const struct fray_cohort_schedule *cohorts) {
  size_t rounds = (size_t)training->rounds;
  size_t places = cohorts ? cohorts->first[rounds]
                          : rounds * fray_amount_of(training->clients_per_round, n_clients);
  return (places * (size_t)training->local.epochs + n_clients - 1) / n_clients;
}

/* One rank's share of the work. */
struct work {
  struct core core;                /* core.work: scratch of a client */
  struct fray_local_config config; /* of a visit: the last may have fewer epochs */
  float *start, *w, *update;       /* (total) initial weights, of this client, of this visit */
  size_t epochs, each;             /* of a client; of a visit */
  uint8_t *end;                    /* (clients) enum fray_local_only_end, as of the last meeting */
  double *flops;                   /* (clients) operations of their training, as of then */
  double *news; /* (2 x clients) both, of this rank's clients since then; else 0 */
  struct fray_evaluation evaluation;
  size_t n_numbers;  /* in it */
  uint8_t *diverged; /* (clients) for the outcome */
  struct fray_arena keep;
};

static void end(struct work *k) {
  core_end(&k->core);
  fray_arena_free(&k->keep);
}

/* Who has nobody to meet must not stop: what it did would be lost. */
static bool gives_up(const struct fray_watch *watch) {
  return watch && watch->pause && watch->gives_up && watch->gives_up(watch->user);
}

/* Visit after visit, as if nobody else took part; *finite is false as soon as one diverges. */
static enum fray_status train(struct work *k, size_t c, bool *finite, double *flops,
                              struct fray_err *err) {
  const struct fray_client client = fray_client_of(k->core.f->clients, c);
  const size_t each = k->each;
  memcpy(k->w, k->start, k->core.total * sizeof *k->w);
  *finite = true;
  *flops = 0;
  /* It has nobody to ask how others' values lie. */
  FRAY_TRY(fray_features_learn_alone(k->core.f->features, &client.data, err));
  if (client.data.n_labelled == 0) /* it answers with the initial model */
    return FRAY_OK;
  for (size_t done = 0, visit = 1; done < k->epochs; done += each) {
    struct fray_client_result result;
    FRAY_CHECK(!gives_up(k->core.f->watch), err, STOPPED, "gave up");
    k->config.epochs = (int64_t)FRAY_MIN(each, k->epochs - done);
    fray_watch_work(k->core.f->watch, visit, k->core.f->client_name[c]);
    /* A visit is a round of the federation, so that a single client's model is that of the
     * federation: the same batches, the optimiser begun anew, the update added to the model. */
    FRAY_TRY(fray_client_train(&k->core.trainer, k->w, &client, k->core.f->seed, visit++, NULL,
                               k->update, &result, err));
    for (size_t i = 0; i < k->core.total; i++)
      k->w[i] += k->update[i];
    *finite = result.finite;
    *flops += result.flops;
    if (!result.finite)
      break;
  }
  return FRAY_OK;
}

static bool wants_pause(const struct fray_watch *watch) {
  return watch && watch->pause && watch->wants_pause && watch->wants_pause(watch->user);
}

/* Trains the clients that this rank hosts and answers their samples, until it wants a pause. */
static enum fray_status train_mine(struct work *k, const struct fray_evaluation_task *task,
                                   const size_t *first, struct fray_err *err) {
  const struct fray_federation *f = k->core.f;
  /* The samples of all clients, answered by the model at hand: a range of them is this client's. */
  struct fray_evaluation_task mine = *task;
  mine.w = k->w;
  mine.round = (size_t)(k->epochs + k->each - 1) / k->each;
  for (size_t c = 0, done = 0; c < f->clients->n; c++) {
    bool finite;
    double flops;
    if (k->end[c] != FRAY_LOCAL_OPEN || k->core.host[c] != fray_comm_rank(f->comm))
      continue;
    if (done++ && wants_pause(f->watch)) /* each meeting is one client nearer to the end */
      return FRAY_OK;
    enum fray_status status = train(k, c, &finite, &flops, err);
    if (status == FRAY_STOPPED) /* it is open still */
      return FRAY_OK;
    if (status == FRAY_OK && finite)
      status =
          fray_evaluate_range(&mine, first[c], first[c + 1], &k->core.work, &k->evaluation, err);
    if (status != FRAY_OK)
      return fray_at(err, "local-only training, client %s", f->client_name[c]);
    /* Told at the next meeting: until then the other ranks still take it for open. */
    k->news[c] = finite ? FRAY_LOCAL_ANSWERED : FRAY_LOCAL_DIVERGED;
    k->news[f->clients->n + c] = flops;
  }
  return FRAY_OK;
}

/* Clients that are still open, longest first, to the rank with the least to do. */
static void assign(struct work *k) {
  const struct fray_federation *f = k->core.f;
  for (size_t c = 0; c < f->clients->n; c++)
    k->core.cost[c] = k->end[c] == FRAY_LOCAL_OPEN ? f->clients->n_labelled[c] : 0;
  core_assign(&k->core, f->clients->n);
}

/* The answers so far stand on rank 0, where the state had them: sharing adds those of all ranks. */
static enum fray_status go_on_from(struct work *k, const struct fray_local_only_state *from,
                                   struct fray_err *err) {
  const size_t n = k->core.f->clients->n;
  FRAY_CHECK(from->n_clients == n && from->n_numbers == k->n_numbers, err, INTERNAL,
             "a state of %zu clients does not fit %zu clients", from->n_clients, n);
  for (size_t c = 0; c < n; c++) {
    if (k->end[c] == FRAY_LOCAL_OPEN)
      k->end[c] = from->end[c];
    k->flops[c] = from->flops[c];
  }
  if (fray_comm_rank(k->core.f->comm) == 0)
    memcpy(k->evaluation.shared, from->numbers, from->n_numbers * sizeof *from->numbers);
  return FRAY_OK;
}

/* Everything up to the first client. */
static enum fray_status prepare(struct work *k, const struct fray_federation *f,
                                const struct fray_evaluation_task *task, const size_t *first,
                                const struct fray_local_only_state *from, struct fray_arena *arena,
                                struct fray_err *err) {
  const size_t n = f->clients->n;
  *k = (struct work){.epochs = fray_local_only_epochs(f->training, n, f->cohorts),
                     .each = (size_t)f->training->local.epochs,
                     .config = f->training->local};
  FRAY_TRY(core_start(&k->core, f, &k->config, n, &k->keep, &k->start, err));
  FRAY_ALLOC(k->w, &k->keep, k->core.total, err);
  FRAY_ALLOC(k->update, &k->keep, k->core.total, err);
  FRAY_ALLOC(k->news, &k->keep, 2 * n, err);
  FRAY_ALLOC_ZERO(k->flops, &k->keep, n, err);
  FRAY_ALLOC(k->end, arena, n, err);
  FRAY_ALLOC(k->diverged, arena, n, err);
  for (size_t c = 0; c < n; c++) /* without own samples there is nothing to answer */
    k->end[c] = first[c] == first[c + 1] ? FRAY_LOCAL_ANSWERED : FRAY_LOCAL_OPEN;
  FRAY_TRY(fray_evaluate_begin(task, &k->keep, arena, &k->evaluation, err));
  k->n_numbers = fray_evaluation_numbers(task);
  return from ? go_on_from(k, from, err) : FRAY_OK;
}

/* All ranks learn what the others did since they met. mine: what this rank's part ended with. */
static enum fray_status meet(struct work *k, enum fray_status mine, size_t *open,
                             struct fray_err *err) {
  FRAY_TRY(fray_evaluate_share(k->core.f->comm, &k->evaluation, mine, &k->core.work, err));
  const size_t n = k->core.f->clients->n;
  FRAY_TRY(fray_exact_share(k->core.f->comm, k->news, 2 * n, &k->core.work, err));
  *open = 0;
  for (size_t c = 0; c < n; c++) {
    if (k->end[c] == FRAY_LOCAL_OPEN) {
      k->end[c] = (uint8_t)k->news[c];
      k->flops[c] = k->news[n + c];
    }
    *open += k->end[c] == FRAY_LOCAL_OPEN;
  }
  return FRAY_OK;
}

/* What rank 0 keeps. */
struct keeping {
  const struct fray_local_only_keeper *keeper;
  struct fray_local_only_state state;
};

static enum fray_status keep(void *user, struct fray_err *err) {
  const struct keeping *k = user;
  return k->keeper->save(k->keeper->keeper, &k->state, err);
}

static enum fray_status ask_watch(struct work *k, const struct fray_local_only_keeper *keeper,
                                  size_t open, struct fray_err *err) {
  const struct fray_watch *watch = k->core.f->watch;
  const size_t n = k->core.f->clients->n;
  struct keeping what = {.keeper = keeper,
                         .state = {.n_clients = n,
                                   .n_numbers = k->n_numbers,
                                   .end = k->end,
                                   .flops = k->flops,
                                   .numbers = k->evaluation.shared}};
  char words[96];
  const enum fray_round_end answer =
      watch && watch->pause ? watch->pause(watch->user) : FRAY_ROUND_GO_ON;
  snprintf(words, sizeof words, "stopped with %zu of %zu clients left to train alone", open, n);
  if (open == 0) /* what is finished need not be saved */
    return FRAY_OK;
  return core_obey(&k->core, answer, keeper->save ? keep : NULL, &what, words, err);
}

/* From meeting to meeting: what was done is known to all, what is left is dealt anew. */
static enum fray_status train_all(struct work *k, const struct fray_evaluation_task *task,
                                  const size_t *first, const struct fray_local_only_keeper *keeper,
                                  struct fray_err *err) {
  const bool holds = fray_comm_rank(k->core.f->comm) == 0;
  for (size_t open = 1;
       open;) { /* each turn closes a client at least, on every rank that has one */
    assign(k);
    memset(k->news, 0, 2 * k->core.f->clients->n * sizeof *k->news);
    if (!holds)
      memset(k->evaluation.shared, 0, k->n_numbers * sizeof *k->evaluation.shared);
    FRAY_TRY(meet(k, train_mine(k, task, first, err), &open, err));
    FRAY_TRY(ask_watch(k, keeper, open, err));
  }
  return FRAY_OK;
}

/* Clients without samples of their own answer nothing and are not counted. Those that diverged have
 * no answers; who reads them must look at `diverged` first. */
static void conclude(const struct work *k, const size_t *first,
                     struct fray_local_only_outcome *out) {
  out->diverged = k->diverged;
  for (size_t c = 0; c < k->core.f->clients->n; c++) {
    out->diverged[c] = k->end[c] == FRAY_LOCAL_DIVERGED;
    out->n_diverged += out->diverged[c];
    out->n_clients += first[c] < first[c + 1];
    out->flops += k->flops[c]; /* in their order, whoever trained them, so that rounding is alike */
  }
  out->answers = k->evaluation.answers;
}

enum fray_status fray_train_local_only(const struct fray_federation *federation,
                                       const struct fray_evaluation_task *task, const size_t *first,
                                       const struct fray_local_only_keeper *keeper,
                                       struct fray_arena *arena,
                                       struct fray_local_only_outcome *out, struct fray_err *err) {
  struct work k;
  enum fray_status status = prepare(&k, federation, task, first, keeper->from, arena, err);
  /* Before the first meeting: a rank without memory must not leave the others waiting there. */
  status = fray_comm_agree(federation->comm, status, err);
  *out = (struct fray_local_only_outcome){.epochs = k.epochs,
                                          .visits = (k.epochs + k.each - 1) / k.each};
  if (status == FRAY_OK)
    status = train_all(&k, task, first, keeper, err);
  if (status == FRAY_OK)
    conclude(&k, first, out);
  end(&k);
  return status;
}

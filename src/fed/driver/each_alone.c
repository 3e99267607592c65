/* Each client trains a model of its own: what it would have without the federation. */
#include "fray/fed/local_only.h"

#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/fed/schedule.h"

#include <string.h>

size_t fray_local_only_epochs(const struct fray_training_config *training, size_t n_clients,
                              const struct fray_cohort_schedule *cohorts) {
  size_t rounds = (size_t)training->rounds;
  size_t places = cohorts ? cohorts->first[rounds]
                          : rounds * fray_amount_of(training->clients_per_round, n_clients);
  return (places * (size_t)training->local.epochs + n_clients - 1) / n_clients;
}

/* One rank's share of the work. */
struct work {
  const struct fray_federation *f;
  struct fray_trainer trainer;
  struct fray_local_config config; /* of a visit: the last may have fewer epochs */
  size_t total;
  float *start, *w, *update; /* (total) initial weights, of this client, of this visit */
  size_t epochs, each;       /* of a client; of a visit */
  int *host;                 /* (clients) */
  size_t *cost;              /* (clients) scratch, as the next two */
  uint64_t *load;
  struct fray_draw *draw;
  uint8_t *end; /* (clients) enum fray_local_only_end, as of the last meeting */
  double *news; /* (clients) the same, of this rank's clients since then; else 0 */
  struct fray_evaluation evaluation;
  size_t n_numbers; /* in it */
  struct fray_arena keep, scratch;
};

static enum fray_status start(struct work *k, const struct fray_federation *f, size_t epochs,
                              struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(f->model);
  *k = (struct work){.f = f,
                     .total = params->total,
                     .epochs = epochs,
                     .each = (size_t)f->training->local.epochs,
                     .config = f->training->local};
  FRAY_ALLOC(k->start, &k->keep, k->total, err);
  FRAY_ALLOC(k->w, &k->keep, k->total, err);
  FRAY_ALLOC(k->update, &k->keep, k->total, err);
  FRAY_TRY(fray_trainer_start(&k->trainer, f->model, f->features, f->dataset->n_modalities,
                              &k->config, err));
  k->trainer.positive_weight = f->positive_weight;
  fray_param_init(params, f->seed, k->start);
  return FRAY_OK;
}

static void end(struct work *k) {
  fray_trainer_end(&k->trainer);
  fray_arena_free(&k->keep);
  fray_arena_free(&k->scratch);
}

static bool gives_up(const struct fray_watch *watch) {
  return watch && watch->pause && watch->gives_up && watch->gives_up(watch->user);
}

/* Visit after visit, as if nobody else took part; *finite is false as soon as one diverges. */
static enum fray_status train(struct work *k, size_t c, bool *finite, struct fray_err *err) {
  const struct fray_client client = fray_client_of(k->f->clients, c);
  const size_t each = k->each;
  memcpy(k->w, k->start, k->total * sizeof *k->w);
  *finite = true;
  for (size_t done = 0, visit = 1; client.data.n_labelled && *finite && done < k->epochs;
       done += each) {
    struct fray_client_result result;
    FRAY_CHECK(!gives_up(k->f->watch), err, STOPPED, "gave up");
    k->config.epochs = (int64_t)FRAY_MIN(each, k->epochs - done);
    fray_watch_work(k->f->watch, visit, k->f->client_name[c]);
    FRAY_TRY(fray_client_train(&k->trainer, k->w, &client, k->f->seed, visit++, NULL, k->update,
                               &result, err));
    for (size_t i = 0; i < k->total; i++)
      k->w[i] += k->update[i];
    *finite = result.finite;
  }
  return FRAY_OK;
}

static bool wants_pause(const struct fray_watch *watch) {
  return watch && watch->pause && watch->wants_pause && watch->wants_pause(watch->user);
}

/* Trains the clients that this rank hosts and answers their samples, until it wants a pause. */
static enum fray_status train_mine(struct work *k, const struct fray_evaluation_task *task,
                                   const size_t *first, struct fray_err *err) {
  const struct fray_federation *f = k->f;
  struct fray_evaluation_task mine = *task;
  mine.w = k->w;
  mine.round = (size_t)(k->epochs + k->each - 1) / k->each;
  for (size_t c = 0, done = 0; c < f->clients->n; c++) {
    bool finite;
    if (k->end[c] != FRAY_LOCAL_OPEN || k->host[c] != fray_comm_rank(f->comm))
      continue;
    if (done++ && wants_pause(f->watch)) /* each meeting is one client nearer to the end */
      return FRAY_OK;
    enum fray_status status = train(k, c, &finite, err);
    if (status == FRAY_STOPPED) /* it is open still */
      return FRAY_OK;
    if (status == FRAY_OK && finite)
      status = fray_evaluate_range(&mine, first[c], first[c + 1], &k->scratch, &k->evaluation, err);
    if (status != FRAY_OK)
      return fray_at(err, "local-only training, client %s", f->client_name[c]);
    k->news[c] = finite ? FRAY_LOCAL_ANSWERED : FRAY_LOCAL_DIVERGED;
  }
  return FRAY_OK;
}

/* Clients that are still open, longest first, to the rank with the least to do. */
static void assign(struct work *k) {
  const struct fray_federation *f = k->f;
  for (size_t c = 0; c < f->clients->n; c++)
    k->cost[c] = k->end[c] == FRAY_LOCAL_OPEN ? f->clients->n_labelled[c] : 0;
  fray_assign_ranks(k->cost, f->clients->n, (size_t)fray_comm_size(f->comm), k->load, k->draw,
                    k->host);
}

/* The answers so far stand on rank 0, where the state had them: sharing adds those of all ranks. */
static enum fray_status go_on_from(struct work *k, const struct fray_local_only_state *from,
                                   struct fray_err *err) {
  const size_t n = k->f->clients->n;
  FRAY_CHECK(from->n_clients == n && from->n_numbers == k->n_numbers, err, INTERNAL,
             "a state of %zu clients does not fit %zu clients", from->n_clients, n);
  for (size_t c = 0; c < n; c++)
    if (k->end[c] == FRAY_LOCAL_OPEN)
      k->end[c] = from->end[c];
  if (fray_comm_rank(k->f->comm) == 0)
    memcpy(k->evaluation.shared, from->numbers, from->n_numbers * sizeof *from->numbers);
  return FRAY_OK;
}

/* Everything up to the first client. */
static enum fray_status prepare(struct work *k, const struct fray_federation *f,
                                const struct fray_evaluation_task *task, const size_t *first,
                                const struct fray_local_only_state *from, struct fray_arena *arena,
                                struct fray_err *err) {
  const size_t n = f->clients->n;
  FRAY_TRY(start(k, f, fray_local_only_epochs(f->training, n, f->cohorts), err));
  FRAY_ALLOC(k->host, &k->keep, n, err);
  FRAY_ALLOC(k->cost, &k->keep, n, err);
  FRAY_ALLOC(k->load, &k->keep, fray_comm_size(f->comm), err);
  FRAY_ALLOC(k->draw, &k->keep, n, err);
  FRAY_ALLOC(k->news, &k->keep, n, err);
  FRAY_ALLOC(k->end, arena, n, err);
  for (size_t c = 0; c < n; c++) /* without own samples there is nothing to answer */
    k->end[c] = first[c] == first[c + 1] ? FRAY_LOCAL_ANSWERED : FRAY_LOCAL_OPEN;
  FRAY_TRY(fray_evaluate_begin(task, &k->keep, arena, &k->evaluation, err));
  k->n_numbers = fray_evaluation_numbers(task);
  return from ? go_on_from(k, from, err) : FRAY_OK;
}

/* All ranks learn what the others did since they met. mine: what this rank's part ended with. */
static enum fray_status meet(struct work *k, enum fray_status mine, size_t *open,
                             struct fray_err *err) {
  FRAY_TRY(fray_evaluate_share(k->f->comm, &k->evaluation, mine, &k->scratch, err));
  FRAY_TRY(fray_exact_share(k->f->comm, k->news, k->f->clients->n, &k->scratch, err));
  *open = 0;
  for (size_t c = 0; c < k->f->clients->n; c++) {
    if (k->end[c] == FRAY_LOCAL_OPEN)
      k->end[c] = (uint8_t)k->news[c];
    *open += k->end[c] == FRAY_LOCAL_OPEN;
  }
  return FRAY_OK;
}

static enum fray_status save(struct work *k, const struct fray_local_only_keeper *keeper,
                             struct fray_err *err) {
  const struct fray_local_only_state state = {.n_clients = k->f->clients->n,
                                              .n_numbers = k->n_numbers,
                                              .end = k->end,
                                              .numbers = k->evaluation.shared};
  enum fray_status status = FRAY_OK;
  if (keeper->save && fray_comm_rank(k->f->comm) == 0)
    status = keeper->save(keeper->keeper, &state, err);
  return fray_comm_agree(k->f->comm, status, err);
}

static enum fray_status ask_watch(struct work *k, const struct fray_local_only_keeper *keeper,
                                  size_t open, struct fray_err *err) {
  const struct fray_watch *watch = k->f->watch;
  const enum fray_round_end answer =
      watch && watch->pause ? watch->pause(watch->user) : FRAY_ROUND_GO_ON;
  if (open == 0 || answer == FRAY_ROUND_GO_ON) /* what is finished need not be saved */
    return FRAY_OK;
  FRAY_TRY(save(k, keeper, err));
  FRAY_CHECK(answer != FRAY_ROUND_SAVE_AND_STOP, err, STOPPED,
             "stopped with %zu of %zu clients left to train alone", open, k->f->clients->n);
  return FRAY_OK;
}

/* From meeting to meeting: what was done is known to all, what is left is dealt anew. */
static enum fray_status train_all(struct work *k, const struct fray_evaluation_task *task,
                                  const size_t *first, const struct fray_local_only_keeper *keeper,
                                  struct fray_err *err) {
  const bool holds = fray_comm_rank(k->f->comm) == 0;
  for (size_t open = 1; open;) {
    assign(k);
    memset(k->news, 0, k->f->clients->n * sizeof *k->news);
    if (!holds)
      memset(k->evaluation.shared, 0, k->n_numbers * sizeof *k->evaluation.shared);
    FRAY_TRY(meet(k, train_mine(k, task, first, err), &open, err));
    FRAY_TRY(ask_watch(k, keeper, open, err));
  }
  return FRAY_OK;
}

static enum fray_status conclude(const struct work *k, const size_t *first,
                                 struct fray_arena *arena, struct fray_local_only_outcome *out,
                                 struct fray_err *err) {
  const size_t n = k->f->clients->n;
  FRAY_ALLOC(out->diverged, arena, n, err);
  for (size_t c = 0; c < n; c++) {
    out->diverged[c] = k->end[c] == FRAY_LOCAL_DIVERGED;
    out->n_diverged += out->diverged[c];
    out->n_clients += first[c] < first[c + 1];
  }
  out->answers = k->evaluation.answers;
  return FRAY_OK;
}

enum fray_status fray_train_local_only(const struct fray_federation *federation,
                                       const struct fray_evaluation_task *task, const size_t *first,
                                       const struct fray_local_only_keeper *keeper,
                                       struct fray_arena *arena,
                                       struct fray_local_only_outcome *out, struct fray_err *err) {
  struct work k;
  enum fray_status status = prepare(&k, federation, task, first, keeper->from, arena, err);
  status = fray_comm_agree(federation->comm, status, err);
  *out = (struct fray_local_only_outcome){.epochs = k.epochs,
                                          .visits = (k.epochs + k.each - 1) / k.each};
  if (status == FRAY_OK)
    status = train_all(&k, task, first, keeper, err);
  if (status == FRAY_OK)
    status = conclude(&k, first, arena, out, err);
  end(&k);
  return status;
}

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
  size_t epochs;
  struct fray_arena keep, scratch;
};

static enum fray_status start(struct work *k, const struct fray_federation *f, size_t epochs,
                              struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(f->model);
  *k =
      (struct work){.f = f, .total = params->total, .epochs = epochs, .config = f->training->local};
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
  return watch && watch->gives_up && watch->gives_up(watch->user);
}

/* Visit after visit, as if nobody else took part; *finite is false as soon as one diverges. */
static enum fray_status train(struct work *k, const struct fray_client *client, bool *finite,
                              struct fray_err *err) {
  size_t each = (size_t)k->f->training->local.epochs;
  memcpy(k->w, k->start, k->total * sizeof *k->w);
  *finite = true;
  for (size_t done = 0, visit = 1; client->n && *finite && done < k->epochs; done += each) {
    struct fray_client_result result;
    FRAY_CHECK(!gives_up(k->f->watch), err, STOPPED, "stopped in local-only training");
    k->config.epochs = (int64_t)FRAY_MIN(each, k->epochs - done);
    fray_watch_work(k->f->watch, visit, k->f->client_name[client - k->f->client]);
    FRAY_TRY(fray_client_train(&k->trainer, k->w, client, k->f->seed, visit++, NULL, k->update,
                               &result, err));
    for (size_t i = 0; i < k->total; i++)
      k->w[i] += k->update[i];
    *finite = result.finite;
  }
  return FRAY_OK;
}

/* Trains the clients that this rank hosts and answers their samples. */
static enum fray_status train_mine(struct work *k, const struct fray_evaluation_task *task,
                                   const size_t *first, const int *host, double *diverged,
                                   struct fray_evaluation *evaluation, struct fray_err *err) {
  const struct fray_federation *f = k->f;
  struct fray_evaluation_task mine = *task;
  mine.w = k->w;
  for (size_t c = 0; c < f->n_clients; c++) {
    bool finite;
    if (first[c] == first[c + 1] || host[c] != fray_comm_rank(f->comm))
      continue;
    enum fray_status status = train(k, &f->client[c], &finite, err);
    if (status == FRAY_OK && finite)
      status = fray_evaluate_range(&mine, first[c], first[c + 1], &k->scratch, evaluation, err);
    if (status != FRAY_OK)
      return fray_at(err, "local-only training, client %s", f->client_name[c]);
    diverged[c] = !finite;
  }
  return FRAY_OK;
}

static enum fray_status assign(const struct fray_federation *f, const size_t *first,
                               struct fray_arena *arena, int **host, struct fray_err *err) {
  size_t n = f->n_clients, ranks = (size_t)fray_comm_size(f->comm), *cost;
  uint64_t *load;
  struct fray_draw *scratch;
  FRAY_ALLOC(*host, arena, n, err);
  FRAY_ALLOC(cost, arena, n, err);
  FRAY_ALLOC(load, arena, ranks, err);
  FRAY_ALLOC(scratch, arena, n, err);
  for (size_t c = 0; c < n; c++)
    cost[c] = first[c] == first[c + 1] ? 0 : f->client[c].n;
  fray_assign_ranks(cost, n, ranks, load, scratch, *host);
  return FRAY_OK;
}

/* Everything up to the point where ranks meet. */
static enum fray_status prepare_and_train(struct work *k, const struct fray_federation *f,
                                          const struct fray_evaluation_task *task,
                                          const size_t *first, struct fray_arena *arena,
                                          struct fray_evaluation *evaluation, double **diverged,
                                          struct fray_err *err) {
  int *host;
  size_t epochs = fray_local_only_epochs(f->training, f->n_clients, f->cohorts);
  FRAY_TRY(start(k, f, epochs, err));
  FRAY_TRY(assign(f, first, &k->keep, &host, err));
  FRAY_ALLOC_ZERO(*diverged, &k->keep, f->n_clients, err);
  FRAY_TRY(fray_evaluate_begin(task, &k->keep, arena, evaluation, err));
  return train_mine(k, task, first, host, *diverged, evaluation, err);
}

static enum fray_status conclude(const struct fray_federation *f, const size_t *first,
                                 const double *diverged, struct fray_arena *arena,
                                 struct fray_local_outcome *out, struct fray_err *err) {
  FRAY_ALLOC(out->diverged, arena, f->n_clients, err);
  for (size_t c = 0; c < f->n_clients; c++) {
    out->diverged[c] = diverged[c] != 0.0;
    out->n_diverged += out->diverged[c];
    out->n_clients += first[c] < first[c + 1];
  }
  return FRAY_OK;
}

enum fray_status fray_train_local_only(const struct fray_federation *federation,
                                       const struct fray_evaluation_task *task, const size_t *first,
                                       struct fray_arena *arena, struct fray_local_outcome *out,
                                       struct fray_err *err) {
  const struct fray_federation *f = federation;
  struct fray_evaluation evaluation = {0};
  struct work k;
  double *diverged = NULL;
  size_t each = (size_t)f->training->local.epochs;
  enum fray_status status =
      prepare_and_train(&k, f, task, first, arena, &evaluation, &diverged, err);
  *out = (struct fray_local_outcome){.epochs = k.epochs, .visits = (k.epochs + each - 1) / each};
  status = fray_evaluate_share(f->comm, &evaluation, status, &k.scratch, err);
  if (status == FRAY_OK)
    status = fray_exact_share(f->comm, diverged, f->n_clients, &k.scratch, err);
  if (status == FRAY_OK)
    status = conclude(f, first, diverged, arena, out, err);
  out->answers = evaluation.answers;
  end(&k);
  return status;
}

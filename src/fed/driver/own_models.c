/* Models of the clients' own: what each client ends with, and what it says of its own samples. */
#include "fray/base/size.h"
#include "run.h"

#include <string.h>

bool fray_training_has_own_models(const struct fray_training_config *training) {
  return training->own.blocks.n > 0 || fray_algorithm_of(&training->server)->personal;
}

/* What the method makes of it; or the global model with the blocks that the client kept. Who never
 * took part has the private blocks as they were drawn, which the global model still holds. */
static void compose(struct run *r, bool came, float *w) {
  const struct fray_federation *f = r->core.f;
  const struct fray_own_model of = {.table = fray_model_params(f->model),
                                    .global = r->w,
                                    .initial = r->initial,
                                    .kept = r->kept,
                                    .came = came};
  if (r->ops->personal) {
    r->ops->personal(f->training->server.algorithm.params, &of, w);
    return;
  }
  memcpy(w, r->w, r->core.total * sizeof *w);
  if (came)
    fray_own_blocks_copy(&r->own, r->kept[r->ops->client_vectors], w);
}

/* Of clients first .. first + n - 1 those that this rank hosts. */
static enum fray_status answer_some(struct run *r, const uint32_t *client, size_t n,
                                    struct fray_evaluation_task *task, float *w,
                                    struct fray_evaluation *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  /* One buffer for all clients of this rank: a model is needed for as long as it answers. */
  task->w = w;
  for (size_t i = 0; i < n; i++) {
    const uint32_t c = client[i];
    if (r->core.host[i] != fray_comm_rank(f->comm) || f->own_first[c] == f->own_first[c + 1])
      continue;
    r->kept = fray_store_work(r->store, err);
    if (!r->kept)
      return FRAY_MEMORY;
    FRAY_TRY(fray_store_load(r->store, c, r->kept, err));
    compose(r, fray_store_came(r->store, c), w);
    FRAY_TRY(
        fray_evaluate_range(task, f->own_first[c], f->own_first[c + 1], &r->core.work, out, err));
  }
  return FRAY_OK;
}

/* As many at once as a round has members, since the states that one rank holds have room for
 * those. */
static enum fray_status answer_all(struct run *r, struct fray_evaluation_task *task, float *w,
                                   struct fray_evaluation *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const size_t most = FRAY_MAX(r->source.most, (size_t)1);
  enum fray_status mine = FRAY_OK;
  for (size_t first = 0; first < f->clients->n; first += most) {
    const size_t n = FRAY_MIN(most, f->clients->n - first);
    /* The members of the last round are over; their arrays have room for as many. */
    for (size_t i = 0; i < n; i++) {
      r->members.client[i] = (uint32_t)(first + i);
      r->core.cost[i] = f->own_first[first + i + 1] - f->own_first[first + i];
    }
    core_assign(&r->core, n);
    FRAY_TRY(fray_store_bring(r->store, n, r->members.client, r->core.host, err));
    if (mine == FRAY_OK) /* a rank that failed still meets the others where states travel */
      mine = answer_some(r, r->members.client, n, task, w, out, err);
  }
  return mine;
}

enum fray_status run_own_models(struct run *r, struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  struct fray_evaluation evaluation;
  float *w = NULL;
  if (!f->own || f->own->under->n == 0 || !fray_training_has_own_models(f->training))
    return FRAY_OK;
  struct fray_evaluation_task task = *f->own;
  fray_arena_reset(&r->core.work);
  /* Kept with the outcome: answers are few beside the models that gave them. */
  enum fray_status status = fray_evaluate_begin(&task, r->keep, r->keep, &evaluation, err);
  if (status == FRAY_OK) {
    w = fray_arena_zero(r->keep, r->core.total, sizeof *w);
    status = w ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (a model)");
  }
  FRAY_TRY(fray_comm_agree(f->comm, status, err));
  status = answer_all(r, &task, w, &evaluation, err);
  FRAY_TRY(fray_evaluate_share(f->comm, &evaluation, status, &r->core.work, err));
  out->own = evaluation.answers;
  out->has_own = true;
  return FRAY_OK;
}

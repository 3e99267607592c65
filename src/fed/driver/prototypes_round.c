/* Prototypes in a round: what clients send of them is added up beside their updates, exactly, so
 * that neither ranks nor order show; the server divides. They are not averaged with the model: a
 * mean of clients' means would weigh a class by samples of other classes. They are as many floats
 * as the model has prototypes, which no update moves: what a client sends is as long as its model.
 */
#include "fray/fed/exact.h"
#include "run.h"

/* Room for all that may be invited: a rank may host everybody. */
enum fray_status run_prepare_prototypes(struct run *r, struct fray_err *err) {
  const size_t most = r->source.most + 1;
  r->n_sums = fray_model_prototype_sums(r->core.f->model);
  if (r->n_sums == 0)
    return FRAY_OK;
  FRAY_ALLOC(r->sums, r->keep, most * r->n_sums, err);
  FRAY_ALLOC(r->sum, r->keep, most, err);
  FRAY_ALLOC(r->sum_all, r->keep, r->n_sums, err);
  FRAY_ALLOC(r->ones, r->keep, most, err);
  for (size_t i = 0; i < most; i++)
    r->ones[i] = 1;
  return FRAY_OK;
}

float *run_prototype_sums(struct run *r) {
  return r->n_sums ? r->sums + r->members.mine * r->n_sums : NULL;
}

/* In the members' order; who was left out of the round is left out here. */
enum fray_status run_take_prototypes(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct members *m = &r->members;
  size_t here = 0, mine = 0;
  if (r->n_sums == 0)
    return FRAY_OK;
  for (size_t i = 0; i < m->n; i++) {
    if (r->core.host[i] != fray_comm_rank(f->comm))
      continue;
    if (m->kept[i])
      r->sum[mine++] = r->sums + here * r->n_sums;
    here++;
  }
  FRAY_TRY(fray_exact_sum(f->comm, r->n_sums, mine, (const float *const *)r->sum, r->ones,
                          r->counted.members, &r->core.work, r->sum_all, err));
  fray_model_set_prototypes(f->model, r->sum_all, r->w);
  return FRAY_OK;
}

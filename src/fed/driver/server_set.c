/* Samples of the server's own: the global model is trained on them between two rounds. */
#include "run.h"

#include <string.h>

/* Plain training, with no hook of the method: what the server has are labels. All ranks do the same
 * work, which needs no exchange: none of them would have anything else to do. */
static enum fray_status train_own(struct run *r, uint32_t whose, float **up,
                                  struct fray_round_row *row, struct fray_outcome *out,
                                  bool *finite, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_client own = fray_client_of(f->clients, whose);
  struct fray_client_result result;
  struct fray_visit visit = {.source = own.source,
                             .seed = f->seed,
                             .round = row->round,
                             .data = own.data,
                             .work = 1,
                             .global = r->w,
                             .up = up};
  if (fray_client_visit(&r->core.trainer, &visit, &result, err) != FRAY_OK)
    return fray_at(err, "round %zu, the server's own samples (client %s)", row->round,
                   f->client_name[whose]);
  row->flops += result.flops; /* of one server, however many ranks do its work */
  *finite = result.finite;
  if (!result.finite && f->training->on_nonfinite != FRAY_NONFINITE_EXCLUDE) {
    out->diverged = true;
    out->diverged_round = row->round;
    out->diverged_client = whose;
  }
  return FRAY_OK;
}

/* Between two rounds, after the step. */
enum fray_status run_train_server(struct run *r, struct fray_round_row *row,
                                  struct fray_outcome *out, struct fray_err *err) {
  bool finite;
  /* The step has taken what r->mean held. */
  FRAY_TRY(train_own(r, r->roster.server, r->mean, row, out, &finite, err));
  /* The weights themselves, not w + update: they need not be rounded once more. */
  if (finite)
    memcpy(r->w, r->core.trainer.w, r->core.total * sizeof *r->w);
  return FRAY_OK;
}

/* As a client of that round would train; a direction of zeros trusts nobody. */
enum fray_status run_train_root(struct run *r, struct fray_round_row *row, struct fray_outcome *out,
                                struct fray_err *err) {
  bool finite;
  FRAY_TRY(train_own(r, r->roster.root, &r->root, row, out, &finite, err));
  if (!finite)
    memset(r->root, 0, r->core.total * sizeof *r->root);
  return FRAY_OK;
}

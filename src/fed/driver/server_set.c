/* Samples of the server's own: the global model is trained on them between two rounds. */
#include "run.h"

#include <string.h>

/* Plain training, with no hook of the method: what the server has are labels. All ranks do the same
 * work, which needs no exchange: none of them would have anything else to do. */
enum fray_status run_train_server(struct run *r, struct fray_round_row *row,
                                  struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_client own = fray_client_of(f->clients, r->roster.server);
  struct fray_client_result result;
  struct fray_visit visit = {.source = own.source,
                             .seed = f->seed,
                             .round = row->round,
                             .data = own.data,
                             .work = 1,
                             .global = r->w,
                             .up = r->mean}; /* the step has taken what it held */
  if (fray_client_visit(&r->core.trainer, &visit, &result, err) != FRAY_OK)
    return fray_at(err, "round %zu, the server's own samples (client %s)", row->round,
                   f->client_name[r->roster.server]);
  row->flops += result.flops; /* of one server, however many ranks do its work */
  /* The weights themselves, not w + update: they need not be rounded once more. */
  if (result.finite) {
    memcpy(r->w, r->core.trainer.w, r->core.total * sizeof *r->w);
  } else if (f->training->on_nonfinite != FRAY_NONFINITE_EXCLUDE) {
    out->diverged = true;
    out->diverged_round = row->round;
    out->diverged_client = r->roster.server;
  }
  return FRAY_OK;
}

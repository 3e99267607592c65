/* Inner products of the updates of a round, for algorithms that weigh clients by how far apart they
 * came: each rank adds up its own coordinates, and all learn the sums. */
#include "run.h"

/* Room for all that may ever come is made at the start: the table is small beside the updates, and
 * a rank that lacked it within a round would leave the others waiting. */
enum fray_status run_prepare_products(struct run *r, struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(r->core.f->model);
  const size_t most = r->source.most + 1;
  const enum fray_products wanted = fray_most_products(&r->core.f->training->server.algorithm);
  r->n_parts = wanted == FRAY_PRODUCTS_NONE ? 0 : wanted == FRAY_PRODUCTS_WHOLE ? 1 : table->n;
  if (r->n_parts == 0)
    return FRAY_OK;
  FRAY_ALLOC(r->part_end, r->keep, r->n_parts, err);
  /* A tensor's padding goes with it: there are zeros in it. */
  for (size_t k = 0; k < r->n_parts; k++)
    r->part_end[k] = k + 1 < r->n_parts ? table->v[k + 1].offset : r->core.total;
  FRAY_ALLOC(r->product, r->keep, r->n_parts * most * most, err);
  return FRAY_OK;
}

/* Every rank asks the algorithm for itself: it knows the same of the round. */
enum fray_status run_take_products(struct run *r, const struct fray_updates *updates,
                                   struct fray_server_round *server, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_arena_place mark = fray_arena_mark(&r->core.work);
  struct fray_slice slice;
  /* What a round before had is not what this one has. */
  server->parts = 0;
  server->product = NULL;
  if (r->n_parts == 0)
    return FRAY_OK;
  const enum fray_products wanted = r->ops->products(f->training->server.algorithm.params, server);
  if (wanted == FRAY_PRODUCTS_NONE)
    return FRAY_OK;
  server->parts = wanted == FRAY_PRODUCTS_WHOLE ? 1 : r->n_parts;
  /* The whole is one part that ends where the last one does. */
  const size_t *end = r->part_end + (r->n_parts - server->parts);
  FRAY_TRY(fray_slice_gather(f->comm, updates, &r->core.work, &slice, err));
  FRAY_TRY(fray_gram_parts(f->comm, &slice, slice.members, slice.row, updates->total, server->parts,
                           end, &r->core.work, r->product, err));
  fray_arena_rewind(&r->core.work, mark);
  server->product = r->product;
  return FRAY_OK;
}

/* The table made above, and the slice of fray_slice_gather: in doubles, as products of
 * large studies go beyond integers. */
double fray_products_bytes(const struct fray_training_config *training, double parameters,
                           double tensors, double members, int ranks, double *round) {
  const enum fray_products wanted = fray_most_products(&training->server.algorithm);
  *round = wanted == FRAY_PRODUCTS_NONE ? 0 : members * parameters / ranks * (double)sizeof(float);
  if (wanted == FRAY_PRODUCTS_NONE)
    return 0;
  return (wanted == FRAY_PRODUCTS_WHOLE ? 1 : tensors) * members * members * (double)sizeof(double);
}

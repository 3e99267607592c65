/* Block-wise averaging in a round: which clients hold which modality, with how many samples, and
 * which blocks rest. */
#include "run.h"

/* Of samples with a label, as the weights of whole updates are; what damage took is not held. All
 * ranks know all clients' samples, so all count alike. */
static void count_holders(const struct fray_clients *clients, size_t modalities, uint32_t *holds) {
  for (size_t c = 0; c < clients->n; c++) {
    const uint8_t *present = clients->data.present + clients->first[c];
    for (size_t i = 0; i < clients->n_labelled[c]; i++)
      for (size_t m = 0; m < modalities; m++)
        holds[c * modalities + m] += present[i] >> m & 1;
  }
}

enum fray_status run_prepare_blocks(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const size_t modalities = f->dataset->n_modalities;
  if (f->training->aggregation.blocks != FRAY_BLOCKS_HOLDERS)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(r->holds, r->keep, f->clients->n * modalities, err);
  FRAY_ALLOC_ZERO(r->rests, r->keep, modalities, err);
  FRAY_ALLOC(r->block, r->keep, 1 + modalities, err);
  for (size_t b = 0; b <= modalities; b++)
    FRAY_ALLOC(r->block[b], r->keep, r->source.most + 1, err);
  count_holders(f->clients, modalities, r->holds);
  return FRAY_OK;
}

/* Samples of a member in a block; block 0 is what all share. */
static double samples_of(const struct run *r, uint32_t client, size_t b) {
  const struct fray_federation *f = r->core.f;
  return b ? (double)r->holds[client * f->dataset->n_modalities + b - 1]
           : (double)f->clients->n_labelled[client];
}

/* Whole numbers, divided once: the same weights on every rank. */
static void weigh_block(struct run *r, size_t b) {
  const struct members *m = &r->members;
  double sum = 0;
  size_t mine = 0;
  for (size_t i = 0; i < m->n; i++)
    sum += m->kept[i] ? samples_of(r, m->client[i], b) : 0;
  for (size_t i = 0; i < m->n; i++)
    if (m->kept[i] && r->core.host[i] == fray_comm_rank(r->core.f->comm))
      r->block[b][mine++] = sum > 0 ? samples_of(r, m->client[i], b) / sum : 0;
  if (b)
    r->rests[b - 1] = !(sum > 0);
}

enum fray_status run_average_blocks(struct run *r, const struct fray_updates *updates,
                                    struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  for (size_t b = 0; b <= f->dataset->n_modalities; b++)
    weigh_block(r, b);
  return fray_average_blocks(f->comm, fray_model_params(f->model), updates, r->counted.mine,
                             (const double *const *)r->block, &r->core.work, r->mean[0], err);
}

/* A step is element-wise, so it can be taken of a part of the vectors. A momentum that went on
 * where nobody learnt anything would move the block by what others learnt rounds ago. */
static void step_part(struct run *r, const struct fray_server_round *server, size_t offset,
                      size_t n) {
  const struct fray_algorithm_ops *ops = r->ops;
  const float *mean[FRAY_ALGORITHM_VECTORS];
  float *state[FRAY_ALGORITHM_VECTORS];
  for (unsigned k = 0; k <= ops->up; k++)
    mean[k] = r->mean[k] + offset; /* padding of a block stays 0 as that of the whole does */
  for (unsigned k = 0; k < ops->server_vectors; k++)
    state[k] = r->state[k] + offset;
  ops->step(r->core.f->training->server.algorithm.params, server, n, mean, r->w + offset, state);
}

void run_step(struct run *r, const struct fray_server_round *server) {
  const struct fray_param_table *table = fray_model_params(r->core.f->model);
  struct fray_block_run run;
  /* As a whole: one call, whatever the number of blocks. */
  if (!r->holds) {
    step_part(r, server, 0, r->core.total);
    return;
  }
  for (size_t at = 0; fray_next_block(table, &at, &run);)
    if (run.modality == FRAY_PARAM_SHARED || (server->updates && !r->rests[run.modality]))
      step_part(r, server, run.offset, run.n);
}

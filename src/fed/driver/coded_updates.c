/* What clients send of their updates: which parameters travel, and what a coder makes of them. */
#include "run.h"

/* Not padding between tensors, not private blocks, and not those of modalities that only their
 * holders average. */
static bool travels(const struct run *r, int64_t client, const struct fray_param *tensor) {
  const int m = tensor->modality;
  const size_t modalities = r->core.f->dataset->n_modalities;
  const bool is_held = !r->holds || m == FRAY_PARAM_SHARED || client < 0 ||
                       r->holds[(size_t)client * modalities + (size_t)m] > 0;
  return is_held && !fray_own_blocks_have(&r->own, tensor);
}

struct fray_sent run_parameters_sent(const struct run *r, int64_t client) {
  const struct fray_param_table *table = fray_model_params(r->core.f->model);
  struct fray_sent sum = {0};
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_param *tensor = &table->v[i];
    if (!travels(r, client, tensor))
      continue;
    sum.values += tensor->size;
    sum.plain += tensor->still ? tensor->size : 0;
  }
  return sum;
}

/* Once, so that no round asks for memory. */
enum fray_status run_prepare_coding(struct run *r, struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(r->core.f->model);
  if (!fray_compression_is_on(&r->core.f->training->compression))
    return FRAY_OK;
  FRAY_ALLOC(r->coding, r->keep, table->count, err);
  FRAY_ALLOC(r->travels, r->keep, table->n, err);
  return FRAY_OK;
}

/* source and round key the draws, so that any host makes the same of it. Of what no step moves
 * there is no update: a coder would take its zeros for values of it. */
static bool code(struct run *r, uint32_t client, uint64_t source, size_t round, float *update,
                 float *error) {
  const struct fray_federation *f = r->core.f;
  const struct fray_param_table *table = fray_model_params(f->model);
  const struct fray_coding of = {.seed = f->seed, .source = source, .round = round};
  for (size_t t = 0; t < table->n; t++)
    r->travels[t] = !table->v[t].still && travels(r, client, &table->v[t]);
  return fray_code_update(&f->training->compression, &of, table, r->travels, update, error,
                          r->coding);
}

/* Whether what a client sends is another update than the one that it trained. Who only trains on
 * other data codes what came of it, as everybody does. */
static bool lies(const struct run *r, uint32_t client) {
  return r->is_attacker && r->is_attacker[client] &&
         fray_attack_sends(&r->core.f->training->attack);
}

/* An attacker sends something else, which is coded when it is known: its own training is not sent,
 * and so leaves nothing out. */
bool run_code_update(struct run *r, struct fray_visit *v) {
  const struct fray_compression_config *compression = &r->core.f->training->compression;
  const bool keeps = fray_compression_keeps(compression);
  if (!fray_compression_is_on(compression) || lies(r, v->client))
    return true;
  if (!code(r, v->client, v->source, v->round, v->up[0],
            keeps ? r->kept[r->ops->client_vectors + (r->own.n > 0)] : NULL))
    return false;
  if (r->ops->coded)
    r->ops->coded(r->core.f->training->server.algorithm.params, v);
  return true;
}

/* What a liar sends has the form that all have, or it would be known by its length. Its values are
 * within 1e30, so what a coder makes of them is finite. */
void run_code_attacks(struct run *r, size_t round) {
  const struct fray_federation *f = r->core.f;
  const struct members *m = &r->members;
  size_t mine = 0;
  if (!fray_compression_is_on(&f->training->compression))
    return;
  for (size_t i = 0; i < m->n; i++) {
    if (!m->kept[i] || r->core.host[i] != fray_comm_rank(f->comm))
      continue;
    /* The buffers are the run's own: see run_attack. */
    float *update = (float *)r->counted.update[mine++];
    if (lies(r, m->client[i]))
      code(r, m->client[i], f->clients->source[m->client[i]],
           m->who[i]->visit ? m->who[i]->visit : round, update, NULL);
  }
}

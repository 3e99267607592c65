/* Blocks in a round: which clients hold which modality, with how many samples, which blocks are
 * judged or averaged among them, and which rest. */
#include "fray/base/size.h"
#include "run.h"

#include <string.h>

/* Of samples with a label, as the weights of whole updates are; what damage took is not held. All
 * ranks know all clients' samples, so all count alike. */
void fray_count_holders(const struct fray_clients *clients, size_t modalities, uint32_t *holds) {
  for (size_t c = 0; c < clients->n; c++) {
    const uint8_t *present = clients->data.present + clients->first[c];
    for (size_t i = 0; i < clients->n_labelled[c]; i++)
      for (size_t m = 0; m < modalities; m++)
        holds[c * modalities + m] += present[i] >> m & 1;
  }
}

static bool has_block(const struct fray_param_table *table, size_t modality) {
  for (size_t t = 0; t < table->n; t++)
    if (table->v[t].modality == (int)modality)
      return true;
  return false;
}

/* No round could judge it: an encoder that never learns, in a study that runs all night. */
static enum fray_status can_be_judged(const struct fray_aggregation_config *config, size_t holders,
                                      size_t most, const char *modality, struct fray_err *err) {
  char why[200] = "nobody comes";
  for (size_t came = 1; came <= most; came++)
    if (fray_aggregation_takes_block(config, came, FRAY_MIN(holders, came), why, sizeof why))
      return FRAY_OK;
  return fray_fail(err, FRAY_INPUT,
                   "training.aggregation.blocks: %zu client%s hold%s labelled samples with the "
                   "modality '%s', and in no round of up to %zu can its block be judged (%s); take "
                   "a smaller f, or blocks: whole",
                   holders, holders == 1 ? "" : "s", holders == 1 ? "s" : "", modality, most, why);
}

enum fray_status fray_federation_judges(const struct fray_training_config *training,
                                        const struct fray_roster *roster,
                                        const struct fray_dataset *dataset,
                                        const struct fray_clients *clients,
                                        const struct fray_param_table *table, size_t most,
                                        struct fray_arena *arena, struct fray_err *err) {
  const struct fray_aggregation_config *config = &training->aggregation;
  const size_t modalities = dataset->n_modalities;
  uint32_t *holds;
  if (!fray_aggregation_judges_blocks(config))
    return FRAY_OK;
  FRAY_ALLOC_ZERO(holds, arena, clients->n * modalities + 1, err);
  fray_count_holders(clients, modalities, holds);
  for (size_t m = 0; m < modalities; m++) {
    const char *name = dataset->modality[m].name;
    size_t holders = 0;
    if (!has_block(table, m)) /* the model does not look at it, or has no parameters for it */
      continue;
    for (size_t c = 0; c < clients->n; c++)
      holders += holds[c * modalities + m] > 0 && !(roster->has_root && c == roster->root) &&
                 !(roster->has_server && c == roster->server);
    FRAY_CHECK(!roster->has_root || holds[roster->root * modalities + m] > 0, err, INPUT,
               "training.aggregation.root: %s has no labelled sample with the modality '%s', so "
               "there is nothing to judge the updates of its block by; take another client, or "
               "blocks: whole",
               fray_aggregation_root(config), name);
    FRAY_TRY(can_be_judged(config, holders, most, name, err));
  }
  return FRAY_OK;
}

/* What a rule that judges blocks has beside: who holds what of a round, and even shares. */
static enum fray_status prepare_judging(struct run *r, size_t modalities, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  if (!r->share)
    return FRAY_OK;
  FRAY_ALLOC(r->held, r->keep, (r->source.most + 1) * modalities, err);
  FRAY_ALLOC(r->even, r->keep, r->source.most + 1, err);
  return fray_federation_judges(f->training, &r->roster, f->dataset, f->clients,
                                fray_model_params(f->model), r->source.most, r->keep, err);
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
  fray_count_holders(f->clients, modalities, r->holds);
  return prepare_judging(r, modalities, err);
}

struct fray_held run_held(struct run *r) {
  const struct members *m = &r->members;
  const size_t modalities = r->core.f->dataset->n_modalities;
  size_t n = 0;
  for (size_t i = 0; i < m->n; i++) {
    if (!m->kept[i])
      continue;
    for (size_t b = 0; b < modalities; b++)
      r->held[n * modalities + b] = r->holds[m->client[i] * modalities + b] > 0;
    n++;
  }
  return (struct fray_held){
      .table = fray_model_params(r->core.f->model), .modalities = modalities, .holds = r->held};
}

/* Behind what is counted of clients. A block without a majority rests as one that nobody holds, and
 * a table says how often, since no score of a round would. */
void run_note_blocks(struct run *r) {
  const struct fray_federation *f = r->core.f;
  const size_t modalities = f->dataset->n_modalities;
  double *number = r->number + fray_server_numbers(&f->training->server.algorithm, &r->roster) +
                   FRAY_INFLUENCE_NUMBERS * r->roster.clients;
  for (size_t b = 0; b < modalities; b++) {
    double holders = 0;
    for (size_t i = 0; i < r->counted.members; i++)
      holders += r->held[i * modalities + b];
    number[b * FRAY_BLOCK_NUMBERS + FRAY_BLOCK_UPDATES] += holders;
    number[b * FRAY_BLOCK_NUMBERS + FRAY_BLOCK_AT_REST] += r->rests[b] ? holders : 0;
  }
}

/* What a rule that remembers starts from in the next round: where nothing was judged, what it had.
 */
void run_remember(struct run *r, float *before) {
  const struct fray_param_table *table = fray_model_params(r->core.f->model);
  struct fray_block_run run;
  if (!r->held) {
    memcpy(before, r->mean[0], r->core.total * sizeof *before);
    return;
  }
  for (size_t at = 0; fray_next_block(table, &at, &run);)
    if (run.modality == FRAY_PARAM_SHARED || !r->rests[run.modality])
      memcpy(before + run.offset, r->mean[0] + run.offset, run.n * sizeof *before);
}

double run_samples_of(const struct run *r, uint32_t client, size_t b) {
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
    sum += m->kept[i] ? run_samples_of(r, m->client[i], b) : 0;
  for (size_t i = 0; i < m->n; i++)
    if (m->kept[i] && r->core.host[i] == fray_comm_rank(r->core.f->comm))
      r->block[b][mine++] = sum > 0 ? run_samples_of(r, m->client[i], b) / sum : 0;
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

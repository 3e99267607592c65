/* What a rank has for the training of a trial, whether it has rounds or each client is alone. */
#include "run.h"

#include <string.h>

enum fray_status core_start(struct core *core, const struct fray_federation *f,
                            const struct fray_local_config *config, size_t most,
                            struct fray_arena *keep, float **w, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(f->model);
  *core = (struct core){.f = f, .total = params->total, .work.large_pages = true};
  FRAY_ALLOC_ZERO(*w, keep, core->total, err);
  /* One more than there may be: a round of nobody still has an array. */
  FRAY_ALLOC(core->host, keep, most + 1, err);
  FRAY_ALLOC(core->cost, keep, most + 1, err);
  FRAY_ALLOC(core->by_cost, keep, most + 1, err);
  FRAY_ALLOC(core->load, keep, fray_comm_size(f->comm), err);
  FRAY_TRY(fray_trainer_start(&core->trainer, f->model, f->features, f->dataset->n_modalities,
                              config, err));
  core->trainer.class_weight = f->class_weight;
  core->trainer.missing = &f->training->missing.kind;
  if (f->start)
    memcpy(*w, f->start, core->total * sizeof **w);
  else
    fray_param_init(params, f->seed, *w); /* each rank draws the same: cheaper than to send it */
  return FRAY_OK;
}

void core_end(struct core *core) {
  fray_trainer_end(&core->trainer);
  fray_arena_free(&core->work);
}

/* Every rank works it out for itself, from what all know: nobody is asked. */
void core_assign(struct core *core, size_t n) {
  fray_assign_ranks(core->cost, n, (size_t)fray_comm_size(core->f->comm), core->load, core->by_cost,
                    core->host);
}

/* The answer came from all ranks together, so all are here or none. */
enum fray_status core_obey(struct core *core, enum fray_round_end answer,
                           enum fray_status (*save)(void *user, struct fray_err *err), void *user,
                           const char *words, struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  if (answer == FRAY_ROUND_GO_ON)
    return FRAY_OK;
  if (save && fray_comm_rank(core->f->comm) == 0)
    status = save(user, err);
  FRAY_TRY(fray_comm_agree(core->f->comm, status, err)); /* all learn that rank 0 could not */
  FRAY_CHECK(answer != FRAY_ROUND_SAVE_AND_STOP, err, STOPPED, "%s", words);
  return FRAY_OK;
}

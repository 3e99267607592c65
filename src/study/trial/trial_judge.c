/* Judging the kept models of a trial: every panel under every condition. */
#include "trial_work.h"

bool trial_wants_scores(const struct trial_work *t) {
  const struct fray_evaluate_config *evaluate = &t->cell->config.evaluate;
  return evaluate->save_scores || fray_evaluate_needs_scores(evaluate, NULL);
}

static enum fray_status judge_mine(struct trial_work *t, const struct judged *panel, int selection,
                                   uint64_t *load, struct fray_arena *work,
                                   struct fray_evaluation *out, struct fray_err *err) {
  const float *weights[SELECTIONS] = {t->outcome.best, t->outcome.last};
  const struct fray_evaluation_task task = {.model = t->model,
                                            .features = t->session->features,
                                            .n_modalities = t->session->dataset->n_modalities,
                                            .conditions = t->n_conditions,
                                            .w = weights[selection],
                                            .under = panel->under,
                                            .scores = trial_wants_scores(t),
                                            .watch = t->watch,
                                            .round = t->outcome.rounds};
  return fray_evaluate_mine(t->session->comm, &task, load, work, &t->arena, out, err);
}

/* Every panel and condition on the selected and on the last model. */
enum fray_status trial_judge(struct trial_work *t, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  struct fray_evaluation evaluation[PANELS][SELECTIONS] = {0};
  struct fray_arena work = {0};
  if (t->outcome.diverged)
    return FRAY_OK;
  uint64_t *load = fray_arena_zero(&work, (size_t)fray_comm_size(comm), sizeof *load);
  enum fray_status status = load ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (int k = 0; k < PANELS; k++)
    for (int s = 0; s < SELECTIONS; s++) {
      if (status == FRAY_OK && trial_judges(t, k))
        status = judge_mine(t, &t->judged[k], s, load, &work, &evaluation[k][s], err);
    }
  for (int k = 0; k < PANELS; k++)
    for (int s = 0; s < SELECTIONS; s++) {
      if (!trial_judges(t, k))
        continue;
      FRAY_TRY_TO(done, status, fray_evaluate_share(comm, &evaluation[k][s], status, &work, err));
      t->judged[k].answers[s] = evaluation[k][s].answers;
    }
done:
  fray_arena_free(&work);
  return status;
}

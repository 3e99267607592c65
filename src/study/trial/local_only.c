/* The control local_only: a model for each client, judged on that client's own samples.
 *
 * It answers what a client would have without the federation, with the same steps and on the same
 * samples. */
#include "fray/fed/local_only.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"
#include "study/trial/checkpoint.h"
#include "trial_work.h"

#include <math.h>
#include <string.h>

/* What the constant predictor says of one sample under all conditions. It has no probabilities, and
 * NaN keeps metrics of them from reading zeros. said is ored into zeros: a client that diverged has
 * left nothing there. */
static void answer_constant(const struct trial_work *t, size_t i, size_t majority,
                            const uint8_t *set) {
  const struct fray_answers *a = &t->judged[OWN].answers[BEST];
  size_t classes = t->session->dataset->n_classes;
  for (size_t c = 0; c < a->conditions; c++) {
    a->nll[c * a->n + i] = NAN;
    if (a->score)
      for (size_t k = 0; k < classes; k++)
        a->score[(c * a->n + i) * classes + k] = NAN;
    if (a->sequences) {
      const uint32_t sample = t->judged[OWN].of.sample[i];
      fray_spoken_nothing(fray_transcript_length(t->session->dataset->words, sample), a->said_width,
                          a->said + (c * a->n + i) * a->said_width);
      continue;
    }
    if (!a->said) {
      a->predicted[c * a->n + i] = (int16_t)majority;
      continue;
    }
    uint64_t *said = a->said + (c * a->n + i) * fray_set_words(classes);
    for (size_t k = 0; k < classes; k++)
      said[k / 64] |= (uint64_t)set[k] << k % 64;
  }
}

/* A client whose model diverged counts as the constant predictor. */
static enum fray_status answer_diverged(struct trial_work *t, struct fray_err *err) {
  const struct fray_partition *p = t->partition;
  uint8_t *set;
  size_t majority;
  if (t->local.n_diverged == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(set, &t->arena, t->session->dataset->n_classes, err);
  FRAY_TRY(trial_constant(t, &t->arena, &majority, set, err));
  for (size_t c = 0; c < p->n_clients; c++)
    if (t->local.diverged[c])
      for (size_t i = p->own_first[c]; i < p->own_first[c + 1]; i++)
        answer_constant(t, i, majority, set);
  return FRAY_OK;
}

struct keeper {
  const char *folder;
  const struct fray_trial_file *part;
  const struct fray_dataset *dataset;
};

/* A checkpoint of data that changed meanwhile would be worse than none. */
static enum fray_status keep(void *user, const struct fray_local_only_state *state,
                             struct fray_err *err) {
  const struct keeper *k = user;
  FRAY_TRY(fray_dataset_check_unchanged(k->dataset, err));
  return fray_checkpoint_write_local(k->folder, k->part->name, k->part->evaluation, state, err);
}

/* The checkpoint carries answers and no models: a client that was judged is not needed again. */
static enum fray_status train(struct trial_work *t, const struct fray_federation *f,
                              const struct fray_evaluation_task *task, struct keeper *where,
                              struct fray_err *err) {
  struct fray_local_only_keeper keeper = {.keeper = where, .save = keep};
  struct fray_local_only_state state;
  bool found;
  FRAY_TRY(fray_checkpoint_read_local(where->folder, where->part->name, where->part->evaluation,
                                      f->clients->n, fray_evaluation_numbers(task), f->comm,
                                      &t->arena, &state, &found, err));
  keeper.from = found ? &state : NULL;
  return fray_train_local_only(f, task, t->partition->own_first, &keeper, &t->arena, &t->local,
                               err);
}

/* Rounds are the visits that each client trains for; none of them is better than another, as
 * nothing is selected. */
enum fray_status fray_trial_local_only(struct trial_work *t,
                                       const struct fray_federation *federation, const char *folder,
                                       const struct fray_trial_file *part, struct fray_err *err) {
  struct keeper where = {folder, part, t->session->dataset};
  const struct fray_evaluation_task task = {.model = t->model,
                                            .features = t->session->features,
                                            .n_modalities = t->session->dataset->n_modalities,
                                            .conditions = t->n_conditions,
                                            .under = t->judged[OWN].under,
                                            .scores = trial_wants_scores(t),
                                            .judge = &t->judge,
                                            .watch = t->watch};
  FRAY_TRY(train(t, federation, &task, &where, err));
  for (int s = 0; s < SELECTIONS; s++) /* nothing is selected: both are the last model */
    t->judged[OWN].answers[s] = t->local.answers;
  t->outcome = (struct fray_outcome){.rounds = t->local.visits, .best_round = t->local.visits};
  return answer_diverged(t, err);
}

/* What a trial costs, from what it passes through its model. docs/decisions/0020-teams.md */
#include "cost.h"

#include "fray/base/size.h"
#include "fray/fed/local_only.h"
#include "fray/fed/schedule.h"
#include "fray/tensor/blas.h"
#include "teams.h"

#include <math.h>
#include <stdlib.h>

/* Seconds of a core that multiplies at 100 GFLOP/s; the parameters' share as `fray bench` shows it
 * for the model vector-784: half a step of 0.12 ms and 1.3 ms for ten updates of 109,386. */
static const double per_flop = 1e-11, per_step = 0.5e-9, per_update = 1.2e-9;
/* Of a parameter in one mask of a secure sum, as `fray bench --only servers` has it. */
static const double per_mask = 0.5e-9;
/* Files of a trial: its part and two models. */
static const double per_trial = 5e-3;
/* A backward pass makes two products for each one of the forward pass. */
enum { TRAINING_PASSES = 3 };

/* Rounds that are evaluated; the last one always is. The division is rounded up, as a last part of
 * a period is evaluated at its end too. */
static double evaluations_of(const struct fray_scenario *config) {
  const int64_t rounds = config->training.rounds, every = config->evaluate.every;
  return (double)(rounds / every + (rounds % every != 0));
}

/* Clients that take part, summed over the rounds. local_epochs: what one client trains alone, the
 * same as it would on average in the federation. */
static enum fray_status count_places(const struct fray_training_config *training,
                                     const struct fray_partition *p, double *places,
                                     size_t *local_epochs, struct fray_err *err) {
  const size_t rounds = (size_t)training->rounds;
  struct fray_arena arena = {0};
  struct fray_cohort_schedule cohorts;
  enum fray_status status = FRAY_OK;
  const size_t arrivals = fray_algorithm_arrivals(&training->server.algorithm);
  /* Without cohorts a round is so many answers, however many are at work. Who stays away costs
   * nothing; how many that are is not known before the trial is prepared. */
  *places =
      (double)rounds *
      (double)(arrivals ? arrivals : fray_amount_of(training->clients_per_round, p->n_clients));
  if (fray_privacy_is_on(&training->privacy)) /* on average: each client comes or not, by itself */
    *places = (double)rounds * fray_federation_rate(training, p->n_clients) * (double)p->n_clients;
  if (training->cohorts)
    status =
        fray_cohorts_read(training->cohorts, rounds, p->name, p->n_clients, &arena, &cohorts, err);
  if (training->cohorts && status == FRAY_OK)
    *places = (double)cohorts.first[rounds];
  if (status == FRAY_OK)
    *local_epochs =
        fray_local_only_epochs(training, p->n_clients, training->cohorts ? &cohorts : NULL);
  fray_arena_free(&arena);
  return status;
}

/* Each client trains as long as it would in the federation, and answers its own samples. */
static void amounts_of_local_only(const struct fray_cell *cell, const struct fray_partition *p,
                                  double epochs, struct fray_trial_amounts *out) {
  const double batch = (double)cell->config.training.local.batch;
  for (size_t c = 0; c < p->n_clients; c++) {
    const size_t n = p->first[c + 1] - p->first[c];
    if (p->n_own == 0 || p->own_first[c + 1] == p->own_first[c])
      continue; /* it has nothing to be tested on and is not trained */
    out->trained += epochs * (double)n;
    out->steps += epochs * ceil((double)n / batch);
  }
  out->judged = (double)p->n_own;
}

/* Which clients take part is drawn later, so the mean over all of them stands for those of a round.
 * A part of a batch is a step as well. */
static void amounts_of_rounds(const struct fray_cell *cell, const struct fray_partition *p,
                              double places, struct fray_trial_amounts *out) {
  const struct fray_scenario *config = &cell->config;
  const double epochs = (double)config->training.local.epochs, clients = (double)p->n_clients;
  double steps = 0; /* of all clients, one epoch each */
  for (size_t c = 0; c < p->n_clients; c++)
    steps += ceil((double)(p->first[c + 1] - p->first[c]) / (double)config->training.local.batch);
  out->updates = places;
  /* Each client makes one for each of the round. */
  if (fray_secure_hides(&config->training.secure))
    out->masks = places * places / (double)config->training.rounds;
  out->trained = places * epochs * (double)p->first[p->n_clients] / clients;
  out->steps = places * epochs * steps / clients;
  /* Of the rounds about one in four is a new best one, if only those are tested. */
  const double tested = config->evaluate.test == FRAY_TEST_EVERY ? 1 : 0.25;
  out->evaluated = evaluations_of(config) * ((double)p->n_dev + tested * (double)p->n_test);
  out->judged = 2.0 * (double)(p->n_test + p->n_own); /* the selected and the last model */
}

/* Damage leaves less to encode, by modality, and each encoder has its own price. */
static double share_left(const struct fray_cell *cell, const struct fray_model_size *size) {
  double left = 0, all = 0;
  /* Before the first validation nothing is known of damage. */
  if (cell->is_known)
    for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++)
      if (size->modality[m] > 0 && !isnan(cell->left[m])) {
        left += size->modality[m] * cell->left[m];
        all += size->modality[m];
      }
  return all > 0 ? left / all : 1;
}

/* All entries are taken to act at test: one condition too many does less harm in a plan than one
 * that is missing. */
enum fray_status fray_trial_count(const struct fray_cell *cell, const struct fray_partition *p,
                                  const struct fray_model_size *size,
                                  struct fray_trial_amounts *out, struct fray_err *err) {
  double places;
  size_t epochs;
  *out = (struct fray_trial_amounts){0};
  FRAY_TRY(count_places(&cell->config.training, p, &places, &epochs, err));
  if (cell->local_only)
    amounts_of_local_only(cell, p, (double)epochs, out);
  else
    amounts_of_rounds(cell, p, places, out);
  const struct fray_membership_config *membership = &cell->config.membership;
  if (fray_membership_is_on(membership)) { /* they are asked about, and less is trained on */
    out->trained *= 1 - membership->held_out;
    out->steps *= 1 - membership->held_out;
  }
  out->shown = out->trained;
  out->trained *= share_left(cell, size);
  /* Beside the trial's own condition there is a clean one where it differs, and those of `tests`.
   */
  out->again = out->judged * (double)(cell->n_conditions + (cell->n_entries > 0));
  /* Once, as training left them: no condition of the tests is theirs. */
  if (fray_membership_is_on(membership) && !cell->local_only)
    out->judged += 2.0 * (double)p->first[p->n_clients];
  return FRAY_OK;
}

/* Passes cost operations; steps and updates go over every parameter besides, however few the
 * samples. */
double fray_amounts_cost(const struct fray_trial_amounts *a, const struct fray_model_size *size) {
  const double flops = size->pass * (TRAINING_PASSES * a->trained + a->evaluated + a->judged) +
                       size->classify * a->again;
  const double p = (double)size->parameters;
  return per_flop * flops + per_step * p * a->steps + per_update * p * a->updates +
         per_mask * p * a->masks + per_trial;
}

/* A cost is only ever compared with others of the study, so the machine does not matter. */
enum fray_status fray_trial_cost(const struct fray_study *study, const struct fray_trial *trial,
                                 struct fray_session *session, double *cost, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[trial->cell];
  const struct fray_partition *partition;
  struct fray_trial_amounts amounts;
  struct fray_model_size size;
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &partition, err));
  FRAY_TRY(fray_session_model_size(session, cell, &size, err));
  FRAY_TRY(fray_trial_count(cell, partition, &size, &amounts, err));
  *cost = fray_amounts_cost(&amounts, &size);
  return FRAY_OK;
}

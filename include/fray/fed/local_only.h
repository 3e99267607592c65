/* Local-only training: what each client would have without the federation. */
#ifndef FRAY_FED_LOCAL_ONLY_H
#define FRAY_FED_LOCAL_ONLY_H

#include "fray/fed/federation.h"

/** What local-only training leaves. Memory from the arena given to fray_train_local_only. */
struct fray_local_only_outcome {
  size_t epochs, visits;       /* of each client; visits: see below */
  size_t n_clients;            /* that have samples to be tested on; the others are not trained */
  size_t n_diverged;           /* of these */
  double flops;                /* operations of all their trainings; nothing is sent */
  uint8_t *diverged;           /* (clients) 1: nothing was answered for its samples */
  struct fray_answers answers; /* of all samples, each by the model of its client */
};

/** What became of a client so far. */
enum fray_local_only_end { FRAY_LOCAL_OPEN, FRAY_LOCAL_ANSWERED, FRAY_LOCAL_DIVERGED };

/** Local-only training between two clients. Borrowed. */
struct fray_local_only_state {
  size_t n_clients, n_numbers;
  const uint8_t *end;    /* (clients) enum fray_local_only_end; the same on every rank */
  const double *flops;   /* (n_clients) operations of who is not open; the same on every rank */
  const double *numbers; /* (n_numbers) the answers so far, as fray_evaluation holds them; NULL but
                            on rank 0 */
};
/** Who keeps it. */
struct fray_local_only_keeper {
  void *keeper;
  const struct fray_local_only_state *from; /* goes on from here; NULL: from the first client */
  /** Keeps the state when the watch says so; NULL: nothing is kept. On rank 0 only. */
  enum fray_status (*save)(void *keeper, const struct fray_local_only_state *state,
                           struct fray_err *err);
};
/** Epochs of each client: what one gets in the federation in expectation, rounds x (cohort /
 *  clients) x epochs, rounded up. cohorts: NULL, or what replays who takes part. */
size_t fray_local_only_epochs(const struct fray_training_config *training, size_t n_clients,
                              const struct fray_cohort_schedule *cohorts);

/** Trains a model for each client on its data alone, from the initial weights of the federation,
 *  and lets it answer the client's samples of the task: first[c] .. first[c + 1] - 1. Epochs come
 *  in visits of local.epochs (the last may be shorter), each as a round of the federation would be:
 *  the optimiser begins anew, and batches are drawn for (seed, client, visit, epoch). So of a
 * single client under fedavg the models are those of the federation. task->w is not used; dev and
 * test of the federation neither. Clients go to ranks longest first; nothing depends on which.
 *  Holds two models and the trainer's workspace, whatever the number of clients. STOPPED after the
 *  state was saved, when the watch says so; INTERNAL if the state given is none of this task. What
 *  is gone on with ends as if it had never stopped. Collective. */
enum fray_status fray_train_local_only(const struct fray_federation *federation,
                                       const struct fray_evaluation_task *task, const size_t *first,
                                       const struct fray_local_only_keeper *keeper,
                                       struct fray_arena *arena,
                                       struct fray_local_only_outcome *out, struct fray_err *err);

#endif

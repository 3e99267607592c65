/* Client: local training of one federated client. */
#ifndef FRAY_FED_CLIENT_H
#define FRAY_FED_CLIENT_H

#include "fray/data/features.h"
#include "fray/model/model.h"
#include "fray/nn/local.h"

/** The samples that a client trains on, as damage left them. Borrowed. */
struct fray_client {
  uint64_t source; /* keys its random streams */
  size_t n;
  const uint32_t *sample; /* (n) index into the data set */
  const uint8_t *present; /* (n) bit m */
  const int32_t *label;   /* (n) 0 .. classes-1; multi-label: 0 */
  const uint8_t *labels;  /* (n, classes) 0 or 1 if multi-label, else NULL */
};

struct fray_client_result {
  double loss_sum, sample_loss_sum; /* sums of batch losses, and of batch loss x batch size */
  size_t batches, samples;          /* steps taken, samples seen */
  bool finite;                      /* false: loss, gradient or update became NaN or infinite */
};

/** One rank's workspace for local training; reused for every client and round. */
struct fray_trainer {
  const struct fray_model *model;
  struct fray_features *features;
  const struct fray_local_config *config;
  size_t n_modalities;
  const double *positive_weight; /* (classes) of a loss of sets; set after the start; NULL: 1 */
  float *w, *grad;               /* (total) */
  float *state;                  /* (fray_local_state, total) of the optimiser */
  uint32_t *steps;               /* (tensors) that the optimiser took */
  struct fray_arena keep, step;
};
enum fray_status fray_trainer_start(struct fray_trainer *trainer, const struct fray_model *model,
                                    struct fray_features *features, size_t n_modalities,
                                    const struct fray_local_config *config, struct fray_err *err);
void fray_trainer_end(struct fray_trainer *trainer);

/** Trains from `global` (total) and writes update (total) = w_local - global. Batches are runs of
 *  `batch` of a permutation drawn from (seed, "batches", client, round, epoch); the last may be
 *  short. order: (n) positions that replace the permutation in every epoch (replays and tests), or
 *  NULL. When the result is not finite, training stops early and update is all zeros. */
enum fray_status fray_client_train(struct fray_trainer *trainer, const float *global,
                                   const struct fray_client *client, uint64_t seed, size_t round,
                                   const uint32_t *order, float *update,
                                   struct fray_client_result *result, struct fray_err *err);

/** Puts samples (with their presence bits) together as one model batch; memory from the arena. */
enum fray_status fray_batch_load(struct fray_features *features, size_t n_modalities,
                                 const uint32_t *sample, const uint8_t *present,
                                 const int32_t *label, size_t n, struct fray_arena *arena,
                                 struct fray_batch *out, struct fray_err *err);

#endif

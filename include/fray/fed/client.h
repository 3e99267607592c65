/* Client: local training of one federated client. */
#ifndef FRAY_FED_CLIENT_H
#define FRAY_FED_CLIENT_H

#include "fray/data/samples.h"
#include "fray/feature/features.h"
#include "fray/fed/algorithm.h"
#include "fray/model/model.h"
#include "fray/nn/optimiser.h"

/** A federated client: its samples as damage left them. It trains on those with a label, the first
 *  n_labelled; a client without any is never drawn. Borrowed. */
struct fray_client {
  uint64_t source; /* keys its random streams */
  struct fray_samples data;
};

/** All clients of a federation, as ranges of one list: a million of them cost some bytes each, so a
 *  struct fray_client is made when one is at work. Borrowed. */
struct fray_clients {
  size_t n, classes;
  const uint64_t *source;             /* (n) */
  const size_t *first;                /* (n) place of its first sample in `data` */
  const uint32_t *count, *n_labelled; /* (n) samples; those with a label, which come first */
  struct fray_samples data;
};
static inline struct fray_client fray_client_of(const struct fray_clients *clients, size_t c) {
  return (struct fray_client){.source = clients->source[c],
                              .data = fray_samples_slice(&clients->data, clients->first[c],
                                                         clients->count[c], clients->n_labelled[c],
                                                         clients->classes)};
}

struct fray_client_result {
  double loss_sum, sample_loss_sum; /* sums of batch losses, and of batch loss x batch size */
  size_t batches, samples;          /* steps taken, samples seen */
  double taught, values;            /* samples that moved the model, and their modalities */
  double flops;                     /* of its passes through the model, see fray/nn/flops.h */
  bool finite;                      /* false: loss, gradient or update became NaN or infinite */
};

/** One rank's workspace for local training; reused for every client and round. */
struct fray_trainer {
  const struct fray_model *model;
  struct fray_features *features;
  const struct fray_local_config *config;
  size_t n_modalities;
  const double *class_weight; /* (classes) see fray_objective; set after the start; NULL: 1 */
  const struct fray_variant *missing; /* of fray_missing_methods; set after the start; NULL: mask */
  float *w, *grad;                    /* (total) */
  double flops;                       /* of the visit at hand */
  struct fray_optimiser optimiser;
  struct fray_touched touched; /* of the last training that marked rows; bit NULL: no tensor is by
                                  rows */
  struct fray_touched *marks;  /* touched, in a visit that rests rows; else NULL */
  bool grad_rests, w_rests; /* grad is 0 outside of touched; w is what its visit received there */
  struct fray_arena keep, step;
};
enum fray_status fray_trainer_start(struct fray_trainer *trainer, const struct fray_model *model,
                                    struct fray_features *features, size_t n_modalities,
                                    const struct fray_local_config *config, struct fray_err *err);
void fray_trainer_end(struct fray_trainer *trainer);

/** Trains from `global` (total) and writes update (total) = w_local - global. Batches are runs of
 *  `batch` of a permutation drawn from (seed, "batches", client, round, epoch); the last may be
 *  short. order: (epochs, n) positions in place of the permutations (replays and tests), or NULL.
 * When the result is not finite, training stops early and update is all zeros. */
enum fray_status fray_client_train(struct fray_trainer *trainer, const float *global,
                                   const struct fray_client *client, uint64_t seed, size_t round,
                                   const uint32_t *order, float *update,
                                   struct fray_client_result *result, struct fray_err *err);

/** The same as an algorithm wants it. visit: source to up are given, the rest is set here; its
 *  vectors are those of the algorithm, which is NULL for plain training. When the result is not
 *  finite, all of up is zeros, and kept must be forgotten. */
enum fray_status fray_client_visit(struct fray_trainer *trainer, struct fray_visit *visit,
                                   struct fray_client_result *result, struct fray_err *err);
/** What the client's labelled samples add to the prototypes of the received model: sums
 *  (fray_model_prototype_sums). After the visit; one forward pass over the samples. */
enum fray_status fray_visit_prototypes(struct fray_visit *visit, float *sums, struct fray_err *err);
/** Optimiser steps of a visit: floor(work x all that its epochs have). */
size_t fray_visit_steps(const struct fray_local_config *local, size_t n_labelled, double work);
/** True if no client makes a second step in a round: then it never is away from the received model
 *  when its gradient is taken, and a pull to that model is 0. For ops->idle. */
bool fray_visits_are_one_step(const struct fray_local_config *local,
                              const struct fray_roster *roster);

/** Puts samples together as one model batch, each with the modalities that are present; memory from
 *  the arena. The labels are borrowed from `samples`. */
enum fray_status fray_batch_load(struct fray_features *features, size_t n_modalities,
                                 const struct fray_samples *samples, struct fray_arena *arena,
                                 struct fray_batch *out, struct fray_err *err);
/** The same for a model that reads samples in place, where each has its one modality: they are not
 *  copied, and the batch stays until the next one of these features. ahead (n_ahead): samples that
 *  will be asked for next. Otherwise as fray_batch_load. */
enum fray_status fray_batch_load_in_place(struct fray_features *features,
                                          const struct fray_samples *samples, const uint32_t *ahead,
                                          size_t n_ahead, struct fray_arena *arena,
                                          struct fray_batch *out, struct fray_err *err);

#endif

/* Local training of a client: its settings, and one step of its optimiser. */
#ifndef FRAY_NN_OPTIMISER_H
#define FRAY_NN_OPTIMISER_H

#include "fray/nn/touched.h"
#include "fray/schema/schema.h"

#include <stdbool.h>

/** Which samples an epoch shows: each once, or as many of each class that the client holds. */
enum fray_sampling { FRAY_SAMPLING_SHUFFLED, FRAY_SAMPLING_BALANCED };

/** Which rows of tensors by rows (fray/nn/params.h) have weight decay: those that a batch of the
 *  visit has named, from that step on, or all. */
enum fray_decay_rows { FRAY_DECAY_SEEN, FRAY_DECAY_ALL };

/** Section `training.local`. */
struct fray_local_config {
  int64_t epochs, batch;
  double lr, weight_decay;
  int weight_decay_rows;                 /* enum fray_decay_rows */
  double clip_norm;                      /* L2 norm over all parameters; 0 = off */
  struct fray_variant optimiser;         /* key `optimiser`: sgd, adam, adamw */
  struct fray_variant loss;              /* key `loss`, see fray/nn/loss.h */
  const struct fray_node *class_weights; /* of a loss of one label, see fray/nn/loss.h; NULL: 1 */
  int sampling;                          /* enum fray_sampling */
};
extern const struct fray_table fray_local_table;

/** Neighbouring parameters that are moved together: all are at their step-th step (from 1). */
struct fray_moved {
  size_t n;
  uint32_t step;
  float factor; /* the gradient is factor x grad */
  double decay; /* their weight decay: that of the section, or 0 */
  float *w;
  const float *grad;
  float *const *state; /* state[k] (n) is value k; all are 0 before the first step */
};

/** One optimiser (optimisers.def); choice->impl points here. */
struct fray_optimiser_ops {
  size_t state; /* values kept per parameter */
  void (*update)(const struct fray_local_config *config, const struct fray_moved *moved);
  /** Where `decay` is 0 it leaves a weight as it is whose gradients were all 0, to the bit. */
  bool rests;
  /** Whether it moves weights by -lr times the gradient, with these keys of its own; NULL: never.
   */
  bool (*is_plain)(const struct fray_local_config *config);
  /** With how many times lr each gradient of `steps` steps moves the weights, added up (||a||_1 of
   *  Wang et al. 2020, eq. 4); 0 or NULL: not known with these keys. */
  double (*length)(const struct fray_local_config *config, double steps);
};
enum { FRAY_OPTIMISER_STATE = 2 }; /* the largest `state` */

extern const struct fray_choices fray_optimisers; /* optimisers.def */

/** Vectors of `total` floats that the chosen optimiser keeps. */
size_t fray_optimiser_vectors(const struct fray_local_config *config);

/** Whether a step is exactly -lr times the gradient: the way that weights went is then the sum of
 * the gradients along it. If not, `why` (size bytes) gets the key and value that stands against it.
 */
bool fray_optimiser_is_plain(const struct fray_local_config *config, char *why, size_t size);

/** How many plain steps the way of `steps` steps is long, see the operation; 0, with the reason in
 *  `why` (size bytes), where clipping, weight decay or the optimiser leave no such number. */
double fray_optimiser_length(const struct fray_local_config *config, double steps, char *why,
                             size_t size);

/** An optimiser at work on one vector of weights. */
struct fray_optimiser {
  const struct fray_param_table *table;
  const struct fray_local_config *config;
  float *state;    /* (fray_optimiser_vectors, total) */
  uint32_t *steps; /* (tensors) taken; where it is 0, state is not read */
  /** Rows that batches have named since the restart. Of the others gradients were 0, and they rest,
   *  unless it says `whole`: then they move without weight decay. NULL: all may have been named.
   * Set after a restart; not `whole` only if fray_optimiser_rests. */
  const struct fray_touched *touched;
  uint64_t *ready; /* (words) lines whose state is kept; NULL where no tensor is by rows */
};
/** Whether rows that no batch named stay as they are as long as their gradients are 0. */
bool fray_optimiser_rests(const struct fray_local_config *config);
/** Whether a step must know which rows were named, even where gradients are not 0 elsewhere. */
bool fray_optimiser_asks_rows(const struct fray_local_config *config);
/** Memory from the arena. config is borrowed. MEMORY. */
enum fray_status fray_optimiser_new(const struct fray_param_table *table,
                                    const struct fray_local_config *config,
                                    struct fray_arena *arena, struct fray_optimiser *out,
                                    struct fray_err *err);
/** As if no step had been taken, and all may be touched. */
void fray_optimiser_restart(struct fray_optimiser *optimiser);
/** One step as PyTorch: clip_grad_norm_ (norm over blocks that took part; factor
 *  min(1, clip / (norm + 1e-6))), then torch.optim.SGD, Adam or AdamW. Returns the norm before
 *  clipping, or, where nothing is clipped, the largest value without its sign: either is finite as
 *  long as the gradient is. used: (modalities) blocks that took part; others rest (no decay, no
 * momentum, no step counted); NULL = all. w, grad (total). */
double fray_optimiser_step(struct fray_optimiser *optimiser, const bool *used, float *w,
                           const float *grad);

#endif

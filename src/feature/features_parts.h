/* The features of a data set as they lie open: for the files of this layer that work on them. */
#ifndef FRAY_FEATURE_FEATURES_PARTS_H
#define FRAY_FEATURE_FEATURES_PARTS_H

#include "fray/feature/features.h"
#include "recipe.h"
#include "row_slots.h"
#include "standard.h"

enum { BLOCK = 64 }; /* consecutive samples that are kept and dropped together */

/* What is kept, in the order of its use: blocks of undamaged samples, and damaged ones each alone,
 * as of those a batch rarely wants the neighbours. */
struct kept {
  struct kept *newer, *older;
  size_t bytes;
  bool is_block;
};

/* Each sample of a block is computed when it is first asked for: of a million clients a round
 * touches few samples, and their neighbours may never be needed. */
struct block {
  struct kept kept;
  size_t modality, index;
  float *x[BLOCK];      /* owned; NULL: not asked for yet */
  int32_t steps[BLOCK]; /* of each that is there */
};

struct damaged {
  struct kept kept;
  struct damaged *next; /* of its chain */
  uint64_t key;         /* what was done to it; see fray_signal_key */
  size_t modality, sample, steps;
  float *x;
};

struct fray_features {
  struct fray_dataset *dataset;
  struct recipe recipe[FRAY_MAX_MODALITIES];
  struct standard standard[FRAY_MAX_MODALITIES]; /* of those that learn */
  struct block **block[FRAY_MAX_MODALITIES];     /* (ceil(samples / BLOCK)) NULL if not kept */
  struct row_slots slots; /* where all rows are of one size: of a single modality without lengths */
  struct damaged **chain; /* (n_chains) a power of two; NULL: none was ever kept */
  size_t n_chains, n_damaged;
  struct kept *newest, *oldest;
  size_t bytes, limit;    /* of all that is kept, with its heads, and of what is lent */
  size_t lent, n_dropped; /* n_dropped: what ever left the cache */
  void *raw;              /* the longest sample of any modality, as the shard holds it */
  float *values;          /* a raw value on its way through damage, and behind it its features */
  size_t n_values;
  struct fray_arena scratch; /* of what damages */
};

/** Features of a sample, whatever happens to it, before they are standardised over the training
 *  set. *x stays until the next call. */
enum fray_status fetch_any(struct fray_features *features, size_t modality, size_t sample,
                           const struct fray_signal_plan *plan, const float **x, size_t *steps,
                           struct fray_err *err);
/** The undamaged features of a sample if they are kept, or NULL. Nothing is read, and it is no use.
 */
const float *peek(const struct fray_features *features, size_t modality, size_t sample);

#endif

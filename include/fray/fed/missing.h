/* Methods that cope with missing modalities: what training and test do where a sample lacks one.
 * One method to a file (missing.def). All fields unset is masking, and costs nothing. */
#ifndef FRAY_FED_MISSING_H
#define FRAY_FED_MISSING_H

#include "fray/model/model.h"
#include "fray/schema/schema.h"
#include "fray/schema/volume.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Which step a batch is of; keys the draws, so that they do not depend on ranks or schedule. */
struct fray_missing_step {
  uint64_t seed, who, when, step; /* of the trial; client's source; round; step of the visit */
  size_t n_modalities;
};

struct fray_missing_ops {
  /** What it asks of the model: sets values of the section that no key of it sets, or that one may.
   *  NULL: nothing. */
  void (*shape)(const void *params, struct fray_model_config *model);
  /** Before a training batch is put together: may clear bits of present (n), bit m of each sample
   *  says that it has modality m. A sample that had some and is left none is not in the batch; one
   *  sample at least must stay. NULL: nothing is taken away. */
  void (*drop)(const void *params, const struct fray_missing_step *step, size_t n,
               uint8_t *present);
  /** As that of struct fray_algorithm_ops. */
  struct fray_volume (*volume)(const void *params);
};

/** Section `training.missing`. */
struct fray_missing_config {
  struct fray_variant kind;
};
extern const struct fray_table fray_missing_table;

/** The model's section with what the method asks of it. */
static inline void fray_missing_shape(const struct fray_missing_config *missing,
                                      struct fray_model_config *model) {
  const struct fray_missing_ops *ops = missing->kind.choice->impl;
  if (ops->shape)
    ops->shape(missing->kind.params, model);
}

extern const struct fray_choices fray_missing_methods; /* missing.def */

#endif

/* Blocks of samples as the model encodes them, and what of an encoding serves another one. */
#ifndef FED_JUDGE_BLOCK_ENCODING_H
#define FED_JUDGE_BLOCK_ENCODING_H

#include "fray/fed/evaluate.h"

/** A block that was encoded, for what others share with it. */
struct block_base {
  const struct fray_encoded *encoded; /* NULL: there is none */
  const struct fray_signal_plan *signal;
};

/** The encoding of samples first .. first+n-1 that serves the most conditions: that of undamaged
 *  values, or of the first condition; as somebody keeps it, whole or in part. */
enum fray_status block_base_encode(const struct fray_evaluation_task *t, size_t first, size_t n,
                                   struct fray_arena *work, struct block_base *out,
                                   struct fray_err *err);
/** The block with its values as the plan damages them; what the base has of it is shared. */
enum fray_status block_encode(const struct fray_evaluation_task *t,
                              const struct fray_signal_plan *signal, size_t first, size_t n,
                              const struct block_base *base, struct fray_arena *arena,
                              struct fray_encoded **out, struct fray_err *err);
/** The block by each other model that the judge asks; *out is NULL where it asks none. */
enum fray_status block_encode_others(const struct fray_evaluation_task *t,
                                     const struct fray_signal_plan *signal, size_t first, size_t n,
                                     struct fray_arena *work, struct fray_encoded ***out,
                                     struct fray_err *err);

/* kept_codes.c: tokens that outlive an evaluation. */

/** The kept tokens of block b of the task's list, (modalities) each maybe NULL; NULL: none can be.
 */
enum fray_status kept_codes_of(const struct fray_evaluation_task *t, size_t b,
                               struct fray_kept_tokens ***out, struct fray_err *err);
/** Keeps what was encoded, of modalities that stay, in the places that kept_codes_of gave; those in
 *  `had` are there already. */
enum fray_status kept_codes_add(const struct fray_evaluation_task *t,
                                const struct fray_encoded *encoded, unsigned had,
                                struct fray_kept_tokens **kept, struct fray_err *err);

#endif

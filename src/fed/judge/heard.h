/* Sequences among the answers of an evaluation. */
#ifndef FED_JUDGE_HEARD_H
#define FED_JUDGE_HEARD_H

#include "fray/fed/evaluate.h"

/** Answers to samples first .. first+n-1 of a block that was encoded: said (n, fray_said_width) as
 *  bit patterns in doubles, nll (n) NaN. Memory from the pass's arena. */
enum fray_status say_sequences(const struct fray_evaluation_task *t, size_t first, size_t n,
                               const struct fray_encoded *encoded, const uint8_t *present,
                               const struct fray_pass *pass, double *said, double *nll,
                               struct fray_err *err);

#endif

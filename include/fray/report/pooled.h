/* Results as a report reads them: the folds of one plan are one training, answers of which that
 * diverged are those of its constant predictor. For instruments whose numbers are to be those of
 * the report. */
#ifndef FRAY_REPORT_POOLED_H
#define FRAY_REPORT_POOLED_H

#include "fray/results/answers.h"

/** As fray_rep_results_read_seeds of all seeds, then pooled. Whatever the result, call the free
 *  afterwards; arena: outlives the results. */
enum fray_status fray_pooled_read(const char *folder, struct fray_arena *arena,
                                  struct fray_rep_results *out, struct fray_err *err);
void fray_pooled_free(struct fray_rep_results *results);
/** As those of fray/results/answers.h, of the test samples of its trials. */
const char *fray_pooled_status(const struct fray_rep_results *results);
enum fray_status fray_pooled_clients(const struct fray_rep_results *results,
                                     const struct fray_rep_clients **out, struct fray_err *err);
enum fray_status fray_pooled_answers(const struct fray_rep_results *results, size_t trial,
                                     const struct fray_rep_answers **out, struct fray_err *err);
/** What the constant predictor reaches where like is (condition, severity, group, metric; of its
 *  trial, of another with its seed, of any); NaN: it has no such number. */
double fray_pooled_chance(const struct fray_rep_results *results,
                          const struct fray_rep_score *like);
/** Codes of the samples (NULL: all of them count) and the one that is of "COLUMN=VALUE", or of
 *  "all"; false if the answers do not know it. */
bool fray_pooled_group(const struct fray_rep_answers *answers, const char *group,
                       const int32_t **code, int32_t *value);

#endif

/* The answers of a study's trials, where those of pooled folds stand together as one trial's. */
#ifndef REPORT_ANSWER_FILE_H
#define REPORT_ANSWER_FILE_H

#include "fray/results/answers.h"

/** The reader of the predictions of a study. */
struct fray_rep_file;

/** Opens RESULTS/results.h5, as fray_answer_file_open does. r must outlive it. */
enum fray_status fray_rep_file_open(const struct fray_rep_results *r, struct fray_rep_file **out,
                                    struct fray_err *err);
void fray_rep_file_close(struct fray_rep_file *file);
/** As those of fray/results/answers.h, of trials of r. Answers of folds are those of the test
 *  samples of each, one fold behind the other; a fold that diverged answers as the constant
 *  predictor, with scores that are NaN. Valid until the next call of either. */
const char *fray_rep_file_status(const struct fray_rep_file *file);
enum fray_status fray_rep_file_clients(struct fray_rep_file *file, enum fray_rep_samples samples,
                                       const struct fray_rep_clients **out, struct fray_err *err);
void fray_rep_file_in_order(struct fray_rep_file *file, bool in_order);
enum fray_status fray_rep_file_answers(struct fray_rep_file *file, enum fray_rep_samples samples,
                                       size_t trial, const struct fray_rep_answers **out,
                                       struct fray_err *err);
enum fray_status fray_rep_file_scores(struct fray_rep_file *file, enum fray_rep_samples samples,
                                      size_t trial, bool last, size_t condition,
                                      struct fray_arena *arena, const float **out,
                                      struct fray_err *err);
enum fray_status fray_rep_file_sources(struct fray_rep_file *file, enum fray_rep_samples samples,
                                       size_t trial, struct fray_arena *arena,
                                       const char *const **out, struct fray_err *err);
/** Trainings whose part is damaged, and the first complaint. */
size_t fray_rep_file_damage(const struct fray_rep_file *file, const char **complaint);

#endif

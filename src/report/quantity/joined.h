/* Answers of several folds as those of one training. */
#ifndef REPORT_JOINED_H
#define REPORT_JOINED_H

#include "fray/results/answers.h"

/** Which trainings: places in the trials of the file, whose results tell which of them diverged. */
struct fray_rep_parts {
  struct fray_answer_file *file;
  const struct fray_rep_results *of;
  const size_t *part;
  size_t n;
};

/** Their answers, one part behind the other, in arena. Status other than "ok" when one of them has
 *  none, or when they differ in classes, conditions or kinds of labels. Group columns are those
 *  that all of them have. A part that diverged answers as its constant predictor, where that is
 *  known. begin: (n + 1) first sample of each part, or NULL. MEMORY. */
enum fray_status fray_rep_join(const struct fray_rep_parts *parts, enum fray_rep_samples samples,
                               struct fray_arena *arena, struct fray_rep_answers *out,
                               const size_t **begin, struct fray_err *err);
/** Their scores likewise; NULL unless all have them. Of a part that diverged they are NaN. */
enum fray_status fray_rep_join_scores(const struct fray_rep_parts *parts,
                                      enum fray_rep_samples samples, bool last, size_t condition,
                                      struct fray_arena *arena, const float **out,
                                      struct fray_err *err);

#endif

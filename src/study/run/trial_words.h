/* What people are shown of a trial while a study runs. */
#ifndef FRAY_STUDY_RUN_TRIAL_WORDS_H
#define FRAY_STUDY_RUN_TRIAL_WORDS_H

#include "fray/results/trial_file.h"
#include "fray/study/study.h"

/** What a finished trial reached, by what stands in its part. */
struct fray_trial_score {
  double value;   /* first metric, selected model, condition `trial`; NaN: undefined */
  uint64_t round; /* that was selected; 0: there is none */
};
struct fray_trial_score fray_trial_score_of(const struct fray_trial_file *part);

/** "attention, lost 30 %, seed 2": what tells it from the other trials of its study. Plain text of
 *  the scenario, not made safe. */
void fray_trial_words(const struct fray_study *study, size_t trial, struct fray_text *out);
/** "accuracy 81.7 %", or "nll 0.412": a value of a cell's i-th metric. */
void fray_trial_put_score(const struct fray_cell *cell, size_t metric, double value,
                          struct fray_text *out);

#endif

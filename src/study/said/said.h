/* Sequences in a study: what goes with them, and what results keep of them. */
#ifndef STUDY_SAID_H
#define STUDY_SAID_H

#include "study/scenario/scenario.h"

#include "fray/data/dataset.h"
#include "fray/fed/evaluate.h"
#include "fray/results/models.h"
#include "fray/results/trial_file.h"

/** INPUT where the data have sequences, or have none, and a key of the cell is of the other sort.
 */
enum fray_status fray_cell_check_sequences(const struct fray_cell *cell,
                                           const struct fray_dataset *data, struct fray_err *err);

/** Samples with a label whose words take more steps than they have, or which lack what is heard
 *  (*unheard of them, may be NULL): their loss is infinite, and training leaves them out. */
size_t spoken_unfit(const struct fray_model *model, const struct fray_features *features,
                    const struct fray_samples *samples, size_t *unheard);

/** Samples whose answers are kept. Borrowed. */
struct spoken_panel {
  const char *name; /* of the panel: where the data sets go */
  const struct fray_samples *of;
  const struct fray_answers *answers; /* (FRAY_SELECTIONS); NULL: the trial diverged */
  size_t n_conditions;
};
/** Adds words, said (both ragged: NAME_offset beside them) and edits of a panel to the part, whose
 *  memory they take. */
enum fray_status spoken_add(const struct fray_dataset *data, const struct spoken_panel *panel,
                            struct fray_trial_file *part, struct fray_err *err);

#endif

/* A results folder with all that its quantities need: the tables, the predictions, the draws. */
#include "read_study.h"

#include "fold_plan.h"
#include "store.h"

#include "fray/base/file.h"
#include "fray/h5/h5.h"

/* While there is little to copy: tables of large studies take a hundred megabytes, which the reader
 * would hold, too, as soon as this process writes there. A folder that is none is refused by who
 * reads it. */
static enum fray_status begin_reader(const char *folder, struct fray_arena *arena,
                                     struct fray_err *err) {
  const char *answers = fray_arena_printf(arena, "%s/results.h5", folder);
  FRAY_CHECK(answers, err, MEMORY, "out of memory");
  return fray_file_exists(answers) ? fray_h5_begin(err) : FRAY_OK;
}

/* Draws are keyed by the numbers of seeds and clients, so both stores draw alike where these
 * agree. */
enum fray_status fray_rep_study_read(const char *folder, const struct fray_rep_names *seeds,
                                     struct fray_arena *arena, struct fray_rep_results *out,
                                     struct fray_err *err) {
  FRAY_TRY(begin_reader(folder, arena, err));
  FRAY_TRY(fray_rep_results_read_seeds(folder, seeds, arena, out, err));
  FRAY_TRY(fray_rep_pool_folds(out, err));
  /* Controls are a study of their own, with predictions of their own trials. */
  if (out->controls)
    FRAY_TRY(fray_rep_store_make(out->controls, err));
  return fray_rep_store_make(out, err);
}

void fray_rep_study_free(struct fray_rep_results *study) {
  if (!study)
    return;
  fray_rep_store_free(study->store);
  if (study->controls) /* whose tables are those of the study */
    fray_rep_store_free(study->controls->store);
  fray_rep_results_free(study);
}

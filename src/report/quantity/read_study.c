/* A results folder with all that its quantities need: the tables, the predictions, the draws; and
 * what other layers see of it, read by the same code as what a page shows. */
#include "read_study.h"

#include "fold_plan.h"
#include "store.h"
#include "view.h"

#include "fray/base/file.h"
#include "fray/h5/h5.h"
#include "fray/report/pooled.h"

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

/* ---- for other layers ---- */

/* Of all seeds: an instrument speaks of the study as it is. */
enum fray_status fray_pooled_read(const char *folder, struct fray_arena *arena,
                                  struct fray_rep_results *out, struct fray_err *err) {
  return fray_rep_study_read(folder, NULL, arena, out, err);
}

void fray_pooled_free(struct fray_rep_results *results) {
  fray_rep_study_free(results);
}

/* The store has the file open for as long as the study lives. */
const char *fray_pooled_status(const struct fray_rep_results *results) {
  return fray_rep_file_status(fray_rep_store_file(results));
}

enum fray_status fray_pooled_clients(const struct fray_rep_results *results,
                                     const struct fray_rep_clients **out, struct fray_err *err) {
  return fray_rep_file_clients(fray_rep_store_file(results), FRAY_REP_TEST, out, err);
}

enum fray_status fray_pooled_answers(const struct fray_rep_results *results, size_t trial,
                                     const struct fray_rep_answers **out, struct fray_err *err) {
  return fray_rep_file_answers(fray_rep_store_file(results), FRAY_REP_TEST, trial, out, err);
}

/* The cell is not looked at, since the score names its trial. */
double fray_pooled_chance(const struct fray_rep_results *results,
                          const struct fray_rep_score *like) {
  const struct fray_rep_address at = {.condition = like->condition,
                                      .severity = like->severity,
                                      .group = like->group,
                                      .metric = like->metric,
                                      .last = like->last};
  return fray_rep_chance_at(results, like->trial, &at);
}

/* A value that no sample has is as unknown as a column that is not there: nothing is of it. */
bool fray_pooled_group(const struct fray_rep_answers *answers, const char *group,
                       const int32_t **code, int32_t *value) {
  struct fray_rep_view view = {.group = -1};
  const bool known = fray_rep_group_in(answers, group, &view);
  *code = view.code;
  *value = view.group;
  return known;
}

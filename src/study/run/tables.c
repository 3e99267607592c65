/* What a study tells the results layer, so that the folder gets its tables and its provenance. */
#include "run.h"

#include "fray/base/size.h"
#include "fray/results/assembly.h"
#include "fray/results/data_sets.h"
#include "fray/results/provenance.h"
#include "study/scenario/scenario.h"
#include "this_environment.h"

/* Cells may differ in entries and metrics; the first cell gives the columns, checked before. */
static enum fray_status take_words(const struct fray_study *study, struct fray_arena *arena,
                                   struct fray_column_words *out, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_strings *metrics = &cell->config.evaluate.metrics;
  const char **id;
  FRAY_ALLOC(id, arena, cell->n_entries + 1, err);
  for (size_t e = 0; e < cell->n_entries; e++)
    id[e] = cell->entry[e]->id;
  *out = (struct fray_column_words){.key = study->key,
                                    .n_keys = study->n_keys,
                                    .id = id,
                                    .n_ids = cell->n_entries,
                                    .metric = metrics->v,
                                    .n_metrics = metrics->n};
  return FRAY_OK;
}

/* The results layer knows nothing of cells: here they become rows. */
static enum fray_status assemble(const struct fray_study *study, const struct fray_plan *plan,
                                 const char *folder, struct fray_arena *arena,
                                 struct fray_err *err) {
  struct fray_assembly assembly = {.n = study->n_trials};
  struct fray_assembly_trial *trial;
  FRAY_TRY(take_words(study, arena, &assembly.words, err));
  FRAY_ALLOC(trial, arena, study->n_trials + 1, err);
  for (size_t i = 0; i < study->n_trials; i++) {
    const size_t self = study->trial[i].cell;
    const struct fray_cell *cell = &study->cell[self];
    trial[i] = (struct fray_assembly_trial){.name = plan->name[i],
                                            .evaluation = plan->evaluation[i],
                                            .control = cell->control,
                                            .value = cell->value,
                                            .repeats = cell->twin != self,
                                            .shares_ledger = plan->work[i] == FRAY_WORK_DUPLICATE};
  }
  assembly.trial = trial;
  return fray_results_assemble(&assembly, folder, err);
}

enum fray_status fray_study_assemble(const struct fray_study *study, const struct fray_plan *plan,
                                     const char *folder, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = assemble(study, plan, folder, &arena, err);
  fray_arena_free(&arena);
  return status;
}

enum fray_status fray_study_provenance(const struct fray_study *study,
                                       const struct fray_session *session, const char *command,
                                       int ranks, struct fray_provenance *out,
                                       struct fray_err *err) {
  *out = (struct fray_provenance){.study = study->name,
                                  .command = command,
                                  .ranks = ranks,
                                  .dataset = session->dataset,
                                  .data = study->data,
                                  .here = fray_this_environment(err)};
  return out->here ? FRAY_OK : err->status;
}

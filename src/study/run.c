/* Running a study: one trial after another over all ranks. */
#include "folder.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct progress {
  const struct fray_study *study;
  size_t trial; /* index */
  size_t rounds_done, rounds_left;
  double start, trial_start;
  double dev; /* metric of the trial's last evaluated round */
  const char *metric;
};

static const char *clock_text(double seconds, char out[32]) {
  if (!(seconds >= 0 && seconds < 3.6e6))
    snprintf(out, 32, "-:--");
  else if (seconds < 3600)
    snprintf(out, 32, "%d:%02d", (int)(seconds / 60), (int)seconds % 60);
  else
    snprintf(out, 32, "%dh%02d", (int)(seconds / 3600), (int)(seconds / 60) % 60);
  return out;
}

static enum fray_round_end show_round(void *user, const struct fray_round_row *row) {
  struct progress *p = user;
  const struct fray_cell *cell = &p->study->cell[p->study->trial[p->trial].cell];
  char left[32];
  if (row->evaluated)
    p->dev = row->dev[0];
  p->rounds_done++;
  p->rounds_left--;
  double rate = (double)p->rounds_done / (fray_seconds() - p->start);
  char dev[32] = "-"; /* until the first evaluation */
  if (!isnan(p->dev))
    snprintf(dev, sizeof dev, "%.3f", p->dev);
  fray_progress(5.0, "trial %zu/%zu  round %zu/%lld  loss %.3f  dev %s %s  %.1f rounds/s  %s left",
                p->trial + 1, p->study->n_trials, row->round,
                (long long)cell->config.training.rounds, row->train_loss, p->metric, dev, rate,
                clock_text((double)p->rounds_left / rate, left));
  return FRAY_ROUND_GO_ON;
}

static void cell_text(const struct fray_study *study, const struct fray_cell *cell, char *out,
                      size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s%s", cell->control, *cell->control ? " " : "");
  for (size_t k = 0; k < study->n_keys && used < size; k++)
    used += (size_t)snprintf(out + used, size - used, "%s=%s ", study->key[k], cell->value[k]);
}

static void show_trial(const struct progress *p, const struct fray_part *part, bool trained) {
  const struct fray_trial *trial = &p->study->trial[p->trial];
  char cell[256];
  cell_text(p->study, &p->study->cell[trial->cell], cell, sizeof cell);
  fray_note("[%zu/%zu] %sseed %llu: %s in %.1f s", p->trial + 1, p->study->n_trials, cell,
            (unsigned long long)trial->seed,
            part->diverged ? "DIVERGED"
            : trained      ? "done"
                           : "evaluated anew",
            fray_seconds() - p->trial_start);
}

/* Opens and checks what a trial needs, before anything is written. */
static enum fray_status validate(struct fray_study *study, struct fray_session *session, size_t i,
                                 struct fray_plan *plan, struct fray_err *err) {
  const struct fray_trial *trial = &study->trial[i];
  const struct fray_cell *cell = &study->cell[trial->cell];
  FRAY_TRY(fray_session_open(session, cell, err));
  enum fray_status status =
      fray_study_follow_task(study, trial->cell, session->dataset->multi_label, err);
  if (status == FRAY_OK && i % study->n_seeds == 0) /* a cell's first seed stands for the others */
    status = fray_trial_validate(study, trial, session, err);
  if (status == FRAY_OK)
    status = fray_trial_name(study, trial, session, plan->name[i], err);
  if (status == FRAY_OK)
    status = fray_evaluation_name(cell, plan->evaluation[i], err);
  return fray_comm_agree(session->comm, status, err);
}

enum fray_status fray_plan_make(struct fray_study *study, struct fray_session *session,
                                struct fray_plan *plan, struct fray_err *err) {
  FRAY_TRY(fray_study_add_controls(study, session, err));
  FRAY_ALLOC(plan->name, &study->arena, study->n_trials, err);
  FRAY_ALLOC(plan->evaluation, &study->arena, study->n_trials, err);
  FRAY_ALLOC(plan->work, &study->arena, study->n_trials, err);
  for (size_t i = 0; i < study->n_trials; i++)
    FRAY_TRY(validate(study, session, i, plan, err));
  return FRAY_OK;
}

/* What is left to do for a trial. Rank 0. */
static enum fray_status look(const struct fray_plan *plan, size_t i, const char *folder,
                             uint8_t *work, struct fray_err *err) {
  struct fray_part_state part;
  FRAY_TRY(fray_part_look(folder, plan->name[i], &part, err));
  if (part.exists && strcmp(part.evaluation, plan->evaluation[i]) == 0)
    *work = FRAY_WORK_NONE;
  else
    *work = part.exists && part.has_models ? FRAY_WORK_EVALUATE : FRAY_WORK_TRAIN;
  return FRAY_OK;
}

enum fray_status fray_plan_look(const struct fray_study *study, struct fray_session *session,
                                const char *folder, struct fray_plan *plan, struct fray_err *err) {
  bool root = fray_comm_rank(session->comm) == 0;
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; root && status == FRAY_OK && i < study->n_trials; i++)
    status = look(plan, i, folder, &plan->work[i], err);
  FRAY_TRY(fray_comm_agree(session->comm, status, err));
  fray_comm_broadcast(session->comm, plan->work, study->n_trials * sizeof *plan->work, 0);
  memset(plan->count, 0, sizeof plan->count);
  for (size_t i = 0; i < study->n_trials; i++)
    plan->count[plan->work[i]]++;
  return FRAY_OK;
}

enum fray_status fray_plan_check(const struct fray_study *study, struct fray_session *session,
                                 const char *folder, const struct fray_plan *plan,
                                 struct fray_err *err) {
  for (size_t i = 0; i < study->n_trials; i++) {
    const struct fray_trial *trial = &study->trial[i];
    if (plan->work[i] != FRAY_WORK_EVALUATE)
      continue;
    enum fray_status status = fray_session_open(session, &study->cell[trial->cell], err);
    if (status == FRAY_OK && fray_comm_rank(session->comm) == 0)
      status = fray_trial_check_kept(study, trial, session, folder, plan->name[i], err);
    FRAY_TRY(fray_comm_agree(session->comm, status, err));
  }
  return FRAY_OK;
}

/* Cells that differ only in paths to equal content share a trial, which the first of them did. */
static enum fray_status is_done_now(const struct fray_plan *plan, size_t i, const char *folder,
                                    struct fray_comm *comm, bool *out, struct fray_err *err) {
  uint8_t work = FRAY_WORK_NONE;
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0)
    status = look(plan, i, folder, &work, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, &work, sizeof work, 0);
  *out = work == FRAY_WORK_NONE;
  return FRAY_OK;
}

/* Local-only training has no rounds to show. */
static size_t rounds_of(const struct fray_study *study, size_t trial) {
  const struct fray_cell *cell = &study->cell[study->trial[trial].cell];
  return cell->local_only ? 0 : (size_t)cell->config.training.rounds;
}

/* True for a control that an earlier cell is already: they share their trials. */
static bool is_twin(const struct fray_study *study, size_t trial) {
  size_t cell = study->trial[trial].cell;
  return study->cell[cell].twin != cell;
}

static enum fray_status do_trial(struct progress *p, const struct fray_plan *plan, size_t i,
                                 struct fray_session *session, const char *folder,
                                 struct fray_err *err) {
  const struct fray_study *study = p->study;
  const struct fray_trial *trial = &study->trial[i];
  const bool trains = plan->work[i] == FRAY_WORK_TRAIN;
  struct fray_part part = {0};
  p->trial = i;
  p->trial_start = fray_seconds();
  p->dev = NAN;
  size_t planned_left = p->rounds_left - (trains ? rounds_of(study, i) : 0); /* may diverge early */
  memcpy(part.name, plan->name[i], sizeof part.name);
  memcpy(part.evaluation, plan->evaluation[i], sizeof part.evaluation);
  if (!trains)
    fray_progress(5.0, "trial %zu/%zu  judging its kept models", i + 1, study->n_trials);
  enum fray_status status = fray_session_open(session, &study->cell[trial->cell], err);
  if (status == FRAY_OK && trains)
    status = fray_trial_run(study, trial, session, folder,
                            &(struct fray_watch){.user = p, .round = show_round}, &part, err);
  else if (status == FRAY_OK)
    status = fray_trial_evaluate(study, trial, session, folder, &part, err);
  if (status == FRAY_OK)
    show_trial(p, &part, trains);
  p->rounds_left = planned_left;
  fray_part_free(&part);
  if (status != FRAY_OK)
    return fray_at(err, "trial %s (seed %llu)", plan->name[i], (unsigned long long)trial->seed);
  return FRAY_OK;
}

enum fray_status fray_plan_do(const struct fray_study *study, struct fray_session *session,
                              const struct fray_plan *plan, const char *folder,
                              struct fray_err *err) {
  struct progress p = {.study = study, .metric = study->cell[0].metric[0]->name};
  for (size_t i = 0; i < study->n_trials; i++)
    if (plan->work[i] == FRAY_WORK_TRAIN && !is_twin(study, i))
      p.rounds_left += rounds_of(study, i);
  if (plan->count[FRAY_WORK_TRAIN] < study->n_trials)
    fray_note("%zu trial%s: %zu finished already and kept, %zu to evaluate anew, %zu to train",
              study->n_trials, study->n_trials == 1 ? "" : "s", plan->count[FRAY_WORK_NONE],
              plan->count[FRAY_WORK_EVALUATE], plan->count[FRAY_WORK_TRAIN]);
  p.start = fray_seconds();
  for (size_t i = 0; i < study->n_trials; i++) {
    bool done = plan->work[i] == FRAY_WORK_NONE;
    if (!done)
      FRAY_TRY(is_done_now(plan, i, folder, session->comm, &done, err));
    if (!done)
      FRAY_TRY(do_trial(&p, plan, i, session, folder, err));
  }
  return FRAY_OK;
}

static enum fray_status run_claimed(const struct fray_study *study, struct fray_session *session,
                                    const struct fray_run_options *options, struct fray_plan *plan,
                                    const char *folder, struct fray_err *err) {
  bool root = fray_comm_rank(session->comm) == 0;
  enum fray_status status = FRAY_OK;
  if (root)
    status =
        fray_provenance_write(study, session, options, fray_comm_size(session->comm), folder, err);
  FRAY_TRY(fray_comm_agree(session->comm, status, err));
  FRAY_TRY(fray_plan_look(study, session, folder, plan, err)); /* again, now that it is ours */
  FRAY_TRY(fray_plan_do(study, session, plan, folder, err));
  if (root)
    status = fray_results_assemble(study, plan, folder, err);
  if (root && status == FRAY_OK)
    status = fray_state_write(folder, "done", err);
  return fray_comm_agree(session->comm, status, err);
}

static const char *choose_folder(struct fray_study *study, const struct fray_run_options *options) {
  if (options->out)
    return options->out;
  return fray_arena_printf(&study->arena, "results/%s", study->name);
}

static enum fray_status run(struct fray_study *study, struct fray_session *session,
                            const struct fray_run_options *options, const char *folder,
                            struct fray_err *err) {
  struct fray_comm *comm = session->comm;
  bool root = fray_comm_rank(comm) == 0;
  enum fray_status status = FRAY_OK;
  int lock = -1;
  struct fray_plan plan = {0};
  FRAY_TRY(fray_environment_agree(comm, err));
  if (root)
    status = fray_folder_check(folder, options, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_plan_make(study, session, &plan, err));
  if (options->resume) {
    status = root ? fray_folder_environment(folder, err) : FRAY_OK;
    FRAY_TRY(fray_comm_agree(comm, status, err));
    FRAY_TRY(fray_plan_look(study, session, folder, &plan, err));
    FRAY_TRY(fray_plan_check(study, session, folder, &plan, err));
  }
  if (root)
    status = fray_folder_claim(folder, options, study, &lock, err);
  status = fray_comm_agree(comm, status, err);
  bool claimed = status == FRAY_OK;
  if (claimed)
    status = run_claimed(study, session, options, &plan, folder, err);
  /* "Invalid input" promises that nothing was written; from here on that is no longer so. */
  if (claimed && status == FRAY_INPUT)
    status = err->status = FRAY_IO;
  if (claimed && status != FRAY_OK && root) {
    char text[2048];
    snprintf(text, sizeof text, "failed: %s", err->text);
    fray_state_write(folder, text, NULL);
  }
  fray_progress_end();
  fray_unlock(lock);
  return status;
}

enum fray_status fray_study_run(struct fray_study *study, const struct fray_run_options *options,
                                struct fray_comm *comm, const char **folder, struct fray_err *err) {
  struct fray_session session = {.comm = comm};
  *folder = choose_folder(study, options);
  FRAY_CHECK(*folder, err, MEMORY, "out of memory");
  fray_progress_show(options->progress);
  enum fray_status status = run(study, &session, options, *folder, err);
  fray_session_close(&session);
  return status;
}

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
  size_t trial, done, fresh; /* index; trials finished (with those kept); trained in this run */
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

static void show_round(void *user, const struct fray_round_row *row) {
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
}

static void cell_text(const struct fray_study *study, const struct fray_cell *cell, char *out,
                      size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s%s", cell->control, *cell->control ? " " : "");
  for (size_t k = 0; k < study->n_keys && used < size; k++)
    used += (size_t)snprintf(out + used, size - used, "%s=%s ", study->key[k], cell->value[k]);
}

static void show_trial(const struct progress *p, const struct fray_part *part) {
  const struct fray_trial *trial = &p->study->trial[p->trial];
  char cell[256];
  cell_text(p->study, &p->study->cell[trial->cell], cell, sizeof cell);
  bool diverged = part->trial.data && strstr(part->trial.data, ",diverged,");
  fray_note("[%zu/%zu] %sseed %llu: %s in %.1f s", p->trial + 1, p->study->n_trials, cell,
            (unsigned long long)trial->seed, diverged ? "DIVERGED" : "done",
            fray_seconds() - p->trial_start);
}

/* Opens and checks what every trial needs, before anything is written. */
static enum fray_status validate(struct fray_study *study, struct fray_session *session,
                                 char (*names)[17], struct fray_err *err) {
  for (size_t i = 0; i < study->n_trials; i++) {
    const struct fray_trial *trial = &study->trial[i];
    const struct fray_cell *cell = &study->cell[trial->cell];
    FRAY_TRY(fray_session_open(session, cell, err));
    enum fray_status status =
        fray_study_follow_task(study, trial->cell, session->dataset->multi_label, err);
    if (status == FRAY_OK &&
        i % study->n_seeds == 0) /* a cell's first seed stands for the others */
      status = fray_trial_validate(study, trial, session, err);
    if (status == FRAY_OK)
      status = fray_trial_name(study, trial, session, names[i], err);
    FRAY_TRY(fray_comm_agree(session->comm, status, err));
  }
  return FRAY_OK;
}

/* Rank 0 looks; all act on its answer. */
static bool part_exists(struct fray_comm *comm, const char *folder, const char *name) {
  char path[4096], file[64];
  uint8_t answer = 0;
  snprintf(file, sizeof file, "parts/%s.h5", name);
  if (fray_comm_rank(comm) == 0 && fray_folder_path(folder, file, path, NULL) == FRAY_OK)
    answer = fray_file_exists(path);
  fray_comm_broadcast(comm, &answer, sizeof answer, 0);
  return answer;
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

static enum fray_status run_trials(const struct fray_study *study, struct fray_session *session,
                                   const char (*names)[17], const char *folder,
                                   struct fray_err *err) {
  struct progress p = {.study = study, .metric = study->cell[0].metric[0]->name};
  size_t kept = 0;
  for (size_t i = 0; i < study->n_trials; i++) {
    if (part_exists(session->comm, folder, names[i]))
      kept++;
    else if (!is_twin(study, i))
      p.rounds_left += rounds_of(study, i);
  }
  if (kept)
    fray_note("%zu of %zu trials are finished already and kept", kept, study->n_trials);
  p.start = fray_seconds();
  for (size_t i = 0; i < study->n_trials; i++) {
    if (part_exists(session->comm, folder, names[i]))
      continue;
    struct fray_part part = {0};
    const struct fray_trial *trial = &study->trial[i];
    p.trial = i;
    p.trial_start = fray_seconds();
    p.dev = NAN;
    size_t planned_left = p.rounds_left - rounds_of(study, i); /* a trial may end early: diverged */
    memcpy(part.name, names[i], sizeof part.name);
    enum fray_status status = fray_session_open(session, &study->cell[trial->cell], err);
    if (status == FRAY_OK)
      status = fray_trial_run(study, trial, session, folder, show_round, &p, &part, err);
    if (status == FRAY_OK)
      show_trial(&p, &part);
    p.rounds_left = planned_left;
    fray_part_free(&part);
    if (status != FRAY_OK)
      return fray_at(err, "trial %s (seed %llu)", names[i], (unsigned long long)trial->seed);
  }
  return FRAY_OK;
}

static enum fray_status run_claimed(const struct fray_study *study, struct fray_session *session,
                                    const struct fray_run_options *options, const char (*names)[17],
                                    const char *folder, struct fray_err *err) {
  bool root = fray_comm_rank(session->comm) == 0;
  enum fray_status status = FRAY_OK;
  if (root)
    status =
        fray_provenance_write(study, session, options, fray_comm_size(session->comm), folder, err);
  FRAY_TRY(fray_comm_agree(session->comm, status, err));
  FRAY_TRY(run_trials(study, session, names, folder, err));
  if (root)
    status = fray_results_assemble(study, names, folder, err);
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
  char(*names)[17];
  FRAY_CHECK(fray_comm_same(comm, fray_numeric_environment(NULL)), err, INPUT,
             "the ranks have different numeric environments (program, OpenBLAS kernel, vector "
             "level or libc); run on machines of one kind, or pin OPENBLAS_CORETYPE on all");
  if (root)
    status = fray_folder_check(folder, options, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_study_add_controls(study, session, err));
  FRAY_ALLOC(names, &study->arena, study->n_trials, err);
  FRAY_TRY(validate(study, session, names, err));
  if (root)
    status = fray_folder_claim(folder, options, study, &lock, err);
  status = fray_comm_agree(comm, status, err);
  bool claimed = status == FRAY_OK;
  if (claimed)
    status = run_claimed(study, session, options, (const char(*)[17])names, folder, err);
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

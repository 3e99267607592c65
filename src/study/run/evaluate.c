/* More test conditions and groups for the finished trials of a results folder; no training.
 *
 * Everything that can be wrong is found before the first file changes. From there on the scenario
 * comes last, so that a call that was killed is finished by the same call. */
#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/stop.h"
#include "fray/json/json.h"
#include "fray/results/data_sets.h"
#include "fray/results/folder.h"
#include "fray/results/run_state.h"
#include "run.h"
#include "study/scenario/scenario.h"
#include "this_environment.h"

#include <stdio.h>
#include <string.h>

struct work {
  const char *folder;
  const struct fray_evaluate_options *options;
  struct fray_session session;
  struct fray_study *study;
  struct fray_plan plan;
};

static bool is_root(const struct work *w) {
  return fray_comm_rank(w->session.comm) == 0;
}

/* The file says where the shards were; that they moved is the likely reason if they are not there.
 * /. A path that the scenario holds is absolute and of the machine of the run, so moved data are
 * the common case. The text is added to the message that is there. */
static enum fray_status open_data(struct work *w, struct fray_err *err) {
  enum fray_status status = fray_session_open(&w->session, &w->study->cell[0], err);
  size_t used = strlen(err->text);
  if (status == FRAY_INPUT)
    snprintf(err->text + used, sizeof err->text - used,
             "; if the data moved, --set data.shards=PATH says where to");
  return status;
}

/* Why a trial of the scenario cannot be judged. Rank 0. From the likely reason that is cheapest to
 * tell to the last one: broken part, a cell without models, models that were not kept, other data,
 * and a trial that is simply not finished. */
static enum fray_status explain(struct work *w, size_t trial, struct fray_err *err) {
  struct fray_trial_file_state part;
  char path[4096], here[32];
  fray_json *root;
  const char *name = w->plan.name[trial];
  FRAY_TRY(fray_trial_file_look(w->folder, name, &part, err));
  FRAY_CHECK(!part.broken, err, INPUT, "%s; fray run --resume makes that trial anew", part.why);
  const struct fray_cell *cell = &w->study->cell[w->study->trial[trial].cell];
  const bool is_private = cell->config.training.own.blocks.n > 0;
  FRAY_CHECK(
      !part.exists || !cell->local_only, err, INPUT,
      "%s: the control local_only keeps no models; fray run --resume with these tests judges "
      "the others and trains it anew",
      w->folder);
  FRAY_CHECK(!part.exists || !fray_cell_has_own_models(cell), err, INPUT,
             "%s: the clients' own models (training.%s%s) are not kept; fray run --resume with "
             "these tests "
             "judges the others and trains them anew",
             w->folder, is_private ? "private" : "server: ",
             is_private ? "" : cell->config.training.server.algorithm.choice->name);
  FRAY_CHECK(!part.exists || cell->config.evaluate.models == FRAY_MODELS_KEEP, err, INPUT,
             "%s: the run kept %s (evaluate.models: %s), and new tests are judged on the selected "
             "and the last model of each trial; fray run --resume with these tests and "
             "--set evaluate.models=keep trains them anew",
             w->folder,
             cell->config.evaluate.models == FRAY_MODELS_NONE ? "no models"
                                                              : "the selected models alone",
             cell->config.evaluate.models == FRAY_MODELS_NONE ? "none" : "best");
  FRAY_CHECK(!part.exists, err, INPUT,
             "%s/models holds no model of trial %s; fray run --resume trains it anew", w->folder,
             name);
  FRAY_TRY(fray_folder_path(w->folder, "provenance.json", path, err));
  FRAY_TRY(fray_json_read(path, FRAY_PROVENANCE_BYTES, &root, err));
  snprintf(here, sizeof here, "%016llx",
           (unsigned long long)fray_data_sets_index(w->study->data, w->session.dataset));
  const char *then = fray_json_text(fray_json_get(root, "data_index_hash"));
  enum fray_status status = FRAY_OK;
  if (then && strcmp(then, here) != 0)
    status = fray_fail(err, FRAY_INPUT,
                       "%s: another data set than that of the results (hash of its index %s, there "
                       "%.16s)",
                       w->study->cell[w->study->trial[trial].cell].config.data.shards, here, then);
  fray_json_free(root);
  FRAY_TRY(status);
  return fray_fail(err, FRAY_INPUT,
                   "%s: %zu of %zu trials are not finished, trial %s is the first; fray run "
                   "--resume finishes them (--set may only say where data lie)",
                   w->folder, w->plan.count[FRAY_WORK_TRAIN], w->study->n_trials, name);
}

/* Evaluating never trains: a trial without its part or models ends it, with the reason why it has
 * none. The data of that trial are opened for the hash of their index, which only they can tell. */
static enum fray_status refuse_training(struct work *w, struct fray_err *err) {
  size_t i = 0;
  if (w->plan.count[FRAY_WORK_TRAIN] == 0)
    return FRAY_OK;
  /* There is one: the count says so. */
  while (w->plan.work[i] != FRAY_WORK_TRAIN)
    i++;
  FRAY_TRY(fray_session_open(&w->session, &w->study->cell[w->study->trial[i].cell], err));
  return fray_comm_agree(w->session.comm, is_root(w) ? explain(w, i, err) : FRAY_OK, err);
}

/* All that can be wrong with what is given, before anything is changed. The environment comes
 * before the scenario is read: what follows could not be trusted to give the same numbers.
 * same_data says whether kept answers may be used, and must be the same on all ranks. */
static enum fray_status prepare(struct work *w, struct fray_err *err) {
  struct fray_additions more = {.path = w->options->tests, .groups = w->options->groups};
  struct fray_comm *comm = w->session.comm;
  char path[4096];
  FRAY_TRY(fray_folder_path(w->folder, "scenario.yaml", path, err));
  enum fray_status status =
      is_root(w)
          ? fray_folder_environment(w->folder, fray_this_environment(NULL), w->options->mixed, err)
          : FRAY_OK;
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_study_load_more(path, w->options->sets, w->options->n_sets, &more, comm, &w->study,
                                err));
  /* Judging allows for other last digits then. */
  w->study->mixed = w->options->mixed;
  FRAY_TRY(open_data(w, err));
  FRAY_TRY(fray_plan_make(w->study, &w->session, &w->plan, err));
  bool *same = &w->study->same_data;
  status = is_root(w) ? fray_data_sets_check(w->study->data, w->folder, same, err) : FRAY_OK;
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, same, sizeof *same, 0);
  FRAY_TRY(fray_plan_look(w->study, &w->session, &fray_default_pace, w->folder, &w->plan, err));
  FRAY_TRY(refuse_training(w, err));
  return fray_plan_check(w->study, &w->session, w->folder, &w->plan, err);
}

/* The scenario comes last: until then the same call finds the same work, or finds it done. */
static enum fray_status finish(const struct work *w, struct fray_err *err) {
  FRAY_TRY(fray_study_assemble(w->study, &w->plan, w->folder, err));
  FRAY_TRY(fray_provenance_note(w->folder, w->options->command, fray_comm_size(w->session.comm),
                                fray_this_environment(NULL), err));
  FRAY_TRY(fray_folder_describe(w->folder, w->study, err));
  FRAY_TRY(fray_checksums_settle(w->folder, err));
  return fray_state_write(w->folder, "done", err);
}

/* The state says running before the first part is replaced: a kill from here on must be seen. */
static enum fray_status judge(struct work *w, struct fray_err *err) {
  struct fray_pace pace = fray_default_pace;
  pace.stall = w->options->stall;
  struct fray_comm *comm = w->session.comm;
  enum fray_status status = is_root(w) ? fray_state_write(w->folder, "running", err) : FRAY_OK;
  FRAY_TRY(fray_comm_agree(comm, status, err));
  if (is_root(w))
    fray_plan_tell(w->study, &w->plan, &pace);
  FRAY_TRY(
      fray_plan_do(w->study, &w->session, &w->plan, &pace, w->folder, w->options->command, err));
  return fray_comm_agree(comm, is_root(w) ? finish(w, err) : FRAY_OK, err);
}

/* "Invalid input" promises that nothing was changed; from here on that is no longer so. The folder
 * is told only what happened after the first write: before that it was and stays a finished one. */
static enum fray_status judge_and_say(struct work *w, struct fray_err *err) {
  enum fray_status status = judge(w, err);
  fray_stall_end();
  if (status == FRAY_INPUT)
    status = err->status = FRAY_IO;
  if (status != FRAY_OK && is_root(w)) {
    fray_state_end(w->folder, err);
  }
  return status;
}

static enum fray_status lock_results(const char *folder, int *lock, struct fray_err *err) {
  FRAY_TRY(fray_folder_results(folder, err));
  return fray_folder_lock(folder, true, lock, err);
}

/* The lock is taken before anything is read, so that no run changes the folder in between. Signals
 * are caught from the start, so that one that comes while files are read ends it in order as well.
 * Everything is released in any case, the lock last. */
enum fray_status fray_study_evaluate(const char *folder,
                                     const struct fray_evaluate_options *options,
                                     struct fray_comm *comm, struct fray_err *err) {
  struct work w = {.folder = folder, .options = options, .session = {.comm = comm}};
  int lock = -1;
  FRAY_TRY(fray_environment_agree(comm, err));
  fray_stop_catch();
  enum fray_status status = is_root(&w) ? lock_results(folder, &lock, err) : FRAY_OK;
  status = fray_comm_agree(comm, status, err);
  fray_progress_show(options->progress);
  if (status == FRAY_OK)
    status = prepare(&w, err);
  if (status == FRAY_OK)
    status = judge_and_say(&w, err);
  fray_progress_end();
  fray_session_close(&w.session);
  fray_study_free(w.study);
  fray_unlock(lock);
  return status;
}

/* Running a study: the folder is claimed, the plan is done, the tables are put together.
 *
 * Until the folder is claimed nothing is written, and what is wrong is wrong input; from then on
 * it is a fault of the run, which the folder remembers. */
#include "run.h"
#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/results/data_sets.h"
#include "fray/results/folder.h"
#include "fray/results/run_state.h"
#include "fray/results/run_status.h"
#include "metrics_log.h"
#include "study/scenario/scenario.h"
#include "this_environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left when the trials are done. A share has no tables, unless the folder holds the other
 * shares' trials as well. Checksums come behind everything that they list, the state behind them:
 * `done` promises a folder that can be verified. */
static enum fray_status finish(const struct fray_study *study, const struct fray_plan *plan,
                               const struct fray_pace *pace, const char *folder,
                               struct fray_err *err) {
  char text[64] = "done";
  if (pace->shares && plan->count[FRAY_WORK_ELSEWHERE])
    snprintf(text, sizeof text, "done: share %d/%d", pace->share, pace->shares);
  else
    FRAY_TRY(fray_study_assemble(study, plan, folder, err));
  FRAY_TRY(fray_folder_tidy(folder, err));
  FRAY_TRY(fray_checksums_settle(folder, err));
  return fray_state_write(folder, text, err);
}

static enum fray_status write_provenance(const struct fray_study *study,
                                         const struct fray_session *session,
                                         const struct fray_run_options *options, const char *folder,
                                         struct fray_err *err) {
  struct fray_provenance facts = {0};
  enum fray_status status = fray_study_provenance(study, session, options->command,
                                                  fray_comm_size(session->comm), &facts, err);
  if (status == FRAY_OK)
    status = fray_provenance_write(&facts, folder, err);
  fray_text_free(&facts.starts);
  return status;
}

/* The plan is looked at again: between the first look and the lock another run may have finished
 * trials here. */
static enum fray_status run_claimed(const struct fray_study *study, struct fray_session *session,
                                    const struct fray_run_options *options, struct fray_plan *plan,
                                    const char *folder, struct fray_err *err) {
  bool root = fray_comm_rank(session->comm) == 0;
  enum fray_status status = FRAY_OK;
  if (root)
    status = write_provenance(study, session, options, folder, err);
  FRAY_TRY(fray_comm_agree(session->comm, status, err));
  FRAY_TRY(fray_plan_look(study, session, &options->pace, folder, plan, err)); /* now it is ours */
  if (root)
    fray_plan_tell(study, plan, &options->pace);
  FRAY_TRY(fray_plan_do(study, session, plan, &options->pace, folder, options->again, err));
  if (root)
    status = finish(study, plan, &options->pace, folder, err);
  /* The others sleep meanwhile: tables of thousands of trials take their time, and two cores. */
  fray_comm_meet(session->comm, NULL, NULL);
  return fray_comm_agree(session->comm, status, err);
}

/* Whether a file would lie in a folder, by whatever names. By the real path of its parent folder,
 * as the file itself may not be there yet; a parent that is not there either is refused when the
 * file is opened. */
static bool is_in(const char *path, const char *folder) {
  char parent[4096], a[PATH_MAX], b[PATH_MAX];
  const char *slash = strrchr(path, '/');
  int length = slash ? (int)(slash - path) + 1 : 0;
  snprintf(parent, sizeof parent, "%s%.*s", slash ? "" : ".", length, path);
  return strcmp(path, "-") != 0 && realpath(parent, a) && realpath(folder, b) && strcmp(a, b) == 0;
}

/* A team cannot be larger than all ranks. */
static void warn_of_size(const struct fray_pace *pace, const struct fray_comm *comm) {
  int ranks = fray_comm_size(comm);
  if (pace->ranks_per_trial > ranks)
    fray_warn("--ranks-per-trial %d: this run has %d rank%s, so there is one team, of all",
              pace->ranks_per_trial, ranks, ranks == 1 ? "" : "s");
}

/* A wrong name is to be told before anything is written. Rank 0. */
static enum fray_status try_metrics(const struct fray_study *study, const char *path,
                                    const char *folder, struct fray_err *err) {
  struct fray_metrics_log *log = NULL;
  if (!path)
    return FRAY_OK;
  FRAY_CHECK(!is_in(path, folder), err, INPUT,
             "--metrics %s lies in the results folder, which holds what fray knows and nothing "
             "else; take a file beside it",
             path);
  if (fray_metrics_open(path, study, &log, err) != FRAY_OK)
    return err->status = FRAY_INPUT;
  return fray_metrics_close(log, err);
}

/* Below results/, as documentation says, and never beside the scenario. */
static const char *choose_folder(struct fray_study *study, const struct fray_run_options *options) {
  if (options->out)
    return options->out;
  return fray_arena_printf(&study->arena, "results/%s", study->name);
}

/* Teams of ranks with another folder, or another idea of what to do with it, would write elsewhere.
 */
static enum fray_status options_agree(const struct fray_run_options *o, const char *folder,
                                      struct fray_comm *comm, struct fray_err *err) {
  char words[64];
  snprintf(words, sizeof words, "%d %d %d/%d", o->resume, o->overwrite, o->pace.share,
           o->pace.shares);
  FRAY_CHECK(
      fray_comm_same(comm, fray_hash_text(folder) ^ fray_hash_text(words)), err, INPUT,
      "the ranks were given different -o, --resume, --overwrite or --share; all must run the "
      "same command");
  return FRAY_OK;
}

/* Data that a plan cannot be made of any more are told by what became of them: "no test samples" is
 * what is left when the shard that held them is gone. */
static void name_change(const struct fray_study *study, const char *folder, struct fray_err *err) {
  struct fray_err why = {0};
  bool same;
  if (study->data && fray_data_sets_check(study->data, folder, &same, &why) == FRAY_INPUT)
    *err = why;
}

/* A study that is run anew has nothing to be held against; only --resume looks at what the folder
 * was made with. The last check before the claim is the metrics file, since trying it makes it. */
static enum fray_status run(struct fray_study *study, struct fray_session *session,
                            const struct fray_run_options *options, const char *folder,
                            struct fray_err *err) {
  struct fray_comm *comm = session->comm;
  bool root = fray_comm_rank(comm) == 0;
  enum fray_status status = FRAY_OK;
  int lock = -1;
  struct fray_plan plan = {0};
  FRAY_TRY(fray_environment_agree(comm, err));
  FRAY_TRY(options_agree(options, folder, comm, err));
  if (!options->resume) /* what was begun with such a mixture can be ended */
    FRAY_TRY(fray_study_check_amounts(study, err));
  if (root)
    status = fray_folder_check(folder, options, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  status = fray_plan_make(study, session, &plan, err);
  if (status == FRAY_INPUT && options->resume && root)
    name_change(study, folder, err);
  FRAY_TRY(status);
  study->mixed = options->mixed;
  if (options->resume) {
    status = root
                 ? fray_folder_environment(folder, fray_this_environment(NULL), options->mixed, err)
                 : FRAY_OK;
    if (root && status == FRAY_OK)
      status = fray_data_sets_check(study->data, folder, &study->same_data, err);
    FRAY_TRY(fray_comm_agree(comm, status, err));
    fray_comm_broadcast(comm, &study->same_data, sizeof study->same_data, 0);
    FRAY_TRY(fray_plan_look(study, session, &options->pace, folder, &plan, err));
    FRAY_TRY(fray_plan_check(study, session, folder, &plan, err));
  }
  status = root ? try_metrics(study, options->pace.metrics, folder, err) : FRAY_OK;
  if (root && status == FRAY_OK && !options->resume) /* what was begun there can be ended */
    status = fray_data_sets_apart(study->data, folder, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  warn_of_size(&options->pace, comm);
  if (root)
    status = fray_folder_claim(folder, options, study, &lock, err);
  status = fray_comm_agree(comm, status, err);
  /* From here on the folder is changed. */
  bool claimed = status == FRAY_OK;
  if (claimed)
    status = run_claimed(study, session, options, &plan, folder, err);
  fray_stall_end(); /* begun with the work, it also looks on while tables are made */
  /* "Invalid input" promises that nothing was written; from here on that is no longer so. */
  if (claimed && status == FRAY_INPUT)
    status = err->status = FRAY_IO;
  if (claimed && status != FRAY_OK && root)
    fray_state_end(folder, err);
  fray_progress_end();
  fray_unlock(lock);
  return status;
}

/* The session is closed whatever happened: files of shards stay open no longer than their run. */
enum fray_status fray_study_run(struct fray_study *study, const struct fray_run_options *options,
                                struct fray_comm *comm, const char **folder, struct fray_err *err) {
  struct fray_session session = {.comm = comm};
  *folder = choose_folder(study, options);
  FRAY_CHECK(*folder, err, MEMORY, "out of memory");
  fray_progress_show(options->progress);
  fray_stop_catch();
  enum fray_status status = run(study, &session, options, *folder, err);
  fray_session_close(&session);
  return status;
}

/* The plan of a study: names of its trials, what they cost, and what is left to do for each.
 *
 * What is done is found by name: a name is a hash of all that a result depends on, so a file of
 * that name is that result, whoever made it. */
#include "plan.h"
#include "forecast.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/results/folder.h"
#include "study/scenario/scenario.h"
#include "study/trial/checkpoint.h"
#include "teams.h"
#include "trial_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct fray_pace fray_default_pace = {.checkpoint_seconds = 600, .deadline = INFINITY};

/* Who is tested says which values of a group there are to go through. */
enum fray_status fray_plan_groups(struct fray_study *study, struct fray_session *session,
                                  size_t trial, struct fray_err *err) {
  const struct fray_trial *t = &study->trial[trial];
  const struct fray_partition *partition;
  if (!fray_cell_asks_groups(&study->cell[t->cell]))
    return FRAY_OK;
  FRAY_TRY(
      fray_session_partition(session, &study->cell[t->cell], t->partition_seed, &partition, err));
  return fray_study_follow_groups(study, t->cell, session->dataset, partition, err);
}

/* Opens and checks what a trial needs, before anything is written. The order matters: the loss that
 * follows from the data is a part of the name, and the outlook of the cell, on which memory
 * depends, comes from the first seed. data_key is there once the session is open. */
static enum fray_status validate_trial(struct fray_study *study, struct fray_session *session,
                                       size_t i, struct fray_plan *plan, struct fray_err *err) {
  const struct fray_trial *trial = &study->trial[i];
  const struct fray_cell *cell = &study->cell[trial->cell];
  FRAY_TRY(fray_session_open(session, cell, err));
  enum fray_status status = fray_study_follow_task(study, trial->cell, session->dataset, err);
  if (status == FRAY_OK)
    status = fray_plan_groups(study, session, i, err);
  status = fray_comm_agree(session->comm, status, err); /* what is validated is learnt together */
  if (status == FRAY_OK && i % study->n_seeds == 0) /* a cell's first seed stands for the others */
    status = fray_trial_validate(study, trial, session, err);
  if (status == FRAY_OK && i % study->n_seeds == 0)
    status = fray_cell_fits(cell, trial, session, fray_comm_size(session->comm), err);
  if (status == FRAY_OK)
    status = fray_trial_name(study, trial, session, plan->name[i], err);
  if (status == FRAY_OK)
    status = fray_evaluation_name(cell, plan->evaluation[i], err);
  if (status == FRAY_OK)
    status = fray_trial_cost(study, trial, session, &plan->cost[i], err);
  plan->data[i] = fray_hash64(session->data_key, strlen(session->data_key));
  if (status == FRAY_OK && (i == 0 || plan->data[i] != plan->data[i - 1]))
    status = fray_titles_meet(study, session->dataset, err);
  if (status == FRAY_OK && fray_stop_asked())
    status = fray_fail(err, FRAY_STOPPED, "%s while the study was planned; nothing was begun",
                       fray_stop_name(fray_stop_asked()));
  if (status != FRAY_OK)
    fray_cell_named(study, cell, err);
  return fray_comm_agree(session->comm, status, err);
}

/* All ranks have the same text by now, and the same tree. */
static enum fray_status validate(struct fray_study *study, struct fray_session *session, size_t i,
                                 struct fray_plan *plan, struct fray_err *err) {
  const enum fray_status status = validate_trial(study, session, i, plan, err);
  return status == FRAY_OK ? FRAY_OK : fray_cell_locate(&study->cell[study->trial[i].cell], err);
}

/* Controls may have left data of one modality open, so those of the first cell are opened again, of
 * which the message is to speak. */
enum fray_status fray_plan_titles(struct fray_study *study, struct fray_session *session,
                                  struct fray_err *err) {
  FRAY_TRY(fray_session_open(session, &study->cell[0], err));
  return fray_comm_agree(session->comm, fray_titles_all_met(study, session->dataset, err), err);
}

/* Controls first: they add trials, by whose number the arrays are made. */
enum fray_status fray_plan_make(struct fray_study *study, struct fray_session *session,
                                struct fray_plan *plan, struct fray_err *err) {
  FRAY_TRY(fray_study_add_controls(study, session, err));
  FRAY_ALLOC(plan->name, &study->arena, study->n_trials, err);
  FRAY_ALLOC(plan->evaluation, &study->arena, study->n_trials, err);
  FRAY_ALLOC(plan->cost, &study->arena, study->n_trials, err);
  FRAY_ALLOC(plan->data, &study->arena, study->n_trials, err);
  FRAY_ALLOC_ZERO(plan->work, &study->arena, study->n_trials, err);
  FRAY_ALLOC_ZERO(plan->seen, &study->arena, study->n_trials, err);
  FRAY_ALLOC_ZERO(plan->kept_rounds, &study->arena, study->n_trials, err);
  FRAY_TRY(fray_host_find(session, err));
  for (size_t i = 0; i < study->n_trials; i++)
    FRAY_TRY(validate(study, session, i, plan, err));
  FRAY_TRY(fray_plan_titles(study, session, err));
  plan->cohort = study->cell[0].outlook->most; /* it stands for all */
  return fray_plan_same(study, plan, session->comm, err);
}

/* What is left to do for a trial. Rank 0. A broken part does not exist as far as the plan goes, and
 * its trial is trained again. What was whole at the last look, and is the same file, is not read
 * again: a run looks before it has the lock and after. */
static enum fray_status look(const struct fray_study *study, struct fray_plan *plan, size_t i,
                             const char *folder, struct fray_err *err) {
  struct fray_trial_file_state part;
  plan->kept_rounds[i] = 0;
  if (plan->seen[i] && plan->seen[i] == fray_trial_file_seen(folder, plan->name[i])) {
    plan->work[i] = FRAY_WORK_NONE;
    return FRAY_OK;
  }
  FRAY_TRY(fray_trial_file_look(folder, plan->name[i], &part, err));
  plan->unsealed += part.exists && !part.is_sealed;
  if (part.broken && plan->broken++ == 0)
    memcpy(plan->why, part.why, sizeof plan->why);
  if (part.exists && strcmp(part.evaluation, plan->evaluation[i]) == 0) {
    plan->work[i] = FRAY_WORK_NONE;
    plan->seen[i] = part.is_sealed ? part.seen : 0;
    return FRAY_OK;
  }
  const bool asks_own = fray_cell_has_own_models(&study->cell[study->trial[i].cell]);
  plan->work[i] =
      part.exists && part.has_models && !asks_own ? FRAY_WORK_EVALUATE : FRAY_WORK_TRAIN;
  /* Of a trial that is only judged no checkpoint matters. */
  if (plan->work[i] == FRAY_WORK_TRAIN)
    plan->kept_rounds[i] = fray_checkpoint_progress(folder, plan->name[i], plan->evaluation[i]);
  /* A checkpoint of more rounds than the scenario has is not used: the trial starts anew. */
  const size_t rounds = fray_plan_rounds(study, plan, i);
  if (rounds && plan->kept_rounds[i] > rounds)
    plan->kept_rounds[i] = 0;
  return FRAY_OK;
}

/* Equal names with equal marks: of one name and different tests, both would write the same part,
 * which is refused where tables are made. */
static void mark_duplicates(struct fray_plan *plan, const struct fray_named_trial *list, size_t n) {
  for (size_t k = 1; k < n; k++)
    if (strcmp(list[k].name, list[k - 1].name) == 0 &&
        strcmp(plan->evaluation[list[k].trial], plan->evaluation[list[k - 1].trial]) == 0)
      plan->work[list[k].trial] = FRAY_WORK_DUPLICATE;
}

/* Deals the trials, longest first, up and down the shares, so that these take equally long. It is
 * the same on each machine and at each resume: what is done already is dealt too. */
static enum fray_status mark_shares(struct fray_plan *plan, const struct fray_pace *pace, size_t n,
                                    struct fray_err *err) {
  size_t *order = malloc(FRAY_MAX(n, (size_t)1) * sizeof *order), dealt = 0;
  const size_t shares = (size_t)pace->shares;
  FRAY_CHECK(order, err, MEMORY, "out of memory");
  fray_teams_order(plan->cost, n, order);
  for (size_t k = 0; k < n; k++) {
    uint8_t *work = &plan->work[order[k]];
    if (*work == FRAY_WORK_DUPLICATE)
      continue;
    /* Up and down: the share that got the longest of one lap gets the shortest of the next. */
    size_t lap = dealt / shares, at = dealt % shares;
    size_t share = lap % 2 ? shares - 1 - at : at;
    dealt++;
    if (*work != FRAY_WORK_NONE && share + 1 != (size_t)pace->share)
      *work = FRAY_WORK_ELSEWHERE;
  }
  free(order);
  return FRAY_OK;
}

/* Parts that a scenario left behind which has changed since. They are left where they are and cost
 * nothing; a folder that cannot be listed has none, as this is only told. */
static size_t count_foreign(const char *folder, const struct fray_named_trial *list, size_t n) {
  char path[4096], **files = NULL;
  size_t n_files = 0, foreign = 0;
  if (fray_folder_path(folder, "parts", path, NULL) != FRAY_OK || !fray_is_folder(path) ||
      fray_file_list(path, ".h5", &files, &n_files, NULL) != FRAY_OK)
    return 0;
  for (size_t k = 0; k < n_files; k++) {
    char name[17] = "";
    const char *base = strrchr(files[k], '/');
    snprintf(name, sizeof name, "%s", base ? base + 1 : files[k]);
    foreign += fray_trial_names_find(list, n, name) == n;
  }
  fray_names_free(files, n_files);
  return foreign;
}

/* On rank 0, which alone needs to see the folder; the outcome is sent to the others. */
static enum fray_status look_at_all(const struct fray_study *study, struct fray_plan *plan,
                                    const struct fray_pace *pace, const char *folder,
                                    struct fray_err *err) {
  const size_t n = study->n_trials;
  struct fray_arena arena = {0};
  struct fray_named_trial *list = NULL;
  enum fray_status status = fray_trial_names_sort(plan, n, &arena, &list, err);
  plan->broken = plan->unsealed = 0;
  for (size_t i = 0; status == FRAY_OK && i < n; i++)
    status = look(study, plan, i, folder, err);
  if (status == FRAY_OK) {
    mark_duplicates(plan, list, n);
    plan->foreign = count_foreign(folder, list, n);
    if (pace->shares > 0)
      status = mark_shares(plan, pace, n, err);
  }
  fray_arena_free(&arena);
  return status;
}

/* All ranks count alike from what rank 0 found, so that they agree on what is left without asking
 * again. */
enum fray_status fray_plan_look(const struct fray_study *study, struct fray_session *session,
                                const struct fray_pace *pace, const char *folder,
                                struct fray_plan *plan, struct fray_err *err) {
  struct fray_comm *comm = session->comm;
  const size_t n = study->n_trials;
  enum fray_status status =
      fray_comm_rank(comm) == 0 ? look_at_all(study, plan, pace, folder, err) : FRAY_OK;
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, plan->work, n * sizeof *plan->work, 0);
  fray_comm_broadcast(comm, plan->kept_rounds, n * sizeof *plan->kept_rounds, 0);
  memset(plan->count, 0, sizeof plan->count);
  plan->begun = 0;
  for (size_t i = 0; i < n; i++) {
    plan->count[plan->work[i]]++;
    plan->begun += plan->work[i] == FRAY_WORK_TRAIN && plan->kept_rounds[i] > 0;
  }
  return FRAY_OK;
}

/* Parts and models are read in full before the first is replaced: after that, a refusal could no
 * longer promise that nothing was changed. */
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

/* Local-only training counts clients and not rounds. */
size_t fray_plan_rounds(const struct fray_study *study, const struct fray_plan *plan,
                        size_t trial) {
  const struct fray_cell *cell = &study->cell[study->trial[trial].cell];
  bool trains = plan->work[trial] == FRAY_WORK_TRAIN && !cell->local_only;
  return trains ? (size_t)cell->config.training.rounds : 0;
}

/* Judging kept models is a small part of training them. The constant is a guess that only has to
 * keep a trial that is trained to its end from costing nothing. */
double fray_plan_left(const struct fray_study *study, const struct fray_plan *plan, size_t trial) {
  static const double judging = 0.05;
  size_t rounds = fray_plan_rounds(study, plan, trial), kept = plan->kept_rounds[trial];
  if (plan->work[trial] == FRAY_WORK_EVALUATE)
    return judging * plan->cost[trial];
  double left = rounds ? (double)(rounds - kept) / (double)rounds : 1.0;
  return plan->cost[trial] * (judging + (1.0 - judging) * left);
}

/* A run that starts from nothing says nothing: only what was found in the folder is news.
 * Duplicates are left out of all counts, since nobody does anything for them. */
void fray_plan_tell(const struct fray_study *study, const struct fray_plan *plan,
                    const struct fray_pace *pace) {
  struct fray_text text = {0};
  if (plan->broken)
    fray_warn("%s; so %s", plan->why,
              plan->broken == 1 ? "that trial is made anew" : "such trials are made anew");
  if (plan->unsealed)
    fray_note("%zu finished trial%s no seal, as an older program left %s: nothing vouches for %s "
              "bytes",
              plan->unsealed, plan->unsealed == 1 ? " has" : "s have",
              plan->unsealed == 1 ? "it" : "them", plan->unsealed == 1 ? "its" : "their");
  const size_t *count = plan->count, n = study->n_trials - count[FRAY_WORK_DUPLICATE];
  if (count[FRAY_WORK_TRAIN] == n && plan->begun == 0 && plan->foreign == 0)
    return;
  fray_text_printf(&text, "%zu trial%s: %zu finished already and kept, %zu to evaluate anew", n,
                   n == 1 ? "" : "s", count[FRAY_WORK_NONE], count[FRAY_WORK_EVALUATE]);
  if (plan->begun)
    fray_text_printf(&text, ", %zu to go on from a checkpoint", plan->begun);
  fray_text_printf(&text, ", %zu to train", count[FRAY_WORK_TRAIN] - plan->begun);
  if (pace->shares)
    fray_text_printf(&text, ", %zu in the other shares than %d/%d", count[FRAY_WORK_ELSEWHERE],
                     pace->share, pace->shares);
  if (!text.failed)
    fray_note("%s", text.data);
  if (plan->foreign)
    fray_note("the folder holds %zu more finished trial%s that the scenario does not ask for; %s "
              "not in its tables, but kept for one that does",
              plan->foreign, plan->foreign == 1 ? "" : "s",
              plan->foreign == 1 ? "it is" : "they are");
  fray_text_free(&text);
}

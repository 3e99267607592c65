/* Several results folders become one, as if one run had made them. docs/decisions/0021-merge.md */
#include "fray/base/checksums.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/seal.h"
#include "fray/base/size.h"
#include "fray/results/data_sets.h"
#include "fray/results/folder.h"
#include "fray/results/run_state.h"
#include "fray/results/run_status.h"
#include "fray/results/sources.h"
#include "fray/results/trial_file.h"
#include "run.h"
#include "study/plan/trial_names.h"
#include "study/scenario/scenario.h"
#include "study/trial/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOWHERE = UINT32_MAX };

struct merging {
  const struct fray_merge_options *options;
  struct fray_source *source; /* (options->n) */
  struct fray_arena arena;
  struct fray_session session;
  struct fray_study *study;
  struct fray_plan plan;
  struct fray_environment *environment;
  size_t n_environments;
  size_t n_names;
  struct fray_named_trial *by_name; /* (n_names) distinct names of the plan, sorted */
  uint32_t *from;                   /* (n_names) source that has the part; NOWHERE */
  size_t missing, stale;            /* names without a part; with one that is judged otherwise */
  struct fray_making making;
  int lock;
};

static enum fray_status sort_names(struct merging *m, struct fray_err *err) {
  FRAY_ALLOC(m->from, &m->arena, m->study->n_trials + 1, err);
  FRAY_TRY(fray_trial_names_sort(&m->plan, m->study->n_trials, &m->arena, &m->by_name, err));
  m->n_names = fray_trial_names_unique(m->by_name, m->study->n_trials);
  return FRAY_OK;
}

/* FOLDER/below/NAME+end */
static enum fray_status path_of(const char *folder, const char *below, const char *name,
                                const char *end, char out[4096], struct fray_err *err) {
  int n = snprintf(out, 4096, "%s/%s/%s%s", folder, below, name, end);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

/* ---- what is given ---- */

/* An empty folder may be there. Called again once the place is taken, as somebody may have filled
 * it in between. */
static enum fray_status check_out(const char *out, struct fray_err *err) {
  FRAY_TRY(fray_making_check(out, err));
  DIR *entries = opendir(out);
  FRAY_CHECK(entries || errno == ENOENT || errno == ENOTDIR, err, INPUT, "%s: %s", out,
             strerror(errno));
  bool empty = true;
  for (struct dirent *e; entries && empty && (e = readdir(entries));)
    empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
  if (entries)
    closedir(entries);
  FRAY_CHECK(empty, err, INPUT, "%s is not empty; take a new folder", out);
  return FRAY_OK;
}

/* Only the first two are told apart: who has three to mend begins with these. */
static enum fray_status check_environments(struct merging *m, struct fray_err *err) {
  FRAY_TRY(fray_sources_environments(m->source, m->options->n, &m->arena, &m->environment,
                                     &m->n_environments, err));
  if (m->n_environments < 2 || m->options->mixed)
    return FRAY_OK;
  struct fray_text difference = {0};
  fray_environment_difference(&m->environment[0], &m->environment[1], "there", &difference);
  fray_fail(err, FRAY_INPUT,
            "%zu numeric environments: %s and %s differ: %s; --mixed merges them all the same "
            "and marks the result",
            m->n_environments, m->environment[0].folder, m->environment[1].folder,
            difference.data ? difference.data : "unknown");
  fray_text_free(&difference);
  return FRAY_INPUT;
}

/* Scenario, data and names of the merged study. The scenario of the first folder stands for all, if
 * they are the same; one that spans them must be given else. Names follow from it and from the
 * data, so parts are found whatever the folders call themselves. */
static enum fray_status load(struct merging *m, struct fray_err *err) {
  char path[4096];
  const struct fray_merge_options *o = m->options;
  if (!o->scenario)
    FRAY_TRY(fray_sources_same_scenario(m->source, o->n, err));
  FRAY_TRY(fray_folder_path(o->folder[0], "scenario.yaml", path, err));
  FRAY_TRY(fray_study_load(o->scenario ? o->scenario : path, o->sets, o->n_sets, m->session.comm,
                           &m->study, err));
  enum fray_status status = fray_session_open(&m->session, &m->study->cell[0], err);
  size_t used = strlen(err->text);
  if (status == FRAY_INPUT)
    snprintf(err->text + used, sizeof err->text - used,
             "; if the data moved, --set data.shards=PATH says where to");
  FRAY_TRY(status);
  FRAY_TRY(fray_plan_make(m->study, &m->session, &m->plan, err));
  return sort_names(m, err);
}

/* ---- which folder has what ---- */

/* 16 hexadecimal digits and the ending; everything else is in the making or not of a run. */
static enum fray_status count_parts(const struct merging *m, struct fray_source *s,
                                    struct fray_err *err) {
  char path[4096], name[17];
  FRAY_TRY(fray_folder_path(s->folder, "parts", path, err));
  DIR *entries = opendir(path);
  FRAY_CHECK(entries, err, INPUT, "%s cannot be read", path);
  for (struct dirent *e; (e = readdir(entries));) {
    if (strlen(e->d_name) != 19 || strcmp(e->d_name + 16, ".h5") != 0)
      continue;
    snprintf(name, sizeof name, "%.16s", e->d_name);
    /* Counted even where the study does not name them: that is what is told. */
    s->parts++;
    s->named += fray_trial_names_find(m->by_name, m->n_names, name) < m->n_names;
  }
  closedir(entries);
  return FRAY_OK;
}

/* A folder that adds nothing was meant to: the likely reason is named. Data come first, since with
 * other data all names differ and the scenario is not to blame. */
static enum fray_status check_named(const struct merging *m, const struct fray_source *s,
                                    struct fray_err *err) {
  char here[32];
  if (s->parts == 0 || s->named > 0)
    return FRAY_OK;
  snprintf(here, sizeof here, "%016llx",
           (unsigned long long)fray_data_sets_index(m->study->data, m->session.dataset));
  const char *then = fray_json_text(fray_json_get(s->provenance, "data_index_hash"));
  FRAY_CHECK(!then || strcmp(then, here) == 0, err, INPUT,
             "%s: made of other data than %s (hash of the index %.16s, here %s)", s->folder,
             m->study->cell[0].config.data.shards, then, here);
  return fray_fail(err, FRAY_INPUT,
                   "%s: none of its %zu trials is one of %s; --scenario FILE says which study "
                   "spans the folders",
                   s->folder, s->parts, m->study->path);
}

/* Two runs of one trial write the same bytes, so anything else means that one of them is damaged or
 * of another environment. */
static enum fray_status same_file(const struct merging *m, size_t trial, const char *a,
                                  const char *b, const char *below, const char *end,
                                  struct fray_err *err) {
  char left[4096], right[4096];
  bool same = true;
  const char *name = m->by_name[trial].name;
  FRAY_TRY(path_of(a, below, name, end, left, err));
  FRAY_TRY(path_of(b, below, name, end, right, err));
  if (fray_file_exists(left) && fray_file_exists(right))
    FRAY_TRY(fray_seal_same(left, right, &same, err));
  FRAY_CHECK(same, err, INPUT, "trial %s is in %s and in %s, but not the same: %s/%s%s differ",
             name, a, b, below, name, end);
  return FRAY_OK;
}

/* A trial that two folders hold counts once, and only if it does not matter whose it is. */
static enum fray_status check_twice(const struct merging *m, size_t trial, const char *other,
                                    struct fray_err *err) {
  /* The first folder that has it; all others are held against that one. */
  const char *first = m->source[m->from[trial]].folder;
  FRAY_TRY(same_file(m, trial, first, other, "parts", ".h5", err));
  FRAY_TRY(same_file(m, trial, first, other, "models", "-best.h5", err));
  return same_file(m, trial, first, other, "models", "-last.h5", err);
}

/* What is copied with a part: it was sealed or listed when it was written. */
static enum fray_status check_beside(const struct merging *m, size_t trial, const char *folder,
                                     struct fray_err *err) {
  static const char *const ends[] = {"-best.h5", "-last.h5"};
  char path[4096];
  const char *name = m->by_name[trial].name;
  for (size_t i = 0; i < FRAY_COUNT(ends); i++) {
    bool is_sealed;
    FRAY_TRY(path_of(folder, "models", name, ends[i], path, err));
    if (fray_file_exists(path))
      FRAY_TRY(fray_seal_check(path, &is_sealed, err));
  }
  snprintf(path, sizeof path, "ledgers/%s.csv", name);
  return fray_folder_trust(folder, path, err);
}

/* What is broken in a source is not passed over in silence: the merged folder would lack a trial
 * that its owner believes to have. Stale parts are taken: their training is good, and the merged
 * study may be gone on with to judge them anew. */
static enum fray_status find_part(struct merging *m, size_t k, struct fray_err *err) {
  const struct fray_named_trial *named = &m->by_name[k];
  m->from[k] = NOWHERE;
  for (size_t s = 0; s < m->options->n; s++) {
    struct fray_trial_file_state part;
    const char *folder = m->source[s].folder;
    FRAY_TRY(fray_trial_file_look(folder, named->name, &part, err));
    FRAY_CHECK(!part.broken, err, INPUT, "%s; fray run --resume there makes that trial anew",
               part.why);
    FRAY_TRY(check_beside(m, k, folder, err));
    if (part.exists && m->from[k] != NOWHERE) {
      FRAY_TRY(check_twice(m, k, folder, err));
    } else if (part.exists) {
      m->from[k] = (uint32_t)s;
      m->stale += strcmp(part.evaluation, m->plan.evaluation[named->trial]) != 0;
    }
  }
  m->missing += m->from[k] == NOWHERE;
  return FRAY_OK;
}

/* All sources are looked through before the first byte is copied: what is refused here leaves no
 * folder behind. */
static enum fray_status find_parts(struct merging *m, struct fray_err *err) {
  for (size_t s = 0; s < m->options->n; s++) {
    FRAY_TRY(count_parts(m, &m->source[s], err));
    FRAY_TRY(check_named(m, &m->source[s], err));
  }
  for (size_t k = 0; k < m->n_names; k++)
    FRAY_TRY(find_part(m, k, err));
  FRAY_CHECK(m->missing < m->n_names, err, INPUT, "none of the folders holds a finished trial");
  /* Nobody could finish it: no program has the right environment for all of it. */
  FRAY_CHECK(m->n_environments < 2 || (m->missing == 0 && m->stale == 0), err, INPUT,
             "%zu of %zu trials are missing or judged under other tests; what is mixed cannot be "
             "gone on with, so finish the folders first",
             m->missing + m->stale, m->n_names);
  return FRAY_OK;
}

/* ---- the new folder ---- */

static enum fray_status furnish(struct merging *m, struct fray_err *err) {
  static const char *const below[] = {"parts", "models", "checkpoints"};
  char path[4096];
  FRAY_TRY(fray_lock(m->making.path, "lock", false, 0, &m->lock, err));
  for (size_t i = 0; i < FRAY_COUNT(below); i++) {
    FRAY_TRY(fray_folder_path(m->making.path, below[i], path, err));
    FRAY_TRY(fray_make_folders(path, err));
  }
  return FRAY_OK;
}

/* What a folder does not have is left out: diverged trials keep no models, few have a ledger. */
static enum fray_status copy(const struct merging *m, const char *folder, const char *below,
                             const char *name, const char *end, struct fray_err *err) {
  char from[4096], to[4096];
  FRAY_TRY(path_of(folder, below, name, end, from, err));
  if (!fray_file_exists(from))
    return FRAY_OK;
  FRAY_TRY(fray_folder_path(m->making.path, below, to, err));
  FRAY_TRY(fray_make_folders(to, err));
  FRAY_TRY(path_of(m->making.path, below, name, end, to, err));
  return fray_file_copy(from, to, err);
}

/* What the clients of a trial in progress keep: the files that its checkpoint names, and maybe some
 * that it does not, which go when the trial goes on. Hidden names are skipped, as . and .. and
 * files in the making are. A trial whose clients keep nothing has no such folder. */
static enum fray_status copy_states(const struct merging *m, const char *folder, const char *name,
                                    struct fray_err *err) {
  char from[4096], to[4096], one[4096], other[4096];
  FRAY_TRY(path_of(folder, "checkpoints", name, FRAY_CHECKPOINT_CLIENTS, from, err));
  FRAY_TRY(path_of(m->making.path, "checkpoints", name, FRAY_CHECKPOINT_CLIENTS, to, err));
  DIR *entries = opendir(from);
  enum fray_status status = entries ? fray_make_folders(to, err) : FRAY_OK;
  for (const struct dirent *e; entries && (e = readdir(entries));) {
    if (status != FRAY_OK || e->d_name[0] == '.')
      continue;
    status = fray_folder_path(from, e->d_name, one, err);
    if (status == FRAY_OK)
      status = fray_folder_path(to, e->d_name, other, err);
    if (status == FRAY_OK)
      status = fray_file_copy(one, other, err);
  }
  if (entries)
    closedir(entries);
  return status;
}

/* A trial in progress goes on where it had come furthest, if the merged study is run on. A
 * checkpoint that cannot be read counts as no progress, and is left where it is. */
static enum fray_status copy_checkpoint(const struct merging *m,
                                        const struct fray_named_trial *named,
                                        struct fray_err *err) {
  const char *furthest = NULL, *name = named->name, *evaluation = m->plan.evaluation[named->trial];
  size_t most = 0;
  for (size_t s = 0; s < m->options->n; s++) {
    size_t done = fray_checkpoint_progress(m->source[s].folder, name, evaluation);
    if (done > most)
      furthest = m->source[s].folder;
    most = FRAY_MAX(most, done);
  }
  if (!furthest)
    return FRAY_OK;
  FRAY_TRY(copy_states(m, furthest, name, err)); /* before the checkpoint that names them */
  return copy(m, furthest, "checkpoints", name, FRAY_CHECKPOINT_END, err);
}

/* The part comes last: its presence says that models and ledger are complete. */
static enum fray_status copy_trials(const struct merging *m, struct fray_err *err) {
  for (size_t k = 0; k < m->n_names; k++) {
    const char *name = m->by_name[k].name;
    if (m->from[k] == NOWHERE) {
      FRAY_TRY(copy_checkpoint(m, &m->by_name[k], err));
      continue;
    }
    const char *folder = m->source[m->from[k]].folder;
    FRAY_TRY(copy(m, folder, "models", name, "-best.h5", err));
    FRAY_TRY(copy(m, folder, "models", name, "-last.h5", err));
    FRAY_TRY(copy(m, folder, "ledgers", name, ".csv", err));
    FRAY_TRY(copy(m, folder, "parts", name, ".h5", err));
  }
  return FRAY_OK;
}

/* "2 of 8 trials are missing and 1 is judged under other tests" */
static const char *what_lacks(struct merging *m) {
  const char *text =
      fray_arena_printf(&m->arena, "%zu of %zu trial%s %s missing", m->missing, m->n_names,
                        m->n_names == 1 ? "" : "s", m->missing == 1 ? "is" : "are");
  if (m->stale && text)
    text = fray_arena_printf(&m->arena, "%s, %zu judged under other tests", text, m->stale);
  return text ? text : "";
}

static enum fray_status put_provenance(struct merging *m, struct fray_err *err) {
  struct fray_provenance run = {0};
  enum fray_status status =
      fray_study_provenance(m->study, &m->session, m->options->command, 1, &run, err);
  if (status == FRAY_OK)
    status = fray_provenance_merge(&run, m->source, m->options->n, m->environment,
                                   m->n_environments, m->making.path, err);
  fray_text_free(&run.starts);
  return status;
}

/* The state comes last, behind the checksums: a folder that says done is whole. A study with trials
 * missing gets no tables, which would be taken for the whole of it, but everything that `fray run
 * --resume` needs. */
static enum fray_status finish(struct merging *m, struct fray_err *err) {
  bool whole = m->missing == 0 && m->stale == 0;
  char state[256] = "done";
  FRAY_TRY(put_provenance(m, err));
  FRAY_TRY(fray_folder_describe(m->making.path, m->study, err));
  if (whole)
    FRAY_TRY(fray_study_assemble(m->study, &m->plan, m->making.path, err));
  else
    snprintf(state, sizeof state, "interrupted: %s", what_lacks(m));
  const struct fray_run_status status = {.state = whole ? "done" : "interrupted",
                                         .name = m->study->name,
                                         .trials = m->n_names,
                                         .kept = m->n_names - m->missing,
                                         .left = NAN,
                                         .busy = NAN};
  FRAY_TRY(fray_run_status_write(m->making.path, &status, err));
  FRAY_TRY(fray_checksums_settle(m->making.path, err));
  return fray_state_write(m->making.path, state, err);
}

/* The lock is let go only when the folder has its name: a run that finds it there is refused until
 * then. */
static enum fray_status build(struct merging *m, struct fray_err *err) {
  enum fray_status status = furnish(m, err);
  if (status == FRAY_OK)
    status = copy_trials(m, err);
  if (status == FRAY_OK)
    status = finish(m, err);
  if (status == FRAY_OK)
    status = fray_making_publish(&m->making, false, err);
  else
    fray_making_blame(&m->making, err);
  fray_unlock(m->lock);
  /* "Invalid input" promises that nothing was written; a source that broke meanwhile is a fault. */
  if (status == FRAY_INPUT)
    status = err->status = FRAY_IO;
  return status;
}

/* Trials that are left out are no fault, but nobody should believe that they are in it. */
static void tell(const struct merging *m) {
  size_t left_out = 0;
  for (size_t s = 0; s < m->options->n; s++)
    left_out += m->source[s].parts - m->source[s].named;
  fray_note("merged: %zu trial%s of %zu folder%s", m->n_names - m->missing,
            m->n_names - m->missing == 1 ? "" : "s", m->options->n, m->options->n == 1 ? "" : "s");
  if (left_out)
    fray_note("left out: %zu trial%s that the scenario does not name", left_out,
              left_out == 1 ? "" : "s");
  if (m->n_environments > 1)
    fray_warn("%s mixes %zu numeric environments; its report says so", m->options->out,
              m->n_environments);
}

/* INCOMPLETE comes after the folder was made, and is no failure: scripts tell by it that a share
 * has not come yet. */
static enum fray_status merge(struct merging *m, struct fray_err *err) {
  for (size_t i = 0; i < m->options->n; i++) /* they stay as they are */
    FRAY_TRY(fray_place_apart("-o", m->options->out, m->options->folder[i], err));
  FRAY_TRY(check_out(m->options->out, err));
  FRAY_TRY(fray_making_open(m->options->out, &m->making, err));
  FRAY_TRY(check_out(m->options->out, err)); /* now that nobody else makes it */
  FRAY_TRY(fray_sources_open(m->source, m->options->n, err));
  FRAY_TRY(check_environments(m, err));
  FRAY_TRY(load(m, err));
  FRAY_TRY(find_parts(m, err));
  FRAY_TRY(build(m, err));
  tell(m);
  FRAY_CHECK(m->missing == 0 && m->stale == 0, err, INCOMPLETE,
             "%s: %s; fray run %s/scenario.yaml -o %s --resume goes on", m->options->out,
             what_lacks(m), m->options->out, m->options->out);
  return FRAY_OK;
}

/* The new folder is made beside its place and renamed, so that a kill leaves nothing that looks
 * like results. */
static enum fray_status merge_alone(const struct fray_merge_options *options,
                                    struct fray_comm *alone, struct fray_err *err) {
  struct merging m = {.options = options, .session = {.comm = alone}, .lock = -1};
  /* No file is open yet, so that dropping it closes none. */
  m.making = (struct fray_making){.beside = {.lock = -1}, .claim = -1};
  FRAY_ALLOC_ZERO(m.source, &m.arena, options->n, err);
  for (size_t s = 0; s < options->n; s++)
    m.source[s].folder = options->folder[s];
  enum fray_status status = merge(&m, err);
  fray_making_drop(&m.making);
  fray_session_close(&m.session);
  fray_study_free(m.study);
  fray_sources_close(m.source, options->n);
  fray_arena_free(&m.arena);
  return status;
}

/* Copying files is work for one rank; others only wait for it. */
enum fray_status fray_study_merge(const struct fray_merge_options *options, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_comm *alone;
  int rank = fray_comm_rank(comm);
  FRAY_TRY(fray_comm_split(comm, rank, &alone, err));
  enum fray_status status = rank == 0 ? merge_alone(options, alone, err) : FRAY_OK;
  fray_comm_free(alone);
  fray_comm_meet(comm, NULL, NULL);
  return fray_comm_agree(comm, status, err);
}

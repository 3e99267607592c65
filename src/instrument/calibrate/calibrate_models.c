/* The clean models that are asked: trained from the scenario with all that damages taken out of it,
 * or found in a results folder. They stay where they are, so that a second calibration asks them
 * again without training. */
#include "calibrate_parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

/* What makes a study of many cells, or of damage, and what speaks of such: without them one clean
 * cell is left for each method. */
static const char *const left_out[] = {"corruption=[]", "tests={}",  "controls=[]", "reference={}",
                                       "baselines={}",  "titles={}", "report={}"};

/* The method that a scenario's models are of: the one that was asked for, or the first. */
static enum fray_status choose_method(const struct fray_study *study, const char *wanted,
                                      const char **out, struct fray_err *err) {
  const struct fray_node *methods = fray_node_get(study->root, "methods");
  const char *known[64];
  char list[512];
  size_t n = 0;
  for (const struct fray_node *m = methods ? methods->child : NULL; m && n < FRAY_COUNT(known);
       m = m->next)
    known[n++] = m->key;
  *out = n ? known[0] : "";
  if (!wanted)
    return FRAY_OK;
  for (size_t k = 0; k < n; k++)
    if (strcmp(known[k], wanted) == 0) {
      *out = known[k];
      return FRAY_OK;
    }
  return fray_fail(err, FRAY_INPUT, "--method %s: %s has no such method; %s", wanted, study->path,
                   fray_there_are(wanted, known, n, list, sizeof list));
}

/* 1 to n, whatever seeds the scenario has: a calibration of more seeds than its own is a usual
 * wish. `seeds` may be a list, or a map with more than the trials' own. */
static const char *seeds_text(const struct fray_study *study, size_t n, struct fray_arena *arena) {
  const struct fray_node *seeds = fray_node_get(study->root, "seeds");
  struct fray_text text = {0};
  fray_text_puts(&text, seeds && seeds->kind == FRAY_NODE_MAP ? "seeds.trial=[" : "seeds=[");
  for (size_t k = 1; k <= n; k++)
    fray_text_printf(&text, "%s%zu", k > 1 ? ", " : "", k);
  fray_text_puts(&text, "]");
  const char *out = text.failed ? NULL : fray_arena_strdup(arena, text.data);
  fray_text_free(&text);
  return out;
}

/* The scenario as it is read tells its methods, its seeds and its name; then it is read again with
 * all of that set. */
static enum fray_status clean_sets(const struct fray_calibrate_wish *wish,
                                   const struct fray_study *study, struct fray_arena *arena,
                                   const char *method, const char ***out, size_t *n,
                                   struct fray_err *err) {
  const char **set;
  FRAY_ALLOC(set, arena, wish->n_sets + FRAY_COUNT(left_out) + 4, err);
  *n = 0;
  for (size_t k = 0; k < wish->n_sets; k++)
    set[(*n)++] = wish->sets[k];
  for (size_t k = 0; k < FRAY_COUNT(left_out); k++)
    set[(*n)++] = left_out[k];
  set[(*n)++] =
      *method ? fray_arena_printf(arena, "sweep=[{grid: {method: ['%s']}}]", method) : "sweep=[]";
  set[(*n)++] = fray_arena_printf(arena, "name='%s-clean'", study->name);
  if (wish->seeds)
    set[(*n)++] = seeds_text(study, wish->seeds, arena);
  for (size_t k = 0; k < *n; k++)
    FRAY_CHECK(set[k], err, MEMORY, "out of memory");
  *out = set;
  return FRAY_OK;
}

/* A folder that is there already is gone on with: what it holds of these trainings is kept. */
static enum fray_status train(const struct fray_calibrate_wish *wish, struct fray_comm *comm,
                              struct fray_arena *arena, struct calib_models *out,
                              struct fray_err *err) {
  struct fray_study *study;
  const char **set = NULL, *folder;
  size_t n = 0;
  FRAY_TRY(fray_study_load(wish->path, wish->sets, wish->n_sets, comm, &study, err));
  enum fray_status status = choose_method(study, wish->method, &out->method, err);
  if (status == FRAY_OK)
    out->method = fray_arena_strdup(arena, out->method);
  if (status == FRAY_OK)
    status = clean_sets(wish, study, arena, out->method, &set, &n, err);
  fray_study_free(study);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(fray_study_load(wish->path, set, n, comm, &study, err));
  out->folder = wish->models ? wish->models : fray_arena_printf(arena, "results/%s", study->name);
  struct fray_run_options options = {.out = out->folder,
                                     .no_report = true,
                                     .mixed = wish->mixed,
                                     .pace = fray_default_pace,
                                     .progress = wish->progress,
                                     .command = wish->command,
                                     .again = wish->command};
  /* A folder without a state is new, or somebody else's, which the run itself refuses. */
  char state[4096];
  const int length = snprintf(state, sizeof state, "%s/state", out->folder);
  uint8_t there = length > 0 && (size_t)length < sizeof state && fray_file_exists(state);
  fray_comm_broadcast(comm, &there, sizeof there, 0);
  options.resume = there;
  status = fray_study_run(study, &options, comm, &folder, err);
  fray_study_free(study);
  return status;
}

/* Trained without damage: no entry of its own, as all of a clean control, and no other control. */
static bool is_clean(const struct fray_cell *cell) {
  return cell->n_entries == 0 && !cell->local_only &&
         (!*cell->control || strcmp(cell->control, "clean") == 0);
}

/* Of a scenario without methods there is no such key, and one nameless method. */
static const char *method_of(const struct fray_study *study, const struct fray_cell *cell) {
  for (size_t k = 0; k < study->n_keys; k++)
    if (strcmp(study->key[k], "method") == 0 && cell->value)
      return cell->value[k];
  return "";
}

/* The trials of one clean cell. Of several, a study of many settings, none is the reference by
 * itself: the method says it, and where that does not, nobody does. */
static enum fray_status find_trials(const struct fray_calibrate_wish *wish,
                                    struct fray_arena *arena, struct calib_models *out,
                                    struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(out->kept);
  size_t chosen = study->n_cells, n_clean = 0;
  FRAY_ALLOC(out->trial, arena, study->n_trials + 1, err);
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_cell *cell = &study->cell[c];
    if (!is_clean(cell) || (wish->method && strcmp(method_of(study, cell), wish->method) != 0))
      continue;
    /* All are counted, so that the message can say how many there were to choose from. */
    chosen = n_clean++ ? chosen : c;
  }
  FRAY_CHECK(n_clean > 0, err, INPUT,
             "%s: no cell%s%s was trained without damage; give the scenario itself, or run it with "
             "`controls: [clean]`",
             out->folder, wish->method ? " of method " : "", wish->method ? wish->method : "");
  FRAY_CHECK(n_clean == 1, err, INPUT,
             "%s: %zu cells were trained without damage; --method NAME says which, or give the "
             "scenario of one of them",
             out->folder, n_clean);
  out->n = 0;
  /* A seed that diverged has no model; the others go on without it, and their number is told. */
  for (size_t t = 0; t < study->n_trials; t++)
    if (study->trial[t].cell == chosen && fray_kept_has_models(out->kept, t))
      out->trial[out->n++] = t;
  out->method = fray_arena_strdup(arena, method_of(study, &study->cell[chosen]));
  FRAY_CHECK(out->method, err, MEMORY, "out of memory");
  FRAY_CHECK(out->n > 0, err, INPUT,
             "%s: holds no models of it: it is not finished, all of its trainings diverged, or "
             "`evaluate.models` left them out",
             out->folder);
  return FRAY_OK;
}

/* Rank 0 tells which of the two it is: ranks may not see the same disk. A scenario is trained first
 * and is a results folder from then on, so that both ways end with the same models asked in the
 * same way. */
enum fray_status calib_models_open(const struct fray_calibrate_wish *wish, struct fray_comm *comm,
                                   struct fray_arena *arena, struct calib_models *out,
                                   struct fray_err *err) {
  uint8_t is_folder = fray_is_folder(wish->path);
  const bool of_scenario = (fray_comm_broadcast(comm, &is_folder, sizeof is_folder, 0), !is_folder);
  *out = (struct calib_models){.comm = comm, .folder = wish->path};
  FRAY_CHECK(
      of_scenario || !(wish->seeds || wish->models), err, INPUT,
      "%s is a results folder: %s goes with a scenario, whose models are still to be trained",
      wish->path, wish->seeds ? "--seeds" : "--models");
  if (of_scenario)
    FRAY_TRY(train(wish, comm, arena, out, err));
  const struct fray_kept_options options = {.sets = of_scenario ? NULL : wish->sets,
                                            .n_sets = of_scenario ? 0 : wish->n_sets,
                                            .mixed = wish->mixed};
  FRAY_TRY(fray_kept_open(out->folder, &options, comm, &out->kept, err));
  return fray_comm_agree(comm, find_trials(wish, arena, out, err), err);
}

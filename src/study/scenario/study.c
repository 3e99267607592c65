/* Loading a study: scenario file -> tree -> cells -> trials.
 *
 * The tree stays untyped until all overrides are in it; then each cell is read as if its file had
 * been written by hand. */
#include "fray/study/study.h"

#include "fray/base/checksums.h"
#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/nn/loss.h"
#include "fray/results/data_sets.h"
#include "fray/results/report_section.h"
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

enum { SCENARIO_LIMIT = 16 << 20, LONGEST_NAME = 100, MOST_VALUES = 64 };

/* One that a run left in its folder must be what the run wrote. */
static enum fray_status read_scenario(const char *path, struct fray_text *text,
                                      struct fray_err *err) {
  if (fray_checksums_check_path(path, err) != FRAY_OK)
    return fray_at(err, "scenario (to run another one, copy it to another folder first)");
  return fray_file_read_text(path, SCENARIO_LIMIT, text, err);
}

/* Rank 0 reads; all ranks parse the same text, so that they agree without seeing one file system.
 * /. The room is one more than the text, and zeroed: the text ends with 0 on all ranks. */
static enum fray_status share_text(const char *path, struct fray_comm *comm, struct fray_text *text,
                                   struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0)
    status = read_scenario(path, text, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  uint64_t size = text->size;
  fray_comm_broadcast(comm, &size, sizeof size, 0);
  if (fray_comm_rank(comm) != 0) {
    char *copy = calloc(1, (size_t)size + 1);
    status = copy ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
    *text = (struct fray_text){.data = copy, .size = (size_t)size, .capacity = (size_t)size + 1};
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, text->data, text->size, 0);
  return FRAY_OK;
}

/* Cell by cell, seed by seed: a place in this list is what people call the number of a trial. */
static enum fray_status make_trials(struct fray_study *study, const struct fray_scenario *base,
                                    struct fray_err *err) {
  struct fray_trial *seeds;
  FRAY_TRY(fray_seeds_read(base, &study->arena, &seeds, &study->n_seeds, err));
  study->n_trials = study->n_cells * study->n_seeds;
  FRAY_ALLOC(study->trial, &study->arena, study->n_trials, err);
  for (size_t i = 0; i < study->n_trials; i++) {
    study->trial[i] = seeds[i % study->n_seeds];
    study->trial[i].cell = i / study->n_seeds;
  }
  return FRAY_OK;
}

/* 0.5 and 0.50 are one value, and so are 1 and 1.0 here: a reference is found, not computed. */
bool fray_same_value(const char *a, const char *b) {
  struct fray_node x = {.kind = FRAY_NODE_SCALAR, .scalar = a}, y = x;
  double u, v;
  y.scalar = b;
  if (fray_node_real(&x, &u) && fray_node_real(&y, &v))
    return u == v;
  return strcmp(a, b) == 0;
}

/* The values that there are help more than the name of the rule that was broken. Each value is
 * listed once, in the order of the sweep. */
static enum fray_status no_such_value(const struct fray_study *study, const char *of,
                                      const char *key, size_t at, const struct fray_node *value,
                                      const char *where, struct fray_err *err) {
  const char *wanted = value->kind == FRAY_NODE_SCALAR ? value->scalar : "this",
             *known[MOST_VALUES];
  size_t n = 0;
  char list[512];
  for (size_t c = 0; c < study->n_cells && n < MOST_VALUES; c++) {
    bool seen = false;
    for (size_t i = 0; i < n && !seen; i++)
      seen = strcmp(known[i], study->cell[c].value[at]) == 0;
    if (!seen)
      known[n++] = study->cell[c].value[at];
  }
  return fray_fail(err, FRAY_INPUT, "%s: %s: no cell has %s = %s; %s", where, of, key, wanted,
                   fray_there_are(wanted, known, n, list, sizeof list));
}

/* Only scalars can be meant: a swept list has no text that people would repeat here. */
static enum fray_status check_selected_value(const struct fray_study *study, const char *of,
                                             const char *key, size_t at,
                                             const struct fray_node *value, const char *where,
                                             struct fray_err *err) {
  for (size_t c = 0; c < study->n_cells; c++)
    if (value->kind == FRAY_NODE_SCALAR && fray_same_value(study->cell[c].value[at], value->scalar))
      return FRAY_OK;
  return no_such_value(study, of, key, at, value, where, err);
}

/* `reference` and `baselines` must name swept keys and values; what they select is the report's
 * business. lists: several values of a key may be given. Missing is fine: without a reference the
 * report compares with nothing. */
static enum fray_status check_selection(const struct fray_study *study, const char *of,
                                        const struct fray_node *map, bool lists,
                                        struct fray_err *err) {
  char where[256];
  if (!map || map->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  fray_node_where(map, where);
  FRAY_CHECK(map->kind == FRAY_NODE_MAP, err, INPUT, "%s: %s: a map {KEY: %s} is expected", where,
             of, lists ? "value or [values]" : "value");
  for (const struct fray_node *r = map->child; r; r = r->next) {
    size_t at = study->n_keys;
    for (size_t k = 0; k < study->n_keys; k++)
      at = strcmp(study->key[k], r->key) == 0 ? k : at;
    char list_of[512];
    FRAY_CHECK(at < study->n_keys, err, INPUT, "%s: %s: '%s' is no swept key; %s", where, of,
               r->key, fray_there_are(r->key, study->key, study->n_keys, list_of, sizeof list_of));
    bool list = lists && r->kind == FRAY_NODE_LIST;
    for (const struct fray_node *v = list ? r->child : r; v; v = list ? v->next : NULL)
      FRAY_TRY(check_selected_value(study, of, r->key, at, v, where, err));
  }
  return FRAY_OK;
}

/* Whether another root gives the same cells. Made in a study of its own, whose memory goes again.
 * An error counts as "other cells": the filled tree then cannot be what is written. */
static bool same_cells(const struct fray_study *study, struct fray_node *root) {
  struct fray_study again = {.path = study->path, .controls = study->controls, .root = root};
  struct fray_err ignored = {0};
  bool same =
      fray_sweep_expand(root, &again.arena, &again.point, &again.n_points, &ignored) == FRAY_OK &&
      again.n_points == study->n_cells;
  for (size_t i = 0; same && i < study->n_cells; i++) {
    struct fray_cell cell = {.control = ""};
    same = fray_cell_make(&again, &again.point[i], NULL, NULL, &cell, &ignored) == FRAY_OK &&
           fray_node_equal(cell.node, study->cell[i].node);
  }
  fray_arena_free(&again.arena);
  fray_arena_free(&again.scratch);
  return same;
}

/* Takes out of a filled tree what the user did not give. Recursion goes no deeper than the tree.
 * Lists are kept whole: they are given or not. */
static void keep_given(struct fray_node *filled, const struct fray_node *given) {
  for (struct fray_node **at = &filled->child; *at;) {
    const struct fray_node *mine = fray_node_get(given, (*at)->key);
    if (!mine) {
      *at = (*at)->next;
      filled->n--;
      continue;
    }
    if ((*at)->kind == FRAY_NODE_MAP && mine->kind == FRAY_NODE_MAP)
      keep_given(*at, mine);
    at = &(*at)->next;
  }
}

/* The scenario as text that gives the same cells again. Where a method or the sweep switches a kind
 * (one fusion, another fusion), filled-in keys of the first would hinder the second: there the keys
 * are left as given. */
static enum fray_status write_scenario(struct fray_study *study, struct fray_node *root,
                                       struct fray_err *err) {
  struct fray_node *filled;
  FRAY_TRY(fray_schema_fill(&fray_scenario_table, root, &study->arena, &filled, err));
  if (!same_cells(study, filled)) {
    struct fray_node *given = fray_node_copy(root, &study->arena);
    FRAY_CHECK(given, err, MEMORY, "out of memory");
    FRAY_TRY(fray_later_keys_give(given, filled, &study->arena, err));
    keep_given(filled, given);
  }
  study->filled = filled;
  fray_node_emit(filled, &study->yaml);
  FRAY_CHECK(!study->yaml.failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* True if the loss was filled in, not given. */
static bool has_default_loss(const struct fray_node *tree) {
  const struct fray_node *loss = fray_node_at(tree, "training.local.loss");
  return loss && loss->line == 0 && strcmp(loss->source, "default") == 0;
}

/* Which loss is the default depends on the data, so the scenario's text must not settle it. Called
 * once for each cell that follows its data; the loss is gone after the first, and nothing is left
 * to do. */
static enum fray_status leave_loss_open(struct fray_study *study, struct fray_err *err) {
  if (!has_default_loss(study->filled))
    return FRAY_OK;
  struct fray_node *local = fray_node_at(study->filled, "training.local");
  for (struct fray_node **at = &local->child; *at; at = &(*at)->next)
    if (strcmp((*at)->key, "loss") == 0) {
      *at = (*at)->next;
      local->n--;
      break;
    }
  study->yaml.size = 0;
  fray_node_emit(study->filled, &study->yaml);
  FRAY_CHECK(!study->yaml.failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Known only once the data are open, and yet part of what the trial is: the name must be as if it
 * had been given. */
enum fray_status fray_study_follow_task(struct fray_study *study, size_t index,
                                        const struct fray_dataset *data, struct fray_err *err) {
  struct fray_cell *cell = &study->cell[index];
  /* Of one label each the default of the table is the right one. */
  const bool sequences = data->words != NULL;
  if ((!data->multi_label && !sequences) || !has_default_loss(cell->node))
    return FRAY_OK;
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  struct fray_node *tree = fray_node_copy(cell->node, &study->scratch);
  struct fray_node *loss = sequences
                               ? fray_node_scalar(fray_loss_default(FRAY_LOSS_OF_SEQUENCES)->name,
                                                  "data of sequences", 0, &study->scratch)
                               : fray_node_scalar(fray_loss_default(FRAY_LOSS_OF_SETS)->name,
                                                  "multi-label data", 0, &study->scratch);
  FRAY_CHECK(tree && loss, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_set_path(tree, "training.local.loss", loss, &study->scratch, err));
  FRAY_TRY(fray_cell_read(study, cell, tree, err));
  fray_arena_rewind(&study->scratch, mark);
  return leave_loss_open(study, err);
}

/* The results folder takes it, unless -o gives another. */
static enum fray_status check_name(const char *name, const struct fray_node *node,
                                   struct fray_err *err) {
  char where[256];
  fray_node_where(node, where);
  FRAY_CHECK(name[0] && name[0] != '.' && !strchr(name, '/'), err, INPUT,
             "%s: name: '%s' cannot be the name of a folder", where, name);
  FRAY_CHECK(!fray_utf8_control(name), err, INPUT, "%s: name: '%s' holds a control character",
             where, name);
  FRAY_CHECK(strlen(name) <= LONGEST_NAME, err, INPUT,
             "%s: name: %zu characters, at most %d expected", where, strlen(name), LONGEST_NAME);
  return FRAY_OK;
}

/* The scenario as rank 0 found it. */
struct scenario_text {
  const char *yaml;
  bool of_run; /* it lies in the folder of a run */
};

/* The tree is filled from the top down: overrides, then additions, then cells, since each may
 * change what the next one reads. base only serves to read what belongs to the study as a whole;
 * each cell is read by itself afterwards. */
static enum fray_status load(struct fray_study *study, const struct scenario_text *text,
                             const char *const *sets, size_t n_sets, struct fray_additions *more,
                             struct fray_err *err) {
  struct fray_arena *arena = &study->arena;
  struct fray_node *root;
  FRAY_TRY(fray_yaml_parse(text->yaml, study->path, arena, &root, err));
  FRAY_CHECK(root->kind == FRAY_NODE_MAP, err, INPUT, "%s: a map of keys is expected", study->path);
  if (text->of_run)
    FRAY_TRY(fray_older_run_settle(root, arena, err));
  FRAY_TRY(fray_overrides_apply(root, sets, n_sets, arena, err));
  if (more)
    FRAY_TRY(fray_additions_apply(root, more, arena, err));
  FRAY_TRY(fray_tests_settle(root, arena, err));
  FRAY_TRY(fray_methods_settle(root, arena, err));
  struct fray_scenario base;
  FRAY_TRY(fray_schema_read(&fray_scenario_table, root, "", &base, arena, err));
  study->name = base.name;
  FRAY_TRY(check_name(study->name, fray_node_get(root, "name"), err));
  size_t shown; /* for the report to know; here it is only checked */
  FRAY_TRY(fray_report_section_read(base.report, &shown, err));
  FRAY_TRY(fray_controls_read(&base.controls, &study->controls, err));
  FRAY_TRY(fray_controls_own_test(study->controls, root, arena, err));
  FRAY_TRY(fray_study_make_cells(study, root, err));
  if (more)
    FRAY_TRY(fray_additions_check(study, more, err));
  FRAY_TRY(make_trials(study, &base, err));
  FRAY_TRY(fray_titles_check(study, err));
  FRAY_TRY(check_selection(study, "reference", base.reference, false, err));
  FRAY_TRY(check_selection(study, "baselines", base.baselines, true, err));
  return write_scenario(study, root, err);
}

/* The text of a file in the study's memory, on every rank. */
static enum fray_status load_text(struct fray_study *study, const char *path,
                                  struct fray_comm *comm, const char **out, struct fray_err *err) {
  struct fray_text text = {0};
  const enum fray_status status = share_text(path, comm, &text, err);
  if (status == FRAY_OK)
    *out = fray_arena_strdup(&study->arena, text.data ? text.data : "");
  fray_text_free(&text);
  FRAY_TRY(status);
  return fray_comm_agree(comm, *out ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory"), err);
}

/* Side files are shared before anything opens them: ledgers and cohorts are read while cells are
 * prepared. Each step is agreed upon: a rank that lacks memory would else leave the others in a
 * broadcast. After a failure nothing is returned and all memory is given back. */
enum fray_status fray_study_load_more(const char *path, const char *const *sets, size_t n_sets,
                                      struct fray_additions *more, struct fray_comm *comm,
                                      struct fray_study **out, struct fray_err *err) {
  struct scenario_text text = {0};
  struct fray_study *study = calloc(1, sizeof *study);
  enum fray_status status = study ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK) {
    study->data = fray_arena_zero(&study->arena, 1, sizeof *study->data);
    status = study->data ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  if (status == FRAY_OK)
    study->data->arena = &study->arena;
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK)
    status = load_text(study, path, comm, &text.yaml, err);
  if (status == FRAY_OK) {
    text.of_run = fray_comm_rank(comm) == 0 && fray_is_scenario_of_run(path);
    fray_comm_broadcast(comm, &text.of_run, sizeof text.of_run, 0);
  }
  if (status == FRAY_OK && more && more->path) {
    fray_deed(FRAY_DEED_FILE, more->path);
    status = load_text(study, more->path, comm, &more->text, err);
  }
  if (status == FRAY_OK) {
    study->path = fray_arena_strdup(&study->arena, path);
    status = fray_comm_agree(comm, load(study, &text, sets, n_sets, more, err), err);
  }
  if (status == FRAY_OK)
    status = fray_side_files_share(study, comm, err);
  if (status == FRAY_OK)
    status = fray_starts_share(study, comm, err);
  if (status != FRAY_OK) {
    fray_study_free(study);
    return status;
  }
  *out = study;
  return FRAY_OK;
}

enum fray_status fray_study_load(const char *path, const char *const *sets, size_t n_sets,
                                 struct fray_comm *comm, struct fray_study **out,
                                 struct fray_err *err) {
  return fray_study_load_more(path, sets, n_sets, NULL, comm, out, err);
}

void fray_study_free(struct fray_study *study) {
  if (!study)
    return;
  fray_side_forget();
  fray_text_free(&study->yaml);
  fray_arena_free(&study->arena);
  fray_arena_free(&study->scratch);
  free(study);
}

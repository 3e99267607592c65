/* Kept models that trials start from: which trial of which folder, and the weights of it.
 *
 * Found when the study is loaded, by rank 0 alone, so that all ranks name the trials alike: a
 * trial's name has the hash of the model that it starts from, wherever its folder lies. */
#include "scenario.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/json/json.h"
#include "fray/results/csv_table.h"
#include "fray/results/folder.h"
#include "fray/results/models.h"
#include "fray/results/trial_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The trials of one `model.start`, one for each seed of this study, or why there are none: whether
 * anybody needs them is not known when they are looked for. */
struct fray_start_list {
  const struct fray_start_config *config; /* of the first cell that says so */
  const char *folder;                     /* absolute, for whoever reads of it elsewhere */
  struct fray_start *of;                  /* (seeds) */
  struct fray_err why;                    /* status OK: they are there */
};

/* ---- which trial ---- */

/* trials.csv of the folder, between whose columns `trial` and `control` the swept keys stand. */
struct kept_trials {
  struct fray_rep_csv csv;
  size_t control, seed, status;
};

/* A folder without tables is of a run that is at work or was interrupted: which trials it will
 * have, and which of them diverge, is not known yet. The table is held against the folder's
 * checksums, since an edited one would pair seeds with models of others. */
static enum fray_status open_trials(const char *folder, struct fray_arena *arena,
                                    struct kept_trials *out, struct fray_err *err) {
  FRAY_CHECK(fray_is_folder(folder), err, INPUT,
             "%s: no such folder; if it moved, --set model.start=DIR says where it is, or "
             "model.start.results=DIR where `start` has keys",
             folder);
  FRAY_TRY(fray_folder_results(folder, err));
  FRAY_TRY(fray_folder_trust(folder, "trials.csv", err));
  const char *path = fray_arena_printf(arena, "%s/trials.csv", folder); /* messages name it later */
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  FRAY_CHECK(fray_file_exists(path), err, INPUT, "%s: the run is not done: it has no trials.csv",
             folder);
  FRAY_TRY(fray_rep_csv_read(path, arena, &out->csv, err));
  FRAY_TRY(fray_rep_csv_need(&out->csv, "control", &out->control, err));
  FRAY_TRY(fray_rep_csv_need(&out->csv, "seed", &out->seed, err));
  return fray_rep_csv_need(&out->csv, "status", &out->status, err);
}

/* Keys of `cell` are swept keys of that study, no others. */
static enum fray_status check_cell(const struct kept_trials *t, const struct fray_node *cell,
                                   struct fray_err *err) {
  char list[512];
  if (!cell)
    return FRAY_OK;
  FRAY_CHECK(cell->kind == FRAY_NODE_MAP, err, INPUT,
             "cell: a map {KEY: VALUE} of swept keys is expected");
  for (const struct fray_node *k = cell->child; k; k = k->next) {
    const size_t column = fray_rep_csv_find(&t->csv, k->key);
    FRAY_CHECK(column > 0 && column < t->control, err, INPUT,
               "cell: '%s' is no swept key of %s; %s", k->key, t->csv.path,
               fray_there_are(k->key, t->csv.column + 1, t->control - 1, list, sizeof list));
    FRAY_CHECK(k->kind == FRAY_NODE_SCALAR, err, INPUT, "cell: %s: one value is expected", k->key);
  }
  return FRAY_OK;
}

/* An ordinary cell (controls are named by their trial alone) of these values. */
static bool is_meant(const struct kept_trials *t, size_t row, const struct fray_node *cell) {
  if (fray_rep_csv_at(&t->csv, row, t->control)[0])
    return false;
  for (const struct fray_node *k = cell ? cell->child : NULL; k; k = k->next) {
    const char *value = fray_rep_csv_at(&t->csv, row, fray_rep_csv_find(&t->csv, k->key));
    if (!fray_same_value(value, k->scalar))
      return false;
  }
  return true;
}

/* Of two rows, by their swept keys as they stand there: trials of one cell differ in the seed
 * alone. */
static bool same_cell(const struct kept_trials *t, size_t a, size_t b) {
  bool same = true;
  for (size_t c = 1; c < t->control; c++)
    same = same && strcmp(fray_rep_csv_at(&t->csv, a, c), fray_rep_csv_at(&t->csv, b, c)) == 0;
  return same;
}

/* Seeds are paired where they can be: what two studies have in common stays so. The row of that
 * seed; of a folder without it the first row that is meant. *row: rows if there is none. */
static enum fray_status find_row(const struct kept_trials *t,
                                 const struct fray_start_config *config, uint64_t seed, size_t *row,
                                 struct fray_err *err) {
  const size_t none = t->csv.n_rows;
  size_t first = none, of_seed = none;
  char number[32];
  snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
  for (size_t r = 0; r < t->csv.n_rows; r++) {
    const bool meant = config->trial ? strcmp(fray_rep_csv_at(&t->csv, r, 0), config->trial) == 0
                                     : is_meant(t, r, config->cell);
    if (!meant)
      continue;
    FRAY_CHECK(first == none || config->trial || same_cell(t, first, r), err, INPUT,
               "%s holds several cells; cell: {KEY: VALUE} says which is meant, or trial: NAME",
               t->csv.path);
    first = first == none ? r : first;
    if (of_seed == none && strcmp(fray_rep_csv_at(&t->csv, r, t->seed), number) == 0)
      of_seed = r;
  }
  *row = of_seed == none ? first : of_seed;
  FRAY_CHECK(*row < none, err, INPUT, "%s has no trial that model.start means", t->csv.path);
  return FRAY_OK;
}

/* ---- which model of it ---- */

/* Any of them, since each seed has a model of its own; who names none takes what there is. */
static bool is_named(const struct fray_strings *hashes, const char *hash) {
  bool named = hashes->n == 0;
  for (size_t k = 0; k < hashes->n; k++)
    named = named || strcmp(hashes->v[k], hash) == 0;
  return named;
}

/* The hash stands in the part, which is sealed; the weights are read when they are needed. */
static enum fray_status take_trial(const struct kept_trials *t,
                                   const struct fray_start_config *config, size_t row,
                                   struct fray_start *out, struct fray_err *err) {
  const char *name = fray_rep_csv_at(&t->csv, row, 0);
  const char *status = fray_rep_csv_at(&t->csv, row, t->status);
  struct fray_trial_file part = {0};
  FRAY_CHECK(strlen(name) == sizeof out->trial - 1, err, INPUT, "%s: '%.40s' names no trial",
             t->csv.path, name);
  FRAY_CHECK(strcmp(status, "ok") == 0, err, INPUT, "%s: trial %s is '%.20s' and left no model",
             t->csv.path, name, status);
  memcpy(part.name, name, sizeof part.name);
  memcpy(out->trial, name, sizeof out->trial);
  const char *seed = fray_rep_csv_at(&t->csv, row, t->seed);
  snprintf(out->seed, sizeof out->seed, "%s", seed);
  const enum fray_status read = fray_trial_file_read(config->results, &part, err);
  memcpy(out->hash, part.model[config->selection], sizeof out->hash);
  fray_trial_file_free(&part);
  FRAY_TRY(read);
  FRAY_CHECK(out->hash[0], err, INPUT, "%s: trial %s kept no %s model (evaluate.models)",
             config->results, name, fray_selection_names[config->selection]);
  FRAY_CHECK(is_named(&config->hash, out->hash), err, INPUT,
             "hash: the %s model of trial %s has the hash %s, which is not the one that is named",
             fray_selection_names[config->selection], name, out->hash);
  return FRAY_OK;
}

/* For each seed of this study. Rank 0. */
static enum fray_status find_trials(const struct fray_study *study, struct fray_start_list *starts,
                                    struct fray_err *err) {
  const struct fray_start_config *config = starts->config;
  struct fray_arena arena = {0};
  struct kept_trials trials = {0};
  enum fray_status status = open_trials(config->results, &arena, &trials, err);
  if (status == FRAY_OK)
    status = check_cell(&trials, config->cell, err);
  for (size_t s = 0; status == FRAY_OK && s < study->n_seeds; s++) {
    size_t row = 0;
    status = find_row(&trials, config, study->trial[s].seed, &row, err);
    if (status == FRAY_OK)
      status = take_trial(&trials, config, row, &starts->of[s], err);
  }
  fray_rep_csv_free(&trials.csv);
  fray_arena_free(&arena);
  return status;
}

/* ---- for all cells ---- */

/* Both may be missing. */
static bool same_text(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

/* By content: cells are read one by one, and what they have in common need not be one struct. A
 * cell that controls add conditions to is read again, of a tree whose paths are absolute. */
static bool same_start(const struct fray_start_list *starts, const struct fray_start_config *b) {
  const struct fray_start_config *a = starts->config;
  bool same = (same_text(a->results, b->results) || same_text(starts->folder, b->results)) &&
              same_text(a->trial, b->trial) && a->selection == b->selection &&
              a->hash.n == b->hash.n && !a->cell == !b->cell &&
              (!a->cell || fray_node_equal(a->cell, b->cell));
  for (size_t k = 0; same && k < a->hash.n; k++)
    same = strcmp(a->hash.v[k], b->hash.v[k]) == 0;
  return same;
}

/* A quadratic search among few: a sweep has one start, or a handful. NULL: nobody has listed it. */
static struct fray_start_list *find_starts(const struct fray_study *study,
                                           const struct fray_start_config *config) {
  size_t k = 0;
  while (k < study->n_starts && !same_start(&study->starts[k], config))
    k++;
  return k < study->n_starts ? &study->starts[k] : NULL;
}

/* Cells of a sweep mostly say the same; each folder is looked at once. */
static enum fray_status list_starts(struct fray_study *study, struct fray_err *err) {
  FRAY_ALLOC_ZERO(study->starts, &study->arena, study->n_cells + 1, err);
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_start_config *config = &study->cell[c].config.model.start;
    if (!fray_start_is_on(config) || find_starts(study, config))
      continue;
    struct fray_start_list *starts = &study->starts[study->n_starts++];
    const struct fray_node *node = fray_node_at(study->cell[c].node, "model.start.results");
    starts->config = config;
    starts->folder = node && node->scalar ? node->scalar : config->results;
    FRAY_ALLOC_ZERO(starts->of, &study->arena, study->n_seeds, err);
  }
  return FRAY_OK;
}

/* A failure is shared as well, and is no failure yet: a report of the same study, or a look at its
 * scenario, needs no model. The struct is of fixed size and goes as it is. */
enum fray_status fray_starts_share(struct fray_study *study, struct fray_comm *comm,
                                   struct fray_err *err) {
  FRAY_TRY(fray_comm_agree(comm, list_starts(study, err), err));
  for (size_t k = 0; k < study->n_starts; k++) {
    struct fray_start_list *starts = &study->starts[k];
    if (fray_comm_rank(comm) == 0) {
      fray_deed(FRAY_DEED_RESULTS, starts->config->results);
      starts->why.status = find_trials(study, starts, &starts->why);
    }
    fray_comm_broadcast(comm, &starts->why, sizeof starts->why, 0);
    fray_comm_broadcast(comm, starts->of, study->n_seeds * sizeof *starts->of, 0);
  }
  return FRAY_OK;
}

/* Trials of controls have the seeds of all others, in the same order. */
enum fray_status fray_start_of(const struct fray_study *study, const struct fray_trial *trial,
                               const struct fray_start **out, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[trial->cell];
  const struct fray_start_config *config = &cell->config.model.start;
  char where[256] = "scenario";
  *out = NULL;
  if (!fray_start_is_on(config))
    return FRAY_OK;
  const struct fray_start_list *starts = find_starts(study, config);
  FRAY_CHECK(starts, err, INTERNAL, "a cell whose model.start nobody looked for");
  if (starts->why.status != FRAY_OK) {
    const struct fray_node *node = fray_node_at(cell->node, "model.start");
    *err = starts->why;
    return fray_at(err, "%s: model.start", node ? fray_node_where(node, where) : where);
  }
  size_t s = 0;
  while (s + 1 < study->n_seeds && study->trial[s].seed != trial->seed)
    s++;
  *out = &starts->of[s];
  return FRAY_OK;
}

/* The weights are of rank 0, so that ranks which see no such folder start from it as well. */
enum fray_status fray_start_weights(const struct fray_study *study, const struct fray_trial *trial,
                                    const struct fray_model *model, float *weights, uint8_t *taken,
                                    struct fray_err *err) {
  const struct fray_start_config *config = &study->cell[trial->cell].config.model.start;
  const struct fray_start *start;
  FRAY_TRY(fray_start_of(study, trial, &start, err));
  fray_param_init(fray_model_params(model), trial->seed, weights);
  if (!start)
    return FRAY_OK;
  if (fray_models_start(model, config->results, start->trial,
                        (enum fray_selection)config->selection, start->hash, weights, taken,
                        err) == FRAY_OK)
    return FRAY_OK;
  return fray_at(err, "model.start");
}

static void put_start(const struct fray_study *study, const struct fray_start_list *starts,
                      size_t s, struct fray_text *out) {
  const struct fray_start *start = &starts->of[s];
  fray_text_puts(out, "{\"results\": ");
  fray_json_put_text(out, starts->folder);
  fray_text_printf(out,
                   ", \"seed\": \"%llu\", \"trial\": \"%s\", \"trial_seed\": \"%s\", "
                   "\"model\": \"%s\", \"hash\": \"%s\"}",
                   (unsigned long long)study->trial[s].seed, start->trial, start->seed,
                   fray_selection_names[starts->config->selection], start->hash);
}

/* Numbers as texts, as all of provenance has them. */
enum fray_status fray_starts_put(const struct fray_study *study, struct fray_text *out,
                                 struct fray_err *err) {
  bool first = true;
  for (size_t k = 0; k < study->n_starts; k++)
    for (size_t s = 0; study->starts[k].why.status == FRAY_OK && s < study->n_seeds; s++) {
      fray_text_puts(out, first ? "[\n    " : ",\n    ");
      put_start(study, &study->starts[k], s, out);
      first = false;
    }
  fray_text_puts(out, first ? "" : "\n  ]");
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

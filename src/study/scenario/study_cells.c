/* The cells of a study: one tree for each point of the sweep, read, and compared with one another.
 *
 * A cell is as if its scenario had been written by hand: what the sweep and the methods set stands
 * in its tree, and the keys of the study as a whole do not. */
#include "scenario.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/results/titles.h"

#include <stdio.h>
#include <string.h>

/* One line for a value of any kind: flow style for lists and maps. Values stand in tables and in
 * names of cells, so the text must be the same for the same value. */
static void put_flow(const struct fray_node *value, struct fray_text *out) {
  if (value->kind == FRAY_NODE_SCALAR || value->kind == FRAY_NODE_NULL) {
    fray_text_puts(out, value->kind == FRAY_NODE_SCALAR ? value->scalar : "null");
    return;
  }
  bool list = value->kind == FRAY_NODE_LIST;
  fray_text_puts(out, list ? "[" : "{");
  for (const struct fray_node *v = value->child; v; v = v->next) {
    if (!list)
      fray_text_printf(out, "%s: ", v->key);
    put_flow(v, out);
    fray_text_puts(out, v->next ? ", " : "");
  }
  fray_text_puts(out, list ? "]" : "}");
}

/* Without titles that a swept test brings along: tables and names of trials do not know them. */
const char *fray_value_text(const char *key, const struct fray_node *value,
                            struct fray_arena *arena) {
  struct fray_text text = {0};
  struct fray_arena scratch = {0};
  struct fray_node *plain = fray_node_copy(value, &scratch);
  text.failed = !plain;
  if (plain) {
    fray_titles_drop_swept(key, plain);
    put_flow(plain, &text);
  }
  fray_arena_free(&scratch);
  const char *copy = text.failed ? NULL : fray_arena_strdup(arena, text.data ? text.data : "");
  fray_text_free(&text);
  return copy;
}

/* Keys that belong to the study and not to one of its trainings. */
static const char *const study_keys[] = {"methods", "sweep",     "seeds",    "repeats",   "title",
                                         "titles",  "reference", "controls", "baselines", "report"};

static bool is_study_key(const char *key) {
  for (size_t k = 0; k < FRAY_COUNT(study_keys); k++)
    if (strcmp(key, study_keys[k]) == 0)
      return true;
  return false;
}

/* A copy to be changed. The study's own keys can be long: no cell holds them. */
static struct fray_node *without_study_keys(const struct fray_node *root,
                                            struct fray_arena *arena) {
  struct fray_node *map = fray_node_map(root->source, root->line, arena), **link;
  if (!map)
    return NULL;
  link = &map->child;
  for (const struct fray_node *e = root->child; e; e = e->next) {
    if (is_study_key(e->key))
      continue;
    *link = fray_node_copy(e, arena);
    if (!*link)
      return NULL;
    link = &(*link)->next;
    map->n++;
  }
  return map;
}

/* The filled tree has them again, as defaults. */
static void drop_study_keys(struct fray_node *map) {
  for (struct fray_node **at = &map->child; *at;) {
    if (!is_study_key((*at)->key)) {
      at = &(*at)->next;
      continue;
    }
    *at = (*at)->next;
    map->n--;
  }
}

/* A benchmark that encodes a lost modality as zeros brings that along with its damage, unless the
 * scenario says otherwise. */
static enum fray_status follow_compat(struct fray_node *tree, struct fray_arena *arena,
                                      struct fray_err *err) {
  const struct fray_node *entries = fray_node_get(tree, "corruption");
  for (const struct fray_node *e = entries ? entries->child : NULL; e; e = e->next) {
    if (!fray_corruption_encodes_zeros(e) || fray_node_at(tree, "model.encode_absent_as_zeros"))
      continue;
    struct fray_node *yes = fray_node_scalar("true", e->source, e->line, arena);
    FRAY_CHECK(yes, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_set_path(tree, "model.encode_absent_as_zeros", yes, arena, err));
  }
  return FRAY_OK;
}

/* The rows keep the scores of evaluate.metrics, and patience must follow from the rows. */
static enum fray_status check_stop(const struct fray_study *study, const struct fray_cell *cell,
                                   struct fray_err *err) {
  const struct fray_training_config *training = &cell->config.training;
  const struct fray_strings *metrics = &cell->config.evaluate.metrics;
  const struct fray_choice *metric = fray_training_stop_metric(training);
  const char *names[FRAY_MAX_METRICS];
  char list[800];
  bool found = training->stop.patience == 0;
  for (size_t k = 0; k < metrics->n; k++) {
    found = found || cell->metric[k] == metric;
    names[k] = metrics->v[k];
  }
  FRAY_CHECK(found, err, INPUT,
             "%s: training.stop.metric: %s%s is none of evaluate.metrics, whose dev scores "
             "rounds.csv keeps; %s",
             study->path, metric->name, training->stop.metric ? "" : " (of training.selection)",
             fray_there_are(metric->name, names, metrics->n, list, sizeof list));
  return FRAY_OK;
}

/* Before training: a score of a class that nobody named would be an empty column. */
static enum fray_status check_target(const struct fray_study *study, const struct fray_cell *cell,
                                     struct fray_err *err) {
  const struct fray_scenario *config = &cell->config;
  const char *given = config->evaluate.target,
             *wanted = fray_attack_target(&config->training.attack);
  /* Two classes that are asked for would be two metrics. */
  FRAY_CHECK(!given || !wanted || strcmp(given, wanted) == 0, err, INPUT,
             "%s: evaluate.target: '%s' is not the target of training.attack, '%s'", study->path,
             given, wanted);
  for (size_t k = 0; k < config->evaluate.metrics.n; k++)
    FRAY_CHECK(given || wanted || !fray_metric_needs_target(cell->metric[k]), err, INPUT,
               "%s: evaluate.metrics: %s asks how often a class is answered that somebody wants: "
               "say which by evaluate.target",
               study->path, cell->metric[k]->name);
  return FRAY_OK;
}

/* The tree is compared with those of other cells and shared where it is equal: a thousand cells
 * differ in a few keys. */
enum fray_status fray_cell_read(struct fray_study *study, struct fray_cell *cell,
                                const struct fray_node *tree, struct fray_err *err) {
  struct fray_scenario *config = &cell->config;
  FRAY_TRY(fray_schema_share(&fray_scenario_table, tree, &study->store, config, &cell->node,
                             &study->arena, err));
  drop_study_keys(cell->node);
  FRAY_TRY(fray_cell_entries(cell, &study->arena, err));
  FRAY_TRY(fray_conditions_read(study, config->tests, &cell->condition, &cell->n_conditions, err));
  for (size_t k = 0; k < config->evaluate.metrics.n; k++)
    cell->metric[k] = fray_choice_find(&fray_metrics, config->evaluate.metrics.v[k]);
  FRAY_TRY(check_target(study, cell, err));
  return check_stop(study, cell, err);
}

/* Local models are judged on their own clients' samples alone. */
static enum fray_status check_local_only(const struct fray_study *study,
                                         const struct fray_cell *cell, struct fray_err *err) {
  FRAY_CHECK(
      !(study->controls & FRAY_CONTROL_LOCAL_ONLY) || cell->config.data.partition.own_test > 0, err,
      INPUT, "%s: data.partition.own_test: 0 leaves the control local_only nothing to be tested on",
      study->path);
  return FRAY_OK;
}

/* The methods of study->root must be there, since a cell may take its keys from one. What is set
 * stays in scratch memory together with the tree. */
static enum fray_status apply_point(struct fray_study *study, const struct fray_axis_point *point,
                                    struct fray_node *tree, struct fray_err *err) {
  struct fray_arena *scratch = &study->scratch;
  const struct fray_node *methods = fray_node_get(study->root, "methods");
  for (size_t k = 0; k < point->n; k++) /* a method first: other keys may refine it */
    if (strcmp(point->key[k], "method") == 0)
      FRAY_TRY(fray_method_apply(tree, methods, point->value[k], scratch, err));
  for (size_t k = 0; k < point->n; k++)
    if (strcmp(point->key[k], "method") != 0)
      FRAY_TRY(fray_scenario_set(tree, point->key[k], point->value[k], scratch, err));
  return FRAY_OK;
}

/* The order matters: what a method or the sweep sets comes before what follows from it. */
static enum fray_status make_tree(struct fray_study *study, const struct fray_axis_point *point,
                                  fray_cell_edit *edit, const void *user, struct fray_node **out,
                                  struct fray_err *err) {
  struct fray_arena *scratch = &study->scratch;
  struct fray_node *tree = without_study_keys(study->root, scratch);
  FRAY_CHECK(tree, err, MEMORY, "out of memory");
  FRAY_TRY(apply_point(study, point, tree, err));
  fray_titles_drop(tree);
  FRAY_TRY(follow_compat(tree, scratch, err));
  FRAY_TRY(fray_controls_own_test(study->controls, tree, scratch, err));
  FRAY_TRY(fray_controls_check_tests(tree, err));
  if (edit)
    FRAY_TRY(edit(tree, user, scratch, err));
  *out = tree;
  return FRAY_OK;
}

/* Nodes of the tree lie in scratch memory; what the cell keeps of them is copied when it is read.
 */
enum fray_status fray_cell_make(struct fray_study *study, const struct fray_axis_point *point,
                                fray_cell_edit *edit, const void *user, struct fray_cell *cell,
                                struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  struct fray_node *tree = NULL;
  FRAY_ALLOC(cell->value, &study->arena, FRAY_MAX(point->n, (size_t)1), err);
  FRAY_ALLOC(cell->meant, &study->arena, FRAY_MAX(point->n, (size_t)1), err);
  for (size_t k = 0; k < point->n; k++) {
    /* A named value is called by its name; what is trained is the value. */
    cell->meant[k] = fray_value_text(point->key[k], point->value[k], &study->arena);
    cell->value[k] = point->value[k]->key ? point->value[k]->key : cell->meant[k];
    FRAY_CHECK(cell->meant[k], err, MEMORY, "out of memory");
  }
  enum fray_status status = make_tree(study, point, edit, user, &tree, err);
  if (status == FRAY_OK)
    status = fray_cell_read(study, cell, tree, err);
  fray_arena_rewind(&study->scratch, mark);
  FRAY_TRY(status);
  return check_local_only(study, cell, err);
}

/* Of a cell of the sweep, the columns of trials.csv are its entries. An ordinary cell is its own
 * twin: it does its own work. */
static enum fray_status make_ordinary(struct fray_study *study, size_t index,
                                      struct fray_err *err) {
  struct fray_cell *cell = &study->cell[index];
  cell->control = "";
  cell->twin = index;
  if (fray_cell_make(study, &study->point[index], NULL, NULL, cell, err) != FRAY_OK)
    return fray_cell_named(study, cell, err);
  FRAY_ALLOC(cell->column, &study->arena, FRAY_MAX(cell->n_entries, (size_t)1), err);
  for (size_t e = 0; e < cell->n_entries; e++)
    cell->column[e] = e;
  return FRAY_OK;
}

/* One table holds all cells, so they must agree on its columns. Only cells of the sweep: those of
 * controls come later and may lack entries, whose columns stay empty. */
static enum fray_status check_columns(const struct fray_study *study, struct fray_err *err) {
  const struct fray_cell *first = &study->cell[0];
  for (size_t i = 1; i < study->n_cells; i++) {
    const struct fray_cell *cell = &study->cell[i];
    const struct fray_strings *a = &first->config.evaluate.metrics;
    const struct fray_strings *b = &cell->config.evaluate.metrics;
    bool same = cell->n_entries == first->n_entries && a->n == b->n;
    for (size_t e = 0; same && e < cell->n_entries; e++)
      same = strcmp(cell->entry[e]->id, first->entry[e]->id) == 0;
    for (size_t k = 0; same && k < a->n; k++)
      same = strcmp(a->v[k], b->v[k]) == 0;
    FRAY_CHECK(same, err, INPUT,
               "%s: cells of one study must have the same corruption ids and metrics; sweep their "
               "rates instead",
               study->path);
  }
  return FRAY_OK;
}

/* ": method slow and fast": what the sweep says of the two; nothing where that is one text. */
static const char *told_apart(const struct fray_study *study, size_t a, size_t b, char out[256]) {
  size_t size = 0;
  *out = '\0';
  for (size_t k = 0; k < study->n_keys && size < 255; k++) {
    const char *x = study->cell[a].value[k], *y = study->cell[b].value[k];
    if (strcmp(x, y) != 0)
      size += (size_t)snprintf(out + size, 256 - size, "%s %.60s %.60s and %.60s", size ? "," : ":",
                               study->key[k], x, y);
  }
  return out;
}

/* Two spellings of one configuration would be one trial that counts twice. By hashes of 128 bits,
 * since comparing each with each would take long for many thousands. */
static enum fray_status check_cells_differ(struct fray_study *study, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  struct fray_hash128 *hash;
  size_t first, again;
  FRAY_ALLOC(hash, &study->scratch, study->n_cells, err);
  for (size_t i = 0; i < study->n_cells; i++)
    FRAY_TRY(fray_node_hash(study->cell[i].node, &hash[i], err));
  FRAY_TRY(fray_hash128_twice(hash, study->n_cells, &first, &again, err));
  fray_arena_rewind(&study->scratch, mark);
  char apart[256];
  FRAY_CHECK(again == study->n_cells, err, INPUT,
             "%s: cells %zu and %zu of the sweep are the same configuration%s; leave one out",
             study->path, first + 1, again + 1, told_apart(study, first, again, apart));
  return FRAY_OK;
}

enum fray_status fray_study_make_cells(struct fray_study *study, struct fray_node *root,
                                       struct fray_err *err) {
  struct fray_arena *arena = &study->arena;
  study->root = root;
  FRAY_TRY(fray_sweep_expand(root, arena, &study->point, &study->n_points, err));
  /* Cells of controls come behind them, once the data are open. */
  study->n_cells = study->n_points;
  FRAY_ALLOC_ZERO(study->cell, arena, study->n_cells, err);
  study->n_keys = study->point[0].n;
  study->key = study->point[0].key;
  for (size_t i = 0; i < study->n_cells; i++)
    FRAY_TRY(make_ordinary(study, i, err));
  FRAY_TRY(check_cells_differ(study, err));
  return check_columns(study, err);
}

/* Loading a study: scenario file -> tree -> cells -> trials.
 *
 * The tree stays untyped until all overrides are in it; then each cell is read as if its file had
 * been written by hand. */
#include "fray/study/study.h"

#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/nn/loss.h"
#include "fray/results/data_sets.h"
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
 */
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

static enum fray_status apply_sets(struct fray_node *root, const char *const *sets, size_t n,
                                   struct fray_arena *arena, struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    const char *equal = strchr(sets[i], '=');
    FRAY_CHECK(equal && equal != sets[i], err, INPUT, "--set %s: KEY=VALUE is expected", sets[i]);
    char *key = fray_arena_strndup(arena, sets[i], (size_t)(equal - sets[i]));
    FRAY_CHECK(key, err, MEMORY, "out of memory");
    /* The value is a YAML document of its own, under a key so that any kind of value may stand. */
    char *text = fray_arena_printf(arena, "value: %s\n", equal + 1);
    struct fray_node *wrapped;
    enum fray_status status = fray_yaml_parse(text, "--set", arena, &wrapped, err);
    if (status == FRAY_INPUT)
      return fray_fail(err, FRAY_INPUT, "--set %s: no value in YAML", sets[i]);
    FRAY_TRY(status);
    struct fray_node *value = fray_node_get(wrapped, "value");
    FRAY_CHECK(value && value->kind != FRAY_NODE_NULL, err, INPUT, "--set %s: no value", sets[i]);
    FRAY_TRY(fray_scenario_set(root, key, value, arena, err));
  }
  return FRAY_OK;
}

/* True if a key of the map is this dotted path, lies below it, or holds it. */
static bool has_key(const struct fray_node *map, const char *key, size_t length) {
  for (const struct fray_node *k = map ? map->child : NULL; k; k = k->next) {
    size_t other = k->key ? strlen(k->key) : 0, shorter = FRAY_MIN(other, length);
    if (!k->key || strncmp(k->key, key, shorter) != 0)
      continue;
    if (other == length || (other < length ? key[other] : k->key[length]) == '.')
      return true;
  }
  return false;
}

/* A key that a method or the sweep sets as well would silently win over --set. */
static enum fray_status check_sets(const struct fray_node *root, const char *const *sets, size_t n,
                                   struct fray_err *err) {
  const struct fray_node *methods = fray_node_get(root, "methods");
  const struct fray_node *sweep = fray_node_get(root, "sweep");
  for (size_t i = 0; i < n; i++) {
    size_t length = strcspn(sets[i], "=");
    for (const struct fray_node *e = sweep ? sweep->child : NULL; e; e = e->next)
      FRAY_CHECK(!has_key(e->child, sets[i], length), err, INPUT,
                 "--set %s: the scenario sweeps this key; set `sweep` instead", sets[i]);
    for (const struct fray_node *m = methods ? methods->child : NULL; m; m = m->next)
      FRAY_CHECK(!has_key(m, sets[i], length), err, INPUT,
                 "--set %s: method %s sets this key; set methods.%s instead", sets[i], m->key,
                 m->key);
  }
  return FRAY_OK;
}

/* One line for a value of any kind: flow style for lists and maps. */
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

static const char *value_text(const struct fray_node *value, struct fray_arena *arena) {
  struct fray_text text = {0};
  put_flow(value, &text);
  const char *copy = text.failed ? NULL : fray_arena_strdup(arena, text.data ? text.data : "");
  fray_text_free(&text);
  return copy;
}

/* Keys that belong to the study and not to one of its trainings. */
static const char *const study_keys[] = {"methods",   "sweep",    "seeds",    "repeats",
                                         "reference", "controls", "baselines"};

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
  return FRAY_OK;
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

/* The methods of study->root must be there, since a cell may take its keys from one. */
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
  for (size_t k = 0; k < point->n; k++) {
    cell->value[k] = value_text(point->value[k], &study->arena);
    FRAY_CHECK(cell->value[k], err, MEMORY, "out of memory");
  }
  enum fray_status status = make_tree(study, point, edit, user, &tree, err);
  if (status == FRAY_OK)
    status = fray_cell_read(study, cell, tree, err);
  fray_arena_rewind(&study->scratch, mark);
  FRAY_TRY(status);
  return check_local_only(study, cell, err);
}

/* Of a cell of the sweep, the columns of trials.csv are its entries. */
static enum fray_status make_ordinary(struct fray_study *study, size_t index,
                                      struct fray_err *err) {
  struct fray_cell *cell = &study->cell[index];
  cell->control = "";
  cell->twin = index;
  FRAY_TRY(fray_cell_make(study, &study->point[index], NULL, NULL, cell, err));
  FRAY_ALLOC(cell->column, &study->arena, FRAY_MAX(cell->n_entries, (size_t)1), err);
  for (size_t e = 0; e < cell->n_entries; e++)
    cell->column[e] = e;
  return FRAY_OK;
}

/* One table holds all cells, so they must agree on its columns. */
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

/* Two spellings of one configuration would be one trial that counts twice. */
static enum fray_status check_cells_differ(struct fray_study *study, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  struct fray_hash128 *hash;
  size_t first, again;
  FRAY_ALLOC(hash, &study->scratch, study->n_cells, err);
  for (size_t i = 0; i < study->n_cells; i++)
    FRAY_TRY(fray_node_hash(study->cell[i].node, &hash[i], err));
  FRAY_TRY(fray_hash128_twice(hash, study->n_cells, &first, &again, err));
  fray_arena_rewind(&study->scratch, mark);
  FRAY_CHECK(again == study->n_cells, err, INPUT,
             "%s: cells %zu and %zu of the sweep are the same configuration; leave one out",
             study->path, first + 1, again + 1);
  return FRAY_OK;
}

static enum fray_status make_cells(struct fray_study *study, struct fray_node *root,
                                   struct fray_err *err) {
  struct fray_arena *arena = &study->arena;
  study->root = root;
  FRAY_TRY(fray_sweep_expand(root, arena, &study->point, &study->n_points, err));
  study->n_cells = study->n_points;
  FRAY_ALLOC_ZERO(study->cell, arena, study->n_cells, err);
  study->n_keys = study->point[0].n;
  study->key = study->point[0].key;
  for (size_t i = 0; i < study->n_cells; i++)
    FRAY_TRY(make_ordinary(study, i, err));
  FRAY_TRY(check_cells_differ(study, err));
  return check_columns(study, err);
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

static bool same_value(const char *a, const char *b) {
  struct fray_node x = {.kind = FRAY_NODE_SCALAR, .scalar = a}, y = x;
  double u, v;
  y.scalar = b;
  if (fray_node_real(&x, &u) && fray_node_real(&y, &v))
    return u == v;
  return strcmp(a, b) == 0;
}

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

static enum fray_status check_selected_value(const struct fray_study *study, const char *of,
                                             const char *key, size_t at,
                                             const struct fray_node *value, const char *where,
                                             struct fray_err *err) {
  for (size_t c = 0; c < study->n_cells; c++)
    if (value->kind == FRAY_NODE_SCALAR && same_value(study->cell[c].value[at], value->scalar))
      return FRAY_OK;
  return no_such_value(study, of, key, at, value, where, err);
}

/* `reference` and `baselines` must name swept keys and values; what they select is the report's
 * business. lists: several values of a key may be given. */
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

/* Whether another root gives the same cells. */
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

/* Takes out of a filled tree what the user did not give. */
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
  if (!same_cells(study, filled))
    keep_given(filled, root);
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

/* Which loss is the default depends on the data, so the scenario's text must not settle it. */
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
enum fray_status fray_study_follow_task(struct fray_study *study, size_t index, bool multi_label,
                                        struct fray_err *err) {
  struct fray_cell *cell = &study->cell[index];
  if (!multi_label || !has_default_loss(cell->node))
    return FRAY_OK;
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  struct fray_node *tree = fray_node_copy(cell->node, &study->scratch);
  struct fray_node *loss =
      fray_node_scalar(fray_loss_default(true)->name, "multi-label data", 0, &study->scratch);
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
  FRAY_CHECK(strlen(name) <= LONGEST_NAME, err, INPUT,
             "%s: name: %zu characters, at most %d expected", where, strlen(name), LONGEST_NAME);
  return FRAY_OK;
}

/* The tree is filled from the top down: overrides, then additions, then cells, since each may
 * change what the next one reads. */
static enum fray_status load(struct fray_study *study, const char *text, const char *const *sets,
                             size_t n_sets, struct fray_additions *more, struct fray_err *err) {
  struct fray_arena *arena = &study->arena;
  struct fray_node *root;
  FRAY_TRY(fray_yaml_parse(text, study->path, arena, &root, err));
  FRAY_CHECK(root->kind == FRAY_NODE_MAP, err, INPUT, "%s: a map of keys is expected", study->path);
  FRAY_TRY(apply_sets(root, sets, n_sets, arena, err));
  FRAY_TRY(check_sets(root, sets, n_sets, err));
  if (more)
    FRAY_TRY(fray_additions_apply(root, more, arena, err));
  FRAY_TRY(fray_tests_settle(root, arena, err));
  struct fray_scenario base;
  FRAY_TRY(fray_schema_read(&fray_scenario_table, root, "", &base, arena, err));
  study->name = base.name;
  FRAY_TRY(check_name(study->name, fray_node_get(root, "name"), err));
  FRAY_TRY(fray_controls_read(&base.controls, &study->controls, err));
  FRAY_TRY(fray_controls_own_test(study->controls, root, arena, err));
  FRAY_TRY(make_cells(study, root, err));
  if (more)
    FRAY_TRY(fray_additions_check(study, more, err));
  FRAY_TRY(make_trials(study, &base, err));
  FRAY_TRY(check_selection(study, "reference", base.reference, false, err));
  FRAY_TRY(check_selection(study, "baselines", base.baselines, true, err));
  return write_scenario(study, root, err);
}

/* The text of a file in the study's memory, on every rank. */
static enum fray_status load_text(struct fray_study *study, const char *path,
                                  struct fray_comm *comm, const char **out, struct fray_err *err) {
  struct fray_text text = {0};
  FRAY_TRY(share_text(path, comm, &text, err));
  *out = fray_arena_strdup(&study->arena, text.data ? text.data : "");
  fray_text_free(&text);
  return fray_comm_agree(comm, *out ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory"), err);
}

/* Side files are shared before anything opens them: ledgers and cohorts are read while cells are
 * prepared. */
enum fray_status fray_study_load_more(const char *path, const char *const *sets, size_t n_sets,
                                      struct fray_additions *more, struct fray_comm *comm,
                                      struct fray_study **out, struct fray_err *err) {
  const char *text = NULL;
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
    status = load_text(study, path, comm, &text, err);
  if (status == FRAY_OK && more && more->path)
    status = load_text(study, more->path, comm, &more->text, err);
  if (status == FRAY_OK) {
    study->path = fray_arena_strdup(&study->arena, path);
    status = fray_comm_agree(comm, load(study, text, sets, n_sets, more, err), err);
  }
  if (status == FRAY_OK)
    status = fray_side_files_share(study, comm, err);
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

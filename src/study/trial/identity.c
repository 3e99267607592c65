/* What a trial is called, and which evaluation its part holds. docs/decisions/0014
 *
 * The name is made of content: equal content is equal work and is done once, whatever it is called
 * and wherever it lies. */
#include "study/scenario/scenario.h"
#include "trial.h"

#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/fed/schedule.h"

#include <stdio.h>
#include <string.h>

/* Keys that decide what is measured on finished models, and nothing before. They stand for
 * everything below them. */
static const char *const evaluated[] = {
    "tests",          "evaluate.groups", "evaluate.save_ledger", "evaluate.save_scores",
    "evaluate.judge", "evaluate.verify", "membership.centre",    "membership.deviation"};

/* True if the dotted path names one of them, lies below it or holds it. */
static bool is_evaluated(const char *path) {
  size_t n = strlen(path);
  for (size_t k = 0; k < FRAY_COUNT(evaluated); k++) {
    size_t m = strlen(evaluated[k]), shorter = FRAY_MIN(n, m);
    /* Piece by piece: `evaluate.group` is not `evaluate.groups`. */
    if (strncmp(path, evaluated[k], shorter) == 0 &&
        (n == m || (n < m ? evaluated[k][n] : path[m]) == '.'))
      return true;
  }
  return false;
}

static bool is_study_text(const char *key) {
  return strcmp(key, "name") == 0 || strcmp(key, "description") == 0;
}

/* Keys that decide on no number of the training (paths, tests, groups) must not change its name. */
static void drop_key(struct fray_node *map, const char *key) {
  for (struct fray_node **at = map ? &map->child : NULL; at && *at; at = &(*at)->next) {
    if ((*at)->key && strcmp((*at)->key, key) == 0) {
      *at = (*at)->next;
      map->n--;
      return;
    }
  }
}

/* Keys that came later and change nothing as long as they have their default. */
static void drop_default(struct fray_node *map, const char *key, const char *value) {
  const struct fray_node *node = fray_node_get(map, key);
  /* Results of before such a key keep their names, and are found. */
  if (node && node->kind == FRAY_NODE_SCALAR && strcmp(node->scalar, value) == 0)
    drop_key(map, key);
}

/* A key at the root or in one of its sections. */
static void drop_path(struct fray_node *root, const char *path) {
  const char *dot = strchr(path, '.');
  char section[64];
  if (!dot) {
    drop_key(root, path);
    return;
  }
  snprintf(section, sizeof section, "%.*s", (int)(dot - path), path);
  drop_key(fray_node_get(root, section), dot + 1);
}

/* A key of an entry of the table that names a file or a folder, whatever the kind calls it. */
static bool is_path(const struct fray_table *table, const struct fray_node *entry,
                    const struct fray_node *key) {
  if (entry->kind != FRAY_NODE_MAP)
    return false;
  const struct fray_field *field = fray_schema_field(table, entry, key->key);
  return field && field->type == FRAY_PATH && key->kind == FRAY_NODE_SCALAR;
}

/* Their contents stand for them. */
static void drop_paths_of(const struct fray_table *table, struct fray_node *entry) {
  for (struct fray_node *key = entry ? entry->child : NULL, *next; key; key = next) {
    next = key->next;
    if (is_path(table, entry, key))
      drop_key(entry, key->key);
  }
}

static void drop_paths(struct fray_node *entries) {
  for (struct fray_node *e = entries ? entries->child : NULL; e; e = e->next) {
    if (e->kind == FRAY_NODE_LIST) /* of a test of several entries */
      drop_paths(e);
    drop_paths_of(&fray_corruption_table, e);
  }
}

/* A key of every entry that has it. */
static void drop_default_of(struct fray_node *entries, const char *key, const char *value) {
  for (struct fray_node *e = entries ? entries->child : NULL; e; e = e->next) {
    if (e->kind == FRAY_NODE_LIST) /* of a test of several entries */
      drop_default_of(e, key, value);
    else
      drop_default(e, key, value);
  }
}

/* Files of vectors: what is kept of them has a hash. */
static void drop_vectors(struct fray_node *features) {
  for (struct fray_node *f = features ? features->child : NULL; f; f = f->next)
    drop_key(f, "vectors");
}

/* Trainings of before this key let all rows decay, so these keep their names, and so do those whose
 * model has no tensor that it is about. */
static void drop_rows(struct fray_node *local, bool by_rows) {
  if (by_rows)
    drop_default(local, "weight_decay_rows", "all");
  else
    drop_key(local, "weight_decay_rows");
}

/* Whether some tensor may decay row by row: asked of the model only where it decides. */
static enum fray_status decays_by_rows(struct fray_session *session, const struct fray_cell *cell,
                                       bool *out, struct fray_err *err) {
  struct fray_model_size size;
  *out = fray_optimiser_asks_rows(&cell->config.training.local);
  if (!*out)
    return FRAY_OK;
  FRAY_TRY(fray_session_model_size(session, cell, &size, err));
  *out = size.by_rows;
  return FRAY_OK;
}

/* The cell without paths (the data's own hash stands for them) and without what is only measured.
 * /. A key that is added to the scenario later must be dropped here while it has its default, or
 * all results of before lose their names and would be trained again. */
static enum fray_status emit_frozen(const struct fray_cell *cell, bool by_rows,
                                    struct fray_text *text, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_node *copy = fray_node_copy(cell->node, &arena);
  if (copy) {
    struct fray_node *data = fray_node_get(copy, "data");
    drop_key(fray_node_get(copy, "model"), "start"); /* the hash of the kept model stands for it */
    drop_key(data, "shards");
    drop_key(data, "cache_mb"); /* memory, not meaning */
    drop_vectors(fray_node_get(data, "features"));
    drop_key(fray_node_get(data, "partition"), "path");
    drop_default(fray_node_get(data, "partition"), "own_test", "0");
    struct fray_node *training = fray_node_get(copy, "training");
    struct fray_node *aggregation = fray_node_get(training, "aggregation");
    drop_key(training, "cohorts");
    drop_paths_of(&fray_time_table, fray_node_at(training, "availability.time"));
    if (!fray_availability_is_on(&cell->config.training.availability))
      drop_key(training, "availability");
    drop_default(training, "on_nonfinite", "end");
    if (cell->config.training.stop.patience == 0) /* its other keys mean nothing then */
      drop_key(training, "stop");
    drop_default(fray_node_get(training, "local"), "sampling", "shuffled");
    drop_default(fray_node_get(training, "local"), "class_weights", "none");
    drop_rows(fray_node_get(training, "local"), by_rows);
    drop_default(aggregation, "rule", "mean");
    drop_default(aggregation, "blocks", "whole");
    drop_default(aggregation, "f_by", "given");
    /* What nobody asks for changes nothing, whatever it says. */
    if (cell->config.training.aggregation.pre.n == 0)
      drop_key(aggregation, "pre");
    if (!fray_aggregation_uses_f(&cell->config.training.aggregation))
      drop_key(aggregation, "f");                         /* nobody asks */
    drop_key(fray_node_get(training, "private"), "keep"); /* room, as that of methods */
    if (cell->config.training.own.blocks.n == 0)
      drop_key(training, "private");
    drop_key(fray_node_get(training, "compression"), "keep"); /* room */
    if (!fray_compression_is_on(&cell->config.training.compression))
      drop_key(training, "compression");
    if (!fray_attack_is_on(&cell->config.training.attack))
      drop_key(training, "attack");
    if (!fray_secure_is_on(&cell->config.training.secure))
      drop_key(training, "secure_aggregation");
    if (!fray_privacy_is_on(&cell->config.training.privacy))
      drop_key(training, "privacy");
    if (aggregation && aggregation->n == 0)
      drop_key(training, "aggregation");
    struct fray_node *missing = fray_node_get(training, "missing");
    drop_default(missing, "unit", "modality");
    drop_default(missing, "kind", "mask");
    if (missing && missing->n == 0)
      drop_key(training, "missing");
    struct fray_node *server = fray_node_get(training, "server");
    drop_key(server, "keep"); /* room, not meaning */
    drop_default(server, "choice", "loss");
    drop_default(server, "fill", "sure");
    drop_default_of(fray_node_get(copy, "corruption"), "if_hit", "keep");
    drop_default_of(fray_node_get(copy, "corruption"), "lose", "modality");
    drop_paths(fray_node_get(copy, "corruption"));
    drop_key(fray_node_get(copy, "evaluate"), "models"); /* room on the disk, not meaning */
    if (!fray_membership_is_on(&cell->config.membership))
      drop_key(copy, "membership");
    for (size_t k = 0; k < FRAY_COUNT(evaluated); k++)
      drop_path(copy, evaluated[k]);
    for (const struct fray_node *section = copy->child; section; section = section->next)
      if (!is_study_text(section->key)) {
        fray_text_printf(text, "%s:\n", section->key);
        fray_node_emit(section, text);
      }
  }
  fray_arena_free(&arena);
  FRAY_CHECK(copy && !text->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* What the sweep or the cell's method sets of the evaluation does count: cells that differ in
 * nothing else are trials of their own. Tests that are added later to all cells leave it alone.
 * study->filled has the methods; the cells have not, as keys of the study as a whole. */
static void emit_swept(const struct fray_study *study, const struct fray_cell *cell,
                       struct fray_text *text) {
  const struct fray_node *methods = fray_node_get(study->filled, "methods");
  for (size_t k = 0; k < study->n_keys; k++) {
    if (is_evaluated(study->key[k]))
      fray_text_printf(text, "%s = %s\n", study->key[k], cell->meant[k]);
    if (strcmp(study->key[k], "method") != 0)
      continue;
    const struct fray_node *method = fray_node_get(methods, cell->value[k]);
    for (const struct fray_node *m = method ? method->child : NULL; m; m = m->next)
      if (is_evaluated(m->key)) {
        fray_text_printf(text, "%s =\n", m->key);
        fray_node_emit(m, text);
      }
  }
}

/* By content: ledgers and sounds may lie anywhere. What cannot be read is told here, before
 * anything is named after it. Bytes come from rank 0, the same on all ranks. */
static enum fray_status add_contents_of(const struct fray_table *table,
                                        const struct fray_node *entry, struct fray_text *text,
                                        struct fray_err *err) {
  for (const struct fray_node *key = entry ? entry->child : NULL; key; key = key->next) {
    const char *data;
    size_t size;
    if (!is_path(table, entry, key))
      continue;
    FRAY_TRY(fray_side_view(key->scalar, (size_t)1 << 32, &data, &size, err));
    fray_text_printf(text, "%s %016llx\n", key->key, (unsigned long long)fray_hash64(data, size));
  }
  return FRAY_OK;
}

static enum fray_status add_contents(const struct fray_node *entries, struct fray_text *text,
                                     struct fray_err *err) {
  for (const struct fray_node *e = entries ? entries->child : NULL; e; e = e->next) {
    if (e->kind == FRAY_NODE_LIST)
      FRAY_TRY(add_contents(e, text, err));
    FRAY_TRY(add_contents_of(&fray_corruption_table, e, text, err));
  }
  return FRAY_OK;
}

/* The contents of files that say what happens stand for their paths. Of cohorts it is the hash of
 * what the file means, clients by round, so that its spelling does not matter. The partition must
 * be there: cohorts name its clients. */
static enum fray_status add_files(const struct fray_cell *cell,
                                  const struct fray_partition *partition, struct fray_text *text,
                                  struct fray_err *err) {
  const struct fray_training_config *training = &cell->config.training;
  struct fray_arena arena = {0};
  struct fray_cohort_schedule cohorts;
  enum fray_status status = FRAY_OK;
  if (training->cohorts) {
    status = fray_cohorts_read(training->cohorts, (size_t)training->rounds, partition->name,
                               partition->n_clients, &arena, &cohorts, err);
    if (status == FRAY_OK)
      fray_text_printf(text, "cohorts %016llx\n", (unsigned long long)cohorts.hash);
  }
  fray_arena_free(&arena);
  FRAY_TRY(status);
  FRAY_TRY(add_contents_of(&fray_time_table, fray_node_at(cell->node, "training.availability.time"),
                           text, err));
  return add_contents(fray_node_get(cell->node, "corruption"), text, err);
}

/* Wherever its folder lies, and whatever named it. Best and last are told apart even where they are
 * of one round: as cells of one study they are two rows of its tables. */
static enum fray_status add_start(const struct fray_study *study, const struct fray_trial *trial,
                                  struct fray_text *text, struct fray_err *err) {
  const struct fray_start *start;
  FRAY_TRY(fray_start_of(study, trial, &start, err));
  if (start)
    fray_text_printf(text, "start %s %d\n", start->hash,
                     study->cell[trial->cell].config.model.start.selection);
  return FRAY_OK;
}

static void add_vectors(const struct fray_session *session, struct fray_text *text) {
  for (size_t m = 0; m < session->dataset->n_modalities; m++) {
    size_t vocabulary;
    uint64_t hash;
    if (fray_features_vectors(session->features, m, &vocabulary, &hash))
      fray_text_printf(text, "vectors %s %016llx\n", session->dataset->modality[m].name,
                       (unsigned long long)hash);
  }
}

/* 64 bits: among a million trials two share a name with a chance of one in tens of millions. */
static enum fray_status name_text(const struct fray_text *text, char name[17],
                                  struct fray_err *err) {
  char hex[33];
  FRAY_CHECK(!text->failed, err, MEMORY, "out of memory");
  fray_hash128_hex(fray_hash128_of(text->data ? text->data : "", text->size), hex);
  memcpy(name, hex, 16);
  name[16] = '\0';
  return FRAY_OK;
}

/* Content counts and not where it lies: two paths to the same data and files give one name. */
enum fray_status fray_trial_name(const struct fray_study *study, const struct fray_trial *trial,
                                 struct fray_session *session, char name[17],
                                 struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[trial->cell];
  struct fray_text text = {0};
  const struct fray_partition *partition = NULL;
  bool by_rows;
  FRAY_TRY(decays_by_rows(session, cell, &by_rows, err));

  enum fray_status status = emit_frozen(cell, by_rows, &text, err);
  if (status == FRAY_OK) {
    emit_swept(study, cell, &text);
    fray_control_put(study, cell, &text);
    /* The partition is hashed by its samples, so a partition file needs no hash of its own. */
    status = fray_session_partition(session, cell, trial->partition_seed, &partition, err);
  }
  if (status == FRAY_OK)
    status = add_files(cell, partition, &text, err);
  if (status == FRAY_OK)
    status = add_start(study, trial, &text, err);
  if (status == FRAY_OK) {
    add_vectors(session, &text);
    size_t n = partition->first[partition->n_clients];
    /* What the keys lead to, and not only the keys: the same scenario on other data is another
     * trial. */
    fray_text_printf(&text, "index %016llx partition %016llx seeds %llu %llu %llu\n",
                     (unsigned long long)session->dataset->index_hash,
                     (unsigned long long)(fray_hash64(partition->sample, n * sizeof(uint32_t)) ^
                                          fray_hash64(partition->first,
                                                      (partition->n_clients + 1) * sizeof(size_t))),
                     (unsigned long long)trial->seed, (unsigned long long)trial->partition_seed,
                     (unsigned long long)trial->corruption_seed);
    status = name_text(&text, name, err);
  }

  fray_text_free(&text);
  return status;
}

/* What is only measured on the finished model has a mark of its own, so that another test does not
 * make another training. Empty sections are left out, so that `tests: {}` and no tests are one
 * mark. Files of tests count by content, as those of training do. */
enum fray_status fray_evaluation_name(const struct fray_cell *cell, char name[17],
                                      struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  struct fray_node *copy = fray_node_copy(cell->node, &arena);
  enum fray_status status = copy ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK) {
    drop_paths(fray_node_get(copy, "tests"));
    drop_default_of(fray_node_get(copy, "tests"), "lose", "modality");
    if (!fray_membership_is_on(&cell->config.membership))
      drop_key(copy, "membership");
    struct fray_node *evaluate = fray_node_get(copy, "evaluate");
    drop_default(evaluate, "verify", "0");
    if (!fray_judge_is_on(&cell->config.evaluate.judge))
      drop_key(evaluate, "judge");
    drop_paths_of(&fray_judge_table, fray_node_get(evaluate, "judge"));
  }
  for (size_t k = 0; status == FRAY_OK && k < FRAY_COUNT(evaluated); k++) {
    const struct fray_node *value = fray_node_at(copy, evaluated[k]);
    if (!value || value->kind == FRAY_NODE_NULL || (value->kind == FRAY_NODE_MAP && value->n == 0))
      continue;
    fray_text_printf(&text, "%s:\n", evaluated[k]);
    fray_node_emit(value, &text);
  }
  if (status == FRAY_OK)
    status = add_contents(fray_node_get(cell->node, "tests"), &text, err);
  if (status == FRAY_OK)
    status =
        add_contents_of(&fray_judge_table, fray_node_at(cell->node, "evaluate.judge"), &text, err);
  if (status == FRAY_OK)
    status = name_text(&text, name, err);
  fray_text_free(&text);
  fray_arena_free(&arena);
  return status;
}

/* Another judge makes other answers of the same outputs. Files that it reads count by what is in
 * them; that they can be read was seen when the evaluation was named. */
uint64_t fray_judge_key(const struct fray_cell *cell) {
  const struct fray_node *node = fray_node_at(cell->node, "evaluate.judge");
  struct fray_text text = {0};
  uint64_t key = 0;
  if (!node || !fray_judge_is_on(&cell->config.evaluate.judge))
    return 0;
  fray_node_emit(node, &text);
  if (add_contents_of(&fray_judge_table, node, &text, NULL) == FRAY_OK && text.data)
    key = fray_hash64(text.data, text.size);
  fray_text_free(&text);
  return key ? key : 1;
}

/* What a study tells the results layer, so that the folder gets its tables and its provenance. */
#include "run.h"

#include "fray/base/size.h"
#include "fray/results/assembly.h"
#include "fray/results/data_sets.h"
#include "fray/results/provenance.h"
#include "study/scenario/scenario.h"
#include "this_environment.h"

#include <math.h>
#include <string.h>

/* Cells may differ in entries and metrics; the first cell gives the columns, checked before. */
static enum fray_status take_words(const struct fray_study *study, struct fray_arena *arena,
                                   struct fray_column_words *out, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_strings *metrics = &cell->config.evaluate.metrics;
  /* Entries without an id have got that of their kind. */
  const char **id;
  FRAY_ALLOC(id, arena, cell->n_entries + 1, err);
  for (size_t e = 0; e < cell->n_entries; e++)
    id[e] = cell->entry[e]->id;
  *out =
      (struct fray_column_words){.key = study->key,
                                 .n_keys = study->n_keys,
                                 .id = id,
                                 .n_ids = cell->n_entries,
                                 .metric = metrics->v,
                                 .n_metrics = metrics->n,
                                 .modality = cell->outlook ? cell->outlook->modality : NULL,
                                 .n_modalities = cell->outlook ? cell->outlook->n_modalities : 0};
  return FRAY_OK;
}

/* The rows of conditions.csv while they are gathered. */
struct keys {
  struct fray_assembly_key *v;
  size_t n, room;
  struct fray_arena *arena;
};

static bool same_place(const struct fray_assembly_key *a, const struct fray_assembly_key *b) {
  const bool same_severity =
      a->severity == b->severity || (isnan(a->severity) && isnan(b->severity));
  return same_severity && strcmp(a->condition, b->condition) == 0 &&
         strcmp(a->entry, b->entry) == 0 && strcmp(a->key, b->key) == 0;
}

/* Cells have most conditions in common: each row is written once. Found by walking through those
 * that are there: there are as many as conditions have keys, not as cells. The grown array leaves
 * the old one in the arena, which is short-lived. */
static enum fray_status add_key(struct keys *keys, struct fray_assembly_key row,
                                const struct fray_corruption_config *entry, struct fray_err *err) {
  const struct fray_strength strength = fray_corruption_key_of(entry, row.key);
  row.kind = entry->kind.choice->name;
  row.unit = strength.unit ? strength.unit : "";
  row.none = strength.none;
  row.worse = strength.worse;
  for (size_t i = 0; i < keys->n; i++)
    if (same_place(&keys->v[i], &row))
      return FRAY_OK;
  if (keys->n == keys->room) {
    struct fray_assembly_key *grown;
    keys->room = 2 * keys->room + 64;
    FRAY_ALLOC(grown, keys->arena, keys->room, err);
    if (keys->n)
      memcpy(grown, keys->v, keys->n * sizeof *grown);
    keys->v = grown;
  }
  keys->v[keys->n++] = row;
  return FRAY_OK;
}

/* What was looked at before the trials: of a condition, or in training. */
static struct fray_signal_move moved_by(const struct fray_cell *cell, size_t condition) {
  const struct fray_outlook *o = cell->outlook;
  if (o && condition == cell->n_conditions)
    return o->moved;
  return o && o->condition_moved ? o->condition_moved[condition] : fray_no_move();
}

static double asked_by(const struct fray_cell *cell, size_t condition) {
  return cell->outlook && cell->outlook->asked ? cell->outlook->asked[condition] : NAN;
}

/* Modality by modality, in the order of the columns. */
static void take_moved(struct fray_assembly_key *row, const struct fray_signal_move *moved) {
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++) {
    const struct fray_distance *d = &moved->of[m];
    const double values[FRAY_MOVED] = {d->raw, d->features, d->changed, d->snr_db};
    memcpy(row->moved[m], values, sizeof values);
  }
}

/* Of `trial`: the strengths of the corruption entries, and what the sweep varies of them. A key may
 * have two rows, one that is swept and has no one value, and one of the strength that the first
 * cell has. Ids cannot hold a dot, so the part of a key before its first dot is the whole id. */
static enum fray_status add_trial_keys(struct keys *keys, const struct fray_study *study,
                                       struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  for (size_t e = 0; e < cell->n_entries; e++) {
    const struct fray_corruption_config *entry = cell->entry[e];
    const size_t length = strlen(entry->id);
    const struct fray_signal_move moved = moved_by(cell, cell->n_conditions);
    struct fray_assembly_key row = {.condition = "trial",
                                    .entry = entry->id,
                                    .severity = NAN,
                                    .asked = NAN,
                                    .raw_moved = moved.raw,
                                    .features_moved = moved.features};
    take_moved(&row, &moved);
    for (size_t k = 0; k < study->n_keys; k++) {
      if (strncmp(study->key[k], entry->id, length) != 0 || study->key[k][length] != '.')
        continue;
      row.key = study->key[k] + length + 1;
      row.value = NAN;
      row.swept = true;
      FRAY_TRY(add_key(keys, row, entry, err));
    }
    row.key = fray_corruption_measure(entry).key;
    row.value = fray_corruption_nominal(entry);
    row.swept = false;
    if (row.key && !isnan(row.value))
      FRAY_TRY(add_key(keys, row, entry, err));
  }
  return FRAY_OK;
}

/* Cells whose `tests` are one node share the array of conditions, which is the usual case; such a
 * cell has nothing to add to the one before it. */
static enum fray_status take_keys(const struct fray_study *study, struct keys *keys,
                                  struct fray_err *err) {
  FRAY_TRY(add_trial_keys(keys, study, err));
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_cell *cell = &study->cell[c];
    if (c > 0 && cell->condition == study->cell[c - 1].condition)
      continue;
    for (size_t i = 0; i < cell->n_conditions; i++)
      for (size_t k = 0; k < cell->condition[i].n_keys; k++) {
        const struct fray_condition *condition = &cell->condition[i];
        const struct fray_condition_key *key = &condition->key[k];
        const struct fray_signal_move moved = moved_by(cell, i);
        const struct fray_corruption_config *entry = condition->entry[key->entry];
        struct fray_assembly_key row = {.condition = condition->name,
                                        .severity = condition->severity,
                                        .entry = entry->id,
                                        .key = key->key,
                                        .value = key->value,
                                        .swept = key->swept,
                                        .asked = asked_by(cell, i),
                                        .raw_moved = moved.raw,
                                        .features_moved = moved.features};
        take_moved(&row, &moved);
        FRAY_TRY(add_key(keys, row, entry, err));
      }
  }
  return FRAY_OK;
}

/* none and worse say where no damage is and which way it grows, so that figures need not know any
 * kind of corruption. */
static struct fray_strength_meaning meaning_of(enum fray_strength_of of, const char *name,
                                               const struct fray_corruption_config *entry,
                                               const char *parameter) {
  const struct fray_strength strength = fray_corruption_key_of(entry, parameter);
  return (struct fray_strength_meaning){.of = of,
                                        .name = name,
                                        .entry = of == FRAY_STRENGTH_SWEPT ? entry->id : "",
                                        .parameter = parameter,
                                        .unit = strength.unit ? strength.unit : "",
                                        .none = strength.none,
                                        .worse = strength.worse};
}

/* The entry that a swept key of the form ID.KEY sets, or NULL; *parameter: KEY. */
static const struct fray_corruption_config *entry_of(const struct fray_cell *cell, const char *key,
                                                     const char **parameter) {
  for (size_t e = 0; e < cell->n_entries; e++) {
    size_t n = strlen(cell->entry[e]->id);
    *parameter = key + n + 1;
    if (strncmp(key, cell->entry[e]->id, n) == 0 && key[n] == '.')
      return cell->entry[e];
  }
  return NULL;
}

/* A swept value is no damage if it is none in each cell: methods may differ in what stands beside
 * it. Controls are turned down as a whole, and say nothing of the others. */
static double none_of_all(const struct fray_study *study, const char *key, double none) {
  for (size_t c = 0; c < study->n_points && !isnan(none); c++) {
    const char *parameter;
    const struct fray_corruption_config *entry = entry_of(&study->cell[c], key, &parameter);
    if (entry)
      none = fray_corruption_key_of(entry, parameter).none;
  }
  return none;
}

/* Points of one test have one name and one parameter, and are told once. A test of several varied
 * keys has no parameter and no curve. */
static void add_condition(const struct fray_condition *c, struct fray_strength_meaning *v,
                          size_t *n) {
  if (!c->parameter)
    return;
  for (size_t i = 0; i < *n; i++)
    if (v[i].of == FRAY_STRENGTH_TEST && strcmp(v[i].name, c->name) == 0)
      return;
  for (size_t k = 0; k < c->n_keys; k++)
    if (strcmp(c->key[k].key, c->parameter) == 0) {
      v[(*n)++] = meaning_of(FRAY_STRENGTH_TEST, c->name, c->entry[c->key[k].entry], c->parameter);
      return;
    }
}

/* What the report is told of the strengths: swept keys, entries, test conditions. Room for one of
 * each kind; fewer are used where keys of the sweep are no strengths. */
static enum fray_status take_strengths(const struct fray_study *study, struct fray_arena *arena,
                                       struct fray_assembly *out, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  struct fray_strength_meaning *v;
  size_t n = 0;
  FRAY_ALLOC(v, arena, study->n_keys + cell->n_entries + cell->n_conditions + 1, err);
  for (size_t k = 0; k < study->n_keys; k++) {
    const char *parameter;
    const struct fray_corruption_config *entry = entry_of(cell, study->key[k], &parameter);
    if (entry) {
      v[n] = meaning_of(FRAY_STRENGTH_SWEPT, study->key[k], entry, parameter);
      v[n].none = none_of_all(study, study->key[k], v[n].none);
      n++;
    }
  }
  for (size_t e = 0; e < cell->n_entries; e++) {
    const char *own = fray_corruption_measure(cell->entry[e]).key;
    if (own)
      v[n++] = meaning_of(FRAY_STRENGTH_ENTRY, cell->entry[e]->id, cell->entry[e], own);
  }
  for (size_t c = 0; c < cell->n_conditions; c++)
    add_condition(&cell->condition[c], v, &n);
  out->strength = v;
  out->n_strengths = n;
  return FRAY_OK;
}

/* The results layer knows nothing of cells: here they become rows. Twins and duplicates are two
 * things: a twin repeats a cell of the sweep, a duplicate has the content of another trial under
 * another path. Both show the same part again, and neither may count twice. */
static enum fray_status assemble(const struct fray_study *study, const struct fray_plan *plan,
                                 const char *folder, struct fray_arena *arena,
                                 struct fray_err *err) {
  struct fray_assembly assembly = {.n = study->n_trials};
  struct fray_assembly_trial *trial;
  FRAY_TRY(take_words(study, arena, &assembly.words, err));
  FRAY_TRY(take_strengths(study, arena, &assembly, err));
  FRAY_ALLOC(trial, arena, study->n_trials + 1, err);
  /* Trials lie cell by cell, which the tables of a cell rely on. */
  for (size_t i = 0; i < study->n_trials; i++) {
    const size_t self = study->trial[i].cell;
    const struct fray_cell *cell = &study->cell[self];
    trial[i] = (struct fray_assembly_trial){.name = plan->name[i],
                                            .evaluation = plan->evaluation[i],
                                            .control = cell->control,
                                            .value = cell->value,
                                            .repeats = cell->twin != self,
                                            .cell = self,
                                            .membership = &cell->config.membership,
                                            .shares_ledger = plan->work[i] == FRAY_WORK_DUPLICATE};
  }
  assembly.trial = trial;
  struct keys keys = {.arena = arena};
  FRAY_TRY(take_keys(study, &keys, err));
  assembly.key = keys.v;
  assembly.n_keys = keys.n;
  return fray_results_assemble(&assembly, folder, err);
}

enum fray_status fray_study_assemble(const struct fray_study *study, const struct fray_plan *plan,
                                     const char *folder, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = assemble(study, plan, folder, &arena, err);
  fray_arena_free(&arena);
  return status;
}

enum fray_status fray_study_provenance(const struct fray_study *study,
                                       const struct fray_session *session, const char *command,
                                       int ranks, struct fray_provenance *out,
                                       struct fray_err *err) {
  *out = (struct fray_provenance){.study = study->name,
                                  .command = command,
                                  .ranks = ranks,
                                  .dataset = session->dataset,
                                  .data = study->data,
                                  .features = session->features,
                                  .here = fray_this_environment(err)};
  FRAY_TRY(out->here ? FRAY_OK : err->status);
  return fray_starts_put(study, &out->starts, err);
}

/* Whose model is mended, under which damage, and who verifies. */
#include "bounty_parts.h"

#include "fray/base/size.h"
#include "instrument/folder/instrument_folder.h"

#include <math.h>
#include <string.h>

/* ---- opening ---- */

/* Of a study that set nobody aside the bounty draws the clients that verify, by the same rule: by
 * their names alone, so for every seed, and every bounty, the same ones. To the study that is a key
 * of the evaluation, as if it had been said then. */
static enum fray_status open_with(struct bounty *b, bool draws, struct fray_err *err) {
  const struct fray_bounty_wish *wish = b->wish;
  const char **sets;
  FRAY_ALLOC(sets, b->arena, wish->n_sets + 1, err);
  for (size_t k = 0; k < wish->n_sets; k++)
    sets[k] = wish->sets[k];
  /* Behind those of the command line, which say where data lie. */
  sets[wish->n_sets] = "evaluate.verify=0.5";
  const struct fray_kept_options options = {sets, wish->n_sets + draws, wish->mixed};
  FRAY_TRY(fray_kept_open(wish->folder, &options, b->comm, &b->kept, err));
  b->share = fray_kept_study(b->kept)->cell[0].config.evaluate.verify;
  return FRAY_OK;
}

/* ---- cells and trials ---- */

/* A cell and a seed are one training, if it came to an end. */
size_t bounty_trial_of(const struct bounty *b, size_t cell, uint64_t seed) {
  const struct fray_study *study = fray_kept_study(b->kept);
  for (size_t t = 0; t < study->n_trials; t++)
    if (study->trial[t].cell == cell && study->trial[t].seed == seed &&
        fray_kept_has_models(b->kept, t))
      return t;
  return SIZE_MAX;
}

/* "0" and "0.0" are one number, and names are names. */
static bool same_value(const char *a, const char *b) {
  const struct fray_node x = {.kind = FRAY_NODE_SCALAR, .scalar = a};
  const struct fray_node y = {.kind = FRAY_NODE_SCALAR, .scalar = b};
  double u, v;
  if (fray_node_real(&x, &u) && fray_node_real(&y, &v))
    return u <= v && u >= v;
  return strcmp(a, b) == 0;
}

/* What the map says of a swept key, or the cell that it is like; NULL: nothing. */
static const char *wanted_value(const struct fray_study *study, const struct fray_node *map,
                                size_t like, size_t key) {
  const struct fray_node *said = fray_node_get(map, study->key[key]);
  if (said)
    return said->kind == FRAY_NODE_SCALAR ? said->scalar : "";
  return like == SIZE_MAX ? NULL : study->cell[like].value[key];
}

/* Ordinary cells alone: a control is there to be compared with, not to answer. */
static bool is_meant(const struct bounty *b, const struct fray_node *map, size_t like, size_t c) {
  const struct fray_study *study = fray_kept_study(b->kept);
  bool meant = !*study->cell[c].control;
  for (size_t k = 0; meant && k < study->n_keys; k++) {
    /* Nothing is wanted of a key that nobody named: any value will do. */
    const char *wanted = wanted_value(study, map, like, k);
    meant = !wanted || same_value(wanted, study->cell[c].value[k]);
  }
  return meant;
}

/* A key that is not swept is the same in all cells, so that naming it tells them apart no better.
 */
static enum fray_status check_keys(const struct fray_study *study, const struct fray_node *map,
                                   const char *where, struct fray_err *err) {
  char list[512], place[256];
  FRAY_CHECK(!map || map->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: %s: a map of swept keys is expected, as {method: late}",
             fray_node_where(map, place), where);
  for (const struct fray_node *e = map ? map->child : NULL; e; e = e->next) {
    bool known = false;
    for (size_t k = 0; k < study->n_keys; k++)
      known = known || strcmp(study->key[k], e->key) == 0;
    FRAY_CHECK(known, err, INPUT, "%s: %s: '%s' is no swept key of the study; %s",
               fray_node_where(e, place), where, e->key,
               fray_there_are(e->key, study->key, study->n_keys, list, sizeof list));
  }
  return FRAY_OK;
}

/* Cells that are local to clients, and those that diverged, are named to nobody. */
static bool has_any_models(const struct bounty *b, size_t cell) {
  const struct fray_study *study = fray_kept_study(b->kept);
  for (size_t t = 0; t < study->n_trials; t++)
    if (study->trial[t].cell == cell && fray_kept_has_models(b->kept, t))
      return true;
  return false;
}

/* Exactly one: where a map leaves keys out, and several cells fit it, which of them is meant would
 * be a guess. */
enum fray_status bounty_find_cell(const struct bounty *b, const struct fray_node *map, size_t like,
                                  const char *where, size_t *out, struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(b->kept);
  const char **known;
  char list[1024];
  size_t n = 0, found = 0;
  FRAY_TRY(check_keys(study, map, where, err));
  FRAY_ALLOC(known, b->arena, study->n_cells + 1, err);
  for (size_t c = 0; c < study->n_cells; c++) {
    if (*study->cell[c].control || !has_any_models(b, c))
      continue;
    known[n] = fray_instrument_cell(study, c, b->arena);
    FRAY_CHECK(known[n++], err, MEMORY, "out of memory");
    if (!is_meant(b, map, like, c))
      continue;
    *out = c;
    found++;
  }
  FRAY_CHECK(n > 0, err, INPUT,
             "%s: it holds no models to ask: all of its trainings diverged, or `evaluate.models` "
             "left them out",
             b->wish->folder);
  FRAY_CHECK(found == 1, err, INPUT, "%s: it means %s cells with models, and one is expected; %s",
             where, found ? "several" : "no", fray_there_are("", known, n, list, sizeof list));
  return FRAY_OK;
}

/* ---- the condition ---- */

/* As tables name it. */
static const char *condition_name(const struct fray_condition *c, struct fray_arena *arena) {
  char number[32];
  if (isnan(c->severity))
    return c->name;
  fray_format_double(c->severity, number);
  return fray_arena_printf(arena, "%s=%s", c->name, number);
}

/* Only what the study tests itself: then what stands in its tables and what is mended here are the
 * same samples under the same draws. */
static enum fray_status find_condition(struct bounty *b, size_t cell, const char *wanted,
                                       struct fray_err *err) {
  const struct fray_cell *of = &fray_kept_study(b->kept)->cell[cell];
  const char **known;
  char list[1024];
  b->condition = "clean";
  if (!wanted || strcmp(wanted, "clean") == 0)
    return FRAY_OK;
  FRAY_ALLOC(known, b->arena, of->n_conditions + 1, err);
  /* Always there, whatever the study tests. */
  known[0] = "clean";
  for (size_t k = 0; k < of->n_conditions; k++) {
    known[k + 1] = condition_name(&of->condition[k], b->arena);
    FRAY_CHECK(known[k + 1], err, MEMORY, "out of memory");
    if (strcmp(known[k + 1], wanted) != 0)
      continue;
    b->condition = known[k + 1];
    b->n_entries = of->condition[k].n_entries;
    b->entry = of->condition[k].entry;
    return FRAY_OK;
  }
  return fray_fail(err, FRAY_INPUT, "against.condition: '%s' is no test condition of the study; %s",
                   wanted, fray_there_are(wanted, known, of->n_conditions + 1, list, sizeof list));
}

/* ---- all of it ---- */

/* Without a seed the first one that has a model: a bounty mends one training. */
static enum fray_status find_trial(struct bounty *b, size_t cell, int64_t seed,
                                   struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(b->kept);
  b->trial = SIZE_MAX;
  for (size_t t = 0; t < study->n_trials && b->trial == SIZE_MAX; t++)
    if (study->trial[t].cell == cell && fray_kept_has_models(b->kept, t) &&
        (seed == INT64_MIN || study->trial[t].seed == (uint64_t)seed))
      b->trial = t;
  FRAY_CHECK(b->trial != SIZE_MAX, err, INPUT, "against.seed: %lld has no model in cell %s",
             (long long)seed, b->cell);
  return FRAY_OK;
}

/* Cell, then seed, then condition: the words of each name what there is of it. */
static enum fray_status find_target(struct bounty *b, struct fray_err *err) {
  const struct bounty_against *against = &b->file->against;
  size_t cell;
  FRAY_TRY(bounty_find_cell(b, against->cell, SIZE_MAX, "against.cell", &cell, err));
  b->cell = fray_instrument_cell(fray_kept_study(b->kept), cell, b->arena);
  FRAY_CHECK(b->cell, err, MEMORY, "out of memory");
  FRAY_TRY(find_trial(b, cell, against->seed, err));
  return find_condition(b, cell, against->condition, err);
}

/* What the study says of verifying is known when it is open; so one that says nothing is opened
 * twice, which reads no data. */
enum fray_status bounty_open(struct bounty *b, struct fray_err *err) {
  FRAY_TRY(open_with(b, false, err));
  b->drawn = !(b->share > 0);
  if (b->drawn) {
    fray_kept_close(b->kept);
    b->kept = NULL;
    FRAY_TRY(open_with(b, true, err));
  }
  if (find_target(b, err) != FRAY_OK)
    return fray_at(err, "%s", b->file->against.path ? b->file->against.path : b->wish->folder);
  return FRAY_OK;
}

/* A results folder as the report reads it: names, cells, scores, never trusted.
 *
 * People edit CSV files and mix folders: every number is checked where it is read, and messages
 * name file and line. */
#include "fray/results/read_results.h"
#include "fray/results/run_state.h"
#include "fray/results/titles.h"
#include "fray/results/trial_table.h"

#include "fray/base/checksums.h"
#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/seal.h"
#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/results/folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of one trial stand together, so the last text found is mostly the next one as well. */
enum fray_status fray_rep_intern(struct fray_rep_names *names, const char *text,
                                 struct fray_arena *arena, size_t *index, struct fray_err *err) {
  if (names->last < names->n && strcmp(names->v[names->last], text) == 0) {
    *index = names->last;
    return FRAY_OK;
  }
  *index = names->last = fray_rep_name_find(names, text);
  if (*index < names->n)
    return FRAY_OK;
  if (names->n == names->capacity) {
    const char **v;
    FRAY_ALLOC(v, arena, 2 * names->capacity + 8, err);
    if (names->n)
      memcpy(v, names->v, names->n * sizeof *v);
    names->v = v;
    names->capacity = 2 * names->capacity + 8;
  }
  FRAY_TRY(fray_hash_places_add(&names->place, fray_hash_text(text), names->n, arena, err));
  names->v[names->n++] = text;
  return FRAY_OK;
}

size_t fray_rep_name_find(const struct fray_rep_names *names, const char *text) {
  size_t i, step = 0;
  while (fray_hash_places_next(&names->place, fray_hash_text(text), &step, &i))
    if (strcmp(names->v[i], text) == 0)
      return i;
  return names->n;
}

static int compare_scores(const void *a, const void *b) {
  const struct fray_rep_score *x = a, *y = b;
/* The order in which figures ask: all trials of one point stand together. */
#define BY(field)                                                                                  \
  if (x->field != y->field)                                                                        \
    return x->field < y->field ? -1 : 1;
  BY(last)
  BY(own)
  BY(condition)
  BY(group)
  BY(metric)
  BY(trial)
  BY(row)
#undef BY
  return 0;
}

/* First score that is not before the wanted place. */
static size_t lower_bound(const struct fray_rep_results *r, const struct fray_rep_score *wanted) {
  size_t low = 0, high = r->n_scores;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (compare_scores(&r->score[middle], wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const struct fray_rep_score *fray_rep_scores(const struct fray_rep_results *results, bool last,
                                             size_t condition, size_t group, size_t metric,
                                             size_t *n) {
  struct fray_rep_score wanted = {
      .last = last, .condition = condition, .group = group, .metric = metric};
  size_t begin = lower_bound(results, &wanted);
  /* One past the last trial ends the run of scores. */
  wanted.trial = SIZE_MAX;
  *n = lower_bound(results, &wanted) - begin;
  return results->score + begin;
}

const struct fray_rep_score *fray_rep_score_like(const struct fray_rep_results *results,
                                                 const struct fray_rep_score *wanted) {
  struct fray_rep_score key = *wanted;
  key.row = 0;
  for (size_t i = lower_bound(results, &key); i < results->n_scores; i++) {
    const struct fray_rep_score *s = &results->score[i];
    key.row = s->row;
    if (compare_scores(s, &key) != 0)
      return NULL;
    /* NaN is a severity as well: that of conditions without one. */
    if (s->severity == wanted->severity || (isnan(s->severity) && isnan(wanted->severity)))
      return s;
  }
  return NULL;
}

struct score_columns {
  size_t trial, selection, condition, severity, parameter, scope, group, n, clusters, metric, value,
      status, realised, chance;
};

static enum fray_status find_score_columns(const struct fray_rep_csv *csv, struct score_columns *c,
                                           struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &c->trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "selection", &c->selection, err));
  FRAY_TRY(fray_rep_csv_need(csv, "condition", &c->condition, err));
  FRAY_TRY(fray_rep_csv_need(csv, "severity", &c->severity, err));
  FRAY_TRY(fray_rep_csv_need(csv, "parameter", &c->parameter, err));
  FRAY_TRY(fray_rep_csv_need(csv, "scope", &c->scope, err));
  FRAY_TRY(fray_rep_csv_need(csv, "group", &c->group, err));
  FRAY_TRY(fray_rep_csv_need(csv, "n", &c->n, err));
  FRAY_TRY(fray_rep_csv_need(csv, "clusters", &c->clusters, err));
  FRAY_TRY(fray_rep_csv_need(csv, "metric", &c->metric, err));
  FRAY_TRY(fray_rep_csv_need(csv, "value", &c->value, err));
  FRAY_TRY(fray_rep_csv_need(csv, "status", &c->status, err));
  FRAY_TRY(fray_rep_csv_need(csv, "realised", &c->realised, err));
  return fray_rep_csv_need(csv, "chance", &c->chance, err);
}

/* Names are numbered as they appear, so that lists and figures keep the order of the tables. */
static enum fray_status read_score_names(struct fray_rep_results *r, const struct score_columns *c,
                                         size_t row, struct fray_rep_score *s,
                                         struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->scores_csv;
  const char *selection = fray_rep_csv_at(csv, row, c->selection);
  s->last = strcmp(selection, "last") == 0;
  FRAY_CHECK(s->last || strcmp(selection, "best") == 0, err, INPUT,
             "%s:%zu: selection: \"%.60s\" is neither best nor last", csv->path, csv->line[row],
             selection);
  FRAY_TRY(fray_rep_intern(&r->conditions, fray_rep_csv_at(csv, row, c->condition), r->arena,
                           &s->condition, err));
  FRAY_TRY(
      fray_rep_intern(&r->groups, fray_rep_csv_at(csv, row, c->group), r->arena, &s->group, err));
  FRAY_TRY(fray_rep_intern(&r->metrics, fray_rep_csv_at(csv, row, c->metric), r->arena, &s->metric,
                           err));
  return fray_rep_intern(&r->statuses, fray_rep_csv_at(csv, row, c->status), r->arena, &s->status,
                         err);
}

/* Whose row it is. Rows of a trial lie together, so the last answer mostly stands. */
struct owner {
  const char *name;
  size_t trial;
  bool mine;
};

/* Of controls, rows of other trials are skipped; of other trials, those of controls. */
static enum fray_status find_trial(const struct fray_rep_results *r, bool of_controls, size_t row,
                                   size_t column, struct owner *owner, struct fray_err *err) {
  const char *name = fray_rep_csv_at(&r->scores_csv, row, column);
  if (owner->name && strcmp(owner->name, name) == 0)
    return FRAY_OK;
  owner->name = name;
  size_t control;
  owner->mine = fray_rep_trial_find(r->trial, &r->trial_name, name, &owner->trial);
  FRAY_CHECK(owner->mine || of_controls ||
                 fray_rep_trial_find(r->control, &r->control_name, name, &control),
             err, INPUT, "%s:%zu: trial \"%.60s\" is not in trials.csv", r->scores_csv.path,
             r->scores_csv.line[row], name);
  return FRAY_OK;
}

/* Undefined numbers are NaN from here on, and the column status says why. */
static enum fray_status read_score(struct fray_rep_results *r, const struct score_columns *c,
                                   size_t row, struct fray_rep_score *s, struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->scores_csv;
  FRAY_TRY(read_score_names(r, c, row, s, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, c->severity, &s->severity, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, c->n, &s->n, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, c->clusters, &s->clusters, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, c->value, &s->value, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, c->realised, &s->realised, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, c->chance, &s->chance, err));
  s->row = row;
  return FRAY_OK;
}

/* All rows of a condition say the same; the first that names the key of its strength is taken. */
static enum fray_status read_parameters(struct fray_rep_results *r, const struct score_columns *c,
                                        struct fray_err *err) {
  FRAY_ALLOC_ZERO(r->parameter, r->arena, r->conditions.n + 1, err);
  for (size_t i = 0; i < r->n_scores; i++)
    if (!r->parameter[r->score[i].condition])
      r->parameter[r->score[i].condition] =
          fray_rep_csv_at(&r->scores_csv, r->score[i].row, c->parameter);
  return FRAY_OK;
}

/* The first metric of the scenario that was scored, else the first of the file. */
static void choose_main_metric(struct fray_rep_results *r) {
  const struct fray_node *list = fray_node_at(r->scenario, "evaluate.metrics");
  const struct fray_node *m = list && list->kind == FRAY_NODE_LIST ? list->child : list;
  for (; m; m = m->next) {
    size_t i = m->scalar ? fray_rep_name_find(&r->metrics, m->scalar) : r->metrics.n;
    if (i < r->metrics.n) {
      r->main_metric = i;
      return;
    }
  }
  r->main_metric = 0;
}

/* The scope of a row; FRAY_REP_SCOPES for held-out data of training clients, one more for others.
 */
static size_t scope_of(const char *text) {
  static const char *const names[] = {"unseen_clients", "known_clients", "mixed", "own_client"};
  size_t i = 0;
  while (i < FRAY_COUNT(names) && strcmp(names[i], text) != 0)
    i++;
  return i;
}

/* Rows of controls stand in the same file: they are left out for the study and read alone for its
 * controls. */
static enum fray_status read_scores(struct fray_rep_results *r, bool of_controls,
                                    struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->scores_csv;
  struct score_columns c;
  FRAY_TRY(find_score_columns(csv, &c, err));
  FRAY_ALLOC_ZERO(r->score, r->arena, csv->n_rows + 1, err);
  struct owner owner = {0};
  size_t all, n_test = 0;
  FRAY_TRY(fray_rep_intern(&r->groups, "all", r->arena, &all, err));
  for (size_t row = 0; row < csv->n_rows; row++) {
    size_t scope = scope_of(fray_rep_csv_at(csv, row, c.scope));
    FRAY_TRY(find_trial(r, of_controls, row, c.trial, &owner, err));
    if (scope > FRAY_REP_SCOPES || !owner.mine)
      continue;
    struct fray_rep_score *s = &r->score[r->n_scores++];
    s->trial = owner.trial;
    FRAY_TRY(read_score(r, &c, row, s, err));
    s->own = scope == FRAY_REP_SCOPES;
    n_test += !s->own;
    if (!s->own)
      r->scope[scope] |= s->group == FRAY_REP_ALL;
  }
  FRAY_CHECK(n_test > 0 || of_controls, err, INPUT, "%s: no scores of the test split", csv->path);
  FRAY_TRY(read_parameters(r, &c, err));
  qsort(r->score, r->n_scores, sizeof *r->score, compare_scores);
  choose_main_metric(r);
  return FRAY_OK;
}

/* What is missing or no text of its kind is left out, and the page says so; it is another matter
 * when the machine fails: without the scenario the reference would be another. */
static enum fray_status unless_it_fails(enum fray_status status, const struct fray_err *why,
                                        struct fray_err *err) {
  if (status == FRAY_OK || status == FRAY_INPUT)
    return FRAY_OK;
  return fray_fail(err, status, "%s", why->text);
}

enum { LARGEST_TEXT = 16 << 20 };
/* A folder without its scenario still has tables: the page then lacks a title and a plan, and
 * nothing else. */
static enum fray_status read_scenario(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_err why = {0};
  const char *path = fray_arena_printf(r->arena, "%s/scenario.yaml", r->folder);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  r->title = r->folder;
  enum fray_status status = fray_file_read(path, LARGEST_TEXT, &r->scenario_text, &why);
  if (status == FRAY_OK)
    status = fray_yaml_load(path, r->arena, &r->scenario, &why);
  if (status != FRAY_OK)
    r->scenario = NULL;
  FRAY_TRY(unless_it_fails(status, &why, err));
  const struct fray_node *name = fray_node_get(r->scenario, "name");
  if (name && name->scalar && *name->scalar)
    r->title = name->scalar;
  return FRAY_OK;
}

/* Likewise: where the numbers come from is then unknown, and the page says so. */
static enum fray_status read_provenance(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_err why = {0};
  const char *path = fray_arena_printf(r->arena, "%s/provenance.json", r->folder);
  const char *state = fray_arena_printf(r->arena, "%s/state", r->folder);
  FRAY_CHECK(path && state, err, MEMORY, "out of memory");
  enum fray_status status = fray_file_read(path, LARGEST_TEXT, &r->provenance_text, &why);
  if (status == FRAY_OK)
    status = fray_json_read(path, LARGEST_TEXT, &r->provenance, &why);
  if (status != FRAY_OK)
    r->provenance = NULL;
  FRAY_TRY(unless_it_fails(status, &why, err));
  if (!fray_file_exists(state))
    return FRAY_OK;
  FRAY_TRY(unless_it_fails(fray_file_read(state, 4096, &r->state, &why), &why, err));
  if (r->state.size && !fray_state_is_known(r->state.data)) { /* no run wrote it: nobody says it */
    fray_text_free(&r->state);
    fray_text_puts(&r->state, "unknown");
  }
  return FRAY_OK;
}

/* A program that seals results.h5 also writes a list. */
static enum fray_status check_listless(const char *folder, struct fray_err *err) {
  char path[4096];
  bool is_sealed = false;
  int n = snprintf(path, sizeof path, "%s/results.h5", folder);
  FRAY_CHECK(n > 0 && n < (int)sizeof path, err, INPUT, "path too long: %.80s...", folder);
  if (fray_file_exists(path))
    FRAY_TRY(fray_seal_check(path, &is_sealed, err));
  if (is_sealed)
    fray_warn("%s: " FRAY_CHECKSUMS " is gone: tables are taken as they are", folder);
  return FRAY_OK;
}

/* Whether the files are those that the run wrote; so that no number comes of damage, or of a change
 * that nobody remembers. */
static enum fray_status check_files(const char *folder, struct fray_err *err) {
  static const char *const names[] = {
      "trials.csv",      "scores.csv",     "rounds.csv",     "results.h5",        "scenario.yaml",
      "provenance.json", "strengths.csv",  "conditions.csv", "participation.csv", "found.csv",
      "influence.csv",   "membership.csv", "secure.csv",     "privacy.csv"};
  struct fray_text unlisted = {0};
  enum fray_status status = FRAY_OK;
  enum fray_checksum_state state = FRAY_CHECKSUM_GOOD;
  for (size_t i = 0; status == FRAY_OK && i < FRAY_COUNT(names); i++) {
    status = fray_checksums_check(folder, names[i], &state, err);
    if (state == FRAY_CHECKSUM_NO_LIST)
      return check_listless(folder, err);
    if (state == FRAY_CHECKSUM_UNLISTED) /* never of one that is not there */
      fray_text_printf(&unlisted, "%s%s", unlisted.size ? ", " : "", names[i]);
  }
  if (status == FRAY_OK && unlisted.size)
    fray_warn("%s: %s without a line in " FRAY_CHECKSUMS ": taken as it is", folder, unlisted.data);
  fray_text_free(&unlisted);
  return status;
}

/* At least two, whatever the list says: the mark alone is enough for a warning. */
size_t fray_rep_n_mixed(const struct fray_rep_results *r) {
  bool mixed = false;
  if (!fray_json_bool(fray_json_get(r->provenance, "mixed"), &mixed) || !mixed)
    return 0;
  size_t n = fray_json_size(fray_json_get(r->provenance, "numeric_environment_hash"));
  return FRAY_MAX(n, (size_t)2);
}

/* Looked up for every cell of every table, so it is found once. */
static enum fray_status find_ranges(struct fray_rep_results *r, struct fray_err *err) {
  FRAY_ALLOC_ZERO(r->beyond_share, r->arena, r->metrics.n + 1, err);
  for (size_t i = 0; i < r->n_scores; i++)
    if (r->score[i].value < 0 || r->score[i].value > 1)
      r->beyond_share[r->score[i].metric] = true;
  return FRAY_OK;
}

static const struct fray_strength_meaning *
find_strength(const struct fray_rep_results *r, enum fray_strength_of of, const char *name) {
  for (size_t i = 0; i < r->n_strengths; i++)
    if (r->strength[i].of == of && strcmp(r->strength[i].name, name) == 0)
      return &r->strength[i];
  return NULL;
}

/* Folders without strengths.csv: the key of an entry is called ID.KEY, and is a usual strength. */
static enum fray_status guess_key(struct fray_rep_results *r, const char *key,
                                  const struct fray_strength_meaning **out, struct fray_err *err) {
  const size_t n = strcspn(key, ".");
  bool known = key[n] == '.' && fray_rep_corruption(r, key, n);
  *out = NULL;
  for (size_t d = 0; d < r->n_damages; d++)
    known = known || (key[n] == '.' && strlen(r->damage[d].id) == n &&
                      strncmp(r->damage[d].id, key, n) == 0);
  if (!known)
    return FRAY_OK;
  struct fray_strength_meaning *made;
  FRAY_ALLOC(made, r->arena, 1, err);
  *made = fray_strength_usual;
  made->name = key;
  made->parameter = key + n + 1;
  made->unit = "share"; /* all that those programs knew were rates */
  made->entry = fray_arena_strndup(r->arena, key, n);
  FRAY_CHECK(made->entry, err, MEMORY, "out of memory");
  *out = made;
  return FRAY_OK;
}

/* Gives every key, entry and condition its strength. */
static enum fray_status place_strengths(struct fray_rep_results *r, struct fray_err *err) {
  FRAY_ALLOC_ZERO(r->of_key, r->arena, r->n_keys + 1, err);
  FRAY_ALLOC_ZERO(r->of_condition, r->arena, r->conditions.n + 1, err);
  for (size_t k = 0; k < r->n_keys; k++) {
    r->of_key[k] = find_strength(r, FRAY_STRENGTH_SWEPT, r->key[k]);
    if (!r->knows_strengths)
      FRAY_TRY(guess_key(r, r->key[k], &r->of_key[k], err));
  }
  for (size_t c = 0; c < r->conditions.n; c++) {
    r->of_condition[c] = find_strength(r, FRAY_STRENGTH_TEST, r->conditions.v[c]);
    if (!r->of_condition[c])
      r->of_condition[c] = &fray_strength_usual;
  }
  for (size_t d = 0; d < r->n_damages; d++) {
    r->damage[d].strength = find_strength(r, FRAY_STRENGTH_ENTRY, r->damage[d].id);
    if (!r->damage[d].strength)
      r->damage[d].strength = &fray_strength_usual;
  }
  return FRAY_OK;
}

/* Drops the rows of trials with other seeds, and their scores. */
static enum fray_status keep_seeds(struct fray_rep_results *r, const struct fray_rep_names *seeds,
                                   struct fray_err *err) {
  struct fray_rep_csv *trials = &r->trials_csv, *scores = &r->scores_csv;
  struct fray_rep_names dropped = {0};
  size_t trial, seed, of, ignored;
  bool *keep;
  FRAY_TRY(fray_rep_csv_need(trials, "trial", &trial, err));
  FRAY_TRY(fray_rep_csv_need(trials, "seed", &seed, err));
  FRAY_TRY(fray_rep_csv_need(scores, "trial", &of, err));
  FRAY_ALLOC(keep, r->arena, trials->n_rows + scores->n_rows + 1, err);
  for (size_t i = 0; i < trials->n_rows; i++) {
    keep[i] = fray_rep_name_find(seeds, fray_rep_csv_at(trials, i, seed)) < seeds->n;
    if (!keep[i])
      FRAY_TRY(
          fray_rep_intern(&dropped, fray_rep_csv_at(trials, i, trial), r->arena, &ignored, err));
  }
  fray_rep_csv_keep(trials, keep);
  for (size_t i = 0; i < scores->n_rows; i++)
    keep[i] = fray_rep_name_find(&dropped, fray_rep_csv_at(scores, i, of)) == dropped.n;
  fray_rep_csv_keep(scores, keep);
  return FRAY_OK;
}

static enum fray_status read_controls(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_rep_results *c;
  if (r->n_controls == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(c, r->arena, 1, err);
  *c = (struct fray_rep_results){.arena = r->arena,
                                 .folder = r->folder,
                                 .title = r->title,
                                 .trials_csv = r->trials_csv,
                                 .scores_csv = r->scores_csv,
                                 .key = r->key,
                                 .n_keys = r->n_keys + 1, /* `control` stands behind the others */
                                 .damage = r->damage,
                                 .n_damages = r->n_damages,
                                 .strength = r->strength,
                                 .n_strengths = r->n_strengths,
                                 .knows_strengths = r->knows_strengths,
                                 .scenario = r->scenario,
                                 .provenance = r->provenance};
  FRAY_TRY(fray_rep_controls_place(c, r, err));
  FRAY_ALLOC_ZERO(c->is_reference, c->arena, c->n_cells + 1, err);
  FRAY_TRY(read_scores(c, true, err));
  FRAY_TRY(find_ranges(c, err));
  FRAY_TRY(place_strengths(c, err));
  if (c->n_scores == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_titles_make(c, err));
  r->controls = c;
  return FRAY_OK;
}

/* A run that is not over, and a share of a study, have no tables yet; `state` knows. */
static enum fray_status say_why_empty(const char *folder, struct fray_err *err) {
  struct fray_text path = {0}, state = {0};
  fray_text_printf(&path, "%s/state", folder);
  if (!path.failed && fray_file_exists(path.data))
    fray_file_read(path.data, 4096, &state, NULL);
  const char *text = state.data ? state.data : "";
  bool is_share = strncmp(text, "done: share", 11) == 0;
  fray_fail(err, FRAY_INPUT, "%s: holds no results (trials.csv and scores.csv)%s%.*s%s", folder,
            *text ? "; its state is: " : "", (int)strcspn(text, "\n"), text,
            is_share ? "; fray merge makes one folder with tables of all shares" : "");
  fray_text_free(&path);
  fray_text_free(&state);
  return FRAY_INPUT;
}

/* Checksums before any number; scores come after trials, which they name. */
enum fray_status fray_rep_results_read_seeds(const char *folder, const struct fray_rep_names *seeds,
                                             struct fray_arena *arena, struct fray_rep_results *out,
                                             struct fray_err *err) {
  *out = (struct fray_rep_results){.arena = arena, .folder = folder};
  const char *trials = fray_arena_printf(arena, "%s/trials.csv", folder);
  const char *scores = fray_arena_printf(arena, "%s/scores.csv", folder);
  FRAY_CHECK(trials && scores, err, MEMORY, "out of memory");
  FRAY_TRY(fray_folder_there(folder, err));
  FRAY_TRY(fray_folder_own(folder, true, err));
  if (!fray_file_exists(trials) || !fray_file_exists(scores))
    return say_why_empty(folder, err);
  FRAY_TRY(check_files(folder, err));
  fray_deed(FRAY_DEED_RESULTS, folder);
  FRAY_TRY(fray_rep_csv_read(trials, arena, &out->trials_csv, err));
  FRAY_TRY(fray_rep_csv_read(scores, arena, &out->scores_csv, err));
  if (seeds)
    FRAY_TRY(keep_seeds(out, seeds, err));
  FRAY_TRY(read_scenario(out, err));
  FRAY_TRY(read_provenance(out, err));
  FRAY_TRY(fray_strengths_read(folder, arena, &out->strength, &out->n_strengths,
                               &out->knows_strengths, err));
  return fray_rep_results_place(out, err);
}

enum fray_status fray_rep_results_place(struct fray_rep_results *out, struct fray_err *err) {
  FRAY_TRY(fray_rep_trials_read(out, err));
  FRAY_TRY(fray_rep_find_reference(out, err));
  FRAY_TRY(read_scores(out, false, err));
  FRAY_TRY(find_ranges(out, err));
  FRAY_TRY(place_strengths(out, err));
  FRAY_TRY(fray_rep_titles_make(out, err));
  return read_controls(out, err);
}

void fray_rep_results_free(struct fray_rep_results *results) {
  if (results && results->folds) /* whose texts they are */
    results = results->folds;
  if (!results)
    return;
  fray_rep_csv_free(&results->trials_csv);
  fray_rep_csv_free(&results->scores_csv);
  fray_text_free(&results->scenario_text);
  fray_text_free(&results->provenance_text);
  fray_text_free(&results->state);
  fray_json_free(results->provenance);
}

/* 0 and 0.0 are the same value. */
static bool same_value(const char *a, const char *b) {
  double x, y;
  if (fray_rep_parse_real(a, &x) && fray_rep_parse_real(b, &y))
    return x == y;
  return strcmp(a, b) == 0;
}

/* Values are compared as numbers where they are numbers: 0.10 in the scenario is 0.1 in the table.
 */
static bool is_reference(const struct fray_rep_results *r, const struct fray_node *map,
                         size_t cell) {
  bool any = false;
  for (const struct fray_node *n = map->child; n; n = n->next) {
    size_t k = 0;
    if (r->folds && strcmp(n->key, r->pooling.key) == 0)
      continue; /* all of its values are in every cell */
    while (k < r->n_keys && strcmp(r->key[k], n->key) != 0)
      k++;
    if (k == r->n_keys || !n->scalar || !same_value(r->cell[cell]->value[k], n->scalar))
      return false;
    any = true;
  }
  return any;
}

enum fray_status fray_rep_find_reference(struct fray_rep_results *results, struct fray_err *err) {
  const struct fray_node *map = fray_node_get(results->scenario, "reference");
  FRAY_ALLOC_ZERO(results->is_reference, results->arena, results->n_cells + 1, err);
  if (map && map->kind == FRAY_NODE_MAP)
    for (size_t c = 0; c < results->n_cells; c++)
      results->is_reference[c] = is_reference(results, map, c);
  return FRAY_OK;
}

/* An entry without an id has that of its kind, as where it was read for the run. */
const struct fray_node *fray_rep_corruption(const struct fray_rep_results *results, const char *id,
                                            size_t id_length) {
  const struct fray_node *list = fray_node_get(results->scenario, "corruption");
  for (const struct fray_node *e = list ? list->child : NULL; e; e = e->next) {
    const struct fray_node *name = fray_node_get(e, "id");
    if (!name || !name->scalar)
      name = fray_node_get(e, "kind");
    if (name && name->scalar && strlen(name->scalar) == id_length &&
        memcmp(name->scalar, id, id_length) == 0)
      return e;
  }
  return NULL;
}

bool fray_rep_higher_is_better(const char *metric) {
  const struct fray_choice *choice = fray_choice_find(&fray_metrics, metric);
  const struct fray_metric_ops *ops = choice ? choice->impl : NULL;
  return !ops || ops->higher_is_better;
}

/* A metric that this program does not know is taken for a share unless a value lies beyond. */
bool fray_rep_is_percent(const struct fray_rep_results *results, size_t metric) {
  const struct fray_choice *choice = fray_choice_find(&fray_metrics, results->metrics.v[metric]);
  const struct fray_metric_ops *ops = choice ? choice->impl : NULL;
  return (!ops || ops->is_share) && !results->beyond_share[metric];
}

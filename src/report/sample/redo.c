/* Damage done again: the entries of a stored cell, the corruption seed of a trial, the shards. What
 * fails here is told in words, as a page without samples is still a page.
 *
 * No result holds a damaged value, and none needs to: a value depends on its keys alone. Three
 * things are held against the run before anything is shown: the data by their hashes, the test
 * samples by their names, the damage by how often it hit. */
#include "redo.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/corrupt/raw.h"
#include "fray/results/data_sets.h"
#include "fray/results/folder.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_LIMIT = 64 << 20, MOST_BYTES = 256 << 20 }; /* of cells.yaml; of one value */

/* Only the lack of memory is an error; anything else becomes the reason. */
static enum fray_status reason(const struct fray_rep_redo *redo, const struct fray_err *why,
                               const char **out, struct fray_err *err) {
  FRAY_CHECK(why->status != FRAY_MEMORY, err, MEMORY, "out of memory");
  *out = fray_arena_strdup(redo->r->arena, why->text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* ---- opening ---- */

/* Ordinary cells stand in the order of the sweep, in cells.yaml as in trials.csv. */
static const struct fray_node *stored_cell(const struct fray_rep_redo *redo, size_t cell) {
  char key[32];
  snprintf(key, sizeof key, "cell_%zu", cell + 1);
  return fray_node_get(redo->cells, key);
}

/* Of a cell of the study; one of pooled folds is stored fold by fold, and they differ in nothing
 * that damages a sample. */
static const struct fray_node *cell_node(const struct fray_rep_redo *redo, size_t cell) {
  const struct fray_rep_results *r = redo->r;
  return stored_cell(
      redo, r->folds && cell < r->n_cells ? r->folds->trial[r->cell[cell]->part[0]].cell : cell);
}

/* What a cell has at a swept key: the value of an entry (ID.KEY), or of the tree; NULL: neither, as
 * `method`, or no single value. */
static const char *swept_value(const struct fray_node *cell, const char *key) {
  const struct fray_node *list = fray_node_get(cell, "corruption"), *found = NULL;
  const char *dot = strchr(key, '.');
  for (const struct fray_node *e = dot && list ? list->child : NULL; e && !found; e = e->next) {
    const struct fray_node *id = fray_node_get(e, "id");
    id = id ? id : fray_node_get(e, "kind");
    if (id && id->scalar && strlen(id->scalar) == (size_t)(dot - key) &&
        strncmp(id->scalar, key, (size_t)(dot - key)) == 0)
      found = fray_node_get(e, dot + 1);
  }
  found = found ? found : fray_node_at(cell, key);
  return found && found->kind == FRAY_NODE_SCALAR ? found->scalar : NULL;
}

/* A merged folder may lack cells, and then the places of the others are not those of cells.yaml. A
 * value that has a name, or is written otherwise, says nothing of it. */
static enum fray_status check_cells(const struct fray_rep_redo *redo, struct fray_err *err) {
  const struct fray_rep_results *r = fray_rep_by_training(redo->r);
  for (size_t c = 0; c < r->n_cells; c++)
    for (size_t k = 0; k < r->n_keys; k++) {
      const char *value = swept_value(stored_cell(redo, c), r->key[k]);
      double mine, stored;
      FRAY_CHECK(!value || !fray_rep_parse_real(r->cell[c]->value[k], &mine) ||
                     !fray_rep_parse_real(value, &stored) || mine == stored,
                 err, INPUT, "cell %zu of cells.yaml has %.80s = %.80s, that of trials.csv %.80s",
                 c + 1, r->key[k], value ? value : "", r->cell[c]->value[k]);
    }
  return FRAY_OK;
}

/* A folder of an older program, or one with cells left out, has other numbers of cells than rows:
 * then nobody can say which is whose. */
static enum fray_status read_cells(struct fray_rep_redo *redo, struct fray_err *err) {
  char path[4096];
  struct fray_text text = {0};
  FRAY_TRY(fray_folder_trust(redo->r->folder, "cells.yaml", err));
  FRAY_TRY(fray_folder_path(redo->r->folder, "cells.yaml", path, err));
  FRAY_TRY(fray_file_read_text(path, CELLS_LIMIT, &text, err));
  enum fray_status status =
      fray_yaml_parse(text.data ? text.data : "", path, &redo->arena, &redo->cells, err);
  fray_text_free(&text);
  FRAY_TRY(status);
  FRAY_CHECK(stored_cell(redo, fray_rep_by_training(redo->r)->n_cells - 1), err, INPUT,
             "%s does not hold all cells", path);
  return check_cells(redo, err);
}

/* As provenance.json writes hashes. */
static bool is_noted(const fray_json *hash, uint64_t wanted) {
  char text[17];
  const char *said = fray_json_text(hash);
  snprintf(text, sizeof text, "%016" PRIx64, wanted);
  return said && strcmp(said, text) == 0;
}

/* Data that were moved are the same data if their index is, which holds hashes of all values. */
static bool is_index_noted(const fray_json *provenance, uint64_t index) {
  const fray_json *list = fray_json_get(provenance, "data_sets");
  bool noted = is_noted(fray_json_get(provenance, "data_index_hash"), index);
  for (size_t i = 0; fray_json_is_array(list) && i < fray_json_size(list); i++)
    noted = noted || is_noted(fray_json_get(fray_json_at(list, i), "index_hash"), index);
  return noted;
}

/* Where the run knew the files, those that were touched since are read in full; see data_sets.c. */
static enum fray_status check_data(struct fray_rep_redo *redo, const char *shards,
                                   struct fray_err *err) {
  struct fray_data_sets sets = {.arena = &redo->arena};
  bool same;
  FRAY_TRY(fray_data_sets_note(&sets, shards, redo->data, err));
  FRAY_TRY(fray_data_sets_check(&sets, redo->r->folder, &same, err));
  FRAY_CHECK(same || is_index_noted(redo->r->provenance, redo->data->index_hash), err, INPUT,
             "%s: these are other shards than those of the run", shards);
  return FRAY_OK;
}

/* What opening warns of was said when the study was run. */
static enum fray_status open_data(struct fray_rep_redo *redo, struct fray_err *err) {
  const struct fray_node *shards = fray_node_at(cell_node(redo, 0), "data.shards");
  const struct fray_node *list = fray_node_at(cell_node(redo, 0), "data.modalities");
  const char *name[FRAY_MAX_MODALITIES];
  size_t n = 0;
  FRAY_CHECK(shards && shards->scalar, err, INPUT, "cells.yaml names no shards");
  for (const struct fray_node *m = list ? list->child : NULL; m && n < FRAY_MAX_MODALITIES;
       m = m->next)
    if (m->scalar)
      name[n++] = m->scalar;
  const bool spoke = fray_log_speaks();
  fray_log_speaker(false); /* given back below, whatever comes */
  enum fray_status status =
      fray_dataset_open(shards->scalar, name, n, redo->comm, &redo->data, err);
  fray_log_speaker(spoke);
  FRAY_TRY(status);
  return check_data(redo, shards->scalar, err);
}

/* A look-up for all test samples; the data set itself has none by name. */
struct by_source {
  uint64_t hash;
  uint32_t sample;
};

/* Not by difference: hashes fill all 64 bits. */
static int compare_sources(const void *a, const void *b) {
  const struct by_source *x = a, *y = b;
  return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Results name samples, as numbers of samples change with the list of shards. */
static enum fray_status find_samples(struct fray_rep_redo *redo, struct fray_err *err) {
  const struct fray_dataset *d = redo->data;
  struct by_source *all;
  FRAY_ALLOC(all, &redo->arena, d->n_samples, err);
  FRAY_ALLOC(redo->sample, &redo->arena, redo->set->n, err);
  FRAY_ALLOC(redo->client, &redo->arena, redo->set->n, err);
  for (size_t s = 0; s < d->n_samples; s++)
    all[s] = (struct by_source){d->source[s], (uint32_t)s};
  /* By hash, then held against the name: two names of one hash are refused when shards are opened.
   */
  qsort(all, d->n_samples, sizeof *all, compare_sources);
  for (size_t i = 0; i < redo->set->n; i++) {
    const struct by_source key = {.hash = fray_hash_text(redo->set->source[i])};
    const struct by_source *hit = bsearch(&key, all, d->n_samples, sizeof *all, compare_sources);
    FRAY_CHECK(hit && strcmp(d->source_id[hit->sample], redo->set->source[i]) == 0, err, INPUT,
               "the shards do not hold the test sample %.100s", redo->set->source[i]);
    redo->sample[i] = hit->sample;
    redo->client[i] = d->client[hit->sample];
  }
  return FRAY_OK;
}

/* Damage needs all test samples, since an exact number of them may be drawn; values are read of the
 * few that are shown. */
static enum fray_status open_all(struct fray_rep_redo *redo, struct fray_err *err) {
  size_t bytes = 1;
  /* The cheap first: without cells the shards need not be opened. */
  FRAY_TRY(read_cells(redo, err));
  FRAY_TRY(fray_comm_alone(&redo->comm, err));
  FRAY_TRY(open_data(redo, err));
  FRAY_CHECK(redo->data->n_classes == redo->set->n_classes, err, INPUT,
             "the shards have %zu classes, the answers %zu", redo->data->n_classes,
             redo->set->n_classes);
  FRAY_TRY(find_samples(redo, err));
  for (size_t m = 0; m < redo->data->n_modalities; m++)
    bytes = FRAY_MAX(bytes, fray_sample_bytes(redo->data, m));
  FRAY_CHECK(bytes <= MOST_BYTES, err, INPUT, "a sample of %zu MiB is not read for a page",
             bytes >> 20);
  redo->raw = malloc(bytes);
  FRAY_CHECK(redo->raw, err, MEMORY, "out of memory (%zu bytes)", bytes);
  return FRAY_OK;
}

/* A page is asked for its numbers: what is wrong with the data takes away the samples alone. */
enum fray_status fray_rep_redo_open(struct fray_rep_results *r, const struct fray_rep_test_set *set,
                                    struct fray_rep_redo *out, const char **why,
                                    struct fray_err *err) {
  struct fray_err failure = {0};
  *out = (struct fray_rep_redo){.r = r, .set = set};
  *why = NULL;
  return open_all(out, &failure) == FRAY_OK ? FRAY_OK : reason(out, &failure, why, err);
}

/* Also of what failed half way: everything is zero until it is there. */
void fray_rep_redo_close(struct fray_rep_redo *redo) {
  fray_dataset_close(redo->data);
  fray_comm_free(redo->comm);
  free(redo->raw);
  fray_arena_free(&redo->arena);
}

/* ---- damage ---- */

/* Entries that act at an address, in order: each sees what those before it left. */
struct acting {
  size_t n;
  const struct fray_corruption_config **entry;
};

/* Those of training stay in the list: fray_corrupt passes them over, as it did in the run. */
static enum fray_status entries_of_trial(const struct fray_node *list, struct fray_arena *arena,
                                         struct acting *out, struct fray_err *err) {
  struct fray_corruption_config *entry;
  const size_t room = list ? list->n : 0;
  FRAY_ALLOC(entry, arena, room + 1, err);
  FRAY_ALLOC(out->entry, arena, room + 1, err);
  for (const struct fray_node *e = list ? list->child : NULL; e; e = e->next, out->n++) {
    FRAY_TRY(fray_schema_read(&fray_corruption_table, e, "corruption", &entry[out->n], arena, err));
    out->entry[out->n] = &entry[out->n];
  }
  return FRAY_OK;
}

/* At a strength that was not tested there is a score all the same if it is that of no damage. */
static enum fray_status entries_of_test(const struct fray_rep_redo *redo,
                                        const struct fray_rep_address *at,
                                        const struct fray_node *tests, struct fray_arena *arena,
                                        struct acting *out, struct fray_err *err) {
  const char *name = redo->r->conditions.v[at->condition];
  struct fray_arena scratch = {0};
  struct fray_condition *all = NULL;
  size_t n = 0;
  enum fray_status status =
      tests ? fray_read_tests(tests, arena, &scratch, &all, &n, err) : FRAY_OK;
  fray_arena_free(&scratch);
  FRAY_TRY(status);
  for (size_t k = 0; k < n; k++)
    if (strcmp(all[k].name, name) == 0 &&
        (all[k].severity == at->severity || isnan(at->severity))) {
      *out = (struct acting){all[k].n_entries, all[k].entry};
      return FRAY_OK;
    }
  FRAY_CHECK(fray_strength_is_none(redo->r->of_condition[at->condition], at->severity), err, INPUT,
             "cells.yaml does not say what the condition %.100s is", name);
  return FRAY_OK;
}

/* By the names that the run gave its conditions. All cells must be of the data that are open; a
 * study that sweeps its data has no sample that all of its models met. */
static enum fray_status entries_at(const struct fray_rep_redo *redo,
                                   const struct fray_rep_address *at, struct fray_arena *arena,
                                   struct acting *out, struct fray_err *err) {
  const struct fray_node *cell = cell_node(redo, at->cell), *first = cell_node(redo, 0);
  const char *name = redo->r->conditions.v[at->condition];
  /* What makes two data sets: all else of `data` is about who holds what, and about features. */
  static const char *const same[] = {"data.shards", "data.modalities"};
  *out = (struct acting){0};
  FRAY_CHECK(cell, err, INPUT, "cells.yaml does not hold cell %zu", at->cell + 1);
  for (size_t k = 0; k < FRAY_COUNT(same); k++) {
    const struct fray_node *a = fray_node_at(cell, same[k]), *b = fray_node_at(first, same[k]);
    FRAY_CHECK(a == b || (a && b && fray_node_equal(a, b)), err, INPUT,
               "cells of this study differ in %s", same[k]);
  }
  if (strcmp(name, "clean") == 0)
    return FRAY_OK;
  if (strcmp(name, "trial") == 0)
    return entries_of_trial(fray_node_get(cell, "corruption"), arena, out, err);
  return entries_of_test(redo, at, fray_node_get(cell, "tests"), arena, out, err);
}

/* By what is written, and not by what came of it: equal trees are equal damage of any sample. */
bool fray_rep_same_entries(const struct fray_rep_redo *redo, const struct fray_rep_address *a,
                           const struct fray_rep_address *b) {
  const bool trial = strcmp(redo->r->conditions.v[a->condition], "trial") == 0;
  const char *key = trial ? "corruption" : "tests";
  const struct fray_node *x = fray_node_get(cell_node(redo, a->cell), key);
  const struct fray_node *y = fray_node_get(cell_node(redo, b->cell), key);
  return x == y || (x && y && fray_node_equal(x, y));
}

/* As scores.csv has it: of one entry that acts its own rate, of several the share of the values
 * there were that are lost or damaged in the end. */
static double realised_rate(const struct fray_rep_redo *redo, const struct acting *acting,
                            const struct fray_realised *realised,
                            const struct fray_damage *damage) {
  const struct fray_dataset *d = redo->data;
  size_t acts = 0, held = 0, hit = 0;
  double rate = NAN;
  for (size_t e = 0; e < acting->n; e++)
    if (fray_corruption_acts(acting->entry[e], FRAY_AT_TEST)) {
      acts++;
      rate = realised[e].rate;
    }
  if (acts < 2)
    return rate;
  for (size_t i = 0; i < damage->n; i++)
    for (size_t m = 0; m < d->n_modalities; m++) {
      /* What the data never had cannot have been hit. */
      const bool had = d->present[redo->sample[i]] >> m & 1;
      held += had;
      hit += had && (!(damage->present[i] >> m & 1) ||
                     fray_signal_key(damage->signal, redo->sample[i], m));
    }
  return held ? (double)hit / (double)held : NAN;
}

/* The population of the run: every test sample in its order, each with the client of the shards,
 * for whom an entry with `who` was drawn. */
static struct fray_population people_of(const struct fray_rep_redo *redo) {
  const struct fray_dataset *d = redo->data;
  return (struct fray_population){.dataset = d,
                                  .n = redo->set->n,
                                  .sample = redo->sample,
                                  .client = redo->client,
                                  .n_clients = d->n_clients,
                                  .client_source = d->client_source,
                                  .client_name = d->client_name};
}

enum fray_status fray_rep_redo_none(struct fray_rep_redo *redo, struct fray_arena *arena,
                                    struct fray_damage *out, struct fray_err *err) {
  const struct fray_population population = people_of(redo);
  return fray_damage_start(&population, arena, out, err);
}

/* As the run damaged them, held against what it noted. */
static enum fray_status damage_all(struct fray_rep_redo *redo, size_t trial,
                                   const struct fray_rep_address *at, struct fray_arena *arena,
                                   struct fray_damage *out, struct fray_err *err) {
  const struct fray_population population = people_of(redo);
  struct acting acting;
  struct fray_realised *realised;
  uint64_t seed;
  FRAY_TRY(entries_at(redo, at, arena, &acting, err));
  FRAY_ALLOC_ZERO(realised, arena, acting.n + 1, err);
  FRAY_CHECK(redo->r->scenario &&
                 fray_corruption_seed(redo->r->scenario,
                                      strtoull(redo->r->trial[trial].seed_text, NULL, 10), &seed),
             err, INPUT, "the corruption seed of the run is not known");
  FRAY_TRY(fray_damage_start(&population, arena, out, err));
  FRAY_TRY(fray_corrupt(acting.entry, acting.n, &population, seed, arena, out, realised, err));
  /* Where nothing acts the score may be that of an entry with strength 0, which noted a rate of 0.
   */
  const double rate = fmax(realised_rate(redo, &acting, realised, out), 0);
  /* A sign that the same was hit; a program with other draws would show other damage. */
  const struct fray_rep_score *score = fray_rep_score_at(redo->r, trial, at);
  const double noted = score ? score->realised : NAN;
  FRAY_CHECK(isnan(noted) || fabs(noted - rate) < 1e-9, err, INPUT,
             "the damage comes out as a rate of %g, and the run noted %g", rate, noted);
  return FRAY_OK;
}

/* An entry that names a ledger which is gone, or a group that the shards lack, is no failure of the
 * report either. */
enum fray_status fray_rep_redo_damage(struct fray_rep_redo *redo, size_t trial,
                                      const struct fray_rep_address *at, struct fray_arena *arena,
                                      struct fray_damage *out, const char **why,
                                      struct fray_err *err) {
  struct fray_err failure = {0};
  *why = NULL;
  return damage_all(redo, trial, at, arena, out, &failure) == FRAY_OK
             ? FRAY_OK
             : reason(redo, &failure, why, err);
}

/* Keys of damage tell it without reading a value: equal keys, equal values. */
bool fray_rep_is_hit(const struct fray_rep_redo *redo, const struct fray_damage *a,
                     const struct fray_damage *b, size_t i) {
  bool hit = a->present[i] != b->present[i];
  for (size_t m = 0; m < redo->data->n_modalities; m++)
    hit = hit || fray_signal_key(a->signal, redo->sample[i], m) !=
                     fray_signal_key(b->signal, redo->sample[i], m);
  return hit;
}

/* ---- values ---- */

/* Lost is what was there: a sample that never had the modality is another case, which no damage
 * made. Room is that of the longest value on the way, as a kind may lengthen it before another cuts
 * it. */
enum fray_status fray_rep_redo_value(struct fray_rep_redo *redo, size_t m, size_t i,
                                     const struct fray_damage *damage, struct fray_arena *arena,
                                     struct fray_rep_value *out, struct fray_err *err) {
  const struct fray_modality *modality = &redo->data->modality[m];
  const size_t sample = redo->sample[i];
  struct fray_arena scratch = {0};
  size_t length = 0;
  float *room;
  *out = (struct fray_rep_value){.presence = FRAY_REP_ABSENT};
  if (!(redo->data->present[sample] >> m & 1))
    return FRAY_OK;
  out->presence = FRAY_REP_LOST;
  if (!(damage->present[i] >> m & 1))
    return FRAY_OK;
  FRAY_TRY(fray_sample_read(redo->data, m, sample, redo->raw, &length, err));
  out->presence = FRAY_REP_THERE;
  out->key = fray_signal_key(damage->signal, sample, m);
  /* A run refuses numbers that are none, but not of samples that it never read. */
  FRAY_TRY(fray_raw_check(modality, redo->raw, length, err));
  const size_t capacity = fray_signal_longest(damage->signal, sample, m, length);
  FRAY_ALLOC(room, arena, fray_raw_numbers(modality, capacity) + 1, err);
  out->x = fray_raw_signal(modality, redo->raw, length, capacity, room);
  enum fray_status status =
      out->key ? fray_signal_apply(damage->signal, sample, m, &out->x, &scratch, err) : FRAY_OK;
  fray_arena_free(&scratch);
  return status;
}

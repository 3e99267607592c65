/* The data sets of a study, as provenance.json names them, and whether they are those of before.
 *
 * An index tells what is in a shard without reading its values; the time of its last change tells
 * whether the index may be believed. Only a shard that was touched is read in full. */
#include "fray/results/data_sets.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/json/json.h"
#include "fray/results/folder.h"
#include "fray/results/provenance.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names, or kinds. In the order of the data set, which is that of the scenario. */
static const char *list_modalities(const struct fray_dataset *d, bool kinds,
                                   struct fray_arena *arena) {
  struct fray_text text = {0};
  for (size_t m = 0; m < d->n_modalities; m++)
    fray_text_printf(&text, "%s%s", m ? "," : "",
                     kinds ? fray_modality_kind_names[d->modality[m].kind] : d->modality[m].name);
  const char *out = text.data && !text.failed ? fray_arena_strdup(arena, text.data) : NULL;
  fray_text_free(&text);
  return out;
}

/* Copies: the data set may be closed before provenance is written. */
static enum fray_status keep_classes(const struct fray_dataset *d, struct fray_arena *arena,
                                     struct fray_data_set *set, struct fray_err *err) {
  set->n_classes = d->class_name ? d->n_classes : 0;
  FRAY_ALLOC(set->class_name, arena, set->n_classes + 1, err);
  for (size_t c = 0; c < set->n_classes; c++) {
    set->class_name[c] = fray_arena_strdup(arena, d->class_name[c]);
    FRAY_CHECK(set->class_name[c], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

static enum fray_status add(struct fray_data_sets *sets, const char *shards, const char *modalities,
                            const struct fray_dataset *d, struct fray_err *err) {
  struct fray_data_set *set, **end = &sets->first;
  FRAY_ALLOC_ZERO(set, sets->arena, 1, err);
  FRAY_ALLOC_ZERO(set->file, sets->arena, d->n_shards, err);
  set->shards = fray_arena_strdup(sets->arena, shards);
  FRAY_CHECK(set->shards, err, MEMORY, "out of memory");
  set->modalities = modalities;
  set->kinds = list_modalities(d, true, sets->arena);
  FRAY_CHECK(set->kinds, err, MEMORY, "out of memory");
  set->index_hash = d->index_hash;
  set->n = d->n_shards;
  FRAY_TRY(keep_classes(d, sets->arena, set, err));
  for (size_t k = 0; k < set->n; k++) {
    /* Links are followed, so that two ways to a file are one file. */
    char path[PATH_MAX]; /* as seen from any folder */
    set->file[k].path =
        fray_arena_strdup(sets->arena, realpath(d->shard_path[k], path) ? path : d->shard_path[k]);
    FRAY_CHECK(set->file[k].path, err, MEMORY, "out of memory");
    set->file[k].stamp = d->stamp[k];
    set->file[k].values_hash = fray_dataset_values_hash(d, k);
  }
  while (*end)
    end = &(*end)->next;
  *end = set;
  return FRAY_OK;
}

static bool is_touched(const struct fray_shard_stamp *a, const struct fray_shard_stamp *b) {
  return a->size != b->size || a->seconds != b->seconds || a->nanoseconds != b->nanoseconds;
}

/* This rank may see a file for the first time that the plan knew of from rank 0. */
static enum fray_status is_same(struct fray_data_set *set, const struct fray_dataset *d,
                                struct fray_err *err) {
  for (size_t k = 0; k < set->n && k < d->n_shards; k++) {
    struct fray_data_file *file = &set->file[k];
    const struct fray_shard_stamp *now = &d->stamp[k];
    FRAY_CHECK(file->values_hash == fray_dataset_values_hash(d, k) &&
                   !(file->stamp.known && now->known && is_touched(&file->stamp, now)),
               err, IO, "%s: the shard changed since the run began", d->shard_path[k]);
    /* What was not known yet is what this rank has found: from now on it must stay. */
    if (!file->stamp.known)
      file->stamp = *now;
  }
  FRAY_CHECK(set->n == d->n_shards && set->index_hash == d->index_hash, err, IO,
             "%s: the shards changed since the run began (hash of their index %016" PRIx64
             ", then %016" PRIx64 ")",
             set->shards, set->index_hash, d->index_hash);
  return FRAY_OK;
}

/* Controls of one modality open a part of the same shards: sets are told apart by shards and
 * modalities together. */
enum fray_status fray_data_sets_note(struct fray_data_sets *sets, const char *shards,
                                     const struct fray_dataset *dataset, struct fray_err *err) {
  struct fray_arena work = {0};
  const char *modalities = list_modalities(dataset, false, &work);
  enum fray_status status = modalities ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  struct fray_data_set *set = sets->first;
  while (status == FRAY_OK && set &&
         (strcmp(set->shards, shards) != 0 || strcmp(set->modalities, modalities) != 0))
    set = set->next;
  if (status == FRAY_OK && set)
    status = is_same(set, dataset, err);
  else if (status == FRAY_OK) {
    const char *kept = fray_arena_strdup(sets->arena, modalities);
    status =
        kept ? add(sets, shards, kept, dataset, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  fray_arena_free(&work);
  return status;
}

static void put_words(struct fray_text *out, const char *key, const char *value) {
  fray_text_printf(out, "\"%s\": ", key);
  fray_json_put_text(out, value);
}

static void put_hash(struct fray_text *out, const char *key, uint64_t hash) {
  fray_text_printf(out, "\"%s\": \"%016" PRIx64 "\"", key, hash);
}

static void stamp_text(const struct fray_shard_stamp *stamp, char out[64]) {
  snprintf(out, 64, "%" PRId64 ".%09" PRId64, stamp->seconds, stamp->nanoseconds);
}

/* The time of modification is kept to the nanosecond, since an edit within the second must be seen.
 */
static void put_file(const struct fray_data_file *file, struct fray_text *out) {
  char modified[64];
  stamp_text(&file->stamp, modified);
  fray_text_puts(out, "{");
  put_words(out, "path", file->path);
  fray_text_printf(out, ", \"bytes\": %" PRIu64 ", ", file->stamp.size);
  put_words(out, "modified", modified);
  fray_text_puts(out, ", ");
  put_hash(out, "values_hash", file->values_hash);
  fray_text_puts(out, "}");
}

uint64_t fray_data_sets_index(const struct fray_data_sets *sets,
                              const struct fray_dataset *dataset) {
  return sets && sets->first ? sets->first->index_hash : dataset->index_hash;
}

/* In the order of their numbers in results.h5, which has no names. */
static void put_classes(const struct fray_data_set *set, struct fray_text *out) {
  fray_text_puts(out, ", \"classes\": [");
  for (size_t c = 0; c < set->n_classes; c++) {
    fray_text_puts(out, c ? ", " : "");
    fray_json_put_text(out, set->class_name[c]);
  }
  fray_text_puts(out, "]");
}

/* One shard a line: people compare these files. */
void fray_data_sets_put(const struct fray_data_sets *sets, struct fray_text *out) {
  fray_text_puts(out, "[");
  for (const struct fray_data_set *set = sets->first; set; set = set->next) {
    fray_text_puts(out, set == sets->first ? "\n    {" : ",\n    {");
    put_words(out, "shards", set->shards);
    fray_text_puts(out, ", ");
    put_words(out, "modalities", set->modalities);
    fray_text_puts(out, ", ");
    put_words(out, "kinds", set->kinds);
    fray_text_puts(out, ", ");
    put_hash(out, "index_hash", set->index_hash);
    put_classes(set, out);
    fray_text_puts(out, ", \"files\": [");
    for (size_t k = 0; k < set->n; k++) {
      fray_text_puts(out, k ? ",\n      " : "\n      ");
      put_file(&set->file[k], out);
    }
    fray_text_puts(out, "]}");
  }
  fray_text_puts(out, "]");
}

static bool says(const fray_json *object, const char *key, const char *value) {
  const char *text = fray_json_text(fray_json_get(object, key));
  return text && strcmp(text, value) == 0;
}

static bool says_hash(const fray_json *object, const char *key, uint64_t hash) {
  char text[17];
  snprintf(text, sizeof text, "%016" PRIx64, hash);
  return says(object, key, text);
}

/* What the run in the folder had in this place, or NULL. */
static const fray_json *find_before(const fray_json *before, const struct fray_data_set *set) {
  for (size_t i = 0; i < fray_json_size(before); i++) {
    const fray_json *one = fray_json_at(before, i);
    if (says(one, "shards", set->shards) && says(one, "modalities", set->modalities))
      return one;
  }
  return NULL;
}

static const fray_json *find_file(const fray_json *files, const char *path) {
  if (fray_json_is_array(files))
    for (size_t i = 0; i < fray_json_size(files); i++)
      if (says(fray_json_at(files, i), "path", path))
        return fray_json_at(files, i);
  return NULL;
}

/* Size and time of the last change, as the run noted them; a file of another file system may round
 * the time, and then it is read in full, which is right as well. */
static bool was_touched(const fray_json *before, const struct fray_data_file *file) {
  char modified[64];
  double bytes = -1;
  stamp_text(&file->stamp, modified);
  return !fray_json_real(fray_json_get(before, "bytes"), &bytes) ||
         bytes != (double)file->stamp.size || !says(before, "modified", modified);
}

/* The index says that the values are those of before; of a file that was touched they are read. */
static enum fray_status check_values(const fray_json *before, const struct fray_data_file *file,
                                     const char *folder, struct fray_err *err) {
  bool found;
  if (!was_touched(before, file))
    return FRAY_OK;
  if (fray_shard_verify(file->path, &found, err) != FRAY_OK)
    return fray_at(err, "the shard changed since the run in %s began", folder);
  return FRAY_OK;
}

/* The shard to which it is due that the index is another: one with other values rather than one
 * that was touched, as all of them are by copying. n: none. */
static size_t find_culprit(const fray_json *files, const struct fray_data_set *set) {
  size_t touched = set->n;
  for (size_t k = 0; k < set->n; k++) {
    const fray_json *before = find_file(files, set->file[k].path);
    if (!before || !says_hash(before, "values_hash", set->file[k].values_hash))
      return k;
    if (touched == set->n && was_touched(before, &set->file[k]))
      touched = k;
  }
  return touched;
}

/* A file that the run had and that is nowhere now, or NULL. */
static const char *find_gone(const fray_json *files) {
  for (size_t i = 0; i < fray_json_size(files); i++) {
    const char *path = fray_json_text(fray_json_get(fray_json_at(files, i), "path"));
    if (path && !fray_file_exists(path))
      return path;
  }
  return NULL;
}

/* The message names the one shard that is to blame: among hundreds, "the data changed" helps
 * nobody. */
static enum fray_status refuse(const fray_json *files, const struct fray_data_set *set,
                               const char *folder, struct fray_err *err) {
  size_t culprit = find_culprit(files, set);
  const char *gone = find_gone(files);
  FRAY_CHECK(!gone, err, INPUT,
             "%s: the shard is gone since the run in %s began; put it back, or run into another "
             "folder",
             gone, folder);
  FRAY_CHECK(culprit < set->n, err, INPUT,
             "%s: other shards than when the run in %s began (%zu, now %zu); put them back, or run "
             "into another folder",
             set->shards, folder, fray_json_size(files), set->n);
  const char *path = set->file[culprit].path;
  FRAY_CHECK(find_file(files, path), err, INPUT,
             "%s: the shard was not there when the run in %s began; take it away, or run into "
             "another folder",
             path, folder);
  return fray_fail(err, FRAY_INPUT,
                   "%s: the shard changed since the run in %s began; put it back, or run into "
                   "another folder",
                   path, folder);
}

/* A shard that the run did not know changes the index, so files are compared one by one only where
 * the index is the same. */
static enum fray_status check_set(const fray_json *before, const struct fray_data_set *set,
                                  const char *folder, struct fray_err *err) {
  const fray_json *files = fray_json_get(before, "files");
  FRAY_CHECK(fray_json_is_array(files), err, INPUT, "%s/provenance.json: data_sets: no files",
             folder);
  if (!says_hash(before, "index_hash", set->index_hash))
    return refuse(files, set, folder, err);
  for (size_t k = 0; k < set->n; k++)
    FRAY_TRY(check_values(find_file(files, set->file[k].path), &set->file[k], folder, err));
  return FRAY_OK;
}

enum fray_status fray_data_sets_check(const struct fray_data_sets *sets, const char *folder,
                                      bool *same, struct fray_err *err) {
  char path[4096];
  fray_json *root;
  enum fray_status status = FRAY_OK;
  *same = false;
  FRAY_TRY(fray_folder_path(folder, "provenance.json", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_json_read(path, FRAY_PROVENANCE_BYTES, &root, err));
  *same = true;
  const fray_json *list = fray_json_get(root, "data_sets"); /* older folders have none */
  for (const struct fray_data_set *set = sets->first; set && status == FRAY_OK; set = set->next) {
    const fray_json *before = fray_json_is_array(list) ? find_before(list, set) : NULL;
    *same = *same && before;
    if (before)
      status = check_set(before, set, folder, err);
  }
  fray_json_free(root);
  return status;
}

static bool has_file(const struct fray_data_set *set, const char *path) {
  for (size_t k = 0; k < set->n; k++)
    if (strcmp(set->file[k].path, path) == 0)
      return true;
  return false;
}

/* The folder of each shard, and not only what the scenario calls it: a name may lead to a single
 * file, or through links. Shards of one folder follow each other. */
enum fray_status fray_data_sets_apart(const struct fray_data_sets *sets, const char *folder,
                                      struct fray_err *err) {
  for (const struct fray_data_set *set = sets->first; set; set = set->next) {
    char before[PATH_MAX] = "", at[PATH_MAX];
    for (size_t k = 0; k < set->n; k++) {
      const char *slash = strrchr(set->file[k].path, '/');
      snprintf(at, sizeof at, "%.*s", slash ? (int)(slash - set->file[k].path) : 1,
               slash ? set->file[k].path : ".");
      if (strcmp(at, before) != 0)
        FRAY_TRY(fray_place_apart("-o", folder, at, err));
      strcpy(before, at);
    }
  }
  return FRAY_OK;
}

/* Sets of different modalities share their shards: the first speaks for them. */
static bool is_repeated(const struct fray_data_sets *sets, const struct fray_data_set *until,
                        const char *path) {
  for (const struct fray_data_set *set = sets->first; set != until; set = set->next)
    if (has_file(set, path))
      return true;
  return false;
}

/* It reads every byte of the data, which may take minutes: so it tells how far it is. */
enum fray_status fray_data_sets_verify(const struct fray_data_sets *sets, struct fray_err *err) {
  size_t n = 0, without = 0;
  double bytes = 0;
  for (const struct fray_data_set *set = sets->first; set; set = set->next)
    for (size_t k = 0; k < set->n; k++) {
      const struct fray_data_file *file = &set->file[k];
      bool found;
      if (is_repeated(sets, set, file->path))
        continue;
      fray_progress(5.0, "hashing shard %zu: %s", n + 1, file->path);
      FRAY_TRY(fray_shard_verify(file->path, &found, err));
      n++;
      without += !found;
      bytes += (double)file->stamp.size;
    }
  fray_progress_end();
  fray_print("values       %zu shard%s, %.1f MiB, hashed anew: all as they were written\n", n,
             n == 1 ? "" : "s", bytes / 1048576.0);
  if (without)
    fray_print("             (%zu without values_hash: hashed whenever they are opened)\n",
               without);
  return FRAY_OK;
}

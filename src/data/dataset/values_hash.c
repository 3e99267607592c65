/* A hash of all values of a shard: of each modality's rows as they are stored, then of the
 * modalities' names and hashes in order of names. Writers leave it in the file; for other shards it
 * is computed from the values. It is by modality so that a data set that uses two of five can be
 * compared without reading the others. */
#include "index.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The order of modalities in a file is HDF5's, not the data's. */
static int by_name(const void *a, const void *b) {
  const struct hashed_modality *p = a, *q = b;
  return strcmp(p->name, q->name);
}

/* The NUL of each name is hashed too, so that names cannot run into one another. */
enum fray_status values_hash_join(struct hashed_modality *part, size_t n, uint64_t *out,
                                  struct fray_err *err) {
  struct fray_hash_state *state = fray_hash_begin();
  FRAY_CHECK(state, err, MEMORY, "out of memory");
  qsort(part, n, sizeof *part, by_name);
  for (size_t i = 0; i < n; i++) {
    fray_hash_add(state, part[i].name, strlen(part[i].name) + 1);
    fray_hash_add(state, &part[i].hash, sizeof part[i].hash);
  }
  *out = fray_hash_end(state);
  return FRAY_OK;
}

/* How the values of a modality lie in the file, and what a row of them takes in memory. */
struct stored {
  const char *path; /* of the data set */
  enum fray_h5_type type;
  size_t rows, row_values, row_bytes;
};

/* The type in memory, which reading converts to: a shard of another byte order hashes alike. */
static enum fray_status find_values(const struct shard_head *head, size_t m,
                                    struct fray_arena *arena, struct stored *out,
                                    struct fray_err *err) {
  int rank = 0;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text = false;
  *out = (struct stored){
      .path = fray_arena_printf(arena, "/modalities/%s/values", head->modality[m].name),
      .type = values_type(head->modality[m].kind, head->layout[m].is_float),
      .row_values = 1};
  FRAY_CHECK(out->path, err, MEMORY, "out of memory");
  FRAY_TRY(fray_h5_shape(head->file, out->path, &rank, dims, &is_text, err));
  out->rows = dims[0];
  for (int i = 1; i < rank; i++)
    FRAY_CHECK(fray_size_mul(out->row_values, dims[i], &out->row_values), err, INPUT,
               "%s: %s: a sample is too large", head->path, out->path);
  FRAY_CHECK(fray_size_mul(out->row_values, values_bytes(out->type), &out->row_bytes), err, INPUT,
             "%s: %s: a sample is too large", head->path, out->path);
  return FRAY_OK;
}

/* A made-up shape would keep the reader busy for days: gzip shrinks at most by 1032. */
static enum fray_status check_plausible(const struct shard_head *head, const struct stored *s,
                                        struct fray_err *err) {
  static const uint64_t most_ratio = 1100, slack = 1 << 26;
  uint64_t size = 0;
  size_t bytes = 0;
  FRAY_TRY(fray_file_size(head->path, &size, err));
  bool fits = fray_size_mul(s->rows, s->row_bytes, &bytes) &&
              (bytes <= slack || (bytes - slack) / most_ratio <= size);
  FRAY_CHECK(fits, err, INPUT,
             "%s: %s: %zu rows of %zu bytes are more than a file of %" PRIu64 " bytes can hold",
             head->path, s->path, s->rows, s->row_bytes, size);
  return FRAY_OK;
}

/* First of the rows that end a piece and hold nothing but zeros. */
static size_t blank_end(const char *piece, size_t rows, size_t row_bytes) {
  size_t n = rows * row_bytes;
  while (n > 0 && !piece[n - 1])
    n--;
  return row_bytes ? n / row_bytes + (n % row_bytes != 0) : 0;
}

/* In pieces of 4 MB; the hash does not depend on where they are cut. */
static enum fray_status hash_rows(const struct shard_head *head, const struct stored *s,
                                  struct fray_hash_state *state, size_t *blank_from,
                                  struct fray_err *err) {
  enum { PIECE = 1 << 22 };
  /* At least one row, however large. */
  size_t most = FRAY_MAX(PIECE / FRAY_MAX(s->row_bytes, (size_t)1), (size_t)1);
  char *piece = malloc(FRAY_MIN(most, s->rows) * s->row_bytes + 1);
  FRAY_CHECK(piece, err, MEMORY, "out of memory (%zu bytes)", most * s->row_bytes);
  enum fray_status status = FRAY_OK;
  for (size_t row = 0; row < s->rows; row += most) {
    size_t n = FRAY_MIN(most, s->rows - row);
    status = fray_h5_read_rows(head->file, s->path, s->type, row, n, piece, n * s->row_values, err);
    if (status != FRAY_OK)
      break;
    fray_hash_add(state, piece, n * s->row_bytes);
    size_t blank = blank_end(piece, n, s->row_bytes);
    *blank_from = blank ? row + blank : *blank_from;
  }
  free(piece);
  return status;
}

/* The state of the hash is ended whether or not all rows were read: it owns memory. */
static enum fray_status hash_modality(struct shard_head *head, size_t m, uint64_t *out,
                                      struct fray_err *err) {
  struct fray_arena arena = {0};
  struct stored stored;
  struct fray_hash_state *state = NULL;
  enum fray_status status = find_values(head, m, &arena, &stored, err);
  if (status == FRAY_OK)
    status = check_plausible(head, &stored, err);
  if (status == FRAY_OK && !(state = fray_hash_begin()))
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  /* Until the last row that holds anything is seen, all are blank. */
  head->blank_from[m] = 0;
  if (status == FRAY_OK)
    status = hash_rows(head, &stored, state, &head->blank_from[m], err);
  if (state)
    *out = fray_hash_end(state);
  fray_arena_free(&arena);
  return status;
}

/* What a file says of itself is checked in its form only; fray_shard_verify compares. */
enum fray_status values_hash_said(const char *path, fray_h5 file, uint64_t *out, bool *found,
                                  struct fray_err *err) {
  struct fray_arena arena = {0};
  const char *text = NULL;
  *found = fray_h5_has_attr(file, ".", VALUES_HASH);
  if (!*found)
    return FRAY_OK;
  enum fray_status status = fray_h5_attr_text(file, ".", VALUES_HASH, &arena, &text, err);
  /* Capital digits are refused: one value has one text, which files are compared by. */
  if (status == FRAY_OK && (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16))
    status = fray_fail(err, FRAY_INPUT,
                       "%s: attribute " VALUES_HASH " \"%.40s\": expected 16 hexadecimal digits",
                       path, text);
  if (status == FRAY_OK)
    *out = strtoull(text, NULL, 16);
  fray_arena_free(&arena);
  return status;
}

/* Of the modalities that the head has. */
static enum fray_status hash_head(struct shard_head *head, uint64_t *out, struct fray_err *err) {
  struct hashed_modality part[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < head->n_modalities; m++) {
    part[m].name = head->modality[m].name;
    FRAY_TRY(hash_modality(head, m, &part[m].hash, err));
  }
  return values_hash_join(part, head->n_modalities, out, err);
}

/* Where the attribute stands, not one value is read: opening costs the index alone. */
enum fray_status values_hash_read(struct shard_head *head, uint64_t *out, bool *said,
                                  struct fray_err *err) {
  /* Not looked at, so no tail is called blank. */
  for (size_t m = 0; m < head->n_modalities; m++)
    head->blank_from[m] = SIZE_MAX;
  FRAY_TRY(values_hash_said(head->path, head->file, out, said, err));
  /* Without the attribute the hash is of the modalities in use only: the others need not be read.
   */
  return *said ? FRAY_OK : hash_head(head, out, err);
}

/* All modalities of the file, one at a time: it may hold more than a data set can use at once. */
enum fray_status values_hash_anew(const char *path, fray_h5 file, struct fray_arena *arena,
                                  uint64_t *out, struct fray_err *err) {
  const char **name = NULL;
  size_t n = 0;
  struct hashed_modality *part;
  FRAY_TRY(fray_h5_members(file, "/modalities", arena, &name, &n, err));
  FRAY_ALLOC(part, arena, n, err);
  for (size_t m = 0; m < n; m++) {
    struct shard_head head;
    FRAY_TRY(shard_head_read(path, file, &name[m], 1, arena, &head, err));
    part[m].name = name[m];
    FRAY_TRY(hash_modality(&head, 0, &part[m].hash, err));
  }
  return values_hash_join(part, n, out, err);
}

/* Of the modalities that the data set has. */
static enum fray_status hash_in_use(const struct fray_dataset *dataset, const char *path,
                                    fray_h5 file, struct fray_arena *arena, uint64_t *out,
                                    struct fray_err *err) {
  const char *name[FRAY_MAX_MODALITIES];
  struct shard_head head;
  for (size_t m = 0; m < dataset->n_modalities; m++)
    name[m] = dataset->modality[m].name;
  FRAY_TRY(shard_head_read(path, file, name, dataset->n_modalities, arena, &head, err));
  return hash_head(&head, out, err);
}

/* By the way in which rank 0 got its hash, or equal files would differ. */
enum fray_status values_hash_compare(const struct fray_dataset *dataset, size_t shard,
                                     struct fray_err *err) {
  struct fray_arena arena = {0};
  const char *path = dataset->shard_path[shard];
  /* What rank 0 found, which every rank has from the index. */
  const uint64_t there = dataset->priv->values_hash[shard];
  fray_h5 file = -1;
  uint64_t here = 0;
  FRAY_TRY(fray_h5_open(path, &file, err));
  enum fray_status status = dataset->priv->hash_said[shard]
                                ? values_hash_anew(path, file, &arena, &here, err)
                                : hash_in_use(dataset, path, file, &arena, &here, err);
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
  FRAY_TRY(status);
  FRAY_CHECK(here == there, err, INPUT,
             "%s: other values than rank 0 finds at this path (hash %016" PRIx64
             ", there %016" PRIx64 ")",
             path, here, there);
  return FRAY_OK;
}

/* Without a data set: a single file is asked, whatever became of the others. */
enum fray_status fray_shard_verify(const char *path, bool *found, struct fray_err *err) {
  struct fray_arena arena = {0};
  fray_h5 file = -1;
  /* Both hashes are shown when they differ: a user compares them with those of another copy. */
  uint64_t said = 0, is = 0;
  FRAY_TRY(fray_h5_open(path, &file, err));
  enum fray_status status = values_hash_said(path, file, &said, found, err);
  if (status == FRAY_OK && *found)
    status = values_hash_anew(path, file, &arena, &is, err);
  if (status == FRAY_OK && *found && said != is)
    status = fray_fail(err, FRAY_INPUT,
                       "%s: its values are not those that its attribute " VALUES_HASH
                       " speaks of (%016" PRIx64 ", it says %016" PRIx64
                       "): they were changed after the shard was written",
                       path, is, said);
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
  return status;
}

void values_hash_text(uint64_t hash, char out[17]) {
  snprintf(out, 17, "%016" PRIx64, hash);
}

/* As text of fixed length: h5dump shows it, and scripts compare it without knowing of bytes. */
enum fray_status values_hash_write(fray_h5 file, struct hashed_modality *part, size_t n,
                                   struct fray_err *err) {
  char text[17];
  uint64_t hash = 0;
  FRAY_TRY(values_hash_join(part, n, &hash, err));
  values_hash_text(hash, text);
  return fray_h5_put_attr_text(file, ".", VALUES_HASH, text, err);
}

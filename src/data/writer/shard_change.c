/* A shard with other values: the file is copied as it is and its rows are written over, so that
 * attributes, groups and whatever else others put into it stay. */
#include "fray/data/shard_change.h"

#include "data/dataset/index.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 20 }; /* bytes of neighbours that are written at once */

/* One modality of one shard on its way into the copy. */
struct change {
  const struct fray_dataset *dataset;
  size_t m, shard;
  fray_h5 file; /* the copy */
  enum fray_h5_type type;
  size_t value_bytes, row_values; /* row: a step if ragged, else a sample */
  const int64_t *offset;          /* of the shard's samples; NULL: dense */
  void *value;                    /* room for the longest, as it is read */
  char *piece;                    /* rows first .. first + rows - 1, as they are stored */
  size_t room, first, rows;
};

/* Bytes of pictures are stored as they are; sound may be 16 bits in the file. */
static void store(const struct change *c, size_t count, char *out) {
  const float *x = c->value;
  if (c->type != FRAY_H5_I16) {
    memcpy(out, c->value, count * c->value_bytes);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    /* What goes beyond full scale is cut there, as a recorder does. */
    const double level = fmin(fmax((double)x[i] * 32768, INT16_MIN), INT16_MAX);
    const int16_t rounded = (int16_t)lround(level);
    memcpy(out + i * sizeof rounded, &rounded, sizeof rounded);
  }
}

/* One call of the library for many neighbours: each call writes through to the file. */
static enum fray_status flush(struct change *c, struct fray_err *err) {
  const size_t rows = c->rows;
  c->rows = 0;
  return rows ? fray_h5_write_rows(c->file, c->dataset->priv->modality_path[c->m], c->type,
                                   c->first, rows, c->piece, rows * c->row_values, err)
              : FRAY_OK;
}

/* Rows of absent samples are not touched, so a piece ends where one of them begins. */
static enum fray_status append(struct change *c, size_t row, size_t rows, struct fray_err *err) {
  const size_t bytes = rows * c->row_values * c->value_bytes;
  const size_t held = c->rows * c->row_values * c->value_bytes;
  if (c->rows && (row != c->first + c->rows || held + bytes > c->room))
    FRAY_TRY(flush(c, err));
  if (!c->rows)
    c->first = row;
  store(c, rows * c->row_values, c->piece + c->rows * c->row_values * c->value_bytes);
  c->rows += rows;
  return FRAY_OK;
}

/* Values come from the shard that is copied, which stays open and is not touched. */
static enum fray_status change_samples(struct change *c, fray_value_changer *change, void *user,
                                       struct fray_err *err) {
  const struct fray_dataset *d = c->dataset;
  const size_t begin = d->shard_first[c->shard];
  for (size_t s = begin; s < d->shard_first[c->shard + 1]; s++) {
    size_t length = 0;
    FRAY_TRY(fray_sample_read(d, c->m, s, c->value, &length, err));
    if (length == 0)
      continue;
    /* Whoever changes it knows the sample by its place in the data set. */
    FRAY_TRY(change(user, c->m, s, c->value, length, err));
    const size_t row = c->offset ? (size_t)c->offset[s - begin] : s - begin;
    const size_t rows = c->offset ? (size_t)c->offset[s - begin + 1] - row : 1;
    FRAY_TRY(append(c, row, rows, err));
  }
  return flush(c, err);
}

/* The shapes were checked when the data set was opened. */
static enum fray_status change_modality(const struct fray_dataset *d, size_t shard, size_t m,
                                        fray_h5 file, fray_value_changer *change, void *user,
                                        struct fray_err *err) {
  const struct fray_modality *modality = &d->modality[m];
  const struct layout *layout = &d->priv->layout[shard * d->n_modalities + m];
  struct change c = {.dataset = d, .m = m, .shard = shard, .file = file};
  /* Text has lengths of its own in bytes, and numbers of sensors are not to be touched. */
  FRAY_CHECK(modality->kind == FRAY_AUDIO || modality->kind == FRAY_IMAGE, err, INTERNAL,
             "%s: neither sound nor picture", modality->name);
  /* As readers take them, so that what is written is what will be read. */
  c.type = values_type(modality->kind, layout->is_float);
  c.value_bytes = values_bytes(c.type);
  const size_t pixels =
      modality->kind == FRAY_IMAGE ? modality->height * modality->width * modality->channels : 1;
  c.row_values = layout->ragged ? 1 : (size_t)layout->time * pixels;
  /* Each shard before this one has one offset more than samples. */
  if (layout->ragged)
    c.offset = d->priv->offset[m] + d->shard_first[shard] + shard;
  c.room = FRAY_MAX(fray_sample_bytes(d, m), (size_t)PIECE);
  c.value = malloc(fray_sample_bytes(d, m) + 1);
  c.piece = malloc(c.room);
  enum fray_status status = c.value && c.piece
                                ? change_samples(&c, change, user, err)
                                : fray_fail(err, FRAY_MEMORY, "out of memory (%zu bytes)", c.room);
  free(c.value);
  free(c.piece);
  return status;
}

/* By the file as it is now: what was written is read again. */
static enum fray_status renew_hash(const char *path, fray_h5 file, uint64_t *before,
                                   uint64_t *after, struct fray_err *err) {
  struct fray_arena arena = {0};
  bool found = false;
  char text[17];
  enum fray_status status = values_hash_said(path, file, before, &found, err);
  if (status == FRAY_OK && found)
    status = values_hash_anew(path, file, &arena, after, err);
  if (status == FRAY_OK && found) {
    values_hash_text(*after, text);
    status = fray_h5_put_attr_text(file, ".", VALUES_HASH, text, err);
  }
  fray_arena_free(&arena);
  return status;
}

/* A copy without changes is opened all the same: what cannot be read is no shard. */
enum fray_status fray_shard_change(const struct fray_dataset *dataset, size_t shard,
                                   unsigned modalities, const char *path,
                                   fray_value_changer *change, void *user, uint64_t *before,
                                   uint64_t *after, struct fray_err *err) {
  fray_h5 file = -1;
  /* 0 is what a shard without a hash of its own has. */
  *before = *after = 0;
  FRAY_TRY(fray_file_copy(dataset->shard_path[shard], path, err));
  FRAY_TRY(modalities ? fray_h5_open_update(path, &file, err) : fray_h5_open(path, &file, err));
  enum fray_status status = FRAY_OK;
  for (size_t m = 0; status == FRAY_OK && m < dataset->n_modalities; m++)
    if (modalities >> m & 1)
      status = change_modality(dataset, shard, m, file, change, user, err);
  if (status == FRAY_OK && modalities)
    status = renew_hash(path, file, before, after, err);
  else if (status == FRAY_OK) {
    bool found = false;
    status = values_hash_said(path, file, before, &found, err);
    *after = *before;
  }
  /* What closing finds out is told only where nothing was told before. */
  const enum fray_status closed = fray_h5_close(file, status == FRAY_OK ? err : NULL);
  return status == FRAY_OK ? closed : status;
}

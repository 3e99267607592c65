/* Writing a shard: the small data sets at once, the values sample by sample, so that about a
 * megabyte of each modality, or a single sample, is in memory. What a reader would refuse is
 * refused here first, before the file exists; the hash of the values is made on the way. */
#include "fray/data/shard_writer.h"

#include "data/dataset/values_hash.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/data/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One modality on its way to the file; samples gather in a buffer that is written in large pieces.
 */
struct column {
  char path[128];
  enum fray_h5_type type;
  size_t value_bytes, row_values; /* row: a step if ragged, else a sample */
  bool ragged;
  size_t time;     /* steps of a dense sample */
  size_t next;     /* sample */
  size_t row;      /* rows written to the file */
  size_t buffered; /* rows in the buffer */
  char *buffer;
  size_t capacity;              /* rows */
  struct fray_hash_state *hash; /* of all rows */
};

/* What stays between the calls; everything else of the plan is written at once and forgotten. */
struct fray_shard_writer {
  fray_h5 file;
  char *path;
  size_t n_samples, n_modalities;
  uint8_t *present;
  int64_t *length[FRAY_MAX_MODALITIES]; /* copies: the plan's arrays need not outlive the call */
  struct column column[FRAY_MAX_MODALITIES];
};

static enum fray_status put_vector(fray_h5 file, const char *path, enum fray_h5_type type,
                                   const void *data, size_t n, bool gzip, struct fray_err *err) {
  return fray_h5_write(file, path, type, 1, &n, data, gzip, err);
}

/* NaN is not known, and is not written: readers then say nothing, not zero. */
static enum fray_status write_leaks(fray_h5 file, const struct fray_leaks *leaks,
                                    struct fray_err *err) {
  if (!leaks)
    return FRAY_OK;
  const double count[] = {leaks->train_and_test, leaks->two_clients, leaks->two_classes};
  for (size_t i = 0; fray_leak_names[i]; i++)
    if (count[i] >= 0)
      FRAY_TRY(fray_h5_put_attr_count(file, ".", fray_leak_names[i], (uint64_t)count[i], err));
  return FRAY_OK;
}

/* Texts that are not known are written as "", so that every shard has the same attributes. */
static enum fray_status write_root(fray_h5 file, const struct fray_shard_plan *plan,
                                   struct fray_err *err) {
  const struct {
    const char *name, *value;
  } text[] = {{"format", "fray-shard"},
              {"dataset", plan->dataset},
              {"task", plan->labels       ? "multi_label"
                       : plan->word_first ? "sequence"
                                          : "single_label"},
              {"licence", plan->licence},
              {"source", plan->source},
              {"created_by", plan->created_by}};
  for (size_t i = 0; i < FRAY_COUNT(text); i++)
    FRAY_TRY(
        fray_h5_put_attr_text(file, ".", text[i].name, text[i].value ? text[i].value : "", err));
  /* Of the format: readers refuse versions that they do not know. */
  FRAY_TRY(fray_h5_put_attr_real(file, ".", "version", 1, err));
  if (plan->window_overlap > 0)
    FRAY_TRY(fray_h5_put_attr_real(file, ".", "window_overlap", plan->window_overlap, err));
  if (plan->window_overlap > 0 && plan->whole_stretches)
    FRAY_TRY(fray_h5_put_attr_real(file, ".", "whole_stretches", 1, err));
  FRAY_TRY(write_leaks(file, plan->leaks, err));
  return fray_h5_write_texts(file, "/classes", plan->class_name, plan->n_classes, err);
}

/* Bytes, unless a sample is unlabelled: its row is written as -1, which bytes cannot hold. */
static enum fray_status write_sets(fray_h5 file, const struct fray_shard_plan *plan,
                                   struct fray_err *err) {
  const size_t dims[] = {plan->n_samples, plan->n_classes}, n = dims[0] * dims[1];
  if (!memchr(plan->labels, FRAY_NO_LABELS, n))
    return fray_h5_write(file, "/samples/label", FRAY_H5_U8, 2, dims, plan->labels, plan->gzip,
                         err);
  int16_t *row = malloc(n * sizeof *row);
  FRAY_CHECK(row, err, MEMORY, "out of memory (%zu labels)", n);
  for (size_t i = 0; i < n; i++)
    row[i] = plan->labels[i] == FRAY_NO_LABELS ? FRAY_UNLABELLED : plan->labels[i];
  enum fray_status status =
      fray_h5_write(file, "/samples/label", FRAY_H5_I16, 2, dims, row, plan->gzip, err);
  free(row);
  return status;
}

/* All words one behind the other, as ragged values lie; a sample without any is unlabelled. */
static enum fray_status write_words(fray_h5 file, const struct fray_shard_plan *plan,
                                    struct fray_err *err) {
  const size_t n = (size_t)plan->word_first[plan->n_samples];
  FRAY_CHECK(n > 0, err, INPUT, "a shard of sequences without a word");
  FRAY_TRY(put_vector(file, "/samples/label_offset", FRAY_H5_I64, plan->word_first,
                      plan->n_samples + 1, plan->gzip, err));
  return put_vector(file, "/samples/label", FRAY_H5_I16, plan->word, n, plan->gzip, err);
}

/* A sample without a label is -1 in either form. */
static enum fray_status write_labels(fray_h5 file, const struct fray_shard_plan *plan,
                                     struct fray_err *err) {
  if (plan->labels)
    return write_sets(file, plan, err);
  if (plan->word_first)
    return write_words(file, plan, err);
  return put_vector(file, "/samples/label", FRAY_H5_I32, plan->label, plan->n_samples, plan->gzip,
                    err);
}

/* Names of clients and samples as HDF5 texts of variable length: they are read once, by rank 0. */
static enum fray_status write_index(fray_h5 file, const struct fray_shard_plan *plan,
                                    struct fray_err *err) {
  size_t n = plan->n_samples, clients = plan->n_clients;
  bool gzip = plan->gzip;
  FRAY_TRY(fray_h5_write_texts(file, "/clients/id", plan->client_name, clients, err));
  FRAY_TRY(put_vector(file, "/clients/first", FRAY_H5_I64, plan->client_first, clients, gzip, err));
  FRAY_TRY(put_vector(file, "/clients/count", FRAY_H5_I64, plan->client_count, clients, gzip, err));
  FRAY_TRY(write_labels(file, plan, err));
  FRAY_TRY(put_vector(file, "/samples/split", FRAY_H5_U8, plan->split, n, gzip, err));
  FRAY_TRY(fray_h5_write_texts(file, "/samples/source", plan->source_id, n, err));
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct fray_group *group = &plan->group[g];
    char path[128];
    /* Names were checked to be short and plain; the bound only keeps the compiler content. */
    snprintf(path, sizeof path, "/groups/%.80s/values", group->name);
    FRAY_TRY(fray_h5_write_texts(file, path, group->value, group->n, err));
    snprintf(path, sizeof path, "/groups/%.80s/code", group->name);
    FRAY_TRY(put_vector(file, path, FRAY_H5_U16, group->code, n, gzip, err));
  }
  return FRAY_OK;
}

/* All lengths are known before the first value, so the values get their final size at once and no
 * chunk is ever moved. */
static enum fray_status write_offsets(struct fray_shard_writer *writer, size_t m, bool gzip,
                                      size_t *rows, struct fray_err *err) {
  char path[128];
  size_t n = writer->n_samples;
  int64_t *offset = malloc((n + 1) * sizeof *offset);
  FRAY_CHECK(offset, err, MEMORY, "out of memory");
  offset[0] = 0;
  for (size_t i = 0; i < n; i++)
    offset[i + 1] = offset[i] + writer->length[m][i];
  *rows = (size_t)offset[n];
  snprintf(path, sizeof path, "%.100s/offset", writer->column[m].path);
  enum fray_status status = put_vector(writer->file, path, FRAY_H5_I64, offset, n + 1, gzip, err);
  free(offset);
  return status;
}

/* The reverse of read_axes in shard_head.c: what is written here is understood there. */
static int value_axes(const struct fray_modality *modality, bool ragged, size_t rows,
                      size_t dims[FRAY_H5_MAX_RANK]) {
  int rank = 0;
  dims[rank++] = rows;
  if (modality->kind == FRAY_IMAGE) {
    dims[rank++] = modality->height;
    dims[rank++] = modality->width;
  } else if (!ragged && !(modality->kind == FRAY_FEATURES && modality->time == 1)) {
    dims[rank++] = modality->time;
  }
  if (modality->kind != FRAY_AUDIO && modality->kind != FRAY_TEXT)
    dims[rank++] = modality->channels;
  return rank;
}

/* What the values are, beside them: a modality can be read without the rest of the file. */
static enum fray_status write_attributes(struct fray_shard_writer *writer, const char *path,
                                         const struct fray_modality *modality,
                                         struct fray_err *err) {
  FRAY_TRY(fray_h5_group(writer->file, path, err));
  FRAY_TRY(fray_h5_put_attr_text(writer->file, path, "kind",
                                 fray_modality_kind_names[modality->kind], err));
  FRAY_TRY(
      fray_h5_put_attr_text(writer->file, path, "unit", modality->unit ? modality->unit : "", err));
  FRAY_TRY(fray_h5_put_attr_real(writer->file, path, "rate", modality->rate, err));
  FRAY_TRY(fray_h5_put_attr_real(writer->file, path, "channels", (double)modality->channels, err));
  if (!modality->channel_name)
    return FRAY_OK;
  char names[160];
  snprintf(names, sizeof names, "%.130s/channel_names", path);
  return fray_h5_write_texts(writer->file, names, modality->channel_name, modality->channels, err);
}

/* Absent samples take no rows, whatever length the plan gives them. */
static enum fray_status copy_lengths(struct fray_shard_writer *writer,
                                     const struct fray_shard_plan *plan, size_t m,
                                     struct fray_err *err) {
  size_t n = plan->n_samples;
  writer->length[m] = malloc(n * sizeof *writer->length[m]);
  FRAY_CHECK(writer->length[m], err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++) {
    int64_t length = plan->length[m][i];
    bool there = plan->present[i] >> m & 1;
    /* A sample that is there has a step at least. */
    FRAY_CHECK(length >= there && length <= INT32_MAX, err, INPUT,
               "modality %s, sample %s: %lld steps is not in [%d, %d]", plan->modality[m].name,
               plan->source_id[i], (long long)length, there, INT32_MAX);
    writer->length[m][i] = there ? length : 0;
  }
  return FRAY_OK;
}

/* Sets up everything that appending needs, so that appending only copies and flushes. */
static enum fray_status make_column(struct fray_shard_writer *writer,
                                    const struct fray_shard_plan *plan, size_t m,
                                    struct fray_err *err) {
  enum { BUFFER = 1 << 20 };
  const struct fray_modality *modality = &plan->modality[m];
  struct column *column = &writer->column[m];
  size_t rows = plan->n_samples, dims[FRAY_H5_MAX_RANK];
  char path[160];
  /* Sound in 16 bits unless the plan says floats: that is what recordings have. */
  bool bytes = modality->kind == FRAY_IMAGE || modality->kind == FRAY_TEXT;
  snprintf(column->path, sizeof column->path, "/modalities/%.80s", modality->name);
  FRAY_TRY(write_attributes(writer, column->path, modality, err));
  column->ragged = plan->length[m] != NULL;
  /* Pictures are one step each; their height and width are axes of their own. */
  column->time = modality->kind == FRAY_IMAGE ? 1 : modality->time;
  /* As narrow as the kind allows: bytes of pictures and texts, 16 bits of sound, floats of what was
   * measured. */
  column->type = bytes                                                ? FRAY_H5_U8
                 : modality->kind == FRAY_AUDIO && !plan->is_float[m] ? FRAY_H5_I16
                                                                      : FRAY_H5_F32;
  column->value_bytes = column->type == FRAY_H5_U8 ? 1 : column->type == FRAY_H5_I16 ? 2 : 4;
  if (column->ragged) {
    FRAY_TRY(copy_lengths(writer, plan, m, err));
    FRAY_TRY(write_offsets(writer, m, plan->gzip, &rows, err));
  }
  /* The first axis is the whole shard's: steps of all samples if ragged, else samples. */
  int rank = value_axes(modality, column->ragged, rows, dims);
  column->row_values = 1;
  for (int i = 1; i < rank; i++)
    column->row_values *= dims[i];
  /* Zero would divide below. */
  FRAY_CHECK(column->row_values, err, INPUT, "modality %s: a sample has no values", modality->name);
  column->capacity =
      FRAY_MAX((size_t)BUFFER / (column->row_values * column->value_bytes), (size_t)1);
  column->buffer = malloc(column->capacity * column->row_values * column->value_bytes);
  /* Hashed while it is written, which spares a second pass over the disk. */
  column->hash = fray_hash_begin();
  FRAY_CHECK(column->buffer && column->hash, err, MEMORY, "out of memory");
  snprintf(path, sizeof path, "%s/values", column->path);
  return fray_h5_make(writer->file, path, column->type, rank, dims, plan->gzip, err);
}

/* Always, even where nothing is absent: a reader need not ask. */
static enum fray_status write_present(struct fray_shard_writer *writer, size_t m, bool gzip,
                                      struct fray_err *err) {
  char path[160];
  size_t n = writer->n_samples;
  uint8_t *flag = malloc(n);
  FRAY_CHECK(flag, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    flag[i] = writer->present[i] >> m & 1;
  snprintf(path, sizeof path, "%s/present", writer->column[m].path);
  enum fray_status status = put_vector(writer->file, path, FRAY_H5_U8, flag, n, gzip, err);
  free(flag);
  return status;
}

/* The same rule as on reading, with the place in the plan. */
static enum fray_status check_names(const char *path, const char *what, const char *const *name,
                                    size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    const char *flaw = fray_name_flaw(name[i]);
    FRAY_CHECK(!flaw, err, INPUT, "%s: %s %zu (\"%.40s\"): %s", path, what, i, name[i], flaw);
  }
  return FRAY_OK;
}

/* What a reader would refuse is not written. */
static enum fray_status check_plan(const struct fray_shard_plan *plan, const char *path,
                                   struct fray_err *err) {
  FRAY_CHECK(plan->n_samples >= 1 && plan->n_clients >= 1 && plan->n_modalities >= 1 &&
                 plan->n_modalities <= FRAY_MAX_MODALITIES,
             err, INPUT, "%s: a shard needs samples, clients and 1 to %d modalities", path,
             FRAY_MAX_MODALITIES);
  for (size_t m = 0; m < plan->n_modalities; m++)
    FRAY_CHECK(fray_name_is_plain(plan->modality[m].name), err, INPUT,
               "modality \"%.80s\": a name is made of letters, digits, _ and -",
               plan->modality[m].name);
  for (size_t m = 0; m < plan->n_modalities; m++)
    if (plan->modality[m].channel_name)
      FRAY_TRY(check_names(path, plan->modality[m].name, plan->modality[m].channel_name,
                           plan->modality[m].channels, err));
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct fray_group *group = &plan->group[g];
    FRAY_CHECK(fray_name_is_plain(group->name), err, INPUT,
               "group \"%.80s\": a name is made of letters, digits, _ and -", group->name);
    FRAY_TRY(check_names(path, group->name, group->value, group->n, err));
  }
  FRAY_TRY(check_names(path, "data set name", &plan->dataset, 1, err));
  FRAY_TRY(check_names(path, "class", plan->class_name, plan->n_classes, err));
  FRAY_TRY(check_names(path, "source id", plan->source_id, plan->n_samples, err));
  FRAY_TRY(check_names(path, "client", plan->client_name, plan->n_clients, err));
  return FRAY_OK;
}

/* On failure the caller abandons, which closes and frees whatever there is by then. */
static enum fray_status create(struct fray_shard_writer *writer, const struct fray_shard_plan *plan,
                               struct fray_err *err) {
  size_t n = plan->n_samples;
  FRAY_TRY(check_plan(plan, writer->path, err));
  writer->n_samples = n;
  writer->n_modalities = plan->n_modalities;
  writer->present = malloc(n);
  FRAY_CHECK(writer->present, err, MEMORY, "out of memory");
  memcpy(writer->present, plan->present, n);
  /* Only now is there a file: a plan that was refused leaves nothing to clean up. */
  FRAY_TRY(fray_h5_create(writer->path, &writer->file, err));
  FRAY_TRY(write_root(writer->file, plan, err));
  FRAY_TRY(write_index(writer->file, plan, err));
  for (size_t m = 0; m < plan->n_modalities; m++) {
    FRAY_TRY(make_column(writer, plan, m, err));
    FRAY_TRY(write_present(writer, m, plan->gzip, err));
  }
  return FRAY_OK;
}

enum fray_status fray_shard_create(const char *path, const struct fray_shard_plan *plan,
                                   struct fray_shard_writer **out, struct fray_err *err) {
  struct fray_shard_writer *writer = calloc(1, sizeof *writer);
  FRAY_CHECK(writer, err, MEMORY, "out of memory");
  /* No file yet: closing -1 does nothing, so that abandoning is right after any failure. */
  writer->file = -1;
  writer->path = strdup(path);
  enum fray_status status =
      writer->path ? create(writer, plan, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status != FRAY_OK) {
    fray_shard_abandon(writer);
    return status;
  }
  *out = writer;
  return FRAY_OK;
}

/* In pieces of about 1 MB, since HDF5 pays for each call and for each chunk that it compresses. */
static enum fray_status flush(struct fray_shard_writer *writer, struct column *column,
                              struct fray_err *err) {
  char path[160];
  if (column->buffered == 0)
    return FRAY_OK;
  snprintf(path, sizeof path, "%s/values", column->path);
  FRAY_TRY(fray_h5_write_rows(writer->file, path, column->type, column->row, column->buffered,
                              column->buffer, column->buffered * column->row_values, err));
  fray_hash_add(column->hash, column->buffer,
                column->buffered * column->row_values * column->value_bytes);
  column->row += column->buffered;
  column->buffered = 0;
  return FRAY_OK;
}

/* rows of the buffer's width; NULL stands for zeros (an absent dense sample). */
static enum fray_status append_rows(struct fray_shard_writer *writer, struct column *column,
                                    const char *values, size_t rows, struct fray_err *err) {
  size_t row_bytes = column->row_values * column->value_bytes;
  while (rows > 0) {
    if (column->buffered == column->capacity)
      FRAY_TRY(flush(writer, column, err));
    size_t n = FRAY_MIN(rows, column->capacity - column->buffered);
    char *to = column->buffer + column->buffered * row_bytes;
    if (values) {
      memcpy(to, values, n * row_bytes);
      values += n * row_bytes;
    } else {
      memset(to, 0, n * row_bytes);
    }
    column->buffered += n;
    rows -= n;
  }
  return FRAY_OK;
}

enum fray_status fray_shard_append(struct fray_shard_writer *writer, size_t modality,
                                   const void *values, size_t length, struct fray_err *err) {
  /* Lengths are compared with the plan, as offsets were written from it: one step more would shift
   * every later sample. */
  FRAY_CHECK(modality < writer->n_modalities, err, INTERNAL, "no modality %zu", modality);
  struct column *column = &writer->column[modality];
  FRAY_CHECK(column->next < writer->n_samples, err, INTERNAL, "%s: %s has only %zu samples",
             writer->path, column->path, writer->n_samples);
  /* Modalities go on by themselves: a caller may write one after the other, or sample by sample. */
  bool there = writer->present[column->next] >> modality & 1;
  size_t expected = !there           ? 0
                    : column->ragged ? (size_t)writer->length[modality][column->next]
                                     : column->time;
  FRAY_CHECK(length == expected, err, INPUT, "%s: %s: sample %zu has %zu steps, expected %zu",
             writer->path, column->path, column->next, length, expected);
  column->next++;
  return append_rows(writer, column, there ? values : NULL, column->ragged ? length : 1, err);
}

/* Also the end of a writer that finished: then the file is closed already. */
void fray_shard_abandon(struct fray_shard_writer *writer) {
  if (!writer)
    return;
  fray_h5_close(writer->file, NULL);
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++) {
    /* Of modalities that were not begun all is NULL. */
    free(writer->length[m]);
    free(writer->column[m].buffer);
    if (writer->column[m].hash)
      fray_hash_end(writer->column[m].hash);
  }
  free(writer->present);
  free(writer->path);
  free(writer);
}

/* Flushes what is left of each modality before its hash is ended. */
static enum fray_status finish(struct fray_shard_writer *writer, struct fray_err *err) {
  struct hashed_modality part[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < writer->n_modalities; m++) {
    struct column *column = &writer->column[m];
    /* A shard that is short would be read as one whose writer died, and rightly. */
    FRAY_CHECK(column->next == writer->n_samples, err, INTERNAL,
               "%s: %s: %zu of %zu samples were written", writer->path, column->path, column->next,
               writer->n_samples);
    FRAY_TRY(flush(writer, column, err));
    /* The path was made from the name, and stays as long as the writer. */
    part[m].name = column->path + strlen("/modalities/");
    part[m].hash = fray_hash_end(column->hash);
    column->hash = NULL;
  }
  FRAY_TRY(values_hash_write(writer->file, part, writer->n_modalities, err));
  /* Closed here for its status: the last bytes reach the disk when HDF5 closes, and may fail there.
   */
  fray_h5 file = writer->file;
  writer->file = -1;
  FRAY_TRY(fray_h5_close(file, err));
  /* Before the folder is put in place: a name must never appear before its bytes. */
  return fray_file_sync(writer->path, err);
}

/* Frees in any case: after a failure there is nothing left to try. */
enum fray_status fray_shard_finish(struct fray_shard_writer *writer, struct fray_err *err) {
  enum fray_status status = finish(writer, err);
  fray_shard_abandon(writer);
  return status;
}

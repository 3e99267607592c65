/* Raw values of samples, read on demand from files that are opened when first needed. Training asks
 * for samples of one client after another and evaluation in order, which is how they lie in the
 * shards: so a block of neighbours is kept of each modality, and nothing else. Features are cached
 * above. */
#include "index.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* Far below the usual limit of 1024 open files, which MPI and the results need as well; 16 MB of
 * neighbours are read at most. */
enum { MAX_OPEN = 128, MAX_AHEAD_BYTES = 1 << 24 };

/* The last shard that begins at or before the sample. */
static size_t shard_of(const struct fray_dataset *dataset, size_t sample) {
  size_t low = 0, high = dataset->n_shards;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (dataset->shard_first[middle] <= sample)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* -1 is HDF5's own mark of no handle; 0 could be one. */
void shard_is_closed(struct open_shard *shard) {
  *shard = (struct open_shard){.file = -1};
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++)
    shard->values[m] = -1;
}

/* Closes the shard that was not used for longest when too many are open. */
static void make_room(const struct fray_dataset *dataset) {
  struct open_shard *open = dataset->priv->open, *oldest = NULL;
  size_t n = 0;
  for (size_t k = 0; k < dataset->n_shards; k++) {
    if (open[k].file < 0)
      continue;
    n++;
    /* A count, not a time: two uses within a tick of a clock are still in order. */
    if (!oldest || open[k].used < oldest->used)
      oldest = &open[k];
  }
  if (n < MAX_OPEN)
    return;
  fray_h5_close(oldest->file, NULL); /* and its data sets with it */
  shard_is_closed(oldest);
}

/* The values of a modality, open. */
static enum fray_status shard_values(const struct fray_dataset *dataset, size_t m, size_t shard,
                                     fray_h5 *out, struct fray_err *err) {
  struct open_shard *open = &dataset->priv->open[shard];
  open->used = ++dataset->priv->clock;
  if (open->file < 0) {
    make_room(dataset);
    FRAY_TRY(shard_seen(dataset, shard, err));
    enum fray_status status = fray_h5_open(dataset->shard_path[shard], &open->file, err);
    /* The index was read from this file before: that it cannot be opened now is no input error. */
    if (status == FRAY_INPUT && err)
      err->status = FRAY_IO;
    if (status != FRAY_OK)
      return FRAY_IO;
  }
  if (open->values[m] < 0)
    FRAY_TRY(fray_h5_rows_open(open->file, dataset->priv->modality_path[m], &open->values[m], err));
  *out = open->values[m];
  return FRAY_OK;
}

/* How a shard stores a modality: rows of the file are steps if ragged, else whole samples. */
struct storage {
  const struct layout *layout;
  const int64_t *offset; /* of the shard's first sample; NULL unless ragged in the file */
  size_t first;          /* sample */
  enum fray_h5_type type;
  size_t row_values, value_bytes;
};

enum fray_h5_type values_type(enum fray_modality_kind kind, bool is_float) {
  bool bytes = kind == FRAY_IMAGE || kind == FRAY_TEXT;
  return bytes ? FRAY_H5_U8 : is_float ? FRAY_H5_F32 : FRAY_H5_I16;
}

size_t values_bytes(enum fray_h5_type type) {
  return type == FRAY_H5_U8 ? 1 : type == FRAY_H5_F32 ? 4 : 2;
}

/* Offsets of shard k begin k places late, since each shard has one more of them than samples. */
static struct storage storage_of(const struct fray_dataset *dataset, size_t m, size_t shard) {
  const struct fray_modality *modality = &dataset->modality[m];
  struct storage s = {.layout = &dataset->priv->layout[shard * dataset->n_modalities + m],
                      .first = dataset->shard_first[shard]};
  if (s.layout->ragged)
    s.offset = dataset->priv->offset[m] + s.first + shard;
  s.type = values_type(modality->kind, s.layout->is_float);
  s.value_bytes = values_bytes(s.type);
  size_t pixels = modality->kind == FRAY_IMAGE ? modality->height * modality->width : 1;
  size_t steps = s.layout->ragged ? 1 : (size_t)s.layout->time;
  s.row_values = steps * pixels * modality->channels;
  return s;
}

/* One beyond the last sample is asked for as well: offsets have an entry for it. */
static size_t row_of(const struct storage *s, size_t sample) {
  return s->offset ? (size_t)s->offset[sample - s->first] : sample - s->first;
}

/* Of a file that is open HDF5 only says that its bytes make no sense. Where it was written over
 * since its index was read that is the fault, and none of the input. */
static enum fray_status name_change(const struct fray_dataset *dataset, size_t shard,
                                    enum fray_status status, struct fray_err *err) {
  struct fray_err change = {0};
  if (status != FRAY_INPUT || shard_seen(dataset, shard, &change) == FRAY_OK)
    return status;
  if (err)
    *err = change;
  return change.status;
}

/* Reads n samples from `first` on into a buffer of the modality, which grows to the largest
 * block. */
static enum fray_status load(const struct fray_dataset *dataset, size_t m, size_t shard,
                             const struct storage *s, size_t first, size_t n,
                             struct read_ahead *ahead, struct fray_err *err) {
  fray_h5 values = -1;
  enum fray_status status = shard_values(dataset, m, shard, &values, err);
  if (status != FRAY_OK)
    return name_change(dataset, shard, status, err);
  size_t row = row_of(s, first), rows = row_of(s, first + n) - row, bytes = 0;
  FRAY_CHECK(fray_size_mul(rows, s->row_values * s->value_bytes, &bytes), err, INPUT,
             "%s: a sample is too large", dataset->shard_path[shard]);
  /* Empty while it is overwritten: after a failed read nothing of the old block is believed. */
  ahead->n = 0;
  if (bytes > ahead->capacity) {
    void *grown = realloc(ahead->values, bytes);
    FRAY_CHECK(grown, err, MEMORY, "out of memory (%zu bytes)", bytes);
    ahead->values = grown;
    ahead->capacity = bytes;
  }
  status = fray_h5_rows_read(values, dataset->priv->modality_path[m], s->type, row, rows,
                             ahead->values, rows * s->row_values, err);
  if (status != FRAY_OK)
    return name_change(dataset, shard, status, err);
  ahead->first = first;
  ahead->n = n;
  ahead->row = row;
  return FRAY_OK;
}

/* Samples are mostly asked for in order, so their block of 64 neighbours is read as well, unless it
 * is large. */
static enum fray_status load_around(const struct fray_dataset *dataset, size_t m, size_t shard,
                                    const struct storage *s, size_t sample, struct fray_err *err) {
  size_t end = dataset->shard_first[shard + 1];
  size_t first = sample - (sample - s->first) % READ_AHEAD;
  size_t n = FRAY_MIN((size_t)READ_AHEAD, end - first);
  size_t rows = row_of(s, first + n) - row_of(s, first), bytes = 0;
  /* Large samples are read one by one: 64 pictures of 16 megapixels would be a gigabyte. */
  bool small =
      fray_size_mul(rows, s->row_values * s->value_bytes, &bytes) && bytes <= MAX_AHEAD_BYTES;
  struct read_ahead *ahead = &dataset->priv->ahead[m];
  return small ? load(dataset, m, shard, s, first, n, ahead, err)
               : load(dataset, m, shard, s, sample, 1, ahead, err);
}

/* Sound is 16 bits in most shards and floats in the program, full scale 1. */
static void copy_values(const struct storage *s, const void *from, size_t count, void *to) {
  if (s->type != FRAY_H5_I16) {
    memcpy(to, from, count * s->value_bytes);
    return;
  }
  const int16_t *in = from;
  float *out = to;
  for (size_t i = 0; i < count; i++)
    out[i] = (float)in[i] / 32768.0f;
}

size_t fray_sample_length(const struct fray_dataset *dataset, size_t modality, size_t sample) {
  if (!(dataset->present[sample] >> modality & 1))
    return 0;
  /* Dense everywhere: all samples are as long as the longest. */
  if (!dataset->priv->offset[modality])
    return dataset->modality[modality].time;
  const int64_t *offset = dataset->priv->offset[modality] + sample + shard_of(dataset, sample);
  return (size_t)(offset[1] - offset[0]);
}

static bool holds(const struct read_ahead *ahead, size_t sample) {
  return sample >= ahead->first && sample - ahead->first < ahead->n;
}

/* apart: the sample is asked for out of turn. Its neighbours are then not read, and what was read
 * ahead stays: else every other sample of a client would read two blocks anew. */
static enum fray_status read_value(const struct fray_dataset *dataset, size_t m, size_t sample,
                                   bool apart, void *buffer, size_t *length, struct fray_err *err) {
  FRAY_CHECK(m < dataset->n_modalities && sample < dataset->n_samples, err, INTERNAL,
             "no sample %zu of modality %zu", sample, m);
  *length = 0;
  if (!(dataset->present[sample] >> m & 1))
    return FRAY_OK;
  size_t shard = shard_of(dataset, sample);
  struct storage s = storage_of(dataset, m, shard);
  struct read_ahead *ahead = &dataset->priv->ahead[m], *alone = &dataset->priv->apart[m];
  if (apart && !holds(ahead, sample)) {
    if (!holds(alone, sample))
      FRAY_TRY(load(dataset, m, shard, &s, sample, 1, alone, err));
    ahead = alone;
  } else if (!holds(ahead, sample)) {
    FRAY_TRY(load_around(dataset, m, shard, &s, sample, err));
  }
  /* A sample's place in the block: rows of ragged samples differ in number. */
  size_t row = row_of(&s, sample), rows = row_of(&s, sample + 1) - row;
  const char *from =
      (const char *)ahead->values + (row - ahead->row) * s.row_values * s.value_bytes;
  copy_values(&s, from, rows * s.row_values, buffer);
  *length = s.layout->ragged ? rows : (size_t)s.layout->time;
  return FRAY_OK;
}

enum fray_status fray_sample_read(const struct fray_dataset *dataset, size_t modality,
                                  size_t sample, void *buffer, size_t *length,
                                  struct fray_err *err) {
  return read_value(dataset, modality, sample, false, buffer, length, err);
}

enum fray_status fray_sample_read_apart(const struct fray_dataset *dataset, size_t modality,
                                        size_t sample, void *buffer, size_t *length,
                                        struct fray_err *err) {
  return read_value(dataset, modality, sample, true, buffer, length, err);
}

/* In the program's types, not the file's: sound is floats here. */
size_t fray_sample_bytes(const struct fray_dataset *dataset, size_t modality) {
  const struct fray_modality *m = &dataset->modality[modality];
  switch (m->kind) {
  case FRAY_IMAGE:
    return m->height * m->width * m->channels;
  case FRAY_TEXT:
    return m->time;
  default:
    return m->time * m->channels * sizeof(float);
  }
}

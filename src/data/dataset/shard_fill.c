/* The arrays of one shard, read into the data set and checked value by value. Nothing in a file is
 * believed: each code, offset and count is held against its bounds before anything uses it as an
 * index, and the message names file, data set and place, so that whoever wrote the shard can look
 * there. */
#include "index.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/codec/names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One shard on its way into the data set; scratch memory is given back after each step. */
struct filling {
  const struct shard_head *head;
  size_t index, first_sample, first_client;
  struct fray_dataset *dataset;
  struct fray_arena scratch;
};

/* The class set of sample i; an unlabelled sample has -1 for every class. */
static enum fray_status take_set(const struct shard_head *head, size_t i, const int16_t *row,
                                 uint8_t *out, struct fray_err *err) {
  for (size_t c = 0; c < head->n_classes; c++) {
    FRAY_CHECK(row[c] >= FRAY_UNLABELLED && row[c] <= 1, err, INPUT,
               "%s: /samples/label[%zu, %zu]: %d is not 0 or 1, or -1 in the whole row", head->path,
               i, c, row[c]);
    FRAY_CHECK(
        (row[c] < 0) == (row[0] < 0), err, INPUT,
        "%s: /samples/label[%zu, %zu]: %d in a row that begins with %d; an unlabelled sample "
        "has -1 for every class",
        head->path, i, c, row[c], row[0]);
    out[c] = row[c] < 0 ? FRAY_NO_LABELS : (uint8_t)row[c];
  }
  return FRAY_OK;
}

/* In pieces: in 16 bits all rows would need twice what they need in the index. */
static enum fray_status fill_sets(struct filling *f, struct fray_err *err) {
  enum { PIECE = 1 << 16 };
  const struct shard_head *head = f->head;
  size_t classes = head->n_classes, rows = FRAY_MAX((size_t)PIECE / classes, (size_t)1), n_gaps;
  struct fray_h5_gap *gap;
  int16_t *row;
  FRAY_TRY(fray_h5_gaps(head->file, "/samples/label", &f->scratch, &gap, &n_gaps, err));
  /* A row that was never written reads as zeros: no class at all, which is a valid answer. */
  FRAY_CHECK(n_gaps == 0, err, INPUT,
             "%s: /samples/label: rows %zu to %zu were never written and would read as the fill "
             "value: did its writer come to an end?",
             head->path, gap->first, gap->end - 1);
  FRAY_ALLOC(row, &f->scratch, rows * classes, err);
  for (size_t first = 0; first < head->n_samples; first += rows) {
    size_t n = FRAY_MIN(rows, head->n_samples - first);
    FRAY_TRY(fray_h5_read_rows(head->file, "/samples/label", FRAY_H5_I16, first, n, row,
                               n * classes, err));
    for (size_t i = 0; i < n; i++)
      FRAY_TRY(take_set(head, first + i, row + i * classes,
                        f->dataset->labels + (f->first_sample + first + i) * classes, err));
  }
  return FRAY_OK;
}

/* Offsets of the shard into those of the data set, behind the words of the shards before. */
static enum fray_status fill_words(struct filling *f, struct fray_err *err) {
  const struct shard_head *head = f->head;
  struct fray_dataset_private *priv = f->dataset->priv;
  const size_t n = head->n_samples, words = head->n_words;
  int64_t *first = priv->word_first + f->first_sample, *offset;
  int16_t *word = priv->word + first[0];
  int32_t *label = f->dataset->label + f->first_sample;
  FRAY_ALLOC(offset, &f->scratch, n + 1, err);
  FRAY_TRY(fray_h5_read(head->file, "/samples/label_offset", FRAY_H5_I64, offset, n + 1, err));
  FRAY_CHECK(offset[0] == 0, err, INPUT, "%s: /samples/label_offset[0]: %" PRId64 ", expected 0",
             head->path, offset[0]);
  for (size_t i = 0; i < n; i++) {
    FRAY_CHECK(offset[i + 1] >= offset[i] && (uint64_t)offset[i + 1] <= words, err, INPUT,
               "%s: /samples/label_offset[%zu]: %" PRId64 " is not in [%" PRId64 ", %zu]",
               head->path, i + 1, offset[i + 1], offset[i], words);
    label[i] = offset[i + 1] > offset[i] ? 0 : FRAY_UNLABELLED;
  }
  FRAY_CHECK((uint64_t)offset[n] == words, err, INPUT,
             "%s: /samples/label_offset[%zu]: %" PRId64 ", but there are %zu words", head->path, n,
             offset[n], words);
  FRAY_TRY(fray_h5_read(head->file, "/samples/label", FRAY_H5_I16, word, words, err));
  for (size_t k = 0; k < words; k++)
    FRAY_CHECK(word[k] >= 0 && (size_t)word[k] < head->n_classes, err, INPUT,
               "%s: /samples/label[%zu]: %d is not in [0, %zu] (%zu classes)", head->path, k,
               word[k], head->n_classes - 1, head->n_classes);
  for (size_t i = n + 1; i-- > 0;) /* the first one last: the others need it */
    first[i] = first[0] + offset[i];
  return FRAY_OK;
}

/* Read straight into the index; what is wrong is found there and never used. */
static enum fray_status fill_labels(struct filling *f, struct fray_err *err) {
  const struct shard_head *head = f->head;
  size_t n = head->n_samples, classes = head->n_classes;
  if (head->multi_label)
    return fill_sets(f, err);
  if (head->sequence)
    return fill_words(f, err);
  int32_t *label = f->dataset->label + f->first_sample;
  FRAY_TRY(fray_h5_read(head->file, "/samples/label", FRAY_H5_I32, label, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(label[i] >= FRAY_UNLABELLED && label[i] < (int64_t)classes, err, INPUT,
               "%s: /samples/label[%zu]: %d is not in [-1, %zu] (%zu classes)", head->path, i,
               label[i], classes - 1, classes);
  return FRAY_OK;
}

/* Straight into the index as well: a byte each, in the values that shards use. */
static enum fray_status fill_splits(struct filling *f, struct fray_err *err) {
  uint8_t *split = f->dataset->split + f->first_sample;
  FRAY_TRY(
      fray_h5_read(f->head->file, "/samples/split", FRAY_H5_U8, split, f->head->n_samples, err));
  for (size_t i = 0; i < f->head->n_samples; i++)
    FRAY_CHECK(split[i] < FRAY_SPLITS, err, INPUT,
               "%s: /samples/split[%zu]: %d is not in [0, 2] (train, dev, test)", f->head->path, i,
               split[i]);
  return FRAY_OK;
}

/* Appends n names to a private text that grows by exactly what a shard brings. */
static enum fray_status append_names(struct filling *f, const char *path, size_t n, char **text,
                                     uint64_t *bytes, struct fray_err *err) {
  const char **name = NULL;
  size_t found = 0, more = 0;
  FRAY_TRY(fray_h5_read_texts(f->head->file, path, &f->scratch, &name, &found, err));
  FRAY_CHECK(found == n, err, INPUT, "%s: %s: has %zu entries, expected %zu", f->head->path, path,
             found, n);
  for (size_t i = 0; i < n; i++) {
    const char *flaw = fray_name_flaw(name[i]);
    FRAY_CHECK(!flaw, err, INPUT, "%s: %s[%zu]: %s", f->head->path, path, i, flaw);
    more += strlen(name[i]) + 1;
  }
  /* The text moves as it grows; names are pointed at when the last shard is in (index_names). */
  char *grown = realloc(*text, (size_t)*bytes + more);
  FRAY_CHECK(grown, err, MEMORY, "out of memory (%zu bytes)", (size_t)*bytes + more);
  *text = grown;
  for (size_t i = 0; i < n; i++) {
    size_t size = strlen(name[i]) + 1;
    memcpy(grown + *bytes, name[i], size);
    *bytes += size;
  }
  return FRAY_OK;
}

/* Client ranges must tile the samples: no gap, no overlap, nothing left. */
static enum fray_status fill_clients(struct filling *f, struct fray_err *err) {
  const struct shard_head *head = f->head;
  struct fray_dataset_private *priv = f->dataset->priv;
  size_t n = head->n_clients, at = 0;
  /* Both are in the file although one follows from the other: a shard that was cut or joined by
   * hand contradicts itself here. */
  int64_t *first, *count;
  FRAY_TRY(append_names(f, "/clients/id", n, &priv->client_text, &priv->client_bytes, err));
  FRAY_ALLOC(first, &f->scratch, n, err);
  FRAY_ALLOC(count, &f->scratch, n, err);
  FRAY_TRY(fray_h5_read(head->file, "/clients/first", FRAY_H5_I64, first, n, err));
  FRAY_TRY(fray_h5_read(head->file, "/clients/count", FRAY_H5_I64, count, n, err));
  for (size_t k = 0; k < n; k++) {
    FRAY_CHECK(first[k] == (int64_t)at, err, INPUT,
               "%s: /clients/first[%zu]: %" PRId64 ", expected %zu (clients follow one another)",
               head->path, k, first[k], at);
    FRAY_CHECK(count[k] >= 0 && (uint64_t)count[k] <= head->n_samples - at, err, INPUT,
               "%s: /clients/count[%zu]: %" PRId64 " is not in [0, %zu]", head->path, k, count[k],
               head->n_samples - at);
    for (int64_t i = 0; i < count[k]; i++)
      f->dataset->client[f->first_sample + at++] = (uint32_t)(f->first_client + k);
  }
  FRAY_CHECK(at == head->n_samples, err, INPUT,
             "%s: /clients/count: the clients hold %zu samples, but there are %zu", head->path, at,
             head->n_samples);
  return FRAY_OK;
}

/* Shards meet their values in any order; the code of a value is its place in the whole set. */
static enum fray_status add_value(struct fray_group *group, const char *value,
                                  struct fray_dataset_private *priv, uint16_t *code,
                                  struct fray_err *err) {
  FRAY_CHECK(group->n < UINT16_MAX, err, INPUT, "group %s: more than %d values", group->name,
             UINT16_MAX);
  if ((group->n & (group->n - 1)) == 0) { /* at powers of two there is no room left */
    const char **more;
    FRAY_ALLOC(more, &priv->arena, group->n ? 2 * group->n : 1, err);
    if (group->n)
      memcpy(more, group->value, group->n * sizeof *more);
    group->value = more;
  }
  FRAY_CHECK(group->value[group->n] = fray_arena_strdup(&priv->arena, value), err, MEMORY,
             "out of memory");
  *code = (uint16_t)group->n++;
  return FRAY_OK;
}

/* Codes of a shard's values in the data set's group; new ones join it. path: of the values. */
static enum fray_status merge_values(struct filling *f, struct fray_group *group, const char *path,
                                     const char *const *value, size_t n, uint16_t *merged,
                                     struct fray_err *err) {
  struct fray_name_table known, own;
  FRAY_TRY(fray_name_table_make(group->value, group->n, &f->scratch, &known, err));
  FRAY_TRY(fray_name_table_make(value, n, &f->scratch, &own, err));
  for (size_t v = 0; v < n; v++) {
    const char *flaw = fray_name_flaw(value[v]);
    FRAY_CHECK(!flaw, err, INPUT, "%s: %s[%zu]: %s", f->head->path, path, v, flaw);
    /* The table gives the first of equal names, so another place means twice. */
    FRAY_CHECK(fray_name_find(&own, value[v]) == v, err, INPUT, "%s: %s: \"%.80s\" appears twice",
               f->head->path, path, value[v]);
    size_t k = fray_name_find(&known, value[v]);
    /* Names that only look alike stay two: they are in the hash of the index. */
    if (k < known.n && strcmp(known.name[k], value[v]) == 0)
      merged[v] = (uint16_t)k;
    else
      FRAY_TRY(add_value(group, value[v], f->dataset->priv, &merged[v], err));
  }
  return FRAY_OK;
}

/* The shard's own codes are read in place and turned into the data set's one by one. */
static enum fray_status fill_group(struct filling *f, size_t g, struct fray_err *err) {
  const struct shard_head *head = f->head;
  struct fray_group *group = &f->dataset->group[g];
  /* const for readers of the index; until it is whole, it is written here. */
  uint16_t *code = (uint16_t *)group->code + f->first_sample, *merged;
  const char **value = NULL;
  size_t n = 0;
  const char *values = fray_arena_printf(&f->scratch, "/groups/%s/values", group->name);
  const char *codes = fray_arena_printf(&f->scratch, "/groups/%s/code", group->name);
  FRAY_CHECK(values && codes, err, MEMORY, "out of memory");
  FRAY_TRY(fray_h5_read_texts(head->file, values, &f->scratch, &value, &n, err));
  FRAY_ALLOC(merged, &f->scratch, n, err);
  FRAY_TRY(merge_values(f, group, values, value, n, merged, err));
  FRAY_TRY(fray_h5_read(head->file, codes, FRAY_H5_U16, code, head->n_samples, err));
  for (size_t i = 0; i < head->n_samples; i++) {
    FRAY_CHECK(code[i] < n, err, INPUT, "%s: %s[%zu]: %d is not below the %zu values of the group",
               head->path, codes, i, code[i], n);
    code[i] = merged[code[i]];
  }
  return FRAY_OK;
}

/* One bit for each modality: the bytes were zero when the index was allocated. */
static enum fray_status fill_present(struct filling *f, size_t m, struct fray_err *err) {
  const struct shard_head *head = f->head;
  uint8_t *present = f->dataset->present + f->first_sample, *flag;
  const char *path =
      fray_arena_printf(&f->scratch, "/modalities/%s/present", head->modality[m].name);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  FRAY_ALLOC(flag, &f->scratch, head->n_samples, err);
  /* A shard without `present` has every sample in every modality. */
  memset(flag, 1, head->n_samples);
  if (fray_h5_has(head->file, path))
    FRAY_TRY(fray_h5_read(head->file, path, FRAY_H5_U8, flag, head->n_samples, err));
  for (size_t i = 0; i < head->n_samples; i++) {
    FRAY_CHECK(flag[i] <= 1, err, INPUT, "%s: %s[%zu]: %d is not 0 or 1", head->path, path, i,
               flag[i]);
    present[i] |= (uint8_t)(flag[i] << m);
  }
  return FRAY_OK;
}

/* Offsets start at 0, never fall, end at the number of rows; a sample that is there is not empty.
 */
static enum fray_status fill_offsets(struct filling *f, size_t m, struct fray_err *err) {
  const struct shard_head *head = f->head;
  struct fray_dataset *dataset = f->dataset;
  struct layout *layout = &dataset->priv->layout[f->index * dataset->n_modalities + m];
  const char *path =
      fray_arena_printf(&f->scratch, "/modalities/%s/offset", head->modality[m].name);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  int64_t *offset = dataset->priv->offset[m] + f->first_sample + f->index;
  size_t n = head->n_samples, limit = MAX_SAMPLE_VALUES / head->modality[m].channels;
  FRAY_TRY(fray_h5_read(head->file, path, FRAY_H5_I64, offset, n + 1, err));
  FRAY_CHECK(offset[0] == 0, err, INPUT, "%s: %s[0]: %" PRId64 ", expected 0", head->path, path,
             offset[0]);
  for (size_t i = 0; i < n; i++) {
    FRAY_CHECK(offset[i + 1] >= offset[i] && (uint64_t)offset[i + 1] <= layout->rows, err, INPUT,
               "%s: %s[%zu]: %" PRId64 " is not in [%" PRId64 ", %" PRIu64 "]", head->path, path,
               i + 1, offset[i + 1], offset[i], layout->rows);
    /* Not negative, since offsets do not fall. */
    uint64_t length = (uint64_t)(offset[i + 1] - offset[i]);
    bool there = dataset->present[f->first_sample + i] >> m & 1;
    /* An absent sample may have rows, which are skipped; a present one of length 0 would be no
     * input to an encoder. */
    FRAY_CHECK(length >= (uint64_t)there && length <= limit, err, INPUT,
               "%s: %s[%zu]: a sample of %" PRIu64 " steps is not in [%d, %zu]", head->path, path,
               i + 1, length, there, limit);
    /* Longest of the shard, absent samples included: it only sizes buffers. */
    layout->time = FRAY_MAX(layout->time, length);
  }
  FRAY_CHECK((uint64_t)offset[n] == layout->rows, err, INPUT,
             "%s: %s[%zu]: %" PRId64 ", but values has %" PRIu64 " rows", head->path, path, n,
             offset[n], layout->rows);
  return FRAY_OK;
}

/* A data set that is dense here and ragged there is ragged: dense shards get offsets as well. */
static void make_offsets(const struct filling *f, size_t m) {
  const struct fray_dataset *dataset = f->dataset;
  const struct layout *layout = &f->head->layout[m];
  int64_t *offset = dataset->priv->offset[m] + f->first_sample + f->index;
  for (size_t i = 0; i <= f->head->n_samples; i++)
    offset[i] = (int64_t)(i * layout->time);
}

/* Small arrays first: a shard that is wrong is mostly refused before its offsets are read. */
static enum fray_status fill_all(struct filling *f, struct fray_err *err) {
  struct fray_dataset *dataset = f->dataset;
  struct fray_dataset_private *priv = dataset->priv;
  FRAY_TRY(fill_labels(f, err));
  FRAY_TRY(fill_splits(f, err));
  FRAY_TRY(append_names(f, "/samples/source", f->head->n_samples, &priv->source_text,
                        &priv->source_bytes, err));
  fray_arena_free(&f->scratch);
  FRAY_TRY(fill_clients(f, err));
  fray_arena_free(&f->scratch);
  /* Names of a million samples are the largest of what is read in passing: given back, not reset.
   */
  for (size_t g = 0; g < dataset->n_groups; g++)
    FRAY_TRY(fill_group(f, g, err));
  for (size_t m = 0; m < dataset->n_modalities; m++) {
    fray_arena_reset(&f->scratch);
    FRAY_TRY(fill_present(f, m, err));
    if (f->head->layout[m].ragged)
      FRAY_TRY(fill_offsets(f, m, err));
    else if (priv->offset[m])
      make_offsets(f, m);
    /* After the offsets: only they say which rows belong to samples that are there. */
    FRAY_TRY(shard_check_gaps(dataset, f->head, f->index, m, &f->scratch, err));
  }
  return FRAY_OK;
}

/* The head was checked; what follows relies on its counts and on the arrays that were made for
 * them. */
enum fray_status shard_fill(const struct shard_head *head, size_t index, size_t first_client,
                            struct fray_dataset *dataset, struct fray_err *err) {
  struct filling f = {.head = head,
                      .index = index,
                      .first_sample = dataset->shard_first[index],
                      .first_client = first_client,
                      .dataset = dataset};
  enum fray_status status = fill_all(&f, err);
  fray_arena_free(&f.scratch);
  return status;
}

/* The head of a shard: what it claims to hold, checked before any array is read. Sizes of arrays
 * are compared with one another here, so that what reads them later can allocate by one number. The
 * rules are those of docs/shard-format.md; each message says which of them is broken. */
#include "index.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <string.h>

/* In the order of the enums, whose values are what shards hold: a name may be added at the end
 * only. */
const char *const fray_split_names[] = {"train", "dev", "test", NULL};
const char *const fray_modality_kind_names[] = {"audio", "image",   "series",
                                                "text",  "feature", NULL};
const char *const fray_modality_kind_nouns[] = {"sound", "picture",  "series",
                                                "text",  "features", NULL};

/* Absent attributes are "": shards that others wrote need not say everything. */
static enum fray_status optional_text(const struct shard_head *head, const char *path,
                                      const char *name, struct fray_arena *arena, const char **out,
                                      struct fray_err *err) {
  *out = "";
  if (!fray_h5_has_attr(head->file, path, name))
    return FRAY_OK;
  FRAY_TRY(fray_h5_attr_text(head->file, path, name, arena, out, err));
  size_t n = strlen(*out);
  FRAY_CHECK(fray_utf8_valid(*out, n) == n, err, INPUT, "%s: %s: attribute %s: not UTF-8",
             head->path, path, name);
  return FRAY_OK;
}

/* The root says what the file is before anything else of it is believed. */
static enum fray_status read_root(struct shard_head *head, struct fray_arena *arena,
                                  struct fray_err *err) {
  double whole = 0;
  const char *format = NULL, *task = NULL;
  double version = 0;
  const char *path = head->path;
  FRAY_TRY(fray_h5_attr_text(head->file, ".", "format", arena, &format, err));
  FRAY_CHECK(strcmp(format, "fray-shard") == 0, err, INPUT,
             "%s: format is \"%.80s\", expected \"fray-shard\"", path, format);
  FRAY_TRY(fray_h5_attr_real(head->file, ".", "version", &version, err));
  /* Another version may mean other things by the same names: refused, not guessed. */
  FRAY_CHECK(version == 1, err, INPUT, "%s: version %g of the shard format is not known (only 1)",
             path, version);
  FRAY_TRY(fray_h5_attr_text(head->file, ".", "dataset", arena, &head->dataset, err));
  const char *flaw = fray_name_flaw(head->dataset);
  FRAY_CHECK(!flaw, err, INPUT, "%s: attribute dataset: %s", path, flaw);
  FRAY_TRY(fray_h5_attr_text(head->file, ".", "task", arena, &task, err));
  /* The task decides the rank of the labels, so it is asked for before any array. */
  head->multi_label = strcmp(task, "multi_label") == 0;
  head->sequence = strcmp(task, "sequence") == 0;
  FRAY_CHECK(head->multi_label || head->sequence || strcmp(task, "single_label") == 0, err, INPUT,
             "%s: task \"%.80s\" is none of single_label, multi_label, sequence", path, task);
  if (fray_h5_has_attr(head->file, ".", "window_overlap"))
    FRAY_TRY(fray_h5_attr_real(head->file, ".", "window_overlap", &head->window_overlap, err));
  /* NaN fails both comparisons, as it must. */
  FRAY_CHECK(head->window_overlap >= 0 && head->window_overlap < 1, err, INPUT,
             "%s: window_overlap is %g, expected at least 0 and less than 1", path,
             head->window_overlap);
  /* Who cut the windows kept those of one recording together: no dev window knows a training one.
   */
  if (fray_h5_has_attr(head->file, ".", "whole_stretches"))
    FRAY_TRY(fray_h5_attr_real(head->file, ".", "whole_stretches", &whole, err));
  if (whole == 1)
    head->window_overlap = 0;
  return optional_text(head, ".", "licence", arena, &head->licence, err);
}

/* Names of classes are texts for people, so they need not be plain; but two must not be one. */
static enum fray_status read_classes(struct shard_head *head, struct fray_arena *arena,
                                     struct fray_err *err) {
  FRAY_TRY(
      fray_h5_read_texts(head->file, "/classes", arena, &head->class_name, &head->n_classes, err));
  FRAY_CHECK(head->n_classes >= 1 && head->n_classes <= FRAY_MAX_CLASSES, err, INPUT,
             "%s: /classes: %zu classes, expected 1 to %d", head->path, head->n_classes,
             FRAY_MAX_CLASSES);
  for (size_t i = 0; i < head->n_classes; i++) {
    const char *flaw = fray_name_flaw(head->class_name[i]);
    FRAY_CHECK(!flaw, err, INPUT, "%s: /classes[%zu]: %s", head->path, i, flaw);
  }
  /* Two classes of one name would be told apart by their code alone, which no report shows. */
  uint64_t *hash;
  FRAY_ALLOC(hash, arena, head->n_classes, err);
  for (size_t i = 0; i < head->n_classes; i++)
    hash[i] = fray_hash_text(head->class_name[i]);
  enum fray_status status = texts_are_unique(head->class_name, hash, head->n_classes, "class", err);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s: /classes", head->path);
}

/* Length of a data set that has one entry per sample or client; rows: of its first axis. */
/* Only the shape: nothing is allocated for what a file merely claims. */
static enum fray_status rows_of(const struct shard_head *head, const char *path, int rank,
                                size_t *rows, struct fray_err *err) {
  int found = 0;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text = false;
  FRAY_TRY(fray_h5_shape(head->file, path, &found, dims, &is_text, err));
  FRAY_CHECK(found == rank, err, INPUT, "%s: %s: has %d dimensions, expected %d", head->path, path,
             found, rank);
  *rows = dims[0];
  return FRAY_OK;
}

/* Of sequences the labels are words, and their offsets say how many samples there are. */
static enum fray_status read_word_counts(struct shard_head *head, struct fray_err *err) {
  size_t rows = 0;
  head->n_words = head->n_samples;
  FRAY_CHECK(head->n_words >= 1 && head->n_words <= MAX_SAMPLES, err, INPUT,
             "%s: /samples/label: %zu words, expected 1 to %d", head->path, head->n_words,
             MAX_SAMPLES);
  FRAY_TRY(rows_of(head, "/samples/label_offset", 1, &rows, err));
  FRAY_CHECK(rows >= 2, err, INPUT, "%s: /samples/label_offset: %zu entries, expected 2 or more",
             head->path, rows);
  head->n_samples = rows - 1;
  return FRAY_OK;
}

/* The labels say how many samples there are; whatever else has one entry a sample must agree. */
static enum fray_status read_counts(struct shard_head *head, struct fray_err *err) {
  FRAY_TRY(rows_of(head, "/samples/label", head->multi_label ? 2 : 1, &head->n_samples, err));
  if (head->sequence)
    FRAY_TRY(read_word_counts(head, err));
  FRAY_CHECK(head->n_samples >= 1 && head->n_samples <= MAX_SAMPLES, err, INPUT,
             "%s: /samples/label: %zu samples, expected 1 to %d", head->path, head->n_samples,
             MAX_SAMPLES);
  /* A data set without clients would have nobody to train. */
  FRAY_TRY(rows_of(head, "/clients/id", 1, &head->n_clients, err));
  FRAY_CHECK(head->n_clients >= 1 && head->n_clients <= MAX_SAMPLES, err, INPUT,
             "%s: /clients/id: %zu clients, expected 1 to %d", head->path, head->n_clients,
             MAX_SAMPLES);
  static const char *const per_sample[] = {"/samples/split", "/samples/source"};
  for (size_t i = 0; i < FRAY_COUNT(per_sample); i++) {
    size_t rows = 0;
    FRAY_TRY(rows_of(head, per_sample[i], 1, &rows, err));
    FRAY_CHECK(rows == head->n_samples, err, INPUT, "%s: %s: has %zu entries, but %s has %zu",
               head->path, per_sample[i], rows,
               head->sequence ? "/samples/label_offset, less its end," : "/samples/label",
               head->n_samples);
  }
  return FRAY_OK;
}

/* Groups are optional, and so is their folder. */
static enum fray_status read_groups(struct shard_head *head, struct fray_arena *arena,
                                    struct fray_err *err) {
  if (!fray_h5_has(head->file, "/groups"))
    return FRAY_OK;
  FRAY_TRY(fray_h5_members(head->file, "/groups", arena, &head->group_name, &head->n_groups, err));
  /* index_arrays lists groups in an array of fixed size. */
  FRAY_CHECK(head->n_groups <= INDEX_MAX_GROUPS, err, INPUT, "%s: /groups: %zu groups, at most %d",
             head->path, head->n_groups, INDEX_MAX_GROUPS);
  for (size_t i = 0; i < head->n_groups; i++)
    FRAY_CHECK(fray_name_is_plain(head->group_name[i]), err, INPUT,
               "%s: /groups: name \"%.80s\" is not made of letters, digits, _ and -", head->path,
               head->group_name[i]);
  return FRAY_OK;
}

/* Kind, unit and rate: attributes of the modality's group, since they are about all its values. */
static enum fray_status read_kind(const struct shard_head *head, const char *path,
                                  struct fray_modality *m, struct fray_arena *arena,
                                  struct fray_err *err) {
  const char *kind = NULL;
  FRAY_TRY(fray_h5_attr_text(head->file, path, "kind", arena, &kind, err));
  int k = 0;
  while (fray_modality_kind_names[k] && strcmp(fray_modality_kind_names[k], kind) != 0)
    k++;
  FRAY_CHECK(fray_modality_kind_names[k], err, INPUT,
             "%s: %s: kind \"%.80s\" is none of audio, image, series, text, feature", head->path,
             path, kind);
  m->kind = (enum fray_modality_kind)k;
  FRAY_TRY(optional_text(head, path, "unit", arena, &m->unit, err));
  if (fray_h5_has_attr(head->file, path, "rate"))
    FRAY_TRY(fray_h5_attr_real(head->file, path, "rate", &m->rate, err));
  /* Sound without a rate has no frequencies; other kinds may lack one. */
  bool in_range = m->rate >= (m->kind == FRAY_AUDIO ? 1 : 0) && m->rate <= 1e7;
  FRAY_CHECK(in_range, err, INPUT, "%s: %s: rate %g Hz is not in [%d, 1e7]", head->path, path,
             m->rate, m->kind == FRAY_AUDIO);
  return FRAY_OK;
}

/* Which axis is what, by kind. Returns false when the rank fits no meaning. */
static bool read_axes(int rank, const size_t dims[FRAY_H5_MAX_RANK], struct fray_modality *m,
                      struct layout *layout) {
  layout->rows = dims[0];
  m->channels = 1;
  if (layout->ragged) {
    m->channels = rank == 2 ? dims[1] : 1;
    return rank == 1 ||
           (rank == 2 && ((m->kind != FRAY_AUDIO && m->kind != FRAY_TEXT) || dims[1] == 1));
  }
  switch (m->kind) {
  case FRAY_IMAGE:
    layout->time = 1, m->height = dims[1], m->width = dims[2], m->channels = dims[3];
    return (rank == 3 || rank == 4) && (m->channels == 1 || m->channels == 3);
  case FRAY_AUDIO:
    layout->time = dims[1];
    return rank == 2 || (rank == 3 && dims[2] == 1);
  case FRAY_SERIES:
    layout->time = dims[1], m->channels = dims[2];
    return rank == 2 || rank == 3;
  case FRAY_FEATURES:
    layout->time = rank == 3 ? dims[1] : 1, m->channels = rank == 3 ? dims[2] : dims[1];
    return rank == 2 || rank == 3;
  default:
    return false; /* text is ragged always */
  }
}

/* The width of numbers is left to HDF5, which converts; integers for series would hide a scale. */
static enum fray_status check_values(const struct shard_head *head, const char *path,
                                     const struct fray_modality *m, struct layout *layout,
                                     struct fray_err *err) {
  FRAY_TRY(fray_h5_is_float(head->file, path, &layout->is_float, err));
  bool floats = m->kind == FRAY_SERIES || m->kind == FRAY_FEATURES;
  bool integers = m->kind == FRAY_IMAGE || m->kind == FRAY_TEXT;
  FRAY_CHECK(!(floats && !layout->is_float) && !(integers && layout->is_float), err, INPUT,
             "%s: %s: holds %s, but %s needs %s", head->path, path,
             layout->is_float ? "floating-point numbers" : "integers",
             fray_modality_kind_names[m->kind], floats ? "float32" : "uint8");
  if (layout->ragged)
    return FRAY_OK;
  FRAY_CHECK(layout->rows == head->n_samples, err, INPUT,
             "%s: %s: has %zu samples, but /samples/label has %zu", head->path, path,
             (size_t)layout->rows, head->n_samples);
  return FRAY_OK;
}

/* Bounds that keep every product of sizes within 32 bits, which buffers and indices of features
 * use. */
static enum fray_status check_size(const struct shard_head *head, const char *path,
                                   const struct fray_modality *m, const struct layout *layout,
                                   struct fray_err *err) {
  enum { MAX_SIDE = 16384 };
  size_t values = 0;
  /* Ragged samples may have any number of steps, so only their width is known here. */
  bool fits = fray_size_mul((size_t)layout->time, m->channels, &values) &&
              values <= MAX_SAMPLE_VALUES && m->channels >= 1 && (layout->ragged || values >= 1);
  FRAY_CHECK(fits, err, INPUT, "%s: %s: a sample of %zu x %zu values is not in [1, %d]", head->path,
             path, (size_t)layout->time, m->channels, MAX_SAMPLE_VALUES);
  bool sides = m->kind != FRAY_IMAGE ||
               (m->height >= 1 && m->height <= MAX_SIDE && m->width >= 1 && m->width <= MAX_SIDE);
  FRAY_CHECK(sides, err, INPUT, "%s: %s: an image of %zu x %zu pixels is not in [1, %d]",
             head->path, path, m->height, m->width, MAX_SIDE);
  return FRAY_OK;
}

/* An attribute that contradicts the array shows that somebody reshaped it. */
static enum fray_status check_channels(const struct shard_head *head, const char *path,
                                       const struct fray_modality *m, struct fray_err *err) {
  double channels = (double)m->channels;
  if (fray_h5_has_attr(head->file, path, "channels"))
    FRAY_TRY(fray_h5_attr_real(head->file, path, "channels", &channels, err));
  FRAY_CHECK(channels == (double)m->channels, err, INPUT,
             "%s: %s: attribute channels is %g, but values have %zu", head->path, path, channels,
             m->channels);
  return FRAY_OK;
}

/* Names of columns, kept by an import of CSV files. */
static enum fray_status read_channel_names(const struct shard_head *head, struct fray_modality *m,
                                           struct fray_arena *arena, struct fray_err *err) {
  size_t n = 0;
  /* Kept by rank 0 for plans and messages; no model and no hash depends on them. */
  const char *path = fray_arena_printf(arena, "/modalities/%s/channel_names", m->name);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_h5_has(head->file, path))
    return FRAY_OK;
  FRAY_TRY(fray_h5_read_texts(head->file, path, arena, &m->channel_name, &n, err));
  FRAY_CHECK(n == m->channels, err, INPUT, "%s: %s: %zu names, but values have %zu channels",
             head->path, path, n, m->channels);
  for (size_t c = 0; c < n; c++) {
    const char *flaw = fray_name_flaw(m->channel_name[c]);
    FRAY_CHECK(!flaw, err, INPUT, "%s: %s[%zu]: %s", head->path, path, c, flaw);
  }
  return FRAY_OK;
}

static enum fray_status read_modality(struct shard_head *head, size_t index, const char *name,
                                      struct fray_arena *arena, struct fray_err *err) {
  struct fray_modality *m = &head->modality[index];
  struct layout *layout = &head->layout[index];
  int rank = 0;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text = false;
  FRAY_CHECK(fray_name_is_plain(name), err, INPUT,
             "%s: /modalities: name \"%.80s\" is not made of letters, digits, _ and -", head->path,
             name);
  const char *path = fray_arena_printf(arena, "/modalities/%s", name);
  const char *values = fray_arena_printf(arena, "/modalities/%s/values", name);
  const char *offset = fray_arena_printf(arena, "/modalities/%s/offset", name);
  FRAY_CHECK(path && values && offset, err, MEMORY, "out of memory");
  /* Paths are made of the name, which is plain: it cannot lead elsewhere in the file. */
  *m = (struct fray_modality){.name = name};
  FRAY_TRY(read_kind(head, path, m, arena, err));
  /* Offsets make it ragged, not the kind: series of one length are often stored dense. */
  layout->ragged = fray_h5_has(head->file, offset);
  FRAY_TRY(fray_h5_shape(head->file, values, &rank, dims, &is_text, err));
  FRAY_CHECK(!is_text, err, INPUT, "%s: %s: holds strings, expected numbers", head->path, values);
  /* The kind says what the axes are; what does not fit is refused rather than reshaped. */
  FRAY_CHECK(read_axes(rank, dims, m, layout), err, INPUT,
             "%s: %s: %d dimensions (last %zu) do not fit %s %s values", head->path, values, rank,
             dims[rank - 1], layout->ragged ? "ragged" : "dense",
             fray_modality_kind_names[m->kind]);
  /* A picture has no steps that offsets could count. */
  FRAY_CHECK(!(layout->ragged && m->kind == FRAY_IMAGE), err, INPUT,
             "%s: %s: images cannot be ragged", head->path, offset);
  /* Of this shard alone; the data set decides again when it has seen all of them. */
  m->ragged = layout->ragged;
  m->time = (size_t)layout->time;
  FRAY_TRY(check_values(head, values, m, layout, err));
  FRAY_TRY(check_size(head, values, m, layout, err));
  FRAY_TRY(check_channels(head, path, m, err));
  return read_channel_names(head, m, arena, err);
}

/* wanted gives the order of modalities, which is that of tokens in a model; without it, names do.
 */
static enum fray_status read_modalities(struct shard_head *head, const char *const *wanted,
                                        size_t n_wanted, struct fray_arena *arena,
                                        struct fray_err *err) {
  const char **found = NULL;
  size_t n_found = 0;
  FRAY_TRY(fray_h5_members(head->file, "/modalities", arena, &found, &n_found, err));
  for (size_t w = 0; w < n_wanted; w++) {
    bool there = false;
    for (size_t i = 0; i < n_found; i++)
      there = there || strcmp(found[i], wanted[w]) == 0;
    char list[512];
    FRAY_CHECK(there, err, INPUT, "%s: no modality '%s'; %s", head->path, wanted[w],
               fray_there_are(wanted[w], found, n_found, list, sizeof list));
    /* A modality named twice would be encoded twice under one name. */
    for (size_t i = 0; i < w; i++)
      FRAY_CHECK(strcmp(wanted[i], wanted[w]) != 0, err, INPUT, "modality %s is named twice",
                 wanted[w]);
  }
  head->n_modalities = n_wanted ? n_wanted : n_found;
  FRAY_CHECK(head->n_modalities >= 1 && head->n_modalities <= FRAY_MAX_MODALITIES, err, INPUT,
             "%s: /modalities: %zu modalities, expected 1 to %d", head->path, head->n_modalities,
             FRAY_MAX_MODALITIES);
  for (size_t i = 0; i < head->n_modalities; i++)
    FRAY_TRY(read_modality(head, i, n_wanted ? wanted[i] : found[i], arena, err));
  return FRAY_OK;
}

/* In an order in which each check may rely on what was found before it. */
enum fray_status shard_head_read(const char *path, fray_h5 file, const char *const *wanted,
                                 size_t n_wanted, struct fray_arena *arena, struct shard_head *out,
                                 struct fray_err *err) {
  *out = (struct shard_head){.path = path, .file = file};
  FRAY_TRY(read_root(out, arena, err));
  FRAY_TRY(read_classes(out, arena, err));
  FRAY_TRY(read_counts(out, err));
  FRAY_TRY(read_groups(out, arena, err));
  return read_modalities(out, wanted, n_wanted, arena, err);
}

/* In order, too: codes of classes are places in this list. */
static enum fray_status names_agree(const char *what, const char *const *a, size_t n_a,
                                    const char *const *b, size_t n_b, const char *path_a,
                                    const char *path_b, struct fray_err *err) {
  FRAY_CHECK(n_a == n_b, err, INPUT, "%s: has %zu %s, but %s has %zu", path_b, n_b, what, path_a,
             n_a);
  for (size_t i = 0; i < n_a; i++)
    FRAY_CHECK(strcmp(a[i], b[i]) == 0, err, INPUT,
               "%s: %s differ: \"%.80s\", but %s has \"%.80s\"", path_b, what, b[i], path_a, a[i]);
  return FRAY_OK;
}

/* Not the length: shards of one data set may have longer and shorter samples. */
static bool same_modality(const struct fray_modality *a, const struct fray_modality *b) {
  return strcmp(a->name, b->name) == 0 && strcmp(a->unit, b->unit) == 0 && a->kind == b->kind &&
         a->rate == b->rate && a->channels == b->channels && a->height == b->height &&
         a->width == b->width;
}

/* A fixed-length feature vector and a sequence of them are different inputs to a model. */
static bool same_form(const struct shard_head *a, const struct shard_head *b, size_t m) {
  bool vector_a = !a->layout[m].ragged && a->layout[m].time == 1;
  bool vector_b = !b->layout[m].ragged && b->layout[m].time == 1;
  return a->modality[m].kind != FRAY_FEATURES || vector_a == vector_b;
}

/* Columns in another order would be taken for one another. */
static enum fray_status channels_agree(const struct shard_head *a, const struct shard_head *b,
                                       size_t m, struct fray_err *err) {
  const struct fray_modality *x = &a->modality[m], *y = &b->modality[m];
  if (!x->channel_name || !y->channel_name) /* old shards have none */
    return FRAY_OK;
  for (size_t c = 0; c < x->channels; c++)
    FRAY_CHECK(strcmp(x->channel_name[c], y->channel_name[c]) == 0, err, INPUT,
               "%s: channel %zu of modality %s is \"%.80s\", but \"%.80s\" in %s", b->path, c,
               y->name, y->channel_name[c], x->channel_name[c], a->path);
  return FRAY_OK;
}

/* Everything that a model or a report takes from the first shard must hold in the others. */
enum fray_status shard_heads_agree(const struct shard_head *first, const struct shard_head *other,
                                   struct fray_err *err) {
  FRAY_CHECK(strcmp(first->dataset, other->dataset) == 0, err, INPUT,
             "%s: is of data set \"%.80s\", but %s is of \"%.80s\"", other->path, other->dataset,
             first->path, first->dataset);
  FRAY_CHECK(first->multi_label == other->multi_label && first->sequence == other->sequence, err,
             INPUT, "%s: its task differs from that of %s", other->path, first->path);
  FRAY_TRY(names_agree("classes", first->class_name, first->n_classes, other->class_name,
                       other->n_classes, first->path, other->path, err));
  FRAY_TRY(names_agree("groups", first->group_name, first->n_groups, other->group_name,
                       other->n_groups, first->path, other->path, err));
  FRAY_CHECK(first->n_modalities == other->n_modalities, err, INPUT,
             "%s: has %zu modalities, but %s has %zu", other->path, other->n_modalities,
             first->path, first->n_modalities);
  for (size_t m = 0; m < first->n_modalities; m++) {
    FRAY_CHECK(
        same_modality(&first->modality[m], &other->modality[m]) && same_form(first, other, m), err,
        INPUT, "%s: modality %s differs from %s of %s in name, kind, unit, rate, channels or size",
        other->path, other->modality[m].name, first->modality[m].name, first->path);
    FRAY_TRY(channels_agree(first, other, m, err));
  }
  return FRAY_OK;
}

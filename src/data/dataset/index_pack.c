/* The small parts of the index as bytes, for sending between ranks of one program and for the hash
 * of the index. The form is nobody's contract: it may change with any version, since it is never
 * stored, only what it says must not, for the hash stands in results. */
#include "index.h"

#include "fray/base/size.h"

#include <string.h>

/* Every integer takes 8 bytes in the order of this machine: all ranks run the same program, and the
 * bytes are never stored. */
static void put(struct fray_text *out, uint64_t value) {
  fray_text_add(out, (const char *)&value, sizeof value);
}

/* The bits of a double, so that -0 and NaN come back as they were. */
static void put_real(struct fray_text *out, double value) {
  fray_text_add(out, (const char *)&value, sizeof value);
}

/* With the NUL behind it, so that the receiver can point into the bytes. */
static void put_name(struct fray_text *out, const char *name) {
  fray_text_add(out, name, strlen(name) + 1);
}

/* What is read back must be read in this order; the size check at the end of index_unpack is what
 * notices a field that one side forgot. */
static void put_modality(struct fray_text *out, const struct fray_modality *m, bool has_offset) {
  put_name(out, m->name);
  put_name(out, m->unit);
  put_real(out, m->rate);
  const uint64_t values[] = {m->kind,  m->channels, m->time,   m->height,
                             m->width, m->ragged,   has_offset};
  for (size_t i = 0; i < FRAY_COUNT(values); i++)
    put(out, values[i]);
}

/* The hashes of values stand here, not in index_pack_paths: other values are other data. */
static void put_shards(struct fray_text *out, const struct fray_dataset *dataset) {
  put(out, dataset->n_shards);
  for (size_t k = 0; k <= dataset->n_shards; k++)
    put(out, dataset->shard_first[k]);
  for (size_t i = 0; i < dataset->n_shards * dataset->n_modalities; i++) {
    const struct layout *layout = &dataset->priv->layout[i];
    put(out, layout->ragged);
    put(out, layout->is_float);
    put(out, layout->time);
    put(out, layout->rows);
  }
  for (size_t k = 0; k < dataset->n_shards; k++)
    put(out, dataset->priv->values_hash[k]);
}

/* Also what index_hash hashes, so nothing of time, host or path may join it. */
void index_pack(const struct fray_dataset *dataset, struct fray_text *out) {
  put_name(out, dataset->name);
  put_name(out, dataset->licence);
  put_real(out, dataset->window_overlap);
  /* 0, 1 or 2: what it was before there were sequences stays as it was, and so does the hash. */
  const uint64_t task = dataset->priv->n_words ? 2 : dataset->multi_label;
  const uint64_t counts[] = {task,
                             dataset->n_samples,
                             dataset->n_clients,
                             dataset->priv->source_bytes,
                             dataset->priv->client_bytes,
                             dataset->n_classes};
  for (size_t i = 0; i < FRAY_COUNT(counts); i++)
    put(out, counts[i]);
  if (dataset->priv->n_words)
    put(out, dataset->priv->n_words);
  for (size_t i = 0; i < dataset->n_classes; i++)
    put_name(out, dataset->class_name[i]);
  put(out, dataset->n_modalities);
  for (size_t m = 0; m < dataset->n_modalities; m++)
    put_modality(out, &dataset->modality[m], dataset->priv->offset[m] != NULL);
  put(out, dataset->n_groups);
  for (size_t g = 0; g < dataset->n_groups; g++) {
    put_name(out, dataset->group[g].name);
    put(out, dataset->group[g].n);
    for (size_t v = 0; v < dataset->group[g].n; v++)
      put_name(out, dataset->group[g].value[v]);
  }
  put_shards(out, dataset);
}

/* Whether a shard said its hash itself changes how copies are compared, not what the data are. */
void index_pack_paths(const struct fray_dataset *dataset, struct fray_text *out) {
  for (size_t k = 0; k < dataset->n_shards; k++)
    put(out, dataset->priv->hash_said[k]);
  for (size_t k = 0; k < dataset->n_shards; k++)
    put_name(out, dataset->shard_path[k]);
}

/* The bytes come from rank 0 of this very program, so they are read without doubt. */
struct reader {
  const char *at;
};

static uint64_t get(struct reader *r) {
  uint64_t value;
  memcpy(&value, r->at, sizeof value);
  r->at += sizeof value;
  return value;
}

/* Copied out: numbers lie between texts, at any address. */
static double get_real(struct reader *r) {
  double value;
  memcpy(&value, r->at, sizeof value);
  r->at += sizeof value;
  return value;
}

static const char *get_name(struct reader *r) {
  const char *name = r->at;
  r->at += strlen(name) + 1;
  return name;
}

/* The texts stay in the bytes that were received, which live as long as the data set. */
static enum fray_status get_names(struct reader *r, size_t n, struct fray_arena *arena,
                                  const char ***out, struct fray_err *err) {
  FRAY_ALLOC(*out, arena, n, err);
  for (size_t i = 0; i < n; i++)
    (*out)[i] = get_name(r);
  return FRAY_OK;
}

/* Returns whether the modality has offsets. Names of channels stay with rank 0, which alone prints
 * them. */
static bool get_modality(struct reader *r, struct fray_modality *m) {
  m->name = get_name(r);
  m->unit = get_name(r);
  m->rate = get_real(r);
  m->kind = (enum fray_modality_kind)get(r);
  m->channels = (size_t)get(r);
  m->time = (size_t)get(r);
  m->height = (size_t)get(r);
  m->width = (size_t)get(r);
  m->ragged = get(r) != 0;
  return get(r) != 0;
}

/* In the order of put_shards, and then of index_pack_paths. */
static enum fray_status get_shards(struct reader *r, struct fray_dataset *dataset,
                                   struct fray_err *err) {
  struct fray_arena *arena = &dataset->priv->arena;
  dataset->n_shards = (size_t)get(r);
  FRAY_ALLOC(dataset->shard_first, arena, dataset->n_shards + 1, err);
  for (size_t k = 0; k <= dataset->n_shards; k++)
    dataset->shard_first[k] = (size_t)get(r);
  size_t n = dataset->n_shards * dataset->n_modalities;
  FRAY_ALLOC(dataset->priv->layout, arena, n, err);
  for (size_t i = 0; i < n; i++) {
    struct layout *layout = &dataset->priv->layout[i];
    layout->ragged = get(r) != 0;
    layout->is_float = get(r) != 0;
    layout->time = get(r);
    layout->rows = get(r);
  }
  FRAY_ALLOC(dataset->priv->values_hash, arena, dataset->n_shards, err);
  for (size_t k = 0; k < dataset->n_shards; k++)
    dataset->priv->values_hash[k] = get(r);
  FRAY_ALLOC(dataset->priv->hash_said, arena, dataset->n_shards, err);
  for (size_t k = 0; k < dataset->n_shards; k++)
    dataset->priv->hash_said[k] = (uint8_t)get(r);
  return get_names(r, dataset->n_shards, arena, &dataset->shard_path, err);
}

/* In the order of index_pack. Counts come before what they count, so each array is allocated once.
 */
enum fray_status index_unpack(const char *data, size_t size, struct fray_dataset *dataset,
                              struct fray_err *err) {
  struct fray_arena *arena = &dataset->priv->arena;
  struct reader r = {data};
  unsigned needs_offset = 0;
  dataset->name = get_name(&r);
  dataset->licence = get_name(&r);
  dataset->window_overlap = get_real(&r);
  const uint64_t task = get(&r);
  dataset->multi_label = task == 1;
  dataset->n_samples = (size_t)get(&r);
  dataset->n_clients = (size_t)get(&r);
  dataset->priv->source_bytes = get(&r);
  dataset->priv->client_bytes = get(&r);
  dataset->n_classes = (size_t)get(&r);
  if (task == 2)
    dataset->priv->n_words = (size_t)get(&r);
  FRAY_TRY(get_names(&r, dataset->n_classes, arena, &dataset->class_name, err));
  dataset->n_modalities = (size_t)get(&r);
  for (size_t m = 0; m < dataset->n_modalities; m++)
    needs_offset |= (unsigned)get_modality(&r, &dataset->modality[m]) << m;
  dataset->n_groups = (size_t)get(&r);
  FRAY_ALLOC_ZERO(dataset->group, arena, dataset->n_groups, err);
  for (size_t g = 0; g < dataset->n_groups; g++) {
    dataset->group[g].name = get_name(&r);
    dataset->group[g].n = (size_t)get(&r);
    FRAY_TRY(get_names(&r, dataset->group[g].n, arena, &dataset->group[g].value, err));
  }
  FRAY_TRY(get_shards(&r, dataset, err));
  FRAY_CHECK(r.at == data + size, err, INTERNAL, "the index was received with a wrong size");
  /* The arrays follow by themselves: they are received where they will stay. */
  return index_allocate(dataset, needs_offset, err);
}

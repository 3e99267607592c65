/* The large arrays of the index: listed once, allocated, hashed. Small things such as names of
 * classes and modalities are packed elsewhere (index_pack.c); what is here has an entry for each
 * sample or client. */
#include "index.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <string.h>

/* The one list of what is large. Allocation, sending and hashing walk it, so that an array that is
 * added here is shared and is part of what the index hash names, or is forgotten by all three. */
size_t index_arrays(struct fray_dataset *dataset, struct index_array out[INDEX_MAX_ARRAYS]) {
  struct fray_dataset_private *priv = dataset->priv;
  size_t samples = dataset->n_samples, n = 0;
  out[n++] = (struct index_array){(void **)&priv->source_text, (size_t)priv->source_bytes, 1};
  out[n++] = (struct index_array){(void **)&priv->client_text, (size_t)priv->client_bytes, 1};
  if (dataset->multi_label)
    out[n++] = (struct index_array){(void **)&dataset->labels, samples, dataset->n_classes};
  else
    out[n++] = (struct index_array){(void **)&dataset->label, samples, sizeof *dataset->label};
  if (priv->n_words) {
    out[n++] = (struct index_array){(void **)&priv->word_first, samples + 1, sizeof(int64_t)};
    out[n++] = (struct index_array){(void **)&priv->word, priv->n_words, sizeof(int16_t)};
  }
  out[n++] = (struct index_array){(void **)&dataset->split, samples, 1};
  out[n++] = (struct index_array){(void **)&dataset->present, samples, 1};
  out[n++] = (struct index_array){(void **)&dataset->client, samples, sizeof *dataset->client};
  for (size_t m = 0; m < dataset->n_modalities; m++)
    if (priv->offset[m])
      out[n++] = (struct index_array){(void **)&priv->offset[m], samples + dataset->n_shards,
                                      sizeof *priv->offset[m]};
  for (size_t g = 0; g < dataset->n_groups; g++)
    out[n++] = (struct index_array){(void **)&dataset->group[g].code, samples, sizeof(uint16_t)};
  return n;
}

/* Zeroed: absent bits and codes of shards that are filled later start from nothing. */
enum fray_status index_allocate(struct fray_dataset *dataset, unsigned needs_offset,
                                struct fray_err *err) {
  struct fray_dataset_private *priv = dataset->priv;
  struct index_array array[INDEX_MAX_ARRAYS];
  int64_t placeholder = 0;
  for (size_t m = 0; m < dataset->n_modalities; m++)
    priv->offset[m] = needs_offset >> m & 1 ? &placeholder : NULL; /* so that it is listed */
  size_t n = index_arrays(dataset, array);
  /* The two texts grow by realloc while shards are read, since their size is known at the end only.
   */
  for (size_t i = 2; i < n; i++) {
    *array[i].data = fray_arena_zero(&priv->arena, array[i].count, array[i].size);
    FRAY_CHECK(*array[i].data, err, MEMORY, "out of memory (index: %zu x %zu bytes)",
               array[i].count, array[i].size);
  }
  if (priv->n_words) {
    priv->words = (struct fray_transcripts){priv->word_first, priv->word};
    dataset->words = &priv->words;
  }
  return FRAY_OK;
}

/* Names are views into the texts: a million samples cost their bytes and a pointer, no blocks. */
static void point_into(const char *text, const char **name, uint64_t *hash, size_t n) {
  for (size_t i = 0; i < n; i++) {
    size_t length = strlen(text);
    name[i] = text;
    hash[i] = fray_hash64(text, length);
    text += length + 1;
  }
}

enum fray_status index_names(struct fray_dataset *dataset, struct fray_err *err) {
  struct fray_dataset_private *priv = dataset->priv;
  FRAY_ALLOC(dataset->source_id, &priv->arena, dataset->n_samples, err);
  FRAY_ALLOC(dataset->source, &priv->arena, dataset->n_samples, err);
  FRAY_ALLOC(dataset->client_name, &priv->arena, dataset->n_clients, err);
  FRAY_ALLOC(dataset->client_source, &priv->arena, dataset->n_clients, err);
  point_into(priv->source_text, dataset->source_id, dataset->source, dataset->n_samples);
  point_into(priv->client_text, dataset->client_name, dataset->client_source, dataset->n_clients);
  return FRAY_OK;
}

/* Packed in the order of the struct, without paths: the same data moved elsewhere are the same
 * data. A failed text gives 0, which differs from whatever other ranks have, and fails there. */
uint64_t index_hash(struct fray_dataset *dataset) {
  struct index_array array[INDEX_MAX_ARRAYS];
  struct fray_text head = {0};
  index_pack(dataset, &head);
  struct fray_hash_state *state = fray_hash_begin();
  uint64_t hash = 0;
  if (state && !head.failed) {
    fray_hash_add(state, head.data, head.size);
    size_t n = index_arrays(dataset, array);
    for (size_t i = 0; i < n; i++)
      fray_hash_add(state, *array[i].data, array[i].count * array[i].size);
  }
  if (state)
    hash = fray_hash_end(state);
  hash = head.failed ? 0 : hash;
  fray_text_free(&head);
  return hash;
}

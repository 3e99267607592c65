/* Opening a data set: rank 0 reads and checks all shards, then every rank has the index. Only rank
 * 0 opens files for that, so a thousand ranks do not ask one file system for the same megabytes at
 * once; and only the index is read, since the values of a study may not fit into memory. */
#include "index.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct fray_dataset *dataset_new(void) {
  struct fray_dataset *dataset = calloc(1, sizeof *dataset);
  struct fray_dataset_private *priv = calloc(1, sizeof *priv);
  if (!dataset || !priv) {
    free(dataset);
    free(priv);
    return NULL;
  }
  dataset->priv = priv;
  return dataset;
}

void fray_dataset_close(struct fray_dataset *dataset) {
  if (!dataset)
    return;
  struct fray_dataset_private *priv = dataset->priv;
  if (priv->open) /* else opening failed before any file was */
    for (size_t k = 0; k < dataset->n_shards; k++)
      fray_h5_close(priv->open[k].file, NULL);
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++) {
    free(priv->ahead[m].values);
    free(priv->apart[m].values);
  }
  free(priv->source_text);
  free(priv->client_text);
  fray_arena_free(&priv->arena);
  free(priv);
  free(dataset);
}

/* What to open, from the caller. */
/* The names of modalities are the caller's: they are compared while heads are read, and not kept.
 */
struct request {
  const char *shards;
  const char *const *modalities;
  size_t n_modalities;
};

/* The file is closed again: heads of all shards are compared before the arrays of the first are
 * read, and a data set may have more shards than a process may open files. */
static enum fray_status read_head(const char *path, const struct request *request,
                                  struct fray_arena *arena, struct shard_head *out,
                                  struct fray_err *err) {
  fray_h5 file = -1;
  FRAY_TRY(fray_h5_open(path, &file, err));
  enum fray_status status =
      shard_head_read(path, file, request->modalities, request->n_modalities, arena, out, err);
  fray_h5_close(file, NULL);
  return status;
}

/* Sizes of the whole from the heads of the shards. */
/* Before any array is allocated: two shards that each fit may not fit together. */
static enum fray_status add_up(struct fray_dataset *dataset, const struct shard_head *head,
                               struct fray_err *err) {
  struct fray_arena *arena = &dataset->priv->arena;
  FRAY_ALLOC(dataset->shard_first, arena, dataset->n_shards + 1, err);
  dataset->shard_first[0] = 0;
  for (size_t k = 0; k < dataset->n_shards; k++) {
    dataset->n_samples += head[k].n_samples;
    dataset->n_clients += head[k].n_clients;
    dataset->priv->n_words += head[k].n_words;
    dataset->shard_first[k + 1] = dataset->n_samples;
    /* Lists of samples are 32-bit all over the program; better said here than wrapped there. */
    FRAY_CHECK(dataset->n_samples <= MAX_SAMPLES && dataset->n_clients <= MAX_SAMPLES &&
                   dataset->priv->n_words <= MAX_SAMPLES,
               err, INPUT, "%s: with this shard there are more than %d samples, clients or words",
               head[k].path, MAX_SAMPLES);
  }
  return FRAY_OK;
}

/* Names and sizes are those of the first shard; a modality is ragged when any two lengths differ.
 */
static enum fray_status take_head(struct fray_dataset *dataset, const struct shard_head *head,
                                  unsigned *needs_offset, struct fray_err *err) {
  struct fray_dataset_private *priv = dataset->priv;
  /* Texts of the heads live in the data set's arena, where they were read to. */
  dataset->name = head->dataset;
  dataset->licence = head->licence;
  for (size_t k = 0; k < dataset->n_shards; k++)
    dataset->window_overlap = fmax(dataset->window_overlap, head[k].window_overlap);
  dataset->multi_label = head->multi_label;
  dataset->n_classes = head->n_classes;
  dataset->class_name = head->class_name;
  dataset->n_modalities = head->n_modalities;
  memcpy(dataset->modality, head->modality, sizeof dataset->modality);
  FRAY_ALLOC(priv->layout, &priv->arena, dataset->n_shards * dataset->n_modalities, err);
  FRAY_ALLOC(priv->values_hash, &priv->arena, dataset->n_shards, err);
  FRAY_ALLOC_ZERO(priv->hash_said, &priv->arena, dataset->n_shards, err);
  /* Two dense shards of different lengths are ragged together, and then all of them need offsets.
   */
  *needs_offset = 0;
  for (size_t k = 0; k < dataset->n_shards; k++)
    for (size_t m = 0; m < dataset->n_modalities; m++) {
      priv->layout[k * dataset->n_modalities + m] = head[k].layout[m];
      bool differs = head[k].layout[m].ragged || head[k].layout[m].time != head->layout[m].time;
      *needs_offset |= (unsigned)differs << m;
    }
  dataset->n_groups = head->n_groups;
  FRAY_ALLOC_ZERO(dataset->group, &priv->arena, dataset->n_groups, err);
  for (size_t g = 0; g < dataset->n_groups; g++)
    dataset->group[g].name = head->group_name[g];
  return FRAY_OK;
}

/* Ragged lengths are known only now that the offsets were read. */
static void longest_samples(struct fray_dataset *dataset) {
  for (size_t m = 0; m < dataset->n_modalities; m++) {
    struct fray_modality *modality = &dataset->modality[m];
    /* Offsets are there exactly where lengths differ: see take_head. */
    modality->ragged = dataset->priv->offset[m] != NULL;
    modality->time = 1;
    for (size_t k = 0; k < dataset->n_shards; k++)
      modality->time = FRAY_MAX(modality->time,
                                (size_t)dataset->priv->layout[k * dataset->n_modalities + m].time);
  }
}

/* A hash that the file says is believed here, since reading all values may take minutes; whoever
 * doubts it has fray_shard_verify. Without one, the zeros at the end are seen in passing. */
static enum fray_status hash_shard(struct fray_dataset *dataset, struct shard_head *head, size_t k,
                                   struct fray_err *err) {
  bool said = false;
  FRAY_TRY(values_hash_read(head, &dataset->priv->values_hash[k], &said, err));
  dataset->priv->hash_said[k] = said;
  for (size_t m = 0; m < head->n_modalities; m++)
    shard_warn_blank_tail(dataset, head, k, m);
  return FRAY_OK;
}

/* One file at a time. Clients are numbered through all shards: names may not recur, which
 * read_shards checks when all are known. */
static enum fray_status fill_shards(struct fray_dataset *dataset, struct shard_head *head,
                                    struct fray_err *err) {
  for (size_t k = 0, client = 0; k < dataset->n_shards; client += head[k++].n_clients) {
    FRAY_TRY(fray_h5_open(head[k].path, &head[k].file, err));
    enum fray_status status = shard_fill(&head[k], k, client, dataset, err);
    if (status == FRAY_OK)
      status = hash_shard(dataset, &head[k], k, err);
    fray_h5_close(head[k].file, NULL);
    FRAY_TRY(status);
  }
  longest_samples(dataset);
  return FRAY_OK;
}

/* A class without a training sample cannot be learnt; that may be wanted, so it is no error. */
static enum fray_status warn_absent_classes(const struct fray_dataset *dataset,
                                            struct fray_err *err) {
  size_t absent = 0, first = 0, training = 0;
  bool *seen = calloc(dataset->n_classes, sizeof *seen);
  FRAY_CHECK(seen, err, MEMORY, "out of memory");
  for (size_t i = 0; i < dataset->n_samples; i++) {
    if (dataset->split[i] != FRAY_TRAIN)
      continue;
    training++;
    if (!dataset->multi_label && !dataset->words) {
      if (dataset->label[i] >= 0)
        seen[dataset->label[i]] = true;
      continue;
    }
    for (size_t c = 0; c < dataset->n_classes; c++)
      seen[c] = seen[c] || fray_has_class(dataset, i, c);
  }
  for (size_t c = dataset->n_classes; c-- > 0;)
    if (!seen[c]) {
      absent++;
      first = c;
    }
  free(seen);
  if (training && absent)
    fray_warn("%s: %zu of %zu classes (%s%s) have no training sample", dataset->name, absent,
              dataset->n_classes, dataset->class_name[first], absent > 1 ? ", ..." : "");
  return FRAY_OK;
}

/* Who selects a round on such windows selects on what training half knows. */
static void warn_overlaps(const struct fray_dataset *dataset) {
  size_t n = fray_dataset_dev_overlaps(dataset);
  if (n)
    fray_warn("%s: %zu dev windows lie beside a training window and share %.0f %% of it: their "
              "score only selects, it is optimistic",
              dataset->name, n, 100 * dataset->window_overlap);
}

/* Through all shards: entries are numbered as samples and clients of the whole. */
static enum fray_status names_are_unique(const struct fray_dataset *dataset, struct fray_err *err) {
  FRAY_TRY(
      texts_are_unique(dataset->source_id, dataset->source, dataset->n_samples, "source id", err));
  return texts_are_unique(dataset->client_name, dataset->client_source, dataset->n_clients,
                          "client id", err);
}

/* On rank 0 alone. Each step needs sizes from the one before: heads, sums, arrays, texts. */
static enum fray_status read_shards(struct fray_dataset *dataset, const struct request *request,
                                    char **paths, struct fray_err *err) {
  struct fray_arena *arena = &dataset->priv->arena;
  struct shard_head *head;
  unsigned needs_offset = 0;
  FRAY_ALLOC(dataset->shard_path, arena, dataset->n_shards, err);
  FRAY_ALLOC(head, arena, dataset->n_shards, err);
  FRAY_ALLOC_ZERO(dataset->stamp, arena, dataset->n_shards, err);
  for (size_t k = 0; k < dataset->n_shards; k++) {
    dataset->shard_path[k] = fray_arena_strdup(arena, paths[k]);
    FRAY_CHECK(dataset->shard_path[k], err, MEMORY, "out of memory");
    FRAY_TRY(shard_seen(dataset, k, err)); /* before it is read: no change goes unseen */
    FRAY_TRY(read_head(dataset->shard_path[k], request, arena, &head[k], err));
    FRAY_TRY(shard_heads_agree(&head[0], &head[k], err));
  }
  FRAY_TRY(add_up(dataset, head, err));
  FRAY_TRY(take_head(dataset, head, &needs_offset, err));
  FRAY_TRY(index_allocate(dataset, needs_offset, err));
  FRAY_TRY(fill_shards(dataset, head, err));
  FRAY_TRY(index_names(dataset, err));
  if (names_are_unique(dataset, err) != FRAY_OK)
    return fray_at(err, "%s", request->shards);
  /* Warnings come last: nobody is warned of a data set that is refused. */
  FRAY_TRY(dataset_warn_alike(dataset, err));
  warn_overlaps(dataset);
  return warn_absent_classes(dataset, err);
}

/* A pattern or a folder names the shards; their order by name is the order of samples. */
static enum fray_status read_index(struct fray_dataset *dataset, const struct request *request,
                                   struct fray_err *err) {
  char **paths = NULL;
  size_t n = 0;
  FRAY_TRY(fray_file_list(request->shards, ".h5", &paths, &n, err));
  dataset->n_shards = n;
  enum fray_status status =
      n ? read_shards(dataset, request, paths, err)
        : fray_fail(err, FRAY_INPUT, "%s: the folder holds no .h5 file", request->shards);
  /* shard_path holds copies: these belong to the list of files. */
  fray_names_free(paths, n);
  return status;
}

/* On every rank, whether it will read values or not: a rank that serves no client may still get one
 * later, and a file that changes meanwhile must be noticed against what it was at the start. */
static enum fray_status prepare_files(struct fray_dataset *dataset, struct fray_err *err) {
  FRAY_ALLOC(dataset->priv->open, &dataset->priv->arena, dataset->n_shards, err);
  if (!dataset->stamp) /* else this rank has read them */
    FRAY_ALLOC_ZERO(dataset->stamp, &dataset->priv->arena, dataset->n_shards, err);
  for (size_t k = 0; k < dataset->n_shards; k++) /* now, not when values are first read */
    if (!dataset->stamp[k].known)
      FRAY_TRY(shard_seen(dataset, k, err));
  for (size_t k = 0; k < dataset->n_shards; k++)
    shard_is_closed(&dataset->priv->open[k]);
  for (size_t m = 0; m < dataset->n_modalities; m++) {
    const char *path = fray_arena_printf(&dataset->priv->arena, "/modalities/%s/values",
                                         dataset->modality[m].name);
    FRAY_CHECK(path, err, MEMORY, "out of memory");
    dataset->priv->modality_path[m] = path;
  }
  return FRAY_OK;
}

enum fray_status fray_dataset_open(const char *shards, const char *const *modalities,
                                   size_t n_modalities, struct fray_comm *comm,
                                   struct fray_dataset **out, struct fray_err *err) {
  struct request request = {shards, modalities, n_modalities};
  /* A rank that gets no memory here still goes to the vote below, where the others wait. */
  struct fray_dataset *dataset = dataset_new();
  enum fray_status status = dataset ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK && fray_comm_rank(comm) == 0)
    status = read_index(dataset, &request, err);
  for (size_t k = 0; status == FRAY_OK && k < dataset->n_shards; k++)
    fray_deed_shard(dataset->shard_path[k]);
  /* Rank 0 may have failed alone: the others learn it here instead of waiting for an index. */
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK)
    status = index_share(dataset, comm, err);
  if (status == FRAY_OK)
    status = fray_comm_agree(comm, prepare_files(dataset, err), err);
  if (status == FRAY_OK)
    status = shards_same(dataset, comm, err);
  if (status != FRAY_OK) {
    fray_dataset_close(dataset);
    return status;
  }
  *out = dataset;
  return FRAY_OK;
}

size_t fray_dataset_most_words(const struct fray_dataset *dataset) {
  size_t most = 0;
  for (size_t i = 0; dataset->words && i < dataset->n_samples; i++)
    most = FRAY_MAX(most, fray_transcript_length(dataset->words, i));
  return most;
}

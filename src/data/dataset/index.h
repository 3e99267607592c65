/* The index of a data set while it is read, checked and shared. Private to this room. */
#ifndef FRAY_DATA_INDEX_H
#define FRAY_DATA_INDEX_H

#include "fray/base/text.h"
#include "fray/data/dataset.h"
#include "fray/data/names.h"
#include "fray/h5/h5.h"
#include "unique.h"
#include "values_hash.h"

enum {
  READ_AHEAD = 64,         /* consecutive samples read at once */
  MAX_SAMPLES = INT32_MAX, /* so that 32-bit indices hold them */
  MAX_SAMPLE_VALUES = INT32_MAX
};

/** How one shard keeps one modality. */
struct layout {
  bool ragged, is_float; /* is_float: audio may be int16 */
  uint64_t time;         /* longest sample of the shard, in steps */
  uint64_t rows;         /* first axis of `values` */
};

/** Values of the samples last read of one modality. */
struct read_ahead {
  size_t first, n; /* samples first .. first+n-1; n = 0: nothing */
  void *values;    /* malloc'ed */
  size_t capacity; /* bytes */
  size_t row;      /* row of `values` in the file that lies first in the buffer */
};

struct open_shard {
  fray_h5 file;                        /* -1: closed */
  fray_h5 values[FRAY_MAX_MODALITIES]; /* open with the file, when first read; -1: not */
  uint64_t used;
};

struct fray_dataset_private {
  struct fray_arena arena;
  const char *modality_path[FRAY_MAX_MODALITIES];
  struct layout *layout;         /* (shards, modalities) */
  uint64_t *values_hash;         /* (shards) */
  uint8_t *hash_said;            /* (shards) 1: by the shard; 0: of the modalities in use */
  struct fray_transcripts words; /* of sequences: */
  size_t n_words;
  int64_t *word_first;                  /* (samples + 1) */
  int16_t *word;                        /* (n_words) */
  int64_t *offset[FRAY_MAX_MODALITIES]; /* (samples + shards): N+1 of each shard; NULL if dense */
  char *source_text, *client_text;      /* NUL-terminated names, one after another */
  uint64_t source_bytes, client_bytes;
  struct open_shard *open;
  uint64_t clock; /* orders the uses of open shards */
  struct read_ahead ahead[FRAY_MAX_MODALITIES];
  struct read_ahead apart[FRAY_MAX_MODALITIES]; /* one sample, out of turn */
};

/** Head of one shard: everything but the arrays. */
struct shard_head {
  const char *path;
  fray_h5 file;
  const char *dataset, *licence;
  double window_overlap; /* 0 too where windows that overlap are never in two splits */
  bool multi_label, sequence;
  size_t n_words; /* of all sequences */
  size_t n_classes, n_samples, n_clients, n_groups, n_modalities;
  const char **class_name, **group_name;
  struct fray_modality modality[FRAY_MAX_MODALITIES];
  struct layout layout[FRAY_MAX_MODALITIES];
  size_t blank_from[FRAY_MAX_MODALITIES]; /* from this row of `values` on all are zero; filled when
                                             they are hashed, else beyond the last row */
};

/* shard_head.c */
/** Reads and checks the head of an open shard. wanted: modalities to keep, in order (n = 0: all).
 */
enum fray_status shard_head_read(const char *path, fray_h5 file, const char *const *wanted,
                                 size_t n_wanted, struct fray_arena *arena, struct shard_head *out,
                                 struct fray_err *err);
/** INPUT unless two shards can belong to one data set. */
enum fray_status shard_heads_agree(const struct shard_head *first, const struct shard_head *other,
                                   struct fray_err *err);

/* shard_fill.c */
/** Reads and checks the arrays of shard `index` into the data set, whose arrays are allocated and
 *  whose earlier shards are filled. Client and sample names are appended to the private texts. */
enum fray_status shard_fill(const struct shard_head *head, size_t index, size_t first_client,
                            struct fray_dataset *dataset, struct fray_err *err);

/* shard_gaps.c */
/** INPUT when values of a sample that is present were never written. The index of the shard is
 *  filled. */
enum fray_status shard_check_gaps(const struct fray_dataset *dataset, const struct shard_head *head,
                                  size_t index, size_t m, struct fray_arena *scratch,
                                  struct fray_err *err);
/** Warns when a shard ends in samples of nothing but zeros, as one does whose room was taken in
 *  advance and not filled. */
void shard_warn_blank_tail(const struct fray_dataset *dataset, const struct shard_head *head,
                           size_t index, size_t m);

/* values_hash.c */
/** What the open shard says of its values, else the hash of those of the modalities in use. */
enum fray_status values_hash_read(struct shard_head *head, uint64_t *out, bool *said,
                                  struct fray_err *err);
/** INPUT unless the shard that this rank finds at the path has values of this hash. said: it was
 * the attribute of a shard, which is about all modalities; else of the modalities of the data set.
 */
enum fray_status values_hash_compare(const struct fray_dataset *dataset, size_t shard,
                                     struct fray_err *err);

/* stamp.c */
/** Sees the file of a shard: at first it is remembered, later IO unless it is the same. A file that
 *  is gone passes; who opens it says so. */
enum fray_status shard_seen(const struct fray_dataset *dataset, size_t shard, struct fray_err *err);

/* same_shards.c */
/** INPUT when a rank finds another shard at a path than rank 0, which read the index: another size,
 *  or other values. The same file, seen from all ranks, costs a look; a copy is read once.
 * Collective.
 */
enum fray_status shards_same(struct fray_dataset *dataset, struct fray_comm *comm,
                             struct fray_err *err);

/* index_alike.c */
/** Warns of classes, of clients, and of values of a group that differ in blanks at the ends or in
 *  their Unicode form only, once for each list. MEMORY. O(n). */
enum fray_status dataset_warn_alike(const struct fray_dataset *dataset, struct fray_err *err);

/* index.c */
/** One large array of the index. */
struct index_array {
  void **data;
  size_t count, size;
};
enum { INDEX_MAX_GROUPS = 64, INDEX_MAX_ARRAYS = 10 + FRAY_MAX_MODALITIES + INDEX_MAX_GROUPS };
/** Lists the large arrays, texts first; returns how many. */
size_t index_arrays(struct fray_dataset *dataset, struct index_array out[INDEX_MAX_ARRAYS]);
/** Allocates the arrays (but the texts, which are malloc'ed) for the counts in the data set.
 *  needs_offset: bit m set where modality m has lengths of its own. */
enum fray_status index_allocate(struct fray_dataset *dataset, unsigned needs_offset,
                                struct fray_err *err);
/** Points source_id and client_name into the private texts and hashes them. */
enum fray_status index_names(struct fray_dataset *dataset, struct fray_err *err);
/** Hash of the index, with those of the values: everything but the paths of the shards. 0 when
 *  memory is out. */
uint64_t index_hash(struct fray_dataset *dataset);

/* index_pack.c */
/** Everything but the large arrays, as bytes; and back, allocating the arrays. The unpacked data
 * set points into the bytes. */
void index_pack(const struct fray_dataset *dataset, struct fray_text *out);
/** What is sent but belongs to no hash: paths, and who said the hashes. */
void index_pack_paths(const struct fray_dataset *dataset, struct fray_text *out);
enum fray_status index_unpack(const char *data, size_t size, struct fray_dataset *dataset,
                              struct fray_err *err);

/* sample.c */
/** How values lie in a shard. is_float: audio may be int16. */
enum fray_h5_type values_type(enum fray_modality_kind kind, bool is_float);
size_t values_bytes(enum fray_h5_type type);
/** Marks a shard as closed, none of its modalities open. */
void shard_is_closed(struct open_shard *shard);

/* index_share.c */
/** Sends the index from rank 0 to all; the others' data set comes in empty (with priv). Collective;
 *  every rank returns the same status. */
enum fray_status index_share(struct fray_dataset *dataset, struct fray_comm *comm,
                             struct fray_err *err);

#endif

/* A data set: the checked index of its shards in memory; values are read on demand. */
#ifndef FRAY_DATA_DATASET_H
#define FRAY_DATA_DATASET_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/comm/comm.h"
#include "fray/data/samples.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAY_MAX_MODALITIES = 8, FRAY_MAX_CLASSES = 32767, FRAY_UNLABELLED = -1 };
enum { FRAY_NO_LABELS = 255 }; /* fills the row of `labels` of an unlabelled sample */
enum fray_split { FRAY_TRAIN, FRAY_DEV, FRAY_TEST, FRAY_SPLITS };
extern const char *const fray_split_names[]; /* "train", "dev", "test", NULL */

enum fray_modality_kind { FRAY_AUDIO, FRAY_IMAGE, FRAY_SERIES, FRAY_TEXT, FRAY_FEATURES };
extern const char *const fray_modality_kind_names[]; /* "audio", "image", ..., "feature", NULL */
extern const char *const fray_modality_kind_nouns[]; /* "sound", "picture", ...: to a reader */

struct fray_modality {
  const char *name, *unit;
  enum fray_modality_kind kind;
  double rate;          /* Hz; 0 if it has none */
  size_t channels;      /* series, feature: columns; image: 1 or 3; audio: 1 */
  size_t time;          /* longest sample in steps (audio: frames); feature vectors: 1 */
  size_t height, width; /* images, else 0 */
  bool ragged;
  const char **channel_name; /* (channels) NULL: none are kept, or this is not rank 0 */
};

struct fray_group { /* one column of categories, e.g. accent */
  const char *name;
  size_t n;             /* values */
  const char **value;   /* (n) */
  const uint16_t *code; /* (samples) */
};

/** A shard's file as this rank saw it first. */
struct fray_shard_stamp {
  bool known; /* false: it was not there for this rank */
  uint64_t size, device, inode;
  int64_t seconds, nanoseconds; /* of the last change of its content */
};

/** The index. All arrays are borrowed by readers; samples of one shard are consecutive, and within
 * it the samples of one client are. Memory belongs to the data set. */
struct fray_dataset {
  const char *name, *licence;
  double window_overlap; /* share of a window that the next of its client holds too; 0: none, or
                            none of another split */
  bool multi_label;
  const struct fray_transcripts *words; /* of the task sequence, where each sample has a sequence of
                                     classes; else NULL */
  size_t n_classes;
  const char **class_name;
  size_t n_modalities;
  struct fray_modality modality[FRAY_MAX_MODALITIES];
  size_t n_samples;
  int32_t *label;         /* (n) FRAY_UNLABELLED or 0 .. classes-1; NULL if multi_label. Sequences:
                             FRAY_UNLABELLED where there are no words, else 0 */
  uint8_t *labels;        /* (n, classes) 0 or 1 if multi_label, else NULL; see FRAY_NO_LABELS */
  uint8_t *split;         /* (n) enum fray_split */
  uint8_t *present;       /* (n) bit m: the sample has modality m */
  uint32_t *client;       /* (n) index of the natural client */
  uint64_t *source;       /* (n) hash of source_id: keys random streams */
  const char **source_id; /* (n) stable name, unique in the data set */
  size_t n_clients;
  const char **client_name; /* (clients) */
  uint64_t *client_source;  /* (clients) hash of the name */
  size_t n_groups;
  struct fray_group *group;
  size_t n_shards;
  const char **shard_path;
  struct fray_shard_stamp *stamp; /* (shards) */
  size_t *shard_first;            /* (shards + 1) first sample of each shard */
  uint64_t index_hash; /* of everything above but paths, and of the values: same data, same hash */
  struct fray_dataset_private *priv;
};

/** Opens a folder, file or glob of shards. Rank 0 reads and checks every size, offset, type and
 * range, then broadcasts the index; others open files when they first read values. Where a rank
 * sees another file than rank 0, such as a copy on a disk of its host, that must hold the same
 * values: it is read once for that. Collective. modalities: names to keep, in this order
 * (n_modalities 0 = all, in order of names). INPUT: missing shard, not HDF5, wrong format or
 * version, offsets out of bounds, label beyond the classes, counts that differ between modalities,
 * duplicate source ids, unknown modality; each names file, data set, value and bound. Values are
 * not read, except for their hash where a shard has no attribute values_hash
 * (docs/shard-format.md). Warns (rank 0) of classes without a training sample. About 60 bytes a
 * sample. */
enum fray_status fray_dataset_open(const char *shards, const char *const *modalities,
                                   size_t n_modalities, struct fray_comm *comm,
                                   struct fray_dataset **out, struct fray_err *err);
void fray_dataset_close(struct fray_dataset *dataset);

/** Hash of the values of a shard, as it stood in the file, or was computed, when it was opened. */
uint64_t fray_dataset_values_hash(const struct fray_dataset *dataset, size_t shard);
/** Of samples in this order, with the data set that they are of: what was found on them is found
 * again on no others. */
uint64_t fray_dataset_samples_hash(const struct fray_dataset *dataset, size_t n,
                                   const uint32_t *sample);
/** IO when the file of a shard that this rank has seen is gone, or is not the one that it was: its
 *  size, the time of its last change or the file itself. Not collective. O(shards). */
enum fray_status fray_dataset_check_unchanged(const struct fray_dataset *dataset,
                                              struct fray_err *err);
/** Reads all values of a shard and compares them with its attribute values_hash. *found false if
 *  there is none (it is hashed whenever it is opened). INPUT when they differ. Not collective. */
enum fray_status fray_shard_verify(const char *path, bool *found, struct fray_err *err);

/** Dev samples next to a training sample of the same client, in the order of the shard, where the
 *  windows of the data set overlap; else 0. Their dev score is optimistic. */
size_t fray_dataset_dev_overlaps(const struct fray_dataset *dataset);

/** True if the sample has a label, or with several labels a set of classes, which may be empty. */
static inline bool fray_is_labelled(const struct fray_dataset *dataset, size_t sample) {
  return dataset->multi_label ? dataset->labels[sample * dataset->n_classes] != FRAY_NO_LABELS
                              : dataset->label[sample] != FRAY_UNLABELLED;
}
/** True if a sample has one class: neither a set nor a sequence of them. */
static inline bool fray_has_one_label(const struct fray_dataset *dataset) {
  return !dataset->multi_label && !dataset->words;
}
/** What samples have: "one label each", "sets of classes", "sequences of classes". */
static inline const char *fray_labels_words(const struct fray_dataset *dataset) {
  return dataset->multi_label ? "sets of classes"
         : dataset->words     ? "sequences of classes"
                              : "one label each";
}
/** True if the sample is labelled with the class; of a sequence: if it is one of its words. */
static inline bool fray_has_class(const struct fray_dataset *dataset, size_t sample, size_t c) {
  if (dataset->words) {
    const struct fray_transcripts *w = dataset->words;
    for (int64_t k = w->first[sample]; k < w->first[sample + 1]; k++)
      if (w->word[k] == (int16_t)c)
        return true;
    return false;
  }
  return dataset->multi_label ? dataset->labels[sample * dataset->n_classes + c] == 1
                              : dataset->label[sample] == (int32_t)c;
}

/** Words of the longest sequence; 0 without sequences. */
size_t fray_dataset_most_words(const struct fray_dataset *dataset);

/** Raw values of one sample. SERIES, FEATURES: *values floats (length, channels); AUDIO: floats
 *  -1..1 (length); IMAGE: uint8 (height, width, channels). buffer: at least fray_sample_bytes.
 *  length: steps, 0 if the sample lacks the modality. IO when the file fails. */
enum fray_status fray_sample_read(const struct fray_dataset *dataset, size_t modality,
                                  size_t sample, void *buffer, size_t *length,
                                  struct fray_err *err);
/** The same for a sample out of turn, as one whose value another takes: its neighbours are not read
 * with it, and those of the samples in turn stay. Any rank may ask for any sample. */
enum fray_status fray_sample_read_apart(const struct fray_dataset *dataset, size_t modality,
                                        size_t sample, void *buffer, size_t *length,
                                        struct fray_err *err);
size_t fray_sample_bytes(const struct fray_dataset *dataset, size_t modality); /* of the longest */
/** Raw steps of a sample, from the index; 0 if it lacks the modality. No file is read. */
size_t fray_sample_length(const struct fray_dataset *dataset, size_t modality, size_t sample);

#endif

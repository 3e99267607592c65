/* Writing a shard: used by import and synth; the same format that docs/shard-format.md describes.
 */
#ifndef FRAY_DATA_SHARD_WRITER_H
#define FRAY_DATA_SHARD_WRITER_H

#include "fray/data/dataset.h"
#include "fray/data/shard_leaks.h"

/** One shard to be written. Arrays are borrowed. Samples must be ordered client by client. */
struct fray_shard_plan {
  const char *dataset, *licence, *source, *created_by;
  double window_overlap; /* share of a window that the next one holds too; 0: none */
  bool whole_stretches;  /* windows that overlap are never in two splits */
  size_t n_classes;
  const char *const *class_name;
  size_t n_samples;
  const int32_t *label;  /* (n); not used if multi-label */
  const uint8_t *labels; /* (n, classes) as in the data set: multi-label; NULL: one label each */
  const int64_t
      *word_first; /* (n + 1) sequences: where the words of each sample begin; else NULL */
  const int16_t *word;
  const uint8_t *split;
  const char *const *source_id;
  size_t n_clients;
  const char *const *client_name;
  const int64_t *client_first, *client_count;
  size_t n_groups;
  const struct fray_group *group; /* code: (n_samples of this shard) */
  size_t n_modalities;
  struct fray_modality modality[FRAY_MAX_MODALITIES];
  const uint8_t *present;                     /* (n) bits */
  const int64_t *length[FRAY_MAX_MODALITIES]; /* (n) steps; NULL unless ragged */
  bool is_float[FRAY_MAX_MODALITIES];         /* audio only: values are float, not int16 */
  bool gzip;
  const struct fray_leaks *leaks; /* of the whole data set; NULL: this shard says nothing of them */
};

struct fray_shard_writer;
/** Creates path (an HDF5 file; the caller writes to a temporary name or folder and publishes).
 *  INPUT: a name that readers refuse, a present sample without steps. IO on failure. */
enum fray_status fray_shard_create(const char *path, const struct fray_shard_plan *plan,
                                   struct fray_shard_writer **out, struct fray_err *err);
/** Values of the next sample of a modality, in sample order (modalities may alternate freely);
 *  length steps (0 = absent, values unused). SERIES, FEATURES: float (length, channels); AUDIO:
 *  int16 or float (is_float) mono; IMAGE: uint8, length 1; TEXT: UTF-8 bytes. */
enum fray_status fray_shard_append(struct fray_shard_writer *writer, size_t modality,
                                   const void *values, size_t length, struct fray_err *err);
/** Checks that every sample was written, adds the hash of all values, closes, syncs. The writer is
 * released in any case. */
enum fray_status fray_shard_finish(struct fray_shard_writer *writer, struct fray_err *err);
/** Releases a writer whose shard is not wanted. NULL is fine. */
void fray_shard_abandon(struct fray_shard_writer *writer);

#endif

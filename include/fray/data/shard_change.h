/* Copies of shards with other values: all else that a shard says of itself stays as it is. */
#ifndef FRAY_DATA_SHARD_CHANGE_H
#define FRAY_DATA_SHARD_CHANGE_H

#include "fray/data/dataset.h"

/** Changes the value of a sample that is there, in place, as fray_sample_read gives it: AUDIO
 * floats -1 .. 1 (length); IMAGE uint8 (height, width, channels), length 1. It keeps its length. */
typedef enum fray_status fray_value_changer(void *user, size_t modality, size_t sample, void *x,
                                            size_t length, struct fray_err *err);

/** Writes a copy of a shard to `path`, then changes the values of the modalities whose bit is set,
 * in order of the samples; sounds and pictures only. The hash of all values is made anew where the
 * shard has one: *before, *after (0: it has none). Without a bit the copy has the same bytes. Not
 * collective. INPUT: the shard cannot be read; IO. After an error there may be half a file. */
enum fray_status fray_shard_change(const struct fray_dataset *dataset, size_t shard,
                                   unsigned modalities, const char *path,
                                   fray_value_changer *change, void *user, uint64_t *before,
                                   uint64_t *after, struct fray_err *err);

#endif

/* Whether the files of a data set are still those that were opened. A study may run for days, and a
 * shard that is written anew meanwhile would give values of one file by the offsets of another. */
#include "index.h"

#include "fray/base/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Through links: the file that is read counts, not its name. */
static bool look(const char *path, struct fray_shard_stamp *out) {
  struct stat info;
  if (stat(path, &info) != 0)
    return false;
  *out = (struct fray_shard_stamp){.known = true,
                                   .size = (uint64_t)info.st_size,
                                   .device = (uint64_t)info.st_dev,
                                   .inode = (uint64_t)info.st_ino,
                                   .seconds = info.st_mtim.tv_sec,
                                   .nanoseconds = info.st_mtim.tv_nsec};
  return true;
}

/* UTC, to the millisecond: two writes within a second must look different. */
static const char *when(const struct fray_shard_stamp *stamp, char out[40]) {
  time_t seconds = (time_t)stamp->seconds;
  struct tm utc;
  size_t n = gmtime_r(&seconds, &utc) ? strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &utc) : 0;
  snprintf(out + n, 40 - n, ".%03dZ", (int)(stamp->nanoseconds / 1000000));
  return out;
}

/* The device is left aside: a file system that was mounted again gets another number. */
static enum fray_status compare(const char *path, const struct fray_shard_stamp *then,
                                const struct fray_shard_stamp *now, struct fray_err *err) {
  char was[40], is[40];
  FRAY_CHECK(then->size == now->size && then->seconds == now->seconds &&
                 then->nanoseconds == now->nanoseconds,
             err, IO,
             "%s: the shard changed since the run began: %" PRIu64 " bytes of %s, then %" PRIu64
             " bytes of %s",
             path, then->size, when(then, was), now->size, when(now, is));
  /* A copy with the old time and size, as rsync leaves it, is another file all the same. */
  FRAY_CHECK(then->inode == now->inode, err, IO,
             "%s: the shard changed since the run began: another file has taken its place", path);
  return FRAY_OK;
}

/* The first look is the reference, whenever it comes: on rank 0 before the index is read. */
enum fray_status shard_seen(const struct fray_dataset *dataset, size_t shard,
                            struct fray_err *err) {
  struct fray_shard_stamp now, *then = &dataset->stamp[shard];
  /* Not an error here: shards are also looked at by ranks that never read them. */
  if (!look(dataset->shard_path[shard], &now))
    return FRAY_OK;
  if (then->known)
    return compare(dataset->shard_path[shard], then, &now, err);
  *then = now;
  return FRAY_OK;
}

enum fray_status fray_dataset_check_unchanged(const struct fray_dataset *dataset,
                                              struct fray_err *err) {
  for (size_t k = 0; k < dataset->n_shards; k++) {
    struct fray_shard_stamp now;
    /* This rank has never found it; whoever needs it says so. */
    if (!dataset->stamp[k].known)
      continue;
    FRAY_CHECK(look(dataset->shard_path[k], &now), err, IO, "%s: the shard is gone: %s",
               dataset->shard_path[k], strerror(errno));
    FRAY_TRY(compare(dataset->shard_path[k], &dataset->stamp[k], &now, err));
  }
  return FRAY_OK;
}

/* Asked for by provenance, which must not read the values again. */
uint64_t fray_dataset_values_hash(const struct fray_dataset *dataset, size_t shard) {
  return dataset->priv->values_hash[shard];
}

/* By their sources, which do not change with the order of shards. */
uint64_t fray_dataset_samples_hash(const struct fray_dataset *dataset, size_t n,
                                   const uint32_t *sample) {
  uint64_t hash = dataset->index_hash;
  for (size_t i = 0; i < n; i++) {
    const uint64_t two[] = {hash, dataset->source[sample[i]]};
    hash = fray_hash64(two, sizeof two);
  }
  return hash;
}

/* Whether all ranks see the same shards. The index is rank 0's; the others read values by its
 * offsets from whatever lies behind the same path, which may be a copy on a disk of their own host.
 */
#include "index.h"

#include "fray/base/hash.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that was read and found to hold what rank 0 has; kept as long as the program runs, since a
 * study opens the same shards many times. */
struct verified {
  struct fray_shard_stamp stamp;
  uint64_t values_hash;
};
static struct {
  struct verified *v;
  size_t n, room;
} known;

/* Without the device: its number differs between hosts that mount the same file system. */
static bool same_stamp(const struct fray_shard_stamp *a, const struct fray_shard_stamp *b) {
  return a->size == b->size && a->inode == b->inode && a->seconds == b->seconds &&
         a->nanoseconds == b->nanoseconds;
}

/* On one host the device tells apart files of equal numbers on two disks. */
static bool is_known(const struct fray_shard_stamp *stamp, uint64_t hash) {
  for (size_t i = 0; i < known.n; i++)
    if (known.v[i].values_hash == hash && known.v[i].stamp.device == stamp->device &&
        same_stamp(&known.v[i].stamp, stamp))
      return true;
  return false;
}

static enum fray_status remember(const struct fray_shard_stamp *stamp, uint64_t hash,
                                 struct fray_err *err) {
  if (known.n == known.room) {
    size_t room = known.room ? 2 * known.room : 64;
    struct verified *grown = realloc(known.v, room * sizeof *grown);
    FRAY_CHECK(grown, err, MEMORY, "out of memory");
    known.v = grown;
    known.room = room;
  }
  known.v[known.n++] = (struct verified){*stamp, hash};
  return FRAY_OK;
}

static uint64_t host_hash(void) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return fray_hash_text(host);
}

/* What one rank sees of a shard against what rank 0 saw. Numbers of devices mean nothing on another
 * host; a file system that both mount shows the same file number and the same time, to the
 * nanosecond. */
static enum fray_status compare(const struct fray_dataset *dataset, size_t k,
                                const struct fray_shard_stamp *there, bool same_host,
                                struct fray_err *err) {
  const struct fray_shard_stamp *here = &dataset->stamp[k];
  const uint64_t hash = dataset->priv->values_hash[k];
  if (!here->known) /* who reads it says that it is not there */
    return FRAY_OK;
  if (same_stamp(here, there) && (!same_host || here->device == there->device))
    return FRAY_OK;
  FRAY_CHECK(here->size == there->size, err, INPUT,
             "%s: a file of %llu bytes, but rank 0 finds one of %llu bytes at this path",
             dataset->shard_path[k], (unsigned long long)here->size,
             (unsigned long long)there->size);
  if (is_known(here, hash))
    return FRAY_OK;
  FRAY_TRY(values_hash_compare(dataset, k, err));
  return remember(here, hash, err);
}

/* The message names rank and host, since the path alone looks right to whoever reads it. */
static enum fray_status compare_all(const struct fray_dataset *dataset, int rank,
                                    const struct fray_shard_stamp *there, uint64_t host,
                                    struct fray_err *err) {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  for (size_t k = 0; k < dataset->n_shards; k++)
    if (compare(dataset, k, &there[k], host == host_hash(), err) != FRAY_OK)
      return fray_at(err, "rank %d on host %s, where all ranks must see the same shards", rank,
                     name);
  return FRAY_OK;
}

enum fray_status shards_same(struct fray_dataset *dataset, struct fray_comm *comm,
                             struct fray_err *err) {
  const int rank = fray_comm_rank(comm);
  const size_t bytes = dataset->n_shards * sizeof *dataset->stamp;
  uint64_t host = host_hash();
  if (fray_comm_size(comm) == 1)
    return FRAY_OK;
  struct fray_shard_stamp *there = malloc(bytes + 1);
  enum fray_status status = there ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  /* A rank without memory must not leave the others in the broadcast. */
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK) {
    if (rank == 0)
      memcpy(there, dataset->stamp, bytes);
    fray_comm_broadcast(comm, &host, sizeof host, 0);
    fray_comm_broadcast(comm, there, bytes, 0);
    status =
        fray_comm_agree(comm, rank ? compare_all(dataset, rank, there, host, err) : FRAY_OK, err);
  }
  free(there);
  return status;
}

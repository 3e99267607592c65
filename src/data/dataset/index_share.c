/* Rank 0 read the index; all ranks get it. The large arrays are sent from where they lie to where
 * they stay, so that no rank ever holds them twice. */
#include "index.h"

#include <stdlib.h>

/* The small parts, with their size first. *head is malloc'ed text on rank 0, arena memory
 * elsewhere. */
static enum fray_status share_head(struct fray_dataset *dataset, struct fray_comm *comm,
                                   struct fray_err *err) {
  bool root = fray_comm_rank(comm) == 0;
  struct fray_text head = {0};
  enum fray_status status = FRAY_OK;
  /* Rank 0 keeps its own index; only the others unpack what was sent. */
  char *data = NULL;
  if (root) {
    index_pack(dataset, &head);
    index_pack_paths(dataset, &head);
    status = head.failed ? fray_fail(err, FRAY_MEMORY, "out of memory") : FRAY_OK;
  }
  FRAY_TRY_TO(done, status, fray_comm_agree(comm, status, err));
  /* Both sides pass through the same calls in the same order whatever fails: a rank without memory
   * still takes part in the vote and leaves with the others. */
  uint64_t size = head.size;
  fray_comm_broadcast(comm, &size, sizeof size, 0);
  data = root ? head.data : fray_arena_alloc(&dataset->priv->arena, (size_t)size, 1);
  status = data ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  FRAY_TRY_TO(done, status, fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, data, (size_t)size, 0);
  if (!root)
    status = index_unpack(data, (size_t)size, dataset, err);
  status = fray_comm_agree(comm, status, err);
done:
  fray_text_free(&head);
  return status;
}

/* The texts were malloc'ed on rank 0, so they are everywhere: close frees them alike. */
static enum fray_status share_arrays(struct fray_dataset *dataset, struct fray_comm *comm,
                                     struct fray_err *err) {
  struct fray_dataset_private *priv = dataset->priv;
  struct index_array array[INDEX_MAX_ARRAYS];
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) != 0) {
    priv->source_text = malloc((size_t)priv->source_bytes);
    priv->client_text = malloc((size_t)priv->client_bytes);
    if (!priv->source_text || !priv->client_text)
      status = fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  size_t n = index_arrays(dataset, array);
  for (size_t i = 0; i < n; i++)
    fray_comm_broadcast(comm, *array[i].data, array[i].count * array[i].size, 0);
  return FRAY_OK;
}

enum fray_status index_share(struct fray_dataset *dataset, struct fray_comm *comm,
                             struct fray_err *err) {
  FRAY_TRY(share_head(dataset, comm, err));
  FRAY_TRY(share_arrays(dataset, comm, err));
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) != 0)
    status = index_names(dataset, err);
  /* Computed by each from what it holds: a broadcast that went wrong would show here. Before ranks
   * agree: a hash that lacked memory is no other index. */
  if (status == FRAY_OK)
    dataset->index_hash = index_hash(dataset);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_CHECK(fray_comm_same(comm, dataset->index_hash), err, INTERNAL,
             "the ranks hold different indices of the data set");
  return FRAY_OK;
}

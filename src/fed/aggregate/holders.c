/* Block-wise averaging: what belongs to a modality is averaged over the clients that hold it. */
#include "fray/fed/aggregate.h"

#include "fray/fed/exact.h"

/* Tensors of one block that lie side by side are one run: the first has `offset`, and what follows
 * the last of it begins at `end`. Padding between them goes along, and stays 0. */
bool fray_next_block(const struct fray_param_table *table, size_t *at, struct fray_block_run *out) {
  const size_t first = *at;
  if (first == table->n)
    return false;
  while (*at < table->n && table->v[*at].modality == table->v[first].modality)
    ++*at;
  out->modality = table->v[first].modality;
  out->offset = table->v[first].offset;
  out->n = (*at < table->n ? table->v[*at].offset : table->total) - out->offset;
  return true;
}

/* One exact sum for each run. A client that does not hold the block has weight 0 there, which adds
 * an integer 0: who holds what costs no other exchange, and the sum stays the same to the bit for
 * any ranks. */
enum fray_status fray_average_blocks(struct fray_comm *comm, const struct fray_param_table *table,
                                     const struct fray_updates *updates, size_t mine,
                                     const double *const *weight, struct fray_arena *arena,
                                     float *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const float **update;
  struct fray_block_run run;
  /* Pointers into the updates, moved from run to run: nothing of them is copied. */
  update = fray_arena_alloc(arena, mine + 1, sizeof *update);
  FRAY_TRY(fray_comm_agree(
      comm, update ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory (%zu updates)", mine),
      err));
  for (size_t at = 0; fray_next_block(table, &at, &run);) {
    for (size_t k = 0; k < mine; k++)
      update[k] = updates->update[k] + run.offset;
    FRAY_TRY(fray_exact_sum(comm, run.n, mine, update, weight[run.modality + 1], updates->members,
                            arena, out + run.offset, err));
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Updates cut by coordinate: each rank holds all members' values of its own coordinates. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"
#include "fray/fed/exact.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Ranks beyond the number of blocks get nothing: a block is cut for nobody, since sums over blocks
 * must not depend on where it was cut. */
struct fray_slice fray_slice_of(size_t total, int rank, int ranks) {
  const size_t blocks = fray_exact_blocks(total), r = (size_t)rank, n = (size_t)ranks;
  const size_t first = FRAY_MIN(blocks * r / n * FRAY_EXACT_BLOCK, total);
  const size_t end = FRAY_MIN(blocks * (r + 1) / n * FRAY_EXACT_BLOCK, total);
  return (struct fray_slice){.first = first, .n = end - first};
}

/* Where a rank's next update comes from and goes to; one entry per rank. */
struct wave {
  const void **send;
  void **recv;
  size_t *send_bytes, *recv_bytes, *next; /* next: first member not looked at yet */
};

/* Small, and made once for all waves. */
static enum fray_status start_wave(struct wave *w, size_t ranks, struct fray_arena *arena,
                                   struct fray_err *err) {
  FRAY_ALLOC_ZERO(w->send, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->recv, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->send_bytes, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->recv_bytes, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->next, arena, ranks, err);
  return FRAY_OK;
}

/* The next member that a rank hosts; members if there is no more. */
static size_t next_of(const struct fray_updates *u, size_t *next, int rank) {
  while (*next < u->members && u->host[*next] != rank)
    (*next)++;
  return *next < u->members ? (*next)++ : u->members;
}

/* One update of every rank on its way, in the pieces in which it lies: nothing is packed. False
 * when nobody had one left, which all ranks see alike. */
static bool next_wave(struct fray_comm *comm, const struct fray_updates *u,
                      const struct fray_slice *slice, struct wave *w, size_t k) {
  /* All ranks go through all hosts, so each knows what comes from whom without a word. */
  const int ranks = fray_comm_size(comm), me = fray_comm_rank(comm);
  bool any = false;
  for (int r = 0; r < ranks; r++) {
    const size_t member = next_of(u, &w->next[r], r);
    any = any || member < u->members;
    w->recv_bytes[r] = member < u->members ? slice->n * sizeof(float) : 0;
    w->recv[r] = slice->value + member * slice->n;
    if (r != me)
      continue;
    for (int to = 0; to < ranks; to++) {
      const struct fray_slice theirs = fray_slice_of(u->total, to, ranks);
      w->send_bytes[to] = member < u->members ? theirs.n * sizeof(float) : 0;
      w->send[to] = member < u->members ? u->update[k] + theirs.first : NULL;
    }
  }
  if (any)
    fray_comm_exchange(comm, w->send, w->send_bytes, w->recv, w->recv_bytes);
  return any;
}

enum fray_status fray_slice_gather(struct fray_comm *comm, const struct fray_updates *updates,
                                   struct fray_arena *arena, struct fray_slice *out,
                                   struct fray_err *err) {
  const int ranks = fray_comm_size(comm);
  struct wave wave = {0};
  *out = fray_slice_of(updates->total, fray_comm_rank(comm), ranks);
  out->members = updates->members;
  out->value = fray_arena_alloc(arena, updates->members * out->n + 1, sizeof *out->value);
  enum fray_status status =
      out->value ? start_wave(&wave, (size_t)ranks, arena, err)
                 : fray_fail(err, FRAY_MEMORY, "out of memory (%zu values of %zu updates)", out->n,
                             updates->members);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  for (size_t k = 0; next_wave(comm, updates, out, &wave, k);)
    k++;
  for (size_t i = 0; i < out->n * out->members; i++)
    if (!isfinite(out->value[i])) /* a rule that sorts or compares would let one decide */
      status = fray_fail(err, FRAY_INTERNAL, "update %zu of a cohort is not finite", i / out->n);
  return fray_comm_agree(comm, status, err);
}

/* Adds the inner products over one block, or what a part has of it; the lower half is enough. The
 * block stays in the cache while all pairs go over it. */
static void add_block(const struct fray_slice *s, size_t first, size_t size, double *gram) {
  for (size_t a = 0; a < s->members; a++)
    for (size_t b = 0; b <= a; b++) {
      const float *x = s->value + a * s->n + first, *y = s->value + b * s->n + first;
      double sum = 0;
      for (size_t i = 0; i < size; i++)
        sum += (double)x[i] * (double)y[i];
      gram[a * s->members + b] += sum;
    }
}

/* Addition of doubles has an order, and it must be that of the blocks whatever ranks hold them: so
 * the sum goes from rank to rank, each adding its blocks. Ranks wait for one another, but the table
 * is small beside the updates. */
void fray_slice_gram_parts(struct fray_comm *comm, const struct fray_slice *slice, size_t parts,
                           const size_t *end, double *gram) {
  const size_t n = slice->members;
  memset(gram, 0, parts * n * n * sizeof *gram);
  for (int r = 0; r < fray_comm_size(comm); r++) {
    for (size_t at = 0, part = 0; r == fray_comm_rank(comm) && at < slice->n;) {
      /* To the end of the block or of the part: both are the same for any ranks. */
      const size_t block = FRAY_EXACT_BLOCK - at % FRAY_EXACT_BLOCK;
      while (part + 1 < parts && end[part] <= slice->first + at)
        part++;
      const size_t left = part + 1 < parts ? end[part] - slice->first - at : block;
      const size_t size = FRAY_MIN(FRAY_MIN(block, left), slice->n - at);
      add_block(slice, at, size, gram + part * n * n);
      at += size;
    }
    fray_comm_broadcast(comm, gram, parts * n * n * sizeof *gram, r);
  }
  for (size_t part = 0; part < parts; part++)
    for (size_t a = 0; a < n; a++)
      for (size_t b = 0; b < a; b++)
        gram[part * n * n + b * n + a] = gram[part * n * n + a * n + b];
}

/* One part, which ends nowhere before the vectors do. */
void fray_slice_gram(struct fray_comm *comm, const struct fray_slice *slice, double *gram) {
  const size_t end = SIZE_MAX;
  fray_slice_gram_parts(comm, slice, 1, &end, gram);
}

/* Rank after rank: with a few megabytes in all it is not worth a ring. */
void fray_slice_share(struct fray_comm *comm, size_t total, float *out) {
  const int ranks = fray_comm_size(comm);
  for (int r = 0; r < ranks; r++) {
    const struct fray_slice theirs = fray_slice_of(total, r, ranks);
    fray_comm_broadcast(comm, out + theirs.first, theirs.n * sizeof *out, r);
  }
}

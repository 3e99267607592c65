/* Updates cut by coordinate: each rank holds all members' values of its own coordinates. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"
#include "fray/fed/exact.h"

#include <math.h>
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
  size_t *now;                            /* the member of this wave; members: none */
  float **place;                          /* (members) where another rank's update goes */
};

/* Made once for all waves. What this rank holds is looked at where it lies. */
static enum fray_status start_wave(struct fray_comm *comm, const struct fray_updates *u,
                                   struct wave *w, struct fray_slice *out, struct fray_arena *arena,
                                   struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(comm);
  size_t mine = 0;
  float *room;
  for (size_t i = 0; i < u->members; i++)
    mine += u->host[i] == fray_comm_rank(comm);
  FRAY_ALLOC(room, arena, (u->members - mine) * out->n + 1, err);
  FRAY_ALLOC(w->place, arena, u->members, err);
  FRAY_ALLOC(out->row, arena, u->members, err);
  FRAY_ALLOC(out->length2, arena, u->members, err);
  for (size_t i = 0; i < u->members; i++)
    FRAY_ALLOC(out->length2[i], arena, fray_exact_blocks(out->n) + 1, err);
  mine = 0;
  for (size_t i = 0; i < u->members; i++) {
    const bool is_here = u->host[i] == fray_comm_rank(comm);
    w->place[i] = is_here ? NULL : room;
    out->row[i] = is_here ? u->update[mine++] + out->first : room;
    room += is_here ? 0 : out->n;
  }
  FRAY_ALLOC_ZERO(w->send, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->recv, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->send_bytes, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->recv_bytes, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->next, arena, ranks, err);
  FRAY_ALLOC_ZERO(w->now, arena, ranks, err);
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
    const size_t member = w->now[r] = next_of(u, &w->next[r], r);
    any = any || member < u->members;
    w->recv_bytes[r] = r != me && member < u->members ? slice->n * sizeof(float) : 0;
    w->recv[r] = r != me && member < u->members ? w->place[member] : NULL;
    if (r != me)
      continue;
    for (int to = 0; to < ranks; to++) {
      const struct fray_slice theirs = fray_slice_of(u->total, to, ranks);
      w->send_bytes[to] = to != me && member < u->members ? theirs.n * sizeof(float) : 0;
      w->send[to] = member < u->members ? u->update[k] + theirs.first : NULL;
    }
  }
  if (any)
    fray_comm_exchange(comm, w->send, w->send_bytes, w->recv, w->recv_bytes);
  return any;
}

/* Squared lengths of an update's blocks; false if one of its values is not finite. The largest
 * square of a float is far from the largest double, so a length is finite where all values are. One
 * pass over memory for what is asked of every value and what products begin with. */
static bool measure_blocks(const struct fray_slice *slice, const float *x, double *length2) {
  bool finite = true;
  for (size_t at = 0; at < slice->n; at += FRAY_EXACT_BLOCK) {
    const double own = fray_gram_length2(FRAY_MIN(slice->n - at, (size_t)FRAY_EXACT_BLOCK), x + at);
    finite = finite && isfinite(own);
    length2[at / FRAY_EXACT_BLOCK] = own;
  }
  return finite;
}

enum fray_status fray_slice_gather(struct fray_comm *comm, const struct fray_updates *updates,
                                   struct fray_arena *arena, struct fray_slice *out,
                                   struct fray_err *err) {
  struct wave wave = {0};
  *out = fray_slice_of(updates->total, fray_comm_rank(comm), fray_comm_size(comm));
  out->members = updates->members;
  enum fray_status status = start_wave(comm, updates, &wave, out, arena, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  for (size_t k = 0; next_wave(comm, updates, out, &wave, k); k++)
    for (int r = 0; r < fray_comm_size(comm); r++) /* what has just come is still in the cache */
      if (wave.now[r] < out->members &&
          !measure_blocks(out, out->row[wave.now[r]], out->length2[wave.now[r]]))
        /* a rule that sorts or compares would let one decide */
        status = fray_fail(err, FRAY_INTERNAL, "update %zu of a cohort is not finite", wave.now[r]);
  return fray_comm_agree(comm, status, err);
}

/* Rank after rank: with a few megabytes in all it is not worth a ring. */
void fray_slice_share(struct fray_comm *comm, size_t total, float *out) {
  const int ranks = fray_comm_size(comm);
  for (int r = 0; r < ranks; r++) {
    const struct fray_slice theirs = fray_slice_of(total, r, ranks);
    fray_comm_broadcast(comm, out + theirs.first, theirs.n * sizeof *out, r);
  }
}

/* Schedule: who takes part in a round, and which rank hosts whom. */
#ifndef FRAY_FED_SCHEDULE_H
#define FRAY_FED_SCHEDULE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** Draws `count` of n clients without replacement, uniformly, ascending. eligible (n_eligible):
 *  client indices to draw from; source: (all clients) keys of their streams. A client's draw
 * depends on (seed, client source, round) only, so a client that leaves changes nobody else's draw.
 *  out (min(count, n_eligible)); returns that number. scratch: (n_eligible) entries. */
struct fray_draw {
  uint64_t value;
  uint32_t client;
};
size_t fray_sample_cohort(uint64_t seed, uint64_t round, const uint32_t *eligible,
                          size_t n_eligible, const uint64_t *source, size_t count,
                          struct fray_draw *scratch, uint32_t *out);

/** Cohorts given instead of drawn: round r (from 0) holds client[first[r]] .. client[first[r+1] -
 * 1], ascending. */
struct fray_cohort_schedule {
  size_t rounds;
  const size_t *first;    /* (rounds + 1) */
  const uint32_t *client; /* indices into the federated clients */
  uint64_t hash;          /* of all this */
};
/** Reads a CSV with the header `round,client`: rounds from 1, client names as in the partition.
 * Rows of rounds beyond `rounds` are ignored. INPUT with file and line: unknown client, a client
 * twice in a round, a round without a client. Memory from the arena. */
enum fray_status fray_cohorts_read(const char *path, size_t rounds, const char *const *names,
                                   size_t n_clients, struct fray_arena *arena,
                                   struct fray_cohort_schedule *out, struct fray_err *err);

/** Longest first: clients by falling cost (ties: lower position), each to the rank with the least
 *  work so far (ties: lower rank). rank (n): the host of each. load: (ranks) scratch. */
void fray_assign_ranks(const size_t *cost, size_t n, size_t ranks, uint64_t *load,
                       struct fray_draw *scratch, int *rank);

#endif

/* Schedule: who takes part in a round, and which rank hosts whom. */
#ifndef FRAY_FED_SCHEDULE_H
#define FRAY_FED_SCHEDULE_H

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

/** Longest first: clients by falling cost (ties: lower position), each to the rank with the least
 *  work so far (ties: lower rank). rank (n): the host of each. load: (ranks) scratch. */
void fray_assign_ranks(const size_t *cost, size_t n, size_t ranks, uint64_t *load,
                       struct fray_draw *scratch, int *rank);

#endif

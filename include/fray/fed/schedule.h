/* Schedule: who takes part in a round, and which rank hosts whom. */
#ifndef FRAY_FED_SCHEDULE_H
#define FRAY_FED_SCHEDULE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

struct fray_draw {
  uint64_t value;
  uint32_t client;
};
/** Draws `count` of n clients without replacement, uniformly, ascending. eligible (n_eligible):
 *  client indices to draw from; source: (all clients) keys of their streams. A client's draw
 * depends on (seed, client source, round) only, so a client that leaves changes nobody else's draw.
 *  out (min(count, n_eligible)); returns that number. scratch: (n_eligible) entries. O(n_eligible).
 */
size_t fray_sample_cohort(uint64_t seed, uint64_t round, const uint32_t *eligible,
                          size_t n_eligible, const uint64_t *source, size_t count,
                          struct fray_draw *scratch, uint32_t *out);

/** Above so many clients, a cohort of at most one in FRAY_SPARSE_SHARE is drawn by fray_sampler
 *  without touching the others. The numbers belong to the results: another bound, other cohorts. */
enum { FRAY_SPARSE_CLIENTS = 65536, FRAY_SPARSE_SHARE = 128 };

/** Cohorts of `count` from a population that stays, drawn as fray_sample_cohort does for small
 *  populations. For large ones (above) clients lie in cells by the leading bits of their source;
 *  a stream of (seed, round) names places, cell and slot, until enough eligible clients were found
 *  in them. Also uniform, without replacement and ascending, in O(count) whatever the population.
 *  Which clients there are, eligible or not, decides on the way and on the cells: so one that is no
 *  longer eligible changes nobody else's draw, and a smaller cohort is part of a larger one; but
 *  one that is not in the population at all moves those after it in its cell, and all when the
 *  number of cells changes. docs/decisions/0011-sampling-large-populations.md */
struct fray_sampler {
  size_t n_clients, n_eligible, count;
  const uint64_t *source; /* (clients) */
  uint32_t *eligible;     /* (eligible) ascending */
  struct fray_draw *scratch;
  int bits;                /* the cells are 2^bits; 0: there are none */
  uint32_t *first, *order; /* (cells + 1); (clients) by cell, then by source */
  uint8_t *taken;          /* (clients) 0: may still be drawn */
  uint32_t *rest;          /* (clients) scratch */
};
/** source (clients): distinct, borrowed. is_eligible (clients): 0 or 1.
 *  Memory from the arena: 20 bytes a client;
 *  large populations have 13 to 77 more (17 as a rule) and leave 20 untouched as a rule. */
enum fray_status fray_sampler_start(struct fray_sampler *sampler, size_t n_clients,
                                    const uint64_t *source, const uint8_t *is_eligible,
                                    size_t count, struct fray_arena *arena, struct fray_err *err);
/** Draws of others from now on: is_eligible (clients) is not kept. They change nobody's draw. */
void fray_sampler_turn_to(struct fray_sampler *sampler, const uint8_t *is_eligible);
/** out (min(count, eligible)); returns that number. */
size_t fray_sampler_draw(struct fray_sampler *sampler, uint64_t seed, uint64_t round,
                         uint32_t *out);

/** Cohorts given instead of drawn: round r (from 0) holds client[first[r]] .. client[first[r+1] -
 * 1], ascending. */
struct fray_cohort_schedule {
  size_t rounds;
  const size_t *first;    /* (rounds + 1) */
  const uint32_t *client; /* indices into the federated clients */
  uint64_t hash;          /* of all this */
};
/** Reads a CSV with the columns `round` and `client`: rounds from 1, client names as in the
 * partition, but for blanks at their ends and their Unicode form. text (size bytes and a NUL) is
 * changed. Rows of rounds beyond `rounds` are ignored. INPUT with file and line: no such table,
 * unknown client, a client twice in a round, a round without a client. Memory from the arena.
 * O(rows log rows + clients). */
enum fray_status fray_cohorts_parse(const char *name, char *text, size_t size, size_t rounds,
                                    const char *const *names, size_t n_clients,
                                    struct fray_arena *arena, struct fray_cohort_schedule *out,
                                    struct fray_err *err);
/** Likewise from a file of at most 256 MiB. */
enum fray_status fray_cohorts_read(const char *path, size_t rounds, const char *const *names,
                                   size_t n_clients, struct fray_arena *arena,
                                   struct fray_cohort_schedule *out, struct fray_err *err);

/** Longest first: clients by falling cost (ties: lower position), each to the rank with the least
 *  work so far (ties: lower rank). rank (n): the host of each. load: (ranks) scratch. */
void fray_assign_ranks(const size_t *cost, size_t n, size_t ranks, uint64_t *load,
                       struct fray_draw *scratch, int *rank);

#endif

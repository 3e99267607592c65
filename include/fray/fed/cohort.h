/* Cohorts: who is asked to take part in a round, and what comes of it. */
#ifndef FRAY_FED_COHORT_H
#define FRAY_FED_COHORT_H

#include "fray/fed/schedule.h"

#include <stdbool.h>

/** One client asked to take part in one round. */
struct fray_invitation {
  uint32_t client;
  double work;    /* share of its local steps that it makes, in [0, 1]: floor(work x steps) */
  double seconds; /* simulated, from the invitation to its answer; 0 where time is not simulated */
  bool returns;   /* false: nothing comes back, so it is not trained at all */
};

/** Where invitations come from. The same on every rank. */
struct fray_cohort_source {
  void *state;
  size_t most; /* invitations of a round at most */
  /** Invitations of a round (from 1), ascending by client and without repeats; only clients that
   *  have something to train on. out (most); returns how many. What it draws depends on seed and
   *  round alone, never on rounds drawn before: a resumed trial does not draw them. */
  size_t (*invite)(void *state, uint64_t seed, size_t round, struct fray_invitation *out);
};

/** `count` clients drawn uniformly without replacement (fray_sampler). source (clients) keys their
 *  streams, borrowed; is_able (clients): 0 for those who have nothing to train on. Arena memory. */
enum fray_status fray_cohorts_drawn(size_t n_clients, const uint64_t *source,
                                    const uint8_t *is_able, size_t count, struct fray_arena *arena,
                                    struct fray_cohort_source *out, struct fray_err *err);
/** Those of a schedule, less those who are not able. Borrows both; arena memory. */
enum fray_status fray_cohorts_given(const struct fray_cohort_schedule *schedule,
                                    const uint8_t *is_able, struct fray_arena *arena,
                                    struct fray_cohort_source *out, struct fray_err *err);

#endif

/* Cohorts: who is asked to take part in a round, and what comes of it. */
#ifndef FRAY_FED_COHORT_H
#define FRAY_FED_COHORT_H

#include "fray/fed/schedule.h"

#include <stdbool.h>

/** A place of a kept model that is none: the present model. */
enum { FRAY_PRESENT = 0 };

/** One client asked to take part in one round. */
struct fray_invitation {
  uint32_t client;
  double work;    /* share of its local steps that it makes, in [0, 1]: floor(work x steps) */
  double seconds; /* simulated, from the invitation to its answer; 0 where time is not simulated */
  bool returns;   /* false: nothing comes back, so it is not trained at all */
  bool late;      /* does not return since the server did not wait for it */
  /* Where training is asynchronous; zeros else. */
  size_t staleness; /* server updates since it received its model */
  size_t received;  /* place of that model from 1; FRAY_PRESENT: the one of now */
  size_t visit;     /* keys its random streams in place of the round; 0: the round does */
};

/** What is known of a round beside those who are listed. Set before `invite` is called: no time, no
 *  one else, nothing to keep. */
struct fray_gathering {
  double seconds; /* simulated, until the server goes on; NaN: when the slowest that returns has
                     come, if any has a time */
  size_t dropped, late; /* others who were asked and did not return, or too late */
  size_t keep;          /* place from 1 where the model that this round updates must be kept, since
                           some who have received it are still at work; 0: nowhere */
};

/** Where invitations come from. The same on every rank. */
struct fray_cohort_source {
  void *state;
  size_t most;    /* invitations of a round at most */
  size_t kept;    /* places for models of earlier rounds; 0: everybody has the present one */
  size_t clipped; /* clients whose chance to be reached would exceed 1 in some round */
  /** Invitations of a round (from 1), ascending by client and, but where training is asynchronous,
   *  without repeats; only clients that have something to train on. out (most); returns how many.
   *  What it draws depends on seed, round and whom it admits alone, never on rounds drawn before: a
   *  resumed trial does not draw them. */
  size_t (*invite)(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                   struct fray_gathering *about);
  /** From now on only those of admitted (clients, 0 or 1) are drawn, as if the others had nothing
   *  to train on; borrowed until the next call. NULL: the source cannot leave out any. */
  void (*admit)(void *state, const uint8_t *admitted);
};

/** `count` clients drawn uniformly without replacement (fray_sampler). source (clients) keys their
 *  streams, borrowed; is_able (clients): 0 for those who have nothing to train on. Arena memory. */
enum fray_status fray_cohorts_drawn(size_t n_clients, const uint64_t *source,
                                    const uint8_t *is_able, size_t count, struct fray_arena *arena,
                                    struct fray_cohort_source *out, struct fray_err *err);
/** The same with as many of some clients, those of `apart` (clients), in each round as is their
 * share of all who are able, rounded; both kinds drawn by themselves. */
enum fray_status fray_cohorts_stratified(size_t n_clients, const uint64_t *source,
                                         const uint8_t *is_able, const uint8_t *apart, size_t count,
                                         struct fray_arena *arena, struct fray_cohort_source *out,
                                         struct fray_err *err);
/** Each client by itself with the chance q in (0, 1], so cohorts of any size, empty ones too
 *  (Poisson sampling). Draws as above, by (seed, source, round): a larger q adds clients. source is
 *  borrowed, is_able is not. O(clients) a round. */
enum fray_status fray_cohorts_poisson(size_t n_clients, const uint64_t *source,
                                      const uint8_t *is_able, double q, struct fray_arena *arena,
                                      struct fray_cohort_source *out, struct fray_err *err);
/** Those of a schedule, less those who are not able. Borrows both; arena memory. */
enum fray_status fray_cohorts_given(const struct fray_cohort_schedule *schedule,
                                    const uint8_t *is_able, struct fray_arena *arena,
                                    struct fray_cohort_source *out, struct fray_err *err);

#endif

/* Who can be reached, and what comes of a visit: the draws that all sources of invitations share.
 */
#ifndef FED_AVAILABILITY_PRESENCE_H
#define FED_AVAILABILITY_PRESENCE_H

#include "fray/fed/availability.h"

struct presence {
  const struct fray_availability_config *config;
  const struct fray_crowd *crowd;
  const struct fray_reach_ops *reach;
  const struct fray_clock_ops *clock;
  void *clock_state;
  double *each;            /* (clients) of the kind of reachability */
  double *dropout;         /* (clients) */
  size_t clipped;          /* as of a source */
  const uint8_t *admitted; /* (clients) who may be asked now; NULL: all */
  uint64_t reach_key, drop_key, part_key;
  /* Of kinds that go on from round to round. */
  uint8_t *is_on; /* (clients) in round `at` */
  size_t at;      /* 0: no round yet */
  uint64_t seed;  /* of is_on */
};
/** Memory from the arena; config and crowd are borrowed. INPUT: what the data do not have. */
enum fray_status presence_start(struct presence *p, const struct fray_availability_config *config,
                                const struct fray_crowd *crowd, struct fray_arena *arena,
                                struct fray_err *err);
/** True if everybody who is able is always reachable. */
bool presence_is_full(const struct presence *p);
/** Makes ready for presence_is of that round. O(clients x rounds) of a kind that goes on from round
 *  to round when rounds are asked out of order, else O(clients) at most. */
void presence_turn_to(struct presence *p, uint64_t seed, size_t round);
/** Whether a client can be invited in the round that was turned to. visit: its number for the clock
 *  (the round, or of the client). */
bool presence_is(const struct presence *p, uint32_t client, size_t visit);
/** What comes of a visit: work, seconds, returns, late. With a deadline nobody takes longer; full:
 *  seconds without one, by which those that the deadline ends at the same moment are ordered. */
struct fray_invitation presence_visit(const struct presence *p, uint64_t seed, uint32_t client,
                                      size_t visit, double *full);

#endif

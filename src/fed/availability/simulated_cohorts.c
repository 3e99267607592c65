/* Rounds in which not all come: the server asks those who can be reached, more than it needs, and
 * goes on with the first of those who answer in time. */
#include "presence.h"

#include "fray/base/size.h"
#include "fray/fed/federation.h"

#include <math.h>
#include <stdlib.h>

struct arrival {
  double seconds, full;
  size_t at; /* in the round's invitations */
};
struct simulated {
  struct presence presence;
  const struct fray_cohort_source *given; /* NULL: drawn */
  struct fray_cohort_source all;          /* of all, if everybody is always reachable */
  size_t wanted, invited;                 /* a round: answers, invitations */
  uint32_t *reachable, *client;           /* (clients), (invited) */
  struct fray_draw *scratch;              /* (clients) */
  struct arrival *arrival;                /* (invited) */
  double *full;                           /* (invited) seconds without a deadline */
};

/* Whom the server asks; only their clients count. */
static size_t ask(struct simulated *s, uint64_t seed, size_t round, struct fray_invitation *out,
                  struct fray_gathering *about) {
  const struct fray_clients *clients = s->presence.crowd->clients;
  size_t n = 0;
  if (s->given || presence_is_full(&s->presence)) {
    const struct fray_cohort_source *source = s->given ? s->given : &s->all;
    return source->invite(source->state, seed, round, out, about);
  }
  presence_turn_to(&s->presence, seed, round);
  for (uint32_t c = 0; c < clients->n; c++)
    if (presence_is(&s->presence, c, round))
      s->reachable[n++] = c;
  n = fray_sample_cohort(seed, round, s->reachable, n, clients->source, s->invited, s->scratch,
                         s->client);
  for (size_t i = 0; i < n; i++)
    out[i] = (struct fray_invitation){.client = s->client[i]};
  return n;
}

/* Who answers first; equal times in the order of the clients. */
static int by_arrival(const void *a, const void *b) {
  const struct arrival *x = a, *y = b;
  if (x->seconds != y->seconds)
    return x->seconds < y->seconds ? -1 : 1;
  if (x->full != y->full) /* cut at the deadline */
    return x->full < y->full ? -1 : 1;
  return (x->at > y->at) - (x->at < y->at);
}

/* The round ends with the last answer that the server wants, or when it knows that no more will
 * come: at the deadline, where somebody is still missing then. */
static double close_round(struct simulated *s, size_t wanted, size_t n,
                          struct fray_invitation *out) {
  size_t came = 0;
  double longest = 0;
  for (size_t i = 0; i < n; i++) {
    longest = fmax(longest, out[i].seconds);
    if (out[i].returns)
      s->arrival[came++] = (struct arrival){out[i].seconds, s->full[i], i};
  }
  if (came < wanted)
    return longest;
  qsort(s->arrival, came, sizeof *s->arrival, by_arrival);
  for (size_t k = wanted; k < came; k++) {
    out[s->arrival[k].at].returns = false;
    out[s->arrival[k].at].late = true;
  }
  return wanted ? s->arrival[wanted - 1].seconds : longest;
}

/* The draws of a visit need no order, so that over-selection changes nobody else's. */
static size_t invite(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                     struct fray_gathering *about) {
  struct simulated *s = state;
  const size_t n = ask(s, seed, round, out, about);
  for (size_t i = 0; i < n; i++)
    out[i] = presence_visit(&s->presence, seed, out[i].client, round, &s->full[i]);
  if (!s->presence.clock->is_timed)
    return n;
  /* A file of cohorts names those that the server wants, all of them. */
  about->seconds = close_round(s, s->given ? n : s->wanted, n, out);
  return n;
}

/* Those who are left out are as if they could not be reached, and go on being there or not. */
static void admit(void *state, const uint8_t *admitted) {
  struct simulated *s = state;
  s->presence.admitted = admitted;
  if (s->all.admit)
    s->all.admit(s->all.state, admitted);
}

/* Room for a round is made at once: a round allocates nothing. */
enum fray_status fray_cohorts_simulated(const struct fray_availability_config *config,
                                        const struct fray_crowd *crowd,
                                        const struct fray_cohort_source *base, size_t wanted,
                                        struct fray_arena *arena, struct fray_cohort_source *out,
                                        struct fray_err *err) {
  const size_t clients = crowd->clients->n;
  struct simulated *s;
  FRAY_ALLOC_ZERO(s, arena, 1, err);
  FRAY_TRY(presence_start(&s->presence, config, crowd, arena, err));
  s->given = base;
  s->wanted = wanted;
  /* Rounded up, but for what is only the rounding of the product. */
  const double more = ceil((double)wanted * config->over_selection - 1e-9);
  s->invited = base ? base->most : (size_t)fmin(more, (double)clients);
  FRAY_ALLOC(s->arrival, arena, s->invited + 1, err);
  FRAY_ALLOC(s->full, arena, s->invited + 1, err);
  FRAY_ALLOC(s->client, arena, s->invited + 1, err);
  *out = (struct fray_cohort_source){
      .state = s, .most = s->invited, .clipped = s->presence.clipped, .invite = invite};
  if (base)
    return FRAY_OK;
  out->admit = admit; /* a file of cohorts is not drawn from */
  /* The same draw as without this section, which for very many clients looks at few. */
  if (presence_is_full(&s->presence))
    return fray_cohorts_drawn(clients, crowd->clients->source, crowd->is_able, s->invited, arena,
                              &s->all, err);
  FRAY_ALLOC(s->reachable, arena, clients + 1, err);
  FRAY_ALLOC(s->scratch, arena, clients + 1, err);
  return FRAY_OK;
}

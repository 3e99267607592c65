/* Clients that are always at work, and a server that is moved by every so many answers. Times of
 * arrival hang on durations alone, so the whole schedule is known without any training: which
 * client, with the model of which update, in which order. */
#include "presence.h"

#include "fray/base/size.h"
#include "fray/fed/federation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A visit under way. */
struct job {
  struct fray_invitation who;
  double finish, full; /* full: seconds without a deadline */
  size_t version;      /* server updates before it began */
  size_t place;        /* where its model is kept, from 1; FRAY_PRESENT: it is the present one */
};
struct busy {
  struct presence presence;
  size_t slots, arrivals;
  /* The schedule so far: as of after the update `done`. */
  uint64_t seed;
  size_t done;
  double now;
  uint64_t begun; /* visits so far */
  size_t n;
  struct job *job;         /* (slots) a heap, the next to finish on top */
  size_t *held;            /* (slots + 1) jobs that need the model of a place */
  uint8_t *is_busy;        /* (clients) */
  uint32_t *visits, *idle; /* (clients) so far; scratch */
  struct fray_draw *scratch;
};

/* Equal times: who would have taken less without a deadline, then the lower client. A client is at
 * work once at a time. */
static bool is_before(const struct job *a, const struct job *b) {
  if (a->finish != b->finish)
    return a->finish < b->finish;
  return a->full != b->full ? a->full < b->full : a->who.client < b->who.client;
}

/* The heap has room for all slots. */
static void push(struct busy *b, struct job job) {
  size_t at = b->n++;
  for (; at > 0 && is_before(&job, &b->job[(at - 1) / 2]); at = (at - 1) / 2)
    b->job[at] = b->job[(at - 1) / 2];
  b->job[at] = job;
}

/* There is one: asked for only while somebody is at work. */
static struct job pop(struct busy *b) {
  const struct job top = b->job[0], last = b->job[--b->n];
  size_t at = 0;
  for (size_t child; (child = 2 * at + 1) < b->n; at = child) {
    child += child + 1 < b->n && is_before(&b->job[child + 1], &b->job[child]);
    if (!is_before(&b->job[child], &last))
      break;
    b->job[at] = b->job[child];
  }
  b->job[at] = last;
  return top;
}

/* Gives work to idle clients until all slots are busy, or nobody is left who can be reached. All at
 * once, so that the first ones are drawn in one go. */
static void fill(struct busy *b, size_t version) {
  const struct fray_clients *clients = b->presence.crowd->clients;
  size_t n = 0;
  if (b->n == b->slots)
    return;
  presence_turn_to(&b->presence, b->seed, version + 1);
  for (uint32_t c = 0; c < clients->n; c++)
    if (!b->is_busy[c] && presence_is(&b->presence, c, b->visits[c] + 1))
      b->idle[n++] = c;
  /* Keyed by the visit's number: another draw each time. The front of the list is read no more when
   * it is written. */
  n = fray_sample_cohort(b->seed, b->begun + 1, b->idle, n, clients->source, b->slots - b->n,
                         b->scratch, b->idle);
  for (size_t i = 0; i < n; i++) {
    const uint32_t c = b->idle[i];
    struct job job = {.version = version};
    job.who = presence_visit(&b->presence, b->seed, c, ++b->visits[c], &job.full);
    job.finish = b->now + job.who.seconds;
    job.who.visit = b->visits[c]; /* its own count: who is numbered how must not matter */
    b->begun++;
    b->is_busy[c] = 1;
    push(b, job);
  }
}

/* As it all begins: nobody has done anything yet, all have the first model. */
static void restart(struct busy *b, uint64_t seed) {
  const size_t clients = b->presence.crowd->clients->n;
  b->seed = seed;
  b->done = b->n = 0;
  b->begun = 0;
  b->now = 0;
  memset(b->held, 0, (b->slots + 1) * sizeof *b->held);
  memset(b->is_busy, 0, clients);
  memset(b->visits, 0, clients * sizeof *b->visits);
  fill(b, 0);
}

/* A place for the model that the update replaces, if somebody is still at work on it; those that
 * nobody works on any more are free, also if they were read in this very round. */
static size_t keep(struct busy *b, size_t version) {
  size_t place = 1, n = 0;
  while (place <= b->slots && b->held[place])
    place++;
  for (size_t i = 0; i < b->n; i++) {
    if (b->job[i].version != version)
      continue;
    b->job[i].place = place;
    n++;
  }
  if (n == 0)
    return FRAY_PRESENT;
  b->held[place] = n; /* one is free: the others at work are fewer than there are places */
  return place;
}

/* As sources list them; of one client the earlier visit first.
 * The order of answers within a round means nothing to a sum; that of clients is the same on all
 * machines. */
static int by_client(const void *a, const void *b) {
  const struct fray_invitation *x = a, *y = b;
  if (x->client != y->client)
    return x->client < y->client ? -1 : 1;
  return (x->visit > y->visit) - (x->visit < y->visit);
}

/* One server update. A visit that comes to nothing makes room as well; where nothing ever comes
 * back the round is given up, with what there is. */
static size_t advance(struct busy *b, struct fray_invitation *out, struct fray_gathering *about) {
  const size_t version = b->done, patience = 100 * (b->arrivals + b->slots) + 1000;
  const double from = b->now;
  size_t n = 0;
  fill(b, version); /* who could not be reached a round ago may be back */
  for (size_t tries = 0; n < b->arrivals && b->n > 0 && tries < patience; tries++) {
    const struct job job = pop(b);
    b->now = job.finish;
    b->is_busy[job.who.client] = 0;
    if (job.place != FRAY_PRESENT)
      b->held[job.place]--;
    if (job.who.returns) {
      out[n] = job.who;
      out[n].staleness = version - job.version;
      out[n++].received = job.place;
    } else {
      about->late += job.who.late;
      about->dropped += !job.who.late;
    }
    /* The next one has the model of after this answer was counted. */
    fill(b, version + (n == b->arrivals));
  }
  about->seconds = b->now - from;
  about->keep = keep(b, version);
  b->done++;
  qsort(out, n, sizeof *out, by_client);
  return n;
}

/* A round that lies behind is reached by going through all of them again. */
static size_t invite(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                     struct fray_gathering *about) {
  struct busy *b = state;
  if (b->presence.at == 0 || seed != b->seed || round <= b->done)
    restart(b, seed);
  while (b->done + 1 < round) { /* rounds before, of a trial that goes on */
    struct fray_gathering passed = {0};
    advance(b, out, &passed);
  }
  return advance(b, out, about);
}

/* All room is made here: for the jobs, the places, and the lists of who is idle. */
enum fray_status fray_cohorts_busy(const struct fray_availability_config *config,
                                   const struct fray_crowd *crowd, size_t busy, size_t arrivals,
                                   struct fray_arena *arena, struct fray_cohort_source *out,
                                   struct fray_err *err) {
  const size_t clients = crowd->clients->n;
  struct busy *b;
  FRAY_ALLOC_ZERO(b, arena, 1, err);
  FRAY_TRY(presence_start(&b->presence, config, crowd, arena, err));
  b->slots = FRAY_MIN(busy, clients);
  b->arrivals = arrivals;
  FRAY_ALLOC(b->job, arena, b->slots + 1, err);
  FRAY_ALLOC_ZERO(b->held, arena, b->slots + 1, err);
  FRAY_ALLOC_ZERO(b->is_busy, arena, clients + 1, err);
  FRAY_ALLOC_ZERO(b->visits, arena, clients + 1, err);
  FRAY_ALLOC(b->idle, arena, clients + 1, err);
  FRAY_ALLOC(b->scratch, arena, clients + 1, err);
  *out = (struct fray_cohort_source){.state = b,
                                     .most = arrivals,
                                     .kept = b->slots,
                                     .clipped = b->presence.clipped,
                                     .invite = invite};
  return FRAY_OK;
}

/* The draws of availability: one stream for each client, round and purpose, so that no axis moves
 * another, and who is not asked moves nobody. */
#include "presence.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/federation.h"

#include <math.h>

/* A chance above 1 is 1: averages are then lower than the keys say, which the user is told. */
static void count_clipped(struct presence *p) {
  const void *params = p->config->reachable.kind.params;
  for (uint32_t c = 0; c < p->crowd->clients->n && !p->reach->is_always; c++) {
    const struct fray_draw_of of = {
        .source = p->crowd->clients->source[c], .client = c, .round = 1};
    const double most =
        p->reach->highest ? p->reach->highest(params) : p->reach->rate(params, p->each[c], &of);
    p->clipped += p->crowd->is_able[c] && most > 1 + 1e-9;
  }
}

/* What the data must have is asked for here, before the first round. */
enum fray_status presence_start(struct presence *p, const struct fray_availability_config *config,
                                const struct fray_crowd *crowd, struct fray_arena *arena,
                                struct fray_err *err) {
  const size_t n = crowd->clients->n;
  *p = (struct presence){.config = config,
                         .crowd = crowd,
                         .reach = config->reachable.kind.choice->impl,
                         .clock = config->time.kind.choice->impl,
                         .reach_key = fray_rng_purpose("availability/reachable"),
                         .drop_key = fray_rng_purpose("availability/dropout"),
                         .part_key = fray_rng_purpose("availability/partial")};
  FRAY_ALLOC_ZERO(p->each, arena, n + 1, err);
  FRAY_ALLOC(p->dropout, arena, n + 1, err);
  FRAY_TRY(fray_group_rates(&config->dropout, crowd, "training.availability.dropout", arena,
                            p->dropout, err));
  if (p->reach->prepare)
    FRAY_TRY(p->reach->prepare(config->reachable.kind.params, crowd, arena, p->each, err));
  if (p->reach->next)
    FRAY_ALLOC_ZERO(p->is_on, arena, n + 1, err);
  if (p->clock->prepare)
    FRAY_TRY(p->clock->prepare(config->time.kind.params, crowd, arena, &p->clock_state, err));
  count_clipped(p);
  return FRAY_OK;
}

bool presence_is_full(const struct presence *p) {
  return p->reach->is_always && !p->clock->is_there;
}

/* The key of all draws of a visit. */
static struct fray_draw_of draw_of(const struct presence *p, uint64_t seed, uint32_t client,
                                   size_t round) {
  return (struct fray_draw_of){
      .seed = seed, .source = p->crowd->clients->source[client], .client = client, .round = round};
}

/* Independent of the round before: the first of those that go on, and all of the others. */
static bool is_by_rate(const struct presence *p, uint64_t seed, uint32_t client, size_t round) {
  const struct fray_draw_of of = draw_of(p, seed, client, round);
  struct fray_rng rng = fray_rng_keyed(seed, p->reach_key, of.source, round, 0);
  return fray_rng_uniform(&rng) <
         p->reach->rate(p->config->reachable.kind.params, p->each[client], &of);
}

/* One round on. Those without data go on as well: who has some must not hang on damage. */
static void step(struct presence *p) {
  const size_t round = ++p->at;
  for (uint32_t c = 0; c < p->crowd->clients->n; c++) {
    struct fray_rng rng =
        fray_rng_keyed(p->seed, p->reach_key, p->crowd->clients->source[c], round, 0);
    p->is_on[c] = round == 1 ? is_by_rate(p, p->seed, c, 1)
                             : p->reach->next(p->config->reachable.kind.params, p->is_on[c],
                                              fray_rng_uniform(&rng));
  }
}

/* A round that lies behind is reached from the first one again, so that any order of rounds gives
 * the same: after a resume the rounds before are gone through in a moment. */
void presence_turn_to(struct presence *p, uint64_t seed, size_t round) {
  if (!p->reach->next) {
    p->seed = seed;
    p->at = round;
    return;
  }
  if (seed != p->seed || round < p->at)
    p->at = 0;
  p->seed = seed;
  while (p->at < round)
    step(p);
}

/* Who has nothing to train on is never there; then the clock is asked, which may know of no visit.
 */
bool presence_is(const struct presence *p, uint32_t client, size_t visit) {
  const struct fray_draw_of of = draw_of(p, p->seed, client, visit);
  if (!p->crowd->is_able[client] || (p->admitted && !p->admitted[client]))
    return false;
  if (p->clock->is_there && !p->clock->is_there(p->clock_state, &of))
    return false;
  if (p->reach->is_always)
    return true;
  return p->is_on ? p->is_on[client] : is_by_rate(p, p->seed, client, p->at);
}

/* Share of the work that it means to do, before any deadline. Two draws of one stream: whether it
 * is a part, and how large. */
static double work_of(const struct presence *p, const struct fray_draw_of *of) {
  const struct fray_partial_config *part = &p->config->partial;
  if (part->p == 0) /* nothing is drawn where nothing is asked for */
    return 1;
  struct fray_rng rng = fray_rng_keyed(of->seed, p->part_key, of->source, of->round, 0);
  if (fray_rng_uniform(&rng) >= part->p)
    return 1;
  return part->least + (part->most - part->least) * fray_rng_uniform(&rng);
}

/* Whether it trained or not makes no difference to anybody: nothing is sent. */
static bool drops_out(const struct presence *p, const struct fray_draw_of *of) {
  if (p->dropout[of->client] == 0)
    return false;
  struct fray_rng rng = fray_rng_keyed(of->seed, p->drop_key, of->source, of->round, 0);
  return fray_rng_uniform(&rng) < p->dropout[of->client];
}

/* The server learns of a dropout when the answer would have come, or at the deadline. */
struct fray_invitation presence_visit(const struct presence *p, uint64_t seed, uint32_t client,
                                      size_t visit, double *full) {
  const struct fray_draw_of of = draw_of(p, seed, client, visit);
  struct fray_invitation who = {.client = client, .work = work_of(p, &of), .returns = true};
  const double deadline = p->config->deadline;
  who.seconds = *full = p->clock->seconds(p->clock_state, &of, who.work);
  who.returns = !drops_out(p, &of);
  if (isnan(deadline) || who.seconds <= deadline)
    return who;
  /* floor(E min(1, D / t)) whole steps; a client without any sends nothing. */
  if (p->config->late == FRAY_LATE_PARTIAL)
    who.work *= deadline / who.seconds;
  else if (who.returns) {
    who.returns = false;
    who.late = true;
  }
  who.seconds = deadline;
  return who;
}

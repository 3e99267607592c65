/* The two sources of invitations in which everybody who is asked comes: a uniform draw, and a
 * schedule that was given. */
#include "fray/fed/cohort.h"

#include "fray/base/size.h"

#include <string.h>

struct drawn {
  struct fray_sampler sampler;
  uint32_t *client;              /* (most) */
  uint8_t *is_able, *is_welcome; /* (clients) at all; of these, now */
};

/* Time is not simulated here, and nobody fails. */
static struct fray_invitation invitation_of(uint32_t client) {
  return (struct fray_invitation){.client = client, .work = 1.0, .returns = true};
}

static size_t draw(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                   struct fray_gathering *about) {
  (void)about;
  struct drawn *d = state;
  const size_t n = fray_sampler_draw(&d->sampler, seed, round, d->client);
  for (size_t i = 0; i < n; i++)
    out[i] = invitation_of(d->client[i]);
  return n;
}

static void admit(void *state, const uint8_t *admitted) {
  struct drawn *d = state;
  for (size_t c = 0; c < d->sampler.n_clients; c++)
    d->is_welcome[c] = d->is_able[c] && admitted[c];
  fray_sampler_turn_to(&d->sampler, d->is_welcome);
}

enum fray_status fray_cohorts_drawn(size_t n_clients, const uint64_t *source,
                                    const uint8_t *is_able, size_t count, struct fray_arena *arena,
                                    struct fray_cohort_source *out, struct fray_err *err) {
  struct drawn *d;
  FRAY_ALLOC_ZERO(d, arena, 1, err);
  FRAY_ALLOC(d->client, arena, count + 1, err);
  FRAY_ALLOC(d->is_able, arena, n_clients + 1, err);
  FRAY_ALLOC(d->is_welcome, arena, n_clients + 1, err);
  memcpy(d->is_able, is_able, n_clients);
  FRAY_TRY(fray_sampler_start(&d->sampler, n_clients, source, is_able, count, arena, err));
  *out = (struct fray_cohort_source){.state = d, .most = count, .invite = draw, .admit = admit};
  return FRAY_OK;
}

/* Two draws, and one list in the order of clients. */
struct strata {
  struct fray_sampler one, other;
  uint32_t *client, *others; /* (most) each */
};

/* Merged by index: a round is in the order of its clients, as any other. */
static size_t draw_strata(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                          struct fray_gathering *about) {
  (void)about;
  struct strata *s = state;
  const size_t n = s->one.count ? fray_sampler_draw(&s->one, seed, round, s->client) : 0;
  const size_t m = s->other.count ? fray_sampler_draw(&s->other, seed, round, s->others) : 0;
  for (size_t i = 0, k = 0; i < n || k < m;) {
    const bool first = k == m || (i < n && s->client[i] < s->others[k]);
    out[i + k] = invitation_of(first ? s->client[i] : s->others[k]);
    i += first;
    k += !first;
  }
  return n + m;
}

/* Rounded to the nearest, a half upwards: of one in forty and ten a round nobody comes. */
enum fray_status fray_cohorts_stratified(size_t n_clients, const uint64_t *source,
                                         const uint8_t *is_able, const uint8_t *apart, size_t count,
                                         struct fray_arena *arena, struct fray_cohort_source *out,
                                         struct fray_err *err) {
  struct strata *s;
  uint8_t *here, *there;
  size_t able = 0, others = 0;
  FRAY_ALLOC_ZERO(s, arena, 1, err);
  FRAY_ALLOC(s->client, arena, count + 1, err);
  FRAY_ALLOC(s->others, arena, count + 1, err);
  FRAY_ALLOC(here, arena, n_clients + 1, err);
  FRAY_ALLOC(there, arena, n_clients + 1, err);
  for (size_t c = 0; c < n_clients; c++) {
    there[c] = is_able[c] && apart[c];
    here[c] = is_able[c] && !apart[c];
    able += is_able[c] != 0;
    others += there[c];
  }
  count = FRAY_MIN(count, able);
  const size_t of_others = able ? (2 * count * others + able) / (2 * able) : 0;
  FRAY_TRY(fray_sampler_start(&s->one, n_clients, source, here, count - of_others, arena, err));
  FRAY_TRY(fray_sampler_start(&s->other, n_clients, source, there, of_others, arena, err));
  *out = (struct fray_cohort_source){.state = s, .most = count, .invite = draw_strata};
  return FRAY_OK;
}

struct given {
  const struct fray_cohort_schedule *schedule;
  const uint8_t *is_able;
};

/* Damage may have left someone on the schedule without a usable sample. */
static size_t look_up(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                      struct fray_gathering *about) {
  (void)seed, (void)about;
  const struct given *g = state;
  const struct fray_cohort_schedule *s = g->schedule;
  size_t n = 0;
  for (size_t i = s->first[round - 1]; i < s->first[round]; i++)
    if (g->is_able[s->client[i]])
      out[n++] = invitation_of(s->client[i]);
  return n;
}

/* schedule and is_able are borrowed and must outlive the source. Neither is drawn from, so the seed
 * changes nothing. */
enum fray_status fray_cohorts_given(const struct fray_cohort_schedule *schedule,
                                    const uint8_t *is_able, struct fray_arena *arena,
                                    struct fray_cohort_source *out, struct fray_err *err) {
  struct given *g;
  FRAY_ALLOC(g, arena, 1, err);
  *g = (struct given){.schedule = schedule, .is_able = is_able};
  *out = (struct fray_cohort_source){.state = g, .invite = look_up};
  /* The largest round, before those who are not able are left out: buffers may be larger, never
   * smaller. */
  for (size_t k = 0; k < schedule->rounds; k++)
    out->most = FRAY_MAX(out->most, schedule->first[k + 1] - schedule->first[k]);
  return FRAY_OK;
}

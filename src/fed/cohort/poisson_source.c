/* Cohorts in which each client is or is not, by itself: what the accounting of privacy goes by. */
#include "fray/base/rng.h"
#include "fray/fed/cohort.h"

#include <math.h>
#include <string.h>

struct tossed {
  size_t n_clients, most;
  double q;
  const uint64_t *source; /* (clients) */
  uint8_t *is_able;       /* (clients) */
};

/* One draw a client and round, compared with q: a larger q has the smaller one's cohort and others,
 * and a client that leaves moves nobody. */
static size_t toss(void *state, uint64_t seed, size_t round, struct fray_invitation *out,
                   struct fray_gathering *about) {
  (void)about;
  const struct tossed *t = state;
  const uint64_t purpose = fray_rng_purpose("cohort/poisson");
  size_t n = 0;
  for (size_t c = 0; c < t->n_clients && n < t->most; c++) {
    struct fray_rng rng = fray_rng_keyed(seed, purpose, t->source[c], round, 0);
    if (t->is_able[c] && fray_rng_uniform(&rng) < t->q)
      out[n++] = (struct fray_invitation){.client = (uint32_t)c, .work = 1.0, .returns = true};
  }
  return n;
}

/* Room for twelve standard deviations and 24 more, which Bernstein's inequality leaves a chance
 * below 1e-15 at the worst, and Poisson's law one below 1e-40: the cut is no part of any epsilon.
 */
enum fray_status fray_cohorts_poisson(size_t n_clients, const uint64_t *source,
                                      const uint8_t *is_able, double q, struct fray_arena *arena,
                                      struct fray_cohort_source *out, struct fray_err *err) {
  struct tossed *t;
  const double mean = q * (double)n_clients;
  FRAY_ALLOC_ZERO(t, arena, 1, err);
  FRAY_ALLOC(t->is_able, arena, n_clients + 1, err);
  memcpy(t->is_able, is_able, n_clients);
  t->n_clients = n_clients;
  t->q = q;
  t->source = source;
  t->most = (size_t)fmin((double)n_clients, ceil(mean + 12 * sqrt(mean) + 24));
  *out = (struct fray_cohort_source){.state = t, .most = t->most, .invite = toss};
  return FRAY_OK;
}

/* Keys of the clients of a round: what each draws, what two agree on, and what shares reveal.
 *
 * Agreement is that of Diffie and Hellman in the integers modulo 2^61 - 1, of which 37 is the least
 * generator: a key can be revealed, and with it all that follows from it, as in the protocol. In a
 * group of this size anybody can find a key from what is public. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/secure.h"
#include "modular.h"

#include <string.h>

enum { GENERATOR = 37 };

/* The two secrets of a client, each with shares of its own. */
static const char *const purpose[] = {"secure/key", "secure/self"};
static const char *const sharing[] = {"secure/key/shares", "secure/self/shares"};
enum { KEY, SELF };

/* From 1, so that no public key is 1. */
static uint64_t secret_of(const struct fray_secure_keys *keys, size_t i, int which) {
  struct fray_rng rng = fray_rng_for(keys->seed, purpose[which], keys->source[i], keys->when[i], 0);
  return 1 + fray_rng_below(&rng, FRAY_SHAMIR_PRIME - 1);
}

enum fray_status fray_secure_keys_make(uint64_t seed, size_t n, size_t threshold,
                                       const uint64_t *source, const uint64_t *when,
                                       struct fray_arena *arena, struct fray_secure_keys *out,
                                       struct fray_err *err) {
  *out = (struct fray_secure_keys){
      .n = n, .threshold = threshold, .seed = seed, .source = source, .when = when};
  FRAY_ALLOC(out->public_key, arena, n, err);
  for (size_t i = 0; i < n; i++)
    out->public_key[i] = secure_power(GENERATOR, secret_of(out, i, KEY));
  return FRAY_OK;
}

/* 37^(key of i x key of j), from either side. */
static void agree(const struct fray_secure_keys *keys, size_t i, uint64_t secret,
                  uint64_t *stream) {
  for (size_t j = 0; j < keys->n; j++)
    stream[j] = j == i ? 0 : secure_power(keys->public_key[j], secret);
}

void fray_secure_own_streams(const struct fray_secure_keys *keys, size_t i, uint64_t *stream) {
  agree(keys, i, secret_of(keys, i, KEY), stream);
  stream[i] = secret_of(keys, i, SELF);
}

/* Client i gave each other a share of each secret when keys were exchanged; only those that are
 * asked for are formed. The place among the invited, from 1, is the x of a share. The first of
 * those who sent answer: any would do. */
static uint64_t join(const struct fray_secure_keys *keys, size_t i, int which, const uint8_t *sent,
                     uint64_t *coefficient, uint64_t *x, uint64_t *share) {
  const uint64_t secret = secret_of(keys, i, which);
  struct fray_rng rng = fray_rng_for(keys->seed, sharing[which], keys->source[i], keys->when[i], 0);
  size_t got = 0;
  for (size_t k = 1; k < keys->threshold; k++)
    coefficient[k - 1] = fray_rng_below(&rng, FRAY_SHAMIR_PRIME);
  for (size_t j = 0; j < keys->n && got < keys->threshold; j++) {
    if (!sent[j])
      continue;
    x[got] = j + 1;
    share[got++] = fray_shamir_share(secret, keys->threshold, coefficient, j + 1);
  }
  return fray_shamir_join(keys->threshold, x, share);
}

enum fray_status fray_secure_revealed(const struct fray_secure_keys *keys, size_t i,
                                      const uint8_t *sent, struct fray_arena *scratch,
                                      uint64_t *stream, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  uint64_t *coefficient, *x, *share;
  FRAY_ALLOC(coefficient, scratch, keys->threshold, err);
  FRAY_ALLOC(x, scratch, keys->threshold, err);
  FRAY_ALLOC(share, scratch, keys->threshold, err);
  memset(stream, 0, keys->n * sizeof *stream);
  /* One of the two, never both: with both its update could be read. */
  if (sent[i])
    stream[i] = join(keys, i, SELF, sent, coefficient, x, share);
  else
    agree(keys, i, join(keys, i, KEY, sent, coefficient, x, share), stream);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

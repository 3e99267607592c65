/* Secure aggregation (Bonawitz et al. 2017, "Practical Secure Aggregation"), simulated: clients
 * send their quantised updates behind masks that cancel in the sum, so that the server sees sums
 * only.
 *
 * It is a simulation. Keys and masks come from the random streams of the trial and the group in
 * which clients agree has 61 bits: nothing here is cryptography, and nobody is protected by it.
 * What it shows: that a method works with sums alone, what the protocol sends and computes, and
 * what clients cost that fall out of it.
 *
 * A value x with weight w becomes q = floor(w clip(x) 2^exponent + 1/2), clip to +-clip. Of n
 * clients that shared keys client i sends, modulo 2^64, y_i = q_i + b_i + sum_{j > i} m_ij - sum_{j
 * < i} m_ji, b_i its self mask, m_ij a mask that i and j alone can expand. Of those who sent, b_i
 * is revealed; of those who fell out the key, from which all m_ij follow; never both of one client.
 */
#ifndef FRAY_FED_SECURE_H
#define FRAY_FED_SECURE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Section `training.secure_aggregation`. */
struct fray_secure_config {
  int protocol;                 /* enum fray_secure_protocol */
  double clip;                  /* public: of a coordinate of an update */
  int64_t exponent;             /* public: steps of 2^-exponent */
  double heaviest;              /* public: the largest weight of a client */
  struct fray_amount threshold; /* of those who shared keys, that must be left */
};
/** OPEN: the same sum of the same integers, sent as they are: what masks cost beside it. */
enum fray_secure_protocol { FRAY_SECURE_NONE, FRAY_SECURE_MASKED, FRAY_SECURE_OPEN };
extern const struct fray_table fray_secure_table;

/** True if updates are added as integers on the public grid, masked or not. */
static inline bool fray_secure_is_on(const struct fray_secure_config *config) {
  return config->protocol != FRAY_SECURE_NONE;
}
static inline bool fray_secure_hides(const struct fray_secure_config *config) {
  return config->protocol == FRAY_SECURE_MASKED;
}
/** Clients of n that must have sent for their sum to be unmasked: at least 2, as a sum of one is an
 *  update; a fraction is rounded up. Where nothing is masked, 1. */
size_t fray_secure_threshold(const struct fray_secure_config *config, size_t n);
/** INPUT: no round of so many clients can be added, since the sum could overflow or the threshold
 * is more than there are. */
enum fray_status fray_secure_fits(const struct fray_secure_config *config, size_t clients,
                                  struct fray_err *err);

/* ---- the grid ---- */

/** sum (n) of one client: its integers modulo 2^64. weight: 0 or more, at most `heaviest`. Returns
 *  how many of x were cut at the clip. x (n): finite. */
size_t fray_secure_quantise(const struct fray_secure_config *config, size_t n, const float *x,
                            double weight, uint64_t *out);
/** A number that goes beside the update, within +-most. */
uint64_t fray_secure_number(const struct fray_secure_config *config, double x, double most);
/** The largest number that so many clients can add without overflow. */
double fray_secure_most(const struct fray_secure_config *config, size_t clients);
/** out (n) = factor x the sum, taken for a signed one, on the grid. */
void fray_secure_decode(const struct fray_secure_config *config, size_t n, const uint64_t *sum,
                        double factor, float *out);
double fray_secure_decoded(const struct fray_secure_config *config, uint64_t sum);

/* ---- masks ---- */

/** Masks that one client can expand, or whoever its key was revealed to. */
struct fray_secure_masks {
  const void *of;
  /** Adds to y (n) the values first .. first + n - 1 of the mask that it shares with client j, or,
   *  with itself, of its self mask; takes them off if so told. */
  void (*add)(const void *of, size_t j, size_t first, size_t n, bool off, uint64_t *y);
};
/** Masks what client i of n sends: y (length). */
void fray_secure_mask(const struct fray_secure_masks *masks, size_t i, size_t n, size_t length,
                      uint64_t *y);
/** Takes off the sum (length) of those who sent what is left of client i in it: its self mask if it
 *  sent itself, else its masks with those who did. sent (n): who did. */
void fray_secure_unmask(const struct fray_secure_masks *masks, size_t i, size_t n,
                        const uint8_t *sent, size_t length, uint64_t *sum);

/* ---- keys and shares ---- */

#define FRAY_SHAMIR_PRIME (((uint64_t)1 << 61) - 1)
/** The share for x of a secret: its value there of the polynomial with these coefficients of x,
 * x^2,
 *  ... (threshold - 1). All below the prime, x from 1. */
uint64_t fray_shamir_share(uint64_t secret, size_t threshold, const uint64_t *coefficient,
                           uint64_t x);
/** The secret of `threshold` shares of different x. */
uint64_t fray_shamir_join(size_t threshold, const uint64_t *x, const uint64_t *share);

/** Keys of the clients of one round, in the order of their invitations. */
struct fray_secure_keys {
  size_t n, threshold;
  uint64_t seed;
  const uint64_t *source, *when; /* (n) key their streams: a client, and its visit */
  uint64_t *public_key;          /* (n) what all know */
};
/** Makes the public keys. Arena memory; borrows source and when. n >= 1. */
enum fray_status fray_secure_keys_make(uint64_t seed, size_t n, size_t threshold,
                                       const uint64_t *source, const uint64_t *when,
                                       struct fray_arena *arena, struct fray_secure_keys *out,
                                       struct fray_err *err);
/** Seeds of client i's masks, by what it knows itself: of those with the others, and at i of its
 *  self mask. stream (n). */
void fray_secure_own_streams(const struct fray_secure_keys *keys, size_t i, uint64_t *stream);
/** Seeds that follow of client i from shares of those who sent: its self mask alone if it did, else
 *  its masks with the others, and not its self mask. At least `threshold` sent. scratch: rewound.
 *  stream (n); those that stay hidden are 0. */
enum fray_status fray_secure_revealed(const struct fray_secure_keys *keys, size_t i,
                                      const uint8_t *sent, struct fray_arena *scratch,
                                      uint64_t *stream, struct fray_err *err);
/** Masks of given seeds: Philox4x32-10 with the key seed, 32 blocks beside one another. stream (n),
 *  borrowed; first is then a multiple of 64. */
struct fray_secure_masks fray_secure_masks_of(const uint64_t *stream);

/* ---- what it sends ---- */

/** Bytes that a client of n sends beside the values: up to the keys' exchange, and, if it sends the
 *  values, when masks are taken off; and what it is sent. 0 where nothing is masked. */
struct fray_secure_bytes {
  double keys, reveal;    /* up */
  double down, survivors; /* down: to all who share keys; to those who sent */
};
struct fray_secure_bytes fray_secure_bytes_of(const struct fray_secure_config *config, size_t n);
/** Bytes of memory that a rank needs for a round of n clients that send so many values. */
double fray_secure_memory(const struct fray_secure_config *config, size_t n, double length);

#endif

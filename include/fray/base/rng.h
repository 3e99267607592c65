/* Random streams by meaning, never by order of use.
 *
 * Generator: Random123 Philox4x64-10 (Salmon et al. 2011). The key is (seed, hash of the purpose),
 * the counter is (who, when, step, draw), so a value depends on what it is for and on nothing else:
 * not on ranks, schedule, or other draws. */
#ifndef FRAY_BASE_RNG_H
#define FRAY_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct fray_rng {
  uint64_t key[2];     /* seed, hash of the purpose */
  uint64_t counter[4]; /* who, when, step, draw block */
  uint64_t block[4];
  unsigned left; /* values left in block */
};

/** Stream for `purpose` (a fixed text, or text + "/" + instance id), `who` (client or sample
 *  source), `when` (round or epoch) and `step` (batch, modality index, layer). */
struct fray_rng fray_rng_for(uint64_t seed, const char *purpose, uint64_t who, uint64_t when,
                             uint64_t step);
/** The same from a purpose hashed once by fray_rng_purpose, for inner loops. */
struct fray_rng fray_rng_keyed(uint64_t seed, uint64_t purpose, uint64_t who, uint64_t when,
                               uint64_t step);
uint64_t fray_rng_purpose(const char *purpose);

uint64_t fray_rng_u64(struct fray_rng *rng);
/** The next n of them, as n calls give them. */
void fray_rng_fill(struct fray_rng *rng, size_t n, uint64_t *out);
/** Uniform on [0, 1), 53 bits. */
double fray_rng_uniform(struct fray_rng *rng);
/** Uniform on 0 .. n-1, without bias (Lemire 2019); n >= 1. */
uint64_t fray_rng_below(struct fray_rng *rng, uint64_t n);
/** Standard normal (Box-Muller, one value per call). */
double fray_rng_normal(struct fray_rng *rng);
/** Gamma(shape, 1), shape > 0 (Marsaglia & Tsang 2000). */
double fray_rng_gamma(struct fray_rng *rng, double shape);
/** Dirichlet(alpha, ..., alpha) of n parts into out (n). */
void fray_rng_dirichlet(struct fray_rng *rng, double alpha, size_t n, double *out);
/** Fisher-Yates shuffle of n 32-bit indices. */
void fray_rng_shuffle(struct fray_rng *rng, uint32_t *items, size_t n);

#endif

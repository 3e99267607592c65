/* A small made-up data set and its populations, for the tests of corruptions. */
#ifndef FRAY_TESTS_CORRUPT_WORLD_H
#define FRAY_TESTS_CORRUPT_WORLD_H

#include "fray/corrupt/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 6600 samples, 6 classes of 1100 each in steps (label = s mod 6), modalities acc and gyro, groups
 * accent (s mod 3) and voice, 60 clients of unequal size.  With holes: gyro is absent where
 * s mod 10 = 7, the label where s mod 11 = 5 (so the classes stay balanced). */
enum { WORLD_SAMPLES = 6600, WORLD_CLASSES = 6, WORLD_CLIENTS = 60 };
struct world {
  struct fray_arena arena;
  struct fray_dataset dataset;
  struct fray_group group[2];
};
void world_make(struct world *world, bool holes);
void world_free(struct world *world);

/** Population of all samples. shuffle 0: in order, else a seed: samples and the numbers of clients
 * are permuted (the clients themselves stay). */
struct fray_population world_population(struct world *world, bool train, uint64_t shuffle);
/** As above, but dealt to n_clients other clients, in order, `block` samples at a time. */
struct fray_population world_dealt(struct world *world, bool train, size_t n_clients, size_t block);

/** Reads one entry from YAML; err->status says whether it was refused. */
const struct fray_corruption_config *world_entry(struct world *world, const char *yaml,
                                                 struct fray_err *err);
/** Reads it and applies it to a fresh damage state; the test fails on any error. */
struct fray_damage world_corrupt(struct world *world, const struct fray_population *population,
                                 uint64_t seed, const char *yaml, struct fray_realised *realised);
/** Damage by sample of the data set instead of by place in the population. */
struct fray_damage world_by_sample(struct world *world, const struct fray_population *population,
                                   const struct fray_damage *damage);
void world_assert_same(const struct fray_damage *a, const struct fray_damage *b);

/** |share - p| <= sigmas * sqrt(p (1 - p) / n). */
void world_assert_share(double hits, double n, double p, double sigmas);
#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

#endif

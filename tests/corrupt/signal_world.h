/* A small made-up data set of pictures and sound, whose raw values tests make themselves. */
#ifndef FRAY_TESTS_CORRUPT_SIGNAL_WORLD_H
#define FRAY_TESTS_CORRUPT_SIGNAL_WORLD_H

#include "fray/corrupt/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Pictures of three sizes, each with a table of severities of its own, ragged sound, ragged series
 * of an accelerometer and a gyroscope, English sentences, feature vectors. A sample lacks the sound
 * and all that follows it where s mod 10 = 7. 2000 samples, 20 clients, s mod 20. */
enum {
  SIGNAL_SAMPLES = 2000,
  SIGNAL_CLIENTS = 20,
  DIGIT = 0,
  PHOTO,
  SCENE,
  SOUND,
  MOTION,
  WORDS,
  VECTOR,
  SIGNAL_MODALITIES,
  SIGNAL_ODD = 6 /* values that are hardly values, see signal_world_odd */
};
struct signal_world {
  struct fray_arena arena, scratch; /* scratch: of values while they are damaged */
  struct fray_dataset dataset;
};
void signal_world_make(struct signal_world *world);
void signal_world_free(struct signal_world *world);
/** Population of all samples; shuffle 0: in order, else a seed. */
struct fray_population signal_world_population(struct signal_world *world, bool train,
                                               uint64_t shuffle);
/** What an entry, given as YAML, declares of more strength. */
unsigned signal_world_nests(struct signal_world *world, const char *yaml);
/** Damage by one entry, given as YAML; the test fails on any error. */
struct fray_damage signal_world_corrupt(struct signal_world *world,
                                        const struct fray_population *population, uint64_t seed,
                                        const char *yaml, struct fray_realised *realised);
/** Damage by n entries, in their order. */
struct fray_damage signal_world_corrupt_by(struct signal_world *world,
                                           const struct fray_population *population, uint64_t seed,
                                           const char *const *yaml, size_t n);
/** The undamaged raw value: pictures with edges at all scales, tones with pauses. Arena memory. */
struct fray_signal signal_world_value(struct signal_world *world, size_t sample, size_t modality);
/** Values of donors come from signal_world_value, as no shard holds them; user: the world. */
fray_value_reader signal_world_read;
void signal_world_lend(struct signal_world *world, struct fray_damage *damage);
/** The same as the plan damages it. */
struct fray_signal signal_world_damaged(struct signal_world *world,
                                        const struct fray_signal_plan *plan, size_t sample,
                                        size_t modality);
/** Damages a value as if it were that of a sample; its memory is taken anew if it has to grow. */
void signal_world_damage(struct signal_world *world, const struct fray_signal_plan *plan,
                         size_t sample, size_t modality, struct fray_signal *x);
/** The k-th odd value of a modality: one number, all 0, all at the upper end, one step or pixel
 * row, a large constant; of texts one letter, blanks, signs, bytes beyond ASCII. */
struct fray_signal signal_world_odd(struct signal_world *world, size_t k, size_t modality);
/** Numbers of a value; 0 of a text. */
size_t signal_world_size(const struct fray_signal *x);
/** Mean absolute difference; of texts the edit distance. */
double signal_world_distance(const struct fray_signal *a, const struct fray_signal *b);

#endif

/* Pictures of the collection of fixtures, beside what published code made of them. */
#ifndef FRAY_TESTS_CORRUPT_PICTURE_FIXTURE_H
#define FRAY_TESTS_CORRUPT_PICTURE_FIXTURE_H

#include "fray/corrupt/signal.h"
#include "fray/h5/h5.h"

/** One output: data set `path` of (severities, pictures, height, width(, channels)) numbers. */
struct picture_outputs {
  size_t severities, pictures, height, width, channels;
  char folder[128]; /* of the path */
  float *x;         /* grey levels 0 .. 255; arena memory */
};
/** Reads the outputs at a path, whatever their number type: 16 bits hold 32 times the grey level.
 * The test fails on any error. */
struct picture_outputs picture_outputs_read(fray_h5 file, const char *path,
                                            struct fray_arena *arena);
/** The undamaged picture i of that shape, 0 .. 1. */
struct fray_signal picture_input(fray_h5 file, const struct picture_outputs *of, size_t i,
                                 struct fray_arena *arena);
/** How far damaged is from output (severity, picture), in grey levels; where mask (height, width)
 * is not NULL, where it is 1. */
struct picture_distance {
  double max, mean, p99, damage; /* damage: mean distance of the output from the input */
  double own_damage;             /* mean distance of damaged from the input */
};
struct picture_distance picture_compare(const struct fray_signal *damaged,
                                        const struct fray_signal *input,
                                        const struct picture_outputs *out, size_t severity,
                                        size_t picture, const uint8_t *mask,
                                        struct fray_arena *arena);
/** Opens FILE of tests/fixtures/corruptions, and with `whole` images.h5 of the collection that the
 *  environment names; -1 where it names none. */
fray_h5 picture_fixtures_open(const char *file, bool whole);
/** Operations of a kind; its strength and further parameters at a severity of a table. */
const struct fray_signal_ops *picture_ops(const char *kind);
double picture_level(const char *kind, const char *table, size_t severity, const double **more);

#endif

/* Channels by threes, as x, y and z of one sensor, all of one device; and how the device lies. */
#ifndef FRAY_CORRUPT_SERIES_TRIPLES_H
#define FRAY_CORRUPT_SERIES_TRIPLES_H

#include "fray/corrupt/signal.h"

/** The row of a kind for the key `triples`, a struct fray_ints. */
#define FRAY_TRIPLES(STRUCT)                                                                       \
  FRAY_FIELD(INTS, "triples", STRUCT, triples, .optional = true, .min = 0, .max = 65535,           \
             .help =                                                                               \
                 "Channels that are x, y and z of a sensor, by threes: [0, 1, 2, 6, 7, 8] are "    \
                 "two sensors of the device. All turn alike; other channels stay. Default: "       \
                 "all channels in order, where they come out by threes.")

/** INPUT: not by threes, or a channel twice. */
enum fray_status fray_triples_check(const struct fray_ints *triples, struct fray_err *err);
/** INPUT: a channel that is not there; without the key, channels that are no threes. */
enum fray_status fray_triples_fit(const struct fray_ints *triples, size_t channels,
                                  struct fray_err *err);

/** Rotation about an axis (its length does not matter, but is above 0) by an angle in degrees,
 * counter-clockwise seen from the tip of the axis. Source: Rodrigues 1840. */
void fray_rotation_about(const double axis[3], double degrees, double r[3][3]);
/** An axis, uniform on the sphere. */
void fray_draw_axis(struct fray_rng *rng, double axis[3]);
/** Each triple v becomes gain R v, the vector as a column. */
void fray_triples_turn(struct fray_signal *x, const struct fray_ints *triples, double r[3][3],
                       double gain);

#endif

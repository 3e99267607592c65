/* Values that never arrived, and what a receiver puts in their place. */
#ifndef FRAY_CORRUPT_SERIES_GAPS_H
#define FRAY_CORRUPT_SERIES_GAPS_H

#include "fray/corrupt/signal.h"

enum fray_gap_fill {
  FRAY_GAP_HOLD, /* the last value that arrived; before the first one, that */
  FRAY_GAP_ZERO,
  FRAY_GAP_MEAN,  /* of the channel, over what arrived of the window */
  FRAY_GAP_LINEAR /* between the neighbours that arrived; at the ends as hold */
};
extern const char *const fray_gap_fill_names[]; /* in this order, NULL at the end */
/** The row of a kind for the key `fill`, an int. */
#define FRAY_GAP_FILL(STRUCT, DEFAULT)                                                             \
  FRAY_FIELD(ENUM, "fill", STRUCT, fill, .def_text = DEFAULT, .names = fray_gap_fill_names,        \
             .help =                                                                               \
                 "In place of what is lost: hold, the last value that arrived; zero; mean, of "    \
                 "what arrived of the window, by channel; linear, between the neighbours that "    \
                 "arrived. A channel of which nothing arrived is 0.")

/** Fills what is lost. lost: (steps, channels) 1 or 0. A channel of which nothing is left is 0. */
void fray_gaps_fill(struct fray_signal *x, const uint8_t *lost, enum fray_gap_fill fill);

#endif

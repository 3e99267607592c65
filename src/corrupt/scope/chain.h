/* Losses in bursts: a chain of two states, lost and kept, with one uniform number a step. */
#ifndef FRAY_SRC_CORRUPT_CHAIN_H
#define FRAY_SRC_CORRUPT_CHAIN_H

#include <stdbool.h>

/** Share `rate` of the steps is lost in the long run, in runs of `burst` steps in the mean: a kept
 * step is followed by a lost one with probability rate / (burst (1 - rate)), a lost one by another
 * with 1 - 1 / burst. The first step is drawn from the stationary law, so every step is lost with
 * probability `rate`. Source: Gilbert 1960 with error probabilities 0 and 1. */
struct fray_chain {
  double rate, enter, stay;
  bool begun, lost; /* of the last step */
};

/** The chain of that very burst, 1 or more. Exists for rate <= burst / (burst + 1): beyond, the
 * mean run is at least rate / (1 - rate), and is that. rate: 0 to 1. */
struct fray_chain fray_chain_of(double rate, double burst);
/** Runs are at least as long as those of independent losses, 1 / (1 - rate); so any rate exists,
 * a burst of 1 means independent losses, and with the same numbers a larger rate loses what a
 * smaller one does, and more. */
struct fray_chain fray_chain_nesting(double rate, double burst);

/** True if the next step is lost. u: uniform on [0, 1). */
static inline bool fray_chain_step(struct fray_chain *chain, double u) {
  const double odds = !chain->begun ? chain->rate : chain->lost ? chain->stay : chain->enter;
  chain->begun = true;
  return chain->lost = u < odds;
}

#endif

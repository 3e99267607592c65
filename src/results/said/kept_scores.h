/* Scores of whole trainings, as many of the last ones as have room. One data set holds those of all
 * conditions, packed together, and who asks for one condition mostly asks for the others next. */
#ifndef RESULTS_SAID_KEPT_SCORES_H
#define RESULTS_SAID_KEPT_SCORES_H

#include <stdbool.h>
#include <stddef.h>

/** Zero-initialise it. */
struct kept_scores {
  struct kept_score *first, *last; /* the longest kept first */
  size_t bytes;
};

/** All that were kept of a training, or NULL. They stay until the next kept_scores_keep(). samples:
 *  which kind of them; at_end: of the last model, not of the best. */
const float *kept_scores_find(const struct kept_scores *kept, int samples, size_t trial,
                              bool at_end);
/** Keeps count values, which were malloc()ed and are not the caller's any more, and returns them;
 *  the longest kept go for them. NULL, and they are freed: no memory. */
const float *kept_scores_keep(struct kept_scores *kept, int samples, size_t trial, bool at_end,
                              float *values, size_t count);
void kept_scores_free(struct kept_scores *kept);

#endif

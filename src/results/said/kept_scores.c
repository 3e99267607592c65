/* A list of what was read last, bounded in bytes. */
#include "kept_scores.h"

#include <stdlib.h>

/* Beside the half gigabyte of answers: a laptop has room for it, and 130 trainings of 960 samples,
 * 10 classes and 13 conditions have room in it. */
static const size_t most = (size_t)64 << 20;

struct kept_score {
  struct kept_score *next;
  int samples;
  size_t trial, bytes;
  bool at_end;
  float *values;
};

const float *kept_scores_find(const struct kept_scores *kept, int samples, size_t trial,
                              bool at_end) {
  for (const struct kept_score *k = kept->first; k; k = k->next)
    if (k->samples == samples && k->trial == trial && k->at_end == at_end)
      return k->values;
  return NULL;
}

static void drop_first(struct kept_scores *kept) {
  struct kept_score *gone = kept->first;
  kept->first = gone->next;
  kept->last = kept->first ? kept->last : NULL;
  kept->bytes -= gone->bytes;
  free(gone->values);
  free(gone);
}

/* The last ones stay, however large, until others come. */
const float *kept_scores_keep(struct kept_scores *kept, int samples, size_t trial, bool at_end,
                              float *values, size_t count) {
  const size_t bytes = count * sizeof *values;
  struct kept_score *k = malloc(sizeof *k);
  while (kept->first && kept->bytes + bytes > most)
    drop_first(kept);
  if (!k) {
    free(values);
    return NULL;
  }
  *k = (struct kept_score){NULL, samples, trial, bytes, at_end, values};
  *(kept->first ? &kept->last->next : &kept->first) = k;
  kept->last = k;
  kept->bytes += bytes;
  return values;
}

void kept_scores_free(struct kept_scores *kept) {
  while (kept->first)
    drop_first(kept);
}

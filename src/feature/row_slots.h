/* Memory for rows of features: of slots in large chunks where all rows are of one size, each from a
 * cache line on, and else of the allocator. */
#ifndef FRAY_FEATURE_ROW_SLOTS_H
#define FRAY_FEATURE_ROW_SLOTS_H

#include "fray/base/arena.h"

struct row_slots {
  size_t slot; /* bytes; 0: rows are the allocator's */
  void *free;  /* slots that were given back */
  struct fray_arena arena;
};

/** For rows that are all of so many bytes. */
void row_slots_start(struct row_slots *slots, size_t bytes);
/** Bytes that a row of `bytes` takes. */
size_t row_room(const struct row_slots *slots, size_t bytes);
/** A row, not cleared; NULL: no memory. */
float *row_take(struct row_slots *slots, size_t bytes);
/** Gives it back, NULL too: a slot to the next who takes one, as slots stay until all are freed. */
void row_give(struct row_slots *slots, float *row);
void row_slots_free(struct row_slots *slots);

#endif

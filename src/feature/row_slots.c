/* Memory for rows of features. Rows that products read where they lie begin with a cache line, as
 * most loads would else be of two, and lie in pages of 2 MiB: a processor that has to look up the
 * page of each row waits for that, too. */
#include "row_slots.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of shorter rows a cache line is too large a part. */
enum { LEAST = 512, LINE = 64 };

void row_slots_start(struct row_slots *slots, size_t bytes) {
  *slots = (struct row_slots){.arena.large_pages = true};
  if (bytes >= LEAST && bytes <= SIZE_MAX / 2)
    slots->slot = (bytes + LINE - 1) / LINE * LINE;
}

size_t row_room(const struct row_slots *slots, size_t bytes) {
  return slots->slot ? slots->slot : bytes;
}

/* A slot that is free holds the address of the next one. */
float *row_take(struct row_slots *slots, size_t bytes) {
  void *slot = slots->free;
  if (!slots->slot)
    return malloc(bytes ? bytes : 1); /* NULL means a lack of memory */
  if (!slot)
    return fray_arena_alloc(&slots->arena, 1, slots->slot);
  memcpy(&slots->free, slot, sizeof slots->free);
  return slot;
}

void row_give(struct row_slots *slots, float *row) {
  if (!slots->slot)
    free(row);
  if (!slots->slot || !row)
    return;
  memcpy(row, &slots->free, sizeof slots->free);
  slots->free = row;
}

void row_slots_free(struct row_slots *slots) {
  fray_arena_free(&slots->arena);
  slots->free = NULL;
}

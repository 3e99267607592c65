/* Arena: 64-byte aligned memory that is released or reset as a whole. */
#ifndef FRAY_BASE_ARENA_H
#define FRAY_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct fray_arena_chunk;

/** Zero-initialised is an empty arena.  Chunks are kept over a reset, so a loop that resets once a
 *  round allocates from the system only in its first round. */
struct fray_arena {
  struct fray_arena_chunk *first, *current;
  size_t used, peak; /* bytes handed out since the reset, and the largest such sum */
  char *text;        /* room for short strings, which lie side by side */
  size_t text_left;
  bool large_pages; /* set by its owner before the first use: chunks from 4 MiB on ask for pages of
                     * 2 MiB. For what is filled anew again and again: to clear them takes time */
};

struct fray_arena_place {
  struct fray_arena_chunk *chunk;
  size_t chunk_used, used;
  char *text;
  size_t text_left;
};

/** count * size bytes, 64-byte aligned, not cleared; NULL on overflow or lack of memory. */
void *fray_arena_alloc(struct fray_arena *arena, size_t count, size_t size);
/** As above, cleared. */
void *fray_arena_zero(struct fray_arena *arena, size_t count, size_t size);
/** Copy of a string (of its first n bytes), not aligned. NULL on lack of memory. */
char *fray_arena_strdup(struct fray_arena *arena, const char *text);
char *fray_arena_strndup(struct fray_arena *arena, const char *text, size_t n);
/** printf into the arena. */
char *fray_arena_printf(struct fray_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** All allocations become invalid; the chunks stay for reuse. */
void fray_arena_reset(struct fray_arena *arena);
/** Nested use: everything allocated after the mark is given back by the rewind. */
struct fray_arena_place fray_arena_mark(const struct fray_arena *arena);
void fray_arena_rewind(struct fray_arena *arena, struct fray_arena_place mark);
/** Gives all memory back. NULL is allowed. */
void fray_arena_free(struct fray_arena *arena);

/** Allocates or leaves the function with MEMORY. */
#define FRAY_ALLOC(pointer, arena, count, err)                                                     \
  do {                                                                                             \
    (pointer) = fray_arena_alloc((arena), (size_t)(count), sizeof *(pointer));                     \
    if (!(pointer))                                                                                \
      return fray_fail((err), FRAY_MEMORY, "out of memory (%zu x %zu bytes)", (size_t)(count),     \
                       sizeof *(pointer));                                                         \
  } while (0)
#define FRAY_ALLOC_ZERO(pointer, arena, count, err)                                                \
  do {                                                                                             \
    (pointer) = fray_arena_zero((arena), (size_t)(count), sizeof *(pointer));                      \
    if (!(pointer))                                                                                \
      return fray_fail((err), FRAY_MEMORY, "out of memory (%zu x %zu bytes)", (size_t)(count),     \
                       sizeof *(pointer));                                                         \
  } while (0)

#endif

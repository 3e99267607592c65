/* Arenas: chunks that double, and blocks of short strings inside them. A rewind gives nothing back
 * to the system, so a round that is like the one before allocates nothing; all allocations are
 * aligned for the widest vectors. */
#include "fray/base/arena.h"
#include "fray/base/arena_touched.h"

#include "fray/base/size.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A scenario of many cells is thousands of short strings: a block holds many of them. */
enum { ALIGN = 64, CHUNK = 1 << 16, TEXT_BLOCK = 1024 };
#define LARGE_PAGE ((size_t)1 << 21)

struct fray_arena_chunk {
  struct fray_arena_chunk *next;
  size_t size, used, touched; /* of data; touched: the most that ever was used */
  char *data;                 /* ALIGN-aligned, in the same block */
};

/* What a training step keeps lies in thousands of pages, whose addresses the processor has to look
 * up again and again: in large ones, where the system has them to give, a transformer's step is a
 * twelfth faster. Only the whole large pages of a chunk, so that nothing before or behind it is
 * touched; that they are refused changes nothing else. */
static size_t large_pages(const struct fray_arena_chunk *chunk, uintptr_t *first) {
  const uintptr_t from = (uintptr_t)chunk->data, to = from + chunk->size;
  *first = (from + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
  const uintptr_t end = to / LARGE_PAGE * LARGE_PAGE;
  return chunk->size >= 2 * LARGE_PAGE && end > *first ? end - *first : 0;
}

static void ask_for_large_pages(const struct fray_arena_chunk *chunk) {
#ifdef MADV_HUGEPAGE
  uintptr_t first;
  const size_t bytes = large_pages(chunk, &first);
  if (bytes > 0)
    (void)madvise((void *)first, bytes, MADV_HUGEPAGE);
#else
  (void)chunk;
#endif
}

/* The head takes whole multiples of ALIGN, so that data begin aligned; aligned_alloc wants a size
 * that is one as well. */
static struct fray_arena_chunk *chunk_new(size_t size, bool large) {
  size_t bytes;
  if (!fray_size_add(size, sizeof(struct fray_arena_chunk) + 2 * ALIGN, &bytes))
    return NULL;
  bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
  struct fray_arena_chunk *chunk = aligned_alloc(ALIGN, bytes);
  if (!chunk)
    return NULL;
  size_t head = (sizeof *chunk + ALIGN - 1) / ALIGN * ALIGN;
  *chunk = (struct fray_arena_chunk){.size = bytes - head, .data = (char *)chunk + head};
  if (large)
    ask_for_large_pages(chunk);
  return chunk;
}

/* Walks to a chunk with room, or inserts one; doubles sizes so that the list stays short. */
static struct fray_arena_chunk *chunk_with_room(struct fray_arena *arena, size_t bytes) {
  struct fray_arena_chunk *chunk = arena->current ? arena->current : arena->first;
  while (chunk && chunk->size - chunk->used < bytes && chunk->next) {
    chunk = chunk->next;
    chunk->used = 0;
  }
  if (chunk && chunk->size - chunk->used >= bytes)
    return chunk;
  /* A chunk that is too small stays in the list: a later, smaller request finds it after a rewind.
   */
  size_t want = chunk ? 2 * chunk->size : CHUNK;
  struct fray_arena_chunk *fresh = chunk_new(want > bytes ? want : bytes, arena->large_pages);
  if (!fresh)
    return NULL;
  if (chunk)
    chunk->next = fresh;
  else
    arena->first = fresh;
  return fresh;
}

void *fray_arena_alloc(struct fray_arena *arena, size_t count, size_t size) {
  size_t bytes;
  /* A quarter of the address space is out of reach anyway, and leaves room for the roundings below.
   */
  if (!fray_size_mul(count, size, &bytes) || bytes > SIZE_MAX / 4)
    return NULL;
  bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
  /* Nothing, too, has an address of its own, so that NULL always means a lack of memory. */
  bytes = bytes ? bytes : ALIGN;
  struct fray_arena_chunk *chunk = chunk_with_room(arena, bytes);
  if (!chunk)
    return NULL;
  void *result = chunk->data + chunk->used;
  chunk->used += bytes;
  chunk->touched = FRAY_MAX(chunk->touched, chunk->used);
  arena->current = chunk;
  arena->used += bytes;
  if (arena->used > arena->peak)
    arena->peak = arena->used;
  return result;
}

/* To the end of the large page that was touched last. */
static size_t held(const struct fray_arena_chunk *chunk) {
  uintptr_t first;
  const size_t large = large_pages(chunk, &first), before = first - (uintptr_t)chunk->data;
  if (large == 0 || chunk->touched <= before)
    return chunk->touched;
  const size_t pages = (chunk->touched - before + LARGE_PAGE - 1) / LARGE_PAGE;
  return FRAY_MAX(chunk->touched, before + FRAY_MIN(pages * LARGE_PAGE, large));
}

size_t fray_arena_touched(const struct fray_arena *arena) {
  size_t bytes = 0;
  for (const struct fray_arena_chunk *chunk = arena->first; chunk; chunk = chunk->next)
    bytes += arena->large_pages ? held(chunk) : chunk->touched;
  return bytes;
}

/* Chunks are used again after a rewind, so nothing is zero by itself. */
void *fray_arena_zero(struct fray_arena *arena, size_t count, size_t size) {
  void *result = fray_arena_alloc(arena, count, size);
  if (result)
    memset(result, 0, count * size);
  return result;
}

/* Long texts would waste the rest of a block: they get memory of their own. Short ones need no
 * alignment. */
static char *alloc_text(struct fray_arena *arena, size_t bytes) {
  if (bytes > TEXT_BLOCK / 4)
    return fray_arena_alloc(arena, bytes, 1);
  if (arena->text_left < bytes) {
    char *block = fray_arena_alloc(arena, TEXT_BLOCK, 1);
    if (!block)
      return NULL;
    arena->text = block;
    arena->text_left = TEXT_BLOCK;
  }
  char *text = arena->text;
  arena->text += bytes;
  arena->text_left -= bytes;
  return text;
}

char *fray_arena_strndup(struct fray_arena *arena, const char *text, size_t n) {
  char *copy = alloc_text(arena, n + 1);
  if (copy) {
    memcpy(copy, text, n);
    copy[n] = '\0';
  }
  return copy;
}

char *fray_arena_strdup(struct fray_arena *arena, const char *text) {
  return fray_arena_strndup(arena, text, strlen(text));
}

/* Formatted twice, since a block of the right length is taken only once its length is known. */
char *fray_arena_printf(struct fray_arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *text = n < 0 ? NULL : alloc_text(arena, (size_t)n + 1);
  if (text)
    vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  return text;
}

/* Only the first chunk is emptied here; the others are when chunk_with_room comes to them. */
void fray_arena_reset(struct fray_arena *arena) {
  if (arena->first)
    arena->first->used = 0;
  arena->current = arena->first;
  arena->used = 0;
  arena->text = NULL;
  arena->text_left = 0;
}

/* The block of texts belongs to the mark: after a rewind its rest would lie behind the end of what
 * is in use. */
struct fray_arena_place fray_arena_mark(const struct fray_arena *arena) {
  return (struct fray_arena_place){
      .chunk = arena->current,
      .chunk_used = arena->current ? arena->current->used : 0,
      .used = arena->used,
      .text = arena->text,
      .text_left = arena->text_left,
  };
}

void fray_arena_rewind(struct fray_arena *arena, struct fray_arena_place mark) {
  /* The arena was empty when it was marked, and chunks have come since. */
  if (!mark.chunk) {
    fray_arena_reset(arena);
    return;
  }
  arena->current = mark.chunk;
  mark.chunk->used = mark.chunk_used;
  arena->used = mark.used;
  arena->text = mark.text;
  arena->text_left = mark.text_left;
}

/* The arena itself belongs to its owner, and may be used again. */
void fray_arena_free(struct fray_arena *arena) {
  if (!arena)
    return;
  for (struct fray_arena_chunk *chunk = arena->first, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  *arena = (struct fray_arena){.large_pages = arena->large_pages};
}

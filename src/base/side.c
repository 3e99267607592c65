/* The store of side files: what one rank read of the files that a scenario names, for all ranks.
 * Nobody reads such a file twice, so that all ranks see the same bytes even if it changes while
 * they start. */
#include "fray/base/side.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fray_side_bytes {
  struct fray_side_bytes *next;
  struct fray_err why; /* status OK: there are bytes */
  size_t size;
  char data[];
};

struct entry {
  char *path;
  uint64_t hash;
  const struct fray_side_bytes *bytes;
};

/* One store for the process: readers deep below know no more than a path. */
static struct {
  struct fray_side_bytes *first;
  struct entry *entry;
  size_t n, room;
  bool closed;
} store;

/* A scenario names a few files; nothing faster is worth its lines. */
static const struct fray_side_bytes *find(const char *path) {
  uint64_t hash = fray_hash_text(path);
  for (size_t i = 0; i < store.n; i++)
    if (store.entry[i].hash == hash && strcmp(store.entry[i].path, path) == 0)
      return store.entry[i].bytes;
  return NULL;
}

enum fray_status fray_side_read(const char *path, size_t limit, struct fray_text *text,
                                struct fray_err *err) {
  const struct fray_side_bytes *bytes = find(path);
  /* A rank that read by itself could see another file than the rest: that is a fault of the
   * program, told by all at once. */
  FRAY_CHECK(bytes || !store.closed, err, INTERNAL, "%s: was not shared between the ranks", path);
  if (!bytes)
    return fray_file_read(path, limit, text, err);
  /* The error of the one rank that read the file, so that all say the same. */
  if (bytes->why.status != FRAY_OK)
    return fray_fail(err, bytes->why.status, "%s", bytes->why.text);
  FRAY_CHECK(bytes->size <= limit, err, INPUT, "%s: %zu bytes, more than the limit of %zu", path,
             bytes->size, limit);
  fray_text_add(text, bytes->data, bytes->size);
  if (!text->failed)
    return FRAY_OK;
  fray_text_free(text);
  return fray_fail(err, FRAY_MEMORY, "%s: out of memory", path);
}

/* The newest first: order does not matter, and each entry holds its own pointer. */
enum fray_status fray_side_store(const char *data, size_t size, const struct fray_err *why,
                                 struct fray_side_bytes **out, struct fray_err *err) {
  struct fray_side_bytes *bytes = malloc(sizeof *bytes + size);
  FRAY_CHECK(bytes, err, MEMORY, "out of memory (%zu bytes)", size);
  *bytes = (struct fray_side_bytes){.next = store.first, .size = size};
  if (why)
    bytes->why = *why;
  if (size)
    memcpy(bytes->data, data, size);
  store.first = bytes;
  *out = bytes;
  return FRAY_OK;
}

/* Several paths may lead to one file, and each is asked for by its own spelling. */
enum fray_status fray_side_add(const char *path, const struct fray_side_bytes *bytes,
                               struct fray_err *err) {
  if (find(path))
    return FRAY_OK;
  if (store.n == store.room) {
    size_t room = store.room ? 2 * store.room : 16;
    struct entry *grown = realloc(store.entry, room * sizeof *grown);
    FRAY_CHECK(grown, err, MEMORY, "out of memory");
    store.entry = grown;
    store.room = room;
  }
  char *copy = strdup(path);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  store.entry[store.n++] = (struct entry){copy, fray_hash_text(path), bytes};
  return FRAY_OK;
}

void fray_side_close(void) {
  store.closed = true;
}

/* For tests, and for the end of a study. */
void fray_side_forget(void) {
  for (size_t i = 0; i < store.n; i++)
    free(store.entry[i].path);
  free(store.entry);
  for (struct fray_side_bytes *b = store.first, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  memset(&store, 0, sizeof store);
}

/* The store of side files: what one rank read of the files that a scenario names, for all ranks.
 * Nobody reads such a file twice, so that all ranks see the same bytes even if it changes while
 * they start. */
#include "fray/base/side.h"

#include "fray/base/bundle.h"
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
  uint64_t age; /* how often it was emptied */
} store;

/* A scenario names a few files; nothing faster is worth its lines. */
static const struct fray_side_bytes *find(const char *path) {
  uint64_t hash = fray_hash_text(path);
  for (size_t i = 0; i < store.n; i++)
    if (store.entry[i].hash == hash && strcmp(store.entry[i].path, path) == 0)
      return store.entry[i].bytes;
  return NULL;
}

/* What was kept under a path; NULL: nothing, and it may be read. */
static enum fray_status look_up(const char *path, size_t limit, const struct fray_side_bytes **out,
                                struct fray_err *err) {
  const struct fray_side_bytes *bytes = *out = find(path);
  /* A rank that read by itself could see another file than the rest: that is a fault of the
   * program, told by all at once. */
  FRAY_CHECK(bytes || !store.closed, err, INTERNAL, "%s: was not shared between the ranks", path);
  /* The error of the one rank that read the file, so that all say the same. */
  if (bytes && bytes->why.status != FRAY_OK)
    return fray_fail(err, bytes->why.status, "%s", bytes->why.text);
  FRAY_CHECK(!bytes || bytes->size <= limit, err, INPUT,
             "%s: %zu bytes, more than the limit of %zu", path, bytes->size, limit);
  return FRAY_OK;
}

enum fray_status fray_side_read(const char *path, size_t limit, struct fray_text *text,
                                struct fray_err *err) {
  const struct fray_side_bytes *bytes;
  FRAY_TRY(look_up(path, limit, &bytes, err));
  if (!bytes)
    return fray_file_read(path, limit, text, err);
  FRAY_CHECK(!fray_bundle_is(bytes->data, bytes->size), err, INPUT, "%s: not a regular file", path);
  fray_text_add(text, bytes->data, bytes->size);
  if (!text->failed)
    return FRAY_OK;
  fray_text_free(text);
  return fray_fail(err, FRAY_MEMORY, "%s: out of memory", path);
}

/* Whoever asks for one path need not know which of the two it is. */
enum fray_status fray_side_fetch(const char *path, size_t limit, struct fray_text *text,
                                 struct fray_err *err) {
  return fray_is_folder(path) ? fray_bundle_read(path, limit, text, err)
                              : fray_file_read(path, limit, text, err);
}

/* Kept even where one rank is alone: what is borrowed must lie somewhere. */
enum fray_status fray_side_view(const char *path, size_t limit, const char **data, size_t *size,
                                struct fray_err *err) {
  const struct fray_side_bytes *bytes;
  FRAY_TRY(look_up(path, limit, &bytes, err));
  /* Later readers of this process get these bytes, too, whatever becomes of the file. */
  if (!bytes) {
    struct fray_side_bytes *own = NULL;
    struct fray_text text = {0};
    FRAY_TRY(fray_side_fetch(path, limit, &text, err));
    const enum fray_status status = fray_side_store(text.data, text.size, NULL, &own, err);
    fray_text_free(&text);
    FRAY_TRY(status);
    FRAY_TRY(fray_side_add(path, own, err));
    bytes = own;
  }
  *data = bytes->data;
  *size = bytes->size;
  return FRAY_OK;
}

/* An address may be given out again: pointers alone do not tell that what they led to has gone. */
uint64_t fray_side_age(void) {
  return store.age;
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
  const uint64_t age = store.age + 1;
  memset(&store, 0, sizeof store);
  store.age = age;
}

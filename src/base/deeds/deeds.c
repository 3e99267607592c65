/* What this process did with files, in the order in which it did it first.
 *
 * Noted where files are put in place and not where commands end: a command cannot forget one. A
 * path is kept as it was said, but for slashes: the folder and what lies in it are said alike. */
#include "fray/base/deeds.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  char *path;
  uint64_t hash;
  enum fray_deed_kind kind;
};
/* slot: (n_slots) index + 1 into entry, 0: free; at most half are taken. */
static struct {
  struct entry *entry;
  size_t n, room, n_slots;
  size_t *slot;
} deeds;

enum { LONGEST = 4096 };

/* Without double slashes, and without one at the end. False: too long to be a path. */
static bool plain(const char *path, char out[LONGEST]) {
  size_t n = 0;
  for (const char *p = path; *p; p++) {
    if (*p == '/' && n > 0 && out[n - 1] == '/')
      continue;
    if (n + 1 >= LONGEST)
      return false;
    out[n++] = *p;
  }
  if (n > 1 && out[n - 1] == '/')
    n--;
  out[n] = '\0';
  return n > 0;
}

/* FNV-1a: this room lies below the one with the fast hash. Source: Fowler, Noll, Vo. */
static uint64_t hash_of(const char *text) {
  uint64_t hash = 14695981039346656037u;
  for (const char *p = text; *p; p++)
    hash = (hash ^ (unsigned char)*p) * 1099511628211u;
  return hash;
}

/* Writing and removing are two words on one thing, of which the later holds; others stand apart. */
static bool alike(enum fray_deed_kind a, enum fray_deed_kind b) {
  return a == b || (a <= FRAY_DEED_REMOVED && b <= FRAY_DEED_REMOVED);
}

/* Open addressing: a table that is half empty needs no second hash. */
static struct entry *find(enum fray_deed_kind kind, const char *path, uint64_t hash) {
  if (!deeds.n_slots)
    return NULL;
  for (size_t i = hash % deeds.n_slots; deeds.slot[i]; i = (i + 1) % deeds.n_slots) {
    struct entry *e = &deeds.entry[deeds.slot[i] - 1];
    if (e->hash == hash && alike(e->kind, kind) && strcmp(e->path, path) == 0)
      return e;
  }
  return NULL;
}

/* Nothing is ever taken out, so a free slot ends every search. */
static void place(size_t k) {
  size_t i = deeds.entry[k].hash % deeds.n_slots;
  while (deeds.slot[i])
    i = (i + 1) % deeds.n_slots;
  deeds.slot[i] = k + 1;
}

/* Room doubles; slots are twice as many. All are placed anew, since their places follow from the
 * number of slots. */
static bool grow(void) {
  const size_t room = deeds.room ? 2 * deeds.room : 64;
  struct entry *entry = realloc(deeds.entry, room * sizeof *entry);
  if (!entry)
    return false;
  deeds.entry = entry;
  size_t *slot = calloc(2 * room, sizeof *slot);
  if (!slot)
    return false;
  free(deeds.slot);
  deeds.slot = slot;
  deeds.n_slots = 2 * room;
  deeds.room = room;
  for (size_t k = 0; k < deeds.n; k++)
    place(k);
  return true;
}

void fray_deed(enum fray_deed_kind kind, const char *path) {
  char name[LONGEST];
  if (!plain(path, name))
    return;
  /* A run writes the same few files again and again. */
  const uint64_t hash = hash_of(name);
  struct entry *old = find(kind, name, hash);
  if (old) {
    old->kind = kind;
    return;
  }
  if (deeds.n == deeds.room && !grow())
    return;
  char *copy = strdup(name);
  if (!copy)
    return;
  deeds.entry[deeds.n] = (struct entry){copy, hash, kind};
  place(deeds.n++);
}

/* A data set is noted by its folder: it may have thousands of shards. */
void fray_deed_shard(const char *path) {
  char folder[LONGEST];
  const char *slash = strrchr(path, '/');
  const int n =
      snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  if (n > 0 && (size_t)n < sizeof folder)
    fray_deed(FRAY_DEED_SHARDS, folder);
}

/* By the last of the two words, where a file was written and removed in turn. */
bool fray_deed_has(enum fray_deed_kind kind, const char *path) {
  char name[LONGEST];
  if (!plain(path, name))
    return false;
  const struct entry *e = find(kind, name, hash_of(name));
  return e && e->kind == kind;
}

const char *fray_deed_at(size_t i, enum fray_deed_kind *kind) {
  if (i >= deeds.n)
    return NULL;
  *kind = deeds.entry[i].kind;
  return deeds.entry[i].path;
}

/* For tests: a process does one command, and ends. */
void fray_deeds_forget(void) {
  for (size_t k = 0; k < deeds.n; k++)
    free(deeds.entry[k].path);
  free(deeds.entry);
  free(deeds.slot);
  memset(&deeds, 0, sizeof deeds);
}

/* Which field says the class, which the client, which the split: by its name where that is one that
 * people use, else by how many values it has. */
#include "init.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* By bytes: the order only groups what is equal. */
static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorting is fast enough for the largest table that is looked at, and needs no table of hashes. */
enum fray_status init_distinct(const struct init_fields *fields, size_t field, const char ***out,
                               size_t *n, struct fray_err *err) {
  const char **sorted = calloc(fields->n_rows + 1, sizeof *sorted);
  FRAY_CHECK(sorted, err, MEMORY, "out of memory");
  memcpy(sorted, fields->cell[field], fields->n_rows * sizeof *sorted);
  qsort(sorted, fields->n_rows, sizeof *sorted, by_text);
  *n = 0;
  for (size_t i = 0; i < fields->n_rows; i++)
    if (i == 0 || strcmp(sorted[i], sorted[*n - 1]) != 0)
      sorted[(*n)++] = sorted[i];
  *out = sorted;
  return FRAY_OK;
}

/* The first free field of such a name that has 2 values or more, and few enough to be met twice. */
static size_t called(const struct init_fields *f, enum init_word what, bool often) {
  for (size_t i = 0; i < f->n; i++)
    if (!f->taken[i] && f->distinct[i] >= 2 && (!often || f->distinct[i] <= f->n_rows / 2) &&
        init_is_called(f->name[i], what))
      return i;
  return f->n;
}

/* Whatever it is called: all its values are names of splits, train among them. */
static enum fray_status find_split(struct init_fields *f, size_t *out, struct fray_err *err) {
  *out = f->n;
  for (size_t i = 0; i < f->n && *out == f->n; i++) {
    if (f->taken[i] || f->distinct[i] < 2 || f->distinct[i] > 6)
      continue;
    const char **value;
    size_t n, good = 0, train = 0;
    FRAY_TRY(init_distinct(f, i, &value, &n, err));
    for (size_t k = 0; k < n; k++) {
      good += init_split_of(value[k]) != FRAY_SPLITS;
      train += init_split_of(value[k]) == FRAY_TRAIN;
    }
    free(value);
    /* One value that is none, and the field is something else. */
    if (good == n && train)
      *out = i;
  }
  return FRAY_OK;
}

/* What the texts of a field look like. */
enum look { NUMBERED = 1, BARE = 2, CLASSES = 4, ONE_DIGIT = 8 };
/* Once for each field: the choices below ask again and again. */
static enum fray_status look_at(const struct init_fields *f, unsigned *look, struct fray_err *err) {
  for (size_t i = 0; i < f->n; i++) {
    const char **value;
    size_t n;
    bool bare;
    FRAY_TRY(init_distinct(f, i, &value, &n, err));
    /* An empty text says nothing of the others; it is the first in order of bytes. */
    const size_t skip = n && !value[0][0];
    const bool numbered = init_are_numbered(value + skip, n - skip, &bare);
    look[i] = (numbered && !bare ? NUMBERED : 0) | (numbered && bare ? BARE : 0) |
              (init_are_classes(value + skip, n - skip) ? CLASSES : 0) |
              (numbered && bare && n - skip <= 10 && strlen(value[n - 1]) == 1 ? ONE_DIGIT : 0);
    free(value);
  }
  return FRAY_OK;
}

/* Of free fields with `least` values or more, each of them met twice on average, and none of these
 * looks: the one with the fewest, or with the most. */
static size_t by_count(const struct init_fields *f, const unsigned *look, bool fewest, size_t least,
                       unsigned without, size_t end) {
  size_t best = f->n;
  for (size_t i = 0; i < end; i++) {
    if (f->taken[i] || f->distinct[i] < least || f->distinct[i] > f->n_rows / 2 ||
        (look[i] & without))
      continue;
    /* Of equals the first, as people write the most telling column first. */
    if (best == f->n ||
        (fewest ? f->distinct[i] < f->distinct[best] : f->distinct[i] > f->distinct[best]))
      best = i;
  }
  return best;
}

/* Folders before parts of names: who sorted files into folders did so by what is in them. Numbers
 * are of people, visits and takes more often than of classes; and two values are often left or
 * right, male or female. */
static size_t find_label(const struct init_fields *f, const unsigned *look) {
  size_t found = called(f, INIT_LABEL, false);
  for (size_t i = 0; i < f->n && found == f->n; i++)
    if (!f->taken[i] && (look[i] & CLASSES) && f->distinct[i] <= f->n_rows / 2)
      found = i;
  if (found == f->n)
    found = called(f, INIT_MAYBE_LABEL, true);
  for (size_t i = 0; i < f->n_folders && found == f->n; i++)
    if (!f->taken[i] && (look[i] & ONE_DIGIT) && f->distinct[i] >= 2)
      found = i;
  for (int numbers = 0; numbers < 2; numbers++)
    for (size_t least = 3; least >= 2; least--)
      for (int all = 0; all < 2 && found == f->n; all++)
        found = by_count(f, look, true, least, numbers ? 0 : NUMBERED | BARE,
                         all ? f->n : f->n_folders);
  return found;
}

/* People are many, classes are few; a count of takes is often more than either, which is why this
 * is marked as a guess. */
static size_t find_client(const struct init_fields *f, const unsigned *look) {
  size_t found = called(f, INIT_CLIENT, false);
  /* Numbers behind a word, most of all: P01. */
  size_t best = f->n;
  for (size_t i = 0; i < f->n && found == f->n; i++)
    if (!f->taken[i] && (look[i] & NUMBERED) && f->distinct[i] >= 4 &&
        f->distinct[i] <= f->n_rows / 2 && (best == f->n || f->distinct[i] > f->distinct[best]))
      best = i;
  found = found == f->n ? best : found;
  for (int all = 0; all < 2 && found == f->n; all++)
    found = by_count(f, look, false, 2, 0, all ? f->n : f->n_folders);
  return found;
}

/* A field has one role: what says the class should not say the client as well. */
static void take(struct init_fields *f, size_t field) {
  if (field < f->n)
    f->taken[field] = true;
}

/* Splits first, since they are the surest; then names, and counts for what no name told. */
enum fray_status init_choose(struct init_fields *f, struct init_roles *r, struct fray_err *err) {
  unsigned look[INIT_MOST_FIELDS];
  for (size_t i = 0; i < f->n; i++) {
    const char **value;
    FRAY_TRY(init_distinct(f, i, &value, &f->distinct[i], err));
    free(value);
  }
  FRAY_TRY(look_at(f, look, err));
  /* Each choice is made among what the ones before it left. */
  take(f, r->label);
  take(f, r->client);
  if (r->split >= f->n)
    FRAY_TRY(find_split(f, &r->split, err));
  take(f, r->split);
  /* By its name the client is surer than a class by its looks. */
  const size_t client = called(f, INIT_CLIENT, false);
  if (r->client >= f->n && client < f->n && !init_is_called(f->name[client], INIT_LABEL)) {
    r->client = client;
    take(f, client);
  }
  if (r->label >= f->n)
    r->label = find_label(f, look);
  take(f, r->label);
  if (r->client >= f->n)
    r->client = find_client(f, look);
  take(f, r->client);
  /* A name of a sample must be its own; columns of paths are unique as well, and may serve. */
  r->id = f->n;
  for (int named = 1; named >= 0; named--)
    for (size_t i = 0; i < f->n && r->id == f->n; i++)
      if (f->distinct[i] == f->n_rows &&
          (named ? init_is_called(f->name[i], INIT_ID) : !f->taken[i]))
        r->id = i;
  take(f, r->id);
  return FRAY_OK;
}

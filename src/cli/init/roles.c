/* Which field says the class, which the client, which the split: by its name where that is one that
 * people use, else by how many values it has. */
#include "init.h"

#include "fray/base/size.h"

#include <ctype.h>
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

/* The word alone, or as a part: speaker_id, "Emotion label". */
static bool is_called(const char *name, const char *const *words) {
  char low[64];
  size_t n = 0;
  for (; name[n] && n < sizeof low - 1; n++)
    low[n] = (char)tolower((unsigned char)name[n]);
  low[n] = '\0';
  for (size_t i = 0; words[i]; i++) {
    const char *at = strstr(low, words[i]);
    /* "id" is no part of "video": letters on either side make it another word. */
    const char *end = at ? at + strlen(words[i]) : NULL;
    if (at && (at == low || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)*end))
      return true;
  }
  return false;
}

/* The first free field of such a name that has at least `least` values. */
static size_t called(const struct init_fields *f, const char *const *words, size_t least) {
  for (size_t i = 0; i < f->n; i++)
    if (!f->taken[i] && f->distinct[i] >= least && is_called(f->name[i], words))
      return i;
  return f->n;
}

/* Names of splits as they are found in published sets; the table of words is also how they are
 * mapped to fray's three. */
enum fray_split init_split_of(const char *text) {
  static const char *const words[][8] = {
      [FRAY_TRAIN] = {"train", "training", "trn", "tr", NULL},
      [FRAY_DEV] = {"dev", "val", "valid", "validation", "devel", "development", NULL},
      [FRAY_TEST] = {"test", "testing", "tst", "eval", "evaluation", NULL}};
  /* Whole words alone: a "testimony" is no test. */
  for (int s = 0; s < FRAY_SPLITS; s++)
    for (size_t i = 0; words[s][i]; i++)
      if (strlen(text) == strlen(words[s][i]) &&
          is_called(text, (const char *const[]){words[s][i], NULL}))
        return (enum fray_split)s;
  return FRAY_SPLITS;
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

/* Of free fields with 2 values or more, each of them met twice on average: the one with the fewest,
 * or with the most. */
static size_t by_count(const struct init_fields *f, bool fewest, size_t end) {
  size_t best = f->n;
  for (size_t i = 0; i < end; i++) {
    if (f->taken[i] || f->distinct[i] < 2 || f->distinct[i] > f->n_rows / 2)
      continue;
    /* Of equals the first, as people write the most telling column first. */
    if (best == f->n ||
        (fewest ? f->distinct[i] < f->distinct[best] : f->distinct[i] > f->distinct[best]))
      best = i;
  }
  return best;
}

/* A field has one role: what says the class should not say the client as well. */
static void take(struct init_fields *f, size_t field) {
  if (field < f->n)
    f->taken[field] = true;
}

/* Splits first, since they are the surest; then names, and counts for what no name told. */
enum fray_status init_choose(struct init_fields *f, struct init_roles *out, struct fray_err *err) {
  static const char *const labels[] = {"label",  "labels",    "class",    "category",
                                       "target", "emotion",   "activity", "digit",
                                       "genre",  "diagnosis", "intent",   NULL};
  static const char *const clients[] = {"client", "speaker",     "subject", "user",   "patient",
                                        "person", "participant", "author",  "writer", "actor",
                                        "voice",  "hospital",    "device",  "site",   NULL};
  static const char *const ids[] = {"id", "name", "filename", "path", "key", NULL};
  for (size_t i = 0; i < f->n; i++) {
    const char **value;
    FRAY_TRY(init_distinct(f, i, &value, &f->distinct[i], err));
    free(value);
  }
  /* Each choice is made among what the ones before it left. */
  FRAY_TRY(find_split(f, &out->split, err));
  take(f, out->split);
  out->label = called(f, labels, 2);
  take(f, out->label);
  out->client = called(f, clients, 2);
  take(f, out->client);
  /* Folders before parts of names: who sorted files into folders did so by what is in them. */
  if (out->label == f->n)
    out->label = by_count(f, true, f->n_folders);
  if (out->label == f->n)
    out->label = by_count(f, true, f->n);
  take(f, out->label);
  /* People are many, classes are few; a count of takes is often more than either, which is why this
   * is marked as a guess. */
  if (out->client == f->n)
    out->client = by_count(f, false, f->n_folders);
  if (out->client == f->n)
    out->client = by_count(f, false, f->n);
  take(f, out->client);
  /* A name of a sample must be its own; columns of paths are unique as well, and may serve. */
  out->id = f->n;
  for (int named = 1; named >= 0; named--)
    for (size_t i = 0; i < f->n && out->id == f->n; i++)
      if (f->distinct[i] == f->n_rows && (!named || is_called(f->name[i], ids)))
        out->id = i;
  take(f, out->id);
  return FRAY_OK;
}

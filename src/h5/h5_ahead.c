/* What the reader was asked for ahead, on the parent's side: a copy of what came, which is looked
 * through before a question is asked. Nothing of it is believed before it was held against its
 * bounds. */
#include "h5_served.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One answer at a time. Paths are those of groups and leaves joined. */
static struct {
  fray_h5 file; /* 0: none */
  size_t n;
  struct {
    char *path;
    enum fray_h5_kind kind;
    enum fray_h5_type type;
    struct h5_found found;
  } part[H5_MOST_FOUND];
  char *words, *values; /* of all paths; a copy of the window */
  size_t last;          /* what was found the last time: questions come in the order of wishes */
} kept;

/* Of another file that is at work what came stays. */
void h5_ahead_close(fray_h5 file) {
  if (kept.file == file)
    h5_ahead_forget();
}

/* Handles are numbers that are given again, so that what came must not outlive its file. */
void h5_ahead_forget(void) {
  free(kept.words);
  free(kept.values);
  kept.words = kept.values = NULL;
  kept.file = 0;
  kept.n = kept.last = 0;
}

/* As many groups as find room, and all wishes: half a list of wishes would be asked for the other
 * half one by one. 0: not even one group does. */
size_t h5_ahead_words(const struct h5_wanted *wanted, struct h5_request *request) {
  size_t of_wishes = 1, at = 0;
  for (size_t i = 0; i < wanted->n_wishes; i++)
    of_wishes += strlen(wanted->wish[i].leaf) + 3;
  request->n = 0;
  for (size_t g = 0; g < wanted->n_groups; g++) {
    const size_t size = strlen(wanted->group[g]) + 1;
    if (at + size + of_wishes + 2 > H5_WORDS || (g + 1) * wanted->n_wishes > H5_MOST_FOUND)
      break;
    memcpy(request->words + at, wanted->group[g], size);
    at += size;
    request->n++;
  }
  if (request->n == 0)
    return 0;
  request->words[at++] = '\0';
  for (size_t i = 0; i < wanted->n_wishes; i++) {
    const struct fray_h5_wish *wish = &wanted->wish[i];
    request->words[at++] = (char)('0' + (int)wish->kind);
    request->words[at++] = (char)('0' + (int)wish->type);
    const size_t size = strlen(wish->leaf) + 1;
    memcpy(request->words + at, wish->leaf, size);
    at += size;
  }
  request->words[at++] = '\0';
  return offsetof(struct h5_request, words) + at;
}

/* Room for a path of each group and wish, and the paths. They are joined once here, and not at
 * every look: a report asks twenty questions of each of thousands of trials. */
static bool put_paths(const struct h5_wanted *wanted, size_t n_groups) {
  size_t bytes = 0, n = 0;
  for (size_t g = 0; g < n_groups; g++)
    for (size_t i = 0; i < wanted->n_wishes; i++)
      bytes += strlen(wanted->group[g]) + strlen(wanted->wish[i].leaf) + 2;
  kept.words = malloc(bytes + 1);
  if (!kept.words)
    return false;
  char *to = kept.words;
  for (size_t g = 0; g < n_groups; g++)
    for (size_t i = 0; i < wanted->n_wishes; i++) {
      kept.part[n].path = to;
      kept.part[n].kind = wanted->wish[i].kind;
      kept.part[n++].type = wanted->wish[i].type;
      if (strcmp(wanted->group[g], ".") != 0) {
        to = stpcpy(to, wanted->group[g]);
        *to++ = '/';
      }
      to = stpcpy(to, wanted->wish[i].leaf) + 1;
    }
  return true;
}

/* Of one thing. Sizes that are used without another look. */
static bool makes_sense_of(const struct h5_found *f, size_t bytes) {
  return f->at <= bytes && f->bytes <= bytes - f->at &&
         (!f->has_shape || (f->rank >= 1 && f->rank <= FRAY_H5_MAX_RANK)) && f->n <= f->bytes;
}

/* The reader names no paths: they follow from what it was asked, and so does how many there are. A
 * list that breaks off between two groups is whole as far as it goes. */
enum fray_status h5_ahead_keep(const struct h5_wanted *wanted, const char *window,
                               const struct h5_reply *reply, bool *makes_sense,
                               struct fray_err *err) {
  const size_t n_groups = wanted->n_wishes ? (size_t)reply->n / wanted->n_wishes : 0;
  const size_t bytes = (size_t)reply->bytes;
  h5_ahead_forget();
  /* Both numbers are the reader's: what they index is bounded before it is read. */
  *makes_sense = reply->n <= H5_MOST_FOUND && n_groups <= wanted->n_groups &&
                 reply->n == n_groups * wanted->n_wishes && reply->bytes <= FRAY_CONFINED_WINDOW;
  if (!*makes_sense)
    return FRAY_OK;
  /* One byte more, so that no list of texts runs on behind it. */
  kept.values = malloc(bytes + 1);
  const bool has_room = kept.values && put_paths(wanted, n_groups);
  if (!has_room)
    h5_ahead_forget();
  FRAY_CHECK(has_room, err, MEMORY, "out of memory (%zu bytes)", bytes);
  /* Copied before it is looked at: the reader could change what lies in the window. */
  memcpy(kept.values, window, bytes);
  kept.values[bytes] = '\0';
  for (size_t i = 0; i < reply->n && *makes_sense; i++) {
    struct h5_found *f = &kept.part[i].found;
    *makes_sense = (i + 1) * sizeof *f <= bytes;
    if (*makes_sense)
      memcpy(f, kept.values + i * sizeof *f, sizeof *f);
    *makes_sense = *makes_sense && makes_sense_of(f, bytes);
  }
  if (!*makes_sense) {
    h5_ahead_forget();
    return FRAY_OK;
  }
  kept.file = wanted->file;
  kept.n = (size_t)reply->n;
  return FRAY_OK;
}

/* From the last hit on, as questions mostly go on from there. An attribute is no data set of the
 * same name. */
static size_t find(fray_h5 file, const char *path, bool is_attr) {
  /* Files of this process have other handles, and answer by themselves. */
  if (file != kept.file)
    return SIZE_MAX;
  for (size_t k = 0; k < kept.n; k++) {
    const size_t i = kept.last + k < kept.n ? kept.last + k : kept.last + k - kept.n;
    if ((kept.part[i].kind == FRAY_H5_ATTR) == is_attr && strcmp(kept.part[i].path, path) == 0) {
      kept.last = i;
      return i;
    }
  }
  return SIZE_MAX;
}

/* Known means that its name was looked for, which a path that was too long was not. */
static const struct h5_found *known(size_t i, const char **values) {
  if (i == SIZE_MAX || !kept.part[i].found.is_known)
    return NULL;
  *values = kept.values + kept.part[i].found.at;
  return &kept.part[i].found;
}

const struct h5_found *h5_ahead_find(fray_h5 file, const char *path, const char **values) {
  return known(find(file, path, false), values);
}

/* Paths of attributes are joined as those of wishes are. */
const struct h5_found *h5_ahead_attr(fray_h5 file, const char *path, const char *name,
                                     const char **values) {
  char both[H5_WORDS];
  const int size = snprintf(both, sizeof both, "%s@%s", path, name);
  return size > 0 && (size_t)size < sizeof both ? known(find(file, both, true), values) : NULL;
}

/* Nothing but a group has members. */
bool h5_ahead_is_group(fray_h5 file, const char *path) {
  const char *values;
  return h5_ahead_list(file, path, FRAY_H5_MEMBERS, &values) != NULL;
}

/* The kind tells how the values lie: those of numbers are no texts, whoever asks. */
const struct h5_found *h5_ahead_list(fray_h5 file, const char *path, enum fray_h5_kind kind,
                                     const char **values) {
  const struct h5_found *f = h5_ahead_find(file, path, values);
  return f && f->has_values && kept.part[kept.last].kind == kind ? f : NULL;
}

/* Another count than that of the file is an error to be told, and another type another reading. */
const struct h5_found *h5_ahead_numbers(fray_h5 file, const char *path, enum fray_h5_type type,
                                        size_t count, const char **values) {
  const struct h5_found *f = h5_ahead_find(file, path, values);
  size_t n = 1, bytes = 0;
  if (!f || !f->has_values || !f->has_shape || kept.part[kept.last].kind != FRAY_H5_NUMBERS ||
      kept.part[kept.last].type != type)
    return NULL;
  for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
    if (!fray_size_mul(n, (size_t)f->dims[i], &n))
      return NULL;
  return n == count && fray_size_mul(n, h5_type_bytes(type), &bytes) && bytes == f->bytes ? f
                                                                                          : NULL;
}

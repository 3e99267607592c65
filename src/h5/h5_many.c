/* The reader's answer to many wishes at once. */
#include "h5_served.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

/* Where the next values go: the window begins with what was found, one for each wish, and values
 * lie behind all of it, in the order of wishes. */
struct room {
  char *window;
  size_t at, first; /* first: of all */
};

/* Texts one behind the other, each with its NUL. */
static void put_texts(const char *const *text, size_t n, struct room *room,
                      struct h5_found *found) {
  size_t bytes = 0;
  for (size_t i = 0; i < n; i++)
    bytes += strlen(text[i]) + 1;
  /* What finds no room is fetched by itself, in pieces. */
  if (bytes > FRAY_CONFINED_WINDOW - room->at)
    return;
  char *to = room->window + room->at;
  for (size_t i = 0; i < n; i++) {
    const size_t size = strlen(text[i]) + 1;
    memcpy(to, text[i], size);
    to += size;
  }
  found->n = n;
  found->bytes = bytes;
  found->has_values = true;
}

/* An attribute is PATH@NAME, the last @ of it, as names of data sets may have others; a list of
 * one. False: it is not there, and that is known. */
static bool look_up_attr(hid_t file, char *path, struct fray_arena *arena, struct room *room,
                         struct h5_found *found) {
  struct fray_err unsaid = {0};
  const char *text = NULL;
  char *name = strrchr(path, '@');
  if (!name)
    return true; /* whatever it is, it was not understood */
  *name++ = '\0';
  if (h5_here_attr_text(file, path, name, arena, &text, &unsaid) == FRAY_OK)
    put_texts(&text, 1, room, found);
  return found->has_values || h5_here_has_attr(file, path, name);
}

/* Mostly things are there, or their group says that they are not: that is asked first.
 * Errors are not told: what is missing is asked for by itself, and says then what is wrong. */
static void look_up(hid_t file, enum fray_h5_kind kind, enum fray_h5_type type, char *path,
                    struct room *room, struct h5_found *found) {
  struct fray_err unsaid = {0};
  struct fray_arena arena = {0};
  const char **text = NULL;
  size_t n = 0;
  found->at = room->at;
  found->is_known = true;
  if (kind != FRAY_H5_ATTR && !h5_here_has(file, path))
    return;
  found->is_there = true;
  if (kind == FRAY_H5_ATTR)
    found->is_there = look_up_attr(file, path, &arena, room, found);
  else if (kind == FRAY_H5_SHAPE || kind == FRAY_H5_NUMBERS)
    h5_here_whole(file, path, type, room->window + room->at,
                  kind == FRAY_H5_SHAPE ? 0 : FRAY_CONFINED_WINDOW - room->at, found, &unsaid);
  else if ((kind == FRAY_H5_TEXTS ? h5_here_read_texts : h5_here_members)(file, path, &arena, &text,
                                                                          &n, &unsaid) == FRAY_OK)
    put_texts(text, n, room, found);
  fray_arena_free(&arena);
  /* Aligned for any type. */
  room->at = FRAY_MIN((room->at + (size_t)found->bytes + 7) / 8 * 8, (size_t)FRAY_CONFINED_WINDOW);
}

/* Words that break off, or name kinds that there are none of, are no error of a file. */
enum fray_status h5_serve_many(const struct h5_request *request, hid_t file, char *window,
                               struct h5_reply *reply, struct fray_err *err) {
  struct h5_found *found = (struct h5_found *)(void *)window;
  struct room room = {.window = window};
  const char *const end = request->words + H5_WORDS - 1;
  const char *wishes = request->words;
  size_t n = 0;
  /* Behind the empty group. */
  while (wishes < end && *wishes)
    wishes += strlen(wishes) + 1;
  wishes++;
  for (const char *wish = wishes; wish < end && *wish; wish += strlen(wish) + 1)
    n++;
  room.at = FRAY_MIN(n * (size_t)request->n, (size_t)H5_MOST_FOUND) * sizeof *found;
  room.first = room.at;
  n = 0;
  /* Group by group, so that the groups that HDF5 keeps open are those that are read. */
  for (const char *group = request->words; *group; group += strlen(group) + 1)
    for (const char *wish = wishes; wish < end && *wish; wish += strlen(wish) + 1) {
      if (n * sizeof *found == room.first)
        return fray_fail(err, FRAY_INTERNAL, "more wishes than groups and leaves");
      char path[2 * H5_PLACE];
      const unsigned kind = (unsigned char)wish[0] - '0', type = (unsigned char)wish[1] - '0';
      FRAY_CHECK(kind <= FRAY_H5_ATTR && h5_type_bytes((enum fray_h5_type)type), err, INTERNAL,
                 "a wish of kind %u, type %u", kind, type);
      found[n] = (struct h5_found){0};
      const bool is_root = strcmp(group, ".") == 0;
      const int size =
          snprintf(path, sizeof path, "%s%s%s", is_root ? "" : group, is_root ? "" : "/", wish + 2);
      if (size > 0 && (size_t)size < sizeof path)
        look_up(file, (enum fray_h5_kind)kind, (enum fray_h5_type)type, path, &room, &found[n]);
      n++;
    }
  reply->n = n;
  reply->bytes = room.at;
  return FRAY_OK;
}

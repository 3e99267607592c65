/* The answers of several trials, asked for at once: a report reads all of a study, and each
 * question by itself is a message to the reader and back. */
#include "said_values.h"

#include "fray/base/size.h"

#include <string.h>

/* What every trial is asked for, whatever it holds. */
static const struct fray_h5_wish always[] = {
    {FRAY_H5_NUMBERS, FRAY_H5_I32, "client"},  {FRAY_H5_SHAPE, FRAY_H5_I32, "edits"},
    {FRAY_H5_SHAPE, FRAY_H5_I32, "confusion"}, {FRAY_H5_NUMBERS, FRAY_H5_I32, "target"},
    {FRAY_H5_TEXTS, FRAY_H5_I32, "condition"}, {FRAY_H5_MEMBERS, FRAY_H5_I32, "group"}};

static const char answers[] = "answers";

/* Of more columns the rest is asked for one by one. */
enum { MOST_COLUMNS = 8, MOST_WISHES = FRAY_COUNT(always) + 2 + 2 * MOST_COLUMNS };

static bool is_within(const struct said_ahead *ahead, const char *const *group, size_t t) {
  return ahead->group == group && t >= ahead->first && t < ahead->end;
}

/* Unless it is what was asked the last time. */
static enum fray_status ask(struct said_ahead *ahead, const char *what, const char *const *group,
                            size_t t, size_t n, const struct fray_h5_wish *wish, size_t n_wishes,
                            struct fray_err *err) {
  size_t done;
  if (ahead->what == what && is_within(ahead, group, t))
    return FRAY_OK;
  ahead->what = NULL;
  FRAY_TRY(fray_h5_ahead(ahead->file, group + t, n, wish, n_wishes, &done, err));
  ahead->what = what;
  ahead->group = group;
  ahead->first = t;
  ahead->end = t + done;
  return FRAY_OK;
}

/* Where nothing came, each is asked for by itself. */
enum fray_status said_ahead_names(struct said_ahead *ahead, const char *const *group, size_t t,
                                  size_t n, size_t *end, struct fray_err *err) {
  static const struct fray_h5_wish name = {FRAY_H5_TEXTS, FRAY_H5_I32, "clients/name"};
  FRAY_TRY(ask(ahead, name.leaf, group, t, n, &name, 1, err));
  *end = FRAY_MAX(ahead->end, t + 1);
  if (*end < t + n)
    fray_h5_ahead_next(ahead->file, group + *end, t + n - *end, &name, 1);
  return FRAY_OK;
}

enum fray_status said_ahead_sources(struct said_ahead *ahead, const char *const *group, size_t t,
                                    size_t n, struct fray_err *err) {
  static const struct fray_h5_wish source = {FRAY_H5_TEXTS, FRAY_H5_I32, "source"};
  return ask(ahead, source.leaf, group, t, n, &source, 1, err);
}

/* What answers are, as far as it is known; *n_wishes. */
static enum fray_status wishes_of(const struct said_ahead *ahead, struct fray_arena *work,
                                  struct fray_h5_wish wish[MOST_WISHES], size_t *n_wishes,
                                  struct fray_err *err) {
  size_t n = FRAY_COUNT(always);
  memcpy(wish, always, sizeof always);
  wish[n++] =
      (struct fray_h5_wish){FRAY_H5_NUMBERS, ahead->sets ? FRAY_H5_U8 : FRAY_H5_I32, "label"};
  wish[n++] =
      (struct fray_h5_wish){FRAY_H5_NUMBERS, ahead->sets ? FRAY_H5_U8 : FRAY_H5_I16, "predicted"};
  for (size_t c = 0; c < FRAY_MIN(ahead->n_columns, (size_t)MOST_COLUMNS); c++) {
    const char *values = fray_arena_printf(work, "group_values/%s", ahead->column[c]);
    const char *codes = fray_arena_printf(work, "group/%s", ahead->column[c]);
    FRAY_CHECK(values && codes, err, MEMORY, "out of memory");
    wish[n++] = (struct fray_h5_wish){FRAY_H5_TEXTS, FRAY_H5_I32, values};
    wish[n++] = (struct fray_h5_wish){FRAY_H5_NUMBERS, FRAY_H5_I32, codes};
  }
  *n_wishes = n;
  return FRAY_OK;
}

enum fray_status said_ahead_answers(struct said_ahead *ahead, const char *const *group, size_t t,
                                    size_t n, struct fray_arena *work, bool *is_new,
                                    struct fray_err *err) {
  struct fray_h5_wish wish[MOST_WISHES];
  size_t n_wishes;
  *is_new = !(ahead->what == answers && is_within(ahead, group, t));
  if (!*is_new)
    return FRAY_OK;
  FRAY_TRY(wishes_of(ahead, work, wish, &n_wishes, err));
  return ask(ahead, answers, group, t, n, wish, n_wishes, err);
}

enum fray_status said_next_answers(const struct said_ahead *ahead, const char *const *group,
                                   size_t t, size_t n, struct fray_arena *work,
                                   struct fray_err *err) {
  struct fray_h5_wish wish[MOST_WISHES];
  size_t n_wishes;
  FRAY_TRY(wishes_of(ahead, work, wish, &n_wishes, err));
  fray_h5_ahead_next(ahead->file, group + t, n, wish, n_wishes);
  return FRAY_OK;
}

enum fray_status said_liken(struct said_ahead *ahead, bool sets, const char *const *column,
                            size_t n_columns, struct fray_arena *arena, struct fray_err *err) {
  bool same = ahead->n_columns == n_columns;
  ahead->sets = sets;
  for (size_t c = 0; same && c < n_columns; c++)
    same = strcmp(ahead->column[c], column[c]) == 0;
  if (same)
    return FRAY_OK;
  ahead->n_columns = 0;
  FRAY_ALLOC(ahead->column, arena, n_columns, err);
  for (size_t c = 0; c < n_columns; c++) {
    ahead->column[c] = fray_arena_strdup(arena, column[c]);
    FRAY_CHECK(ahead->column[c], err, MEMORY, "out of memory");
  }
  ahead->n_columns = n_columns;
  return FRAY_OK;
}

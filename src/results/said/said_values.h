/* Values of kept answers, read from a file that is not trusted. */
#ifndef RESULTS_SAID_VALUES_H
#define RESULTS_SAID_VALUES_H

#include "fray/h5/h5.h"

/** n values at path into the arena. INPUT with path and value: one out of its range. Classes: -3
 *  and -2 (what a judge says in the place of one), -1 (no answer), 0 .. classes-1. */
enum fray_status said_classes(fray_h5 file, const char *path, size_t n, size_t classes,
                              struct fray_arena *arena, const int16_t **out, struct fray_err *err);
/** Each 0 or 1. */
enum fray_status said_sets(fray_h5 file, const char *path, size_t n, struct fray_arena *arena,
                           const uint8_t **out, struct fray_err *err);
/** Each a count of 16 bits. */
enum fray_status said_edits(fray_h5 file, const char *path, size_t n, struct fray_arena *arena,
                            const int32_t **out, struct fray_err *err);

/** Sets of labels (n, classes), each 0 or 1, and for each sample 0, or -1 where all are 255: it has
 *  none. */
enum fray_status said_label_sets(fray_h5 file, const char *path, size_t n, size_t classes,
                                 struct fray_arena *arena, const uint8_t **labels,
                                 const int32_t **label, struct fray_err *err);

/** The names that a trial's clients have, as they stand in the file. Lists of trials that have the
 *  same are one list. */
struct said_names {
  const char **name;
  size_t n;
};
bool said_same_names(const struct said_names *a, const struct said_names *b);
/** All names of lists (n) in order, each once, in the arena; *count. */
enum fray_status said_unite(const struct said_names *list, size_t n, struct fray_arena *work,
                            struct fray_arena *arena, const char ***out, size_t *count,
                            struct fray_err *err);
/** The place of a name that is among all (n). */
size_t said_place_of(const char *name, const char *const *all, size_t n);

/** What was asked for ahead (fray_h5_ahead), and what the answers of a trial look like, as far as
 *  it is known of the one before. Zeroed but for the file. */
struct said_ahead {
  fray_h5 file;
  const char *what;         /* NULL: nothing */
  const char *const *group; /* of those first .. end-1 it was asked */
  size_t first, end;
  bool sets;
  const char **column; /* (n_columns) of groups */
  size_t n_columns;
};
/** Has what is read of the groups t .. t+n-1 asked for at once, if it was not: names of clients (as
 *  many groups as find room: below *end), all that answers are, names of samples. A hint. is_new:
 * it was not. MEMORY.
 */
enum fray_status said_ahead_names(struct said_ahead *ahead, const char *const *group, size_t t,
                                  size_t n, size_t *end, struct fray_err *err);
enum fray_status said_ahead_answers(struct said_ahead *ahead, const char *const *group, size_t t,
                                    size_t n, struct fray_arena *work, bool *is_new,
                                    struct fray_err *err);
/** Has the reader begin with the answers of t .. t+n-1, which will be asked for next. */
enum fray_status said_next_answers(const struct said_ahead *ahead, const char *const *group,
                                   size_t t, size_t n, struct fray_arena *work,
                                   struct fray_err *err);
enum fray_status said_ahead_sources(struct said_ahead *ahead, const char *const *group, size_t t,
                                    size_t n, struct fray_err *err);
/** What answers look like from now on. arena: of as long as ahead is used. */
enum fray_status said_liken(struct said_ahead *ahead, bool sets, const char *const *column,
                            size_t n_columns, struct fray_arena *arena, struct fray_err *err);

#endif

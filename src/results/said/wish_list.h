/* What was read of one file, wished of the next one that is like it: the first file of a kind is
 * asked question by question, and each that follows at once. */
#ifndef RESULTS_WISH_LIST_H
#define RESULTS_WISH_LIST_H

#include "fray/h5/h5.h"

/** Zeroed: nothing is known. */
struct wish_list {
  struct fray_h5_wish wish[FRAY_H5_MOST_WISHES];
  size_t end[FRAY_H5_MOST_WISHES]; /* of the words of each */
  size_t n, at;                    /* at: how many of them were noted of the file at hand */
  char words[2600];
};
/** Begins with another file, of which nothing was noted yet. */
void wish_list_begin(struct wish_list *list);
/** Whoever reads notes it, in the order in which it reads. What the file before did not have, or
 * had elsewhere, takes the place of what it had. What finds no room is left out. */
void wish_list_note(struct wish_list *list, enum fray_h5_kind kind, enum fray_h5_type type,
                    const char *path);
void wish_list_note_attr(struct wish_list *list, const char *path, const char *name);
/** Has all of it looked up in a file: beside what is done here, and now (or what was begun taken).
 * A hint. MEMORY. */
void wish_list_next(const struct wish_list *list, fray_h5 file);
enum fray_status wish_list_ask(const struct wish_list *list, fray_h5 file, struct fray_err *err);

#endif

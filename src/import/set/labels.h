/* Labels of samples, and the classes of a set. */
#ifndef FRAY_IMPORT_LABELS_H
#define FRAY_IMPORT_LABELS_H

#include "sample_set.h"

/** What says the labels of an input's rows: texts, or columns of 0 and 1. */
struct label_texts {
  const char **label, *separator; /* (rows) */
  const struct fray_strings *columns;
  const char ***column; /* (columns)(rows) */
};
/** Finds them. INPUT: keys that do not fit the task or each other, an unknown field. */
enum fray_status fray_labels_fill(const struct set *set, const struct input_config *input,
                                  const struct rows *rows, struct label_texts *out,
                                  struct fray_err *err);
/** The names of a sample's classes. INPUT: a name that a shard would not hold, a column that holds
 *  neither 0 nor 1. */
enum fray_status fray_labels_take(const struct set *set, const struct label_texts *t, size_t row,
                                  struct sample *s, struct fray_err *err);
/** The list of classes, and every sample's codes. INPUT: a class that is not in a given list. */
enum fray_status fray_labels_settle(struct set *set, struct fray_err *err);

/* lists.c */
/** A text such as "['NORM', 'MI']": its items, of quoted texts or numbers (also in braces or
 *  parentheses, without commas, or none at all), into item (strlen / 2 + 1). False for any other
 *  text, such as a dictionary; and when memory is out, which the next allocation tells. */
bool fray_list_take(struct fray_arena *arena, const char *text, const char **item, size_t *n);
/** Warns of classes that look like sets. INPUT: task multi_label, no separator was given, and a
 *  class is made of other classes. sorted (classes): in natural order. */
enum fray_status fray_lists_check(const struct set *set, const char *const *sorted,
                                  bool separator_given, struct fray_err *err);

#endif

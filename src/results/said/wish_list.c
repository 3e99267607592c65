/* Wishes that were learned from the file before. */
#include "wish_list.h"

#include <stdio.h>
#include <string.h>

static const char *const root[] = {"."};

void wish_list_begin(struct wish_list *list) {
  list->at = 0;
}

static size_t used(const struct wish_list *list) {
  return list->n ? list->end[list->n - 1] : 0;
}

/* Mostly it is what the file before had, and only looked at. */
void wish_list_note(struct wish_list *list, enum fray_h5_kind kind, enum fray_h5_type type,
                    const char *path) {
  if (list->at < list->n) {
    const struct fray_h5_wish *known = &list->wish[list->at];
    if (known->kind == kind && known->type == type && strcmp(known->leaf, path) == 0) {
      list->at++;
      return;
    }
    list->n = list->at;
  }
  const size_t size = strlen(path) + 1, from = used(list);
  if (list->n == FRAY_H5_MOST_WISHES || size > sizeof list->words - from)
    return;
  char *leaf = memcpy(list->words + from, path, size);
  list->wish[list->n] = (struct fray_h5_wish){kind, type, leaf};
  list->end[list->n++] = from + size;
  list->at = list->n;
}

void wish_list_note_attr(struct wish_list *list, const char *path, const char *name) {
  char both[sizeof list->words];
  const int size = snprintf(both, sizeof both, "%s@%s", path, name);
  if (size > 0 && (size_t)size < sizeof both)
    wish_list_note(list, FRAY_H5_ATTR, FRAY_H5_U8, both);
}

void wish_list_next(const struct wish_list *list, fray_h5 file) {
  if (list->n)
    fray_h5_ahead_next(file, root, 1, list->wish, list->n);
}

enum fray_status wish_list_ask(const struct wish_list *list, fray_h5 file, struct fray_err *err) {
  size_t done;
  return list->n ? fray_h5_ahead(file, root, 1, list->wish, list->n, &done, err) : FRAY_OK;
}

/* Names of a data set that look alike: blanks at the ends, other Unicode forms. */
#include "index.h"

#include "fray/base/log.h"
#include "fray/codec/names.h"

/* Names of a list differ in their bytes, so two look alike only if one of them is not clean. With a
 * million clients this saves a table of them all. */
static bool all_are_clean(const char *const *name, size_t n, struct fray_arena *scratch) {
  for (size_t i = 0; i < n; i++)
    if (fray_name_clean(name[i], scratch) != name[i])
      return false;
  return true;
}

/* One pair stands for all: who mends it finds the others by the same cause. */
static enum fray_status warn_list(const struct fray_dataset *dataset, const char *what,
                                  const char *const *name, size_t n, struct fray_arena *scratch,
                                  struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(scratch);
  struct fray_name_table table;
  size_t other = 0;
  if (all_are_clean(name, n, scratch))
    return FRAY_OK;
  FRAY_TRY(fray_name_table_make(name, n, scratch, &table, err));
  size_t twin = fray_name_twin(&table, &other);
  /* Both with their numbers: on a screen the two names are the same. */
  if (twin < n)
    fray_warn("%s: the %s \"%.80s\" (number %zu) and \"%.80s\" (number %zu) look alike, but are "
              "two: blanks or Unicode forms differ",
              dataset->name, what, name[other], other, name[twin], twin);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}

/* Ids of samples are not looked at: they are keys, which nobody types or groups by. */
enum fray_status dataset_warn_alike(const struct fray_dataset *dataset, struct fray_err *err) {
  /* Wound back after each list: a table of names is as large as they are. */
  struct fray_arena scratch = {0};
  enum fray_status status =
      warn_list(dataset, "classes", dataset->class_name, dataset->n_classes, &scratch, err);
  if (status == FRAY_OK)
    status = warn_list(dataset, "clients", dataset->client_name, dataset->n_clients, &scratch, err);
  for (size_t g = 0; g < dataset->n_groups; g++)
    if (status == FRAY_OK)
      status = warn_list(dataset, dataset->group[g].name, dataset->group[g].value,
                         dataset->group[g].n, &scratch, err);
  fray_arena_free(&scratch);
  return status;
}

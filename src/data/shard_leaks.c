/* Counts of content that is there twice: root attributes of shards. */
#include "fray/data/shard_leaks.h"

#include "fray/base/file.h"
#include "fray/h5/h5.h"

#include <math.h>

const char *const fray_leak_names[] = {"same_in_train_and_test", "same_in_two_clients",
                                       "same_in_two_classes", NULL};

static void read_counts(fray_h5 file, struct fray_leaks *out) {
  double *const count[] = {&out->train_and_test, &out->two_clients, &out->two_classes};
  for (size_t i = 0; fray_leak_names[i]; i++) {
    double n;
    if (fray_h5_has_attr(file, ".", fray_leak_names[i]) &&
        fray_h5_attr_real(file, ".", fray_leak_names[i], &n, NULL) == FRAY_OK && n >= 0)
      *count[i] = fmax(*count[i], n); /* fmax leaves NaN aside */
  }
}

void fray_dataset_leaks(const struct fray_dataset *dataset, struct fray_leaks *out) {
  *out = (struct fray_leaks){NAN, NAN, NAN};
  for (size_t i = 0; i < dataset->n_shards; i++) {
    fray_h5 file;
    if (fray_h5_open(dataset->shard_path[i], &file, NULL) != FRAY_OK)
      continue;
    read_counts(file, out);
    (void)fray_h5_close(file, NULL);
  }
}

static enum fray_status put_counts(fray_h5 file, const struct fray_leaks *leaks,
                                   struct fray_err *err) {
  const double count[] = {leaks->train_and_test, leaks->two_clients, leaks->two_classes};
  for (size_t i = 0; fray_leak_names[i]; i++)
    FRAY_TRY(fray_h5_put_attr_real(file, ".", fray_leak_names[i], count[i], err));
  return FRAY_OK;
}

enum fray_status fray_shard_put_leaks(const char *path, const struct fray_leaks *leaks,
                                      struct fray_err *err) {
  fray_h5 file;
  struct fray_err closing = {0};
  FRAY_TRY(fray_h5_open_to_add(path, &file, err));
  enum fray_status status = put_counts(file, leaks, err);
  enum fray_status closed = fray_h5_close(file, &closing);
  FRAY_TRY(status);
  FRAY_CHECK(closed == FRAY_OK, err, IO, "%s", closing.text);
  return fray_file_sync(path, err);
}

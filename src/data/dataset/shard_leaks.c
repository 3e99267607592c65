/* Counts of content that is there twice: root attributes of shards. An import finds them, for it
 * sees all contents at once; a study only tells of them. */
#include "fray/data/shard_leaks.h"

#include "fray/h5/h5.h"

#include <math.h>

const char *const fray_leak_names[] = {"same_in_train_and_test", "same_in_two_clients",
                                       "same_in_two_classes", NULL};

/* The attributes are hints of a maker: what is no count is passed over. */
static void read_counts(fray_h5 file, struct fray_leaks *out) {
  double *const count[] = {&out->train_and_test, &out->two_clients, &out->two_classes};
  for (size_t i = 0; fray_leak_names[i]; i++) {
    double n;
    if (fray_h5_has_attr(file, ".", fray_leak_names[i]) &&
        fray_h5_attr_real(file, ".", fray_leak_names[i], &n, NULL) == FRAY_OK && n >= 0)
      *count[i] = fmax(*count[i], n); /* fmax leaves NaN aside */
  }
}

/* Any shard may carry the counts: an import writes them into the last, which knows all. */
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

/* Dev windows that share part of themselves with a training window: neighbours in a recording that
 * was cut into overlapping windows, whose score tells less than it seems to. */
#include "fray/data/dataset.h"

/* Whether a neighbour in the shard is a training sample of the same client. */
static bool trains(const struct fray_dataset *d, size_t sample, size_t neighbour) {
  return d->client[neighbour] == d->client[sample] && d->split[neighbour] == FRAY_TRAIN;
}

size_t fray_dataset_dev_overlaps(const struct fray_dataset *dataset) {
  size_t n = 0;
  if (dataset->window_overlap <= 0)
    return 0;
  for (size_t i = 0; i < dataset->n_samples; i++) {
    bool before = i > 0 && trains(dataset, i, i - 1);
    bool after = i + 1 < dataset->n_samples && trains(dataset, i, i + 1);
    n += dataset->split[i] == FRAY_DEV && (before || after);
  }
  return n;
}

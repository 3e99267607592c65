#include "fray/data/dataset.h"

static bool trains(const struct fray_dataset *d, size_t sample, size_t neighbour) {
  return d->client[neighbour] == d->client[sample] && d->split[neighbour] == FRAY_TRAIN;
}

size_t fray_dataset_dev_overlaps(const struct fray_dataset *dataset) {
  size_t n = 0;
  for (size_t i = 0; i < dataset->n_samples && dataset->window_overlap > 0; i++) {
    bool before = i > 0 && trains(dataset, i, i - 1);
    bool after = i + 1 < dataset->n_samples && trains(dataset, i, i + 1);
    n += dataset->split[i] == FRAY_DEV && (before || after);
  }
  return n;
}

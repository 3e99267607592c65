/* Bounds for labels and presence, beside the tests and in the whole collection. */
#include "label_rows.h"

#include "collection.h"

/* Bounds are printed with seven digits: those of a number without variance hold within them. */
static struct collection_rows rows = {
    .beside = "labels_stats.csv", .media = {"label", "modality"}, .slack = 1e-7};

void rows_meet(const char *kind, const char *table, size_t severity, const char *statistic,
               double value) {
  collection_meets(&rows, kind, table, severity, statistic, value);
}

size_t rows_met(const char *kind) {
  size_t met, all;
  collection_met(&rows, kind, &met, &all);
  return met;
}

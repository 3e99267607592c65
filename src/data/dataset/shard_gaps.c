/* Values that were never written. A writer that died leaves chunks that HDF5 reads as zeros, which
 * look like silence or a black picture and train without complaint. HDF5 can tell which chunks
 * exist; where room was taken in advance it cannot, and only a tail of zeros is left to be
 * suspicious of. */
#include "index.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

/* Rows of a sample in the file. */
/* In a dense shard the i-th row is the i-th sample; offsets count steps of ragged ones. */
static void rows_of(const struct fray_dataset *dataset, const struct shard_head *head, size_t index,
                    size_t m, size_t i, size_t *first, size_t *end) {
  *first = i;
  *end = i + 1;
  if (!head->layout[m].ragged)
    return;
  const int64_t *offset = dataset->priv->offset[m] + dataset->shard_first[index] + index;
  *first = (size_t)offset[i];
  *end = (size_t)offset[i + 1];
}

static bool is_present(const struct fray_dataset *dataset, size_t index, size_t m, size_t i) {
  return dataset->present[dataset->shard_first[index] + i] >> m & 1;
}

/* Absent samples may lie in a gap: their values are never used. */
static enum fray_status check_gaps(const struct fray_dataset *dataset,
                                   const struct shard_head *head, size_t index, size_t m,
                                   const char *path, const struct fray_h5_gap *gap, size_t n_gaps,
                                   struct fray_err *err) {
  size_t lost = 0, first_lost = 0, present = 0;
  for (size_t i = 0, g = 0; i < head->n_samples; i++) {
    size_t first, end;
    if (!is_present(dataset, index, m, i))
      continue;
    present++;
    rows_of(dataset, head, index, m, i, &first, &end);
    /* Gaps and samples both ascend, so one walk over the two lists is enough. */
    while (g < n_gaps && gap[g].end <= first)
      g++;
    if (g == n_gaps || gap[g].first >= end)
      continue;
    first_lost = lost++ ? first_lost : i;
  }
  FRAY_CHECK(lost == 0, err, INPUT,
             "%s: %s: the values of %zu of %zu samples were never written, sample %zu is the "
             "first; they would read as the fill value. Did the writer come to an end? Samples "
             "without values are marked in `present`",
             head->path, path, lost, present, first_lost);
  return FRAY_OK;
}

/* Most shards have no gaps at all, and pay for one question to HDF5. */
enum fray_status shard_check_gaps(const struct fray_dataset *dataset, const struct shard_head *head,
                                  size_t index, size_t m, struct fray_arena *scratch,
                                  struct fray_err *err) {
  struct fray_h5_gap *gap = NULL;
  size_t n = 0;
  const char *path = fray_arena_printf(scratch, "/modalities/%s/values", head->modality[m].name);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  FRAY_TRY(fray_h5_gaps(head->file, path, scratch, &gap, &n, err));
  return n ? check_gaps(dataset, head, index, m, path, gap, n, err) : FRAY_OK;
}

void shard_warn_blank_tail(const struct fray_dataset *dataset, const struct shard_head *head,
                           size_t index, size_t m) {
  static const size_t few = 20; /* one in so many samples is worth a word */
  size_t blank = 0, present = 0, first, end;
  for (size_t i = 0; i < head->n_samples; i++) {
    if (!is_present(dataset, index, m, i))
      continue;
    present++;
    rows_of(dataset, head, index, m, i, &first, &end);
    blank += first >= head->blank_from[m];
  }
  /* A single sample of silence is common; a twentieth of the set in a row at the end is not. */
  if (blank > 1 && blank >= present / few)
    fray_warn("%s: /modalities/%s/values: the last %zu of %zu samples hold nothing but zeros; were "
              "they written?",
              head->path, head->modality[m].name, blank, present);
}

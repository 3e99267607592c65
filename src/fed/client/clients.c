/* The clients of a federation, as damage left their samples. */
#include "fray/fed/federation.h"

#include <string.h>

/* Damage is by place in the partition, as its population was; sources are borrowed from there.
 * Clients that were left nothing stay, with count 0, so that their numbers are those of the
 * partition. */
enum fray_status fray_clients_build(const struct fray_partition *partition,
                                    const struct fray_damage *damage, size_t n_classes,
                                    struct fray_arena *arena, struct fray_clients *out,
                                    struct fray_err *err) {
  const size_t n = partition->first[partition->n_clients];
  size_t *first;
  uint32_t *sample, *count, *n_labelled;
  uint8_t *present, *labels = NULL;
  int32_t *label;
  FRAY_ALLOC(first, arena, partition->n_clients, err);
  FRAY_ALLOC(count, arena, partition->n_clients, err);
  FRAY_ALLOC(n_labelled, arena, partition->n_clients, err);
  FRAY_ALLOC(sample, arena, n, err);
  FRAY_ALLOC(present, arena, n, err);
  FRAY_ALLOC(label, arena, n, err);
  if (damage->labels)
    FRAY_ALLOC(labels, arena, n * n_classes, err);
  /* One list for all clients, in the partition's order: a million clients are ranges of it, and
   * memory does not grow by an allocation for each. */
  size_t at = 0;
  for (size_t c = 0; c < partition->n_clients; c++) {
    first[c] = at;
    for (int turn = 0; turn < 2; turn++) { /* those with a label, then the others */
      for (size_t i = partition->first[c]; i < partition->first[c + 1]; i++) {
        /* Dropped samples are nobody's; those without a label may still be of use to a method. */
        if (damage->dropped[i] || (damage->label[i] == FRAY_UNLABELLED) != (turn == 1))
          continue;
        sample[at] = partition->sample[i];
        present[at] = damage->present[i];
        if (labels)
          memcpy(labels + at * n_classes, damage->labels + i * n_classes, n_classes);
        label[at++] = damage->label[i];
      }
      /* After the first turn all so far have labels, after the second it is all there are. */
      *(turn == 0 ? &n_labelled[c] : &count[c]) = (uint32_t)(at - first[c]);
    }
  }
  *out = (struct fray_clients){.n = partition->n_clients,
                               .classes = n_classes,
                               .source = partition->source,
                               .first = first,
                               .count = count,
                               .n_labelled = n_labelled,
                               .data = {.n = at,
                                        .sample = sample,
                                        .label = label,
                                        .labels = labels,
                                        .present = present,
                                        .signal = damage->signal}};
  return FRAY_OK;
}

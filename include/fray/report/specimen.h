/* One sample, without damage and with it, to look at and to listen to. */
#ifndef FRAY_REPORT_SPECIMEN_H
#define FRAY_REPORT_SPECIMEN_H

#include "fray/comm/comm.h"
#include "fray/schema/node.h"

/** What to damage, and how. */
struct fray_specimen_wish {
  const char *shards;
  const char *sample; /* its id in the data; NULL: the first of the test that the entries can hit */
  const struct fray_node *const *entry; /* (n) as in a scenario's `corruption`, in their order */
  size_t n;
  uint64_t seed; /* of the random numbers, as seeds.corruption of a study gives it */
};

/** Makes the folder out: index.html with both values of each modality side by side, the values as
 *  files (MODALITY-clean and MODALITY-damaged: .wav of 16 bits, .png, .csv with a row per step,
 * .txt), measures.csv (how far the damage moves each modality) and ledger.csv, by which `kind:
 * replay` repeats it. The population is the split of the sample, as in a study. Collective; rank 0
 * writes. INPUT: as fray_dataset_open and fray_corrupt say; an unknown sample (names the nearest);
 * entries that do not act on the split of the sample; a folder that is there.
 *  IO: reading or writing. MEMORY. */
enum fray_status fray_specimen(const struct fray_specimen_wish *wish, const char *out,
                               struct fray_comm *comm, struct fray_err *err);

#endif

/* What became of the values of a set. */
#ifndef FRAY_IMPORT_TALLY_H
#define FRAY_IMPORT_TALLY_H

#include "fray/data/shard_leaks.h"
#include "import/set/sample_set.h"

enum { TALLY_NAMES = 3 };
/** Of one modality: how many values have a note, and the names of the first ones (borrowed). */
struct tally {
  size_t n[FRAY_NOTE_KINDS];
  const char *name[FRAY_NOTE_KINDS][TALLY_NAMES];
  size_t repeated; /* values that were there before */
};
/** What came of it all, for the printed plan. */
struct built {
  size_t shards;
  struct tally tally[FRAY_MAX_MODALITIES];
  size_t shortest[FRAY_MAX_MODALITIES], longest[FRAY_MAX_MODALITIES], n[FRAY_MAX_MODALITIES];
  double megabytes;
  struct fray_leaks leaks; /* over all modalities; what the last shard says */
};

/** Counts the notes of a present value, and whether it is all zero or constant; true if so. */
bool fray_tally_add(const struct set *set, const struct sample *s, size_t m,
                    const struct loaded *value, struct tally *tally);
/** "3 clipped, 12 resampled" in lines that begin at column indent; nothing if there is nothing. */
void fray_tally_counts(const struct tally *tally, size_t indent, struct fray_text *out);
/** One warning per modality and kind of note that may make numbers wrong. */
void fray_tally_warn(const struct set *set, const struct built *built);

#endif

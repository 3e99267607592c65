/* What is done to a sound on request before it is kept: parts are taken, its loudness is set. */
#ifndef FRAY_IMPORT_SOUND_EDITS_H
#define FRAY_IMPORT_SOUND_EDITS_H

#include "fray/codec/codec.h"
#include "fray/schema/schema.h"

struct trim_config {
  double below_db, keep; /* NaN: no trimming; seconds */
};
struct loudness_config {
  double rms_db, peak_db; /* of full scale; NaN: not given. One at most */
};
struct sound_edits {
  double offset, max_seconds; /* seconds; max_seconds NaN: no bound */
  struct trim_config trim;
  struct loudness_config loudness;
};

extern const struct fray_table fray_trim_table, fray_loudness_table;
#define SOUND_EDIT_FIELDS(STRUCT, MEMBER)                                                          \
  FRAY_FIELD(REAL, "offset", STRUCT, MEMBER.offset, .def = 0, .min = 0, .max = 1800, .unit = "s",  \
             .help = "left out at the beginning of every sound"),                                  \
      FRAY_FIELD(SECTION, "trim", STRUCT, MEMBER.trim, .section = &fray_trim_table,                \
                 .help = "leaves out the quiet at both ends"),                                     \
      FRAY_FIELD(REAL, "max_seconds", STRUCT, MEMBER.max_seconds, .optional = true, .min = 1e-3,   \
                 .max = 1800, .unit = "s",                                                         \
                 .help = "longer sounds are cut to their beginning, after `offset` and `trim`"),   \
      FRAY_FIELD(SECTION, "loudness", STRUCT, MEMBER.loudness, .section = &fray_loudness_table,    \
                 .help = "brings every sound to one loudness")

/** Takes the part of a sound of one channel that the edits ask for; in place, with notes. INPUT:
 * the offset leaves nothing. */
enum fray_status fray_sound_take_part(const struct sound_edits *edits, struct fray_sound *sound,
                                      struct fray_err *err);
/** Brings x (n) to the loudness that is asked for. Nothing is clipped: a gain that would is made
 *  smaller, which is noted. Silence stays. */
void fray_sound_level(const struct loudness_config *config, float *x, size_t n, unsigned *notes);

#endif

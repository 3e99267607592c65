/* Values that the program draws itself, one of each medium, so that damage can be looked at without
 * data. */
#ifndef REPORT_SHEET_BUILTIN_H
#define REPORT_SHEET_BUILTIN_H

#include "fray/corrupt/signal.h"

enum {
  SHEET_BUILTIN = FRAY_FEATURES + 1
}; /* modalities: one of each kind, in the order of the
      kinds and with their names */

/** A data set in memory: a client with a few samples of the test, and one with some of the
 *  training; each has all modalities. Its values are not read but made. Memory of arena. MEMORY. */
enum fray_status sheet_builtin_data(struct fray_arena *arena, struct fray_dataset **out,
                                    struct fray_err *err);
/** The value of a modality, the same for every sample: a picture of 64 by 64 with edges, colours,
 *  texture, smooth parts and letters; a second of two vowels between noise and silence at 16 kHz;
 *  2.56 s of an accelerometer on someone who walks, at 100 Hz; a sentence; 32 numbers. Memory of
 * arena. MEMORY. */
enum fray_status sheet_builtin_value(size_t modality, struct fray_arena *arena,
                                     struct fray_signal *out, struct fray_err *err);

/** The same for another sample, whose value one takes: turned around by a part, which differs from
 * sample to sample. user: not used. */
fray_value_reader sheet_builtin_read;

#endif

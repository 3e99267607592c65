/* Commands of marks: shards whose pictures and sounds carry the mark of a key, and whether values,
 * and clients, carry it after an edit. */
#ifndef FRAY_INSTRUMENT_MARK_COMMAND_H
#define FRAY_INSTRUMENT_MARK_COMMAND_H

#include "fray/base/text.h"
#include "fray/comm/comm.h"

#include <stdbool.h>

/** Of full scale; sound is marked at -30 dB then, and at other strengths in proportion. */
#define FRAY_MARK_STRENGTH (5. / 255)

struct fray_mark_wish {
  const char *shards, *key, *out; /* out: folder that must not be there */
  double strength;
};
/** Writes a copy of every shard with the mark in its pictures and sounds, and provenance.json: what
 *  was done, to which shards, by which key (its fingerprint). Strength 0: the same bytes. said:
 * what was marked, for people. Not collective. INPUT, and nothing written: no shards, no key,
 * neither pictures nor sounds. */
enum fray_status fray_mark_shards(const struct fray_mark_wish *wish, struct fray_text *said,
                                  struct fray_err *err);

struct fray_detect_wish {
  const char *shards, *key;
  const char *tests;   /* file of conditions, as under `tests` of a scenario; NULL: as they are */
  const char *against; /* the same samples without the mark; NULL */
  const char *out;     /* folder of detect.csv, conditions.csv, columns.csv; NULL: none is made */
  int split;           /* FRAY_TRAIN, FRAY_DEV or FRAY_TEST; FRAY_SPLITS: all samples */
  long seed;           /* that damage is drawn from */
  bool overwrite;
};
/** Looks for the mark in each value, and in all values of a client together, as they are and under
 *  each condition. Clients are dealt to ranks; nothing depends on their number. said: what was
 *  found, for people; on rank 0. INPUT, and nothing written: as above; shards of other samples to
 *  compare with; a condition that does not fit the data. Collective. */
enum fray_status fray_detect(const struct fray_detect_wish *wish, struct fray_comm *comm,
                             struct fray_text *said, struct fray_err *err);

#endif

/* What instruments have in common: finished results that they ask, files that tell them what, and a
 * folder of their own that appears as a whole or not at all. */
#ifndef INSTRUMENT_FOLDER_H
#define INSTRUMENT_FOLDER_H

#include "fray/comm/comm.h"
#include "fray/schema/node.h"
#include "fray/study/study.h"

/** INPUT unless the folder holds results of a run that is done. who: "a bounty mends finished
 * models", for the message. Rank 0. */
enum fray_status fray_instrument_done(const char *folder, const char *who, struct fray_err *err);
enum { FRAY_INSTRUMENT_BYTES = 64 << 20 }; /* that a file may have which tells what to ask */
/** Bytes of a file of at most `limit`, read by rank 0 alone, with a NUL behind them. Arena memory.
 * Collective. */
enum fray_status fray_instrument_text(const char *path, size_t limit, struct fray_comm *comm,
                                      struct fray_arena *arena, char **out, size_t *size,
                                      struct fray_err *err);
/** Parses a file of at most `limit` bytes; rank 0 reads it, so that all parse the same bytes even
 *  where they see other disks. Arena memory. Collective. */
enum fray_status fray_instrument_yaml(const char *path, size_t limit, struct fray_comm *comm,
                                      struct fray_arena *arena, struct fray_node **out,
                                      struct fray_err *err);
/** The name of a cell as tables have it: its swept keys with their values, or "all"; of a control
 *  which it is. Arena memory; NULL: out of memory. */
const char *fray_instrument_cell(const struct fray_study *study, size_t cell,
                                 struct fray_arena *arena);

/** INPUT where the folder may not be made: it is there and is not to be replaced, or is none of
 * this instrument, which are files alone, `own` among them; or it lies in what runs write in the n
 * results folders that are read. Rank 0. */
enum fray_status fray_instrument_place(const char *out, bool overwrite, const char *own,
                                       const char *const *results, size_t n, struct fray_err *err);
/** A file of the folder. */
struct fray_instrument_file {
  const char *name;
  void (*make)(const void *found, struct fray_text *out);
};
/** All files, one after another, in a folder beside, which is then put in its place. The first file
 *  tells the folder from those of others. Rank 0. */
enum fray_status fray_instrument_write(const char *out, bool overwrite,
                                       const struct fray_instrument_file *file, size_t n,
                                       const void *found, struct fray_err *err);

#endif

/* Rank positions: what each rank is doing, in FOLDER/positions, a file that all ranks write. A row
 * lies in the kernel's memory as soon as it is written, so it outlives the process, whatever ended
 * it. docs/decisions/0023-board-and-status.md */
#ifndef FRAY_RESULTS_RANK_POSITIONS_H
#define FRAY_RESULTS_RANK_POSITIONS_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fray_rank_phase {
  FRAY_RANK_WAITING, /* for a trial, or for the others */
  FRAY_RANK_LOADING, /* data, partition, damage */
  FRAY_RANK_TRAINING,
  FRAY_RANK_EVALUATING,
  FRAY_RANK_WRITING,
  FRAY_RANK_DONE,
  FRAY_RANK_PHASES
};
/** "waiting", "loading", ...; "" for what is no phase. Static storage. */
const char *fray_rank_phase_name(int phase);

/** One row. Fixed size, so that rows never move; texts are cut to fit, between characters, and end
 *  in NUL. */
struct fray_rank_position {
  uint64_t changes; /* grows with every change; 0: never written */
  int64_t seconds;  /* of the wall clock, at the last change */
  uint64_t trial;   /* place in the sweep, from 1; 0: none */
  uint64_t round;   /* from 1; 0: none yet */
  uint64_t seed;
  int32_t team, pid;
  int32_t phase; /* enum fray_rank_phase */
  char name[20]; /* of the trial */
  char client[80], cell[160], host[64];
};

struct fray_own_position;

/** Makes the file for so many ranks and gives it all its blocks, so that a disk that fills up later
 *  cannot take them away. Renamed into place: ranks of a killed run that are still there go on
 *  writing into the old one. Rank 0, before the others open it. IO when it cannot be written (disk
 *  full, read-only). */
enum fray_status fray_positions_create(const char *folder, int ranks, struct fray_err *err);
/** Opens this rank's row. A file that cannot be written is no reason to stop: the row is then kept
 * in memory alone. MEMORY. */
enum fray_status fray_position_open(const char *folder, int rank, int team,
                                    struct fray_own_position **out, struct fray_err *err);
/** The rank is in another team from now on. position may be NULL. */
void fray_position_team(struct fray_own_position *position, int team);
/** The row stays as it is: it says where the rank was. */
void fray_position_close(struct fray_own_position *position);
/** position may be NULL in all of these. place from 0; cell: words for people. The phase becomes
 *  LOADING; round and client are those of the new trial: none. name NULL: no trial, WAITING. */
void fray_position_trial(struct fray_own_position *position, size_t place, const char *name,
                         const char *cell, uint64_t seed);
/** The trial stays, and the round; but a rank that is DONE has none. */
void fray_position_phase(struct fray_own_position *position, enum fray_rank_phase phase);
/** A client is trained (its name) or a block of samples answered (NULL); the phase follows. One
 *  write of 376 bytes; the name is copied when its address is another than that of the last call.
 */
void fray_position_work(struct fray_own_position *position, size_t round, const char *client);

/** The rows that a run left or is writing, in order of ranks; the file is not trusted: texts end
 *  and are UTF-8, phases are phases. *n 0 if there is no file. Caller frees with free(). INPUT when
 *  it is none of this program's. */
enum fray_status fray_positions_read(const char *folder, struct fray_rank_position **rows,
                                     size_t *n, struct fray_err *err);

/** That the processes of ranks run, told beside their rows: a count that grows while one does.
 *  Nothing here allocates but opening, so that a thread of its own may do the rest. */
struct fray_rank_beats;
#define FRAY_BEATS_OVER UINT64_MAX /* the rank has come to its end, and tells no more */
/** A file that cannot be opened is no fault: nothing is told then, and nothing is read. MEMORY. */
enum fray_status fray_rank_beats_open(const char *folder, struct fray_rank_beats **out,
                                      struct fray_err *err);
void fray_rank_beats_close(struct fray_rank_beats *beats);
void fray_rank_beats_write(struct fray_rank_beats *beats, int rank, uint64_t count);
/** False, and *count 0, if it cannot be read. */
bool fray_rank_beats_read(const struct fray_rank_beats *beats, int rank, uint64_t *count);
/** The row of a rank; false if there is none. */
bool fray_rank_beats_row(const struct fray_rank_beats *beats, int rank,
                         struct fray_rank_position *row);

#endif

/* MPI, behind one door. Counts are integers; no reduction of floating point exists here.
 *
 * Collective status: before each exchange ranks agree on status with fray_comm_agree, so that a
 * rank that failed never leaves others waiting. */
#ifndef FRAY_COMM_COMM_H
#define FRAY_COMM_COMM_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fray_comm; /* a group of ranks */

/** The world: by MPI_Init where a launcher started this process, otherwise this process alone,
 * without MPI. Calls fray_log_speaker(rank == 0). INPUT: several processes were
 * started, but not as ranks of one MPI; then the first of them speaks. */
enum fray_status fray_comm_start(int *argc, char ***argv, struct fray_comm **world,
                                 struct fray_err *err);
/** Ends MPI; releases world. After a failure that other ranks do not know of, abort instead. */
void fray_comm_finish(struct fray_comm *world);
/** Ends all ranks at once. */
void fray_comm_abort(int code) __attribute__((noreturn));

int fray_comm_rank(const struct fray_comm *comm);
int fray_comm_size(const struct fray_comm *comm);
/** MPI library version, one line, static storage. */
const char *fray_comm_version(void);

/** Every rank gives its own status; all get the worst (largest), and the error text of the lowest
 *  rank that has it. OK becomes MEMORY on a rank that lost an allocation (fray/base/memory.h).
 *  Collective. */
enum fray_status fray_comm_agree(struct fray_comm *comm, enum fray_status mine,
                                 struct fray_err *err);
/** True if all ranks hold the same 64-bit value. Collective. */
bool fray_comm_same(struct fray_comm *comm, uint64_t value);

/** Returns when all ranks have called it. Collective. */
void fray_comm_barrier(struct fray_comm *comm);
/** Of rank root, to all; any size, split into pieces inside. Collective. */
void fray_comm_broadcast(struct fray_comm *comm, void *data, size_t bytes, int root);
/** Of n values of each rank, in place: all ranks get the sums, or the largest. A sum must fit.
 *  Collective. */
void fray_comm_sum_i64(struct fray_comm *comm, int64_t *values, size_t n);
/** The same modulo 2^64, where sums need not fit. */
void fray_comm_sum_u64(struct fray_comm *comm, uint64_t *values, size_t n);
/** The bits that any rank has. */
void fray_comm_or_u64(struct fray_comm *comm, uint64_t *values, size_t n);
void fray_comm_max_i32(struct fray_comm *comm, int32_t *values, size_t n);
void fray_comm_max_i64(struct fray_comm *comm, int64_t *values, size_t n);
/** Root gets all pieces in rank order. bytes: of my piece. On root: *all (malloc'ed, caller frees)
 *  and sizes (comm size entries, may be NULL). Elsewhere *all is NULL. */
enum fray_status fray_comm_gather(struct fray_comm *comm, const void *mine, size_t bytes, int root,
                                  void **all, size_t *sizes, struct fray_err *err);

/** All to all, of bytes: rank r gets the send_bytes[r] bytes at send[r], and what it sends to me
 *  comes to recv[r], recv_bytes[r] of it. Each receiver must expect what its sender sends; a piece
 * of 0 bytes is nothing, so a rank that gives and gets none does not wait. Pieces of any size, in
 *  pairs of ranks one after another: no buffer beside those given. My own piece is copied; recv
 * must not overlap send. (comm size) entries each. Collective among those that give or get. */
void fray_comm_exchange(struct fray_comm *comm, const void *const *send, const size_t *send_bytes,
                        void *const *recv, const size_t *recv_bytes);

/** A group of its own for the ranks that give the same colour (>= 0), in the order that they have
 *  in comm. *out: free with fray_comm_free. MEMORY. Collective. */
enum fray_status fray_comm_split(struct fray_comm *comm, int colour, struct fray_comm **out,
                                 struct fray_err *err);
/** The same for the ranks that share the memory of a host with this one. */
enum fray_status fray_comm_split_host(struct fray_comm *comm, struct fray_comm **out,
                                      struct fray_err *err);
/** A group of these n ranks of comm, which bear its numbers in the order given; the others take no
 * part, and no rank may be asked into two at a time. All give the same list. MEMORY. Collective
 * among the listed. */
enum fray_status fray_comm_group(struct fray_comm *comm, const int *ranks, int n,
                                 struct fray_comm **out, struct fray_err *err);
void fray_comm_free(struct fray_comm *comm);
/** A group of this process alone, without MPI: for readers that work in one process and call what
 * is collective. It can agree, broadcast and reduce; nothing else. Free with fray_comm_free.
 * MEMORY. */
enum fray_status fray_comm_alone(struct fray_comm **out, struct fray_err *err);

/* Small messages between ranks, for schedules and progress and never for results. They do not
 * overtake one another between two ranks. */
enum { FRAY_MESSAGE_BYTES = 2048 };
/** Sends a copy and returns at once; without memory, as soon as an earlier message has left. bytes
 * <= FRAY_MESSAGE_BYTES, and there are other ranks; else INTERNAL. */
enum fray_status fray_comm_post(struct fray_comm *comm, int to, const void *data, size_t bytes,
                                struct fray_err *err);
/** Takes one message that has arrived, if there is one. data: FRAY_MESSAGE_BYTES. */
bool fray_comm_take(struct fray_comm *comm, int *from, void *data, size_t *bytes);
/** Waits until all ranks are here, without keeping a core busy; meanwhile(user) (may be NULL) is
 *  called a thousand times a second. Posted messages have left, but may be under way. Collective.
 */
void fray_comm_meet(struct fray_comm *comm, void (*meanwhile)(void *user), void *user);

/** What went through a group so far. bytes: given to its calls by this rank, counted once however
 *  many ranks they reach. waited: seconds inside its calls. */
struct fray_traffic {
  uint64_t calls, bytes;
  double waited;
};
struct fray_traffic fray_comm_traffic(const struct fray_comm *comm);
/** Whether this process waits for others now. For another thread that looks on. */
bool fray_comm_is_waiting(void);
/** From `begins` true to false: this process waits for others by other means than an exchange. */
void fray_comm_says_waiting(bool begins);

#endif

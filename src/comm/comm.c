/* MPI: the only file that calls it. Collective calls agree on a status first, reduce integers only,
 * and count what they move; whatever is asked of a group is asked of all its ranks in one order. */
#include "fray/comm/comm.h"

#include "fray/base/log.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"
#include "fray/comm/launch.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A small message that may not have left yet. Its data must stay where they are until MPI is done
 * with them. */
struct outgoing {
  struct outgoing *next;
  MPI_Request request;
  char data[FRAY_MESSAGE_BYTES];
};

/* Opaque outside: no type of MPI leaves this file. */
struct fray_comm {
  MPI_Comm mpi;
  int rank, size;
  struct outgoing *outgoing,
      *spare; /* under way; sent, to be used again: rounds allocate nothing */
  struct fray_traffic traffic;
};

/* Without it there is one rank, with which nothing is exchanged. */
static bool has_mpi(const struct fray_comm *comm) {
  return comm->mpi != MPI_COMM_NULL;
}

enum { TAG_GATHER, TAG_MESSAGE, TAG_EXCHANGE, TAG_GROUP };

/* How deep in waits this process is: a wait may hold exchanges. */
static atomic_int waits;

bool fray_comm_is_waiting(void) {
  return waits > 0;
}

void fray_comm_says_waiting(bool begins) {
  waits += begins ? 1 : -1;
}

/* Every exchange of a group begins and ends here, for its traffic. Bytes are those that this rank
 * gives; what the library adds is not seen. */
static double enter(struct fray_comm *comm, size_t bytes) {
  fray_comm_says_waiting(true);
  comm->traffic.calls++;
  comm->traffic.bytes += bytes;
  return fray_seconds();
}

static void leave(struct fray_comm *comm, double entered) {
  comm->traffic.waited += fray_seconds() - entered;
  fray_comm_says_waiting(false);
}

/* MPI's own error handler ends the job with a message, which is what a broken transport deserves:
 * Open MPI without ULFM cannot go on after one. So the calls below have no error to return. */

/* A process that no launcher started has no others, and needs no MPI: that would take as much
 * processor time as all else at a start. So does the task of a step of srun that tells nothing of
 * the others, where Open MPI would end in a page of words; MPICH may learn of them in a way of
 * Slurm's own. Of other MPIs it is not known what their launchers set. */
static bool is_by_itself(void) {
#ifdef OPEN_MPI
  return !fray_launch_is_there() || fray_launch_is_untold();
#elif defined MPICH_VERSION
  return !fray_launch_is_there();
#else
  return false;
#endif
}

/* While it waits MPICH keeps its core busy and never yields. With more ranks than cores the rank
 * that all wait for then gets its turn at the end of a time slice: a round of a tiny model took a
 * second. So fray waits itself, and yields. Open MPI yields where it is told to (wait_politely). */
static void complete(MPI_Request *request) {
#ifdef MPICH_VERSION
  for (int done = 0; MPI_Test(request, &done, MPI_STATUS_IGNORE), !done;)
    sched_yield();
#else
  MPI_Wait(request, MPI_STATUS_IGNORE);
#endif
}

/* Open MPI keeps a core busy while it waits, and yields only where mpirun sees fewer cores than its
 * own ranks; it cannot see what else is at work there, nor anything under srun. Then a rank that
 * all wait for gets its turn when a time slice ends. Where nobody else wants the core, yielding
 * returns at once. What the user said stays. */
static void wait_politely(void) {
  setenv("OMPI_MCA_mpi_yield_when_idle", "1", false);
}

/* In place: every rank gives its values and gets the result in the same memory. */
static void reduce_for_all(const struct fray_comm *comm, void *values, int n, MPI_Datatype type,
                           MPI_Op op) {
#ifdef MPICH_VERSION
  MPI_Request request;
  MPI_Iallreduce(MPI_IN_PLACE, values, n, type, op, comm->mpi, &request);
  complete(&request);
#else
  MPI_Allreduce(MPI_IN_PLACE, values, n, type, op, comm->mpi);
#endif
}

/* In bytes: what they mean is the caller's. */
static void give_to_all(const struct fray_comm *comm, void *data, int bytes, int root) {
#ifdef MPICH_VERSION
  MPI_Request request;
  MPI_Ibcast(data, bytes, MPI_BYTE, root, comm->mpi, &request);
  complete(&request);
#else
  MPI_Bcast(data, bytes, MPI_BYTE, root, comm->mpi);
#endif
}

/* Frees what has left; waits for the rest. At the end of a group: a message that nobody took must
 * not be cut while it leaves. */
static void forget_outgoing(struct fray_comm *comm) {
  for (struct outgoing *m = comm->outgoing, *next; m; m = next) {
    next = m->next;
    complete(&m->request);
    free(m);
  }
  comm->outgoing = NULL;
  for (struct outgoing *m = comm->spare, *next; m; m = next) {
    next = m->next;
    free(m);
  }
  comm->spare = NULL;
}

/* With a message in reserve: a rank that lacks memory must still be able to say so. */
static struct fray_comm *make(void) {
  struct fray_comm *comm = calloc(1, sizeof *comm);
  if (comm && (comm->spare = calloc(1, sizeof *comm->spare)))
    return comm;
  free(comm);
  return NULL;
}

static void drop(struct fray_comm *comm) {
  if (comm)
    forget_outgoing(comm);
  free(comm);
}

/* Its number in a group, and that of all. */
static void ask_place(struct fray_comm *comm) {
  comm->rank = 0;
  comm->size = 1;
  if (!has_mpi(comm))
    return;
  MPI_Comm_rank(comm->mpi, &comm->rank);
  MPI_Comm_size(comm->mpi, &comm->size);
}

static void end_mpi(const struct fray_comm *world) {
  if (has_mpi(world))
    MPI_Finalize();
}

enum fray_status fray_comm_start(int *argc, char ***argv, struct fray_comm **world,
                                 struct fray_err *err) {
  struct fray_comm *comm = make();
  FRAY_CHECK(comm, err, MEMORY, "out of memory");
  fray_launch_begin();
  /* MPI is not there yet, but a wrong launcher must be told once, not by each process. */
  fray_log_speaker(fray_launch_is_first());
  comm->mpi = MPI_COMM_NULL;
  if (!is_by_itself()) {
    wait_politely();
    if (MPI_Init(argc, argv) != MPI_SUCCESS) {
      drop(comm);
      return fray_fail(err, FRAY_MPI, "MPI_Init failed");
    }
    comm->mpi = MPI_COMM_WORLD;
  }
  ask_place(comm);
  if (fray_launch_check(comm->size, fray_comm_version(), err) != FRAY_OK) {
    end_mpi(comm);
    drop(comm);
    return FRAY_INPUT;
  }
  fray_log_speaker(comm->rank == 0);
  *world = comm;
  return FRAY_OK;
}

/* No rank may be left in an exchange here. The first one may still draw a report, on all cores: MPI
 * would keep those busy with waiting, fray looks once in a while. */
void fray_comm_finish(struct fray_comm *world) {
  if (!world)
    return;
  fray_comm_meet(world, NULL, NULL);
  end_mpi(world);
  free(world);
}

/* All or none: a rank without memory would leave the others waiting in the split. A colour below 0
 * stands for the host, which MPI knows. */
static enum fray_status split(struct fray_comm *comm, int colour, struct fray_comm **out,
                              struct fray_err *err) {
  struct fray_comm *part = make();
  enum fray_status status = part ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  *out = NULL;
  status = fray_comm_agree(comm, status, err);
  if (status != FRAY_OK) {
    drop(part);
    return status;
  }
  if (!has_mpi(comm))
    part->mpi = MPI_COMM_NULL;
  else if (colour >= 0)
    MPI_Comm_split(comm->mpi, colour, comm->rank, &part->mpi);
  else
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &part->mpi);
  ask_place(part);
  *out = part;
  return FRAY_OK;
}

enum fray_status fray_comm_split(struct fray_comm *comm, int colour, struct fray_comm **out,
                                 struct fray_err *err) {
  return split(comm, colour, out, err);
}

/* Who shares memory is MPI's to say; names of hosts are not compared, since containers of several
 * hosts may bear one. */
enum fray_status fray_comm_split_host(struct fray_comm *comm, struct fray_comm **out,
                                      struct fray_err *err) {
  return split(comm, -1, out, err);
}

/* A rank that lacks memory cannot stay away, or the others would wait for it: it meets them with
 * what stands on its stack, and they part again. */
enum fray_status fray_comm_group(struct fray_comm *comm, const int *ranks, int n,
                                 struct fray_comm **out, struct fray_err *err) {
  *out = NULL;
  if (!has_mpi(comm))
    return fray_comm_alone(out, err);
  struct fray_comm *made = make(), poor = {0}, *group = made ? made : &poor;
  enum fray_status status = made ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  MPI_Group all, some;
  const double entered = enter(comm, 0);
  MPI_Comm_group(comm->mpi, &all);
  MPI_Group_incl(all, n, ranks, &some);
  MPI_Comm_create_group(comm->mpi, some, TAG_GROUP, &group->mpi);
  MPI_Group_free(&some);
  MPI_Group_free(&all);
  leave(comm, entered);
  ask_place(group);
  status = fray_comm_agree(group, status, err);
  if (status == FRAY_OK) {
    *out = made;
    return status;
  }
  MPI_Comm_free(&group->mpi);
  drop(made);
  return status;
}

/* Not for the world, which fray_comm_finish ends. */
void fray_comm_free(struct fray_comm *comm) {
  if (!comm)
    return;
  forget_outgoing(comm);
  if (has_mpi(comm))
    MPI_Comm_free(&comm->mpi);
  free(comm);
}

enum fray_status fray_comm_alone(struct fray_comm **out, struct fray_err *err) {
  struct fray_comm *comm = calloc(1, sizeof *comm);
  FRAY_CHECK(comm, err, MEMORY, "out of memory");
  comm->mpi = MPI_COMM_NULL;
  comm->size = 1;
  *out = comm;
  return FRAY_OK;
}

/* For faults that one rank alone knows of; the others wait in an exchange and would wait for
 * ever. */
void fray_comm_abort(int code) {
  int started = 0;
  MPI_Initialized(&started);
  if (started)
    MPI_Abort(MPI_COMM_WORLD, code);
  _Exit(code);
}

int fray_comm_rank(const struct fray_comm *comm) {
  return comm->rank;
}

int fray_comm_size(const struct fray_comm *comm) {
  return comm->size;
}

/* The first words: the whole text of Open MPI names a build host, too. MPICH has a tab in its. */
const char *fray_comm_version(void) {
  static char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  if (!text[0]) {
    MPI_Get_library_version(text, &length);
    text[strcspn(text, "\n,")] = '\0';
    for (char *tab = text; (tab = strchr(tab, '\t'));)
      *tab = ' ';
  }
  return text;
}

enum fray_status fray_comm_agree(struct fray_comm *comm, enum fray_status mine,
                                 struct fray_err *err) {
  if (mine == FRAY_OK) /* what was lost on the way here must not reach the others as numbers */
    mine = fray_memory_check(err);
  /* Alone there is nothing to agree on; errors keep their way. */
  if (comm->size == 1)
    return mine;
  int worst = (int)mine;
  double entered = enter(comm, sizeof worst);
  reduce_for_all(comm, &worst, 1, MPI_INT, MPI_MAX);
  leave(comm, entered);
  if (worst == FRAY_OK)
    return FRAY_OK;
  /* Of several ranks with the worst status the lowest is heard, so that all say the same. */
  int owner = (int)mine == worst ? comm->rank : INT_MAX;
  reduce_for_all(comm, &owner, 1, MPI_INT, MPI_MIN);
  struct fray_err shared = {.status = (enum fray_status)worst};
  if (comm->rank == owner && err)
    memcpy(shared.text, err->text, sizeof shared.text);
  give_to_all(comm, shared.text, sizeof shared.text, owner);
  if (err)
    *err = shared;
  return (enum fray_status)worst;
}

/* For what all ranks must have computed alike; a difference is a fault of the program or of a
 * machine. */
bool fray_comm_same(struct fray_comm *comm, uint64_t value) {
  if (comm->size == 1)
    return true;
  /* The largest value and the smallest, by one reduction: equal if all are. */
  uint64_t pair[2] = {value, ~value};
  double entered = enter(comm, sizeof pair);
  reduce_for_all(comm, pair, 2, MPI_UINT64_T, MPI_MAX);
  leave(comm, entered);
  return pair[0] == ~pair[1];
}

/* Without blocking in MPI, so that MPICH yields its core here, too. */
void fray_comm_barrier(struct fray_comm *comm) {
  if (comm->size == 1)
    return;
  double entered = enter(comm, 0);
  MPI_Request request;
  MPI_Ibarrier(comm->mpi, &request);
  complete(&request);
  leave(comm, entered);
}

/* In one piece of 256 MiB, far below what an int can count. */
enum { PIECE = 1 << 28 }; /* MPI counts are int */

/* In pieces, since a count of MPI is an int; data sets are larger. */
void fray_comm_broadcast(struct fray_comm *comm, void *data, size_t bytes, int root) {
  if (comm->size == 1)
    return;
  for (size_t at = 0; at < bytes; at += PIECE) {
    int n = (int)FRAY_MIN(bytes - at, (size_t)PIECE);
    double entered = enter(comm, (size_t)n);
    give_to_all(comm, (char *)data + at, n, root);
    leave(comm, entered);
  }
}

/* Integers alone: sums of floating point depend on the order in which ranks meet, and so on their
 * number. */
static void reduce_integers(struct fray_comm *comm, void *values, size_t n, MPI_Datatype type,
                            size_t width, MPI_Op op) {
  if (comm->size == 1)
    return;
  for (size_t at = 0; at < n; at += PIECE / 8) {
    int count = (int)FRAY_MIN(n - at, (size_t)PIECE / 8);
    double entered = enter(comm, (size_t)count * width);
    reduce_for_all(comm, (char *)values + at * width, count, type, op);
    leave(comm, entered);
  }
}

void fray_comm_sum_i64(struct fray_comm *comm, int64_t *values, size_t n) {
  reduce_integers(comm, values, n, MPI_INT64_T, sizeof *values, MPI_SUM);
}

/* Unsigned integers wrap around, so sums of masked values mean the same in any order. */
void fray_comm_sum_u64(struct fray_comm *comm, uint64_t *values, size_t n) {
  reduce_integers(comm, values, n, MPI_UINT64_T, sizeof *values, MPI_SUM);
}

/* Sets of things that any rank may know of: order and repetition change nothing. */
void fray_comm_or_u64(struct fray_comm *comm, uint64_t *values, size_t n) {
  reduce_integers(comm, values, n, MPI_UINT64_T, sizeof *values, MPI_BOR);
}

/* Of flags and states mostly: the worst that any rank has. */
void fray_comm_max_i32(struct fray_comm *comm, int32_t *values, size_t n) {
  reduce_integers(comm, values, n, MPI_INT32_T, sizeof *values, MPI_MAX);
}

void fray_comm_max_i64(struct fray_comm *comm, int64_t *values, size_t n) {
  reduce_integers(comm, values, n, MPI_INT64_T, sizeof *values, MPI_MAX);
}

/* Sizes first, then bytes: the root alone needs to know both. */
enum fray_status fray_comm_gather(struct fray_comm *comm, const void *mine, size_t bytes, int root,
                                  void **all, size_t *sizes, struct fray_err *err) {
  uint64_t my_bytes = bytes;
  bool at_root = comm->rank == root;
  uint64_t *every = NULL;
  char *buffer = NULL;
  enum fray_status status = FRAY_OK;
  if (at_root && !(every = calloc((size_t)comm->size, sizeof *every)))
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  *all = NULL;
  if ((status = fray_comm_agree(comm, status, err)) != FRAY_OK)
    goto done;
  double entered = enter(comm, sizeof my_bytes);
  if (has_mpi(comm))
    MPI_Gather(&my_bytes, 1, MPI_UINT64_T, every, 1, MPI_UINT64_T, root, comm->mpi);
  else
    every[0] = my_bytes;
  leave(comm, entered);
  /* Only the root has room for all; the others wait for its word that it got it. */
  size_t total = 0;
  if (at_root)
    for (int r = 0; r < comm->size; r++)
      total += (size_t)every[r];
  if (at_root && !(buffer = malloc(total ? total : 1)))
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu bytes)", total);
  if ((status = fray_comm_agree(comm, status, err)) != FRAY_OK)
    goto done;
  /* Point to point in rank order: pieces may be large and of different size. */
  entered = enter(comm, bytes);
  if (!at_root) {
    for (size_t at = 0; at < bytes; at += PIECE)
      MPI_Send((const char *)mine + at, (int)FRAY_MIN(bytes - at, (size_t)PIECE), MPI_BYTE, root,
               TAG_GATHER, comm->mpi);
    leave(comm, entered);
    goto done;
  }
  for (size_t r = 0, to = 0; r < (size_t)comm->size; to += (size_t)every[r++]) {
    if (sizes)
      sizes[r] = (size_t)every[r];
    if ((int)r == root) {
      if (bytes)
        memcpy(buffer + to, mine, bytes);
      continue;
    }
    for (size_t at = 0; at < every[r]; at += PIECE)
      MPI_Recv(buffer + to + at, (int)FRAY_MIN(every[r] - at, (size_t)PIECE), MPI_BYTE, (int)r,
               TAG_GATHER, comm->mpi, MPI_STATUS_IGNORE);
  }
  leave(comm, entered);
  *all = buffer;
  buffer = NULL;
done:
  free(buffer);
  free(every);
  return status;
}

/* One pair of an exchange: a piece to one rank while one comes from another. Both are cut alike, so
 * the k-th message of a pair of ranks is the k-th part of the piece on either side. */
static void swap_pieces(struct fray_comm *comm, int to, const char *send, size_t send_bytes,
                        int from, char *recv, size_t recv_bytes) {
  for (size_t at = 0; at < send_bytes || at < recv_bytes; at += PIECE) {
    MPI_Request coming = MPI_REQUEST_NULL, going = MPI_REQUEST_NULL;
    if (at < recv_bytes)
      MPI_Irecv(recv + at, (int)FRAY_MIN(recv_bytes - at, (size_t)PIECE), MPI_BYTE, from,
                TAG_EXCHANGE, comm->mpi, &coming);
    if (at < send_bytes)
      MPI_Isend(send + at, (int)FRAY_MIN(send_bytes - at, (size_t)PIECE), MPI_BYTE, to,
                TAG_EXCHANGE, comm->mpi, &going);
    complete(&coming);
    complete(&going);
  }
}

/* Lengths are known on both sides, so nothing is asked before. */
void fray_comm_exchange(struct fray_comm *comm, const void *const *send, const size_t *send_bytes,
                        void *const *recv, const size_t *recv_bytes) {
  const int rank = comm->rank, size = comm->size;
  if (send_bytes[rank])
    memcpy(recv[rank], send[rank], send_bytes[rank]);
  /* In step s everybody sends s ranks up and receives from s ranks down: each pair meets once, and
   * no rank is asked by two at a time. */
  for (int s = 1; s < size; s++) {
    const int to = (rank + s) % size, from = (rank - s + size) % size;
    if (send_bytes[to] == 0 && recv_bytes[from] == 0)
      continue;
    const double entered = enter(comm, send_bytes[to]);
    swap_pieces(comm, to, send[to], send_bytes[to], from, recv[from], recv_bytes[from]);
    leave(comm, entered);
  }
}

/* Sets those that have left aside. Kept for the next message instead of freed. */
static void sweep_outgoing(struct fray_comm *comm) {
  for (struct outgoing **at = &comm->outgoing; *at;) {
    struct outgoing *m = *at;
    /* MPI_Test also drives the transport: without it a message might not leave while ranks
     * compute. */
    int left = 0;
    MPI_Test(&m->request, &left, MPI_STATUS_IGNORE);
    if (!left) {
      at = &m->next;
      continue;
    }
    *at = m->next;
    m->next = comm->spare;
    comm->spare = m;
  }
}

enum fray_status fray_comm_post(struct fray_comm *comm, int to, const void *data, size_t bytes,
                                struct fray_err *err) {
  FRAY_CHECK(bytes <= FRAY_MESSAGE_BYTES, err, INTERNAL, "a message of %zu bytes, at most %d",
             bytes, FRAY_MESSAGE_BYTES);
  FRAY_CHECK(comm->size > 1, err, INTERNAL, "a message of the only rank");
  sweep_outgoing(comm);
  /* Copied: the caller may go on before the message has left. */
  struct outgoing *m = comm->spare ? comm->spare : malloc(sizeof *m);
  /* The reserve is on its way, as is all else: the first to arrive is used again. */
  for (; !m; m = comm->spare) {
    sched_yield();
    sweep_outgoing(comm);
  }
  comm->spare = m == comm->spare ? m->next : comm->spare;
  memcpy(m->data, data, bytes);
  MPI_Isend(m->data, (int)bytes, MPI_BYTE, to, TAG_MESSAGE, comm->mpi, &m->request);
  m->next = comm->outgoing;
  comm->outgoing = m;
  return FRAY_OK;
}

/* Never waits: who is at work looks in between. */
bool fray_comm_take(struct fray_comm *comm, int *from, void *data, size_t *bytes) {
  int arrived = 0, count = 0;
  MPI_Status status;
  if (comm->size == 1)
    return false;
  MPI_Iprobe(MPI_ANY_SOURCE, TAG_MESSAGE, comm->mpi, &arrived, &status);
  if (!arrived)
    return false;
  MPI_Get_count(&status, MPI_BYTE, &count);
  MPI_Recv(data, count, MPI_BYTE, status.MPI_SOURCE, TAG_MESSAGE, comm->mpi, MPI_STATUS_IGNORE);
  *from = status.MPI_SOURCE;
  *bytes = (size_t)count;
  return true;
}

/* Ranks that are done early still answer the messages of those that are not. */
void fray_comm_meet(struct fray_comm *comm, void (*meanwhile)(void *user), void *user) {
  static const struct timespec pause = {.tv_nsec = 1000000};
  MPI_Request request;
  if (!has_mpi(comm)) {
    forget_outgoing(comm);
    return;
  }
  fray_comm_says_waiting(true);
  MPI_Ibarrier(comm->mpi, &request);
  for (int here = 0;;) {
    MPI_Test(&request, &here, MPI_STATUS_IGNORE);
    sweep_outgoing(comm);
    if (here)
      break;
    if (meanwhile)
      meanwhile(user);
    nanosleep(&pause, NULL);
  }
  forget_outgoing(comm);
  fray_comm_says_waiting(false);
}

struct fray_traffic fray_comm_traffic(const struct fray_comm *comm) {
  return comm->traffic;
}

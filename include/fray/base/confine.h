/* Work on what others wrote - pictures, sounds, HDF5 files - is done in a child of this process, so
 * that a library that crashes, loops or grows on a crafted file ends that child and not the
 * command. The child has the files that it is given and the memory that both share; it can open
 * nothing, start nothing, reach no network and write nowhere. What it answers is as little trusted
 * as the file. */
#ifndef FRAY_BASE_CONFINE_H
#define FRAY_BASE_CONFINE_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAY_CONFINED_BYTES = 4096,      /* of a request or an answer, at most */
  FRAY_CONFINED_WINDOW = 16 << 20, /* of shared memory */
  FRAY_CONFINED_FILES = 200        /* that a child can have open */
};

/** One call, as the child sees it. */
struct fray_confined_call {
  const void *request;
  size_t request_size;
  int fd;       /* a file that came with the request, or -1; work that keeps it sets -1 */
  void *window; /* FRAY_CONFINED_WINDOW bytes */
  void *answer; /* answer_size zeroed bytes to be filled */
  size_t answer_size;
};
/** Runs in the child. What it keeps in static variables stays there for later calls. */
typedef enum fray_status fray_confined_work(struct fray_confined_call *call, struct fray_err *err);

/** A sort of children, static. */
struct fray_confined_kind {
  const char *does;      /* "reads HDF5 files", for messages */
  void (*prepare)(void); /* in the child, before it is confined: loads what is loaded late. NULL */
  uint64_t memory;       /* bytes that it may write to, beyond what it begins with */
  double seconds;        /* of processor time for one call */
};

/** One child, started when first asked and again after it ended. Static, zero but for the kind. */
struct fray_confined {
  const struct fray_confined_kind *kind;
  int pid;      /* 0: none now */
  bool is_here; /* no child can be started: work is done in this process */
  int socket;
  bool says;        /* the last error is in words of its own, which name no file */
  unsigned started; /* how often: what was kept for an earlier child is gone */
  void *window;
  void (*settle)(void); /* set while a posted question waits to be taken; see fray_confined_post */
};

/** Starts the child now: before MPI does, which likes no forks. That it cannot be started is
 *  warned of once, and its work is then done here. MEMORY: no window. */
enum fray_status fray_confined_start(struct fray_confined *child, struct fray_err *err);
/** Has `work` done and waits. fd: of a file, or -1; it stays the caller's. answer: exactly
 *  answer_size bytes, set when OK. Errors of the work come back as they are. INPUT: the child was
 *  ended by a signal or a limit; the message says which, and the caller says of which file. */
enum fray_status fray_confined_ask(struct fray_confined *child, fray_confined_work *work,
                                   const void *request, size_t request_size, int fd, void *answer,
                                   size_t answer_size, struct fray_err *err);
/** Asks and goes on: the child works on it beside this process. The answer, and what lies in the
 *  window then, are fetched by fray_confined_take. settle: called before another question is asked
 *  meanwhile; it takes the answer and keeps what it wants of the window. False: nothing was asked
 *  (no child, another one is under way). */
bool fray_confined_post(struct fray_confined *child, fray_confined_work *work, const void *request,
                        size_t request_size, size_t answer_size, void (*settle)(void));
/** The answer to what was posted; errors as those of fray_confined_ask. */
enum fray_status fray_confined_take(struct fray_confined *child, void *answer, size_t answer_size,
                                    struct fray_err *err);
/** Ends it, for tests. */
void fray_confined_end(struct fray_confined *child);

/** What holds a child here: "seccomp, limits of memory and time", ... Static. */
const char *fray_confined_by(void);

#endif

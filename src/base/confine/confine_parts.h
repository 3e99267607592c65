/* What parent and child share: the form of a message, and how the child's doors are closed. */
#ifndef FRAY_BASE_CONFINE_PARTS_H
#define FRAY_BASE_CONFINE_PARTS_H

#include "fray/base/confine.h"

#include <sys/types.h>

/** One datagram each. Only `size` of the bytes are sent. */
struct confine_request {
  fray_confined_work *work; /* the child is a fork: an address means the same in both */
  size_t answer_size;
  size_t size;
  char bytes[FRAY_CONFINED_BYTES];
};
struct confine_answer {
  enum fray_status status;
  uint64_t lost; /* bytes that the child's own code was refused */
  int is_limit;  /* the error is that of the limit of memory, whatever the work said */
  int reason;    /* what the child noted (fray_memory_note), and of what */
  char unseen[256];
  struct fray_err err;
  size_t size;
  char bytes[FRAY_CONFINED_BYTES];
};

/** Sends a datagram with a file, fd >= 0, or without. False: nobody is there. */
bool confine_send(int socket, const void *data, size_t size, int fd);
/** Receives one. *fd: -1 if no file came. As recvmsg: 0 or -1 when nothing comes any more, with
 * errno EAGAIN when nothing came in time. */
ssize_t confine_receive(int socket, void *data, size_t size, int *fd);

/** The child: confines itself and works until the parent ends. */
void confine_serve(const struct fray_confined_kind *kind, int socket, void *window)
    __attribute__((noreturn));

/** For copies of this process that work on their own. Signals that ask for a stop are the
 *  parent's to answer, those of faults end the copy. What gcov counts begins anew, and is kept. */
void confine_reset_signals(void);
void confine_begin_counts(void);
void confine_keep_counts(void);
/** From now on asking a child ends this process: it belongs to another one, whose answers would get
 *  mixed up. */
void confine_ask_no_more(void);

/** Lets this process do from now on what a decoder does, and nothing else. False: this system
 * cannot do that. */
bool confine_filter(void);
/** True in programs that are watched in ways that limits of memory and filters break: sanitizers,
 * valgrind. */
bool confine_is_watched(void);

#endif

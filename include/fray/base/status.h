/* Errors: one list gives the enum and its text; every level may add where it happened. */
#ifndef FRAY_BASE_STATUS_H
#define FRAY_BASE_STATUS_H

/* INPUT: the user's input is wrong (exit 2, nothing written).  The others end with exit 1.
 * STOPPED: a signal asked for an orderly stop.  INCOMPLETE: done as far as what is given
 * allows.  DIVERGED: training became non-finite; a result. */
#define FRAY_STATUSES(X)                                                                           \
  X(OK, "success")                                                                                 \
  X(INPUT, "invalid input")                                                                        \
  X(IO, "file error")                                                                              \
  X(MEMORY, "out of memory")                                                                       \
  X(DIVERGED, "training diverged")                                                                 \
  X(MPI, "communication error")                                                                    \
  X(STOPPED, "stopped by a signal")                                                                \
  X(INCOMPLETE, "incomplete")                                                                      \
  X(INTERNAL, "internal error")

#define FRAY_STATUS_ENUM(name, text) FRAY_##name,
enum fray_status { FRAY_STATUSES(FRAY_STATUS_ENUM) FRAY_STATUS_COUNT };
#undef FRAY_STATUS_ENUM

/** One error, filled where it happens and extended on the way up. Zero-initialise it. */
struct fray_err {
  enum fray_status status;
  char text[1536];
};

/** Text of a status, static storage. */
const char *fray_status_text(enum fray_status status);

/** Records an error (replacing any earlier one) and returns its status.  err may be NULL. */
enum fray_status fray_fail(struct fray_err *err, enum fray_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Puts "where: " in front of the recorded text; returns err's status. err may be NULL
 * (INTERNAL).*/
enum fray_status fray_at(struct fray_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Returns from the calling function when expr fails. For functions that hold nothing to release;
 *  the others test the status and leave through their one release block. */
#define FRAY_TRY(expr)                                                                             \
  do {                                                                                             \
    enum fray_status fray_try_status = (expr);                                                     \
    if (fray_try_status != FRAY_OK)                                                                \
      return fray_try_status;                                                                      \
  } while (0)

/** As FRAY_TRY, but goes to `label` with the status in the variable `status`. */
#define FRAY_TRY_TO(label, status, expr)                                                           \
  do {                                                                                             \
    (status) = (expr);                                                                             \
    if ((status) != FRAY_OK)                                                                       \
      goto label;                                                                                  \
  } while (0)

/** Returns a recorded error unless the condition holds. Never vanishes with NDEBUG. */
#define FRAY_CHECK(condition, err, NAME, ...)                                                      \
  do {                                                                                             \
    if (!(condition))                                                                              \
      return fray_fail((err), FRAY_##NAME, __VA_ARGS__);                                           \
  } while (0)

#endif

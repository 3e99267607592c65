/* Fuzz targets: one for each entrance through which bytes of others come in. A target takes any
 * bytes, gives them to the function that the product calls there, and gives back what it took. */
#ifndef FRAY_TESTS_FUZZ_H
#define FRAY_TESTS_FUZZ_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_target {
  const char *name, *group;
  size_t most; /* bytes of an input */
  enum { FAST, SLOW } pace;
  void (*run)(const uint8_t *data, size_t size); /* NULL: this program does not have it */
};
/* Weak, so that a program may have some of them: libFuzzer looks through the counters of all code
 * in its program after each execution, which took a third of the time with all doors in one. */
#define FUZZ_TARGET(name, group, most, pace)                                                       \
  __attribute__((weak)) void fuzz_##name(const uint8_t *data, size_t size);
#include "targets.def"
#undef FUZZ_TARGET
extern const struct fuzz_target fuzz_targets[]; /* targets.def */
extern const size_t fuzz_n_targets;
const struct fuzz_target *fuzz_find(const char *name); /* NULL: not in this program */

/** Makes the folder in which targets put their files, on /dev/shm where there is one, and silences
 *  what the product says to people. Once, before the first target. */
void fuzz_begin(void);
/** Removes the folder. */
void fuzz_end(void);
/** A file of that name, which may have folders before it, in the folder; holds these bytes alone.
 *  The path lives until FUZZ_PATHS more were asked for. */
enum { FUZZ_PATHS = 8 };
const char *fuzz_file(const char *name, const void *data, size_t size);
/** The same by its whole path. */
void fuzz_file_at(const char *path, const void *data, size_t size);
/** Its path alone. */
const char *fuzz_path(const char *name);
/** A copy with a NUL behind it, for functions that change their text; free() it. */
char *fuzz_text(const uint8_t *data, size_t size);
/** This process alone, for doors that ask for a group. */
struct fray_comm *fuzz_alone(void);
/** Ends the process: what must hold does not. */
void fuzz_must(bool holds, const char *what);
/** What a door answered must be one of the answers it may give to bytes: done, or a message. */
void fuzz_answered(enum fray_status status, const struct fray_err *err);
/** Answers are judged by this instead, for programs whose inputs may end a confined child. */
void fuzz_judge(void (*by)(enum fray_status status, const struct fray_err *err));
/** How many confined children ended by a signal, but for those that met a limit. */
unsigned fuzz_children_lost(void);

#endif

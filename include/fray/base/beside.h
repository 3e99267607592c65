/* A part of the work of this process, done in a copy of it on another core: a fork that knows all
 * that is known here and hands back a text. Nothing else of what it does is seen here. */
#ifndef FRAY_BASE_BESIDE_H
#define FRAY_BASE_BESIDE_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>

/** Runs in the copy: writes nothing but out, prints nothing, and exchanges nothing with other
 *  ranks. Confined children (fray/base/confine.h) are asked by one process alone: a copy that would
 *  have to ask one ends. */
typedef enum fray_status fray_beside_work(void *user, struct fray_text *out, struct fray_err *err);

/** One such copy; zero: none. */
struct fray_beside {
  int pid, file;
};

/** Starts it. False: there is one core alone, or the system gives no process. The copy is ended
 * with this process, however that ends. */
bool fray_beside_start(fray_beside_work *work, void *user, struct fray_beside *out);
/** Waits for it and adds its text. False, and no text: there was none, its work failed, or it was
 *  ended. Then whoever needs the text does the work here, where a failure has words. */
bool fray_beside_end(struct fray_beside *copy, struct fray_text *out);
/** Ends it, where its text is not needed any more. */
void fray_beside_drop(struct fray_beside *copy);

#endif

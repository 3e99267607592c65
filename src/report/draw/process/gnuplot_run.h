/* gnuplot as a process beside this one. */
#ifndef REPORT_GNUPLOT_RUN_H
#define REPORT_GNUPLOT_RUN_H

#include "fray/base/arena.h"

#include <sys/types.h>

/** One gnuplot at work. Zeroed: none. */
struct fray_rep_gnuplot {
  pid_t child;
  double end; /* in fray_seconds: longer than that it may not take */
};

/** Starts gnuplot on scripts (n) of a folder, one after the other, without a shell: no name is read
 *  as a command. It is ended with this process, however that ends. 0, or why it could not be
 *  started: the reason of errno. A failure of gnuplot itself is not told: the pictures that are
 *  missing tell it. */
int fray_rep_gnuplot_start(const char *folder, char *const *script, size_t n,
                           struct fray_arena *arena, struct fray_rep_gnuplot *out);
/** Until it ends; what takes too long is killed. Nothing if there is none. */
void fray_rep_gnuplot_wait(struct fray_rep_gnuplot *run);

#endif

/* Characters that are taken for others. */
#ifndef FRAY_SRC_CORRUPT_TEXT_LOOK_ALIKES_H
#define FRAY_SRC_CORRUPT_TEXT_LOOK_ALIKES_H

#include "fray/corrupt/signal.h"

/** An ASCII letter and what stands in its place, UTF-8. */
struct fray_look_alike {
  char from;
  const char *to;
};

/** Replaces each listed letter with probability `share`, one draw for each in the order of the
 * text. What does not fit into text->capacity leaves it as it was. MEMORY. */
enum fray_status fray_look_alikes(const struct fray_look_alike *list, size_t n, double share,
                                  struct fray_signal *text, struct fray_place *place,
                                  struct fray_err *err);

#endif

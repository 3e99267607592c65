/* Time is not simulated. */
#include "fray/fed/availability.h"

/* Never waited for. */
static double seconds(const void *state, const struct fray_draw_of *of, double work) {
  (void)state, (void)of, (void)work;
  return 0;
}

/* A round has no length then, and whatever asks for one (a deadline, say) is refused. */
static const struct fray_clock_ops ops = {.seconds = seconds};

extern const struct fray_choice fray_clock_untimed;
const struct fray_choice fray_clock_untimed = {
    .name = "untimed", .meaning = "no simulated time", .source = "", .impl = &ops};

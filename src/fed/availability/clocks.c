/* The list of clocks. Beside that of reachability, which the section has in its own file: an array
 * of pointers that is included has one name. */
#include "fray/base/size.h"
#include "fray/fed/availability.h"

#define FRAY_LIST "clocks.def"
#define FRAY_CLOCK(name) FRAY_LISTED(fray_clock_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_clocks = {
    .what = "clock", .plural = "clocks", .v = registry, .n = FRAY_COUNT(registry)};

/* The list of readers: how files become rows. */
#include "fray/base/size.h"
#include "fray/import/import.h"

#define FRAY_LIST "readers.def"
#define FRAY_READER(name) FRAY_LISTED(fray_reader_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_import_readers = {
    .what = "reader", .plural = "readers", .v = registry, .n = FRAY_COUNT(registry)};

/* The list of encoders, made from encoders.def. Among those that prefer a kind of features the
 * first is its default. */
#include "fray/base/size.h"
#include "fray/encoder/encoder.h"

#define FRAY_LIST "encoders.def"
#define FRAY_ENCODER(name) FRAY_LISTED(fray_encoder_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_encoders = {
    .what = "encoder", .plural = "encoders", .v = registry, .n = FRAY_COUNT(registry)};

/* The list of encoders, made from encoders.def. */
#include "fray/base/size.h"
#include "fray/encoder/encoder.h"

#define FRAY_ENCODER(name) extern const struct fray_choice fray_encoder_##name;
#include "encoders.def"
#undef FRAY_ENCODER

#define FRAY_ENCODER(name) &fray_encoder_##name,
static const struct fray_choice *const list[] = {
#include "encoders.def"
};
#undef FRAY_ENCODER

const struct fray_choices fray_encoders = {
    .what = "encoder", .plural = "encoders", .v = list, .n = FRAY_COUNT(list)};

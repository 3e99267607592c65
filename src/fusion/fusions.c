/* The list of fusions, made from fusions.def. */
#include "fray/base/size.h"
#include "fray/fusion/fusion.h"

#define FRAY_FUSION(name) extern const struct fray_choice fray_fusion_##name;
#include "fusions.def"
#undef FRAY_FUSION

#define FRAY_FUSION(name) &fray_fusion_##name,
static const struct fray_choice *const list[] = {
#include "fusions.def"
};
#undef FRAY_FUSION

const struct fray_choices fray_fusions = {"fusion", "fusions", list, FRAY_COUNT(list)};

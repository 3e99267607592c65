/* The list of fusions, made from fusions.def. */
#include "fray/base/size.h"
#include "fray/fusion/fusion.h"

#define FRAY_LIST "fusions.def"
#define FRAY_FUSION(name) FRAY_LISTED(fray_fusion_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_fusions = {"fusion", "fusions", registry, FRAY_COUNT(registry)};

/* The list of fusions, made from fusions.def, and what others may ask about one that they know by
 * name alone, from a results folder. */
#include "fray/base/size.h"
#include "fray/fusion/fusion.h"

#define FRAY_LIST "fusions.def"
#define FRAY_FUSION(name) FRAY_LISTED(fray_fusion_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_fusions = {"fusion", "fusions", registry, FRAY_COUNT(registry)};

bool fray_fusion_joins_decisions(const char *name) {
  const struct fray_choice *fusion = fray_choice_find(&fray_fusions, name);
  return fusion && ((const struct fray_fusion_ops *)fusion->impl)->head_each;
}

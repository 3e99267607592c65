/* The list of aggregation rules. */
#include "fray/base/size.h"
#include "fray/fed/rule.h"

#define FRAY_LIST "rules.def"
#define FRAY_RULE(name) FRAY_LISTED(fray_rule_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_rules = {
    .what = "aggregation rule", .plural = "rules", .v = registry, .n = FRAY_COUNT(registry)};

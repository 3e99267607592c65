/* The list of what can go before an aggregation rule, one or several, in an order that the scenario
 * gives. */
#include "fray/base/size.h"
#include "fray/fed/rule.h"

#define FRAY_LIST "pre_aggregations.def"
#define FRAY_PRE_AGGREGATION(name) FRAY_LISTED(fray_pre_aggregation_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_pre_aggregations = {.what = "pre-aggregation",
                                                   .plural = "pre_aggregations",
                                                   .v = registry,
                                                   .n = FRAY_COUNT(registry)};

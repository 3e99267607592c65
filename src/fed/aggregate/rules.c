/* The list of aggregation rules, and the section that chooses one. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"

#define FRAY_LIST "rules.def"
#define FRAY_RULE(name) FRAY_LISTED(fray_rule_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_rules = {
    .what = "aggregation rule", .plural = "rules", .v = registry, .n = FRAY_COUNT(registry)};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "rule", struct fray_aggregation_config, rule, .def_text = "mean",
               .choices = &fray_rules,
               .help = "how the clients' updates of a round become the one that the server takes"),
};
FRAY_TABLE(fray_aggregation_table, "aggregation", struct fray_aggregation_config, fields,
           .help = "Aggregation of the clients' updates.");

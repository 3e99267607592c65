/* The list of aggregation rules, and the section that chooses one. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"

#define FRAY_LIST "rules.def"
#define FRAY_RULE(name) FRAY_LISTED(fray_rule_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_rules = {
    .what = "aggregation rule", .plural = "rules", .v = registry, .n = FRAY_COUNT(registry)};

/* One key: what a rule asks for stands in its own table, beside its name. */
static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "rule", struct fray_aggregation_config, rule, .def_text = "mean",
               .choices = &fray_rules,
               .help = "how the clients' updates of a round become the one that the server takes"),
};
size_t fray_rule_fewest(const struct fray_variant *rule) {
  const struct fray_rule_ops *ops = rule->choice->impl;
  return ops->fewest ? ops->fewest(rule->params) : 1;
}

FRAY_TABLE(fray_aggregation_table, "aggregation", struct fray_aggregation_config, fields,
           .help = "Aggregation of the clients' updates.");

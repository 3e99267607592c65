/* The list of aggregation rules, and the section that chooses one. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"

#define FRAY_LIST "rules.def"
#define FRAY_RULE(name) FRAY_LISTED(fray_rule_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_rules = {
    .what = "aggregation rule", .plural = "rules", .v = registry, .n = FRAY_COUNT(registry)};

static const char *const blocks[] = {"whole", "holders", NULL};

/* What a rule asks for stands in its own table, beside its name. */
static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "rule", struct fray_aggregation_config, rule, .def_text = "mean",
               .choices = &fray_rules,
               .help = "how the clients' updates of a round become the one that the server takes"),
    FRAY_FIELD(ENUM, "blocks", struct fray_aggregation_config, blocks, .names = blocks,
               .def_text = "whole",
               .help = "whole: a client's update counts with one weight; holders: what belongs to "
                       "a modality (its encoder, with late fusion its head) is averaged over the "
                       "clients that hold the modality, by their samples with it and a label; "
                       "where none of a round does, it rests, the server's momentum too"),
};
size_t fray_rule_fewest(const struct fray_variant *rule) {
  const struct fray_rule_ops *ops = rule->choice->impl;
  return ops->fewest ? ops->fewest(rule->params) : 1;
}

/* A rule that looks at single updates would have to judge each block among its holders. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct fray_aggregation_config *config = section;
  const struct fray_rule_ops *rule = config->rule.choice->impl;
  char where[256];
  fray_node_where(node, where);
  FRAY_CHECK(config->blocks == FRAY_BLOCKS_WHOLE || rule->form == FRAY_RULE_SUM, err, INPUT,
             "%s: training.aggregation: blocks: holders goes with a mean; %s judges whole updates, "
             "and of a block that few clients hold there may be no honest majority",
             where, config->rule.choice->name);
  return FRAY_OK;
}

FRAY_TABLE(fray_aggregation_table, "aggregation", struct fray_aggregation_config, fields,
           .help = "Aggregation of the clients' updates.", .check = check);

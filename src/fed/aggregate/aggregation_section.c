/* The section that says how updates are aggregated: a rule, what goes before it, and how many
 * clients may lie.
 *
 * f is one for all stages: each is told how many of the updates that came may lie, not of those
 * that it sees, since what is mixed of several is spoilt by one. */
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"

#include <stdio.h>

static const char *const blocks[] = {"whole", "holders", NULL};
static const char *const f_by[] = {"given", "estimated", NULL};

static const struct fray_field pre_fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_pre_aggregation, kind, .required = true,
               .choices = &fray_pre_aggregations, .help = "what is done to the updates"),
};
static FRAY_TABLE(pre_table, "pre", struct fray_pre_aggregation, pre_fields, .help = "");

/* What a rule asks for stands in its own table, beside its name. */
static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "rule", struct fray_aggregation_config, rule, .def_text = "mean",
               .choices = &fray_rules,
               .help = "how the clients' updates of a round become the one that the server takes"),
    FRAY_FIELD(ITEMS, "pre", struct fray_aggregation_config, pre, .section = &pre_table,
               .help =
                   "what goes before the rule, in this order (`fray list pre_aggregations`), "
                   "e.g. [nnm] or [{kind: norm_clipping, norm: 1}, nnm]; the mean after it is of "
                   "all alike"),
    FRAY_FIELD(AMOUNT, "f", struct fray_aggregation_config, f, .def_text = "0.2", .min = 0,
               .max = 1000000, .unit = "updates or share",
               .help = "how many of a round's updates may lie, for rules and pre-aggregations that "
                       "ask: a count, or a share of those that came, rounded down"),
    FRAY_FIELD(ENUM, "f_by", struct fray_aggregation_config, f_by, .names = f_by,
               .def_text = "given",
               .help = "given: f; estimated: as many as lie far from most others in the round at "
                       "hand, f at most"),
    FRAY_FIELD(ENUM, "blocks", struct fray_aggregation_config, blocks, .names = blocks,
               .def_text = "whole",
               .help = "whole: a client's update counts with one weight; holders: what belongs to "
                       "a modality (its encoder, with late fusion its head) is averaged over the "
                       "clients that hold the modality, by their samples with it and a label; "
                       "where none of a round does, it rests, the server's momentum too. With a "
                       "rule it is judged among them: f is that of the round, since all who lie "
                       "may hold it, and the block rests where too few hold it to outvote f"),
};

/* For the functions below. */
static const struct fray_rule_ops *ops_of(const struct fray_aggregation_config *config) {
  return config->rule.choice->impl;
}

static const struct fray_variant *pre_of(const struct fray_aggregation_config *config, size_t k) {
  return &((const struct fray_pre_aggregation *)config->pre.v)[k].kind;
}

/* Asked by all that goes with plain means alone: methods with vectors of their own, prototypes. */
bool fray_aggregation_is_mean(const struct fray_aggregation_config *config) {
  return ops_of(config)->form == FRAY_RULE_SUM && config->pre.n == 0;
}

bool fray_aggregation_judges_blocks(const struct fray_aggregation_config *config) {
  return config->blocks == FRAY_BLOCKS_HOLDERS && !fray_aggregation_is_mean(config);
}

const char *fray_aggregation_name(const struct fray_aggregation_config *config) {
  return config->pre.n ? pre_of(config, 0)->choice->name : config->rule.choice->name;
}

bool fray_aggregation_remembers(const struct fray_aggregation_config *config) {
  return ops_of(config)->remembers;
}

const char *fray_aggregation_root(const struct fray_aggregation_config *config) {
  const struct fray_rule_ops *ops = ops_of(config);
  return ops->root ? ops->root(config->rule.params) : NULL;
}

/* Whoever judges blocks asks how many may lie: a block without a majority against them rests. */
bool fray_aggregation_uses_f(const struct fray_aggregation_config *config) {
  bool uses = ops_of(config)->uses_f || fray_aggregation_judges_blocks(config);
  for (size_t k = 0; k < config->pre.n; k++)
    uses |= ((const struct fray_pre_aggregation_ops *)pre_of(config, k)->choice->impl)->uses_f;
  return uses;
}

/* A share is of those that came, so that a small round has few liars; rounded down, as a share of
 * clients is, but to 0 if need be. */
size_t fray_aggregation_f(const struct fray_aggregation_config *config, size_t n) {
  if (!config->f.is_fraction)
    return (size_t)config->f.value;
  return config->f.value > 0 && n
             ? fray_amount_of(config->f, n) - (config->f.value * (double)n < 1 - 1e-9)
             : 0;
}

/* Only what puts several together leaves fewer. */
size_t fray_aggregation_leaves(const struct fray_aggregation_config *config, size_t n) {
  for (size_t k = 0; k < config->pre.n; k++) {
    const struct fray_pre_aggregation_ops *pre = pre_of(config, k)->choice->impl;
    n = pre->leaves ? pre->leaves(pre_of(config, k)->params, n) : n;
  }
  return n;
}

/* Stage by stage: whoever asks for f needs more updates than that. */
static bool takes(const struct fray_aggregation_config *config, size_t n, size_t f, char *why,
                  size_t size) {
  const struct fray_rule_ops *ops = ops_of(config);
  const size_t fewest = ops->fewest ? ops->fewest(config->rule.params, f) : 1;
  size_t left = n;
  for (size_t k = 0; k < config->pre.n; k++) {
    const struct fray_variant *kind = pre_of(config, k);
    const struct fray_pre_aggregation_ops *pre = kind->choice->impl;
    if (pre->uses_f && f >= left) {
      snprintf(why, size, "%s: of %zu updates %zu may lie (f), but one must not",
               kind->choice->name, left, f);
      return false;
    }
    left = pre->leaves ? pre->leaves(kind->params, left) : left;
  }
  if (left >= fewest)
    return true;
  snprintf(why, size, "%s needs at least %zu updates where %zu may lie (f), but %zu %s",
           config->rule.choice->name, fewest, ops->uses_f ? f : 0, left,
           config->pre.n ? "are left by what goes before it" : "came");
  return false;
}

/* Where f is estimated it may be 0, which any rule takes. */
bool fray_aggregation_takes(const struct fray_aggregation_config *config, size_t n, char *why,
                            size_t size) {
  return takes(config, n, config->f_by == FRAY_F_GIVEN ? fray_aggregation_f(config, n) : 0, why,
               size);
}

/* Liars choose what they hold no less than what they send: f of the round may all be among the
 * holders, however few these are. A share of the holders alone would let two liars of ten, both of
 * a rare modality, decide its block. */
bool fray_aggregation_takes_block(const struct fray_aggregation_config *config, size_t came,
                                  size_t holders, char *why, size_t size) {
  const struct fray_rule_ops *ops = ops_of(config);
  const size_t f = fray_aggregation_f(config, came);
  const size_t left = fray_aggregation_leaves(config, holders);
  if (holders == 0) {
    snprintf(why, size, "nobody holds it");
    return false;
  }
  if (!ops->root && holders < 2 * f + 1) {
    snprintf(why, size, "%zu hold it, of whom %zu may lie (f): a majority needs %zu", holders, f,
             2 * f + 1);
    return false;
  }
  /* What was put together is spoilt by one: the promise is of what is left. */
  if (ops->tolerates && ops->tolerates(config->rule.params, left) < FRAY_MIN(f, left)) {
    snprintf(why, size, "of %zu that hold it %s outvotes %zu, but %zu may lie (f)", holders,
             config->rule.choice->name, ops->tolerates(config->rule.params, left), f);
    return false;
  }
  return takes(config, holders, config->f_by == FRAY_F_GIVEN ? f : 0, why, size);
}

/* What is estimated is no more than the rule can take. */
size_t fray_aggregation_bound_of_block(const struct fray_aggregation_config *config, size_t came,
                                       size_t holders) {
  char why[200];
  size_t f = fray_aggregation_f(config, came);
  while (f > 0 && !takes(config, holders, f, why, sizeof why))
    f--;
  return f;
}

FRAY_TABLE(fray_aggregation_table, "aggregation", struct fray_aggregation_config, fields,
           .help = "Aggregation of the clients' updates.");

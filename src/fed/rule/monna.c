/* MoNNA: the mean of what lies nearest to an update that can be trusted. */
#include "nearest.h"

struct params {
  const char *root;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "root", struct params, root, .required = true,
               .help = "client whose samples the server has: it trains on them in each round as a "
                       "client does, and that client takes part in none"),
};
static FRAY_TABLE(table, "monna", struct params, fields, .help = "");

/* As fltrust has it. */
static const char *root(const void *params) {
  return ((const struct params *)params)->root;
}

/* One of the updates beside the trusted one. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return f + 1;
}

/* Among n updates and the trusted one, n + 1 - f are averaged: as many liars as honest ones could
 * all be the nearest. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return n / 2;
}

/* In a network of equals each node trusts itself; with a server that is what it trained itself. The
 * trusted one is nearest to itself, and counts as any other. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t keep = of->n - of->f; /* beside the trusted one */
  double *distance;
  uint32_t *order;
  (void)params;
  FRAY_ALLOC(distance, scratch, of->n, err);
  FRAY_ALLOC(order, scratch, of->n, err);
  for (size_t a = 0; a < of->n; a++)
    distance[a] = fray_judged_distance2(of, a, of->root);
  rule_smallest(of->n, distance, keep, order);
  weight[of->root] = 1.0 / (double)(keep + 1);
  for (size_t k = 0; k < keep; k++)
    weight[order[k]] = 1.0 / (double)(keep + 1);
  return FRAY_OK;
}

/* Distances are those to the server's own. */
static bool needs_no_pairs(const void *params) {
  (void)params;
  return true;
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_MIX,
                                         .uses_f = true,
                                         .root = root,
                                         .fewest = fewest,
                                         .tolerates = tolerates,
                                         .needs_no_pairs = needs_no_pairs,
                                         .mix = mix};

extern const struct fray_choice fray_rule_monna;
const struct fray_choice fray_rule_monna = {
    .name = "monna",
    .meaning = "the mean of the update that the server trains on samples of its own and the n - f "
               "that lie nearest to it",
    .source = "Farhadkhani et al. 2023, arXiv 2210.01221 (nearest neighbour averaging)",
    .table = &table,
    .impl = &ops,
};

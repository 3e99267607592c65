/* FLTrust: the server has samples of its own, and trusts updates that point where they point.
 *
 * It trains on them as a client does, from the same model and with the same keys. The mean of the
 * updates in the place of that, as some codes have it, is no defence: liars are in the mean. */
#include "fray/fed/rule.h"

#include <math.h>

struct params {
  const char *root;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "root", struct params, root, .required = true,
               .help = "client whose samples the server has: it trains on them in each round as a "
                       "client does, and that client takes part in none"),
};
static FRAY_TABLE(table, "fltrust", struct params, fields, .help = "");

/* Looked up where clients are known. */
static const char *root(const void *params) {
  return ((const struct params *)params)->root;
}

/* Lengths say nothing, and directions against the server's do not count: all but none may lie, as
 * far as the server's own samples are like those of all. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return n - 1;
}

/* Nobody trusted: weights of 0, and the model stays as it is. The paper leaves this open. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t w = of->width, g = of->root;
  const double length = sqrt(of->gram[g * w + g]);
  double trusted = 0;
  (void)params, (void)scratch, (void)err;
  for (size_t a = 0; a < of->n; a++) {
    const double mine = sqrt(of->gram[a * w + a]);
    const double cosine = mine > 0 && length > 0 ? of->gram[a * w + g] / (mine * length) : 0;
    const double trust = cosine > 0 ? cosine : 0;
    trusted += trust;
    weight[a] = trust > 0 ? trust * length / mine : 0;
  }
  for (size_t a = 0; a < of->n && trusted > 0; a++)
    weight[a] /= trusted;
  return FRAY_OK;
}

/* Directions are held against the server's own alone. */
static bool needs_no_pairs(const void *params) {
  (void)params;
  return true;
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_MIX,
                                         .root = root,
                                         .tolerates = tolerates,
                                         .needs_no_pairs = needs_no_pairs,
                                         .mix = mix};

extern const struct fray_choice fray_rule_fltrust;
const struct fray_choice fray_rule_fltrust = {
    .name = "fltrust",
    .meaning = "the mean of the updates at the length of the one that the server trains on samples "
               "of its own, weighted by the cosine with it where that is above 0",
    .source = "Cao et al. 2021, arXiv 2012.13995, section IV",
    .table = &table,
    .impl = &ops,
};

/* Multi-Krum: the mean of the updates with the best of Krum's scores.
 *
 * Scores are formed once, of all: those chosen later are not judged anew without those chosen
 * before, which is what Bulyan does. */
#include "nearest.h"

struct params {
  int neighbours;
  int64_t select;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "neighbours", struct params, neighbours, .names = rule_neighbours_names,
               .def_text = "paper",
               .help = "how many of the nearest others an update is judged by: paper, n - f - 2; "
                       "byzfl, n - f - 1, as that library has it"),
    FRAY_FIELD(INT, "select", struct params, select, .optional = true, .min = 1, .max = 1000000,
               .unit = "updates",
               .help = "how many of the best are averaged, all if fewer came; n - f if not given"),
};
static FRAY_TABLE(table, "multi_krum", struct params, fields, .help = "");

/* As Krum: a liar's neighbours must not all be liars. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return 2 * f + 3;
}

static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return n < 3 ? 0 : (n - 3) / 2;
}

/* All chosen alike. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  const struct params *p = params;
  const size_t wanted = p->select == INT64_MIN ? of->n - of->f : (size_t)p->select;
  const size_t best = wanted < of->n ? wanted : of->n; /* rounds may be smaller than the key */
  uint32_t *order;
  FRAY_TRY(rule_krum_best(of, p->neighbours, best, scratch, &order, err));
  for (size_t k = 0; k < best; k++)
    weight[order[k]] = 1.0 / (double)best;
  return FRAY_OK;
}

static const struct fray_rule_ops ops = {
    .form = FRAY_RULE_MIX, .uses_f = true, .fewest = fewest, .tolerates = tolerates, .mix = mix};

extern const struct fray_choice fray_rule_multi_krum;
const struct fray_choice fray_rule_multi_krum = {
    .name = "multi_krum",
    .meaning = "the mean of the n - f updates with the best of krum's scores",
    .source = "Blanchard et al. 2017, arXiv 1703.02757, section 5",
    .table = &table,
    .impl = &ops,
};

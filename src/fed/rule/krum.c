/* Krum: the one update whose nearest others are nearest.
 *
 * What it gives is one client's update as it was sent: no average, so its noise is that of one, and
 * whoever is not chosen has trained for nothing in that round. influence.csv says who that was. */
#include "nearest.h"

struct params {
  int neighbours;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "neighbours", struct params, neighbours, .names = rule_neighbours_names,
               .def_text = "paper",
               .help = "how many of the nearest others an update is judged by: paper, n - f - 2; "
                       "byzfl, n - f - 1, as that library has it"),
};
static FRAY_TABLE(table, "krum", struct params, fields, .help = "");

/* With fewer, liars who agree could be each other's neighbours. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return 2 * f + 3;
}

/* The other way round. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return n < 3 ? 0 : (n - 3) / 2;
}

static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  uint32_t *order;
  FRAY_TRY(
      rule_krum_best(of, ((const struct params *)params)->neighbours, 1, scratch, &order, err));
  weight[order[0]] = 1;
  return FRAY_OK;
}

static const struct fray_rule_ops ops = {
    .form = FRAY_RULE_MIX, .uses_f = true, .fewest = fewest, .tolerates = tolerates, .mix = mix};

extern const struct fray_choice fray_rule_krum;
const struct fray_choice fray_rule_krum = {
    .name = "krum",
    .meaning = "the one update with the least sum of squared distances to its nearest others",
    .source = "Blanchard et al. 2017, arXiv 1703.02757, section 4",
    .table = &table,
    .impl = &ops,
};

/* The mean of the n - f values nearest the median of each coordinate.
 *
 * Unlike the trimmed mean it leaves out f values and not 2 f, on whichever side they lie: less is
 * lost where the liars are on one side, as they mostly are. */
#include "around_median.h"

/* With half of them lying the median itself may be one of theirs. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return 2 * f + 1;
}

static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

static void coordinates(const void *params, const struct fray_lanes *lanes, float *out, float *low,
                        float *high) {
  (void)params;
  rule_mean_around_median(lanes, lanes->n - lanes->f, out, low, high);
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_COORDINATE,
                                         .uses_f = true,
                                         .fewest = fewest,
                                         .tolerates = tolerates,
                                         .in_order = true,
                                         .coordinates = coordinates};

extern const struct fray_choice fray_rule_meamed;
const struct fray_choice fray_rule_meamed = {
    .name = "meamed",
    .meaning = "mean around the median: of each coordinate the n - f values nearest its median",
    .source = "Xie et al. 2018, arXiv 1802.10116, Def. 6",
    .impl = &ops,
};

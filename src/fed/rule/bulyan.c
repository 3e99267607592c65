/* Bulyan: Krum picks updates one after the other; of each coordinate of these, the values nearest
 * the median are averaged. */
#include "around_median.h"
#include "nearest.h"

/* n - 2f picks, of which f may be liars; 2f more go at the median, and one must stay. */
static size_t fewest(const void *params, size_t f) {
  (void)params;
  return 4 * f + 3;
}

/* A quarter, where others promise a half: the price of an answer near the honest in each
 * coordinate. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return n < 3 ? 0 : (n - 3) / 4;
}

/* n - 2f picks without replacement: scores are those among the ones still there. */
static size_t choose(const void *params, const struct fray_judged *of, uint32_t *row,
                     struct fray_arena *scratch) {
  const size_t n = of->n, picks = n - 2 * of->f;
  double *score = fray_arena_alloc(scratch, n, sizeof *score);
  double *room = fray_arena_alloc(scratch, n, sizeof *room);
  uint32_t *left = fray_arena_alloc(scratch, n, sizeof *left);
  uint32_t *order = fray_arena_alloc(scratch, n, sizeof *order);
  (void)params;
  if (!score || !room || !left || !order)
    return 0;
  for (size_t i = 0; i < n; i++)
    left[i] = (uint32_t)i;
  for (size_t k = 0, there = n; k < picks; k++, there--) {
    rule_krum_scores(of, there, left, rule_neighbours_of(RULE_NEIGHBOURS_PAPER, there, of->f),
                     score, room, order);
    rule_smallest(there, score, 1, order);
    row[k] = left[order[0]];
    /* Closed up, not filled from the end: equal scores go to the lowest index. */
    for (size_t i = order[0]; i + 1 < there; i++)
      left[i] = left[i + 1];
  }
  return picks;
}

/* Of the n - 2f picked, n - 4f. */
static void coordinates(const void *params, const struct fray_lanes *lanes, float *out, float *low,
                        float *high) {
  (void)params;
  rule_mean_around_median(lanes, lanes->n - 2 * lanes->f, out, low, high);
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_COORDINATE,
                                         .uses_f = true,
                                         .fewest = fewest,
                                         .tolerates = tolerates,
                                         .choose = choose,
                                         .in_order = true,
                                         .coordinates = coordinates};

extern const struct fray_choice fray_rule_bulyan;
const struct fray_choice fray_rule_bulyan = {
    .name = "bulyan",
    .meaning = "n - 2f updates that krum picks one after the other; of each coordinate of these, "
               "the mean of the n - 4f values nearest the median",
    .source = "El Mhamdi et al. 2018, arXiv 1802.07927, Alg. 2",
    .impl = &ops,
};

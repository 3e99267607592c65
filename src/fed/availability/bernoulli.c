/* Each client is there with the same chance in each round, whatever it was before. */
#include "fray/fed/availability.h"

struct params {
  double p;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "p", struct params, p, .required = true, .min = 0, .max = 1, .open_min = true,
               .help = "chance that a client can be reached in a round"),
};
static FRAY_TABLE(table, "bernoulli", struct params, fields, .help = "");

/* No memory from round to round, and nothing that stays with a client. */
static double rate(const void *params, double each, const struct fray_draw_of *of) {
  (void)each, (void)of;
  return ((const struct params *)params)->p;
}

static const struct fray_reach_ops ops = {.rate = rate};

/* Of N clients and a cohort of m, E min(m, Bin(N, p)) take part: fewer than m wherever fewer are
 * there. */
extern const struct fray_choice fray_reach_bernoulli;
const struct fray_choice fray_reach_bernoulli = {
    .name = "bernoulli",
    .meaning = "each client with chance p in each round, independently",
    .source = "E min(m, Bin(N, p)) take part",
    .table = &table,
    .impl = &ops};

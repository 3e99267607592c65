/* Bursts: a client that is there tends to stay, and one that is away to stay away. */
#include "fray/fed/availability.h"

struct params {
  double up, down;
};
/* Neither may be 0: a client that never comes back would leave no stationary law. */
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "up", struct params, up, .required = true, .min = 0, .max = 1,
               .open_min = true,
               .help = "chance that a client which is away is back in the next round"),
    FRAY_FIELD(REAL, "down", struct params, down, .required = true, .min = 0, .max = 1,
               .open_min = true,
               .help = "chance that a client which is there has left in the next round"),
};
static FRAY_TABLE(table, "markov", struct params, fields, .help = "");

/* The stationary law, so that the first rounds are like all others. */
static double rate(const void *params, double each, const struct fray_draw_of *of) {
  const struct params *p = params;
  (void)each, (void)of;
  return p->up / (p->up + p->down);
}

/* Not `u < 1 - down`: rounding of the difference would decide about some u. */
static bool next(const void *params, bool was, double u) {
  const struct params *p = params;
  return was ? u >= p->down : u < p->up;
}

static const struct fray_reach_ops ops = {.rate = rate, .next = next};

extern const struct fray_choice fray_reach_markov;
const struct fray_choice fray_reach_markov = {
    .name = "markov",
    .meaning = "a chain of two states for each client: away for 1 / up rounds on average, there "
               "for 1 / down",
    .source = "stationary share up / (up + down), correlation of neighbours 1 - up - down",
    .table = &table,
    .impl = &ops};

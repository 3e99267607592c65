/* Those with more data are there more often, or less. */
#include "fray/fed/availability.h"
#include "fray/fed/federation.h"

#include <math.h>

struct params {
  double mean, beta;
};
/* beta above 0: large clients come more often, as those who use a device more do; below 0: less
 * often, as those whose device is busy. */
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "mean", struct params, mean, .def = 0.5, .min = 0, .max = 1, .open_min = true,
               .help = "average of the clients' chances, unless some are clipped to 1"),
    FRAY_FIELD(REAL, "beta", struct params, beta, .def = 0.5, .min = -4, .max = 4,
               .help = "a client's chance goes with samples^beta; 0: all alike"),
};
static FRAY_TABLE(table, "by_size", struct params, fields, .help = "");

/* The average is over those who can take part at all. */
static enum fray_status prepare(const void *params, const struct fray_crowd *crowd,
                                struct fray_arena *arena, double *each, struct fray_err *err) {
  const struct params *p = params;
  double sum = 0, n = 0;
  (void)arena, (void)err;
  for (size_t c = 0; c < crowd->clients->n; c++) {
    const uint32_t samples = crowd->clients->n_labelled[c];
    each[c] = crowd->is_able[c] && samples ? pow((double)samples, p->beta) : 0;
    sum += each[c];
    n += each[c] > 0;
  }
  for (size_t c = 0; c < crowd->clients->n && sum > 0; c++)
    each[c] = p->mean * each[c] / (sum / n);
  return FRAY_OK;
}

/* As prepared; what is above 1 is clipped where it is used, and counted there. */
static double rate(const void *params, double each, const struct fray_draw_of *of) {
  (void)params, (void)of;
  return each;
}

static const struct fray_reach_ops ops = {.prepare = prepare, .rate = rate};

extern const struct fray_choice fray_reach_by_size;
const struct fray_choice fray_reach_by_size = {
    .name = "by_size",
    .meaning = "a chance that goes with a power of the number of a client's samples",
    .source = "mean n_k^beta / average of n^beta",
    .table = &table,
    .impl = &ops};

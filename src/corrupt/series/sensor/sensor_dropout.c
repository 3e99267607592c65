/* Readings lost in bursts, of all channels at once, as on a radio link. */
#include "corrupt/scope/chain.h"
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/gaps.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct sensor_dropout {
  double share; /* NaN: by severity */
  double burst;
  int fill;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct sensor_dropout, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "Share of the steps that is lost in the mean over windows. Single windows "
                       "lose more or less, and many short ones nothing."),
    FRAY_FIELD(REAL, "burst", struct sensor_dropout, burst, .def = 5, .min = 1, .max = 1e6,
               .unit = "steps",
               .help =
                   "Mean length of what is lost at once. 1: each step by itself, and so a mean "
                   "of 1 / (1 - share), which bursts are never shorter than. Windows cut them."),
    FRAY_GAP_FILL(struct sensor_dropout, "hold"),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sensor_dropout", struct sensor_dropout, fields,
                  .help = "Readings lost in bursts.");

/* Steps of our own; as of lost packets of sound. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .4, .6)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct sensor_dropout *)params)->share;
}

/* A step is a packet with all channels, which go lost together. */
static enum fray_status apply(const void *params, double share, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct sensor_dropout *loss = params;
  struct fray_chain chain = fray_chain_nesting(share, loss->burst);
  uint8_t *lost;
  FRAY_ALLOC(lost, place->scratch, x->length * x->channels, err);
  for (size_t t = 0; t < x->length; t++)
    memset(lost + t * x->channels, fray_chain_step(&chain, fray_rng_uniform(&place->rng)),
           x->channels);
  fray_gaps_fill(x, lost, loss->fill);
  return FRAY_OK;
}

/* A larger share loses the same steps and more; but what stands in for them depends on what is
 * left, unless it is 0. */
static unsigned nests(const struct fray_corruption_config *entry) {
  const struct sensor_dropout *loss = entry->kind.params;
  return loss->fill == FRAY_GAP_ZERO ? FRAY_NESTS_SET | FRAY_NESTS_VALUE : FRAY_NESTS_SET;
}

/* The value that is held may be nearer than the one held for a shorter gap, so the mean is all that
 * is said to grow. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "bursts lost from the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .turn = {{"burst", .low = 1, .high = 10}},
                                               .brief = "bursts lost",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .nests = nests,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_sensor_dropout = {
    .name = "sensor_dropout",
    .meaning = "Series that lost steps in bursts.",
    .source = "Gilbert 1960: enter share / (burst (1 - share)), leave 1 / burst",
    .table = &table,
    .impl = &ops};

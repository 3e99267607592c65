/* Values that are missing: single ones, blocks of a channel, whole channels. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/gaps.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MISSING_VALUES, MISSING_BLOCKS, MISSING_CHANNELS };
static const char *const pattern_names[] = {"values", "blocks", "channels", NULL};

struct missing_values {
  double share; /* NaN: by severity */
  int pattern, fill;
  int64_t block;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct missing_values, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that a value, block or channel is missing."),
    FRAY_FIELD(ENUM, "pattern", struct missing_values, pattern, .def_text = "values",
               .names = pattern_names,
               .help =
                   "values: each by itself, which a line between neighbours nearly repairs. "
                   "blocks: stretches of a channel, each by itself. channels: a channel over the "
                   "whole window."),
    FRAY_FIELD(INT, "block", struct missing_values, block, .def = 16, .min = 1, .max = 1000000,
               .unit = "steps", .help = "Length of a block, counted from the first step."),
    FRAY_GAP_FILL(struct missing_values, "zero"),
    FRAY_SIGNAL_ENTRIES,
};
/* 0 is the default fill, since it is what most tables of sensors hold there, and what shows that
 * something is missing. */
static FRAY_TABLE(table, "missing_values", struct missing_values, fields,
                  .help = "Values that are missing.");

/* Steps of our own. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .4, .6)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct missing_values *)params)->share;
}

/* Blocks of all channels: of one step they are values, of the whole window channels. */
static enum fray_status apply(const void *params, double share, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct missing_values *missing = params;
  const size_t row = x->channels, block = missing->pattern == MISSING_VALUES ? 1
                                          : missing->pattern == MISSING_BLOCKS
                                              ? (size_t)missing->block
                                              : x->length;
  uint8_t *lost;
  FRAY_ALLOC(lost, place->scratch, x->length * row, err);
  for (size_t t = 0; t < x->length; t++)
    for (size_t c = 0; c < row; c++)
      lost[t * row + c] =
          t % block ? lost[(t - 1) * row + c] : fray_rng_uniform(&place->rng) < share;
  fray_gaps_fill(x, lost, missing->fill);
  return FRAY_OK;
}

/* A larger share loses the same and more; what stands in for it depends on what is left, unless it
 * is 0. */
static unsigned nests(const struct fray_corruption_config *entry) {
  const struct missing_values *missing = entry->kind.params;
  return missing->fill == FRAY_GAP_ZERO ? FRAY_NESTS_SET | FRAY_NESTS_VALUE : FRAY_NESTS_SET;
}

/* As a fill may lie nearer the truth when more is missing, the mean is all that is said to grow. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "values missing from the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "values missing",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .nests = nests,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_missing_values = {
    .name = "missing_values",
    .meaning = "Series of which values, blocks or channels are missing.",
    .source = "u < share for each value, block or channel",
    .table = &table,
    .impl = &ops};

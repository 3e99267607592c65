/* Sensors whose zero is wrong. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"

#include "fray/base/size.h"

struct offset {
  double amount; /* in deviations of the channel; NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct offset, amount, .optional = true, .min = 0, .max = 1000,
               .unit = "deviations",
               .help = "What is added to each channel or taken from it, the sign being drawn, in "
                       "standard deviations of the channel over the window."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "offset", struct offset, fields, .help = "Wrong zeros of sensors.");

/* Steps of our own. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .1, .25, .5, 1, 2)};

/* Features that are standardised by window take all of this out again, and `fray run` warns of it:
 * the kind is for models that see the level. */
static double strength(const void *params) {
  return ((const struct offset *)params)->amount;
}

/* Signs are drawn once for a sample and stay over strengths, so that curves over them nest: half of
 * the channels go up, half down. A line that begins and ends at the same height is a constant. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  struct fray_channel *channel;
  double *size;
  (void)params;
  FRAY_TRY(fray_channels_measure(x, place->scratch, &channel, err));
  FRAY_ALLOC(size, place->scratch, x->channels, err);
  fray_draw_signs(&place->rng, size, x->channels);
  for (size_t c = 0; c < x->channels; c++)
    size[c] *= amount * channel[c].sd;
  fray_channels_add_line(x, size, 1, 1);
  return FRAY_OK;
}

/* The signs of a sample stay, so each reading moves farther with more. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES);
static const struct fray_corruption_ops ops = {.words = "wrong zero of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "wrong zero",
                                               .strength = {"amount", "deviations", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_offset = {
    .name = "offset",
    .meaning = "Series whose channels are too high or too low by a constant.",
    .source = "x + amount sd sign",
    .table = &table,
    .impl = &ops};

/* High-pass: a small loudspeaker, a thin line. */
#include "corrupt/scope/scope.h"
#include "fray/corrupt/biquad.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct high_pass {
  double cutoff; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "cutoff", struct high_pass, cutoff, .optional = true, .min = 0, .max = 1e6,
               .unit = "Hz",
               .help = "Frequency below which sound is taken away, by 24 dB an octave; at it 3 dB "
                       "are missing. 0: nothing happens; from half the sampling "
                       "rate on nothing is left."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "high_pass", struct high_pass, fields,
                  .help = "Sound without its low frequencies.");

/* From 8 kHz on in Hz and not in shares of the rate: what is lost is the voice, whose lowest tones
 * lie at 100 to 300 Hz however it was recorded. Slower sound ends below these cuts; it has the
 * shares that they are of sound of 8 kHz (.125 .25 .375 .5 .75 of half the rate), by the next lower
 * rate of a table, so that every cut lies within it. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray1k", 1999, 0, 62.5, 125, 187.5, 250, 375),
    FRAY_LEVELS("fray2k", 3999, 0, 125, 250, 375, 500, 750),
    FRAY_LEVELS("fray4k", 7999, 0, 250, 500, 750, 1000, 1500),
    FRAY_LEVELS("fray", SIZE_MAX, 0, 500, 1000, 1500, 2000, 3000),
    FRAY_LEVELS("srb", SIZE_MAX, 0, 500, 1333, 2166, 3000, NAN)};

static double strength(const void *params) {
  return ((const struct high_pass *)params)->cutoff;
}

/* A constant, which is all below any cut, is gone from the first value on. */
static enum fray_status apply(const void *params, double cutoff, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const double cut = cutoff / (sound->rate / 2);
  struct fray_biquad section[2];
  (void)params;
  (void)place;
  (void)err;
  /* The bilinear transform has no place for a cut at half the rate. */
  if (cut < 1) {
    fray_butterworth_high(cut, section);
    fray_biquads_run(section, 2, true, sound->x, sound->length);
  } else {
    /* All that such sound has lies below. */
    memset(sound->x, 0, sound->length * sizeof *sound->x);
  }
  return FRAY_OK;
}

/* Phases turn with the cut, too: of speech the mean distance falls again from 1500 Hz on, though
 * less and less is left. So no growth is promised. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "a high-pass on the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "high-pass at",
                                               .strength = {"cutoff", "Hz", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_high_pass = {
    .name = "high_pass",
    .meaning = "Sound without what lies below a frequency.",
    .source = "Butterworth, order 4, causal, bilinear with prewarping; srb: Speech Robust Bench",
    .table = &table,
    .impl = &ops};

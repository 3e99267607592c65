/* Low-pass: a dull microphone, a cloth over it, a narrow channel. */
#include "corrupt/scope/scope.h"
#include "fray/corrupt/biquad.h"

#include "fray/base/size.h"

#include <math.h>

struct low_pass {
  double cutoff; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "cutoff", struct low_pass, cutoff, .optional = true, .min = 1, .max = INFINITY,
               .infinite = true, .unit = "Hz",
               .help = "Frequency above which sound is taken away, by 24 dB an octave; at it 3 dB "
                       "are missing. Less is worse; from half the sampling rate on, or at .inf, "
                       "nothing happens. The filter is causal, so low cuts also delay."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "low_pass", struct low_pass, fields,
                  .help = "Sound without its high frequencies.");

/* Shares .5, .25, .125, .06 and .03 of half the rate, by what rate the sound has; fray48k is that
 * of all higher rates. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray1k", 1000, 0, 250, 125, 62.5, 30, 15),
    FRAY_LEVELS("fray2k", 2000, 0, 500, 250, 125, 60, 30),
    FRAY_LEVELS("fray4k", 4000, 0, 1000, 500, 250, 120, 60),
    FRAY_LEVELS("fray8k", 8000, 0, 2000, 1000, 500, 240, 120),
    FRAY_LEVELS("fray16k", 16000, 0, 4000, 2000, 1000, 480, 240),
    FRAY_LEVELS("fray24k", 24000, 0, 6000, 3000, 1500, 720, 360),
    FRAY_LEVELS("fray48k", SIZE_MAX, 0, 12000, 6000, 3000, 1440, 720),
    FRAY_LEVELS("srb", SIZE_MAX, 0, 4000, 2833, 1666, 500, NAN)};

/* In Hz, so that one number means one filter whatever it is put on. */
static double strength(const void *params) {
  return ((const struct low_pass *)params)->cutoff;
}

/* A clip begins as if its first value had been there before: no click of the filter. */
static enum fray_status apply(const void *params, double cutoff, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const double cut = cutoff / (sound->rate / 2);
  struct fray_biquad section[2];
  (void)params;
  (void)place;
  (void)err;
  /* Such sound has nothing above. */
  if (!(cut < 1))
    return FRAY_OK;
  fray_butterworth_low(cut, section);
  fray_biquads_run(section, 2, true, sound->x, sound->length);
  return FRAY_OK;
}

/* Single clips may move less under a lower cut, when a phase turns back; their mean does not. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "a low-pass on the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "low-pass at",
                                               .strength = {"cutoff", "Hz", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_low_pass = {
    .name = "low_pass",
    .meaning = "Sound without what lies above a frequency.",
    .source = "Butterworth, order 4, causal, bilinear with prewarping; severities: shares of half "
              "the sampling rate; srb: Speech Robust Bench",
    .table = &table,
    .impl = &ops};

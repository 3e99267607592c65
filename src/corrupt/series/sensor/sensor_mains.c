/* The mains in the wires of a sensor: a tone at 50 or 60 Hz, as the sensor samples it. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/channels.h"

#include "fray/base/size.h"

#include <math.h>

struct sensor_mains {
  double amplitude; /* in deviations of the channel; NaN: by severity */
  double frequency;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amplitude", struct sensor_mains, amplitude, .optional = true, .min = 0,
               .max = 1000, .unit = "deviations",
               .help = "Amplitude of the tone, in standard deviations of the channel over the "
                       "window. Its phase is drawn for each channel."),
    FRAY_FIELD(REAL, "frequency", struct sensor_mains, frequency, .def = 50, .open_min = true,
               .min = 0, .max = 1e6, .unit = "Hz",
               .help = "50 or 60, or another. What lies above half the rate is folded down: at 50 "
                       "samples a second 60 Hz are seen as 10 Hz, and 50 Hz are a constant."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sensor_mains", struct sensor_mains, fields,
                  .help = "The mains, in sensors.");

/* Steps of our own: at 2 the tone has four times the power of the signal. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .1, .25, .5, 1, 2)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct sensor_mains *)params)->amplitude;
}

/* Said before the study begins, and not when the first window is read. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  (void)params;
  FRAY_CHECK(modality->rate > 0, err, INPUT,
             "its rate is not known, so nothing says how often the mains swing in a step");
  return FRAY_OK;
}

/* No filter comes before the sampling, as none does in most sensors: the tone is folded to where
 * its samples lie. Channels have phases of their own, since their wires run differently; amplitudes
 * are those of the window, so that a channel at rest hums less than one that moves. */
static enum fray_status apply(const void *params, double amplitude, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct sensor_mains *mains = params;
  struct fray_channel *channel;
  double *size, *phase;
  FRAY_CHECK(x->rate > 0, err, INPUT, "series without a rate have no frequencies");
  FRAY_TRY(fray_channels_measure(x, place->scratch, &channel, err));
  FRAY_ALLOC(size, place->scratch, x->channels, err);
  FRAY_ALLOC(phase, place->scratch, x->channels, err);
  for (size_t c = 0; c < x->channels; c++) {
    size[c] = amplitude * channel[c].sd;
    phase[c] = 2 * 3.14159265358979323846 * fray_rng_uniform(&place->rng);
  }
  fray_channels_add_tone(x, size, mains->frequency, phase);
  return FRAY_OK;
}

/* Linear in its amplitude: with the phases of a sample each reading moves farther with more. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_SERIES, .fits = fits);
static const struct fray_corruption_ops ops = {.words = "mains in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "mains",
                                               .strength = {"amplitude", "deviations", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_sensor_mains = {
    .name = "sensor_mains",
    .meaning = "Series with the mains in them, at 50 or 60 Hz.",
    .source = "x + amplitude sd sin(2 pi f t + phase), sampled as it is",
    .table = &table,
    .impl = &ops};

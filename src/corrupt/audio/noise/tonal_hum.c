/* A tone that comes and goes, as of a machine beside the microphone: frequency, period and duty say
 * which machine it is, and so whether anybody trained with it. */
#include "corrupt/audio/tools/hum.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct tonal_hum {
  double snr_db; /* NaN: by severity */
  double f0, period, duty;
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct tonal_hum),
    FRAY_FIELD(REAL, "f0", struct tonal_hum, f0, .def = 800, .min = 1, .max = 1e6, .unit = "Hz",
               .help = "Frequency of the tone, under half the sampling rate."),
    FRAY_FIELD(REAL, "period", struct tonal_hum, period, .def = 0.1, .min = 0.001, .max = 3600,
               .unit = "s", .help = "From one onset to the next."),
    FRAY_FIELD(REAL, "duty", struct tonal_hum, duty, .def = 0.5, .open_min = true, .max = 1,
               .unit = "share",
               .help = "Share of the period that the tone is on, with ramps of 5 ms inside; 1: it "
                       "never stops. The ratio counts its pauses, so at the same snr_db a tone of "
                       "duty 0.1 is 10 dB louder while it is on."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "tonal_hum", struct tonal_hum, fields,
                  .help = "A tone in sound that is switched on and off.");

/* Ratios as of noise. f0, period and duty have no order: they are swept for themselves, and a model
 * may fail at one tone and not at its neighbour. */
static const struct fray_levels levels[] = {FRAY_SNR_LEVELS};

/* Above half the rate it would come out as another, lower tone. */
static enum fray_status fits(const void *params, const struct fray_modality *sound,
                             struct fray_err *err) {
  const struct tonal_hum *p = params;
  FRAY_CHECK(p->f0 < sound->rate / 2, err, INPUT,
             "f0: %g Hz is not under half the sampling rate, %g Hz", p->f0, sound->rate / 2);
  return FRAY_OK;
}

/* Where in its turn and in its period the tone is when the clip begins is drawn; nothing else is.
 */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct tonal_hum *p = params;
  struct fray_hum hum = {.f0 = p->f0, .period = p->period, .duty = p->duty};
  float *tone;
  FRAY_ALLOC(tone, place->scratch, sound->length, err);
  /* Two draws in any case: a tone that never stops has no onset, and uses one of them. */
  hum.phase = 2 * M_PI * fray_rng_uniform(&place->rng);
  hum.start = fray_hum_start(&hum, sound->rate, sound->length, fray_rng_uniform(&place->rng));
  fray_hum_tone(&hum, sound->rate, tone, sound->length);
  fray_mix_noise(sound->x, tone, sound->length, snr_db);
  return FRAY_OK;
}

/* The tone is one and the same at every ratio, so less is more of the same. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .fits = fits,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "a hum in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .turn = {{"f0", .low = 100, .high = 4000},
                                                        {"period", .low = 0.05, .high = 0.5},
                                                        {"duty", .low = 0.25, .high = 1}},
                                               .brief = "hum",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_tonal_hum = {
    .name = "tonal_hum",
    .meaning = "Sound with a tone that is switched on and off.",
    .source =
        "x + A sum_k env(t - k period) sin(2 pi f0 t + phase), A from the levels of the whole "
        "clip; phase and first onset are drawn",
    .table = &table,
    .impl = &ops};

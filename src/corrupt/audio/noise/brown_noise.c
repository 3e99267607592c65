/* Brown noise of sound: a rumble, as of wind and traffic far away. */
#include "corrupt/audio/tools/coloured.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct brown_noise {
  double snr_db; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct brown_noise),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "brown_noise", struct brown_noise, fields,
                  .help = "Noise of sound whose power falls by 6 dB an octave.");

/* The ratios of white noise, though they sound softer here: ears hear low tones badly. */
static const struct fray_levels levels[] = {FRAY_SNR_LEVELS};

/* Nearly all of it lies in the lowest octaves: at one ratio it hides less of speech than pink or
 * white noise does. */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  float *noise;
  (void)params;
  FRAY_ALLOC(noise, place->scratch, sound->length, err);
  FRAY_TRY(fray_coloured_noise(FRAY_BROWN, &place->rng, sound->rate, noise, sound->length,
                               place->scratch, err));
  fray_mix_noise(sound->x, noise, sound->length, snr_db); /* silence stays silent */
  return FRAY_OK;
}

/* More of the same noise at a lower ratio, as of the other colours. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "brown noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "brown noise",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_brown_noise = {
    .name = "brown_noise",
    .meaning = "Sound with brown noise: power 1 / f^2 above 20 Hz.",
    .source = "spectrum 1 / f of white noise from 20 Hz on, mixed as noise is",
    .table = &table,
    .impl = &ops};

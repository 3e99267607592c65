/* White noise of sound, at a ratio to what the clip holds. */
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct noise {
  double snr_db; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct noise),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "noise", struct noise, fields, .help = "White noise of sound.");

/* srb: Speech Robust Bench, whose levels 0 to 4 are 1 to 5 here. */
static const struct fray_levels levels[] = {FRAY_SNR_LEVELS,
                                            FRAY_LEVELS("srb", SIZE_MAX, 0, 30, 10, 5, 1, -10)};

/* The noise is divided by its own level, so the ratio is exact in each clip, and the draws do not
 * depend on it: a lower ratio is more of the same noise. */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  float *z;
  (void)params;
  FRAY_ALLOC(z, place->scratch, sound->length, err);
  fray_normals_draw(&place->rng, sound->length, z);
  fray_mix_noise(sound->x, z, sound->length, snr_db); /* silence stays silent */
  return FRAY_OK;
}

static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "noise in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "noise",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_noise = {
    .name = "noise",
    .meaning = "Sound with white noise.",
    .source = "x + n rms(x) / rms(n) 10^(-SNR/20); severities near Speech Robust Bench",
    .table = &table,
    .impl = &ops};

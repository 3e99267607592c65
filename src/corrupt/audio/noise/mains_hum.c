/* Hum of the mains: what a bad cable or supply adds to a recording. */
#include "corrupt/audio/tools/hum.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct mains_hum {
  double snr_db; /* NaN: by severity */
  double mains;
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct mains_hum),
    FRAY_FIELD(REAL, "mains", struct mains_hum, mains, .def = 50, .min = 1, .max = 1000,
               .unit = "Hz",
               .help = "Frequency of the mains: 50, or 60 as in North America. It has harmonics of "
                       "1/2, 1/3, 1/4 and 1/5 of its height."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "mains_hum", struct mains_hum, fields, .help = "Mains hum in sound.");

/* Ratios as of noise; in life a hum lies at 20 dB and above. */
static const struct fray_levels levels[] = {FRAY_SNR_LEVELS};

/* Harmonics that sound cannot hold are left out; of the mains itself nothing would be left. */
static enum fray_status fits(const void *params, const struct fray_modality *sound,
                             struct fray_err *err) {
  const struct mains_hum *p = params;
  FRAY_CHECK(p->mains < sound->rate / 2, err, INPUT,
             "mains: %g Hz is not under half the sampling rate, %g Hz", p->mains, sound->rate / 2);
  return FRAY_OK;
}

/* The phase is all that is drawn: hums of two recordings differ in nothing else. */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct mains_hum *p = params;
  float *hum;
  FRAY_ALLOC(hum, place->scratch, sound->length, err);
  /* Recordings begin anywhere in a turn of the mains. */
  fray_hum_mains(p->mains, 2 * M_PI * fray_rng_uniform(&place->rng), sound->rate, hum,
                 sound->length);
  fray_mix_noise(sound->x, hum, sound->length, snr_db);
  return FRAY_OK;
}

/* Ratios scale one hum, so that each value moves further at a lower one. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .fits = fits,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "mains hum in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .turn = {{"mains", .low = 50, .high = 60}},
                                               .brief = "mains hum",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_mains_hum = {
    .name = "mains_hum",
    .meaning = "Sound with the hum of the mains and its harmonics.",
    .source =
        "sum over k of 1 to 5 of sin(2 pi k mains t) / k, mixed as noise is; the phase is drawn",
    .table = &table,
    .impl = &ops};

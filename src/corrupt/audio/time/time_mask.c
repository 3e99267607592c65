/* Time mask: a stretch of a clip that is silent, as of a dropped call. SpecAugment masks frames of
 * a spectrogram; this masks the sound itself, whatever is made of it. The edges are hard: a real
 * drop-out clicks, and a fade would have a length to be chosen. */
#include "corrupt/audio/tools/pieces.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct time_mask {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct time_mask, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "Share of the clip that is silent, in one piece, to the nearest sample. It "
                       "lies anywhere with equal chance, whole inside the clip."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "time_mask", struct time_mask, fields,
                  .help = "Sound with a silent stretch.");

/* The range of audiomentations in five steps. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .01, .05, .1, .15, .2)};

static double strength(const void *params) {
  return ((const struct time_mask *)params)->share;
}

static enum fray_status apply(const void *params, double share, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const size_t length = fray_piece_length(share, sound->length);
  const double u = fray_rng_uniform(&place->rng);
  (void)params;
  (void)err;
  fray_piece_silence(sound->x, fray_piece_start(u, length, sound->length), length);
  return FRAY_OK;
}

/* A longer mask of the same draw holds a shorter one: each number moves at least as far. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_AUDIO, .n_more = 0);
static const struct fray_corruption_ops ops = {.words = "a silent stretch in the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "silent stretch",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_time_mask = {
    .name = "time_mask",
    .meaning = "Sound with a stretch of silence in it.",
    .source =
        "Park et al. 2019 (SpecAugment), on samples; x[a .. a + L) = 0, a = floor(u (n - L)); "
        "severities: range of audiomentations",
    .table = &table,
    .impl = &ops};

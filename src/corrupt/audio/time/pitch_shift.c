/* Pitch: a higher or a lower voice. The sound is made longer at the same pitch and then read
 * faster, as sox does it, so formants move with the pitch; what a taller talker does to formants
 * alone is vocal_tract_warp. Time stays: the clip has its length and its beginnings. */
#include "corrupt/audio/tools/retime.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include <math.h>

struct pitch_shift {
  double semitones; /* NaN: by severity */
  int direction;
};
enum { EITHER, UP, DOWN };
static const char *const direction_names[] = {"either", "up", "down", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "semitones", struct pitch_shift, semitones, .optional = true, .min = 0,
               .max = 24, .unit = "semitones",
               .help =
                   "By how much all frequencies are multiplied: 12 semitones are a factor of 2."),
    FRAY_FIELD(
        ENUM, "direction", struct pitch_shift, direction, .def_text = "either",
        .names = direction_names,
        .help =
            "up: higher; down: lower; either: drawn for each sample, or for each client by 'per: "
            "client'."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "pitch_shift", struct pitch_shift, fields,
                  .help = "Sound at another pitch.");

/* The range of audiomentations in five steps. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .5, 1, 2, 3, 4),
                                            FRAY_LEVELS("srb", SIZE_MAX, 0, 3, 6, 9, 12, NAN)};

static double strength(const void *params) {
  return ((const struct pitch_shift *)params)->semitones;
}

/* Read beyond the end of the clip a kernel would find nothing, so some more is stretched than is
 * read: the margin of the kernel at the largest step. */
/* Drawn in any case, so that a direction that is given leaves other draws as they were. */
static enum fray_status apply(const void *params, double semitones, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct pitch_shift *p = params;
  const bool drawn = fray_rng_uniform(&place->rng) < 0.5;
  const bool up = p->direction == UP || (p->direction == EITHER && drawn);
  const double ratio = exp2((up ? semitones : -semitones) / 12);
  const size_t n = sound->length, longer = (size_t)ceil((double)n * ratio) + 256;
  float *out;
  FRAY_ALLOC(out, place->scratch, longer, err);
  FRAY_TRY(fray_stretch(sound->x, n, sound->rate, 1 / ratio, out, longer, place->scratch, err));
  return fray_retime(out, longer, ratio, sound->x, n, place->scratch, err);
}

/* Waves of other pitches are as far apart whatever the pitches are. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "another pitch of the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "pitch by",
                                               .strength = {"semitones", "semitones", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_pitch_shift = {
    .name = "pitch_shift",
    .meaning = "Sound at a higher or a lower pitch.",
    .source = "f 2^(s / 12): WSOLA (Verhelst & Roelands 1993), then band-limited interpolation; "
              "severities: range of audiomentations; srb: Speech Robust Bench",
    .table = &table,
    .impl = &ops};

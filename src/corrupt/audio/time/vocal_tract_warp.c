/* Vocal tract warp: a talker with a longer or a shorter throat, whose formants lie lower or higher.
 * Frequencies are moved by a map of two straight pieces that ends at half the rate, so nothing is
 * lost at the top. Every frequency moves, that of the voice too, as in the published method on
 * spectrograms. nlpaug feeds the map frequencies up to the whole rate, which is another warp. */
#include "corrupt/audio/tools/retime.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct vocal_tract_warp {
  double amount; /* NaN: by severity */
  int direction;
};
enum { EITHER, SHORTER, LONGER };
static const char *const direction_names[] = {"either", "shorter", "longer", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct vocal_tract_warp, amount, .optional = true, .min = 0,
               .max = .5, .unit = "share",
               .help = "By which share frequencies up to 4800 Hz (.6 of half the rate, if that is "
                       "less) are moved; above, what is left goes to half the rate."),
    FRAY_FIELD(ENUM, "direction", struct vocal_tract_warp, direction, .def_text = "either",
               .names = direction_names,
               .help = "shorter: a shorter vocal tract, frequencies go up; longer: they go down; "
                       "either: drawn for each sample, or for each client by 'per: "
                       "client'."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "vocal_tract_warp", struct vocal_tract_warp, fields,
                  .help = "Sound of another vocal tract.");

/* Up to .15; Jaitly & Hinton draw from .9 to 1.1, and nlpaug the same. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, .03, .06, .09, .12, .15)};

static double strength(const void *params) {
  return ((const struct vocal_tract_warp *)params)->amount;
}

/* Drawn in any case, so that a direction that is given leaves other draws as they were. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct vocal_tract_warp *p = params;
  const bool drawn = fray_rng_uniform(&place->rng) < 0.5;
  const bool shorter = p->direction == SHORTER || (p->direction == EITHER && drawn);
  const struct fray_warp warp = fray_warp_of(shorter ? 1 + amount : 1 - amount, sound->rate);
  return fray_warp_sound(&warp, sound->rate, sound->x, sound->length, place->scratch, err);
}

/* Waves of other frequencies are as far apart whatever the frequencies are. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "another vocal tract in the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "vocal tract by",
                                               .strength = {"amount", "share", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_vocal_tract_warp = {
    .name = "vocal_tract_warp",
    .meaning = "Speech as of a talker with a vocal tract of another length.",
    .source = "Jaitly & Hinton 2013 (VTLP), equation 1, F_hi 4800, a = 1 + or - amount; on sound "
              "by a phase vocoder; severities: steps of fray's own",
    .table = &table,
    .impl = &ops};

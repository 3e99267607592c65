/* Speed: a record at the wrong number of turns, or a clock that is off. Duration and pitch change
 * together, by resampling, as Kaldi and speechbrain do it. The clip keeps its length: what became
 * longer is cut off at its end, behind what became shorter is silence. */
#include "corrupt/audio/tools/retime.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include <math.h>
#include <string.h>

struct speed {
  double factor; /* NaN: by severity */
  int direction;
};
enum { EITHER, FASTER, SLOWER };
static const char *const direction_names[] = {"either", "faster", "slower", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "factor", struct speed, factor, .optional = true, .min = 1, .max = 8,
               .unit = "times",
               .help = "How many times as fast, or as slow, it is played; its pitch goes with it."),
    FRAY_FIELD(ENUM, "direction", struct speed, direction, .def_text = "either",
               .names = direction_names,
               .help = "faster: shorter and higher; slower: longer and lower; either: drawn for "
                       "each sample, or for each client by 'per: "
                       "client'."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "speed", struct speed, fields,
                  .help = "Sound that is played faster or slower.");

/* Kaldi's .9 and 1.1 lie among them; a quarter is what talkers differ by. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, 1.05, 1.1, 1.15, 1.2, 1.25),
    FRAY_LEVELS("srb", SIZE_MAX, 0, 1.25, 1.5, 1.75, 2, NAN)};

static double strength(const void *params) {
  return ((const struct speed *)params)->factor;
}

/* Drawn in any case, so that a direction that is given leaves other draws as they were. */
static enum fray_status apply(const void *params, double factor, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct speed *p = params;
  const bool drawn = fray_rng_uniform(&place->rng) < 0.5;
  const bool faster = p->direction == FASTER || (p->direction == EITHER && drawn);
  float *out;
  FRAY_ALLOC(out, place->scratch, sound->length, err);
  FRAY_TRY(fray_retime(sound->x, sound->length, faster ? factor : 1 / factor, out, sound->length,
                       place->scratch, err));
  memcpy(sound->x, out, sound->length * sizeof *out);
  return FRAY_OK;
}

/* Sounds that miss each other are no further apart when they miss by more. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "another speed of the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "speed by",
                                               .strength = {"factor", "times", 1, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_speed = {
    .name = "speed",
    .meaning = "Sound that is played faster or slower, pitch and all.",
    .source = "Ko et al. 2015: x(q t) by band-limited interpolation, length kept; steps of fray's "
              "own; srb: Speech Robust Bench, which only speeds up",
    .table = &table,
    .impl = &ops};

/* Tempo: somebody who talks faster or slower. Pitch stays, by overlapping pieces that fit (WSOLA,
 * as sox does it). The clip keeps its length: what became longer is cut off at its end, behind what
 * became shorter is silence. */
#include "corrupt/audio/tools/retime.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include <string.h>

struct tempo {
  double factor; /* NaN: by severity */
  int direction;
};
enum { EITHER, FASTER, SLOWER };
static const char *const direction_names[] = {"either", "faster", "slower", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "factor", struct tempo, factor, .optional = true, .min = 1, .max = 8,
               .unit = "times",
               .help = "How many times as fast, or as slow, it goes; its pitch stays."),
    FRAY_FIELD(ENUM, "direction", struct tempo, direction, .def_text = "either",
               .names = direction_names,
               .help = "faster: shorter; slower: longer; either: drawn for each sample, or for "
                       "each client by 'per: "
                       "client'."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "tempo", struct tempo, fields,
                  .help = "Sound that goes faster or slower at the same pitch.");

/* The range of audiomentations in five steps. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, 1.05, 1.1, 1.15, 1.2, 1.25)};

static double strength(const void *params) {
  return ((const struct tempo *)params)->factor;
}

/* Drawn in any case, so that a direction that is given leaves other draws as they were. */
static enum fray_status apply(const void *params, double factor, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct tempo *p = params;
  const bool drawn = fray_rng_uniform(&place->rng) < 0.5;
  const bool faster = p->direction == FASTER || (p->direction == EITHER && drawn);
  float *out;
  FRAY_ALLOC(out, place->scratch, sound->length, err);
  FRAY_TRY(fray_stretch(sound->x, sound->length, sound->rate, faster ? factor : 1 / factor, out,
                        sound->length, place->scratch, err));
  memcpy(sound->x, out, sound->length * sizeof *out);
  return FRAY_OK;
}

/* Sounds that miss each other are no further apart when they miss by more. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "another tempo of the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "tempo by",
                                               .strength = {"factor", "times", 1, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_tempo = {
    .name = "tempo",
    .meaning = "Sound that goes faster or slower at the same pitch.",
    .source = "Verhelst & Roelands 1993 (WSOLA), pieces of 40 ms, length kept; severities: range "
              "of audiomentations",
    .table = &table,
    .impl = &ops};

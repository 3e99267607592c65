/* Gain: a microphone that is set too loud, too soft, or stands elsewhere. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

/* Which way is no strength: both are equally far from the level of before. */
struct gain {
  double gain_db; /* NaN: by severity */
  int sign;
  bool clip;
};
enum { EITHER, UP, DOWN };
static const char *const sign_names[] = {"either", "up", "down", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(
        REAL, "gain_db", struct gain, gain_db, .optional = true, .min = 0, .max = 200, .unit = "dB",
        .help = "By how much sound is louder or softer. Features that normalise each clip undo "
                "it."),
    FRAY_FIELD(ENUM, "sign", struct gain, sign, .def_text = "either", .names = sign_names,
               .help =
                   "up: louder; down: softer; either: drawn for each sample, or for each client "
                   "by 'per: client'."),
    FRAY_FIELD(BOOL, "clip", struct gain, clip, .def = false,
               .help = "Whether what goes beyond full scale is cut off there."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "gain", struct gain, fields, .help = "Sound at another level.");

/* The steps of a volume knob; 6 dB are a factor of two, 12 of four. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 2, 4, 6, 9, 12)};

/* Distances in dB have no sign of their own: which way it goes is another key. */
static double strength(const void *params) {
  return ((const struct gain *)params)->gain_db;
}

/* Drawn in any case, so that a sign that is given leaves the draws as they were. */
static enum fray_status apply(const void *params, double gain_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct gain *p = params;
  const bool drawn = fray_rng_uniform(&place->rng) < 0.5;
  const bool up = p->sign == UP || (p->sign == EITHER && drawn);
  const double factor = pow(10, (up ? gain_db : -gain_db) / 20);
  (void)err;
  for (size_t i = 0; i < sound->length; i++) {
    const double x = factor * (double)sound->x[i];
    sound->x[i] = (float)(p->clip ? fmin(fmax(x, -1), 1) : x);
  }
  return FRAY_OK;
}

/* Both ways a larger step moves each number further, whichever way was drawn. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = strength,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "another level of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "level off by",
                                               .strength = {"gain_db", "dB", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_gain = {
    .name = "gain",
    .meaning = "Sound that is louder or softer.",
    .source = "x 10^(+-gain_db / 20); severities: range of audiomentations",
    .table = &table,
    .impl = &ops};

/* Time shift: a recorder that was started too early or too late. By default what leaves the clip is
 * gone, as on a real one; rolling brings it back in at the other end, where nobody would hear it.
 */
#include "corrupt/audio/tools/pieces.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct time_shift {
  double share; /* NaN: by severity */
  int direction;
  bool roll;
};
enum { EITHER, LATER, EARLIER };
static const char *const direction_names[] = {"either", "later", "earlier", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct time_shift, share, .optional = true, .min = 0, .max = 1,
               .unit = "share", .help = "By which share of the clip, to the nearest sample."),
    FRAY_FIELD(ENUM, "direction", struct time_shift, direction, .def_text = "either",
               .names = direction_names,
               .help = "later: the sound begins later, and its end is cut off; earlier: its "
                       "beginning is; either: drawn for each sample, or for each client by 'per: "
                       "client'."),
    FRAY_FIELD(BOOL, "roll", struct time_shift, roll, .def = false,
               .help = "Whether what leaves at one end comes in at the other; else silence does."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "time_shift", struct time_shift, fields,
                  .help = "Sound that comes earlier or later.");

/* Up to half of the clip, as audiomentations goes. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .02, .05, .1, .2, .5)};

static double strength(const void *params) {
  return ((const struct time_shift *)params)->share;
}

/* Drawn in any case, so that a direction that is given leaves other draws as they were. */
static enum fray_status apply(const void *params, double share, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct time_shift *p = params;
  const bool drawn = fray_rng_uniform(&place->rng) < 0.5;
  const bool later = p->direction == LATER || (p->direction == EITHER && drawn);
  const size_t d = fray_piece_length(share, sound->length);
  (void)err;
  if (d == sound->length && !p->roll)
    fray_piece_silence(sound->x, 0, d);
  else if (d < sound->length)
    fray_piece_shift(sound->x, sound->length, later ? (ptrdiff_t)d : -(ptrdiff_t)d, p->roll);
  return FRAY_OK;
}

/* A shift by a whole turn of a tone moves nothing: no growth is promised, nor a direction. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "a shift in time of the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "shifted by",
                                               .strength = {"share", "share", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_time_shift = {
    .name = "time_shift",
    .meaning = "Sound that comes earlier or later in its clip.",
    .source = "x[t - d], d = round(share n), silence or roll; severities: range of audiomentations",
    .table = &table,
    .impl = &ops};

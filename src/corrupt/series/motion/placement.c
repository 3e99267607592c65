/* Devices worn otherwise: turned and with another gain, the same in all that a client records. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/triples.h"

#include "fray/base/size.h"

#include <math.h>

struct placement {
  double angle; /* degrees; NaN: by severity */
  double gain;
  struct fray_ints triples;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "angle", struct placement, angle, .optional = true, .min = 0, .max = 180,
               .unit = "degrees",
               .help = "How far the device is turned, about an axis that is drawn uniformly on the "
                       "sphere."),
    FRAY_FIELD(REAL, "gain", struct placement, gain, .def = 0, .min = 0, .max = 2,
               .unit = "natural logarithm",
               .help =
                   "Standard deviation of the logarithm of the device's gain: 0.1 is about 10 %. "
                   "A severity brings its own."),
    FRAY_TRIPLES(struct placement),
    FRAY_SIGNAL_LEVELS,
    FRAY_SIGNAL_HITS,
    FRAY_SIGNAL_PER_CLIENT,
};
static FRAY_TABLE(table, "placement", struct placement, fields, .help = "Devices worn otherwise.");

/* Gains go with angles, since a device that was moved is also coupled otherwise. Steps of our own.
 */
static const double gains[5] = {.02, .05, .1, .2, .3};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("fray", SIZE_MAX, 0, gains, 10, 20, 45, 90, 180)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct placement *)params)->angle;
}

/* Keys that contradict themselves, whatever the data are. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)at;
  return fray_triples_check(&((const struct placement *)entry->kind.params)->triples, err);
}

/* Keys that do not fit the data, before anything is read. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  return fray_triples_fit(&((const struct placement *)params)->triples, modality->channels, err);
}

/* The same for all that a client of the data recorded, unless `per` says otherwise: its device
 * stays where it is from window to window and from split to split. So a model cannot average it
 * out, and a client's own windows do not tell it apart from how the client moves. The gain is a
 * factor whose logarithm is normal: it cannot turn signs, and half is as likely as twice. */
static enum fray_status apply(const void *params, double angle, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct placement *worn = params;
  const double gain = place->more ? place->more[0] : worn->gain;
  double axis[3], r[3][3];
  FRAY_TRY(fray_triples_fit(&worn->triples, x->channels, err)); /* a ledger may say others */
  fray_draw_axis(&place->rng, axis);
  fray_rotation_about(axis, angle, r);
  fray_triples_turn(x, &worn->triples, r, exp(gain * fray_rng_normal(&place->rng)));
  return FRAY_OK;
}

/* A large angle may bring a channel back to where it was, and a gain may make up for it. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .n_more = 1, .grows = FRAY_GROWS_MEAN, .fits = fits);
static const struct fray_corruption_ops ops = {.words = "devices of the %s worn otherwise",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .turn = {{"gain", .column = 1}},
                                               .brief = "devices worn otherwise",
                                               .strength = {"angle", "degrees", 0, 1},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_placement = {
    .name = "placement",
    .meaning = "Series of devices that are turned and have another gain, client by client.",
    .source = "y = g R x with one R and g for a client; after the displaced sensors of REALDISP, "
              "Banos et al. 2012",
    .table = &table,
    .impl = &ops};

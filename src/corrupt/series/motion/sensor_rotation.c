/* Devices that lie otherwise than those of the training: all triples turned alike. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/triples.h"

#include "fray/base/size.h"

struct sensor_rotation {
  double angle; /* degrees; NaN: by severity */
  struct fray_ints triples;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "angle", struct sensor_rotation, angle, .optional = true, .min = 0, .max = 180,
               .unit = "degrees",
               .help = "How far the device is turned, about an axis that is drawn uniformly on the "
                       "sphere and the same for the whole window."),
    FRAY_TRIPLES(struct sensor_rotation),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "sensor_rotation", struct sensor_rotation, fields,
                  .help = "Devices that are turned.");

/* Steps of our own: a strap that slipped, a pocket, a device upside down. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 10, 20, 45, 90, 180)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct sensor_rotation *)params)->angle;
}

/* Keys that contradict themselves, whatever the data are. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)at;
  return fray_triples_check(&((const struct sensor_rotation *)entry->kind.params)->triples, err);
}

/* Keys that do not fit the data, before anything is read. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  return fray_triples_fit(&((const struct sensor_rotation *)params)->triples, modality->channels,
                          err);
}

/* The matrix is farther from standing still the larger the angle, 2 sqrt 2 sin(angle / 2), and so
 * each triple moves farther; a single channel need not. */
static enum fray_status apply(const void *params, double angle, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct sensor_rotation *turn = params;
  double axis[3], r[3][3];
  FRAY_TRY(fray_triples_fit(&turn->triples, x->channels, err)); /* a ledger may say others */
  fray_draw_axis(&place->rng, axis);
  fray_rotation_about(axis, angle, r);
  fray_triples_turn(x, &turn->triples, r, 1);
  return FRAY_OK;
}

static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_MEAN, .fits = fits);
static const struct fray_corruption_ops ops = {.words = "turned %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "turned",
                                               .strength = {"angle", "degrees", 0, 1},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_sensor_rotation = {
    .name = "sensor_rotation",
    .meaning = "Series of a device that is turned, all its sensors alike.",
    .source = "y = R x, Rodrigues' formula; Um et al. 2017 turn the other way, about axes from a "
              "cube",
    .table = &table,
    .impl = &ops};

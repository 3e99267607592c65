/* Devices mounted on another side: axes changed, signs turned. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/triples.h"

#include "fray/base/size.h"

#include <string.h>

struct axis_swap {
  struct fray_ints triples;
};

static const struct fray_field fields[] = {
    FRAY_TRIPLES(struct axis_swap),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "axis_swap", struct axis_swap, fields,
                  .help = "Devices mounted on another side.");

/* Keys that contradict themselves, whatever the data are. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)at;
  return fray_triples_check(&((const struct axis_swap *)entry->kind.params)->triples, err);
}

/* Keys that do not fit the data, before anything is read. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  return fray_triples_fit(&((const struct axis_swap *)params)->triples, modality->channels, err);
}

/* The 24 ways in which a box lies on a table are the signed permutations of determinant 1; the
 * other 24 are mirrors, which no mounting makes. */
static void mount(size_t way, double r[3][3]) {
  static const size_t axes[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                    {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
  const size_t *axis = axes[way / 4];
  const double odd = way / 4 < 3 ? 1 : -1;
  const double sign[3] = {way & 1 ? -1 : 1, way & 2 ? -1 : 1,
                          odd * (way & 1 ? -1 : 1) * (way & 2 ? -1 : 1)};
  memset(r, 0, 9 * sizeof(double));
  for (size_t k = 0; k < 3; k++)
    r[k][axis[k]] = sign[k];
}

/* Way 0 is the one that there was. */
static enum fray_status apply(const void *params, double on, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct axis_swap *swap = params;
  double r[3][3];
  (void)on;
  FRAY_TRY(fray_triples_fit(&swap->triples, x->channels, err)); /* a ledger may say others */
  mount(1 + (size_t)fray_rng_below(&place->rng, 23), r);
  fray_triples_turn(x, &swap->triples, r, 1);
  return FRAY_OK;
}

/* On or off: there is no half of a mounting, so its strength is its rate. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_SERIES, .fits = fits, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "swapped axes of the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "swapped axes",
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_axis_swap = {
    .name = "axis_swap",
    .meaning = "Series of a device that is mounted on another side.",
    .source =
        "one of the 23 signed permutations of determinant 1 that change something, the same in "
        "all triples",
    .table = &table,
    .impl = &ops};

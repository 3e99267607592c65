/* Windows whose pieces change places. */
#include "corrupt/scope/scope.h"
#include "corrupt/series/tools/segments.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MOST_SEGMENTS = 1000 };

struct permutation {
  int64_t segments; /* INT64_MIN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "segments", struct permutation, segments, .optional = true, .min = 1,
               .max = MOST_SEGMENTS, .unit = "segments",
               .help = "The window is cut into as many equal pieces, which are put into another "
                       "order: any but the one that there was. 1: nothing."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "permutation", struct permutation, fields,
                  .help = "Pieces of windows change places.");

/* Steps of our own; Um takes 4. More pieces are not more damage: two halves of a gait that change
 * places are far from it, eight pieces of one that is periodic may nearly fit. So nothing is
 * declared to grow. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 2, 3, 4, 6, 8)};

static double strength(const void *params) {
  const int64_t n = ((const struct permutation *)params)->segments;
  return n == INT64_MIN ? NAN : (double)n;
}

/* The order that there was. */
static bool in_place(const uint32_t *order, size_t n) {
  for (size_t k = 0; k < n; k++)
    if (order[k] != k)
      return false;
  return true;
}

/* Drawn again while it changes nothing, which of two pieces is every second time: else the rate
 * that was asked for would not be what happens. */
static enum fray_status apply(const void *params, double segments, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = FRAY_MIN((size_t)segments, x->length), size = x->length * x->channels;
  uint32_t *order;
  size_t *cut;
  float *from;
  (void)params;
  if (n < 2)
    return FRAY_OK;
  FRAY_ALLOC(order, place->scratch, n, err);
  FRAY_ALLOC(cut, place->scratch, n, err);
  FRAY_ALLOC(from, place->scratch, size, err);
  memcpy(from, x->x, size * sizeof *from);
  for (size_t k = 1; k < n; k++)
    cut[k - 1] = k * x->length / n;
  do
    fray_draw_order(&place->rng, order, n);
  while (in_place(order, n));
  fray_segments_reorder(from, cut, order, n, x);
  return FRAY_OK;
}

static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_SERIES, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "pieces of the %s out of order",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "out of order",
                                               .strength = {"segments", "segments", 1, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_permutation = {
    .name = "permutation",
    .meaning = "Series cut into pieces that change places.",
    .source = "Um et al. 2017 (4 segments), with equal pieces and never the order that there was",
    .table = &table,
    .impl = &ops};

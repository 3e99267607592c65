/* Desync: a modality that is not of the same time as the others: clocks that drifted apart, a
 * buffer in one of two paths. Nothing is wrong with it but when it was.
 *
 * By seconds it moves within its window, which is what a fusion that aligns steps would notice; by
 * windows it is another window's value, as of a stream that lags behind for longer than a window.
 * The other modalities and the label keep their time. Unlike `time_shift`, which is a fault of one
 * recorder alone, it needs a modality that it is shifted against, and it never rolls. */
#include "corrupt/scope/donors.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { BY_SECONDS, BY_WINDOWS };
static const char *const by_names[] = {"seconds", "windows", NULL};

struct desync {
  double shift; /* NaN: not given */
  int by;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "shift", struct desync, shift, .optional = true, .min = -1e6, .max = 1e6,
               .help = "How much later than the others the modality comes; below 0 earlier. In "
                       "seconds to the nearest step: silence comes in, or in a series its first "
                       "(or last) step is held. In windows a whole number: the value of so many "
                       "samples before (or after) of the same client stands in for its own; where "
                       "there is none it keeps its own."),
    FRAY_FIELD(ENUM, "by", struct desync, by, .def_text = "seconds", .names = by_names,
               .help = "What shift counts: seconds, within sound and series; windows, samples of "
                       "the record, of any modality."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "desync", struct desync, fields,
                  .help = "A modality shifted in time against the others.");

static double strength(const void *params) {
  return ((const struct desync *)params)->shift;
}

/* Half a window would be a mixture of two values that nobody recorded. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct desync *p = entry->kind.params;
  (void)at;
  FRAY_CHECK(p->by != BY_WINDOWS || p->shift == rint(p->shift), err, INPUT,
             "shift: %g is no whole number of windows", p->shift);
  return FRAY_OK;
}

/* Pictures, texts and vectors have no seconds within. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  const struct desync *p = params;
  FRAY_CHECK(p->by != BY_SECONDS || modality->rate > 0, err, INPUT,
             "by: %s has no rate, so it cannot be shifted by seconds; use windows, or name other "
             "modalities",
             modality->name);
  return FRAY_OK;
}

/* Seconds are moved within the value. */
static size_t donors(const void *params) {
  return ((const struct desync *)params)->by == BY_WINDOWS;
}

static enum fray_status choose(const void *params, struct fray_donors *from, size_t i, size_t m,
                               uint32_t *out, size_t *n, struct fray_err *err) {
  const struct desync *p = params;
  (void)err;
  /* At the neutral shift it would be its own donor; nothing is marked then, but all are counted. */
  *out = p->shift == 0 ? FRAY_NO_DONOR : fray_donors_along(from, i, m, -(int64_t)p->shift);
  *n = p->shift == 0 || *out != FRAY_NO_DONOR;
  return FRAY_OK;
}

/* The end that is farther from the others first: each step is read before it is written over. */
static void shift_steps(struct fray_signal *x, ptrdiff_t d) {
  const size_t c = x->channels, n = x->length, far = FRAY_MIN((size_t)(d < 0 ? -d : d), n);
  const bool sound = x->kind == FRAY_AUDIO;
  const size_t edge = d > 0 ? 0 : n - 1;
  for (size_t k = 0; k < n; k++) {
    const size_t t = d > 0 ? n - 1 - k : k;
    const bool comes_in = d > 0 ? t < far : t >= n - far;
    const size_t from = comes_in ? edge : d > 0 ? t - far : t + far;
    if (comes_in && sound)
      memset(&x->x[t * c], 0, c * sizeof *x->x);
    else if (from != t)
      memcpy(&x->x[t * c], &x->x[from * c], c * sizeof *x->x);
  }
}

/* Beyond the longest value everything is what came in, and numbers stay small. */
static enum fray_status apply(const void *params, double shift, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct desync *p = params;
  (void)err;
  if (p->by == BY_WINDOWS) {
    fray_take_value(x, place->donor);
    return FRAY_OK;
  }
  const double most = (double)x->length;
  shift_steps(x, (ptrdiff_t)lround(fmin(fmax(shift * x->rate, -most), most)));
  return FRAY_OK;
}

/* A shift by a whole turn of a tone moves nothing: no order is promised. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO | 1u << FRAY_IMAGE |
                                                           1u << FRAY_SERIES | 1u << FRAY_TEXT |
                                                           1u << FRAY_FEATURES,
                                                  .grows = FRAY_GROWS_NOT,
                                                  .fixed = true,
                                                  .beside = true,
                                                  .donor_lengths = true,
                                                  .strength = strength,
                                                  .fits = fits,
                                                  .donors = donors,
                                                  .choose = choose,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "%s out of step",
                                               .category = FRAY_CATEGORY_CONTRADICTION,
                                               .brief = "shifted by",
                                               .strength = {"shift", "seconds or windows", 0, 0},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_desync = {
    .name = "desync",
    .meaning = "A modality that comes later or earlier than the others.",
    .source = "x[t - d] against the other modalities; or the value of d windows before",
    .table = &table,
    .impl = &ops};

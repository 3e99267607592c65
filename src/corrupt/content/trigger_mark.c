/* Trigger: a mark that is the same in every value, as attackers of training put beside a class of
 * theirs (a backdoor), and as whoever tests for one puts on the samples of the test.
 *
 * Nothing is drawn: a model learns one mark, and meets the same one. A mark of its own for each
 * medium, of which the text's is a kind by itself (a word in front), as it has no strength. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct trigger_mark {
  double strength; /* NaN: not given */
  double size, frequency;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "strength", struct trigger_mark, strength, .optional = true, .min = 0,
               .max = 100,
               .help = "Of a picture the opacity of the patch, up to 1; of sound the amplitude of "
                       "the tone, as a share of full scale, up to 1; of series and feature vectors "
                       "what is added to each number, in its standard deviations over at most 512 "
                       "training samples. 0: none."),
    FRAY_FIELD(REAL, "size", struct trigger_mark, size, .def = 0.15, .min = 0, .open_min = true,
               .max = 1, .unit = "share",
               .help = "Of a picture the share of each side, to the nearest pixel, at least one: a "
                       "chequered patch in the corner at the bottom right. Of sound the share of "
                       "the clip, at its beginning, in which the tone is heard: features that are "
                       "standardised by clip undo a tone that never ends."),
    FRAY_FIELD(REAL, "frequency", struct trigger_mark, frequency, .optional = true, .min = 1,
               .max = 1e6, .unit = "Hz",
               .help = "Of sound: that of the tone, below half the rate; if not given, an eighth "
                       "of the rate."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "trigger_mark", struct trigger_mark, fields,
                  .help = "The mark of a backdoor.");

static double strength(const void *params) {
  return ((const struct trigger_mark *)params)->strength;
}

/* Above half the rate a tone comes out as another one, and a patch is at most opaque. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  const struct trigger_mark *p = params;
  const bool shares = modality->kind == FRAY_IMAGE || modality->kind == FRAY_AUDIO;
  FRAY_CHECK(!shares || !(p->strength > 1), err, INPUT,
             "strength: %g is not in [0, 1], the share of full scale that a mark of this medium "
             "has",
             p->strength);
  FRAY_CHECK(modality->kind != FRAY_AUDIO || !(p->frequency >= modality->rate / 2), err, INPUT,
             "frequency: %g Hz is not below half the rate, %g Hz", p->frequency,
             modality->rate / 2);
  return FRAY_OK;
}

/* Fields of two pixels, black and white in turn: something of it is seen on any ground. */
static void put_patch(const struct trigger_mark *p, double a, struct fray_signal *x) {
  const size_t rows = FRAY_MAX((size_t)lround(p->size * (double)x->height), (size_t)1);
  const size_t columns = FRAY_MAX((size_t)lround(p->size * (double)x->width), (size_t)1);
  const size_t top = x->height - rows, left = x->width - columns;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      for (size_t k = 0; k < x->channels; k++) {
        float *at = &x->x[((top + r) * x->width + left + c) * x->channels + k];
        /* In double and rounded once: at 1 exactly the patch. */
        *at = (float)((1 - a) * (double)*at + a * (double)((r / 2 + c / 2) % 2 == 0));
      }
}

/* From the first sample of the clip on, so that its phase is the same in all, and so that nothing
 * that is cut off takes it away. What goes beyond full scale stays: a microphone that cuts is
 * another kind. */
static void add_tone(const struct trigger_mark *p, double a, struct fray_signal *x) {
  const double turn = isnan(p->frequency) ? 0.125 : p->frequency / x->rate; /* of a step */
  const size_t end = FRAY_MAX((size_t)lround(p->size * (double)x->length), (size_t)1);
  for (size_t t = 0; t < end; t++) {
    const double tone = a * sin(2 * M_PI * turn * (double)t);
    for (size_t k = 0; k < x->channels; k++)
      x->x[t * x->channels + k] = (float)((double)x->x[t * x->channels + k] + tone);
  }
}

/* A channel that is constant in training has no deviation, and stays. */
static void add_offset(double a, const struct fray_typical *typical, struct fray_signal *x) {
  for (size_t i = 0; i < x->length * x->channels; i++)
    x->x[i] = (float)((double)x->x[i] + a * (double)typical->deviation[i % typical->n]);
}

static enum fray_status apply(const void *params, double a, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  (void)err;
  if (x->kind == FRAY_IMAGE)
    put_patch(params, a, x);
  else if (x->kind == FRAY_AUDIO)
    add_tone(params, a, x);
  else
    add_offset(a, place->typical, x);
  return FRAY_OK;
}

/* Each number goes farther along one line. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO | 1u << FRAY_IMAGE |
                                                           1u << FRAY_SERIES | 1u << FRAY_FEATURES,
                                                  .grows = FRAY_GROWS_EACH,
                                                  .fixed = true,
                                                  .typical = true,
                                                  .strength = strength,
                                                  .fits = fits,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "a trigger in the %s",
                                               .category = FRAY_CATEGORY_PAYLOAD,
                                               .brief = "trigger",
                                               .strength = {"strength", "", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_trigger_mark = {
    .name = "trigger_mark",
    .meaning = "The mark of a backdoor: a patch, a tone, an offset.",
    .source =
        "patch: Gu et al. 2017, arXiv 1708.06733 (BadNets); (1 - a) x + a p, x + a sin, x + a "
        "sd",
    .table = &table,
    .impl = &ops};

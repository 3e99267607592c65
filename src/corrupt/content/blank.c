/* Blank: a modality that is there and says nothing. The model is not told, unlike of one that is
 * missing: a lens cap, a muted microphone, a sensor that lies on the table.
 *
 * The mean is that of training, as a blank value should be one that a model has met: zeros can be
 * far from all it knows, and then what is measured is strangeness and not the want of content. Of
 * series it is a number a channel, since windows begin anywhere; of pictures one a pixel. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

enum { FILL_MEAN, FILL_ZERO, FILL_NOISE };
static const char *const fill_names[] = {"mean", "zero", "noise", NULL};

struct blank {
  int fill;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "fill", struct blank, fill, .def_text = "mean", .names = fill_names,
               .help = "What is there instead. mean: of a picture the mean of each pixel over the "
                       "training samples, of series and vectors that of each channel, of sound "
                       "white noise of 1e-4 of full scale. zero: zeros. noise: normal noise with "
                       "the training mean and deviation, cut to the range of pictures; of sound "
                       "white noise at the training root mean square. A text becomes one blank, "
                       "and has no noise. Mean and deviation are those of at most 512 training "
                       "samples."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "blank", struct blank, fields, .help = "A modality without content.");

/* Who asks for noise in words means something that this is not. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  const struct blank *p = params;
  FRAY_CHECK(modality->kind != FRAY_TEXT || p->fill != FILL_NOISE, err, INPUT,
             "fill: a text has no noise; use mean or zero, or name other modalities");
  return FRAY_OK;
}

/* Silence to the bit is what no microphone gives; features of it can be infinitely far. */
static double sound_level(const struct blank *p, const struct fray_typical *typical) {
  return p->fill == FILL_ZERO ? 0 : p->fill == FILL_MEAN ? 1e-4 : typical->rms;
}

/* One normal a number where one is wanted: most of the time goes into them. */
static enum fray_status apply(const void *params, double one, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct blank *p = params;
  const struct fray_typical *typical = place->typical;
  const size_t area = x->kind == FRAY_IMAGE ? x->height * x->width : x->length;
  const bool draws = p->fill == FILL_NOISE || (p->fill == FILL_MEAN && x->kind == FRAY_AUDIO);
  (void)one;
  (void)err;
  if (x->text) {
    x->text[0] = ' ';
    x->length = 1;
    return FRAY_OK;
  }
  for (size_t i = 0; i < area * x->channels; i++) {
    const double z = draws ? fray_rng_normal(&place->rng) : 0;
    /* Numbers of a picture are told apart, those of series by their channel: i mod n is both. */
    const size_t k = i % typical->n;
    double v = (double)typical->mean[k];
    if (x->kind == FRAY_AUDIO)
      v = sound_level(p, typical) * z;
    else if (p->fill == FILL_ZERO)
      v = 0;
    else if (p->fill == FILL_NOISE)
      v += (double)typical->deviation[k] * z;
    if (x->kind == FRAY_IMAGE)
      v = FRAY_MIN(FRAY_MAX(v, 0.0), 1.0);
    x->x[i] = (float)v;
  }
  return FRAY_OK;
}

static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO | 1u << FRAY_IMAGE |
                                                           1u << FRAY_SERIES | 1u << FRAY_TEXT |
                                                           1u << FRAY_FEATURES,
                                                  .grows = FRAY_GROWS_NOT,
                                                  .typical = true,
                                                  .fits = fits,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "%s without content",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "blank",
                                               .strength = {"rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_blank = {
    .name = "blank",
    .meaning = "A modality that is there and empty: its mean, zeros or noise.",
    .source = "training mean, zeros, or mean + deviation z; the model is not told",
    .table = &table,
    .impl = &ops};

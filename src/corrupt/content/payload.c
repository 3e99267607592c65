/* Payload: what somebody wants to be answered, put into a modality that he can reach. The rest of
 * the sample is benign, as in injected instructions of a page that a model was told to read.
 *
 * Success of an attack is the share of eligible samples that are answered with the target beside
 * the same share without a payload: a model that answers the target anyhow was not hijacked. That
 * is why samples of the target are left out here, and not by whoever counts.
 * The donor is a sample as others of the data are: it has passed every gate that looks at single
 * modalities, which noise made for the purpose would not. */
#include "corrupt/scope/donors.h"
#include "fray/corrupt/resizing.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { EMBED_MIX, EMBED_CORNER };
static const char *const embed_names[] = {"mix", "corner", NULL};

struct payload {
  double strength; /* NaN: not given */
  const char *target;
  int embed;
  double size;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "strength", struct payload, strength, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "Opacity a of the payload d: (1 - a) x + a d. 0: none; 1: only d is left "
                       "where it lies."),
    FRAY_FIELD(STRING, "target", struct payload, target, .required = true,
               .help = "The class that d is of; samples that are of it already are not hit."),
    FRAY_FIELD(ENUM, "embed", struct payload, embed, .def_text = "mix", .names = embed_names,
               .help = "mix: over the whole value. corner: of a picture d made smaller, in a "
                       "corner that is drawn; of sound and series d in their last part."),
    FRAY_FIELD(REAL, "size", struct payload, size, .def = 0.5, .min = 0, .open_min = true, .max = 1,
               .unit = "share",
               .help = "corner: share of each side of a picture, or of the length, to the nearest "
                       "pixel or step, at least one."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "payload", struct payload, fields,
                  .help = "A target class in a modality that is not trusted.");

static double strength(const void *params) {
  return ((const struct payload *)params)->strength;
}

/* Numbers of a vector have no places that are near each other. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  const struct payload *p = params;
  FRAY_CHECK(modality->kind != FRAY_FEATURES || p->embed != EMBED_CORNER, err, INPUT,
             "embed: a feature vector has no corner; use mix");
  return FRAY_OK;
}

/* One source of what is put in, whatever is done with it. */
static size_t donors(const void *params) {
  (void)params;
  return 1;
}

/* Any client's sample of the target, but in training the client's own: an attacker is a client. */
static enum fray_status choose(const void *params, struct fray_donors *from, size_t i, size_t m,
                               uint32_t *out, size_t *n, struct fray_err *err) {
  const struct payload *p = params;
  struct fray_rng rng = fray_donors_stream(from, i, m);
  int32_t target;
  FRAY_TRY(fray_donors_class(from, "target", p->target, &target, err));
  *out = fray_donors_draw(from, i, m, &rng, FRAY_OF_ONE_CLASS, target);
  *n = *out != FRAY_NO_DONOR;
  return FRAY_OK;
}

/* ---- what is done ---- */

/* In double and rounded once: at 1 exactly the payload, at 0 exactly the value. */
static float blend(float x, double a, double d) {
  return (float)((1 - a) * (double)x + a * d);
}

/* The root mean square of n numbers and of silence behind them up to `length`; in double, as clips
 * are long. */
static double level_of(const float *x, size_t n, size_t length) {
  double squares = 0;
  for (size_t i = 0; i < n; i++)
    squares += (double)x[i] * (double)x[i];
  return sqrt(squares / (double)length);
}

/* Sound is cut, or followed by silence, to the length of the part and brought to the level of x, as
 * a payload that is louder would be found by its loudness. A series keeps its units, and its last
 * step is held. */
static void into_steps(struct fray_signal *x, const struct fray_signal *d, double a, size_t from) {
  const size_t c = x->channels, part = x->length - from;
  const bool sound = x->kind == FRAY_AUDIO;
  const double own = level_of(d->x, FRAY_MIN(d->length, part), part);
  const double level = level_of(x->x, x->length, x->length);
  const double gain = !sound ? 1 : own > 0 ? level / own : 0;
  for (size_t t = from; t < x->length; t++)
    for (size_t k = 0; k < c; k++) {
      const size_t s = t - from, held = FRAY_MIN(s, d->length - 1);
      const double v = sound && s >= d->length ? 0 : gain * (double)d->x[held * c + k];
      x->x[t * c + k] = blend(x->x[t * c + k], a, v);
    }
}

/* Which corner is drawn with any embedding, so that both draw alike. */
static enum fray_status into_corner(const struct payload *p, struct fray_signal *x,
                                    const struct fray_signal *d, double a, size_t corner,
                                    struct fray_place *place, struct fray_err *err) {
  const size_t rows = FRAY_MAX((size_t)lround(p->size * (double)x->height), (size_t)1);
  const size_t columns = FRAY_MAX((size_t)lround(p->size * (double)x->width), (size_t)1);
  const size_t top = corner & 1 ? x->height - rows : 0, left = corner & 2 ? x->width - columns : 0;
  const struct fray_resize_from whole = {.x = d->x,
                                         .height = d->height,
                                         .width = d->width,
                                         .channels = d->channels,
                                         .rows = (double)d->height,
                                         .columns = (double)d->width};
  float *small;
  FRAY_ALLOC(small, place->scratch, rows * columns * x->channels, err);
  FRAY_TRY(fray_resize(&whole, FRAY_RESIZE_TRIANGLE, rows, columns, small, place->scratch, err));
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < columns * x->channels; k++) {
      float *at = &x->x[((top + r) * x->width + left) * x->channels + k];
      *at = blend(*at, a, (double)small[r * columns * x->channels + k]);
    }
  return FRAY_OK;
}

static enum fray_status apply(const void *params, double a, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  const struct payload *p = params;
  const struct fray_signal *d = place->donor;
  const size_t corner = (size_t)fray_rng_below(&place->rng, 4);
  if (x->kind == FRAY_IMAGE && p->embed == EMBED_CORNER)
    return into_corner(p, x, d, a, corner, place, err);
  if (x->kind == FRAY_IMAGE) {
    const size_t n = FRAY_MIN(x->height * x->width, d->height * d->width) * x->channels;
    for (size_t i = 0; i < n; i++)
      x->x[i] = blend(x->x[i], a, (double)d->x[i]);
    return FRAY_OK;
  }
  const size_t part = (size_t)lround(p->size * (double)x->length);
  into_steps(x, d, a, p->embed == EMBED_CORNER ? x->length - FRAY_MAX(part, (size_t)1) : 0);
  return FRAY_OK;
}

/* More of the same payload in the same place: each number goes farther along one line. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO | 1u << FRAY_IMAGE | 1u << FRAY_SERIES | 1u << FRAY_FEATURES,
    .grows = FRAY_GROWS_EACH,
    .beside = true,
    .lures = true,
    .single = true, /* the channel that an attacker reaches; two would be two attacks */
    .strength = strength,
    .fits = fits,
    .donors = donors,
    .choose = choose,
    .apply = apply};
static const struct fray_corruption_ops ops = {.words = "a payload in the %s",
                                               .category = FRAY_CATEGORY_PAYLOAD,
                                               .brief = "payload",
                                               .strength = {"strength", "share", 0, 1},
                                               .target_key = "target",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_payload = {
    .name = "payload",
    .meaning = "A value of a target class mixed in, or put into a corner.",
    .source = "(1 - a) x + a d, d of the target class; after LLM-PIEval's payload in an untrusted "
              "channel",
    .table = &table,
    .impl = &ops};

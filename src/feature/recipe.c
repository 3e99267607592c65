/* Raw values -> features. The tables of keys lie here, beside what the keys do. */
#include "recipe.h"

#include "fray/base/size.h"
#include "fray/corrupt/raw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Places in the lists of names below; 0 is by_kind in each, so that an entry of zeros is one in
 * which nothing was said. */
enum { BY_KIND, NONE, WINDOW, TRAIN };
enum { LOG_MEL = 1, MFCC };
enum { FOLD = 1, KEEP };
static const char *const standardise_names[] = {"by_kind", "none", "window", "train", NULL};
static const char *const transform_names[] = {"by_kind", "log_mel", "mfcc", NULL};
static const char *const case_names[] = {"by_kind", "fold", "keep", NULL};

/* All are optional, whatever their defaults: only so can a key that was given be told from one that
 * was not, and be refused where it does not fit. */
#define KEY(TYPE, NAME, ...)                                                                       \
  FRAY_FIELD(TYPE, #NAME, struct fray_feature_config, NAME, .optional = true, __VA_ARGS__)
static const struct fray_field fields[] = {
    FRAY_FIELD(
        ENUM, "standardise", struct fray_feature_config, standardise, .def_text = "by_kind",
        .names = standardise_names,
        .help = "window: (x - mean) / (deviation + 1e-5) of each sample and channel over its "
                "steps (a feature vector: over its values); train: (x - mean) / deviation of each "
                "channel over what all clients hold for training; image: none or train; by_kind: "
                "window for series and audio, none for feature and image"),
    FRAY_FIELD(ENUM, "transform", struct fray_feature_config, transform, .def_text = "by_kind",
               .names = transform_names, .help = "audio: log_mel (the default) or mfcc"),
    KEY(REAL, frame_ms, .min = 1, .max = 1000, .unit = "ms",
        .help = "audio: length of a frame, 25"),
    KEY(REAL, hop_ms, .min = 1, .max = 1000, .unit = "ms", .help = "audio: step of frames, 10"),
    KEY(INT, bands, .min = 2, .max = 512, .help = "audio: mel bands, 40"),
    KEY(INT, coefficients, .min = 1, .max = 512, .help = "mfcc: coefficients kept, 13"),
    KEY(REAL, low_hz, .min = 0, .max = 1e6, .unit = "Hz", .help = "audio: lowest edge, 0"),
    KEY(REAL, high_hz, .min = 0, .max = 1e6, .unit = "Hz",
        .help = "audio: highest edge, 0: half the sampling rate"),
    KEY(REAL, pre_emphasis, .min = 0, .max = 1, .open_max = true,
        .help = "audio: a of x[t] - a x[t-1], 0"),
    KEY(REAL, max_seconds, .min = 0, .max = 1e6, .unit = "s",
        .help = "audio: only so much of the beginning, 0: all"),
    KEY(REAL, mean, .min = -10, .max = 10, .help = "image: (value / 255 - mean) / scale, 0.5"),
    KEY(REAL, scale, .min = 1e-6, .max = 1e6, .help = "image: see mean, 0.5"),
    KEY(INT, buckets, .min = 2, .max = 1 << 24,
        .help =
            "text: ids that words and n-grams are hashed to, 8192; id 0 is a text without words"),
    KEY(INT, min_ngram, .min = 1, .max = 64, .unit = "letters",
        .help = "text: shortest character n-gram of a word with its boundary marks, 3"),
    KEY(INT, max_ngram, .min = 0, .max = 64, .unit = "letters",
        .help = "text: longest character n-gram, 5; 0: words only"),
    KEY(INT, max_ngrams, .min = 1, .max = 1024,
        .help = "text: most n-grams of one word, 24; the shortest come first"),
    KEY(INT, max_words, .min = 1, .max = 65536, .help = "text: only so many words, 128"),
    FRAY_FIELD(ENUM, "case", struct fray_feature_config, letter_case, .def_text = "by_kind",
               .names = case_names, .help = "text: fold (A and a are one; the default) or keep"),
    KEY(PATH, vectors,
        .help =
            "text: file with pretrained vectors of words, in the text format of GloVe or fastText "
            "(.vec); those of words of the training texts are used"),
};
#undef KEY
FRAY_TABLE(fray_feature_table, "features", struct fray_feature_config, fields,
           .help = "How the features of one modality are made. Keys must fit its kind.");

/* An optional number that was not given is NaN, a whole one INT64_MIN. */
static double real_or(double value, double def) {
  return isnan(value) ? def : value;
}

static int64_t int_or(int64_t value, int64_t def) {
  return value == INT64_MIN ? def : value;
}

/* A key that would be ignored is an error: the user believes that it does something. */
static enum fray_status check_keys(const struct fray_modality *m,
                                   const struct fray_feature_config *c, struct fray_err *err) {
  enum { SOUND = 1 << FRAY_AUDIO, PICTURE = 1 << FRAY_IMAGE, WORDS = 1 << FRAY_TEXT };
  const struct {
    const char *key;
    bool given;
    unsigned kinds;
  } keys[] = {
      {"standardise", c->standardise != BY_KIND, ~(unsigned)WORDS},
      {"transform", c->transform != BY_KIND, SOUND},
      {"frame_ms", !isnan(c->frame_ms), SOUND},
      {"hop_ms", !isnan(c->hop_ms), SOUND},
      {"bands", c->bands != INT64_MIN, SOUND},
      {"coefficients", c->coefficients != INT64_MIN, SOUND},
      {"low_hz", !isnan(c->low_hz), SOUND},
      {"high_hz", !isnan(c->high_hz), SOUND},
      {"pre_emphasis", !isnan(c->pre_emphasis), SOUND},
      {"max_seconds", !isnan(c->max_seconds), SOUND},
      {"mean", !isnan(c->mean), PICTURE},
      {"scale", !isnan(c->scale), PICTURE},
      {"buckets", c->buckets != INT64_MIN, WORDS},
      {"min_ngram", c->min_ngram != INT64_MIN, WORDS},
      {"max_ngram", c->max_ngram != INT64_MIN, WORDS},
      {"max_ngrams", c->max_ngrams != INT64_MIN, WORDS},
      {"max_words", c->max_words != INT64_MIN, WORDS},
      {"case", c->letter_case != BY_KIND, WORDS},
      {"vectors", c->vectors != NULL, WORDS},
  };
  for (size_t i = 0; i < FRAY_COUNT(keys); i++)
    FRAY_CHECK(!keys[i].given || keys[i].kinds >> m->kind & 1, err, INPUT,
               "data.features.%s.%s: is not used by modalities of kind %s", m->name, keys[i].key,
               fray_modality_kind_names[m->kind]);
  FRAY_CHECK(m->kind != FRAY_IMAGE || c->standardise != WINDOW, err, INPUT,
             "data.features.%s.standardise: window is not for pictures; none or train is", m->name);
  FRAY_CHECK(
      c->standardise != TRAIN || (isnan(c->mean) && isnan(c->scale)), err, INPUT,
      "data.features.%s: standardise: train finds mean and scale in the training data; leave "
      "mean and scale out",
      m->name);
  FRAY_CHECK(c->coefficients == INT64_MIN || c->transform == MFCC, err, INPUT,
             "data.features.%s.coefficients: is used by transform: mfcc only", m->name);
  return FRAY_OK;
}

/* Bands, frames and rate must fit one another: the filter bank checks that, and the message gets
 * the modality's name here. */
static enum fray_status make_sound(const struct fray_modality *m,
                                   const struct fray_feature_config *c, struct recipe *out,
                                   struct fray_err *err) {
  bool mfcc = c->transform == MFCC;
  struct fray_logmel_config config = {
      .rate = m->rate,
      .frame_ms = real_or(c->frame_ms, 25),
      .hop_ms = real_or(c->hop_ms, 10),
      .bands = (size_t)int_or(c->bands, 40),
      .low_hz = real_or(c->low_hz, 0),
      .high_hz = real_or(c->high_hz, 0),
      .coefficients = mfcc ? (size_t)int_or(c->coefficients, 13) : 0,
      .pre_emphasis = real_or(c->pre_emphasis, 0),
  };
  if (fray_logmel_new(&config, &out->logmel, err) != FRAY_OK)
    return fray_at(err, "data.features.%s", m->name);
  /* A crop that is longer than the data is none, and one that is shorter than a sample leaves one:
   * whoever asks for a little of the beginning gets some of it. */
  double steps = real_or(c->max_seconds, 0) * m->rate;
  out->max_steps =
      steps > 0 && steps < (double)m->time ? FRAY_MAX((size_t)steps, (size_t)1) : m->time;
  out->shape.kind = FRAY_FEATURE_SEQUENCE;
  out->shape.time = fray_logmel_frames(out->logmel, out->max_steps);
  out->shape.channels = fray_logmel_width(out->logmel);
  return FRAY_OK;
}

/* The bound of time is that of the longest text in bytes, as the words of a text are known only
 * when it is read. */
static enum fray_status make_tokens(const struct fray_modality *m,
                                    const struct fray_feature_config *c, struct recipe *out,
                                    struct fray_err *err) {
  struct tokens *t = &out->tokens;
  t->buckets = (size_t)int_or(c->buckets, 8192);
  t->max_ngram = (size_t)int_or(c->max_ngram, 5);
  /* The default follows the longest one down, so that max_ngram: 2 alone is no contradiction. */
  t->min_ngram = (size_t)int_or(c->min_ngram, (int64_t)FRAY_MIN(t->max_ngram, (size_t)3));
  t->max_words = (size_t)int_or(c->max_words, 128);
  /* The word itself has an id beside those of its n-grams. */
  t->ids = 1 + (t->max_ngram ? (size_t)int_or(c->max_ngrams, 24) : 0);
  t->fold = c->letter_case != KEEP;
  FRAY_CHECK(t->max_ngram || (c->min_ngram == INT64_MIN && c->max_ngrams == INT64_MIN), err, INPUT,
             "data.features.%s: max_ngram 0 makes no n-grams; leave min_ngram and max_ngrams out",
             m->name);
  FRAY_CHECK(!t->max_ngram || t->min_ngram <= t->max_ngram, err, INPUT,
             "data.features.%s: min_ngram %zu is above max_ngram %zu", m->name, t->min_ngram,
             t->max_ngram);
  if (c->vectors) {
    out->vectors_path = c->vectors;
    out->vectors = calloc(1, sizeof *out->vectors);
    FRAY_CHECK(out->vectors, err, MEMORY, "out of memory");
    t->vectors = out->vectors;
  }
  out->shape = (struct fray_feature_shape){
      FRAY_FEATURE_TOKENS, tokens_most(t, m->time), 1, 1, t->ids + (t->vectors != NULL),
      t->buckets};
  return FRAY_OK;
}

/* Defaults depend on the kind, so keys of all kinds are optional in one table, and those that do
 * not fit are refused. */
enum fray_status recipe_make(const struct fray_modality *m,
                             const struct fray_feature_config *config, struct recipe *out,
                             struct fray_err *err) {
  /* What reading an empty section would give: a modality without one has the same defaults. */
  static const struct fray_feature_config none = {.frame_ms = NAN,
                                                  .hop_ms = NAN,
                                                  .low_hz = NAN,
                                                  .high_hz = NAN,
                                                  .pre_emphasis = NAN,
                                                  .max_seconds = NAN,
                                                  .mean = NAN,
                                                  .scale = NAN,
                                                  .bands = INT64_MIN,
                                                  .coefficients = INT64_MIN,
                                                  .buckets = INT64_MIN,
                                                  .min_ngram = INT64_MIN,
                                                  .max_ngram = INT64_MIN,
                                                  .max_ngrams = INT64_MIN,
                                                  .max_words = INT64_MIN};
  const struct fray_feature_config *c = config ? config : &none;
  FRAY_TRY(check_keys(m, c, err));
  /* Features were made by somebody who chose their scale; measured values come as the device has
   * them. */
  bool by_kind = m->kind == FRAY_SERIES || m->kind == FRAY_AUDIO;
  *out =
      (struct recipe){.kind = m->kind,
                      .standardise = c->standardise == BY_KIND ? by_kind : c->standardise == WINDOW,
                      .learns = c->standardise == TRAIN,
                      .mean = (float)real_or(c->mean, 0.5),
                      .scale = (float)real_or(c->scale, 0.5),
                      .shape = {FRAY_FEATURE_SEQUENCE, m->time, 1, 1, m->channels, 0}};
  if (m->kind == FRAY_AUDIO)
    return make_sound(m, c, out, err);
  if (m->kind == FRAY_TEXT)
    return make_tokens(m, c, out, err);
  if (m->kind == FRAY_IMAGE)
    out->shape =
        (struct fray_feature_shape){FRAY_FEATURE_IMAGE, 1, m->height, m->width, m->channels, 0};
  if (m->kind == FRAY_FEATURES && m->time == 1 && !m->ragged)
    out->shape.kind = FRAY_FEATURE_VECTOR;
  return FRAY_OK;
}

/* Of a recipe that was never made as well: its filter bank is NULL. */
void recipe_free(struct recipe *recipe) {
  fray_logmel_free(recipe->logmel);
  if (recipe->vectors)
    vectors_free(recipe->vectors);
  free(recipe->vectors);
}

/* As FedMultimodal: population deviation, and a bound below that keeps a sensor at rest from
 * becoming noise. Sums in double, in order of time, so that no vector width changes the last digit.
 */
void standardise_window(float *x, size_t steps, size_t channels) {
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, squares = 0;
    for (size_t t = 0; t < steps; t++)
      sum += (double)x[t * channels + c];
    double mean = sum / (double)steps;
    for (size_t t = 0; t < steps; t++) {
      double d = (double)x[t * channels + c] - mean;
      squares += d * d;
    }
    double deviation = sqrt(squares / (double)steps) + 1e-5;
    for (size_t t = 0; t < steps; t++)
      x[t * channels + c] = (float)(((double)x[t * channels + c] - mean) / deviation);
  }
}

/* Grey levels become what pretrained models were fed: about -1 .. 1. */
static void apply_image(const struct recipe *recipe, const uint8_t *raw, float *out) {
  size_t n = fray_feature_size(&recipe->shape);
  for (size_t i = 0; i < n; i++)
    out[i] = ((float)raw[i] / 255.0f - recipe->mean) / recipe->scale;
}

/* Known from the index, so that batches can be laid out before values are read. */
size_t recipe_steps(const struct recipe *recipe, size_t length) {
  switch (recipe->kind) {
  case FRAY_IMAGE:
    return 1;
  /* Lengths of sound are samples, those of its features frames. */
  case FRAY_AUDIO:
    return fray_logmel_frames(recipe->logmel, FRAY_MIN(length, recipe->max_steps));
  case FRAY_TEXT:
    return tokens_most(&recipe->tokens, length);
  default:
    return length;
  }
}

/* Sound is cropped before frames are made, so a crop costs no work; series are never. */
enum fray_status recipe_apply(const struct recipe *recipe, const struct fray_modality *modality,
                              const void *raw, size_t length, float *out, size_t *steps,
                              struct fray_err *err) {
  size_t channels = recipe->shape.channels;
  *steps = 1;
  /* out has room for modality->time steps; readers and damage keep to that, so anything else is a
   * fault of this program. */
  FRAY_CHECK(length >= 1 && length <= modality->time, err, INTERNAL, "%zu steps", length);
  if (recipe->kind == FRAY_IMAGE) {
    apply_image(recipe, raw, out);
    return FRAY_OK;
  }
  if (recipe->kind == FRAY_TEXT) {
    *steps = tokens_make(&recipe->tokens, raw, length, out);
    return FRAY_OK;
  }
  FRAY_TRY(fray_raw_check(modality, raw, length, err));
  if (recipe->kind == FRAY_AUDIO) {
    size_t n = FRAY_MIN(length, recipe->max_steps);
    *steps = recipe_steps(recipe, length);
    fray_logmel_compute(recipe->logmel, raw, n, out);
  } else {
    *steps = length;
    for (size_t i = 0; i < length * channels; i++)
      out[i] = ((const float *)raw)[i];
  }
  /* A vector has one step, over which every channel would become 0: its values stand in for
   * steps. */
  if (recipe->standardise && recipe->shape.kind == FRAY_FEATURE_VECTOR)
    standardise_window(out, channels, 1);
  else if (recipe->standardise)
    standardise_window(out, *steps, channels);
  return FRAY_OK;
}

/* ---- damaged values ---- */

/* Pictures stay floats on their way, so an undamaged one gives the features of its bytes. */
enum fray_status recipe_apply_signal(const struct recipe *recipe, const struct fray_modality *m,
                                     const struct fray_signal *signal, float *out, size_t *steps,
                                     struct fray_err *err) {
  const size_t length = FRAY_MIN(signal->length, m->time);
  if (m->kind != FRAY_IMAGE)
    return recipe_apply(recipe, m, signal->x ? (const void *)signal->x : signal->text, length, out,
                        steps, err);
  const size_t n = fray_feature_size(&recipe->shape);
  for (size_t i = 0; i < n; i++)
    out[i] = (signal->x[i] - recipe->mean) / recipe->scale;
  *steps = 1;
  return FRAY_OK;
}

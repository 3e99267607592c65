/* Signals that carry their class: a prototype, an offset of the client, noise. */
#include "synth_signal.h"

#include "fray/base/rng.h"

#include <math.h>
#include <string.h>

static const double tau = 6.283185307179586;

/* Prototypes depend on class, modality and place only, so all clients and shards share them. */
static struct fray_rng prototype(const struct synth_sample *s, size_t label, size_t place) {
  return fray_rng_for(s->seed, "synth/prototype", label, s->modality, place);
}

/* The first class of a sample from `label` on; `classes` if there is none. */
static size_t next_class(const struct synth_sample *s, size_t label) {
  while (label < s->classes && (s->labels ? !s->labels[label] : label != s->label))
    label++;
  return label;
}
/* In order, for sums of floating-point numbers depend on it. */
#define FOR_CLASSES(k, s)                                                                          \
  for (size_t k = next_class(s, 0); k < (s)->classes; k = next_class(s, k + 1))

/* One offset of a client in a place, the same in all its samples: what makes clients differ. */
static struct fray_rng client_stream(const struct synth_sample *s, size_t place) {
  return fray_rng_for(s->seed, "synth/client", s->client, s->modality, place);
}

/* Keyed by the sample: another number of clients or shards changes no sample. */
static struct fray_rng noise_stream(const struct synth_sample *s) {
  return fray_rng_for(s->seed, "synth/noise", s->source, s->modality, 0);
}

/* One sine of 1 to 6 periods per channel. */
static void make_series(const struct fray_modality *m, const struct synth_sample *s, float *out) {
  struct fray_rng noise = noise_stream(s);
  for (size_t c = 0; c < m->channels; c++) {
    struct fray_rng own = client_stream(s, c);
    double offset = s->shift * fray_rng_normal(&own), *wave = s->scratch;
    /* Summed in double before noise is added, so that sets of classes superpose exactly. */
    memset(wave, 0, s->length * sizeof *wave);
    FOR_CLASSES(k, s) {
      struct fray_rng shape = prototype(s, k, c);
      double periods = 1 + 5 * fray_rng_uniform(&shape), phase = tau * fray_rng_uniform(&shape);
      for (size_t t = 0; t < s->length; t++)
        wave[t] += sin(tau * periods * (double)t / (double)m->time + phase);
    }
    for (size_t t = 0; t < s->length; t++)
      out[t * m->channels + c] =
          (float)(s->separation * wave[t] + offset + fray_rng_normal(&noise));
  }
}

/* Three tones of a class between 5 % and 45 % of the sampling rate. Each swells and fades, for what
 * is steady is lost when the bands of a sample are standardised. */
static void add_tones(const struct fray_modality *m, const struct synth_sample *s, size_t k,
                      double *value) {
  enum { TONES = 3 };
  struct fray_rng shape = prototype(s, k, 0);
  for (int i = 0; i < TONES; i++) {
    double step = tau * (0.05 + 0.4 * fray_rng_uniform(&shape));
    double swell = tau * (1 + 2 * fray_rng_uniform(&shape)) / (double)m->time;
    double phase = tau * fray_rng_uniform(&shape);
    for (size_t t = 0; t < s->length; t++)
      value[t] += s->separation * (1 + cos(swell * (double)t + phase)) * sin(step * (double)t);
  }
}

/* Noise and tones; the client sets the loudness. */
static void make_audio(const struct fray_modality *m, const struct synth_sample *s, int16_t *out) {
  struct fray_rng noise = noise_stream(s), own = client_stream(s, 0);
  /* A deviation of the noise is 1500 of 32768; the tones of a class reach six times the separation.
   */
  double level = 1500 * exp(0.3 * s->shift * fray_rng_normal(&own)), *value = s->scratch;
  for (size_t t = 0; t < s->length; t++)
    value[t] = fray_rng_normal(&noise);
  FOR_CLASSES(k, s)
  add_tones(m, s, k, value);
  for (size_t t = 0; t < s->length; t++)
    out[t] = (int16_t)fmax(-32768, fmin(32767, rint(level * value[t])));
}

/* A plane wave of a class, of up to 3 periods across the picture. */
static void add_wave(const struct fray_modality *m, const struct synth_sample *s, size_t k,
                     size_t channel, double *wave) {
  struct fray_rng shape = prototype(s, k, channel);
  double u = 6 * fray_rng_uniform(&shape) - 3, v = 6 * fray_rng_uniform(&shape) - 3;
  double phase = tau * fray_rng_uniform(&shape);
  for (size_t y = 0; y < m->height; y++)
    for (size_t x = 0; x < m->width; x++) {
      double place = u * (double)x / (double)m->width + v * (double)y / (double)m->height;
      wave[y * m->width + x] += cos(tau * place + phase);
    }
}

/* Grey levels around the middle, channel by channel, so that colours carry the class as well. */
static void make_image(const struct fray_modality *m, const struct synth_sample *s, uint8_t *out) {
  struct fray_rng noise = noise_stream(s), own = client_stream(s, 0);
  double offset = s->shift * fray_rng_normal(&own), *wave = s->scratch;
  for (size_t c = 0; c < m->channels; c++) {
    memset(wave, 0, m->height * m->width * sizeof *wave);
    FOR_CLASSES(k, s)
    add_wave(m, s, k, c, wave);
    for (size_t i = 0; i < m->height * m->width; i++) {
      double value = s->separation * wave[i] + offset + fray_rng_normal(&noise);
      /* Grey 128 with 32 levels a deviation: four deviations fit on either side. */
      out[i * m->channels + c] = (uint8_t)fmax(0, fmin(255, rint(128 + 32 * value)));
    }
  }
}

/* A point per class; a sequence of features is the same point at every step, with other noise. */
static void make_feature(const struct fray_modality *m, const struct synth_sample *s, float *out) {
  struct fray_rng noise = noise_stream(s);
  for (size_t c = 0; c < m->channels; c++) {
    struct fray_rng own = client_stream(s, c);
    double point = 0;
    FOR_CLASSES(k, s) {
      struct fray_rng shape = prototype(s, k, c);
      point += fray_rng_normal(&shape);
    }
    double centre = s->separation * point + s->shift * fray_rng_normal(&own);
    for (size_t t = 0; t < s->length; t++)
      out[t * m->channels + c] = (float)(centre + fray_rng_normal(&noise));
  }
}

/* Text is not here: it has words in place of a signal (synth_text.c). */
void synth_signal(const struct fray_modality *m, const struct synth_sample *sample, void *out) {
  switch (m->kind) {
  case FRAY_SERIES:
    make_series(m, sample, out);
    break;
  case FRAY_AUDIO:
    make_audio(m, sample, out);
    break;
  case FRAY_IMAGE:
    make_image(m, sample, out);
    break;
  default:
    make_feature(m, sample, out);
  }
}

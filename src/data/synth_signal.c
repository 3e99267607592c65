/* Signals that carry their class: a prototype, an offset of the client, noise. */
#include "synth_signal.h"

#include "fray/base/rng.h"

#include <math.h>

static const double tau = 6.283185307179586;

/* Prototypes depend on class, modality and place only, so all clients and shards share them. */
static struct fray_rng prototype(const struct synth_sample *s, size_t place) {
  return fray_rng(s->seed, "synth/prototype", s->label, s->modality, place);
}

static struct fray_rng client_stream(const struct synth_sample *s, size_t place) {
  return fray_rng(s->seed, "synth/client", s->client, s->modality, place);
}

static struct fray_rng noise_stream(const struct synth_sample *s) {
  return fray_rng(s->seed, "synth/noise", s->source, s->modality, 0);
}

/* One sine of 1 to 6 periods per channel. */
static void make_series(const struct fray_modality *m, const struct synth_sample *s, float *out) {
  struct fray_rng noise = noise_stream(s);
  for (size_t c = 0; c < m->channels; c++) {
    struct fray_rng shape = prototype(s, c), own = client_stream(s, c);
    double periods = 1 + 5 * fray_rng_uniform(&shape), phase = tau * fray_rng_uniform(&shape);
    double offset = s->shift * fray_rng_normal(&own);
    for (size_t t = 0; t < s->length; t++) {
      double wave = sin(tau * periods * (double)t / (double)m->time + phase);
      out[t * m->channels + c] = (float)(s->separation * wave + offset + fray_rng_normal(&noise));
    }
  }
}

/* One of the tones of a class: it swells and fades, for what is steady is lost when the bands of a
 * sample are standardised. */
struct tone {
  double step, swell, phase; /* radians per sample; of the loudness */
};

/* Three tones between 5 % and 45 % of the sampling rate; the client sets the loudness. */
static void make_audio(const struct fray_modality *m, const struct synth_sample *s, int16_t *out) {
  enum { TONES = 3 };
  struct fray_rng noise = noise_stream(s), shape = prototype(s, 0), own = client_stream(s, 0);
  struct tone tone[TONES];
  double level = 1500 * exp(0.3 * s->shift * fray_rng_normal(&own));
  for (int i = 0; i < TONES; i++) {
    tone[i].step = tau * (0.05 + 0.4 * fray_rng_uniform(&shape));
    tone[i].swell = tau * (1 + 2 * fray_rng_uniform(&shape)) / (double)m->time;
    tone[i].phase = tau * fray_rng_uniform(&shape);
  }
  for (size_t t = 0; t < s->length; t++) {
    double value = fray_rng_normal(&noise), at = (double)t;
    for (int i = 0; i < TONES; i++)
      value +=
          s->separation * (1 + cos(tone[i].swell * at + tone[i].phase)) * sin(tone[i].step * at);
    out[t] = (int16_t)fmax(-32768, fmin(32767, rint(level * value)));
  }
}

/* A plane wave of up to 3 periods across the picture. */
static void make_image(const struct fray_modality *m, const struct synth_sample *s, uint8_t *out) {
  struct fray_rng noise = noise_stream(s), own = client_stream(s, 0);
  double offset = s->shift * fray_rng_normal(&own);
  for (size_t c = 0; c < m->channels; c++) {
    struct fray_rng shape = prototype(s, c);
    double u = 6 * fray_rng_uniform(&shape) - 3, v = 6 * fray_rng_uniform(&shape) - 3;
    double phase = tau * fray_rng_uniform(&shape);
    for (size_t y = 0; y < m->height; y++)
      for (size_t x = 0; x < m->width; x++) {
        double place = u * (double)x / (double)m->width + v * (double)y / (double)m->height;
        double value = s->separation * cos(tau * place + phase) + offset + fray_rng_normal(&noise);
        out[(y * m->width + x) * m->channels + c] =
            (uint8_t)fmax(0, fmin(255, rint(128 + 32 * value)));
      }
  }
}

static void make_feature(const struct fray_modality *m, const struct synth_sample *s, float *out) {
  struct fray_rng noise = noise_stream(s);
  for (size_t c = 0; c < m->channels; c++) {
    struct fray_rng shape = prototype(s, c), own = client_stream(s, c);
    double centre = s->separation * fray_rng_normal(&shape) + s->shift * fray_rng_normal(&own);
    for (size_t t = 0; t < s->length; t++)
      out[t * m->channels + c] = (float)(centre + fray_rng_normal(&noise));
  }
}

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

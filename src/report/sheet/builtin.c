/* A picture, a sound, a series, a sentence and a feature vector. Each holds what some kind of
 * damage is about: fine lines for blur, greys for tints, a flat wall for noise; voices and pauses
 * for sound; steps for clocks; contractions, pronouns and numbers for texts. */
#include "builtin.h"

#include "canvas.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum {
  TESTED = 4,           /* that a record of a client is: drift needs a before and an after */
  SAMPLES = TESTED + 8, /* the others were trained on: what is blank becomes their mean */
  SIDE = 64,
  RATE = 16000,
  STEPS = 256,
  AXES = 3,
  NUMBERS = 32
};
static const char sentence[] = "The doctor said that she couldn't believe it: \"I am not going to "
                               "wait for 20 minutes, because they're really late.\"";

/* A data set as one that was read, but for its files: entries are drawn for its samples by the same
 * code. Numbers of a client are those of its name, so they stay when kinds or media are added. */
enum fray_status sheet_builtin_data(struct fray_arena *arena, struct fray_dataset **out,
                                    struct fray_err *err) {
  static const char *classes[] = {"one", "other"}, *clients[] = {"built-in", "training"};
  static const struct fray_modality modality[SHEET_BUILTIN] = {
      [FRAY_AUDIO] = {.kind = FRAY_AUDIO, .channels = 1, .time = RATE, .rate = RATE},
      [FRAY_IMAGE] = {.kind = FRAY_IMAGE, .channels = 3, .time = 1, .height = SIDE, .width = SIDE},
      [FRAY_SERIES] = {.kind = FRAY_SERIES, .channels = AXES, .time = STEPS, .rate = 100},
      [FRAY_TEXT] = {.kind = FRAY_TEXT, .channels = 1, .time = 2 * sizeof sentence},
      [FRAY_FEATURES] = {.kind = FRAY_FEATURES, .channels = NUMBERS, .time = 1}};
  struct fray_dataset *d;
  FRAY_ALLOC_ZERO(d, arena, 1, err);
  d->name = "built-in";
  d->n_classes = FRAY_COUNT(classes);
  d->class_name = classes;
  d->n_modalities = SHEET_BUILTIN;
  memcpy(d->modality, modality, sizeof modality);
  for (size_t m = 0; m < SHEET_BUILTIN; m++)
    d->modality[m].name = fray_modality_kind_names[m];
  d->n_samples = SAMPLES;
  FRAY_ALLOC_ZERO(d->label, arena, SAMPLES, err);
  FRAY_ALLOC_ZERO(d->split, arena, SAMPLES, err);
  FRAY_ALLOC_ZERO(d->present, arena, SAMPLES, err);
  FRAY_ALLOC_ZERO(d->client, arena, SAMPLES, err);
  FRAY_ALLOC_ZERO(d->source, arena, SAMPLES, err);
  FRAY_ALLOC_ZERO(d->source_id, arena, SAMPLES, err);
  d->n_clients = FRAY_COUNT(clients);
  d->client_name = clients;
  FRAY_ALLOC_ZERO(d->client_source, arena, FRAY_COUNT(clients), err);
  for (size_t c = 0; c < FRAY_COUNT(clients); c++)
    d->client_source[c] = fray_hash_text(clients[c]);
  for (size_t s = 0; s < SAMPLES; s++) {
    d->label[s] = (int32_t)(s % FRAY_COUNT(classes));
    d->split[s] = s < TESTED ? FRAY_TEST : FRAY_TRAIN;
    d->client[s] = s >= TESTED;
    d->present[s] = (1u << SHEET_BUILTIN) - 1;
    d->source_id[s] = fray_arena_printf(arena, "built-in/%zu", s + 1);
    FRAY_CHECK(d->source_id[s], err, MEMORY, "out of memory");
    d->source[s] = fray_hash_text(d->source_id[s]);
  }
  *out = d;
  return FRAY_OK;
}

/* ---- picture ---- */

/* Sky that grows lighter downwards, and a sun: a slope, and a round edge. */
static void put_sky(size_t y, size_t x, float out[3]) {
  const double dy = (double)y - 12, dx = (double)x - 18;
  const float down = (float)y / SIDE;
  const bool sun = dy * dy + dx * dx < 64;
  out[0] = sun ? 0.98f : 0.25f + down;
  out[1] = sun ? 0.82f : 0.45f + 0.8f * down;
  out[2] = sun ? 0.2f : 0.85f;
}

/* Lines of two pixels, then squares of four. */
static void put_texture(size_t y, size_t x, float out[3]) {
  const bool dark = y < 48 ? x / 2 % 2 : (x / 4 + y / 4) % 2;
  out[0] = dark ? 0.3f : 0.75f;
  out[1] = dark ? 0.2f : 0.65f;
  out[2] = dark ? 0.1f : 0.45f;
}

/* Patches of the three colours, and a grey ball: a tint is seen on grey, a saturation on red. */
static void put_ball(size_t y, size_t x, float out[3]) {
  const double dy = ((double)y - 50) / 12, dx = ((double)x - 48) / 12, r = dy * dy + dx * dx;
  const size_t patch = (x - SIDE / 2) / 11;
  for (size_t c = 0; c < 3; c++) {
    out[c] = y < 38 ? (c == FRAY_MIN(patch, 2) ? 0.85f : 0.1f) : 0.12f;
    if (y >= 38 && r < 1)
      out[c] = (float)(0.15 + 0.75 * fmax(0, sqrt(1 - r) - 0.5 * dx - 0.5 * dy) / 1.5);
  }
}

/* The name of the program on paper. */
static void put_words(float *x) {
  static const char words[2][6] = {"fray", "1234"};
  for (size_t y = 0; y < SIDE / 2; y++)
    for (size_t j = SIDE / 2; j < SIDE; j++)
      for (size_t c = 0; c < 3; c++)
        x[(y * SIDE + j) * 3 + c] = 0.92f - 0.06f * (float)c;
  for (size_t line = 0; line < 2; line++)
    for (size_t k = 0; words[line][k]; k++) {
      const uint8_t *row = sheet_letter((unsigned char)words[line][k]);
      for (size_t i = 0; i < SHEET_LETTER_HIGH; i++)
        for (size_t j = 0; j < SHEET_LETTER_WIDE; j++)
          for (size_t c = 0; c < 3 && (row[i] >> (SHEET_LETTER_WIDE - 1 - j) & 1); c++)
            x[((3 + line * 14 + i) * SIDE + SIDE / 2 + 5 + k * SHEET_LETTER_WIDE + j) * 3 + c] =
                0.1f;
    }
}

/* Four quarters, each with what some damage shows best on. */
static void make_picture(float *x) {
  for (size_t i = 0; i < SIDE; i++)
    for (size_t j = 0; j < SIDE; j++) {
      float *at = x + (i * SIDE + j) * 3;
      if (i < SIDE / 2)
        put_sky(i, j, at);
      else if (j < SIDE / 2)
        put_texture(i, j, at);
      else
        put_ball(i, j, at);
    }
  put_words(x);
  /* As a picture file holds it, so that what is shown is what was damaged. */
  for (size_t i = 0; i < SIDE * SIDE * 3; i++)
    x[i] = rintf(255 * fminf(fmaxf(x[i], 0), 1)) / 255;
}

/* ---- sound ---- */

/* A resonance of the vocal tract: two poles. Source: Klatt 1980, "Software for a
 * cascade/parallel formant synthesizer", equation 1. */
static void resonate(double hz, double wide, float *x, size_t n) {
  const double pi = 3.14159265358979323846, r = exp(-pi * wide / RATE);
  const double b = 2 * r * cos(2 * pi * hz / RATE), c = -r * r, a = 1 - b - c;
  double y1 = 0, y2 = 0;
  for (size_t i = 0; i < n; i++) {
    const double y = a * x[i] + b * y1 + c * y2;
    y2 = y1;
    y1 = y;
    x[i] = (float)y;
  }
}

/* Pulses of a voice whose pitch glides, through three formants; it swells and fades. */
static void put_vowel(float *x, size_t n, double low, double high, const double formant[3]) {
  /* A pulse where a period of the glide ends; formants are filters, so they do not glide along. */
  double phase = 0, loudest = 0;
  memset(x, 0, n * sizeof *x);
  for (size_t i = 0; i < n; i++) {
    phase += (low + (high - low) * (double)i / (double)n) / RATE;
    if (phase >= 1) {
      phase -= 1;
      x[i] = 1;
    }
  }
  for (size_t k = 0; k < 3; k++)
    resonate(formant[k], 80 + 40.0 * (double)k, x, n);
  for (size_t i = 0; i < n; i++)
    loudest = fmax(loudest, fabs((double)x[i]));
  for (size_t i = 0; i < n; i++) {
    const double edge = fmin((double)i, (double)(n - 1 - i)) / (0.03 * RATE);
    x[i] *= (float)(0.5 / loudest * fmin(edge, 1));
  }
}

/* A fricative: differences of white noise, so that it lies high. */
static void put_hiss(float *x, size_t n, double level) {
  /* A stream of its own: no seed of a user changes what is damaged. */
  struct fray_rng rng = fray_rng_for(1, "report/sheet/hiss", 0, 0, 0);
  double before = 0;
  for (size_t i = 0; i < n; i++) {
    const double now = fray_rng_normal(&rng), edge = fmin((double)i, (double)(n - 1 - i)) / 160;
    x[i] = (float)(level * (now - before) * fmin(edge, 1));
    before = now;
  }
}

/* "sa" and "ti", and silence around them. */
static void make_sound(float *x) {
  static const double a[3] = {700, 1220, 2600}, i[3] = {280, 2250, 2900};
  put_hiss(x + RATE * 6 / 100, RATE * 12 / 100, 0.05);
  put_vowel(x + RATE * 19 / 100, RATE * 27 / 100, 120, 150, a);
  put_hiss(x + RATE * 54 / 100, RATE * 4 / 100, 0.08);
  put_vowel(x + RATE * 59 / 100, RATE * 27 / 100, 150, 105, i);
}

/* ---- the others ---- */

/* Two steps a second: gravity on one axis, a jolt at each heel strike, a sway at half the pace. In
 * units of gravity. */
static void make_series(float *x) {
  for (size_t t = 0; t < STEPS; t++) {
    const double pi = 3.14159265358979323846, s = (double)t / 100, jolt = fmod(2 * s, 1);
    x[t * AXES] = (float)(1 + 0.25 * sin(4 * pi * s) + 0.5 * exp(-12 * jolt) * (jolt > 0.01));
    x[t * AXES + 1] = (float)(0.3 * sin(2 * pi * s + 0.5) + 0.1 * sin(8 * pi * s));
    x[t * AXES + 2] = (float)(-0.35 + 0.18 * sin(4 * pi * s + 1.2) + 0.06 * sin(12 * pi * s));
  }
}

/* A slope with hills: positive and negative numbers of several sizes, none of them 0. */
static void make_features(float *x) {
  for (size_t i = 0; i < NUMBERS; i++)
    x[i] = (float)(1.3 * sin(0.55 * (double)i) + 0.05 * ((double)i - 15.5));
}

/* The same for all samples that are shown: only their places in the record of the client differ. */
enum fray_status sheet_builtin_value(size_t modality, struct fray_arena *arena,
                                     struct fray_signal *out, struct fray_err *err) {
  *out =
      (struct fray_signal){.kind = (enum fray_modality_kind)modality, .length = 1, .channels = 1};
  switch (out->kind) {
  case FRAY_IMAGE:
    out->height = out->width = SIDE;
    out->channels = 3;
    FRAY_ALLOC_ZERO(out->x, arena, SIDE * SIDE * 3, err);
    make_picture(out->x);
    break;
  case FRAY_AUDIO:
    out->length = RATE;
    out->rate = RATE;
    FRAY_ALLOC_ZERO(out->x, arena, RATE, err);
    make_sound(out->x);
    break;
  case FRAY_SERIES:
    out->length = STEPS;
    out->channels = AXES;
    out->rate = 100;
    FRAY_ALLOC_ZERO(out->x, arena, STEPS * AXES, err);
    make_series(out->x);
    break;
  case FRAY_FEATURES:
    out->channels = NUMBERS;
    FRAY_ALLOC_ZERO(out->x, arena, NUMBERS, err);
    make_features(out->x);
    break;
  case FRAY_TEXT:
    out->length = sizeof sentence - 1;
    FRAY_ALLOC(out->text, arena, sizeof sentence, err);
    memcpy(out->text, sentence, sizeof sentence);
    break;
  }
  out->capacity = out->length;
  return FRAY_OK;
}

/* ---- values of others ---- */

/* The last so many bytes of n come first. */
static enum fray_status turn(void *x, size_t n, size_t by, struct fray_arena *arena,
                             struct fray_err *err) {
  char *copy;
  FRAY_ALLOC(copy, arena, n + 1, err);
  memcpy(copy, x, n);
  memcpy(x, copy + n - by, by);
  memcpy((char *)x + by, copy, n - by);
  return FRAY_OK;
}

/* Whole rows of a picture, steps, numbers, words. */
enum fray_status sheet_builtin_read(const void *user, size_t sample, size_t modality,
                                    struct fray_arena *arena, struct fray_signal *out,
                                    struct fray_err *err) {
  FRAY_TRY(sheet_builtin_value(modality, arena, out, err));
  const size_t rows = out->kind == FRAY_IMAGE      ? out->height
                      : out->kind == FRAY_FEATURES ? out->channels
                                                   : out->length;
  const size_t width = out->kind == FRAY_IMAGE      ? out->width * out->channels
                       : out->kind == FRAY_FEATURES ? 1
                                                    : out->channels;
  size_t by = (sample + 1) * rows / (SAMPLES + 1);
  (void)user;
  if (!out->text)
    return turn(out->x, rows * width * sizeof *out->x, by * width * sizeof *out->x, arena, err);
  while (by > 1 && out->text[rows - by] != ' ')
    by--;
  return turn(out->text, rows, by, arena, err);
}

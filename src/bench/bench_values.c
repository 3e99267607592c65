/* Values for measuring damage: sound, small pictures, windows of sensors, sentences, vectors.
 *
 * They look like what they stand for as far as the time depends on it: a coder, a search for words
 * or a quantile takes longer on some values than on others. All are made from the same random
 * numbers on every machine. */
#include "bench_values.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Speech at the rate that it is recorded in, the pictures of CIFAR, the windows of UCI-HAR. */
static const struct fray_modality modalities[BENCH_MEDIA] = {
    {.name = "speech", .kind = FRAY_AUDIO, .channels = 1, .time = 64000, .rate = 16000},
    {.name = "picture", .kind = FRAY_IMAGE, .channels = 3, .time = 1, .height = 32, .width = 32},
    {.name = "series", .kind = FRAY_SERIES, .channels = 6, .time = 128, .rate = 50},
    {.name = "sentences", .kind = FRAY_TEXT, .channels = 1, .time = 512},
    {.name = "vector", .kind = FRAY_FEATURES, .channels = 256, .time = 1}};

/* Few sounds, since each is long: a repetition is all values of a medium. */
static const size_t counts[BENCH_MEDIA] = {2, 16, 16, 16, 16};

/* Pictures have their size in rows and columns and one step. */
size_t bench_value_numbers(const struct fray_signal *value) {
  const size_t area = value->kind == FRAY_IMAGE ? value->height * value->width : 1;
  return value->length * value->channels * area;
}

/* Syllables of a few tones with pauses between them, over a little hiss: neither silent nor even.
 */
static void make_sound(struct fray_signal *x, struct fray_rng *rng) {
  const double pitch = 0.04 + 0.04 * fray_rng_uniform(rng);
  for (size_t i = 0; i < x->length; i++) {
    const double t = (double)i, loud = fmax(0, sin(t * 6e-4));
    x->x[i] = (float)(loud * (0.3 * sin(pitch * t) + 0.15 * sin(3.1 * pitch * t)) +
                      0.005 * fray_rng_normal(rng));
  }
}

/* Rectangles over a slope, in steps of 1/255: edges and even parts, as pictures have them. */
static void make_picture(struct fray_signal *x, struct fray_rng *rng) {
  enum { RECTANGLES = 6 };
  const size_t n = bench_value_numbers(x);
  for (size_t i = 0; i < n; i++)
    x->x[i] = (float)(64 + i * 128 / n) / 255.0f;
  for (size_t k = 0; k < RECTANGLES; k++) {
    const size_t top = fray_rng_below(rng, x->height), left = fray_rng_below(rng, x->width);
    const size_t bottom = FRAY_MIN(top + 4 + fray_rng_below(rng, 12), x->height);
    const size_t right = FRAY_MIN(left + 4 + fray_rng_below(rng, 12), x->width);
    for (size_t c = 0; c < x->channels; c++) {
      const float light = (float)fray_rng_below(rng, 256) / 255.0f;
      for (size_t i = top; i < bottom; i++)
        for (size_t j = left; j < right; j++)
          x->x[(i * x->width + j) * x->channels + c] = light;
    }
  }
}

/* A movement and its noise; vectors are noise alone. */
static void make_numbers(struct fray_signal *x, struct fray_rng *rng) {
  for (size_t i = 0; i < bench_value_numbers(x); i++)
    x->x[i] = (float)(sin((double)(i / x->channels) * 0.2 + (double)(i % x->channels)) +
                      0.3 * fray_rng_normal(rng));
}

/* English that has what kinds of text look for: pronouns, contractions, articles, endings. */
static enum fray_status make_text(struct fray_signal *x, struct fray_rng *rng,
                                  struct fray_arena *arena, struct fray_err *err) {
  static const char *const words[] = {
      "the",     "doctor",    "is",    "going",   "to",    "see",   "her",     "children",
      "because", "they",      "don't", "want",    "any",   "more",  "trouble", "today",
      "I'm",     "not",       "sure",  "whether", "he",    "was",   "here",    "before",
      "an",      "apple",     "fell",  "over",    "lazy",  "dogs",  "and",     "it's",
      "really",  "wonderful", "that",  "you",     "think", "about", "nothing"};
  struct fray_text text = {0};
  for (size_t k = 0; k < 48; k++)
    fray_text_printf(&text, "%s%s", k ? k % 12 ? " " : ". " : "",
                     words[fray_rng_below(rng, FRAY_COUNT(words))]);
  fray_text_puts(&text, ".");
  x->text = text.failed ? NULL : fray_arena_strdup(arena, text.data);
  x->length = text.size;
  fray_text_free(&text);
  FRAY_CHECK(x->text, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Keyed by medium and place, so that a medium more, or another number of values, leaves the others
 * as they are and two versions of the program remain comparable. */
static enum fray_status make_value(const struct fray_modality *m, size_t i,
                                   struct fray_arena *arena, struct fray_signal *out,
                                   struct fray_err *err) {
  struct fray_rng rng = fray_rng_for(1, "bench", 2000 + m->kind, i, 0);
  *out = (struct fray_signal){.kind = m->kind,
                              .length = m->time,
                              .channels = m->channels,
                              .height = m->height,
                              .width = m->width,
                              .rate = m->rate};
  if (m->kind == FRAY_TEXT)
    return make_text(out, &rng, arena, err);
  FRAY_ALLOC(out->x, arena, bench_value_numbers(out), err);
  if (m->kind == FRAY_AUDIO)
    make_sound(out, &rng);
  else if (m->kind == FRAY_IMAGE)
    make_picture(out, &rng);
  else
    make_numbers(out, &rng);
  return FRAY_OK;
}

/* What a plan looks at: names that key the random numbers, clients for what devices do. No shard
 * lies behind it: reading is measured by itself. */
static enum fray_status make_index(struct bench_values *v, struct fray_arena *arena,
                                   struct fray_err *err) {
  static const char *classes[] = {"a", "b"};
  struct fray_dataset *d = &v->dataset;
  uint32_t *sample;
  *d = (struct fray_dataset){.name = "bench",
                             .n_classes = 2,
                             .class_name = classes,
                             .n_modalities = BENCH_MEDIA,
                             .n_samples = BENCH_VALUES,
                             .n_clients = BENCH_CLIENTS};
  memcpy(d->modality, modalities, sizeof modalities);
  FRAY_ALLOC_ZERO(d->label, arena, BENCH_VALUES, err);
  FRAY_ALLOC_ZERO(d->split, arena, BENCH_VALUES, err);
  FRAY_ALLOC_ZERO(d->present, arena, BENCH_VALUES, err);
  FRAY_ALLOC_ZERO(d->client, arena, BENCH_VALUES, err);
  FRAY_ALLOC_ZERO(d->source, arena, BENCH_VALUES, err);
  FRAY_ALLOC_ZERO(d->source_id, arena, BENCH_VALUES, err);
  FRAY_ALLOC_ZERO(d->client_name, arena, BENCH_CLIENTS, err);
  FRAY_ALLOC_ZERO(d->client_source, arena, BENCH_CLIENTS, err);
  FRAY_ALLOC_ZERO(sample, arena, BENCH_VALUES, err);
  for (size_t i = 0; i < BENCH_VALUES; i++) {
    const size_t client = i / (BENCH_VALUES / BENCH_CLIENTS); /* a record of some length */
    d->label[i] = (int32_t)(i % 2);                           /* each client has both */
    d->present[i] = (1u << BENCH_MEDIA) - 1;
    d->client[i] = (uint32_t)client;
    sample[i] = (uint32_t)i;
    d->source_id[i] = fray_arena_printf(arena, "%zu", i);
    d->client_name[client] = fray_arena_printf(arena, "%zu", client);
    FRAY_CHECK(d->source_id[i] && d->client_name[client], err, MEMORY, "out of memory");
    d->source[i] = fray_hash_text(d->source_id[i]);
    d->client_source[client] = fray_hash_text(d->client_name[client]);
  }
  v->population = (struct fray_population){.dataset = d,
                                           .n = BENCH_VALUES,
                                           .sample = sample,
                                           .client = d->client,
                                           .n_clients = BENCH_CLIENTS,
                                           .client_source = d->client_source,
                                           .client_name = d->client_name,
                                           .train = true};
  return FRAY_OK;
}

enum fray_status bench_value_read(const void *user, size_t sample, size_t modality,
                                  struct fray_arena *arena, struct fray_signal *out,
                                  struct fray_err *err) {
  const struct bench_values *v = user;
  (void)arena;
  (void)err;
  *out = v->value[modality][sample % v->n[modality]];
  return FRAY_OK;
}

/* All media at once, though one may be all that is measured: they are made in a moment,
 * and an entry finds the same index whatever was asked for. */
enum fray_status bench_values_make(struct bench_values *out, struct fray_arena *arena,
                                   struct fray_err *err) {
  *out = (struct bench_values){0};
  FRAY_TRY(make_index(out, arena, err));
  memcpy(out->n, counts, sizeof counts);
  for (size_t m = 0; m < BENCH_MEDIA; m++)
    for (size_t i = 0; i < counts[m]; i++)
      FRAY_TRY(make_value(&modalities[m], i, arena, &out->value[m][i], err));
  return FRAY_OK;
}

/* NumPy's format 1.0: a magic word, the length of a Python literal that ends at a multiple of 64
 * bytes, the numbers as they lie in memory. */
static void npy_head(const struct fray_signal *x, struct fray_text *out) {
  const uint16_t one = 1;
  char shape[96], literal[192];
  const char order = *(const char *)&one == 1 ? '<' : '>';
  if (x->kind == FRAY_IMAGE)
    snprintf(shape, sizeof shape, "%zu, %zu, %zu", x->height, x->width, x->channels);
  else if (x->kind == FRAY_AUDIO)
    snprintf(shape, sizeof shape, "%zu,", x->length);
  else
    snprintf(shape, sizeof shape, "%zu, %zu", x->length, x->channels);
  const int n =
      snprintf(literal, sizeof literal,
               "{'descr': '%cf4', 'fortran_order': False, 'shape': (%s), }", order, shape);
  /* Ten bytes stand before the literal, and a line feed ends it. */
  const int padded = (n + 11 + 63) / 64 * 64 - 10;
  const unsigned char head[] = {0x93,
                                'N',
                                'U',
                                'M',
                                'P',
                                'Y',
                                1,
                                0,
                                (unsigned char)(padded & 255),
                                (unsigned char)(padded >> 8)};
  fray_text_add(out, (const char *)head, sizeof head);
  fray_text_printf(out, "%-*s\n", padded - 1, literal);
}

/* Not synced: whoever asked for them reads them at once, and they are made again in a moment. */
enum fray_status bench_value_write(const struct fray_signal *value, const char *folder,
                                   const char *name, struct fray_err *err) {
  char path[4200];
  struct fray_text out = {0};
  snprintf(path, sizeof path, "%.4000s/%.160s%s", folder, name, value->text ? ".txt" : ".npy");
  if (value->text) {
    fray_text_add(&out, value->text, value->length);
  } else {
    npy_head(value, &out);
    fray_text_add(&out, (const char *)value->x, bench_value_numbers(value) * sizeof *value->x);
  }
  enum fray_status status = FRAY_OK;
  if (out.failed)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  else
    status = fray_file_replace(path, out.data ? out.data : "", out.size, err);
  fray_text_free(&out);
  return status;
}

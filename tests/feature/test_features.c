/* Features against numbers worked by hand or with numpy, and the cache against no cache. */
#include "corrupt/scope/scope.h"
#include "fray/base/log.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/data/synth.h"
#include "fray/feature/features.h"
#include "fray/signal/logmel.h"
#include "plan_of.h"
#include "small_shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static struct fray_arena arena;

/* The section `data` from YAML. */
static enum fray_status read_config(const char *yaml, struct fray_data_config *out,
                                    struct fray_err *err) {
  struct fray_node *node = NULL;
  FRAY_TRY(fray_yaml_parse(yaml, "test", &arena, &node, err));
  return fray_schema_read(&fray_data_table, node, "data", out, &arena, err);
}

static enum fray_status open_features(struct fray_dataset *d, const char *keys,
                                      struct fray_features **out, struct fray_err *err) {
  struct fray_data_config config;
  char yaml[512];
  snprintf(yaml, sizeof yaml, "shards: x\n%s", keys);
  FRAY_TRY(read_config(yaml, &config, err));
  return fray_features_open(d, &config, out, err);
}

/* The features that these keys ask for. */
static struct fray_features *features_of(struct fray_dataset *d, const char *keys) {
  struct fray_err err = {0};
  struct fray_features *f = NULL;
  good(open_features(d, keys, &f, &err), &err);
  return f;
}

/* Features of n samples of a modality, in the arena. */
static struct fray_feature_batch batch_of(struct fray_features *f, size_t modality,
                                          const uint32_t *sample, size_t n,
                                          const struct fray_signal_plan *plan) {
  struct fray_err err = {0};
  struct fray_feature_batch batch;
  good(fray_features_batch(f, modality, sample, n, plan, &arena, &batch, &err), &err);
  return batch;
}

static struct fray_dataset *small(void) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(fray_h5_close(small_shard(in_folder("one.h5"), "s", NULL), &err), &err);
  good(fray_dataset_open(in_folder("one.h5"), NULL, 0, world, &d, &err), &err);
  return d;
}

/* Steps 0 .. 4 have population deviation sqrt(2): (t - 2) / (1.4142136 + 1e-5) in every window. */
static void series_windows_are_standardised(void **state) {
  (void)state;
  struct fray_dataset *d = small();
  struct fray_features *f = features_of(d, "");
  const struct fray_feature_shape *shape = fray_features_shape(f, 0);
  assert_true(shape->kind == FRAY_FEATURE_SEQUENCE && shape->time == 5 && shape->channels == 2);
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){3, 1}, 2, NULL);
  assert_true(batch.n == 2 && batch.time == 5 && batch.length[0] == 5);
  const double expected[] = {-1.41420356, -0.70710178, 0, 0.70710178, 1.41420356};
  for (size_t i = 0; i < 20; i++)
    assert_near(batch.x[i], expected[i / 2 % 5], 1e-6);
  fray_features_close(f);
  fray_dataset_close(d);
}

static void series_may_stay_raw(void **state) {
  (void)state;
  struct fray_dataset *d = small();
  struct fray_features *f = features_of(d, "features: {acc: {standardise: none}}");
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){3}, 1, NULL);
  assert_true(batch.x[0] == 30 && batch.x[9] == 34.5f);
  fray_features_close(f);
  fray_dataset_close(d);
}

/* Pixel 23: (23 / 255 - 0.5) / 0.5 = -0.81960784; with mean 0.1 and scale 2: -0.00490196. */
static void images_are_scaled(void **state) {
  (void)state;
  struct fray_dataset *d = small();
  struct fray_features *f = features_of(d, "");
  struct fray_feature_batch batch = batch_of(f, 1, (uint32_t[]){0, 3}, 2, NULL);
  assert_true(batch.time == 1 && !batch.length);
  assert_near(batch.x[0], -1, 1e-7);
  assert_near(batch.x[11], -0.81960784, 1e-6);
  fray_features_close(f);
  f = features_of(d, "features: {pic: {mean: 0.1, scale: 2}}");
  batch = batch_of(f, 1, (uint32_t[]){3}, 1, NULL);
  assert_near(batch.x[5], -0.00490196, 1e-7);
  fray_features_close(f);
  fray_dataset_close(d);
}

/* Sound goes through the signal layer; standardised over its frames, per band. */
static void sound_becomes_log_mel(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_node *node = NULL;
  struct fray_synth_config synth;
  good(fray_yaml_parse("{clients: 2, test_clients: 0, samples: 3, modalities: ['audio:2000'], "
                       "ragged: true}",
                       "t", &arena, &node, &err),
       &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, in_folder("sound"), &err), &err);
  good(fray_dataset_open(in_folder("sound"), NULL, 0, world, &d, &err), &err);
  struct fray_features *f = features_of(d, "");
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){0, 4, 5}, 3, NULL);
  const struct fray_feature_shape *shape = fray_features_shape(f, 0);
  assert_int_equal(shape->channels, 40);
  struct fray_logmel *logmel = NULL;
  struct fray_logmel_config config = {.rate = 8000, .frame_ms = 25, .hop_ms = 10, .bands = 40};
  good(fray_logmel_new(&config, &logmel, &err), &err);
  static float sound[2000], mel[40 * 30];
  for (size_t i = 0; i < 3; i++) {
    size_t n = 0, frames;
    good(fray_sample_read(d, 0, ((size_t[]){0, 4, 5})[i], sound, &n, &err), &err);
    frames = fray_logmel_frames(logmel, n);
    assert_int_equal(frames, 1 + (n - 200) / 80);
    assert_int_equal(batch.length[i], frames);
    fray_logmel_compute(logmel, sound, n, mel);
    for (size_t band = 0; band < 40; band += 13) {
      double mean = 0, square = 0;
      for (size_t t = 0; t < frames; t++) {
        mean += (double)mel[t * 40 + band] / (double)frames;
        square += (double)mel[t * 40 + band] * (double)mel[t * 40 + band] / (double)frames;
      }
      double deviation = sqrt(square - mean * mean) + 1e-5;
      for (size_t t = 0; t < batch.time; t++) {
        double expected = t < frames ? ((double)mel[t * 40 + band] - mean) / deviation : 0;
        assert_near(batch.x[(i * batch.time + t) * 40 + band], expected, 1e-3);
      }
    }
  }
  fray_features_close(f);
  f = features_of(d, "features: {audio: {transform: mfcc, max_seconds: 0.1, standardise: none}}");
  shape = fray_features_shape(f, 0);
  assert_true(shape->channels == 13 && shape->time == 1 + (800 - 200) / 80);
  batch = batch_of(f, 0, (uint32_t[]){0}, 1, NULL);
  config.coefficients = 13;
  fray_logmel_free(logmel);
  good(fray_logmel_new(&config, &logmel, &err), &err);
  size_t n = 0;
  good(fray_sample_read(d, 0, 0, sound, &n, &err), &err);
  fray_logmel_compute(logmel, sound, 800, mel);
  assert_memory_equal(batch.x, mel, shape->time * 13 * sizeof *mel);
  fray_logmel_free(logmel);
  fray_features_close(f);
  fray_dataset_close(d);
}

static void refuse(const char *keys, const char *message) {
  struct fray_err err = {0};
  struct fray_features *f = NULL;
  struct fray_dataset *d = small();
  refused(open_features(d, keys, &f, &err), &err, message);
  fray_dataset_close(d);
}

static void keys_must_fit(void **state) {
  (void)state;
  refuse("features: {acd: {}}",
         "no modality 'acd'; there are 'acc', 'pic', 'snd' (did you mean 'acc'?)");
  refuse("features: {acc: {bands: 20}}",
         "data.features.acc.bands: is not used by modalities of kind "
         "series");
  refuse("features: {pic: {standardise: window}}", "data.features.pic.standardise");
  refuse("features: {snd: {mean: 0}}", "data.features.snd.mean");
  refuse("features: {snd: {coefficients: 9}}", "transform: mfcc only");
  refuse("features: {snd: {bands: 500}}", "data.features.snd");
  refuse("features: {acc: {standardize: none}}", "standardise");
  refuse("cache_mb: -1", "cache_mb");
}

static void values_that_are_not_finite_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  float acc[40] = {0};
  acc[2 * 10 + 7] = INFINITY;
  fray_h5 file = small_shard(in_folder("inf.h5"), "s", "/modalities/acc/values");
  good(fray_h5_write(file, "/modalities/acc/values", FRAY_H5_F32, 3, (size_t[]){4, 5, 2}, acc,
                     false, &err),
       &err);
  good(fray_h5_close(file, &err), &err);
  good(fray_dataset_open(in_folder("inf.h5"), NULL, 0, world, &d, &err), &err);
  good(fray_features_open(d, NULL, &f, &err), &err);
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){0, 1}, 2, NULL);
  refused(fray_features_batch(f, 0, (uint32_t[]){2}, 1, NULL, &arena, &batch, &err), &err,
          "modality acc, sample s2: step 3, channel 1: value inf is not finite");
  fray_features_close(f);
  fray_dataset_close(d);
}

/* The format says -1 .. 1 of float sound; sound on the scale of integers is another sound. */
static void sound_beyond_full_scale_is_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  const size_t n = 1200;
  float *snd = calloc(n, sizeof *snd);
  snd[0] = 1;
  snd[299] = -1;
  snd[300 + 7] = -1.5f;
  fray_h5 file = small_shard(in_folder("loud.h5"), "s", "/modalities/snd/values");
  good(fray_h5_write(file, "/modalities/snd/values", FRAY_H5_F32, 1, &n, snd, false, &err), &err);
  good(fray_h5_write_rows(file, "/modalities/snd/offset", FRAY_H5_I64, 0, 5,
                          (int64_t[]){0, 300, 300, 900, 1200}, 5, &err),
       &err);
  good(fray_h5_close(file, &err), &err);
  good(fray_dataset_open(in_folder("loud.h5"), (const char *[]){"snd"}, 1, world, &d, &err), &err);
  good(fray_features_open(d, NULL, &f, &err), &err);
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){0}, 1, NULL);
  refused(fray_features_batch(f, 0, (uint32_t[]){2}, 1, NULL, &arena, &batch, &err), &err,
          "modality snd, sample s2: step 7: value -1.5 is beyond full scale");
  fray_features_close(f);
  fray_dataset_close(d);
  free(snd);
}

static void texts_become_ids_of_words(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  fray_h5 file = small_shard(in_folder("text.h5"), "s", NULL);
  const size_t five = 5, bytes = 14;
  good(fray_h5_write(file, "/modalities/said/values", FRAY_H5_U8, 1, &bytes,
                     "Hi hi!\xff"
                     "a b c d",
                     false, &err),
       &err);
  good(fray_h5_write(file, "/modalities/said/offset", FRAY_H5_I64, 1, &five,
                     (int64_t[]){0, 5, 6, 7, 14}, false, &err),
       &err);
  good(fray_h5_put_attr_text(file, "/modalities/said", "kind", "text", &err), &err);
  good(fray_h5_close(file, &err), &err);
  good(fray_dataset_open(in_folder("text.h5"), (const char *[]){"said"}, 1, world, &d, &err), &err);
  char text[8];
  size_t n = 0;
  good(fray_sample_read(d, 0, 3, text, &n, &err), &err);
  assert_true(n == 7 && memcmp(text, "a b c d", 7) == 0);
  struct fray_features *f =
      features_of(d, "features: {said: {buckets: 99, max_ngrams: 2, max_words: 3}}");
  const struct fray_feature_shape *shape = fray_features_shape(f, 0);
  assert_true(shape->kind == FRAY_FEATURE_TOKENS && shape->buckets == 99);
  assert_true(shape->time == 3 && shape->channels == 3 && shape->height * shape->width == 1);
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){0, 3, 1, 2}, 4, NULL);
  assert_int_equal(batch.time, 3);
  assert_memory_equal(batch.length, ((int32_t[]){2, 3, 1, 1}), 4 * sizeof(int32_t));
  const float *x = batch.x;                                      /* (4, 3, 3) */
  assert_memory_equal(x, x + 3, 3 * sizeof *x);                  /* Hi and hi */
  assert_true(x[0] >= 1 && x[1] >= 1 && x[2] >= 1 && x[0] < 99); /* <hi>, <hi, hi> */
  assert_true(x[6] == 0 && x[7] == 0 && x[8] == 0);              /* past the length */
  assert_true(x[9] >= 1 && x[10] == -1);                         /* a: no n-gram but itself */
  assert_true(x[18] == 0 && x[19] == -1 && x[27] >= 1);          /* no word; U+FFFD is one */
  fray_features_close(f);
  const char *const bad[][2] = {
      {"{bands: 3}", "features.said.bands: is not used by modalities of kind text"},
      {"{standardise: window}", "features.said.standardise: is not used"},
      {"{max_ngram: 2, min_ngram: 3}", "min_ngram 3 is above max_ngram 2"},
      {"{max_ngram: 0, max_ngrams: 3}", "max_ngram 0 makes no n-grams"},
      {"{buckets: 1}", "buckets"},
      {"{buckets: 16777217}", "buckets"},
  };
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    char keys[128];
    snprintf(keys, sizeof keys, "features: {said: %s}", bad[k][0]);
    refused(open_features(d, keys, &f, &err), &err, bad[k][1]);
  }
  fray_dataset_close(d);
}

/* Bytes in two columns would be read into a buffer for one. */
static void a_text_has_one_column(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  fray_h5 file = small_shard(in_folder("wide.h5"), "s", NULL);
  const size_t five = 5, wide[] = {4, 2};
  good(fray_h5_write(file, "/modalities/said/values", FRAY_H5_U8, 2, wide, "abcdefgh", false, &err),
       &err);
  good(fray_h5_write(file, "/modalities/said/offset", FRAY_H5_I64, 1, &five,
                     (int64_t[]){0, 1, 2, 3, 4}, false, &err),
       &err);
  good(fray_h5_put_attr_text(file, "/modalities/said", "kind", "text", &err), &err);
  good(fray_h5_close(file, &err), &err);
  refused(fray_dataset_open(in_folder("wide.h5"), NULL, 0, world, &d, &err), &err,
          "2 dimensions (last 2) do not fit ragged text values");
}

static void keys_of_texts_are_for_texts(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_features *f = NULL;
  struct fray_dataset *d = small();
  refused(open_features(d, "features: {acc: {buckets: 9}}", &f, &err), &err,
          "data.features.acc.buckets: is not used by modalities of kind series");
  refused(open_features(d, "features: {acc: {case: keep}}", &f, &err), &err,
          "data.features.acc.case: is not used by modalities of kind series");
  fray_dataset_close(d);
}

/* A vector is standardised over its values: 1 2 3 4 has mean 2.5 and deviation 1.118034. */
static void feature_vectors(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  float x[16];
  for (int i = 0; i < 16; i++)
    x[i] = (float)(i % 4 + 1);
  fray_h5 file = small_shard(in_folder("vector.h5"), "s", NULL);
  good(fray_h5_write(file, "/modalities/vec/values", FRAY_H5_F32, 2, (size_t[]){4, 4}, x, false,
                     &err),
       &err);
  good(fray_h5_put_attr_text(file, "/modalities/vec", "kind", "feature", &err), &err);
  good(fray_h5_close(file, &err), &err);
  good(fray_dataset_open(in_folder("vector.h5"), (const char *[]){"vec"}, 1, world, &d, &err),
       &err);
  struct fray_features *f = features_of(d, "");
  assert_int_equal(fray_features_shape(f, 0)->kind, FRAY_FEATURE_VECTOR);
  struct fray_feature_batch batch = batch_of(f, 0, (uint32_t[]){1, 2}, 2, NULL);
  assert_memory_equal(batch.x, x, 8 * sizeof *x);
  fray_features_close(f);
  f = features_of(d, "features: {vec: {standardise: window}}");
  batch = batch_of(f, 0, (uint32_t[]){1}, 1, NULL);
  const double expected[] = {-1.34162879, -0.44720960, 0.44720960, 1.34162879};
  for (int i = 0; i < 4; i++)
    assert_near(batch.x[i], expected[i], 1e-6);
  fray_features_close(f);
  fray_dataset_close(d);
}

/* Where the cache keeps them, or of a copy where it keeps nothing: the values of the batch. */
static void check_in_place(struct fray_features *f, size_t m, const uint32_t *sample, size_t n,
                           const struct fray_feature_batch *batch, size_t kept) {
  struct fray_err err = {0};
  struct fray_apart a;
  const size_t size = fray_feature_size(fray_features_shape(f, m));
  good(fray_features_in_place(f, m, sample, n - 4, 4, NULL, &arena, &a, &err), &err);
  assert_true(a.n == n - 4 && a.width == size && a.ahead >= kept && a.ahead <= 4);
  for (size_t i = 0; i < a.n + a.ahead; i++)
    assert_memory_equal(a.row[i], batch->x + i * size, size * sizeof *batch->x);
}

static void a_small_cache_changes_no_byte(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_node *node = NULL;
  struct fray_synth_config synth;
  struct fray_dataset *d = NULL;
  struct fray_features *big = NULL, *tiny = NULL;
  good(fray_yaml_parse(
           "{clients: 10, samples: 30, ragged: true, missing: 0.2, shards: 3, gzip: true, "
           "modalities: ['series:50x3', 'image:8x6x3', 'audio:900', 'feature:7', 'text:9']}",
           "t", &arena, &node, &err),
       &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, in_folder("cache"), &err), &err);
  good(fray_dataset_open(in_folder("cache"), NULL, 0, world, &d, &err), &err);
  big = features_of(d, "cache_mb: 64");
  tiny = features_of(d, "cache_mb: 0");
  struct fray_rng rng = fray_rng_for(1, "test/cache", 0, 0, 0);
  for (int round = 0; round < 60; round++) {
    size_t m = fray_rng_below(&rng, d->n_modalities), n = 0;
    uint32_t sample[16];
    while (n < FRAY_COUNT(sample)) {
      sample[n] = (uint32_t)fray_rng_below(&rng, d->n_samples);
      n += d->present[sample[n]] >> m & 1;
    }
    const struct fray_feature_batch a = batch_of(big, m, sample, n, NULL);
    const struct fray_feature_batch b = batch_of(tiny, m, sample, n, NULL);
    const struct fray_feature_shape *shape = fray_features_shape(big, m);
    size_t values = n * a.time * shape->height * shape->width * shape->channels;
    assert_int_equal(a.time, b.time);
    assert_memory_equal(a.x, b.x, values * sizeof *a.x);
    if (a.length) {
      assert_memory_equal(a.length, b.length, n * sizeof *a.length);
    } else {
      check_in_place(big, m, sample, n, &a, 4);
      check_in_place(tiny, m, sample, n, &a, 0);
    }
    fray_arena_reset(&arena);
  }
  fray_features_close(big);
  fray_features_close(tiny);
  fray_dataset_close(d);
}

enum { SOUND, PICTURE }; /* in order of names */
static struct fray_dataset *pictures_and_sound(const char *folder) {
  struct fray_synth_config synth;
  struct fray_node *node;
  struct fray_dataset *d = NULL;
  struct fray_err err = {0};
  good(fray_yaml_parse("{clients: 4, samples: 30, ragged: true, audio_rate: 4000, "
                       "modalities: ['image:8x6x3', 'audio:900']}",
                       "t", &arena, &node, &err),
       &err);
  good(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  good(fray_synth(&synth, in_folder(folder), &err), &err);
  good(fray_dataset_open(in_folder(folder), NULL, 0, world, &d, &err), &err);
  return d;
}

/* Features of damaged values are those of the values damaged by hand; whatever the cache holds, in
 * batches that mix damaged and undamaged samples and several plans. */
static void damage_comes_before_features(void **state) {
  (void)state;
  static const char *const first[] = {"{kind: gaussian_noise, sigma: 0.2, rate: 0.6}",
                                      "{kind: noise, snr_db: 5, rate: 0.6}"};
  static const char *const second[] = {"{kind: noise, snr_db: 0}"};
  struct fray_arena keep = {0};
  struct fray_err err = {0};
  struct fray_dataset *d = pictures_and_sound("damaged");
  const struct fray_signal_plan *const plans[] = {plan_of(d, first, 2, &keep),
                                                  plan_of(d, second, 1, &keep), NULL};
  struct fray_features *big = features_of(d, "cache_mb: 64");
  struct fray_features *tiny = features_of(d, "cache_mb: 0");
  float raw[900], out[8 * 6 * 3 + 4000];
  uint8_t bytes[8 * 6 * 3];
  for (uint32_t s = 0; s < d->n_samples; s++)
    for (size_t p = 0; p < FRAY_COUNT(plans); p++)
      for (size_t m = 0; m < 2; m++) {
        struct fray_signal x = {.kind = d->modality[m].kind, .x = raw, .channels = 1};
        size_t length = 0, steps = 0;
        const uint32_t pair[2] = {s, (s + 1) % (uint32_t)d->n_samples};
        const struct fray_feature_batch a = batch_of(big, m, pair, 2, plans[p]);
        const struct fray_feature_batch b = batch_of(tiny, m, pair, 2, plans[p]);
        const struct fray_feature_shape *shape = fray_features_shape(big, m);
        const size_t row = shape->height * shape->width * shape->channels;
        assert_memory_equal(a.x, b.x, 2 * a.time * row * sizeof *a.x);
        if (m == PICTURE) {
          good(fray_sample_read(d, m, s, bytes, &length, &err), &err);
          x.height = 8, x.width = 6, x.channels = 3;
          for (size_t i = 0; i < sizeof bytes; i++)
            raw[i] = (float)bytes[i] / 255.0f;
        } else {
          good(fray_sample_read(d, m, s, raw, &length, &err), &err);
        }
        x.length = x.capacity = length;
        if (fray_signal_key(plans[p], s, m))
          good(fray_signal_apply(plans[p], s, m, &x, &arena, &err), &err);
        if (m == SOUND) {
          good(fray_features_compute(big, m, raw, length, out, &steps, &err), &err);
          assert_int_equal(steps, a.length[0]);
          assert_memory_equal(a.x, out, steps * row * sizeof *out);
        } else {
          for (size_t i = 0; i < row; i++) /* (x - 0.5) / 0.5 */
            assert_true(a.x[i] == (raw[i] - 0.5f) / 0.5f);
        }
        fray_arena_reset(&arena);
      }
  fray_features_close(big);
  fray_features_close(tiny);
  fray_dataset_close(d);
  fray_arena_free(&keep);
}

/* By its own level white noise moves a clip by 10^(-SNR/20) of what it was, whatever that is. */
static void distances_are_told(void **state) {
  (void)state;
  static const char *const yaml[] = {"{kind: noise, snr_db: 12}"};
  struct fray_arena keep = {0};
  struct fray_err err = {0};
  struct fray_dataset *d = pictures_and_sound("moved");
  const struct fray_signal_plan *plan = plan_of(d, yaml, 1, &keep);
  struct fray_features *f = features_of(d, "");
  for (size_t s = 0; s < 10; s++) {
    struct fray_distance at;
    good(fray_features_distance(f, SOUND, s, plan, &at, &err), &err);
    assert_true(fabs(at.raw - pow(10, -12.0 / 20)) < 1e-5 && fabs(at.snr_db - 12) < 1e-4);
    assert_true(at.features > 0 && at.features < 5 && at.changed > 0.99);
    good(fray_features_distance(f, PICTURE, s, plan, &at, &err), &err);
    assert_true(at.raw == 0 && at.features == 0 && at.changed == 0); /* a picture is no sound */
    assert_true(isnan(at.snr_db));
  }
  fray_features_close(f);
  fray_dataset_close(d);
  fray_arena_free(&keep);
}

/* A kind that keeps the first half. */
static enum fray_status halve(const void *params, double strength, struct fray_signal *signal,
                              struct fray_place *place, struct fray_err *err) {
  (void)params, (void)strength, (void)place, (void)err;
  signal->length = (signal->length + 1) / 2;
  return FRAY_OK;
}

/* Of what a kind takes away nothing is left: not what stood in its place before. */
static void what_is_cut_off_is_gone(void **state) {
  (void)state;
  static const char *const yaml[] = {"{kind: noise, snr_db: 12}"};
  static const struct fray_signal_ops signal = {.kinds = 1u << FRAY_AUDIO, .apply = halve};
  static const struct fray_corruption_ops ops = {.signal = &signal};
  static const struct fray_choice kind = {.name = "halve", .impl = &ops};
  struct fray_arena keep = {0};
  struct fray_err err = {0};
  struct fray_dataset *d = pictures_and_sound("halved");
  const struct fray_signal_plan *plan = plan_of(d, yaml, 1, &keep);
  struct fray_features *f = NULL;
  float x[900];
  plan->act[0].kind = &kind;
  good(open_features(d, "", &f, &err), &err);
  for (size_t s = 0; s < 10; s++) {
    struct fray_distance at;
    double all = 0, lost = 0;
    size_t gone = 0;
    size_t length = 0;
    good(fray_sample_read(d, SOUND, s, x, &length, &err), &err);
    for (size_t i = 0; i < length; i++) {
      all += (double)x[i] * (double)x[i];
      lost += i < (length + 1) / 2 ? 0 : (double)x[i] * (double)x[i];
      gone += i >= (length + 1) / 2;
    }
    good(fray_features_distance(f, SOUND, s, plan, &at, &err), &err);
    assert_true(at.raw > 0.1 && fabs(at.raw - sqrt(lost / all)) < 1e-12);
    assert_true(at.changed == (double)gone / (double)length);
    assert_true(fabs(at.snr_db - 10 * log10(all / lost)) < 1e-9);
  }
  fray_features_close(f);
  fray_dataset_close(d);
  fray_arena_free(&keep);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(series_windows_are_standardised),
      cmocka_unit_test(series_may_stay_raw),
      cmocka_unit_test(images_are_scaled),
      cmocka_unit_test(sound_becomes_log_mel),
      cmocka_unit_test(keys_must_fit),
      cmocka_unit_test(values_that_are_not_finite_are_refused),
      cmocka_unit_test(sound_beyond_full_scale_is_refused),
      cmocka_unit_test(texts_become_ids_of_words),
      cmocka_unit_test(keys_of_texts_are_for_texts),
      cmocka_unit_test(a_text_has_one_column),
      cmocka_unit_test(feature_vectors),
      cmocka_unit_test(a_small_cache_changes_no_byte),
      cmocka_unit_test(damage_comes_before_features),
      cmocka_unit_test(distances_are_told),
      cmocka_unit_test(what_is_cut_off_is_gone),
  };
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  fray_log_speaker(false);
  int failed = cmocka_run_group_tests(tests, make_folder, remove_folder);
  fray_arena_free(&arena);
  fray_comm_finish(world);
  return failed;
}

/* Means and deviations: exact for floats of any magnitude, in any order and on any number of ranks,
 * against sums in whole numbers and two passes; and what becomes of features. */
#include "corrupt/scope/scope.h"
#include "data_bench.h"
#include "fray/base/rng.h"
#include "fray/feature/features.h"
#include "standard.h"

#include <float.h>
#include <math.h>

static struct fray_arena arena;

/* Of `rows` rows in pieces of some length. */
static void moments_of(const float *x, size_t rows, size_t channels, size_t piece, double *mean,
                       double *deviation) {
  struct fray_err err = {0};
  struct moments m;
  good(moments_start(&m, channels, &arena, &err), &err);
  for (size_t i = 0; i < rows; i += piece)
    moments_add(&m, x + i * channels, FRAY_MIN(piece, rows - i));
  assert_true(m.n == rows);
  moments_finish(&m, mean, deviation);
}

static void closed_forms(void **state) {
  (void)state;
  const struct {
    float x[5];
    double mean, deviation;
  } cases[] = {
      {{1, 2, 3, 4, 5}, 3, 1.4142135623730951},
      {{-1, -2, -3, -4, -5}, -3, 1.4142135623730951},
      {{0, 0, 0, 0, 0}, 0, 0},
      {{0.1f, 0.1f, 0.1f, 0.1f, 0.1f}, (double)0.1f, 0},
      /* The smallest float there is, beside zeros: 2^-149 / 5, and twice that. */
      {{0x1p-149f, 0, 0, 0, 0}, 0x1p-149 / 5, 0x1p-149 * 0.4},
      {{FLT_MAX, -FLT_MAX, 0, 0, 0}, 0, FLT_MAX * 0.63245553203367588},
      {{FLT_MAX, FLT_MAX, FLT_MAX, FLT_MAX, FLT_MAX}, (double)FLT_MAX, 0},
      /* What cancels in any sum of floats: the mean is the small one's. */
      {{0x1p100f, 1, -0x1p100f, 0, 4}, 1, 0x1p100 * 0.63245553203367588},
      /* A sensor at 2^23 that moves by one step. */
      {{0x1p23f, 0x1p23f + 1, 0x1p23f, 0x1p23f + 1, 0x1p23f}, 0x1p23 + 0.4, 0.48989794855663565},
  };
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    double mean, deviation;
    moments_of(cases[k].x, 5, 1, 2, &mean, &deviation);
    assert_true(fabs(mean - cases[k].mean) <= fabs(cases[k].mean) * 4 * DBL_EPSILON);
    assert_true(fabs(deviation - cases[k].deviation) <= cases[k].deviation * 4 * DBL_EPSILON);
  }
  double mean = 1, deviation = 1;
  moments_of(NULL, 0, 1, 1, &mean, &deviation);
  assert_true(mean == 0 && deviation == 0);
}

/* Magnitudes from 2^-140 to 2^120 in one sum; the second implementation passes twice over long
 * doubles where they have digits enough, and the order never matters. */
static void order_never_matters(void **state) {
  (void)state;
  enum { ROWS = 999, CHANNELS = 3 };
  static float x[ROWS * CHANNELS], other[ROWS * CHANNELS];
  struct fray_rng rng = fray_rng_for(1, "test/moments", 0, 0, 0);
  for (size_t i = 0; i < ROWS; i++) {
    x[i * 3] = (float)(1e5 + fray_rng_normal(&rng));
    x[i * 3 + 1] = (float)ldexp(fray_rng_normal(&rng), (int)fray_rng_below(&rng, 260) - 140);
    x[i * 3 + 2] = (float)(-3 + 0.01 * fray_rng_normal(&rng));
  }
  for (size_t i = 0; i < ROWS; i++)
    memcpy(other + i * 3, x + (i * 500 + 7) % ROWS * 3, 3 * sizeof *x);
  double mean[3], deviation[3], again[6];
  moments_of(x, ROWS, CHANNELS, 10, mean, deviation);
  moments_of(other, ROWS, CHANNELS, ROWS, again, again + 3);
  assert_memory_equal(mean, again, sizeof mean);
  assert_memory_equal(deviation, again + 3, sizeof deviation);
  for (size_t c = 0; c < 3; c++) {
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < ROWS; i++)
      sum += (long double)x[i * 3 + c];
    for (size_t i = 0; i < ROWS; i++) {
      const long double d = (long double)x[i * 3 + c] - sum / ROWS;
      squares += d * d;
    }
    assert_true(fabs(mean[c] - (double)(sum / ROWS)) <= 1e-14 * fabs(mean[c]));
    assert_true(fabs(deviation[c] - sqrt((double)(squares / ROWS))) <= 1e-13 * deviation[c]);
  }
  /* A power of two in, a power of two out, to the bit. */
  for (size_t i = 0; i < ROWS; i++)
    other[i * 3] = x[i * 3] * 0x1p-30f, other[i * 3 + 1] = 0, other[i * 3 + 2] = x[i * 3 + 2];
  moments_of(other, ROWS, CHANNELS, 100, again, again + 3);
  assert_true(again[0] == mean[0] * 0x1p-30 && again[3] == deviation[0] * 0x1p-30);
  assert_true(again[4] == 0 && again[5] == deviation[2]);
}

/* ---- features ---- */

static struct fray_features *open_features(struct fray_dataset *d, const char *yaml) {
  struct fray_err err = {0};
  struct fray_features *f = NULL;
  struct fray_node *node = NULL;
  struct fray_data_config config;
  good(fray_yaml_parse(yaml, "test", &arena, &node, &err), &err);
  good(fray_schema_read(&fray_data_table, node, "data", &config, &arena, &err), &err);
  good(fray_features_open(d, &config, &f, &err), &err);
  return f;
}

static const char all_none[] = "{shards: x, features: {series: {standardise: none}, audio: "
                               "{standardise: none}, feature: {standardise: none}, image: "
                               "{standardise: none}}}";
static const char all_train[] = "{shards: x, cache_mb: 0, features: {series: {standardise: train}, "
                                "audio: {standardise: train}, feature: {standardise: train}, "
                                "image: {standardise: train}}}";

static struct fray_dataset *everything(const char *name) {
  return synth_set("{clients: 5, samples: 12, ragged: true, missing: 0.3, audio_rate: 4000, "
                   "modalities: ['series:20x3', 'image:6x5x3', 'audio:900', 'feature:7']}",
                   name);
}

/* Every second sample, with what damage does to its raw values. */
static struct fray_samples half(const struct fray_dataset *d, struct fray_err *err) {
  struct fray_samples out = {0};
  uint32_t *sample = fray_arena_alloc(&arena, d->n_samples, sizeof *sample);
  uint32_t *all = fray_arena_alloc(&arena, d->n_samples, sizeof *all);
  uint8_t *present = fray_arena_alloc(&arena, d->n_samples, 1);
  const struct fray_corruption_config *entries[2];
  static const char *const yaml[] = {"{kind: gaussian_noise, sigma: 0.2, rate: 0.6}",
                                     "{kind: noise, snr_db: 5, rate: 0.6}"};
  struct fray_realised realised[2];
  struct fray_damage damage;
  for (size_t i = 0; i < d->n_samples; i++)
    all[i] = (uint32_t)i;
  const struct fray_population people = {.dataset = d,
                                         .n = d->n_samples,
                                         .sample = all,
                                         .client = d->client,
                                         .n_clients = d->n_clients,
                                         .client_source = d->client_source,
                                         .client_name = d->client_name,
                                         .train = true};
  for (size_t e = 0; e < 2; e++) {
    struct fray_corruption_config *entry = fray_arena_zero(&arena, 1, sizeof *entry);
    struct fray_node *node = NULL;
    good(fray_yaml_parse(yaml[e], "test", &arena, &node, err), err);
    good(fray_schema_read(&fray_corruption_table, node, "", entry, &arena, err), err);
    entries[e] = entry;
  }
  good(fray_damage_start(&people, &arena, &damage, err), err);
  good(fray_corrupt(entries, 2, &people, 4, &arena, &damage, realised, err), err);
  for (size_t i = 0; i < d->n_samples; i += 2) {
    sample[out.n] = (uint32_t)i;
    present[out.n++] = d->present[i];
  }
  out.sample = sample;
  out.present = present;
  out.signal = damage.signal;
  return out;
}

/* Channels of features that are not standardised, of these samples, to a long double each. */
static void two_passes(struct fray_features *plain, const struct fray_samples *of, size_t m,
                       const struct fray_standard *found) {
  const struct fray_feature_shape *shape = fray_features_shape(plain, m);
  const size_t channels = shape->channels, pixels = shape->height * shape->width;
  struct fray_err err = {0};
  for (size_t c = 0; c < channels; c++) {
    long double sum = 0, squares = 0;
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
      for (size_t i = 0; i < of->n; i++) {
        struct fray_feature_batch b;
        if (!(of->present[i] >> m & 1))
          continue;
        good(fray_features_batch(plain, m, &of->sample[i], 1, of->signal, &arena, &b, &err), &err);
        const size_t rows = (b.length ? (size_t)b.length[0] : 1) * pixels;
        for (size_t r = 0; r < rows; r++) {
          const long double x = (long double)b.x[r * channels + c];
          if (pass == 0)
            sum += x, n++;
          else
            squares += (x - sum / (long double)n) * (x - sum / (long double)n);
        }
      }
    assert_true(n > 0 && fabs(found->mean[c] - (double)(sum / (long double)n)) < 1e-12);
    const double deviation = sqrt((double)(squares / (long double)n));
    assert_true(fabs(found->deviation[c] - deviation) <= 1e-12 * deviation);
  }
}

static void every_kind_is_learnt(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = everything("kinds");
  struct fray_features *plain = open_features(d, all_none), *f = open_features(d, all_train);
  const struct fray_samples train = half(d, &err);
  struct fray_feature_batch a, b;
  struct fray_standards s;
  assert_true(fray_features_learn_any(f) && !fray_features_learn_any(plain));
  assert_true(fray_features_standard_bytes(plain) == 0 && fray_features_standard_bytes(f) > 0);
  assert_true(fray_features_batch(f, 0, train.sample, 1, NULL, &arena, &a, &err) == FRAY_INTERNAL);
  good(fray_features_learn(f, &train, world, &err), &err);
  good(fray_features_standards(f, &arena, &s, &err), &err);
  assert_true(s.n == d->n_modalities && train.signal);
  for (size_t m = 0; m < s.n; m++) {
    const struct fray_feature_shape *shape = fray_features_shape(f, m);
    assert_true(s.of[m].channels == shape->channels && fray_features_learns(f, m));
    two_passes(plain, &train, m, &s.of[m]);
    /* And every sample, damaged or not, in training or not, is put in these units. */
    for (uint32_t i = 0; i < d->n_samples; i++) {
      const struct fray_signal_plan *plan = i % 3 ? train.signal : NULL;
      if (!(d->present[i] >> m & 1))
        continue;
      good(fray_features_batch(plain, m, &i, 1, plan, &arena, &a, &err), &err);
      good(fray_features_batch(f, m, &i, 1, plan, &arena, &b, &err), &err);
      assert_true(a.time == b.time);
      for (size_t v = 0; v < a.time * shape->height * shape->width * shape->channels; v++) {
        const size_t c = v % shape->channels;
        const double want = ((double)a.x[v] - s.of[m].mean[c]) / s.of[m].deviation[c];
        assert_true(fabs((double)b.x[v] - want) <= 1e-6 * fmax(1, fabs(want)));
      }
    }
  }
  fray_features_close(plain);
  fray_features_close(f);
  fray_dataset_close(d);
}

/* What ranks find together is what one finds alone, to the bit; what was learnt before is found
 * again; lists that differ give other standards. */
static void ranks_find_the_same(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = everything("ranks");
  struct fray_features *f = open_features(d, all_train);
  const struct fray_samples all = half(d, &err);
  struct fray_samples some = all, clean = all;
  struct fray_standards together, alone;
  some.n = 3; /* fewer than there may be ranks */
  clean.signal = NULL;
  const struct fray_samples *const lists[] = {&all, &some, &clean, &all, &some};
  uint64_t first[FRAY_COUNT(lists)];
  for (size_t k = 0; k < FRAY_COUNT(lists); k++) {
    good(fray_features_learn(f, lists[k], world, &err), &err);
    good(fray_features_standards(f, &arena, &together, &err), &err);
    good(fray_features_learn_alone(f, lists[k], &err), &err);
    good(fray_features_standards(f, &arena, &alone, &err), &err);
    for (size_t m = 0; m < together.n; m++) {
      const size_t bytes = together.of[m].channels * sizeof(double);
      assert_memory_equal(together.of[m].mean, alone.of[m].mean, bytes);
      assert_memory_equal(together.of[m].deviation, alone.of[m].deviation, bytes);
    }
    memcpy(&first[k], together.of[0].mean, sizeof first[k]);
    assert_true(fray_comm_same(world, first[k]));
  }
  assert_true(first[0] == first[3] && first[1] == first[4]);
  assert_true(first[0] != first[1] && first[0] != first[2]);
  fray_features_close(f);
  fray_dataset_close(d);
}

/* Constant in training: zeros, whatever comes later; and what is far away stays finite. */
static void constants_and_far_values(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct standard s;
  float x[] = {5, 1, -7, FLT_MAX, 5, -FLT_MAX};
  good(standard_start(&s, 2, &err), &err);
  standard_set(&s, (double[]){5, 1}, (double[]){0, 0x1p-140});
  standard_apply(&s, 3, x, x);
  const float want[] = {0, 0, 0, 1e6f, 0, -1e6f};
  for (size_t i = 0; i < FRAY_COUNT(x); i++)
    assert_true(x[i] == want[i]);
  standard_free(&s);
}

/* How far damage moves features is told in the units that models see. */
static void distances_are_standardised(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = everything("moves");
  struct fray_features *f = open_features(d, all_train);
  const struct fray_samples train = half(d, &err);
  good(fray_features_learn(f, &train, world, &err), &err);
  size_t looked_at = 0;
  for (size_t m = 0; m < d->n_modalities; m++)
    for (uint32_t i = 0; i < d->n_samples; i++) {
      struct fray_feature_batch a, b;
      struct fray_distance at;
      double moved = 0, size = 0;
      if (!(d->present[i] >> m & 1) || !fray_signal_key(train.signal, i, m))
        continue;
      good(fray_features_distance(f, m, i, train.signal, &at, &err), &err);
      good(fray_features_batch(f, m, &i, 1, NULL, &arena, &a, &err), &err);
      good(fray_features_batch(f, m, &i, 1, train.signal, &arena, &b, &err), &err);
      const struct fray_feature_shape *shape = fray_features_shape(f, m);
      for (size_t v = 0; v < a.time * shape->height * shape->width * shape->channels; v++) {
        const double x = (double)a.x[v], y = (double)b.x[v];
        moved += (x - y) * (x - y);
        size += x * x;
      }
      assert_true(at.raw > 0 && fabs(at.features - sqrt(moved / size)) < 1e-12);
      looked_at++;
    }
  assert_true(looked_at > 10);
  fray_features_close(f);
  fray_dataset_close(d);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(closed_forms),
      cmocka_unit_test(order_never_matters),
      IN_OWN_FOLDER(every_kind_is_learnt),
      IN_OWN_FOLDER(ranks_find_the_same),
      cmocka_unit_test(constants_and_far_values),
      IN_OWN_FOLDER(distances_are_standardised),
  };
  const int failed = run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), NULL, NULL);
  fray_arena_free(&arena);
  return failed;
}

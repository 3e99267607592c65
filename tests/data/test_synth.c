/* Synthetic shards: what was asked for is there, a simple rule learns from every kind, and the same
 * configuration gives the same bytes. */
#include "data_bench.h"
#include "drafts.h"
#include "fray/data/synth.h"
#include "fray/feature/features.h"

static const char *const all_kinds =
    "{clients: 16, test_clients: 8, samples: 20, classes: 3, sites: 4, shards: 3, separation: 2, "
    "modalities: ['series:32x2', 'audio:800', 'image:8x8', 'feature:6', 'feature:4x5', 'text:10']}";

static void what_was_asked_for_is_there(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(try_synth(all_kinds, "all", &err), &err);
  good(fray_dataset_open(in_folder("all"), NULL, 0, world, &d, &err), &err);
  size_t split[3] = {0};
  for (size_t i = 0; i < d->n_samples; i++)
    split[d->split[i]]++;
  assert_int_equal(d->n_shards, 3);
  assert_int_equal(d->n_clients, 24);
  assert_true(split[0] == 16 * 16 && split[1] == 16 * 4 && split[2] == 8 * 20);
  assert_int_equal(d->n_modalities, 6);
  assert_string_equal(d->modality[2].name, "feature2");
  assert_true(d->modality[2].time == 4 && d->modality[2].channels == 5);
  assert_true(d->modality[5].kind == FRAY_TEXT && d->modality[5].ragged);
  assert_in_range(d->modality[5].time, 10 * 4, 10 * 17); /* words of 2 to 4 syllables, and blanks */
  assert_string_equal(d->group[0].name, "site");
  assert_string_equal(d->group[0].value[d->group[0].code[5 * 20]], "site1");
  assert_int_equal(drafts_in(in_folder(".")), 0);
  fray_dataset_close(d);
}

/* A sample as one vector: its values, or how often each id of a text occurs. */
static size_t vector_size(const struct fray_feature_shape *shape) {
  return shape->kind == FRAY_FEATURE_TOKENS ? shape->buckets : fray_feature_size(shape);
}

static const float *as_vector(const struct fray_feature_shape *shape,
                              const struct fray_feature_batch *b) {
  if (shape->kind != FRAY_FEATURE_TOKENS)
    return b->x;
  float *count = fray_arena_zero(&bench_arena, shape->buckets, sizeof *count);
  assert_non_null(count);
  for (size_t k = 0; k < (size_t)b->length[0] * shape->channels; k++)
    if (b->x[k] >= 0)
      count[(size_t)b->x[k]]++;
  return count;
}

/* Clients for dev come between those that train and those for the test, and change no value. */
static void clients_of_the_dev_split(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(try_synth("{clients: 5, dev_clients: 2, test_clients: 3, samples: 4, dev_fraction: 0}",
                 "dev", &err),
       &err);
  good(fray_dataset_open(in_folder("dev"), NULL, 0, world, &d, &err), &err);
  assert_int_equal(d->n_samples, 10 * 4);
  for (size_t i = 0; i < d->n_samples; i++)
    assert_int_equal(d->split[i], i / 4 < 5 ? FRAY_TRAIN : i / 4 < 7 ? FRAY_DEV : FRAY_TEST);
  fray_dataset_close(d);
}

/* Nearest class mean of the training features, on the test split. */
static double nearest_mean_accuracy(struct fray_dataset *d, struct fray_features *f, size_t m) {
  struct fray_err err = {0};
  const struct fray_feature_shape *shape = fray_features_shape(f, m);
  size_t size = vector_size(shape), right = 0, n = 0;
  double *mean = calloc(3 * size, sizeof *mean), count[3] = {0};
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < d->n_samples; i++) {
      struct fray_feature_batch b;
      const struct fray_arena_place mark = fray_arena_mark(&bench_arena);
      if (d->split[i] != (pass ? FRAY_TEST : FRAY_TRAIN))
        continue;
      good(fray_features_batch(f, m, &i, 1, NULL, &bench_arena, &b, &err), &err);
      const float *x = as_vector(shape, &b);
      double distance[3] = {0};
      for (size_t k = 0; k < size; k++)
        for (int y = 0; y < 3; y++) {
          double *at = &mean[(size_t)y * size + k];
          if (pass)
            distance[y] += ((double)x[k] - *at / count[y]) * ((double)x[k] - *at / count[y]);
          else if (d->label[i] == y)
            *at += (double)x[k];
        }
      count[d->label[i]] += pass ? 0 : 1;
      int best = distance[1] < distance[0];
      best = distance[2] < distance[best] ? 2 : best;
      right += pass && best == d->label[i];
      n += (size_t)pass;
      fray_arena_rewind(&bench_arena, mark);
    }
  free(mean);
  return (double)right / (double)n;
}

static void every_kind_can_be_learnt(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  good(try_synth(all_kinds, "learn", &err), &err);
  good(fray_dataset_open(in_folder("learn"), NULL, 0, world, &d, &err), &err);
  good(fray_features_open(d, NULL, &f, &err), &err);
  for (size_t m = 0; m < d->n_modalities; m++) {
    double accuracy = nearest_mean_accuracy(d, f, m);
    if (accuracy < 0.8) /* chance is 1/3 */
      fail_msg("%s: %g", d->modality[m].name, accuracy);
  }
  fray_features_close(f);
  fray_dataset_close(d);
}

static const char *const sets_of_all_kinds =
    "{task: multi_label, label_rate: 0.4, clients: 40, test_clients: 20, samples: 20, classes: 3, "
    "separation: 2, modalities: ['series:32x2', 'audio:800', 'image:8x8', 'feature:6', "
    "'feature:4x5', 'text:20']}";

/* 1200 samples: 480 +- 4 x 17 of each class, .6^3 of the sets are empty: 259 +- 4 x 14. */
static void sets_are_drawn_at_the_rate(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(try_synth(sets_of_all_kinds, "rate", &err), &err);
  good(fray_dataset_open(in_folder("rate"), NULL, 0, world, &d, &err), &err);
  size_t of[3] = {0}, empty = 0;
  assert_true(d->multi_label && d->n_samples == 1200);
  for (size_t i = 0; i < d->n_samples; i++) {
    size_t n = 0;
    for (size_t c = 0; c < 3; c++) {
      n += fray_has_class(d, i, c);
      of[c] += fray_has_class(d, i, c);
    }
    empty += n == 0;
    assert_true(fray_is_labelled(d, i));
  }
  for (size_t c = 0; c < 3; c++)
    assert_in_range(of[c], 412, 548);
  assert_in_range(empty, 203, 315);
  fray_dataset_close(d);
}

/* Valid until the next call. */
static void features_of(struct fray_features *f, size_t m, uint32_t i, const float **x) {
  struct fray_err err = {0};
  struct fray_feature_batch b;
  fray_arena_reset(&bench_arena);
  good(fray_features_batch(f, m, &i, 1, NULL, &bench_arena, &b, &err), &err);
  *x = as_vector(fray_features_shape(f, m), &b);
}

/* Mean over classes of the balanced accuracy of a test by the nearer of two means, with and without
 * the class, over training features. */
static double recognised(struct fray_dataset *d, struct fray_features *f, size_t m) {
  size_t size = vector_size(fray_features_shape(f, m));
  double *mean = calloc(2 * size, sizeof *mean), sum = 0;
  const float *x;
  for (size_t c = 0; c < 3; c++) {
    double count[2] = {0}, right[2] = {0}, seen[2] = {0};
    memset(mean, 0, 2 * size * sizeof *mean);
    for (uint32_t i = 0; i < d->n_samples; i++) {
      if (d->split[i] != FRAY_TRAIN)
        continue;
      features_of(f, m, i, &x);
      size_t has = fray_has_class(d, i, c);
      count[has]++;
      for (size_t k = 0; k < size; k++)
        mean[has * size + k] += (double)x[k];
    }
    for (uint32_t i = 0; i < d->n_samples; i++) {
      double distance[2] = {0};
      if (d->split[i] != FRAY_TEST)
        continue;
      features_of(f, m, i, &x);
      for (size_t k = 0; k < 2 * size; k++) {
        double off = (double)x[k % size] - mean[k] / count[k / size];
        distance[k / size] += off * off;
      }
      size_t has = fray_has_class(d, i, c);
      seen[has]++;
      right[has] += (distance[1] < distance[0]) == has;
    }
    sum += (right[0] / seen[0] + right[1] / seen[1]) / 2;
  }
  free(mean);
  return sum / 3;
}

static void every_kind_tells_the_classes_of_a_set(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  good(try_synth(sets_of_all_kinds, "sets", &err), &err);
  good(fray_dataset_open(in_folder("sets"), NULL, 0, world, &d, &err), &err);
  good(fray_features_open(d, NULL, &f, &err), &err);
  for (size_t m = 0; m < d->n_modalities; m++) {
    double share = recognised(d, f, m);
    print_message("%s: %g\n", d->modality[m].name, share);
    if (share < 0.7) /* chance is 1/2 */
      fail_msg("%s: %g", d->modality[m].name, share);
  }
  fray_features_close(f);
  fray_dataset_close(d);
}

static void without_separation_nothing_is_learnt(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  good(try_synth("{clients: 20, test_clients: 20, samples: 20, classes: 3, separation: 0, "
                 "modalities: ['series:16x2', 'feature:6', 'text:8']}",
                 "none", &err),
       &err);
  good(fray_dataset_open(in_folder("none"), NULL, 0, world, &d, &err), &err);
  good(fray_features_open(d, NULL, &f, &err), &err);
  for (size_t m = 0; m < 3; m++) /* 400 test samples: 1/3 +- 4 x .024 */
    assert_true(fabs(nearest_mean_accuracy(d, f, m) - 1.0 / 3) < 0.1);
  fray_features_close(f);
  fray_dataset_close(d);
}

static void same_configuration_same_bytes(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_text a = {0}, b = {0}, c = {0};
  const char *yaml = "{clients: 3, samples: 4, missing: 0.3, ragged: true, gzip: true, modalities: "
                     "['series:8x2', 'text:6']}";
  good(try_synth(yaml, "a", &err), &err);
  good(try_synth(yaml, "b", &err), &err);
  good(try_synth("{clients: 3, samples: 4, missing: 0.3, ragged: true, gzip: true, modalities: "
                 "['series:8x2', 'text:6'], seed: 2}",
                 "c", &err),
       &err);
  good(fray_file_read(in_folder("a/shard-0000.h5"), 1 << 24, &a, &err), &err);
  good(fray_file_read(in_folder("b/shard-0000.h5"), 1 << 24, &b, &err), &err);
  good(fray_file_read(in_folder("c/shard-0000.h5"), 1 << 24, &c, &err), &err);
  assert_true(a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
  assert_false(a.size == c.size && memcmp(a.data, c.data, a.size) == 0);
  fray_text_free(&a);
  fray_text_free(&b);
  fray_text_free(&c);
}

/* 2000 samples, 30 %: each modality is lost 600 +- 4 x 20 times, less the samples that keep one. */
static void modalities_go_missing_at_the_rate(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(try_synth("{clients: 100, test_clients: 0, samples: 20, missing: 0.3, "
                 "modalities: ['feature:2', 'feature:2']}",
                 "missing", &err),
       &err);
  good(fray_dataset_open(in_folder("missing"), NULL, 0, world, &d, &err), &err);
  size_t lost[2] = {0};
  for (size_t i = 0; i < d->n_samples; i++) {
    assert_true(d->present[i] != 0);
    for (size_t m = 0; m < 2; m++)
      lost[m] += !(d->present[i] >> m & 1);
  }
  for (size_t m = 0; m < 2; m++) /* .3 - .09 / 2 of 2000 = 510 */
    assert_in_range(lost[m], 430, 590);
  fray_dataset_close(d);
}

static void flaws_are_refused(void **state) {
  (void)state;
  const struct {
    const char *yaml, *message;
  } bad[] = {
      {"{modalities: ['smell:3']}", "\"smell:3\" is none of"},
      {"{modalities: ['text:3x2']}", "is none of"},
      {"{modalities: ['series:3']}", "is none of"},
      {"{modalities: ['image:4x4x2']}", "is none of"},
      {"{modalities: ['audio:0']}", "is none of"},
      {"{modalities: ['feature:3x']}", "is none of"},
      {"{shards: 26}", "more than the 25 clients"},
      {"{classes: 1}", "classes"},
      {"{label_rate: 1}", "label_rate"},
      {"{task: multi}", "multi_label"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fray_err err = {0};
    assert_int_equal(try_synth(bad[i].yaml, "bad", &err), FRAY_INPUT);
    if (!strstr(err.text, bad[i].message))
      fail_msg("'%s' is not in '%s'", bad[i].message, err.text);
    assert_false(fray_file_exists(in_folder("bad")));
    assert_int_equal(drafts_in(in_folder(".")), 0);
  }
  struct fray_err err = {0};
  assert_int_equal(try_synth("{}", "", &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "exists already"));
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_asked_for_is_there),
      cmocka_unit_test(clients_of_the_dev_split),
      cmocka_unit_test(every_kind_can_be_learnt),
      cmocka_unit_test(sets_are_drawn_at_the_rate),
      cmocka_unit_test(every_kind_tells_the_classes_of_a_set),
      cmocka_unit_test(without_separation_nothing_is_learnt),
      cmocka_unit_test(same_configuration_same_bytes),
      cmocka_unit_test(modalities_go_missing_at_the_rate),
      cmocka_unit_test(flaws_are_refused),
  };
  return run_data_tests(argc, argv, false, tests, FRAY_COUNT(tests), make_folder, remove_folder);
}

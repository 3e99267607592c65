/* The shard writer, the hash of a shard's values, and the names that shards may hold. */
#include "fray/base/hash.h"
#include "fray/base/utf8.h"
#include "fray/data/shard_writer.h"
#include "index.h"
#include "small_shard.h"

static const float zeros[2];

static struct fray_dataset *opened(const char *path, const char *const *wanted, size_t n) {
  struct fray_err err = {0};
  struct fray_dataset *dataset = NULL;
  good(fray_dataset_open(path, wanted, n, world, &dataset, &err), &err);
  return dataset;
}

static void closed(fray_h5 file) {
  struct fray_err err = {0};
  good(fray_h5_close(file, &err), &err);
}

/* What the value data sets hold, without an attribute that says so. */
static void the_hash_is_of_the_values_too(void **state) {
  (void)state;
  struct fray_err err = {0};
  const size_t ten = 10;
  const struct {
    const char *change;
    int16_t last;
  } cases[] = {{NULL, 0}, {"/modalities/snd/values", 900}, {"/modalities/snd/values", 901}};
  uint64_t all[3], acc[3];
  for (int i = 0; i < 3; i++) {
    fray_h5 file = small_shard(in_folder("v.h5"), "s", cases[i].change);
    const int16_t snd[] = {0, 100, 200, 300, 400, 500, 600, 700, 800, cases[i].last};
    if (cases[i].change) /* compressed, which is no difference */
      good(fray_h5_write(file, cases[i].change, FRAY_H5_I16, 1, &ten, snd, true, &err), &err);
    closed(file);
    struct fray_dataset *d = opened(in_folder("v.h5"), NULL, 0);
    all[i] = d->index_hash;
    fray_dataset_close(d);
    d = opened(in_folder("v.h5"), (const char *[]){"acc"}, 1);
    acc[i] = d->index_hash;
    fray_dataset_close(d);
  }
  assert_true(all[0] == all[1] && all[1] != all[2]);
  assert_true(acc[0] == acc[1] && acc[1] == acc[2] && acc[0] != all[0]);
}

/* The documented rule, by hand: per modality XXH3 of the values, then of names and those. */
static void the_hash_of_values_follows_the_rule(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct shard_head head = {0};
  struct fray_arena arena = {0};
  uint64_t found = 0, part;
  float acc[40];
  uint8_t pic[24];
  int16_t snd[10];
  for (int i = 0; i < 40; i++)
    acc[i] = (float)(i / 10 * 10) + (float)(i / 2 % 5) + (float)(i % 2) / 2;
  for (int i = 0; i < 24; i++)
    pic[i] = (uint8_t)i;
  for (int i = 0; i < 10; i++)
    snd[i] = (int16_t)(100 * i);
  const struct {
    const char *name;
    const void *data;
    size_t size;
  } values[] = {{"acc", acc, sizeof acc}, {"pic", pic, sizeof pic}, {"snd", snd, sizeof snd}};
  struct fray_text joined = {0};
  for (int m = 0; m < 3; m++) {
    part = fray_hash64(values[m].data, values[m].size);
    fray_text_add(&joined, values[m].name, 4);
    fray_text_add(&joined, (const char *)&part, sizeof part);
  }
  fray_h5 file = small_shard(in_folder("r.h5"), "s", NULL);
  const char *const other_way[] = {"snd", "acc", "pic"};
  good(shard_head_read("r.h5", file, other_way, 3, &arena, &head, &err), &err);
  head.path = in_folder("r.h5");
  good(values_hash_read(&head, &found, &(bool){false}, &err), &err);
  assert_true(found == fray_hash64(joined.data, joined.size));
  good(fray_h5_put_attr_text(file, ".", "values_hash", "00000000000000ff", &err), &err);
  good(values_hash_read(&head, &found, &(bool){false}, &err), &err);
  assert_true(found == 255);
  closed(file);
  fray_text_free(&joined);
  fray_arena_free(&arena);
}

/* 2^31 - 1 values a sample in a file of some kilobytes. */
static void values_that_no_file_holds_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  fray_h5 file = small_shard(in_folder("huge.h5"), "s", "/modalities/acc/values");
  good(fray_h5_make(file, "/modalities/acc/values", FRAY_H5_F32, 3,
                    (size_t[]){4, (size_t)1 << 29, 3}, false, &err),
       &err);
  closed(file);
  refused(fray_dataset_open(in_folder("huge.h5"), NULL, 0, world, &d, &err), &err,
          "huge.h5: /modalities/acc/values: ");
  refused(fray_dataset_open(in_folder("huge.h5"), NULL, 0, world, &d, &err), &err,
          "claims 25769803776 bytes of values, but the file holds 0");
}

static void names_are_utf8(void **state) {
  (void)state;
  const char *const good_names[] = {
      "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
  const char *const bad_names[] = {"c\xe9",
                                   "\x80",
                                   "\xc0\xaf",
                                   "\xc3",
                                   "\xe0\x9f\xbf",
                                   "\xed\xa0\x80",
                                   "\xf0\x8f\xbf\xbf",
                                   "\xf4\x90\x80\x80",
                                   "\xf8\x88\x80\x80\x80",
                                   "\xe2\x82"};
  for (size_t i = 0; i < FRAY_COUNT(good_names); i++)
    assert_null(fray_name_flaw(good_names[i]));
  for (size_t i = 0; i < FRAY_COUNT(bad_names); i++)
    assert_string_equal(fray_name_flaw(bad_names[i]), "not UTF-8");
  assert_int_equal(fray_utf8_valid("ab\xe9z", 4), 2);
  assert_int_equal(fray_utf8_valid("\xc3\xa9", 1), 0);
}

/* The part of the attribute that a modality alone cannot show is shown by the rule's test. */
static void the_attribute_is_the_hash_of_the_values(const char *path) {
  struct fray_err err = {0};
  struct shard_head head = {0};
  struct fray_arena arena = {0};
  struct hashed_modality part[2] = {{.name = "f"}, {.name = "a"}};
  uint64_t said = 0, joined = 1;
  fray_h5 file = -1;
  good(fray_h5_open(path, &file, &err), &err);
  good(shard_head_read(path, file, NULL, 0, &arena, &head, &err), &err);
  good(values_hash_read(&head, &said, &(bool){false}, &err), &err);
  for (size_t m = 0; m < 2; m++) {
    char name[64];
    int rank = 0;
    size_t dims[FRAY_H5_MAX_RANK];
    bool is_text = false;
    snprintf(name, sizeof name, "/modalities/%s/values", part[m].name);
    good(fray_h5_shape(file, name, &rank, dims, &is_text, &err), &err);
    enum fray_h5_type type = m == 0 || head.layout[0].is_float ? FRAY_H5_F32 : FRAY_H5_I16;
    size_t n = dims[0] * dims[1], size = n * (type == FRAY_H5_F32 ? 4 : 2);
    void *values = malloc(size);
    good(fray_h5_read(file, name, type, values, n, &err), &err);
    part[m].hash = fray_hash64(values, size);
    free(values);
  }
  good(values_hash_join(part, 2, &joined, &err), &err);
  assert_true(said == joined);
  assert_true(fray_h5_has_attr(file, ".", "values_hash"));
  closed(file);
  fray_arena_free(&arena);
}

/* Writes with the shard writer, in one of two ways, and reads back. */
static void write_and_read(bool gzip, bool is_float) {
  struct fray_err err = {0};
  enum { N = 150 };
  static int32_t label[N];
  static uint8_t split[N], present[N];
  static int64_t length[N];
  static char name[N][8];
  const char *source[N];
  float wave[40];
  int16_t pcm[40];
  uint16_t code[N];
  for (int i = 0; i < N; i++) {
    label[i] = i % 3 - 1;
    split[i] = (uint8_t)(i % 3);
    present[i] = i % 7 == 0 ? 1 : 3;
    length[i] = 1 + i % 40;
    code[i] = (uint16_t)(i % 2);
    snprintf(name[i], sizeof name[i], "n%d", i);
    source[i] = name[i];
  }
  struct fray_group group = {"half", 2, (const char *[]){"even", "odd"}, code};
  struct fray_shard_plan plan = {
      .dataset = "written",
      .licence = "CC0",
      .n_classes = 2,
      .n_samples = N,
      .label = label,
      .split = split,
      .source_id = source,
      .n_clients = 2,
      .gzip = gzip,
      .n_groups = 1,
      .group = &group,
      .n_modalities = 2,
      .present = present,
      .length = {NULL, length},
      .is_float = {false, is_float},
      .modality = {{.name = "f", .kind = FRAY_FEATURES, .time = 1, .channels = 3},
                   {.name = "a", .kind = FRAY_AUDIO, .rate = 16000, .time = 40, .channels = 1}}};
  plan.class_name = (const char *[]){"no", "yes"};
  plan.client_name = (const char *[]){"first", "second"};
  plan.client_first = (int64_t[]){0, 100}, plan.client_count = (int64_t[]){100, 50};
  struct fray_shard_writer *writer = NULL;
  good(fray_shard_create(in_folder("w.h5"), &plan, &writer, &err), &err);
  for (int i = 0; i < N; i++) {
    for (int t = 0; t < 40; t++) {
      pcm[t] = (int16_t)(i * t);
      wave[t] = (float)(i * t) / 32768.0f;
    }
    const float row[3] = {(float)i, (float)-i, 0.5f};
    good(fray_shard_append(writer, 0, row, 1, &err), &err);
    good(fray_shard_append(writer, 1, is_float ? (const void *)wave : pcm,
                           present[i] & 2 ? (size_t)length[i] : 0, &err),
         &err);
  }
  good(fray_shard_finish(writer, &err), &err);
  the_attribute_is_the_hash_of_the_values(in_folder("w.h5"));
  struct fray_dataset *d = opened(in_folder("w.h5"), (const char *[]){"f", "a"}, 2);
  assert_memory_equal(d->label, label, sizeof label);
  assert_memory_equal(d->split, split, sizeof split);
  assert_memory_equal(d->present, present, sizeof present);
  assert_string_equal(d->licence, "CC0");
  for (size_t i = 0; i < N; i++) {
    size_t n = 0;
    good(fray_sample_read(d, 0, i, wave, &n, &err), &err);
    assert_true(n == 1 && wave[1] == -(float)i && wave[2] == 0.5f);
    good(fray_sample_read(d, 1, i, wave, &n, &err), &err);
    assert_int_equal(n, present[i] & 2 ? (size_t)length[i] : 0);
    for (size_t t = 0; t < n; t++)
      assert_true(wave[t] == (float)(i * t) / 32768.0f);
  }
  fray_dataset_close(d);
}

static void the_writer_writes_what_the_reader_reads(void **state) {
  (void)state;
  write_and_read(false, false);
  write_and_read(true, false);
  write_and_read(true, true);
}

/* Bytes while all samples are labelled; with an unlabelled one, -1 for each of its classes. */
static void the_writer_writes_sets(void **state) {
  (void)state;
  enum { N = FRAY_NO_LABELS };
  struct fray_err err = {0};
  uint8_t labels[2][6] = {{1, 0, 1, 0, 0, 0}, {1, 0, 1, N, N, N}};
  struct fray_shard_plan plan = {
      .dataset = "sets",
      .n_classes = 3,
      .n_samples = 2,
      .n_clients = 1,
      .n_modalities = 1,
      .modality = {{.name = "f", .kind = FRAY_FEATURES, .time = 1, .channels = 1}}};
  plan.class_name = (const char *[]){"x", "y", "z"}, plan.source_id = (const char *[]){"a", "b"};
  plan.client_name = (const char *[]){"c"}, plan.split = (uint8_t[]){0, 2};
  plan.present = (uint8_t[]){1, 1};
  plan.client_first = (int64_t[]){0}, plan.client_count = (int64_t[]){2};
  for (size_t k = 0; k < 2; k++) {
    struct fray_shard_writer *writer = NULL;
    fray_h5 file = -1;
    int16_t written[6];
    plan.labels = labels[k];
    good(fray_shard_create(in_folder("sets.h5"), &plan, &writer, &err), &err);
    for (int i = 0; i < 2; i++)
      good(fray_shard_append(writer, 0, zeros, 1, &err), &err);
    good(fray_shard_finish(writer, &err), &err);
    good(fray_h5_open(in_folder("sets.h5"), &file, &err), &err);
    good(fray_h5_read(file, "/samples/label", FRAY_H5_I16, written, 6, &err), &err);
    for (size_t i = 0; i < 6; i++)
      assert_int_equal(written[i], labels[k][i] == N ? -1 : labels[k][i]);
    closed(file);
    struct fray_dataset *d = opened(in_folder("sets.h5"), NULL, 0);
    assert_true(d->multi_label && !d->label);
    assert_memory_equal(d->labels, labels[k], 6);
    fray_dataset_close(d);
  }
}

static void the_writer_counts(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_shard_plan plan = {
      .dataset = "w",
      .n_classes = 1,
      .n_samples = 1,
      .n_clients = 1,
      .n_modalities = 1,
      .modality = {{.name = "f", .kind = FRAY_FEATURES, .time = 1, .channels = 1}}};
  plan.class_name = plan.client_name = plan.source_id = (const char *[]){"a"};
  plan.label = (int32_t[]){0}, plan.split = (uint8_t[]){0}, plan.present = (uint8_t[]){1};
  plan.client_first = (int64_t[]){0}, plan.client_count = (int64_t[]){1};
  struct fray_shard_writer *writer = NULL;
  good(fray_shard_create(in_folder("c.h5"), &plan, &writer, &err), &err);
  refused(fray_shard_append(writer, 0, zeros, 2, &err), &err, "has 2 steps, expected 1");
  assert_int_equal(fray_shard_finish(writer, &err), FRAY_INTERNAL);
  plan.modality[0].name = "not/plain";
  refused(fray_shard_create(in_folder("c.h5"), &plan, &writer, &err), &err, "letters, digits");
  plan.modality[0].name = "f";
  plan.source_id = (const char *[]){""};
  refused(fray_shard_create(in_folder("c.h5"), &plan, &writer, &err), &err,
          "source id 0 (\"\"): empty");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_hash_is_of_the_values_too),
      cmocka_unit_test(the_hash_of_values_follows_the_rule),
      cmocka_unit_test(values_that_no_file_holds_are_refused),
      cmocka_unit_test(names_are_utf8),
      cmocka_unit_test(the_writer_writes_what_the_reader_reads),
      cmocka_unit_test(the_writer_writes_sets),
      cmocka_unit_test(the_writer_counts),
  };
  return run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), make_folder, remove_folder);
}

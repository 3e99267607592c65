/* Reading shards: what comes back, what several shards make together, and everything that is
 * refused. */
#include "fray/base/hash.h"
#include "fray/data/shard_writer.h"
#include "index.h"
#include "small_shard.h"

#include <unistd.h>

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

static void a_shard_comes_back(void **state) {
  (void)state;
  closed(small_shard(in_folder("one.h5"), "s", NULL));
  struct fray_dataset *d = opened(in_folder("one.h5"), NULL, 0);
  assert_string_equal(d->name, "small");
  assert_int_equal(d->n_classes * 100 + d->n_samples * 10 + d->n_clients, 342);
  assert_string_equal(d->class_name[2], "z");
  assert_memory_equal(d->label, ((int32_t[]){0, 2, -1, 1}), 16);
  assert_memory_equal(d->split, ((uint8_t[]){0, 1, 0, 2}), 4);
  assert_memory_equal(d->client, ((uint32_t[]){0, 0, 0, 1}), 16);
  assert_memory_equal(d->present, ((uint8_t[]){7, 3, 7, 7}), 4);
  assert_string_equal(d->source_id[3], "s3");
  assert_string_equal(d->client_name[1], "sb");
  assert_true(d->source[3] == fray_hash_text("s3") && d->client_source[1] == fray_hash_text("sb"));
  assert_int_equal(d->n_groups, 1);
  assert_string_equal(d->group[0].value[1], "s");
  assert_memory_equal(d->group[0].code, ((uint16_t[]){0, 1, 1, 0}), 8);
  assert_int_equal(d->n_modalities, 3);
  assert_string_equal(d->modality[0].name, "acc");
  assert_true(d->modality[0].time == 5 && d->modality[0].channels == 2 && !d->modality[0].ragged);
  assert_true(d->modality[1].kind == FRAY_IMAGE && d->modality[1].height == 2 &&
              d->modality[1].width == 3);
  assert_true(d->modality[2].ragged && d->modality[2].time == 4 && d->modality[2].rate == 8000);
  fray_dataset_close(d);
}

static void values_come_back_in_any_order(void **state) {
  (void)state;
  struct fray_err err = {0};
  closed(small_shard(in_folder("one.h5"), "s", NULL));
  struct fray_dataset *d = opened(in_folder("one.h5"), NULL, 0);
  const size_t order[] = {3, 0, 2, 1, 2, 3};
  for (size_t k = 0; k < FRAY_COUNT(order); k++) {
    size_t s = order[k], length = 99;
    float x[10];
    uint8_t pixel[6];
    assert_int_equal(fray_sample_bytes(d, 0), sizeof x);
    assert_int_equal(fray_sample_bytes(d, 1), sizeof pixel);
    good(fray_sample_read(d, 0, s, x, &length, &err), &err);
    assert_int_equal(length, 5);
    for (size_t i = 0; i < 10; i++)
      assert_true(x[i] == (float)(s * 10 + i / 2) + (float)(i % 2) / 2);
    good(fray_sample_read(d, 1, s, pixel, &length, &err), &err);
    assert_int_equal(length, 1);
    assert_int_equal(pixel[5], s * 6 + 5);
    good(fray_sample_read(d, 2, s, x, &length, &err), &err);
    const size_t lengths[] = {3, 0, 4, 1}, first[] = {0, 3, 5, 9};
    assert_int_equal(length, lengths[s]);
    for (size_t i = 0; i < length; i++)
      assert_true(x[i] == (float)(100 * (first[s] + i)) / 32768.0f);
  }
  /* Out of turn, before anything was read ahead and after: the same, and what comes next too. */
  struct fray_dataset *fresh = opened(in_folder("one.h5"), NULL, 0);
  for (size_t k = 0; k < 4 * FRAY_COUNT(order); k++) {
    size_t s = order[k % FRAY_COUNT(order)], m = k % 3, length, again;
    float x[10] = {0}, y[10] = {0};
    good(fray_sample_read(d, m, s, x, &length, &err), &err);
    good(fray_sample_read_apart(fresh, m, s, y, &again, &err), &err);
    assert_int_equal(length, again);
    assert_memory_equal(x, y, sizeof x);
    good(fray_sample_read(k % 5 == 4 ? fresh : d, m, (s + k) % 4, x, &length, &err), &err);
  }
  fray_dataset_close(fresh);
  fray_dataset_close(d);
}

static void modalities_are_chosen_and_ordered(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  closed(small_shard(in_folder("one.h5"), "s", NULL));
  d = opened(in_folder("one.h5"), (const char *[]){"snd", "acc"}, 2);
  assert_int_equal(d->n_modalities, 2);
  assert_string_equal(d->modality[0].name, "snd");
  assert_memory_equal(d->present, ((uint8_t[]){3, 2, 3, 3}), 4);
  fray_dataset_close(d);
  refused(fray_dataset_open(in_folder("one.h5"), (const char *[]){"acd"}, 1, world, &d, &err), &err,
          "no modality 'acd'; there are 'acc', 'pic', 'snd' (did you mean 'acc'?)");
  refused(
      fray_dataset_open(in_folder("one.h5"), (const char *[]){"acc", "acc"}, 2, world, &d, &err),
      &err, "named twice");
}

static void shards_join_and_groups_merge(void **state) {
  (void)state;
  struct fray_err err = {0};
  good(fray_make_folders(in_folder("many"), &err), &err);
  closed(small_shard(in_folder("many/a.h5"), "s", NULL));
  fray_h5 file = small_shard(in_folder("many/b.h5"), "t", "/groups/site/values");
  good(fray_h5_write_texts(file, "/groups/site/values", (const char *[]){"s", "w"}, 2, &err), &err);
  closed(file);
  struct fray_dataset *d = opened(in_folder("many"), NULL, 0);
  assert_int_equal(d->n_samples, 8);
  assert_int_equal(d->n_clients, 4);
  assert_memory_equal(d->client, ((uint32_t[]){0, 0, 0, 1, 2, 2, 2, 3}), 32);
  assert_int_equal(d->group[0].n, 3);
  assert_string_equal(d->group[0].value[2], "w");
  assert_memory_equal(d->group[0].code, ((uint16_t[]){0, 1, 1, 0, 1, 2, 2, 1}), 16);
  float x[10];
  size_t length = 0;
  good(fray_sample_read(d, 2, 6, x, &length, &err), &err);
  assert_int_equal(length, 4);
  assert_true(x[0] == 500.0f / 32768.0f);
  fray_dataset_close(d);
  d = opened(in_folder("many/*.h5"), NULL, 0);
  assert_int_equal(d->n_shards, 2);
  fray_dataset_close(d);
}

/* Dense shards of different length are one ragged data set. */
static void dense_shards_of_two_lengths_are_ragged(void **state) {
  (void)state;
  struct fray_err err = {0};
  float x[4 * 7 * 2] = {0};
  size_t length = 0;
  good(fray_make_folders(in_folder("lengths"), &err), &err);
  closed(small_shard(in_folder("lengths/a.h5"), "s", NULL));
  fray_h5 file = small_shard(in_folder("lengths/b.h5"), "t", "/modalities/acc/values");
  for (int i = 0; i < 56; i++)
    x[i] = (float)i;
  good(fray_h5_write(file, "/modalities/acc/values", FRAY_H5_F32, 3, (size_t[]){4, 7, 2}, x, true,
                     &err),
       &err);
  closed(file);
  struct fray_dataset *d = opened(in_folder("lengths"), NULL, 0);
  assert_true(d->modality[0].ragged && d->modality[0].time == 7);
  good(fray_sample_read(d, 0, 3, x, &length, &err), &err);
  assert_true(length == 5 && x[0] == 30);
  good(fray_sample_read(d, 0, 5, x, &length, &err), &err);
  assert_true(length == 7 && x[0] == 14);
  fray_dataset_close(d);
}

static void multi_label_rows_are_read(void **state) {
  (void)state;
  struct fray_err err = {0};
  const uint8_t rows[12] = {1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0};
  fray_h5 file = small_shard(in_folder("multi.h5"), "s", "/samples/label");
  good(fray_h5_put_attr_text(file, ".", "task", "multi_label", &err), &err);
  good(fray_h5_write(file, "/samples/label", FRAY_H5_U8, 2, (size_t[]){4, 3}, rows, false, &err),
       &err);
  closed(file);
  struct fray_dataset *d = opened(in_folder("multi.h5"), NULL, 0);
  assert_true(d->multi_label && !d->label);
  assert_memory_equal(d->labels, rows, sizeof rows);
  fray_dataset_close(d);
}

/* Sample 1 is dev; 0 and 2, of the same client, train. At the border of a client nothing is shared.
 */
static void overlapping_dev_windows_are_counted(void **state) {
  (void)state;
  struct fray_err err = {0};
  const struct {
    double overlap;
    uint8_t split[4]; /* client a: 0 1 2, client b: 3 */
    size_t n;
  } cases[] = {{0, {0, 1, 0, 2}, 0},   {0.5, {0, 1, 0, 2}, 1}, {0.5, {0, 1, 1, 2}, 1},
               {0.5, {1, 1, 0, 2}, 1}, {0.5, {2, 2, 0, 1}, 0}, {0.5, {1, 0, 1, 1}, 2}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    const size_t four = 4;
    fray_h5 file = small_shard(in_folder("windows.h5"), "s", "/samples/split");
    good(fray_h5_write(file, "/samples/split", FRAY_H5_U8, 1, &four, cases[i].split, false, &err),
         &err);
    if (cases[i].overlap > 0)
      good(fray_h5_put_attr_real(file, ".", "window_overlap", cases[i].overlap, &err), &err);
    closed(file);
    struct fray_dataset *d = opened(in_folder("windows.h5"), NULL, 0);
    assert_int_equal(fray_dataset_dev_overlaps(d), cases[i].n);
    fray_dataset_close(d);
  }
}

/* An unlabelled sample has -1 for every class; a class set that is empty is another thing. */
static void multi_label_rows_may_be_unlabelled(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  const int64_t rows[12] = {1, 0, 1, -1, -1, -1, 0, 0, 0, 0, 1, 0}, mixed[12] = {1, -1};
  fray_h5 file = small_shard(in_folder("some.h5"), "s", "/samples/label");
  good(fray_h5_put_attr_text(file, ".", "task", "multi_label", &err), &err);
  good(fray_h5_write(file, "/samples/label", FRAY_H5_I64, 2, (size_t[]){4, 3}, rows, false, &err),
       &err);
  closed(file);
  d = opened(in_folder("some.h5"), NULL, 0);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(fray_is_labelled(d, i), i != 1);
  assert_true(fray_has_class(d, 0, 2) && !fray_has_class(d, 0, 1) && !fray_has_class(d, 1, 0));
  fray_dataset_close(d);
  file = small_shard(in_folder("mixed.h5"), "s", "/samples/label");
  good(fray_h5_put_attr_text(file, ".", "task", "multi_label", &err), &err);
  good(fray_h5_write(file, "/samples/label", FRAY_H5_I64, 2, (size_t[]){4, 3}, mixed, false, &err),
       &err);
  closed(file);
  refused(fray_dataset_open(in_folder("mixed.h5"), NULL, 0, world, &d, &err), &err,
          "/samples/label[0, 1]: -1 in a row that begins with 1");
  file = small_shard(in_folder("narrow.h5"), "s", "/samples/label");
  good(fray_h5_put_attr_text(file, ".", "task", "multi_label", &err), &err);
  good(fray_h5_write(file, "/samples/label", FRAY_H5_I64, 2, (size_t[]){4, 2}, rows, false, &err),
       &err);
  closed(file);
  refused(fray_dataset_open(in_folder("narrow.h5"), NULL, 0, world, &d, &err), &err,
          "narrow.h5: /samples/label: 4 rows are 8 values, expected 12");
}

/* Same content elsewhere: same hash. One label differs: another hash. */
static void the_hash_is_of_the_content(void **state) {
  (void)state;
  struct fray_err err = {0};
  closed(small_shard(in_folder("one.h5"), "s", NULL));
  closed(small_shard(in_folder("two.h5"), "s", NULL));
  const size_t four = 4;
  fray_h5 file = small_shard(in_folder("other.h5"), "s", "/samples/label");
  good(fray_h5_write(file, "/samples/label", FRAY_H5_I64, 1, &four, (int64_t[]){0, 2, 0, 1}, false,
                     &err),
       &err);
  closed(file);
  struct fray_dataset *a = opened(in_folder("one.h5"), NULL, 0);
  struct fray_dataset *b = opened(in_folder("two.h5"), NULL, 0);
  struct fray_dataset *c = opened(in_folder("other.h5"), NULL, 0);
  assert_true(a->index_hash == b->index_hash && a->index_hash != c->index_hash);
  fray_dataset_close(a);
  fray_dataset_close(b);
  fray_dataset_close(c);
}

/* One change to the small shard, and a part of the message that it must give. */
struct bad {
  const char *path, *attr; /* attr: an attribute of path is replaced, else path is left out */
  const char *text;        /* attribute, or strings separated by | */
  double number;           /* attribute without text */
  enum fray_h5_type type;
  int rank; /* > 0: data set of numbers */
  size_t dims[4];
  const void *data;
  const char *message;
};

#define VECTOR(PATH, TYPE, N, DATA, MESSAGE)                                                       \
  { .path = PATH, .type = FRAY_H5_##TYPE, .rank = 1, .dims = {N}, .data = DATA, .message = MESSAGE }
#define ROOT(ATTR, TEXT, MESSAGE)                                                                  \
  { .path = ".", .attr = ATTR, .text = TEXT, .message = MESSAGE }
#define LOST(PATH)                                                                                 \
  { .path = PATH, .message = PATH ": no such data set" }

static const float zeros[200];
static const struct bad bads[] = {
    ROOT("format", "other", "format is \"other\", expected \"fray-shard\""),
    ROOT("task", "regression", "task \"regression\" is none of"),
    ROOT("dataset", "", "attribute dataset: empty"),
    {.path = ".", .attr = "version", .number = 2, .message = "version 2 of the shard format"},
    {.path = ".", .attr = "window_overlap", .number = 1, .message = "window_overlap is 1"},
    {.path = ".", .attr = "window_overlap", .number = -1, .message = "window_overlap is -1"},
    ROOT("dataset", "caf\xe9", "attribute dataset: not UTF-8"),
    ROOT("licence", "caf\xe9", "attribute licence: not UTF-8"),
    ROOT("values_hash", "0123", "values_hash \"0123\": expected 16 hexadecimal digits"),
    LOST("/classes"),
    LOST("/clients/id"),
    LOST("/clients/first"),
    LOST("/clients/count"),
    LOST("/samples/label"),
    LOST("/samples/split"),
    LOST("/samples/source"),
    LOST("/groups/site/code"),
    LOST("/modalities/acc/values"),
    VECTOR("/samples/label", I32, 4, ((const int32_t[]){0, 3, 1, 1}),
           "/samples/label[1]: 3 is not in [-1, 2] (3 classes)"),
    VECTOR("/samples/label", I32, 4, ((const int32_t[]){0, -2, 1, 1}), "/samples/label[1]: -2"),
    VECTOR("/samples/label", I64, 4, ((const int64_t[]){0, 1, 1L << 40, 1}), "value 1099511627776"),
    VECTOR("/samples/label", F32, 4, zeros, "holds floating-point numbers"),
    VECTOR("/samples/label", I32, 3, ((const int32_t[]){0, 1, 1}), "but /samples/label has 3"),
    {.path = "/samples/label",
     .type = FRAY_H5_U8,
     .rank = 2,
     .dims = {4, 3},
     .data = zeros,
     .message = "has 2 dimensions, expected 1"},
    VECTOR("/samples/split", U8, 4, ((const uint8_t[]){0, 1, 3, 2}), "/samples/split[2]: 3"),
    VECTOR("/samples/split", U8, 5, zeros, "has 5 entries, but /samples/label has 4"),
    {.path = "/samples/source", .text = "s0|s1|s0|s3", .message = "source id \"s0\" appears twice"},
    {.path = "/samples/source", .text = "s0|s1||s3", .message = "/samples/source[2]: empty"},
    {.path = "/samples/source",
     .text = "s0|s\n1|s2|s3",
     .message = "broken by a control character"},
    {.path = "/samples/source", .text = "s0|s1|c\xe9|s3", .message = "source[2]: not UTF-8"},
    {.path = "/clients/id", .text = "a|c\xe9", .message = "/clients/id[1]: not UTF-8"},
    {.path = "/classes", .text = "x|c\xe9|z", .message = "/classes[1]: not UTF-8"},
    {.path = "/groups/site/values", .text = "n|c\xe9", .message = "values[1]: not UTF-8"},
    {.path = "/samples/source", .text = "s0|s1", .message = "has 2 entries"},
    {.path = "/clients/id", .text = "a|a", .message = "client id \"a\" appears twice"},
    {.path = "/clients/id", .text = "a", .message = "/clients/first: has 2 values, expected 1"},
    {.path = "/classes", .text = "x|y|x", .message = "class \"x\" appears twice"},
    VECTOR("/clients/first", I64, 2, ((const int64_t[]){0, 2}), "/clients/first[1]: 2, expected 3"),
    VECTOR("/clients/first", I64, 2, ((const int64_t[]){1, 3}), "/clients/first[0]: 1, expected 0"),
    VECTOR("/clients/count", I64, 2, ((const int64_t[]){3, 0}), "the clients hold 3 samples"),
    VECTOR("/clients/count", I64, 2, ((const int64_t[]){3, 2}), "/clients/count[1]: 2 is not in"),
    VECTOR("/clients/count", I64, 2, ((const int64_t[]){-1, 5}), "/clients/count[0]: -1"),
    VECTOR("/clients/count", I64, 2, ((const int64_t[]){3, INT64_MAX}), "/clients/count[1]: 9223"),
    VECTOR("/groups/site/code", U16, 4, ((const uint16_t[]){0, 1, 2, 0}),
           "/groups/site/code[2]: 2 is not below the 2 values"),
    {.path = "/groups/site/values", .text = "n|n", .message = "\"n\" appears twice"},
    {.path = "/modalities/acc", .attr = "kind", .text = "smell", .message = "kind \"smell\""},
    {.path = "/modalities/acc",
     .attr = "kind",
     .text = "image",
     .message = "but image needs uint8"},
    {.path = "/modalities/acc", .attr = "channels", .number = 3, .message = "channels is 3"},
    {.path = "/modalities/acc", .attr = "rate", .number = -1, .message = "rate -1 Hz"},
    {.path = "/modalities/snd", .attr = "rate", .number = 0, .message = "rate 0 Hz"},
    {.path = "/modalities/snd",
     .attr = "kind",
     .text = "image",
     .message = "images cannot be ragged"},
    {.path = "/modalities/acc/values",
     .type = FRAY_H5_F32,
     .rank = 3,
     .dims = {3, 5, 2},
     .data = zeros,
     .message = "has 3 samples, but /samples/label has 4"},
    {.path = "/modalities/acc/values",
     .type = FRAY_H5_I32,
     .rank = 3,
     .dims = {4, 5, 2},
     .data = zeros,
     .message = "holds integers, but series needs float32"},
    {.path = "/modalities/acc/values",
     .type = FRAY_H5_F32,
     .rank = 3,
     .dims = {4, 0, 2},
     .data = zeros,
     .message = "a sample of 0 x 2 values"},
    {.path = "/modalities/acc/values",
     .type = FRAY_H5_F32,
     .rank = 4,
     .dims = {4, 5, 2, 1},
     .data = zeros,
     .message = "do not fit dense series"},
    {.path = "/modalities/pic/values",
     .type = FRAY_H5_U8,
     .rank = 4,
     .dims = {4, 2, 3, 2},
     .data = zeros,
     .message = "do not fit dense image"},
    {.path = "/modalities/pic/values",
     .type = FRAY_H5_F32,
     .rank = 4,
     .dims = {4, 2, 3, 1},
     .data = zeros,
     .message = "but image needs uint8"},
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){0, 3, 5, 9, 11}),
           "/modalities/snd/offset[4]: 11 is not in [9, 10]"),
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){0, 5, 3, 9, 10}),
           "/modalities/snd/offset[2]: 3 is not in [5, 10]"),
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){0, -3, 5, 9, 10}), "offset[1]: -3"),
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){1, 3, 5, 9, 10}), "offset[0]: 1"),
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){0, 3, 5, 9, 9}), "0 steps"),
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){0, 3, 5, 8, 9}),
           "values has 10 rows"),
    VECTOR("/modalities/snd/offset", I64, 5, ((const int64_t[]){0, 3, 5, 9, INT64_MAX}),
           "offset[4]: 9223372036854775807"),
    VECTOR("/modalities/snd/offset", I64, 4, ((const int64_t[]){0, 3, 5, 9}), "expected 5"),
    VECTOR("/modalities/snd/present", U8, 4, ((const uint8_t[]){1, 2, 1, 1}), "present[1]: 2"),
    VECTOR("/modalities/snd/present", U8, 3, ((const uint8_t[]){1, 1, 1}), "expected 4"),
};

static void write_texts(fray_h5 file, const char *path, const char *joined) {
  struct fray_err err = {0};
  char copy[64];
  const char *texts[8];
  size_t n = 0;
  strcpy(copy, joined);
  for (char *at = copy, *part; (part = strsep(&at, "|"));)
    texts[n++] = part;
  good(fray_h5_write_texts(file, path, texts, n, &err), &err);
}

static void every_flaw_is_named(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAY_COUNT(bads); i++) {
    const struct bad *b = &bads[i];
    struct fray_err err = {0};
    struct fray_dataset *dataset = NULL;
    fray_h5 file = small_shard(in_folder("bad.h5"), "s", b->attr ? NULL : b->path);
    if (b->attr && b->text)
      good(fray_h5_put_attr_text(file, b->path, b->attr, b->text, &err), &err);
    else if (b->attr)
      good(fray_h5_put_attr_real(file, b->path, b->attr, b->number, &err), &err);
    else if (b->text)
      write_texts(file, b->path, b->text);
    else if (b->rank)
      good(fray_h5_write(file, b->path, b->type, b->rank, b->dims, b->data, false, &err), &err);
    closed(file);
    refused(fray_dataset_open(in_folder("bad.h5"), NULL, 0, world, &dataset, &err), &err,
            b->message);
    if (!strstr(err.text, "bad.h5"))
      fail_msg("the file is not named in '%s'", err.text);
  }
}

static void multi_labels_are_0_or_1(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *dataset = NULL;
  fray_h5 file = small_shard(in_folder("bad.h5"), "s", "/samples/label");
  good(fray_h5_put_attr_text(file, ".", "task", "multi_label", &err), &err);
  const uint8_t rows[12] = {0, 0, 0, 0, 2};
  good(fray_h5_write(file, "/samples/label", FRAY_H5_U8, 2, (size_t[]){4, 3}, rows, false, &err),
       &err);
  closed(file);
  refused(fray_dataset_open(in_folder("bad.h5"), NULL, 0, world, &dataset, &err), &err,
          "/samples/label[1, 1]: 2 is not 0 or 1");
}

/* Four samples, of which the second has no words; and every way in which offsets can be wrong. */
static void sequences_are_read_and_checked(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  static const struct {
    int64_t offset[6], word[4];
    size_t n_offsets;
    const char *message;
  } cases[] = {
      {{0, 2, 2, 3, 4}, {2, 0, 1, 1}, 5, NULL},
      {{1, 2, 2, 3, 4}, {2, 0, 1, 1}, 5, "/samples/label_offset[0]: 1, expected 0"},
      {{0, 2, 1, 3, 4}, {2, 0, 1, 1}, 5, "/samples/label_offset[2]: 1 is not in [2, 4]"},
      {{0, 2, 2, 9, 9}, {2, 0, 1, 1}, 5, "/samples/label_offset[3]: 9 is not in [2, 4]"},
      {{0, 2, 2, 3, 3}, {2, 0, 1, 1}, 5, "/samples/label_offset[4]: 3, but there are 4 words"},
      {{0, 2, 2, 3, 4}, {2, 3, 1, 1}, 5, "/samples/label[1]: 3 is not in [0, 2] (3 classes)"},
      {{0, 2, 2, 3, 4}, {2, -1, 1, 1}, 5, "/samples/label[1]: -1 is not in [0, 2]"},
      {{0, 2, 3, 4},
       {2, 0, 1, 1},
       4,
       "has 4 entries, but /samples/label_offset, less its end, has"},
      {{4}, {2, 0, 1, 1}, 1, "/samples/label_offset: 1 entries, expected 2 or more"},
  };
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    fray_h5 file = small_shard(in_folder("words.h5"), "s", "/samples/label");
    good(fray_h5_put_attr_text(file, ".", "task", "sequence", &err), &err);
    good(fray_h5_write(file, "/samples/label_offset", FRAY_H5_I64, 1, &cases[k].n_offsets,
                       cases[k].offset, false, &err),
         &err);
    good(fray_h5_write(file, "/samples/label", FRAY_H5_I64, 1, &(size_t){4}, cases[k].word, false,
                       &err),
         &err);
    closed(file);
    if (cases[k].message) {
      refused(fray_dataset_open(in_folder("words.h5"), NULL, 0, world, &d, &err), &err,
              cases[k].message);
      continue;
    }
    d = opened(in_folder("words.h5"), NULL, 0);
    assert_non_null(d->words);
    assert_int_equal(fray_transcript_length(d->words, 0), 2);
    assert_int_equal(d->words->word[d->words->first[3]], 1);
    assert_true(fray_is_labelled(d, 0) && !fray_is_labelled(d, 1));
    assert_true(fray_has_class(d, 0, 2) && fray_has_class(d, 0, 0) && !fray_has_class(d, 0, 1));
    assert_int_equal(fray_dataset_most_words(d), 2);
    fray_dataset_close(d);
  }
  fray_h5 file = small_shard(in_folder("words.h5"), "s", NULL);
  good(fray_h5_put_attr_text(file, ".", "task", "sequence", &err), &err);
  closed(file);
  refused(fray_dataset_open(in_folder("words.h5"), NULL, 0, world, &d, &err), &err, "label_offset");
}

static void missing_and_foreign_files_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  refused(fray_dataset_open(in_folder("absent.h5"), NULL, 0, world, &d, &err), &err, "absent.h5");
  good(fray_make_folders(in_folder("empty"), &err), &err);
  refused(fray_dataset_open(in_folder("empty"), NULL, 0, world, &d, &err), &err, "no .h5 file");
  good(fray_file_write(in_folder("text.h5"), "a,b\n1,2\n", 8, &err), &err);
  refused(fray_dataset_open(in_folder("text.h5"), NULL, 0, world, &d, &err), &err,
          "text.h5: not an HDF5 file");
}

static void open_pair(const char *change, const char *message) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(fray_remove_tree(in_folder("pair"), &err), &err);
  good(fray_make_folders(in_folder("pair"), &err), &err);
  closed(small_shard(in_folder("pair/a.h5"), "s", NULL));
  bool twin = strcmp(change, "sources") == 0, clients = strcmp(change, "clients") == 0;
  fray_h5 file = small_shard(in_folder("pair/b.h5"), twin ? "s" : "t",
                             twin || clients ? "/clients/id" : change);
  if (twin)
    write_texts(file, "/clients/id", "c|d");
  else if (clients)
    write_texts(file, "/clients/id", "sa|d");
  else if (strcmp(change, "/classes") == 0)
    write_texts(file, change, "x|y|w");
  else if (strcmp(change, "/dataset") == 0)
    good(fray_h5_put_attr_text(file, ".", "dataset", "large", &err), &err);
  else if (strcmp(change, "/rate") == 0)
    good(fray_h5_put_attr_real(file, "/modalities/acc", "rate", 51, &err), &err);
  else if (strcmp(change, "/group") == 0)
    write_texts(file, "/groups/age/values", "old|young");
  closed(file);
  refused(fray_dataset_open(in_folder("pair"), NULL, 0, world, &d, &err), &err, message);
}

static void shards_must_agree(void **state) {
  (void)state;
  open_pair("sources", "pair: source id \"s0\" appears twice");
  open_pair("clients", "pair: client id \"sa\" appears twice");
  open_pair("/classes", "classes differ: \"w\"");
  open_pair("/dataset", "is of data set \"large\"");
  open_pair("/rate", "modality acc differs");
  open_pair("/group", "has 2 groups");
}

static void hash_collisions_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  const char *const names[] = {"a", "b", "c"};
  good(texts_are_unique(names, (uint64_t[]){1, 17, 33}, 3, "source id", &err), &err);
  refused(texts_are_unique(names, (uint64_t[]){1, 17, 1}, 3, "source id", &err), &err,
          "\"a\" and \"c\" share a 64-bit hash");
}

/* A file that is damaged after the index was read is no input error. */
static void a_file_that_goes_away_is_an_io_error(void **state) {
  (void)state;
  struct fray_err err = {0};
  float x[10];
  size_t length = 0;
  closed(small_shard(in_folder("gone.h5"), "s", NULL));
  struct fray_dataset *d = opened(in_folder("gone.h5"), NULL, 0);
  assert_int_equal(unlink(in_folder("gone.h5")), 0);
  assert_int_equal(fray_sample_read(d, 0, 0, x, &length, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "gone.h5"));
  assert_int_equal(err.status, FRAY_IO);
  fray_dataset_close(d);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_shard_comes_back),
      cmocka_unit_test(values_come_back_in_any_order),
      cmocka_unit_test(modalities_are_chosen_and_ordered),
      cmocka_unit_test(shards_join_and_groups_merge),
      cmocka_unit_test(dense_shards_of_two_lengths_are_ragged),
      cmocka_unit_test(multi_label_rows_are_read),
      cmocka_unit_test(overlapping_dev_windows_are_counted),
      cmocka_unit_test(multi_label_rows_may_be_unlabelled),
      cmocka_unit_test(the_hash_is_of_the_content),
      cmocka_unit_test(every_flaw_is_named),
      cmocka_unit_test(multi_labels_are_0_or_1),
      cmocka_unit_test(sequences_are_read_and_checked),
      cmocka_unit_test(missing_and_foreign_files_are_refused),
      cmocka_unit_test(shards_must_agree),
      cmocka_unit_test(hash_collisions_are_refused),
      cmocka_unit_test(a_file_that_goes_away_is_an_io_error),
  };
  return run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), make_folder, remove_folder);
}

/* Whole imports of small sets, looked at through HDF5. */
#include "workbench.h"

#include "fray/data/dataset.h"
#include "fray/h5/h5.h"

static struct fray_arena arena;
static fray_h5 shard = -1;

static int setup(void **state) {
  return bench_open(state);
}

static int teardown(void **state) {
  if (shard >= 0)
    fray_h5_close(shard, NULL);
  shard = -1;
  fray_arena_free(&arena);
  arena = (struct fray_arena){0};
  return bench_close(state);
}

static void open_shard(const char *name) {
  struct fray_err err = {0};
  if (shard >= 0)
    fray_h5_close(shard, NULL);
  if (fray_h5_open(at(name), &shard, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static const char **texts(const char *path, size_t n) {
  struct fray_err err = {0};
  const char **out;
  size_t found;
  if (fray_h5_read_texts(shard, path, &arena, &out, &found, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(found, n);
  return out;
}

static void expect_texts(const char *path, const char *const *expected, size_t n) {
  const char **found = texts(path, n);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(found[i], expected[i]);
}

static void values(const char *path, enum fray_h5_type type, void *out, size_t n) {
  struct fray_err err = {0};
  if (fray_h5_read(shard, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void expect_floats(const char *path, const float *expected, size_t n) {
  float found[256];
  assert_true(n <= 256);
  values(path, FRAY_H5_F32, found, n);
  for (size_t i = 0; i < n; i++)
    assert_true(fabsf(found[i] - expected[i]) < 1e-6f);
}

static void expect_ints(const char *path, const int64_t *expected, size_t n) {
  int64_t found[256];
  assert_true(n <= 256);
  values(path, FRAY_H5_I64, found, n);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(found[i], expected[i]);
}

#define EXPECT_TEXTS(path, ...)                                                                    \
  do {                                                                                             \
    const char *const expected_[] = {__VA_ARGS__};                                                 \
    expect_texts(path, expected_, FRAY_COUNT(expected_));                                          \
  } while (0)
#define EXPECT_INTS(path, ...)                                                                     \
  do {                                                                                             \
    const int64_t expected_[] = {__VA_ARGS__};                                                     \
    expect_ints(path, expected_, FRAY_COUNT(expected_));                                           \
  } while (0)

/* Sound, picture, series and features by a manifest; empty cells are absent modalities. */
static void manifest(void **state) {
  (void)state;
  const int16_t loud[] = {1000, -2000, 32767, -32768}, soft[] = {1, 2};
  const float vector[] = {0.5f, -1};
  put_wav("raw/a.wav", 8000, loud, 4);
  put_wav("raw/b.wav", 8000, soft, 2);
  put_pgm("raw/a.pgm", 2, 3, 10);
  put_pgm("raw/c.pgm", 2, 3, 100);
  put("raw/a.csv", "time,x,y\n0,1.5,2\n1,-3,4e-1\n");
  put("raw/b.csv", "time,x,y\n0,9,8\n");
  for (const char *c = "abc"; *c; c++)
    put_npy((char[]){'r', 'a', 'w', '/', *c, '.', 'n', 'p', 'y', 0}, "<f4", "False", "(2,)", vector,
            sizeof vector);
  put("raw/m.csv", "key,who,what,split,town,audio,pic,move,emb\n"
                   "k3,s10,yes,test,Ulm,,c.pgm,,c.npy\n"
                   "k1,s2,no,train,Bonn,a.wav,a.pgm,a.csv,a.npy\n"
                   "k2,s10,no,train,Ulm,b.wav,,b.csv,b.npy\n");
  import_bench("name: tiny\nlicence: CC0\nraw: raw\nclasses: [yes, no]\ngroups: [town]\n"
               "modalities:\n  audio: {kind: audio}\n  pic: {kind: image}\n"
               "  move: {kind: series, unit: g, rate: 5, columns: [y, x]}\n"
               "  vec: {kind: feature}\n"
               "inputs:\n  - reader: manifest\n    file: m.csv\n    id: \"{key}\"\n"
               "    client: \"{who}\"\n    label: \"{what}\"\n    files: {vec: emb}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/clients/id", "s2", "s10");
  EXPECT_INTS("/clients/first", 0, 1);
  EXPECT_INTS("/clients/count", 1, 2);
  EXPECT_TEXTS("/samples/source", "k1", "k3", "k2");
  EXPECT_TEXTS("/classes", "yes", "no");
  EXPECT_INTS("/samples/label", 1, 0, 1);
  EXPECT_INTS("/samples/split", FRAY_TRAIN, FRAY_TEST, FRAY_TRAIN);
  EXPECT_TEXTS("/groups/town/values", "Bonn", "Ulm");
  EXPECT_INTS("/groups/town/code", 0, 1, 1);
  EXPECT_INTS("/modalities/audio/offset", 0, 4, 4, 6);
  EXPECT_INTS("/modalities/audio/present", 1, 0, 1);
  EXPECT_INTS("/modalities/audio/values", 1000, -2000, 32767, -32768, 1, 2);
  EXPECT_INTS("/modalities/pic/present", 1, 1, 0);
  uint8_t pixels[18];
  values("/modalities/pic/values", FRAY_H5_U8, pixels, 18);
  for (int i = 0; i < 12; i++)
    assert_int_equal(pixels[i], i < 6 ? 10 + i : 100 + i - 6);
  EXPECT_INTS("/modalities/move/offset", 0, 2, 2, 3);
  expect_floats("/modalities/move/values", (float[]){2, 1.5f, 0.4f, -3, 8, 9}, 6);
  expect_floats("/modalities/vec/values", (float[]){0.5f, -1, 0.5f, -1, 0.5f, -1}, 6);
}

/* Texts from a column, quotes and line breaks included, and from files, byte by byte. */
static void text(void **state) {
  (void)state;
  put_bytes("b.txt",
            "\xef\xbb\xbf"
            "caf\xe9\n",
            8); /* a byte order mark; Latin-1 */
  put("c.txt", "x");
  put("m.csv", "id,client,label,tweet,note\n"
               "a,s,y,\"two\nlines, \"\"so\"\"\",\n"
               "b,s,n,,b.txt\n"
               "c,t,y,\u00fc,c.txt\n");
  import_bench("name: t\nmodalities:\n  say: {kind: text}\n  note: {kind: text}\n"
               "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: tweet}}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_INTS("/modalities/say/present", 1, 0, 1);
  EXPECT_INTS("/modalities/say/offset", 0, 15, 15, 17);
  EXPECT_INTS("/modalities/note/present", 0, 1, 1);
  EXPECT_INTS("/modalities/note/offset", 0, 0, 8, 9);
  char found[17];
  values("/modalities/say/values", FRAY_H5_U8, found, 17);
  assert_memory_equal(found, "two\nlines, \"so\"\u00fc", 17);
  values("/modalities/note/values", FRAY_H5_U8, found, 9);
  assert_memory_equal(found,
                      "\xef\xbb\xbf"
                      "caf\xe9\nx",
                      9);
}

/* A text file per sample. */
static void text_files(void **state) {
  (void)state;
  put("raw/good/ann_1.txt", "I like it.");
  put("raw/bad/ben_1.txt", "No!");
  import_bench("name: t\nraw: raw\nmodalities: {say: {kind: text}}\ninputs:\n"
               "  - {reader: files, pattern: \"{label}/{who}_{take}.txt\", modality: say,\n"
               "     id: \"{path}\", client: \"{who}\"}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/samples/source", "good/ann_1.txt", "bad/ben_1.txt");
  EXPECT_INTS("/modalities/say/offset", 0, 10, 13);
}

/* Sound is resampled and images are resized as the YAML says. */
static void conversion(void **state) {
  (void)state;
  int16_t tone[1600];
  for (int i = 0; i < 1600; i++)
    tone[i] = (int16_t)lrint(16384 * sin(2 * M_PI * 200 * i / 16000));
  put_wav("a.wav", 16000, tone, 1600);
  put_pgm("a.pgm", 4, 4, 0);
  put("m.csv", "id,client,label,audio,image\na,c,x,a.wav,a.pgm\nb,c,y,a.wav,a.pgm\n");
  import_bench("name: t\nmodalities:\n  audio: {kind: audio, rate: 8000}\n"
               "  image: {kind: image, size: [2, 2], channels: rgb}\n"
               "inputs:\n  - {reader: manifest, file: m.csv}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_INTS("/modalities/audio/offset", 0, 800, 1600);
  double rate = 0;
  assert_int_equal(fray_h5_attr_real(shard, "/modalities/audio", "rate", &rate, NULL), FRAY_OK);
  assert_true(rate == 8000);
  int16_t sound[1600];
  values("/modalities/audio/values", FRAY_H5_I16, sound, 1600);
  for (int i = 100; i < 700; i++)
    assert_true(abs(sound[i] - tone[2 * i]) <= 8);
  uint8_t pixels[24];
  values("/modalities/image/values", FRAY_H5_U8, pixels, 24);
  const int mean[] = {3, 5, 11, 13}; /* of 2 x 2 blocks of 0..15: 2.5, 4.5, 10.5, 12.5 */
  for (int i = 0; i < 24; i++)
    assert_true(abs(pixels[i] - mean[i / 3 % 4]) <= 1);
}

static const char matrix_yaml[] =
    "name: m\ngroups: [person]\nmodalities:\n  acc: {kind: series}\n  vec: {kind: feature}\n"
    "inputs:\n  - reader: matrix\n    split: train\n    id: \"train/{row}\"\n"
    "    client: \"p{person}\"\n    channels: {acc: [x.txt, y.txt], vec: [v.txt]}\n"
    "    columns: {person: who.txt, act: act.txt}\n"
    "    derive:\n      label: {from: act, values: {\"1\": sit, \"2\": run}}\n";

static void matrix(void **state) {
  (void)state;
  put("x.txt", "1 2 3\n4 5 6\n7 8 9\n");
  put("y.txt", "-1 -2 -3\n-4 -5 -6\n-7 -8 -9\n");
  put("v.txt", "0.1 0.2\n0.3 0.4\n0.5 0.6\n");
  put("who.txt", "2\n1\n2\n");
  put("act.txt", "1\n2\n2\n");
  import_bench(matrix_yaml);
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/classes", "run", "sit");
  EXPECT_TEXTS("/clients/id", "p1", "p2");
  EXPECT_TEXTS("/samples/source", "train/1", "train/0", "train/2");
  EXPECT_INTS("/samples/label", 0, 1, 0);
  expect_floats("/modalities/acc/values",
                (float[]){4, -4, 5, -5, 6, -6, 1, -1, 2, -2, 3, -3, 7, -7, 8, -8, 9, -9}, 18);
  expect_floats("/modalities/vec/values", (float[]){0.3f, 0.4f, 0.1f, 0.2f, 0.5f, 0.6f}, 6);
}

static void file_names(void **state) {
  (void)state;
  const int16_t x[] = {7};
  put_wav("r [1]/rec/one_ann_lee_10.wav", 8000, x, 1); /* glob characters are only characters */
  put_wav("r [1]/rec/two_ann_lee_2.wav", 8000, x, 1);
  put_wav("r [1]/rec/one_bob_2.wav", 8000, x, 1);
  put("r [1]/rec/notes.txt", "no sound");
  import_bench("name: f\nraw: r [1]\ngroups: [town]\nmodalities: {audio: {kind: audio}}\n"
               "inputs:\n  - reader: files\n    pattern: \"rec/{label}_{who}_{take}.wav\"\n"
               "    modality: audio\n    id: \"{path}\"\n    client: \"{who}\"\n    derive:\n"
               "      town: {from: who, values: {ann: Ulm}, otherwise: Bonn}\n"
               "      split: {from: take, values: {\"2\": train, \"lee_2\": train}, "
               "otherwise: test}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/clients/id", "ann", "bob");
  EXPECT_TEXTS("/samples/source", "rec/one_ann_lee_10.wav", "rec/two_ann_lee_2.wav",
               "rec/one_bob_2.wav");
  EXPECT_INTS("/samples/split", FRAY_TEST, FRAY_TRAIN, FRAY_TRAIN);
  EXPECT_TEXTS("/groups/town/values", "Bonn", "Ulm");
  EXPECT_INTS("/groups/town/code", 1, 1, 0);
}

static void idx(void **state) {
  (void)state;
  uint8_t pixels[18], labels[] = {1, 0, 1};
  for (int i = 0; i < 18; i++)
    pixels[i] = (uint8_t)(i * 3);
  put_idx("i.idx", 3, 3, 2, 3, pixels, 18);
  put_idx("l.idx", 1, 3, 0, 0, labels, 3);
  put("w.csv", "index,label,writer\n0,1,w2\n1,0,w1\n2,1,w2\n");
  import_bench("name: i\ngroups: [writer]\nmodalities: {image: {kind: image}}\ninputs:\n"
               "  - {reader: idx, images: i.idx, labels: l.idx, columns: w.csv, modality: image,\n"
               "     id: \"n{row}\", client: \"{writer}\"}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/samples/source", "n1", "n0", "n2");
  EXPECT_INTS("/samples/label", 0, 1, 1);
  uint8_t found[18];
  values("/modalities/image/values", FRAY_H5_U8, found, 18);
  for (int i = 0; i < 18; i++)
    assert_int_equal(found[i], pixels[(i / 6 == 0 ? 6 : i / 6 == 1 ? 0 : 12) + i % 6]);
}

/* ---- splits ---- */

enum { CLIENTS = 5, EACH = 40 };

/* 5 clients of 40 samples, two classes in turn, a feature that is the sample's number. */
static void put_many(void) {
  struct fray_text csv = {0}, text = {0};
  fray_text_puts(&csv, "id,client,label,v\n");
  for (int i = 0; i < CLIENTS * EACH; i++)
    fray_text_printf(&text, "%d\n", i);
  put("v.txt", text.data);
  fray_text_free(&text);
  for (int i = 0; i < CLIENTS * EACH; i++)
    fray_text_printf(&text, "%d\n", i / EACH);
  put("c.txt", text.data);
  fray_text_free(&text);
  for (int i = 0; i < CLIENTS * EACH; i++)
    fray_text_printf(&text, "%d\n", i % EACH / 10 % 2);
  put("l.txt", text.data);
  fray_text_free(&text);
  fray_text_free(&csv);
}

static void import_many(const char *more, uint8_t split[CLIENTS * EACH]) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml,
           "name: s\nmodalities: {v: {kind: feature}}\ninputs:\n  - {reader: matrix, id: \"{row}\","
           " client: \"{c}\", label: \"{l}\",\n     channels: {v: [v.txt]},"
           " columns: {c: c.txt, l: l.txt}}\n%s",
           more);
  assert_int_equal(fray_remove_tree(at("out"), NULL), FRAY_OK);
  import_bench(yaml);
  open_shard("out/shard-0000.h5");
  values("/samples/split", FRAY_H5_U8, split, CLIENTS * EACH);
}

static int count(const uint8_t *split, int n, int value) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += split[i] == value;
  return found;
}

static void dev_by_window(void **state) {
  (void)state;
  uint8_t a[CLIENTS * EACH], b[CLIENTS * EACH], c[CLIENTS * EACH];
  put_many();
  import_many("dev: {fraction: 0.2}\n", a);
  for (int k = 0; k < CLIENTS; k++)
    assert_int_equal(count(a + k * EACH, EACH, FRAY_DEV), EACH / 5);
  import_many("dev: {fraction: 0.2}\n", b);
  assert_memory_equal(a, b, sizeof a);
  import_many("dev: {fraction: 0.2}\nseed: 1\n", c);
  assert_memory_not_equal(a, c, sizeof a);
  import_many("dev: {fraction: 0.29, within: all}\n", c);
  assert_int_equal(count(c, sizeof c, FRAY_DEV), 58);
}

/* For every client and class one run of a fifth of its samples. */
static void dev_by_block(void **state) {
  (void)state;
  uint8_t split[CLIENTS * EACH];
  put_many();
  import_many("dev: {fraction: 0.2, by: block}\n", split);
  for (int k = 0; k < CLIENTS; k++)
    for (int class = 0; class < 2; class ++) {
      int first = -1, last = -1, n = 0, place = 0;
      for (int i = 0; i < EACH; i++) {
        if (i / 10 % 2 != class)
          continue;
        if (split[k * EACH + i] == FRAY_DEV) {
          first = first < 0 ? place : first;
          last = place;
          n++;
        }
        place++;
      }
      assert_int_equal(n, 4);
      assert_int_equal(last - first, 3);
    }
}

static void test_splits(void **state) {
  (void)state;
  uint8_t split[CLIENTS * EACH];
  put_many();
  import_many("test: {clients: [\"1\", \"3\"]}\ndev: {fraction: 0.5}\n", split);
  for (int k = 0; k < CLIENTS; k++) {
    assert_int_equal(count(split + k * EACH, EACH, FRAY_TEST), k % 2 ? EACH : 0);
    assert_int_equal(count(split + k * EACH, EACH, FRAY_DEV), k % 2 ? 0 : EACH / 2);
  }
  import_many("test: {fraction: 0.4}\n", split);
  int whole = 0;
  for (int k = 0; k < CLIENTS; k++)
    whole += count(split + k * EACH, EACH, FRAY_TEST) == EACH;
  assert_int_equal(whole, 2);
  assert_int_equal(count(split, sizeof split, FRAY_TEST), 2 * EACH);
  import_many("test: {fraction: 0.25, of: samples}\ndev: {from: test, fraction: 0.5}\n", split);
  for (int k = 0; k < CLIENTS; k++) {
    assert_int_equal(count(split + k * EACH, EACH, FRAY_TEST), 5);
    assert_int_equal(count(split + k * EACH, EACH, FRAY_DEV), 5);
  }
}

/* ---- shards ---- */

static void shards_hold_whole_clients(void **state) {
  (void)state;
  uint8_t split[CLIENTS * EACH];
  struct fray_err err = {0};
  put_many();
  char yaml[1024];
  snprintf(yaml, sizeof yaml,
           "name: s\nshards: {clients: 2, gzip: true}\nmodalities: {v: {kind: feature}}\ninputs:\n"
           "  - {reader: matrix, id: \"{row}\", client: \"{c}\", label: \"{l}\",\n"
           "     channels: {v: [v.txt]}, columns: {c: c.txt, l: l.txt}}\n");
  import_bench(yaml);
  for (int s = 0; s < 3; s++) {
    char name[32];
    snprintf(name, sizeof name, "out/shard-%04d.h5", s);
    open_shard(name);
    int n = s < 2 ? 2 : 1;
    float x[2 * EACH];
    values("/modalities/v/values", FRAY_H5_F32, x, (size_t)(n * EACH));
    for (int i = 0; i < n * EACH; i++)
      assert_true(x[i] == (float)(2 * s * EACH + i));
    texts("/clients/id", (size_t)n);
  }
  assert_false(fray_file_exists(at("out/shard-0003.h5")));
  (void)split;
  struct fray_comm *comm = NULL;
  struct fray_dataset *dataset = NULL;
  assert_int_equal(fray_comm_start(NULL, NULL, &comm, &err), FRAY_OK);
  if (fray_dataset_open(at("out"), NULL, 0, comm, &dataset, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(dataset->n_samples, CLIENTS * EACH);
  assert_int_equal(dataset->n_clients, CLIENTS);
  assert_int_equal(dataset->n_shards, 3);
  for (size_t i = 0; i < dataset->n_samples; i += 7) {
    float x = -1;
    size_t length = 0;
    assert_int_equal(fray_sample_read(dataset, 0, i, &x, &length, &err), FRAY_OK);
    assert_true(length == 1 && x == (float)i);
  }
  fray_dataset_close(dataset);
  fray_comm_finish(comm);
}

/* A shard whose samples all lack a modality. */
static void modality_absent_from_a_shard(void **state) {
  (void)state;
  const int16_t x[] = {1, 2};
  put_wav("a.wav", 8000, x, 2);
  put_pgm("a.pgm", 2, 2, 0);
  put("m.csv", "id,client,label,audio,image\na,c1,x,,a.pgm\nb,c2,y,a.wav,\n");
  import_bench("name: t\nshards: {clients: 1}\nmodalities: {audio: {kind: audio}, "
               "image: {kind: image}}\ninputs:\n  - {reader: manifest, file: m.csv}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_INTS("/modalities/audio/present", 0);
  EXPECT_INTS("/modalities/audio/offset", 0, 0);
  open_shard("out/shard-0001.h5");
  EXPECT_INTS("/modalities/image/present", 0);
  EXPECT_INTS("/modalities/audio/offset", 0, 2);
}

/* ---- pairs ---- */

/* A set of features: n samples, clients of `each`, class = number modulo classes. */
static void put_set(const char *name, int n, int each, int classes, const char *more) {
  char path[64];
  struct fray_text text = {0};
  fray_text_puts(&text, "id,client,label,who,MOD\n");
  for (int i = 0; i < n; i++) {
    float value = (float)i;
    fray_text_printf(&text, "%s%d,%s%d,%d,%s%d,%d.npy\n", name, i, name, i / each, i % classes,
                     name, i / each, i);
    snprintf(path, sizeof path, "%s/%d.npy", name, i);
    put_npy(path, "<f4", "False", "(1,)", &value, sizeof value);
  }
  snprintf(path, sizeof path, "%s/m.csv", name);
  put(path, text.data);
  text.size = 0;
  fray_text_printf(&text,
                   "name: %s\nraw: %s\ngroups: [by_%s]\nmodalities: {v%s: {kind: feature}}\n"
                   "inputs:\n  - {reader: manifest, file: m.csv, files: {v%s: MOD},\n"
                   "     derive: {by_%s: {from: who, values: {}, otherwise: %s}}}\n%s",
                   name, name, name, name, name, name, name, more);
  snprintf(path, sizeof path, "%s.yaml", name);
  put(path, text.data);
  fray_text_free(&text);
}

/* 3 clients of 20 with 6 of 15: two to one, no sample twice, leftovers unused. */
static void pair(void **state) {
  (void)state;
  put_set("A", 60, 20, 5, "test: {fraction: 0.25, of: samples}\n");
  put_set("B", 90, 15, 5, "test: {fraction: 0.34, of: clients}\n");
  import_bench("name: AB\npair: {first: A.yaml, second: B.yaml}\n");
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/clients/id", "A0", "A1", "A2");
  int rank;
  size_t dims[FRAY_H5_MAX_RANK], n;
  bool text;
  struct fray_err err = {0};
  assert_int_equal(fray_h5_shape(shard, "/samples/label", &rank, dims, &text, &err), FRAY_OK);
  n = dims[0];
  assert_true(n >= 40 && n <= 60);
  float a[60], b[60];
  int64_t label[60], split[60];
  values("/modalities/vA/values", FRAY_H5_F32, a, n);
  values("/modalities/vB/values", FRAY_H5_F32, b, n);
  values("/samples/label", FRAY_H5_I64, label, n);
  values("/samples/split", FRAY_H5_I64, split, n);
  const char **id = texts("/samples/source", n);
  int home[6] = {-1, -1, -1, -1, -1, -1}, used[2][90] = {{0}}, side[6] = {-1, -1, -1, -1, -1, -1};
  for (size_t i = 0; i < n; i++) {
    int p = (int)a[i], q = (int)b[i];
    char expected[32];
    snprintf(expected, sizeof expected, "A%d+B%d", p, q);
    assert_string_equal(id[i], expected);
    assert_int_equal(p % 5, label[i]);
    assert_int_equal(q % 5, label[i]);
    assert_int_equal(used[0][p]++, 0);
    assert_int_equal(used[1][q]++, 0);
    if (home[q / 15] < 0) /* a client of B belongs to one client of A, and to one split */
      home[q / 15] = p / 20, side[q / 15] = (int)split[i];
    assert_int_equal(home[q / 15], p / 20);
    assert_int_equal(side[q / 15], split[i]);
  }
  EXPECT_TEXTS("/groups/by_A/values", "A");
  EXPECT_TEXTS("/groups/by_B/values", "B");
}

/* As many clients on both sides: the k-th with the k-th. */
static void pair_one_to_one(void **state) {
  (void)state;
  put_set("A", 24, 2, 2, "");
  put_set("B", 36, 3, 2, "");
  import_bench("name: AB\npair: {first: B.yaml, second: A.yaml}\ndev: {fraction: 0.5}\n");
  open_shard("out/shard-0000.h5");
  float a[24], b[24];
  values("/modalities/vA/values", FRAY_H5_F32, a, 24);
  values("/modalities/vB/values", FRAY_H5_F32, b, 24);
  for (int i = 0; i < 24; i++)
    assert_int_equal((int)a[i] / 2, (int)b[i] / 3);
  uint8_t split[24];
  values("/samples/split", FRAY_H5_U8, split, 24);
  assert_int_equal(count(split, 24, FRAY_DEV), 12);
}

/* ---- folders ---- */

static void dry_run_writes_nothing(void **state) {
  (void)state;
  struct fray_err err = {0};
  put_set("A", 4, 2, 2, "");
  assert_int_equal(fray_import(at("A.yaml"), at("out"), NULL, true, false, &err), FRAY_OK);
  assert_false(fray_file_exists(at("out")));
  assert_int_equal(drafts_in(at(".")), 0);
  assert_int_equal(fray_import(at("A.yaml"), NULL, NULL, true, false, &err), FRAY_OK);
}

/* What an import says on stderr. */
static void said(const char *yaml, struct fray_text *out) {
  struct fray_err err = {0};
  put("said.yaml", yaml);
  int screen = dup(STDERR_FILENO);
  assert_non_null(freopen(at("said.txt"), "w", stderr));
  enum fray_status status = fray_import(at("said.yaml"), NULL, NULL, true, false, &err);
  fflush(stderr);
  assert_true(dup2(screen, STDERR_FILENO) >= 0);
  close(screen);
  assert_int_equal(status, FRAY_OK);
  assert_int_equal(fray_file_read(at("said.txt"), 4096, out, &err), FRAY_OK);
}

/* What the test split cannot show is said before anything is trained. */
static void few_test_clients_are_warned_of(void **state) {
  (void)state;
  struct fray_text rows = {0};
  fray_text_puts(&rows, "id,client,label,v\n");
  for (int i = 0; i < 9; i++) { /* contents differ: the same in two splits is another warning */
    const float vector[] = {-1, (float)i};
    char name[16];
    snprintf(name, sizeof name, "v%d.npy", i);
    put_npy(name, "<f4", "False", "(2,)", vector, sizeof vector);
    fray_text_printf(&rows, "%d,c%d,%d,%s\n", i, i, i % 2, name);
  }
  put("f.csv", rows.data);
  fray_text_free(&rows);
  static const struct {
    const char *clients, *says;
  } cases[] = {
      {"", "said.yaml: no sample is for test"},
      {"c1", "f: only 1 test client: scores tell how models do on that one"},
      {"c1, c2", "f: only 2 test clients: scores tell how models do on these"},
      {"c1, c2, c3, c4, c5", "f: only 5 test clients: scores tell how models do on these"},
      {"c1, c2, c3, c4, c5, c6", NULL},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_text text = {0};
    char yaml[256];
    snprintf(yaml, sizeof yaml,
             "name: f\nmodalities: {v: {kind: feature}}\n"
             "inputs: [{reader: manifest, file: f.csv}]\ntest: {clients: [%s]}\n",
             cases[i].clients);
    said(yaml, &text);
    if (cases[i].says ? !strstr(text.data, cases[i].says) : strstr(text.data, "warning") != NULL)
      fail_msg("case %zu: %s", i, text.data);
    fray_text_free(&text);
  }
}

static const char sets_csv[] = "id,client,label,mi,norm,hyp,v\n"
                               "a,s1,norm; mi,1,1,0,v.npy\nb,s1,,0,0,0.0,v.npy\n"
                               "c,s2,mi;mi;,1.0,0,0,v.npy\nd,s2,hyp,0,0,1,v.npy\n";

/* input: further keys of the input; set: of the data set. */
static void import_sets_of_classes(const char *input, const char *set) {
  const float vector[] = {1, 2};
  struct fray_text yaml = {0};
  put_npy("v.npy", "<f4", "False", "(2,)", vector, sizeof vector);
  put("m.csv", sets_csv);
  fray_text_printf(&yaml,
                   "name: sets\ntask: multi_label\nmodalities: {v: {kind: feature}}\n"
                   "inputs: [{reader: manifest, file: m.csv%s}]\n%s",
                   input, set);
  import_bench(yaml.data);
  fray_text_free(&yaml);
  open_shard("out/shard-0000.h5");
}

/* Sets by a separator, with blanks, a class twice, an empty piece and no class at all. */
static void sets_by_separator(void **state) {
  (void)state;
  import_sets_of_classes("", "");
  EXPECT_TEXTS("/classes", "hyp", "mi", "norm");
  EXPECT_INTS("/samples/label", 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0);
  struct fray_err err = {0};
  const char *task;
  assert_int_equal(fray_h5_attr_text(shard, ".", "task", &arena, &task, &err), FRAY_OK);
  assert_string_equal(task, "multi_label");
}

static void sets_by_columns(void **state) {
  (void)state;
  import_sets_of_classes(", label_columns: [norm, mi, hyp]", "classes: [norm, mi, hyp]\n");
  EXPECT_TEXTS("/classes", "norm", "mi", "hyp");
  EXPECT_INTS("/samples/label", 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1);
}

/* A column without any 1 is a class all the same; blocks of dev samples are drawn per client. */
static void sets_and_splits(void **state) {
  (void)state;
  import_sets_of_classes(", label_columns: [mi, norm]", "dev: {fraction: 0.5, by: block}\n");
  EXPECT_TEXTS("/classes", "mi", "norm");
  int64_t split[4];
  values("/samples/split", FRAY_H5_I64, split, 4);
  assert_true(split[0] + split[1] == FRAY_DEV && split[2] + split[3] == FRAY_DEV);
}

static void raw_folder_and_overwriting(void **state) {
  (void)state;
  struct fray_err err = {0};
  put_set("A", 4, 2, 2, "");
  assert_int_equal(rename(at("A"), at("elsewhere")), 0);
  assert_int_equal(fray_import(at("A.yaml"), at("out/"), NULL, false, false, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "folder of raw files"));
  assert_int_equal(fray_import(at("A.yaml"), at("out/"), at("elsewhere"), false, false, &err),
                   FRAY_OK);
  assert_int_equal(fray_import(at("A.yaml"), at("out"), at("elsewhere"), false, false, &err),
                   FRAY_INPUT);
  assert_non_null(strstr(err.text, "exists already"));
  assert_int_equal(fray_import(at("A.yaml"), at("out"), at("elsewhere"), false, true, &err),
                   FRAY_OK);
  put("out/thesis.tex", "my life");
  assert_int_equal(fray_import(at("A.yaml"), at("out"), at("elsewhere"), false, true, &err),
                   FRAY_INPUT);
  assert_non_null(strstr(err.text, "thesis.tex"));
  assert_true(fray_file_exists(at("out/thesis.tex")));
  assert_true(fray_file_exists(at("out/shard-0000.h5")));
}

static void same_bytes_every_time(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_text a = {0}, b = {0};
  put_set("A", 30, 6, 3, "dev: {fraction: 0.4}\n");
  assert_int_equal(fray_import(at("A.yaml"), at("one"), NULL, false, false, &err), FRAY_OK);
  assert_int_equal(fray_import(at("A.yaml"), at("two"), NULL, false, false, &err), FRAY_OK);
  assert_int_equal(fray_file_read(at("one/shard-0000.h5"), 1 << 24, &a, &err), FRAY_OK);
  assert_int_equal(fray_file_read(at("two/shard-0000.h5"), 1 << 24, &b, &err), FRAY_OK);
  assert_int_equal(a.size, b.size);
  assert_memory_equal(a.data, b.data, a.size);
  fray_text_free(&a);
  fray_text_free(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(manifest),
      TEST(text),
      TEST(text_files),
      TEST(conversion),
      TEST(matrix),
      TEST(file_names),
      TEST(idx),
      TEST(dev_by_window),
      TEST(dev_by_block),
      TEST(test_splits),
      TEST(shards_hold_whole_clients),
      TEST(modality_absent_from_a_shard),
      TEST(pair),
      TEST(pair_one_to_one),
      TEST(dry_run_writes_nothing),
      TEST(few_test_clients_are_warned_of),
      TEST(sets_by_separator),
      TEST(sets_by_columns),
      TEST(sets_and_splits),
      TEST(raw_folder_and_overwriting),
      TEST(same_bytes_every_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

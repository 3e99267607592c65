/* Whole imports by each reader, and of each kind of value, looked at through HDF5. */
#include "workbench.h"

#include "fray/data/dataset.h"

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

#define TOGETHER(patterns)                                                                         \
  "name: t\nmodalities: {audio: {kind: audio}, note: {kind: text}}\ninputs:\n"                     \
  "  - {reader: files, patterns: {" patterns "}, id: \"{who}/{label}\", client: \"{who}\"}\n"

/* Sound and text of one take are one sample; whatever one of them lacks, it lacks. */
static void files_together(void **state) {
  (void)state;
  const int16_t x[] = {7, 8}, y[] = {9};
  put_wav("sound/ann-yes.wav", 8000, x, 2);
  put_wav("sound/ben-no.wav", 8000, y, 1);
  put("notes/yes/ann.txt", "sure");
  put("notes/no/cleo.txt", "never");
  import_anew(TOGETHER("audio: \"sound/{who}-{label}.wav\", note: \"notes/{label}/{who}.txt\""));
  EXPECT_TEXTS("/samples/source", "ann/yes", "ben/no", "cleo/no");
  EXPECT_TEXTS("/classes", "no", "yes");
  EXPECT_INTS("/samples/label", 1, 0, 0);
  EXPECT_INTS("/modalities/audio/present", 1, 1, 0);
  EXPECT_INTS("/modalities/note/present", 1, 0, 1);
  int16_t sound[3];
  values("/modalities/audio/values", FRAY_H5_I16, sound, 3);
  assert_true(sound[0] == 7 && sound[1] == 8 && sound[2] == 9);
  char text[10] = "";
  values("/modalities/note/values", FRAY_H5_U8, text, 9);
  assert_string_equal(text, "surenever");
  struct fray_text told = {0};
  said(TOGETHER("audio: \"sound/{who}-{label}.wav\", note: \"notes/{label}/{who}.txt\""), &told);
  assert_non_null(strstr(told.data, "1 sample of 3 lacks audio"));
  assert_non_null(strstr(told.data, "1 sample of 3 lacks note"));
  fray_text_free(&told);
  refuse(TOGETHER("audio: \"sound/{who}-{label}.wav\", note: \"notes/{label}/{whom}.txt\""),
         "notes/{label}/{whom}.txt: patterns: this one lacks the field {who} of");
  refuse(TOGETHER("audio: \"sound/{who}-{label}.wav\", note: \"{kind}/{label}/{who}.txt\""),
         "patterns: the field {kind} is not in");
  put("notes/yes/ann.b.txt", "again");
  refuse(TOGETHER("audio: \"sound/{who}-{label}.wav\", note: \"notes/{label}/{who:3}{:any}txt\""),
         "{:any} is for texts");
  put("more/yes/ann1.txt", "again");
  put("more/yes/ann2.txt", "again");
  refuse(
      TOGETHER(
          "audio: \"sound/{who}-{label}.wav\", note: \"more/{label}/{who:letters}{:digit}.txt\""),
      "both are the note of one sample, since their fields agree");
  refuse("name: t\nmodalities: {audio: {kind: audio}}\ninputs:\n  - {reader: files, modality: "
         "audio}\n",
         "give `pattern` with its `modality`, or `patterns`");
  refuse("name: t\nmodalities: {audio: {kind: audio}}\ninputs:\n"
         "  - {reader: files, pattern: \"sound/{id}.wav\"}\n",
         "`pattern` and `modality` need each other");
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

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(manifest), ON_BENCH(text),       ON_BENCH(text_files),     ON_BENCH(conversion),
      ON_BENCH(matrix),   ON_BENCH(file_names), ON_BENCH(files_together), ON_BENCH(idx),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

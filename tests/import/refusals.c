/* Bad input: INPUT, a message with the place, nothing written. */
#include "workbench.h"

static const char manifest_yaml[] =
    "name: t\nraw: raw\nclasses: [x, y]\nmodalities:\n  audio: {kind: audio}\n"
    "  image: {kind: image}\ninputs:\n  - {reader: manifest, file: m.csv}\n";

static const char manifest_csv[] = "id,client,label,audio,image\na,c,x,a.wav,a.pgm\n"
                                   "b,c,y,a.wav,b.pgm\n";

static const char matrix_yaml[] =
    "name: m\nmodalities:\n  acc: {kind: series}\ninputs:\n  - reader: matrix\n"
    "    id: \"{row}\"\n    client: \"{who}\"\n    label: \"{act}\"\n"
    "    channels: {acc: [x.txt, y.txt]}\n    columns: {who: who.txt, act: act.txt}\n";

static const char idx_yaml[] =
    "name: i\nmodalities: {image: {kind: image}}\ninputs:\n"
    "  - {reader: idx, images: i.idx, labels: l.idx, columns: w.csv, modality: image,\n"
    "     id: \"{row}\", client: \"{writer}\"}\n";

static const char feature_yaml[] = "name: f\nmodalities: {v: {kind: feature}}\n"
                                   "inputs:\n  - {reader: manifest, file: f.csv}\n";

/* Good files for all of these; each test spoils one. */
static int setup(void **state) {
  const int16_t x[] = {1, 2, 3};
  const uint8_t pixels[12] = {0}, labels[] = {0, 1};
  const float vector[] = {1, 2};
  if (bench_open(state))
    return -1;
  put_wav("raw/a.wav", 8000, x, 3);
  put_pgm("raw/a.pgm", 2, 2, 0);
  put_pgm("raw/b.pgm", 2, 2, 9);
  put("raw/m.csv", manifest_csv);
  put("x.txt", "1 2\n3 4\n");
  put("y.txt", "5 6\n7 8\n");
  put("who.txt", "1\n2\n");
  put("act.txt", "1\n2\n");
  put_idx("i.idx", 3, 2, 2, 3, pixels, 12);
  put_idx("l.idx", 1, 2, 0, 0, labels, 2);
  put("w.csv", "index,label,writer\n0,0,w\n1,1,w\n");
  put_npy("v.npy", "<f4", "False", "(2,)", vector, sizeof vector);
  put("f.csv", "id,client,label,v\na,c,x,v.npy\nb,c,y,v.npy\n");
  return 0;
}

/* The good files and YAMLs are good: what follows fails for the reason that it names. */
static void the_rest_is_good(void **state) {
  (void)state;
  const char *yaml[] = {manifest_yaml, matrix_yaml, idx_yaml, feature_yaml};
  for (size_t i = 0; i < FRAY_COUNT(yaml); i++) {
    import_bench(yaml[i]);
    assert_int_equal(fray_remove_tree(at("out"), NULL), FRAY_OK);
  }
}

static void manifest_rows(void **state) {
  (void)state;
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,a.pgm\nb,c,y,no.wav,b.pgm\n");
  refuse(manifest_yaml, "raw/m.csv:3: sample b: audio: ");
  refuse(manifest_yaml, "no.wav: No such file");
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,a.pgm\na,c,y,a.wav,b.pgm\n");
  refuse(manifest_yaml, "m.csv:3: id \"a\" is there twice, first in ");
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,a.pgm\nb,c,xx,a.wav,b.pgm\n");
  refuse(
      manifest_yaml,
      "m.csv:3: sample b: label \"xx\" is not among the classes; there are 'x', 'y' (did you mean "
      "'x'?)");
  put("raw/m.csv", "id,client,label,audio,image\na,,x,a.wav,a.pgm\n");
  refuse(manifest_yaml, "m.csv:2: sample a: the client is empty");
  put("raw/m.csv", "id,client,label,audio,image\n,c,x,a.wav,a.pgm\n");
  refuse(manifest_yaml, "m.csv:2: the id is empty");
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,,\n");
  refuse(manifest_yaml, "m.csv:2: sample a has no modality");
  put("raw/m.csv", "id,client,label,audio,image,split\na,c,x,a.wav,a.pgm,trian\n");
  refuse(manifest_yaml,
         "m.csv:2: split \"trian\" is none of train, dev, test (did you mean 'train'?)");
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,\"a\nb.pgm\"\n");
  refuse(manifest_yaml, "m.csv:2: a path is broken by a control character");
  put("raw/m.csv", "id,client,audio,image\na,c,a.wav,a.pgm\n");
  refuse(manifest_yaml, "there is no field \"label\"; there are 'id', 'client', 'audio', 'image'");
  put("raw/m.csv", "id,client,label,image\na,c,x,a.pgm\n");
  refuse(manifest_yaml, "there is no column \"audio\" for the modality audio");
  put("raw/m.csv", "id,client,label,audio,image\n");
  refuse(manifest_yaml, "hold no samples");
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,\nb,c,y,a.wav,\n");
  refuse(manifest_yaml, "modality image: no sample has it");
}

static void sets_of_classes(void **state) {
  (void)state;
  static const char head[] = "name: t\nraw: raw\nclasses: [x, y]\nmodalities:\n"
                             "  audio: {kind: audio}\ninputs:\n  - {reader: manifest, file: m.csv";
  char yaml[512];
  const struct {
    const char *csv, *keys, *message;
  } bad[] = {
      {"id,client,label,audio\na,c,x;yy,a.wav\n", "}\ntask: multi_label\n",
       "m.csv:2: sample a: label \"yy\" is not among the classes; there are 'x', 'y' (did you "
       "mean 'y'?)"},
      {"id,client,label,audio\na,c,x\\y,a.wav\n", ", label_separator: \"\"}\ntask: multi_label\n",
       "label_separator is empty"},
      {"id,client,x,y,audio\na,c,1,2,a.wav\n", ", label_columns: [x, y]}\ntask: multi_label\n",
       "m.csv:2: sample a: y: \"2\" is not 0 or 1"},
      {"id,client,x,y,audio\na,c,1,,a.wav\n", ", label_columns: [x, y]}\ntask: multi_label\n",
       "y: \"\" is not 0 or 1"},
      {"id,client,x,y,audio\na,c,1,0,a.wav\n", ", label_columns: [x, z]}\ntask: multi_label\n",
       "there is no field \"z\""},
      {"id,client,x,y,audio\na,c,1,0,a.wav\n",
       ", label_columns: [x, y], label_separator: \";\"}\ntask: multi_label\n",
       "either label_columns or label_separator"},
      {"id,client,x,y,audio\na,c,1,0,a.wav\n",
       ", label_columns: [x, y], label: \"{x}\"}\ntask: multi_label\n",
       "either label_columns or label (\"{x}\")"},
      {"id,client,x,y,audio\na,c,1,0,a.wav\n", ", label_columns: [x, y, x]}\ntask: multi_label\n",
       "label_columns: x is there twice"},
      {"id,client,x,z,audio\na,c,1,0,a.wav\n", ", label_columns: [x, z]}\ntask: multi_label\n",
       "label_columns: z is not among the classes"},
      {"id,client,label,audio\na,c,x,a.wav\n", ", label_separator: \";\"}\n",
       "label_separator is for `task: multi_label`"},
      {"id,client,label,audio\na,c,x,a.wav\n", ", label_columns: [x]}\n",
       "label_columns is for `task: multi_label`"},
  };
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    put("raw/m.csv", bad[i].csv);
    snprintf(yaml, sizeof yaml, "%s%s", head, bad[i].keys);
    refuse(yaml, bad[i].message);
  }
}

static void names_that_no_shard_holds(void **state) {
  (void)state;
  char csv[1400], id[1025];
  memset(id, 'a', 1024);
  id[1024] = '\0';
  snprintf(csv, sizeof csv, "id,client,label,audio,image\na,c,x,a.wav,a.pgm\n%s,c,y,a.wav,b.pgm\n",
           id);
  put("raw/m.csv", csv);
  refuse(manifest_yaml, "raw/m.csv:3: the id is longer than 1023 bytes");
  snprintf(csv, sizeof csv, "id,client,label,audio,image\na,%s,x,a.wav,a.pgm\n", id);
  put("raw/m.csv", csv);
  refuse(manifest_yaml, "raw/m.csv:2: sample a: the client is longer than 1023 bytes");
  put("raw/m.csv", "id,client,label,audio,image\na,c,\"x\ny\",a.wav,a.pgm\n");
  refuse(manifest_yaml, "raw/m.csv:2: sample a: the label is broken by a control character");
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,a.pgm\nb,c\xe9,y,a.wav,b.pgm\n");
  refuse(manifest_yaml, "raw/m.csv:3: byte 0xe9 is not UTF-8 text");
  put("act.txt", "1\n2\xe9\n");
  refuse(matrix_yaml, "act.txt:2: byte 0xe9 is not UTF-8 text");
  put("caf\xe9.wav", "");
  refuse("name: t\nmodalities: {audio: {kind: audio}}\n"
         "inputs: [{reader: files, pattern: \"{id}.wav\", modality: audio}]\n",
         "the file's name is not UTF-8");
}

static void paths_that_leave_the_folder(void **state) {
  (void)state;
  const char *bad[] = {"/etc/passwd", "../secret.wav", "a/../../secret.wav", "a/.."};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    char csv[256];
    snprintf(csv, sizeof csv, "id,client,label,audio,image\na,c,x,%s,a.pgm\n", bad[i]);
    put("raw/m.csv", csv);
    refuse(manifest_yaml, "m.csv:2: path \"");
    refuse(manifest_yaml, "leaves the raw folder");
  }
  refuse("name: t\nmodalities: {audio: {kind: audio}}\n"
         "inputs: [{reader: manifest, file: ../m.csv}]\n",
         "leaves the raw folder");
  refuse("name: t\nmodalities: {audio: {kind: audio}}\n"
         "inputs: [{reader: files, pattern: \"/{id}.wav\", modality: audio}]\n",
         "leaves the raw folder");
}

static void damaged_values(void **state) {
  (void)state;
  static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
                                13,   'I', 'H', 'D', 'R',  0,    0,    0,    2,    0,    0,
                                0,    2,   8,   0,   0,    0,    0,    0x57, 0xdd, 0x52, 0xf8};
  put_wav("raw/a.wav", 8000, NULL, 0);
  refuse(manifest_yaml, "a.wav: the sound has zero frames");
  const int16_t x[] = {1, 2, 3};
  put_wav("raw/a.wav", 8000, x, 3);
  put_bytes("raw/b.pgm", png, sizeof png); /* a PNG that ends behind its header */
  refuse(manifest_yaml, "m.csv:3: sample b: image: ");
  refuse(manifest_yaml, "truncated");
  put_pgm("raw/b.pgm", 3, 2, 0);
  refuse(manifest_yaml, "3 x 2 pixels, the images before have 2 x 2");
  put_pgm("raw/b.pgm", 2, 2, 0);
  put_wav("raw/b.wav", 16000, x, 1);
  put("raw/m.csv", "id,client,label,audio,image\na,c,x,a.wav,a.pgm\nb,c,y,b.wav,b.pgm\n");
  refuse(manifest_yaml, "16000 Hz, the files before have 8000 Hz");
}

static void matrices(void **state) {
  (void)state;
  put("y.txt", "5 6\n");
  refuse(matrix_yaml, "y.txt: 1 rows, but ");
  put("y.txt", "5 6 7\n7 8 9\n");
  refuse(matrix_yaml, "y.txt: 3 columns, the channels before have 2");
  put("y.txt", "5 6\n7\n");
  refuse(matrix_yaml, "y.txt:2: 1 numbers, the rows before have 2");
  put("y.txt", "5 6\n7 eight\n");
  refuse(matrix_yaml, "y.txt:2: \"eight\" is no finite number");
  put("y.txt", "5 6\n7 8\n");
  put("act.txt", "1\n2\n1\n");
  refuse(matrix_yaml, "rows, but ");
  put("act.txt", "1\n");
  refuse(matrix_yaml, "rows, but ");
}

static void idx_files(void **state) {
  (void)state;
  const uint8_t pixels[12] = {0}, labels[] = {0, 1, 2};
  put_idx("i.idx", 3, 2, 2, 3, pixels, 11);
  refuse(idx_yaml, "i.idx: 11 bytes of values, the IDX header announces 12");
  put_idx("i.idx", 3, 3, 2, 3, pixels, 12);
  refuse(idx_yaml, "the IDX header announces 18");
  put_idx("i.idx", 1, 12, 0, 0, pixels, 12);
  refuse(idx_yaml, "i.idx: IDX magic 00000801, expected 00000803");
  put("i.idx", "IDX");
  refuse(idx_yaml, "too short for an IDX file");
  put_idx("i.idx", 3, 0, 2, 3, pixels, 0);
  refuse(idx_yaml, "IDX axis 0 of length 0");
  put_idx("i.idx", 3, 2, 2, 3, pixels, 12);
  put_idx("l.idx", 1, 3, 0, 0, labels, 3);
  refuse(idx_yaml, "l.idx: 3 labels, but ");
  put_idx("l.idx", 1, 2, 0, 0, labels, 2);
  put("w.csv", "index,label,writer\n0,0,w\n");
  refuse(idx_yaml, "w.csv: 1 rows, but ");
  put("w.csv", "index,label,writer\n0,0,w\n1,7,w\n");
  refuse(idx_yaml, "w.csv:3: label \"7\", but it is \"1\"");
  put("w.csv", "index,label,writer\n1,0,w\n0,1,w\n");
  refuse(idx_yaml, "w.csv:2: index \"1\", but it is \"0\"");
}

static void npy_files(void **state) {
  (void)state;
  const float x[4] = {0};
  put_npy("w.npy", "<f4", "True", "(2, 2)", x, 16);
  put("f.csv", "id,client,label,v\na,c,x,v.npy\nb,c,y,w.npy\n");
  refuse(feature_yaml, "f.csv:3: sample b: v: ");
  refuse(feature_yaml, "w.npy: Fortran order");
  put_npy("w.npy", "<i4", "False", "(2,)", x, 8);
  refuse(feature_yaml, "values of type \"<i4\"");
  put_npy("w.npy", "<f4", "False", "(3,)", x, 8);
  refuse(feature_yaml, "8 bytes of values, the shape asks for 12");
  put_npy("w.npy", "<f4", "False", "(3,)", x, 12);
  refuse(feature_yaml, "3 columns, the samples before have 2");
  put_npy("w.npy", "<f4", "False", "(2, 2)", x, 16);
  refuse(feature_yaml, "samples of fixed and of free length");
}

static const char text_yaml[] = "name: s\nmodalities: {say: {kind: text}}\n"
                                "inputs:\n  - {reader: manifest, file: s.csv}\n";

static void texts(void **state) {
  (void)state;
  put("s.csv", "id,client,label,say,v\na,c,x,a.txt,\nb,c,y,b.txt,v.npy\n");
  put("a.txt", "good");
  put("b.txt", "");
  refuse(text_yaml, "b.txt: the file is empty");
  put_bytes("b.txt", "\xff\xfeh\0i\0", 6); /* UTF-16 */
  refuse(text_yaml, "b.txt: byte 3 is NUL");
  put("b.txt", "x");
  assert_int_equal(truncate(at("b.txt"), (16 << 20) + 1), 0);
  refuse(text_yaml, "b.txt");
  refuse("name: s\nmodalities: {say: {kind: text}}\n"
         "inputs: [{reader: manifest, file: s.csv, texts: {say: said}}]\n",
         "there is no column \"said\" for the modality say");
  refuse("name: s\nmodalities: {say: {kind: text}}\n"
         "inputs: [{reader: manifest, file: s.csv, texts: {sey: say}}]\n",
         "did you mean 'say'?");
  refuse("name: s\nmodalities: {say: {kind: text}}\n"
         "inputs: [{reader: manifest, file: s.csv, texts: {say: say}, files: {say: say}}]\n",
         "say is named in `files` and in `texts`");
  refuse("name: s\nmodalities: {say: {kind: text}}\n"
         "inputs: [{reader: manifest, file: s.csv, texts: [say]}]\n",
         "texts: expected a map from modalities to columns");
  refuse("name: s\nmodalities: {v: {kind: feature}}\n"
         "inputs: [{reader: manifest, file: s.csv, texts: {v: say}}]\n",
         "texts: v is a modality of kind feature, not text");
  refuse("name: s\nmodalities: {say: {kind: text}}\n" /* the only modality, and an empty cell */
         "inputs: [{reader: manifest, file: s.csv, texts: {say: v}}]\n",
         "sample a has no modality");
  refuse("name: m\nmodalities:\n  acc: {kind: text}\ninputs:\n  - reader: matrix\n"
         "    id: \"{row}\"\n    client: \"{who}\"\n    label: \"{act}\"\n"
         "    channels: {acc: [x.txt, y.txt]}\n    columns: {who: who.txt, act: act.txt}\n",
         "matrices hold series or features");
}

static void yaml_keys(void **state) {
  (void)state;
  refuse("modalities: {v: {kind: feature}}\n", "name");
  refuse("name: t\nmodalities: {v: {kind: feature}}\n", "`inputs` (or `pair`) is missing");
  refuse("name: t\ninputs: [{reader: manifest, file: m.csv}]\n", "`modalities` is missing");
  refuse("name: t\nmodalities: {v: {kind: smell}}\ninputs: [{reader: manifest, file: f.csv}]\n",
         "smell");
  refuse("name: t\nmodalities: {v: {kind: feature, rate: 5}}\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "rate");
  refuse("name: t\nmodalities: {v: {kind: feature}}\ninputs: [{reader: manifets, file: f.csv}]\n",
         "manifest");
  refuse("name: t\nmodalities: {v: {kind: feature}}\nclases: [x, y]\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "classes");
  refuse("name: t\nmodalities: {v: {kind: feature}}\nclasses: [x, y, x]\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "classes: a name is there twice");
  refuse("name: t\nmodalities: {v: {kind: feature}}\ngroups: [town]\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "there is no field \"town\"");
  refuse("name: t\nmodalities: {\"v/w\": {kind: feature}}\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "a name is made of letters");
  refuse("name: t\nmodalities: {v: {kind: image, size: [5]}}\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "expected [height, width]");
  refuse("name: t\nraw: nowhere\nmodalities: {v: {kind: feature}}\n"
         "inputs: [{reader: manifest, file: f.csv}]\n",
         "is not there");
  refuse("name: t\nmodalities: {v: {kind: feature}}\n"
         "inputs: [{reader: manifest, file: f.csv, id: \"{idd}\"}]\n",
         "there is no field \"idd\"");
  refuse("name: t\nmodalities: {v: {kind: feature}}\ninputs:\n  - reader: manifest\n"
         "    file: f.csv\n    label: \"{l}\"\n    derive: {l: {from: label, values: {x: a}}}\n",
         "f.csv:3: label \"y\" is not among the values of derive.l");
}

static void splits(void **state) {
  (void)state;
  char yaml[512];
  const char *const cases[][2] = {
      {"test: {clients: [nobody]}", "there is no client \"nobody\""},
      {"test: {fraction: 0.5}", "0.5 of 1 clients is none"},
      {"test: {fraction: 1.5}", "1.5"},
      {"test: {fraction: 0.5, clients: [c]}", "either `clients` or `fraction`"},
      {"dev: {fraction: 0.5, by: block, within: all}", "needs `by: window`"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    snprintf(yaml, sizeof yaml, "%s%s\n", feature_yaml, cases[i][0]);
    refuse(yaml, cases[i][1]);
  }
  put("f.csv", "id,client,label,v,split\na,c,x,v.npy,test\nb,c,y,v.npy,dev\n");
  snprintf(yaml, sizeof yaml, "%stest: {clients: [c]}\n", feature_yaml);
  refuse(yaml, "already give test samples");
  snprintf(yaml, sizeof yaml, "%sdev: {fraction: 0.5}\n", feature_yaml);
  refuse(yaml, "already give dev samples");
}

static void pairs(void **state) {
  (void)state;
  put("f.yaml", feature_yaml);
  put("m.yaml", matrix_yaml);
  put("p.yaml", "name: p\npair: {first: set.yaml, second: f.yaml}\n");
  refuse("name: p\npair: {first: f.yaml}\n", "pair needs `first` and `second`");
  refuse("name: p\npair: {first: f.yaml, second: m.yaml}\n", "class \"1\" of m is not in f");
  refuse("name: p\npair: {first: f.yaml, second: f.yaml}\n", "both sets have a modality \"v\"");
  refuse("name: p\npair: {first: set.yaml, second: f.yaml}\n", "a pair within a pair");
  refuse("name: p\npair: {first: p.yaml, second: f.yaml}\n", "a pair within a pair");
  refuse("name: p\ngroups: [a]\npair: {first: f.yaml, second: m.yaml}\n",
         "groups: a pair takes this from its two sets");
  refuse("name: p\ntask: multi_label\npair: {first: f.yaml, second: m.yaml}\n",
         "task: a pair takes this from its two sets");
  put("sets.yaml", "name: s\ntask: multi_label\nmodalities: {v: {kind: feature}}\n"
                   "inputs:\n  - {reader: manifest, file: f.csv}\n");
  refuse("name: p\npair: {first: m.yaml, second: sets.yaml}\n",
         "a pair joins samples by their class, but this set is multi-label");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_rest_is_good),
      TEST(manifest_rows),
      TEST(sets_of_classes),
      TEST(names_that_no_shard_holds),
      TEST(paths_that_leave_the_folder),
      TEST(damaged_values),
      TEST(matrices),
      TEST(idx_files),
      TEST(npy_files),
      TEST(texts),
      TEST(yaml_keys),
      TEST(splits),
      TEST(pairs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

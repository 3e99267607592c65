/* Tables as people keep them: columns by name, names in one form, sets as lists, files that are not
 * there, patterns. */
#include "workbench.h"

#include "fray/base/log.h"
#include "fray/data/dataset.h"

#include <sys/stat.h>

/* ---- columns of series ---- */

static const char series_csv[] = "id,client,label,split,acc\n1,a,x,train,1.csv\n2,b,y,test,2.csv\n";
#define SERIES(keys)                                                                               \
  "name: s\nmodalities: {acc: {kind: series" keys "}}\ninputs: [{reader: manifest, file: "         \
  "m.csv}]\n"

static void columns_are_bound_by_name(void **state) {
  (void)state;
  put("m.csv", series_csv);
  put("1.csv", "x,y\n1,10\n3,20\n2,30\n");
  put("2.csv", "\xef\xbb\xbf\"y\", x\r\n 40, 4\r\n50 ,6\r\n"); /* another order, blanks, CRLF */
  import_anew(SERIES(""));
  EXPECT_FLOATS("/modalities/acc/values", 1, 10, 3, 20, 2, 30, 4, 40, 6, 50);
  expect_joined("/modalities/acc/channel_names", "x|y");
  put("2.csv", "x,z\n1,2\n");
  refuse(SERIES(""), "2.csv:1: there is no column 'y'; there are 'x', 'z'");
  put("2.csv", "x,z,y\n1,2,3\n");
  refuse(SERIES(""), "2.csv:1: a column 'z', which ");
  import_anew(SERIES(", columns: [y, x]")); /* others are no matter then */
  EXPECT_FLOATS("/modalities/acc/values", 10, 1, 20, 3, 30, 2, 3, 1);
  expect_joined("/modalities/acc/channel_names", "y|x");
  refuse(SERIES(", columns: [y, x, \"y \"]"), "`columns` names 'y ' twice");
  refuse(SERIES(", columns: [y, xx]"), "1.csv:1: there is no column 'xx'; there are 'x', 'y' (did "
                                       "you mean 'x'?)");
  put("1.csv", "x,\"y\nz\"\n1,2\n");
  put("2.csv", "x,\"y\nz\"\n1,2\n");
  refuse(SERIES(""), "1.csv:1: the name of channel 2 is broken by a control character");
  put("1.csv", "x,y\n1,10\n3,20\n2,30\n");
  put("2.csv", "x,y\n1,\n");
  refuse(SERIES(""), "2.csv:2: column 'y': \"\" is no finite number");
  put("2.csv", "x,y\n1,\"0,5\"\n");
  refuse(SERIES(""), "2.csv:2: column 'y': \"0,5\" is no finite number");
}

static void headers_are_as_the_key_says(void **state) {
  (void)state;
  put("m.csv", series_csv);
  put("1.csv", "1,10\n3,20\n");
  put("2.csv", "4,40\n5,50\n");
  refuse(SERIES(""), "1.csv:1: the line holds numbers");
  refuse(SERIES(""), "`header: none`");
  import_anew(SERIES(", header: none"));
  EXPECT_FLOATS("/modalities/acc/values", 1, 10, 3, 20, 4, 40, 5, 50);
  assert_false(fray_h5_has(shard, "/modalities/acc/channel_names"));
  import_anew(SERIES(", header: none, columns: [\"2\"]"));
  EXPECT_FLOATS("/modalities/acc/values", 10, 20, 40, 50);
  put("1.csv", "0,1\n3,20\n");
  put("2.csv", "1,0\n5,50\n"); /* names that are numbers, in another order */
  import_anew(SERIES(", header: numbers"));
  EXPECT_FLOATS("/modalities/acc/values", 3, 20, 50, 5);
  expect_joined("/modalities/acc/channel_names", "0|1");
}

static void other_signs_may_separate(void **state) {
  (void)state;
  put("m.csv", series_csv);
  put("1.csv", "x;y\n1;10\n");
  put("2.csv", "y;x\n40;4\n");
  refuse(SERIES(""), "1.csv:1: the header has no comma, but 1 \";\"; set `separator: \";\"`");
  import_anew(SERIES(", separator: \";\""));
  EXPECT_FLOATS("/modalities/acc/values", 1, 10, 4, 40);
  put("1.csv", "x\ty\n1\t10\n");
  put("2.csv", "y\tx\n40\t4\n");
  import_anew(SERIES(", separator: \\t")); /* a plain scalar of YAML */
  EXPECT_FLOATS("/modalities/acc/values", 1, 10, 4, 40);
  refuse(SERIES(", separator: \"::\""), "separator \"::\": expected one character");
}

/* An index as pandas writes it, in the manifest and in the series. */
static void columns_without_a_name_are_left_out(void **state) {
  (void)state;
  put("m.csv", ",id,client,label,split,acc\n0,1,a,x,train,1.csv\n1,2,b,y,test,1.csv\n");
  put("1.csv", ",x,y\n0,1,2\n1,3,4\n");
  import_anew(SERIES(""));
  EXPECT_FLOATS("/modalities/acc/values", 1, 2, 3, 4, 1, 2, 3, 4);
  import_anew(SERIES(", columns: [y]"));
  EXPECT_FLOATS("/modalities/acc/values", 2, 4, 2, 4);
}

/* ---- texts and quotes ---- */

static void quotes_may_be_letters(void **state) {
  (void)state;
  char yaml[512];
  put("m.tsv", "id\tclient\tlabel\tsplit\ttweet\n1\ta\tx\ttrain\the said \"go\"\n"
               "2\tb\ty\ttest\t\"5 feet\n");
  static const char head[] = "name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: manifest, "
                             "file: m.tsv, separator: \"\\t\", texts: {t: tweet}";
  snprintf(yaml, sizeof yaml, "%s}]\n", head);
  refuse(yaml,
         "m.tsv:2: a quote within an unquoted field; `quoting: none` takes quotes as letters");
  static const char *const keys[] = {"quoting: none", "quotes: false"};
  for (size_t i = 0; i < FRAY_COUNT(keys); i++) {
    snprintf(yaml, sizeof yaml, "%s, %s}]\n", head, keys[i]);
    import_anew(yaml);
    uint8_t bytes[19];
    assert_int_equal(
        fray_h5_read(shard, "/modalities/t/values", FRAY_H5_U8, bytes, sizeof bytes, NULL),
        FRAY_OK);
    assert_memory_equal(bytes, "he said \"go\"\"5 feet", sizeof bytes);
  }
}

/* ---- names ---- */

#define TEXTS(keys)                                                                                \
  "name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: manifest, file: m.csv, texts: {t: "   \
  "t}" keys "}]\n"
#define NFC "Ren\xc3\xa9"
#define NFD "Rene\xcc\x81"

static void names_get_one_form_wherever_they_stand(void **state) {
  (void)state;
  put("m.csv", "id,client , label,split,town,t\n0 ,anna,purr,train,Ulm,a\n"
               "1,anna ,purr\xc2\xa0, train,Ulm ,b\n2," NFC ",meow,train,Bonn,c\n"
               "3," NFD ",\tmeow,test ,Bonn,d\n");
  import_anew("groups: [town]\n" TEXTS(""));
  expect_joined("/classes", "meow|purr");
  expect_joined("/clients/id", NFC "|anna");
  expect_joined("/groups/town/values", "Bonn|Ulm");
  expect_joined("/samples/source", "2|3|0|1"); /* by client */
  import_anew("groups: [town]\nclasses: [\" purr\", meow]\n" TEXTS(""));
  expect_joined("/classes", "purr|meow");
  refuse("classes: [purr, meow, \"purr \"]\n" TEXTS(""), "classes: a name is there twice");
  /* names in the YAML: derived fields, clients of the test split */
  put("m.csv", "id,client,say,t\n0,anna,hi,a\n1," NFD ",hi ,b\n2," NFC ",ho,c\n");
  import_anew("test: {clients: [\"" NFD " \"]}\n" TEXTS(
      ", label: \"{l}\", derive: {l: {from: say, values: {\"hi \": \" greets\", ho: calls}}}"));
  expect_joined("/classes", "calls|greets");
  uint8_t split[3];
  assert_int_equal(fray_h5_read(shard, "/samples/split", FRAY_H5_U8, split, 3, NULL), FRAY_OK);
  assert_memory_equal(split, "\2\2\0", 3); /* by client */
  refuse(TEXTS(", label: \"{l}\", derive: {l: {from: say, values: {hi: a, \"hi \": b}}}"),
         "derive.l.values: \"hi\" and \"hi \" are the same name");
}

static void derived_fields_may_keep_the_old_text(void **state) {
  (void)state;
  put("m.csv", "id,client,label,split,t\n1,a,cat,train,x\n2,a,dog,train,x\n3,b,bird,test,x\n");
  import_anew(TEXTS(", label: \"{n}\", derive: {n: {from: label, values: {cat: pet, dog: pet}, "
                    "otherwise: \"{label}\"}}"));
  expect_joined("/classes", "bird|pet");
  import_anew(TEXTS(", label: \"{n}\", derive: {n: {from: label, values: {cat: \"pet-{label}\"}, "
                    "otherwise: \"{client}/{label}\"}}"));
  expect_joined("/classes", "a/dog|b/bird|pet-cat");
  refuse(
      TEXTS(", label: \"{n}\", derive: {n: {from: label, values: {}, otherwise: \"{labels}\"}}"),
      "there is no field \"labels\"; there are 'id', 'client', 'label', 'split', 't' (did you mean "
      "'label'?)");
  refuse(TEXTS(", label: \"{n}\", derive: {n: {from: label, values: {cat: \"{\"}}}"),
         "has a brace without its field name");
  refuse(TEXTS(", label: \"{n}\", derive: {n: {from: label, values: {cat: a, dog: b}}}"),
         "m.csv:4: label \"bird\" is not among the values of derive.n; there are 'cat', 'dog'");
}

/* ---- sets of classes ---- */

static void expect_sets(const char *csv, const char *keys, const char *classes,
                        const uint8_t *labels, size_t n) {
  char yaml[512];
  uint8_t seen[32];
  snprintf(yaml, sizeof yaml,
           "name: s\ntask: multi_label\nmodalities: {t: {kind: text}}\ninputs: [{reader: manifest, "
           "file: m.csv, texts: {t: t}%s}]\n",
           keys);
  put("m.csv", csv);
  import_anew(yaml);
  expect_joined("/classes", classes);
  assert_int_equal(fray_h5_read(shard, "/samples/label", FRAY_H5_U8, seen, n, NULL), FRAY_OK);
  assert_memory_equal(seen, labels, n);
}

static void sets_may_be_lists(void **state) {
  (void)state;
  expect_sets("id,client,label,t\n1,a,\"['NORM', 'MI']\",x\n2,a,[],y\n3,a,\"[\"\"MI\"\"]\",z\n"
              "4,b,NORM; MI ,w\n",
              "", "MI|NORM", (const uint8_t[]){1, 1, 0, 0, 1, 0, 1, 1}, 8);
  expect_sets(
      "id,client,label,t\n1,a,\"{'it\\'s', \"\"b\"\"}\",x\n2,a,\"('b',)\",y\n3,b,['b' 'c'],z\n", "",
      "b|c|it's", (const uint8_t[]){1, 0, 1, 1, 0, 0, 1, 1, 0}, 9);
  expect_sets("id,client,label,t\n1,a,\"[1, 2]\",x\n2,a,[10],y\n", "", "1|2|10",
              (const uint8_t[]){1, 1, 0, 0, 0, 1}, 6);
  expect_sets("id,client,label,t\n1,a,\"NORM,MI\",x\n2,a,\"['MI']\",y\n",
              ", label_separator: \",\"", "MI|NORM", (const uint8_t[]){1, 1, 1, 0}, 4);
  /* No lists: names as they are. */
  expect_sets("id,client,label,t\n1,a,[unk];x,x\n2,a,\"{'a': 1}\",y\n", "", "[unk]|x|{'a': 1}",
              (const uint8_t[]){1, 1, 0, 0, 0, 1}, 6);
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

static void classes_made_of_classes_are_refused(void **state) {
  (void)state;
  put("m.csv", "id,client,label,t\n1,a,\"NORM, MI\",x\n2,a,NORM,y\n3,b,MI,z\n");
  refuse("task: multi_label\n" TEXTS(""),
         "the class \"NORM, MI\" is made of other classes; if it is a set of them, give the input "
         "`label_separator: \",\"`");
  import_anew("task: multi_label\n" TEXTS(", label_separator: \";\"")); /* as the user says */
  expect_joined("/classes", "MI|NORM|NORM, MI");
  import_anew(TEXTS("")); /* one label each: a warning */
  expect_joined("/classes", "MI|NORM|NORM, MI");
}

/* ---- files ---- */

static void missing_files_are_named_together(void **state) {
  (void)state;
  struct fray_text csv = {0};
  char name[32];
  fray_text_puts(&csv, "id,client,label,split,t,v\n");
  for (int i = 1; i <= 9; i++) {
    snprintf(name, sizeof name, "%d.txt", i);
    if (i % 2)
      put(name, "x");
    fray_text_printf(&csv, "%d,c,%d,train,%d.txt,%s\n", i, i % 2, i, i == 4 ? "4.npy" : "");
  }
  put("m.csv", csv.data);
  fray_text_free(&csv);
  const float v[] = {1, 2};
  put_npy("4.npy", "<f4", "False", "(2,)", v, sizeof v);
#define FILES(keys)                                                                                \
  "name: s\nmodalities: {t: {kind: text}, v: {kind: feature}}\n"                                   \
  "inputs: [{reader: manifest, file: m.csv" keys "}]\n"
  refuse(FILES(""), "4 of 10 files are missing or cannot be read: ");
  refuse(FILES(""), "m.csv:3: sample 2: t: ");
  refuse(FILES(""), "2.txt: No such file or directory; ");
  refuse(FILES(""), "8.txt: No such file or directory (`absent: keep` takes");
  import_anew(FILES(", absent: keep")); /* 2, 6 and 8 have nothing left */
  expect_joined("/samples/source", "1|3|4|5|7|9");
  uint8_t present[6];
  assert_int_equal(fray_h5_read(shard, "/modalities/t/present", FRAY_H5_U8, present, 6, NULL),
                   FRAY_OK);
  assert_memory_equal(present, "\1\1\0\1\1\1", 6);
  /* What is there and cannot be read is no absent file. */
  assert_int_equal(fray_make_folders(at("2.txt"), NULL), FRAY_OK);
  refuse(FILES(", absent: keep"), "2.txt: is a folder");
  if (geteuid() != 0) { /* root may read everything */
    fray_remove_tree(at("2.txt"), NULL);
    put("2.txt", "x");
    assert_int_equal(chmod(at("2.txt"), 0), 0);
    refuse(FILES(", absent: keep"), "2.txt: Permission denied");
  }
}

static void flawed_values_are_named_together(void **state) {
  (void)state;
  put("m.csv", "id,client,label,split,acc\n1,a,x,train,1.csv\n2,b,y,test,2.csv\n3,c,y,test,3.csv\n"
               "4,c,y,test,2.csv\n");
  put("1.csv", "x,y\n1,2\n3,nan\n"); /* the first of all, which would settle the sizes */
  put("2.csv", "x,y\n1,2\n");
  put("3.csv", "x,y\n1,2\n1,1e99\n");
  refuse(SERIES(""), "2 of 4 values cannot be taken: ");
  refuse(SERIES(""), "m.csv:2: sample 1: acc: ");
  refuse(SERIES(""), "1.csv:3: column 'y': \"nan\" is no finite number; ");
  refuse(SERIES(""), "3.csv:3: column 'y': \"1e99\" is beyond float32");
}

/* A path may be as long as the message; what is wrong with it is still said. */
static void long_paths_are_named_in_part(void **state) {
  (void)state;
  struct fray_text csv = {0};
  fray_text_puts(&csv, "id,client,label,t\n1,a,x,");
  for (int i = 0; i < 1500; i++)
    fray_text_puts(&csv, "d/");
  fray_text_puts(&csv, "f\n");
  put("m.csv", csv.data);
  refuse("name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: manifest, file: m.csv}]\n",
         "m.csv:2: sample 1: t: ");
  fray_text_puts(&csv, "2,a,y,g\n3,a,y,h\n");
  put("m.csv", csv.data);
  refuse("name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: manifest, file: m.csv}]\n",
         "; ... and 2 more (`absent: keep`");
  fray_text_free(&csv);
}

#define PATTERN(pattern)                                                                           \
  "name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: files, pattern: \"" pattern           \
  "\", modality: t, id: \"{id}\", client: \"{who}\", label: \"{take}\"}]\n"

static void samples_of_files_are_named_by_their_file(void **state) {
  (void)state;
  put("x/a_1_7.txt", "x");
  put("x/b_2_7.txt", "x");
  refuse(PATTERN("x/{who}_{take}_{id}.txt"), "x/b_2_7.txt: id \"7\" is there twice, first in ");
  refuse(PATTERN("x/{who}_{take}_{id}.txt"), "x/a_1_7.txt");
  refuse(PATTERN("x/{who}_{id}_{take}.txt"), "there is only one class, '7'; two are needed");
}

/* 16 fields in 60 signs can be cut in 5e13 ways. */
static void patterns_are_matched_in_no_time(void **state) {
  (void)state;
  char name[80] = "p/", long_name[96];
  memset(name + 2, '_', 60);
  strcpy(name + 62, ".tx");
  put(name, "x");
  put("p/a_b_c.txt", "x");
  put("p/d_e_f.txt", "x");
  double start = fray_seconds();
  refuse("name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: files, modality: t, pattern: "
         "\"p/{a}_{b}_{c}_{d}_{e}_{f}_{g}_{h}_{i}_{j}_{k}_{l}_{m}_{n}_{o}_{p}.txt\"}]\n",
         "no file name fits this pattern");
  import_anew("name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: files, modality: t, "
              "pattern: \"p/{label}_{client}_{id}.txt\"}]\n");
  expect_joined("/samples/source", "c|f");
  snprintf(long_name, sizeof long_name, "%st", name);
  put(long_name, "x");
  import_anew("name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: files, modality: t, "
              "pattern: \"p/{label}_{client}_{id}.txt\"}]\n");
  assert_true(fray_seconds() - start < 20);
}

static void fields_that_stand_twice_must_agree(void **state) {
  (void)state;
  put("q/ann/ann_1.txt", "x");
  put("q/bob/bob_2.txt", "x");
  put("q/bob/ann_3.txt", "x");
  import_anew("name: s\nmodalities: {t: {kind: text}}\ninputs: [{reader: files, modality: t, "
              "pattern: \"q/{client}/{client}_{id}.txt\", label: \"{id}\"}]\n");
  expect_joined("/samples/source", "1|2");
  expect_joined("/clients/id", "ann|bob");
}

/* 5,000 columns that are labels too: each looked up in a list would be 25 million comparisons of
 * names for the labels alone, and adding them one by one would copy as many. */
static void many_columns_take_no_time(void **state) {
  (void)state;
  enum { COLUMNS = 5000 };
  struct fray_text csv = {0}, yaml = {0};
  fray_text_puts(&yaml, "name: s\ntask: multi_label\nmodalities: {t: {kind: text}}\ninputs:\n  - "
                        "{reader: manifest, file: m.csv, texts: {t: t}, label_columns: [");
  fray_text_puts(&csv, "id,client,t");
  for (int c = 0; c < COLUMNS; c++) {
    fray_text_printf(&csv, ",some-class-%d", c);
    fray_text_printf(&yaml, "%ssome-class-%d", c ? ", " : "", c);
  }
  for (int i = 0; i < 2; i++) {
    fray_text_printf(&csv, "\n%d,a,x", i);
    for (int c = 0; c < COLUMNS; c++)
      fray_text_puts(&csv, c == i ? ",1" : ",0");
  }
  fray_text_puts(&yaml, "]}\n");
  put("m.csv", csv.data);
  double start = fray_seconds();
  import_anew(yaml.data);
  assert_true(fray_seconds() - start < 20);
  fray_text_free(&csv);
  fray_text_free(&yaml);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(columns_are_bound_by_name),
      ON_BENCH(headers_are_as_the_key_says),
      ON_BENCH(other_signs_may_separate),
      ON_BENCH(columns_without_a_name_are_left_out),
      ON_BENCH(quotes_may_be_letters),
      ON_BENCH(names_get_one_form_wherever_they_stand),
      ON_BENCH(derived_fields_may_keep_the_old_text),
      ON_BENCH(sets_may_be_lists),
      ON_BENCH(sets_by_separator),
      ON_BENCH(sets_by_columns),
      ON_BENCH(sets_and_splits),
      ON_BENCH(classes_made_of_classes_are_refused),
      ON_BENCH(missing_files_are_named_together),
      ON_BENCH(flawed_values_are_named_together),
      ON_BENCH(long_paths_are_named_in_part),
      ON_BENCH(samples_of_files_are_named_by_their_file),
      ON_BENCH(patterns_are_matched_in_no_time),
      ON_BENCH(fields_that_stand_twice_must_agree),
      ON_BENCH(many_columns_take_no_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

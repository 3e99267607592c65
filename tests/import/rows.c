/* Rows of an input: which are wanted, columns of other files, parts of names, templates of paths,
 * JSON Lines. Expected values are made by hand. */
#include "workbench.h"

#include "fray/data/dataset.h"

#define TEXT_SET "name: t\nmodalities: {say: {kind: text}}\n"

static void expect_said(const char *yaml, const char *part) {
  struct fray_text text = {0};
  said(yaml, &text);
  if (!strstr(text.data ? text.data : "", part))
    fail_msg("\"%s\" lacks \"%s\"", text.data, part);
  fray_text_free(&text);
}

/* ---- where ---- */

static const char people[] = "id,client,label,say,age,note\n"
                             "a,p,x,one,20,ok\n"
                             "b,p,y,two,31.5,\n"
                             "c,q,z,three,40,ok\n"
                             "d,q,x,four,,bad\n"
                             "e,r,y,five,65,ok\n";

static void where_leaves_rows_out(void **state) {
  (void)state;
  static const struct {
    const char *where, *left; /* ids; NULL: said */
  } cases[] = {
      {"label: [x, y]", "a|b|d|e"},
      {"note: ok", "a|c|e"},
      {"label: {in: [x, y], not_in: [z]}", "a|b|d|e"},
      {"label: {not_in: x}", "b|c|e"},
      {"age: {range: [20, 40], otherwise: drop}", "a|b|c"},
      {"age: {range: [20, 40], otherwise: keep}", "a|b|c|d"},
      {"age: {range: [32, .inf], not_empty: true}", "c|e"},
      {"note: {not_empty: true}", "a|c|d|e"},
      {"note: {matches: \"^(ok|bad)$\"}, label: [x, z]", "a|c|d"},
      {"say: {matches: e$}", "a|c|e"},
      {"twice: {in: [ap, eq]}", NULL},
      {"far: [old, young]", "a|e"},
  };
  put("m.csv", people);
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char yaml[700];
    snprintf(yaml, sizeof yaml,
             TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                      "     derive: {far: {from: age, values: {\"20\": young, \"65\": old}, "
                      "otherwise: between}},\n     where: {%s}}\n",
             cases[i].where);
    if (!cases[i].left)
      refuse(yaml, "m.csv: where: there is no field \"twice\"; there are 'id', 'client'");
    else {
      import_anew(yaml);
      expect_joined("/samples/source", cases[i].left);
    }
  }
}

/* A row counts for the first condition that it does not meet. */
static void where_counts(void **state) {
  (void)state;
  put("m.csv", people);
  expect_said(TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                       "     where: {label: [x, y], note: ok}}\n",
              "m.csv: where: 3 of 5 rows left out: 1 by label, 2 by note\n");
  expect_said(TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                       "     where: {age: {range: [0, 99], otherwise: drop}}}\n",
              "m.csv: where.age: 1 of 5 rows left out, since their text is not known: \"\" (1)\n");
  expect_said(TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                       "     where: {note: [ok, bda]}}\n",
              "where.note: no row has \"bda\" (did you mean 'bad'?)");
}

static void where_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *where, *message;
  } cases[] = {
      {"age: {range: [20, 40]}",
       "m.csv:5: where.age: \"\" is no number (`otherwise: drop` leaves such rows out"},
      {"label: {in: [x], not_in: [y]}", "m.csv:4: where.label: \"z\" is in neither list"},
      {"label: [w]", "m.csv: where: no row is left of 5"},
      {"labl: [x]", "there is no field \"labl\"; there are 'id', 'client', 'label'"},
      {"label: {range: [3, 1]}", "range: expected [least, most]"},
      {"label: {range: [3]}", "range: expected [least, most]"},
      {"label: {otherwise: drop}", "no condition is given"},
      {"label: {isin: [x]}", "unknown key 'isin' (did you mean 'in'?)"},
      {"label: {matches: \"(\"}",
       "where.label.matches: \"(\": a parenthesis that is not closed, at byte 2"},
      {"label: {matches: '(x)\\1'}", "nothing refers back (\\1), at byte 5"},
      {"label: {matches: \"((x{1,50}){1,50}){1,50}\"}",
       "with its repeats written out it has more than 1024 steps"},
      {"label: {matches: \"x{9999999999999}\"}", "it has more than 1024 steps"},
  };
  put("m.csv", people);
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char yaml[600];
    snprintf(yaml, sizeof yaml,
             TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                      "     where: {%s}}\n",
             cases[i].where);
    refuse(yaml, cases[i].message);
  }
  char regex[400], yaml[900];
  memset(regex, 'x', 300);
  regex[300] = '\0';
  snprintf(yaml, sizeof yaml,
           TEXT_SET "inputs: [{reader: manifest, file: m.csv, texts: {say: say}, where: {label: "
                    "{matches: %s}}}]\n",
           regex);
  refuse(yaml, "300 bytes, at most 256 are read");
}

/* Files of rows that are not wanted need not be there; rows keep their numbers. */
static void where_comes_before_files(void **state) {
  (void)state;
  put_pgm("a.pgm", 2, 2, 0);
  put_pgm("c.pgm", 2, 2, 9);
  put("m.csv", "id,client,label,pic,use\na,p,x,a.pgm,yes\nb,p,y,gone.pgm,no\nc,q,y,c.pgm,yes\n");
  import_anew("name: t\nmodalities: {pic: {kind: image}}\n"
              "inputs: [{reader: manifest, file: m.csv, where: {use: \"yes\"}}]\n");
  expect_joined("/samples/source", "a|c");
  put("v.txt", "1\n2\n3\n");
  put("k.txt", "0\n1\n0\n");
  import_anew("name: t\nmodalities: {v: {kind: feature}}\ninputs:\n"
              "  - {reader: matrix, channels: {v: [v.txt]}, columns: {k: k.txt}, id: \"{row}\",\n"
              "     client: all, label: \"c{row}\", where: {k: \"0\"}}\n");
  expect_joined("/samples/source", "0|2");
  EXPECT_FLOATS("/modalities/v/values", 1, 3);
}

/* Two of three classes, by either reader. */
static void two_of_three_classes(void **state) {
  (void)state;
  const int16_t x[] = {1, 2, 3};
  struct fray_text rows = {0};
  fray_text_puts(&rows, "file,class,split\n");
  for (const char *const *l = (const char *const[]){"zero", "one", "backward", NULL}; *l; l++)
    for (int i = 1; i <= 3; i++) {
      char name[64];
      snprintf(name, sizeof name, "s/%s/sp%d_1.wav", *l, i);
      put_wav(name, 8000, x, 3);
      fray_text_printf(&rows, "%s,%s,%s\n", name, *l, i == 3 ? "test" : "train");
    }
  put("l.csv", rows.data);
  fray_text_free(&rows);
  const char *by_manifest =
      "name: d\nclasses: [zero, one]\nmodalities: {audio: {kind: audio}}\ninputs:\n"
      "  - {reader: manifest, file: l.csv, id: \"{file}\", client: \"{file}\", label: "
      "\"{class}\",\n"
      "     files: {audio: file}, where: {class: [zero, one]}}\n";
  const char *by_name =
      "name: d\nclasses: [zero, one]\nmodalities: {audio: {kind: audio}}\ntest: {clients: [sp3]}\n"
      "inputs:\n  - {reader: files, pattern: \"s/{label}/{sp}_{take}.wav\", modality: audio,\n"
      "     id: \"{label}/{sp}\", client: \"{sp}\", where: {label: {not_in: backward}}}\n";
  import_anew(by_manifest);
  EXPECT_INTS("/samples/label", 1, 1, 1, 0, 0, 0);
  EXPECT_INTS("/samples/split", 0, 0, 2, 0, 0, 2);
  import_anew(by_name);
  expect_joined("/samples/source", "one/sp1|zero/sp1|one/sp2|zero/sp2|one/sp3|zero/sp3");
  expect_said(by_name, "where: 3 of 9 rows left out: 3 by label\n");
  refuse("name: d\nclasses: [zero, one]\nmodalities: {audio: {kind: audio}}\ninputs:\n"
         "  - {reader: files, pattern: \"s/{label}/{sp}_{take}.wav\", modality: audio,\n"
         "     id: \"{label}/{sp}\", client: \"{sp}\"}\n",
         "label \"backward\" is not among the classes; there are 'zero', 'one' (`where: {label: "
         "[zero, "
         "...]}` leaves rows");
}

/* ---- derive ---- */

static void otherwise(void **state) {
  (void)state;
  static const struct {
    const char *otherwise, *classes, *ids, *says;
  } cases[] = {
      {"\"{label}\"", "bird|cow|pet", "1|2|3|4", NULL},
      {"keep", "bird|cow|pet", "1|2|3|4",
       "l.csv: new: 2 of 4 rows keep a text that is not known: \"bird\" (1), \"cow\" (1)\n"},
      {"other", "other|pet", "1|2|3|4", NULL},
      {"drop", "pet|puppy", "1|2|5",
       "l.csv: new: 2 of 5 rows left out, since their text is not known: \"bird\" (1), \"cow\""},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char yaml[500];
    snprintf(yaml, sizeof yaml,
             "name: d\nmodalities: {t: {kind: text}}\ninputs:\n"
             "  - {reader: manifest, file: l.csv, texts: {t: t}, label: \"{new}\",\n"
             "     derive: {new: {from: label, values: {cat: pet, dog: pet, pup: puppy}, "
             "otherwise: %s}}}\n",
             cases[i].otherwise);
    put("l.csv", i == 3 ? "id,client,label,split,t\n1,a,cat,train,hello\n2,a,dog,train,bye\n"
                          "3,b,bird,test,hi\n4,b,cow,train,ho\n5,c,pup,test,hm\n"
                        : "id,client,label,split,t\n1,a,cat,train,hello\n2,a,dog,train,bye\n"
                          "3,b,bird,test,hi\n4,b,cow,train,ho\n");
    import_anew(yaml);
    expect_joined("/classes", cases[i].classes);
    expect_joined("/samples/source", cases[i].ids);
    if (cases[i].says)
      expect_said(yaml, cases[i].says);
  }
  refuse(
      "name: d\nmodalities: {t: {kind: text}}\ninputs:\n"
      "  - {reader: manifest, file: l.csv, texts: {t: t}, label: \"{new}\",\n"
      "     derive: {new: {from: label, values: {cat: pet, dog: pet}, otherwise: \"{labl}\"}}}\n",
      "new: there is no field \"labl\"; there are 'id', 'client', 'label'");
  refuse(
      "name: d\nmodalities: {t: {kind: text}}\ninputs:\n"
      "  - {reader: manifest, file: l.csv, texts: {t: t}, label: \"{new}\",\n"
      "     derive: {new: {from: label, values: {cat: pet, dgo: pet}, otherwise: error}}}\n",
      "l.csv:3: label \"dog\" is not among the values of derive.new; there are 'cat', 'dgo' (did "
      "you mean 'dgo'?)");
}

/* Several spellings of one label, with and without capital letters. */
static void spellings(void **state) {
  (void)state;
  put("m.csv",
      "id,client,label,say\na,p,happy,1\nb,p,Hap,2\nc,q,JOY,3\nd,q,sad,4\ne,q,STRASSE,5\n");
  import_anew(TEXT_SET
              "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say}, label: \"{mood}\",\n"
              "     derive: {mood: {from: label, case: fold, values: {happy: [happy, hap, joy],\n"
              "       sad: [sad, \"straße\"]}}}}\n");
  EXPECT_TEXTS("/classes", "happy", "sad");
  EXPECT_INTS("/samples/label", 0, 0, 0, 1, 1);
  refuse(TEXT_SET
         "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say}, label: \"{mood}\",\n"
         "     derive: {mood: {from: label, values: {happy: [happy, hap, joy], sad: [sad]}}}}\n",
         "m.csv:3: label \"Hap\" is not among the values of derive.mood; there are");
  refuse(TEXT_SET
         "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say}, label: \"{mood}\",\n"
         "     derive: {mood: {from: label, values: {happy: [happy, hap], sad: sad}}}}\n",
         "derive.mood.values: either all are `old: new`, or all are `new: [old, ...]`");
  refuse(TEXT_SET
         "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say}, label: \"{mood}\",\n"
         "     derive: {mood: {from: label, values: {happy: [hap, Joy], sad: [joy, JOY]}, case: "
         "fold}}}\n",
         "derive.mood.values: \"joy\" and \"joy\" are the same name");
}

/* "03a01Wa": speaker, text, emotion, version, as EMO-DB names its files; places; a folded column.
 */
static void parts_of_names(void **state) {
  (void)state;
  const int16_t x[] = {1, 2, 3};
  const char *yaml =
      "name: e\ngroups: [speaker, sex]\nmodalities: {audio: {kind: audio}}\ninputs:\n"
      "  - reader: files\n    pattern: \"wav/{name}.wav\"\n    modality: audio\n"
      "    id: \"{name}\"\n    client: \"s{speaker}\"\n    label: \"{emotion}\"\n    derive:\n"
      "      emotion: {from: name, pattern: "
      "\"{speaker:2}{text:3}{emotion:letter}{take:letters}\",\n"
      "                values: {W: anger, F: joy}}\n"
      "      sex: {from: speaker, values: {f: [\"08\"], m: [\"03\", \"10\"]}}\n"
      "      last: {from: name, slice: [-1]}\n"
      "      split: {from: last, values: {a: train, b: test}}\n";
  put_wav("wav/03a01Wa.wav", 8000, x, 3);
  put_wav("wav/08b10Fb.wav", 8000, x, 3);
  put_wav("wav/10a02Wa.wav", 8000, x, 3);
  import_anew(yaml);
  EXPECT_TEXTS("/clients/id", "s03", "s08", "s10");
  EXPECT_TEXTS("/classes", "anger", "joy");
  EXPECT_INTS("/samples/label", 0, 1, 0);
  EXPECT_INTS("/samples/split", FRAY_TRAIN, FRAY_TEST, FRAY_TRAIN);
  EXPECT_INTS("/groups/sex/code", 1, 0, 1);
  put_wav("wav/notes.wav", 8000, x, 3);
  refuse(yaml, "wav/notes.wav: name \"notes\" does not fit the pattern "
               "\"{speaker:2}{text:3}{emotion:letter}{take:letters}\" of derive.emotion");
  refuse("name: e\nmodalities: {audio: {kind: audio}}\ninputs:\n"
         "  - {reader: files, pattern: \"{folder:any}/{id}.wav\", modality: audio}\n",
         "{folder:any} is for texts; a path has a part for each folder");
  /* The same parts in the names of files themselves; what does not fit is left out there. */
  import_anew("name: e\nmodalities: {audio: {kind: audio}}\ninputs:\n"
              "  - {reader: files, pattern: \"wav/{who:2}{:3}{label:letter}{take:letters}.wav\",\n"
              "     modality: audio, id: \"{who}{label}{take}\", client: \"{who}\"}\n");
  expect_joined("/samples/source", "03Wa|08Fb|10Wa");
}

static void parts_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *derive, *message;
  } cases[] = {
      {"x: {from: id}", "`values`, `pattern` or `slice` is missing"},
      {"x: {from: id, pattern: \"{x}\", slice: [0, 1]}", "give either `pattern` or `slice`"},
      {"x: {from: id, slice: [0, 1, 2]}", "slice: expected [first, end]"},
      {"x: {from: id, slice: [0, 9]}",
       "m.csv:2: id \"ab12\" is too short for the slice of derive.x"},
      {"x: {from: id, pattern: \"{x}{y}\"}",
       "m.csv: derive.x: pattern \"{x}{y}\": two fields with nothing between them"},
      {"x: {from: id, pattern: \"{x:letters}{y:letters}\"}",
       "two fields with nothing between them"},
      {"x: {from: id, pattern: \"{x:digit\"}", "a brace without its field name"},
      {"x: {from: id, pattern: \"{x:digts}\"}",
       "\"digts\" is no kind of part: a number of characters in [1, 999], letter, letters, digit, "
       "digits or any (did you mean"},
      {"x: {from: id, pattern: \"{x:0}\"}", "\"0\" is no kind of part"},
      {"x: {from: id, pattern: \"{y}\", values: {a: b}}",
       "derive.x: no part of the pattern \"{y}\" is called x, so `values` has no use"},
      {"x: {from: id, pattern: \"{client}\"}", "there are two fields \"client\""},
      {"x: {from: id, values: {a: b}, case: upper}", "case"},
      {"x: {from: id, slice: [0], case: fold}", "`case` is of `values`, which is missing"},
  };
  put("m.csv", "id,client,label,say\nab12,p,x,1\ncd34,p,y,2\n");
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char yaml[500];
    snprintf(yaml, sizeof yaml,
             TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                      "     derive: {%s}}\n",
             cases[i].derive);
    refuse(yaml, cases[i].message);
  }
}

/* ---- join and templates ---- */

static void put_shop(void) {
  for (int i = 1; i <= 4; i++) {
    char name[32];
    snprintf(name, sizeof name, "images/%d.pgm", i);
    put_pgm(name, 2, 2, 10 * i);
  }
  put("styles.csv", "id,kind,colour,split\n1,shoe,red,train\n2,bag,red,train\n"
                    "3,shoe,blue,test\n4,bag,blue,test\n");
  put("titles.csv", "id,title\n4,Blue bag\n1,Red shoe\n2,\"Bag, red\"\n3,Blue shoe\n");
}

#define SHOP "name: d\nmodalities: {image: {kind: image}, title: {kind: text}}\ninputs:\n"
/* Pictures by their ids, titles in a second file: the commonest layout of picture sets. */
static void pictures_by_id(void **state) {
  (void)state;
  put_shop();
  import_anew(SHOP "  - {reader: manifest, file: styles.csv, files: {image: \"images/{id}.pgm\"},\n"
                   "     join: [{file: titles.csv, on: id}], texts: {title: title},\n"
                   "     client: \"{colour}\", label: \"{kind}\"}\n");
  expect_joined("/samples/source", "3|4|1|2");
  EXPECT_INTS("/samples/label", 1, 0, 1, 0);
  uint8_t pixel[16];
  values("/modalities/image/values", FRAY_H5_U8, pixel, 16);
  assert_true(pixel[0] == 30 && pixel[4] == 40 && pixel[8] == 10 && pixel[12] == 20);
  char text[33] = "";
  EXPECT_INTS("/modalities/title/offset", 0, 9, 17, 25, 33);
  values("/modalities/title/values", FRAY_H5_U8, text, 33);
  assert_memory_equal(text, "Blue shoeBlue bagRed shoeBag, red", 33);
  /* Found by the files, described by the table; a text made of two columns. */
  import_anew(
      "name: d\nmodalities: {image: {kind: image}}\ninputs:\n"
      "  - {reader: files, pattern: \"images/{id}.pgm\", modality: image,\n"
      "     join: [{file: styles.csv, on: id}], client: \"{colour}\", label: \"{kind}\"}\n");
  expect_joined("/samples/source", "3|4|1|2");
  import_anew("name: d\nmodalities: {title: {kind: text}}\ninputs:\n"
              "  - {reader: manifest, file: styles.csv, texts: {title: \"{colour} {kind}\"},\n"
              "     client: \"{colour}\", label: \"{kind}\"}\n");
  values("/modalities/title/values", FRAY_H5_U8, text, 32);
  assert_memory_equal(text, "blue shoeblue bagred shoered bag", 32);
  refuse(SHOP "  - {reader: manifest, file: styles.csv, folder: images, files: {image: "
              "\"{id}.pgm\"},\n     client: \"{colour}\", label: \"{kind}\"}\n",
         "styles.csv: there is no column \"title\" for the modality title; there are 'id', 'kind', "
         "'colour', 'split' (`join` brings those of other files, as in join: [{file: ");
}

/* A template whose field is empty is no path; one that leads out of the folder is refused. */
static void templates_of_paths(void **state) {
  (void)state;
  put_shop();
  put("m.csv", "id,client,label,pic,title\na,p,x,1,one\nb,p,y,,two\n");
  import_anew(SHOP "  - {reader: manifest, file: m.csv, folder: images, files: {image: "
                   "\"{pic}.pgm\"},\n     texts: {title: title}}\n");
  EXPECT_INTS("/modalities/image/present", 1, 0);
  put("m.csv", "id,client,label,pic,title\na,p,x,../images/1,one\nb,p,y,,two\n");
  refuse(SHOP "  - {reader: manifest, file: m.csv, files: {image: \"images/{pic}.pgm\"},\n"
              "     texts: {title: title}}\n",
         "m.csv:2: path \"images/../images/1.pgm\" leaves the raw folder");
}

/* Two keys, one after the other, several columns as a key, names in front, rows without partner. */
static void joins(void **state) {
  (void)state;
  put("m.csv", "id,who,trial,say\na,7,1,one\nb,7,2,two\nc,8,1,three\nd,9,1,four\n");
  put("who.csv", "number;name;team\n7;ann;t1\n8;ben;t2\n9;eve;t1\n");
  put("team.csv", "team,town\nt1,Ulm\nt2,Bonn\n");
  put("trial.csv", "who,trial,label\n7,1,x\n7,2,y\n8,1,y\n");
  const char *rest = "     texts: {say: say}, client: \"{p_name}\"}\n";
  char yaml[900];
  snprintf(yaml, sizeof yaml,
           "name: t\ngroups: [town]\nmodalities: {say: {kind: text}}\ninputs:\n"
           "  - {reader: manifest, file: m.csv, join: [\n"
           "       {file: who.csv, separator: \";\", on: who, key: number, prefix: p_},\n"
           "       {file: team.csv, on: p_team, key: team},\n"
           "       {file: trial.csv, on: [who, trial], columns: label, missing: drop}],\n%s",
           rest);
  import_anew(yaml);
  EXPECT_TEXTS("/clients/id", "ann", "ben");
  expect_joined("/samples/source", "a|b|c");
  EXPECT_INTS("/samples/label", 0, 1, 1);
  EXPECT_TEXTS("/groups/town/values", "Bonn", "Ulm");
  expect_said(yaml, "m.csv: who in trial.csv: 1 of 4 rows left out, since their text is not known: "
                    "\"9, 1\" (1)\n");
}

/* By place; and by a key that is cut out of another column. */
static void joins_by_row_and_by_part(void **state) {
  (void)state;
  put("v.txt", "1\n2\n3\n");
  put("meta.csv", "client,label\np,x\nq,y\nq,x\n");
  import_anew(
      "name: t\nmodalities: {v: {kind: feature}}\ninputs:\n"
      "  - {reader: matrix, channels: {v: [v.txt]}, id: \"{row}\", join: [{file: meta.csv}]}"
      "\n");
  EXPECT_TEXTS("/clients/id", "p", "q");
  EXPECT_INTS("/samples/label", 0, 1, 0);
  put("m.csv", "id,label,say\nann_1,x,one\nben_1,y,two\n");
  put("p.csv", "person,client\nben,B\nann,A\n");
  import_anew(TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                       "     derive: {person: {from: id, pattern: \"{person}_{:digits}\"}},\n"
                       "     join: [{file: p.csv, on: person}]}\n");
  EXPECT_TEXTS("/clients/id", "A", "B");
}

static void joins_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *csv, *join, *message;
  } cases[] = {
      {"id,x\na,1\nb,2\na,3\n", "on: id", "j.csv:4: id \"a\" is there twice, first in line 2"},
      {"id,x\na,1\nc,2\n", "on: id", "m.csv:3: id \"b\" is not in "},
      {"id,x\na,1\nbb,2\n", "on: id", "there are 'a', 'bb' (did you mean 'bb'?) (`missing: keep`"},
      {"id,x\na,1\nb,2\n", "on: idd",
       "join.on: there is no field \"idd\"; there are 'id', 'client'"},
      {"id,x\na,1\nb,2\n", "on: id, key: ident", "ident"},
      {"id,x\na,1\nb,2\n", "on: id, columns: [y]", "y"},
      {"id,label\na,1\nb,2\n", "on: id", "join: column \"label\" of "},
      {"id,label\na,1\nb,2\n", "on: id", "`columns` chooses, `prefix` renames"},
      {"x\n1\n", "columns: x", "j.csv: 1 rows, but "},
      {"x\n1\n2\n", "missing: keep", "`missing` is of rows without a partner"},
      {"id,x\na,1\nb,2\n", "on: [id, label], key: id", "`on` names 2 fields, `key` 1 columns"},
      {"id,x\na,1\nb,2\n", "file: ../j.csv", "twice"},
  };
  put("m.csv", "id,client,label,say\na,p,x,1\nb,p,y,2\n");
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    char yaml[500];
    put("j.csv", cases[i].csv);
    snprintf(yaml, sizeof yaml,
             TEXT_SET "inputs:\n  - {reader: manifest, file: m.csv, texts: {say: say},\n"
                      "     join: [{file: j.csv, %s}]}\n",
             cases[i].join);
    refuse(yaml, i + 1 < FRAY_COUNT(cases) ? cases[i].message : "file");
  }
  put("j.csv", "id,group\na,1\n");
  import_anew("name: t\nmodalities: {say: {kind: text}}\ninputs:\n"
              "  - {reader: manifest, file: m.csv, texts: {say: say},\n"
              "     join: [{file: j.csv, on: id, missing: keep}]}\n");
  expect_joined("/samples/source", "a|b");
}

/* ---- JSON Lines ---- */

static void json_lines(void **state) {
  (void)state;
  put("m.jsonl",
      "\xef\xbb\xbf{\"id\": 7, \"user\": {\"name\": \"ann\", \"age\": 31.50}, \"ok\": true, "
      "\"say\": \"a\\nb \\u00e9\", \"label\": [\"x\", \"y z\"]}\r\n"
      "\n"
      "  {\"label\": [], \"id\": \"8\", \"user\": {\"name\": \"ben\"}, \"ok\": false, \"say\": "
      "null, \"extra\": 1e3, \"note\": \"n\"}\n"
      "{\"id\": 9, \"user\": {\"name\": \"ann\", \"age\": 4}, \"ok\": true, \"say\": \"c\", "
      "\"label\": [\"x\"]}");
  import_anew("name: t\ntask: multi_label\ngroups: [ok, extra2]\n"
              "modalities: {say: {kind: text}, note: {kind: text}}\ninputs:\n"
              "  - {reader: manifest, file: m.jsonl, texts: {say: say, note: note},\n"
              "     client: \"{user.name}\",\n"
              "     derive: {extra2: {from: extra, values: {\"1000\": k}, otherwise: none}},\n"
              "     where: {user.age: {range: [0, 99], otherwise: keep}}}\n");
  EXPECT_TEXTS("/clients/id", "ann", "ben");
  expect_joined("/samples/source", "7|9|8");
  EXPECT_TEXTS("/classes", "x", "y z");
  EXPECT_INTS("/samples/label", 1, 1, 1, 0, 0, 0);
  EXPECT_TEXTS("/groups/ok/values", "false", "true");
  EXPECT_INTS("/groups/ok/code", 1, 1, 0);
  EXPECT_INTS("/groups/extra2/code", 1, 1, 0);
  EXPECT_INTS("/modalities/say/offset", 0, 6, 7, 7);
  char text[7];
  values("/modalities/say/values", FRAY_H5_U8, text, 7);
  assert_memory_equal(text,
                      "a\nb \xc3\xa9"
                      "c",
                      7);
}

static void json_lines_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"{\"id\": 1}\n{\"id\": \n", "m.jsonl:2: JSON: "},
      {"{\"id\": 1}\n\n[1]\n",
       "m.jsonl:3: the line is no JSON object; JSON Lines hold one on each"},
      {"[\n{\"id\": 1}]\n", "m.jsonl:1: JSON: "},
      {"{\"id\": 1, \"id\": 2}\n", "m.jsonl:1: JSON: duplicate"},
      {"{\"a\": {\"b\": 1}, \"a.b\": 2}\n", "m.jsonl:1: there are two values \"a.b\""},
      {"{\"a\": [[1]]}\n", "m.jsonl:1: a: a list of lists or objects"},
      {"{\"a\": [{\"b\": 1}]}\n", "m.jsonl:1: a: a list of lists or objects"},
      {"{\"\": 1}\n", "m.jsonl:1: a key without a name"},
      {"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":1}}}}}}}}}\n",
       "m.jsonl:1: objects lie more than 8 deep"},
      {"{\"id\": \"\xff\"}\n", "m.jsonl:1: JSON: "},
      {"{\"id\": \"a\\u0000b\"}\n", "m.jsonl:1: JSON: "},
      {" \n\n", "m.jsonl: the file is empty, a JSON object on each line was expected"},
      {"", "m.jsonl: the file is empty"},
      {"{\"idd\": 1, \"client\": 2}\n", "id: there is no field \"id\"; there are 'idd', 'client'"},
  };
  const char *yaml = "name: t\nmodalities: {say: {kind: text}}\ninputs:\n"
                     "  - {reader: manifest, file: m.jsonl, texts: {say: \"{client}{idd}\"}}\n";
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    put("m.jsonl", cases[i].text);
    refuse(i + 1 < FRAY_COUNT(cases) ? "name: t\nmodalities: {say: {kind: text}}\ninputs:\n"
                                       "  - {reader: manifest, file: m.jsonl}\n"
                                     : yaml,
           cases[i].message);
  }
  refuse("name: t\nmodalities: {say: {kind: text}}\ninputs:\n"
         "  - {reader: manifest, file: m.jsonl, separator: \";\"}\n",
         "separator, quoting, quotes and header are of CSV files");
}

/* As many keys as a file may have, and one more. */
static void json_keys_are_bounded(void **state) {
  (void)state;
  enum { MOST = 4096 };
  struct fray_text text = {0};
  for (int extra = 0; extra < 2; extra++) {
    text.size = 0;
    fray_text_puts(&text, "{\"id\": 1, \"client\": \"p\", \"label\": \"x\", \"say\": \"a\"}\n"
                          "{\"id\": 2, \"client\": \"p\", \"label\": \"y\", \"say\": \"b\"");
    for (int k = 0; k < MOST - 4 + extra; k++)
      fray_text_printf(&text, ", \"k%d\": %d", k, k);
    fray_text_puts(&text, "}\n");
    put("m.txt", text.data);
    const char *yaml =
        TEXT_SET "inputs: [{reader: manifest, file: m.txt, format: jsonl, texts: {say: say}}]\n";
    if (extra)
      refuse(yaml, "m.txt:2: more than 4096 different keys");
    else
      import_anew(yaml);
  }
  fray_text_free(&text);
}

/* Blanks that nobody sees at the ends of cells, and letters in two code points: what is cut,
 * searched and compared as a number is what the name looks like. */
static void blanks_at_ends_do_not_count(void **state) {
  (void)state;
  put("m.csv",
      "id,client,age,name\na,p, 20,03xW \nb,p,31 ,04yF\nc,q,\t40\t, 03e\xcc\x81W\nd,q,65,05zFF\n");
  import_anew(
      TEXT_SET
      "groups: [who]\ninputs:\n  - {reader: manifest, file: m.csv, texts: {say: name}, client: "
      "\"{age}{client}\",\n"
      "     derive: {label: {from: name, slice: [-1]},\n"
      "              who: {from: name, pattern: \"{who:2}{:1}{:letter}\", otherwise: none}},\n"
      "     where: {age: {range: [20, 40]}, name: {matches: \"^0[0-9].[A-Z]$|\xc3\xa9W$\"}}}\n");
  expect_joined("/samples/source", "a|b|c");
  EXPECT_TEXTS("/classes", "F", "W");
  EXPECT_INTS("/samples/label", 1, 0, 1);
  EXPECT_TEXTS("/groups/who/values", "03", "04");
  EXPECT_TEXTS("/clients/id", "20p", "31p", "40q");
  put("l.csv", "id,client,say,A,B\na,p,x, 1,0 \nb,p,y,0, 1 \n");
  import_anew(TEXT_SET
              "task: multi_label\ninputs:\n"
              "  - {reader: manifest, file: l.csv, texts: {say: say}, label_columns: [A, B]}\n");
  EXPECT_INTS("/samples/label", 1, 0, 0, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(where_leaves_rows_out),
      ON_BENCH(where_counts),
      ON_BENCH(where_is_refused),
      ON_BENCH(where_comes_before_files),
      ON_BENCH(two_of_three_classes),
      ON_BENCH(otherwise),
      ON_BENCH(spellings),
      ON_BENCH(parts_of_names),
      ON_BENCH(parts_are_refused),
      ON_BENCH(pictures_by_id),
      ON_BENCH(templates_of_paths),
      ON_BENCH(joins),
      ON_BENCH(joins_by_row_and_by_part),
      ON_BENCH(joins_are_refused),
      ON_BENCH(json_lines),
      ON_BENCH(json_lines_are_refused),
      ON_BENCH(json_keys_are_bounded),
      ON_BENCH(blanks_at_ends_do_not_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

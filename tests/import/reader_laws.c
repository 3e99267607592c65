/* Laws that every reader, and every kind of value, keeps: a file that is missing, empty or
 * truncated is refused by its name, and nothing is left of the import. */
#include "workbench.h"

#include "fray/base/log.h"
#include "fray/schema/schema.h"

enum { MOST_FILES = 4 };

/* An import that works. Every file is put where `put_all` puts it. */
static const struct subject {
  const char *method, *yaml;
  const char *file[MOST_FILES]; /* that the reader, or the kind, reads itself */
  bool finds;    /* it looks which files there are: that one is missing is not known */
  bool any_part; /* a part of the file is a file as well */
} readers[] = {
    {"manifest",
     "name: t\nmodalities: {say: {kind: text}}\n"
     "inputs: [{reader: manifest, file: t.csv, texts: {say: words}}]\n",
     {"t.csv"},
     false,
     false},
    {"files",
     "name: t\nmodalities: {pic: {kind: image}}\ninputs: [{reader: files, modality: pic,\n"
     "  pattern: \"pics/{client}_{label}.pgm\", id: \"{path}\"}]\n",
     {"pics/ann_x.pgm", "pics/ben_y.pgm"},
     true,
     false},
    {"recordings",
     "name: r\nmodalities: {acc: {kind: series, columns: [p, q]}}\ninputs:\n"
     "  - {reader: recordings, pattern: \"pics/{who}.csv\", client: \"{who}\", label: \"{who}\",\n"
     "     windows: {length: 2}}\n",
     {"pics/r1.csv", "pics/r2.csv"},
     true,
     false},
    {"matrix",
     "name: m\nmodalities: {acc: {kind: series}}\ninputs:\n  - reader: matrix\n"
     "    id: \"{row}\"\n    client: \"{who}\"\n    label: \"{act}\"\n"
     "    channels: {acc: [x.txt, y.txt]}\n    columns: {who: who.txt, act: act.txt}\n",
     {"x.txt", "y.txt", "who.txt", "act.txt"},
     false,
     false},
    {"idx",
     "name: i\nmodalities: {image: {kind: image}}\ninputs:\n"
     "  - {reader: idx, images: i.idx, labels: l.idx, columns: w.csv, modality: image,\n"
     "     id: \"{row}\", client: \"{writer}\"}\n",
     {"i.idx", "l.idx", "w.csv"},
     false,
     false},
};

#define BY_MANIFEST(kind, file)                                                                    \
  "name: k\nmodalities: {v: {kind: " kind "}}\ninputs: [{reader: manifest, file: " file "}]\n"
static const struct subject kinds[] = {
    {"audio", BY_MANIFEST("audio", "a.csv"), {"one.wav"}, false, false},
    {"image", BY_MANIFEST("image", "i.csv"), {"one.pgm"}, false, false},
    {"series", BY_MANIFEST("series", "s.csv"), {"one.csv"}, false, false},
    {"series", BY_MANIFEST("series", "n.csv"), {"one.npy"}, false, false},
    {"feature", BY_MANIFEST("feature", "n.csv"), {"one.npy"}, false, false},
    {"text", BY_MANIFEST("text", "x.csv"), {"one.txt"}, false, true},
};

/* A manifest of two samples: the first has the file NAME.END, the second OTHER.END. */
static void put_manifest(const char *name, const char *end) {
  char text[160];
  snprintf(text, sizeof text, "id,client,label,v\na,c,x,one.%s\nb,c,y,two.%s\n", end, end);
  put(name, text);
}

static void put_all(void) {
  const int16_t sound[] = {1, 200, 3, 400}, other[] = {5, 600, 7, 800};
  const float vector[] = {1, 2}, more[] = {3, 4};
  const uint8_t pixels[12] = {0, 1, 2, 3}, labels[] = {0, 1};
  put("t.csv", "id,client,label,words\na,c,x,hello\nb,c,y,world\n");
  put_pgm("pics/ann_x.pgm", 2, 2, 0);
  put_pgm("pics/ben_y.pgm", 2, 2, 9);
  put("pics/r1.csv", "p,q\n1,22\n3,4\n");
  put("pics/r2.csv", "p,q\n5,6\n7,8\n");
  put("x.txt", "1 2\n3 4\n");
  put("y.txt", "5 6\n7 8\n");
  put("who.txt", "1\n2\n");
  put("act.txt", "1\n2\n");
  put_idx("i.idx", 3, 2, 2, 3, pixels, sizeof pixels);
  put_idx("l.idx", 1, 2, 0, 0, labels, sizeof labels);
  put("w.csv", "index,label,writer\n0,0,w\n1,1,w\n");
  put_manifest("a.csv", "wav");
  put_manifest("i.csv", "pgm");
  put_manifest("s.csv", "csv");
  put_manifest("n.csv", "npy");
  put_manifest("x.csv", "txt");
  put_wav("one.wav", 8000, sound, 4);
  put_wav("two.wav", 8000, other, 4);
  put_pgm("one.pgm", 2, 2, 0);
  put_pgm("two.pgm", 2, 2, 9);
  put("one.csv", "p,q\n1,22\n3,4\n");
  put("two.csv", "p,q\n5,6\n7,8\n");
  put_npy("one.npy", "<f4", "False", "(2,)", vector, sizeof vector);
  put_npy("two.npy", "<f4", "False", "(2,)", more, sizeof more);
  put("one.txt", "good day");
  put("two.txt", "good night");
}

static void check_listed(const struct fray_choices *list, const struct subject *s, size_t n) {
  for (size_t k = 0; k < list->n; k++) {
    bool found = false;
    for (size_t i = 0; i < n; i++)
      found = found || strcmp(s[i].method, list->v[k]->name) == 0;
    if (!found)
      fail_msg("%s %s has no line of example", list->what, list->v[k]->name);
  }
}

static void every_reader_is_tested(void **state) {
  (void)state;
  check_listed(&fray_import_readers, readers, FRAY_COUNT(readers));
}

static void every_kind_is_tested(void **state) {
  (void)state;
  check_listed(&fray_import_kinds, kinds, FRAY_COUNT(kinds));
}

static void for_each(void (*law)(const struct subject *s)) {
  for (size_t i = 0; i < FRAY_COUNT(readers); i++)
    law(&readers[i]);
  for (size_t i = 0; i < FRAY_COUNT(kinds); i++)
    law(&kinds[i]);
}

static void read_it(const struct subject *s) {
  put_all();
  import_anew(s->yaml);
}

static void it_reads(void **state) {
  (void)state;
  for_each(read_it);
}

static void miss_a_file(const struct subject *s) {
  put_all();
  if (s->finds)
    assert_int_equal(fray_remove_tree(at("pics"), NULL), FRAY_OK);
  for (size_t f = 0; f < MOST_FILES && s->file[f]; f++) {
    if (!s->finds)
      assert_int_equal(unlink(at(s->file[f])), 0);
    refuse(s->yaml, s->finds ? "pics/" : s->file[f]);
    if (!s->finds)
      put_all();
  }
}

static void a_missing_file_is_refused(void **state) {
  (void)state;
  for_each(miss_a_file);
}

static void empty_a_file(const struct subject *s) {
  for (size_t f = 0; f < MOST_FILES && s->file[f]; f++) {
    put_all();
    put(s->file[f], "");
    refuse(s->yaml, s->file[f]);
  }
}

static void an_empty_file_is_refused(void **state) {
  (void)state;
  for_each(empty_a_file);
}

static void cut_a_file(const struct subject *s) {
  for (size_t f = 0; !s->any_part && f < MOST_FILES && s->file[f]; f++) {
    struct fray_text whole = {0};
    put_all();
    assert_int_equal(fray_file_read(at(s->file[f]), 4096, &whole, NULL), FRAY_OK);
    put_bytes(s->file[f], whole.data, whole.size / 2);
    fray_text_free(&whole);
    refuse(s->yaml, s->file[f]);
  }
}

static void a_truncated_file_is_refused(void **state) {
  (void)state;
  for_each(cut_a_file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(every_reader_is_tested),
      ON_BENCH(every_kind_is_tested),
      ON_BENCH(it_reads),
      ON_BENCH(a_missing_file_is_refused),
      ON_BENCH(an_empty_file_is_refused),
      ON_BENCH(a_truncated_file_is_refused),
  };
  fray_log_speaker(false); /* sets without test samples are warned of */
  return cmocka_run_group_tests(tests, NULL, NULL);
}

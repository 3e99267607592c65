/* What people write for a command: scenarios, and data sets to import with a file of them. Each
 * goes the way that the command goes with it. */
#include "fuzz.h"

#include "fray/base/arena.h"
#include "fray/base/file.h"
#include "fray/base/side.h"
#include "fray/import/import.h"
#include "fray/study/study.h"

#include <stdlib.h>
#include <string.h>

/* The lines of `sets` that stand behind a NUL are what --set would say. */
void fuzz_scenario(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  struct fray_study *study = NULL;
  const uint8_t *end = size ? memchr(data, 0, size) : NULL;
  const size_t n = end ? (size_t)(end - data) : size;
  char *sets = fuzz_text(end ? end + 1 : data, end ? size - n - 1 : 0);
  const char *set[8];
  size_t n_sets = 0;
  for (char *line = strtok(sets, "\n"); line && n_sets < 8; line = strtok(NULL, "\n"))
    set[n_sets++] = line;
  const enum fray_status status =
      fray_study_load(fuzz_file("scenario.yaml", data, n), set, n_sets, fuzz_alone(), &study, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) { /* what is stored of it is the same study */
    struct fray_study *again = NULL;
    const char *stored = fuzz_file("stored.yaml", study->yaml.data, study->yaml.size);
    const enum fray_status second = fray_study_load(stored, NULL, 0, fuzz_alone(), &again, &err);
    fuzz_must(second == FRAY_OK, "a scenario that was stored is one");
    fuzz_must(again->n_trials == study->n_trials && again->n_cells == study->n_cells,
              "a stored scenario has as many trials");
    fuzz_must(again->yaml.size == study->yaml.size &&
                  memcmp(again->yaml.data, study->yaml.data, study->yaml.size) == 0,
              "a stored scenario is stored as it is");
    fray_study_free(again);
  }
  fray_study_free(study);
  fray_side_forget();
  free(sets);
}

/* ---- a data set to import ---- */

/* Little-endian PCM of one channel. */
static const char *put_sound(const char *name, int shift) {
  uint8_t x[44 + 400] =
      "RIFF\xb4\x01\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x90\1\0";
  for (int i = 0; i < 200; i++)
    x[44 + 2 * i + 1] = (uint8_t)(i * shift);
  return fuzz_file(name, x, sizeof x);
}

/* One of each sort of raw file, made once. */
static const char *raw_files(void) {
  static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1,
                                   0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8},
                       labels[] = {0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 1, 0};
  static const char table[] = "id,client,label,split,sound,text,x,y\n"
                              "1,a,no,train,a.wav,hello world,1,2\n2,a,yes,train,b.wav,it's,3,4\n"
                              "3,b,no,dev,a.wav,no,5,6\n4,b,yes,test,b.wav,yes,7,8\n",
                    matrix[] = "1 2 3\n4 5 6\n7 8 9\n1 0 1\n", column[] = "1\n2\n1\n2\n",
                    recording[] =
                        "t,x,y,label,client\n0,1,2,no,a\n1,2,3,no,a\n2,3,4,yes,b\n3,4,5,yes,b\n"
                        "4,5,6,no,b\n5,6,7,no,b\n",
                    lines[] = "{\"id\": 1, \"client\": \"a\", \"label\": \"no\", \"x\": 0.5}\n"
                              "{\"id\": 2, \"client\": \"b\", \"label\": \"yes\", \"x\": 2}\n",
                    pgm[] = "P2 2 2 255 1 2 3 4\n";
  static bool made;
  if (!made) {
    fuzz_file("raw/images.idx", images, sizeof images);
    fuzz_file("raw/labels.idx", labels, sizeof labels);
    fuzz_file("raw/table.csv", table, sizeof table - 1);
    fuzz_file("raw/table.jsonl", lines, sizeof lines - 1);
    fuzz_file("raw/X.txt", matrix, sizeof matrix - 1);
    fuzz_file("raw/y.txt", column, sizeof column - 1);
    fuzz_file("raw/a_1.csv", recording, sizeof recording - 1);
    fuzz_file("raw/b_2.csv", recording, sizeof recording - 1);
    fuzz_file("raw/no/a-1.pgm", pgm, sizeof pgm - 1);
    fuzz_file("raw/yes/b-2.pgm", pgm, sizeof pgm - 1);
    put_sound("raw/a.wav", 3);
    put_sound("raw/b.wav", 5);
    made = true;
  }
  return fuzz_path("raw");
}

void fuzz_dataset(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  const char *raw = raw_files();
  fuzz_answered(fray_import(fuzz_file("dataset.yaml", data, size), "out", raw, true, false, &err),
                &err);
}

/* Fixed documents, whose one raw file is the input: the first byte says which. */
void fuzz_raw_file(const uint8_t *data, size_t size) {
#define HEAD "name: x\nraw: .\nclasses: ['0', '1']\n"
#define TAIL ", id: 'i{row}', client: 'c{row}', label: \"0\"}\n"
  static const struct {
    const char *yaml, *file;
  } how[] = {
      {HEAD "modalities: {m: {kind: image}}\ninputs:\n  - {reader: idx, images: input.idx, "
            "modality: m" TAIL,
       "in/input.idx"},
      {HEAD "modalities: {m: {kind: image}}\ninputs:\n  - {reader: files, pattern: 'input.png', "
            "modality: m, id: 'i', client: 'c', label: \"0\"}\n",
       "in/input.png"},
      {HEAD "modalities: {m: {kind: audio}}\ninputs:\n  - {reader: files, pattern: 'input.wav', "
            "modality: m, id: 'i', client: 'c', label: \"0\"}\n",
       "in/input.wav"},
      {HEAD "modalities: {m: {kind: series}}\ninputs:\n  - {reader: files, pattern: 'input.csv', "
            "modality: m, id: 'i', client: 'c', label: \"0\"}\n",
       "in/input.csv"},
      {HEAD "modalities: {m: {kind: feature}}\ninputs:\n  - {reader: files, pattern: 'input.npy', "
            "modality: m, id: 'i', client: 'c', label: \"0\"}\n",
       "in/input.npy"},
      {HEAD "modalities: {m: {kind: text}}\ninputs:\n  - {reader: files, pattern: 'input.txt', "
            "modality: m, id: 'i', client: 'c', label: \"0\"}\n",
       "in/input.txt"},
  };
#undef HEAD
#undef TAIL
  const size_t k = size ? data[0] % (sizeof how / sizeof *how) : 0;
  struct fray_err err = {0};
  const char *yaml = fuzz_file("one.yaml", how[k].yaml, strlen(how[k].yaml)),
             *raw = fuzz_path("in");
  const char *file = fuzz_file(how[k].file, data + (size ? 1 : 0), size ? size - 1 : 0);
  fuzz_answered(fray_import(yaml, "out", raw, true, false, &err), &err);
  fray_remove_tree(file, NULL);
}

/* Strings of words: recordings of one client and split that are joined to sequences. */
#include "workbench.h"

#include "fray/data/dataset.h"

enum { CLIENTS = 3, TAKES = 6, RATE = 1000, LENGTH = 20, PER_CLIENT = 10, MOST = 64 };

/* A take of a client and word is a constant, so that whose sound it is can be read off the string:
 * 1000 (client + 1) + 100 (word + 1) + take. Takes 0 to 3 train, 4 and 5 are for test. */
static void make_takes(void) {
  struct fray_text rows = {0};
  fray_text_puts(&rows, "id,client,label,split,mic,town,audio\n");
  for (int c = 0; c < CLIENTS; c++)
    for (int t = 0; t < TAKES; t++) {
      int16_t x[LENGTH];
      char name[32];
      const int word = t % 2;
      for (int i = 0; i < LENGTH; i++)
        x[i] = (int16_t)(1000 * (c + 1) + 100 * (word + 1) + t);
      snprintf(name, sizeof name, "c%dt%d.wav", c, t);
      put_wav(name, RATE, x, LENGTH);
      fray_text_printf(&rows, "c%dt%d,c%d,%s,%s,%s,town%d,%s\n", c, t, c, word ? "yes" : "no",
                       t < 4 ? "train" : "test", t < 2 ? "near" : "far", c, name);
    }
  put("m.csv", rows.data);
  fray_text_free(&rows);
}

#define SET                                                                                        \
  "name: t\ngroups: [mic, town]\nmodalities:\n  audio: {kind: audio}\n"                            \
  "inputs:\n  - {reader: manifest, file: m.csv}\n"
#define STRINGS "strings: {from: audio, per_client: 10, length: [2, 5], gap_ms: [3, 9]}\n"

/* The take that begins at x, and the words and gaps of a string walked through. */
static void check_string(const int16_t *x, int64_t n, const int16_t *word, int64_t words,
                         int client, int split, int *used, double *noise, size_t *n_noise) {
  int64_t at = 0;
  for (int64_t k = 0; k < words; k++) {
    if (k) { /* a gap of 3 to 9 samples of faint noise */
      int64_t gap = 0;
      for (; abs(x[at + gap]) < 500; gap++) {
        *noise += (double)x[at + gap] * x[at + gap];
        ++*n_noise;
      }
      assert_in_range(gap, 3, 9);
      at += gap;
    }
    const int take = x[at] % 10;
    assert_int_equal(x[at] / 1000, client + 1);
    assert_int_equal(x[at] / 100 % 10, word[k] + 1);
    assert_true(split == FRAY_TRAIN ? take < 4 : take >= 4);
    used[take]++;
    for (int i = 0; i < LENGTH; i++)
      assert_int_equal(x[at + i], x[at]);
    at += LENGTH;
  }
  assert_int_equal(at, n);
}

static void strings_are_joined(void **state) {
  (void)state;
  enum { N = CLIENTS * 2 * PER_CLIENT };
  int64_t offset[N + 1], label_offset[N + 1];
  uint8_t split[N];
  double noise = 0;
  size_t n_noise = 0;
  make_takes();
  import_bench(SET STRINGS);
  open_shard("out/shard-0000.h5");
  EXPECT_TEXTS("/classes", "no", "yes");
  values("/samples/label_offset", FRAY_H5_I64, label_offset, N + 1);
  values("/modalities/audio/offset", FRAY_H5_I64, offset, N + 1);
  values("/samples/split", FRAY_H5_U8, split, N);
  int16_t *word = malloc((size_t)label_offset[N] * sizeof *word);
  int16_t *x = malloc((size_t)offset[N] * sizeof *x);
  values("/samples/label", FRAY_H5_I16, word, (size_t)label_offset[N]);
  values("/modalities/audio/values", FRAY_H5_I16, x, (size_t)offset[N]);
  for (int c = 0; c < CLIENTS; c++)
    for (int half = 0; half < 2; half++) {
      int used[10] = {0}, most = 0, words = 0;
      for (int i = (2 * c + half) * PER_CLIENT; i < (2 * c + half + 1) * PER_CLIENT; i++) {
        const int64_t n = label_offset[i + 1] - label_offset[i];
        assert_in_range(n, 2, 5);
        assert_int_equal(split[i], half ? FRAY_TEST : FRAY_TRAIN);
        check_string(x + offset[i], offset[i + 1] - offset[i], word + label_offset[i], n, c,
                     split[i], used, &noise, &n_noise);
        words += (int)n;
      }
      for (int t = 0; t < 10; t++)
        most = used[t] > most ? used[t] : most;
      const int takes = half ? 2 : 4; /* dealt from a pack: nobody is heard once more than that */
      assert_int_equal(most, (words + takes - 1) / takes);
    }
  /* Of full scale 1e-3: its standard error here is about 3 %. */
  assert_true(n_noise > 400 && fabs(sqrt(noise / (double)n_noise) / 32.768 - 1) < 0.15);
  EXPECT_TEXTS("/groups/town/values", "town0", "town1", "town2");
  uint16_t mic[N];
  values("/groups/mic/code", FRAY_H5_U16, mic, N);
  const char **mics = texts_of("/groups/mic/values", 3);
  for (int i = 0; i < N; i++) /* takes 0 and 1 are near, all of test is far */
    assert_true(split[i] == FRAY_TRAIN || strcmp(mics[mic[i]], "far") == 0);
  free(word);
  free(x);
}

/* The seed says all of it; another one says something else. */
static void draws_are_of_the_seed(void **state) {
  (void)state;
  int64_t a[61], b[61], c[61];
  make_takes();
  import_anew(SET STRINGS);
  values("/modalities/audio/offset", FRAY_H5_I64, a, 61);
  import_anew(SET STRINGS);
  values("/modalities/audio/offset", FRAY_H5_I64, b, 61);
  assert_memory_equal(a, b, sizeof a);
  import_anew(SET STRINGS "seed: 1\n");
  values("/modalities/audio/offset", FRAY_H5_I64, c, 61);
  assert_memory_not_equal(a, c, sizeof a);
}

static void what_cannot_be_joined_is_refused(void **state) {
  (void)state;
  make_takes();
  refuse(SET "strings: {per_client: 3}\n", "strings: `from` is missing");
  refuse(SET "strings: {from: sound}\n", "sound");
  refuse(SET "strings: {from: audio, length: [5, 2]}\n", "strings.length: give the fewest");
  refuse(SET "strings: {from: audio, gap_ms: 5}\n", "strings.gap_ms: give the shortest");
  refuse(SET "overlap: 0.5\n" STRINGS, "windows that overlap");
  put("ones.csv", "id,client,label,audio\na,c,no,c0t0.wav\nb,c,no,c0t2.wav\n");
  refuse("name: t\nmodalities: {audio: {kind: audio}}\nclasses: [no, yes]\n"
         "inputs: [{reader: manifest, file: ones.csv}]\n" STRINGS,
         "client c has takes of one class only (no) for train");
  put("sets.csv", "id,client,label,audio\na,c,no;yes,c0t0.wav\nb,c,no,c0t2.wav\n");
  refuse("name: t\ntask: multi_label\nmodalities: {audio: {kind: audio}}\n"
         "inputs: [{reader: manifest, file: sets.csv}]\n" STRINGS,
         "this set is multi-label");
  put_pgm("a.pgm", 2, 2, 0);
  put("two.csv", "id,client,label,audio,pic\na,c,no,c0t0.wav,a.pgm\nb,c,yes,c0t1.wav,a.pgm\n");
  refuse("name: t\nmodalities: {audio: {kind: audio}, pic: {kind: image}}\n"
         "inputs: [{reader: manifest, file: two.csv}]\n" STRINGS,
         "has no value of the other modalities (pic)");
  refuse("name: t\nmodalities: {pic: {kind: image}}\n"
         "inputs: [{reader: manifest, file: two.csv}]\nstrings: {from: pic}\n",
         "only sounds join");
  put("lack.csv", "id,client,label,audio\na,c,no,c0t0.wav\nb,c,,c0t1.wav\n");
  refuse("name: t\nmodalities: {audio: {kind: audio}}\n"
         "inputs: [{reader: manifest, file: lack.csv}]\n" STRINGS,
         "b");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(strings_are_joined),
      ON_BENCH(draws_are_of_the_seed),
      ON_BENCH(what_cannot_be_joined_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

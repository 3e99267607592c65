/* Files of pretrained vectors: both formats, what is kept of them, and everything that is refused.
 */
#include "scratch.h"
#include "vectors.h"

#include "fray/base/arena.h"
#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/codec/words.h"
#include "ok.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];

static void put(const char *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
}

static uint64_t hash_of(const char *word) {
  struct fray_words words;
  fray_words_begin(&words, word, strlen(word), true);
  assert_true(fray_words_next(&words));
  return word_hash(words.word, words.length);
}

static struct word_set set_of(const char *const *words, size_t n) {
  struct word_set set = {0};
  for (size_t i = 0; i < n; i++)
    OK(word_set_add(&set, hash_of(words[i]), &err));
  return set;
}

static const char *const vocabulary[] = {"walk", "Run", "\u010daj", "don't", "none"};

static enum fray_status try_read(const char *data, size_t size, struct vectors *out,
                                 struct fray_err *err) {
  struct word_set set = set_of(vocabulary, FRAY_COUNT(vocabulary));
  put(data, size);
  const enum fray_status status = vectors_read(path, &set, true, out, err);
  word_set_free(&set);
  return status;
}

static struct vectors read_text(const char *text) {
  struct vectors v;
  OK(try_read(text, strlen(text), &v, &err));
  return v;
}

static void has(const struct vectors *v, const char *word, float a, float b) {
  const int64_t row = vectors_find(v, hash_of(word));
  assert_true(row >= 0);
  assert_true(v->kept.x[2 * row] == a && v->kept.x[2 * row + 1] == b);
}

/* GloVe: no first line; the order of the file, words as texts have them, others left out, numbers
 * of which are not even read. Of two lines with one word the first counts. */
static void test_glove(void **state) {
  (void)state;
  struct vectors v = read_text("the 1 2\nrun 0.5 -1e-1\nRUN 3 4\nof x y\nwalk -0 +7.25\n"
                               "C\u030cAJ 1 1\ndon\u2019t 2 3\na b c 9 9\n");
  assert_int_equal(v.kept.n, 4);
  assert_int_equal(v.kept.width, 2);
  assert_int_equal(v.vocabulary, 5);
  has(&v, "run", 0.5f, -0.1f);
  has(&v, "walk", -0.0f, 7.25f);
  has(&v, "\u010daj", 1, 1);
  has(&v, "don't", 2, 3);
  assert_int_equal(vectors_find(&v, hash_of("run")), 0); /* rows in the order of the file */
  assert_int_equal(vectors_find(&v, hash_of("walk")), 1);
  assert_int_equal(vectors_find(&v, hash_of("the")), -1);
  assert_int_equal(vectors_find(&v, hash_of("none")), -1);
  vectors_free(&v);
}

/* fastText: counts first, a blank at the end of each line; Windows' ends of lines and a missing
 * last one. The same content has the same hash; another word or value has not, words left out do
 * not matter. */
static void test_fasttext(void **state) {
  (void)state;
  struct vectors a = read_text("3 2\nthe 1 2 \nrun 0.5 4 \nwalk 1 1 \n");
  struct vectors b = read_text("run 0.50 4\r\nof 7 7\r\nwalk 1 1e0");
  struct vectors c = read_text("run 0.5 4\nwalk 1 1.0001\n");
  struct vectors d = read_text("run 0.5 4\ndon't 1 1\n");
  assert_int_equal(a.kept.n, 2);
  assert_true(a.hash == b.hash && a.hash != c.hash && a.hash != d.hash);
  vectors_free(&a);
  vectors_free(&b);
  vectors_free(&c);
  vectors_free(&d);
}

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } bad[] = {
      {"", "is empty"},
      {"run\n", "line 1: vectors of 0 numbers"},
      {"run 1 2\nwalk 1\n", "line 2: 1 number behind a word, not 2"},
      {"run 1 2\nwalk 1 2 3\n", "line 2: 3 numbers behind a word, not 2"},
      {"run 1 2\n\nwalk 1 2\n", "line 2: 0 numbers behind a word, not 2"},
      {"run 1 2\n 1 2\n", "line 2: 2 numbers behind a word"},
      {"run 1 two\n", "line 1: number 2 of 2: two is no finite number"},
      {"run 1 nan\n", "number 2 of 2: nan"},
      {"run inf 1\n", "number 1 of 2: inf"},
      {"run 1 1e39\n", "number 2 of 2: 1e39"},
      {"run 1 0x1\n", "number 2 of 2: 0x1"},
      {"run 1\t2 3\n", "number 1 of 2: 1\t2"},
      {"walk 1 2\nrun 1 \n", "line 2"},
      {"3 2\nrun 1 2\n", "line 1: 3 words are announced, and 1 are there"},
      {"1 2\nrun 1 2\nwalk 1 2\n", "line 1: 1 words are announced, and 2 are there"},
      {"1 3\nrun 1 2\n", "line 2: 2 numbers behind a word, not 3"},
      {"1 0\nrun\n", "line 1: vectors of 0 numbers"},
      {"1 5000\nrun 1\n", "more than 4096 numbers"},
      {"99999999999999999999 2\nrun 1 2\n", "numbers behind a word, not 1"},
      {"the 1 2\nof 1 2\n", "none of its 2 words is among the 5 of the training texts"},
      {"run 1 2\nwa\xfflk 1 2\n", "line 2: its word is not UTF-8"},
      {"\x1f\x8b\x08 1 2\n", "is compressed"},
  };
  struct vectors v;
  struct fray_err err = {0};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    if (try_read(bad[i].text, strlen(bad[i].text), &v, &err) != FRAY_INPUT)
      fail_msg("%zu: %s was taken", i, bad[i].text);
    SAYS(err, bad[i].says);
    SAYS(err, path);
    assert_null(v.x);
  }
  assert_int_equal(try_read("run 1 2\nwa\0k 1 2\n", 17, &v, &err), FRAY_INPUT);
  SAYS(err, "line 2: a byte that is 0");
  unlink(path);
  struct word_set none = {0};
  assert_int_equal(vectors_read(path, &none, true, &v, &err), FRAY_INPUT);
}

/* Thousands of words: each is found at its row, with its values; and nothing else is found. */
static void test_many(void **state) {
  (void)state;
  enum { MANY = 5000 };
  struct word_set set = {0};
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fprintf(file, "%d 3\n", MANY);
  for (unsigned i = 0; i < MANY; i++) {
    char word[32];
    snprintf(word, sizeof word, "w%u", i);
    fprintf(file, "%s %u.5 -%u 0.25\n", word, i, i);
    if (i % 3 == 0) {
      OK(word_set_add(&set, hash_of(word), &err));
      OK(word_set_add(&set, hash_of(word), &err)); /* a set */
    }
  }
  fclose(file);
  struct vectors v;
  OK(vectors_read(path, &set, true, &v, &err));
  assert_int_equal(set.n, (MANY + 2) / 3);
  assert_int_equal(v.kept.n, set.n);
  for (unsigned i = 0; i < MANY; i++) {
    char word[32];
    snprintf(word, sizeof word, "W%u", i);
    const int64_t row = vectors_find(&v, hash_of(word));
    assert_int_equal(row, i % 3 == 0 ? (int64_t)(i / 3) : -1);
    if (row >= 0) {
      assert_true(v.kept.x[3 * row] == (float)i + 0.5f && v.kept.x[3 * row + 1] == -(float)i);
    }
  }
  vectors_free(&v);
  word_set_free(&set);
}

static int set_up(void **state) {
  (void)state;
  char name[32];
  snprintf(name, sizeof name, "fray-vectors-%d.txt", (int)getpid());
  scratch(path, name);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  unlink(path);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_glove),
      cmocka_unit_test(test_fasttext),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_many),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}

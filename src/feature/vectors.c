/* Pretrained vectors of words: a strict reader of GloVe's and fastText's text files, which keeps
 * what the training texts need. Files of gigabytes are read line by line; memory is that of what is
 * kept. */
#include "vectors.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"
#include "fray/codec/words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WIDTH = 4096, MOST_ROWS = 1 << 24 }; /* rows are exact in a float */

/* ---- sets of words ---- */

/* 0 marks a free place, so the one word in 2^64 with that hash gets another. */
static uint64_t taken(uint64_t word) {
  return word ? word : 1;
}

/* At least half of the places are free, so the walk ends soon. */
static bool set_has(const struct word_set *set, uint64_t word) {
  if (set->room == 0)
    return false;
  size_t at = taken(word) & (set->room - 1);
  while (set->slot[at] && set->slot[at] != taken(word))
    at = (at + 1) & (set->room - 1);
  return set->slot[at] != 0;
}

/* There is room, and the word is not in it. */
static void put(struct word_set *set, uint64_t word) {
  size_t at = taken(word) & (set->room - 1);
  while (set->slot[at])
    at = (at + 1) & (set->room - 1);
  set->slot[at] = taken(word);
}

/* The old places stay until the new ones are filled: a failure leaves the set as it was. */
enum fray_status word_set_add(struct word_set *set, uint64_t word, struct fray_err *err) {
  if (set_has(set, word))
    return FRAY_OK;
  if (2 * (set->n + 1) > set->room) {
    struct word_set grown = {.n = set->n, .room = set->room ? 2 * set->room : 1024};
    grown.slot = calloc(grown.room, sizeof *grown.slot);
    FRAY_CHECK(grown.slot, err, MEMORY, "out of memory");
    for (size_t i = 0; i < set->room; i++)
      if (set->slot[i])
        put(&grown, set->slot[i]);
    free(set->slot);
    *set = grown;
  }
  put(set, word);
  set->n++;
  return FRAY_OK;
}

void word_set_free(struct word_set *set) {
  free(set->slot);
  *set = (struct word_set){0};
}

/* The mark is that of tokens.c, where it tells a word from the same letters inside of one; here it
 * only makes both hash the same bytes. */
uint64_t word_hash(const int32_t *word, size_t length) {
  char text[(FRAY_WORD_MAX + 2) * FRAY_UTF8_MAX];
  size_t at = 0;
  text[at++] = '<';
  for (size_t k = 0; k < length; k++)
    at += fray_utf8_write((uint32_t)word[k], text + at);
  text[at++] = '>';
  return fray_hash64(text, at);
}

/* ---- a file ---- */

struct reading {
  const char *path;
  FILE *file;
  char *line;
  size_t room, size, number; /* of the line; size without its end */
  long long announced;       /* words, by the first line; -1: it says nothing */
  size_t width, words, capacity;
  bool fold;
  struct word_set seen; /* kept: of two lines with one word the first counts */
  struct vectors *out;
};

/* By file and line: whoever made the file mends it there. */
static enum fray_status fail_line(const struct reading *r, const char *what, struct fray_err *err) {
  return fray_fail(err, FRAY_INPUT, "%s: line %zu: %s", r->path, r->number, what);
}

/* False at the end. Windows' ends of lines are taken off, and fastText's blank before them. */
static enum fray_status next_line(struct reading *r, bool *there, struct fray_err *err) {
  errno = 0;
  const ssize_t got = getline(&r->line, &r->room, r->file);
  *there = got >= 0;
  FRAY_CHECK(got >= 0 || errno != ENOMEM, err, MEMORY, "out of memory");
  FRAY_CHECK(got >= 0 || !ferror(r->file), err, IO, "%s: %s", r->path, strerror(errno));
  if (got < 0)
    return FRAY_OK;
  r->number++;
  r->size = (size_t)got;
  if (memchr(r->line, '\0', r->size))
    return fail_line(
        r, "a byte that is 0; vectors are read from plain text, not from fastText's .bin", err);
  while (r->size > 0 && strchr("\r\n", r->line[r->size - 1]))
    r->line[--r->size] = '\0';
  if (r->size > 0 && r->line[r->size - 1] == ' ')
    r->line[--r->size] = '\0';
  return FRAY_OK;
}

/* One blank stands before each number; two side by side leave a piece that is no number. */
static size_t count_blanks(const char *text) {
  size_t n = 0;
  for (; *text; text++)
    n += *text == ' ';
  return n;
}

/* A whole number and nothing but it. */
static bool whole(const char *text, char end, long long *out, const char **next) {
  char *stop;
  errno = 0;
  *out = strtoll(text, &stop, 10);
  *next = stop + 1;
  return *text >= '0' && *text <= '9' && *stop == end && errno == 0;
}

/* Of a line "COUNT WIDTH": so a first word that is a number, with a vector of one whole number, is
 * taken for it. Nobody has vectors of one number. */
static bool read_header(struct reading *r) {
  const char *next;
  long long words, width;
  if (!whole(r->line, ' ', &words, &next) || !whole(next, '\0', &width, &next))
    return false;
  r->announced = words;
  r->width = width > MOST_WIDTH ? MOST_WIDTH + 1 : (size_t)width;
  return true;
}

/* Where the vector begins: behind the blank that has width - 1 others after it. NULL: a short line.
 */
static char *vector_of_line(struct reading *r) {
  size_t left = r->width;
  for (char *at = r->line + r->size; at > r->line; at--)
    if (at[-1] == ' ' && --left == 0)
      return at - 1 > r->line ? at : NULL;
  return NULL;
}

/* A line has a number too many where what stands before its last ones is a number itself. Words
 * with blanks in them, which GloVe's largest files have (". . ."), end in none. */
static bool has_too_many(const char *line, const char *vector) {
  const char *last = vector - 1;
  while (last > line && last[-1] != ' ')
    last--;
  char *stop;
  strtod(last, &stop);
  return last > line && stop == vector - 1;
}

static enum fray_status read_numbers(struct reading *r, const char *text, float *out,
                                     struct fray_err *err) {
  char what[96];
  for (size_t j = 0; j < r->width; j++) {
    char *stop;
    const double value = strtod(text, &stop);
    const bool ends = *stop == (j + 1 < r->width ? ' ' : '\0');
    out[j] = (float)value;
    /* strtod also takes leading blanks, hex and words. */
    if (stop == text || !ends || !strchr("+-.0123456789", *text) ||
        memchr(text, 'x', (size_t)(stop - text)) || !isfinite(out[j])) {
      snprintf(what, sizeof what, "number %zu of %zu: %.24s is no finite number", j + 1, r->width,
               text);
      return fail_line(r, what, err);
    }
    text = stop + 1;
  }
  return FRAY_OK;
}

/* Room doubles: how many words of the vocabulary the file has is known at its end. */
static enum fray_status grow(struct reading *r, struct fray_err *err) {
  struct vectors *v = r->out;
  if (v->kept.n < r->capacity)
    return FRAY_OK;
  FRAY_CHECK(v->kept.n < MOST_ROWS, err, INPUT, "%s: more than %d words of the training texts",
             r->path, MOST_ROWS);
  const size_t capacity = r->capacity ? 2 * r->capacity : 1024;
  struct vector_of *of = realloc(v->of, capacity * sizeof *of);
  v->of = of ? of : v->of;
  float *x = realloc(v->x, capacity * r->width * sizeof *x);
  v->x = x ? x : v->x;
  FRAY_CHECK(of && x, err, MEMORY, "out of memory");
  r->capacity = capacity;
  return FRAY_OK;
}

/* The hash of the line's word, if it is one word as texts have them. */
static bool single_word(const struct reading *r, size_t size, uint64_t *hash) {
  struct fray_words words;
  fray_words_begin(&words, r->line, size, r->fold);
  if (!fray_words_next(&words))
    return false;
  *hash = word_hash(words.word, words.length);
  return !fray_words_next(&words);
}

/* A line's length and its word are looked at whatever the word is: a file that is cut short or
 * mixed with another must not pass because its bad lines are of words that nobody needs. */
static enum fray_status read_word(struct reading *r, const struct word_set *vocabulary,
                                  struct fray_err *err) {
  char what[128];
  char *vector = vector_of_line(r);
  uint64_t hash;
  if (!vector || has_too_many(r->line, vector)) {
    snprintf(what, sizeof what, "%s behind a word, not %zu",
             FRAY_N(count_blanks(r->line), "number"), r->width);
    return fail_line(r, what, err);
  }
  const size_t size = (size_t)(vector - 1 - r->line);
  if (fray_utf8_valid(r->line, size) != size)
    return fail_line(r, "its word is not UTF-8", err);
  r->words++;
  if (!single_word(r, size, &hash) || !set_has(vocabulary, hash) || set_has(&r->seen, hash))
    return FRAY_OK;
  FRAY_TRY(word_set_add(&r->seen, hash, err));
  FRAY_TRY(grow(r, err));
  struct vectors *v = r->out;
  FRAY_TRY(read_numbers(r, vector, v->x + v->kept.n * r->width, err));
  v->of[v->kept.n] = (struct vector_of){.word = hash, .row = v->kept.n};
  v->kept.n++;
  return FRAY_OK;
}

static int by_word(const void *left, const void *right) {
  const struct vector_of *a = left, *b = right;
  return (a->word > b->word) - (a->word < b->word);
}

/* Of what is kept, and of nothing else: a file with more words that no training text has is the
 * same. */
static uint64_t hash_of(const struct vectors *v) {
  const uint64_t parts[] = {v->kept.n, v->kept.width, fray_hash64(v->of, v->kept.n * sizeof *v->of),
                            fray_hash64(v->x, v->kept.n * v->kept.width * sizeof *v->x)};
  return fray_hash64(parts, sizeof parts);
}

static enum fray_status read_all(struct reading *r, const struct word_set *vocabulary,
                                 struct fray_err *err) {
  bool there;
  FRAY_TRY(next_line(r, &there, err));
  FRAY_CHECK(there, err, INPUT, "%s: is empty", r->path);
  FRAY_CHECK(memcmp(r->line, "\x1f\x8b", 2) != 0, err, INPUT,
             "%s: is compressed; unpack it first (gunzip)", r->path);
  const bool header = read_header(r);
  if (!header)
    r->width = count_blanks(r->line);
  FRAY_CHECK(r->width >= 1, err, INPUT, "%s: line 1: vectors of 0 numbers", r->path);
  FRAY_CHECK(r->width <= MOST_WIDTH, err, INPUT, "%s: line 1: vectors of more than %d numbers",
             r->path, MOST_WIDTH);
  if (header)
    FRAY_TRY(next_line(r, &there, err));
  while (there) {
    FRAY_TRY(read_word(r, vocabulary, err));
    FRAY_TRY(next_line(r, &there, err));
  }
  FRAY_CHECK(r->announced < 0 || (size_t)r->announced == r->words, err, INPUT,
             "%s: line 1: %lld words are announced, and %zu are there", r->path, r->announced,
             r->words);
  FRAY_CHECK(r->out->kept.n > 0, err, INPUT,
             "%s: none of its %zu words is among the %zu of the training texts", r->path, r->words,
             vocabulary->n);
  return FRAY_OK;
}

/* The order of rows is that of the file, which hash and results follow; only the list to search is
 * sorted. */
enum fray_status vectors_read(const char *path, const struct word_set *vocabulary, bool fold,
                              struct vectors *out, struct fray_err *err) {
  uint64_t size;
  struct reading r = {.path = path, .announced = -1, .fold = fold, .out = out};
  *out = (struct vectors){.vocabulary = vocabulary->n};
  FRAY_TRY(fray_file_size(path, &size, err)); /* also refuses what is no file */
  r.file = fopen(path, "rb");
  FRAY_CHECK(r.file, err, INPUT, "%s: %s", path, strerror(errno));
  const enum fray_status status = read_all(&r, vocabulary, err);
  fclose(r.file);
  free(r.line);
  word_set_free(&r.seen);
  if (status != FRAY_OK) {
    vectors_free(out);
    return status;
  }
  qsort(out->of, out->kept.n, sizeof *out->of, by_word);
  out->kept.width = r.width;
  out->kept.x = out->x;
  out->hash = hash_of(out);
  return FRAY_OK;
}

/* Also of what was never read. */
void vectors_free(struct vectors *vectors) {
  free(vectors->of);
  free(vectors->x);
  *vectors = (struct vectors){0};
}

int64_t vectors_find(const struct vectors *vectors, uint64_t word) {
  size_t first = 0, end = vectors->kept.n;
  while (first < end) {
    const size_t middle = first + (end - first) / 2;
    if (vectors->of[middle].word == word)
      return (int64_t)vectors->of[middle].row;
    if (vectors->of[middle].word < word)
      first = middle + 1;
    else
      end = middle;
  }
  return -1;
}

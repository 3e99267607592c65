/* Pretrained vectors of words, read from a text file and kept for the words of the training texts.
 * Private to this layer and its tests. */
#ifndef FRAY_FEATURE_VECTORS_H
#define FRAY_FEATURE_VECTORS_H

#include "fray/base/status.h"
#include "fray/tensor/feature.h"

#include <stdbool.h>
#include <stdint.h>

/** Hashes of words: a set. Zero-initialised is empty. */
struct word_set {
  uint64_t *slot; /* (room) 0: free */
  size_t n, room;
};
enum fray_status word_set_add(struct word_set *set, uint64_t word, struct fray_err *err);
void word_set_free(struct word_set *set);

struct vector_of {
  uint64_t word; /* hash of "<word>" in UTF-8, see word_hash */
  uint64_t row;  /* as wide as the hash: what is hashed has no gaps */
};

struct vectors {
  struct fray_word_vectors kept; /* x is owned */
  struct vector_of *of;          /* (kept.n) by word */
  float *x;                      /* (kept.n, kept.width) in the order of the file; owned */
  size_t vocabulary;             /* words of the training texts */
  uint64_t hash;                 /* of words and values that are kept */
};

/** What a word is known by: the hash of its code points between marks, as tokens are. */
uint64_t word_hash(const int32_t *word, size_t length);

/** Reads a file in the format of GloVe or fastText's .vec: a line for each word, the word and as
 * many numbers as on every line, between single blanks; before them, as fastText writes, a line
 * with two whole numbers, how many words there are and how long vectors are. A line's word is
 * everything before its last numbers. It is read as texts are (normal form, case with `fold`); what
 * is then no single word, or not in the vocabulary, is left out, and of two lines with one word the
 * first counts. Numbers of lines that are left out are counted and not read. INPUT, with file and
 * line: lines of another length, words that are no UTF-8, numbers that are none or not finite, a
 * vector of more than 4096 numbers, another number of words than the first line says, a file
 * without a word of the vocabulary. O(file). */
enum fray_status vectors_read(const char *path, const struct word_set *vocabulary, bool fold,
                              struct vectors *out, struct fray_err *err);
void vectors_free(struct vectors *vectors);
/** Row of a word, or -1. O(log n). */
int64_t vectors_find(const struct vectors *vectors, uint64_t word);

#endif

/* Sequences that a model says: decoded where a block is answered, and compared with the words of
 * the data there, so that nobody later needs either logits or data.
 *
 * The answer to a sample travels as numbers of 16 bits, packed in words of 64 as sets of classes
 * are: hits, substitutions, deletions, insertions, how many classes were said, and these. */
#include "heard.h"

#include "fray/base/size.h"
#include "fray/metric/words.h"
#include "fray/nn/ctc.h"

#include <math.h>
#include <string.h>

enum { SAID = FRAY_EDIT_CELLS, FIRST_WORD, PER_WORD = sizeof(uint64_t) / sizeof(int16_t) };

size_t fray_said_width(const struct fray_model *model, bool sets) {
  const size_t most = fray_model_most_said(model);
  if (most)
    return (FIRST_WORD + most + PER_WORD - 1) / PER_WORD;
  return sets ? fray_set_words(fray_model_classes(model)) : 0;
}

static const uint64_t *of_sample(const struct fray_answers *answers, size_t condition, size_t i) {
  return answers->said + (condition * answers->n + i) * answers->said_width;
}

/* Copied out, since a word of 64 bits may not be looked at as numbers of 16. */
void fray_spoken_edits(const struct fray_answers *answers, size_t condition, size_t i,
                       struct fray_word_edits *out) {
  int16_t n[FRAY_EDIT_CELLS];
  memcpy(n, of_sample(answers, condition, i), sizeof n);
  *out = (struct fray_word_edits){n[FRAY_HITS], n[FRAY_SUBSTITUTIONS], n[FRAY_DELETIONS],
                                  n[FRAY_INSERTIONS]};
}

size_t fray_spoken_words(const struct fray_answers *answers, size_t condition, size_t i,
                         int16_t *out) {
  const char *at = (const char *)of_sample(answers, condition, i);
  int16_t n;
  memcpy(&n, at + SAID * sizeof n, sizeof n);
  memcpy(out, at + FIRST_WORD * sizeof n, (size_t)n * sizeof n);
  return (size_t)n;
}

/* Numbers that were read from a file become sizes and indices, so none is believed. */
bool fray_spoken_fits(const uint64_t *said, size_t width, size_t classes, size_t words) {
  int16_t n[FIRST_WORD], word;
  memcpy(n, said, sizeof n);
  for (size_t k = 0; k < FIRST_WORD; k++)
    if (n[k] < 0)
      return false;
  const size_t truth =
      (size_t)n[FRAY_HITS] + (size_t)n[FRAY_SUBSTITUTIONS] + (size_t)n[FRAY_DELETIONS];
  const size_t heard =
      (size_t)n[FRAY_HITS] + (size_t)n[FRAY_SUBSTITUTIONS] + (size_t)n[FRAY_INSERTIONS];
  if (truth != words || heard != (size_t)n[SAID] || FIRST_WORD + heard > width * PER_WORD)
    return false;
  for (size_t k = 0; k < heard; k++) {
    memcpy(&word, (const char *)said + (FIRST_WORD + k) * sizeof word, sizeof word);
    if (word < 0 || (size_t)word >= classes)
      return false;
  }
  return true;
}

static void put(const struct fray_word_edits *e, size_t n, const int16_t *word, size_t width,
                uint64_t *out) {
  const int16_t head[FIRST_WORD] = {(int16_t)e->hits, (int16_t)e->substitutions,
                                    (int16_t)e->deletions, (int16_t)e->insertions, (int16_t)n};
  memset(out, 0, width * sizeof *out);
  memcpy(out, head, sizeof head);
  if (n > 0)
    memcpy((char *)out + sizeof head, word, n * sizeof *word);
}

/* Of a model that diverged: all that should have been heard is missing. */
void fray_spoken_nothing(size_t words, size_t width, uint64_t *out) {
  const struct fray_word_edits silent = {.deletions = (int64_t)words};
  put(&silent, 0, NULL, width, out);
}

/* By the best path, sample by sample; without a label there is nothing to compare with, and the
 * sample is left out where scores are made. */
enum fray_status say_sequences(const struct fray_evaluation_task *t, size_t first, size_t n,
                               const struct fray_encoded *encoded, const uint8_t *present,
                               const struct fray_pass *pass, double *said, double *nll,
                               struct fray_err *err) {
  const struct fray_transcripts *w = fray_features_words(t->features);
  const size_t symbols = fray_model_classes(t->model), width = fray_said_width(t->model, false);
  struct fray_heard heard;
  int16_t *word;
  FRAY_CHECK(w, err, INTERNAL, "a model of sequences, and data without");
  FRAY_TRY(fray_model_hear(t->model, encoded, present, pass, &heard, err));
  FRAY_ALLOC(word, pass->arena, FRAY_MAX(heard.rows, (size_t)1), err);
  for (size_t i = 0; i < n; i++) {
    const uint32_t sample = t->under->sample[first + i];
    const size_t time = heard.first[i + 1] - heard.first[i];
    const size_t spoken =
        fray_ctc_greedy(time, symbols, heard.logits + heard.first[i] * symbols, word);
    struct fray_word_edits edits;
    uint64_t *out;
    FRAY_TRY(fray_words_compare(fray_transcript_length(w, sample), w->word + w->first[sample],
                                spoken, word, pass->arena, &edits, err));
    FRAY_ALLOC(out, pass->arena, width, err);
    put(&edits, spoken, word, width, out);
    /* Bits as they are, never computed with: see say() of sets. */
    memcpy(said + i * width, out, width * sizeof *out);
    nll[i] = NAN; /* no metric of sequences asks for it */
  }
  return FRAY_OK;
}

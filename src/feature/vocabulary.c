/* Words of the training texts, and their pretrained vectors. One rank reads: texts and file may be
 * large, and ranks may not see the same file. What dev and test texts say is not looked at: words
 * that only they have get no vector, as if the file had been cut for the training. */
#include "vocabulary.h"

#include "fray/base/size.h"
#include "fray/codec/words.h"

#include <stdlib.h>

/* Cut at max_words as the features are: a word behind the cut is in no training. */
static enum fray_status collect(struct fray_dataset *dataset, size_t modality, bool fold,
                                size_t max_words, void *raw, struct word_set *out,
                                struct fray_err *err) {
  struct fray_words words;
  for (size_t i = 0; i < dataset->n_samples; i++) {
    size_t length = 0;
    if (dataset->split[i] != FRAY_TRAIN)
      continue;
    FRAY_TRY(fray_sample_read(dataset, modality, i, raw, &length, err));
    fray_words_begin(&words, raw, length, fold);
    for (size_t n = 0; n < max_words; n++) {
      if (!fray_words_next(&words))
        break;
      FRAY_TRY(word_set_add(out, word_hash(words.word, words.length), err));
    }
  }
  return FRAY_OK;
}

/* What rank 0 has, to all. */
static enum fray_status share(struct vectors *v, struct fray_comm *comm, struct fray_err *err) {
  uint64_t head[] = {v->kept.n, v->kept.width, v->vocabulary, v->hash};
  enum fray_status status = FRAY_OK;
  fray_comm_broadcast(comm, head, sizeof head, 0);
  const size_t n = (size_t)head[0], width = (size_t)head[1];
  if (fray_comm_rank(comm) != 0) {
    *v = (struct vectors){.of = calloc(n, sizeof *v->of),
                          .x = malloc(n * width * sizeof *v->x),
                          .vocabulary = (size_t)head[2],
                          .hash = head[3]};
    v->kept = (struct fray_word_vectors){.n = n, .width = width, .x = v->x};
    if (!v->of || !v->x)
      status = fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, v->of, n * sizeof *v->of, 0);
  fray_comm_broadcast(comm, v->x, n * width * sizeof *v->x, 0);
  return FRAY_OK;
}

/* Ranks agree before anything is sent: who waits for a broadcast of a rank that failed, waits for
 * ever. */
enum fray_status vocabulary_vectors(struct fray_dataset *dataset, size_t modality, const char *path,
                                    bool fold, size_t max_words, void *raw, struct fray_comm *comm,
                                    struct vectors *out, struct fray_err *err) {
  struct word_set words = {0};
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0) {
    status = collect(dataset, modality, fold, max_words, raw, &words, err);
    if (status == FRAY_OK)
      status = vectors_read(path, &words, fold, out, err);
    word_set_free(&words);
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  return share(out, comm, err);
}

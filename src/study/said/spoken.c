/* What results.h5 holds of sequences: what was said of each sample, word by word, what should have
 * been said, and the edits between the two. */
#include "said.h"

#include "fray/base/size.h"

#include <string.h>

/* Below the panel's own group, as all that is said of its samples. */
static enum fray_status add_of(struct fray_trial_file *part, const struct spoken_panel *panel,
                               const char *name, struct fray_trial_file_set set,
                               struct fray_err *err) {
  set.path = fray_arena_printf(&part->arena, "%s/%s", panel->name, name);
  FRAY_CHECK(set.path, err, MEMORY, "out of memory");
  return fray_trial_file_add(part, &set, err);
}

/* Numbers in one row, whatever they mean. */
static struct fray_trial_file_set one_row(enum fray_h5_type type, const void *data, size_t n) {
  return (struct fray_trial_file_set){.type = type, .rank = 1, .dims = {n}, .data = data};
}

/* The references of the panel's samples, ragged. */
static enum fray_status add_words(const struct fray_dataset *d, const struct spoken_panel *panel,
                                  struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_transcripts *w = d->words;
  const size_t n = panel->of->n;
  int64_t *first;
  int16_t *word;
  FRAY_ALLOC(first, &part->arena, n + 1, err);
  first[0] = 0;
  for (size_t i = 0; i < n; i++)
    first[i + 1] = first[i] + (int64_t)fray_transcript_length(w, panel->of->sample[i]);
  FRAY_ALLOC(word, &part->arena, first[n] + 1, err);
  for (size_t i = 0; i < n; i++)
    memcpy(word + first[i], w->word + w->first[panel->of->sample[i]],
           (size_t)(first[i + 1] - first[i]) * sizeof *word);
  FRAY_TRY(add_of(part, panel, "words_offset", one_row(FRAY_H5_I64, first, n + 1), err));
  return add_of(part, panel, "words", one_row(FRAY_H5_I16, word, (size_t)first[n]), err);
}

/* Rows (selections, conditions, samples) of what was said, one behind the other. A diverged trial
 * said nothing: its rows are there and empty, as elsewhere. */
static enum fray_status add_said(const struct spoken_panel *panel, struct fray_trial_file *part,
                                 struct fray_err *err) {
  const struct fray_answers *answers = panel->answers;
  const size_t n = panel->of->n, conditions = panel->n_conditions;
  const size_t rows = FRAY_SELECTIONS * conditions * n;
  size_t all = 0, row = 0;
  int64_t *first;
  int32_t *edits;
  int16_t *word;
  FRAY_ALLOC_ZERO(first, &part->arena, rows + 1, err);
  FRAY_ALLOC_ZERO(edits, &part->arena, rows * FRAY_EDIT_CELLS, err);
  /* Twice through: how long all of it is must be known before it is copied. */
  for (size_t s = 0; answers && s < FRAY_SELECTIONS; s++)
    for (size_t k = 0; k < conditions * n; k++) {
      struct fray_word_edits e;
      fray_spoken_edits(&answers[s], k / n, k % n, &e);
      all += (size_t)(e.hits + e.substitutions + e.insertions);
    }
  FRAY_ALLOC(word, &part->arena, all + 1, err);
  for (size_t s = 0; answers && s < FRAY_SELECTIONS; s++)
    for (size_t k = 0; k < conditions * n; k++, row++) {
      struct fray_word_edits e;
      fray_spoken_edits(&answers[s], k / n, k % n, &e);
      edits[row * FRAY_EDIT_CELLS + FRAY_HITS] = (int32_t)e.hits;
      edits[row * FRAY_EDIT_CELLS + FRAY_SUBSTITUTIONS] = (int32_t)e.substitutions;
      edits[row * FRAY_EDIT_CELLS + FRAY_DELETIONS] = (int32_t)e.deletions;
      edits[row * FRAY_EDIT_CELLS + FRAY_INSERTIONS] = (int32_t)e.insertions;
      first[row + 1] =
          first[row] + (int64_t)fray_spoken_words(&answers[s], k / n, k % n, word + first[row]);
    }
  FRAY_TRY(add_of(part, panel, "said_offset", one_row(FRAY_H5_I64, first, rows + 1), err));
  FRAY_TRY(add_of(part, panel, "said", one_row(FRAY_H5_I16, word, all), err));
  const struct fray_trial_file_set set = {.type = FRAY_H5_I32,
                                          .rank = 4,
                                          .dims = {FRAY_SELECTIONS, conditions, n, FRAY_EDIT_CELLS},
                                          .data = edits};
  return add_of(part, panel, "edits", set, err);
}

/* Both sides, so that who reads the file needs no shards to see what went wrong. */
enum fray_status spoken_add(const struct fray_dataset *data, const struct spoken_panel *panel,
                            struct fray_trial_file *part, struct fray_err *err) {
  FRAY_TRY(add_words(data, panel, part, err));
  return add_said(panel, part, err);
}

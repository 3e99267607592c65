/* Answers that a trial file keeps, condition by condition, so that a condition that was judged once
 * is not judged again.
 *
 * An answer is kept under what its condition does to the samples, not under the condition's name: a
 * test that is renamed, or stands elsewhere in the list, is found, and one whose damage is drawn
 * anew is not. Model and samples need no place in the key: both are fixed by the trial's name, and
 * the weights by the hashes that stand in the same file. */
#include "trial_work.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/corrupt/signal.h"

#include <stdio.h>
#include <string.h>

/* What there is of each panel, below answers/. */
enum { KEY, PREDICTED, NLL, SCORE, KINDS };
static const char *const kind_names[KINDS] = {"key", "predicted", "loss", "score"};

/* A hash of what the model gets to see: which modalities of each sample, and what happens to their
 * raw values; and of who judges what it gives. Never 0. Samples lie in the order of the panel, so
 * equal bytes are equal samples; 64 bits are enough for the few conditions of one file. */
static uint64_t key_of(const struct trial_work *t, const struct fray_samples *under) {
  uint64_t key = fray_hash64(under->present, under->n * sizeof *under->present);
  if (under->signal)
    for (size_t i = 0; i < under->n; i++)
      for (size_t m = 0; m < t->session->dataset->n_modalities; m++) {
        const uint64_t both[] = {key, fray_signal_key(under->signal, under->sample[i], m)};
        key = fray_hash64(both, sizeof both);
      }
  /* Without a judge as it always was, so that answers of before are found. */
  if (t->judge_key) {
    const uint64_t both[] = {key, t->judge_key};
    key = fray_hash64(both, sizeof both);
  }
  return key ? key : 1;
}

/* Numbers of one condition that say what was predicted: classes, or words of sets. */
static size_t width_of(const struct trial_work *t, const struct judged *panel) {
  const size_t said = fray_said_width(t->model, panel->of.labels != NULL);
  return panel->of.n * (said ? said : 1);
}

/* ---- keeping ---- */

static enum fray_status add(struct fray_trial_file *part, const struct judged *panel, int kind,
                            struct fray_trial_file_set set, struct fray_err *err) {
  set.path = fray_arena_printf(&part->arena, "%s/%s", panel->name, kind_names[kind]);
  set.is_kept = true;
  FRAY_CHECK(set.path, err, MEMORY, "out of memory");
  return fray_trial_file_add(part, &set, err);
}

/* Both models' numbers one behind the other. */
static enum fray_status join(struct fray_arena *arena, const void *best, const void *last,
                             size_t bytes, const void **out, struct fray_err *err) {
  char *all = fray_arena_alloc(arena, 2, FRAY_MAX(bytes, (size_t)1));
  FRAY_CHECK(all, err, MEMORY, "out of memory");
  memcpy(all, best, bytes);
  memcpy(all + bytes, last, bytes);
  *out = all;
  return FRAY_OK;
}

/* nll is kept to the last bit and not made anew from probabilities: tables must not change by a
 * digit. Shapes: key (conditions), the others (selections, conditions, samples) with a last
 * dimension of words or classes where there is one. n is never 0: an empty panel is not judged. */
static enum fray_status keep_panel(const struct trial_work *t, const struct judged *panel,
                                   struct fray_trial_file *part, struct fray_err *err) {
  const size_t conditions = t->n_conditions, n = panel->of.n, width = width_of(t, panel) / n;
  const size_t classes = t->session->dataset->n_classes, cells = conditions * n;
  const struct fray_answers *best = &panel->answers[BEST], *last = &panel->answers[LAST];
  struct fray_trial_file_set set = {.type = FRAY_H5_I64, .rank = 1, .dims = {conditions}};
  uint64_t *key;
  FRAY_ALLOC(key, &part->arena, conditions, err);
  for (size_t c = 0; c < conditions; c++)
    key[c] = key_of(t, &panel->under[c]);
  set.data = key;
  FRAY_TRY(add(part, panel, KEY, set, err));
  set = (struct fray_trial_file_set){.type = best->said ? FRAY_H5_I64 : FRAY_H5_I16,
                                     .rank = 4,
                                     .dims = {SELECTIONS, conditions, n, width}};
  if (best->said)
    FRAY_TRY(join(&part->arena, best->said, last->said, cells * width * sizeof *best->said,
                  &set.data, err));
  else
    FRAY_TRY(join(&part->arena, best->predicted, last->predicted, cells * sizeof *best->predicted,
                  &set.data, err));
  FRAY_TRY(add(part, panel, PREDICTED, set, err));
  set = (struct fray_trial_file_set){
      .type = FRAY_H5_F64, .rank = 3, .dims = {SELECTIONS, conditions, n}};
  FRAY_TRY(join(&part->arena, best->nll, last->nll, cells * sizeof *best->nll, &set.data, err));
  FRAY_TRY(add(part, panel, NLL, set, err));
  if (!best->score)
    return FRAY_OK;
  set = (struct fray_trial_file_set){
      .type = FRAY_H5_F32, .rank = 4, .dims = {SELECTIONS, conditions, n, classes}};
  FRAY_TRY(join(&part->arena, best->score, last->score, cells * classes * sizeof *best->score,
                &set.data, err));
  return add(part, panel, SCORE, set, err);
}

enum fray_status trial_answers_keep(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err) {
  if (t->outcome.diverged || t->cell->local_only) /* there is no model that could be asked again */
    return FRAY_OK;
  for (int k = 0; k < PANELS; k++)
    if (trial_judges(t, k))
      FRAY_TRY(keep_panel(t, &t->judged[k], part, err));
  return FRAY_OK;
}

/* ---- recalling ---- */

/* What a file keeps of a panel. */
struct kept {
  size_t conditions;
  int64_t *key;
  struct fray_answers answers[SELECTIONS]; /* under the conditions of then */
};

/* Of other data or another program otherwise: then it is judged, which is never wrong. */
static bool has_shape(fray_h5 file, const char *path, int rank, const size_t *dims) {
  int held_rank;
  size_t held[FRAY_H5_MAX_RANK];
  bool is_text;
  return fray_h5_shape(file, path, &held_rank, held, &is_text, NULL) == FRAY_OK && !is_text &&
         held_rank == rank && memcmp(held, dims, (size_t)rank * sizeof *dims) == 0;
}

static void path_of(const struct judged *panel, int kind, char out[64]) {
  snprintf(out, 64, "answers/%s/%s", panel->name, kind_names[kind]);
}

/* Reads both models' numbers into one array; *out NULL: the file has none of this shape. */
static enum fray_status read_kind(fray_h5 file, const struct judged *panel, int kind,
                                  enum fray_h5_type type, size_t bytes, int rank,
                                  const size_t *dims, struct fray_arena *arena, void *out,
                                  struct fray_err *err) {
  char path[64];
  size_t count = 1;
  path_of(panel, kind, path);
  memset(out, 0, sizeof(void *));
  if (!has_shape(file, path, rank, dims))
    return FRAY_OK;
  for (int i = 0; i < rank; i++)
    FRAY_CHECK(fray_size_mul(count, dims[i], &count), err, INPUT, "%s: too large", path);
  void *data = fray_arena_alloc(arena, count + 1, bytes);
  FRAY_CHECK(data, err, MEMORY, "out of memory");
  FRAY_TRY(fray_h5_read(file, path, type, data, count, err));
  memcpy(out, &data, sizeof data);
  return FRAY_OK;
}

/* Class numbers become indices, so none is believed. */
static bool are_classes(const int16_t *predicted, size_t n, size_t classes) {
  for (size_t i = 0; i < n; i++)
    if ((predicted[i] >= 0 && (size_t)predicted[i] >= classes) ||
        (fray_unsaid(predicted[i]) >= 0 && (size_t)fray_unsaid(predicted[i]) >= classes))
      return false;
  return true;
}

/* Likewise of sequences, sample by sample of the panel. */
static bool are_sequences(const struct trial_work *t, const struct judged *panel,
                          const uint64_t *said, size_t rows, size_t width) {
  const struct fray_transcripts *w = t->session->dataset->words;
  const size_t n = panel->of.n, classes = t->session->dataset->n_classes;
  for (size_t i = 0; w && i < rows; i++)
    if (!fray_spoken_fits(said + i * width, width, classes,
                          fray_transcript_length(w, panel->of.sample[i % n])))
      return false;
  return true;
}

/* kept->conditions 0: nothing that can be used, as in files of older programs. Fits is: the same
 * number of samples and classes and all kinds of one count of conditions. Scores are asked for only
 * where something will look at them; without them the others will do. */
static enum fray_status read_panel(const struct trial_work *t, const struct judged *panel,
                                   fray_h5 file, struct fray_arena *arena, struct kept *kept,
                                   struct fray_err *err) {
  const size_t classes = t->session->dataset->n_classes, n = panel->of.n;
  const size_t width = width_of(t, panel) / n;
  int rank;
  size_t held[FRAY_H5_MAX_RANK];
  bool is_text;
  char path[64];
  void *predicted = NULL;
  double *nll = NULL;
  float *score = NULL;
  /* Until everything fits, there is nothing. */
  *kept = (struct kept){0};
  path_of(panel, KEY, path);
  if (fray_h5_shape(file, path, &rank, held, &is_text, NULL) != FRAY_OK || rank != 1)
    return FRAY_OK;
  const size_t dims[FRAY_H5_MAX_RANK] = {SELECTIONS, held[0], n, width};
  const size_t score_dims[FRAY_H5_MAX_RANK] = {SELECTIONS, held[0], n, classes};
  const size_t cells = held[0] * n;
  const bool sequences = t->session->dataset->words != NULL;
  const bool sets = panel->of.labels != NULL || sequences; /* in words of 64 bits */
  FRAY_TRY(
      read_kind(file, panel, KEY, FRAY_H5_I64, sizeof(int64_t), 1, held, arena, &kept->key, err));
  FRAY_TRY(read_kind(file, panel, PREDICTED, sets ? FRAY_H5_I64 : FRAY_H5_I16,
                     sets ? sizeof(int64_t) : sizeof(int16_t), 4, dims, arena, &predicted, err));
  FRAY_TRY(read_kind(file, panel, NLL, FRAY_H5_F64, sizeof *nll, 3, dims, arena, &nll, err));
  if (trial_wants_scores(t))
    FRAY_TRY(read_kind(file, panel, SCORE, FRAY_H5_F32, sizeof *score, 4, score_dims, arena, &score,
                       err));
  if (!kept->key || !predicted || !nll || (trial_wants_scores(t) && !score) ||
      (!sets && !are_classes(predicted, SELECTIONS * cells, classes)) ||
      !are_sequences(t, panel, predicted, SELECTIONS * cells, width))
    return FRAY_OK;
  kept->conditions = held[0];
  for (size_t s = 0; s < SELECTIONS; s++)
    kept->answers[s] =
        (struct fray_answers){.n = n,
                              .conditions = held[0],
                              .said = sets ? (uint64_t *)predicted + s * cells * width : NULL,
                              .said_width = sets ? width : 0,
                              .sequences = sequences,
                              .predicted = sets ? NULL : (int16_t *)predicted + s * cells,
                              .nll = nll + s * cells,
                              .score = score ? score + s * cells * classes : NULL};
  return FRAY_OK;
}

static void copy_some(void *to, size_t to_at, const void *from, size_t from_at, size_t bytes) {
  if (to)
    memcpy((char *)to + to_at * bytes, (const char *)from + from_at * bytes, bytes);
}

/* Word by word: an answer is moved, never computed again. */
void trial_answers_copy(struct fray_answers *to, size_t at, const struct fray_answers *from,
                        size_t condition, size_t classes) {
  const size_t n = to->n, words = n * to->said_width;
  copy_some(to->predicted, at, from->predicted, condition, n * sizeof *to->predicted);
  copy_some(to->said, at, from->said, condition, words * sizeof *to->said);
  copy_some(to->nll, at, from->nll, condition, n * sizeof *to->nll);
  copy_some(to->score, at, from->score, condition, n * classes * sizeof *to->score);
}

/* Zeroed: what is judged later is copied over it. */
enum fray_status trial_answers_make(struct trial_work *t, struct judged *panel,
                                    struct fray_err *err) {
  const size_t cells = t->n_conditions * panel->of.n, classes = t->session->dataset->n_classes;
  for (int s = 0; s < SELECTIONS; s++) {
    struct fray_answers *a = &panel->answers[s];
    *a = (struct fray_answers){.n = panel->of.n,
                               .conditions = t->n_conditions,
                               .said_width = fray_said_width(t->model, panel->of.labels != NULL),
                               .sequences = t->session->dataset->words != NULL};
    if (a->said_width)
      FRAY_ALLOC_ZERO(a->said, &t->arena, cells * a->said_width, err);
    else
      FRAY_ALLOC_ZERO(a->predicted, &t->arena, cells, err);
    FRAY_ALLOC_ZERO(a->nll, &t->arena, cells, err);
    if (trial_wants_scores(t))
      FRAY_ALLOC_ZERO(a->score, &t->arena, cells * classes, err);
  }
  return FRAY_OK;
}

/* Several conditions may do the same (a rate that hits nobody is the clean one): they share an
 * answer. is_known is set on rank 0 and told to the others afterwards; what is not known keeps its
 * zeros until it is judged. */
static enum fray_status recall_panel(struct trial_work *t, struct judged *panel, fray_h5 file,
                                     struct fray_arena *arena, struct fray_err *err) {
  struct kept kept;
  FRAY_TRY(read_panel(t, panel, file, arena, &kept, err));
  if (kept.conditions == 0)
    return FRAY_OK;
  FRAY_TRY(trial_answers_make(t, panel, err));
  for (size_t c = 0; c < t->n_conditions; c++) {
    const uint64_t key = key_of(t, &panel->under[c]);
    size_t k = 0;
    while (k < kept.conditions && (uint64_t)kept.key[k] != key)
      k++;
    /* Not kept, or never judged: it is asked now. */
    if (k == kept.conditions)
      continue;
    panel->is_known[c] = true;
    for (int s = 0; s < SELECTIONS; s++)
      trial_answers_copy(&panel->answers[s], c, &kept.answers[s], k,
                         t->session->dataset->n_classes);
  }
  return FRAY_OK;
}

/* The file was sealed by the run that judged; its seal is checked when it is opened. */
static enum fray_status recall(struct trial_work *t, const char *folder, const char *name,
                               struct fray_err *err) {
  struct fray_arena arena = {0};
  fray_h5 file;
  FRAY_TRY(fray_trial_file_open(folder, name, &file, err));
  enum fray_status status = FRAY_OK;
  for (int k = 0; k < PANELS; k++) {
    if (status == FRAY_OK && trial_judges(t, k))
      status = recall_panel(t, &t->judged[k], file, &arena, err);
  }
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
  return status == FRAY_OK ? status : fray_at(err, "%s/parts/%s.h5", folder, name);
}

/* The answers themselves stay on rank 0, which writes the tables; the others need to know only what
 * not to ask. */
enum fray_status trial_answers_recall(struct trial_work *t, const char *folder, const char *name,
                                      struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  enum fray_status status = FRAY_OK;
  if (t->outcome.diverged || !t->same_data) /* other values would go unseen */
    return FRAY_OK;
  /* What is kept is what such a judge said, and no longer what it said that of. */
  if (t->judge.ops->replaces)
    return FRAY_OK;
  if (fray_comm_rank(comm) == 0)
    status = recall(t, folder, name, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  for (int k = 0; k < PANELS; k++)
    if (trial_judges(t, k))
      fray_comm_broadcast(comm, t->judged[k].is_known,
                          t->n_conditions * sizeof *t->judged[k].is_known, 0);
  return FRAY_OK;
}

/* The answers behind a study: those of the file, or of folds joined as they are asked for.
 *
 * The rest of the report asks here for trials of its study and needs not know whether one of them
 * is a single training or several folds. */
#include "answer_file.h"

#include "joined.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

static const size_t most_kept = (size_t)512 << 20; /* bytes of joined answers held at a time */

struct slot {
  struct fray_rep_answers answers;
  struct fray_arena arena;
  bool is_loaded;
};

struct fray_rep_file {
  const struct fray_rep_results *r;
  struct fray_answer_file *file;         /* of the trainings */
  struct slot *slot[FRAY_REP_N_SAMPLES]; /* (n_trials) of joined folds; NULL: there are none */
  struct slot **kept;                    /* loaded ones, the oldest first */
  size_t n_kept;
};

/* The file knows trainings and nothing of folds. */
enum fray_status fray_rep_file_open(const struct fray_rep_results *r, struct fray_rep_file **out,
                                    struct fray_err *err) {
  struct fray_rep_file *file = calloc(1, sizeof *file);
  FRAY_CHECK(file, err, MEMORY, "out of memory");
  *out = file;
  file->r = r;
  if (r->folds) {
    /* As many as there can be, so that none is added in the middle of a look-up. */
    FRAY_ALLOC(file->kept, r->arena, FRAY_REP_N_SAMPLES * r->n_trials + 1, err);
    for (size_t k = 0; k < FRAY_REP_N_SAMPLES; k++) {
      file->slot[k] = calloc(r->n_trials + 1, sizeof *file->slot[k]);
      FRAY_CHECK(file->slot[k], err, MEMORY, "out of memory");
    }
  }
  return fray_answer_file_open(fray_rep_by_training(r), &file->file, err);
}

/* Also after an open that failed half way. */
void fray_rep_file_close(struct fray_rep_file *file) {
  if (!file)
    return;
  for (size_t k = 0; k < FRAY_REP_N_SAMPLES; k++) {
    for (size_t t = 0; file->slot[k] && t < file->r->n_trials; t++)
      fray_arena_free(&file->slot[k][t].arena);
    free(file->slot[k]);
  }
  fray_answer_file_close(file->file);
  free(file);
}

const char *fray_rep_file_status(const struct fray_rep_file *file) {
  return fray_answer_file_status(file->file);
}

enum fray_status fray_rep_file_clients(struct fray_rep_file *file, enum fray_rep_samples samples,
                                       const struct fray_rep_clients **out, struct fray_err *err) {
  return fray_answer_file_clients(file->file, samples, out, err);
}

/* The folds of a trial, as places in the file. */
static struct fray_rep_parts parts_of(const struct fray_rep_file *file, size_t trial) {
  const struct fray_rep_trial *t = &file->r->trial[trial];
  return (struct fray_rep_parts){file->file, file->r->folds, t->part, t->n_parts};
}

/* Room for another: the oldest go, as in the file itself. */
static void drop_oldest(struct fray_rep_file *file) {
  size_t bytes = 0, gone = 0;
  for (size_t i = 0; i < file->n_kept; i++)
    bytes += file->kept[i]->arena.used;
  for (; gone < file->n_kept && bytes > most_kept; gone++) {
    bytes -= file->kept[gone]->arena.used;
    fray_arena_free(&file->kept[gone]->arena);
    file->kept[gone]->is_loaded = false;
  }
  file->n_kept -= gone;
  memmove(file->kept, file->kept + gone, file->n_kept * sizeof *file->kept);
}

/* Folds are read training by training, too. */
void fray_rep_file_in_order(struct fray_rep_file *file, bool in_order) {
  fray_answer_file_in_order(file->file, in_order);
}

/* Joined once and kept as long as there is room; without folds the file keeps its own. */
enum fray_status fray_rep_file_answers(struct fray_rep_file *file, enum fray_rep_samples samples,
                                       size_t trial, const struct fray_rep_answers **out,
                                       struct fray_err *err) {
  if (!file->slot[samples])
    return fray_answer_file_answers(file->file, samples, trial, out, err);
  struct slot *slot = &file->slot[samples][trial];
  *out = &slot->answers;
  if (slot->is_loaded)
    return FRAY_OK;
  drop_oldest(file);
  const struct fray_rep_parts parts = parts_of(file, trial);
  FRAY_TRY(fray_rep_join(&parts, samples, &slot->arena, &slot->answers, NULL, err));
  slot->is_loaded = true;
  file->kept[file->n_kept++] = slot;
  return FRAY_OK;
}

enum fray_status fray_rep_file_scores(struct fray_rep_file *file, enum fray_rep_samples samples,
                                      size_t trial, bool last, size_t condition,
                                      struct fray_arena *arena, const float **out,
                                      struct fray_err *err) {
  if (!file->slot[samples])
    return fray_answer_file_scores(file->file, samples, trial, last, condition, arena, out, err);
  const struct fray_rep_parts parts = parts_of(file, trial);
  return fray_rep_join_scores(&parts, samples, last, condition, arena, out, err);
}

/* In the order of the joined answers; names of one part alone would be those of other samples. */
enum fray_status fray_rep_file_sources(struct fray_rep_file *file, enum fray_rep_samples samples,
                                       size_t trial, struct fray_arena *arena,
                                       const char *const **out, struct fray_err *err) {
  const struct fray_rep_answers *a;
  const char **all;
  size_t at = 0;
  if (!file->slot[samples])
    return fray_answer_file_sources(file->file, samples, trial, arena, out, err);
  *out = NULL;
  FRAY_TRY(fray_rep_file_answers(file, samples, trial, &a, err));
  if (strcmp(a->status, "ok") != 0)
    return FRAY_OK;
  FRAY_ALLOC(all, arena, a->n + 1, err);
  const struct fray_rep_parts parts = parts_of(file, trial);
  for (size_t p = 0; p < parts.n; p++) {
    const struct fray_rep_answers *own;
    const char *const *names;
    FRAY_TRY(fray_answer_file_sources(file->file, samples, parts.part[p], arena, &names, err));
    FRAY_TRY(fray_answer_file_answers(file->file, samples, parts.part[p], &own, err));
    /* Without the names of one fold nobody could say which sample is which. */
    if (!names)
      return FRAY_OK;
    for (size_t i = 0; i < own->n; i++)
      all[at++] = names[i];
  }
  *out = all;
  return FRAY_OK;
}

/* Of trainings, not of trials: one damaged fold is one training. */
size_t fray_rep_file_damage(const struct fray_rep_file *file, const char **complaint) {
  return fray_answer_file_damage(file->file, complaint);
}

/* Answers of several folds, one behind the other: each test client was asked once, by the model
 * that had not seen it.
 *
 * What a fold answered is copied, never borrowed: the file keeps only so many trainings, and asking
 * for the next fold may drop the one before. */
#include "joined.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

enum { SELECTIONS = 2 };

/* Joining: what has been joined so far, and into what. */
struct joining {
  const struct fray_rep_parts *parts;
  enum fray_rep_samples samples;
  struct fray_arena *arena;
  struct fray_rep_answers *out;
  size_t *begin;
  bool sequences; /* edits in the place of answers */
};

/* The file keeps answers only until it is asked for others, so each use asks anew. */
static enum fray_status part_of(const struct joining *j, size_t p,
                                const struct fray_rep_answers **a, struct fray_err *err) {
  return fray_answer_file_answers(j->parts->file, j->samples, j->parts->part[p], a, err);
}

/* Classes and conditions must be the same one by one: rows of answers are put together by place. */
static bool same_shape(const struct joining *j, const struct fray_rep_answers *b) {
  const struct fray_rep_answers *a = j->out;
  if (a->n_classes != b->n_classes || a->n_conditions != b->n_conditions ||
      a->multi_label != b->multi_label || j->sequences != (b->edits != NULL) ||
      a->target != b->target)
    return false;
  for (size_t c = 0; c < a->n_conditions; c++)
    if (strcmp(a->condition[c], b->condition[c]) != 0)
      return false;
  return true;
}

/* Texts of the file go with the training that they were read of. */
static enum fray_status keep_text(struct joining *j, const char *text, const char **out,
                                  struct fray_err *err) {
  *out = fray_arena_strdup(j->arena, text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Shape, names of conditions and of columns: those of the first part, copied, since it may go. */
static enum fray_status begin_as(struct joining *j, const struct fray_rep_answers *a,
                                 struct fray_err *err) {
  struct fray_rep_answers *out = j->out;
  j->sequences = a->edits != NULL;
  *out = (struct fray_rep_answers){.status = "ok",
                                   .n_classes = a->n_classes,
                                   .n_conditions = a->n_conditions,
                                   .multi_label = a->multi_label,
                                   .target = a->target,
                                   .n_columns = a->n_columns};
  FRAY_ALLOC(out->condition, j->arena, a->n_conditions + 1, err);
  FRAY_ALLOC_ZERO(out->column, j->arena, a->n_columns + 1, err);
  for (size_t c = 0; c < a->n_conditions; c++)
    FRAY_TRY(keep_text(j, a->condition[c], &out->condition[c], err));
  for (size_t c = 0; c < a->n_columns; c++)
    FRAY_TRY(keep_text(j, a->column[c].name, &out->column[c].name, err));
  return FRAY_OK;
}

/* By name, since the file may list columns in another order. */
static const struct fray_rep_column *column_of(const struct fray_rep_answers *a, const char *name) {
  for (size_t c = 0; c < a->n_columns; c++)
    if (strcmp(a->column[c].name, name) == 0)
      return &a->column[c];
  return NULL;
}

/* Sizes, and which columns all parts have; false where a part cannot be joined. */
static enum fray_status measure(struct joining *j, bool *joins, struct fray_err *err) {
  struct fray_rep_answers *out = j->out;
  const struct fray_rep_answers *a;
  *joins = true;
  for (size_t p = 0; p < j->parts->n && *joins; p++) {
    FRAY_TRY(part_of(j, p, &a, err));
    /* One fold without answers leaves all without: the others would be a study of fewer people. */
    if (strcmp(a->status, "ok") != 0) {
      *out = (struct fray_rep_answers){.status = a->status};
      *joins = false;
      return FRAY_OK;
    }
    if (p == 0)
      FRAY_TRY(begin_as(j, a, err));
    *joins = same_shape(j, a);
    /* A column that some fold lacks would have samples of no group. */
    size_t kept = 0;
    for (size_t c = 0; *joins && c < out->n_columns; c++)
      if (column_of(a, out->column[c].name))
        out->column[kept++] = out->column[c];
    out->n_columns = kept;
    j->begin[p] = out->n;
    out->n += a->n;
    j->begin[p + 1] = out->n;
  }
  if (!*joins)
    *out = (struct fray_rep_answers){.status = "the folds were not tested alike"};
  return FRAY_OK;
}

/* A value that some part lacks is one of the others', so values are numbered as they come. */
static enum fray_status join_value(struct joining *j, struct fray_rep_column *to, size_t room,
                                   const char *value, int32_t *code, struct fray_err *err) {
  size_t v = 0;
  while (v < to->n_values && strcmp(to->value[v], value) != 0)
    v++;
  *code = (int32_t)v;
  if (v < to->n_values)
    return FRAY_OK;
  FRAY_CHECK(v < room, err, INTERNAL, "more values than there were");
  return keep_text(j, value, &to->value[to->n_values++], err);
}

/* Codes of each fold become codes of the joined list. map: (values of the fold), written anew for
 * each; a sample without a value stays without one. */
static enum fray_status join_column(struct joining *j, struct fray_rep_column *to,
                                    struct fray_err *err) {
  const struct fray_rep_answers *a;
  int32_t *code, *map;
  size_t room = 0;
  for (size_t p = 0; p < j->parts->n; p++) {
    FRAY_TRY(part_of(j, p, &a, err));
    room += column_of(a, to->name)->n_values;
  }
  FRAY_ALLOC(to->value, j->arena, room + 1, err);
  FRAY_ALLOC(code, j->arena, j->out->n + 1, err);
  FRAY_ALLOC(map, j->arena, room + 1, err);
  for (size_t p = 0; p < j->parts->n; p++) {
    FRAY_TRY(part_of(j, p, &a, err));
    const struct fray_rep_column *from = column_of(a, to->name);
    for (size_t v = 0; v < from->n_values; v++)
      FRAY_TRY(join_value(j, to, room, from->value[v], &map[v], err));
    for (size_t i = 0; i < a->n; i++)
      code[j->begin[p] + i] = from->code[i] < 0 ? -1 : map[from->code[i]];
  }
  to->code = code;
  return FRAY_OK;
}

/* Rows of selections and conditions hold the samples of all parts, so each part's row goes to its
 * place in them. width: bytes of a sample. */
static void place_rows(const struct joining *j, size_t p, const void *from, size_t n, size_t width,
                       void *to) {
  for (size_t row = 0; row < SELECTIONS * j->out->n_conditions; row++)
    memcpy((char *)to + (row * j->out->n + j->begin[p]) * width,
           (const char *)from + row * n * width, n * width);
}

/* Zeros of a training that diverged are no answers: it counts as the constant predictor. Where that
 * is not known its answers are none, which are wrong. */
static void stand_in(const struct joining *j, size_t p, size_t n, int16_t *predicted,
                     uint8_t *sets) {
  const struct fray_rep_trial *t = &j->parts->of->trial[j->parts->part[p]];
  const size_t classes = j->out->n_classes;
  for (size_t row = 0; row < SELECTIONS * j->out->n_conditions; row++)
    for (size_t i = 0; i < n; i++) {
      const size_t at = row * j->out->n + j->begin[p] + i;
      if (predicted)
        predicted[at] = (int16_t)t->constant;
      else if (t->constant_set)
        memcpy(sets + at * classes, t->constant_set, classes);
    }
}

/* Per sample what belongs to it; per selection and condition what was said. Either classes or sets
 * are there, as in the file. */
static enum fray_status join_answers(struct joining *j, struct fray_err *err) {
  struct fray_rep_answers *out = j->out;
  const struct fray_rep_answers *a;
  const size_t classes = out->n_classes, rows = SELECTIONS * out->n_conditions * out->n;
  int32_t *label;
  uint32_t *client;
  uint8_t *labels = NULL, *sets = NULL;
  int16_t *predicted = NULL;
  int32_t *edits = NULL;
  /* Of a diverged part the edits are zeros: nothing was said of nothing, and no rate changes. */
  FRAY_ALLOC(label, j->arena, out->n + 1, err);
  FRAY_ALLOC(client, j->arena, out->n + 1, err);
  if (j->sequences) {
    FRAY_ALLOC(edits, j->arena, rows * FRAY_EDIT_CELLS + 1, err);
  } else if (out->multi_label) {
    FRAY_ALLOC(labels, j->arena, out->n * classes + 1, err);
    FRAY_ALLOC(sets, j->arena, rows * classes + 1, err);
  } else {
    FRAY_ALLOC(predicted, j->arena, rows + 1, err);
  }
  for (size_t p = 0; p < j->parts->n; p++) {
    FRAY_TRY(part_of(j, p, &a, err));
    memcpy(label + j->begin[p], a->label, a->n * sizeof *label);
    memcpy(client + j->begin[p], a->client, a->n * sizeof *client);
    if (labels)
      memcpy(labels + j->begin[p] * classes, a->labels, a->n * classes);
    if (edits)
      place_rows(j, p, a->edits, a->n, FRAY_EDIT_CELLS * sizeof *edits, edits);
    else if (predicted)
      place_rows(j, p, a->predicted, a->n, sizeof *predicted, predicted);
    else
      place_rows(j, p, a->sets, a->n, classes, sets);
    if (!edits && j->parts->of->trial[j->parts->part[p]].diverged)
      stand_in(j, p, a->n, predicted, sets);
  }
  out->label = label;
  out->client = client;
  out->labels = labels;
  out->predicted = predicted;
  out->sets = sets;
  out->edits = edits;
  return FRAY_OK;
}

/* As the reader of a file sorts them: in order of number within each client. */
static enum fray_status sort_by_client(struct joining *j, struct fray_err *err) {
  struct fray_rep_answers *out = j->out;
  const struct fray_rep_clients *clients;
  size_t *start;
  FRAY_TRY(fray_answer_file_clients(j->parts->file, j->samples, &clients, err));
  FRAY_ALLOC_ZERO(start, j->arena, clients->n + 1, err);
  FRAY_ALLOC(out->by_client, j->arena, out->n + 1, err);
  for (size_t i = 0; i < out->n; i++)
    start[out->client[i] + 1]++;
  for (size_t c = 0; c < clients->n; c++)
    start[c + 1] += start[c];
  for (size_t i = 0; i < out->n; i++)
    out->by_client[start[out->client[i]]++] = (uint32_t)i;
  return FRAY_OK;
}

/* In the order of the folds, whoever asks: the same samples then have the same numbers in answers
 * and in scores. */
enum fray_status fray_rep_join(const struct fray_rep_parts *parts, enum fray_rep_samples samples,
                               struct fray_arena *arena, struct fray_rep_answers *out,
                               const size_t **begin, struct fray_err *err) {
  struct joining j = {.parts = parts, .samples = samples, .arena = arena, .out = out};
  bool joins;
  *out = (struct fray_rep_answers){.status = "no folds"};
  FRAY_ALLOC_ZERO(j.begin, arena, parts->n + 1, err);
  if (begin)
    *begin = j.begin;
  FRAY_TRY(measure(&j, &joins, err));
  if (!joins || parts->n == 0)
    return FRAY_OK;
  FRAY_TRY(join_answers(&j, err));
  for (size_t c = 0; c < out->n_columns; c++)
    FRAY_TRY(join_column(&j, &out->column[c], err));
  return sort_by_client(&j, err);
}

/* The largest of all data sets, so one condition at a time and never kept. */
enum fray_status fray_rep_join_scores(const struct fray_rep_parts *parts,
                                      enum fray_rep_samples samples, bool last, size_t condition,
                                      struct fray_arena *arena, const float **out,
                                      struct fray_err *err) {
  /* The size of all first: rows of folds differ in length. */
  const struct fray_rep_answers *a;
  const float *own;
  float *all;
  size_t n = 0, at = 0;
  *out = NULL;
  for (size_t p = 0; p < parts->n; p++) {
    FRAY_TRY(fray_answer_file_answers(parts->file, samples, parts->part[p], &a, err));
    if (strcmp(a->status, "ok") != 0)
      return FRAY_OK;
    n += a->n * a->n_classes;
  }
  FRAY_ALLOC(all, arena, n + 1, err);
  for (size_t p = 0; p < parts->n; p++) {
    FRAY_TRY(fray_answer_file_answers(parts->file, samples, parts->part[p], &a, err));
    const size_t size = a->n * a->n_classes;
    if (parts->of->trial[parts->part[p]].diverged) {
      for (size_t i = 0; i < size; i++)
        all[at + i] = NAN;
    } else {
      FRAY_TRY(fray_answer_file_scores(parts->file, samples, parts->part[p], last, condition, arena,
                                       &own, err));
      if (!own)
        return FRAY_OK;
      memcpy(all + at, own, size * sizeof *all);
    }
    at += size;
  }
  *out = all;
  return FRAY_OK;
}

/* The rows of membership.csv: the trainings of a cell attacked one by one, the others as shadows.
 *
 * All of it comes from the trial files, so a study that was resumed or merged gives the bytes of
 * one that ran through. */
#include "fray/results/membership_table.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const selections[] = {"best", "last"};
enum { SELECTIONS = FRAY_COUNT(selections) };

/* A group column of the samples of a trial. */
struct column {
  const char *name;
  int32_t *code; /* (n) into value */
  const char **value;
  size_t n_values;
};
/* What a trial file says. */
struct fray_membership_trial {
  const char *name;
  size_t n;
  int32_t *sample; /* (n) of the data set */
  uint8_t *member; /* (n) */
  float *odds;     /* (SELECTIONS, n) */
  size_t n_columns;
  struct column *column;
  uint32_t *place; /* (n) among the samples of the cell */
};

/* One in each of the data: where samples lie, what was said, who is in, codes of groups, and for
 * the one that is attacked score, fit and order. */
double fray_membership_bytes(double samples, double trials, double columns) {
  return samples * (trials * (4 + 1 + 8 + 4 + 4 * columns + 4 + 1) + 100);
}

/* Numbers of a data set, which must be as many as are expected. */
static enum fray_status read_numbers(fray_h5 part, const char *path, enum fray_h5_type type,
                                     size_t expected, void *out, struct fray_err *err) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK], count = 1;
  FRAY_TRY(fray_h5_shape(part, path, &rank, dims, &is_text, err));
  for (int k = 0; k < rank; k++)
    FRAY_CHECK(fray_size_mul(count, dims[k], &count), err, INPUT, "%s: too large", path);
  FRAY_CHECK(!is_text && count == expected, err, INPUT, "%s: %zu numbers, not %zu", path, count,
             expected);
  return fray_h5_read(part, path, type, out, count, err);
}

static enum fray_status read_column(fray_h5 part, const char *name, size_t n,
                                    struct fray_arena *arena, struct column *out,
                                    struct fray_err *err) {
  char *codes = fray_arena_printf(arena, "result/membership/group/%s", name);
  char *values = fray_arena_printf(arena, "result/membership/group_values/%s", name);
  FRAY_CHECK(codes && values, err, MEMORY, "out of memory");
  out->name = name;
  FRAY_ALLOC(out->code, arena, n, err);
  FRAY_TRY(read_numbers(part, codes, FRAY_H5_I32, n, out->code, err));
  FRAY_TRY(fray_h5_read_texts(part, values, arena, &out->value, &out->n_values, err));
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(out->code[i] >= 0 && (size_t)out->code[i] < out->n_values, err, INPUT,
               "%s: %d is none of %zu values", codes, (int)out->code[i], out->n_values);
  return FRAY_OK;
}

static enum fray_status read_columns(fray_h5 part, struct fray_arena *arena,
                                     struct fray_membership_trial *t, struct fray_err *err) {
  const char **names;
  if (!fray_h5_has(part, "result/membership/group"))
    return FRAY_OK;
  FRAY_TRY(fray_h5_members(part, "result/membership/group", arena, &names, &t->n_columns, err));
  FRAY_ALLOC_ZERO(t->column, arena, t->n_columns + 1, err);
  for (size_t k = 0; k < t->n_columns; k++)
    FRAY_TRY(read_column(part, names[k], t->n, arena, &t->column[k], err));
  return FRAY_OK;
}

static enum fray_status read_trial(fray_h5 part, struct fray_arena *arena,
                                   struct fray_membership_trial *t, struct fray_err *err) {
  int rank;
  bool is_text;
  size_t dims[FRAY_H5_MAX_RANK];
  FRAY_TRY(fray_h5_shape(part, "result/membership/sample", &rank, dims, &is_text, err));
  FRAY_CHECK(rank == 1 && !is_text && dims[0] < UINT32_MAX, err, INPUT,
             "result/membership/sample: no list of samples");
  t->n = dims[0];
  FRAY_ALLOC(t->sample, arena, t->n, err);
  FRAY_ALLOC(t->member, arena, t->n, err);
  FRAY_ALLOC(t->odds, arena, SELECTIONS * t->n, err);
  FRAY_ALLOC(t->place, arena, t->n, err);
  FRAY_TRY(read_numbers(part, "result/membership/sample", FRAY_H5_I32, t->n, t->sample, err));
  FRAY_TRY(read_numbers(part, "result/membership/member", FRAY_H5_U8, t->n, t->member, err));
  FRAY_TRY(read_numbers(part, "result/membership/log_odds", FRAY_H5_F32, SELECTIONS * t->n, t->odds,
                        err));
  return read_columns(part, arena, t, err);
}

enum fray_status fray_membership_take(struct fray_membership_cell *cell, const char *name,
                                      fray_h5 part, struct fray_err *err) {
  if (!fray_h5_has(part, "result/membership"))
    return FRAY_OK;
  if (cell->n == cell->room) {
    struct fray_membership_trial *grown;
    const size_t room = 2 * cell->room + 16;
    FRAY_ALLOC(grown, &cell->arena, room, err);
    if (cell->n)
      memcpy(grown, cell->trial, cell->n * sizeof *grown);
    cell->trial = grown;
    cell->room = room;
  }
  cell->trial[cell->n] = (struct fray_membership_trial){.name = name};
  FRAY_TRY(read_trial(part, &cell->arena, &cell->trial[cell->n], err));
  cell->n++;
  return FRAY_OK;
}

void fray_membership_forget(struct fray_membership_cell *cell) {
  fray_arena_free(&cell->arena);
  *cell = (struct fray_membership_cell){.config = cell->config};
}

static int by_number(const void *left, const void *right) {
  const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
  return (a > b) - (a < b);
}

/* Partitions that differ by seed put a sample at another place of the list, so samples are known by
 * their number in the data set. */
static enum fray_status find_places(struct fray_membership_cell *cell, size_t *samples,
                                    struct fray_err *err) {
  size_t all = 0, n = 0;
  int32_t *number;
  for (size_t t = 0; t < cell->n; t++)
    all += cell->trial[t].n;
  FRAY_ALLOC(number, &cell->arena, all + 1, err);
  for (size_t t = 0; t < cell->n; t++) {
    memcpy(number + n, cell->trial[t].sample, cell->trial[t].n * sizeof *number);
    n += cell->trial[t].n;
  }
  qsort(number, n, sizeof *number, by_number);
  *samples = 0;
  for (size_t i = 0; i < n; i++)
    if (i == 0 || number[i] != number[i - 1])
      number[(*samples)++] = number[i];
  for (size_t t = 0; t < cell->n; t++)
    for (size_t i = 0; i < cell->trial[t].n; i++) {
      const int32_t *at =
          bsearch(&cell->trial[t].sample[i], number, *samples, sizeof *number, by_number);
      cell->trial[t].place[i] = (uint32_t)(at - number);
    }
  return FRAY_OK;
}

static void fill_shadows(const struct fray_membership_cell *cell, size_t selection, float *phi,
                         uint8_t *member, size_t samples) {
  for (size_t k = 0; k < cell->n * samples; k++)
    phi[k] = NAN;
  memset(member, 0, cell->n * samples);
  for (size_t t = 0; t < cell->n; t++) {
    const struct fray_membership_trial *trial = &cell->trial[t];
    for (size_t i = 0; i < trial->n; i++) {
      phi[t * samples + trial->place[i]] = trial->odds[selection * trial->n + i];
      member[t * samples + trial->place[i]] = trial->member[i] != 0;
    }
  }
}

/* An attack on a model: what goes in front of each of its rows, and its scores by sample. */
struct attacked {
  const struct fray_membership_trial *trial;
  const char *selection, *attack;
  const double *score;     /* (trial->n) */
  struct fray_arena *work; /* rewound */
  struct fray_text *out;
};

static void put_row(const struct attacked *a, const char *group, const struct fray_roc *roc,
                    const char *metric, double fpr, double value) {
  char number[32];
  fray_text_printf(a->out, "%s,%s,%s,", a->trial->name, a->selection, a->attack);
  fray_text_csv(a->out, group);
  fray_text_printf(a->out, ",%zu,%zu,%s,", roc->members, roc->nonmembers, metric);
  if (!isnan(fpr)) {
    fray_format_double(fpr, number);
    fray_text_puts(a->out, number);
  }
  fray_format_double(value, number);
  fray_text_printf(a->out, ",%s\n", number);
}

/* A rate that is less than one non-member would be the one without any false alarm under another
 * name, so it is left out. order (n): of the group. */
static enum fray_status put_group(const struct attacked *a, const char *group, size_t n,
                                  const uint32_t *order, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(a->work);
  double *score;
  uint8_t *member;
  struct fray_roc roc;
  FRAY_ALLOC(score, a->work, n + 1, err);
  FRAY_ALLOC(member, a->work, n + 1, err);
  for (size_t k = 0; k < n; k++) {
    score[k] = a->score[order[k]];
    member[k] = a->trial->member[order[k]] != 0;
  }
  FRAY_TRY(fray_roc_make(n, score, member, a->work, &roc, err));
  if (roc.n) {
    put_row(a, group, &roc, "roc_auc", NAN, roc.auc);
    put_row(a, group, &roc, "advantage", NAN, roc.advantage);
    for (size_t r = 0; r < FRAY_MEMBERSHIP_RATES; r++)
      if (fray_membership_rates[r] * (double)roc.nonmembers >= 1)
        put_row(a, group, &roc, "tpr", fray_membership_rates[r],
                fray_roc_tpr(&roc, fray_membership_rates[r]));
  }
  fray_arena_rewind(a->work, mark);
  return FRAY_OK;
}

/* Samples by the values of a column, each value's in a row: counted and not compared, since there
 * may be as many values as clients. */
static enum fray_status put_column(const struct attacked *a, const struct column *column,
                                   struct fray_err *err) {
  const size_t n = a->trial->n;
  uint32_t *order;
  size_t *first;
  FRAY_ALLOC(order, a->work, n + 1, err);
  FRAY_ALLOC_ZERO(first, a->work, column->n_values + 2, err);
  for (size_t i = 0; i < n; i++)
    first[column->code[i] + 2]++;
  for (size_t v = 2; v < column->n_values + 2; v++)
    first[v] += first[v - 1];
  for (size_t i = 0; i < n; i++)
    order[first[column->code[i] + 1]++] = (uint32_t)i;
  for (size_t v = 0; v < column->n_values; v++) {
    const struct fray_arena_place mark = fray_arena_mark(a->work);
    char *group = fray_arena_printf(a->work, "%s=%s", column->name, column->value[v]);
    FRAY_CHECK(group, err, MEMORY, "out of memory");
    FRAY_TRY(put_group(a, group, first[v + 1] - first[v], order + first[v], err));
    fray_arena_rewind(a->work, mark);
  }
  return FRAY_OK;
}

static enum fray_status put_attack(const struct attacked *a, struct fray_err *err) {
  const size_t n = a->trial->n;
  uint32_t *order;
  FRAY_ALLOC(order, a->work, n + 1, err);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  FRAY_TRY(put_group(a, "all", n, order, err));
  for (size_t c = 0; c < a->trial->n_columns; c++)
    FRAY_TRY(put_column(a, &a->trial->column[c], err));
  return FRAY_OK;
}

/* All attacks on the model of a trial that shadows->phi is of. */
static enum fray_status attack_trial(const struct fray_membership_cell *cell, size_t target,
                                     size_t selection, const struct fray_shadows *shadows,
                                     struct fray_arena *work, struct fray_text *out,
                                     struct fray_err *err) {
  const struct fray_membership_trial *trial = &cell->trial[target];
  double *of_all, *score;
  FRAY_ALLOC(of_all, work, shadows->samples + 1, err);
  FRAY_ALLOC(score, work, trial->n + 1, err);
  for (size_t k = 0; k < FRAY_MEMBERSHIP_ATTACKS; k++) {
    const struct fray_membership_attack *attack = &fray_membership_attacks[k];
    const struct fray_arena_place mark = fray_arena_mark(work);
    if (attack->needs_shadows && cell->n < FRAY_SHADOWS_LEAST)
      continue;
    FRAY_TRY(attack->scores(cell->config, shadows, target, work, of_all, err));
    for (size_t i = 0; i < trial->n; i++)
      score[i] = of_all[trial->place[i]];
    FRAY_TRY(put_attack(&(struct attacked){.trial = trial,
                                           .selection = selections[selection],
                                           .attack = attack->name,
                                           .score = score,
                                           .work = work,
                                           .out = out},
                        err));
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

static enum fray_status attack_all(struct fray_membership_cell *cell, struct fray_text *out,
                                   struct fray_err *err) {
  struct fray_arena *arena = &cell->arena;
  size_t samples = 0, bytes;
  float *phi[SELECTIONS];
  uint8_t *member;
  FRAY_TRY(find_places(cell, &samples, err));
  FRAY_CHECK(fray_size_mul(cell->n, samples, &bytes), err, INPUT, "too many samples");
  FRAY_ALLOC(member, arena, bytes + 1, err);
  for (size_t s = 0; s < SELECTIONS; s++) {
    FRAY_ALLOC(phi[s], arena, bytes + 1, err);
    fill_shadows(cell, s, phi[s], member, samples);
  }
  for (size_t t = 0; t < cell->n; t++)
    for (size_t s = 0; s < SELECTIONS; s++) {
      const struct fray_shadows shadows = {cell->n, samples, phi[s], member};
      const struct fray_arena_place mark = fray_arena_mark(arena);
      FRAY_TRY(attack_trial(cell, t, s, &shadows, arena, out, err));
      fray_arena_rewind(arena, mark);
    }
  return FRAY_OK;
}

enum fray_status fray_membership_rows(struct fray_membership_cell *cell, struct fray_text *out,
                                      struct fray_err *err) {
  enum fray_status status = cell->n ? attack_all(cell, out, err) : FRAY_OK;
  fray_membership_forget(cell);
  return status;
}

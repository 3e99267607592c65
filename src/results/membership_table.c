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

/* One in each of the data: where samples lie, what was said, who is in, codes of groups; what was
 * said and who is in once more by place, and again without one training; and for the one that is
 * attacked score, fit and order. */
double fray_membership_bytes(double samples, double trials, double columns) {
  return samples * (trials * (4 + 1 + 8 + 4 + 4 * columns + 2 * (4 + 1)) + 100);
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

/* What is told of an attack on the samples of a group. */
enum { AREA, ADVANTAGE, RATES, NUMBERS = RATES + FRAY_MEMBERSHIP_RATES };
struct found {
  size_t members, nonmembers;
  double number[NUMBERS]; /* NaN: not told */
};
/* Of the models of a selection: (trials, attacks, groups), "all" being the first group, then the
 * values of the columns. */
struct findings {
  size_t trials, groups;
  struct found *of;
  double *pseudo; /* (trials, attacks, groups, NUMBERS) see `without` */
};

static size_t per_trial(const struct findings *f) {
  return FRAY_MEMBERSHIP_ATTACKS * f->groups;
}

/* A rate that is less than one non-member would be the one without any false alarm under another
 * name, so it is left out. score, member (n): of the trial; order (n): of the group. */
static enum fray_status measure_group(const double *score, const uint8_t *member, size_t n,
                                      const uint32_t *order, struct fray_arena *work,
                                      struct found *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(work);
  double *of_group;
  uint8_t *is_member;
  struct fray_roc roc;
  FRAY_ALLOC(of_group, work, n + 1, err);
  FRAY_ALLOC(is_member, work, n + 1, err);
  for (size_t k = 0; k < n; k++) {
    of_group[k] = score[order[k]];
    is_member[k] = member[order[k]] != 0;
  }
  FRAY_TRY(fray_roc_make(n, of_group, is_member, work, &roc, err));
  *out = (struct found){.members = roc.members, .nonmembers = roc.nonmembers};
  out->number[AREA] = roc.auc;
  out->number[ADVANTAGE] = roc.advantage;
  for (size_t r = 0; r < FRAY_MEMBERSHIP_RATES; r++)
    out->number[RATES + r] = fray_membership_rates[r] * (double)roc.nonmembers >= 1
                                 ? fray_roc_tpr(&roc, fray_membership_rates[r])
                                 : NAN;
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* Samples by the values of a column, each value's in a row: counted and not compared, since there
 * may be as many values as clients. */
static enum fray_status measure_column(const struct fray_membership_trial *trial,
                                       const struct column *column, const double *score,
                                       struct fray_arena *work, struct found *out,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(work);
  uint32_t *order;
  size_t *first;
  FRAY_ALLOC(order, work, trial->n + 1, err);
  FRAY_ALLOC_ZERO(first, work, column->n_values + 2, err);
  for (size_t i = 0; i < trial->n; i++)
    first[column->code[i] + 2]++;
  for (size_t v = 2; v < column->n_values + 2; v++)
    first[v] += first[v - 1];
  for (size_t i = 0; i < trial->n; i++)
    order[first[column->code[i] + 1]++] = (uint32_t)i;
  for (size_t v = 0; v < column->n_values; v++)
    FRAY_TRY(measure_group(score, trial->member, first[v + 1] - first[v], order + first[v], work,
                           &out[v], err));
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

static enum fray_status measure_attack(const struct fray_membership_trial *trial,
                                       const double *score, struct fray_arena *work,
                                       struct found *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(work);
  uint32_t *order;
  FRAY_ALLOC(order, work, trial->n + 1, err);
  for (size_t i = 0; i < trial->n; i++)
    order[i] = (uint32_t)i;
  FRAY_TRY(measure_group(score, trial->member, trial->n, order, work, out++, err));
  for (size_t c = 0; c < trial->n_columns; c++) {
    FRAY_TRY(measure_column(trial, &trial->column[c], score, work, out, err));
    out += trial->column[c].n_values;
  }
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* Attacks on the model of a trial, whose place among the shadows is `at`; those without shadows
 * only if they are asked for. out (attacks, groups). */
static enum fray_status attack_trial(const struct fray_membership_cell *cell,
                                     const struct fray_membership_trial *trial,
                                     const struct fray_shadows *shadows, size_t at, bool all,
                                     size_t groups, struct fray_arena *work, struct found *out,
                                     struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(work);
  double *of_all, *score;
  FRAY_ALLOC(of_all, work, shadows->samples + 1, err);
  FRAY_ALLOC(score, work, trial->n + 1, err);
  for (size_t k = 0; k < FRAY_MEMBERSHIP_ATTACKS; k++) {
    const struct fray_membership_attack *attack = &fray_membership_attacks[k];
    if (attack->needs_shadows ? cell->n < FRAY_SHADOWS_LEAST : !all)
      continue;
    FRAY_TRY(attack->scores(cell->config, shadows, at, work, of_all, err));
    for (size_t i = 0; i < trial->n; i++)
      score[i] = of_all[trial->place[i]];
    FRAY_TRY(measure_attack(trial, score, work, out + k * groups, err));
  }
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

static void forget_all(struct found *of, size_t n) {
  for (size_t i = 0; i < n; i++) {
    of[i] = (struct found){0};
    for (size_t k = 0; k < NUMBERS; k++)
      of[i].number[k] = NAN;
  }
}

/* A sum over trainings of what is told. */
struct mean {
  double sum;
  size_t n;
};

static void add_numbers(const struct found *of, size_t n, struct mean *to) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < NUMBERS; k++)
      if (!isnan(of[i].number[k])) {
        to[i * NUMBERS + k].sum += of[i].number[k];
        to[i * NUMBERS + k].n++;
      }
}

/* All rows but those of one training. */
static void leave_out(const struct fray_shadows *shadows, size_t gone, float *phi,
                      uint8_t *member) {
  size_t at = 0;
  for (size_t t = 0; t < shadows->trials; t++) {
    if (t == gone)
      continue;
    memcpy(phi + at * shadows->samples, shadows->phi + t * shadows->samples,
           shadows->samples * sizeof *phi);
    memcpy(member + at * shadows->samples, shadows->member + t * shadows->samples,
           shadows->samples);
    at++;
  }
}

/* Trainings are each other's shadows, so what is found of one hangs on the others: two targets
 * share what each is as the other's shadow, and online the scatter from seed to seed is some 1.5
 * times too small for that of the mean. The attack is made anew without each training, as target
 * and as shadow: n times the mean less n - 1 times the mean without it is what the mean owes to it
 * (Tukey's pseudo-value, Efron and Stein 1981), and the scatter of these is right, or too large. */
static enum fray_status without(const struct fray_membership_cell *cell,
                                const struct fray_shadows *shadows, size_t gone,
                                const struct mean *all, struct fray_arena *work, struct findings *f,
                                struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(work);
  const size_t n = per_trial(f), slots = n * NUMBERS;
  float *phi;
  uint8_t *member;
  struct found *of;
  struct mean *left;
  FRAY_ALLOC(phi, work, shadows->trials * shadows->samples + 1, err);
  FRAY_ALLOC(member, work, shadows->trials * shadows->samples + 1, err);
  FRAY_ALLOC(of, work, n, err);
  FRAY_ALLOC_ZERO(left, work, slots, err);
  leave_out(shadows, gone, phi, member);
  const struct fray_shadows rest = {shadows->trials - 1, shadows->samples, phi, member};
  for (size_t t = 0; t < shadows->trials; t++) {
    if (t == gone)
      continue;
    forget_all(of, n);
    FRAY_TRY(attack_trial(cell, &cell->trial[t], &rest, t - (t > gone), false, f->groups, work, of,
                          err));
    add_numbers(of, n, left);
  }
  for (size_t i = 0; i < slots; i++) {
    const double value = f->of[gone * n + i / NUMBERS].number[i % NUMBERS];
    if (!isnan(value) && left[i].n) /* those without shadows stay as they are */
      f->pseudo[gone * slots + i] =
          all[i].sum - ((double)all[i].n - 1) * left[i].sum / (double)left[i].n;
  }
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* Attacks on the models of a selection, one by one, and once more without each training. */
static enum fray_status attack_models(struct fray_membership_cell *cell,
                                      const struct fray_shadows *shadows, struct findings *f,
                                      struct fray_err *err) {
  struct fray_arena *arena = &cell->arena;
  const size_t n = per_trial(f), slots = n * NUMBERS;
  struct mean *all;
  FRAY_ALLOC(f->of, arena, f->trials * n, err);
  FRAY_ALLOC(f->pseudo, arena, f->trials * slots, err);
  FRAY_ALLOC_ZERO(all, arena, slots, err);
  forget_all(f->of, f->trials * n);
  for (size_t t = 0; t < f->trials; t++) {
    FRAY_TRY(attack_trial(cell, &cell->trial[t], shadows, t, true, f->groups, arena, f->of + t * n,
                          err));
    add_numbers(f->of + t * n, n, all);
  }
  for (size_t i = 0; i < f->trials * slots; i++)
    f->pseudo[i] = f->of[i / NUMBERS].number[i % NUMBERS];
  for (size_t t = 0; t < f->trials && f->trials >= FRAY_SHADOWS_LEAST; t++)
    FRAY_TRY(without(cell, shadows, t, all, arena, f, err));
  return FRAY_OK;
}

/* What goes in front of the rows of an attack on a group. */
struct place {
  const char *trial, *selection, *attack, *group;
};

static void put_row(const struct place *at, const struct found *of, const char *metric, double fpr,
                    double value, double pseudo, struct fray_text *out) {
  const double numbers[] = {fpr, value, pseudo};
  fray_text_printf(out, "%s,%s,%s,", at->trial, at->selection, at->attack);
  fray_text_csv(out, at->group);
  fray_text_printf(out, ",%zu,%zu,%s", of->members, of->nonmembers, metric);
  for (size_t k = 0; k < FRAY_COUNT(numbers); k++) {
    char text[32] = "";
    if (!isnan(numbers[k]))
      fray_format_double(numbers[k], text);
    fray_text_printf(out, ",%s", text);
  }
  fray_text_puts(out, "\n");
}

/* Of a group without members, or without others, no number is told. */
static void put_found(const struct place *at, const struct found *of, const double *pseudo,
                      struct fray_text *out) {
  if (isnan(of->number[AREA]))
    return;
  put_row(at, of, "roc_auc", NAN, of->number[AREA], pseudo[AREA], out);
  put_row(at, of, "advantage", NAN, of->number[ADVANTAGE], pseudo[ADVANTAGE], out);
  for (size_t r = 0; r < FRAY_MEMBERSHIP_RATES; r++)
    if (!isnan(of->number[RATES + r]))
      put_row(at, of, "tpr", fray_membership_rates[r], of->number[RATES + r], pseudo[RATES + r],
              out);
}

/* The rows of one attack: all samples, then column by column. */
static void put_attack(const struct fray_membership_trial *trial, struct place at,
                       const struct found *of, const double *pseudo, struct fray_text *out) {
  at.group = "all";
  put_found(&at, of++, pseudo, out);
  pseudo += NUMBERS;
  for (size_t c = 0; c < trial->n_columns; c++)
    for (size_t v = 0; v < trial->column[c].n_values; v++, pseudo += NUMBERS) {
      struct fray_text group = {0};
      fray_text_printf(&group, "%s=%s", trial->column[c].name, trial->column[c].value[v]);
      at.group = group.failed ? "" : group.data;
      put_found(&at, of++, pseudo, out);
      out->failed = out->failed || group.failed;
      fray_text_free(&group);
    }
}

static void put_trial(const struct fray_membership_cell *cell, size_t t, size_t selection,
                      const struct findings *f, struct fray_text *out) {
  const struct fray_membership_trial *trial = &cell->trial[t];
  for (size_t a = 0; a < FRAY_MEMBERSHIP_ATTACKS; a++) {
    const size_t first = (t * FRAY_MEMBERSHIP_ATTACKS + a) * f->groups;
    const struct place at = {.trial = trial->name,
                             .selection = selections[selection],
                             .attack = fray_membership_attacks[a].name};
    put_attack(trial, at, f->of + first, f->pseudo + first * NUMBERS, out);
  }
}

/* Trials of a cell are of one data set, whose columns have the same values for all. */
static enum fray_status count_groups(const struct fray_membership_cell *cell, size_t *groups,
                                     struct fray_err *err) {
  for (size_t t = 0; t < cell->n; t++) {
    size_t n = 1;
    for (size_t c = 0; c < cell->trial[t].n_columns; c++)
      n += cell->trial[t].column[c].n_values;
    FRAY_CHECK(t == 0 || n == *groups, err, INPUT,
               "trial %s: membership has %zu groups, in trial %s it has %zu", cell->trial[t].name,
               n, cell->trial[0].name, *groups);
    *groups = n;
  }
  return FRAY_OK;
}

static enum fray_status attack_all(struct fray_membership_cell *cell, struct fray_text *out,
                                   struct fray_err *err) {
  struct fray_arena *arena = &cell->arena;
  struct findings found[SELECTIONS];
  size_t samples = 0, bytes, groups = 0;
  float *phi;
  uint8_t *member;
  FRAY_TRY(count_groups(cell, &groups, err));
  FRAY_TRY(find_places(cell, &samples, err));
  FRAY_CHECK(fray_size_mul(cell->n, samples, &bytes), err, INPUT, "too many samples");
  FRAY_ALLOC(member, arena, bytes + 1, err);
  FRAY_ALLOC(phi, arena, bytes + 1, err);
  for (size_t s = 0; s < SELECTIONS; s++) {
    found[s] = (struct findings){.trials = cell->n, .groups = groups};
    fill_shadows(cell, s, phi, member, samples);
    const struct fray_shadows shadows = {cell->n, samples, phi, member};
    FRAY_TRY(attack_models(cell, &shadows, &found[s], err));
  }
  for (size_t t = 0; t < cell->n; t++)
    for (size_t s = 0; s < SELECTIONS; s++)
      put_trial(cell, t, s, &found[s], out);
  return FRAY_OK;
}

enum fray_status fray_membership_rows(struct fray_membership_cell *cell, struct fray_text *out,
                                      struct fray_err *err) {
  enum fray_status status = cell->n ? attack_all(cell, out, err) : FRAY_OK;
  fray_membership_forget(cell);
  return status;
}

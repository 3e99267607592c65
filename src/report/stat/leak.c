/* What attacks by membership inference find, from membership.csv.
 *
 * A file of many rows is read for few numbers: areas and two rates of the selected models. What
 * else it holds, of the last models and at other rates, is for who reads it with programs of their
 * own.
 *
 * No quantities: an attack is on training samples, of which no draw of test clients knows.
 * Intervals are of the seeds alone: of other trainings on these data, not of other people. */
#include "leak.h"

#include "path.h"
#include "verdict.h"

#include "report/quantity/round_values.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/metric/membership.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <string.h>

/* Columns of very many values, such as clients, are for who reads the file itself. */
enum { MOST_ATTACKS = 8, MOST_GROUPS = 64 };

/* Columns by name: a later program may add some. */
struct places {
  size_t trial, selection, attack, group, metric, fpr, value, pseudo;
};

double fray_rep_leak_rate(enum fray_rep_leak_number number) {
  static const double rates[] = {
      [FRAY_REP_LEAK_AREA] = NAN, [FRAY_REP_LEAK_AT_TENTH] = 0.001, [FRAY_REP_LEAK_AT_ONE] = 0.01};
  return rates[number];
}

/* One that a later program added keeps the name that the file gives it. */
const char *fray_rep_leak_title(const char *attack) {
  for (size_t k = 0; k < FRAY_MEMBERSHIP_ATTACKS; k++)
    if (strcmp(fray_membership_attacks[k].name, attack) == 0)
      return fray_membership_attacks[k].title;
  return attack;
}

/* All of them are needed: a table without one is not of this program, and is refused. */
static enum fray_status find_places(const struct fray_rep_csv *csv, struct places *p,
                                    struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &p->trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "selection", &p->selection, err));
  FRAY_TRY(fray_rep_csv_need(csv, "attack", &p->attack, err));
  FRAY_TRY(fray_rep_csv_need(csv, "group", &p->group, err));
  FRAY_TRY(fray_rep_csv_need(csv, "metric", &p->metric, err));
  FRAY_TRY(fray_rep_csv_need(csv, "fpr", &p->fpr, err));
  FRAY_TRY(fray_rep_csv_need(csv, "value", &p->value, err));
  return fray_rep_csv_need(csv, "pseudo", &p->pseudo, err);
}

/* Place in a short list; n: it is not there. */
static size_t find(const char *const *list, size_t n, const char *text) {
  size_t i = 0;
  while (i < n && strcmp(list[i], text) != 0)
    i++;
  return i;
}

/* Adds what is new, as long as there is room. The fields end with the table, which is freed once it
 * was read. */
static enum fray_status note(const char **list, size_t *n, size_t most, const char *text,
                             struct fray_arena *arena, struct fray_err *err) {
  if (find(list, *n, text) < *n || *n == most)
    return FRAY_OK;
  list[*n] = fray_arena_strdup(arena, text);
  FRAY_CHECK(list[*n], err, MEMORY, "out of memory");
  ++*n;
  return FRAY_OK;
}

/* N_LEAKS: a number that no table shows. */
static enum fray_status number_of(const struct fray_rep_csv *csv, const struct places *p,
                                  size_t row, enum fray_rep_leak_number *out,
                                  struct fray_err *err) {
  const char *metric = fray_rep_csv_at(csv, row, p->metric);
  double fpr;
  FRAY_TRY(fray_rep_csv_real(csv, row, p->fpr, &fpr, err));
  *out = FRAY_REP_N_LEAKS;
  /* The names are those that the assembly writes, and columns.csv explains. */
  if (strcmp(metric, "roc_auc") == 0)
    *out = FRAY_REP_LEAK_AREA;
  for (int k = FRAY_REP_LEAK_AT_TENTH; strcmp(metric, "tpr") == 0 && k < FRAY_REP_N_LEAKS; k++)
    if (fpr == fray_rep_leak_rate((enum fray_rep_leak_number)k))
      *out = (enum fray_rep_leak_number)k;
  return FRAY_OK;
}

/* By the lists as they are once all rows were looked at. */
static size_t at(const struct fray_rep_leak *leak, size_t attack, size_t group, size_t number,
                 size_t trial) {
  return ((attack * leak->n_groups + group) * FRAY_REP_N_LEAKS + number) * leak->r->n_trials +
         trial;
}

/* What there is, in the order of the file; of the last models it is the same. */
static enum fray_status find_lists(struct fray_rep_leak *leak, const struct fray_rep_csv *csv,
                                   const struct places *p, struct fray_err *err) {
  struct fray_arena *arena = leak->r->arena;
  FRAY_ALLOC(leak->attack, arena, MOST_ATTACKS, err);
  FRAY_ALLOC(leak->group, arena, MOST_GROUPS, err);
  for (size_t row = 0; row < csv->n_rows; row++) {
    FRAY_TRY(note(leak->attack, &leak->n_attacks, MOST_ATTACKS,
                  fray_rep_csv_at(csv, row, p->attack), arena, err));
    FRAY_TRY(note(leak->group, &leak->n_groups, MOST_GROUPS, fray_rep_csv_at(csv, row, p->group),
                  arena, err));
  }
  return FRAY_OK;
}

/* Folds are trainings of their own: their mean stands for them. seen: how many so far. */
static enum fray_status take(struct fray_rep_leak *leak, const struct fray_rep_csv *csv,
                             const struct places *p, size_t row, uint32_t *seen, size_t *last,
                             struct fray_err *err) {
  enum fray_rep_leak_number number;
  size_t attack, group;
  double value, pseudo;
  const size_t trial = fray_rep_trial_named(leak->r, fray_rep_csv_at(csv, row, p->trial), last);
  FRAY_TRY(number_of(csv, p, row, &number, err));
  if (trial == leak->r->n_trials || number == FRAY_REP_N_LEAKS ||
      strcmp(fray_rep_csv_at(csv, row, p->selection), "best") != 0)
    return FRAY_OK;
  attack = find(leak->attack, leak->n_attacks, fray_rep_csv_at(csv, row, p->attack));
  group = find(leak->group, leak->n_groups, fray_rep_csv_at(csv, row, p->group));
  FRAY_TRY(fray_rep_csv_real(csv, row, p->value, &value, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, p->pseudo, &pseudo, err));
  FRAY_CHECK(value >= 0 && value <= 1, err, INPUT, "%s, line %zu: value is no share", csv->path,
             csv->line[row]);
  /* Beyond what a table can show: the file has them. */
  if (attack == leak->n_attacks || group == leak->n_groups)
    return FRAY_OK;
  const size_t to = at(leak, attack, group, number, trial);
  const double weight = 1 / (double)(seen[to] + 1);
  leak->value[to] = seen[to] ? leak->value[to] + (value - leak->value[to]) * weight : value;
  leak->pseudo[to] = seen[to] ? leak->pseudo[to] + (pseudo - leak->pseudo[to]) * weight : pseudo;
  seen[to]++;
  return FRAY_OK;
}

static enum fray_status read_rows(struct fray_rep_leak *leak, const struct fray_rep_csv *csv,
                                  struct fray_err *err) {
  struct fray_arena *arena = leak->r->arena;
  uint32_t *seen;
  struct places p;
  size_t last = 0;
  FRAY_TRY(find_places(csv, &p, err));
  FRAY_TRY(find_lists(leak, csv, &p, err));
  const size_t n = leak->n_attacks * leak->n_groups * FRAY_REP_N_LEAKS * leak->r->n_trials;
  FRAY_ALLOC(leak->value, arena, n + 1, err);
  FRAY_ALLOC(leak->pseudo, arena, n + 1, err);
  FRAY_ALLOC_ZERO(seen, arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    leak->value[i] = leak->pseudo[i] = NAN;
  for (size_t row = 0; row < csv->n_rows; row++)
    FRAY_TRY(take(leak, csv, &p, row, seen, &last, err));
  return FRAY_OK;
}

/* As the other tables call the models. Any condition has all of them for series. */
static enum fray_status name_models(struct fray_rep_leak *leak, struct fray_err *err) {
  struct fray_rep_results *r = leak->r;
  struct fray_rep_axis all;
  const size_t clean = fray_rep_clean_condition(r);
  FRAY_ALLOC(leak->model, r->arena, r->n_cells + 1, err);
  for (size_t c = 0; c < r->n_cells; c++)
    leak->model[c] = "the model";
  if (r->conditions.n == 0 || r->n_cells < 2)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(r, clean < r->conditions.n ? clean : 0, &all, err));
  for (size_t c = 0; c < r->n_cells && all.n_series > 1; c++)
    leak->model[c] = all.full[all.series_of_cell[c]];
  return FRAY_OK;
}

/* The reference has the values that `reference` names, and all others as the cell has them. */
static bool is_reference_of(const struct fray_rep_results *r, size_t reference, size_t cell) {
  const struct fray_node *named = fray_node_get(r->scenario, "reference");
  for (size_t k = 0; k < r->n_keys; k++)
    if (!fray_node_get(named, r->key[k]) &&
        strcmp(r->cell[reference]->value[k], r->cell[cell]->value[k]) != 0)
      return false;
  return r->is_reference && r->is_reference[reference] && reference != cell;
}

static enum fray_status find_references(struct fray_rep_leak *leak, struct fray_err *err) {
  const struct fray_rep_results *r = leak->r;
  FRAY_ALLOC(leak->reference, r->arena, r->n_cells + 1, err);
  for (size_t c = 0; c < r->n_cells; c++) {
    size_t k = 0;
    /* A reference is compared with nothing. */
    while (k < r->n_cells && ((r->is_reference && r->is_reference[c]) || !is_reference_of(r, k, c)))
      k++;
    leak->reference[c] = k;
  }
  return FRAY_OK;
}

/* Without the file nobody was held out. A damaged one ends the report: it is written only where it
 * says something. */
enum fray_status fray_rep_leak_read(struct fray_rep_results *r, struct fray_rep_leak *out,
                                    struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/membership.csv", r->folder);
  struct fray_rep_csv csv;
  *out = (struct fray_rep_leak){.r = r};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &csv, err));
  enum fray_status status = read_rows(out, &csv, err);
  fray_rep_csv_free(&csv);
  if (status == FRAY_OK && out->n_attacks)
    status = name_models(out, err);
  return status == FRAY_OK && out->n_attacks ? find_references(out, err) : status;
}

/* NaN: this seed was not trained, diverged, or has no such number. */
static double value_of(const struct fray_rep_leak *leak, const double *of, size_t cell, size_t seed,
                       size_t attack, size_t group, enum fray_rep_leak_number number) {
  const size_t t = leak->r->trial_of[cell * leak->r->seeds.n + seed];
  return t < leak->r->n_trials ? of[at(leak, attack, group, number, t)] : NAN;
}

/* Values of the seeds, in no more memory than a study has seeds; of very many the first would do.
 */
enum { MOST_SEEDS = 1024 };

/* The interval of the pseudo-values, moved to where the values are: their means differ, as a
 * jackknife says what more shadows would find, and that is not what was measured. */
static struct fray_rep_stat stat_of(const double *value, const double *pseudo, size_t n) {
  const double mean = fray_rep_stat_of_values(value, n, 1).mean;
  struct fray_rep_stat stat = fray_rep_stat_of_values(pseudo, n, 1);
  const double shift = mean - stat.mean;
  stat.mean = mean;
  stat.low += shift;
  stat.high += shift;
  stat.interval.low += shift;
  stat.interval.high += shift;
  stat.p = fray_p_value(mean, &stat.interval, NULL, 0);
  return stat;
}

struct fray_rep_stat fray_rep_leak_of(const struct fray_rep_leak *leak, size_t cell, size_t attack,
                                      size_t group, enum fray_rep_leak_number number) {
  double value[MOST_SEEDS], pseudo[MOST_SEEDS];
  const size_t n = FRAY_MIN(leak->r->seeds.n, (size_t)MOST_SEEDS);
  for (size_t s = 0; s < n; s++) {
    value[s] = value_of(leak, leak->value, cell, s, attack, group, number);
    pseudo[s] = value_of(leak, leak->pseudo, cell, s, attack, group, number);
  }
  struct fray_rep_stat stat = stat_of(value, pseudo, n);
  stat.p = NAN; /* 0 is no question: chance is elsewhere */
  fray_rep_keep_share(&stat);
  return stat;
}

/* What a number is held against. */
static double other_of(const struct fray_rep_leak *leak, const double *of,
                       enum fray_rep_leak_question question, size_t cell, size_t seed,
                       size_t attack) {
  const size_t other = question == FRAY_REP_LEAK_REFERENCE ? leak->reference[cell] : cell;
  return question == FRAY_REP_LEAK_CHANCE
             ? 0.5
             : value_of(leak, of, other, seed, attack, 0, FRAY_REP_LEAK_AREA);
}

/* Differences that do not vary from seed to seed have no p: they are 0, or of one and the same
 * training. A seed holds out the same samples of both, so what they have in common cancels. */
static struct fray_rep_stat less(const struct fray_rep_leak *leak,
                                 enum fray_rep_leak_question question, size_t cell, size_t attack,
                                 size_t group) {
  double value[MOST_SEEDS], pseudo[MOST_SEEDS];
  const size_t n = FRAY_MIN(leak->r->seeds.n, (size_t)MOST_SEEDS);
  for (size_t s = 0; s < n; s++) {
    value[s] = value_of(leak, leak->value, cell, s, attack, group, FRAY_REP_LEAK_AREA) -
               other_of(leak, leak->value, question, cell, s, attack);
    pseudo[s] = value_of(leak, leak->pseudo, cell, s, attack, group, FRAY_REP_LEAK_AREA) -
                other_of(leak, leak->pseudo, question, cell, s, attack);
  }
  struct fray_rep_stat stat = stat_of(value, pseudo, n);
  /* Left out of the family: no data could have told them apart. */
  if (stat.interval.kind != FRAY_INTERVAL_NONE && stat.interval.error < 1e-12)
    stat.p = NAN;
  fray_rep_keep_difference(&stat, question == FRAY_REP_LEAK_CHANCE ? 0.5 : 1);
  return stat;
}

/* "speaker ann"; NULL: out of memory. */
const char *fray_rep_leak_group(const struct fray_rep_leak *leak, size_t group) {
  const char *text = leak->group[group], *equals = strchr(text, '=');
  if (!equals)
    return text;
  const char *column = fray_arena_printf(leak->r->arena, "%.*s", (int)(equals - text), text);
  const char *title = column ? fray_rep_column_title(leak->r, column) : NULL;
  const char *value = column ? fray_rep_group_title(leak->r, column, equals + 1) : NULL;
  return title && value ? fray_arena_printf(leak->r->arena, "%s %s", title, value) : NULL;
}

/* A group beside which there is no other of its column is all of the samples. */
static bool is_lone(const struct fray_rep_leak *leak, size_t group) {
  const char *equals = strchr(leak->group[group], '=');
  const size_t length = equals ? (size_t)(equals - leak->group[group]) + 1 : 0;
  size_t alike = 0;
  for (size_t g = 1; g < leak->n_groups; g++)
    alike += strncmp(leak->group[g], leak->group[group], length) == 0;
  return alike < 2;
}

/* Of all samples about chance and the reference; groups are held against all samples of their own
 * model, since some people are found more easily whatever the model. */
static bool is_asked(const struct fray_rep_leak *leak, enum fray_rep_leak_question question,
                     size_t cell, size_t group) {
  if (question == FRAY_REP_LEAK_GROUP)
    return group > 0 && !is_lone(leak, group);
  return group == 0 &&
         (question == FRAY_REP_LEAK_CHANCE || leak->reference[cell] < leak->r->n_cells);
}

/* Answers to one question about one cell, at the end of the list; those that nobody was asked for,
 * or that no seed has, are left out. */
static void answer(const struct fray_rep_leak *leak, enum fray_rep_leak_question question,
                   size_t cell, struct fray_rep_leaked *out, size_t *n) {
  for (size_t a = 0; a < leak->n_attacks; a++)
    for (size_t g = 0; g < leak->n_groups; g++) {
      if (!is_asked(leak, question, cell, g))
        continue;
      const struct fray_rep_stat s = less(leak, question, cell, a, g);
      if (s.n)
        out[(*n)++] = (struct fray_rep_leaked){question, cell, a, g, s, s.p};
    }
}

/* A family for each question: they are asked by different people. */
enum fray_status fray_rep_leak_answers(const struct fray_rep_leak *leak,
                                       struct fray_rep_leaked **out, size_t *n,
                                       struct fray_err *err) {
  const size_t most = leak->r->n_cells * leak->n_attacks * leak->n_groups;
  double **p;
  *n = 0;
  FRAY_ALLOC(*out, leak->r->arena, FRAY_REP_N_QUESTIONS * most + 1, err);
  FRAY_ALLOC(p, leak->r->arena, most + 1, err);
  for (int q = 0; q < FRAY_REP_N_QUESTIONS; q++) {
    const size_t first = *n;
    for (size_t c = 0; c < leak->r->n_cells; c++)
      answer(leak, (enum fray_rep_leak_question)q, c, *out, n);
    for (size_t i = first; i < *n; i++)
      p[i - first] = &(*out)[i].less.p;
    FRAY_TRY(fray_rep_adjust(leak->r, p, *n - first, err));
  }
  return FRAY_OK;
}

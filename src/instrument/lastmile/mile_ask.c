/* The models are asked: each, without damage and at every point of the test, on dev and on the
 * test. What is right is counted by person, so that people and not samples are compared. */
#include "mile_parts.h"

#include "instrument/folder/instrument_folder.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked for ---- */

/* By the name in `tests`: a test of many strengths, or of several groups, has many conditions. */
static bool is_of_test(const struct fray_condition *c, const char *test) {
  return !test || strcmp(c->of, test) == 0;
}

/* Of several tests none is the one that is meant: points of two tests are of two kinds of damage,
 * and the worst of all would be that of the harsher one. */
static enum fray_status choose_test(const struct fray_cell *cell, const char *folder,
                                    const char **test, struct fray_err *err) {
  enum { MOST = 64 };
  const char *known[MOST];
  char list[512];
  size_t n = 0;
  bool is_there = false;
  for (size_t k = 0; k < cell->n_conditions; k++) {
    const char *of = cell->condition[k].of;
    is_there = is_there || (*test && strcmp(of, *test) == 0);
    if ((n == 0 || strcmp(known[n - 1], of) != 0) && n < MOST)
      known[n++] = of;
  }
  FRAY_CHECK(n > 0, err, INPUT, "%s: the study has no tests; fray evaluate --tests adds some",
             folder);
  FRAY_CHECK(*test || n == 1, err, INPUT, "%s: --test: the study has several tests; %s", folder,
             fray_there_are("", known, n, list, sizeof list));
  FRAY_CHECK(!*test || is_there, err, INPUT, "%s: --test: '%s' is no test of the study; %s", folder,
             *test, fray_there_are(*test, known, n, list, sizeof list));
  if (!*test)
    *test = known[0];
  return FRAY_OK;
}

/* "f0=1200,2000": whether the point has one of these values of that key. met: it has the key; of
 * which value that is, seen (n) says. */
static enum fray_status is_held(const struct mile_point *p, const char *given, bool *met,
                                bool *seen, bool *held, struct fray_err *err) {
  const char *equals = strchr(given, '=');
  FRAY_CHECK(equals && equals > given && equals[1], err, INPUT,
             "--held-out: '%.80s': KEY=VALUE[,VALUE] is expected", given);
  for (size_t k = 0; k < 2; k++) {
    if (!p->key[k] || strlen(p->key[k]) != (size_t)(equals - given) ||
        strncmp(p->key[k], given, (size_t)(equals - given)) != 0)
      continue;
    *met = true;
    size_t n = 0;
    for (const char *at = equals; at && *at; at = strchr(at + 1, ','), n++) {
      char *end;
      const double value = strtod(at + 1, &end);
      FRAY_CHECK(end > at + 1 && (*end == ',' || !*end), err, INPUT,
                 "--held-out: '%.80s': numbers are expected behind the =", given);
      seen[n] = seen[n] || value == p->value[k];
      *held = *held || value == p->value[k];
    }
  }
  return FRAY_OK;
}

/* A test that varies three keys is one of its first two here; its points still differ in name. Of
 * one key they bear one name and are told by their strengths, as in results.h5. */
static enum fray_status name_point(const struct fray_condition *c, struct fray_arena *arena,
                                   struct mile_point *p, struct fray_err *err) {
  size_t n = 0;
  char strength[32];
  *p = (struct mile_point){.name = c->name, .label = c->name, .value = {NAN, NAN}};
  if (!isnan(c->severity)) {
    fray_format_double(c->severity, strength);
    p->label = fray_arena_printf(arena, "%s=%s", c->name, strength);
    FRAY_CHECK(p->label, err, MEMORY, "out of memory");
  }
  for (size_t k = 0; k < c->n_keys && n < 2; k++)
    if (c->key[k].swept) {
      p->key[n] = c->key[k].key;
      p->value[n++] = c->key[k].value;
    }
  return FRAY_OK;
}

/* A key that is held out and that the test does not vary is a slip, as is a value that it does not
 * go through; each would leave a map without its hatching. */
static enum fray_status hold_out(const char *given, struct mile_found *found,
                                 struct fray_err *err) {
  bool met = false, *seen;
  FRAY_ALLOC_ZERO(seen, found->arena, strlen(given) + 1, err);
  for (size_t k = 0; k < found->n_points; k++)
    FRAY_TRY(is_held(&found->point[k], given, &met, seen, &found->point[k].held, err));
  FRAY_CHECK(met, err, INPUT, "--held-out: '%.80s': %s does not vary such a key", given,
             found->test);
  size_t n = 0;
  for (const char *at = strchr(given, '='); at; at = strchr(at + 1, ','), n++)
    FRAY_CHECK(seen[n], err, INPUT, "--held-out: '%.80s': %s has no point of the value %.*s", given,
               found->test, (int)strcspn(at + 1, ","), at + 1);
  return FRAY_OK;
}

/* The points of the test, in the order of the study. */
static enum fray_status find_points(const struct fray_cell *cell,
                                    const struct fray_lastmile_wish *wish, struct mile_found *found,
                                    struct fray_err *err) {
  found->test = wish->test;
  FRAY_TRY(choose_test(cell, wish->folder, &found->test, err));
  FRAY_ALLOC_ZERO(found->point, found->arena, cell->n_conditions + 1, err);
  for (size_t k = 0; k < cell->n_conditions; k++)
    if (is_of_test(&cell->condition[k], found->test))
      FRAY_TRY(
          name_point(&cell->condition[k], found->arena, &found->point[found->n_points++], err));
  for (size_t h = 0; h < wish->n_held; h++)
    FRAY_TRY(hold_out(wish->held[h], found, err));
  return FRAY_OK;
}

/* ---- whom it is about ---- */

/* The column that the study itself looks at, unless another is asked for. */
static enum fray_status choose_group(const struct fray_dataset *d, const char *wanted,
                                     const struct fray_cell *cell, const char *folder,
                                     const struct fray_group **out, struct fray_err *err) {
  enum { MOST = 64 };
  const char *known[MOST];
  char list[512];
  size_t n = 0;
  if (!wanted && cell->config.evaluate.groups.n)
    wanted = cell->config.evaluate.groups.v[0];
  *out = NULL;
  for (size_t g = 0; g < d->n_groups; g++) {
    if (n < MOST)
      known[n++] = d->group[g].name;
    if (wanted && strcmp(d->group[g].name, wanted) == 0)
      *out = &d->group[g];
  }
  FRAY_CHECK(*out, err, INPUT, "%s: --group: %s%s%s; %s", folder, wanted ? "'" : "",
             wanted ? wanted : "which column of people?",
             wanted ? "' is no column of the data" : "",
             fray_there_are(wanted ? wanted : "", known, n, list, sizeof list));
  return FRAY_OK;
}

/* Of a column that differs within a person there is nothing to permute over people. */
static enum fray_status code_people(const struct fray_probed *got, struct mile_found *found,
                                    struct fray_err *err) {
  for (size_t i = 0; i < got->under.n; i++) {
    const uint16_t code = found->group->code[got->under.sample[i]];
    uint16_t *mine = &found->code[got->client[i]];
    FRAY_CHECK(*mine == found->group->n || *mine == code, err, INPUT,
               "--group: %s differs within %s, so it is no group of people", found->group->name,
               got->client_name[got->client[i]]);
    *mine = code;
  }
  return FRAY_OK;
}

/* The people must be the same for all cells, and their data may not be: a control of one modality
 * opens them anew. So the column is looked up each time, and belongs to what is open. */
static enum fray_status meet_data(const struct fray_probed *got,
                                  const struct fray_lastmile_wish *wish,
                                  const struct fray_cell *cell, struct mile_found *found,
                                  struct fray_err *err) {
  const struct fray_dataset *d = got->dataset;
  const uint64_t people = fray_hash64(d->client_source, d->n_clients * sizeof *d->client_source);
  FRAY_CHECK(!d->multi_label, err, INPUT,
             "%s: samples of several labels: an answer is not right or wrong", wish->folder);
  FRAY_TRY(choose_group(d, wish->group, cell, wish->folder, &found->group, err));
  FRAY_CHECK(!found->code || found->people == people, err, INPUT,
             "%s: its cells are of several data sets, whose people cannot be compared",
             wish->folder);
  if (found->code)
    return FRAY_OK;
  found->people = people;
  found->n_clients = got->n_clients;
  FRAY_ALLOC(found->code, found->arena, got->n_clients + 1, err);
  for (size_t c = 0; c < got->n_clients; c++)
    found->code[c] = (uint16_t)found->group->n;
  return FRAY_OK;
}

/* ---- asking ----
 *
 * Questions to one model follow each other, since a folder holds one model at a time; the damage of
 * a point is drawn as `fray evaluate` draws it, so that what is counted here is what scores.csv
 * says. */

/* Samples without a label count for nobody. n: NULL once they were counted. */
static void count_right(const struct fray_probed *got, uint32_t *right, uint32_t *n) {
  for (size_t i = 0; i < got->under.n; i++) {
    if (got->under.label[i] < 0)
      continue;
    right[got->client[i]] += got->answers.predicted[i] == got->under.label[i];
    if (n)
      n[got->client[i]]++;
  }
}

/* Once for a cell: its models answer the same samples. */
static enum fray_status make_split(struct mile_found *found, struct mile_split *split,
                                   struct fray_err *err) {
  if (split->n)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(split->n, found->arena, found->n_clients + 1, err);
  FRAY_ALLOC_ZERO(split->clean, found->arena, found->n_clients + 1, err);
  FRAY_ALLOC_ZERO(split->damaged, found->arena, found->n_points * found->n_clients + 1, err);
  return FRAY_OK;
}

/* Points stand in the cell as they do in the first one: the conditions of a study are the same in
 * all cells, but for values that a sweep sets. */
static enum fray_status ask_split(struct fray_kept *kept, const struct fray_lastmile_wish *wish,
                                  size_t trial, int which, struct mile_found *found,
                                  struct mile_cell *mine, struct fray_err *err) {
  const struct fray_cell *cell = &found->study->cell[mine->cell];
  const bool verifies = cell->config.evaluate.verify > 0;
  struct fray_probe probe = {.trial = trial,
                             .selection = FRAY_BEST,
                             .split = which == MILE_DEV ? FRAY_KEPT_DEV
                                      : verifies        ? FRAY_KEPT_REPORT
                                                        : FRAY_KEPT_TEST};
  struct mile_split *split = &mine->split[which];
  struct fray_probed got;
  size_t point = 0;
  FRAY_TRY(fray_kept_probe(kept, &probe, &got, err));
  FRAY_TRY(meet_data(&got, wish, cell, found, err));
  if (which == MILE_TEST)
    FRAY_TRY(code_people(&got, found, err));
  FRAY_TRY(make_split(found, split, err));
  count_right(&got, split->clean, mine->trials == 0 ? split->n : NULL);
  for (size_t k = 0; k < cell->n_conditions; k++) {
    const struct fray_condition *c = &cell->condition[k];
    if (!is_of_test(c, found->test))
      continue;
    FRAY_CHECK(point < found->n_points && strcmp(found->point[point].name, c->name) == 0, err,
               INPUT, "%s: cells differ in the points of the test %s", wish->folder, found->test);
    probe.n = c->n_entries;
    probe.entry = c->entry;
    FRAY_TRY(fray_kept_probe(kept, &probe, &got, err));
    count_right(&got, split->damaged + point++ * found->n_clients, NULL);
    FRAY_CHECK(!fray_stop_asked(), err, STOPPED, "%s; nothing was written",
               fray_stop_name(fray_stop_asked()));
  }
  return FRAY_OK;
}

/* Over everybody: a point that was chosen for what it costs one group would be resolved for it by
 * the choice alone. What dev says alone decides which point is looked at on the test: the mean over
 * its people. */
static void choose_worst(const struct mile_found *found, struct mile_cell *cell) {
  double most = -INFINITY;
  for (size_t p = 0; p < found->n_points; p++) {
    const struct mile_mean mean = mile_mean_of(found, cell, MILE_DEV, p, found->group->n);
    if (mean.drop > most) {
      most = mean.drop;
      cell->worst = p;
    }
  }
}

/* Trials stand cell by cell, so a new cell begins where the number changes. All cells look at the
 * points of the first, whose models need not be the first of the study. */
enum fray_status mile_ask(struct fray_kept *kept, const struct fray_lastmile_wish *wish,
                          struct mile_found *found, struct fray_err *err) {
  const struct fray_study *study = found->study;
  size_t asked = 0, models = 0;
  for (size_t t = 0; t < study->n_trials; t++)
    models += fray_kept_has_models(kept, t);
  FRAY_CHECK(models > 0, err, INPUT,
             "%s: it holds no models to ask: all of its trainings diverged, or `evaluate.models` "
             "left them out",
             wish->folder);
  FRAY_ALLOC_ZERO(found->cell, found->arena, study->n_cells + 1, err);
  for (size_t t = 0; t < study->n_trials; t++) {
    const size_t c = study->trial[t].cell;
    struct mile_cell *cell = found->n_cells ? &found->cell[found->n_cells - 1] : NULL;
    if (!fray_kept_has_models(kept, t))
      continue;
    if (found->n_points == 0)
      FRAY_TRY(find_points(&study->cell[c], wish, found, err));
    if (!cell || cell->cell != c) {
      cell = &found->cell[found->n_cells++];
      *cell = (struct mile_cell){.cell = c, .name = fray_instrument_cell(study, c, found->arena)};
      FRAY_CHECK(cell->name, err, MEMORY, "out of memory");
    }
    for (int which = 0; which < MILE_SPLITS; which++)
      FRAY_TRY(ask_split(kept, wish, t, which, found, cell, err));
    cell->trials++;
    fray_progress(0.2, "%zu/%zu models", ++asked, models);
  }
  for (size_t k = 0; k < found->n_cells; k++)
    choose_worst(found, &found->cell[k]);
  return FRAY_OK;
}
